/* Event time (upwards) against the batches in which rows arrived (to the right), with the watermark that each
 * batch used as a line: what lies under the line came after it. */
#include "ui/windows_view.h"

#include "base/text.h"
#include "base/xalloc.h"
#include "ui/words.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    DAY_MS = 24 * 3600 * 1000,
    NARROW_W = 60,
    SCALE_W = 13, /* " 12-31 23:57 " */
    SCALE_NARROW_W = 7,
    EACH_MOST = 16,
    BATCHES_LEAST = 6,
    RECENT = 32,           /* batches that decide how many columns each gets */
    SCALE_RESTS_MS = 3000, /* a finer scale must have done for so long before it is taken */
    SHOWN_MS = 6000,       /* less in the whole width moves faster than one can look */
    LINES_ENOUGH = 6,
    NUMBERS_MIN_H = 4, /* from so many lines on the last one is for the numbers of the batches */
    ENDS_APART = 5     /* lines between two ends of windows, or they are not drawn */
};

/* Steps that people count time in, from a millisecond to a year. */
static const int64_t units_ms[] = {
    1,          2,          5,           10,          20,          50,         100,        200,
    500,        1000,       2000,        3000,        4000,        5000,       6000,       10000,
    12000,      15000,      20000,       30000,       60000,       120000,     180000,     240000,
    300000,     360000,     600000,      720000,      900000,      1200000,    1800000,    3600000,
    7200000,    10800000,   14400000,    21600000,    28800000,    43200000,   86400000,   172800000,
    259200000,  345600000,  432000000,   604800000,   864000000,   1209600000, 1728000000, 2592000000,
    5184000000, 7776000000, 15552000000, 31536000000, 315360000000};
enum { UNITS = sizeof units_ms / sizeof *units_ms };

static int64_t line_units(int64_t ms, int64_t unit_ms)
{
    int64_t q = ms / unit_ms;
    return ms % unit_ms < 0 ? q - 1 : q;
}

/* ---- what is shown ---- */

/* The column that a batch stands in, counted from a fixed batch: so those that share one stay together while
 * the picture moves. */
static size_t column_from_start(const struct plot *p, const struct query_view *v, size_t batch)
{
    size_t last = v->history_count - 1, shared = (size_t)p->shared;
    size_t shift = (size_t)v->history[last].batch_id % shared + shared - last % shared;
    return (batch + shift) / shared;
}

static int column_of(const struct plot *p, const struct query_view *v, size_t batch)
{
    return (int)(column_from_start(p, v, batch) - column_from_start(p, v, p->first));
}

/* How many batches should be seen at once: those of some seconds, or a picture that is new within a blink
 * shows nobody how the watermark follows; but not more than leave a line between it and the newest events. */
static double batches_wanted(const struct query_view *v, int lines)
{
    size_t n = v->history_count;
    if (n < 2)
        return 1;
    const struct batch_sample *h = v->history;
    double steps = (double)(n - 1), span_ms = (double)(h[n - 1].wall_ms - h[0].wall_ms);
    double wanted = span_ms > 0 ? SHOWN_MS * steps / span_ms : 1;
    size_t first = 0;
    while (first + 1 < n && known_watermark_ms(h[first].watermark_ms) == UNKNOWN)
        first++;
    bool both = first + 1 < n && known_watermark_ms(h[n - 1].watermark_ms) != UNKNOWN;
    double risen_ms = both ? (double)(h[n - 1].watermark_ms - h[first].watermark_ms) : 0;
    if (risen_ms > 0 && v->settings.watermark_ms > 0) {
        double told = (double)v->settings.watermark_ms * lines * (double)(n - 1 - first) / risen_ms;
        wanted = wanted < told ? wanted : told;
    }
    return wanted < 1 ? 1 : wanted;
}

