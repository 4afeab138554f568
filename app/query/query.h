/* The query: rows come in, a table goes out. No broker and no terminal in sight, so all of it runs in a unit
 * test. A query is a chain of operators (operator.h, one file each, in pipeline order):
 *     parse -> join -> distinct -> watermark -> nulls -> window -> aggregate
 * (distinct within-watermark stands behind the watermark, as Spark demands)
 * fed block by block inside a batch. The engine thread owns a query and makes every call here (the operators
 * may use worker threads of their own between query_rows and query_batch_end; nobody sees them). Semantics
 * are Spark 3.5's, the design's section 4. */
#ifndef QUERY_QUERY_H
#define QUERY_QUERY_H

#include "base/text.h"
#include "query/codes.h"
#include "query/marks.h"
#include "query/progress.h"
#include "query/settings.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A longer message is bad (BAD_TOO_LARGE). */
#define MESSAGE_MAX_BYTES (1024 * 1024)

/* One message of the topic. Its bytes are borrowed for the call that it is passed to. value == NULL:
 * tombstone. */
struct message {
    const char *value;
    size_t value_len;
    int64_t offset;
    int64_t timestamp_ms; /* the broker's or producer's; UNKNOWN where none */
    int32_t partition;
};

struct row_block; /* row.h */

/* Told of rows that are not counted for a reason worth keeping, and of those that are. Bytes are borrowed for
 * the call. */
struct query_listener {
    void *arg;
    /* A message that is no call. detail: one clean short sentence ("not JSON at byte 14"). */
    void (*bad)(void *arg, const struct message *m, enum bad_reason reason, const char *detail);
    /* A row that came after its window had closed (sliding: all of its windows; where only some have closed,
     * the row counts in the others and is not late). type may be null text. */
    void (*late)(void *arg, const struct message *m, int64_t event_ms, int64_t watermark_ms,
                 struct text type);
    /* All rows of a block that were counted, each with its key and message. Costs nothing where it is NULL.
     */
    void (*counted)(void *counted_arg, const struct row_block *rows);
    void *counted_arg;
};

struct query;

/* settings and codes are copied (codes may be NULL where join_codes is off). Never NULL. */
struct query *query_new(const struct query_settings *settings, const struct codes *codes,
                        const struct query_listener *listener);
void query_free(struct query *q);
const struct query_settings *query_settings(const struct query *q);

/* A batch: begin, any number of query_rows, end. The watermark that the batch uses is fixed at its begin. */
void query_batch_begin(struct query *q, int64_t batch_id);
void query_rows(struct query *q, const struct message *messages, size_t count);
/* Closes windows, moves the watermark for the next batch, and fills the figures of p that the query knows
 * (rows, event time, watermarks, state operators, custom metrics); the others stay as they are. */
void query_batch_end(struct query *q, struct progress *p);

/* True when a batch without data is due: the watermark has moved, and the query is in update or append mode
 * or keeps distinct rows that the watermark removes (in complete mode only then). As in Spark it does not
 * matter whether anything is there to be removed: the batch also moves the bound that late rows are judged
 * by. */
bool query_wants_empty_batch(const struct query *q);

/* Rows of the last batch that reached the watermark, in order of arrival. The array is the query's, valid
 * until the next batch begins. */
const struct row_mark *query_marks(const struct query *q, size_t *count);

/* Figures since query_new. */
struct query_totals {
    int64_t rows_in, rows_duplicate, rows_late, rows_null, rows_counted;
    int64_t rows_bad[BAD_REASON_COUNT];
    int64_t newest_event_ms; /* UNKNOWN before the first row */
    int64_t watermark_ms;    /* the next batch's */
    int64_t state_bytes, state_rows;
};
void query_totals(const struct query *q, struct query_totals *out);

/* The result table between batches: what a user of the sink holds by now (complete: all groups; update: the
 * last value of each group; append: the groups emitted so far). Groups are numbered 0..n-1 in no order; a
 * number stays a group's own for the query's life. */
struct query_group {
    uint32_t key;            /* number of its key (the group-by values), 0..query_key_count-1 */
    int64_t window_start_ms; /* UNKNOWN where there is no window */
    int64_t window_end_ms;
    int64_t count;
    int64_t delta; /* change by the last batch */
    bool closed;   /* its state has been removed */
    bool visible;  /* is in the result table now (append: emitted) */
};
size_t query_group_count(const struct query *q);
void query_group(const struct query *q, size_t number, struct query_group *out);

/* The groups that the last batch puts out: complete: every group; update: the changed; append: the closed
 * ones. The array is the query's, valid until the next batch begins. */
const uint32_t *query_output(const struct query *q, size_t *count);

/* Keys and groups that the last batch counted rows of, and groups that it closed: numbers, each once a list.
 * The arrays are the query's, valid until the next batch begins. */
struct query_changes {
    const uint32_t *keys, *groups, *closed;
    size_t keys_count, groups_count, closed_count;
};
void query_changes(const struct query *q, struct query_changes *out);

struct query_key {
    const struct text *fields; /* group_by_count of them; the query's, for its life */
    int64_t rows;              /* rows counted under it (once a row, also with sliding windows) */
    int64_t delta;             /* of the last batch */
};
size_t query_key_count(const struct query *q);
void query_key(const struct query *q, uint32_t key, struct query_key *out);

/* The disposition of an id in a row (row.h). The text is the query's, for its life. */
struct text query_disposition(const struct query *q, uint32_t id);

/* Group numbers in the order of the screen and of the export: count descending, then window start ascending
 * (where there is one), then fields ascending as bytes, null first. Sorts in place. */
void query_sort(const struct query *q, uint32_t *numbers, size_t count);

/* State for the checkpoint. A full image, or only what the last batch changed; applied in order, the images
 * give the same query. write returns 0 or -1; so does query_state_write (stopping at the first failure). */
typedef int (*state_write_fn)(void *arg, const void *bytes, size_t len);
int query_state_write(const struct query *q, bool full, state_write_fn write, void *arg);
/* 0, or -1 with a sentence in err: the image does not fit the settings or is damaged; the query is then
 * unusable. */
int query_state_read(struct query *q, const void *image, size_t len, char *err, size_t err_cap);

#endif
