/* What a watermark is, to be seen, in three views: event time against arrival with each row, the windows as
 * an axis with the watermark moving over it, and a heat map of types over windows. */
#include "ui/pane.h"

#include "base/text.h"
#include "ui/figures_csv.h"
#include "ui/windows_view.h"
#include "ui/words.h"

#include <stdio.h>
#include <string.h>

enum windows_view { VIEW_PLOT, VIEW_AXIS, VIEW_HEAT, VIEWS };

enum {
    LEGEND_MIN_H = 7,
    LINE_MIN_H = 11, /* from so many lines on the plot has the newest windows under it */
    LONG_W = 92,     /* columns for the two watermarks in whole words */
    LEGEND_LINES = 3
};

struct windows_pane {
    enum windows_view view;
    struct axis axis;
    struct plot plot;
    struct heat heat;
    struct list list;
    uint64_t view_number;
    char run_id[40];
};

/* How the lines of the pane are shared out; the same for prepare and draw. */
struct windows_lines {
    int head;   /* title where there is no border, watermarks, the reason for what is missing */
    int legend; /* lines of it */
    int line;   /* of the newest windows */
    int body;
};

static const char *view_name(enum windows_view view)
{
    static const char *const names[VIEWS] = {"arrival", "time axis", "heat map"};
    return names[view];
}

static void title(const void *state, const struct pane_env *env, char *out, size_t cap, char *right,
                  size_t right_cap)
{
    const struct windows_pane *p = state;
    char delay[60];
    snprintf(out, cap, env->w < 50 ? "Windows: %s %d/%d [V]" : "Windows and watermark: %s %d/%d [V]",
             view_name(p->view), (int)p->view + 1, (int)VIEWS);
    if (env->query) {
        duration_format_ms(delay, sizeof delay, env->query->settings.watermark_ms);
        snprintf(right, right_cap, "delay %s", delay);
    }
}

/* ---- the two watermarks, and why there is none ---- */

static int64_t used_ms(const struct query_view *v)
{
    return known_watermark_ms(v->progress.batch_id < 0 ? UNKNOWN : v->progress.watermark_ms);
}

/* NULL where there is nothing to explain. */
static const char *why(const struct query_view *v, enum windows_view view, int w)
{
    const struct query_settings *s = &v->settings;
    const bool narrow = w < 70;
    if (v->progress.batch_id < 0)
        return narrow ? "No batch has ended yet."
                      : "No batch has ended yet. The first one works without a watermark.";
    if (v->newest_event_ms == UNKNOWN)
        return narrow ? "None: no row with an event time yet."
                      : "No watermark: no row with an event time has come yet.";
    if (view == VIEW_PLOT && (v->unavailable & NO_MARKS))
        return narrow ? "Not available with Spark: [V]."
                      : "Not available with Spark: single rows as they arrived. [V] has other views.";
    if (used_ms(v) == UNKNOWN)
        return narrow ? "It follows the batches before this."
               : w < LONG_W
                   ? "This batch had none: it follows the newest event of those before."
                   : "This batch had none: the watermark starts at the epoch and follows the batches before.";
    if (!s->window_ms && view == VIEW_PLOT)
        return narrow ? "No windows [w]: nothing closes." : "No windows, so nothing closes: [w] sets them.";
    if (!s->window_ms)
        return NULL;
    if (s->output_mode == OUTPUT_COMPLETE)
        return narrow ? "Complete mode drops nothing."
                      : "Complete mode drops nothing: rows behind the watermark still count.";
    if (s->output_mode == OUTPUT_APPEND && view != VIEW_PLOT)
        return narrow ? "Append shows closed windows' rows."
                      : "Append mode shows a window's rows when it closes, not before.";
    return NULL;
}

static void draw_watermarks(const struct query_view *v, const struct canvas *c, int y)
{
    char used[40], next[40], newest[40];
    const bool words = c->r.w >= LONG_W;
    const int64_t day = v->newest_event_ms;
    int x = 1;
    x += draw_text(c, y, x, ST_DIM, words ? "watermark used in this batch " : "watermark used ");
    x += draw_text(c, y, x, ST_VALUE, words_time(used, sizeof used, used_ms(v), day, true));
    x += draw_text(c, y, x, ST_DIM, words ? "  next watermark " : "  next ");
    x += draw_text(c, y, x, ST_ACCENT,
                   words_time(next, sizeof next, known_watermark_ms(v->next_watermark_ms), day, true));
    words_time(newest, sizeof newest, v->newest_event_ms, UNKNOWN, true);
    if (x + 15 + text_width(newest) > c->r.w)
        words_time(newest, sizeof newest, v->newest_event_ms, v->newest_event_ms, true);
    if (x + 15 + text_width(newest) > c->r.w)
        return;
    x += draw_text(c, y, x, ST_DIM, "  newest event ");
    (void)draw_text(c, y, x, ST_VALUE, newest);
}

/* ---- lines ---- */

static void legend_of(const struct windows_pane *p, const struct pane_env *env, struct legend *l)
{
    l->count = 0;
    switch (p->view) {
    case VIEW_PLOT: plot_legend(&p->plot, env, l); break;
    case VIEW_AXIS:
        if (env->query->settings.window_ms)
            axis_legend(&p->axis, env, l);
        break;
    default: heat_legend(&p->heat, &p->axis, env, l); break;
    }
}

