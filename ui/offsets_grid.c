#include "ui/offsets_grid.h"

#include "base/text.h"
#include "ui/words.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum { CELL = 40, EACH_MOST = 4 /* blanks that a column may get to spread them */ };

/* What a column is called where there is room, and where not; in which order they leave: the highest first,
 * 0 stays. */
static const struct {
    const char *head, *brief;
    int leaves;
    bool spreads;
} columns[OFFSETS_COLUMNS] = {
    [COLUMN_ID] = {"partition", "p", 0, false},
    [COLUMN_LEADER] = {"leader", "lead", 1, false},
    [COLUMN_IN_SYNC] = {"in sync", "in sync", 7, true},
    [COLUMN_FIRST] = {"first kept", "first", 9, true},
    [COLUMN_START] = {"batch start", "start", 3, true},
    [COLUMN_END] = {"batch end", "end", 2, true},
    [COLUMN_LATEST] = {"latest", "latest", 0, true},
    [COLUMN_LAG] = {"lag", "lag", 0, true},
    [COLUMN_TREND] = {"lag trend/s", "trend/s", 5, true},
    [COLUMN_GONE] = {"gone in", "gone in", 6, true},
    [COLUMN_INPUT] = {"written/s", "in/s", 8, true},
    [COLUMN_IDLE] = {"idle for", "idle for", 10, true},
    [COLUMN_COMMITTED] = {"committed", "commit", 11, true},
    [COLUMN_ASKED] = {"asked", "asked", 4, true},
};

/* One line: a partition, or all of them together (p == NULL). */
struct line {
    const struct partition_view *p;
    struct lag_row f;
    double trend, gone_s, input;
};

double offsets_input(const struct cluster_view *cl)
{
    double sum = cl->partitions_count ? 0 : NAN;
    for (size_t i = 0; i < cl->partitions_count; i++)
        sum += cl->partitions[i].input_per_s;
    return sum;
}

/* More than about a second's worth is waiting: less is what every batch leaves while it runs. */
static bool lags(const struct line *l)
{
    return l->f.lag > 0 && !((double)l->f.lag <= l->input + 1);
}

static void trend_cell(char out[CELL], double trend, bool ascii)
{
    char n[CELL];
    if (isnan(trend))
        snprintf(out, CELL, "-");
    else if (fabs(trend) < 0.5)
        snprintf(out, CELL, "%s", ascii ? "= 0" : "→ 0");
    else
        snprintf(out, CELL, "%s %s", trend > 0 ? (ascii ? "^" : "↑") : (ascii ? "v" : "↓"),
                 text_rate(n, sizeof n, fabs(trend)));
}

static enum style offset_cell(char out[CELL], int64_t n)
{
    text_count(out, CELL, n);
    return ST_TEXT;
}

/* Columns that only a single partition has; "" in the totals. */
static enum style partition_cell(char out[CELL], enum offsets_column column, const struct pane_env *env,
                                 const struct partition_view *p)
{
    switch (column) {
    case COLUMN_ID: snprintf(out, CELL, "%d", (int)p->id); break;
    case COLUMN_LEADER:
        snprintf(out, CELL, p->leader < 0 ? "none" : "%d", (int)p->leader);
        return p->leader < 0 ? ST_BAD : ST_TEXT;
    case COLUMN_IN_SYNC:
        snprintf(out, CELL, "%d/%d", p->in_sync, p->replicas);
        return p->in_sync < p->replicas ? ST_WARN : ST_TEXT;
    case COLUMN_FIRST: return offset_cell(out, p->low);
    case COLUMN_COMMITTED: return offset_cell(out, p->committed);
    case COLUMN_IDLE:
        if (p->idle_since_ms != UNKNOWN)
            words_since(out, CELL, p->idle_since_ms, env->still_ms);
        return ST_DIM;
    case COLUMN_ASKED: {
        char span[CELL];
        bool known = p->asked_mono_ms != UNKNOWN;
        snprintf(out, CELL, known ? "%s ago" : "-",
                 words_since(span, sizeof span, p->asked_mono_ms, env->still_ms));
        return known && env->still_ms - p->asked_mono_ms > OFFSETS_OLD_MS ? ST_WARN : ST_DIM;
    }
    default: break;
    }
    return ST_TEXT;
}

static enum style cell(char out[CELL], enum offsets_column column, const struct pane_env *env,
                       const struct line *l)
{
    out[0] = '\0';
    switch (column) {
    case COLUMN_START: return offset_cell(out, l->f.start);
    case COLUMN_END: return offset_cell(out, l->f.end);
    case COLUMN_LATEST: return offset_cell(out, l->f.latest);
    case COLUMN_LAG: (void)offset_cell(out, l->f.lag); return lags(l) ? ST_WARN : ST_TEXT;
    case COLUMN_TREND:
        /* A lag that is gone does not shrink any more, whatever the last seconds' line says. */
        trend_cell(out, l->f.lag == 0 && l->trend < 0 ? 0 : l->trend, env->ascii);
        return l->trend > 0.5 && lags(l) ? ST_WARN : ST_TEXT;
    case COLUMN_GONE:
        if (l->f.lag == 0)
            snprintf(out, CELL, "now");
        else
            words_span(out, CELL, l->gone_s);
        return ST_TEXT;
    case COLUMN_INPUT:
        if (l->p && l->p->idle_since_ms != UNKNOWN)
            snprintf(out, CELL, "idle");
        else
            text_rate(out, CELL, l->input);
        return ST_TEXT;
    default: break;
    }
    if (l->p)
        return partition_cell(out, column, env, l->p);
    if (column == COLUMN_ID)
        snprintf(out, CELL, "all");
    return ST_TEXT;
}

