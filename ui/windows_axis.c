/* The windows on the axis of event time (to the right), newest first: a bar from start to end each, and the
 * watermark as a mark across all of them. */
#include "ui/windows_view.h"

#include "base/text.h"
#include "ui/words.h"

#include <stdio.h>
#include <string.h>

enum {
    WIDE_W = 100,
    NARROW_W = 58,
    ROWS_W = 9,
    LATE_W = 6,
    HEAD_LINES = 2, /* column headings above, the axis with the watermark below */
    BAR_LEAST_W = 8,
    BAR_ENOUGH_W = 6,
    WINDOWS_LEAST = 4
};

struct axis_columns {
    int label, rows, late, state, bar;
    bool dates;
};

static struct axis_columns columns_of(const struct axis *a, const struct query_view *v, int w)
{
    struct axis_columns k = {.rows = ROWS_W, .late = LATE_W};
    char text[40];
    /* Windows of one day need no dates; where there are some, all have them. */
    for (size_t i = 0; i < a->count && !k.dates; i++)
        k.dates =
            text_width(words_time(text, sizeof text, a->window[i].start_ms, v->newest_event_ms, false)) > 5;
    k.label = k.dates ? 18 : 12;
    k.state = w >= WIDE_W ? 32 : w >= NARROW_W ? 12 : 0; /* where there is none the bars' signs say it */
    if (w < NARROW_W) {
        k.rows = 6;
        k.late = 5;
    }
    k.bar = w - 1 - k.label - k.rows - k.late - k.state - 1;
    if (k.bar < BAR_LEAST_W)
        k.bar = 0;
    return k;
}

static int stride(const struct pane_env *env)
{
    return env->spacious && env->h >= 14 ? 2 : 1;
}

size_t axis_page(const struct axis *a, const struct pane_env *env, int h)
{
    const struct query_settings *s = &env->query->settings;
    int rows = (h - HEAD_LINES) / stride(env);
    int bar = columns_of(a, env->query, env->w).bar;
    /* Sliding windows overlap: so many more bars fit in the same time. */
    int64_t overlap = s->slide_ms > 0 ? s->window_ms / s->slide_ms : 1;
    int64_t most = bar ? bar / BAR_ENOUGH_W * (overlap > 0 ? overlap : 1) : rows;
    most = most < WINDOWS_LEAST ? WINDOWS_LEAST : most;
    return rows > most ? (size_t)most : rows > 0 ? (size_t)rows : 1;
}

static const char *window_text(const struct axis_window *w, bool dates, char *out, size_t cap)
{
    char start[40], end[40];
    snprintf(out, cap, "%s-%s",
             words_time(start, sizeof start, w->start_ms, dates ? UNKNOWN : w->start_ms, false),
             words_time(end, sizeof end, w->end_ms, w->end_ms, false));
    return out;
}

static const char *state_text(const struct axis_window *w, const struct query_view *v, bool wide, char *out,
                              size_t cap)
{
    char end[40];
    const bool complete = v->settings.output_mode == OUTPUT_COMPLETE;
    switch (axis_state(w, v)) {
    case WINDOW_CLOSED: return "closed";
    case WINDOW_PAST:
        if (!wide)
            return complete ? "past, kept" : "closing";
        return complete ? "past, kept in complete mode" : "closes when the next batch ends";
    default:
        if (!wide || complete)
            return "open";
        snprintf(out, cap, "open, closes at watermark %s",
                 words_time(end, sizeof end, w->end_ms, w->end_ms, false));
        return out;
    }
}

/* ---- the axis ---- */

struct range {
    int64_t low_ms, high_ms;
    int x, w;
};

static int column_of(const struct range *r, int64_t ms)
{
    if (ms <= r->low_ms || r->high_ms <= r->low_ms)
        return r->x;
    if (ms >= r->high_ms)
        return r->x + r->w;
    return r->x + (int)((double)(ms - r->low_ms) / (double)(r->high_ms - r->low_ms) * r->w);
}

static struct range range_of(const struct axis *a, const struct list *list, int x, int w)
{
    struct range r = {.low_ms = INT64_MAX, .high_ms = INT64_MIN, .x = x, .w = w};
    for (size_t i = list->top; i < a->count && i < list->top + list->page; i++) {
        r.low_ms = a->window[i].start_ms < r.low_ms ? a->window[i].start_ms : r.low_ms;
        r.high_ms = a->window[i].end_ms > r.high_ms ? a->window[i].end_ms : r.high_ms;
    }
    return r;
}

static void draw_bar(const struct axis_window *w, const struct query_view *v, const struct range *r, int y,
                     int lines, const struct canvas *c)
{
    enum window_state s = axis_state(w, v);
    int from = column_of(r, w->start_ms), to = column_of(r, w->end_ms);
    for (int line = 0; line < lines; line++)
        for (int x = from; x < to || x == from; x++)
            (void)draw_text(c, y + line, x, axis_style(s), axis_sign(s, c->ascii));
}

