/* Figures that are read from the back of a room: digits and a few signs drawn three cells high from half
 * blocks, or five from whole ones. Main thread. */
#ifndef UI_BIG_H
#define UI_BIG_H

#include "ui/draw.h"

enum big_size {
    BIG_HALF, /* three lines; only where there is Unicode */
    BIG_WHOLE /* five lines, twice as wide */
};

/* Lines that a size takes, and columns that a text takes in it. */
int big_lines(enum big_size size);
int big_width(enum big_size size, const char *text);

/* Draws digits, ':', ',', '.', '-', '+', 'k', 'M' and blanks at (y, x), cut at the right edge by whole signs;
 * others are blanks. */
void big_draw(const struct canvas *c, int y, int x, enum big_size size, enum style style, const char *text);

#endif
