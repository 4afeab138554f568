#include "ui/help.h"

#include "base/text.h"
#include "ui/command_words.h"
#include "ui/pane.h"

#include <stdio.h>
#include <string.h>

enum {
    BOX_W = 92,
    NARROW_W = 56 /* less than this and a key has a line of its own above its sentence */
};

/* One line of the help: a heading, or a key and its sentence, or one of both. */
struct line {
    const char *heading;
    char keys[48];
    const char *text;
    size_t text_len;
};

typedef void (*line_fn)(void *arg, const struct line *line);

/* A walk over the help's lines as they stand on a screen of so many columns. */
struct walk {
    const struct help *help;
    int columns;
    line_fn fn;
    void *arg;
    const char *heading; /* of the section, until its first line comes */
};

/* The bytes of the first line of text, broken at a space where there is one. */
static size_t broken(const char *text, int columns)
{
    size_t len = text_fit(text, columns > 0 ? columns : 1, NULL);
    if (!text[len] || text[len] == ' ')
        return len;
    size_t space = len;
    while (space && text[space] != ' ')
        space--;
    return space ? space : len ? len : strlen(text);
}

static int text_x(const struct walk *w)
{
    return w->columns < NARROW_W ? 2 : w->help->kind == HELP_KEYS ? 16 : 20;
}

static void give(struct walk *w, const char *keys, const char *text)
{
    struct line l = {.text = text};
    if (!match_hit(&w->help->match, keys) && !match_hit(&w->help->match, text))
        return;
    if (w->heading)
        w->fn(w->arg, &(struct line){.heading = w->heading});
    w->heading = NULL;
    snprintf(l.keys, sizeof l.keys, "%s", keys);
    if (w->columns < NARROW_W) {
        w->fn(w->arg, &l);
        l.keys[0] = '\0';
    }
    while (*text) {
        l.text = text;
        l.text_len = broken(text, w->columns - text_x(w));
        w->fn(w->arg, &l);
        l.keys[0] = '\0';
        text += l.text_len;
        text += strspn(text, " ");
    }
}

static void walk_keys(struct walk *w)
{
    char keys[48];
    const struct action *a;
    if (w->help->pane < pane_count) {
        w->heading = "The pane you are in";
        give(w, panes[w->help->pane]->name, panes[w->help->pane]->help);
    }
    for (int g = 0; g < GROUP_COUNT; g++) {
        w->heading = action_group_title((enum action_group)g);
        for (size_t i = 0; (a = action_at(i)); i++)
            if (a->group == (enum action_group)g)
                give(w, action_keys(a, keys, sizeof keys), a->help);
    }
    w->heading = "The panes";
    for (size_t i = 0; i < pane_count; i++) {
        if (i < 9)
            snprintf(keys, sizeof keys, "%zu %s", i + 1, panes[i]->name);
        else
            snprintf(keys, sizeof keys, "%s", panes[i]->name);
        give(w, keys, panes[i]->help);
    }
}

static void walk_explanations(struct walk *w, const char *heading, const struct explain *e)
{
    w->heading = heading;
    for (; e && e->word; e++)
        give(w, e->word, e->text);
}

static void walk_pane(struct walk *w)
{
    const struct pane_ops *p = panes[w->help->pane];
    char keys[48];
    w->heading = "What it shows";
    give(w, p->name, p->help);
    walk_explanations(w, "Its figures", p->explain);
    w->heading = "Its keys";
    for (size_t i = 0; i < PANE_USES && p->uses[i] != ACT_NONE; i++) {
        const struct action *a = action_of(p->uses[i]);
        if (a && a->group != GROUP_LIST)
            give(w, action_keys(a, keys, sizeof keys), a->help);
    }
    walk_explanations(w, "The words of streaming", explain_glossary);
}

static void walk_all(struct walk *w)
{
    struct command_word words[COMMAND_WORDS];
    char heading[60];
    size_t n = command_words(words, COMMAND_WORDS);
    walk_explanations(w, "The words of streaming", explain_glossary);
    for (size_t i = 0; i < pane_count; i++) {
        snprintf(heading, sizeof heading, "In the pane %s", panes[i]->name);
        walk_explanations(w, heading, panes[i]->explain);
    }
    walk_keys(w);
    w->heading = "Commands (:) that take a value";
    for (size_t i = 0; i < n; i++)
        if (words[i].takes)
            give(w, words[i].name, words[i].help);
}

