/* The report as Spark 3.5 writes it: its names, nesting and order, so that a tool that reads Spark's reads
 * ours. What is not known is left out (as Spark leaves out rates that are no numbers), except the few that it
 * writes as null. */
#include "query/progress.h"

#include "base/xalloc.h"

#include <json-c/json.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void add(json_object *to, const char *name, json_object *value)
{
    if (json_object_object_add(to, name, value) != 0)
        abort(); /* json-c is out of memory: nothing that could be mended here */
}

static void add_int(json_object *to, const char *name, int64_t value)
{
    add(to, name, json_object_new_int64(value));
}

static void add_text(json_object *to, const char *name, const char *text)
{
    add(to, name, json_object_new_string(text));
}

/* As Java prints a double: the fewest digits that read back the same, always with a point, and an exponent
 * from ten million on and below a thousandth. */
static void java_double(char out[48], double value)
{
    char digits[40];
    int precision = 0;

    do
        snprintf(digits, sizeof(digits), "%.*e", precision, value);
    while (strtod(digits, NULL) != value && ++precision < 17);
    double size = fabs(value);
    if (size == 0 || (size >= 1e-3 && size < 1e7)) {
        int exponent = (int)strtol(strchr(digits, 'e') + 1, NULL, 10);
        int decimals = precision - exponent;
        snprintf(out, 48, "%.*f", decimals < 1 ? 1 : decimals, value);
        return;
    }
    char *e = strchr(digits, 'e');
    int exponent = (int)strtol(e + 1, NULL, 10);
    *e = '\0';
    snprintf(out, 48, "%s%sE%d", digits, strchr(digits, '.') != NULL ? "" : ".0", exponent);
}

static void add_rate(json_object *to, const char *name, double value)
{
    char text[48];

    if (!isfinite(value))
        return;
    java_double(text, value);
    add(to, name, json_object_new_double_s(value, text));
}

static void add_ms(json_object *to, const char *name, double ms)
{
    if (isfinite(ms) && ms >= 0)
        add_int(to, name, llround(ms));
}

static void add_time(json_object *to, const char *name, int64_t ms)
{
    char iso[ISO_MAX];

    if (ms == UNKNOWN)
        return;
    iso_format_ms(iso, ms, 'Z');
    add_text(to, name, iso);
}

static json_object *durations(const struct progress *p)
{
    json_object *o = json_object_new_object();

    add_ms(o, phase_name(PHASE_ADD_BATCH), p->phase_ms[PHASE_ADD_BATCH]);
    add_ms(o, phase_name(PHASE_COMMIT_OFFSETS), p->phase_ms[PHASE_COMMIT_OFFSETS]);
    add_ms(o, phase_name(PHASE_GET_BATCH), p->phase_ms[PHASE_GET_BATCH]);
    add_ms(o, phase_name(PHASE_LATEST_OFFSET), p->phase_ms[PHASE_LATEST_OFFSET]);
    add_ms(o, phase_name(PHASE_QUERY_PLANNING), p->phase_ms[PHASE_QUERY_PLANNING]);
    add_ms(o, "triggerExecution", p->total_ms);
    add_ms(o, phase_name(PHASE_WAL_COMMIT), p->phase_ms[PHASE_WAL_COMMIT]);
    return o;
}

static json_object *event_time(const struct progress *p)
{
    json_object *o = json_object_new_object();

    add_time(o, "avg", p->event_avg_ms);
    add_time(o, "max", p->event_max_ms);
    add_time(o, "min", p->event_min_ms);
    add_time(o, "watermark", p->watermark_ms);
    return o;
}

/* Ours among Spark's custom metrics: exact counts of rows; the aggregation has them for the whole query. */
static void add_row_counts(json_object *o, const struct progress *p)
{
    static const char *const names[BAD_REASON_COUNT] = {
        [BAD_NOT_JSON] = "numBadRowsNotJson",   [BAD_NOT_OBJECT] = "numBadRowsNotObject",
        [BAD_NO_TIME] = "numBadRowsNoTime",     [BAD_TIME] = "numBadRowsUnreadableTime",
        [BAD_TOO_LARGE] = "numBadRowsTooLarge", [BAD_EMPTY] = "numBadRowsEmpty",
    };
    int64_t bad = 0;

    for (int r = 0; r < BAD_REASON_COUNT; r++)
        bad += p->rows_bad[r];
    add_int(o, "numBadRows", bad);
    for (int r = 0; r < BAD_REASON_COUNT; r++)
        add_int(o, names[r], p->rows_bad[r]);
    add_int(o, "numCountedRows", p->rows_counted);
    add_int(o, "numDuplicateRows", p->rows_duplicate);
    add_int(o, "numLateRows", p->rows_late);
    add_int(o, "numLostOffsets", p->data_loss);
    add_int(o, "numNullRows", p->rows_null);
}

