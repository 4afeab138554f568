/* The windows of one key of the table, newest first: a part of what Enter on a type shows. */
#ifndef UI_TYPE_WINDOWS_H
#define UI_TYPE_WINDOWS_H

#include "ui/draw.h"
#include "ui/list.h"
#include "ui/pane.h"

struct type_windows {
    size_t *rows; /* groups of the view, newest window first */
    size_t count, cap;
    uint64_t view_number;
    struct list list;
};

void type_windows_clear(struct type_windows *t);
/* key: the number of keys of the view where it has none of that name. page: rows that fit. */
void type_windows_prepare(struct type_windows *t, const struct query_view *v, size_t key, size_t page);
/* With the heading in the first line. */
void type_windows_draw(const struct type_windows *t, const struct pane_env *env, const struct canvas *c);

#endif
