/* The progress report as JSON: Spark's names and order, what is unknown left out, numbers as Spark prints
 * them. (The golden test compares it with real reports.) */
#include "feed.h"

#include <math.h>

static void fill(struct progress *p)
{
    *p = (struct progress){.id = "id-1",
                           .run_id = "run-1",
                           .wall_ms = INT64_C(1546300620123),
                           .batch_id = 3,
                           .rows_in = 30,
                           .input_per_s = 10.0,
                           .processed_per_s = 17.17948717948718,
                           .total_ms = 12.6,
                           .watermark_ms = 0,
                           .event_avg_ms = UNKNOWN,
                           .event_min_ms = UNKNOWN,
                           .event_max_ms = UNKNOWN,
                           .state_count = 2,
                           .source_description = "KafkaV2[Subscribe[calls]]",
                           .topic = "calls",
                           .partitions = 2,
                           .behind_avg = 2.5,
                           .behind_min = 0,
                           .behind_max = 5,
                           .sink_description = "ConsoleSink",
                           .rows_out = -1,
                           .rows_late = 4,
                           .rows_bad = {[BAD_NOT_JSON] = 2, [BAD_EMPTY] = 1}};
    p->state[0] = (struct state_progress){
        .operator_name = "stateStoreSave", .dropped_duplicates = UNKNOWN, .shards = 1};
    p->state[1] = (struct state_progress){.operator_name = "dedupe", .dropped_duplicates = 7, .shards = 1};
    p->end_offset = xcalloc(2, sizeof(int64_t));
    p->end_offset[1] = 30;
}

static json_object *as_json(const struct progress *p, bool pretty)
{
    char *text = progress_json(p, pretty);
    json_object *o = json_tokener_parse(text);

    assert_non_null(o);
    assert_true(pretty == (strchr(text, '\n') != NULL));
    free(text);
    return o;
}

static void expect_names(json_object *o, const char *expected)
{
    struct strbuf names = {0};

    json_object_object_foreach(o, name, value)
    {
        (void)value;
        strbuf_printf(&names, "%s ", name);
    }
    assert_string_equal(names.data, expected);
    strbuf_free(&names);
}

static void fields_stand_in_spark_s_order(void **state)
{
    struct progress p;

    fill(&p);
    json_object *o = as_json(&p, true), *operators = json_object_object_get(o, "stateOperators");
    expect_names(
        o,
        "id runId name timestamp batchId numInputRows inputRowsPerSecond processedRowsPerSecond durationMs "
        "eventTime stateOperators sources sink ");
    expect_names(json_object_object_get(o, "durationMs"),
                 "addBatch commitOffsets getBatch latestOffset queryPlanning triggerExecution walCommit ");
    expect_names(
        json_object_array_get_idx(operators, 1),
        "operatorName numRowsTotal numRowsUpdated allUpdatesTimeMs numRowsRemoved allRemovalsTimeMs "
        "commitTimeMs memoryUsedBytes numRowsDroppedByWatermark numShufflePartitions numStateStoreInstances "
        "customMetrics ");
    expect_names(json_object_array_get_idx(json_object_object_get(o, "sources"), 0),
                 "description startOffset endOffset latestOffset numInputRows inputRowsPerSecond "
                 "processedRowsPerSecond metrics ");
    json_object *custom = json_object_object_get(json_object_array_get_idx(operators, 0), "customMetrics");
    assert_int_equal(json_object_get_int64(json_object_object_get(custom, "numLateRows")), 4);
    assert_int_equal(json_object_get_int64(json_object_object_get(custom, "numBadRows")), 3);
    assert_int_equal(json_object_get_int64(json_object_object_get(custom, "numBadRowsNotJson")), 2);
    assert_null(json_object_object_get(custom, "numDroppedDuplicateRows"));
    custom = json_object_object_get(json_object_array_get_idx(operators, 1), "customMetrics");
    assert_int_equal(json_object_get_int64(json_object_object_get(custom, "numDroppedDuplicateRows")), 7);
    json_object_put(o);
    progress_clear(&p);
}

