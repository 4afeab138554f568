/* The watermark: how far event time has come, less the delay. Batch N works with what the batches before it
 * have seen; it never moves back. Also the event-time figures of the report, over the rows that get here, and
 * for the screen which of them came in order, out of order or too late. */
#include "query/operator.h"

#include "base/xalloc.h"

#include <stdlib.h>

/* Spark keeps a running mean of milliseconds a task, and merges the tasks' means by weight; doing the same
 * arithmetic gives the same last digit (23:00:39.599 where the exact mean is .600). A task is a source
 * partition here. Where Spark has shuffled the rows before this point (global distinct, a sorted join) its
 * tasks hold other rows in another order, so there the last millisecond can differ, and with several
 * partitions the order in which its tasks end decides it: no rule could repeat that. */
struct mean {
    double avg;
    int64_t count;
};

struct watermark {
    struct query_core *core;
    struct mean *means; /* by source partition */
    size_t mean_count, capacity;
    /* Of the batch. A row is late before the first time where an operator behind this one says so by the
     * event time alone, before the second where all groups it would count in have closed. */
    int64_t late_distinct_ms, late_groups_ms;
    int64_t late_ms;   /* the later of them: most rows are told by it alone */
    int64_t newest_ms; /* of all rows since the query started */
    int64_t rows;
};

static bool watermark_wanted(const struct query_settings *s)
{
    return true;
}

static void *watermark_open(struct query_core *core)
{
    struct watermark *w = xcalloc(1, sizeof(*w));

    w->core = core;
    return w;
}

static void watermark_close(void *self)
{
    struct watermark *w = self;

    free(w->means);
    free(w);
}

/* The same judgement as distinct's (within the watermark) and aggregate's, as times to compare a row with: of
 * a row's windows the newest ends last, and it is over for all rows before the end of its first slide. */
static void find_late_bounds(struct watermark *w)
{
    const struct query_core *core = w->core;
    const struct query_settings *s = &core->settings;

    w->late_distinct_ms = w->late_groups_ms = INT64_MIN;
    if (s->distinct == DISTINCT_WITHIN_WATERMARK)
        w->late_distinct_ms = time_add(core->late_watermark_ms, 1);
    if (!core->closes_groups)
        return;
    int64_t start_ms = time_add(core->late_watermark_ms, -core->group_span_ms);
    w->late_groups_ms =
        s->window_ms > 0 ? time_add(time_floor(start_ms, s->slide_ms), s->slide_ms) : time_add(start_ms, 1);
}

static void watermark_begin(void *self)
{
    struct watermark *w = self;

    w->mean_count = 0;
    w->core->event_min_ms = w->core->event_max_ms = w->core->event_avg_ms = UNKNOWN;
    find_late_bounds(w);
    w->late_ms = w->late_distinct_ms > w->late_groups_ms ? w->late_distinct_ms : w->late_groups_ms;
    w->newest_ms = w->core->totals.newest_event_ms; /* UNKNOWN is less than any */
    w->rows = w->core->rows_out_of_order = 0;
    marks_clear(&w->core->marks);
}

static struct mean *mean_of(struct watermark *w, int32_t partition)
{
    size_t at = partition > 0 ? (size_t)partition : 0;

    if (at >= w->mean_count) {
        w->means = array_grow(w->means, &w->capacity, at + 1, sizeof(*w->means));
        while (w->mean_count <= at)
            w->means[w->mean_count++] = (struct mean){0};
    }
    return &w->means[at];
}

/* A row with a null is dropped for that before anybody asks how old it is; only distinct stands before. */
static bool is_late(const struct watermark *w, const struct row *row)
{
    return row->event_ms < w->late_distinct_ms ||
           (row->event_ms < w->late_groups_ms && row->ids[COLUMN_DISPOSITION] != INTERN_NULL &&
            row->ids[COLUMN_TYPE] != INTERN_NULL);
}

/* A late row is out of order even where nothing newer has come: the watermark begins at the epoch. */
static inline void mark_row(struct watermark *w, const struct row *row)
{
    struct query_core *core = w->core;
    int64_t event_ms = row->event_ms;
    bool older = event_ms < w->newest_ms;

    w->newest_ms = older ? w->newest_ms : event_ms;
    if (event_ms < w->late_ms && is_late(w, row)) {
        core->rows_out_of_order++;
        sample_pass(&core->marks.late, event_ms, w->rows, MARK_LATE);
    } else {
        core->rows_out_of_order += older;
        sample_pass(&core->marks.others, event_ms, w->rows, older ? MARK_OUT_OF_ORDER : MARK_IN_ORDER);
    }
    w->rows++;
}

static void watermark_rows(void *self, struct row_block *b)
{
    struct watermark *w = self;
    struct query_core *core = w->core;

    if (b->count == 0)
        return;
    if (core->event_max_ms == UNKNOWN)
        core->event_max_ms = core->event_min_ms = row_at(b, 0)->event_ms;
    for (size_t i = 0; i < b->count; i++) {
        const struct row *row = row_at(b, i);
        struct mean *m = mean_of(w, row->message->partition);
        m->count++;
        m->avg += ((double)row->event_ms - m->avg) / (double)m->count;
        if (row->event_ms > core->event_max_ms)
            core->event_max_ms = row->event_ms;
        if (row->event_ms < core->event_min_ms)
            core->event_min_ms = row->event_ms;
        mark_row(w, row);
    }
}

static void watermark_end(void *self)
{
    struct watermark *w = self;
    struct query_core *core = w->core;
    struct mean all = {0};

    marks_join(&core->marks);
    if (core->event_max_ms == UNKNOWN)
        return;
    for (size_t i = 0; i < w->mean_count; i++) {
        const struct mean *m = &w->means[i];
        if (m->count == 0)
            continue;
        if (all.count == 0) {
            all = *m;
            continue;
        }
        all.count += m->count;
        all.avg += (m->avg - all.avg) * (double)m->count / (double)all.count;
    }
    core->event_avg_ms = (int64_t)all.avg;
    int64_t found_ms = time_add(core->event_max_ms, -core->settings.watermark_ms);
    if (found_ms > core->next_watermark_ms)
        core->next_watermark_ms = found_ms;
    if (core->event_max_ms > core->totals.newest_event_ms) /* UNKNOWN is less than any */
        core->totals.newest_event_ms = core->event_max_ms;
}

const struct operator operator_watermark = {
    .name = "watermark",
    .wanted = watermark_wanted,
    .open = watermark_open,
    .close = watermark_close,
    .batch_begin = watermark_begin,
    .rows = watermark_rows,
    .batch_end = watermark_end,
};
