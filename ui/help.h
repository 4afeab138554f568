/* The help screen: every action of the table and every pane, in a box that scrolls and can be searched. Main
 * thread. */
#ifndef UI_HELP_H
#define UI_HELP_H

#include "ui/action.h"
#include "ui/draw.h"
#include "ui/list.h"
#include "ui/match.h"
#include "ui/prompt.h"

#include <stdbool.h>

struct help {
    bool open;
    struct list list;
    struct match match; /* what is searched for; freed by who closes the screen */
    size_t pane;        /* the one that had the focus: its help comes first */
};

void help_open(struct help *h, size_t focused_pane);
/* Takes a key; REACT bits. '/' is answered by the caller (it owns the prompt), so it is not eaten here. */
unsigned help_act(struct help *h, enum action_id id);
void help_draw(struct help *h, const struct canvas *screen);
/* How many lines the help has with this search on so many columns. */
size_t help_lines(const struct help *h, int columns);

#endif
