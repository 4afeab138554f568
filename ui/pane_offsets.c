/* Offsets and lag by partition: where the last batch began and ended, where the topic ends now, and the
 * difference. */
#include "ui/pane.h"

#include "base/text.h"
#include "ui/figures_csv.h"
#include "ui/lag.h"
#include "ui/list.h"
#include "ui/words.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum { OLD_MS = 2000 /* a figure older than this says its age */ };

struct offsets {
    struct list list;
};

static void title(const void *state, const struct pane_env *env, char *out, size_t cap, char *right,
                  size_t right_cap)
{
    (void)state;
    snprintf(out, cap, "Offsets and lag");
    if (env->cluster && env->w >= 50)
        snprintf(right, right_cap, "%.60s", env->cluster->topic);
}

/* The foot has the totals and the trend; it stays while the partitions scroll. */
static int foot_lines(const struct pane_env *env)
{
    return env->h >= 4 ? 2 : 0;
}

static void prepare(void *state, const struct pane_env *env)
{
    struct offsets *o = state;
    int page = env->h - 1 - foot_lines(env);
    o->list.pager = true;
    list_fit(&o->list, env->cluster ? env->cluster->partitions_count : 0, page > 0 ? (size_t)page : 1);
}

/* Columns: partition and leader, then the figures, each as wide as the largest number in it and evenly
 * spread. Where there is no room for all, what tells least is left out: first the batch's start, then its
 * end. */
enum figure { START, END, LATEST, LAG, IN_SYNC, FIRST, COMMITTED, FIGURES };
struct grid {
    int id, leader;
    int width[FIGURES]; /* 0 = left out */
};

static const char *const headings[FIGURES] = {
    [START] = "start",     [END] = "end",     [LATEST] = "latest",    [LAG] = "lag",
    [IN_SYNC] = "in sync", [FIRST] = "first", [COMMITTED] = "commit",
};

static int figure_width(enum figure f, int64_t largest)
{
    char text[40];
    int w = text_width(text_count(text, sizeof text, largest)), head = (int)strlen(headings[f]);
    return 1 + (w > head ? w : head);
}

static int digits(int64_t n)
{
    char text[24];
    return snprintf(text, sizeof text, "%lld", (long long)n);
}

/* Every column has a blank on its left, whatever the figures. */
static struct grid grid_of(int w, const struct lag_row *sum, const struct cluster_view *c, bool more)
{
    struct grid g = {.id = 4, .leader = 5};
    for (size_t i = 0; i < c->partitions_count; i++) {
        const struct partition_view *p = &c->partitions[i];
        g.id = 2 + digits(p->id) > g.id ? 2 + digits(p->id) : g.id;
        g.leader = 1 + digits(p->leader) > g.leader ? 1 + digits(p->leader) : g.leader;
    }
    int shown = 0, used = g.id + g.leader + 1;
    for (int f = 0; f < FIGURES; f++) {
        if (f > LAG && !more)
            break;
        g.width[f] = figure_width((enum figure)f, f == LAG ? sum->lag : f == IN_SYNC ? 0 : sum->latest);
        used += g.width[f];
        shown++;
    }
    for (int f = START; f <= END && used > w; f++) {
        used -= g.width[f];
        g.width[f] = 0;
        shown--;
    }
    int each = shown && w > used ? (w - used) / shown : 0;
    for (int f = 0; f < FIGURES; f++)
        if (g.width[f])
            g.width[f] += each > 5 ? 5 : each;
    return g;
}

static void draw_figures(const struct canvas *c, const struct grid *g, int y, enum style style,
                         const struct lag_row *r, const struct partition_view *p)
{
    char text[40];
    int x = g->id + g->leader;
    const int64_t figures[FIGURES] = {[START] = r->start,
                                      [END] = r->end,
                                      [LATEST] = r->latest,
                                      [LAG] = r->lag,
                                      [FIRST] = p ? p->low : UNKNOWN,
                                      [COMMITTED] = p ? p->committed : UNKNOWN};
    for (int f = 0; f < (p ? FIGURES : IN_SYNC); f++) {
        enum style look = f == LAG && r->lag > 0 ? ST_WARN : style;
        text_count(text, sizeof text, figures[f]);
        if (f == IN_SYNC) {
            snprintf(text, sizeof text, "%d/%d", p->in_sync, p->replicas);
            look = p->in_sync < p->replicas ? ST_WARN : style;
        }
        draw_cell(c, y, x, g->width[f], RIGHT, look, text);
        x += g->width[f];
    }
}

static void draw_heading(const struct canvas *c, const struct grid *g)
{
    int x = g->id + g->leader;
    draw_fill_line(c, 0, ST_HEAD);
    draw_cell(c, 0, 1, g->id - 1, LEFT, ST_HEAD, "p");
    draw_cell(c, 0, g->id, g->leader, LEFT, ST_HEAD, "lead");
    for (int f = 0; f < FIGURES; f++) {
        draw_cell(c, 0, x, g->width[f], RIGHT, ST_HEAD, headings[f]);
        x += g->width[f];
    }
}

