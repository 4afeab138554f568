/* The way of rows through the query as a graph: the source, the operators in their order, the table and the
 * commit, with the rows on each edge, what each one dropped and why, and the time that the batch spent in it.
 */
#include "ui/pane.h"

#include "base/text.h"
#include "ui/chart.h"
#include "ui/figures_csv.h"
#include "ui/list.h"
#include "ui/pipeline.h"
#include "ui/plan_rows.h"
#include "ui/words.h"

#include <math.h>
#include <stdio.h>

enum {
    CELL = 64,
    WIDE_W = 76,
    ACROSS_H = 4,
    EDGE_LEAST = 3,
    GAP_W = 2,
    NAME_W = 17,
    ROWS_W = 10,
    TIME_W = 10,
    BAR_MOST_W = 30
};

struct pipeline_pane {
    struct pipeline p;
    struct list list; /* of the stages, or the plan's operators, below one another */
    bool plan;        /* Spark's plan instead of the query's steps */
};

/* ---- what stands under a name ---- */

static const char *dropped_text(char out[CELL], const struct pipeline_stage *s)
{
    char n[40];
    if (s->dropped == UNKNOWN)
        snprintf(out, CELL, "%s", s->note);
    else
        snprintf(out, CELL, "%s %s", text_count(n, sizeof n, s->dropped), s->what);
    return out;
}

static const char *all_text(char out[CELL], const struct pipeline_stage *s)
{
    char n[40];
    if (s->dropped == UNKNOWN || s->dropped_all == UNKNOWN)
        snprintf(out, CELL, "%s", s->note_all);
    else
        snprintf(out, CELL, "all %s", text_count(n, sizeof n, s->dropped_all));
    return out;
}

static const char *time_text(char out[CELL], const struct pipeline_stage *s)
{
    char span[40];
    snprintf(out, CELL, "%s%s", words_span(span, sizeof span, s->ms / 1000), s->slowest ? " slowest" : "");
    return out;
}

static const char *rows_text(char out[CELL], int64_t rows)
{
    return text_count(out, CELL, rows);
}

/* ---- across ---- */

/* Columns that each stage needs, its edge to the next included; returns their sum. */
static int needed(const struct pipeline *p, int w[STAGES_MOST])
{
    char text[CELL];
    int sum = 0;
    for (int i = 0; i < p->stages; i++) {
        const struct pipeline_stage *s = &p->stage[i];
        int edge = s->out == UNKNOWN ? 1 : text_width(rows_text(text, s->out)) + 1;
        int most = text_width(s->name) + 1 + (i + 1 < p->stages ? EDGE_LEAST - 1 + edge : 0);
        const char *(*const under[])(char *, const struct pipeline_stage *) = {dropped_text, all_text,
                                                                               time_text};
        for (size_t k = 0; k < sizeof under / sizeof *under; k++) {
            int used = text_width(under[k](text, s)) + GAP_W;
            most = used > most ? used : most;
        }
        w[i] = most;
        sum += w[i];
    }
    return sum;
}

/* True when it is drawn across, with the columns of each stage. Where the pane is high, down tells more. */
static bool across(const struct pipeline *p, const struct pane_env *env, int w[STAGES_MOST])
{
    int spare = env->w - 1 - needed(p, w);
    if (spare < 0 || env->h > p->stages)
        return false;
    for (int i = 0; i + 1 < p->stages; i++) { /* the edges grow */
        int more = spare / (p->stages - 1 - i);
        w[i] += more;
        spare -= more;
    }
    return true;
}

/* "name ──38→": the line is as long as there is room. */
static void draw_edge(const struct pipeline_stage *s, bool last, const struct canvas *c, int x, int w)
{
    char rows[CELL], text[CELL + 8];
    int at = x + draw_text(c, 0, x, s->slowest ? ST_ACCENT : ST_VALUE, s->name) + 1;
    if (last)
        return;
    snprintf(text, sizeof text, "%s%s", s->out == UNKNOWN ? "" : rows_text(rows, s->out), GLYPH(c, "→", ">"));
    int line = x + w - 1 - text_width(text) - at;
    for (int k = 0; k < line; k++)
        at += draw_text(c, 0, at, ST_DIM, GLYPH(c, "─", "-"));
    (void)draw_text(c, 0, at, ST_ACCENT, text);
}

