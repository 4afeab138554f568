/* The heat map: the types with the most rows against the newest windows, the more rows the darker. */
#include "ui/windows_view.h"

#include "base/text.h"
#include "base/xalloc.h"
#include "ui/words.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LEVELS = 4, HEAD_LINES = 1, EACH_MOST = 8, EACH_LEAST = 2, TOTAL_W = 8, LABEL_W = 6 };

static const char *shade(int level, bool ascii)
{
    static const char *const shades[LEVELS + 1][2] = {
        {" ", " "}, {"░", "."}, {"▒", ":"}, {"▓", "*"}, {"█", "#"}};
    return shades[level][ascii];
}

/* 0 for none; 1..LEVELS in even steps up to the strongest cell. */
static int level_of(int64_t n, int64_t most)
{
    if (n <= 0 || most <= 0)
        return 0;
    int level = 1 + (int)((double)(n - 1) * LEVELS / (double)most);
    return level > LEVELS ? LEVELS : level;
}

/* The fewest rows of a level. */
static int64_t least_of(int level, int64_t most)
{
    return ((int64_t)(level - 1) * most + LEVELS - 1) / LEVELS + 1;
}

/* Under the map: the windows' times, then the strongest cell in words. */
static int foot_lines(int lines)
{
    return lines >= 5 ? 2 : lines >= 3;
}

static int name_columns(int w)
{
    return w >= 110 ? 26 : w >= 60 ? 20 : 14;
}

/* The keys with the most rows, kept sorted while all are looked at once. */
static void choose_types(struct heat *h, const struct query_view *v, size_t most)
{
    h->types = 0;
    for (size_t i = 0; i < v->keys.count; i++) {
        size_t at = h->types;
        while (at > 0 && view_key_at(v, h->type[at - 1])->total < view_key_at(v, i)->total)
            at--;
        if (at >= most)
            continue;
        size_t moved = h->types - at;
        if (h->types == most)
            moved--;
        else
            h->types++;
        memmove(h->type + at + 1, h->type + at, moved * sizeof *h->type);
        h->type[at] = (uint32_t)i;
    }
}

static size_t place_of(const struct axis *a, size_t windows, int64_t start_ms)
{
    for (size_t i = 0; i < windows; i++)
        if (a->window[i].start_ms == start_ms)
            return i;
    return windows;
}

static void add_up(struct heat *h, const struct axis *a, const struct query_view *v)
{
    enum { NOT_SHOWN = 0xFF };
    unsigned char *row = xmalloc(v->keys.count);
    memset(row, NOT_SHOWN, v->keys.count);
    memset(h->rows, 0, sizeof h->rows);
    for (size_t i = 0; i < h->types; i++)
        row[h->type[i]] = (unsigned char)i;
    for (size_t i = 0; i < v->groups.count; i++) {
        const struct view_group *g = view_group_at(v, i);
        if (row[g->key] == NOT_SHOWN || g->window_start_ms < a->window[h->windows - 1].start_ms)
            continue;
        size_t place = place_of(a, h->windows, g->window_start_ms);
        if (place < h->windows)
            h->rows[row[g->key]][place] += g->count;
    }
    free(row);
    h->most = 0;
    for (size_t t = 0; t < h->types; t++)
        for (size_t p = 0; p < h->windows; p++)
            if (h->rows[t][p] > h->most) {
                h->most = h->rows[t][p];
                h->most_type = t;
                h->most_window = p;
            }
}

void heat_prepare(struct heat *h, const struct axis *a, const struct pane_env *env, int lines, int w)
{
    const struct query_view *v = env->query;
    if (h->view_number == v->number && h->h == lines && h->w == w)
        return;
    h->view_number = v->number;
    h->h = lines;
    h->w = w;
    h->types = h->windows = 0;
    h->most = 0;
    int room = w - 1 - name_columns(w) - TOTAL_W - 2, rows = lines - HEAD_LINES - foot_lines(lines);
    if (room < EACH_LEAST || rows < 1 || !a->count)
        return;
    int each = room / (int)a->count;
    h->each = each > EACH_MOST ? EACH_MOST : each < EACH_LEAST ? EACH_LEAST : each;
    h->windows = (size_t)(room / h->each);
    h->windows = h->windows > a->count ? a->count : h->windows;
    h->windows = h->windows > HEAT_WINDOWS ? HEAT_WINDOWS : h->windows;
    choose_types(h, v, rows > HEAT_TYPES ? HEAT_TYPES : (size_t)rows);
    add_up(h, a, v);
}

