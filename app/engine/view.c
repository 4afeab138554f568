#include "engine/view.h"

#include "base/clock.h"
#include "base/xalloc.h"
#include "engine/view_table.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    FRAME_NS = 16 * 1000 * 1000,
    COST_SHARE =
        12, /* a view that took t to build is followed by 12 t without one: at most 8 % of the time */
    SMALL_TABLE = 500, /* rows up to which a view that nobody has taken yet is simply replaced */
    ROW_NS = 50        /* so much time a row passes between two views: the screen looks at all rows of each */
};

struct views {
    struct hub *hub;
    struct view_table table;
    uint64_t number, restarts;
    int64_t started_wall_ms;
    int64_t next_ns; /* no publication before this time */
    bool due;
    struct batch_sample history[BATCH_HISTORY];
    size_t history_count, history_next;
    struct view_mark marks[VIEW_MARKS]; /* a ring */
    size_t marks_count, marks_next;
};

struct views *views_new(struct hub *hub)
{
    struct views *v = xcalloc(1, sizeof *v);
    v->hub = hub;
    view_table_open(&v->table);
    v->started_wall_ms = clock_wall_ms();
    return v;
}

void views_free(struct views *v)
{
    if (!v)
        return;
    view_table_free(&v->table);
    free(v);
}

void views_note_table(struct views *v, const struct query *q)
{
    view_table_note(&v->table, q);
}

void views_restart(struct views *v)
{
    v->restarts++;
    view_table_free(&v->table);
    view_table_open(&v->table);
    v->history_count = v->history_next = 0;
    v->marks_count = v->marks_next = 0;
    v->started_wall_ms = clock_wall_ms();
}

static int64_t note_marks(struct views *v, int64_t batch_id, const struct query *q)
{
    size_t count;
    const struct row_mark *marks = query_marks(q, &count);
    for (size_t i = 0; i < count; i++) {
        v->marks[v->marks_next] =
            (struct view_mark){.batch_id = batch_id, .event_ms = marks[i].event_ms, .kind = marks[i].kind};
        v->marks_next = (v->marks_next + 1) % VIEW_MARKS;
    }
    v->marks_count = v->marks_count + count < VIEW_MARKS ? v->marks_count + count : VIEW_MARKS;
    return (int64_t)count;
}

void views_note_batch(struct views *v, const struct progress *p, const struct query *q)
{
    view_table_note_batch(&v->table, q);
    struct batch_sample *s = &v->history[v->history_next];
    *s = (struct batch_sample){
        .batch_id = p->batch_id,
        .wall_ms = p->wall_ms,
        .rows_in = p->rows_in,
        .rows_late = p->rows_late,
        .rows_duplicate = p->rows_duplicate,
        .rows_null = p->rows_null,
        .rows_out_of_order = p->rows_out_of_order,
        .rows_marked = note_marks(v, p->batch_id, q),
        .input_per_s = p->input_per_s,
        .processed_per_s = p->processed_per_s,
        .total_ms = p->total_ms,
        .watermark_ms = p->watermark_ms,
        .next_watermark_ms = p->next_watermark_ms,
        .event_min_ms = p->event_min_ms,
        .event_max_ms = p->event_max_ms,
    };
    memcpy(s->phase_ms, p->phase_ms, sizeof s->phase_ms);
    s->rows_bad = bad_rows(p->rows_bad);
    for (int i = 0; i < p->state_count; i++) {
        if (i == 0) /* the aggregation stands first in the report */
            s->groups_updated = p->state[i].rows_updated;
        s->state_rows = known_sum(s->state_rows, p->state[i].rows_total);
        s->state_bytes = known_sum(s->state_bytes, p->state[i].memory_bytes);
        s->state_updated = known_sum(s->state_updated, p->state[i].rows_updated);
        s->state_removed = known_sum(s->state_removed, p->state[i].rows_removed);
    }
    v->history_next = (v->history_next + 1) % BATCH_HISTORY;
    if (v->history_count < BATCH_HISTORY)
        v->history_count++;
}

