/* What a watermark is, to be seen: event time (upwards) against the batches in which it arrived (to the
 * right), the watermark as a line below it, and rows by letter: in order, out of order, too late. Under it
 * the windows as an axis: which are closed, which still count. */
#include "ui/pane.h"

#include "base/text.h"
#include "ui/figures_csv.h"
#include "ui/words.h"

#include <stdio.h>
#include <string.h>

enum { WINDOWS_MOST = 16, PLOT_LEAST_H = 3, PLOT_MOST_H = 100, DAY_MS = 24 * 3600 * 1000 };

struct axis_window {
    int64_t start_ms, end_ms, rows;
    bool closed, there;
};

struct windows_pane {
    struct axis_window window[WINDOWS_MOST]; /* newest first */
    uint64_t view_number;
};

static int64_t known(int64_t watermark_ms)
{
    return watermark_ms == 0 ? UNKNOWN : watermark_ms; /* the epoch is how Spark says that there is none */
}

static void title(const void *state, const struct pane_env *env, char *out, size_t cap, char *right,
                  size_t right_cap)
{
    (void)state;
    char delay[60];
    snprintf(out, cap, "Windows and watermark");
    if (env->query) {
        duration_format_ms(delay, sizeof delay, env->query->settings.watermark_ms);
        snprintf(right, right_cap, "delay %s", delay);
    }
}

/* The newest windows of any type, added up. */
static void prepare(void *state, const struct pane_env *env)
{
    struct windows_pane *p = state;
    const struct query_view *v = env->query;
    if (!v || v->number == p->view_number)
        return;
    memset(p, 0, sizeof *p);
    p->view_number = v->number;
    int64_t slide = v->settings.slide_ms, newest = UNKNOWN;
    if (v->settings.window_ms <= 0 || slide <= 0)
        return;
    for (size_t i = 0; i < v->groups_count; i++)
        if (v->groups[i].window_start_ms > newest)
            newest = v->groups[i].window_start_ms;
    for (size_t i = 0; i < v->groups_count && newest != UNKNOWN; i++) {
        const struct view_group *g = &v->groups[i];
        if (g->window_start_ms == UNKNOWN || (newest - g->window_start_ms) / slide >= WINDOWS_MOST)
            continue;
        struct axis_window *w = &p->window[(newest - g->window_start_ms) / slide];
        w->there = true;
        w->start_ms = g->window_start_ms;
        w->end_ms = g->window_end_ms;
        w->rows += g->count;
        w->closed |= g->closed;
    }
}

/* ---- the plot ---- */

struct plot {
    const struct query_view *v;
    const struct canvas *c;
    int x, y, h, w; /* cells of its inside; one column a batch */
    size_t first;   /* index in history of the first column's batch */
    int64_t low_ms, high_ms;
};

static void widen(struct plot *p, int64_t ms)
{
    if (ms == UNKNOWN)
        return;
    p->low_ms = p->low_ms == UNKNOWN || ms < p->low_ms ? ms : p->low_ms;
    p->high_ms = p->high_ms == UNKNOWN || ms > p->high_ms ? ms : p->high_ms;
}

static int line_of(const struct plot *p, int64_t ms)
{
    if (ms <= p->low_ms || p->high_ms <= p->low_ms)
        return p->h - 1;
    if (ms >= p->high_ms)
        return 0;
    return p->h - 1 - (int)((double)(ms - p->low_ms) / (double)(p->high_ms - p->low_ms) * (p->h - 1) + 0.5);
}

static void put(const struct plot *p, int line, int column, enum style style, const char *sign)
{
    (void)draw_text(p->c, p->y + line, p->x + column, style, sign);
}

