/* The golden case, from the command line: on synthetic calls with the same kind of traps (duplicates within
 * and across batches, descending time, ties, nulls, names that differ by case), and on the real ones where
 * they are. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "program.h"

#include "base/text.h"

#include <json-c/json.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct call {
    const char *time, *type, *disposition;
};

/* Ten for the first batch, four for the second. */
static const struct call calls[] = {
    {"23:59", "A", "ADM"},
    {"23:58", "B", "HAN"},
    {"23:58", "B", "HAN"}, /* a duplicate */
    {"23:57", "A", "ADM"},
    {"23:57", "C", "ND"},
    {"23:56", "a", "ADM"}, /* another type than A */
    {"23:55", "C", "ND"},
    {"23:55", "C", "GOA"},            /* differs by disposition only: not a duplicate */
    {"23:54", "B, \\\"x\\\"", "HAN"}, /* must be quoted in CSV */
    {"23:53", "B", NULL},             /* dropped as null, but seen by distinct and watermark */
    {"23:59", "A", "ADM"},            /* a duplicate of the other batch */
    {"20:00", "A", "ADM"},            /* far behind the watermark: complete mode counts it */
    {"20:01", "D", "UTL"},
    {"20:02", "B", "ADM"},
};

static const char *const expected_csv = "original_crime_type_name,count\n"
                                        "A,3\nC,3\nB,2\n\"B, \"\"x\"\"\",1\nD,1\na,1\n";

static char *calls_text(void)
{
    struct strbuf b = {0};
    for (size_t i = 0; i < sizeof calls / sizeof *calls; i++) {
        strbuf_printf(&b, "{\"crime_id\":\"%zu\",\"original_crime_type_name\":\"%s\"", i, calls[i].type);
        strbuf_printf(&b, ",\"call_date_time\":\"2018-12-31T%s:00.000\"", calls[i].time);
        if (calls[i].disposition)
            strbuf_printf(&b, ",\"disposition\":\"%s\"", calls[i].disposition);
        strbuf_puts(&b, "}\n");
    }
    return b.data;
}

/* The value at a path like "sources/0/endOffset"; NULL where there is none (or null). */
static struct json_object *at(struct json_object *o, const char *path)
{
    char copy[200];
    snprintf(copy, sizeof copy, "%s", path);
    char *rest = copy;
    for (char *step = strsep(&rest, "/"); step && o; step = strsep(&rest, "/")) {
        if (json_object_is_type(o, json_type_array))
            o = json_object_array_get_idx(o, strtoul(step, NULL, 10));
        else if (!json_object_object_get_ex(o, step, &o))
            o = NULL;
    }
    return o;
}

static void assert_text(struct json_object *report, const char *path, const char *expected)
{
    struct json_object *value = at(report, path);
    if (!value)
        fail_msg("%s is missing", path);
    const char *text = json_object_get_string(value);
    if (strcmp(text, expected) != 0)
        fail_msg("%s is %s, not %s", path, text, expected);
}

static void assert_number(struct json_object *report, const char *path, long long expected)
{
    char text[40];
    snprintf(text, sizeof text, "%lld", expected);
    assert_text(report, path, text);
}

/* The report on a line of the progress file. */
static struct json_object *report_on_line(const char *text, size_t line)
{
    for (; line > 0 && text; line--) {
        text = strchr(text, '\n');
        text = text ? text + 1 : NULL;
    }
    assert_non_null(text);
    struct json_tokener *tokener = json_tokener_new();
    struct json_object *report = json_tokener_parse_ex(tokener, text, (int)strcspn(text, "\n"));
    json_tokener_free(tokener);
    assert_non_null(report);
    return report;
}