static void fill_totals(struct query_view *out, const struct view_facts *f)
{
    struct query_totals t;
    if (f->totals)
        t = *f->totals;
    else
        query_totals(f->query, &t);
    out->rows_in = t.rows_in;
    out->rows_duplicate = t.rows_duplicate;
    out->rows_late = t.rows_late;
    out->rows_null = t.rows_null;
    out->rows_counted = t.rows_counted;
    memcpy(out->rows_bad, t.rows_bad, sizeof out->rows_bad);
    out->newest_event_ms = t.newest_event_ms;
    out->next_watermark_ms = t.watermark_ms;
}

/* The marks of old batches are overwritten before the batches themselves are. */
static void fill_history(struct query_view *out, const struct views *v)
{
    out->history_count = v->history_count;
    for (size_t i = 0; i < v->history_count; i++)
        out->history[i] =
            v->history[(v->history_next + BATCH_HISTORY - v->history_count + i) % BATCH_HISTORY];
    out->marks_count = v->marks_count;
    out->marks = xcalloc(v->marks_count, sizeof *out->marks);
    for (size_t i = 0; i < v->marks_count; i++)
        out->marks[i] = v->marks[(v->marks_next + VIEW_MARKS - v->marks_count + i) % VIEW_MARKS];
    int64_t left = (int64_t)v->marks_count;
    for (size_t i = v->history_count; i-- > 0;) {
        struct batch_sample *s = &out->history[i];
        s->rows_marked = s->rows_marked < left ? s->rows_marked : left;
        left -= s->rows_marked;
    }
}

static struct query_view *build(struct views *v, const struct view_facts *f)
{
    struct query_view *out = xcalloc(1, sizeof *out);
    out->number = ++v->number;
    out->table_number = v->restarts;
    out->state = f->state;
    out->answered = f->answered;
    text_clean(out->message, sizeof out->message, f->message, strlen(f->message), false);
    out->offer = f->offer;
    snprintf(out->run_id, sizeof out->run_id, "%s", f->run_id);
    out->settings = *f->settings;
    out->started_wall_ms = v->started_wall_ms;
    out->catch_up = f->catch_up;
    out->unavailable = f->unavailable;
    if (f->job)
        out->job = *f->job;
    out->newest_event_ms = out->next_watermark_ms = out->closed_until_ms = UNKNOWN;
    out->progress.batch_id = -1;
    if (f->progress && f->progress->batch_id >= 0) {
        progress_copy(&out->progress, f->progress);
        out->progress_json = f->progress_json ? xstrdup(f->progress_json) : progress_json(f->progress, true);
    }
    if (f->query) {
        fill_totals(out, f);
        view_table_fill(&v->table, f->query, out);
    }
    if (f->query && f->breakdown)
        out->detail = breakdown_detail(f->breakdown, f->query);
    if (f->rejects) {
        out->late_count = rejects_late(f->rejects, out->late);
        snprintf(out->last_bad, sizeof out->last_bad, "%s", f->rejects->last_bad);
    }
    fill_history(out, v);
    out->mono_ms = clock_mono_ms();
    return out;
}

bool views_publish(struct views *v, const struct view_facts *f, bool now)
{
    int64_t from_ns = clock_mono_ns(), gap_ns = FRAME_NS;
    size_t rows = f->query ? query_group_count(f->query) + query_key_count(f->query) : 0;
    if (!now && (from_ns < v->next_ns || (rows > SMALL_TABLE && !hub_query_taken(v->hub)))) {
        v->due = true;
        return false;
    }
    hub_put_query(v->hub, build(v, f));
    int64_t cost_ns = clock_mono_ns() - from_ns;
    if (gap_ns < cost_ns * COST_SHARE)
        gap_ns = cost_ns * COST_SHARE;
    if (gap_ns < (int64_t)rows * ROW_NS)
        gap_ns = (int64_t)rows * ROW_NS;
    v->next_ns = from_ns + gap_ns;
    v->due = false;
    return true;
}

int64_t views_due_ms(const struct views *v)
{
    if (!v->due)
        return -1;
    int64_t left_ns = v->next_ns - clock_mono_ns();
    /* Past its time it waits for the last one to be taken: a screen may take a while. */
    return left_ns > 0 ? left_ns / 1000000 + 1 : FRAME_NS / 1000000;
}
