/* The table that is on the screen as CSV and as JSON: with the names that the file sinks use (the JSON's
 * strings are written by the same function). Pure. */
#ifndef UI_TABLE_CSV_H
#define UI_TABLE_CSV_H

#include "base/text.h"
#include "snapshot.h"

#include <stddef.h>

/* RFC 4180, header line first: the groups of keys[0..count) of v, in that order of keys, windows by time.
 * The caller frees. */
char *table_csv(const struct query_view *v, const uint32_t *keys, size_t count, size_t *len);
/* The same rows as an array of objects, one a line. The caller frees. */
char *table_json(const struct query_view *v, const uint32_t *keys, size_t count, size_t *len);

/* One field, quoted only where it must be; NULL adds nothing. */
void csv_field(struct strbuf *b, const char *s);

#endif
