/* The query against what a real Spark 3.5.3 answered on the real calls: eleven tables and their progress
 * reports, field by field. Skipped where those files are not there (../shared/golden, or
 * $SFCRIME_SHARED/golden). */
#include "feed.h"

#define DAY_FILE "data/calls-2018-12-31.json"

enum order { FILE_ORDER, TIME_ORDER };

static const struct golden {
    const char *folder, *name;
    enum order order;
    size_t rows; /* 0 = all */
    struct query_settings settings;
} goldens[] = {
#define MINUTES(n) ((n)*INT64_C(60000))
#define BY_TYPE    .group_by = {FIELD_TYPE}, .group_by_count = 1, .parallelism = 1
#define A                                                                                                \
    {                                                                                                    \
        .distinct = DISTINCT_GLOBAL, .watermark_ms = MINUTES(5), .output_mode = OUTPUT_COMPLETE, BY_TYPE \
    }
#define WINDOWED(mode, delay, window, slide)                                                  \
    .watermark_ms = MINUTES(delay), .window_ms = MINUTES(window), .slide_ms = MINUTES(slide), \
    .output_mode = mode, BY_TYPE
#define B                                  \
    {                                      \
        WINDOWED(OUTPUT_UPDATE, 5, 60, 60) \
    }
#define C                                  \
    {                                      \
        WINDOWED(OUTPUT_APPEND, 5, 60, 60) \
    }
#define D                                   \
    {                                       \
        WINDOWED(OUTPUT_UPDATE, 10, 60, 15) \
    }
#define E                                                               \
    {                                                                   \
        .distinct = DISTINCT_GLOBAL, WINDOWED(OUTPUT_APPEND, 5, 30, 30) \
    }
#define F                                                                                                 \
    {                                                                                                     \
        .watermark_ms = MINUTES(5), .join_codes = true, .output_mode = OUTPUT_COMPLETE, .parallelism = 1, \
        .group_by = {FIELD_DISPOSITION_DESCRIPTION}, .group_by_count = 1                                  \
    }
    {"golden", "A-seed-complete", FILE_ORDER, 164, A},
    {"file-order", "A-seed-complete", FILE_ORDER, 0, A},
    {"file-order", "B-tumbling-update", FILE_ORDER, 0, B},
    {"file-order", "C-tumbling-append", FILE_ORDER, 0, C},
    {"file-order", "D-sliding-update", FILE_ORDER, 0, D},
    {"file-order", "E-distinct-append", FILE_ORDER, 0, E},
    {"file-order", "F-join-complete", FILE_ORDER, 0, F},
    {"time-order", "A-seed-complete", TIME_ORDER, 0, A},
    {"time-order", "B-tumbling-update", TIME_ORDER, 0, B},
    {"time-order", "C-tumbling-append", TIME_ORDER, 0, C},
    {"time-order", "D-sliding-update", TIME_ORDER, 0, D},
    {"time-order", "E-distinct-append", TIME_ORDER, 0, E},
    {"time-order", "F-join-complete", TIME_ORDER, 0, F},
};

static const char *shared_path(const char *rest)
{
    static char path[1024];
    const char *base = getenv("SFCRIME_SHARED");

    snprintf(path, sizeof(path), "%s/%s", base != NULL && base[0] != '\0' ? base : "../shared", rest);
    return path;
}

static void skip_without_shared(void)
{
    FILE *f = fopen(shared_path(DAY_FILE), "r");

    if (f == NULL) {
        print_message("skipped: there is no %s\n", shared_path(DAY_FILE));
        skip();
    }
    fclose(f);
}

static void read_day(struct feed *feed, enum order order, size_t rows)
{
    json_object *day = json_object_from_file(shared_path(DAY_FILE));

    assert_non_null(day);
    size_t count = json_object_array_length(day);
    json_object **calls = xcalloc(count, sizeof(*calls));
    for (size_t i = 0; i < count; i++)
        calls[i] = json_object_array_get_idx(day, i);
    for (size_t i = 1; order == TIME_ORDER && i < count; i++) /* insertion keeps equal ones in order */
        for (size_t k = i; k > 0; k--) {
            if (strcmp(json_object_get_string(json_object_object_get(calls[k - 1], "call_date_time")),
                       json_object_get_string(json_object_object_get(calls[k], "call_date_time"))) <= 0)
                break;
            json_object *swap = calls[k];
            calls[k] = calls[k - 1];
            calls[k - 1] = swap;
        }
    for (size_t i = 0; i < count && (rows == 0 || i < rows); i++)
        feed_add(feed, json_object_to_json_string_ext(calls[i], JSON_C_TO_STRING_PLAIN), 0);
    free(calls);
    json_object_put(day);
}

