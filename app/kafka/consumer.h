/* The topic as the query's source: assign() on all partitions at our own offsets, no group join; offsets are
 * committed to the group (client-id) for other tools to see. The engine thread owns it. */
#ifndef KAFKA_CONSUMER_H
#define KAFKA_CONSUMER_H

#include "app_parts.h"
#include "query/source.h"

/* Connects and learns the partitions; waits at most timeout_ms. NULL with one sentence in err. Writes the
 * consumed positions into hub->live as it reads. */
struct source *consumer_open(const struct app_parts *parts, int64_t timeout_ms, char *err, size_t err_cap);

#endif
