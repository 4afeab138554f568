#include "ui/sheet.h"

#include "base/text.h"
#include "ui/phases.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum { LEFT_EDGE = 1, NOTE_INDENT = 3 };

void sheet_clear(struct sheet *s, int label_w)
{
    s->lines = 0;
    s->label_w = label_w;
    s->phase_ms = NULL;
}

struct sheet_line *sheet_add(struct sheet *s, enum style style, const char *label, const char *fmt, ...)
{
    size_t at = s->lines < SHEET_MOST ? s->lines++ : SHEET_MOST - 1;
    struct sheet_line *l = &s->line[at];
    *l = (struct sheet_line){.style = style};
    snprintf(l->label, sizeof l->label, "%s", label);
    va_list ap;
    va_start(ap, fmt);
    (void)vsnprintf(l->text, sizeof l->text, fmt, ap);
    va_end(ap);
    return l;
}

/* One row of a text: as many words as fit; *text goes on behind them. Returns the bytes of the row. */
static size_t next_row(const char **text, int columns)
{
    size_t len = text_fit(*text, columns < 1 ? 1 : columns, NULL);
    const char *from = *text;
    if (!len) { /* not even one wide character fits: the rest is given up */
        *text += strlen(*text);
        return 0;
    }
    if (from[len] && from[len] != ' ') {
        size_t space = len;
        while (space && from[space] != ' ')
            space--;
        len = space ? space : len;
    }
    *text += len;
    while (**text == ' ')
        ++*text;
    return len;
}

/* Where rows go: those before `top` are only counted, others are drawn where there is a canvas. */
struct pen {
    const struct canvas *c;
    size_t row, top;
    int y;
};

/* The line of the canvas for the next row, or -1. */
static int next_y(struct pen *p)
{
    size_t row = p->row++;
    if (!p->c || row < p->top)
        return -1;
    return p->y + (int)(row - p->top);
}

static void put_text(struct pen *p, int y, int x, enum style style, const char *text, int columns, bool wrap)
{
    char row[SHEET_TEXT + 200];
    if (!wrap || !*text) {
        if (y >= 0)
            draw_cell(p->c, y, x, columns, LEFT, style, text);
        return;
    }
    for (;;) {
        const char *from = text;
        size_t len = next_row(&text, columns);
        if (y >= 0 && len < sizeof row) {
            memcpy(row, from, len);
            row[len] = '\0';
            (void)draw_text(p->c, y, x, style, row);
        }
        if (!*text)
            return;
        y = next_y(p);
    }
}

static void put_line(const struct sheet *s, const struct sheet_line *l, struct pen *p, int columns)
{
    int y = next_y(p), room = columns - s->label_w;
    if (y >= 0)
        draw_cell(p->c, y, LEFT_EDGE, s->label_w - LEFT_EDGE, LEFT, ST_DIM, l->label);
    put_text(p, y, s->label_w, l->style, l->text, room, s->wrap && !l->bar);
    if (l->bar && s->phase_ms && y >= 0) {
        int x = s->label_w + text_width(l->text) + 1;
        phases_bar(p->c, y, x, p->c->r.w - x - 1, s->phase_ms);
    }
    if (s->notes && l->note)
        put_text(p, next_y(p), NOTE_INDENT, ST_DIM, l->note, columns - NOTE_INDENT - 1, true);
}

size_t sheet_rows(const struct sheet *s, int columns)
{
    struct pen p = {0};
    for (size_t i = 0; i < s->lines; i++)
        put_line(s, &s->line[i], &p, columns);
    return p.row;
}

void sheet_draw(const struct sheet *s, const struct canvas *c, int y, size_t top)
{
    struct pen p = {.c = c, .top = top, .y = y};
    for (size_t i = 0; i < s->lines; i++)
        put_line(s, &s->line[i], &p, c->r.w);
}
