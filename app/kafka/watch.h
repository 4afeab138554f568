/* The watcher: a thread that asks the cluster about itself (brokers, leaders, first and end offsets, the
 * consumer groups of the topic) with deadlines, and publishes cluster_views. Nothing else may make blocking
 * Kafka calls for the screen's sake: librdkafka 2.0.2's watermark query can hang, and here only this thread
 * would. */
#ifndef KAFKA_WATCH_H
#define KAFKA_WATCH_H

#include "app_parts.h"

struct watch;
struct watch *watch_start(const struct app_parts *parts, char *err, size_t err_cap);
/* Waits at most timeout_ms for its end; a thread that hangs in a Kafka call is left to the process's exit. */
void watch_stop(struct watch *me, int64_t timeout_ms);

#endif
