#include "ui/type_detail.h"

#include "base/text.h"
#include "base/xalloc.h"
#include "log.h"
#include "ui/words.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    NAME_BYTES = 600,
    GRID_MIN_W = 110, /* two sections beside each other, each wide enough for an address */
    GRID_MIN_H = 16,  /* and two under each other */
    STACK_MIN_H = 26, /* all four under each other */
    AIRY_MIN_H = 34,  /* with a line between them */
    HOURS_H = 8
};

/* Where the sections stand, relative to the pane; h == 0: not shown. */
struct arrangement {
    bool all;
    int head; /* lines above them */
    struct rect at[DETAIL_SECTIONS];
};

/* ---- open and closed ---- */

void type_detail_open(struct type_detail *t, const struct pane_env *env, size_t key)
{
    const struct query_view *v = env->query;
    char name[NAME_BYTES], why[300] = "";
    enum detail_section section = t->section; /* as it was left */
    type_detail_close(t);
    t->section = section;
    t->name = xstrdup(words_key(name, sizeof name, view_key_at(v, key), v->settings.group_by_count));
    t->key = key;
    t->there = true;
    snprintf(t->run_id, sizeof t->run_id, "%s", v->run_id);
    t->group_by_count = v->settings.group_by_count;
    memcpy(t->group_by, v->settings.group_by, sizeof t->group_by);
    t->parts.pager = t->calls.pager = true;
    /* Some twenty codes: read each time, so that a mended file is seen. */
    const char *path = env->options->replay.codes;
    t->codes = path ? codes_read(path, why, sizeof why) : NULL;
    if (why[0])
        log_line(LOG_WARNING, "screen", "dispositions are shown without their meaning: %s", why);
}

void type_detail_close(struct type_detail *t)
{
    free(t->name);
    codes_free(t->codes);
    type_windows_clear(&t->windows);
    *t = (struct type_detail){.section = t->section};
}

/* ---- which key ---- */

static bool groups_alike(const struct type_detail *t, const struct query_settings *s)
{
    return t->group_by_count == s->group_by_count &&
           !memcmp(t->group_by, s->group_by, (size_t)s->group_by_count * sizeof *t->group_by);
}

/* A run keeps its numbers; another run numbers its keys anew, so there the name counts. */
static void find_key(struct type_detail *t, const struct query_view *v)
{
    char name[NAME_BYTES];
    if (!strcmp(t->run_id, v->run_id)) {
        t->there = t->key < v->keys.count;
        return;
    }
    t->there = false;
    for (size_t i = 0; i < v->keys.count && !t->there; i++)
        if (!strcmp(words_key(name, sizeof name, view_key_at(v, i), v->settings.group_by_count), t->name)) {
            t->there = true;
            t->key = i;
            snprintf(t->run_id, sizeof t->run_id, "%s", v->run_id);
        }
}

static const struct view_detail *detail_of(const struct type_detail *t, const struct query_view *v)
{
    return v && t->there && v->detail && v->detail->key == t->key ? v->detail : NULL;
}

static const char *why_missing(const struct type_detail *t, const struct pane_env *env)
{
    if (!t->there)
        return "No call of it has been counted since the query started over.";
    if (env->query && (env->query->unavailable & NO_DETAIL))
        return "Not available with Spark: it keeps counts, not the calls behind them.";
    if (env->frozen)
        return "The picture is frozen without this: [f] goes on.";
    if (atomic_load_explicit(&env->live->engine_ended, memory_order_relaxed))
        return "The query has ended and cannot be asked for this any more.";
    return "Asked the query for this: it comes in a moment.";
}

/* ---- arrangement ---- */

static int smaller(int a, int b)
{
    return a < b ? a : b;
}

static void arrange_grid(struct arrangement *a, int h, int w)
{
    int left = w / 2, top = h / 2, y = a->head;
    a->at[SECTION_DISPOSITIONS] = (struct rect){.y = y, .x = 0, .h = top - 1, .w = left - 1};
    a->at[SECTION_HOURS] = (struct rect){.y = y, .x = left, .h = top - 1, .w = w - left};
    a->at[SECTION_WINDOWS] = (struct rect){.y = y + top, .x = 0, .h = h - top, .w = left - 1};
    a->at[SECTION_CALLS] = (struct rect){.y = y + top, .x = left, .h = h - top, .w = w - left};
}

