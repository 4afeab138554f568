#include "ui/shot.h"

#include "base/text.h"
#include "base/xalloc.h"
#include "ui/theme.h"

#include <curses.h>
#include <stdlib.h>
#include <string.h>
#include <wchar.h>

static void add_character(struct shot_cell *cell, wchar_t character)
{
    unsigned c = (unsigned)character;
    size_t at = strlen(cell->text);
    char *to = cell->text + at;
    if (at + 5 > sizeof cell->text)
        return;
    if (c < 0x80) {
        *to++ = (char)c;
    } else if (c < 0x800) {
        *to++ = (char)(0xC0 | c >> 6);
        *to++ = (char)(0x80 | (c & 0x3F));
    } else if (c < 0x10000) {
        *to++ = (char)(0xE0 | c >> 12);
        *to++ = (char)(0x80 | (c >> 6 & 0x3F));
        *to++ = (char)(0x80 | (c & 0x3F));
    } else {
        *to++ = (char)(0xF0 | c >> 18);
        *to++ = (char)(0x80 | (c >> 12 & 0x3F));
        *to++ = (char)(0x80 | (c >> 6 & 0x3F));
        *to++ = (char)(0x80 | (c & 0x3F));
    }
    *to = '\0';
}

static void read_cell(struct shot_cell *cell, int y, int x)
{
    cchar_t cc;
    wchar_t wide[CCHARW_MAX + 1] = {0};
    attr_t attributes = 0;
    short pair = 0;
    int extended = 0;
    *cell = (struct shot_cell){.columns = 1, .fg = -1, .bg = -1};
    if (mvin_wch(y, x, &cc) == ERR || getcchar(&cc, wide, &attributes, &pair, &extended) == ERR) {
        add_character(cell, L' ');
        return;
    }
    for (int i = 0; i < CCHARW_MAX && wide[i]; i++)
        add_character(cell, wide[i]);
    if (!cell->text[0])
        add_character(cell, L' ');
    cell->columns = wcwidth(wide[0]) == 2 ? 2 : 1;
    if (extended > 0 && extended_pair_content(extended, &cell->fg, &cell->bg) == ERR)
        cell->fg = cell->bg = -1;
    cell->flags = (attributes & A_BOLD ? LOOK_BOLD : 0u) | (attributes & A_DIM ? LOOK_DIM : 0u) |
                  (attributes & A_REVERSE ? LOOK_REVERSE : 0u) |
                  (attributes & A_UNDERLINE ? LOOK_UNDERLINE : 0u);
}

struct shot *shot_take(int h, int w, bool light)
{
    struct shot *s = xcalloc(1, sizeof *s);
    *s = (struct shot){.h = h, .w = w, .light = light, .colours = COLORS};
    s->cells = xcalloc((size_t)h * (size_t)w, sizeof *s->cells);
    for (int y = 0; y < h; y++)
        for (int x = 0; x < w; x++) {
            struct shot_cell *cell = &s->cells[y * w + x];
            read_cell(cell, y, x);
            if (cell->columns == 2 && x + 1 < w) {
                cell[1] = *cell;
                cell[1].text[0] = '\0';
                cell[1].columns = 0;
                x++;
            }
        }
    return s;
}

void shot_free(struct shot *s)
{
    if (!s)
        return;
    free(s->cells);
    free(s);
}

const struct shot_cell *shot_cell_at(const struct shot *s, int y, int x)
{
    return &s->cells[y * s->w + x];
}

unsigned shot_rgb(const struct shot *s, int colour)
{
    /* The sixteen as most terminals show them today; the cube and the greys are the same everywhere. */
    static const unsigned sixteen[] = {0x1c1c1c, 0xcd3131, 0x0dbc79, 0xc7a012, 0x2472c8, 0xbc3fbc,
                                       0x11a8cd, 0xd0d0d0, 0x767676, 0xf14c4c, 0x23d18b, 0xf5f543,
                                       0x3b8eea, 0xd670d6, 0x29b8db, 0xffffff};
    static const unsigned step[] = {0, 95, 135, 175, 215, 255};
    if (colour < 0)
        return s->light ? 0x1c1c1c : 0xd0d0d0;
    if (colour < 16)
        return sixteen[colour];
    if (s->colours > 256)
        return (unsigned)colour & 0xFFFFFF;
    if (colour >= 256)
        return 0xd0d0d0;
    if (colour >= 232) {
        unsigned grey = 8 + 10 * ((unsigned)colour - 232);
        return grey << 16 | grey << 8 | grey;
    }
    unsigned n = (unsigned)colour - 16;
    return step[n / 36] << 16 | step[n / 6 % 6] << 8 | step[n % 6];
}

static bool same_look(const struct shot_cell *a, const struct shot_cell *b)
{
    return a->fg == b->fg && a->bg == b->bg && a->flags == b->flags;
}

/* The cells of a row without the blanks at its end that nobody would see. */
static int shown_width(const struct shot *s, int y, bool colours)
{
    int w = s->w;
    while (w > 0) {
        const struct shot_cell *cell = shot_cell_at(s, y, w - 1);
        bool visible = strcmp(cell->text, " ") != 0;
        if (colours && (cell->bg >= 0 || cell->flags & (LOOK_REVERSE | LOOK_UNDERLINE)))
            visible = true;
        if (visible)
            break;
        w--;
    }
    return w;
}

static void add_colour(struct strbuf *b, const struct shot *s, int colour, int base)
{
    if (colour < 0)
        return;
    if (colour < 8)
        strbuf_printf(b, ";%d", base + colour);
    else if (colour < 16)
        strbuf_printf(b, ";%d", base + 60 + colour - 8);
    else if (s->colours > 256)
        strbuf_printf(b, ";%d;2;%d;%d;%d", base + 8, colour >> 16 & 255, colour >> 8 & 255, colour & 255);
    else
        strbuf_printf(b, ";%d;5;%d", base + 8, colour);
}

static void add_look(struct strbuf *b, const struct shot *s, const struct shot_cell *cell)
{
    strbuf_puts(b, "\033[0");
    if (cell->flags & LOOK_BOLD)
        strbuf_puts(b, ";1");
    if (cell->flags & LOOK_DIM)
        strbuf_puts(b, ";2");
    if (cell->flags & LOOK_UNDERLINE)
        strbuf_puts(b, ";4");
    if (cell->flags & LOOK_REVERSE)
        strbuf_puts(b, ";7");
    add_colour(b, s, cell->fg, 30);
    add_colour(b, s, cell->bg, 40);
    strbuf_puts(b, "m");
}

static char *lines(const struct shot *s, bool colours, size_t *len)
{
    struct strbuf b = {0};
    const struct shot_cell plain = {.fg = -1, .bg = -1};
    for (int y = 0; y < s->h; y++) {
        const struct shot_cell *look = &plain;
        int w = shown_width(s, y, colours);
        for (int x = 0; x < w; x++) {
            const struct shot_cell *cell = shot_cell_at(s, y, x);
            if (colours && !same_look(cell, look))
                add_look(&b, s, cell);
            look = cell;
            strbuf_puts(&b, cell->text);
        }
        if (colours && !same_look(look, &plain))
            strbuf_puts(&b, "\033[0m");
        strbuf_puts(&b, "\n");
    }
    *len = b.len;
    return b.data;
}

char *shot_bytes(const struct shot *s, enum shot_format format, size_t *len)
{
    return format == SHOT_SVG ? shot_svg(s, len) : lines(s, format == SHOT_ANSI, len);
}
