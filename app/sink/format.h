/* The result table as CSV, JSON and a console box: one writer for the file sinks, --export and the screen's
 * export. Writing goes through stdio; the caller checks ferror() once at the end. No state; any thread. */
#ifndef SINK_FORMAT_H
#define SINK_FORMAT_H

#include "query/query.h"

#include <stdbool.h>
#include <stdio.h>

/* One CSV field by RFC 4180 (quoted only where it must be). Null text writes nothing, the empty string "". */
void format_csv_field(FILE *f, struct text t);
/* One JSON string with its quotes; bytes that are not UTF-8 become U+FFFD. Null text writes null. */
void format_json_string(FILE *f, struct text t);

/* The same, added to a buffer. */
void format_json_text(struct strbuf *b, struct text t);

/* One group of the result table as a key for other systems: a JSON array of the window start (where there is
 * a window) and the field values, so that a null differs from any text. Added to b. */
void format_group_id(struct strbuf *b, const struct query *q, uint32_t number);
/* One group as the JSON object of format_json, without a line end. Added to b. */
void format_group_object(struct strbuf *b, const struct query *q, uint32_t number);

/* The groups numbers[0..count) in that order, with a header line: window_start,window_end where there is a
 * window (ISO 8601 UTC, milliseconds), the group-by names, count. Lines end in LF, as Unix tools expect. */
void format_csv(FILE *f, const struct query *q, const uint32_t *numbers, size_t count);
/* The same as an array of objects, one a line. */
void format_json(FILE *f, const struct query *q, const uint32_t *numbers, size_t count);
/* The same as Spark's show(): a box, right-aligned, at most max_rows rows. */
void format_box(FILE *f, const struct query *q, const uint32_t *numbers, size_t count, size_t max_rows);

/* Numbers of the groups that are in the result table now, sorted as on the screen; the caller frees. */
uint32_t *format_table(const struct query *q, size_t *count);

/* Replaces the file at path by what write() writes, atomically and durably: a reader sees the old file or the
 * whole new one, also after a power cut. 0, or -1 with a sentence in err. */
typedef void (*format_write_fn)(FILE *f, const struct query *q, const uint32_t *numbers, size_t count);
int format_replace_file(const char *path, format_write_fn write, const struct query *q,
                        const uint32_t *numbers, size_t count, char *err, size_t err_cap);

/* The writer for a path by its ending: .json -> format_json, else format_csv. */
format_write_fn format_of_path(const char *path);

#endif
