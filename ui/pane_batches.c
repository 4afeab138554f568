/* The last batches: what Spark's streaming page shows as charts, timelines with histograms, or a table with a
 * line a batch, the newest first; and one batch in words. */
#include "ui/batches.h"

#include "base/text.h"
#include "base/xalloc.h"
#include "ui/figures_csv.h"
#include "ui/words.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum { HEAD_LEAST_H = 16, RUNNING_W = 72 };

const struct batch_sample *batches_nth(const struct query_view *v, size_t n)
{
    return &v->history[v->history_count - 1 - n];
}

int batches_head(const struct pane_env *env)
{
    return env->h >= HEAD_LEAST_H;
}

void batches_running(char *out, size_t cap, const struct pane_env *env, int columns)
{
    const struct query_view *v = env->query;
    const struct batch_sample *last = batches_nth(v, 0);
    char span[40], at[FIGURE_TEXT], n[40];
    bool over = v->state == ENGINE_DONE || v->state == ENGINE_FAILED;
    const char *how = v->state == ENGINE_FAILED ? "Failed after running" : over ? "Ran" : "Running";
    /* What the wall clock shows in the instant of the picture. */
    int64_t now_ms =
        over ? last->wall_ms + (int64_t)last->total_ms : clock_wall_ms() - (env->now_ms - env->still_ms);
    text_count(n, sizeof n, last->batch_id + 1);
    if (v->started_wall_ms <= 0 || now_ms < v->started_wall_ms) {
        snprintf(out, cap, "%s completed %s", n, last->batch_id ? "batches" : "batch");
        return;
    }
    int64_t whole_s = (now_ms - v->started_wall_ms) / 1000;
    words_span(span, sizeof span, (double)whole_s);
    if (columns >= RUNNING_W)
        snprintf(out, cap, "%s batches for %s since %s (%s completed batches)", how, span,
                 batch_clock(at, v->started_wall_ms), n);
    else
        snprintf(out, cap, "%s %s, %s batches", how, span, n);
}

/* Lines that the charts take above the table, without the sentence over them. */
static int chart_lines(const struct batches_pane *p, const struct pane_env *env)
{
    return p->view == BATCHES_CHARTS ? batches_chart_lines(env->h - batches_head(env), env->w) : 0;
}

static void draw(const void *state, const struct pane_env *env, const struct canvas *c)
{
    const struct batches_pane *p = state;
    const struct query_view *v = env->query;
    char text[160];
    if (!v || !v->history_count) {
        draw_lines(c, 0, 1, ST_DIM, "No batch has ended yet.");
        return;
    }
    if (p->detail) {
        sheet_draw(&p->sheet, c, 0, p->lines.top);
        return;
    }
    int y = batches_head(env);
    if (y) {
        batches_running(text, sizeof text, env, c->r.w - 2);
        draw_cell(c, 0, 1, c->r.w - 2, LEFT, ST_TEXT, text);
    }
    if (p->view == BATCHES_TIMELINES) {
        timelines_draw(p, env, c);
        return;
    }
    int lines = chart_lines(p, env);
    batches_draw_charts(v, env, c, y, lines);
    batches_draw_table(p, env, c, y + lines, p->view == BATCHES_TABLE ? (int)p->first_column : -1);
}

static void title(const void *state, const struct pane_env *env, char *out, size_t cap, char *right,
                  size_t right_cap)
{
    static const char *const next[BATCHES_VIEWS] = {[BATCHES_CHARTS] = "[V] timelines",
                                                    [BATCHES_TIMELINES] = "[V] table",
                                                    [BATCHES_TABLE] = "[V] charts"};
    const struct batches_pane *p = state;
    const struct query_view *v = env->query;
    char n[40];
    if (!v || !v->history_count) {
        snprintf(out, cap, "Batches");
        return;
    }
    if (p->detail) {
        snprintf(out, cap, "Batches: batch %s", text_count(n, sizeof n, p->selected_id));
        snprintf(right, right_cap, "[Esc] back");
        return;
    }
    char words[MATCH_TEXT + 32];
    match_words(env->match, words, sizeof words);
    if (words[0])
        snprintf(out, cap, "Batches: %zu of the last %zu %.80s", p->list.count, v->history_count, words);
    else
        snprintf(out, cap, "Batches: the last %zu", v->history_count);
    const struct list *l = &p->figures;
    if (p->view == BATCHES_TIMELINES && l->count > l->page)
        snprintf(right, right_cap, "%zu-%zu of %zu [Down]  %s", l->top + 1, l->top + l->page, l->count,
                 next[p->view]);
    else
        snprintf(right, right_cap, "%s", next[p->view]);
}

