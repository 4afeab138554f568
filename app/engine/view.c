#include "engine/view.h"

#include "base/clock.h"
#include "base/xalloc.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    FRAME_NS = 16 * 1000 * 1000,
    COST_SHARE =
        12, /* a view that took t to build is followed by 12 t without one: at most 8 % of the time */
    SMALL_TABLE = 500,  /* rows up to which a view that nobody has taken yet is simply replaced */
    RECENT_KEYS = 2000, /* without windows: keys up to which the rows of the last batches are remembered */
    KEY_TEXT = 400      /* bytes kept of one key text: more than any screen shows */
};

#define POINT_NS INT64_C(1000000000)

/* The clean texts of one key, one after the other, each ended by 0. */
struct clean_key {
    char *bytes;
    size_t len;
    bool null[FIELD_COUNT];
};

/* Rows of each key in the last batches, for a query without windows: a ring of points, each of the batches
 * that began within POINT_NS. */
struct recent {
    uint32_t (*rows)[TREND_POINTS]; /* one a key */
    size_t keys, cap;
    uint32_t points; /* in use */
    int newest;      /* index of the newest point */
    int64_t since_ns;
    bool given_up; /* too many keys */
};

struct views {
    struct hub *hub;
    struct recent recent;
    uint64_t number;
    int64_t started_wall_ms;
    int64_t next_ns; /* no publication before this time */
    bool due;
    struct clean_key *keys;
    size_t keys_count, keys_cap;
    size_t text_bytes; /* of all keys */
    struct batch_sample history[BATCH_HISTORY];
    size_t history_count, history_next;
    struct view_mark marks[VIEW_MARKS]; /* a ring */
    size_t marks_count, marks_next;
};

struct views *views_new(struct hub *hub)
{
    struct views *v = xcalloc(1, sizeof *v);
    v->hub = hub;
    v->started_wall_ms = clock_wall_ms();
    return v;
}

static void forget_recent(struct recent *r)
{
    free(r->rows);
    *r = (struct recent){0};
}

static void next_point(struct recent *r, int64_t now_ns)
{
    if (r->points > 0 && now_ns - r->since_ns < POINT_NS)
        return;
    r->since_ns = now_ns;
    r->newest = (r->newest + 1) % TREND_POINTS;
    if (r->points < TREND_POINTS)
        r->points++;
    for (size_t i = 0; i < r->keys; i++)
        r->rows[i][r->newest] = 0;
}

static void note_recent(struct recent *r, const struct query *q)
{
    size_t count = query_key_count(q);
    if (r->given_up || query_settings(q)->window_ms > 0)
        return;
    if (count > RECENT_KEYS) {
        forget_recent(r);
        r->given_up = true;
        return;
    }
    if (count > r->cap) {
        r->cap = count + count / 2 + 64;
        r->rows = xreallocarray(r->rows, r->cap, sizeof *r->rows);
    }
    if (count > r->keys)
        memset(r->rows + r->keys, 0, (count - r->keys) * sizeof *r->rows);
    r->keys = count;
    next_point(r, clock_mono_ns());
    for (size_t i = 0; i < count; i++) {
        struct query_key k;
        query_key(q, (uint32_t)i, &k);
        if (k.delta > 0)
            r->rows[i][r->newest] += (uint32_t)k.delta;
    }
}

static void forget_keys(struct views *v)
{
    for (size_t i = 0; i < v->keys_count; i++)
        free(v->keys[i].bytes);
    v->keys_count = v->text_bytes = 0;
}

void views_free(struct views *v)
{
    if (!v)
        return;
    forget_keys(v);
    forget_recent(&v->recent);
    free(v->keys);
    free(v);
}

