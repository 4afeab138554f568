/* The query's plan as Spark has it, for the pipeline pane: its operators in the order that rows flow. Main
 * thread. */
#ifndef UI_PLAN_ROWS_H
#define UI_PLAN_ROWS_H

#include "ui/pane.h"

/* Lines that it has, its heading left out; 0 = no plan is known, and why. */
size_t plan_rows(const struct pane_env *env);
const char *plan_why_none(const struct pane_env *env);

/* From its line `top` on, below a heading; on few lines as a chain. */
void plan_draw(const struct pane_env *env, const struct canvas *c, size_t top);

#endif