/* The 19 radio codes, written for the test. */
static struct codes *read_codes(void)
{
    static const char *const list[][2] = {
        {"ABA", "Abated"},
        {"ADM", "Admonished"},
        {"ADV", "Advised"},
        {"ARR", "Arrest"},
        {"CAN", "Cancel"},
        {"CSA", "CPSA assignment"},
        {"22", "Cancel"},
        {"CIT", "Cited"},
        {"CRM", "Criminal Activation"},
        {"GOA", "Gone on Arrival"},
        {"HAN", "Handled"},
        {"NCR", "Non-Criminal"},
        {"ND", "No Disposition"},
        {"NOM", "No Merit"},
        {"PAS", "Premises Appears Secure"},
        {"REP", "Report"},
        {"SFD", "SFFD Medical Staff Engaged"},
        {"UTL", "Unable to Locate"},
        {"VAS", "Vehicle Appears Secure"},
    };
    char path[] = "/tmp/sfcrime-golden-XXXXXX", err[200] = "";
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    FILE *f = fdopen(fd, "w");
    assert_non_null(f);
    for (size_t i = 0; i < sizeof(list) / sizeof(list[0]); i++)
        fprintf(f, "%s{\"disposition_code\":\"%s\",\"description\":\"%s\"}", i == 0 ? "[" : ",\n", list[i][0],
                list[i][1]);
    fprintf(f, "]\n");
    assert_int_equal(fclose(f), 0);
    struct codes *codes = codes_read(path, err, sizeof(err));
    remove(path);
    if (codes == NULL)
        fail_msg("%s", err);
    assert_int_equal(codes_count(codes), 19);
    return codes;
}

/* Figures that belong to the run and not to the query: times, memory, names, how Spark spreads its work. */
static bool belongs_to_the_run(const char *name)
{
    static const char *const names[] = {"id",
                                        "runId",
                                        "timestamp",
                                        "inputRowsPerSecond",
                                        "processedRowsPerSecond",
                                        "durationMs",
                                        "allUpdatesTimeMs",
                                        "allRemovalsTimeMs",
                                        "commitTimeMs",
                                        "memoryUsedBytes",
                                        "numShufflePartitions",
                                        "numStateStoreInstances",
                                        "stateOnCurrentVersionSizeBytes"};
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        if (strcmp(name, names[i]) == 0)
            return true;
    return false;
}

static int64_t time_of(json_object *o)
{
    int64_t ms = 0;

    assert_true(iso_parse_ms(json_object_get_string(o), (size_t)json_object_get_string_len(o), &ms));
    return ms;
}

static void compare(json_object *spark, json_object *ours, const char *where, bool loose_avg);

static void compare_objects(json_object *spark, json_object *ours, const char *where, bool loose_avg)
{
    char path[400];
    bool custom = strstr(where, "customMetrics") != NULL;
    struct json_object_iterator at = json_object_iter_begin(ours), end = json_object_iter_end(ours);

    json_object_object_foreach(spark, name, value)
    {
        json_object *mine = NULL;
        snprintf(path, sizeof(path), "%s.%s", where, name);
        if (strncmp(name, "loadedMapCache", 14) == 0)
            continue; /* of Spark's state store */
        if (!json_object_object_get_ex(ours, name, &mine))
            fail_msg("%s is missing", path);
        if (!custom) { /* names in Spark's order; our own metrics stand among the custom ones */
            assert_false(json_object_iter_equal(&at, &end));
            assert_string_equal(json_object_iter_peek_name(&at), name);
            json_object_iter_next(&at);
        }
        if (strcmp(name, "durationMs") == 0)
            assert_int_equal(json_object_object_length(value), json_object_object_length(mine));
        if (!belongs_to_the_run(name))
            compare(value, mine, path, loose_avg);
    }
    if (!custom && !json_object_iter_equal(&at, &end))
        fail_msg("%s has %s, which Spark has not", where, json_object_iter_peek_name(&at));
}

static void compare(json_object *spark, json_object *ours, const char *where, bool loose_avg)
{
    char path[400];

    if (json_object_is_type(spark, json_type_object) && json_object_is_type(ours, json_type_object)) {
        compare_objects(spark, ours, where, loose_avg);
        return;
    }
    if (json_object_is_type(spark, json_type_array) && json_object_is_type(ours, json_type_array)) {
        assert_int_equal(json_object_array_length(spark), json_object_array_length(ours));
        for (size_t i = 0; i < json_object_array_length(spark); i++) {
            snprintf(path, sizeof(path), "%s[%zu]", where, i);
            compare(json_object_array_get_idx(spark, i), json_object_array_get_idx(ours, i), path, loose_avg);
        }
        return;
    }
    if (loose_avg && strstr(where, "eventTime.avg") != NULL) {
        assert_in_range(time_of(ours) - time_of(spark) + 1, 0, 2);
        return;
    }
    if (!json_object_equal(spark, ours))
        fail_msg("%s: Spark says %s, we say %s", where, json_object_to_json_string(spark),
                 json_object_to_json_string(ours));
}

