/* The windows of one key of the table, newest first: what Enter on a type shows. Part of the aggregates pane.
 */
#ifndef UI_TYPE_WINDOWS_H
#define UI_TYPE_WINDOWS_H

#include "ui/draw.h"
#include "ui/list.h"
#include "ui/pane.h"

struct type_windows {
    char *name;   /* of the key; NULL = closed */
    size_t *rows; /* groups of the view, newest window first */
    size_t count, cap;
    uint64_t view_number;
    struct list list;
};

void type_windows_open(struct type_windows *t, const char *name);
void type_windows_close(struct type_windows *t);
void type_windows_prepare(struct type_windows *t, const struct pane_env *env);
void type_windows_draw(const struct type_windows *t, const struct pane_env *env, const struct canvas *c);

#endif
