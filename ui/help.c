#include "ui/help.h"

#include "base/text.h"
#include "ui/pane.h"

#include <stdio.h>
#include <string.h>

enum { KEY_COLUMNS = 14, BOX_W = 86 };

/* One line of the help: a heading (keys NULL), or a key and its sentence. */
struct line {
    const char *heading;
    char keys[48];
    const char *text;
    size_t text_len;
};

typedef void (*line_fn)(void *arg, const struct line *line);

/* A walk over the help's lines as they stand on a screen of text_w columns for the sentences. */
struct walk {
    const struct match *match;
    size_t pane; /* the focused one */
    int text_w;
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

static void give(struct walk *w, const char *keys, const char *text)
{
    struct line l = {.text = text};
    if (!match_hit(w->match, keys) && !match_hit(w->match, text))
        return;
    if (w->heading)
        w->fn(w->arg, &(struct line){.heading = w->heading});
    w->heading = NULL;
    snprintf(l.keys, sizeof l.keys, "%s", keys);
    while (*text) {
        l.text = text;
        l.text_len = broken(text, w->text_w);
        w->fn(w->arg, &l);
        l.keys[0] = '\0';
        text += l.text_len;
        text += strspn(text, " ");
    }
}

static void walk(struct walk *w)
{
    char keys[48];
    const struct action *a;
    if (w->pane < pane_count) {
        w->heading = "The pane you are in";
        give(w, panes[w->pane]->name, panes[w->pane]->help);
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

static void count_line(void *arg, const struct line *l)
{
    (void)l;
    ++*(size_t *)arg;
}

size_t help_lines(const struct help *h, int columns)
{
    size_t n = 0;
    struct walk w = {.match = &h->match,
                     .pane = h->pane,
                     .text_w = columns - KEY_COLUMNS - 2,
                     .fn = count_line,
                     .arg = &n};
    walk(&w);
    return n;
}

void help_open(struct help *h, size_t focused_pane)
{
    match_free(&h->match);
    *h = (struct help){.open = true, .list = {.pager = true}, .pane = focused_pane};
}

unsigned help_act(struct help *h, enum action_id id)
{
    if (id == ACT_HELP || id == ACT_QUIT || (id == ACT_BACK && h->match.kind == MATCH_ALL)) {
        h->open = false;
        return REACT_DRAW;
    }
    if (id == ACT_BACK) {
        match_free(&h->match);
        return REACT_DRAW;
    }
    return list_act(&h->list, id) ? REACT_DRAW : REACT_NONE;
}

struct drawing {
    const struct canvas *c;
    size_t at, top;
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
    draw_cell(d->c, y, 1, KEY_COLUMNS, LEFT, ST_KEY, l->keys);
    (void)draw_fmt(d->c, y, KEY_COLUMNS + 2, ST_TEXT, "%.*s", (int)l->text_len, l->text);
}

void help_draw(struct help *h, const struct canvas *screen)
{
    struct canvas box = *screen;
    box.r.w = screen->r.w < BOX_W ? screen->r.w : BOX_W;
    box.r.x += (screen->r.w - box.r.w) / 2;
    char title[MATCH_TEXT + 40], words[MATCH_TEXT + 16], right[60] = "";
    if (h->match.kind != MATCH_ALL)
        snprintf(title, sizeof title, "Help: lines %s", match_words(&h->match, words, sizeof words));
    else
        snprintf(title, sizeof title, "Help");
    bool framed = box.r.h >= 6 && box.r.w >= 30;
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
    struct walk w = {
        .match = &h->match, .pane = h->pane, .text_w = in.r.w - KEY_COLUMNS - 2, .fn = draw_line, .arg = &d};
    walk(&w);
    if (!lines)
        (void)draw_text(&in, 0, 0, ST_DIM, "Nothing in the help is like that.");
}
