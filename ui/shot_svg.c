/* The picture as SVG. Letters are text, one element a run of one look; lines, blocks and bars are drawn as
 * shapes, so that they meet whatever font the viewer has. Every run is told its width: columns hold in any
 * font. */
#include "ui/shot.h"

#include "base/text.h"
#include "ui/theme.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { CELL_W = 9, CELL_H = 18, FONT = 15, BASE_LINE = 14, MARGIN = 6, LOOKS_MOST = 128 };

struct look_of_run {
    unsigned rgb, flags;
};

struct svg {
    const struct shot *shot;
    struct strbuf body, shapes, strokes;
    struct look_of_run looks[LOOKS_MOST];
    size_t looks_count;
};

static unsigned background(const struct shot *s)
{
    return s->light ? 0xfafafa : 0x1c1c1c;
}

static unsigned fore_rgb(const struct shot *s, const struct shot_cell *c)
{
    if (c->flags & LOOK_REVERSE)
        return c->bg < 0 ? background(s) : shot_rgb(s, c->bg);
    return shot_rgb(s, c->fg);
}

static unsigned back_rgb(const struct shot *s, const struct shot_cell *c)
{
    if (c->flags & LOOK_REVERSE)
        return shot_rgb(s, c->fg);
    return c->bg < 0 ? background(s) : shot_rgb(s, c->bg);
}

static uint32_t code_point(const char *text)
{
    const unsigned char *s = (const unsigned char *)text;
    if (s[0] < 0x80)
        return s[0];
    size_t n = s[0] >= 0xF0 ? 4 : s[0] >= 0xE0 ? 3 : 2;
    uint32_t c = s[0] & (0xFFu >> (n + 1));
    for (size_t i = 1; i < n && s[i]; i++)
        c = c << 6 | (s[i] & 0x3Fu);
    return c;
}

/* The class of a look: colour and weight of text. */
static size_t look_class(struct svg *v, unsigned rgb, unsigned flags)
{
    flags &= LOOK_BOLD | LOOK_DIM;
    for (size_t i = 0; i < v->looks_count; i++)
        if (v->looks[i].rgb == rgb && v->looks[i].flags == flags)
            return i;
    if (v->looks_count == LOOKS_MOST)
        return 0;
    v->looks[v->looks_count] = (struct look_of_run){.rgb = rgb, .flags = flags};
    return v->looks_count++;
}

/* XML has no way to write most control characters, and the marks that keep a terminal from turning a line
 * round have nothing to do where every run stands alone. */
static void add_escaped(struct strbuf *b, const char *text)
{
    for (const char *s = text; *s; s++) {
        if (!strncmp(s, "\xE2\x80\x8E", 3)) {
            s += 2;
            continue;
        }
        switch (*s) {
        case '&': strbuf_puts(b, "&amp;"); break;
        case '<': strbuf_puts(b, "&lt;"); break;
        case '>': strbuf_puts(b, "&gt;"); break;
        default:
            if ((unsigned char)*s >= 0x20 && *s != 0x7F)
                strbuf_add(b, s, 1);
        }
    }
}

static void rectangle(struct strbuf *b, double x, double y, double w, double h)
{
    strbuf_printf(b, "M%g %gh%gv%gh%gz", x, y, w, h, -w);
}

/* Lines from the middle of a cell to its sides: bits of up, down, left, right; thick ones. */
enum { UP = 1, DOWN = 2, LEFT_SIDE = 4, RIGHT_SIDE = 8, THICK = 16, ROUND = 32 };
static const struct {
    uint32_t character;
    unsigned sides;
} line_characters[] = {
    {0x2500, LEFT_SIDE | RIGHT_SIDE},
    {0x2502, UP | DOWN},
    {0x2501, LEFT_SIDE | RIGHT_SIDE | THICK},
    {0x2503, UP | DOWN | THICK},
    {0x250C, DOWN | RIGHT_SIDE},
    {0x2510, DOWN | LEFT_SIDE},
    {0x2514, UP | RIGHT_SIDE},
    {0x2518, UP | LEFT_SIDE},
    {0x250F, DOWN | RIGHT_SIDE | THICK},
    {0x2513, DOWN | LEFT_SIDE | THICK},
    {0x2517, UP | RIGHT_SIDE | THICK},
    {0x251B, UP | LEFT_SIDE | THICK},
    {0x256D, DOWN | RIGHT_SIDE | ROUND},
    {0x256E, DOWN | LEFT_SIDE | ROUND},
    {0x2570, UP | RIGHT_SIDE | ROUND},
    {0x256F, UP | LEFT_SIDE | ROUND},
    {0x251C, UP | DOWN | RIGHT_SIDE},
    {0x2524, UP | DOWN | LEFT_SIDE},
    {0x252C, DOWN | LEFT_SIDE | RIGHT_SIDE},
    {0x2534, UP | LEFT_SIDE | RIGHT_SIDE},
    {0x253C, UP | DOWN | LEFT_SIDE | RIGHT_SIDE},
};

