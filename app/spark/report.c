#include "spark/report.h"

#include "base/text.h"
#include "base/xalloc.h"
#include "snapshot.h"
#include "spark/js.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Names of the stateful operators that a query of ours can have in Spark; a report's own text does not
 * outlive it. */
static const char *const operator_names[] = {
    "stateStoreSave", "dedupe", "dedupeWithinWatermark", "sessionWindowStateStoreSaveExec", "globalLimit",
};

static const char *operator_name(const char *name)
{
    for (size_t i = 0; name && i < sizeof operator_names / sizeof *operator_names; i++)
        if (strcmp(name, operator_names[i]) == 0)
            return operator_names[i];
    return "other";
}

static int64_t time_of(json_object *o, const char *name)
{
    const char *text = js_text(o, name);
    int64_t ms;
    return text && iso_parse_ms(text, strlen(text), &ms) ? ms : UNKNOWN;
}

static void read_durations(struct progress *p, json_object *report)
{
    json_object *o = js_member(report, "durationMs", json_type_object);
    for (int i = 0; i < PHASE_COUNT; i++)
        p->phase_ms[i] = js_number(o, phase_name((enum phase)i));
    p->total_ms = js_number(o, "triggerExecution");
}

static void read_event_time(struct progress *p, json_object *report)
{
    json_object *o = js_member(report, "eventTime", json_type_object);
    p->event_avg_ms = time_of(o, "avg");
    p->event_min_ms = time_of(o, "min");
    p->event_max_ms = time_of(o, "max");
    p->watermark_ms = time_of(o, "watermark");
    p->next_watermark_ms = UNKNOWN;
}

static void read_state(struct progress *p, json_object *report)
{
    const int most = (int)(sizeof p->state / sizeof p->state[0]);
    json_object *list = js_member(report, "stateOperators", json_type_array);
    for (size_t i = 0; i < js_length(list) && p->state_count < most; i++) {
        json_object *o = js_element(list, i, json_type_object);
        json_object *custom = js_member(o, "customMetrics", json_type_object);
        p->state[p->state_count++] = (struct state_progress){
            .operator_name = operator_name(js_text(o, "operatorName")),
            .rows_total = js_count(o, "numRowsTotal"),
            .rows_updated = js_count(o, "numRowsUpdated"),
            .rows_removed = js_count(o, "numRowsRemoved"),
            .rows_dropped_by_watermark = js_count(o, "numRowsDroppedByWatermark"),
            .memory_bytes = js_count(o, "memoryUsedBytes"),
            .updates_ms = js_number(o, "allUpdatesTimeMs"),
            .removals_ms = js_number(o, "allRemovalsTimeMs"),
            .commit_ms = js_number(o, "commitTimeMs"),
            .dropped_duplicates = js_count(custom, "numDroppedDuplicateRows"),
            .shards = (int)fmax(0, fmin(js_number(o, "numShufflePartitions"), 1e6)),
        };
    }
}

/* {"topic": {"0": 134}}; some versions write the same as a text. Returns how many partitions it names. */
static int read_offsets(int64_t *offset, json_object *source, const char *name, const char *topic)
{
    json_object *all = NULL, *parsed = NULL, *of_topic = NULL;
    int most = 0;
    for (int i = 0; i < MAX_PARTITIONS; i++)
        offset[i] = UNKNOWN;
    if (!json_object_object_get_ex(source, name, &all))
        return 0;
    if (json_object_is_type(all, json_type_string))
        all = parsed = json_tokener_parse(json_object_get_string(all));
    of_topic = js_member(all, topic, json_type_object);
    if (of_topic) {
        json_object_object_foreach(of_topic, key, value)
        {
            char *end;
            long partition = strtol(key, &end, 10);
            bool usable = *key && !*end && partition >= 0 && partition < MAX_PARTITIONS &&
                          json_object_is_type(value, json_type_int) && json_object_get_int64(value) >= 0;
            if (!usable)
                continue;
            offset[partition] = json_object_get_int64(value);
            most = (int)partition + 1 > most ? (int)partition + 1 : most;
        }
    }
    json_object_put(parsed);
    return most;
}

/* Of counts that may be unknown; what comes out below zero is no count. */
static int64_t less(int64_t a, int64_t b)
{
    return a == UNKNOWN || b == UNKNOWN || b > a ? UNKNOWN : a - b;
}

static int at_least(int a, int b)
{
    return a > b ? a : b;
}

