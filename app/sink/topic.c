#include "sink/topic.h"

#include "base/clock.h"
#include "base/xalloc.h"
#include "kafka/client.h"
#include "sink/format.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    TOPIC_WAIT_MS = 10000, /* for the topic's leaders */
    ACK_WAIT_MS = 60000,   /* for a batch's acknowledgements: longer than a broker's restart */
    CLOSE_MS = 2000
};

struct topic_sink {
    rd_kafka_t *rk;
    rd_kafka_topic_t *topic;
    int64_t acked;
    rd_kafka_resp_err_t trouble; /* of the first record that could not be delivered in this batch */
};

/* Called from rd_kafka_poll and _flush, so on the engine thread. */
static void on_delivery(rd_kafka_t *rk, const rd_kafka_message_t *m, void *opaque)
{
    struct topic_sink *s = opaque;
    (void)rk;
    if (m->err && !s->trouble)
        s->trouble = m->err;
    s->acked += !m->err;
}

static int failed(const struct topic_sink *s, rd_kafka_resp_err_t code, char *err, size_t err_cap)
{
    char words[300];
    client_error_words(words, sizeof words, code, NULL);
    snprintf(err, err_cap, "Kafka sink %s: %s", rd_kafka_topic_name(s->topic), words);
    return -1;
}

static void topic_close(void *sink)
{
    struct topic_sink *s = sink;
    if (s->topic)
        rd_kafka_topic_destroy(s->topic);
    if (s->rk)
        client_destroy(s->rk, CLOSE_MS);
    free(s);
}

static bool topic_wanted(const struct options *o)
{
    return o->sink.kafka_topic && *o->sink.kafka_topic;
}

static void *topic_open(const struct app_parts *parts, char *err, size_t err_cap)
{
    const char *name = parts->options->sink.kafka_topic;
    if (strcmp(name, parts->options->kafka.topic) == 0) {
        snprintf(err, err_cap,
                 "[sink] kafka-topic is the topic of the calls: the query would read its own results");
        return NULL;
    }
    if (client_ensure_keyed_topic(parts, name, TOPIC_WAIT_MS, err, err_cap) < 0)
        return NULL;
    rd_kafka_conf_t *conf = client_conf(parts, CLIENT_PRODUCER, err, err_cap);
    if (!conf)
        return NULL;
    struct topic_sink *s = xcalloc(1, sizeof *s);
    rd_kafka_conf_set_opaque(conf, s);
    rd_kafka_conf_set_dr_msg_cb(conf, on_delivery);
    s->rk = client_new(RD_KAFKA_PRODUCER, conf, err, err_cap);
    if (s->rk)
        s->topic = rd_kafka_topic_new(s->rk, name, NULL);
    if (s->topic)
        return s;
    if (s->rk)
        client_error_words(err, err_cap, rd_kafka_last_error(), NULL);
    topic_close(s);
    return NULL;
}

/* value == NULL: a tombstone. A full queue is waited for, until deadline_ms (monotonic). */
static rd_kafka_resp_err_t put(struct topic_sink *s, const struct strbuf *key, const struct strbuf *value,
                               int64_t deadline_ms)
{
    for (;;) {
        if (rd_kafka_produce(s->topic, RD_KAFKA_PARTITION_UA, RD_KAFKA_MSG_F_COPY, value ? value->data : NULL,
                             value ? value->len : 0, key->data, key->len, NULL) == 0)
            return RD_KAFKA_RESP_ERR_NO_ERROR;
        rd_kafka_resp_err_t code = rd_kafka_last_error();
        if (code != RD_KAFKA_RESP_ERR__QUEUE_FULL || clock_mono_ms() >= deadline_ms)
            return code;
        rd_kafka_poll(s->rk, 100);
    }
}

/* Waits until everything put so far is acknowledged. */
static int settle(struct topic_sink *s, int64_t deadline_ms, char *err, size_t err_cap)
{
    int64_t left_ms = deadline_ms - clock_mono_ms();
    rd_kafka_resp_err_t code = rd_kafka_flush(s->rk, left_ms > 0 ? (int)left_ms : 0);
    if (!code)
        code = s->trouble;
    return code ? failed(s, code, err, err_cap) : 0;
}

static int topic_batch(void *sink, const struct sink_batch *b, char *err, size_t err_cap)
{
    struct topic_sink *s = sink;
    struct strbuf key = {0}, value = {0};
    int64_t deadline_ms = clock_mono_ms() + ACK_WAIT_MS;
    rd_kafka_resp_err_t code = RD_KAFKA_RESP_ERR_NO_ERROR;
    s->trouble = RD_KAFKA_RESP_ERR_NO_ERROR;
    for (size_t i = 0; i < b->output_count && !code; i++) {
        struct query_group g;
        query_group(b->query, b->output[i], &g);
        if (g.delta == 0 && !g.closed)
            continue; /* complete mode names every group in every batch: only the changed ones are news */
        key.len = value.len = 0;
        format_group_id(&key, b->query, b->output[i]);
        format_group_object(&value, b->query, b->output[i]);
        value.len--; /* reopen the object */
        strbuf_printf(&value, ",\"query_id\":\"%s\",\"batch_id\":%lld}", b->progress->id,
                      (long long)b->batch_id);
        code = put(s, &key, &value, deadline_ms);
        rd_kafka_poll(s->rk, 0);
    }
    strbuf_free(&key);
    strbuf_free(&value);
    return code ? failed(s, code, err, err_cap) : settle(s, deadline_ms, err, err_cap);
}

static int topic_restart(void *sink, const struct query *old, char *err, size_t err_cap)
{
    struct topic_sink *s = sink;
    struct strbuf key = {0};
    int64_t deadline_ms = clock_mono_ms() + ACK_WAIT_MS;
    rd_kafka_resp_err_t code = RD_KAFKA_RESP_ERR_NO_ERROR;
    s->trouble = RD_KAFKA_RESP_ERR_NO_ERROR;
    for (size_t i = 0; i < query_group_count(old) && !code; i++) {
        struct query_group g;
        query_group(old, i, &g);
        if (!g.visible)
            continue;
        key.len = 0;
        format_group_id(&key, old, (uint32_t)i);
        code = put(s, &key, NULL, deadline_ms);
        rd_kafka_poll(s->rk, 0);
    }
    strbuf_free(&key);
    return code ? failed(s, code, err, err_cap) : settle(s, deadline_ms, err, err_cap);
}

const struct sink_ops sink_topic = {
    .name = "kafka-topic",
    .description = "KafkaSink",
    .wanted = topic_wanted,
    .open = topic_open,
    .batch = topic_batch,
    .restart = topic_restart,
    .close = topic_close,
};
