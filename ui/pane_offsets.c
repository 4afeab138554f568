/* Offsets and lag by partition: where the last batch began and ended, where the topic ends now, the
 * difference and how it moves; and which consumer groups read the topic. */
#include "ui/pane.h"

#include "base/text.h"
#include "ui/figures_csv.h"
#include "ui/list.h"
#include "ui/offsets_grid.h"
#include "ui/words.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { GROUP_LINES = 3 /* room for less is not worth a heading */ };
enum order { BY_ID, BY_LAG, BY_INPUT, ORDERS };
static const char *const order_names[ORDERS] = {"", "by lag", "by input"};

struct offsets {
    struct list list;
    bool groups; /* the other view */
    enum order order;
    bool reverse;
    size_t shown[MAX_PARTITIONS]; /* of partitions or groups, in order, those that pass the filter */
    size_t count;
};

static void title(const void *state, const struct pane_env *env, char *out, size_t cap, char *right,
                  size_t right_cap)
{
    const struct offsets *o = state;
    char span[40];
    if (o->groups) {
        snprintf(out, cap, "Consumer groups");
        if (env->cluster && env->cluster->groups_asked_ms != UNKNOWN)
            snprintf(right, right_cap, "asked %s ago  [V] partitions",
                     words_since(span, sizeof span, env->cluster->groups_asked_ms, env->still_ms));
        return;
    }
    snprintf(out, cap, "Offsets and lag%s%s", o->order || o->reverse ? " " : "",
             o->order     ? order_names[o->order]
             : o->reverse ? "from the last partition"
                          : "");
    if (env->cluster && env->w >= 50)
        snprintf(right, right_cap, "%.60s  [V] groups", env->cluster->topic);
}

/* The foot has the totals and the trend; it stays while the partitions scroll. */
static int foot_lines(const struct pane_env *env)
{
    return env->h >= 4 ? 2 : 0;
}

/* ---- which lines, in which order ---- */

struct sort_key {
    size_t index;
    double by;
};

static int by_key(const void *a, const void *b)
{
    const struct sort_key *x = a, *y = b;
    if (x->by != y->by)
        return x->by < y->by ? -1 : 1;
    return x->index < y->index ? -1 : x->index > y->index;
}

static void list_partitions(struct offsets *o, const struct pane_env *env)
{
    const struct cluster_view *cl = env->cluster;
    struct sort_key keys[MAX_PARTITIONS];
    char text[80];
    o->count = 0;
    for (size_t i = 0; cl && i < cl->partitions_count && i < MAX_PARTITIONS; i++) {
        const struct partition_view *p = &cl->partitions[i];
        snprintf(text, sizeof text, "partition %d leader %d%s", (int)p->id, (int)p->leader,
                 p->idle_since_ms != UNKNOWN ? " idle" : "");
        if (!match_hit(env->match, text))
            continue;
        double by = o->order == BY_LAG     ? -(double)p->lag /* the largest first, the unknown last */
                    : o->order == BY_INPUT ? -(isnan(p->input_per_s) ? -1 : p->input_per_s)
                                           : (double)p->id;
        keys[o->count++] = (struct sort_key){i, o->reverse ? -by : by};
    }
    qsort(keys, o->count, sizeof *keys, by_key);
    for (size_t i = 0; i < o->count; i++)
        o->shown[i] = keys[i].index;
}

static size_t list_groups(size_t shown[MAX_GROUPS], const struct pane_env *env)
{
    const struct cluster_view *cl = env->cluster;
    char text[160];
    size_t count = 0;
    for (size_t i = 0; cl && i < cl->groups_count; i++) {
        snprintf(text, sizeof text, "%s %s", cl->groups[i].name, cl->groups[i].state);
        if (match_hit(env->match, text))
            shown[count++] = i;
    }
    return count;
}

static void prepare(void *state, const struct pane_env *env)
{
    struct offsets *o = state;
    int page = env->h - 1 - (o->groups ? 0 : foot_lines(env));
    if (o->groups)
        o->count = list_groups(o->shown, env);
    else
        list_partitions(o, env);
    o->list.pager = true;
    list_fit(&o->list, o->count, page > 0 ? (size_t)page : 1);
}

/* ---- drawing ---- */

static int draw_trend(const struct pane_env *env, const struct canvas *c, int64_t lag, int y, int x)
{
    const struct cluster_view *cl = env->cluster;
    double trend = cl->lag_trend_per_s;
    char text[120], rate[40], span[40];
    enum style style = ST_TEXT;
    if (lag == 0)
        snprintf(text, sizeof text, " caught up");
    else if (isnan(trend))
        snprintf(text, sizeof text, " trend -");
    else if (trend < -0.05)
        snprintf(text, sizeof text, " %s gone in %s", GLYPH(c, "↓", "v"),
                 words_span(rate, sizeof rate, cl->catch_up_s));
    else if (trend > 0.05) {
        snprintf(text, sizeof text, " %s +%s/s", GLYPH(c, "↑", "^"), text_rate(rate, sizeof rate, trend));
        style = cl->growing_since_ms != UNKNOWN ? ST_WARN : ST_TEXT;
    } else
        snprintf(text, sizeof text, " %s steady", GLYPH(c, "→", "="));
    x += draw_text(c, y, x, style, text);
    if (cl->growing_since_ms == UNKNOWN)
        return x;
    words_since(span, sizeof span, cl->growing_since_ms, env->still_ms);
    snprintf(text, sizeof text, ", growing for %s", span);
    if (x + text_width(text) > c->r.w)
        snprintf(text, sizeof text, " for %s", span);
    /* A span without its unit is no figure. */
    return x + text_width(text) <= c->r.w ? x + draw_text(c, y, x, ST_WARN, text) : x;
}

