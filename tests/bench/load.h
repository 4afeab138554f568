/* Calls into a topic at full speed, for benches that need a full one. Whatever fails ends the bench with a
 * sentence. One thread. */
#ifndef BENCH_LOAD_H
#define BENCH_LOAD_H

#include "query/source.h"

#include <librdkafka/rdkafka.h>
#include <stddef.h>

/* A producer with these properties beside bootstrap.servers; each call that is not delivered ends the bench.
 */
rd_kafka_t *load_producer(const char *brokers, const char *const (*properties)[2], size_t count);
void load_produce(rd_kafka_t *rk, rd_kafka_topic_t *topic, const struct message *m, int32_t partition);
/* Waits a minute at most until all is delivered. */
void load_flush(rd_kafka_t *rk);

#endif
