/* What stands behind one key of the table, opened by Enter on its row: its dispositions with what they mean,
 * its hours, its windows, its latest calls. All of them at once where there is room, else one at a time. Part
 * of the aggregates pane; main thread only. Views are borrowed for each call. */
#ifndef UI_TYPE_DETAIL_H
#define UI_TYPE_DETAIL_H

#include "ui/detail_sections.h"
#include "ui/type_windows.h"

struct type_detail {
    char *name; /* of the key; NULL = closed */
    char run_id[40];
    enum field group_by[FIELD_COUNT];
    int group_by_count;
    size_t key;                  /* in the view of the last prepare */
    bool there;                  /* the key is in that view */
    enum detail_section section; /* the one that scrolls; the only one where there is no room for all */
    struct codes *codes;         /* NULL = they could not be read */
    struct list parts, calls;
    struct type_windows windows;
    char notice[160]; /* why it closed itself; taken by whoever says it */
};

/* Opens a key of env->query, which is there; reads the radio codes. */
void type_detail_open(struct type_detail *t, const struct pane_env *env, size_t key);
void type_detail_close(struct type_detail *t);
/* Finds the key in a new view. A query that groups by other fields has no such key: then it closes and leaves
 * a notice. */
void type_detail_prepare(struct type_detail *t, const struct pane_env *env);
/* True when the action was one of its own. */
bool type_detail_act(struct type_detail *t, const struct pane_env *env, enum action_id id);
/* A click chooses the part that scrolls; true when it hit one. */
bool type_detail_click(struct type_detail *t, const struct pane_env *env, int y, int x);
void type_detail_title(const struct type_detail *t, const struct pane_env *env, char *out, size_t cap,
                       char *right, size_t right_cap);
void type_detail_draw(const struct type_detail *t, const struct pane_env *env, const struct canvas *c);

#endif
