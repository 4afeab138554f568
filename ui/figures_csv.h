/* The figures behind the charts as CSV (RFC 4180, header line first, times in ISO 8601 UTC; what is not known
 * is an empty field): for whoever wants to draw them anew. Pure over views, which are borrowed; each
 * returns memory that the caller frees, or NULL where there is nothing yet. Main thread. */
#ifndef UI_FIGURES_CSV_H
#define UI_FIGURES_CSV_H

#include "ui/pane.h"

#include <stddef.h>

/* A line a batch, oldest first: rows, rates, each phase's time, watermarks, state. */
char *figures_batches(const struct query_view *v, size_t *len);
/* A line a marked row: batch, its watermark, event time and what became of the row; batches where no rows are
 * marked. */
char *figures_marks(const struct query_view *v, size_t *len);
/* A line a key in the order given: its total, what the last batch added, its trend, newest point last. */
char *figures_trends(const struct query_view *v, const uint32_t *keys, size_t count, size_t *len);
/* What stands behind one key: a line a figure (hour, disposition, call). */
char *figures_detail(const struct query_view *v, size_t *len);
/* A line a figure: the partitions' offsets and lag, and the lag of the last minute. */
char *figures_lag(const struct cluster_view *c, size_t *len);
/* A line an operator of the last batch: rows in and out, its times. */
char *figures_operators(const struct query_view *v, size_t *len);

/* The same as a pane_ops has them. */
char *figures_of_batches(const void *state, const struct pane_env *env, size_t *len);
char *figures_of_marks(const void *state, const struct pane_env *env, size_t *len);
char *figures_of_lag(const void *state, const struct pane_env *env, size_t *len);
char *figures_of_operators(const void *state, const struct pane_env *env, size_t *len);

#endif
