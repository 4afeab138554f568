/* The batches pane's timelines: a chart of several lines for each figure, and beside it a histogram over the
 * same scale, as on Spark's statistics page: a bar says in how many batches the figure was at that height. */
#include "ui/batches.h"

#include "base/text.h"
#include "ui/phases.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum {
    TWO_ACROSS_W = 150,
    NARROW_W = 70,
    LABEL_W = 21,
    AXIS_W = 9,
    GAP_W = 2,
    COUNT_W = 4,
    ROWS_MOST = 8,
    LEGEND_CELL_W = 13
};

/* Where everything of a figure stands: its words, its scale, its chart, its histogram. */
struct geometry {
    int head; /* lines above the figures */
    int across, block_w;
    bool narrow; /* the words stand above the chart, not beside it */
    int label_w, chart_w, hist_w;
    int rows, each; /* lines of a chart; of a figure, with its words and the gap below */
    bool tall;      /* the pile of phases takes the room of two figures: of three lines little can be read */
    size_t down, page; /* slots of a figure each below one another; how many of them fit */
};

static void measure(struct geometry *g, const struct pane_env *env)
{
    *g = (struct geometry){.across = env->w >= TWO_ACROSS_W ? 2 : 1};
    g->block_w = (env->w - 1) / g->across;
    g->narrow = g->block_w < NARROW_W;
    g->label_w = g->narrow ? 0 : LABEL_W;
    g->hist_w = g->block_w < 30 ? 0 : g->narrow ? 10 : g->block_w < 100 ? 20 : 28;
    g->chart_w = g->block_w - g->label_w - AXIS_W - g->hist_w - 1;
    g->chart_w = g->chart_w < 1 ? 1 : g->chart_w;
    g->head = batches_head(env);
    g->head += env->h - g->head >= 8;
    int room = env->h - g->head, words = g->narrow ? 1 : 0, least = g->narrow ? 2 : 3;
    int figures = (int)batch_figures_count;
    g->tall = room / ((figures + g->across - 1) / g->across) < least + words ||
              room / ((figures + g->across) / g->across) >= least + words;
    g->down = (size_t)((figures + g->tall + g->across - 1) / g->across);
    int each = room / (int)g->down;
    if (each - words < least)
        each = least + words; /* not all fit: they scroll */
    else if (each - words > least)
        each -= 1; /* an empty line tells them apart */
    g->rows = each - words;
    g->rows = g->rows > ROWS_MOST ? ROWS_MOST : g->rows;
    if (g->rows + words > room)
        g->rows = room - words > 1 ? room - words : 1;
    g->each = g->rows + words + (room / (int)g->down > g->rows + words);
    g->page = room >= g->each ? (size_t)(room / g->each) : 1;
}

/* Which figure stands in a slot; batch_figures_count where none does. */
static size_t figure_in(const struct geometry *g, size_t slot)
{
    for (size_t i = 0; i < batch_figures_count; i++) {
        size_t slots = 1 + (g->tall && !batch_figures[i].of);
        if (slot < slots)
            return i;
        slot -= slots;
    }
    return batch_figures_count;
}

static double phases_sum(const struct batch_sample *s)
{
    double sum = 0;
    for (int i = 0; i < PHASE_COUNT; i++)
        sum += s->phase_ms[i] > 0 ? s->phase_ms[i] : 0;
    return sum;
}

/* The values of a figure that fit into its chart, oldest first; returns how many. */
static size_t values_of(double values[BATCH_HISTORY], const struct batch_figure *k,
                        const struct query_view *v, const struct geometry *g, enum chart_style style)
{
    size_t points = chart_points(g->chart_w, k->of ? style : CHART_BLOCKS);
    size_t n = v->history_count < points ? v->history_count : points;
    for (size_t i = 0; i < n; i++) {
        const struct batch_sample *s = &v->history[v->history_count - n + i];
        values[i] = k->of ? k->of(s) : phases_sum(s);
    }
    return n;
}

void timelines_prepare(struct batches_pane *p, const struct pane_env *env)
{
    struct geometry g;
    double values[BATCH_HISTORY];
    measure(&g, env);
    p->figures.pager = true;
    list_fit(&p->figures, g.down, g.page);
    for (size_t i = 0; env->query && i < batch_figures_count; i++) {
        const struct batch_figure *k = &batch_figures[i];
        size_t n = values_of(values, k, env->query, &g, env->charts);
        (void)chart_scale_fit(&p->scale[i], chart_most(values, n), k->least_top, k->scale);
    }
}