/* The time under the bars, and the watermark's mark over them. */
static void draw_mark(const struct query_view *v, const struct range *r, int last, const struct canvas *c)
{
    char text[60], time[40];
    int64_t mark_ms = known_watermark_ms(v->next_watermark_ms);
    words_time(text, sizeof text, r->low_ms, v->newest_event_ms, false);
    (void)draw_text(c, last, r->x, ST_DIM, text);
    words_time(time, sizeof time, r->high_ms, r->high_ms, false);
    draw_cell(c, last, r->x + r->w - 5, 5, RIGHT, ST_DIM, time);
    if (mark_ms == UNKNOWN || mark_ms < r->low_ms || mark_ms > r->high_ms)
        return;
    int x = column_of(r, mark_ms);
    for (int y = 1; y < last; y++)
        (void)draw_text(c, y, x, ST_ACCENT, GLYPH(c, "┃", "|"));
    snprintf(text, sizeof text, " watermark %s ", words_time(time, sizeof time, mark_ms, mark_ms, false));
    int width = text_width(text), left = x - width / 2;
    left = left < r->x ? r->x : left + width > r->x + r->w ? r->x + r->w - width : left;
    if (width <= r->w)
        (void)draw_text(c, last, left, ST_ACCENT, text);
}

static void draw_window(const struct axis_window *w, const struct axis_columns *k, const struct pane_env *env,
                        int y, const struct canvas *c)
{
    char text[80];
    const struct query_view *v = env->query;
    enum window_state s = axis_state(w, v);
    enum style style = s == WINDOW_CLOSED ? ST_DIM : ST_TEXT;
    int x = 1;
    draw_cell(c, y, x, k->label, LEFT, style, window_text(w, k->dates, text, sizeof text));
    draw_cell(c, y, x += k->label, k->rows, RIGHT, s == WINDOW_CLOSED ? ST_DIM : ST_VALUE,
              text_count(text, sizeof text, w->rows));
    x += k->rows;
    if (w->late) {
        char n[40];
        snprintf(text, sizeof text, "L%s", text_count(n, sizeof n, w->late));
        draw_cell(c, y, x, k->late, RIGHT, ST_BAD, text);
    }
    draw_cell(c, y, x + k->late + 1, k->state - 1, LEFT, axis_style(s),
              state_text(w, v, k->state > 12, text, sizeof text));
}

void axis_draw(const struct axis *a, const struct list *list, const struct pane_env *env,
               const struct canvas *c)
{
    const struct query_view *v = env->query;
    struct axis_columns k = columns_of(a, v, c->r.w);
    int x = 1, each = stride(env);
    draw_fill_line(c, 0, ST_HEAD);
    draw_cell(c, 0, x, k.label, LEFT, ST_HEAD, k.dates ? "window (UTC)" : "window");
    draw_cell(c, 0, x += k.label, k.rows, RIGHT, ST_HEAD, "rows");
    draw_cell(c, 0, x += k.rows, k.late, RIGHT, ST_HEAD, "late");
    draw_cell(c, 0, x + k.late + 1, k.state - 1, LEFT, ST_HEAD, "state");
    struct range r = range_of(a, list, c->r.w - k.bar - 1, k.bar);
    if (k.bar)
        draw_cell(c, 0, r.x, k.bar, LEFT, ST_HEAD, c->ascii ? "event time ->" : "event time →");
    int y = 1;
    for (size_t i = list->top; i < a->count && i < list->top + list->page && y + 1 < c->r.h; i++, y += each) {
        draw_window(&a->window[i], &k, env, y, c);
        if (k.bar)
            draw_bar(&a->window[i], v, &r, y, y + each < c->r.h ? each : 1, c);
    }
    if (k.bar && a->count)
        draw_mark(v, &r, y < c->r.h ? y : c->r.h - 1, c);
}

void axis_draw_line(const struct axis *a, const struct query_view *v, const struct canvas *c, int y)
{
    char text[120], times[60], rows[40];
    int right = c->r.w;
    for (size_t i = 0; i < a->count; i++) {
        const struct axis_window *w = &a->window[i];
        enum window_state s = axis_state(w, v);
        snprintf(text, sizeof text, "%s %s %s%s%s", window_text(w, false, times, sizeof times),
                 axis_sign(s, c->ascii),
                 s == WINDOW_CLOSED ? "closed"
                 : s == WINDOW_PAST ? (v->settings.output_mode == OUTPUT_COMPLETE ? "past" : "closing")
                                    : "open",
                 w->rows == UNKNOWN ? "" : " ",
                 w->rows == UNKNOWN ? "" : text_count(rows, sizeof rows, w->rows));
        int width = text_width(text) + 2;
        if (right - width < 1)
            break;
        right -= width;
        (void)draw_text(c, y, right, axis_style(s), text);
    }
    static const char head[] = "rows by window ";
    if (right > (int)sizeof head)
        (void)draw_text(c, y, right - (int)sizeof head + 1, ST_DIM, head);
}

void axis_legend(const struct axis *a, const struct pane_env *env, struct legend *l)
{
    const bool complete = env->query->settings.output_mode == OUTPUT_COMPLETE;
    const bool narrow = env->w < NARROW_W;
    bool late = false;
    for (size_t i = 0; i < a->count; i++)
        late |= a->window[i].late > 0;
    legend_add(l, axis_style(WINDOW_OPEN), "%s open", axis_sign(WINDOW_OPEN, env->ascii));
    if (complete)
        legend_add(l, axis_style(WINDOW_PAST),
                   narrow ? "%s past, counts" : "%s past the watermark, still counts",
                   axis_sign(WINDOW_PAST, env->ascii));
    else
        legend_add(l, axis_style(WINDOW_CLOSED),
                   narrow ? "%s closed" : "%s closed: its late rows are dropped",
                   axis_sign(WINDOW_CLOSED, env->ascii));
    legend_add(l, ST_ACCENT, "%s watermark", env->ascii ? "|" : "┃");
    if (late)
        legend_add(l, ST_BAD, "%s", narrow ? "L late rows" : "L late rows that came for it lately");
}