/* ---- widths ---- */

static int digits(int64_t n)
{
    char text[24];
    return snprintf(text, sizeof text, "%lld", (long long)n);
}

static int least_width(const struct offsets_grid *g, enum offsets_column column)
{
    const struct cluster_view *cl = g->env->cluster;
    char text[CELL];
    int w = 0;
    switch (column) {
    case COLUMN_ID:
        w = 3;
        for (size_t i = 0; i < cl->partitions_count; i++)
            w = digits(cl->partitions[i].id) > w ? digits(cl->partitions[i].id) : w;
        break;
    case COLUMN_LEADER:
        w = 4;
        for (size_t i = 0; i < cl->partitions_count; i++)
            w = digits(cl->partitions[i].leader) > w ? digits(cl->partitions[i].leader) : w;
        break;
    case COLUMN_LAG: w = text_width(text_count(text, sizeof text, g->sum.lag)); break;
    case COLUMN_IN_SYNC: w = 3; break;
    case COLUMN_TREND: w = 7; break;
    case COLUMN_INPUT: w = 5; break;
    case COLUMN_GONE:
    case COLUMN_IDLE: w = 10; break;
    case COLUMN_ASKED: w = 8; break;
    default: w = text_width(text_count(text, sizeof text, g->sum.latest)); break;
    }
    int head = (int)strlen(g->long_heads ? columns[column].head : columns[column].brief);
    /* A blank before every column; of left-aligned ones behind them too. */
    return 1 + (w > head ? w : head);
}

static bool is_old(const struct pane_env *env)
{
    for (size_t i = 0; i < env->cluster->partitions_count; i++) {
        int64_t asked_ms = env->cluster->partitions[i].asked_mono_ms;
        if (asked_ms != UNKNOWN && env->still_ms - asked_ms > OFFSETS_OLD_MS)
            return true;
    }
    return false;
}

/* All columns as wide as they must be; returns the sum. */
static int measure(struct offsets_grid *g)
{
    int used = 1;
    for (int i = 0; i < OFFSETS_COLUMNS; i++) {
        g->width[i] = least_width(g, (enum offsets_column)i);
        if (i == COLUMN_ASKED && !is_old(g->env))
            g->width[i] = 0;
        used += g->width[i];
    }
    return used;
}

static int leave_out(struct offsets_grid *g, int used, int w)
{
    while (used > w) {
        int worst = 0;
        for (int i = 1; i < OFFSETS_COLUMNS; i++)
            if (g->width[i] && columns[i].leaves > columns[worst].leaves)
                worst = i;
        if (columns[worst].leaves == 0)
            break;
        used -= g->width[worst];
        g->width[worst] = 0;
    }
    return used;
}

void offsets_grid_choose(struct offsets_grid *g, const struct pane_env *env, int w)
{
    *g = (struct offsets_grid){.env = env, .long_heads = true};
    lag_sum(&g->sum, env->query, env->cluster);
    int used = measure(g), spread = 0;
    if (used > w) {
        g->long_heads = false;
        used = leave_out(g, measure(g), w);
    }
    for (int i = 0; i < OFFSETS_COLUMNS; i++)
        spread += g->width[i] && columns[i].spreads;
    int each = spread && w > used ? (w - used) / spread : 0;
    for (int i = 0; i < OFFSETS_COLUMNS; i++)
        if (g->width[i] && columns[i].spreads)
            g->width[i] += each > EACH_MOST ? EACH_MOST : each;
}

/* ---- drawing ---- */

static void put(const struct offsets_grid *g, const struct canvas *c, int y, int x,
                enum offsets_column column, enum style style, const char *text)
{
    bool left = column == COLUMN_ID || column == COLUMN_LEADER;
    if (left)
        draw_cell(c, y, x, g->width[column] - 1, LEFT, style, text);
    else
        draw_cell(c, y, x - 1, g->width[column], RIGHT, style, text);
}

void offsets_grid_heading(const struct offsets_grid *g, const struct canvas *c, int y)
{
    int x = 1;
    draw_fill_line(c, y, ST_HEAD);
    for (int i = 0; i < OFFSETS_COLUMNS; x += g->width[i], i++)
        if (g->width[i])
            put(g, c, y, x, (enum offsets_column)i, ST_HEAD,
                g->long_heads ? columns[i].head : columns[i].brief);
}