static void run_reference_query(struct program *p, const char *data, const char *limit, const char *rate)
{
    char limit_setting[80];
    snprintf(limit_setting, sizeof limit_setting, "query.max-offsets-per-trigger=%s", limit);
    const char *const arguments[] = {"--headless",
                                     "--available-now",
                                     "-r",
                                     rate,
                                     "-d",
                                     program_path(p, data),
                                     "-S",
                                     "kafka.partitions=1",
                                     "-S",
                                     "query.window=none",
                                     "-S",
                                     limit_setting,
                                     "--no-checkpoint",
                                     "--progress",
                                     "-",
                                     "--export",
                                     program_path(p, "t.csv"),
                                     NULL};
    program_run(p, arguments);
    if (p->status != 0)
        fail_msg("status %d: %s", p->status, p->err);
}

static void the_table_is_the_expected_one(void **state)
{
    struct program *p = program_new();
    char *text = calls_text();
    program_write(p, "calls.json", text);
    run_reference_query(p, "calls.json", "10", "max");
    char *csv = program_read(p, "t.csv");
    assert_string_equal(csv, expected_csv);
    assert_int_equal(program_lines(p->out), 2);
    free(csv);
    free(text);
    program_free(p);
}

static void expect_reports(const char *rate)
{
    struct program *p = program_new();
    char *text = calls_text();
    program_write(p, "calls.json", text);
    run_reference_query(p, "calls.json", "10", rate);
    struct json_object *r = report_on_line(p->out, 0);
    assert_number(r, "batchId", 0);
    assert_number(r, "numInputRows", 10);
    assert_text(r, "inputRowsPerSecond", "0.0");
    assert_text(r, "eventTime/min", "2018-12-31T23:53:00.000Z");
    assert_text(r, "eventTime/avg", "2018-12-31T23:56:00.000Z");
    assert_text(r, "eventTime/max", "2018-12-31T23:59:00.000Z");
    assert_text(r, "eventTime/watermark", "1970-01-01T00:00:00.000Z");
    assert_text(r, "stateOperators/0/operatorName", "stateStoreSave");
    assert_number(r, "stateOperators/0/numRowsTotal", 5);
    assert_number(r, "stateOperators/0/numRowsUpdated", 5);
    assert_text(r, "stateOperators/1/operatorName", "dedupe");
    assert_number(r, "stateOperators/1/numRowsTotal", 9);
    assert_number(r, "stateOperators/1/customMetrics/numDroppedDuplicateRows", 1);
    assert_null(at(r, "sources/0/startOffset"));
    assert_number(r, "sources/0/endOffset/san-francisco.police-department.calls/0", 10);
    assert_number(r, "sources/0/latestOffset/san-francisco.police-department.calls/0", 14);
    assert_text(r, "sources/0/metrics/avgOffsetsBehindLatest", "4.0");
    json_object_put(r);

    r = report_on_line(p->out, 1);
    assert_number(r, "batchId", 1);
    assert_number(r, "numInputRows", 4);
    assert_text(r, "eventTime/min", "2018-12-31T20:00:00.000Z");
    assert_text(r, "eventTime/avg", "2018-12-31T20:01:00.000Z");
    assert_text(r, "eventTime/max", "2018-12-31T20:02:00.000Z");
    assert_text(r, "eventTime/watermark", "2018-12-31T23:54:00.000Z");
    assert_number(r, "stateOperators/0/numRowsTotal", 6);
    assert_number(r, "stateOperators/0/numRowsUpdated", 3);
    assert_number(r, "stateOperators/0/numRowsDroppedByWatermark", 0);
    assert_number(r, "stateOperators/1/numRowsTotal", 12);
    assert_number(r, "sources/0/startOffset/san-francisco.police-department.calls/0", 10);
    assert_number(r, "sources/0/endOffset/san-francisco.police-department.calls/0", 14);
    assert_text(r, "sources/0/metrics/maxOffsetsBehindLatest", "0");
    json_object_put(r);
    free(text);
    program_free(p);
}

static void the_reports_have_the_expected_figures(void **state)
{
    expect_reports("max");
}

static void a_replay_that_takes_a_moment_gives_the_same_reports(void **state)
{
    expect_reports("150");
}

/* ---- the real calls, where they are ---- */

static const char *shared(const char *name)
{
    static char path[600];
    const char *source = getenv("TEST_SOURCE");
    snprintf(path, sizeof path, "%s/../shared/%s", source && *source ? source : ".", name);
    return access(path, R_OK) == 0 ? path : NULL;
}

