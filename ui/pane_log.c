/* The log's newest lines: levels, a filter, following the end or standing still to read, and Enter for the
 * whole of a line that is longer than the screen is wide. */
#include "ui/pane.h"

#include "base/text.h"
#include "base/xalloc.h"
#include "log.h"
#include "ui/list.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

struct log_pane {
    struct log_entry *entries; /* a copy of the ring's, oldest first */
    size_t count;
    size_t *rows; /* those that pass the filter */
    size_t rows_count;
    uint64_t serial;
    size_t of_level[LOG_LEVELS]; /* how many of the copy */
    enum log_level least;
    uint64_t selected; /* the entry's number: the mark stays on it while others come */
    bool stay;         /* do not follow */
    bool to_left;      /* long lines: show their end */
    bool stale;
    bool whole; /* the selected line alone, wrapped */
    char filter[MATCH_TEXT];
    struct list list;
    struct list text; /* of the wrapped lines; a pager */
};

static void open_state(void *state)
{
    struct log_pane *p = state;
    p->entries = xcalloc(LOG_RING, sizeof *p->entries);
    p->rows = xcalloc(LOG_RING, sizeof *p->rows);
    p->least = LOG_INFO;
    p->stale = true;
    p->text.pager = true;
}

static void close_state(void *state)
{
    struct log_pane *p = state;
    free(p->entries);
    free(p->rows);
}

/* "2 errors, 3 warnings": what one would not want to miss while other lines pass. */
static void counts(const struct log_pane *p, char *out, size_t cap)
{
    size_t errors = p->of_level[LOG_ERROR] + p->of_level[LOG_CRITICAL], warnings = p->of_level[LOG_WARNING];
    char e[40] = "", w[40] = "";
    if (errors)
        text_many(e, sizeof e, (long long)errors, "error", "errors");
    if (warnings)
        text_many(w, sizeof w, (long long)warnings, "warning", "warnings");
    snprintf(out, cap, "%s%s%s", e, errors && warnings ? ", " : "", w);
}

static void title(const void *state, const struct pane_env *env, char *out, size_t cap, char *right,
                  size_t right_cap)
{
    const struct log_pane *p = state;
    char n[40], words[MATCH_TEXT + 16], bad[100];
    counts(p, bad, sizeof bad);
    if (env->filter[0])
        snprintf(out, cap, "Log: %s lines %s", text_count(n, sizeof n, (long long)p->rows_count),
                 match_words(env->match, words, sizeof words));
    else
        snprintf(out, cap, "Log%s%s", bad[0] ? ": " : "", bad);
    size_t below = p->list.count > p->list.selected ? p->list.count - 1 - p->list.selected : 0;
    if (p->whole)
        snprintf(right, right_cap, "[Esc] back to the lines");
    else if (p->stay && below > 0 && env->w >= 70)
        snprintf(right, right_cap, "%s and above, standing: %s newer [End]", log_level_name(p->least),
                 text_count(n, sizeof n, (long long)below));
    else
        snprintf(right, right_cap, "%s and above, %s", log_level_name(p->least),
                 p->stay ? "standing" : "following");
}

/* Rows that pass the filter, and the mark back onto its entry; one that is gone gives it to its successor. */
static void choose_rows(struct log_pane *p, const struct pane_env *env)
{
    size_t at = 0;
    snprintf(p->filter, sizeof p->filter, "%s", env->filter);
    p->rows_count = 0;
    memset(p->of_level, 0, sizeof p->of_level);
    for (size_t i = 0; i < p->count; i++) {
        const struct log_entry *e = &p->entries[i];
        p->of_level[e->level]++;
        if (!match_hit(env->match, e->text) && !match_hit(env->match, e->name))
            continue;
        if (e->number < p->selected)
            at = p->rows_count + 1;
        p->rows[p->rows_count++] = i;
    }
    p->list.count = p->rows_count;
    list_select(&p->list, at);
    p->stale = false;
}

/* Bytes of the text that a line of so many columns takes, broken at a blank where there is one; at least one
 * character. */
static size_t wrapped(const char *text, int columns)
{
    int used;
    size_t len = text_fit(text, columns > 1 ? columns : 2, &used);
    if (!text[len])
        return len;
    for (size_t at = len; at > 0; at--)
        if (text[at] == ' ')
            return at + 1;
    return len ? len : strlen(text);
}

