/* The last batches: charts of what Spark's streaming page shows, and a table with a line a batch, the newest
 * first. */
#include "ui/pane.h"

#include "base/text.h"
#include "base/xalloc.h"
#include "ui/list.h"
#include "ui/words.h"

#include <math.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

enum { CELL = 40, CHART_LABEL_W = 15, CHART_MOST_W = 10, TABLE_LEAST = 4, TWO_CHARTS_W = 92 };

enum view { VIEW_CHARTS, VIEW_TABLE, VIEWS };

struct batches_pane {
    enum view view;
    struct list list;
    int64_t selected_id; /* the batch under the cursor, so that it stays there while others come */
};

/* ---- figures of a batch ---- */

static double gap_s(const struct batch_sample *s)
{
    if (s->watermark_ms == UNKNOWN || s->watermark_ms == 0 || s->event_max_ms == UNKNOWN)
        return NAN;
    return (double)(s->event_max_ms - s->watermark_ms) / 1000;
}

static double input_of(const struct batch_sample *s)
{
    return s->input_per_s;
}
static double processed_of(const struct batch_sample *s)
{
    return s->processed_per_s;
}
static double rows_of(const struct batch_sample *s)
{
    return (double)s->rows_in;
}
static double duration_of(const struct batch_sample *s)
{
    return s->total_ms;
}
static double state_of(const struct batch_sample *s)
{
    return (double)s->state_rows;
}
static double memory_of(const struct batch_sample *s)
{
    return (double)s->state_bytes;
}
static double late_of(const struct batch_sample *s)
{
    return (double)s->rows_late;
}
static double removed_of(const struct batch_sample *s)
{
    return (double)s->state_removed;
}

enum unit { RATE, COUNT, MILLISECONDS, SECONDS, BYTES };
static const struct chart {
    const char *label;
    double (*of)(const struct batch_sample *s);
    enum unit unit;
    double least_top;
} charts[] = {
    {"input rows/s", input_of, RATE, 1},      {"processed/s", processed_of, RATE, 1},
    {"rows a batch", rows_of, COUNT, 1},      {"duration", duration_of, MILLISECONDS, 0.1},
    {"watermark gap", gap_s, SECONDS, 1},     {"late rows", late_of, COUNT, 1},
    {"state rows", state_of, COUNT, 1},       {"state closed", removed_of, COUNT, 1},
    {"state memory", memory_of, BYTES, 1024},
};
enum { CHARTS = sizeof charts / sizeof *charts };

static char *figure(char out[CELL], enum unit unit, double v)
{
    if (isnan(v))
        snprintf(out, CELL, "-");
    else
        switch (unit) {
        case RATE: return text_rate(out, CELL, v);
        case COUNT: return text_count(out, CELL, (long long)v);
        case MILLISECONDS: return words_span(out, CELL, v / 1000);
        case SECONDS: return words_span(out, CELL, v);
        case BYTES: return text_bytes(out, CELL, (long long)v);
        }
    return out;
}

/* ---- charts ---- */

static int chart_lines(const struct batches_pane *p, int h, int w)
{
    if (p->view == VIEW_TABLE)
        return 0;
    int all = w >= TWO_CHARTS_W ? (CHARTS + 1) / 2 : CHARTS;
    int room = (h - TABLE_LEAST) / (w >= TWO_CHARTS_W ? 1 : 2);
    return room < 0 ? 0 : room < all ? room : all;
}

static void draw_chart(const struct query_view *v, const struct chart *k, const struct canvas *c, int y,
                       int x, int w)
{
    double values[BATCH_HISTORY], most = NAN;
    char text[CELL], spark[CHART_TEXT], top[CELL + 8];
    int room = w - CHART_LABEL_W - CHART_MOST_W - 1;
    size_t n = v->history_count, shown = room < 1 ? 0 : (size_t)room < n ? (size_t)room : n;
    for (size_t i = 0; i < n; i++) {
        values[i] = k->of(&v->history[i]);
        /* The largest of those that can be seen: that is what the highest column stands for. */
        if (i >= n - shown && !isnan(values[i]) && (isnan(most) || values[i] > most))
            most = values[i];
    }
    snprintf(top, sizeof top, "%s", figure(text, k->unit, most));
    draw_cell(c, y, x, CHART_LABEL_W, LEFT, ST_DIM, k->label);
    draw_cell(c, y, x + CHART_LABEL_W, CHART_MOST_W - 1, RIGHT, ST_TEXT, top);
    if (room > 0)
        (void)draw_text(c, y, x + CHART_LABEL_W + CHART_MOST_W, ST_GRAPH,
                        chart_spark(spark, room, values, n, k->least_top, c->ascii));
}

