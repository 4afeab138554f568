/* When a sleeping librdkafka is to be woken. 2.0.2 looks whether a full prefetch queue has room again only
 * when its broker thread wakes, and with nothing else to do that thread sleeps up to a second. A request of
 * any kind wakes it. But each is work for the broker, who may be the slow one: so a request is due only where
 * the queue has been full and has fallen to half of that, and, in case that was judged wrongly, where rows
 * that are known of do not come, less and less often. From 2.2 on fetch.queue.backoff.ms does it, and none is
 * sent. Pure; one a partition. */
#ifndef KAFKA_NUDGE_H
#define KAFKA_NUDGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct nudge {
    size_t fullest;   /* longest queue since it was last judged */
    int64_t seen;     /* the rows' offset at that time */
    int64_t since_ms; /* and when it was */
    int64_t gap_ms;   /* without a row for so long, one is due */
};

/* Reading begins: seen is where. */
void nudge_begin(struct nudge *n, int64_t now_ms, int64_t seen);

/* Called now and then while the broker has more than has come. queued: rows in the library's queue; seen: one
 * past the newest row taken out of it; full: with how many rows the library stops fetching. True: wake it. */
bool nudge_due(struct nudge *n, int64_t now_ms, size_t queued, int64_t seen, size_t full);

#endif
