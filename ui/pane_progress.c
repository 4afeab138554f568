/* The last batch: the figures of its progress report, or the report itself as JSON. */
#include "ui/pane.h"

#include "base/text.h"
#include "base/xalloc.h"
#include "ui/figures_csv.h"
#include "ui/list.h"
#include "ui/words.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LINES_MOST = 40, LABEL_W = 12 };

/* One line of figures. */
struct figure_line {
    char label[24], text[120];
    enum style style;
    bool bar; /* the phases of the batch, drawn instead of text */
};

struct progress_pane {
    bool json;
    struct list list;
    int left; /* columns scrolled, in the JSON */
    struct figure_line line[LINES_MOST];
    size_t lines;
};

static void title(const void *state, const struct pane_env *env, char *out, size_t cap, char *right,
                  size_t right_cap)
{
    const struct progress_pane *p = state;
    char n[32];
    if (env->query && env->query->progress.batch_id >= 0)
        snprintf(out, cap, "Progress: batch %s", text_count(n, sizeof n, env->query->progress.batch_id));
    else
        snprintf(out, cap, "Progress");
    snprintf(right, right_cap, p->json ? "[J] figures" : "[J] JSON");
}

static void add(struct progress_pane *p, enum style style, const char *label, const char *fmt, ...)
    __attribute__((format(printf, 4, 5)));
static void add(struct progress_pane *p, enum style style, const char *label, const char *fmt, ...)
{
    if (p->lines == LINES_MOST)
        return;
    struct figure_line *l = &p->line[p->lines++];
    *l = (struct figure_line){.style = style};
    snprintf(l->label, sizeof l->label, "%s", label);
    va_list ap;
    va_start(ap, fmt);
    (void)vsnprintf(l->text, sizeof l->text, fmt, ap);
    va_end(ap);
}

static void add_rates(struct progress_pane *p, const struct query_view *v, const struct cluster_view *c)
{
    const struct progress *g = &v->progress;
    char a[40], b[40];
    /* A burst makes one batch look slow; only a lag of more than a second that grows as well means that the
     * query cannot keep up.
     */
    bool behind = g->input_per_s > g->processed_per_s && c && c->lag_trend_per_s > 0 &&
                  c->lag_total != UNKNOWN && (double)c->lag_total > g->input_per_s;
    add(p, ST_VALUE, "rows in", "%s", text_count(a, sizeof a, g->rows_in));
    add(p, ST_TEXT, "input", "%s rows/s", text_rate(a, sizeof a, g->input_per_s));
    add(p, behind ? ST_WARN : ST_TEXT, "processed", "%s rows/s%s", text_rate(b, sizeof b, g->processed_per_s),
        behind ? "  too slow" : "");
}

static void add_times(struct progress_pane *p, const struct query_view *v)
{
    const struct progress *g = &v->progress;
    char a[40], b[40];
    if (g->event_max_ms == UNKNOWN)
        add(p, ST_TEXT, "event time", "-  (no new rows)");
    else
        add(p, ST_TEXT, "event time", "%s..%s", words_time(a, sizeof a, g->event_min_ms, UNKNOWN, false),
            words_time(b, sizeof b, g->event_max_ms, g->event_min_ms, false));
    int64_t used = g->watermark_ms == 0 ? UNKNOWN : g->watermark_ms;
    int64_t next = g->next_watermark_ms == 0 ? UNKNOWN : g->next_watermark_ms;
    int64_t day = g->event_max_ms == UNKNOWN ? used : g->event_max_ms;
    words_time(a, sizeof a, used, day, false);
    words_time(b, sizeof b, next, day, false);
    /* One line while both are short, two when a date has to tell them apart. */
    if (strlen(a) + strlen(b) <= 10) {
        add(p, ST_TEXT, "watermark", "used %s  next %s", a, b);
    } else {
        add(p, ST_TEXT, "watermark", "used %s", a);
        add(p, ST_TEXT, "", "next %s", b);
    }
}