static void what_is_unknown_is_left_out_or_null(void **state)
{
    struct progress p;

    fill(&p);
    p.input_per_s = NAN;
    p.processed_per_s = INFINITY;
    p.behind_min = UNKNOWN;
    p.phase_ms[PHASE_GET_BATCH] = NAN;
    p.end_offset[0] = UNKNOWN;
    json_object *o = as_json(&p, false), *value;
    json_object *source = json_object_array_get_idx(json_object_object_get(o, "sources"), 0);
    assert_false(json_object_object_get_ex(o, "inputRowsPerSecond", &value));
    assert_false(json_object_object_get_ex(o, "processedRowsPerSecond", &value));
    assert_false(json_object_object_get_ex(source, "metrics", &value));
    assert_false(json_object_object_get_ex(json_object_object_get(o, "durationMs"), "getBatch", &value));
    assert_true(json_object_object_get_ex(source, "startOffset", &value));
    assert_null(value);
    assert_true(json_object_object_get_ex(o, "name", &value));
    assert_null(value);
    expect_names(json_object_object_get(json_object_object_get(source, "endOffset"), "calls"), "1 ");
    expect_names(json_object_object_get(o, "eventTime"), "watermark ");
    json_object_put(o);
    progress_clear(&p);
}

static void expect_rate(double rate, const char *text)
{
    struct progress p;
    char expected[80];

    fill(&p);
    p.input_per_s = rate;
    char *json = progress_json(&p, false);
    snprintf(expected, sizeof(expected), "\"inputRowsPerSecond\":%s,", text);
    if (strstr(json, expected) == NULL)
        fail_msg("no %s in %s", expected, json);
    free(json);
    progress_clear(&p);
}

static void numbers_look_as_spark_prints_them(void **state)
{
    struct progress p;

    expect_rate(0, "0.0");
    expect_rate(10, "10.0");
    expect_rate(100, "100.0");
    expect_rate(17.17948717948718, "17.17948717948718");
    expect_rate(0.1, "0.1");
    expect_rate(0.00123, "0.00123");
    expect_rate(0.000123, "1.23E-4");
    expect_rate(9999999, "9999999.0");
    expect_rate(12345678.9, "1.23456789E7");
    expect_rate(1e7, "1.0E7");
    fill(&p);
    json_object *o = as_json(&p, true);
    json_object *metrics =
        json_object_object_get(json_object_array_get_idx(json_object_object_get(o, "sources"), 0), "metrics");
    assert_true(
        json_object_is_type(json_object_object_get(metrics, "avgOffsetsBehindLatest"), json_type_string));
    assert_string_equal(json_object_get_string(json_object_object_get(metrics, "avgOffsetsBehindLatest")),
                        "2.5");
    assert_string_equal(json_object_get_string(json_object_object_get(metrics, "maxOffsetsBehindLatest")),
                        "5");
    assert_int_equal(json_object_get_int64(
                         json_object_object_get(json_object_object_get(o, "durationMs"), "triggerExecution")),
                     13);
    assert_string_equal(json_object_get_string(json_object_object_get(o, "timestamp")),
                        "2018-12-31T23:57:00.123Z");
    json_object_put(o);
    progress_clear(&p);
}

static void a_copy_owns_its_offsets(void **state)
{
    struct progress p, copy;

    fill(&p);
    progress_copy(&copy, &p);
    p.end_offset[1] = 99;
    assert_int_equal(copy.end_offset[1], 30);
    assert_null(copy.start_offset);
    progress_clear(&p);
    progress_clear(&copy);
    progress_clear(&copy); /* twice does no harm */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(fields_stand_in_spark_s_order),
        cmocka_unit_test(what_is_unknown_is_left_out_or_null),
        cmocka_unit_test(numbers_look_as_spark_prints_them),
        cmocka_unit_test(a_copy_owns_its_offsets),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