static unsigned line_sides(uint32_t c)
{
    for (size_t i = 0; i < sizeof line_characters / sizeof *line_characters; i++)
        if (line_characters[i].character == c)
            return line_characters[i].sides;
    return 0;
}

static void add_line(struct svg *v, int x, int y, unsigned sides)
{
    double t = sides & THICK ? 2.5 : 1.2, left = x * CELL_W, top = y * CELL_H;
    double mid_x = left + CELL_W / 2.0, mid_y = top + CELL_H / 2.0;
    if (sides & ROUND) {
        double across = sides & LEFT_SIDE ? -CELL_W / 2.0 : CELL_W / 2.0;
        double edge_y = sides & UP ? top : top + CELL_H;
        strbuf_printf(&v->strokes, "M%g %gQ%g %g %g %g", mid_x, edge_y, mid_x, mid_y, mid_x + across, mid_y);
        return;
    }
    if (sides & (LEFT_SIDE | RIGHT_SIDE)) {
        double from = sides & LEFT_SIDE ? left : mid_x - t / 2;
        double to = sides & RIGHT_SIDE ? left + CELL_W : mid_x + t / 2;
        rectangle(&v->shapes, from, mid_y - t / 2, to - from, t);
    }
    if (sides & (UP | DOWN)) {
        double from = sides & UP ? top : mid_y - t / 2;
        double to = sides & DOWN ? top + CELL_H : mid_y + t / 2;
        rectangle(&v->shapes, mid_x - t / 2, from, t, to - from);
    }
}

/* True when the character is one that is drawn; then it has been. `count` equal ones stand side by side. */
static bool add_shape(struct svg *v, uint32_t c, int x, int y, int count, unsigned rgb)
{
    double left = x * CELL_W, top = y * CELL_H, w = CELL_W, h = CELL_H;
    unsigned sides = line_sides(c);
    if (sides) {
        for (int i = 0; i < count; i++)
            if (c != 0x2500 && c != 0x2501)
                add_line(v, x + i, y, sides);
        if (c == 0x2500 || c == 0x2501) {
            double t = c == 0x2501 ? 2.5 : 1.2;
            rectangle(&v->shapes, left, top + (h - t) / 2, w * count, t);
        }
        return true;
    }
    if (c >= 0x2581 && c <= 0x2588) { /* eighths from below */
        double part = h * (double)(c - 0x2580) / 8;
        rectangle(&v->shapes, left, top + h - part, w * count, part);
        return true;
    }
    if (c == 0x2580) {
        rectangle(&v->shapes, left, top, w * count, h / 2);
        return true;
    }
    if (c >= 0x2589 && c <= 0x258F) { /* eighths from the left */
        for (int i = 0; i < count; i++)
            rectangle(&v->shapes, left + i * w, top, w * (double)(0x2590 - c) / 8, h);
        return true;
    }
    if (c >= 0x2591 && c <= 0x2593) {
        strbuf_printf(&v->body, "<path d=\"");
        rectangle(&v->body, left, top, w * count, h);
        strbuf_printf(&v->body, "\" fill=\"#%06x\" fill-opacity=\".%d\"/>\n", rgb, 25 * (int)(c - 0x2590));
        return true;
    }
    return false;
}

static void add_text(struct svg *v, const char *text, int x, int y, int columns, size_t look)
{
    strbuf_printf(
        &v->body,
        "<text class=\"c%zu\" x=\"%d\" y=\"%d\" textLength=\"%d\" lengthAdjust=\"spacingAndGlyphs\">", look,
        x * CELL_W, y * CELL_H + BASE_LINE, columns * CELL_W);
    add_escaped(&v->body, text);
    strbuf_puts(&v->body, "</text>\n");
}

static void flush_shapes(struct svg *v, unsigned rgb)
{
    if (v->shapes.len)
        strbuf_printf(&v->body, "<path d=\"%s\" fill=\"#%06x\"/>\n", v->shapes.data, rgb);
    if (v->strokes.len)
        strbuf_printf(&v->body, "<path d=\"%s\" fill=\"none\" stroke=\"#%06x\" stroke-width=\"1.2\"/>\n",
                      v->strokes.data, rgb);
    v->shapes.len = v->strokes.len = 0;
}

static bool plain_ascii(const struct shot_cell *c)
{
    return (unsigned char)c->text[0] < 0x80 && !c->text[1];
}