/* Batches share columns, as far as the view remembers batches, where there are not enough columns. */
static void choose_shared(struct plot *p, const struct query_view *v, int w)
{
    double wanted = batches_wanted(v, p->h > 3 ? p->h - 2 : 1), room = (double)v->history_count * 4 / 3;
    if (wanted > p->wanted * 1.5 || wanted * 1.5 < p->wanted)
        p->wanted = wanted;
    wanted = p->wanted < room ? p->wanted : room;
    while (p->each > 1 && w < p->each * p->wanted)
        p->each--;
    p->shared = 1;
    while (wanted >= 2.0 * p->shared * w)
        p->shared *= 2;
}

/* As many columns as a batch has rows, lately; changed only when it is plainly wrong. */
static void choose_each(struct plot *p, const struct pane_env *env, int w)
{
    const struct query_view *v = env->query;
    int64_t rows = 0, batches = 0;
    for (size_t i = v->history_count; i-- > 0 && batches < RECENT;)
        if (v->history[i].rows_marked > 0) {
            rows += v->history[i].rows_marked;
            batches++;
        }
    int most = w / BATCHES_LEAST;
    most = most < 1 ? 1 : most > EACH_MOST ? EACH_MOST : most;
    int64_t fit = batches ? (rows + batches - 1) / batches : 1;
    fit = env->spacious ? 2 * fit : fit;
    fit = fit < 1 ? 1 : fit > most ? most : fit;
    int kept = p->fitting;
    if (!kept || kept > most || fit > kept + kept / 2 || fit < kept / 2 + kept % 2)
        p->fitting = (int)fit;
    p->each = p->fitting > 1 ? p->fitting : 1;
    choose_shared(p, v, w);
    size_t shown = p->each > 1 ? (size_t)(w / p->each) : (size_t)w;
    p->first = 0;
    while (column_from_start(p, v, v->history_count - 1) - column_from_start(p, v, p->first) >= shown)
        p->first++;
}

static size_t first_mark(const struct query_view *v, size_t first)
{
    size_t i = v->marks_count;
    while (i > 0 && v->marks[i - 1].batch_id >= v->history[first].batch_id)
        i--;
    return i;
}

static int by_time(const void *pa, const void *pb)
{
    int64_t a = *(const int64_t *)pa, b = *(const int64_t *)pb;
    return (a > b) - (a < b);
}

struct span {
    int64_t low_ms;   /* what must be seen: the watermark, and most rows that are not late */
    int64_t least_ms; /* the oldest of all */
    int64_t high_ms;
};

static void widen(struct span *s, int64_t ms)
{
    if (ms == UNKNOWN)
        return;
    s->low_ms = s->low_ms == UNKNOWN || ms < s->low_ms ? ms : s->low_ms;
    s->least_ms = s->least_ms == UNKNOWN || ms < s->least_ms ? ms : s->least_ms;
    s->high_ms = s->high_ms == UNKNOWN || ms > s->high_ms ? ms : s->high_ms;
}

/* A few rows that are hours late must not press all the others into one line. */
static struct span span_of(const struct plot *p, const struct query_view *v)
{
    struct span s = {UNKNOWN, UNKNOWN, UNKNOWN};
    size_t n = 0, from = first_mark(v, p->first);
    int64_t *kept = xcalloc(v->marks_count - from, sizeof *kept);
    for (size_t i = from; i < v->marks_count; i++) {
        const struct view_mark *m = &v->marks[i];
        s.least_ms = s.least_ms == UNKNOWN || m->event_ms < s.least_ms ? m->event_ms : s.least_ms;
        s.high_ms = s.high_ms == UNKNOWN || m->event_ms > s.high_ms ? m->event_ms : s.high_ms;
        if (m->kind != MARK_LATE)
            kept[n++] = m->event_ms;
    }
    if (n) {
        qsort(kept, n, sizeof *kept, by_time);
        widen(&s, kept[n / 10]);
    }
    free(kept);
    for (size_t i = p->first; i < v->history_count; i++)
        widen(&s, known_watermark_ms(v->history[i].watermark_ms));
    /* A watermark alone, as after batches of nothing but duplicates, is held against the newest event. */
    if (s.high_ms != UNKNOWN)
        widen(&s, n ? UNKNOWN : v->newest_event_ms);
    if (s.low_ms == UNKNOWN)
        s.low_ms = s.least_ms;
    return s;
}

