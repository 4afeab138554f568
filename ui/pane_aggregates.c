/* The result of the query: one row a type (or whatever it groups by) with its count, its share, what the last
 * batch added, and its trend over the last windows. */
#include "ui/pane.h"

#include "base/text.h"
#include "ui/figures_csv.h"
#include "ui/list.h"
#include "ui/rank.h"
#include "ui/table_csv.h"
#include "ui/type_detail.h"
#include "ui/words.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct aggregates {
    struct rank rank;
    struct list list;
    struct type_detail detail;
};

enum { NAME_ENOUGH = 36, NAME_SHORT = 24, BAR_LEAST = 10, BAR_MOST = 120 };

/* Columns, left to right, after the mark of the selected row. Width 0: left out. */
struct columns {
    int name, bar, count, share, delta, trend;
};

static void choose_columns(struct columns *k, int w, const struct pane_env *env, int64_t total)
{
    const struct query_view *v = env->query;
    bool wide = w >= 56;
    char digits[40];
    int need = text_width(text_count(digits, sizeof digits, total));
    memset(k, 0, sizeof *k);
    k->count = wide ? 11 : 7;
    if (need + 1 > k->count)
        k->count = need + 1;
    /* For an audience a name, a bar and a count are enough, and what has just come. */
    k->share = w < 22 || env->spacious ? 0 : wide ? 7 : 4;
    k->delta = w < 28 ? 0 : wide ? 8 : 6;
    int rest = w - 1 - k->count - k->share - k->delta;
    /* A trend over all its windows is worth more than names longer than nearly all are. */
    int name = !wide ? 16 : rest - TREND_POINTS - 1 < 20 ? 20 : rest - TREND_POINTS - 1;
    const bool trends = v->trend_points > 0;
    if (trends && !env->spacious && rest - name >= 6)
        k->trend = rest - name > TREND_POINTS + 1 ? TREND_POINTS + 1 : rest - name;
    k->name = rest - k->trend;
    const int enough = env->spacious && w < 100 ? NAME_SHORT : NAME_ENOUGH;
    if (k->name >= enough + BAR_LEAST) {
        k->bar = k->name - enough > BAR_MOST ? BAR_MOST : k->name - enough;
        k->name -= k->bar;
    }
}

static void open_state(void *state)
{
    struct aggregates *a = state;
    rank_init(&a->rank);
}

static void close_state(void *state)
{
    struct aggregates *a = state;
    rank_free(&a->rank);
    type_detail_close(&a->detail);
}

static bool catching_up(const struct pane_env *env)
{
    return env->query && env->query->state == ENGINE_RESTARTING && env->h >= 3;
}

/* The room above the line that says how far catching up has come. */
static struct pane_env table_env(const struct pane_env *env)
{
    struct pane_env inner = *env;
    inner.h -= catching_up(env);
    return inner;
}

static void title(const void *state, const struct pane_env *env, char *out, size_t cap, char *right,
                  size_t right_cap)
{
    static const char *const by[RANK_BYS] = {"count", "name", "last batch"};
    const struct aggregates *a = state;
    const struct query_view *v = env->query;
    char n[40], fields[100] = "type", words[MATCH_TEXT + 16];
    if (a->detail.name) {
        struct pane_env inner = table_env(env);
        type_detail_title(&a->detail, &inner, out, cap, right, right_cap);
        return;
    }
    for (int i = 0; v && i < v->settings.group_by_count; i++) {
        size_t at = i ? strlen(fields) : 0;
        snprintf(fields + at, sizeof fields - at, "%s%s", i ? ", " : "",
                 words_field(v->settings.group_by[i]));
    }
    if (!v) {
        snprintf(out, cap, "Calls");
        return;
    }
    text_count(n, sizeof n, (long long)a->rank.count);
    /* "114 types"; of those that fit a filter the number stands beside it, and of how many here. */
    const char *groups =
        v->settings.group_by_count == 1 && v->settings.group_by[0] == FIELD_TYPE ? "types" : "groups";
    if (env->filter[0])
        snprintf(out, cap, "Calls by %s: %s %s", fields, n, match_words(env->match, words, sizeof words));
    else
        snprintf(out, cap, "Calls by %s", fields);
    char of[64], all[40];
    snprintf(of, sizeof of, env->filter[0] ? "of %s %s" : "%s %s",
             env->filter[0] ? text_count(all, sizeof all, (long long)v->keys.count) : n, groups);
    const char *arrow =
        a->rank.reverse != (a->rank.by == RANK_NAME) ? (env->ascii ? "^" : "▲") : (env->ascii ? "v" : "▼");
    /* As many words as the border has room for beside the title, its number and four spaces. */
    int room = env->w - text_width(out) - 6;
    snprintf(right, right_cap, "%s, sorted by %s %s", of, by[a->rank.by], arrow);
    if (text_width(right) > room)
        snprintf(right, right_cap, "%s by %s %s", of, by[a->rank.by], arrow);
    if (text_width(right) > room)
        snprintf(right, right_cap, "by %s %s", by[a->rank.by], arrow);
}