static struct windows_lines lines_of(const struct windows_pane *p, const struct pane_env *env)
{
    struct windows_lines n = {.head = 1 + !env->framed};
    struct legend l;
    n.head += env->h >= LEGEND_MIN_H && why(env->query, p->view, env->w);
    if (env->h >= LEGEND_MIN_H) {
        legend_of(p, env, &l);
        n.legend = legend_lines(&l, env->w);
        int most = env->h >= 10 ? LEGEND_LINES : p->view == VIEW_PLOT ? 2 : 1;
        n.legend = n.legend > most ? most : n.legend;
    }
    n.line = p->view == VIEW_PLOT && env->h >= LINE_MIN_H && env->query->settings.window_ms > 0;
    n.body = env->h - n.head - n.legend - n.line;
    return n;
}

static void prepare(void *state, const struct pane_env *env)
{
    struct windows_pane *p = state;
    const struct query_view *v = env->query;
    if (!v)
        return;
    if (v->number != p->view_number) {
        if (strcmp(p->run_id, v->run_id) != 0) {
            snprintf(p->run_id, sizeof p->run_id, "%s", v->run_id);
            p->plot = (struct plot){0}; /* another query, another scale */
            p->list = (struct list){0};
        }
        p->view_number = v->number;
        axis_collect(&p->axis, v);
    }
    /* The legend says what the picture holds, and takes lines from it: it is asked before and after. */
    struct windows_lines n = lines_of(p, env);
    p->list.pager = true;
    list_fit(&p->list, p->axis.count, axis_page(&p->axis, env, n.body));
    if (p->view == VIEW_PLOT)
        plot_prepare(&p->plot, env, n.body, env->w);
    else if (p->view == VIEW_HEAT)
        heat_prepare(&p->heat, &p->axis, env, n.body, env->w);
    int body = lines_of(p, env).body;
    if (body == n.body)
        return;
    if (p->view == VIEW_PLOT)
        plot_prepare(&p->plot, env, body, env->w);
    else if (p->view == VIEW_HEAT)
        heat_prepare(&p->heat, &p->axis, env, body, env->w);
}

/* ---- drawing ---- */

static void draw_body(const struct windows_pane *p, const struct pane_env *env, const struct canvas *c)
{
    const struct query_view *v = env->query;
    if (p->view == VIEW_PLOT) {
        if (p->plot.unit_ms)
            plot_draw(&p->plot, env, c, 0);
        else
            (void)draw_lines(c, 0, 1, ST_DIM, "No row has had an event time yet.");
    } else if (!v->settings.window_ms) {
        (void)draw_lines(c, 0, 1, ST_DIM, "The query has no windows, so nothing closes: [w] sets them.");
    } else if (!p->axis.count) {
        (void)draw_lines(c, 0, 1, ST_DIM, "No window holds a row yet.");
    } else if (p->view == VIEW_AXIS) {
        axis_draw(&p->axis, &p->list, env, c);
    } else {
        heat_draw(&p->heat, &p->axis, env, c);
    }
}

static void draw(const void *state, const struct pane_env *env, const struct canvas *c)
{
    const struct windows_pane *p = state;
    const struct query_view *v = env->query;
    struct legend l;
    char line[120], unused[80];
    if (!v || !v->history_count) {
        draw_lines(c, 0, 1, ST_DIM, "No batch has ended yet, so there is no watermark.");
        return;
    }
    struct windows_lines n = lines_of(p, env);
    int y = 0;
    if (!env->framed) {
        title(p, env, line, sizeof line, unused, sizeof unused);
        draw_cell(c, y++, 1, c->r.w - 1, LEFT, ST_TITLE, line);
    }
    draw_watermarks(v, c, y++);
    if (y < n.head)
        draw_cell(c, y++, 1, c->r.w - 1, LEFT, ST_DIM, why(v, p->view, c->r.w));
    struct canvas body = *c;
    body.r.y += n.head;
    body.r.h = n.body;
    if (n.body > 0)
        draw_body(p, env, &body);
    if (n.line)
        axis_draw_line(&p->axis, v, c, n.head + n.body);
    if (n.legend) {
        legend_of(p, env, &l);
        legend_draw(&l, c, c->r.h - n.legend, n.legend);
    }
}

static unsigned act(void *state, const struct pane_env *env, enum action_id id)
{
    struct windows_pane *p = state;
    (void)env;
    if (id == ACT_VIEW) {
        p->view = (p->view + 1) % VIEWS;
        return REACT_DRAW;
    }
    return p->view == VIEW_AXIS && list_act(&p->list, id) ? REACT_DRAW : REACT_NONE;
}

extern const struct pane_ops pane_windows;
const struct pane_ops pane_windows = {
    .name = "windows",
    .help =
        "Event time against arrival: each row is a sign above the batch it came in, the line is the "
        "watermark "
        "that batch used. A row under the line came behind the watermark; it is late, and dropped, once its "
        "window has closed. The watermark is the newest event time of the batches before, less the delay. "
        "[V] shows the windows on the axis of event time, then how many rows of each type fell in which.",
    .explain = explain_windows,
    .room = {.place = PLACE_NONE, .min_h = 8, .wish_h = 12, .weight = 1, .rank = 5},
    .uses = {USES_LIST, ACT_VIEW},
    .state_size = sizeof(struct windows_pane),
    .title = title,
    .prepare = prepare,
    .draw = draw,
    .act = act,
    .figures = figures_of_marks,
};