static void set_offsets(struct progress *p, int64_t start, int64_t end, int64_t latest)
{
    free(p->start_offset);
    free(p->end_offset);
    free(p->latest_offset);
    p->start_offset = xmalloc(sizeof(int64_t));
    p->end_offset = xmalloc(sizeof(int64_t));
    p->latest_offset = xmalloc(sizeof(int64_t));
    *p->start_offset = p->batch_id == 0 ? UNKNOWN : start;
    *p->end_offset = end;
    *p->latest_offset = latest;
    p->behind_avg = (double)(latest - end);
    p->behind_min = p->behind_max = latest - end;
}

/* A report with everything that the micro-batch loop would fill. */
static void open_report(struct progress *p, json_object *spark)
{
    json_object *source = json_object_array_get_idx(json_object_object_get(spark, "sources"), 0);
    const char *description = json_object_get_string(json_object_object_get(source, "description"));

    *p = (struct progress){.partitions = 1, .rows_out = -1};
    snprintf(p->source_description, sizeof(p->source_description), "%s", description);
    assert_int_equal(sscanf(description, "KafkaV2[Subscribe[%259[^]]", p->topic), 1);
    snprintf(p->sink_description, sizeof(p->sink_description), "ForeachBatchSink");
}

static void compare_batch(const struct progress *p, json_object *spark, const char *where, bool loose_avg)
{
    char *json = progress_json(p, true);
    json_object *ours = json_tokener_parse(json);

    assert_non_null(ours);
    compare(spark, ours, where, loose_avg);
    json_object_put(ours);
    free(json);
}

static void compare_table(const struct golden *g, const struct query *q)
{
    char name[256];
    struct strbuf text = {0};
    char line[1000];

    snprintf(name, sizeof(name), "golden/%s/%s.csv", g->folder, g->name);
    FILE *f = fopen(shared_path(name), "r");
    assert_non_null(f);
    assert_non_null(fgets(line, sizeof(line), f)); /* the header */
    while (fgets(line, sizeof(line), f) != NULL)
        strbuf_puts(&text, line);
    fclose(f);
    char *spark = sorted_lines(text.data), *ours = table_of(q);
    assert_string_equal(ours, spark);
    free(spark);
    free(ours);
    strbuf_free(&text);
}

static void run_golden(const struct golden *g, const struct codes *codes)
{
    char name[256];
    struct feed feed = {0};
    struct progress p;
    size_t at = 0;
    /* Where Spark shuffles rows before the watermark, its mean adds them in an order of its own
     * (watermark.c). */
    bool loose_avg = g->settings.distinct == DISTINCT_GLOBAL || g->settings.join_codes;

    read_day(&feed, g->order, g->rows);
    snprintf(name, sizeof(name), "golden/%s/%s.progress.json", g->folder, g->name);
    json_object *reports = json_object_from_file(shared_path(name));
    assert_non_null(reports);
    struct query *q = query_new(&g->settings, codes, NULL);
    open_report(&p, json_object_array_get_idx(reports, 0));
    for (size_t b = 0; b < json_object_array_length(reports); b++) {
        json_object *spark = json_object_array_get_idx(reports, b);
        size_t rows = (size_t)json_object_get_int64(json_object_object_get(spark, "numInputRows"));
        if (rows == 0)
            assert_true(query_wants_empty_batch(q));
        p.batch_id = (int64_t)b;
        query_batch_begin(q, p.batch_id);
        query_rows(q, feed.messages + at, rows);
        query_batch_end(q, &p);
        set_offsets(&p, (int64_t)at, (int64_t)(at + rows), (int64_t)feed.count);
        at += rows;
        snprintf(name, sizeof(name), "%s/%s batch %zu", g->folder, g->name, b);
        compare_batch(&p, spark, name, loose_avg && g->rows == 0);
    }
    assert_int_equal(at, feed.count);
    assert_false(query_wants_empty_batch(q));
    compare_table(g, q);
    query_free(q);
    progress_clear(&p);
    json_object_put(reports);
    feed_clear(&feed);
}

static void tables_and_reports_equal_spark_s(void **state)
{
    skip_without_shared();
    struct codes *codes = read_codes();
    for (size_t i = 0; i < sizeof(goldens) / sizeof(goldens[0]); i++)
        run_golden(&goldens[i], codes);
    codes_free(codes);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tables_and_reports_equal_spark_s),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