/* Lines from one row to the next. */
static int stride(const struct pane_env *env)
{
    return env->spacious && env->h >= 12 ? 2 : 1;
}

static void prepare(void *state, const struct pane_env *env)
{
    struct aggregates *a = state;
    size_t row = rank_update(&a->rank, env->query, env->match, env->now_ms);
    size_t old_selected = a->list.selected, old_top = a->list.top;
    a->list.count = a->rank.count;
    int rows = (env->h - 1 - catching_up(env)) / stride(env);
    a->list.page = rows > 0 ? (size_t)rows : 1;
    if (row != old_selected) {
        /* The key moved: the picture moves with it, so that it stays at the same height where it can. */
        size_t height = old_selected - old_top;
        a->list.top = row > height ? row - height : 0;
        a->list.selected = row;
    }
    list_fit(&a->list, a->rank.count, a->list.page);
    rank_show(&a->rank, env->query, a->list.top, a->list.page);
    if (a->detail.name) {
        struct pane_env inner = table_env(env);
        type_detail_prepare(&a->detail, &inner);
    }
}

static void draw_heading(const struct columns *k, const struct pane_env *env, const struct canvas *c)
{
    int x = 1;
    char trend[80] = "trend", window[40];
    const struct query_settings *s = &env->query->settings;
    draw_fill_line(c, 0, ST_HEAD);
    draw_cell(c, 0, x, k->name, LEFT, ST_HEAD,
              s->group_by_count == 1 ? words_field(s->group_by[0]) : "group");
    x += k->name + k->bar;
    draw_cell(c, 0, x, k->count, RIGHT, ST_HEAD, "count");
    x += k->count;
    draw_cell(c, 0, x, k->share, RIGHT, ST_HEAD, "%");
    x += k->share;
    draw_cell(c, 0, x, k->delta, RIGHT, ST_HEAD, "added");
    x += k->delta;
    if (!k->trend)
        return;
    duration_format_ms(window, sizeof window, s->window_ms);
    if (s->window_ms == 0 && k->trend > 12)
        snprintf(trend, sizeof trend, "last batches");
    else if (k->trend > TREND_POINTS)
        snprintf(trend, sizeof trend, "last %d x %s", TREND_POINTS, window);
    draw_cell(c, 0, x + 1, k->trend - 1, RIGHT, ST_HEAD, trend);
}