static void draw_across(const struct pipeline *p, const int w[STAGES_MOST], const struct canvas *c)
{
    char text[CELL];
    for (int i = 0, x = 1; i < p->stages; x += w[i++]) {
        const struct pipeline_stage *s = &p->stage[i];
        draw_edge(s, i + 1 == p->stages, c, x, w[i]);
        draw_cell(c, 1, x, w[i] - 1, LEFT, s->dropped > 0 ? ST_WARN : ST_TEXT, dropped_text(text, s));
        draw_cell(c, 2, x, w[i] - 1, LEFT, s->slowest ? ST_ACCENT : ST_TEXT, time_text(text, s));
        draw_cell(c, 3, x, w[i] - 1, LEFT, ST_DIM, all_text(text, s));
    }
}

/* ---- down ---- */

/* Columns of the table by the width of the pane: where there is little, few figures stay. */
struct columns {
    int name, in, out, time; /* 0 = left out */
    int words, bar;
    bool all; /* the figures since the start as well */
};

static void choose(struct columns *k, int w)
{
    bool wide = w >= WIDE_W;
    *k =
        (struct columns){.name = NAME_W, .in = wide ? ROWS_W : 0, .out = ROWS_W, .time = TIME_W, .all = true};
    if (w < NAME_W + ROWS_W + TIME_W + 20) {
        k->name = NAME_W - 2;
        k->out = ROWS_W - 4;
        k->time = TIME_W - 1;
        k->all = false;
    }
    int room = w - 1 - k->name - k->in - k->out - k->time - GAP_W;
    k->bar = room >= 3 * BAR_MOST_W / 2 ? room / 3 : 0;
    k->bar = k->bar > BAR_MOST_W ? BAR_MOST_W : k->bar;
    k->words = room - (k->bar ? k->bar + GAP_W : 0);
}

static void draw_heading(const struct columns *k, const struct canvas *c)
{
    int x = 1;
    draw_fill_line(c, 0, ST_HEAD);
    draw_cell(c, 0, x, k->name, LEFT, ST_HEAD, "operator");
    x += k->name;
    draw_cell(c, 0, x, k->in, RIGHT, ST_HEAD, "rows in");
    x += k->in;
    draw_cell(c, 0, x, k->out, RIGHT, ST_HEAD, k->in ? "rows out" : "out");
    x += k->out;
    draw_cell(c, 0, x, k->time, RIGHT, ST_HEAD, "time");
    x += k->time + GAP_W;
    draw_cell(c, 0, x, k->words, LEFT, ST_HEAD, k->all ? "dropped (since the start)" : "dropped");
    draw_cell(c, 0, x + k->words + GAP_W, k->bar, LEFT, ST_HEAD, "share of the time");
}

static const char *words_of(char out[3 * CELL], const struct pipeline_stage *s, bool with_all)
{
    char now[CELL], n[40], all[CELL] = "";
    dropped_text(now, s);
    if (with_all && s->dropped != UNKNOWN && s->dropped_all != UNKNOWN)
        snprintf(all, sizeof all, " (%s)", text_count(n, sizeof n, s->dropped_all));
    else if (with_all && s->note_all[0])
        snprintf(all, sizeof all, "%s%s", now[0] ? ", " : "", s->note_all);
    bool more = with_all && s->dropped != UNKNOWN && s->note[0];
    snprintf(out, (size_t)3 * CELL, "%s%s%s%s", now, all, more ? ", " : "", more ? s->note : "");
    return out;
}

static void draw_stage(const struct pipeline *p, int i, const struct columns *k, const struct canvas *c,
                       int y)
{
    const struct pipeline_stage *s = &p->stage[i];
    char text[CELL], bar[CHART_TEXT], words[3 * CELL], span[40];
    int x = 1;
    (void)draw_text(c, y, x, ST_DIM, i ? GLYPH(c, "↓", "v") : " ");
    draw_cell(c, y, x + 2, k->name - 2, LEFT, s->slowest ? ST_ACCENT : ST_VALUE, s->name);
    x += k->name;
    draw_cell(c, y, x, k->in, RIGHT, ST_TEXT, rows_text(text, s->in));
    x += k->in;
    draw_cell(c, y, x, k->out, RIGHT, ST_TEXT, rows_text(text, s->out));
    x += k->out;
    draw_cell(c, y, x, k->time, RIGHT, s->slowest ? ST_ACCENT : ST_TEXT,
              words_span(span, sizeof span, s->ms / 1000));
    x += k->time + GAP_W;
    (void)words_of(words, s, k->all);
    int used = s->slowest ? draw_text(c, y, x, ST_ACCENT, words[0] ? "slowest," : "slowest") + 1 : 0;
    draw_cell(c, y, x + used, k->words - used, LEFT, s->dropped > 0 ? ST_WARN : ST_DIM, words);
    if (k->bar && p->total_ms > 0)
        (void)draw_text(c, y, x + k->words + GAP_W, s->slowest ? ST_ACCENT : ST_GRAPH,
                        chart_length(bar, k->bar, s->ms / p->total_ms, c->ascii));
}

