/* The watermark: how far event time has come, less the delay. Batch N works with what the batches before it
 * have seen; it never moves back. Also the event-time figures of the report, over the rows that get here. */
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

static void watermark_begin(void *self)
{
    struct watermark *w = self;

    w->mean_count = 0;
    w->core->event_min_ms = w->core->event_max_ms = w->core->event_avg_ms = UNKNOWN;
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

static void watermark_rows(void *self, struct row_block *b)
{
    struct watermark *w = self;
    struct query_core *core = w->core;

    if (b->count == 0)
        return;
    if (core->event_max_ms == UNKNOWN)
        core->event_max_ms = core->event_min_ms = row_at(b, 0)->event_ms;
    for (size_t i = 0; i < b->count; i++) {
        int64_t event_ms = row_at(b, i)->event_ms;
        struct mean *m = mean_of(w, row_at(b, i)->message->partition);
        m->count++;
        m->avg += ((double)event_ms - m->avg) / (double)m->count;
        if (event_ms > core->event_max_ms)
            core->event_max_ms = event_ms;
        if (event_ms < core->event_min_ms)
            core->event_min_ms = event_ms;
    }
}

static void watermark_end(void *self)
{
    struct watermark *w = self;
    struct query_core *core = w->core;
    struct mean all = {0};

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