static void draw_row(const struct aggregates *a, const struct columns *k, const struct pane_env *env,
                     const struct canvas *c, int y, size_t row)
{
    const struct query_view *v = env->query;
    const struct view_key *key = view_key_at(v, a->rank.order[row]);
    char name[600], text[40], spark[CHART_TEXT];
    bool selected = row == a->list.selected;
    enum style style = !selected ? ST_TEXT : env->focused ? ST_SELECT : ST_SELECT_IDLE;
    if (selected) {
        draw_fill_line(c, y, style);
        (void)draw_text(c, y, 0, style, GLYPH(c, "▸", ">"));
    }
    int x = 1;
    draw_cell(c, y, x, k->name, LEFT, style, words_key(name, sizeof name, key, v->settings.group_by_count));
    x += k->name;
    if (k->bar && a->rank.most > 0)
        (void)draw_text(
            c, y, x, selected ? style : ST_GRAPH,
            chart_length(spark, k->bar - 1, (double)key->total / (double)a->rank.most, env->ascii));
    x += k->bar;
    draw_cell(c, y, x, k->count, RIGHT, selected ? style : ST_VALUE,
              text_count(text, sizeof text, key->total));
    x += k->count;
    if (k->share) {
        double share = a->rank.total > 0 ? 100 * (double)key->total / (double)a->rank.total : 0;
        snprintf(text, sizeof text, k->share >= 6 ? "%.1f" : "%.0f", share);
        draw_cell(c, y, x, k->share, RIGHT, style, text);
        x += k->share;
    }
    if (k->delta && key->delta) {
        char count[40];
        snprintf(text, sizeof text, "%s%s", key->delta > 0 ? "+" : "",
                 text_count(count, sizeof count, key->delta));
        draw_cell(c, y, x, k->delta, RIGHT, selected ? style : ST_MARK, text);
    }
    x += k->delta;
    if (k->trend && v->trends) {
        const uint32_t n = v->trend_points;
        const double *trend = v->trends[a->rank.order[row]] + (TREND_POINTS - n);
        (void)draw_text(c, y, x + 1, selected ? style : ST_GRAPH,
                        chart_spark(spark, k->trend - 1, trend, n, 1, env->ascii));
    }
}

/* The last line while a changed query reads everything again: how far it has come. */
static void draw_catch_up(const struct query_view *v, const struct canvas *c)
{
    char bar[CHART_TEXT], share[24] = " -";
    int y = c->r.h - 1, x = 1 + draw_text(c, y, 1, ST_WARN, "catching up ");
    if (!isnan(v->catch_up))
        snprintf(share, sizeof share, " %d %%", (int)(100 * v->catch_up));
    int room = c->r.w - x - 7;
    if (room > 3)
        x += draw_text(c, y, x, ST_GRAPH, chart_bar(bar, room > 60 ? 60 : room, v->catch_up, c->ascii));
    (void)draw_text(c, y, x, ST_VALUE, share);
}

static void draw(const void *state, const struct pane_env *env, const struct canvas *whole)
{
    const struct aggregates *a = state;
    struct columns k;
    char why[400], words[MATCH_TEXT + 16];
    struct canvas rest = *whole, *c = &rest;
    if (catching_up(env)) {
        draw_catch_up(env->query, whole);
        rest.r.h--;
    }
    if (a->detail.name && env->query) {
        struct pane_env inner = table_env(env);
        type_detail_draw(&a->detail, &inner, c);
        return;
    }
    if (!env->query || !a->rank.count) {
        if (env->filter[0] && env->query && env->query->keys.count) {
            snprintf(why, sizeof why, "Nothing here %s: [Esc] clears the filter.",
                     match_words(env->match, words, sizeof words));
        } else {
            struct state_input in = {.query = env->query, .replay = env->replay, .cluster = env->cluster};
            words_why_empty(why, sizeof why, &in);
        }
        draw_lines(c, 0, 1, ST_DIM, why);
        return;
    }
    choose_columns(&k, c->r.w, env, a->rank.total);
    draw_heading(&k, env, c);
    size_t row = a->list.top;
    for (int y = 1; y < c->r.h && row < a->rank.count; y += stride(env), row++)
        draw_row(a, &k, env, c, y, row);
}