void views_restart(struct views *v)
{
    forget_keys(v);
    forget_recent(&v->recent);
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
    note_recent(&v->recent, q);
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

static void clean_new_keys(struct views *v, const struct query *q, int fields)
{
    size_t count = query_key_count(q);
    if (count > v->keys_cap) {
        v->keys_cap = count + count / 2 + 64;
        v->keys = xreallocarray(v->keys, v->keys_cap, sizeof *v->keys);
    }
    for (; v->keys_count < count; v->keys_count++) {
        struct clean_key *k = &v->keys[v->keys_count];
        struct query_key raw;
        struct strbuf all = {0};
        memset(k, 0, sizeof *k);
        query_key(q, (uint32_t)v->keys_count, &raw);
        for (int i = 0; i < fields; i++) {
            char text[KEY_TEXT];
            k->null[i] = !raw.fields[i].p;
            if (k->null[i])
                continue;
            size_t len = text_clean(text, sizeof text, raw.fields[i].p, raw.fields[i].len, false);
            strbuf_add(&all, text, len + 1);
        }
        k->bytes = all.data;
        k->len = all.len;
        v->text_bytes += all.len;
    }
}

static void fill_keys(const struct views *v, struct query_view *out, const struct query *q, int fields)
{
    char *at = xmalloc(v->text_bytes);
    out->storage = at;
    out->keys_count = v->keys_count;
    out->keys = xcalloc(v->keys_count, sizeof *out->keys);
    for (size_t i = 0; i < v->keys_count; i++) {
        const struct clean_key *k = &v->keys[i];
        struct view_key *to = &out->keys[i];
        struct query_key raw;
        query_key(q, (uint32_t)i, &raw);
        to->total = raw.rows;
        to->delta = raw.delta;
        if (k->len)
            memcpy(at, k->bytes, k->len);
        const char *field = at;
        for (int f = 0; f < fields; f++) {
            if (k->null[f])
                continue;
            to->fields[f] = field;
            field += strlen(field) + 1;
        }
        at += k->len;
    }
}

/* Puts each group's count into its key's trend: the last TREND_POINTS windows up to the newest one of any
 * key. */
static void fill_trends(struct query_view *out, const struct query *q, int64_t slide_ms)
{
    size_t count = query_group_count(q);
    int64_t newest = INT64_MIN, oldest = INT64_MAX;
    for (size_t i = 0; i < count; i++) {
        struct query_group g;
        query_group(q, i, &g);
        if (g.window_start_ms > newest)
            newest = g.window_start_ms;
        if (g.window_start_ms < oldest)
            oldest = g.window_start_ms;
    }
    if (count == 0)
        return;
    int64_t windows = (newest - oldest) / slide_ms + 1;
    uint32_t points = windows < TREND_POINTS ? (uint32_t)windows : TREND_POINTS;
    for (size_t i = 0; i < out->keys_count; i++) {
        out->keys[i].trend_points = points;
        for (int t = 0; t < TREND_POINTS; t++)
            out->keys[i].trend[t] = NAN;
    }
    for (size_t i = 0; i < count; i++) {
        struct query_group g;
        query_group(q, i, &g);
        int64_t age = (newest - g.window_start_ms) / slide_ms;
        if (age < TREND_POINTS)
            out->keys[g.key].trend[TREND_POINTS - 1 - age] = (double)g.count;
    }
}

static void fill_recent(struct query_view *out, const struct recent *r)
{
    for (size_t i = 0; i < r->keys && i < out->keys_count; i++) {
        struct view_key *k = &out->keys[i];
        k->trend_points = r->points;
        for (int t = 0; t < TREND_POINTS; t++) {
            int age = TREND_POINTS - 1 - t;
            k->trend[t] = (uint32_t)age < r->points
                              ? (double)r->rows[i][(r->newest + TREND_POINTS - age) % TREND_POINTS]
                              : (double)NAN;
        }
    }
}

static void fill_groups(struct query_view *out, const struct query *q)
{
    size_t count = query_group_count(q);
    out->groups = xcalloc(count, sizeof *out->groups);
    for (size_t i = 0; i < count; i++) {
        struct query_group g;
        query_group(q, i, &g);
        if (!g.visible)
            continue;
        out->groups[out->groups_count++] = (struct view_group){
            .key = g.key,
            .window_start_ms = g.window_start_ms,
            .window_end_ms = g.window_end_ms,
            .count = g.count,
            .delta = g.delta,
            .closed = g.closed,
        };
    }
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
    out->state = f->state;
    text_clean(out->message, sizeof out->message, f->message, strlen(f->message), false);
    out->offer = f->offer;
    snprintf(out->run_id, sizeof out->run_id, "%s", f->run_id);
    out->settings = *f->settings;
    out->started_wall_ms = v->started_wall_ms;
    out->catch_up = f->catch_up;
    out->unavailable = f->unavailable;
    if (f->job)
        out->job = *f->job;
    out->newest_event_ms = out->next_watermark_ms = UNKNOWN;
    out->progress.batch_id = -1;
    if (f->progress && f->progress->batch_id >= 0) {
        progress_copy(&out->progress, f->progress);
        out->progress_json = f->progress_json ? xstrdup(f->progress_json) : progress_json(f->progress, true);
    }
    if (f->query) {
        int fields = f->settings->group_by_count;
        fill_totals(out, f);
        clean_new_keys(v, f->query, fields);
        fill_keys(v, out, f->query, fields);
        if (f->settings->window_ms)
            fill_trends(out, f->query, f->settings->slide_ms);
        else
            fill_recent(out, &v->recent);
        fill_groups(out, f->query);
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
    int64_t from_ns = clock_mono_ns();
    if (!now) {
        bool small = !f->query || query_group_count(f->query) + query_key_count(f->query) <= SMALL_TABLE;
        if (from_ns < v->next_ns || (!small && !hub_query_taken(v->hub))) {
            v->due = true;
            return false;
        }
    }
    hub_put_query(v->hub, build(v, f));
    int64_t cost_ns = clock_mono_ns() - from_ns;
    v->next_ns = from_ns + (cost_ns * COST_SHARE > FRAME_NS ? cost_ns * COST_SHARE : FRAME_NS);
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