static bool fits(int64_t unit_ms, int64_t low_ms, int64_t high_ms, int lines)
{
    return line_units(high_ms, unit_ms) - line_units(low_ms, unit_ms) < lines;
}

static int64_t unit_for(int64_t low_ms, int64_t high_ms, int lines)
{
    size_t i = 0;
    while (i + 1 < UNITS && !fits(units_ms[i], low_ms, high_ms, lines))
        i++;
    return units_ms[i];
}

/* Late rows are shown at their time where that leaves enough lines to tell the watermark from the newest
 * events; else they share the last line. */
static void choose_unit(struct plot *p, const struct span *s, int64_t wall_ms)
{
    int64_t room_ms = p->h < LINES_ENOUGH ? 0 : (s->high_ms - s->low_ms) / 4, low_ms = s->least_ms;
    int64_t unit_ms = unit_for(low_ms, s->high_ms, p->h);
    if (low_ms < s->low_ms - room_ms && fits(unit_ms, s->low_ms, s->high_ms, LINES_ENOUGH)) {
        low_ms = s->low_ms - room_ms; /* what lies under the watermark has some lines all the same */
        unit_ms = unit_for(low_ms, s->high_ms, p->h - 1);
    }
    if (unit_ms >= p->unit_ms)
        p->small_since_ms = wall_ms;
    if (unit_ms > p->unit_ms || wall_ms - p->small_since_ms >= SCALE_RESTS_MS ||
        wall_ms < p->small_since_ms) {
        p->unit_ms = unit_ms;
        p->small_since_ms = wall_ms;
    }
    p->older = !fits(p->unit_ms, s->least_ms, s->high_ms, p->h);
    p->top = line_units(s->high_ms, p->unit_ms);
}

static bool is_past(const struct query_view *v, const struct view_mark *m, int64_t watermark_ms)
{
    int64_t end_ms = last_window_end_ms(&v->settings, m->event_ms);
    watermark_ms = known_watermark_ms(watermark_ms);
    if (m->kind == MARK_LATE || watermark_ms == UNKNOWN)
        return false;
    return end_ms == UNKNOWN ? m->event_ms < watermark_ms : end_ms <= watermark_ms;
}

static int64_t reached(const struct batch_sample *s, const struct query_settings *q)
{
    /* Only the global distinct stands before the watermark. */
    return known_less(known_less(s->rows_in, s->rows_bad),
                      q->distinct == DISTINCT_GLOBAL ? s->rows_duplicate : 0);
}

static void count_shown(struct plot *p, const struct query_view *v)
{
    p->marked = p->came = 0;
    p->late = p->past = false;
    for (size_t i = p->first; i < v->history_count; i++) {
        p->marked += v->history[i].rows_marked;
        p->came = known_sum(p->came, reached(&v->history[i], &v->settings));
    }
    size_t b = p->first;
    for (size_t i = first_mark(v, p->first); i < v->marks_count; i++) {
        const struct view_mark *m = &v->marks[i];
        while (b + 1 < v->history_count && v->history[b].batch_id < m->batch_id)
            b++;
        p->late |= m->kind == MARK_LATE;
        p->past |= is_past(v, m, v->history[b].watermark_ms);
    }
}

void plot_prepare(struct plot *p, const struct pane_env *env, int h, int w)
{
    const struct query_view *v = env->query;
    int lines = h >= NUMBERS_MIN_H ? h - 1 : h;
    if (lines != p->h)
        p->unit_ms = 0; /* another size: the scale that fits it, at once */
    p->h = lines;
    p->scale_w = w < NARROW_W ? SCALE_NARROW_W : SCALE_W;
    p->w = w - p->scale_w - 1;
    if (p->h < 1 || p->w < 1 || !v->history_count) {
        p->unit_ms = 0;
        return;
    }
    choose_each(p, env, p->w);
    struct span s = span_of(p, v);
    if (s.high_ms == UNKNOWN) {
        p->unit_ms = 0;
        return;
    }
    choose_unit(p, &s, v->history[v->history_count - 1].wall_ms);
    count_shown(p, v);
    p->ends = v->settings.slide_ms >= ENDS_APART * p->unit_ms;
}