static unsigned act(void *state, const struct pane_env *env, enum action_id id)
{
    struct aggregates *a = state;
    if (a->detail.name)
        return type_detail_act(&a->detail, env, id) ? REACT_DRAW : REACT_NONE;
    if (list_act(&a->list, id)) {
        rank_select(&a->rank, env->query, a->list.selected, env->now_ms);
        return REACT_DRAW;
    }
    switch (id) {
    case ACT_SORT: rank_sort_by(&a->rank, (a->rank.by + 1) % RANK_BYS, false); break;
    case ACT_REVERSE: rank_sort_by(&a->rank, a->rank.by, !a->rank.reverse); break;
    case ACT_DETAIL:
    case ACT_VIEW:
        if (!env->query || !a->rank.count || a->list.selected >= a->rank.count)
            return REACT_NONE;
        type_detail_open(&a->detail, env, a->rank.order[a->list.selected]);
        break;
    default: return REACT_NONE;
    }
    return REACT_DRAW;
}

static unsigned click(void *state, const struct pane_env *env, int y, int x)
{
    struct aggregates *a = state;
    struct columns k;
    if (a->detail.name && env->query) {
        struct pane_env inner = table_env(env);
        return type_detail_click(&a->detail, &inner, y, x) ? REACT_DRAW : REACT_NONE;
    }
    if (a->detail.name || !env->query || !a->rank.count)
        return REACT_NONE;
    if (y > 0) {
        size_t row = a->list.top + (size_t)((y - 1) / stride(env));
        if (row < a->rank.count) {
            list_select(&a->list, row);
            rank_select(&a->rank, env->query, a->list.selected, env->now_ms);
        }
        return REACT_DRAW;
    }
    choose_columns(&k, env->w, env, a->rank.total);
    int delta_x = 1 + k.name + k.bar + k.count + k.share;
    enum rank_by by = x <= k.name                             ? RANK_NAME
                      : x >= delta_x && x < delta_x + k.delta ? RANK_DELTA
                                                              : RANK_COUNT;
    rank_sort_by(&a->rank, by, a->rank.by == by && !a->rank.reverse);
    return REACT_DRAW;
}

static bool back(void *state)
{
    struct aggregates *a = state;
    if (!a->detail.name)
        return false;
    type_detail_close(&a->detail);
    return true;
}

static void asks(void *state, const struct pane_env *env, struct pane_asks *out)
{
    struct aggregates *a = state;
    if (a->detail.name && a->detail.there && env->query)
        out->detail_key = (int64_t)a->detail.key;
    out->again = rank_searches(&a->rank);
    memcpy(out->notice, a->detail.notice, sizeof out->notice);
    a->detail.notice[0] = '\0';
}

static char *dump_as(const struct aggregates *a, const struct pane_env *env, size_t *len,
                     char *(*write)(const struct query_view *, const uint32_t *, size_t, size_t *))
{
    if (!env->query)
        return NULL;
    uint32_t *rows = rank_all(&a->rank, env->query);
    char *text = write(env->query, rows, a->rank.count, len);
    free(rows);
    return text;
}

static char *dump(const void *state, const struct pane_env *env, size_t *len)
{
    return dump_as(state, env, len, table_csv);
}

static char *dump_json(const void *state, const struct pane_env *env, size_t *len)
{
    return dump_as(state, env, len, table_json);
}

static char *figures(const void *state, const struct pane_env *env, size_t *len)
{
    const struct aggregates *a = state;
    if (a->detail.name && env->query && env->query->detail)
        return figures_detail(env->query, len);
    return dump_as(state, env, len, figures_trends);
}

extern const struct pane_ops pane_aggregates;
const struct pane_ops pane_aggregates = {
    .name = "aggregates",
    .help = "The table: calls counted by type; added = by the last batch, trend = the last windows.",
    .explain = explain_aggregates,
    .room = {.place = PLACE_MAIN, .min_h = 6, .wish_h = 6, .weight = 1, .rank = 0},
    .uses = {USES_LIST, ACT_SORT, ACT_REVERSE, ACT_DETAIL, ACT_VIEW, ACT_FILTER},
    .state_size = sizeof(struct aggregates),
    .open = open_state,
    .close = close_state,
    .title = title,
    .prepare = prepare,
    .draw = draw,
    .act = act,
    .click = click,
    .back = back,
    .asks = asks,
    .dump = dump,
    .dump_json = dump_json,
    .figures = figures,
};