static void write_first_calls(struct program *p, const char *data, size_t count)
{
    struct json_object *all = json_object_from_file(data), *first = json_object_new_array();
    assert_non_null(all);
    for (size_t i = 0; i < count; i++)
        json_object_array_add(first, json_object_get(json_object_array_get_idx(all, i)));
    program_write(p, "calls.json", json_object_to_json_string(first));
    json_object_put(first);
    json_object_put(all);
}

/* What Spark's run shares with any other: not its times, its memory, its names. */
static const char *const compared[] = {
    "batchId",
    "numInputRows",
    "eventTime/avg",
    "eventTime/max",
    "eventTime/min",
    "eventTime/watermark",
    "stateOperators/0/operatorName",
    "stateOperators/0/numRowsTotal",
    "stateOperators/0/numRowsUpdated",
    "stateOperators/0/numRowsRemoved",
    "stateOperators/0/numRowsDroppedByWatermark",
    "stateOperators/1/operatorName",
    "stateOperators/1/numRowsTotal",
    "stateOperators/1/numRowsUpdated",
    "stateOperators/1/numRowsRemoved",
    "stateOperators/1/numRowsDroppedByWatermark",
    "stateOperators/1/customMetrics/numDroppedDuplicateRows",
    "sources/0/numInputRows",
    "sources/0/metrics/avgOffsetsBehindLatest",
    "sources/0/metrics/maxOffsetsBehindLatest",
    "sources/0/metrics/minOffsetsBehindLatest",
    "sink/numOutputRows",
};

static int by_bytes(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

/* The lines of a text behind its first, sorted; the text is cut up. */
static size_t sorted_lines(char *text, char *lines[], size_t cap)
{
    size_t n = 0;
    for (char *line = strsep(&text, "\n"); line; line = strsep(&text, "\n"))
        if (*line && n < cap)
            lines[n++] = line;
    qsort(lines, n, sizeof *lines, by_bytes);
    return n;
}

static void the_real_calls_give_what_spark_gives(void **state)
{
    const char *data = shared("data/calls-2018-12-31.json");
    if (!data) {
        puts("the real calls are not compared: ../shared is not here");
        skip();
    }
    struct program *p = program_new();
    write_first_calls(p, data, 164);
    run_reference_query(p, "calls.json", "134", "max");
    struct json_object *golden = json_object_from_file(shared("golden/golden/A-seed-complete.progress.json"));
    assert_non_null(golden);
    assert_int_equal(program_lines(p->out), json_object_array_length(golden));
    for (size_t i = 0; i < json_object_array_length(golden); i++) {
        struct json_object *ours = report_on_line(p->out, i), *theirs = json_object_array_get_idx(golden, i);
        for (size_t f = 0; f < sizeof compared / sizeof *compared; f++)
            assert_text(ours, compared[f], json_object_get_string(at(theirs, compared[f])));
        json_object_put(ours);
    }
    json_object_put(golden);

    FILE *f = fopen(shared("golden/golden/A-seed-complete.csv"), "r");
    assert_non_null(f);
    char theirs[8192];
    theirs[fread(theirs, 1, sizeof theirs - 1, f)] = '\0';
    fclose(f);
    char *ours = program_read(p, "t.csv"), *a[100], *b[100];
    size_t n = sorted_lines(ours, a, 100);
    assert_int_equal(n, 43);
    assert_int_equal(sorted_lines(theirs, b, 100), n);
    for (size_t i = 0; i < n; i++)
        assert_string_equal(a[i], b[i]);
    free(ours);
    program_free(p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_table_is_the_expected_one),
        cmocka_unit_test(the_reports_have_the_expected_figures),
        cmocka_unit_test(a_replay_that_takes_a_moment_gives_the_same_reports),
        cmocka_unit_test(the_real_calls_give_what_spark_gives),
    };
    return cmocka_run_group_tests_name("golden", tests, NULL, NULL);
}
