/* The table as CSV (RFC 4180): the group-by names, window_start and window_end first where there are windows,
 * then count. Pure. */
#ifndef UI_TABLE_CSV_H
#define UI_TABLE_CSV_H

#include "snapshot.h"

#include <stddef.h>

/* Rows in the order of the given keys (the screen's), windows of a key from the oldest on. Caller frees. */
char *table_csv(const struct query_view *v, const size_t *keys, size_t count, size_t *len);

#endif