/* Letters of one byte each from x on, without the blanks around them; returns the cell after the last. */
static int add_ascii(struct svg *v, int y, int x, int to, size_t look)
{
    struct strbuf text = {0};
    int end = x, last = x;
    for (; end < to && plain_ascii(shot_cell_at(v->shot, y, end)); end++)
        if (shot_cell_at(v->shot, y, end)->text[0] != ' ')
            last = end + 1;
    while (x < last && shot_cell_at(v->shot, y, x)->text[0] == ' ')
        x++;
    for (int i = x; i < last; i++)
        strbuf_puts(&text, shot_cell_at(v->shot, y, i)->text);
    if (text.len)
        add_text(v, text.data, x, y, last - x, look);
    strbuf_free(&text);
    return end;
}

/* Cells from..to of one look: their letters and shapes. */
static void add_run(struct svg *v, int y, int from, int to)
{
    const struct shot *s = v->shot;
    const struct shot_cell *first = shot_cell_at(s, y, from);
    unsigned rgb = fore_rgb(s, first);
    size_t look = look_class(v, rgb, first->flags);
    if (first->flags & LOOK_UNDERLINE)
        rectangle(&v->shapes, from * CELL_W, y * CELL_H + CELL_H - 2, (to - from) * CELL_W, 1);
    for (int x = from; x < to;) {
        const struct shot_cell *c = shot_cell_at(s, y, x);
        int count = 1;
        if (plain_ascii(c)) {
            x = add_ascii(v, y, x, to, look);
            continue;
        }
        while (x + count < to && c->columns == 1 && !strcmp(shot_cell_at(s, y, x + count)->text, c->text))
            count++;
        if (!c->columns) {
            x++;
        } else if (add_shape(v, code_point(c->text), x, y, count, rgb)) {
            x += count;
        } else {
            add_text(v, c->text, x, y, c->columns, look);
            x += c->columns;
        }
    }
    flush_shapes(v, rgb);
}

static void add_row(struct svg *v, int y)
{
    const struct shot *s = v->shot;
    int from = 0;
    for (int x = 1; x <= s->w; x++) {
        if (x < s->w && back_rgb(s, shot_cell_at(s, y, x)) == back_rgb(s, shot_cell_at(s, y, from)))
            continue;
        unsigned back = back_rgb(s, shot_cell_at(s, y, from));
        if (back != background(s)) {
            strbuf_puts(&v->body, "<path d=\"");
            rectangle(&v->body, from * CELL_W, y * CELL_H, (x - from) * CELL_W, CELL_H);
            strbuf_printf(&v->body, "\" fill=\"#%06x\"/>\n", back);
        }
        from = x;
    }
    from = 0;
    for (int x = 1; x <= s->w; x++) {
        const struct shot_cell *a = shot_cell_at(s, y, from);
        const struct shot_cell *b = x < s->w ? shot_cell_at(s, y, x) : NULL;
        if (b && fore_rgb(s, a) == fore_rgb(s, b) && a->flags == b->flags)
            continue;
        add_run(v, y, from, x);
        from = x;
    }
}

char *shot_svg(const struct shot *s, size_t *len)
{
    struct svg v = {.shot = s};
    struct strbuf out = {0};
    int w = s->w * CELL_W + 2 * MARGIN, h = s->h * CELL_H + 2 * MARGIN;
    for (int y = 0; y < s->h; y++)
        add_row(&v, y);
    strbuf_printf(
        &out,
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%d\" height=\"%d\" viewBox=\"0 0 %d %d\" "
        "xml:space=\"preserve\">\n<title>sfcrime-tui, %d columns and %d rows</title>\n<style>\n"
        "text{font:%dpx ui-monospace,\"DejaVu Sans Mono\",Menlo,Consolas,\"Liberation Mono\","
        "monospace;white-space:pre}\n",
        w, h, w, h, s->w, s->h, FONT);
    for (size_t i = 0; i < v.looks_count; i++) {
        unsigned flags = v.looks[i].flags;
        strbuf_printf(&out, ".c%zu{fill:#%06x%s%s}\n", i, v.looks[i].rgb,
                      flags & LOOK_BOLD ? ";font-weight:bold" : "", flags & LOOK_DIM ? ";opacity:.7" : "");
    }
    strbuf_printf(&out,
                  "</style>\n<rect width=\"%d\" height=\"%d\" rx=\"6\" fill=\"#%06x\"/>\n"
                  "<g transform=\"translate(%d %d)\">\n",
                  w, h, background(s), MARGIN, MARGIN);
    strbuf_add(&out, v.body.data, v.body.len);
    strbuf_puts(&out, "</g>\n</svg>\n");
    strbuf_free(&v.body);
    strbuf_free(&v.shapes);
    strbuf_free(&v.strokes);
    *len = out.len;
    return out.data;
}