static void draw_charts(const struct query_view *v, const struct canvas *c, int lines)
{
    bool two = c->r.w >= TWO_CHARTS_W;
    int w = two ? (c->r.w - 3) / 2 : c->r.w - 2;
    for (int i = 0; i < (two ? 2 * lines : lines) && i < CHARTS; i++)
        draw_chart(v, &charts[i], c, two ? i / 2 : i, two && i % 2 ? w + 2 : 1, w);
}

/* ---- table ---- */

/* Columns by importance: those that do not fit are left out from the end. */
enum column { ID, ROWS, MS, LATE, AT, PROCESSED, INPUT, DUPLICATES, REMOVED, STATE, MARK, PHASES, COLUMNS };
static const struct {
    const char *heading;
    int w;
} columns[COLUMNS] = {
    [ID] = {"batch", 8},     [ROWS] = {"rows", 9},        [MS] = {"took", 9},
    [LATE] = {"late", 7},    [AT] = {"at", 10},           [PROCESSED] = {"done/s", 8},
    [INPUT] = {"in/s", 8},   [DUPLICATES] = {"twice", 7}, [REMOVED] = {"closed", 7},
    [STATE] = {"state", 10}, [MARK] = {"mark", 13},       [PHASES] = {"get/add/wal ms", 18},
};

static char *cell(char out[CELL], enum column k, const struct batch_sample *s)
{
    time_t seconds = (time_t)(s->wall_ms / 1000);
    struct tm tm;
    switch (k) {
    case ID: return text_count(out, CELL, s->batch_id);
    case ROWS: return text_count(out, CELL, s->rows_in);
    case MS: return words_span(out, CELL, s->total_ms / 1000);
    case LATE: return text_count(out, CELL, s->rows_late);
    case AT:
        out[0] = '\0';
        if (localtime_r(&seconds, &tm))
            (void)strftime(out, CELL, "%H:%M:%S", &tm);
        return out;
    case PROCESSED: return text_rate(out, CELL, s->processed_per_s);
    case INPUT: return text_rate(out, CELL, s->input_per_s);
    case DUPLICATES: return text_count(out, CELL, s->rows_duplicate);
    case REMOVED: return text_count(out, CELL, s->state_removed);
    case STATE: return text_count(out, CELL, s->state_rows);
    case MARK: return words_time(out, CELL, s->watermark_ms == 0 ? UNKNOWN : s->watermark_ms, UNKNOWN, false);
    case PHASES:
        snprintf(out, CELL, "%.1f/%.1f/%.1f", s->phase_ms[PHASE_GET_BATCH], s->phase_ms[PHASE_ADD_BATCH],
                 s->phase_ms[PHASE_WAL_COMMIT]);
        return out;
    case COLUMNS: break;
    }
    out[0] = '\0';
    return out;
}

static void draw_row(const struct canvas *c, int y, const struct batch_sample *s, enum style style)
{
    char text[CELL];
    int x = 1;
    if (style != ST_TEXT)
        draw_fill_line(c, y, style);
    for (int k = 0; k < COLUMNS && x + columns[k].w <= c->r.w; k++) {
        enum style look = style == ST_TEXT && k == LATE && s->rows_late > 0 ? ST_WARN : style;
        draw_cell(c, y, x, columns[k].w, RIGHT, look, cell(text, (enum column)k, s));
        x += columns[k].w;
    }
}

static void draw_heading(const struct canvas *c, int y)
{
    int x = 1;
    draw_fill_line(c, y, ST_HEAD);
    for (int k = 0; k < COLUMNS && x + columns[k].w <= c->r.w; k++) {
        draw_cell(c, y, x, columns[k].w, RIGHT, ST_HEAD, columns[k].heading);
        x += columns[k].w;
    }
}

static const struct batch_sample *nth_newest(const struct query_view *v, size_t n)
{
    return &v->history[v->history_count - 1 - n];
}

