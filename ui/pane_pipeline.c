/* The way of a row through the query: the operators in their order, with what went in, what came out and what
 * each one dropped, in the last batch and in all. */
#include "ui/pane.h"

#include "base/text.h"
#include "ui/figures_csv.h"
#include "ui/words.h"

#include <stdio.h>
#include <string.h>

enum { STAGES_MOST = 10, ACROSS_STAGE_W = 15 };

struct stage {
    const char *name;
    int64_t in, out, dropped, dropped_all; /* dropped: UNKNOWN = it drops nothing by nature */
    const char *what;                      /* what it drops: "twice" */
};

struct pipeline {
    struct stage stage[STAGES_MOST];
    int stages;
};

static void title(const void *state, const struct pane_env *env, char *out, size_t cap, char *right,
                  size_t right_cap)
{
    (void)state;
    char n[40], span[40];
    const struct query_view *v = env->query;
    if (!v || v->progress.batch_id < 0) {
        snprintf(out, cap, "Pipeline");
        return;
    }
    snprintf(out, cap, "Pipeline: batch %s", text_count(n, sizeof n, v->progress.batch_id));
    snprintf(right, right_cap, "%s", words_span(span, sizeof span, v->progress.total_ms / 1000));
}

static void add(struct pipeline *p, const char *name, int64_t *rows, int64_t dropped, int64_t dropped_all,
                const char *what)
{
    struct stage *s = &p->stage[p->stages++];
    *s = (struct stage){
        .name = name, .in = *rows, .dropped = dropped, .dropped_all = dropped_all, .what = what};
    *rows -= dropped == UNKNOWN ? 0 : dropped;
    s->out = *rows;
}

static void prepare(void *state, const struct pane_env *env)
{
    struct pipeline *p = state;
    const struct query_view *v = env->query;
    p->stages = 0;
    if (!v || v->progress.batch_id < 0)
        return;
    const struct progress *g = &v->progress;
    int64_t rows = g->rows_in, bad = 0, bad_all = 0;
    for (int i = 0; i < BAD_REASON_COUNT; i++) {
        bad += g->rows_bad[i];
        bad_all += v->rows_bad[i];
    }
    add(p, "kafka", &rows, UNKNOWN, UNKNOWN, "");
    add(p, "parse", &rows, bad, bad_all, "bad");
    if (v->settings.join_codes)
        add(p, "join codes", &rows, UNKNOWN, UNKNOWN, "");
    if (v->settings.distinct != DISTINCT_OFF)
        add(p, "distinct", &rows, g->rows_duplicate, v->rows_duplicate, "twice");
    add(p, "watermark", &rows, g->rows_late, v->rows_late, "late");
    add(p, "drop nulls", &rows, g->rows_null, v->rows_null, "null");
    add(p, v->settings.window_ms ? "window+count" : "count", &rows, UNKNOWN, UNKNOWN, "");
    /* From here on it is groups, not rows. */
    struct stage *last = &p->stage[p->stages - 1];
    last->out = g->state_count ? g->state[0].rows_updated : UNKNOWN;
    last->what = "groups changed";
}

static void draw_across(const struct pipeline *p, const struct pane_env *env, const struct canvas *c)
{
    char text[80], n[40];
    int w = c->r.w / (p->stages + 1);
    for (int i = 0; i <= p->stages; i++) {
        int x = 1 + i * w;
        const struct stage *s = i < p->stages ? &p->stage[i] : NULL;
        draw_cell(c, 0, x, w - 5, LEFT, ST_VALUE, s ? s->name : "table");
        if (!s) {
            (void)draw_fmt(c, 1, x, ST_TEXT, "%s rows",
                           text_count(n, sizeof n, (long long)env->query->groups_count));
            continue;
        }
        int name_w = text_width(s->name);
        snprintf(text, sizeof text, "%s%s", text_count(n, sizeof n, s->out), GLYPH(c, "→", ">"));
        int out_w = text_width(text), line = w - name_w - out_w - 2;
        int at = x + name_w + 1;
        for (int k = 0; k < line; k++)
            at += draw_text(c, 0, at, ST_DIM, GLYPH(c, "─", "-"));
        (void)draw_text(c, 0, at, ST_ACCENT, text);
        if (s->dropped == UNKNOWN && !s->what[0])
            continue;
        if (s->dropped == UNKNOWN) {
            draw_cell(c, 1, x, w - 1, LEFT, ST_DIM, s->what);
            continue;
        }
        snprintf(text, sizeof text, "%s %s", text_count(n, sizeof n, s->dropped), s->what);
        draw_cell(c, 1, x, w - 1, LEFT, s->dropped ? ST_WARN : ST_DIM, text);
        snprintf(text, sizeof text, "%s in all", text_count(n, sizeof n, s->dropped_all));
        draw_cell(c, 2, x, w - 1, LEFT, ST_DIM, text);
    }
}

static void draw_down(const struct pipeline *p, const struct pane_env *env, const struct canvas *c)
{
    enum { NAME_W = 15, ROWS_W = 10 };
    char text[80], n[40], all[40];
    int y = 0;
    draw_fill_line(c, y, ST_HEAD);
    draw_cell(c, y, 1, NAME_W, LEFT, ST_HEAD, "operator");
    draw_cell(c, y, 1 + NAME_W, ROWS_W, RIGHT, ST_HEAD, "out");
    draw_cell(c, y, 3 + NAME_W + ROWS_W, c->r.w - NAME_W - ROWS_W - 3, LEFT, ST_HEAD, "dropped (in all)");
    for (int i = 0; i < p->stages && ++y < c->r.h; i++) {
        const struct stage *s = &p->stage[i];
        int x = 1 + draw_text(c, y, 1, ST_DIM, i ? GLYPH(c, "↓", "v") : " ");
        draw_cell(c, y, x + 1, NAME_W - 2, LEFT, ST_TEXT, s->name);
        draw_cell(c, y, 1 + NAME_W, ROWS_W, RIGHT, ST_VALUE, text_count(n, sizeof n, s->out));
        if (s->dropped != UNKNOWN)
            snprintf(text, sizeof text, "%s %s (%s)", text_count(n, sizeof n, s->dropped), s->what,
                     text_count(all, sizeof all, s->dropped_all));
        else
            snprintf(text, sizeof text, "%s", s->what);
        draw_cell(c, y, 3 + NAME_W + ROWS_W, c->r.w - NAME_W - ROWS_W - 3, LEFT,
                  s->dropped > 0 ? ST_WARN : ST_DIM, text);
    }
    if (++y < c->r.h)
        (void)draw_fmt(c, y, 3, ST_TEXT, "table: %s rows",
                       text_count(n, sizeof n, (long long)env->query->groups_count));
}

static void draw(const void *state, const struct pane_env *env, const struct canvas *c)
{
    const struct pipeline *p = state;
    if (!p->stages)
        draw_lines(c, 0, 1, ST_DIM, "No batch has ended yet.");
    else if (c->r.w >= ACROSS_STAGE_W * (p->stages + 1) && c->r.h <= p->stages + 1)
        draw_across(p, env, c);
    else
        draw_down(p, env, c);
}

extern const struct pane_ops pane_pipeline;
const struct pane_ops pane_pipeline = {
    .name = "pipeline",
    .help =
        "The operators of the query in their order: rows that came out of each in the last batch, and what "
        "it dropped.",
    .explain = explain_pipeline,
    .room = {.place = PLACE_NONE, .min_h = 5, .wish_h = 5, .rank = 7},
    .state_size = sizeof(struct pipeline),
    .title = title,
    .prepare = prepare,
    .draw = draw,
    .figures = figures_of_operators,
};
