#include "cluster.h"

#include "stage.h"

#include "base/clock.h"
#include "base/text.h"
#include "base/xalloc.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { ASK_MS = 30000, READ_MS = 60000 };

static void quiet(const rd_kafka_t *rk, int level, const char *fac, const char *buf)
{
    (void)rk;
    (void)level;
    (void)fac;
    (void)buf;
}

static rd_kafka_t *new_handle(rd_kafka_type_t type, const char *const *properties)
{
    char err[300];
    rd_kafka_conf_t *conf = rd_kafka_conf_new();
    rd_kafka_conf_set_log_cb(conf, quiet);
    for (; *properties; properties += 2)
        if (rd_kafka_conf_set(conf, properties[0], properties[1], err, sizeof err) != RD_KAFKA_CONF_OK)
            die("a Kafka client cannot be set up", err);
    rd_kafka_t *rk = rd_kafka_new(type, conf, err, sizeof err);
    if (!rk)
        die("a Kafka client cannot be started", err);
    return rk;
}

void cluster_open(struct cluster *c)
{
    *c = (struct cluster){.bootstrap = env_text("KILL_BROKERS")};
    const char *const real[] = {"bootstrap.servers", c->bootstrap, "linger.ms", "5", "acks", "all", NULL};
    const char *const mock[] = {"test.mock.num.brokers", "2", "linger.ms", "5", NULL};
    snprintf(c->run, sizeof c->run, "%lx-%lx", (unsigned long)clock_wall_ms(), (unsigned long)getpid());
    c->rk = new_handle(RD_KAFKA_PRODUCER, c->bootstrap ? real : mock);
    if (c->bootstrap)
        return;
    c->mock = rd_kafka_handle_mock_cluster(c->rk);
    if (!c->mock)
        die("the mock cluster cannot be started", "no handle");
    c->bootstrap = rd_kafka_mock_cluster_bootstraps(c->mock);
}

/* Asks the real cluster for something about topics; the caller has put the request into the queue. */
static void expect_admin(rd_kafka_queue_t *queue, const char *what)
{
    rd_kafka_event_t *event = rd_kafka_queue_poll(queue, ASK_MS);
    if (!event)
        die(what, "no answer");
    if (rd_kafka_event_error(event))
        die(what, rd_kafka_event_error_string(event));
    const rd_kafka_CreateTopics_result_t *made = rd_kafka_event_CreateTopics_result(event);
    size_t n = 0;
    const rd_kafka_topic_result_t **results = made ? rd_kafka_CreateTopics_result_topics(made, &n) : NULL;
    for (size_t i = 0; i < n; i++)
        if (rd_kafka_topic_result_error(results[i]))
            die(what, rd_kafka_topic_result_error_string(results[i]));
    rd_kafka_event_destroy(event);
}

static void create_topic(struct cluster *c, const char *name, int partitions)
{
    char err[300];
    rd_kafka_NewTopic_t *topic = rd_kafka_NewTopic_new(name, partitions, -1, err, sizeof err);
    if (!topic)
        die(name, err);
    rd_kafka_queue_t *queue = rd_kafka_queue_new(c->rk);
    rd_kafka_CreateTopics(c->rk, &topic, 1, NULL, queue);
    expect_admin(queue, name);
    rd_kafka_queue_destroy(queue);
    rd_kafka_NewTopic_destroy(topic);
}

char *cluster_topic_name(struct cluster *c, const char *name)
{
    return xasprintf("sfcrime-kill-%s-%s", c->run, name);
}

const char *cluster_topic(struct cluster *c, const char *name, int partitions)
{
    char *full = cluster_topic_name(c, name);
    if (c->mock && rd_kafka_mock_topic_create(c->mock, full, partitions > 0 ? partitions : 3, 2) !=
                       RD_KAFKA_RESP_ERR_NO_ERROR)
        die(full, "cannot be made in the mock cluster");
    if (!c->mock && partitions > 0)
        create_topic(c, full, partitions);
    c->topics = xreallocarray(c->topics, c->topic_count + 1, sizeof *c->topics);
    return c->topics[c->topic_count++] = full;
}