static void draw_words(const struct batch_figure *k, const struct geometry *g, const struct canvas *c, int y,
                       int x, double last, double most)
{
    char a[FIGURE_TEXT], b[FIGURE_TEXT], text[2 * FIGURE_TEXT + 16];
    if (g->narrow) {
        snprintf(text, sizeof text, "last %s max %s", batch_figure_short(a, k->unit, last),
                 batch_figure_text(b, k->unit, most));
        int w = text_width(text), room = g->block_w - 1;
        draw_cell(c, y, x, room, LEFT, ST_VALUE, k->label);
        if (w + text_width(k->label) < room)
            draw_cell(c, y, x + room - w, w, LEFT, ST_TEXT, text);
        return;
    }
    const int w = g->label_w - 1;
    draw_cell(c, y, x, w, LEFT, ST_VALUE, k->label);
    snprintf(text, sizeof text, "last %s", batch_figure_text(a, k->unit, last));
    if (g->rows > 1)
        draw_cell(c, y + 1, x, w, LEFT, ST_TEXT, text);
    snprintf(text, sizeof text, "max  %s", batch_figure_text(a, k->unit, most));
    if (g->rows > 2)
        draw_cell(c, y + 2, x, w, LEFT, ST_TEXT, text);
    if (g->rows > 3 && k->note)
        draw_cell(c, y + 3, x, w, LEFT, ST_DIM, k->note);
}

static void draw_histogram(const struct geometry *g, const struct canvas *c, int y, int x,
                           const double *values, size_t n, double top)
{
    size_t counts[ROWS_MOST];
    char bar[CHART_TEXT], count[FIGURE_TEXT];
    int room = g->hist_w - GAP_W - COUNT_W;
    size_t most = chart_histogram(counts, (size_t)g->rows, values, n, top);
    for (int r = 0; r < g->rows && room > 0; r++) {
        size_t in = counts[g->rows - 1 - r];
        if (!in)
            continue;
        int used = draw_text(c, y + r, x + GAP_W, ST_ACCENT,
                             chart_length(bar, room, (double)in / (double)most, c->ascii));
        draw_cell(c, y + r, x + GAP_W + used + 1, COUNT_W - 1, LEFT, ST_TEXT,
                  text_count(count, sizeof count, (long long)in));
    }
}

/* A column of letters a batch: from below the phases, each as high as it took long. */
static void draw_stack(const struct geometry *g, const struct query_view *v, const struct canvas *c, int y,
                       int x, size_t n, double top)
{
    for (size_t i = 0; i < n; i++) {
        const struct batch_sample *s = &v->history[v->history_count - n + i];
        for (int r = 0; r < g->rows; r++) {
            int part = chart_stack(s->phase_ms, PHASE_COUNT, top, r, g->rows);
            if (part < 0)
                continue;
            const char letter[2] = {phase_letter((enum phase)part), '\0'};
            (void)draw_text(c, y + r, x + g->chart_w - (int)n + (int)i, phase_style((enum phase)part),
                            letter);
        }
    }
}

/* What the letters mean, with what each took in the last batch. Where not all fit, those that took the most
 * of the shown batches. */