static void draw(const void *state, const struct pane_env *env, const struct canvas *c)
{
    const struct batches_pane *p = state;
    const struct query_view *v = env->query;
    if (!v || !v->history_count) {
        draw_lines(c, 0, 1, ST_DIM, "No batch has ended yet.");
        return;
    }
    int y = chart_lines(p, c->r.h, c->r.w);
    draw_charts(v, c, y);
    draw_heading(c, y++);
    for (size_t i = p->list.top; i < v->history_count && y < c->r.h; i++, y++)
        draw_row(c, y, nth_newest(v, i),
                 i != p->list.selected ? ST_TEXT
                 : env->focused        ? ST_SELECT
                                       : ST_SELECT_IDLE);
}

static void title(const void *state, const struct pane_env *env, char *out, size_t cap, char *right,
                  size_t right_cap)
{
    const struct batches_pane *p = state;
    snprintf(right, right_cap, p->view == VIEW_TABLE ? "[V] charts" : "[V] table only");
    if (env->query && env->query->history_count)
        snprintf(out, cap, "Batches: the last %zu", env->query->history_count);
    else
        snprintf(out, cap, "Batches");
}

static void prepare(void *state, const struct pane_env *env)
{
    struct batches_pane *p = state;
    const struct query_view *v = env->query;
    size_t n = v ? v->history_count : 0;
    int page = env->h - chart_lines(p, env->h, env->w) - 1;
    if (p->list.selected > 0 && n) {
        int64_t ago = nth_newest(v, 0)->batch_id - p->selected_id;
        size_t row = ago < 0 ? 0 : (size_t)ago < n ? (size_t)ago : n - 1;
        p->list.top += row > p->list.selected ? row - p->list.selected : 0;
        p->list.selected = row;
    }
    list_fit(&p->list, n, page > 0 ? (size_t)page : 1);
}

static unsigned act(void *state, const struct pane_env *env, enum action_id id)
{
    struct batches_pane *p = state;
    if (id == ACT_VIEW) {
        p->view = (enum view)((p->view + 1) % VIEWS);
        return REACT_DRAW;
    }
    if (!list_act(&p->list, id))
        return REACT_NONE;
    if (env->query && env->query->history_count)
        p->selected_id = nth_newest(env->query, p->list.selected)->batch_id;
    return REACT_DRAW;
}

static char *dump(const void *state, const struct pane_env *env, size_t *len)
{
    (void)state;
    struct strbuf b = {0};
    if (!env->query)
        return NULL;
    strbuf_puts(&b, "batch,wall_ms,rows_in,rows_late,rows_duplicate,rows_bad,input_per_s,processed_per_s,"
                    "total_ms,state_rows,state_bytes,state_removed,watermark_ms\r\n");
    for (size_t i = 0; i < env->query->history_count; i++) {
        const struct batch_sample *s = &env->query->history[i];
        strbuf_printf(&b, "%lld,%lld,%lld,%lld,%lld,%lld,", (long long)s->batch_id, (long long)s->wall_ms,
                      (long long)s->rows_in, (long long)s->rows_late, (long long)s->rows_duplicate,
                      (long long)s->rows_bad);
        if (!isnan(s->input_per_s))
            strbuf_printf(&b, "%.1f", s->input_per_s);
        strbuf_puts(&b, ",");
        if (!isnan(s->processed_per_s))
            strbuf_printf(&b, "%.1f", s->processed_per_s);
        strbuf_printf(&b, ",%.3f,%lld,%lld,%lld,", s->total_ms, (long long)s->state_rows,
                      (long long)s->state_bytes, (long long)s->state_removed);
        if (s->watermark_ms != UNKNOWN)
            strbuf_printf(&b, "%lld", (long long)s->watermark_ms);
        strbuf_puts(&b, "\r\n");
    }
    *len = b.len;
    return b.data;
}

extern const struct pane_ops pane_batches;
const struct pane_ops pane_batches = {
    .name = "batches",
    .help =
        "The last batches: rates, rows, duration, how far the watermark is behind the newest event, state; "
        "'late' rows were dropped, 'closed' state went because its window was over, which is normal.",
    .room = {.place = PLACE_NONE, .min_h = 7, .wish_h = 12, .weight = 1, .rank = 5},
    .uses = {USES_LIST, ACT_VIEW},
    .state_size = sizeof(struct batches_pane),
    .title = title,
    .prepare = prepare,
    .draw = draw,
    .act = act,
    .dump = dump,
};