/* ---- drawing ---- */

static int line_of(const struct plot *p, int64_t ms)
{
    int64_t line = p->top - line_units(ms, p->unit_ms);
    int64_t last = p->h - 1 - p->older; /* of the scale */
    return line < 0 ? 0 : line <= last ? (int)line : p->h - 1;
}

static void scale_text(const struct plot *p, const struct query_view *v, int64_t ms, char *out, size_t cap)
{
    if (p->scale_w == SCALE_W) {
        words_time(out, cap, ms, p->unit_ms >= DAY_MS ? UNKNOWN : v->newest_event_ms, p->unit_ms < 60000);
        return;
    }
    words_time(out, cap, ms, p->unit_ms >= DAY_MS ? UNKNOWN : ms, false);
    if (p->unit_ms >= DAY_MS && strlen(out) > 5)
        out[5] = '\0'; /* the day alone */
}

static void draw_scale(const struct plot *p, const struct query_view *v, const struct canvas *c, int y)
{
    int step = p->h < 8 ? 1 : p->h < 20 ? 2 : 3;
    char text[40];
    for (int line = 0; line < p->h - p->older; line++) {
        int64_t units = p->top - line, ms = units * p->unit_ms;
        if (p->ends && (ms % v->settings.slide_ms + v->settings.slide_ms) % v->settings.slide_ms < p->unit_ms)
            for (int x = 0; x < p->w; x++)
                (void)draw_text(c, y + line, p->scale_w + x, ST_BORDER, GLYPH(c, "┄", " "));
        if (units % step)
            continue;
        scale_text(p, v, ms, text, sizeof text);
        draw_cell(c, y + line, 0, p->scale_w - 1, RIGHT, ST_DIM, text);
    }
    if (p->older)
        draw_cell(c, y + p->h - 1, 0, p->scale_w - 1, RIGHT, ST_DIM, "older");
}

/* The line of one column, and how it came there from the one before. Of batches that share the column it is
 * the first one's, the lowest: what lies under it came behind the watermark in any of them. */
static void draw_watermark(const struct plot *p, const struct query_view *v, size_t batch, int64_t before_ms,
                           int y, const struct canvas *c)
{
    int64_t ms = known_watermark_ms(v->history[batch].watermark_ms);
    int x = p->scale_w + column_of(p, v, batch) * p->each, line;
    if (ms == UNKNOWN)
        return;
    line = line_of(p, ms);
    for (int i = 0; i < p->each; i++)
        (void)draw_text(c, y + line, x + i, ST_ACCENT, GLYPH(c, "━", "="));
    if (before_ms == UNKNOWN || line_of(p, before_ms) <= line)
        return;
    (void)draw_text(c, y + line, x, ST_ACCENT, GLYPH(c, "┏", "="));
    for (int up = line + 1; up < line_of(p, before_ms); up++)
        (void)draw_text(c, y + up, x, ST_ACCENT, GLYPH(c, "┃", "|"));
    (void)draw_text(c, y + line_of(p, before_ms), x, ST_ACCENT, GLYPH(c, "┛", "|"));
}

static void draw_watermarks(const struct plot *p, const struct query_view *v, int y, const struct canvas *c)
{
    int64_t before_ms = UNKNOWN;
    int column = -1;
    for (size_t b = p->first; b < v->history_count; b++) {
        if (column_of(p, v, b) == column)
            continue;
        column = column_of(p, v, b);
        draw_watermark(p, v, b, before_ms, y, c);
        before_ms = known_watermark_ms(v->history[b].watermark_ms);
    }
}

static const struct {
    const char *unicode, *plain;
    enum style style;
} signs[] = {{"·", ".", ST_GRAPH}, {"o", "o", ST_WARN}, {"p", "p", ST_TEXT}, {"L", "L", ST_BAD}};

/* The rows of one batch, or of those that share its column, in the order of their arrival over its columns.
 * Weightier signs are drawn last, so that no dot covers a late row. */
