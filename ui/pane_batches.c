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

static bool is_hit(const struct pane_env *env, size_t row)
{
    char text[BATCH_ROW_TEXT];
    return match_hit(env->match, batches_row_text(text, sizeof text, batches_nth(env->query, row)));
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
    if (env->filter[0]) {
        char words[MATCH_TEXT + 16];
        size_t hits = 0;
        for (size_t i = 0; i < v->history_count; i++)
            hits += is_hit(env, i);
        snprintf(out, cap, "Batches: %zu of %zu %s", hits, v->history_count,
                 match_words(env->match, words, sizeof words));
        snprintf(right, right_cap, "[.] next  [,] previous");
        return;
    }
    snprintf(out, cap, "Batches: the last %zu", v->history_count);
    const struct list *l = &p->figures;
    if (p->view == BATCHES_TIMELINES && l->count > l->page)
        snprintf(right, right_cap, "%zu-%zu of %zu [Down]  %s", l->top + 1, l->top + l->page, l->count,
                 next[p->view]);
    else
        snprintf(right, right_cap, "%s", next[p->view]);
}

/* The next older batch that has what is looked for, or the next newer one; round at the ends. */
static void to_hit(struct batches_pane *p, const struct pane_env *env, bool older)
{
    size_t n = env->query->history_count, row = p->list.selected;
    for (size_t i = 0; i < n; i++) {
        row = (row + (older ? 1 : n - 1)) % n;
        if (is_hit(env, row)) {
            list_select(&p->list, row);
            p->selected_id = batches_nth(env->query, row)->batch_id;
            return;
        }
    }
}

/* What is typed anew is gone to at once, from where the cursor stands. */
static void follow_search(struct batches_pane *p, const struct pane_env *env)
{
    if (!strcmp(p->searched, env->filter))
        return;
    snprintf(p->searched, sizeof p->searched, "%s", env->filter);
    if (env->match->kind != MATCH_ALL && env->query && env->query->history_count &&
        !is_hit(env, p->list.selected))
        to_hit(p, env, true);
}

static void prepare(void *state, const struct pane_env *env)
{
    struct batches_pane *p = state;
    const struct query_view *v = env->query;
    size_t n = v ? v->history_count : 0;
    int page = env->h - batches_head(env) - chart_lines(p, env) - 1;
    if (p->list.selected > 0 && n) {
        int64_t ago = batches_nth(v, 0)->batch_id - p->selected_id;
        size_t row = ago < 0 ? 0 : (size_t)ago < n ? (size_t)ago : n - 1;
        p->list.top += row > p->list.selected ? row - p->list.selected : 0;
        p->list.selected = row;
    }
    list_fit(&p->list, n, page > 0 ? (size_t)page : 1);
    follow_search(p, env);
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
    p->list.selected = (size_t)(newest - p->selected_id);
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
    bool any = v && v->history_count;
    if (p->detail && any)
        return act_detail(p, v, id);
    if (list_act(p->view == BATCHES_TIMELINES ? &p->figures : &p->list, id)) {
        if (any)
            p->selected_id = batches_nth(v, p->list.selected)->batch_id;
        return REACT_DRAW;
    }
    switch (id) {
    case ACT_VIEW: p->view = (enum batches_view)((p->view + 1) % BATCHES_VIEWS); return REACT_DRAW;
    case ACT_LEFT: p->first_column -= p->view == BATCHES_TABLE && p->first_column > 0; return REACT_DRAW;
    case ACT_RIGHT: p->first_column += p->view == BATCHES_TABLE; return REACT_DRAW;
    case ACT_MATCH_NEXT:
    case ACT_MATCH_PREVIOUS:
        if (any && p->view != BATCHES_TIMELINES)
            to_hit(p, env, id == ACT_MATCH_NEXT);
        return REACT_DRAW;
    case ACT_DETAIL:
        if (!any)
            return REACT_NONE;
        p->detail = true;
        p->lines.top = 0;
        p->selected_id = batches_nth(v, p->list.selected)->batch_id;
        return REACT_DRAW;
    default: return REACT_NONE;
    }
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
    .uses = {USES_LIST, ACT_VIEW, ACT_DETAIL, ACT_LEFT, ACT_RIGHT, ACT_FILTER, ACT_MATCH_NEXT,
             ACT_MATCH_PREVIOUS},
    .state_size = sizeof(struct batches_pane),
    .title = title,
    .prepare = prepare,
    .draw = draw,
    .act = act,
    .back = back,
    .dump = figures_of_batches,
    .figures = figures_of_batches,
};