static void arrange_stack(struct arrangement *a, const struct view_detail *d, int h, int w)
{
    int gap = h >= AIRY_MIN_H, y = a->head;
    int lines[DETAIL_SECTIONS] = {
        [SECTION_DISPOSITIONS] = smaller((int)detail_parts_count(d) + 1, h / 4),
        [SECTION_HOURS] = HOURS_H,
        [SECTION_CALLS] = smaller(d ? (int)d->calls + 1 : 0, h / 4),
    };
    for (int i = 0; i < DETAIL_SECTIONS; i++)
        if (i != SECTION_WINDOWS && lines[i] < 5)
            lines[i] = 5; /* so that little stands still while it grows */
    lines[SECTION_WINDOWS] = h - 3 * gap;
    for (int i = 0; i < DETAIL_SECTIONS; i++)
        lines[SECTION_WINDOWS] -= i == SECTION_WINDOWS ? 0 : lines[i];
    for (int i = 0; i < DETAIL_SECTIONS; i++) {
        a->at[i] = (struct rect){.y = y, .h = lines[i], .w = w};
        y += lines[i] + gap;
    }
}

static void arrange(const struct type_detail *t, const struct pane_env *env, struct arrangement *a)
{
    const struct view_detail *d = detail_of(t, env->query);
    *a = (struct arrangement){.head = !env->framed + (d && !d->complete)};
    int h = env->h - a->head;
    a->all = h >= (env->w >= GRID_MIN_W ? GRID_MIN_H : STACK_MIN_H);
    if (!a->all)
        a->at[t->section] = (struct rect){.y = a->head, .h = h > 0 ? h : 0, .w = env->w};
    else if (env->w >= GRID_MIN_W)
        arrange_grid(a, h, env->w);
    else
        arrange_stack(a, d, h, env->w);
}

static size_t page_of(const struct arrangement *a, enum detail_section s)
{
    return a->at[s].h > 2 ? (size_t)a->at[s].h - 1 : 1;
}

void type_detail_prepare(struct type_detail *t, const struct pane_env *env)
{
    const struct query_view *v = env->query;
    struct arrangement a;
    if (!v)
        return;
    if (!groups_alike(t, &v->settings)) {
        char notice[sizeof t->notice];
        size_t len = text_fit(t->name, 40, NULL);
        snprintf(notice, sizeof notice, "%.*s: closed, the query groups by other fields now",
                 len < 100 ? (int)len : 0, t->name);
        type_detail_close(t);
        memcpy(t->notice, notice, sizeof notice);
        return;
    }
    find_key(t, v);
    const struct view_detail *d = detail_of(t, v);
    arrange(t, env, &a);
    list_fit(&t->parts, detail_parts_count(d), page_of(&a, SECTION_DISPOSITIONS));
    list_fit(&t->calls, d ? d->calls : 0, page_of(&a, SECTION_CALLS));
    type_windows_prepare(&t->windows, v, t->there ? t->key : v->keys.count, page_of(&a, SECTION_WINDOWS));
}

bool type_detail_act(struct type_detail *t, const struct pane_env *env, enum action_id id)
{
    (void)env;
    if (id == ACT_VIEW) {
        t->section = (t->section + 1) % DETAIL_SECTIONS;
        return true;
    }
    switch (t->section) {
    case SECTION_DISPOSITIONS: return list_act(&t->parts, id);
    case SECTION_WINDOWS: return list_act(&t->windows.list, id);
    case SECTION_CALLS: return list_act(&t->calls, id);
    default: return false;
    }
}

bool type_detail_click(struct type_detail *t, const struct pane_env *env, int y, int x)
{
    struct arrangement a;
    arrange(t, env, &a);
    for (int s = 0; s < DETAIL_SECTIONS; s++)
        if (rect_has(a.at[s], y, x)) {
            t->section = (enum detail_section)s;
            return true;
        }
    return false;
}

