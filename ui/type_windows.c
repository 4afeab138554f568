#include "ui/type_windows.h"

#include "base/text.h"
#include "base/xalloc.h"
#include "ui/words.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void type_windows_clear(struct type_windows *t)
{
    free(t->rows);
    *t = (struct type_windows){0};
}

static int newest_first(const void *pa, const void *pb, void *arg)
{
    const struct query_view *v = arg;
    int64_t a = view_group_at(v, *(const size_t *)pa)->window_start_ms,
            b = view_group_at(v, *(const size_t *)pb)->window_start_ms;
    return (a < b) - (a > b);
}

void type_windows_prepare(struct type_windows *t, const struct query_view *v, size_t key, size_t page)
{
    if (v->number != t->view_number) {
        t->view_number = v->number;
        t->count = 0;
        for (size_t i = 0; i < v->groups.count; i++) {
            if (view_group_at(v, i)->key != key)
                continue;
            if (t->count == t->cap) {
                t->cap = t->cap ? t->cap * 2 : 64;
                t->rows = xreallocarray(t->rows, t->cap, sizeof *t->rows);
            }
            t->rows[t->count++] = i;
        }
        if (t->count)
            qsort_r(t->rows, t->count, sizeof *t->rows, newest_first, (void *)v);
    }
    list_fit(&t->list, t->count, page);
}

void type_windows_draw(const struct type_windows *t, const struct pane_env *env, const struct canvas *c)
{
    enum { DAY_MS = 24 * 3600 * 1000, NARROW_W = 46 };
    const struct query_view *v = env->query;
    /* Within a day the end needs no date of its own. */
    const bool short_windows = v->settings.window_ms <= DAY_MS, narrow = c->r.w < NARROW_W;
    const int window_w = (short_windows ? 20 : 26) - 2 * narrow, count_w = 8 - narrow, delta_w = 7 - narrow;
    char start[40], end[40], count[40], share[CHART_TEXT];
    int64_t most = 1;
    draw_fill_line(c, 0, ST_HEAD);
    draw_cell(c, 0, 1, window_w, LEFT, ST_HEAD, "window (UTC)");
    draw_cell(c, 0, 1 + window_w, count_w, RIGHT, ST_HEAD, "count");
    draw_cell(c, 0, 1 + window_w + count_w, delta_w, RIGHT, ST_HEAD, "last");
    if (!v->settings.window_ms) {
        (void)draw_lines(c, 1, 1, ST_DIM, "The query has no windows: [w] sets them.");
        return;
    }
    for (size_t i = 0; i < t->count; i++)
        if (view_group_at(v, t->rows[i])->count > most)
            most = view_group_at(v, t->rows[i])->count;
    if (!t->count)
        (void)draw_text(c, 1, 1, ST_DIM, "It has no windows now.");
    for (int y = 1; y < c->r.h; y++) {
        size_t row = t->list.top + (size_t)(y - 1);
        if (row >= t->count)
            break;
        const struct view_group *g = view_group_at(v, t->rows[row]);
        enum style style = row == t->list.selected ? (env->focused ? ST_SELECT : ST_SELECT_IDLE)
                           : g->closed             ? ST_DIM
                                                   : ST_TEXT;
        char line[96];
        snprintf(
            line, sizeof line, narrow ? "%s-%s" : "%s - %s",
            words_time(start, sizeof start, g->window_start_ms, UNKNOWN, false),
            words_time(end, sizeof end, g->window_end_ms, short_windows ? g->window_end_ms : UNKNOWN, false));
        if (row == t->list.selected)
            draw_fill_line(c, y, style);
        draw_cell(c, y, 1, window_w, LEFT, style, line);
        draw_cell(c, y, 1 + window_w, count_w, RIGHT, style, text_count(count, sizeof count, g->count));
        if (g->delta)
            snprintf(count, sizeof count, "%+lld", (long long)g->delta);
        draw_cell(c, y, 1 + window_w + count_w, delta_w, RIGHT, style, g->delta ? count : "");
        int x = 1 + window_w + count_w + delta_w + 2 - narrow;
        /* In complete mode a window never closes, so there is nothing to tell apart. */
        if (g->closed || v->settings.output_mode != OUTPUT_COMPLETE)
            (void)draw_text(c, y, x, style, g->closed ? "closed" : "open");
        int bar = c->r.w - x - 8;
        if (bar >= 6)
            (void)draw_text(
                c, y, x + 8, row == t->list.selected ? style : ST_GRAPH,
                chart_bar(share, bar > 40 ? 40 : bar, (double)g->count / (double)most, env->ascii));
    }
}
