/* The help in a box that scrolls and can be searched: either every action of the table and every pane, or
 * what one pane shows, figure by figure. Main thread. */
#ifndef UI_HELP_H
#define UI_HELP_H

#include "ui/action.h"
#include "ui/draw.h"
#include "ui/list.h"
#include "ui/match.h"
#include "ui/prompt.h"

#include <stdbool.h>

enum help_kind {
    HELP_KEYS,
    HELP_PANE,
    HELP_ALL /* everything there is to say, for a search */
};

struct help {
    bool open;
    enum help_kind kind;
    struct list list;
    struct match match; /* what is searched for; freed by who closes the screen */
    size_t pane;        /* HELP_KEYS: the one that had the focus; HELP_PANE: the one that is explained */
    struct rect box;    /* where it was drawn last */
};

void help_open(struct help *h, enum help_kind kind, size_t focused_pane);
/* Takes a key; REACT bits. '/' is answered by the caller (it owns the prompt), so it is not eaten here. The
 * keys that open the two kinds lead from one to the other; in HELP_PANE Tab goes to the next pane's. */
unsigned help_act(struct help *h, enum action_id id);
void help_draw(struct help *h, const struct canvas *screen);
/* How many lines the help has with this search on so many columns. */
size_t help_lines(const struct help *h, int columns);

#endif
