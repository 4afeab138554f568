/* What was not counted: messages that are no calls, by reason, and the newest rows that came after their
 * window had closed, with how late they were. */
#include "ui/pane.h"

#include "base/text.h"
#include "ui/list.h"
#include "ui/windows_view.h"
#include "ui/words.h"

#include <stdio.h>
#include <string.h>

enum {
    EVENT_W = 15,
    LATE_W = 13,
    MARK_W = 12,
    END_W = 14,
    WHERE_W = 14,
    END_MIN_W = 72,
    WHERE_MIN_W = 88,
    BAD_LINES = 2,
    WHOLE_MIN_H = 12
};

struct rejects_pane {
    struct list list;
    /* The late rows that the filter lets through, newest first: indices of the view's. */
    size_t rows[sizeof((struct query_view *)0)->late / sizeof(struct view_late)];
    size_t count;
};

static void title(const void *state, const struct pane_env *env, char *out, size_t cap, char *right,
                  size_t right_cap)
{
    const struct rejects_pane *p = state;
    char n[40], words[MATCH_TEXT + 16];
    if (env->filter[0])
        snprintf(out, cap, "Late and bad: %zu late rows %s", p->count,
                 match_words(env->match, words, sizeof words));
    else
        snprintf(out, cap, "Late and bad");
    if (env->query)
        snprintf(right, right_cap, "late %s", words_late(n, sizeof n, env->query));
}

static void prepare(void *state, const struct pane_env *env)
{
    struct rejects_pane *p = state;
    int page = env->h - BAD_LINES - 1;
    p->list.pager = true;
    p->count = 0;
    for (size_t i = env->query ? env->query->late_count : 0; i > 0; i--)
        if (match_hit(env->match, env->query->late[i - 1].type))
            p->rows[p->count++] = i - 1;
    list_fit(&p->list, p->count, page > 0 ? (size_t)page : 1);
}

/* "bad 3: not JSON 2, no time 1", and the last one. */
static int draw_bad(const struct query_view *v, const struct canvas *c, int y)
{
    char line[400], n[40];
    int64_t all = bad_rows(v->rows_bad);
    size_t at = (size_t)snprintf(line, sizeof line, "bad messages %s", text_count(n, sizeof n, all));
    for (int i = 0, shown = 0; i < BAD_REASON_COUNT && at < sizeof line; i++)
        if (v->rows_bad[i] > 0)
            at += (size_t)snprintf(line + at, sizeof line - at, "%s%s %s", shown++ ? ", " : ": ",
                                   bad_reason_name((enum bad_reason)i),
                                   text_count(n, sizeof n, v->rows_bad[i]));
    draw_cell(c, y++, 1, c->r.w - 1, LEFT, all > 0 ? ST_WARN : ST_TEXT, line);
    if (v->last_bad[0]) {
        snprintf(line, sizeof line, "last: %s", v->last_bad);
        if (c->r.h >= WHOLE_MIN_H)
            y = draw_lines(c, y, 1, ST_TEXT, line);
        else
            draw_cell(c, y++, 1, c->r.w - 1, LEFT, ST_TEXT, line);
    }
    return y;
}

static void draw_late(const struct canvas *c, int y, const struct query_view *v, const struct view_late *late)
{
    char event[40], mark[40], by[40], end[40], where[60];
    int64_t end_ms = last_window_end_ms(&v->settings, late->event_ms);
    int x = 1;
    words_time(event, sizeof event, late->event_ms, UNKNOWN, true);
    words_span(by, sizeof by, (double)(late->watermark_ms - late->event_ms) / 1000);
    words_time(mark, sizeof mark, late->watermark_ms, UNKNOWN, false);
    words_time(end, sizeof end, end_ms, late->event_ms, false);
    snprintf(where, sizeof where, "%d:%lld", (int)late->partition, (long long)late->offset);
    draw_cell(c, y, x, EVENT_W, LEFT, ST_TEXT, event);
    x += EVENT_W;
    draw_cell(c, y, x, LATE_W, LEFT, ST_WARN, by);
    x += LATE_W;
    if (c->r.w >= 56) {
        draw_cell(c, y, x, MARK_W, LEFT, ST_DIM, mark);
        x += MARK_W;
    }
    if (c->r.w >= END_MIN_W) { /* why it is late: it ended before the watermark */
        draw_cell(c, y, x, END_W, LEFT, ST_DIM, end);
        x += END_W;
    }
    if (c->r.w >= WHERE_MIN_W) {
        draw_cell(c, y, x, WHERE_W, LEFT, ST_DIM, where);
        x += WHERE_W;
    }
    draw_cell(c, y, x, c->r.w - x, LEFT, ST_TEXT, late->type[0] ? late->type : "-");
}