void cluster_close(struct cluster *c)
{
    rd_kafka_queue_t *queue = rd_kafka_queue_new(c->rk);
    for (size_t i = 0; i < c->topic_count && !c->mock; i++) {
        rd_kafka_DeleteTopic_t *topic = rd_kafka_DeleteTopic_new(c->topics[i]);
        rd_kafka_DeleteTopics(c->rk, &topic, 1, NULL, queue);
        expect_admin(queue, c->topics[i]);
        rd_kafka_DeleteTopic_destroy(topic);
    }
    rd_kafka_queue_destroy(queue);
    for (size_t i = 0; i < c->topic_count; i++)
        free(c->topics[i]);
    free(c->topics);
    rd_kafka_destroy(c->rk);
}

/* ---- calls ---- */

/* A call as the data has them, with the kinds of trouble that it has. */
static void make_call(struct strbuf *out, uint64_t seed, int64_t number)
{
    static const char *const disposition[] = {"\"HAN\"", "\"ADV\"", "\"GOA\"",
                                              "\"REP\"", "null",    "\"Not recorded\""};
    static const char *const city[] = {"null", "\"\"", "\"Daly City\"", "\"San Francisco\""};
    uint64_t r = seed ^ (uint64_t)number * 0x2545f4914f6cdd1du;
    char when[ISO_MAX];
    (void)next_random(&r);
    out->len = 0;
    if (next_random(&r) % 100 == 0) {
        strbuf_puts(out, "{\"crime_id\": 12, broken");
        return;
    }
    if (next_random(&r) % 100 < 15)
        number -= (int64_t)(next_random(&r) % 40); /* much of an earlier call: times repeat */
    int64_t at_s = 1546214400 + number * 20 + (int64_t)(next_random(&r) % 60);
    if (next_random(&r) % 100 < 4)
        at_s -= (int64_t)(next_random(&r) % 14400);
    iso_format_ms(when, at_s / 60 * 60000, 0);
    uint64_t type = next_random(&r) % 900, where = next_random(&r) % 20;
    type = type * type / 27000;
    strbuf_printf(
        out,
        "{\"crime_id\":\"%" PRId64 "\",\"original_crime_type_name\":\"%s %" PRIu64
        "\",\"report_date\":\"%.10s\",\"call_date\":\"%.10s\",\"offense_date\":\"%.10s\",\"call_time\":"
        "\"%.5s\",\"call_date_time\":\"%s\",\"disposition\":%s,\"address\":\"%d Block Of Market St\","
        "\"city\":%s,\"state\":\"CA\",\"agency_id\":\"1\",\"address_type\":\"Premise Address\","
        "\"common_location\":\"\"}",
        number, type % 5 == 3 ? "\\\"Loud\\\", \\u00fcber" : "Type", type, when, when, when, when + 11, when,
        disposition[next_random(&r) % 6], (int)(next_random(&r) % 40) * 100, city[where < 3 ? where : 3]);
}

void cluster_fill(struct cluster *c, const char *topic, int partitions, uint64_t seed, int64_t count)
{
    struct strbuf value = {0};
    rd_kafka_topic_t *rkt = rd_kafka_topic_new(c->rk, topic, NULL);
    if (!rkt)
        die("cannot produce", rd_kafka_err2str(rd_kafka_last_error()));
    for (int64_t i = 0; i < count; i++) {
        make_call(&value, seed, i);
        while (rd_kafka_produce(rkt, (int32_t)(i % partitions), RD_KAFKA_MSG_F_COPY | RD_KAFKA_MSG_F_BLOCK,
                                value.data, value.len, NULL, 0, NULL) != 0) {
            if (rd_kafka_last_error() != RD_KAFKA_RESP_ERR__QUEUE_FULL)
                die("cannot produce", rd_kafka_err2str(rd_kafka_last_error()));
            rd_kafka_poll(c->rk, 10);
        }
    }
    rd_kafka_topic_destroy(rkt);
    strbuf_free(&value);
    if (rd_kafka_flush(c->rk, ASK_MS) != RD_KAFKA_RESP_ERR_NO_ERROR)
        die("cannot produce", "flush timed out");
}