/* The rows of the table; the cursor stays on its batch while others come. */
static void prepare_rows(struct batches_pane *p, const struct pane_env *env)
{
    const struct query_view *v = env->query;
    char text[512];
    size_t count = 0, held = p->list.selected;
    for (size_t i = 0; v && i < v->history_count; i++) {
        const struct batch_sample *s = batches_nth(v, i);
        if (env->match->kind != MATCH_ALL && !match_hit(env->match, batches_row_text(text, sizeof text, s)))
            continue;
        if (p->list.selected > 0 && s->batch_id >= p->selected_id)
            held = count;
        p->rows[count++] = i;
    }
    p->list.top += held > p->list.selected ? held - p->list.selected : 0;
    p->list.selected = held;
    int page = env->h - batches_head(env) - chart_lines(p, env) - 1;
    list_fit(&p->list, count, page > 0 ? (size_t)page : 1);
}

static const struct batch_sample *selected(const struct batches_pane *p, const struct query_view *v)
{
    return p->list.count ? batches_nth(v, p->rows[p->list.selected]) : NULL;
}

static void prepare(void *state, const struct pane_env *env)
{
    struct batches_pane *p = state;
    prepare_rows(p, env);
    size_t last = batches_last_column(env->w);
    p->first_column = p->first_column < last ? p->first_column : last;
    timelines_prepare(p, env);
    if (p->detail)
        batches_detail_prepare(p, env);
}

/* The batch before or after the one that is told in words. */
static void step(struct batches_pane *p, const struct query_view *v, int by)
{
    int64_t oldest = v->history[0].batch_id, newest = batches_nth(v, 0)->batch_id, id = p->selected_id + by;
    p->selected_id = id < oldest ? oldest : id > newest ? newest : id;
    p->list.selected = p->selected_id < newest; /* the row is found by the batch */
    p->lines.top = 0;
}

static unsigned act_detail(struct batches_pane *p, const struct query_view *v, enum action_id id)
{
    if (list_act(&p->lines, id))
        return REACT_DRAW;
    switch (id) {
    case ACT_LEFT: step(p, v, -1); return REACT_DRAW;
    case ACT_RIGHT: step(p, v, 1); return REACT_DRAW;
    case ACT_VIEW: p->detail = false; return REACT_DRAW;
    default: return REACT_NONE;
    }
}

static unsigned act(void *state, const struct pane_env *env, enum action_id id)
{
    struct batches_pane *p = state;
    const struct query_view *v = env->query;
    const struct batch_sample *now = v && v->history_count ? selected(p, v) : NULL;
    if (p->detail && v && v->history_count)
        return act_detail(p, v, id);
    if (list_act(p->view == BATCHES_TIMELINES ? &p->figures : &p->list, id)) {
        if (now)
            p->selected_id = selected(p, v)->batch_id;
        return REACT_DRAW;
    }
    switch (id) {
    case ACT_VIEW: p->view = (enum batches_view)((p->view + 1) % BATCHES_VIEWS); return REACT_DRAW;
    case ACT_LEFT: p->first_column -= p->view == BATCHES_TABLE && p->first_column > 0; return REACT_DRAW;
    case ACT_RIGHT: p->first_column += p->view == BATCHES_TABLE; return REACT_DRAW;
    case ACT_DETAIL:
        if (!now)
            return REACT_NONE;
        p->detail = true;
        p->lines.top = 0;
        p->selected_id = now->batch_id;
        return REACT_DRAW;
    default: return REACT_NONE;
    }
}

/* A click on a row puts the cursor there. */
static unsigned click(void *state, const struct pane_env *env, int y, int x)
{
    struct batches_pane *p = state;
    (void)x;
    int row = y - batches_head(env) - chart_lines(p, env) - 1;
    if (p->detail || p->view == BATCHES_TIMELINES || row < 0 || p->list.top + (size_t)row >= p->list.count)
        return REACT_NONE;
    list_select(&p->list, p->list.top + (size_t)row);
    p->selected_id = selected(p, env->query)->batch_id;
    return REACT_DRAW;
}

static bool back(void *state)
{
    struct batches_pane *p = state;
    bool was = p->detail;
    p->detail = false;
    return was;
}

extern const struct pane_ops pane_batches;
const struct pane_ops pane_batches = {
    .name = "batches",
    .help =
        "The last batches: rates, rows, duration, how far the watermark is behind the newest event, state; "
        "'late' rows were dropped, 'closed' state went because its window was over, which is normal. V "
        "changes between charts, timelines with histograms, and all columns; Enter tells one batch in words.",
    .explain = explain_batches,
    .room = {.place = PLACE_NONE, .min_h = 7, .wish_h = 12, .weight = 1, .rank = 5},
    .uses = {USES_LIST, ACT_VIEW, ACT_DETAIL, ACT_FILTER, ACT_LEFT, ACT_RIGHT},
    .state_size = sizeof(struct batches_pane),
    .title = title,
    .prepare = prepare,
    .draw = draw,
    .act = act,
    .click = click,
    .back = back,
    .dump = figures_of_batches,
    .figures = figures_of_batches,
};
