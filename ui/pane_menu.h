/* The menu of all panes: which of them the present layout shows. It only chooses; the caller shows and hides.
 * Main thread. */
#ifndef UI_PANE_MENU_H
#define UI_PANE_MENU_H

#include "ui/arrange.h"
#include "ui/draw.h"
#include "ui/list.h"

struct pane_menu {
    bool open;
    struct list list;
};

enum pane_menu_answer {
    PANE_MENU_MORE,
    PANE_MENU_TOGGLE, /* the pane in *pane */
    PANE_MENU_RESET,  /* this layout */
    PANE_MENU_RESET_ALL
};

void pane_menu_open(struct pane_menu *m, size_t pane);
enum pane_menu_answer pane_menu_act(struct pane_menu *m, enum action_id id, size_t *pane);
void pane_menu_draw(struct pane_menu *m, const struct arrangement *a, const struct plan *plan,
                    const struct canvas *screen);

#endif
