#include "ui/lag.h"

static int64_t plus(int64_t a, int64_t b)
{
    return a == UNKNOWN || b == UNKNOWN ? UNKNOWN : a + b;
}

/* UNKNOWN is the least number there is, so it loses by itself. */
static int64_t larger(int64_t a, int64_t b)
{
    return a > b ? a : b;
}

void lag_row(struct lag_row *out, const struct query_view *q, const struct partition_view *p)
{
    bool has = q && q->progress.batch_id >= 0 && p->id >= 0 && p->id < q->progress.partitions;
    out->start = has && q->progress.start_offset ? q->progress.start_offset[p->id] : UNKNOWN;
    out->end = has && q->progress.end_offset ? q->progress.end_offset[p->id] : UNKNOWN;
    /* The query may have read beyond what the watcher last saw; no figure here may exceed `latest`. */
    int64_t reached = larger(p->position, out->end);
    out->latest = p->high == UNKNOWN ? UNKNOWN : larger(p->high, reached);
    out->lag = out->latest == UNKNOWN || reached == UNKNOWN ? UNKNOWN : larger(out->latest - reached, 0);
}

void lag_sum(struct lag_row *out, const struct query_view *q, const struct cluster_view *c)
{
    *out = (struct lag_row){UNKNOWN, UNKNOWN, UNKNOWN, UNKNOWN};
    if (!c || !c->partitions_count)
        return;
    *out = (struct lag_row){0};
    for (size_t i = 0; i < c->partitions_count; i++) {
        struct lag_row row;
        lag_row(&row, q, &c->partitions[i]);
        out->start = plus(out->start, row.start);
        out->end = plus(out->end, row.end);
        out->latest = plus(out->latest, row.latest);
        out->lag = plus(out->lag, row.lag);
    }
}