static size_t wrapped_lines(const char *text, int columns)
{
    size_t n = 0;
    for (; *text; text += wrapped(text, columns))
        n++;
    return n;
}

static const struct log_entry *selected_entry(const struct log_pane *p)
{
    return p->list.selected < p->rows_count ? &p->entries[p->rows[p->list.selected]] : NULL;
}

static void prepare(void *state, const struct pane_env *env)
{
    struct log_pane *p = state;
    uint64_t serial = p->serial;
    if (!env->frozen || p->stale)
        (void)log_read(NULL, 0, p->least, &serial);
    if (serial != p->serial || p->stale) {
        p->count = log_read(p->entries, LOG_RING, p->least, &p->serial);
        p->stale = true;
    }
    if (p->stale || strcmp(p->filter, env->filter) != 0)
        choose_rows(p, env);
    list_fit(&p->list, p->rows_count, env->h > 0 ? (size_t)env->h : 1);
    if (!p->stay)
        (void)list_act(&p->list, ACT_END);
    const struct log_entry *e = selected_entry(p);
    p->selected = e ? e->number : 0;
    p->whole = p->whole && e;
    if (p->whole)
        list_fit(&p->text, wrapped_lines(e->text, env->w - 2), env->h > 1 ? (size_t)env->h - 1 : 1);
}

static enum style level_style(enum log_level level)
{
    return level >= LOG_ERROR     ? ST_BAD
           : level == LOG_WARNING ? ST_WARN
           : level == LOG_DEBUG   ? ST_DIM
                                  : ST_TEXT;
}

static void draw_entry(const struct log_pane *p, const struct log_entry *e, const struct canvas *c, int y,
                       bool selected)
{
    char stamp[16] = "-", text[LOG_TEXT_MAX + 40];
    time_t s = (time_t)(e->wall_ms / 1000);
    struct tm tm;
    if (localtime_r(&s, &tm))
        (void)strftime(stamp, sizeof stamp, "%H:%M:%S", &tm);
    int x = 1;
    enum style style = selected ? ST_SELECT : level_style(e->level), dim = selected ? ST_SELECT : ST_DIM;
    if (selected) {
        draw_fill_line(c, y, ST_SELECT);
        (void)draw_text(c, y, 0, ST_SELECT, GLYPH(c, "▸", ">"));
    }
    if (c->r.w >= 60) {
        x += draw_text(c, y, x, dim, stamp) + 1;
        draw_cell(c, y, x, 8, LEFT, style, log_level_name(e->level));
        x += 9;
        draw_cell(c, y, x, 8, LEFT, dim, e->name);
        x += 9;
    } else {
        /* The level's first letter, so that colour is not its only sign. */
        x += draw_fmt(c, y, x, style, "%.1s ", log_level_name(e->level));
    }
    if (e->repeats > 1)
        snprintf(text, sizeof text, "%s (x %u)", e->text, (unsigned)e->repeats);
    else
        snprintf(text, sizeof text, "%s", e->text);
    const char *from = text;
    int room = c->r.w - x;
    /* Right shows the end of a long line: cut columns off its beginning. */
    if (p->to_left && room > 0)
        while (text_width(from) > room)
            from += text_fit(from, text_width(from) - room < room ? text_width(from) - room : room, NULL);
    draw_cell(c, y, x, room, LEFT, style, from);
}

/* All of one line: when it came, from whom, and what it says, over as many lines as that takes. */
static void draw_whole(const struct log_pane *p, const struct log_entry *e, const struct canvas *c)
{
    char stamp[40] = "-", part[LOG_TEXT_MAX];
    time_t s = (time_t)(e->wall_ms / 1000);
    struct tm tm;
    if (localtime_r(&s, &tm))
        (void)strftime(stamp, sizeof stamp, "%F %T", &tm);
    int x = 1 + draw_fmt(c, 0, 1, ST_DIM, "%s ", stamp), y = 1;
    x += draw_fmt(c, 0, x, level_style(e->level), "%s ", log_level_name(e->level));
    x += draw_fmt(c, 0, x, ST_DIM, "%s ", e->name);
    if (e->repeats > 1)
        (void)draw_fmt(c, 0, x, ST_TEXT, "came %u times", (unsigned)e->repeats);
    size_t line = 0;
    for (const char *at = e->text; *at && y < c->r.h; line++) {
        size_t len = wrapped(at, c->r.w - 2);
        snprintf(part, sizeof part, "%.*s", (int)len, at);
        if (line >= p->text.top)
            (void)draw_text(c, y++, 1, level_style(e->level), part);
        at += len;
    }
}

