/* The operators of the query: one file each, listed by the registry in query.c in the order rows pass them.
 * Adding one is one file and one line there. What they share (settings, columns, watermarks, counts) is the
 * query_core; what they keep between batches is their own and travels in the state image as a section with
 * their name. The engine thread makes every call; an operator may share the rows of a block out over the
 * core's workers, as long as nothing that anyone can see depends on how many they are. */
#ifndef QUERY_OPERATOR_H
#define QUERY_OPERATOR_H

#include "query/groups.h"
#include "query/image.h"
#include "query/intern.h"
#include "query/marks.h"
#include "query/query.h"
#include "query/row.h"
#include "query/workers.h"

/* A text column that the query needs. */
struct column {
    enum field field;
    struct intern strings;
};

struct query_core {
    struct query_settings settings;
    struct codes *codes; /* NULL where there is no join */
    struct workers *workers;
    struct query_listener listener;

    struct column columns[FIELD_COUNT];
    int column_count;
    int column_of[FIELD_COUNT]; /* column number of a field, COLUMN_NONE where the query does not need it */
    int group_columns[FIELD_COUNT];
    /* The columns that make two rows of one event time different: all but the event time itself and the
     * description, which follow from the others. */
    int distinct_columns[FIELD_COUNT];
    int distinct_count;

    /* A group ends (becomes late, closes) at start_ms + group_span_ms: the window's length, or 0 where the
     * group-by holds the event time itself. timed_groups is false where the group key has no time: as in
     * Spark nothing is late or removed then. closes_groups: update and append modes over timed groups;
     * complete keeps everything. */
    bool timed_groups, closes_groups;
    int64_t group_span_ms;

    /* Watermarks of the running batch: rows are late by the one before (Spark 3.5 judges a batch behind),
     * windows close by its own, the next one is what the batch has found. */
    int64_t late_watermark_ms, watermark_ms, next_watermark_ms;
    int64_t batch_id;
    uint32_t batch_serial; /* grows with every batch, never 0: marks what a batch touched */

    struct query_totals batch, totals; /* counts of the batch; of the query without the running batch */
    int64_t event_min_ms, event_max_ms, event_avg_ms; /* of the batch, UNKNOWN without rows */
    int64_t rows_out_of_order;                        /* of the batch */
    struct marks marks;                               /* of the batch, whole at its end */
    struct groups groups; /* the aggregate operator's; here for the result functions */
};

struct operator
{
    const char *name; /* also its section of the state image; at most IMAGE_NAME_MAX letters */
    bool (*wanted)(const struct query_settings *s);
    void *(*open)(struct query_core * core);
    void (*close)(void *self);
    void (*batch_begin)(void *self); /* may be NULL */
    void (*rows)(void *self, struct row_block *block);
    void (*batch_end)(void *self); /* what the watermark removes goes here; may be NULL */

    /* The rest is for operators with state, NULL for others. */
    void (*report)(const void *self, struct state_progress *out); /* times are filled by the query */
    int64_t (*state_bytes)(const void *self);
    bool (*waits)(const void *self); /* a moved watermark alone may remove state */
    void (*write)(const void *self, bool full, struct image_out *out);
    bool (*read)(void *self, struct image_in *in); /* false after image_fail() */
};

/* Counts a row as late and tells the listener. */
void query_late(struct query_core *core, const struct row *row);
/* a + b, stopping at the ends of the range. */
static inline int64_t time_add(int64_t a_ms, int64_t b_ms)
{
    int64_t sum_ms;

    if (__builtin_add_overflow(a_ms, b_ms, &sum_ms))
        return b_ms < 0 ? INT64_MIN : INT64_MAX;
    return sum_ms;
}
/* The largest multiple of step_ms at or below ms, also before the epoch. */
static inline int64_t time_floor(int64_t ms, int64_t step_ms)
{
    int64_t over_ms = ms % step_ms;

    return over_ms < 0 ? ms - over_ms - step_ms : ms - over_ms;
}

#endif
