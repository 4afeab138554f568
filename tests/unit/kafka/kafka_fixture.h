/* What the tests of app/kafka share: an embedded cluster with parts around it, and messages put into it. */
#ifndef KAFKA_FIXTURE_H
#define KAFKA_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/clock.h"
#include "base/xalloc.h"
#include "kafka/client.h"
#include "kafka/consumer.h"
#include "kafka/embedded.h"
#include "log.h"

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct fixture {
    struct options options;
    struct hub hub;
    struct app_parts parts;
    struct embedded *cluster;
    rd_kafka_t *producer;
    int64_t produced[16];
    char err[400];
};

static inline void nap_ms(int ms)
{
    poll(NULL, 0, ms);
}

/* A cluster of two brokers with one topic. */
static inline struct fixture *fixture_new(int partitions)
{
    struct fixture *f = xcalloc(1, sizeof *f);
    assert_int_equal(log_open(NULL, f->err, sizeof f->err), 0);
    f->options.kafka.topic = (char *)"calls";
    f->options.kafka.client_id = (char *)"test-client";
    f->options.kafka.embedded_brokers = 2;
    f->options.kafka.partitions = partitions;
    f->options.kafka.replication_factor = 2;
    assert_int_equal(hub_open(&f->hub), 0);
    f->cluster = embedded_start(&f->options, f->err, sizeof f->err);
    if (!f->cluster)
        fail_msg("%s", f->err);
    f->parts = (struct app_parts){.options = &f->options,
                                  .hub = &f->hub,
                                  .bootstrap = embedded_bootstrap(f->cluster),
                                  .embedded = true,
                                  .embedded_cluster = f->cluster,
                                  .to_watch = command_box_new()};
    return f;
}

static inline void fixture_free(struct fixture *f)
{
    client_destroy(f->producer, 3000);
    embedded_stop(f->cluster);
    command_box_free(f->parts.to_watch);
    hub_close(&f->hub);
    log_close();
    free(f);
}

static inline void fixture_producer(struct fixture *f)
{
    if (f->producer)
        return;
    rd_kafka_conf_t *conf = client_conf(&f->parts, CLIENT_PRODUCER, f->err, sizeof f->err);
    if (!conf)
        fail_msg("%s", f->err);
    f->producer = client_new(RD_KAFKA_PRODUCER, conf, f->err, sizeof f->err);
    if (!f->producer)
        fail_msg("%s", f->err);
}

/* Puts count messages, "row 0", "row 1" ... padded to bytes, into a partition and waits until they are there.
 */
static inline void fixture_produce(struct fixture *f, int partition, int count, size_t bytes)
{
    fixture_producer(f);
    rd_kafka_topic_t *topic = rd_kafka_topic_new(f->producer, "calls", NULL);
    assert_non_null(topic);
    char *value = xcalloc(1, bytes + 40);
    for (int i = 0; i < count; i++) {
        int len = snprintf(value, bytes + 40, "row %lld", (long long)(f->produced[partition] + i));
        if ((size_t)len < bytes) {
            memset(value + len, '.', bytes - (size_t)len);
            len = (int)bytes;
        }
        /* Not producev: its macros are no ISO C. */
        while (rd_kafka_produce(topic, partition, RD_KAFKA_MSG_F_COPY, value, (size_t)len, NULL, 0, NULL) !=
               0) {
            assert_int_equal(rd_kafka_last_error(), RD_KAFKA_RESP_ERR__QUEUE_FULL);
            rd_kafka_poll(f->producer, 10);
        }
    }
    free(value);
    rd_kafka_topic_destroy(topic);
    assert_int_equal(rd_kafka_flush(f->producer, 10000), 0);
    f->produced[partition] += count;
    atomic_store(&f->hub.live.produced[partition], f->produced[partition]); /* as the replay does */
}

static inline struct source *fixture_open(struct fixture *f)
{
    struct source *s = consumer_open(&f->parts, 5000, f->err, sizeof f->err);
    if (!s)
        fail_msg("%s", f->err);
    return s;
}

#endif
