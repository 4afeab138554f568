/* The progress report of one micro-batch: Spark 3.5's StreamingQueryProgress as typed figures, and as JSON
 * with Spark's field names, nesting and order. The engine thread fills it; everyone else reads copies. It
 * owns nothing but what progress_copy/progress_clear name. */
#ifndef QUERY_PROGRESS_H
#define QUERY_PROGRESS_H

#include "base/clock.h"
#include "query/settings.h"

#include <stdbool.h>
#include <stdint.h>

/* The phases of a batch, in the order they run, named as in durationMs. */
enum phase {
    PHASE_LATEST_OFFSET,
    PHASE_QUERY_PLANNING,
    PHASE_WAL_COMMIT,
    PHASE_GET_BATCH,
    PHASE_ADD_BATCH,
    PHASE_COMMIT_OFFSETS,
    PHASE_COUNT
};
const char *phase_name(enum phase p); /* "latestOffset", ... */

enum bad_reason {
    BAD_NOT_JSON,
    BAD_NOT_OBJECT,
    BAD_NO_TIME,
    BAD_TIME,
    BAD_TOO_LARGE,
    BAD_EMPTY,
    BAD_REASON_COUNT
};
const char *bad_reason_name(enum bad_reason r); /* "not JSON", ... */
/* Of all reasons together; UNKNOWN where one is. */
int64_t bad_rows(const int64_t bad[BAD_REASON_COUNT]);

struct state_progress {
    const char *operator_name; /* static: "stateStoreSave", "dedupe", "dedupeWithinWatermark" */
    int64_t rows_total, rows_updated, rows_removed, rows_dropped_by_watermark;
    int64_t memory_bytes;
    double updates_ms, removals_ms, commit_ms;
    int64_t dropped_duplicates; /* UNKNOWN: leave the custom metric out */
    int shards;
};

/* One operator of the query in the last batch, in the order that rows pass them. */
#define OPERATORS_MOST 10
struct operator_progress {
    const char *name; /* static: "parse", "distinct" */
    int64_t rows_in;  /* rows handed to it (parse: messages) */
    int64_t rows_out; /* rows that it handed on (aggregate: rows that it counted) */
    double rows_ms;   /* time spent on them; NAN = not measured */
    double end_ms;    /* time at the batch's end: what the watermark removes */
};

struct progress {
    char id[40], run_id[40];
    char name[64];
    int64_t wall_ms;  /* when the trigger fired */
    int64_t batch_id; /* -1 = no batch yet */
    int64_t rows_in;
    double input_per_s, processed_per_s; /* NAN = left out, as Spark does */
    double phase_ms[PHASE_COUNT];
    double total_ms; /* triggerExecution */

    int64_t watermark_ms;                             /* the one this batch used; UNKNOWN without one */
    int64_t next_watermark_ms;                        /* ours: what the next batch will use */
    int64_t event_avg_ms, event_min_ms, event_max_ms; /* UNKNOWN in a batch without rows */

    struct state_progress state[3];
    int state_count;

    struct operator_progress operators[OPERATORS_MOST]; /* ours; not in the JSON, which is Spark's */
    int operator_count;
    int64_t rows_out_of_order; /* ours: rows older than the newest one before them; late ones among them */

    char source_description[300]; /* "KafkaV2[Subscribe[topic]]" */
    char topic[260];
    int partitions;
    int64_t *start_offset, *end_offset, *latest_offset; /* one a partition, UNKNOWN = not there; owned */
    double behind_avg;
    int64_t behind_min, behind_max; /* UNKNOWN = left out */

    char sink_description[80];
    int64_t rows_out; /* -1 where the sink does not say */

    /* ours, in customMetrics: exact counts of this batch */
    int64_t rows_late, rows_duplicate, rows_null, rows_counted;
    int64_t rows_bad[BAD_REASON_COUNT];
    int64_t data_loss; /* offsets that were gone before they were read */
};

/* Deep copy and its end. */
void progress_copy(struct progress *to, const struct progress *from);
void progress_clear(struct progress *p);

/* The report as JSON: pretty with indent 2 (as Spark's prettyJson) or on one line. Caller frees. */
char *progress_json(const struct progress *p, bool pretty);

#endif
