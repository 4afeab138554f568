/* The user's arrangement of a layout: which of the panes it shows, in which column and order, how many lines
 * a pane has and how wide the main column is. It lies over a built-in plan (plans.c): whatever the user has
 * not touched stays as planned and goes on adapting to the screen. All pure; layout_compute makes rectangles
 * of it. Any thread. */
#ifndef UI_ARRANGE_H
#define UI_ARRANGE_H

#include "ui/plans.h"

#include <stdbool.h>
#include <stddef.h>

#define ARRANGE_LINES_LEAST 3 /* a border and one line in it */

struct arrangement {
    struct {
        size_t pane;
        enum place place;
        int lines;         /* asked for by the user, border included; 0 = as planned */
    } shown[LAYOUT_PANES]; /* in order: of two panes in one column the earlier stands higher */
    size_t count;
    int main_share; /* of the screen's width, in thousandths; 0 = as planned */
};

/* As the plan has it. */
void arrange_reset(struct arrangement *a, const struct plan *plan);
bool arrange_is_planned(const struct arrangement *a, const struct plan *plan);

/* The rooms of all panes, in the panes' order; those that are not shown get PLACE_NONE. */
void arrange_items(const struct arrangement *a, const struct plan *plan,
                   struct layout_item items[LAYOUT_PANES]);

bool arrange_shows(const struct arrangement *a, size_t pane);
/* The n-th pane as Tab goes: column by column, each from the top; pane_count past the last. */
size_t arrange_nth(const struct arrangement *a, size_t n);

/* The pane that matters most, of the lowest rank: it gets the focus when the layout is opened. */
size_t arrange_first(const struct arrangement *a, const struct plan *plan);

/* Puts a pane in at the end of its column (the plan's for it, else its own). */
void arrange_show(struct arrangement *a, const struct plan *plan, size_t pane);
/* False when it is the last one. */
bool arrange_hide(struct arrangement *a, size_t pane);
/* Swaps two panes in the order. */
void arrange_swap(struct arrangement *a, size_t pane, size_t other);
void arrange_place(struct arrangement *a, size_t pane, enum place place);

/* Gives the pane as many lines more as it has in `now`, at the expense of its neighbours in the column; less
 * where `more` is negative. What the others of the column were given by the user stays as near as can be. */
void arrange_resize(struct arrangement *a, const struct layout *now, size_t pane, int more);
/* Makes the main column wider by so many columns of the screen; nothing where there is only one column. */
void arrange_widen(struct arrangement *a, const struct layout *now, int more);

/* The pane above (-1) or below (+1) in the same column of the picture; pane_count when there is none. */
size_t arrange_neighbour(const struct layout *now, size_t pane, int direction);

#endif
