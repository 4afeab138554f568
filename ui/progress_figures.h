/* The figures of the last batch's report as a sheet: for the progress pane. Pure over views. Main thread. */
#ifndef UI_PROGRESS_FIGURES_H
#define UI_PROGRESS_FIGURES_H

#include "snapshot.h"
#include "ui/match.h"
#include "ui/sheet.h"

/* Fills the sheet with what fits the match; c may be NULL. explained: with a plain sentence below each. */
void progress_figures(struct sheet *s, const struct query_view *v, const struct cluster_view *c,
                      const struct match *match, bool explained);

#endif
