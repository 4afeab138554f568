/* What waits for the watermark, by the time it starts at: the open windows (with their groups) or the spans
 * of distinct rows. Looking one up costs a hash; a sweep looks at all of them, but only when the earliest is
 * due, so a batch that closes nothing pays nothing. One thread. */
#ifndef QUERY_TIMELINE_H
#define QUERY_TIMELINE_H

#include "query/hash.h"

struct span {
    int64_t start_ms;
    uint32_t value; /* the user's */
};

struct timeline {
    struct span *spans; /* in no order */
    size_t count, capacity;
    int64_t earliest_ms; /* of all starts; INT64_MAX when empty */
    struct hash_index index;
};

void timeline_open(struct timeline *t);
void timeline_free(struct timeline *t);
/* The span that starts at start_ms, made with `value` where there is none; valid until the next call. */
struct span *timeline_at(struct timeline *t, int64_t start_ms, uint32_t value);
/* Asks `keep` about every span that starts at or before limit_ms, and drops those it says no to. */
void timeline_sweep(struct timeline *t, int64_t limit_ms, bool (*keep)(void *arg, const struct span *s),
                    void *arg);
size_t timeline_bytes(const struct timeline *t);

#endif