static void walk(struct walk *w)
{
    if (w->help->kind == HELP_ALL) {
        walk_all(w);
        return;
    }
    if (w->help->kind == HELP_PANE && w->help->pane < pane_count)
        walk_pane(w);
    else
        walk_keys(w);
}

static void count_line(void *arg, const struct line *l)
{
    (void)l;
    ++*(size_t *)arg;
}

size_t help_lines(const struct help *h, int columns)
{
    size_t n = 0;
    struct walk w = {.help = h, .columns = columns, .fn = count_line, .arg = &n};
    walk(&w);
    return n;
}

void help_open(struct help *h, enum help_kind kind, size_t focused_pane)
{
    match_free(&h->match);
    *h = (struct help){.open = true, .kind = kind, .list = {.pager = true}, .pane = focused_pane};
}

unsigned help_act(struct help *h, enum action_id id)
{
    enum help_kind kind = id == ACT_EXPLAIN ? HELP_PANE : HELP_KEYS;
    switch (id) {
    case ACT_HELP:
    case ACT_EXPLAIN:
        if (h->kind != kind && !(id == ACT_HELP && h->kind == HELP_ALL))
            help_open(h, kind, h->pane);
        else
            h->open = false;
        return REACT_DRAW;
    case ACT_QUIT: h->open = false; return REACT_DRAW;
    case ACT_BACK:
        if (h->match.kind == MATCH_ALL)
            h->open = false;
        match_free(&h->match);
        return REACT_DRAW;
    case ACT_NEXT_PANE:
    case ACT_PREVIOUS_PANE:
        if (h->kind == HELP_PANE) {
            h->pane = (h->pane + (id == ACT_NEXT_PANE ? 1 : pane_count - 1)) % pane_count;
            h->list.top = 0;
        }
        return REACT_DRAW;
    default: return list_act(&h->list, id) ? REACT_DRAW : REACT_NONE;
    }
}

struct drawing {
    const struct canvas *c;
    size_t at, top;
    int text_x;
};

static void draw_line(void *arg, const struct line *l)
{
    struct drawing *d = arg;
    size_t n = d->at++;
    if (n < d->top || n >= d->top + (size_t)d->c->r.h)
        return;
    int y = (int)(n - d->top);
    if (l->heading) {
        (void)draw_text(d->c, y, 0, ST_TITLE, l->heading);
        return;
    }
    if (l->keys[0])
        draw_cell(d->c, y, 1, l->text_len ? d->text_x - 2 : d->c->r.w - 1, LEFT, ST_KEY, l->keys);
    (void)draw_fmt(d->c, y, d->text_x, ST_TEXT, "%.*s", (int)l->text_len, l->text);
}

void help_draw(struct help *h, const struct canvas *screen)
{
    struct canvas box = *screen;
    box.r.w = screen->r.w < BOX_W ? screen->r.w : BOX_W;
    box.r.x += (screen->r.w - box.r.w) / 2;
    char title[MATCH_TEXT + 80], words[MATCH_TEXT + 16], right[60] = "", what[40] = "Help";
    if (h->kind == HELP_PANE && h->pane < pane_count)
        snprintf(what, sizeof what, "What %s means", panes[h->pane]->name);
    snprintf(title, sizeof title, "%s%s%s", what, h->match.kind == MATCH_ALL ? "" : ": lines ",
             match_words(&h->match, words, sizeof words));
    bool framed = box.r.h >= 9 && box.r.w >= 30;
    struct canvas in = box;
    if (framed) {
        in.r = rect_inside(box.r);
        in.r.x += 1;
        in.r.w -= 2;
    }
    size_t lines = help_lines(h, in.r.w), last = h->list.top + (size_t)in.r.h;
    list_fit(&h->list, lines, (size_t)in.r.h);
    if (lines > h->list.page)
        snprintf(right, sizeof right, "%zu-%zu of %zu", h->list.top + 1, last < lines ? last : lines, lines);
    draw_fill(&box, ST_TEXT);
    if (framed)
        draw_frame(&box, title, right, true);
    struct drawing d = {.c = &in, .top = h->list.top};
    struct walk w = {.help = h, .columns = in.r.w, .fn = draw_line, .arg = &d};
    d.text_x = text_x(&w);
    h->box = box.r;
    walk(&w);
    if (!lines)
        (void)draw_text(&in, 0, 0, ST_DIM, "Nothing in the help is like that.");
}