static void read_source(struct progress *p, json_object *report, const char *topic)
{
    json_object *o = js_element(js_member(report, "sources", json_type_array), 0, json_type_object);
    snprintf(p->topic, sizeof p->topic, "%s", topic);
    p->behind_avg = NAN;
    p->behind_min = p->behind_max = UNKNOWN;
    if (!o)
        return;
    js_clean(p->source_description, sizeof p->source_description, o, "description");
    p->start_offset = xreallocarray(NULL, MAX_PARTITIONS, sizeof *p->start_offset);
    p->end_offset = xreallocarray(NULL, MAX_PARTITIONS, sizeof *p->end_offset);
    p->latest_offset = xreallocarray(NULL, MAX_PARTITIONS, sizeof *p->latest_offset);
    p->partitions = read_offsets(p->start_offset, o, "startOffset", topic);
    p->partitions = at_least(p->partitions, read_offsets(p->end_offset, o, "endOffset", topic));
    p->partitions = at_least(p->partitions, read_offsets(p->latest_offset, o, "latestOffset", topic));
    /* Spark writes these figures as texts. */
    json_object *metrics = js_member(o, "metrics", json_type_object);
    p->behind_avg = js_number(metrics, "avgOffsetsBehindLatest");
    p->behind_min = js_count(metrics, "minOffsetsBehindLatest");
    p->behind_max = js_count(metrics, "maxOffsetsBehindLatest");
}

/* The job counts what its steps drop (PROTOCOL.md, observedMetrics). Of late rows Spark counts groups after a
 * partial aggregation: none is none, any other figure is the least that there can be. */
static void read_row_counts(struct progress *p, json_object *report)
{
    static const char *const bad_names[BAD_REASON_COUNT] = {
        [BAD_NOT_JSON] = "bad_not_json", [BAD_NOT_OBJECT] = "bad_not_object", [BAD_NO_TIME] = "bad_no_time",
        [BAD_TIME] = "bad_time",         [BAD_TOO_LARGE] = "bad_too_large",   [BAD_EMPTY] = "bad_empty",
    };
    json_object *all = js_member(report, "observedMetrics", json_type_object);
    json_object *source = js_member(all, "source", json_type_object);
    int64_t rows = js_count(source, "rows");
    for (int i = 0; i < BAD_REASON_COUNT; i++)
        p->rows_bad[i] = js_count(source, bad_names[i]);
    p->rows_null = js_count(js_member(all, "nulls", json_type_object), "rows_null");
    int64_t distinct_out = js_count(js_member(all, "distinct", json_type_object), "rows_out");
    p->rows_duplicate = less(less(rows, bad_rows(p->rows_bad)), distinct_out);
    p->rows_late = p->state_count > 0 ? 0 : UNKNOWN;
    for (int i = 0; i < p->state_count; i++) {
        if (p->rows_duplicate == UNKNOWN)
            p->rows_duplicate = p->state[i].dropped_duplicates;
        p->rows_late = known_sum(p->rows_late, p->state[i].rows_dropped_by_watermark);
    }
    p->rows_counted = p->rows_out_of_order = UNKNOWN;
}

bool report_read(struct progress *p, json_object *report, const char *topic, char *err, size_t err_cap)
{
    *p = (struct progress){.batch_id = -1};
    int64_t batch_id = js_count(report, "batchId");
    if (batch_id == UNKNOWN || batch_id < 0 || !js_text(report, "id")) {
        snprintf(err, err_cap, "a progress report without a batchId or the query's id");
        return false;
    }
    p->batch_id = batch_id;
    js_clean(p->id, sizeof p->id, report, "id");
    js_clean(p->run_id, sizeof p->run_id, report, "runId");
    js_clean(p->name, sizeof p->name, report, "name");
    p->wall_ms = time_of(report, "timestamp");
    p->rows_in = js_count(report, "numInputRows");
    p->input_per_s = js_number(report, "inputRowsPerSecond");
    p->processed_per_s = js_number(report, "processedRowsPerSecond");
    read_durations(p, report);
    read_event_time(p, report);
    read_state(p, report);
    read_source(p, report, topic);
    json_object *sink = js_member(report, "sink", json_type_object);
    js_clean(p->sink_description, sizeof p->sink_description, sink, "description");
    p->rows_out = js_count(sink, "numOutputRows");
    read_row_counts(p, report);
    return true;
}

bool report_is_of_a_batch(const struct progress *p)
{
    return p->batch_id >= 0 && !isnan(p->phase_ms[PHASE_ADD_BATCH]);
}

int64_t report_next_watermark_ms(const struct progress *p, int64_t delay_ms, int64_t previous_ms)
{
    int64_t next_ms = p->watermark_ms;
    if (p->event_max_ms != UNKNOWN && (next_ms == UNKNOWN || p->event_max_ms - delay_ms > next_ms))
        next_ms = p->event_max_ms - delay_ms;
    if (previous_ms != UNKNOWN && (next_ms == UNKNOWN || previous_ms > next_ms))
        next_ms = previous_ms;
    return next_ms;
}