static void draw_rows(const struct plot *p, const struct query_view *v, size_t batch, size_t from, size_t to,
                      int y, const struct canvas *c)
{
    int x = p->scale_w + column_of(p, v, batch) * p->each;
    for (int weight = 0; weight < 4; weight++)
        for (size_t i = from, b = batch; i < to; i++) {
            const struct view_mark *m = &v->marks[i];
            while (b + 1 < v->history_count && v->history[b].batch_id < m->batch_id)
                b++;
            int sign = m->kind == MARK_LATE                        ? 3
                       : is_past(v, m, v->history[b].watermark_ms) ? 2
                       : m->kind == MARK_OUT_OF_ORDER              ? 1
                                                                   : 0;
            if (sign != weight)
                continue;
            size_t column =
                to - from <= (size_t)p->each ? i - from : (i - from) * (size_t)p->each / (to - from);
            (void)draw_text(c, y + line_of(p, m->event_ms), x + (int)column, signs[sign].style,
                            c->ascii ? signs[sign].plain : signs[sign].unicode);
        }
}

static void draw_numbers(const struct plot *p, const struct query_view *v, const struct canvas *c, int y)
{
    char text[24];
    draw_cell(c, y, 0, p->scale_w - 1, RIGHT, ST_DIM,
              p->scale_w < SCALE_W ? "batch" : GLYPH(c, "batch →", "batch ->"));
    int free_x = 0;
    for (size_t b = p->first; b < v->history_count; b++) {
        int x = column_of(p, v, b) * p->each;
        int width = snprintf(text, sizeof text, "%lld", (long long)v->history[b].batch_id);
        if (x < free_x || x + width > p->w)
            continue;
        (void)draw_text(c, y, p->scale_w + x, ST_DIM, text);
        free_x = x + width + 2;
    }
}

void plot_draw(const struct plot *p, const struct pane_env *env, const struct canvas *c, int y)
{
    const struct query_view *v = env->query;
    if (!p->unit_ms)
        return;
    draw_scale(p, v, c, y);
    draw_watermarks(p, v, y, c);
    size_t i = first_mark(v, p->first);
    for (size_t b = p->first; b < v->history_count && i < v->marks_count;) {
        size_t next = b + 1, to = i;
        while (next < v->history_count && column_of(p, v, next) == column_of(p, v, b))
            next++;
        while (to < v->marks_count && v->marks[to].batch_id <= v->history[next - 1].batch_id)
            to++;
        draw_rows(p, v, b, i, to, y, c);
        i = to;
        b = next;
    }
    if (p->h + 1 >= NUMBERS_MIN_H)
        draw_numbers(p, v, c, y + p->h);
}

void plot_legend(const struct plot *p, const struct pane_env *env, struct legend *l)
{
    const struct query_view *v = env->query;
    char n[40], all[40];
    const bool ascii = env->ascii;
    const bool narrow = env->w < NARROW_W;
    legend_add(l, ST_ACCENT, "%s watermark", ascii ? "=" : "━");
    legend_add(l, ST_GRAPH, "%s in order", ascii ? "." : "·");
    legend_add(l, ST_WARN, "o out of order");
    const struct query_settings *q = &v->settings;
    if (p->past || (q->output_mode == OUTPUT_COMPLETE && q->window_ms))
        legend_add(l, ST_TEXT, "p %s, still counts",
                   !q->window_ms ? "behind it"
                   : narrow      ? "past"
                                 : "past its window");
    if (p->late || v->rows_late || (q->output_mode != OUTPUT_COMPLETE && q->window_ms))
        legend_add(l, ST_BAD, "L late: %s dropped", text_count(n, sizeof n, v->rows_late));
    if (p->ends && !ascii)
        legend_add(l, ST_DIM, "┄ a window ends");
    if (p->unit_ms && p->marked < p->came)
        legend_add(l, ST_WARN, "showing %s of %s rows", text_count(n, sizeof n, p->marked),
                   text_count(all, sizeof all, p->came));
}