static void draw_foot(const struct pane_env *env, const struct canvas *c, const struct offsets_grid *g, int y)
{
    const struct cluster_view *cl = env->cluster;
    int64_t oldest = INT64_MAX;
    char spark[CHART_TEXT], text[80];
    for (size_t i = 0; i < cl->partitions_count; i++)
        if (cl->partitions[i].asked_mono_ms < oldest)
            oldest = cl->partitions[i].asked_mono_ms;
    offsets_grid_totals(g, c, y);
    int x = 1 + draw_text(c, y + 1, 1, ST_DIM, "lag ");
    int chart = c->r.w > 110 ? 60 : c->r.w > 60 ? 30 : 12;
    x += draw_text(c, y + 1, x, ST_GRAPH,
                   chart_spark(spark, chart, cl->lag_history, cl->lag_history_count, 1, env->ascii));
    x = draw_trend(env, c, g->sum.lag, y + 1, x);
    if (oldest != INT64_MAX && oldest > 0 && env->still_ms - oldest > OFFSETS_OLD_MS)
        (void)draw_fmt(c, y + 1, x + 1, ST_WARN, "%s old",
                       words_since(text, sizeof text, oldest, env->still_ms));
}

static void draw_partitions(const struct offsets *o, const struct pane_env *env, const struct canvas *c)
{
    const struct cluster_view *cl = env->cluster;
    struct offsets_grid g;
    size_t shown[MAX_GROUPS];
    char words[MATCH_TEXT + 16];
    offsets_grid_choose(&g, env, c->r.w);
    int y = 1, foot = c->r.h - foot_lines(env);
    offsets_grid_heading(&g, c, 0);
    for (size_t i = o->list.top; i < o->count && y < foot; i++, y++)
        offsets_grid_partition(&g, c, y, &cl->partitions[o->shown[i]]);
    if (!o->count && y < foot)
        (void)draw_fmt(c, y++, 1, ST_DIM, "No partition %s.", match_words(env->match, words, sizeof words));
    if (foot >= c->r.h)
        return;
    y = y < foot ? y : foot;
    draw_foot(env, c, &g, y);
    y += 2;
    if (y < c->r.h && cl->message[0])
        y = draw_lines(c, y, 1, ST_WARN, cl->message);
    if (c->r.h - y > GROUP_LINES)
        y++;
    struct pane_env all = *env;
    all.match = &match_all;
    if (c->r.h - y >= GROUP_LINES)
        (void)offsets_groups_draw(env, c, y, shown, list_groups(shown, &all), 0);
}

static void draw(const void *state, const struct pane_env *env, const struct canvas *c)
{
    const struct offsets *o = state;
    const struct cluster_view *cl = env->cluster;
    if (!cl || !cl->partitions_count)
        draw_lines(c, 0, 1, ST_DIM,
                   !cl              ? "No answer from the cluster yet."
                   : cl->message[0] ? cl->message
                                    : "The topic has no partitions yet.");
    else if (o->groups)
        (void)offsets_groups_draw(env, c, 0, o->shown, o->count, o->list.top);
    else
        draw_partitions(o, env, c);
}

/* Groups are worth lines of their own where there may be others than ours. */
static int wish(const void *state, const struct pane_env *env)
{
    const struct offsets *o = state;
    const struct cluster_view *cl = env->cluster;
    int partitions = cl ? (int)cl->partitions_count : 2, groups = cl ? (int)cl->groups_count : 0;
    if (o->groups)
        return 2 + groups;
    return 3 + partitions + (groups > 1 ? 2 + groups : 0);
}

static unsigned act(void *state, const struct pane_env *env, enum action_id id)
{
    (void)env;
    struct offsets *o = state;
    if (list_act(&o->list, id))
        return REACT_DRAW;
    switch (id) {
    case ACT_VIEW:
        o->groups = !o->groups;
        o->list.top = 0;
        return REACT_LAYOUT;
    case ACT_SORT:
        if (o->groups)
            return REACT_NONE;
        o->order = (o->order + 1) % ORDERS;
        o->reverse = false;
        break;
    case ACT_REVERSE:
        if (o->groups)
            return REACT_NONE;
        o->reverse = !o->reverse;
        break;
    default: return REACT_NONE;
    }
    o->list.top = 0;
    return REACT_DRAW;
}

extern const struct pane_ops pane_offsets;
const struct pane_ops pane_offsets = {
    .name = "offsets",
    .help =
        "By partition: where the last batch began and ended, where the topic ends, the lag between and how "
        "it moves; and the consumer groups that read the topic.",
    .explain = explain_offsets,
    .room = {.place = PLACE_SIDE, .min_h = 6, .wish_h = 7, .rank = 2},
    .uses = {USES_LIST, ACT_VIEW, ACT_SORT, ACT_REVERSE, ACT_FILTER},
    .state_size = sizeof(struct offsets),
    .wish = wish,
    .title = title,
    .prepare = prepare,
    .draw = draw,
    .figures = figures_of_lag,
    .act = act,
};
