/* Makes the workload: `fill BROKERS TOPIC PARTITIONS ROWS CALLS` makes a topic on a real Kafka and puts so
 * many calls into it, without compression. The calls are the bundled ones over and over, each with a time of
 * its own, but for every 33rd, which is the same as one that was sent a moment before, into another
 * partition. Prints what a query over them must find, as its contestants do, reckoned from the file with
 * json-c and none of the query's code:
 *
 *     rows=N distinct=N groups=N sum=N bytes=N librdkafka=VERSION
 *
 * distinct: rows that differ in call time, disposition or type. groups, sum: distinct rows without a null
 * among the three, counted by type. `fill BROKERS TOPIC` deletes the topic again, and the consumer group of
 * the same name. */
#include "bench/calls.h"
#include "bench/load.h"
#include "kill/stage.h"

#include "base/xalloc.h"

#include <json-c/json.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { FRESH = 32, REPEATED = 7, STEP_MS = 1000, CREATE_MS = 20000 };

struct expectation {
    int64_t rows, distinct, sum, bytes;
    struct json_object *types; /* those counted: their names are its keys */
};

static rd_kafka_t *new_producer(const char *brokers)
{
    static const char *const properties[][2] = {
        {"linger.ms", "50"},
        {"compression.type", "none"},
        {"queue.buffering.max.messages", "200000"},
        {"batch.size", "900000"},
        {"enable.idempotence", "true"},
        {"log_level", "3"}, /* that a new cluster is still loading is no news */
    };
    return load_producer(brokers, properties, sizeof properties / sizeof *properties);
}

static void make_topic(rd_kafka_t *rk, const char *name, int partitions)
{
    char err[300] = "";
    rd_kafka_NewTopic_t *topic = rd_kafka_NewTopic_new(name, partitions, 1, err, sizeof err);
    rd_kafka_queue_t *queue = rd_kafka_queue_new(rk);

    if (topic == NULL)
        die("the topic cannot be made", err);
    rd_kafka_CreateTopics(rk, &topic, 1, NULL, queue);
    rd_kafka_event_t *event = rd_kafka_queue_poll(queue, CREATE_MS);
    if (event == NULL || rd_kafka_event_error(event))
        die("the topic cannot be made", event ? rd_kafka_event_error_string(event) : "no answer");
    size_t count;
    const rd_kafka_topic_result_t **results =
        rd_kafka_CreateTopics_result_topics(rd_kafka_event_CreateTopics_result(event), &count);
    if (count != 1 || rd_kafka_topic_result_error(results[0]))
        die("the topic cannot be made", count == 1 ? rd_kafka_topic_result_error_string(results[0]) : name);
    rd_kafka_event_destroy(event);
    rd_kafka_queue_destroy(queue);
    rd_kafka_NewTopic_destroy(topic);
}

/* What is not there needs no deleting: nothing of it is checked. */
static int delete_all(const char *brokers, const char *name)
{
    rd_kafka_t *rk = new_producer(brokers);
    rd_kafka_queue_t *queue = rd_kafka_queue_new(rk);
    rd_kafka_DeleteGroup_t *group = rd_kafka_DeleteGroup_new(name);
    rd_kafka_DeleteTopic_t *topic = rd_kafka_DeleteTopic_new(name);

    rd_kafka_DeleteGroups(rk, &group, 1, NULL, queue);
    rd_kafka_event_destroy(rd_kafka_queue_poll(queue, CREATE_MS));
    rd_kafka_DeleteTopics(rk, &topic, 1, NULL, queue);
    rd_kafka_event_destroy(rd_kafka_queue_poll(queue, CREATE_MS));
    rd_kafka_DeleteGroup_destroy(group);
    rd_kafka_DeleteTopic_destroy(topic);
    rd_kafka_queue_destroy(queue);
    rd_kafka_destroy(rk);
    return 0;
}

/* What the query must make of one fresh call. */
static void expect(struct expectation *x, const struct message *m)
{
    json_tokener *reader = json_tokener_new();
    json_object *call = json_tokener_parse_ex(reader, m->value, (int)m->value_len), *type, *disposition;

    if (call == NULL)
        die("a call is no JSON", "");
    x->distinct++;
    if (json_object_object_get_ex(call, "original_crime_type_name", &type) && type != NULL &&
        json_object_object_get_ex(call, "disposition", &disposition) && disposition != NULL) {
        x->sum++;
        json_object_object_add(x->types, json_object_get_string(type), NULL);
    }
    json_object_put(call);
    json_tokener_free(reader);
}

static void fill(rd_kafka_t *rk, const char *name, int partitions, struct calls *calls, struct expectation *x,
                 int64_t wanted)
{
    rd_kafka_topic_t *topic = rd_kafka_topic_new(rk, name, NULL);

    if (topic == NULL)
        die("cannot produce", name);
    while (x->rows < wanted) {
        const struct message *m = calls_next(calls, FRESH);
        for (int i = 0; i <= FRESH && x->rows < wanted; i++, x->rows++) {
            const struct message *one = &m[i < FRESH ? i : REPEATED];
            if (i < FRESH)
                expect(x, one);
            load_produce(rk, topic, one, (int32_t)(x->rows % partitions));
            x->bytes += (int64_t)one->value_len;
        }
        rd_kafka_poll(rk, 0);
    }
    load_flush(rk);
    rd_kafka_topic_destroy(topic);
}

int main(int argc, char **argv)
{
    if (argc == 3)
        return delete_all(argv[1], argv[2]);
    if (argc != 6) {
        fprintf(stderr, "usage: fill BROKERS TOPIC [PARTITIONS ROWS CALLS]\n");
        return 2;
    }
    struct calls *calls = calls_open(argv[5], STEP_MS);
    if (calls == NULL)
        return 1;
    int partitions = (int)strtol(argv[3], NULL, 10);
    struct expectation x = {.types = json_object_new_object()};
    rd_kafka_t *rk = new_producer(argv[1]);
    make_topic(rk, argv[2], partitions);
    fill(rk, argv[2], partitions, calls, &x, strtoll(argv[4], NULL, 10));
    printf("rows=%lld distinct=%lld groups=%d sum=%lld bytes=%lld librdkafka=%s\n", (long long)x.rows,
           (long long)x.distinct, json_object_object_length(x.types), (long long)x.sum, (long long)x.bytes,
           rd_kafka_version_str());
    json_object_put(x.types);
    rd_kafka_destroy(rk);
    calls_close(calls);
    return 0;
}