static void draw_labels(const struct heat *h, const struct axis *a, const struct canvas *c, int y, int x)
{
    char text[40];
    int free_x = x, end = x + (int)h->windows * h->each;
    for (size_t i = h->windows; i-- > 0;) {
        int at = x + (int)(h->windows - 1 - i) * h->each;
        if (at < free_x || at + LABEL_W - 1 > (end > x + LABEL_W ? end : x + LABEL_W))
            continue;
        words_time(text, sizeof text, a->window[i].start_ms, a->window[i].start_ms, false);
        free_x = at + draw_text(c, y, at, ST_DIM, text) + 1;
    }
}

static void draw_strongest(const struct heat *h, const struct axis *a, const struct query_view *v,
                           const struct canvas *c, int y)
{
    char line[200], name[600], start[40], end[40], n[40];
    const struct axis_window *w = &a->window[h->most_window];
    words_key(name, sizeof name, view_key_at(v, h->type[h->most_type]), v->settings.group_by_count);
    size_t len = text_fit(name, 40, NULL);
    snprintf(line, sizeof line, "strongest %s: %.*s, %s-%s", text_many(n, sizeof n, h->most, "row", "rows"),
             len < 120 ? (int)len : 0, name, words_time(start, sizeof start, w->start_ms, UNKNOWN, false),
             words_time(end, sizeof end, w->end_ms, w->end_ms, false));
    draw_cell(c, y, 1, c->r.w - 1, LEFT, ST_VALUE, line);
}

void heat_draw(const struct heat *h, const struct axis *a, const struct pane_env *env, const struct canvas *c)
{
    const struct query_view *v = env->query;
    char name[600], n[40];
    int name_w = name_columns(c->r.w), x = 1 + name_w + TOTAL_W + 1;
    draw_fill_line(c, 0, ST_HEAD);
    draw_cell(c, 0, 1, name_w, LEFT, ST_HEAD,
              v->settings.group_by_count == 1 ? words_field(v->settings.group_by[0]) : "group");
    draw_cell(c, 0, 1 + name_w, TOTAL_W, RIGHT, ST_HEAD, "rows");
    draw_cell(c, 0, x, c->r.w - x, LEFT, ST_HEAD, c->ascii ? "windows ->" : "windows →");
    if (!h->most) {
        (void)draw_lines(c, 1, 1, ST_DIM, h->types ? "No window holds a row yet." : "Too little room: [z].");
        return;
    }
    int y = 1;
    for (size_t t = 0; t < h->types && y < c->r.h - foot_lines(c->r.h); t++, y++) {
        const struct view_key *key = view_key_at(v, h->type[t]);
        draw_cell(c, y, 1, name_w - 1, LEFT, ST_TEXT,
                  words_key(name, sizeof name, key, v->settings.group_by_count));
        draw_cell(c, y, 1 + name_w, TOTAL_W, RIGHT, ST_VALUE, text_count(n, sizeof n, key->total));
        for (size_t p = 0; p < h->windows; p++) {
            int level = level_of(h->rows[t][p], h->most), at = x + (int)(h->windows - 1 - p) * h->each;
            bool strongest = t == h->most_type && p == h->most_window;
            for (int i = 0; level && i < h->each; i++)
                (void)draw_text(c, y, at + i, strongest ? ST_MARK : ST_GRAPH, shade(level, c->ascii));
        }
    }
    if (foot_lines(c->r.h))
        draw_labels(h, a, c, y, x);
    if (foot_lines(c->r.h) > 1)
        draw_strongest(h, a, v, c, y + 1);
}

void heat_legend(const struct heat *h, const struct axis *a, const struct pane_env *env, struct legend *l)
{
    char from[40], to[40];
    (void)a;
    if (!h->most)
        return;
    legend_add(l, ST_DIM, "rows of a type in a window:");
    legend_add(l, ST_DIM, "blank none");
    for (int level = 1; level <= LEVELS; level++) {
        int64_t least = least_of(level, h->most),
                most = level < LEVELS ? least_of(level + 1, h->most) - 1 : h->most;
        if (level_of(least, h->most) != level || most < least)
            continue; /* few rows have few shades */
        text_count(from, sizeof from, least);
        text_count(to, sizeof to, most);
        if (most > least)
            legend_add(l, ST_GRAPH, "%s %s-%s", shade(level, env->ascii), from, to);
        else
            legend_add(l, ST_GRAPH, "%s %s", shade(level, env->ascii), from);
    }
}