static json_object *state_operator(const struct progress *p, int number)
{
    const struct state_progress *s = &p->state[number];
    json_object *o = json_object_new_object(), *custom = json_object_new_object();

    add_text(o, "operatorName", s->operator_name);
    add_int(o, "numRowsTotal", s->rows_total);
    add_int(o, "numRowsUpdated", s->rows_updated);
    add_ms(o, "allUpdatesTimeMs", s->updates_ms);
    add_int(o, "numRowsRemoved", s->rows_removed);
    add_ms(o, "allRemovalsTimeMs", s->removals_ms);
    add_ms(o, "commitTimeMs", s->commit_ms);
    add_int(o, "memoryUsedBytes", s->memory_bytes);
    add_int(o, "numRowsDroppedByWatermark", s->rows_dropped_by_watermark);
    add_int(o, "numShufflePartitions", s->shards);
    add_int(o, "numStateStoreInstances", s->shards);
    if (number == 0)
        add_row_counts(custom, p);
    if (s->dropped_duplicates != UNKNOWN)
        add_int(custom, "numDroppedDuplicateRows", s->dropped_duplicates);
    add_int(custom, "stateOnCurrentVersionSizeBytes", s->memory_bytes);
    add(o, "customMetrics", custom);
    return o;
}

static json_object *state_operators(const struct progress *p)
{
    json_object *list = json_object_new_array();

    for (int i = 0; i < p->state_count; i++)
        if (json_object_array_add(list, state_operator(p, i)) != 0)
            abort();
    return list;
}

/* {"topic": {"0": 134}}, or null where no partition has an offset. */
static json_object *offsets(const struct progress *p, const int64_t *offset)
{
    json_object *of_topic = NULL, *o;
    char partition[16];

    for (int i = 0; offset != NULL && i < p->partitions; i++) {
        if (offset[i] == UNKNOWN)
            continue;
        if (of_topic == NULL)
            of_topic = json_object_new_object();
        snprintf(partition, sizeof(partition), "%d", i);
        add_int(of_topic, partition, offset[i]);
    }
    if (of_topic == NULL)
        return NULL;
    o = json_object_new_object();
    add(o, p->topic, of_topic);
    return o;
}

/* Spark writes these figures as strings. */
static json_object *behind(const struct progress *p)
{
    json_object *o = json_object_new_object();
    char text[48];

    java_double(text, p->behind_avg);
    add_text(o, "avgOffsetsBehindLatest", text);
    snprintf(text, sizeof(text), "%lld", (long long)p->behind_max);
    add_text(o, "maxOffsetsBehindLatest", text);
    snprintf(text, sizeof(text), "%lld", (long long)p->behind_min);
    add_text(o, "minOffsetsBehindLatest", text);
    return o;
}

static json_object *source(const struct progress *p)
{
    json_object *o = json_object_new_object();

    add_text(o, "description", p->source_description);
    add(o, "startOffset", offsets(p, p->start_offset));
    add(o, "endOffset", offsets(p, p->end_offset));
    add(o, "latestOffset", offsets(p, p->latest_offset));
    add_int(o, "numInputRows", p->rows_in);
    add_rate(o, "inputRowsPerSecond", p->input_per_s);
    add_rate(o, "processedRowsPerSecond", p->processed_per_s);
    if (isfinite(p->behind_avg) && p->behind_min != UNKNOWN && p->behind_max != UNKNOWN)
        add(o, "metrics", behind(p));
    return o;
}

static json_object *sink(const struct progress *p)
{
    json_object *o = json_object_new_object();

    add_text(o, "description", p->sink_description);
    add_int(o, "numOutputRows", p->rows_out);
    return o;
}

static json_object *report(const struct progress *p)
{
    json_object *o = json_object_new_object(), *sources = json_object_new_array();
    char iso[ISO_MAX];

    add_text(o, "id", p->id);
    add_text(o, "runId", p->run_id);
    add(o, "name", p->name[0] != '\0' ? json_object_new_string(p->name) : NULL);
    iso_format_ms(iso, p->wall_ms, 'Z');
    add_text(o, "timestamp", iso);
    add_int(o, "batchId", p->batch_id);
    add_int(o, "numInputRows", p->rows_in);
    add_rate(o, "inputRowsPerSecond", p->input_per_s);
    add_rate(o, "processedRowsPerSecond", p->processed_per_s);
    add(o, "durationMs", durations(p));
    add(o, "eventTime", event_time(p));
    add(o, "stateOperators", state_operators(p));
    if (json_object_array_add(sources, source(p)) != 0)
        abort();
    add(o, "sources", sources);
    add(o, "sink", sink(p));
    return o;
}

char *progress_json(const struct progress *p, bool pretty)
{
    json_object *o = report(p);
    int style = pretty ? JSON_C_TO_STRING_PRETTY | JSON_C_TO_STRING_SPACED : JSON_C_TO_STRING_PLAIN;
    char *text = xstrdup(json_object_to_json_string_ext(o, style | JSON_C_TO_STRING_NOSLASHESCAPE));

    json_object_put(o);
    return text;
}
