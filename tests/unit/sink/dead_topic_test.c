/* Bad messages in a topic of their own: what a reader of that topic finds there. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/xalloc.h"
#include "kafka/client.h"
#include "kafka/embedded.h"
#include "log.h"
#include "sink/dead_topic.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { DEADLINE_MS = 20000, BIG_BYTES = 1000001 };

struct fixture {
    struct options options;
    struct hub hub;
    struct app_parts parts;
    struct embedded *cluster;
    struct dead_topic *letters;
};

static struct fixture *begin(void)
{
    struct fixture *f = xcalloc(1, sizeof *f);
    char err[400] = "";
    f->options.kafka.topic = (char *)"calls";
    f->options.kafka.client_id = (char *)"test-client";
    f->options.kafka.embedded_brokers = 2;
    f->options.kafka.partitions = 1;
    f->options.kafka.replication_factor = 1;
    f->options.sink.dead_letters_topic = (char *)"dead";
    assert_int_equal(hub_open(&f->hub), 0);
    f->cluster = embedded_start(&f->options, err, sizeof err);
    if (!f->cluster)
        fail_msg("%s", err);
    f->parts = (struct app_parts){.options = &f->options,
                                  .hub = &f->hub,
                                  .bootstrap = embedded_bootstrap(f->cluster),
                                  .embedded = true,
                                  .embedded_cluster = f->cluster};
    f->letters = dead_topic_open(&f->parts, err, sizeof err);
    if (!f->letters)
        fail_msg("%s", err);
    return f;
}

static void finish(struct fixture *f)
{
    dead_topic_close(f->letters);
    embedded_stop(f->cluster);
    hub_close(&f->hub);
    free(f);
}

static void flush(struct fixture *f)
{
    char err[400] = "";
    if (dead_topic_flush(f->letters, err, sizeof err) != 0)
        fail_msg("%s", err);
}

/* A plain consumer at the topic's beginning, over all its partitions. */
static rd_kafka_t *reader(struct fixture *f)
{
    char err[400];
    rd_kafka_conf_t *conf = client_conf(&f->parts, CLIENT_CONSUMER, err, sizeof err);
    assert_non_null(conf);
    rd_kafka_t *rk = client_new(RD_KAFKA_CONSUMER, conf, err, sizeof err);
    assert_non_null(rk);
    rd_kafka_poll_set_consumer(rk);
    int partitions = client_ensure_named_topic(&f->parts, "dead", DEADLINE_MS, err, sizeof err);
    assert_true(partitions > 0);
    rd_kafka_topic_partition_list_t *all = rd_kafka_topic_partition_list_new(partitions);
    for (int p = 0; p < partitions; p++)
        rd_kafka_topic_partition_list_add(all, "dead", p)->offset = 0;
    assert_int_equal(rd_kafka_assign(rk, all), 0);
    rd_kafka_topic_partition_list_destroy(all);
    return rk;
}

static rd_kafka_message_t *next(rd_kafka_t *rk)
{
    int64_t deadline_ms = clock_mono_ms() + DEADLINE_MS;
    while (clock_mono_ms() < deadline_ms) {
        rd_kafka_message_t *m = rd_kafka_consumer_poll(rk, 100);
        if (m && !m->err)
            return m;
        if (m)
            rd_kafka_message_destroy(m);
    }
    fail_msg("no message came");
    return NULL;
}

static void expect_header(const rd_kafka_message_t *m, const char *name, const char *expected)
{
    rd_kafka_headers_t *headers;
    const void *value;
    size_t size;
    assert_int_equal(rd_kafka_message_headers(m, &headers), 0);
    if (rd_kafka_header_get_last(headers, name, &value, &size) != 0) {
        if (expected)
            fail_msg("header %s is missing", name);
        return;
    }
    assert_non_null(expected);
    assert_int_equal(size, strlen(expected));
    assert_memory_equal(value, expected, size);
}

