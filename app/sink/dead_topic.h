/* Messages that are no calls, passed on to a Kafka topic of their own: the original bytes as the value, and
 * as headers the topic, partition and offset they came from, the reason and its detail. A message too long
 * for the topic is cut, and the header `length` then says how long it was.
 *
 * At least once: dead_topic_flush returns when all in-sync replicas have them, and is called before the batch
 * is committed; a batch that comes again after a crash sends them again, with the same offsets in the
 * headers. Engine thread. */
#ifndef SINK_DEAD_TOPIC_H
#define SINK_DEAD_TOPIC_H

#include "app_parts.h"
#include "query/query.h"

struct dead_topic;

/* Makes the topic [sink] dead-letters-topic where it is missing. NULL with a sentence in err. */
struct dead_topic *dead_topic_open(const struct app_parts *parts, char *err, size_t err_cap);

void dead_topic_add(struct dead_topic *d, const struct message *m, enum bad_reason reason,
                    const char *detail);

/* 0 when everything added is safe; -1 with a sentence in err, after about a minute of trying. */
int dead_topic_flush(struct dead_topic *d, char *err, size_t err_cap);

/* How many were acknowledged. */
int64_t dead_topic_kept(const struct dead_topic *d);
void dead_topic_close(struct dead_topic *d);

#endif