/* ---- the Kafka sink's records ---- */

/* Where the text begins for the last time, or NULL: a field's value may hold the same words. */
static char *last_of(char *text, const char *wanted)
{
    char *last = NULL;
    for (char *at = text; (at = strstr(at, wanted)); at++)
        last = at;
    return last;
}

/* {...,"count":3,"query_id":"ID","batch_id":7} -> the same without query_id, and 7. */
static void take_apart(struct record *r, const char *query_id)
{
    char *expected = xasprintf(",\"query_id\":\"%s\"", query_id);
    char *id = last_of(r->value, expected), *batch = last_of(r->value, ",\"batch_id\":");
    if (!id || !batch || id + strlen(expected) != batch)
        die("a record of the Kafka sink is not of this query, or does not end in its batch", r->value);
    r->batch = strtoll(batch + strlen(",\"batch_id\":"), NULL, 10);
    memmove(id, batch, strlen(batch) + 1);
    free(expected);
}

static void take_record(struct records *out, const rd_kafka_message_t *m, const char *query_id)
{
    if (!m->key || !m->payload)
        die("the Kafka sink has written a record without key or value", rd_kafka_topic_name(m->rkt));
    out->v = xreallocarray(out->v, out->count + 1, sizeof *out->v);
    struct record *r = &out->v[out->count];
    *r = (struct record){.key = xstrndup(m->key, m->key_len),
                         .value = xstrndup(m->payload, m->len),
                         .order = (int64_t)out->count};
    take_apart(r, query_id);
    out->count++;
}

static int assign_all(rd_kafka_t *rk, const char *name)
{
    const struct rd_kafka_metadata *md;
    rd_kafka_topic_t *topic = rd_kafka_topic_new(rk, name, NULL);
    rd_kafka_resp_err_t err = rd_kafka_metadata(rk, 0, topic, &md, ASK_MS);
    if (err || md->topic_cnt != 1 || md->topics[0].err)
        die(name, rd_kafka_err2str(err ? err : md->topics[0].err));
    int partitions = md->topics[0].partition_cnt;
    rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new(partitions);
    for (int p = 0; p < partitions; p++)
        rd_kafka_topic_partition_list_add(list, name, p)->offset = RD_KAFKA_OFFSET_BEGINNING;
    if ((err = rd_kafka_assign(rk, list)))
        die(name, rd_kafka_err2str(err));
    rd_kafka_topic_partition_list_destroy(list);
    rd_kafka_metadata_destroy(md);
    rd_kafka_topic_destroy(topic);
    return partitions;
}

void cluster_read(struct cluster *c, const char *topic, const char *query_id, struct records *out)
{
    const char *const properties[] = {"bootstrap.servers",
                                      c->bootstrap,
                                      "group.id",
                                      "sfcrime-kill-reader",
                                      "enable.auto.commit",
                                      "false",
                                      "enable.partition.eof",
                                      "true",
                                      "fetch.wait.max.ms",
                                      "10",
                                      "allow.auto.create.topics",
                                      "false",
                                      NULL};
    rd_kafka_t *rk = new_handle(RD_KAFKA_CONSUMER, properties);
    rd_kafka_poll_set_consumer(rk);
    int left = assign_all(rk, topic);
    int64_t deadline_ms = clock_mono_ms() + READ_MS;
    *out = (struct records){0};
    while (left > 0) {
        if (clock_mono_ms() > deadline_ms)
            die(topic, "cannot be read to its end");
        rd_kafka_message_t *m = rd_kafka_consumer_poll(rk, 100);
        if (m && m->err == RD_KAFKA_RESP_ERR__PARTITION_EOF)
            left--;
        else if (m && !m->err)
            take_record(out, m, query_id);
        if (m)
            rd_kafka_message_destroy(m);
    }
    rd_kafka_consumer_close(rk);
    rd_kafka_destroy(rk);
}

void records_clear(struct records *r)
{
    for (size_t i = 0; i < r->count; i++) {
        free(r->v[i].key);
        free(r->v[i].value);
    }
    free(r->v);
    *r = (struct records){0};
}
