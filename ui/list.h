/* A scrolling list's state: which row is selected, which is the first shown. Moving is the same in every
 * pane. Pure; the pane says how many rows there are and how many fit. */
#ifndef UI_LIST_H
#define UI_LIST_H

#include "ui/action.h"
#include "ui/layout.h"

#include <stdbool.h>
#include <stddef.h>

struct list {
    size_t count;    /* rows there are */
    size_t page;     /* rows that fit, >= 1 */
    size_t selected; /* < count, or 0 */
    size_t top;      /* first row shown */
    bool pager;      /* no selected row: moving scrolls */
    struct rect at;  /* where its rows stand on the screen, for clicks; h == 0: not told */
};

/* Takes the new numbers and brings selection and top back into range. */
void list_fit(struct list *l, size_t count, size_t page);
/* Performs a moving action (ACT_UP ... ACT_END, ACT_WHEEL_*); false when the action is another. */
bool list_act(struct list *l, enum action_id id);
void list_select(struct list *l, size_t row);
/* The row at a cell of the screen; count when there is none. */
size_t list_row_at(const struct list *l, int y, int x);

#endif
