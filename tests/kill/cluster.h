/* The Kafka of a test, outside the process under test: a mock cluster in this process, or the real one that
 * $KILL_BROKERS names. Makes topics, fills one with calls, reads back what the Kafka sink has written. Every
 * failure ends the test. */
#ifndef TESTS_KILL_CLUSTER_H
#define TESTS_KILL_CLUSTER_H

#include <librdkafka/rdkafka.h>
#include <librdkafka/rdkafka_mock.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct cluster {
    rd_kafka_t *rk;                /* a producer; the mock cluster lives as long as it */
    rd_kafka_mock_cluster_t *mock; /* NULL: a real cluster */
    const char *bootstrap;
    char **topics; /* made by us */
    size_t topic_count;
    char run[32]; /* in each topic's name, so that no test meets the leftovers of another */
};

void cluster_open(struct cluster *c);
/* Deletes our topics on a real cluster. */
void cluster_close(struct cluster *c);

/* The full name of a topic of ours; the caller frees. */
char *cluster_topic_name(struct cluster *c, const char *name);
/* Makes the topic; partitions == 0: leaves that to the program, where the cluster can make topics (a mock
 * cannot be asked to). Returns its full name, which lives as long as c. */
const char *cluster_topic(struct cluster *c, const char *name, int partitions);

/* Puts calls [0, count) into the topic, dealt out over its partitions: duplicates, late ones, nulls, names
 * that need quoting, no JSON. The same seed gives the same calls. */
void cluster_fill(struct cluster *c, const char *topic, int partitions, uint64_t seed, int64_t count);

/* A record of the Kafka sink. */
struct record {
    char *key;
    char *value; /* without query_id: the rest byte for byte, batch_id at its end */
    int64_t batch;
    int64_t order; /* in which it was read: within a key, that of the topic */
};
struct records {
    struct record *v;
    size_t count;
};

/* Reads a topic to its end. Each record must carry this query_id. */
void cluster_read(struct cluster *c, const char *topic, const char *query_id, struct records *out);
void records_clear(struct records *r);

#endif