static void add_rows(struct progress_pane *p, const struct query_view *v)
{
    const struct progress *g = &v->progress;
    char a[40], b[40];
    int64_t bad = 0, bad_all = 0;
    for (int i = 0; i < BAD_REASON_COUNT; i++) {
        bad += g->rows_bad[i];
        bad_all += v->rows_bad[i];
    }
    add(p, g->rows_late > 0 ? ST_WARN : ST_TEXT, "late", "%s  (%s in all)",
        text_count(a, sizeof a, g->rows_late), text_count(b, sizeof b, v->rows_late));
    add(p, ST_TEXT, "duplicates", "%s  (%s in all)", text_count(a, sizeof a, g->rows_duplicate),
        text_count(b, sizeof b, v->rows_duplicate));
    add(p, bad > 0 ? ST_WARN : ST_TEXT, "bad", "%s  (%s in all)", text_count(a, sizeof a, bad),
        text_count(b, sizeof b, bad_all));
    if (v->last_bad[0])
        add(p, ST_WARN, "last bad", "%s", v->last_bad);
    add(p, ST_TEXT, "nulls", "%s  (%s in all)", text_count(a, sizeof a, g->rows_null),
        text_count(b, sizeof b, v->rows_null));
    if (g->data_loss > 0)
        add(p, ST_BAD, "lost", "%s offsets were gone before they were read",
            text_count(a, sizeof a, g->data_loss));
}

static void add_state(struct progress_pane *p, const struct query_view *v)
{
    char rows[40], bytes[40], updated[40], removed[40], label[24];
    for (int i = 0; i < v->progress.state_count; i++) {
        const struct state_progress *s = &v->progress.state[i];
        bool distinct = strncmp(s->operator_name, "dedupe", 6) == 0;
        snprintf(label, sizeof label, "%s", distinct ? "distinct" : "groups");
        add(p, ST_TEXT, label, "%s  %s", text_count(rows, sizeof rows, s->rows_total),
            text_bytes(bytes, sizeof bytes, s->memory_bytes));
        add(p, ST_DIM, "", "updated %s  removed %s", text_count(updated, sizeof updated, s->rows_updated),
            text_count(removed, sizeof removed, s->rows_removed));
    }
}

static void add_phases(struct progress_pane *p, const struct query_view *v)
{
    const struct progress *g = &v->progress;
    char a[40];
    add(p, ST_VALUE, "duration", "%s", words_span(a, sizeof a, g->total_ms / 1000));
    if (p->lines < LINES_MOST) {
        p->line[p->lines - 1].bar = true;
        for (int i = 0; i < PHASE_COUNT; i++)
            add(p, ST_DIM, "", "%-13s %s", phase_name((enum phase)i),
                words_span(a, sizeof a, g->phase_ms[i] / 1000));
    }
}

static size_t json_lines(const char *json)
{
    size_t n = *json != '\0';
    for (; *json; json++)
        n += *json == '\n';
    return n;
}

static void prepare(void *state, const struct pane_env *env)
{
    struct progress_pane *p = state;
    const struct query_view *v = env->query;
    p->list.pager = true;
    p->lines = 0;
    if (v && v->progress.batch_id >= 0 && !p->json) {
        add_rates(p, v, env->cluster);
        add_times(p, v);
        add_phases(p, v);
        /* The phases, one a line, come after what fits beside them in a small pane. */
        struct figure_line phases[PHASE_COUNT];
        size_t first = p->lines - PHASE_COUNT;
        memcpy(phases, p->line + first, sizeof phases);
        p->lines = first;
        add_rows(p, v);
        add_state(p, v);
        for (int i = 0; i < PHASE_COUNT && p->lines < LINES_MOST; i++)
            p->line[p->lines++] = phases[i];
    }
    size_t count = p->json && v && v->progress_json ? json_lines(v->progress_json) : p->lines;
    list_fit(&p->list, count, env->h > 0 ? (size_t)env->h : 1);
}