static void draw_down(const struct pipeline_pane *p, const struct canvas *c)
{
    struct columns k;
    int n = p->p.stages, y = 1, each = c->r.h > 2 * n ? 2 : 1;
    char rows[CELL];
    choose(&k, c->r.w);
    draw_heading(&k, c);
    for (int i = (int)p->list.top; i < n && y < c->r.h; i++, y += each) {
        draw_stage(&p->p, i, &k, c, y);
        int64_t out = p->p.stage[i].out;
        if (each == 2 && i + 1 < n)
            (void)draw_fmt(c, y + 1, 3, ST_DIM, "%s %s", GLYPH(c, "│", "|"),
                           out == UNKNOWN ? "" : text_many(rows, sizeof rows, out, "row", "rows"));
    }
}

/* ---- the pane ---- */

static bool with_plan(const struct pane_env *env)
{
    return env->query && env->query->job.state != JOB_NONE;
}

static bool shows_plan(const struct pipeline_pane *p, const struct pane_env *env)
{
    return p->plan && with_plan(env);
}

static void title(const void *state, const struct pane_env *env, char *out, size_t cap, char *right,
                  size_t right_cap)
{
    const struct pipeline_pane *p = state;
    char n[40], span[40];
    const struct query_view *v = env->query;
    if (shows_plan(p, env)) {
        snprintf(out, cap, "Pipeline: Spark's plan [V]");
        if (plan_rows(env))
            snprintf(right, right_cap, "of batch %s", text_count(n, sizeof n, env->spark->plan_batch_id));
        return;
    }
    if (!v || v->progress.batch_id < 0) {
        snprintf(out, cap, "Pipeline");
        return;
    }
    snprintf(out, cap, "Pipeline: batch %s%s", text_count(n, sizeof n, v->progress.batch_id),
             with_plan(env) ? " [V] plan" : "");
    snprintf(right, right_cap, "took %s", words_span(span, sizeof span, v->progress.total_ms / 1000));
}

static void prepare(void *state, const struct pane_env *env)
{
    struct pipeline_pane *p = state;
    pipeline_make(&p->p, env->query);
    p->list.pager = true;
    list_fit(&p->list, shows_plan(p, env) ? plan_rows(env) : (size_t)p->p.stages,
             env->h > 1 ? (size_t)env->h - 1 : 1);
}

static int wish(const void *state, const struct pane_env *env)
{
    (void)state;
    (void)env;
    return ACROSS_H;
}

static void draw(const void *state, const struct pane_env *env, const struct canvas *c)
{
    const struct pipeline_pane *p = state;
    int w[STAGES_MOST] = {0};
    if (shows_plan(p, env))
        plan_draw(env, c, p->list.top);
    else if (!p->p.stages)
        draw_lines(c, 0, 1, ST_DIM, "No batch has ended yet.");
    else if (across(&p->p, env, w))
        draw_across(&p->p, w, c);
    else
        draw_down(p, c);
}

static unsigned act(void *state, const struct pane_env *env, enum action_id id)
{
    struct pipeline_pane *p = state;
    if (id == ACT_VIEW) {
        p->plan = with_plan(env) && !p->plan;
        p->list.top = 0;
        return REACT_DRAW;
    }
    return list_act(&p->list, id) ? REACT_DRAW : REACT_NONE;
}

extern const struct pane_ops pane_pipeline;
const struct pane_ops pane_pipeline = {
    .name = "pipeline",
    .help =
        "The way of rows through the query in the last batch: rows on each edge, what each operator dropped "
        "and why, and the time spent in it; the slowest is marked. 'kafka' is the fetch, 'table' making "
        "the result and the sinks, 'commit' the write-ahead log and the offsets.",
    .explain = explain_pipeline,
    .room = {.place = PLACE_NONE, .min_h = 5, .wish_h = 6, .rank = 7},
    .uses = {USES_LIST, ACT_VIEW},
    .state_size = sizeof(struct pipeline_pane),
    .wish = wish,
    .title = title,
    .prepare = prepare,
    .draw = draw,
    .act = act,
    .figures = figures_of_operators,
};
