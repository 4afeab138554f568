#include "ui/plan_rows.h"

#include "base/text.h"
#include "ui/words.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum { CELL = 48, ROWS_W = 12, TIME_W = 12, CHAIN_H = 5 };

size_t plan_rows(const struct pane_env *env)
{
    return env->spark ? env->spark->nodes : 0;
}

const char *plan_why_none(const struct pane_env *env)
{
    if (!env->spark)
        return "Spark has not been asked for its plan yet.";
    if (env->spark->plan_why[0])
        return env->spark->plan_why;
    return env->spark->driver.state == SPARK_ANSWERS
               ? "No batch has been planned yet."
               : "The plan is not known: Spark's driver does not answer.";
}

/* Rows that come from elsewhere than from the line above. */
static bool joins_elsewhere(const struct spark_view *s, size_t i)
{
    return i + 1 < s->nodes && s->node[i].feeds != (int)i + 1;
}

static void draw_node(const struct spark_view *s, size_t i, const struct canvas *c, int y)
{
    char name[200], rows[CELL], span[40];
    const struct spark_node *n = &s->node[i];
    int w = c->r.w - 2 - ROWS_W - TIME_W;
    const char *arrow = i == 0 ? " " : GLYPH(c, "↓", "v");
    if (joins_elsewhere(s, i) && n->feeds >= 0)
        snprintf(name, sizeof name, "%s (into %s)", n->name, s->node[n->feeds].name);
    else
        snprintf(name, sizeof name, "%s", n->name);
    (void)draw_text(c, y, 1, ST_DIM, arrow);
    draw_cell(c, y, 3, w - 2, LEFT, ST_VALUE, name);
    draw_cell(c, y, 1 + w, ROWS_W - 1, RIGHT, ST_TEXT, text_count(rows, sizeof rows, n->rows));
    draw_cell(c, y, 1 + w + ROWS_W, TIME_W - 1, RIGHT, ST_TEXT,
              words_span(span, sizeof span, isnan(n->time_ms) ? -1 : n->time_ms / 1000));
}

static void draw_chain(const struct spark_view *s, const struct canvas *c)
{
    struct strbuf b = {0};
    for (size_t i = 0; i < s->nodes; i++)
        strbuf_printf(&b, "%s%s", i ? GLYPH(c, " → ", " -> ") : "", s->node[i].name);
    (void)draw_lines(c, 0, 1, ST_TEXT, b.data ? b.data : "");
    strbuf_free(&b);
}

void plan_draw(const struct pane_env *env, const struct canvas *c, size_t top)
{
    const struct spark_view *s = env->spark;
    if (!plan_rows(env)) {
        (void)draw_lines(c, 0, 1, ST_DIM, plan_why_none(env));
        return;
    }
    if (c->r.h < CHAIN_H) {
        draw_chain(s, c);
        return;
    }
    int w = c->r.w - 2 - ROWS_W - TIME_W;
    draw_fill_line(c, 0, ST_HEAD);
    draw_cell(c, 0, 1, w, LEFT, ST_HEAD, "operator of Spark's plan");
    draw_cell(c, 0, 1 + w, ROWS_W - 1, RIGHT, ST_HEAD, "rows out");
    draw_cell(c, 0, 1 + w + ROWS_W, TIME_W - 1, RIGHT, ST_HEAD, "time");
    int y = 1;
    for (size_t i = top; i < s->nodes && y < c->r.h; i++, y++)
        draw_node(s, i, c, y);
}
