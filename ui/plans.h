/* The layouts that the F-keys switch, as they are made: which panes stand where, by name, in the order in
 * which they stand in their columns. One constant table; what the user makes of it is in arrange.c, and
 * layout_compute does the rest, so that what does not fit folds away by rank in each of them. */
#ifndef UI_PLANS_H
#define UI_PLANS_H

#include "ui/layout.h"

#define PLAN_PANES 6
#define PLANS_MOST 8

struct plan {
    const char *name, *help;
    struct {
        const char *pane;        /* NULL ends the list */
        struct layout_item room; /* where min_h is 0: the pane's own room */
    } show[PLAN_PANES];
    bool spacious; /* for people far away: a blank line between rows, fewer figures */
};

extern const struct plan plans[];
extern const size_t plan_count;

#endif