/* One batch: its rows from the oldest to the newest event, and the watermark that it used. */
static void draw_batch(const struct plot *p, int column, int64_t newest_before)
{
    const struct canvas *c = p->c;
    const struct batch_sample *s = &p->v->history[p->first + (size_t)column];
    int64_t mark = known(s->watermark_ms);
    if (mark != UNKNOWN)
        put(p, line_of(p, mark), column, ST_ACCENT, GLYPH(c, "─", "-"));
    if (s->event_max_ms != UNKNOWN && s->event_min_ms != UNKNOWN)
        for (int line = line_of(p, s->event_max_ms), end = line_of(p, s->event_min_ms); line <= end; line++) {
            bool behind = newest_before != UNKNOWN && line > line_of(p, newest_before);
            put(p, line, column, behind ? ST_WARN : ST_GRAPH, behind ? "o" : GLYPH(c, "·", "."));
        }
    for (size_t i = 0; i < p->v->late_count; i++)
        if (p->v->late[i].batch_id == s->batch_id)
            put(p, line_of(p, p->v->late[i].event_ms), column, ST_BAD, "L");
}

static void draw_scale(const struct plot *p)
{
    char text[40], above[40] = "";
    bool days = p->high_ms - p->low_ms >= DAY_MS;
    for (int line = 0; line<p->h; line += p->h> 8 ? 3 : 2) {
        int64_t ms = p->h > 1 ? p->high_ms - (p->high_ms - p->low_ms) * line / (p->h - 1) : p->high_ms;
        words_time(text, sizeof text, ms, days ? UNKNOWN : ms, false);
        if (strcmp(text, above) != 0)
            (void)draw_text(p->c, p->y + line, 1, ST_DIM, text);
        memcpy(above, text, sizeof above);
    }
}

static void draw_plot(const struct query_view *v, const struct canvas *c, int y, int h)
{
    struct plot p = {.v = v, .c = c, .y = y, .h = h, .low_ms = UNKNOWN, .high_ms = UNKNOWN};
    int64_t before = UNKNOWN;
    int room = c->r.w - 14;
    if (room < 4 || !v->history_count)
        return;
    p.w = (size_t)room < v->history_count ? room : (int)v->history_count;
    p.first = v->history_count - (size_t)p.w;
    for (size_t i = p.first; i < v->history_count; i++) {
        const struct batch_sample *s = &v->history[i];
        widen(&p, s->event_min_ms);
        widen(&p, s->event_max_ms);
        widen(&p, known(s->watermark_ms));
    }
    /* A watermark alone, as after batches of nothing but duplicates, needs the newest event to be held
     * against.
     */
    widen(&p, p.low_ms == UNKNOWN ? UNKNOWN : v->newest_event_ms);
    if (p.low_ms == UNKNOWN) {
        (void)draw_text(c, y, 1, ST_DIM, "No row has had an event time yet.");
        return;
    }
    p.x = p.high_ms - p.low_ms >= DAY_MS ? 13 : 7;
    for (size_t i = 0; i < p.first; i++)
        if (v->history[i].event_max_ms > before)
            before = v->history[i].event_max_ms;
    draw_scale(&p);
    for (int column = 0; column < p.w; column++) {
        draw_batch(&p, column, before);
        int64_t newest = v->history[p.first + (size_t)column].event_max_ms;
        before = newest > before ? newest : before;
    }
}

/* ---- words around it ---- */

static void draw_marks(const struct query_view *v, const struct canvas *c, int y)
{
    char used[40], next[40], newest[40];
    int64_t mark = known(v->progress.batch_id < 0 ? UNKNOWN : v->progress.watermark_ms);
    int64_t coming = known(v->next_watermark_ms);
    if (mark == UNKNOWN && coming == UNKNOWN) {
        draw_cell(c, y, 1, c->r.w - 1, LEFT, ST_DIM,
                  "no watermark yet: it follows the newest event of the batches before");
        return;
    }
    int x = 1;
    const int64_t day = v->newest_event_ms;
    x += draw_text(c, y, x, ST_DIM, "watermark used ");
    x += draw_text(c, y, x, ST_VALUE, words_time(used, sizeof used, mark, day, true));
    x += draw_text(c, y, x, ST_DIM, "  next ");
    x += draw_text(c, y, x, ST_ACCENT, words_time(next, sizeof next, coming, day, true));
    x += draw_text(c, y, x, ST_DIM, "  newest event ");
    (void)draw_text(c, y, x, ST_VALUE, words_time(newest, sizeof newest, v->newest_event_ms, UNKNOWN, true));
}

