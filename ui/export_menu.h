/* The menu of what can be written to a file: the table, the figures behind the focused pane's charts, the
 * whole picture in three formats. It only chooses; do_export.c writes. Pure but for drawing. Main thread. */
#ifndef UI_EXPORT_MENU_H
#define UI_EXPORT_MENU_H

#include "ui/draw.h"
#include "ui/list.h"

#include <stdbool.h>

struct export_menu {
    bool open;
    struct list list;
};

enum export_kind { EXPORT_TABLE, EXPORT_FIGURES, EXPORT_PICTURE };
struct export_choice {
    const char *format; /* what :export takes */
    const char *label;
    const char *ending; /* of the file */
    enum export_kind kind;
};

/* The n-th choice, NULL past the last; the one of a format ("svg"), NULL when there is none. */
const struct export_choice *export_choice_at(size_t n);
const struct export_choice *export_choice_of(const char *format);

void export_menu_open(struct export_menu *m);
/* A moving action, ACT_DETAIL (Enter), ACT_FOCUS with a digit as key; others close it where they close a box.
 * Returns what was chosen (the menu is closed then), or NULL. */
const struct export_choice *export_menu_act(struct export_menu *m, enum action_id id, int key);
/* of: the pane whose figures are meant, NULL where none has any. */
void export_menu_draw(struct export_menu *m, const char *of, const struct canvas *screen);

#endif
