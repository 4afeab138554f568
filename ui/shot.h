/* The picture that is on the screen, read back cell by cell from ncurses, so that what is exported is what is
 * seen; and the same as text, as text with colours, as SVG. Taking it needs the main thread; a picture that
 * was taken depends on nothing any more, so that any thread may format it. */
#ifndef UI_SHOT_H
#define UI_SHOT_H

#include <stdbool.h>
#include <stddef.h>

#define SHOT_CELL_BYTES 24 /* a character and the combining marks that ncurses keeps with it */

struct shot_cell {
    char text[SHOT_CELL_BYTES]; /* UTF-8; empty for the right half of a wide character */
    int columns;                /* 1, 2; 0 for the right half of a wide character */
    int fg, bg;                 /* colour numbers of the terminal, -1 = its default */
    unsigned flags;             /* LOOK_..., theme.h */
};

struct shot {
    int h, w;
    int colours;             /* how many the terminal has; beyond 256 a number is 0xRRGGBB */
    bool light;              /* the terminal's own background is to be a light one */
    struct shot_cell *cells; /* row by row */
};

enum shot_format { SHOT_TEXT, SHOT_ANSI, SHOT_SVG };

/* Reads h rows of w cells back from what was drawn last (stdscr). Main thread. The caller frees. */
struct shot *shot_take(int h, int w, bool light);
void shot_free(struct shot *s);
const struct shot_cell *shot_cell_at(const struct shot *s, int y, int x);

/* The bytes of a file of that format, ended by 0; the caller frees. Text and ANSI lines lose the blanks at
 * their ends. */
char *shot_bytes(const struct shot *s, enum shot_format format, size_t *len);

/* Red, green and blue of a colour number, 0xRRGGBB. */
unsigned shot_rgb(const struct shot *s, int colour);

/* shot_svg.c: what shot_bytes calls. */
char *shot_svg(const struct shot *s, size_t *len);

#endif
