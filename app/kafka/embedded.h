/* The embedded cluster: librdkafka's mock brokers inside this process, on loopback only. Main starts it
 * before any client and stops it after all of them. What it cannot do: keep data over a restart, more than 5
 * MiB or 100,000 batches a partition (the oldest are trimmed), SASL/TLS, admin calls, offsets by timestamp.
 */
#ifndef KAFKA_EMBEDDED_H
#define KAFKA_EMBEDDED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct embedded;
struct options;

/* Limits of a partition in librdkafka's mock (rdkafka_mock.c), which the replay stays below. */
#define EMBEDDED_PARTITION_BYTES    (5 * 1024 * 1024)
#define EMBEDDED_PARTITION_MESSAGES 100000

/* Starts the brokers and creates the topic. NULL with one sentence in err. Main thread. */
struct embedded *embedded_start(const struct options *o, char *err, size_t err_cap);
/* "127.0.0.1:port,127.0.0.1:port"; lives as long as the cluster. */
const char *embedded_bootstrap(const struct embedded *e);
void embedded_stop(struct embedded *e);
/* Makes another topic, as an admin client would on a real Kafka; one that is there already is left as it is.
 * Any thread. 0, or -1 with one sentence in err. */
int embedded_make_topic(struct embedded *e, const char *topic, int partitions, char *err, size_t err_cap);

/* Faults for an audience; any thread. 0 or -1. */
int embedded_broker_up(struct embedded *e, int32_t broker_id, bool up);
int embedded_broker_latency(struct embedded *e, int32_t broker_id, int latency_ms);
int embedded_move_leader(struct embedded *e, int32_t partition, int32_t broker_id);

#endif
