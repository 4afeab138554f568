/* The Kafka sink, read back by a plain consumer: one record a changed group, and the newest of each key is
 * the result table. */
#include "../kafka/kafka_fixture.h"
#include "database_fixture.h"
#include "sink/topic.h"

enum { KEYS = 32 };

struct table {
    char key[KEYS][100], value[KEYS][300];
    int count;
};

static void remember(struct table *t, const rd_kafka_message_t *m)
{
    int i = 0;
    while (i < t->count && (strlen(t->key[i]) != m->key_len || memcmp(t->key[i], m->key, m->key_len) != 0))
        i++;
    if (i == t->count) {
        assert_true(t->count < KEYS);
        snprintf(t->key[t->count++], sizeof t->key[0], "%.*s", (int)m->key_len, (const char *)m->key);
    }
    snprintf(t->value[i], sizeof t->value[0], "%.*s", (int)m->len, m->len ? (const char *)m->payload : "");
}

/* Reads the topic to its end; returns how many records there were. */
static int read_all(struct fixture *f, struct table *t)
{
    rd_kafka_conf_t *conf = client_conf(&f->parts, CLIENT_CONSUMER, f->err, sizeof f->err);
    assert_non_null(conf);
    rd_kafka_t *rk = client_new(RD_KAFKA_CONSUMER, conf, f->err, sizeof f->err);
    assert_non_null(rk);
    const struct rd_kafka_metadata *md;
    rd_kafka_topic_t *topic = rd_kafka_topic_new(rk, "results", NULL);
    assert_int_equal(rd_kafka_metadata(rk, 0, topic, &md, 10000), RD_KAFKA_RESP_ERR_NO_ERROR);
    int partitions = md->topics[0].partition_cnt, ended = 0, records = 0;
    rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new(partitions);
    for (int p = 0; p < partitions; p++)
        rd_kafka_topic_partition_list_add(list, "results", p)->offset = RD_KAFKA_OFFSET_BEGINNING;
    assert_int_equal(rd_kafka_assign(rk, list), RD_KAFKA_RESP_ERR_NO_ERROR);
    int64_t deadline_ms = clock_mono_ms() + 30000;
    memset(t, 0, sizeof *t);
    while (ended < partitions) {
        assert_true(clock_mono_ms() < deadline_ms);
        rd_kafka_message_t *m = rd_kafka_consumer_poll(rk, 100);
        if (!m)
            continue;
        if (m->err == RD_KAFKA_RESP_ERR__PARTITION_EOF) {
            ended++;
        } else if (!m->err) {
            remember(t, m);
            records++;
        }
        rd_kafka_message_destroy(m);
    }
    rd_kafka_topic_partition_list_destroy(list);
    rd_kafka_metadata_destroy(md);
    rd_kafka_topic_destroy(topic);
    client_destroy(rk, 3000);
    return records;
}

static const char *value_of(const struct table *t, const char *key)
{
    for (int i = 0; i < t->count; i++)
        if (strcmp(t->key[i], key) == 0)
            return t->value[i];
    return "no such key";
}

static struct query *simple_query(void)
{
    struct query_settings s;
    query_settings_default(&s);
    s.window_ms = s.slide_ms = 0;
    s.distinct = DISTINCT_OFF;
    return query_new(&s, NULL, NULL);
}

static void batch(struct fixture *f, void *sink, struct query *q, int64_t id, const char *const calls[])
{
    struct progress p;
    feed_batch(q, id, "one", &p, calls);
    if (put_batch(&sink_topic, sink, q, &p, f->err, sizeof f->err) < 0)
        fail_msg("%s", f->err);
}

static void the_newest_record_of_each_key_is_the_table(void **state)
{
    (void)state;
    struct fixture *f = fixture_new(2);
    struct table t;
    f->options.sink.kafka_topic = (char *)"results";
    void *sink = sink_topic.open(&f->parts, f->err, sizeof f->err);
    if (!sink)
        fail_msg("%s", f->err);
    struct query *q = simple_query();
    batch(f, sink, q, 0, (const char *const[]){"Fire@20:01", "Theft@20:02", "Fire@20:03", NULL});
    batch(f, sink, q, 1, (const char *const[]){"Theft@20:04", NULL});
    /* Fire did not change in batch 1, so complete mode has told only the news: three records. */
    assert_int_equal(read_all(f, &t), 3);
    assert_string_equal(
        value_of(&t, "[\"Fire\"]"),
        "{\"original_crime_type_name\":\"Fire\",\"count\":2,\"query_id\":\"one\",\"batch_id\":0}");
    assert_string_equal(
        value_of(&t, "[\"Theft\"]"),
        "{\"original_crime_type_name\":\"Theft\",\"count\":2,\"query_id\":\"one\",\"batch_id\":1}");

    /* A query that starts over takes its groups back. */
    assert_int_equal(sink_topic.restart(sink, q, f->err, sizeof f->err), 0);
    assert_int_equal(read_all(f, &t), 5);
    assert_string_equal(value_of(&t, "[\"Fire\"]"), "");
    assert_string_equal(value_of(&t, "[\"Theft\"]"), "");
    query_free(q);
    sink_topic.close(sink);
    fixture_free(f);
}

static void the_topic_of_the_calls_is_refused(void **state)
{
    (void)state;
    struct fixture *f = fixture_new(1);
    f->options.sink.kafka_topic = (char *)"calls";
    assert_null(sink_topic.open(&f->parts, f->err, sizeof f->err));
    assert_non_null(strstr(f->err, "would read its own results"));
    fixture_free(f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_newest_record_of_each_key_is_the_table),
        cmocka_unit_test(the_topic_of_the_calls_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
