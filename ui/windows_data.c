/* Windows of event time, added up over all keys; which state each is in; the legend under a picture. */
#include "ui/windows_view.h"

#include "base/text.h"
#include "ui/words.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum { WINDOWS_OF_A_ROW_MOST = 64, LEGEND_GAP = 2 };

static int64_t floor_to(int64_t ms, int64_t step)
{
    int64_t rest = ms % step;
    return rest < 0 ? ms - rest - step : ms - rest;
}

int64_t last_window_end_ms(const struct query_settings *s, int64_t event_ms)
{
    if (s->window_ms <= 0 || s->slide_ms <= 0 || event_ms == UNKNOWN)
        return UNKNOWN;
    int64_t start_ms = floor_to(event_ms, s->slide_ms), end_ms;
    return __builtin_add_overflow(start_ms, s->window_ms, &end_ms) ? INT64_MAX : end_ms;
}

/* The window that starts then; NULL where it is older than the newest that are kept. */
static struct axis_window *window_at(struct axis *a, int64_t start_ms, int64_t end_ms, bool *fresh)
{
    size_t low = 0, high = a->count;
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (a->window[middle].start_ms > start_ms)
            low = middle + 1;
        else
            high = middle;
    }
    *fresh = false;
    if (low < a->count && a->window[low].start_ms == start_ms)
        return &a->window[low];
    if (low == AXIS_WINDOWS)
        return NULL;
    if (a->count == AXIS_WINDOWS)
        a->count--;
    memmove(a->window + low + 1, a->window + low, (a->count - low) * sizeof *a->window);
    a->count++;
    a->window[low] = (struct axis_window){.start_ms = start_ms, .end_ms = end_ms};
    *fresh = true;
    return &a->window[low];
}

/* Windows that no group tells of: those that append mode has not put out yet, and closed ones that late rows
 * still come for. */
static void add_marked(struct axis *a, const struct query_view *v, const struct view_mark *m)
{
    const struct query_settings *s = &v->settings;
    const bool late = m->kind == MARK_LATE;
    int64_t end_ms = last_window_end_ms(s, m->event_ms), next_ms = known_watermark_ms(v->next_watermark_ms);
    bool fresh;
    for (int i = 0; i < WINDOWS_OF_A_ROW_MOST && end_ms > m->event_ms; i++, end_ms -= s->slide_ms) {
        struct axis_window *w = window_at(a, end_ms - s->window_ms, end_ms, &fresh);
        if (!w)
            return;
        if (fresh) {
            w->closed = s->output_mode != OUTPUT_COMPLETE && next_ms != UNKNOWN && end_ms <= next_ms;
            w->rows = s->output_mode == OUTPUT_APPEND && !w->closed ? UNKNOWN : 0;
        }
        if (late) { /* it is told once, where it would have been counted last */
            w->late++;
            return;
        }
    }
}

void axis_collect(struct axis *a, const struct query_view *v)
{
    bool fresh;
    a->count = 0;
    if (v->settings.window_ms <= 0 || v->settings.slide_ms <= 0)
        return;
    for (size_t i = 0; i < v->groups.count; i++) {
        const struct view_group *g = view_group_at(v, i);
        const bool full = a->count == AXIS_WINDOWS; /* then most of a large table is older than all of it */
        if (g->window_start_ms == UNKNOWN || (full && g->window_start_ms < a->window[a->count - 1].start_ms))
            continue;
        struct axis_window *w = window_at(a, g->window_start_ms, g->window_end_ms, &fresh);
        if (!w)
            continue;
        w->rows += g->count;
        w->closed |= g->closed;
    }
    for (size_t i = 0; i < v->marks_count; i++)
        add_marked(a, v, &v->marks[i]);
}

enum window_state axis_state(const struct axis_window *w, const struct query_view *v)
{
    int64_t mark_ms = known_watermark_ms(v->next_watermark_ms);
    if (w->closed)
        return WINDOW_CLOSED;
    return mark_ms != UNKNOWN && w->end_ms <= mark_ms ? WINDOW_PAST : WINDOW_OPEN;
}

const char *axis_sign(enum window_state s, bool ascii)
{
    static const char *const signs[][2] = {
        [WINDOW_OPEN] = {"█", "#"}, [WINDOW_PAST] = {"▒", "~"}, [WINDOW_CLOSED] = {"░", "x"}};
    return signs[s][ascii];
}

enum style axis_style(enum window_state s)
{
    return s == WINDOW_OPEN ? ST_OK : s == WINDOW_PAST ? ST_TEXT : ST_DIM;
}

/* ---- legend ---- */

void legend_add(struct legend *l, enum style style, const char *fmt, ...)
{
    va_list ap;
    if (l->count == LEGEND_MOST)
        return;
    va_start(ap, fmt);
    (void)vsnprintf(l->item[l->count].text, sizeof l->item[0].text, fmt, ap);
    va_end(ap);
    l->item[l->count++].style = style;
}

/* Lays the items out; draws them where there is a canvas. Returns the lines. */
static int lay(const struct legend *l, int w, const struct canvas *c, int y, int most)
{
    int x = 1, lines = l->count > 0;
    for (size_t i = 0; i < l->count; i++) {
        int width = text_width(l->item[i].text);
        if (x > 1 && x + width > w) {
            lines++;
            x = 1;
        }
        if (lines > most)
            break;
        if (c)
            (void)draw_text(c, y + lines - 1, x, l->item[i].style, l->item[i].text);
        x += width + LEGEND_GAP;
    }
    return lines;
}

int legend_lines(const struct legend *l, int w)
{
    return lay(l, w, NULL, 0, LEGEND_MOST);
}

void legend_draw(const struct legend *l, const struct canvas *c, int y, int most)
{
    (void)lay(l, c->r.w, c, y, most);
}