/* The phases as a bar: each as long as its share, with its word in it where that fits. */
static void draw_phases(const struct query_view *v, const struct canvas *c, int y, int x)
{
    static const char *const words[PHASE_COUNT] = {
        [PHASE_LATEST_OFFSET] = "latest", [PHASE_QUERY_PLANNING] = "plan", [PHASE_WAL_COMMIT] = "wal",
        [PHASE_GET_BATCH] = "get",        [PHASE_ADD_BATCH] = "add",       [PHASE_COMMIT_OFFSETS] = "commit",
    };
    static const enum style looks[] = {ST_GRAPH, ST_ACCENT};
    int room = c->r.w - x - 1, at = 0;
    double sum = 0, run = 0;
    for (int i = 0; i < PHASE_COUNT; i++)
        sum += v->progress.phase_ms[i] > 0 ? v->progress.phase_ms[i] : 0;
    if (room < 8 || !(sum > 0))
        return;
    for (int i = 0, shown = 0; i < PHASE_COUNT; i++) {
        run += v->progress.phase_ms[i] > 0 ? v->progress.phase_ms[i] : 0;
        int end = (int)lround(run / sum * room), word = (int)strlen(words[i]);
        if (end <= at)
            continue;
        bool odd = shown++ % 2;
        for (int k = at; k < end; k++)
            (void)draw_text(c, y, x + k, looks[odd], GLYPH(c, odd ? "▒" : "█", odd ? "-" : "="));
        if (end - at > word)
            (void)draw_text(c, y, x + at, looks[odd], words[i]);
        at = end;
    }
}

static void draw_figures(const struct progress_pane *p, const struct pane_env *env, const struct canvas *c)
{
    for (int y = 0; y < c->r.h; y++) {
        size_t row = p->list.top + (size_t)y;
        if (row >= p->lines)
            break;
        const struct figure_line *l = &p->line[row];
        draw_cell(c, y, 1, LABEL_W - 1, LEFT, ST_DIM, l->label);
        draw_cell(c, y, LABEL_W, c->r.w - LABEL_W, LEFT, l->style, l->text);
        if (l->bar)
            draw_phases(env->query, c, y, LABEL_W + text_width(l->text) + 1);
    }
}

static void draw_json(const struct progress_pane *p, const char *json, const struct canvas *c)
{
    char line[1024];
    size_t row = 0;
    for (const char *at = json; *at; row++) {
        const char *end = strchrnul(at, '\n');
        if (row >= p->list.top && row < p->list.top + (size_t)c->r.h) {
            size_t len = (size_t)(end - at), skip = (size_t)p->left < len ? (size_t)p->left : len;
            while (skip < len && ((unsigned char)at[skip] & 0xC0) == 0x80)
                skip++;
            (void)text_clean(line, sizeof line, at + skip, len - skip, c->ascii);
            draw_cell(c, (int)(row - p->list.top), 1, c->r.w - 1, LEFT, ST_TEXT, line);
        }
        at = *end ? end + 1 : end;
    }
}

static void draw(const void *state, const struct pane_env *env, const struct canvas *c)
{
    const struct progress_pane *p = state;
    const struct query_view *v = env->query;
    if (!v || v->progress.batch_id < 0)
        draw_lines(c, 0, 1, ST_DIM, "No batch has ended yet.");
    else if (p->json)
        draw_json(p, v->progress_json ? v->progress_json : "", c);
    else
        draw_figures(p, env, c);
}

static unsigned act(void *state, const struct pane_env *env, enum action_id id)
{
    (void)env;
    struct progress_pane *p = state;
    if (list_act(&p->list, id))
        return REACT_DRAW;
    switch (id) {
    case ACT_JSON:
        p->json = !p->json;
        p->list.top = 0;
        p->left = 0;
        return REACT_DRAW;
    case ACT_RIGHT: p->left += p->json ? 20 : 0; return REACT_DRAW;
    case ACT_LEFT: p->left = 0; return REACT_DRAW;
    default: return REACT_NONE;
    }
}

extern const struct pane_ops pane_progress;
const struct pane_ops pane_progress = {
    .name = "progress",
    .help = "The last batch's progress report: rows, rates, event time, watermark, durations, state.",
    .explain = explain_progress,
    .room = {.place = PLACE_SIDE, .min_h = 4, .wish_h = 12, .weight = 1, .rank = 3},
    .uses = {USES_LIST, ACT_JSON, ACT_LEFT, ACT_RIGHT},
    .state_size = sizeof(struct progress_pane),
    .title = title,
    .prepare = prepare,
    .draw = draw,
    .figures = figures_of_operators,
    .act = act,
};