static void draw_line(const struct offsets_grid *g, const struct canvas *c, int y, const struct line *l)
{
    char text[CELL];
    int x = 1;
    for (int i = 0; i < OFFSETS_COLUMNS; x += g->width[i], i++) {
        if (!g->width[i])
            continue;
        enum style style = cell(text, (enum offsets_column)i, g->env, l);
        if (!l->p && style == ST_TEXT)
            style = i == COLUMN_ID ? ST_DIM : ST_VALUE;
        put(g, c, y, x, (enum offsets_column)i, style, text);
    }
}

void offsets_grid_partition(const struct offsets_grid *g, const struct canvas *c, int y,
                            const struct partition_view *p)
{
    struct line l = {.p = p, .trend = p->lag_trend_per_s, .gone_s = p->catch_up_s, .input = p->input_per_s};
    lag_row(&l.f, g->env->query, p);
    draw_line(g, c, y, &l);
}

void offsets_grid_totals(const struct offsets_grid *g, const struct canvas *c, int y)
{
    const struct cluster_view *cl = g->env->cluster;
    struct line l = {
        .f = g->sum, .trend = cl->lag_trend_per_s, .gone_s = cl->catch_up_s, .input = offsets_input(cl)};
    draw_line(g, c, y, &l);
}

/* ---- consumer groups ---- */

enum { STATE_W = 20, MEMBERS_W = 9, COMMITTED_W = 13, LAG_W = 11, NAME_LEAST_W = 12 };

/* Which of a group's columns there is room for. */
struct group_columns {
    int name, state, members, committed;
};

static struct group_columns group_columns(const struct cluster_view *cl, int w)
{
    struct group_columns k = {.name = NAME_LEAST_W};
    for (size_t i = 0; i < cl->groups_count; i++) {
        int need = text_width(cl->groups[i].name) + (cl->groups[i].ours ? 7 : 0);
        k.name = need > k.name ? need : k.name;
    }
    int most = w - 2 - LAG_W;
    if (k.name > most)
        k.name = most > NAME_LEAST_W ? most : NAME_LEAST_W;
    int left = w - 2 - k.name - LAG_W;
    if (left >= MEMBERS_W)
        left -= k.members = MEMBERS_W;
    if (left >= STATE_W)
        left -= k.state = STATE_W;
    if (left >= COMMITTED_W)
        k.committed = COMMITTED_W;
    return k;
}

static void draw_group(const struct canvas *c, int y, const struct group_columns *k,
                       const struct group_view *g, size_t partitions)
{
    char text[CELL], name[100];
    int x = 1;
    snprintf(name, sizeof name, "%s%s", g->name, g->ours ? " (ours)" : "");
    draw_cell(c, y, x, k->name, LEFT, g->ours ? ST_ACCENT : ST_TEXT, name);
    x += k->name;
    if (k->state)
        draw_cell(c, y, x + 2, k->state - 2, LEFT, ST_TEXT, g->state[0] ? g->state : "-");
    x += k->state;
    text_count(text, sizeof text, g->members < 0 ? UNKNOWN : g->members);
    draw_cell(c, y, x, k->members, RIGHT, ST_TEXT, text);
    x += k->members;
    snprintf(text, sizeof text, "%d of %zu", g->committed_in, partitions);
    draw_cell(c, y, x, k->committed, RIGHT, ST_TEXT, text);
    x += k->committed;
    draw_cell(c, y, x, LAG_W, RIGHT, g->lag > 0 ? ST_WARN : ST_TEXT, text_count(text, sizeof text, g->lag));
}

int offsets_groups_draw(const struct pane_env *env, const struct canvas *c, int y, const size_t *shown,
                        size_t count, size_t top)
{
    const struct cluster_view *cl = env->cluster;
    struct group_columns k = group_columns(cl, c->r.w);
    draw_fill_line(c, y, ST_HEAD);
    int x = 1;
    draw_cell(c, y, x, k.name, LEFT, ST_HEAD, "consumer group");
    x += k.name;
    if (k.state)
        draw_cell(c, y, x + 2, k.state - 2, LEFT, ST_HEAD, "state");
    x += k.state;
    draw_cell(c, y, x, k.members, RIGHT, ST_HEAD, "members");
    x += k.members;
    draw_cell(c, y, x, k.committed, RIGHT, ST_HEAD, "partitions");
    x += k.committed;
    draw_cell(c, y, x, LAG_W, RIGHT, ST_HEAD, "lag");
    y++;
    for (size_t i = top; i < count && y < c->r.h; i++, y++)
        draw_group(c, y, &k, &cl->groups[shown[i]], cl->partitions_count);
    if (y >= c->r.h)
        return y;
    if (cl->groups_why[0])
        return draw_lines(c, y, 1, ST_DIM, cl->groups_why);
    if (!cl->groups_count)
        return draw_lines(c, y, 1, ST_DIM, "No group has committed offsets of this topic yet.");
    return y;
}