static void draw_legend(const struct geometry *g, const struct query_view *v, const struct canvas *c, int y,
                        int x, size_t n)
{
    static const enum phase usual[PHASE_COUNT] = {PHASE_ADD_BATCH,     PHASE_GET_BATCH,
                                                  PHASE_WAL_COMMIT,    PHASE_COMMIT_OFFSETS,
                                                  PHASE_LATEST_OFFSET, PHASE_QUERY_PLANNING};
    enum phase order[PHASE_COUNT];
    double sums[PHASE_COUNT] = {0};
    int across = (g->hist_w - GAP_W) / LEGEND_CELL_W;
    const struct batch_sample *last = batches_nth(v, 0);
    char ms[16], text[FIGURE_TEXT];
    across = across < 1 ? 1 : across;
    for (size_t i = 0; i < n; i++)
        for (int k = 0; k < PHASE_COUNT; k++)
            sums[k] += v->history[v->history_count - n + i].phase_ms[k];
    for (int i = 0; i < PHASE_COUNT; i++) {
        int at = i;
        for (; g->rows * across < PHASE_COUNT && at > 0 && sums[order[at - 1]] < sums[usual[i]]; at--)
            order[at] = order[at - 1];
        order[at] = usual[i];
    }
    for (int i = 0; i < PHASE_COUNT && g->hist_w > GAP_W && i / across < g->rows; i++) {
        enum phase k = order[i];
        double took = last->phase_ms[k];
        snprintf(ms, sizeof ms, took < 100 ? "%.1f" : "%.0f", took);
        snprintf(text, sizeof text, "%c %s %s", phase_letter(k), phase_word(k), ms);
        draw_cell(c, y + i / across, x + GAP_W + i % across * LEGEND_CELL_W, LEGEND_CELL_W - 1, LEFT,
                  phase_style(k), text);
    }
}

static void draw_figure(const struct batches_pane *p, size_t number, const struct geometry *g,
                        const struct pane_env *env, const struct canvas *c, int y, int x)
{
    const struct batch_figure *k = &batch_figures[number];
    double values[BATCH_HISTORY], top = p->scale[number].top, most;
    char text[FIGURE_TEXT], row[CHART_TEXT];
    size_t n = values_of(values, k, env->query, g, env->charts);
    most = chart_most(values, n);
    draw_words(k, g, c, y, x, n ? values[n - 1] : NAN, most);
    y += g->narrow;
    x += g->label_w;
    draw_cell(c, y, x, AXIS_W - 1, RIGHT, ST_DIM, batch_figure_short(text, k->unit, top));
    if (g->rows > 1)
        draw_cell(c, y + g->rows - 1, x, AXIS_W - 1, RIGHT, ST_DIM, "0");
    x += AXIS_W;
    if (isnan(most))
        draw_cell(c, y, x, g->chart_w, LEFT, ST_DIM,
                  k->unit == UNIT_SECONDS ? "no watermark yet" : "not known yet");
    else if (!k->of)
        draw_stack(g, env->query, c, y, x, n, top);
    else
        for (int r = 0; r < g->rows; r++)
            (void)draw_text(c, y + r, x, ST_GRAPH,
                            chart_row(row, r, g->rows, g->chart_w, values, n, top, CHART_AREA, env->charts));
    x += g->chart_w;
    if (!k->of)
        draw_legend(g, env->query, c, y, x, n);
    else
        draw_histogram(g, c, y, x, values, n, top);
}

static void draw_titles(const struct geometry *g, const struct canvas *c, int y)
{
    draw_fill_line(c, y, ST_HEAD);
    for (int i = 0; i < g->across; i++) {
        int x = 1 + i * g->block_w;
        draw_cell(c, y, x, g->label_w, LEFT, ST_HEAD, "figure");
        x += g->label_w + AXIS_W;
        draw_cell(c, y, x, g->chart_w, LEFT, ST_HEAD, g->narrow ? "timeline" : "timeline, newest right");
        draw_cell(c, y, x + g->chart_w + GAP_W, g->hist_w - GAP_W, LEFT, ST_HEAD,
                  g->narrow ? "batches" : "histogram: batches");
    }
}

void timelines_draw(const struct batches_pane *p, const struct pane_env *env, const struct canvas *c)
{
    struct geometry g;
    measure(&g, env);
    if (g.head > batches_head(env))
        draw_titles(&g, c, g.head - 1);
    for (int i = 0; i < g.across; i++)
        for (size_t row = 0, slots; row < g.page && p->figures.top + row < g.down; row += slots) {
            /* Down the left column first, then the right one. */
            size_t slot = p->figures.top + row + (size_t)i * g.down, number = figure_in(&g, slot);
            bool next = row + 1 < g.page && p->figures.top + row + 1 < g.down;
            slots = 1 + (next && number == figure_in(&g, slot + 1));
            struct geometry here = g;
            here.rows += (int)(slots - 1) * g.each;
            if (number < batch_figures_count)
                draw_figure(p, number, &here, env, c, g.head + (int)row * g.each, 1 + i * g.block_w);
        }
}