static void a_letter_is_the_message_itself_with_where_it_came_from_and_why(void **state)
{
    struct fixture *f = begin();
    struct message m = {
        .value = "no\0call", .value_len = 7, .partition = 3, .offset = 41, .timestamp_ms = 1546300620000};
    dead_topic_add(f->letters, &m, BAD_NOT_JSON, "not JSON at byte 0");
    flush(f);
    assert_int_equal(dead_topic_kept(f->letters), 1);
    rd_kafka_t *rk = reader(f);
    rd_kafka_message_t *got = next(rk);
    assert_int_equal(got->len, 7);
    assert_memory_equal(got->payload, "no\0call", 7);
    rd_kafka_timestamp_type_t type;
    assert_int_equal(rd_kafka_message_timestamp(got, &type), 1546300620000);
    expect_header(got, "topic", "calls");
    expect_header(got, "partition", "3");
    expect_header(got, "offset", "41");
    expect_header(got, "reason", "not JSON");
    expect_header(got, "detail", "not JSON at byte 0");
    expect_header(got, "length", NULL);
    rd_kafka_message_destroy(got);
    client_destroy(rk, 3000);
    finish(f);
}

static void a_tombstone_stays_one(void **state)
{
    struct fixture *f = begin();
    struct message m = {.partition = 0, .offset = 1, .timestamp_ms = UNKNOWN};
    dead_topic_add(f->letters, &m, BAD_EMPTY, "");
    flush(f);
    rd_kafka_t *rk = reader(f);
    rd_kafka_message_t *got = next(rk);
    assert_null(got->payload);
    expect_header(got, "reason", "empty");
    rd_kafka_message_destroy(got);
    client_destroy(rk, 3000);
    finish(f);
}

static void a_message_too_long_for_a_topic_is_cut_and_says_so(void **state)
{
    struct fixture *f = begin();
    char *big = xmalloc(BIG_BYTES);
    memset(big, 'x', BIG_BYTES);
    struct message m = {.value = big, .value_len = BIG_BYTES, .offset = 1, .timestamp_ms = UNKNOWN};
    dead_topic_add(f->letters, &m, BAD_TOO_LARGE, "");
    flush(f);
    assert_int_equal(dead_topic_kept(f->letters), 1);
    rd_kafka_t *rk = reader(f);
    rd_kafka_message_t *got = next(rk);
    assert_true(got->len > 100000 && got->len < BIG_BYTES);
    assert_memory_equal(got->payload, big, got->len);
    expect_header(got, "length", "1000001");
    rd_kafka_message_destroy(got);
    client_destroy(rk, 3000);
    free(big);
    finish(f);
}

static void letters_that_cannot_be_delivered_fail_the_flush(void **state)
{
    struct fixture *f = begin();
    struct kafka_property short_patience = {
        .name = (char *)"message.timeout.ms", .value = (char *)"500", .to_producer = true};
    dead_topic_close(f->letters);
    f->options.kafka.properties = &short_patience;
    f->options.kafka.property_count = 1;
    char err[400] = "";
    f->letters = dead_topic_open(&f->parts, err, sizeof err);
    assert_non_null(f->letters);
    for (int id = 1; id <= 2; id++)
        assert_int_equal(embedded_broker_up(f->cluster, id, false), 0);
    struct message m = {.value = "x", .value_len = 1, .offset = 1, .timestamp_ms = UNKNOWN};
    dead_topic_add(f->letters, &m, BAD_NOT_JSON, "");
    assert_int_equal(dead_topic_flush(f->letters, err, sizeof err), -1);
    assert_non_null(strstr(err, "dead letters topic dead: "));
    for (int id = 1; id <= 2; id++)
        assert_int_equal(embedded_broker_up(f->cluster, id, true), 0);
    finish(f);
}

static void the_topic_of_the_calls_is_refused(void **state)
{
    struct options o = {.kafka.topic = (char *)"calls", .sink.dead_letters_topic = (char *)"calls"};
    struct app_parts parts = {.options = &o};
    char err[400] = "";
    assert_null(dead_topic_open(&parts, err, sizeof err));
    assert_non_null(strstr(err, "dead-letters-topic"));
}

int main(void)
{
    char err[200];
    if (log_open(NULL, err, sizeof err) < 0)
        return 1;
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_letter_is_the_message_itself_with_where_it_came_from_and_why),
        cmocka_unit_test(a_tombstone_stays_one),
        cmocka_unit_test(a_message_too_long_for_a_topic_is_cut_and_says_so),
        cmocka_unit_test(letters_that_cannot_be_delivered_fail_the_flush),
        cmocka_unit_test(the_topic_of_the_calls_is_refused),
    };
    int failed = cmocka_run_group_tests_name("dead_topic", tests, NULL, NULL);
    log_close();
    return failed;
}