static void draw_partition(const struct pane_env *env, const struct canvas *c, const struct grid *g, int y,
                           const struct partition_view *p)
{
    char text[40];
    struct lag_row f;
    lag_row(&f, env->query, p);
    snprintf(text, sizeof text, "%d", p->id);
    draw_cell(c, y, 1, g->id - 1, LEFT, ST_TEXT, text);
    if (p->leader < 0)
        snprintf(text, sizeof text, "none");
    else
        snprintf(text, sizeof text, "%d", p->leader);
    draw_cell(c, y, g->id, g->leader, LEFT, p->leader < 0 ? ST_BAD : ST_TEXT, text);
    draw_figures(c, g, y, ST_TEXT, &f, p);
}

static void draw_foot(const struct pane_env *env, const struct canvas *c, const struct grid *g,
                      const struct lag_row *sum, int y)
{
    const struct cluster_view *cl = env->cluster;
    int64_t oldest = INT64_MAX;
    char spark[CHART_TEXT], text[80], rate[32];
    for (size_t i = 0; i < cl->partitions_count; i++)
        if (cl->partitions[i].asked_mono_ms < oldest)
            oldest = cl->partitions[i].asked_mono_ms;
    draw_cell(c, y, 1, g->id + g->leader - 1, LEFT, ST_DIM, "all");
    draw_figures(c, g, y, ST_VALUE, sum, NULL);
    int x = 1 + draw_text(c, y + 1, 1, ST_DIM, "lag ");
    int chart = c->r.w > 60 ? 30 : 12;
    x += draw_text(c, y + 1, x, ST_GRAPH,
                   chart_spark(spark, chart, cl->lag_history, cl->lag_history_count, 1, env->ascii));
    double trend = cl->lag_trend_per_s;
    if (sum->lag == 0)
        snprintf(text, sizeof text, " caught up");
    else if (isnan(trend))
        snprintf(text, sizeof text, " trend -");
    else if (trend < -0.05)
        snprintf(text, sizeof text, " %s gone in %s", GLYPH(c, "↓", "v"),
                 words_span(rate, sizeof rate, cl->catch_up_s));
    else if (trend > 0.05)
        snprintf(text, sizeof text, " %s +%s/s", GLYPH(c, "↑", "^"), text_rate(rate, sizeof rate, trend));
    else
        snprintf(text, sizeof text, " %s steady", GLYPH(c, "→", "="));
    x += draw_text(c, y + 1, x, trend > 0.05 ? ST_WARN : ST_TEXT, text);
    if (oldest != INT64_MAX && oldest > 0 && env->still_ms - oldest > OLD_MS)
        (void)draw_fmt(c, y + 1, x + 1, ST_WARN, "%s old",
                       words_span(text, sizeof text, floor((double)(env->still_ms - oldest) / 1000)));
}

static void draw(const void *state, const struct pane_env *env, const struct canvas *c)
{
    const struct offsets *o = state;
    const struct cluster_view *cl = env->cluster;
    if (!cl || !cl->partitions_count) {
        draw_lines(c, 0, 1, ST_DIM,
                   !cl              ? "No answer from the cluster yet."
                   : cl->message[0] ? cl->message
                                    : "The topic has no partitions yet.");
        return;
    }
    struct lag_row sum;
    lag_sum(&sum, env->query, cl);
    struct grid g = grid_of(c->r.w, &sum, cl, c->r.w >= 84);
    int y = 1, foot = c->r.h - foot_lines(env);
    draw_heading(c, &g);
    for (size_t i = o->list.top; i < cl->partitions_count && y < foot; i++, y++)
        draw_partition(env, c, &g, y, &cl->partitions[i]);
    if (foot < c->r.h)
        draw_foot(env, c, &g, &sum, y < foot ? y : foot);
    if (y + 2 < c->r.h && cl->message[0])
        draw_lines(c, y + 2, 1, ST_WARN, cl->message);
}

static int wish(const void *state, const struct pane_env *env)
{
    (void)state;
    return 3 + (env->cluster ? (int)env->cluster->partitions_count : 2);
}

static unsigned act(void *state, const struct pane_env *env, enum action_id id)
{
    (void)env;
    struct offsets *o = state;
    return list_act(&o->list, id) ? REACT_DRAW : REACT_NONE;
}

extern const struct pane_ops pane_offsets;
const struct pane_ops pane_offsets = {
    .name = "offsets",
    .help = "By partition: where the last batch began and ended, where the topic ends, and the lag between.",
    .explain = explain_offsets,
    .room = {.place = PLACE_SIDE, .min_h = 6, .wish_h = 7, .rank = 2},
    .uses = {USES_LIST},
    .state_size = sizeof(struct offsets),
    .wish = wish,
    .title = title,
    .prepare = prepare,
    .draw = draw,
    .figures = figures_of_lag,
    .act = act,
};
