/* The log's newest lines: levels, a filter, and following the end or standing still to read. */
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
    enum log_level least;
    bool stay;    /* do not follow */
    bool to_left; /* long lines: show their end */
    bool stale;
    char filter[MATCH_TEXT];
    struct list list;
};

static void open_state(void *state)
{
    struct log_pane *p = state;
    p->entries = xcalloc(LOG_RING, sizeof *p->entries);
    p->rows = xcalloc(LOG_RING, sizeof *p->rows);
    p->least = LOG_INFO;
    p->stale = true;
    p->list.pager = true;
}

static void close_state(void *state)
{
    struct log_pane *p = state;
    free(p->entries);
    free(p->rows);
}

static void title(const void *state, const struct pane_env *env, char *out, size_t cap, char *right,
                  size_t right_cap)
{
    const struct log_pane *p = state;
    char n[40], words[MATCH_TEXT + 16];
    if (env->filter[0])
        snprintf(out, cap, "Log: %s lines %s", text_count(n, sizeof n, (long long)p->rows_count),
                 match_words(env->match, words, sizeof words));
    else
        snprintf(out, cap, "Log");
    snprintf(right, right_cap, "%s and above, %s", log_level_name(p->least),
             p->stay ? "standing" : "following");
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
    if (p->stale || strcmp(p->filter, env->filter) != 0) {
        snprintf(p->filter, sizeof p->filter, "%s", env->filter);
        p->rows_count = 0;
        for (size_t i = 0; i < p->count; i++)
            if (match_hit(env->match, p->entries[i].text) || match_hit(env->match, p->entries[i].name))
                p->rows[p->rows_count++] = i;
        p->stale = false;
    }
    list_fit(&p->list, p->rows_count, env->h > 0 ? (size_t)env->h : 1);
    if (!p->stay)
        (void)list_act(&p->list, ACT_END);
}

static enum style level_style(enum log_level level)
{
    return level >= LOG_ERROR     ? ST_BAD
           : level == LOG_WARNING ? ST_WARN
           : level == LOG_DEBUG   ? ST_DIM
                                  : ST_TEXT;
}

static void draw_entry(const struct log_pane *p, const struct log_entry *e, const struct canvas *c, int y)
{
    char stamp[16] = "-", text[LOG_TEXT_MAX + 40];
    time_t s = (time_t)(e->wall_ms / 1000);
    struct tm tm;
    if (localtime_r(&s, &tm))
        (void)strftime(stamp, sizeof stamp, "%H:%M:%S", &tm);
    int x = 1;
    if (c->r.w >= 60) {
        x += draw_text(c, y, x, ST_DIM, stamp) + 1;
        draw_cell(c, y, x, 8, LEFT, level_style(e->level), log_level_name(e->level));
        x += 9;
        draw_cell(c, y, x, 8, LEFT, ST_DIM, e->name);
        x += 9;
    } else {
        /* The level's first letter, so that colour is not its only sign. */
        x += draw_fmt(c, y, x, level_style(e->level), "%.1s ", log_level_name(e->level));
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
    draw_cell(c, y, x, room, LEFT, level_style(e->level), from);
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
    for (int y = 0; y < c->r.h; y++) {
        size_t row = p->list.top + (size_t)y;
        if (row >= p->rows_count)
            break;
        draw_entry(p, &p->entries[p->rows[row]], c, y);
    }
}

static unsigned act(void *state, const struct pane_env *env, enum action_id id)
{
    (void)env;
    struct log_pane *p = state;
    if (list_act(&p->list, id)) {
        /* Whoever scrolls up wants to read; whoever comes back to the end wants to follow. */
        p->stay = p->list.top + p->list.page < p->list.count;
        return REACT_DRAW;
    }
    switch (id) {
    case ACT_LEVEL:
        p->least = p->least >= LOG_ERROR ? LOG_DEBUG : p->least + 1;
        p->stale = true;
        break;
    case ACT_FOLLOW: p->stay = !p->stay; break;
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

extern const struct pane_ops pane_log;
const struct pane_ops pane_log = {
    .name = "log",
    .help = "What the program and the Kafka library have to report.",
    .explain = explain_log,
    .room = {.place = PLACE_BOTTOM, .min_h = 4, .wish_h = 9, .rank = 4},
    .uses = {USES_LIST, ACT_LEVEL, ACT_FOLLOW, ACT_FILTER, ACT_LEFT, ACT_RIGHT},
    .state_size = sizeof(struct log_pane),
    .open = open_state,
    .close = close_state,
    .title = title,
    .prepare = prepare,
    .draw = draw,
    .act = act,
    .set = set,
};