static void draw_legend(const struct query_view *v, const struct canvas *c, int y)
{
    char n[40];
    int x = 1;
    x += draw_fmt(c, y, x, ST_GRAPH, "%s in order  ", GLYPH(c, "·", "."));
    x += draw_text(c, y, x, ST_WARN, "o out of order  ");
    x += draw_fmt(c, y, x, ST_ACCENT, "%s watermark  ", GLYPH(c, "─", "-"));
    x += draw_fmt(c, y, x, ST_BAD, "L late: %s dropped  ", text_count(n, sizeof n, v->rows_late));
    (void)draw_text(c, y, x, ST_DIM, GLYPH(c, "a column a batch →", "a column a batch"));
}

static void draw_axis(const struct windows_pane *p, const struct query_view *v, const struct canvas *c, int y)
{
    char text[100], start[40], end[40], rows[40];
    int right = c->r.w;
    int64_t mark = known(v->next_watermark_ms);
    if (!v->settings.window_ms) {
        draw_cell(c, y, 1, c->r.w - 1, LEFT, ST_DIM, "no windows: [w] sets them; nothing closes without");
        return;
    }
    for (int i = 0; i < WINDOWS_MOST; i++) {
        const struct axis_window *w = &p->window[i];
        if (!w->there)
            continue;
        bool past = !w->closed && mark != UNKNOWN && w->end_ms <= mark;
        snprintf(text, sizeof text, "%s-%s %s %s %s ",
                 words_time(start, sizeof start, w->start_ms, w->start_ms, false),
                 words_time(end, sizeof end, w->end_ms, w->end_ms, false),
                 w->closed ? GLYPH(c, "░", "x")
                 : past    ? GLYPH(c, "▒", "~")
                           : GLYPH(c, "█", "#"),
                 w->closed ? "closed"
                 : past    ? "past"
                           : "open",
                 text_count(rows, sizeof rows, w->rows));
        int width = text_width(text) + 1;
        if (right - width < 1)
            break;
        right -= width;
        (void)draw_text(c, y, right, w->closed ? ST_DIM : past ? ST_TEXT : ST_OK, text);
    }
}

static void draw(const void *state, const struct pane_env *env, const struct canvas *c)
{
    const struct query_view *v = env->query;
    if (!v || !v->history_count) {
        draw_lines(c, 0, 1, ST_DIM, "No batch has ended yet.");
        return;
    }
    bool legend = c->r.h >= 8;
    int plot_h = c->r.h - 2 - legend;
    draw_marks(v, c, 0);
    if (plot_h >= PLOT_LEAST_H)
        draw_plot(v, c, 1, plot_h);
    if (legend)
        draw_legend(v, c, c->r.h - 2);
    if (c->r.h > 1)
        draw_axis(state, v, c, c->r.h - 1);
}

extern const struct pane_ops pane_windows;
const struct pane_ops pane_windows = {
    .name = "windows",
    .help =
        "Event time against arrival: each column is a batch, the line is the watermark it used; a row below "
        "the line comes late. Under it the newest windows: open, or closed by the watermark ('past' where "
        "complete mode keeps them).",
    .explain = explain_windows,
    .room = {.place = PLACE_NONE, .min_h = 8, .wish_h = 12, .weight = 1, .rank = 5},
    .state_size = sizeof(struct windows_pane),
    .title = title,
    .prepare = prepare,
    .draw = draw,
    .figures = figures_of_marks,
};
