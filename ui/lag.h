/* The offsets of a partition as the screen shows them. The figures come from two views that were made at
 * different moments; here they are brought together, so that what stands in one line adds up. Pure. */
#ifndef UI_LAG_H
#define UI_LAG_H

#include "snapshot.h"

/* Offsets; UNKNOWN where not known. */
struct lag_row {
    int64_t start, end; /* of the last batch */
    int64_t latest;     /* the topic's end; never less than what was read already */
    int64_t lag;        /* latest minus what was read */
};

/* q may be NULL. */
void lag_row(struct lag_row *out, const struct query_view *q, const struct partition_view *p);

/* The sum over all partitions; each figure UNKNOWN while it is for any partition. c may be NULL: all UNKNOWN.
 */
void lag_sum(struct lag_row *out, const struct query_view *q, const struct cluster_view *c);

#endif
