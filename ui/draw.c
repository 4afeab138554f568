#include "ui/draw.h"

#include "base/text.h"

#include <curses.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LINE_BYTES = 2048 };

static const struct {
    const char *unicode, *plain;
} resembles[] = {
    {"…", "..."}, {"–", "-"}, {"—", "-"}, {"·", "."},  {"×", "x"},  {"→", "->"}, {"←", "<-"}, {"≤", "<="},
    {"≥", ">="},  {"’", "'"}, {"‘", "'"}, {"“", "\""}, {"”", "\""}, {"é", "e"},  {"ñ", "n"},  {"ü", "u"},
};

void draw_to_ascii(char *dst, size_t cap, const char *src)
{
    size_t at = 0;
    while (*src && at + 4 < cap) {
        if (!((unsigned char)*src & 0x80)) {
            dst[at++] = (unsigned char)*src < 0x20 || *src == 0x7F ? '?' : *src;
            src++;
            continue;
        }
        size_t len = 1;
        while (((unsigned char)src[len] & 0xC0) == 0x80)
            len++;
        const char *plain = "?";
        for (size_t i = 0; i < sizeof resembles / sizeof *resembles; i++)
            if (strlen(resembles[i].unicode) == len && !memcmp(resembles[i].unicode, src, len))
                plain = resembles[i].plain;
        for (; *plain; plain++)
            dst[at++] = *plain;
        src += len;
    }
    if (cap)
        dst[at] = '\0';
}

/* What fits in so many columns of a text, as the terminal gets it, and the columns that it takes. Whatever is
 * drawn passes here: the views' texts are clean, but a cut may have gone through a character. mark: stands at
 * the end where something is missing; may be NULL. */
static const char *shown(const struct canvas *c, const char *text, int columns, const char *mark, int *used,
                         char line[LINE_BYTES])
{
    char ascii[LINE_BYTES], cut[LINE_BYTES];
    if (c->ascii && !text_shows_as_it_is(text)) {
        draw_to_ascii(ascii, sizeof ascii, text);
        text = ascii;
    }
    size_t len = text_fit(text, columns, used);
    bool whole = !text[len];
    if (!whole && mark)
        len = text_fit(text, columns - 1, used);
    if (len > sizeof cut - 8)
        len = 0;
    memcpy(cut, text, len);
    cut[len] = '\0';
    if (!whole && mark) {
        memcpy(cut + len, mark, strlen(mark) + 1);
        ++*used;
    }
    /* Cut first: a mark that ends right-to-left text must not be cut off. */
    (void)text_for_terminal(line, LINE_BYTES, cut);
    return line;
}

static void set_style(const struct canvas *c, enum style style)
{
    attrset((attr_t)c->theme->attr[style]);
}

int draw_text(const struct canvas *c, int y, int x, enum style style, const char *text)
{
    char line[LINE_BYTES];
    int used = 0;
    if (y < 0 || y >= c->r.h || x < 0 || x >= c->r.w)
        return 0;
    text = shown(c, text, c->r.w - x, NULL, &used, line);
    set_style(c, style);
    (void)mvaddstr(c->r.y + y, c->r.x + x, text);
    return used;
}

int draw_fmt(const struct canvas *c, int y, int x, enum style style, const char *fmt, ...)
{
    char line[LINE_BYTES];
    va_list ap;
    va_start(ap, fmt);
    (void)vsnprintf(line, sizeof line, fmt, ap);
    va_end(ap);
    return draw_text(c, y, x, style, line);
}

void draw_cell(const struct canvas *c, int y, int x, int columns, enum align align, enum style style,
               const char *text)
{
    char line[LINE_BYTES];
    int used = 0;
    if (x + columns > c->r.w)
        columns = c->r.w - x;
    if (columns <= 0 || y < 0 || y >= c->r.h || x < 0)
        return;
    (void)shown(c, text, columns, c->ascii ? "~" : "…", &used, line);
    int pad = columns - used;
    set_style(c, style);
    move(c->r.y + y, c->r.x + x);
    if (align == RIGHT && pad > 0)
        (void)printw("%*s", pad, "");
    (void)addstr(line);
    if (align == LEFT && pad > 0)
        (void)printw("%*s", pad, "");
}

int draw_lines(const struct canvas *c, int y, int x, enum style style, const char *text)
{
    char line[LINE_BYTES];
    int room = c->r.w - x - 1, end_x = x;
    if (room < 1)
        return y;
    while (*text && y < c->r.h) {
        size_t len = text_fit(text, room, NULL);
        if (!len)
            break; /* not even one wide character fits */
        if (text[len] && text[len] != ' ') {
            size_t space = len;
            while (space && text[space] != ' ')
                space--;
            len = space ? space : len;
        }
        if (len > sizeof line - 1)
            len = sizeof line - 1;
        memcpy(line, text, len);
        line[len] = '\0';
        end_x = x + draw_text(c, y++, x, style, line);
        text += len;
        while (*text == ' ')
            text++;
    }
    if (*text && end_x > x) /* no line is left for the rest */
        (void)draw_text(c, y - 1, end_x, style, GLYPH(c, "…", "~"));
    return y;
}

void draw_fill_line(const struct canvas *c, int y, enum style style)
{
    if (y < 0 || y >= c->r.h)
        return;
    set_style(c, style);
    (void)mvhline(c->r.y + y, c->r.x, ' ' | (chtype)c->theme->attr[style], c->r.w);
}

void draw_fill(const struct canvas *c, enum style style)
{
    for (int y = 0; y < c->r.h; y++)
        draw_fill_line(c, y, style);
}

static void rule(const struct canvas *c, int y, const char *left, const char *mid, const char *right)
{
    (void)mvaddstr(c->r.y + y, c->r.x, left);
    for (int i = 0; i < c->r.w - 2; i++)
        (void)addstr(mid);
    (void)addstr(right);
}

void draw_frame(const struct canvas *c, const char *title, const char *right, bool focused)
{
    if (c->r.h < 2 || c->r.w < 2)
        return;
    enum style style = focused ? ST_FOCUS : ST_BORDER;
    set_style(c, style);
    /* Where colour and weight may be missing, the focused frame is also drawn with other signs. */
    const char *across = GLYPH(c, focused ? "━" : "─", focused ? "=" : "-");
    const char *down = GLYPH(c, focused ? "┃" : "│", "|");
    rule(c, 0, GLYPH(c, focused ? "┏" : "╭", "+"), across, GLYPH(c, focused ? "┓" : "╮", "+"));
    rule(c, c->r.h - 1, GLYPH(c, focused ? "┗" : "╰", "+"), across, GLYPH(c, focused ? "┛" : "╯", "+"));
    for (int y = 1; y < c->r.h - 1; y++) {
        (void)mvaddstr(c->r.y + y, c->r.x, down);
        (void)mvaddstr(c->r.y + y, c->r.x + c->r.w - 1, down);
    }
    struct canvas top = *c;
    top.r.w -= 1; /* the corner stays */
    char text[LINE_BYTES];
    (void)snprintf(text, sizeof text, " %s ", title);
    int title_w = text_width(text), room = c->r.w - 2;
    if (room < 3)
        return;
    draw_cell(&top, 0, 1, title_w < room ? title_w : room, LEFT, focused ? ST_FOCUS : ST_TITLE, text);
    if (!right || !*right)
        return;
    (void)snprintf(text, sizeof text, " %s ", right);
    int right_w = text_width(text);
    if (title_w + right_w <= room)
        draw_cell(&top, 0, c->r.w - 1 - right_w, right_w, RIGHT, style, text);
}
