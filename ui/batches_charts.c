/* The batches pane's small charts: a line each, with what the highest column stands for. */
#include "ui/batches.h"

#include <math.h>
#include <string.h>

enum { LABEL_W = 15, MOST_W = 11, WITH_WORD_W = 15, WORD_MIN_W = 60, TABLE_LEAST = 4, TWO_CHARTS_W = 92 };

/* The figures in the order of the lines: where there are few, what comes in, what is done, how long it takes,
 * and how far the watermark is behind. */
static const char *const order[] = {"input rows/s",  "processed/s",  "duration",   "watermark gap",
                                    "late rows",     "rows a batch", "state rows", "state closed",
                                    "state updated", "state memory"};
enum { LINES = sizeof order / sizeof *order };

static const struct batch_figure *lined(int n)
{
    size_t i = 0;
    while (i + 1 < batch_figures_count &&
           (!batch_figures[i].shorter || strcmp(batch_figures[i].shorter, order[n]) != 0))
        i++;
    return &batch_figures[i];
}

int batches_chart_lines(int h, int w)
{
    int across = w >= TWO_CHARTS_W ? 2 : 1, all = (LINES + across - 1) / across;
    int room = across == 2 ? h - TABLE_LEAST : (h - TABLE_LEAST + 1) * 2 / 3;
    return room < 0 ? 0 : room < all ? room : all;
}

static void draw_chart(const struct query_view *v, const struct batch_figure *k, const struct pane_env *env,
                       const struct canvas *c, int y, int x, int w)
{
    double values[BATCH_HISTORY] = {0};
    char text[FIGURE_TEXT], spark[CHART_TEXT];
    bool word = w >= WORD_MIN_W; /* "max 2 h 47 min" */
    int most_w = word ? WITH_WORD_W : MOST_W, room = w - LABEL_W - most_w - 1;
    size_t n = v->history_count, shown = room < 1 ? 0 : (size_t)room < n ? (size_t)room : n;
    for (size_t i = 0; i < n; i++)
        values[i] = k->of(&v->history[i]);
    /* The largest of those that can be seen: that is what the highest column stands for. */
    double most = chart_most(values + (n - shown), shown);
    draw_cell(c, y, x, LABEL_W, LEFT, ST_DIM, k->shorter);
    draw_cell(c, y, x + LABEL_W, most_w - 1, RIGHT, ST_TEXT, batch_figure_short(text, k->unit, most));
    if (word)
        (void)draw_text(c, y, x + LABEL_W, ST_DIM, "max");
    if (room > 0)
        (void)draw_text(
            c, y, x + LABEL_W + most_w, ST_GRAPH,
            chart_spark(spark, room, values, n, k->least_top, c->ascii || env->charts == CHART_ASCII));
}

void batches_draw_charts(const struct query_view *v, const struct pane_env *env, const struct canvas *c,
                         int y, int lines)
{
    bool two = c->r.w >= TWO_CHARTS_W;
    int w = two ? (c->r.w - 3) / 2 : c->r.w - 2;
    for (int i = 0; i < (two ? 2 * lines : lines) && i < LINES; i++)
        draw_chart(v, lined(i), env, c, y + (two ? i / 2 : i), two && i % 2 ? w + 2 : 1, w);
}