static void draw(const void *state, const struct pane_env *env, const struct canvas *c)
{
    const struct log_pane *p = state;
    if (!p->rows_count) {
        char why[200], words[MATCH_TEXT + 16];
        if (env->filter[0])
            snprintf(why, sizeof why, "No line %s: [Esc] clears the filter.",
                     match_words(env->match, words, sizeof words));
        else
            snprintf(why, sizeof why, "Nothing was logged at level %s or above: [L] changes the level.",
                     log_level_name(p->least));
        draw_lines(c, 0, 1, ST_DIM, why);
        return;
    }
    if (p->whole && selected_entry(p)) {
        draw_whole(p, selected_entry(p), c);
        return;
    }
    for (int y = 0; y < c->r.h; y++) {
        size_t row = p->list.top + (size_t)y;
        if (row >= p->rows_count)
            break;
        draw_entry(p, &p->entries[p->rows[row]], c, y, env->focused && row == p->list.selected);
    }
}

static void mark(struct log_pane *p)
{
    const struct log_entry *e = selected_entry(p);
    p->selected = e ? e->number : 0;
    p->text.top = 0;
}

/* In the whole of a line, a page is one of its text; up and down go on to the next line. */
static bool move(struct log_pane *p, enum action_id id)
{
    if (p->whole && (id == ACT_PAGE_UP || id == ACT_PAGE_DOWN))
        return list_act(&p->text, id);
    if (!list_act(&p->list, id))
        return false;
    /* Whoever goes up wants to read; whoever comes back to the end wants to follow. */
    p->stay = p->list.selected + 1 < p->list.count;
    mark(p);
    return true;
}

static unsigned act(void *state, const struct pane_env *env, enum action_id id)
{
    (void)env;
    struct log_pane *p = state;
    if (move(p, id))
        return REACT_DRAW;
    switch (id) {
    case ACT_LEVEL:
        p->least = p->least >= LOG_ERROR ? LOG_DEBUG : p->least + 1;
        p->stale = true;
        break;
    case ACT_DETAIL:
        p->whole = !p->whole && selected_entry(p);
        p->stay = p->stay || p->whole; /* what one reads does not go away */
        p->text.top = 0;
        break;
    case ACT_FOLLOW:
        p->stay = !p->stay;
        p->whole = false;
        break;
    case ACT_RIGHT: p->to_left = true; break;
    case ACT_LEFT: p->to_left = false; break;
    default: return REACT_NONE;
    }
    return REACT_DRAW;
}

static bool set(void *state, const char *what, const char *value)
{
    struct log_pane *p = state;
    for (int level = LOG_DEBUG; !strcmp(what, "level") && level <= LOG_ERROR; level++)
        if (!strcasecmp(value, log_level_name((enum log_level)level))) {
            p->least = (enum log_level)level;
            p->stale = true;
            return true;
        }
    return false;
}

static unsigned click(void *state, const struct pane_env *env, int y, int x)
{
    (void)env;
    (void)x;
    struct log_pane *p = state;
    size_t row = p->list.top + (size_t)y;
    if (p->whole || row >= p->rows_count)
        return REACT_NONE;
    list_select(&p->list, row);
    p->stay = true;
    mark(p);
    return REACT_DRAW;
}

static bool back(void *state)
{
    struct log_pane *p = state;
    bool was = p->whole;
    p->whole = false;
    return was;
}

extern const struct pane_ops pane_log;
const struct pane_ops pane_log = {
    .name = "log",
    .help = "What the program and the Kafka library have to report; Enter shows the whole of a line.",
    .explain = explain_log,
    .room = {.place = PLACE_BOTTOM, .min_h = 4, .wish_h = 9, .rank = 4},
    .uses = {USES_LIST, ACT_LEVEL, ACT_FOLLOW, ACT_FILTER, ACT_LEFT, ACT_RIGHT, ACT_DETAIL},
    .state_size = sizeof(struct log_pane),
    .open = open_state,
    .close = close_state,
    .title = title,
    .prepare = prepare,
    .draw = draw,
    .act = act,
    .set = set,
    .click = click,
    .back = back,
};