static void draw_heading(const struct canvas *c, int y)
{
    int x = 1;
    draw_fill_line(c, y, ST_HEAD);
    draw_cell(c, y, x, EVENT_W, LEFT, ST_HEAD, "event time");
    x += EVENT_W;
    draw_cell(c, y, x, LATE_W, LEFT, ST_HEAD, "behind mark");
    x += LATE_W;
    if (c->r.w >= 56) {
        draw_cell(c, y, x, MARK_W, LEFT, ST_HEAD, "watermark");
        x += MARK_W;
    }
    if (c->r.w >= END_MIN_W) {
        draw_cell(c, y, x, END_W, LEFT, ST_HEAD, "window ended");
        x += END_W;
    }
    if (c->r.w >= WHERE_MIN_W) {
        draw_cell(c, y, x, WHERE_W, LEFT, ST_HEAD, "part:offset");
        x += WHERE_W;
    }
    draw_cell(c, y, x, c->r.w - x, LEFT, ST_HEAD, "type");
}

static void draw(const void *state, const struct pane_env *env, const struct canvas *c)
{
    const struct rejects_pane *p = state;
    const struct query_view *v = env->query;
    if (!v) {
        draw_lines(c, 0, 1, ST_DIM, "The query has not reported yet.");
        return;
    }
    int y = draw_bad(v, c, 0);
    if (!v->late_count) {
        draw_lines(c, y, 1, ST_DIM,
                   v->rows_late && (v->unavailable & NO_LATE_ROWS)
                       ? "Not available with Spark: it keeps no late rows, and counts them in groups after a "
                         "partial aggregation, so that there may be more of them."
                   : v->rows_late ? "The late rows came before this program's start."
                   : v->settings.output_mode == OUTPUT_COMPLETE
                       ? "No row is late: complete mode counts every row, however old. [o] changes the mode."
                   : !v->settings.window_ms
                       ? "No row is late: without windows nothing closes. [w] sets windows."
                       : "No row has come too late for its window yet.");
        return;
    }
    draw_heading(c, y++);
    if (!p->count)
        draw_lines(c, y, 1, ST_DIM, "No late row is like that: [Esc] clears the filter.");
    for (size_t i = p->list.top; i < p->count && y < c->r.h; i++, y++)
        draw_late(c, y, v, &v->late[p->rows[i]]);
}

static unsigned act(void *state, const struct pane_env *env, enum action_id id)
{
    (void)env;
    struct rejects_pane *p = state;
    return list_act(&p->list, id) || id == ACT_REJECTS ? REACT_DRAW : REACT_NONE;
}

extern const struct pane_ops pane_rejects;
const struct pane_ops pane_rejects = {
    .name = "rejects",
    .help =
        "What was not counted: messages that are no calls, by reason; the newest rows that came too late, "
        "and how far their event time was behind the watermark.",
    .explain = explain_rejects,
    .room = {.place = PLACE_NONE, .min_h = 5, .wish_h = 8, .weight = 1, .rank = 6},
    .uses = {USES_LIST, ACT_REJECTS, ACT_FILTER},
    .state_size = sizeof(struct rejects_pane),
    .title = title,
    .prepare = prepare,
    .draw = draw,
    .act = act,
};
