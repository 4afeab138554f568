/* Where everything goes: one pure function from the size of the terminal to rectangles. Panes are described
 * by what room they need; those that do not fit fold away by rank, until one thing at a time is left, and
 * below that a single line that names the needed size. No terminal is touched here, so tests try every size.
 */
#ifndef UI_LAYOUT_H
#define UI_LAYOUT_H

#include <stdbool.h>
#include <stddef.h>

/* Cells: y and x from the top left corner of the screen, 0-based. h == 0: not shown. */
struct rect {
    int y, x, h, w;
};

enum place {
    PLACE_MAIN,   /* the wide column on the left */
    PLACE_SIDE,   /* the narrow column on the right */
    PLACE_BOTTOM, /* a strip under both */
    PLACE_NONE    /* not in this layout: seen only while it has the focus, alone */
};

/* The room a pane asks for, its border included. */
struct layout_item {
    enum place place;
    int min_h;  /* less than this and the pane is left out */
    int wish_h; /* as many lines as it has to say; >= min_h */
    int weight; /* share of the lines that nobody wished for; 0 = none */
    int rank;   /* the highest rank folds away first */
    int order;  /* the lowest stands at the top of its column; of equals the first */
    int lines;  /* as many as the user asked for, >= 3, instead of wish_h and weight; 0 = nothing was asked */
};

#define LAYOUT_PANES 16
#define LAYOUT_MIN_H 4
#define LAYOUT_MIN_W 20

struct layout {
    bool too_small; /* nothing but one line of text fits; all rectangles below are empty */
    bool single;    /* one pane at a time, the focused one */
    bool framed;    /* panes have borders */
    struct rect header, footer;
    struct rect summary; /* one line about the replay where only one pane fits, else empty */
    struct rect body;
    int main_w; /* columns of the main column where there is one beside it, else 0 */
    struct rect pane[LAYOUT_PANES];
};

/* What is shown: n panes (at most LAYOUT_PANES), and how wide the main column is to be, in thousandths of the
 * width (0 = as the side column leaves it). */
struct layout_ask {
    const struct layout_item *items;
    size_t n;
    int main_share;
    size_t focus;
    bool zoom;
};

/* The layout of a screen of h lines and w columns. The focused pane is always among the shown ones: where it
 * does not fit beside the others it has the body to itself, as with zoom. */
void layout_compute(struct layout *out, int h, int w, const struct layout_ask *ask);

/* One pane alone from the first line and column on, without a border and with nothing but a footer: for
 * copying what it says. */
void layout_bare(struct layout *out, int h, int w, size_t pane);

/* True when the point lies within r. */
bool rect_has(struct rect r, int y, int x);
/* r without a border of one cell; empty when nothing is left. */
struct rect rect_inside(struct rect r);

#endif
