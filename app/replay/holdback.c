#include "replay/holdback.h"

#include "base/clock.h"
#include "base/xalloc.h"

#include <stdlib.h>

/* The running byte count is remembered at every 32nd message, for the last 131,072 of them: more than a
 * partition keeps, so that the query may also go back (a changed query starts from the oldest message kept).
 */
#define STRIDE 32
#define MARKS  4096

struct part {
    int64_t sent, lost; /* messages */
    int64_t bytes;      /* of all messages ever sent */
    int64_t marks[MARKS];
};

struct holdback {
    int partitions;
    struct part part[];
};

struct holdback *holdback_new(int partitions)
{
    struct holdback *h = xcalloc(1, sizeof *h + (size_t)partitions * sizeof h->part[0]);
    h->partitions = partitions;
    return h;
}

void holdback_free(struct holdback *h)
{
    free(h);
}

/* The number of the first message that is not read, counted in messages sent: offsets lag behind those by
 * what was lost. The embedded cluster is new, so offsets start at 0. */
static int64_t first_unread(const struct part *p, int64_t position)
{
    int64_t n = position == UNKNOWN || position < 0 ? 0 : position + p->lost;
    return n > p->sent ? p->sent : n;
}

int64_t holdback_unread_messages(const struct holdback *h, int partition, int64_t position)
{
    const struct part *p = &h->part[partition];
    return p->sent - first_unread(p, position);
}

int64_t holdback_unread_bytes(const struct holdback *h, int partition, int64_t position)
{
    const struct part *p = &h->part[partition];
    int64_t first = first_unread(p, position);
    int64_t oldest_marked = p->sent - (int64_t)(MARKS - 1) * STRIDE;
    if (first == p->sent)
        return 0;
    if (first < oldest_marked)
        first = oldest_marked;
    return p->bytes - p->marks[first / STRIDE % MARKS];
}

bool holdback_allows(const struct holdback *h, int partition, int64_t position, size_t size)
{
    int64_t messages = holdback_unread_messages(h, partition, position);
    if (messages == 0)
        return true;
    return messages < HOLDBACK_MESSAGES &&
           holdback_unread_bytes(h, partition, position) + (int64_t)size + HOLDBACK_OVERHEAD <=
               HOLDBACK_BYTES;
}

void holdback_sent(struct holdback *h, int partition, size_t size)
{
    struct part *p = &h->part[partition];
    if (p->sent % STRIDE == 0)
        p->marks[p->sent / STRIDE % MARKS] = p->bytes;
    p->sent++;
    p->bytes += (int64_t)size + HOLDBACK_OVERHEAD;
}

void holdback_lost(struct holdback *h, int partition)
{
    h->part[partition].lost++;
}
