/* Asking the brokers for offsets with a deadline that holds. rd_kafka_query_watermark_offsets does not keep
 * its timeout in librdkafka 2.0.2 (it waits for the request's own end, a minute); rd_kafka_offsets_for_times
 * sends the same request, keeps its timeout, and asks for all partitions of a leader at once. */
#ifndef KAFKA_OFFSETS_H
#define KAFKA_OFFSETS_H

#include <librdkafka/rdkafka.h>
#include <stdbool.h>
#include <stdint.h>

#define OFFSETS_FIRST INT64_C(-2) /* the first offset kept */
#define OFFSETS_END   INT64_C(-1) /* the next offset to be written (read_committed: the last stable offset) */

/* Fills out[i] for partitions[i]: the offset at a time in ms, or FIRST or END. Where there is no message at
 * or after that time, or no answer for that partition alone, out[i] is UNKNOWN. Waits at most timeout_ms. The
 * handle's owner may call it from any one thread at a time. */
rd_kafka_resp_err_t offsets_ask(rd_kafka_t *rk, const char *topic, const int32_t *partitions, int count,
                                int64_t time_ms, int64_t *out, int timeout_ms);

/* Partition count of a topic, by asking; -1 and *code where it cannot be had in timeout_ms. */
int offsets_partition_count(rd_kafka_t *rk, rd_kafka_topic_t *topic, int timeout_ms,
                            rd_kafka_resp_err_t *code);

/* Sends a small request to the leaders of these partitions and does not wait for the answer: it wakes the
 * library's thread of each such broker, which then looks again whether there is room to fetch. */
void offsets_nudge(rd_kafka_t *rk, const char *topic, const int32_t *partitions, int count);

#endif
