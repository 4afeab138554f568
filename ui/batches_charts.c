/* The batches pane's small charts: a line each, with what the highest column stands for. */
#include "ui/batches.h"

#include <math.h>

enum { LABEL_W = 15, MOST_W = 10, TABLE_LEAST = 4, TWO_CHARTS_W = 92 };

/* The figures that have a line, in the order of the lines. */
static size_t lined(const struct batch_figure *out[BATCH_FIGURES_MOST])
{
    size_t n = 0;
    for (size_t i = 0; i < batch_figures_count; i++)
        if (batch_figures[i].of)
            out[n++] = &batch_figures[i];
    return n;
}

int batches_chart_lines(int h, int w)
{
    const struct batch_figure *figures[BATCH_FIGURES_MOST];
    int n = (int)lined(figures), across = w >= TWO_CHARTS_W ? 2 : 1;
    int all = (n + across - 1) / across;
    int room = (h - TABLE_LEAST) / (across == 2 ? 1 : 2);
    return room < 0 ? 0 : room < all ? room : all;
}

static void draw_chart(const struct query_view *v, const struct batch_figure *k, const struct pane_env *env,
                       const struct canvas *c, int y, int x, int w)
{
    double values[BATCH_HISTORY] = {0};
    char text[FIGURE_TEXT], spark[CHART_TEXT];
    int room = w - LABEL_W - MOST_W - 1;
    size_t n = v->history_count, shown = room < 1 ? 0 : (size_t)room < n ? (size_t)room : n;
    for (size_t i = 0; i < n; i++)
        values[i] = k->of(&v->history[i]);
    /* The largest of those that can be seen: that is what the highest column stands for. */
    double most = chart_most(values + (n - shown), shown);
    draw_cell(c, y, x, LABEL_W, LEFT, ST_DIM, k->shorter);
    draw_cell(c, y, x + LABEL_W, MOST_W - 1, RIGHT, ST_TEXT, batch_figure_short(text, k->unit, most));
    if (room > 0)
        (void)draw_text(
            c, y, x + LABEL_W + MOST_W, ST_GRAPH,
            chart_spark(spark, room, values, n, k->least_top, c->ascii || env->charts == CHART_ASCII));
}

void batches_draw_charts(const struct query_view *v, const struct pane_env *env, const struct canvas *c,
                         int y, int lines)
{
    const struct batch_figure *figures[BATCH_FIGURES_MOST];
    int n = (int)lined(figures);
    bool two = c->r.w >= TWO_CHARTS_W;
    int w = two ? (c->r.w - 3) / 2 : c->r.w - 2;
    for (int i = 0; i < (two ? 2 * lines : lines) && i < n; i++)
        draw_chart(v, figures[i], env, c, y + (two ? i / 2 : i), two && i % 2 ? w + 2 : 1, w);
}
