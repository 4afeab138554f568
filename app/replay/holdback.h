/* How much the embedded cluster may be given before the query has read it: its partitions keep 5 MiB or
 * 100,000 message sets, and drop the oldest beyond that, read or not. This counts what was sent to each
 * partition, generously, and refuses what could push out something unread. Pure; one thread. */
#ifndef REPLAY_HOLDBACK_H
#define REPLAY_HOLDBACK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Below the limits in kafka/embedded.h, by what is under way when they are asked. */
#define HOLDBACK_BYTES    (INT64_C(4) * 1024 * 1024)
#define HOLDBACK_MESSAGES INT64_C(90000)
/* A record's own fields (at most 29 bytes) and the header of a message set (61), which a slow replay pays for
 * every single message. */
#define HOLDBACK_OVERHEAD 90

struct holdback;

struct holdback *holdback_new(int partitions);
void holdback_free(struct holdback *h);

/* May size bytes (key, value and headers) go to the partition, when the query's next offset there is position
 * (UNKNOWN: it has not started)? A partition whose messages are all read takes anything. */
bool holdback_allows(const struct holdback *h, int partition, int64_t position, size_t size);
void holdback_sent(struct holdback *h, int partition, size_t size);
/* A message that was sent but never got an offset. */
void holdback_lost(struct holdback *h, int partition);
/* Sent and not yet read. */
int64_t holdback_unread_bytes(const struct holdback *h, int partition, int64_t position);
int64_t holdback_unread_messages(const struct holdback *h, int partition, int64_t position);

#endif