/* ---- drawing ---- */

/* "Traffic Stop: hours 2/4", the name cut so that the rest is seen. */
static void headline(const struct type_detail *t, const struct pane_env *env, char *out, size_t cap)
{
    struct arrangement a;
    char rest[80], count[40];
    int used = 0;
    arrange(t, env, &a);
    if (a.all)
        snprintf(rest, sizeof rest, ": %s",
                 text_many(count, sizeof count, t->there ? view_key_at(env->query, t->key)->total : 0, "call",
                           "calls"));
    else
        snprintf(rest, sizeof rest, ": %s %d/%d [V]", detail_section_name(t->section), (int)t->section + 1,
                 (int)DETAIL_SECTIONS);
    int room = env->w - text_width(rest) - 4;
    size_t len = text_fit(t->name, room > 4 ? room : 4, &used);
    bool cut = t->name[len] != '\0';
    if (cut)
        len = text_fit(t->name, room > 5 ? room - 1 : 3, &used);
    if (len > cap - sizeof rest - 4)
        len = 0;
    snprintf(out, cap, "%.*s%s%s", (int)len, t->name, !cut ? "" : env->ascii ? "~" : "…", rest);
}

void type_detail_title(const struct type_detail *t, const struct pane_env *env, char *out, size_t cap,
                       char *right, size_t right_cap)
{
    struct arrangement a;
    if (!env->query) {
        snprintf(out, cap, "%s", t->name);
        return;
    }
    arrange(t, env, &a);
    headline(t, env, out, cap);
    snprintf(right, right_cap, a.all ? "[V] scrolls the next part  [Esc] back" : "[Esc] back");
    if (a.all && text_width(right) + text_width(out) + 8 > env->w)
        snprintf(right, right_cap, "[V] next part");
}

static void draw_section(const struct type_detail *t, const struct pane_env *env, enum detail_section s,
                         const struct canvas *c)
{
    const struct view_detail *d = detail_of(t, env->query);
    draw_fill_line(c, 0, ST_HEAD);
    if (s == SECTION_WINDOWS) {
        struct pane_env part = *env;
        part.focused = env->focused && t->section == s;
        type_windows_draw(&t->windows, &part, c);
    } else if (!d) {
        draw_cell(c, 0, 1, c->r.w - 1, LEFT, ST_HEAD, detail_section_name(s));
        (void)draw_lines(c, 1, 1, ST_DIM, why_missing(t, env));
    } else if (s == SECTION_DISPOSITIONS) {
        detail_parts_draw(d, t->codes, &t->parts, c);
    } else if (s == SECTION_HOURS) {
        detail_hours_draw(d, c);
    } else {
        detail_calls_draw(d, &t->calls, c);
    }
}

void type_detail_draw(const struct type_detail *t, const struct pane_env *env, const struct canvas *c)
{
    const struct view_detail *d = detail_of(t, env->query);
    struct arrangement a;
    char line[240], some[40], all[40];
    arrange(t, env, &a);
    if (!env->framed) {
        headline(t, env, line, sizeof line);
        draw_cell(c, 0, 1, c->r.w - 1, LEFT, ST_TITLE, line);
    }
    if (d && !d->complete) {
        snprintf(line, sizeof line, "covers %s of %s calls, those since its checkpoint was read",
                 text_count(some, sizeof some, d->rows),
                 text_count(all, sizeof all, view_key_at(env->query, t->key)->total));
        draw_cell(c, a.head - 1, 1, c->r.w - 1, LEFT, ST_WARN, line);
    }
    for (int s = 0; s < DETAIL_SECTIONS; s++) {
        struct canvas part = *c;
        part.r =
            (struct rect){.y = c->r.y + a.at[s].y, .x = c->r.x + a.at[s].x, .h = a.at[s].h, .w = a.at[s].w};
        if (part.r.h < 1 || a.at[s].y + a.at[s].h > c->r.h)
            continue;
        draw_section(t, env, (enum detail_section)s, &part);
        if (a.all && env->focused && s == (int)t->section)
            (void)draw_text(&part, 0, 0, ST_HEAD, GLYPH(c, "▸", ">"));
    }
}
