/* Putting text into a rectangle of the screen: cut by columns, never beyond the rectangle, in the theme's
 * styles, in ASCII where the terminal or the user wants that. Main thread only (ncurses). */
#ifndef UI_DRAW_H
#define UI_DRAW_H

#include "ui/chart.h"
#include "ui/layout.h"
#include "ui/theme.h"

#include <stdbool.h>

/* A rectangle to draw into; cheap to copy. Coordinates of all calls are relative to it. */
struct canvas {
    struct rect r;
    const struct theme *theme;
    bool ascii;
};

enum align { LEFT, RIGHT };

/* Puts clean UTF-8 text at (y, x), cut at the right edge; returns the columns it took. */
int draw_text(const struct canvas *c, int y, int x, enum style style, const char *text);
int draw_fmt(const struct canvas *c, int y, int x, enum style style, const char *fmt, ...)
    __attribute__((format(printf, 5, 6)));

/* The same in a cell of exactly `columns` columns: padded, or cut with a mark that something is missing. */
void draw_cell(const struct canvas *c, int y, int x, int columns, enum align align, enum style style,
               const char *text);

/* Text over as many lines as it needs, broken at spaces, from line y on; ends with a mark where no line is
 * left for the rest. Returns the line after it. */
int draw_lines(const struct canvas *c, int y, int x, enum style style, const char *text);

/* Fills a line, or the whole canvas, with the style's background. */
void draw_fill_line(const struct canvas *c, int y, enum style style);
void draw_fill(const struct canvas *c, enum style style);

/* A border around the whole canvas, with a title at its left and a smaller text at its right (may be NULL).
 */
void draw_frame(const struct canvas *c, const char *title, const char *right, bool focused);

/* One of two texts, by what the terminal can show. */
#define GLYPH(c, unicode, plain) ((c)->ascii ? (plain) : (unicode))

/* Copies clean UTF-8 as ASCII: common signs by what they resemble, others as '?'. Always terminated. */
void draw_to_ascii(char *dst, size_t cap, const char *src);

#endif
