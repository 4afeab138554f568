#include "kafka/nudge.h"

enum {
    BEGIN_MS = 2,  /* the first row: its partition may have become known while the thread slept */
    QUIET_MS = 16, /* no row for so long: something is slow, or asleep after all */
    MOST_MS = 250  /* after each request that brought nothing, twice as long, up to this */
};

void nudge_begin(struct nudge *n, int64_t now_ms, int64_t seen)
{
    *n = (struct nudge){.seen = seen, .since_ms = now_ms, .gap_ms = BEGIN_MS};
}

bool nudge_due(struct nudge *n, int64_t now_ms, size_t queued, int64_t seen, size_t full)
{
    if (queued > n->fullest)
        n->fullest = queued;
    if (queued > n->fullest / 2)
        return false;
    if (seen != n->seen) {
        /* Its length is only seen now and then: half of full may have been full. */
        bool was_full = n->fullest >= full / 2;
        *n = (struct nudge){.fullest = queued, .seen = seen, .since_ms = now_ms, .gap_ms = QUIET_MS};
        return was_full;
    }
    if (now_ms - n->since_ms < n->gap_ms)
        return false;
    n->since_ms = now_ms;
    n->gap_ms = n->gap_ms * 2 < MOST_MS ? n->gap_ms * 2 : MOST_MS;
    return true;
}
