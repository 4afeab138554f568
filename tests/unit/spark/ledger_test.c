/* The job's messages become tables and reports as PROTOCOL.md says: whole batches, each told once with its
 * report, again where it ran again; another query is another table; what is none of the protocol is refused
 * and changes nothing. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/xalloc.h"
#include "spark/ledger.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SETTINGS                                                                                            \
    "\"settings\":{\"topic\":\"calls\",\"distinct\":\"global\",\"watermark_ms\":300000,\"window_ms\":%d,"   \
    "\"slide_ms\":%d,\"group_by\":[\"original_crime_type_name\"],\"join\":\"none\",\"output_mode\":\"%s\"," \
    "\"max_offsets_per_trigger\":0,\"trigger\":\"asap\",\"trigger_ms\":0,\"fail_on_data_loss\":true}"

struct fixture {
    struct ledger *ledger;
    int64_t now_ms;
    int queries, emptied, batches, again, reports;
    int64_t last_batch, end_offset;
    bool had_table, had_report;
    char err[300];
};

static void on_query(void *arg, const struct query *table, const struct query_settings *settings)
{
    struct fixture *f = arg;
    assert_non_null(table);
    assert_non_null(settings);
    f->queries++;
}

static void on_emptied(void *arg, const struct query *old)
{
    (void)old;
    ((struct fixture *)arg)->emptied++;
}

static void on_batch(void *arg, const struct ledger_batch *b)
{
    struct fixture *f = arg;
    f->batches++;
    f->again += b->again;
    f->last_batch = b->batch_id;
    f->had_table = b->has_table;
    f->had_report = b->progress != NULL;
}

static void on_report(void *arg, const struct progress *p)
{
    struct fixture *f = arg;
    f->reports++;
    f->end_offset = p->end_offset ? p->end_offset[0] : UNKNOWN;
}

static struct fixture *begin(void)
{
    struct fixture *f = xcalloc(1, sizeof *f);
    struct ledger_listener l = {
        .arg = f, .query = on_query, .emptied = on_emptied, .batch = on_batch, .report = on_report};
    f->ledger = ledger_new("calls", &l);
    f->now_ms = 1000;
    return f;
}

static void finish(struct fixture *f)
{
    ledger_free(f->ledger);
    free(f);
}

static bool enter(struct fixture *f, enum ledger_topic topic, const char *text)
{
    return ledger_enter(f->ledger, topic, text, strlen(text), f->now_ms, f->err, sizeof f->err);
}

static void tables(struct fixture *f, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
static void tables(struct fixture *f, const char *fmt, ...)
{
    char text[2000];
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(text, sizeof text, fmt, ap);
    va_end(ap);
    if (!enter(f, TOPIC_OF_TABLES, text))
        fail_msg("%s: %s", text, f->err);
}

static void settings(struct fixture *f, const char *query, const char *run, int window_ms, const char *mode)
{
    tables(f,
           "{\"type\":\"settings\",\"v\":1,\"query\":\"%s\",\"run\":\"%s\"," SETTINGS ",\"unavailable\":[]}",
           query, run, window_ms, window_ms, mode);
}

static void group(struct fixture *f, const char *query, const char *run, int batch, const char *type,
                  long long start_ms, int count)
{
    char start[40] = "null";
    if (start_ms >= 0)
        snprintf(start, sizeof start, "%lld", start_ms);
    tables(f,
           "{\"type\":\"group\",\"v\":1,\"query\":\"%s\",\"run\":\"%s\",\"batch\":%d,\"fields\":[%s],"
           "\"start_ms\":%s,\"end_ms\":null,\"count\":%d}",
           query, run, batch, type, start, count);
}

static void marker(struct fixture *f, const char *query, const char *run, int batch, int groups, bool full)
{
    tables(f,
           "{\"type\":\"batch\",\"v\":1,\"query\":\"%s\",\"run\":\"%s\",\"batch\":%d,\"groups\":%d,"
           "\"mode\":\"complete\",\"full\":%s,\"watermark_ms\":null}",
           query, run, batch, groups, full ? "true" : "false");
}

/* What Spark reports of a batch of 10 rows: 1 bad, 2 twice, 1 null, `late` groups too late. */
static void report(struct fixture *f, const char *query, const char *run, int batch, int end, int late)
{
    char text[2000];
    snprintf(
        text, sizeof text,
        "{\"type\":\"progress\",\"v\":1,\"query\":\"%s\",\"run\":\"%s\",\"progress\":{\"id\":\"%s\","
        "\"runId\":\"%s\",\"name\":\"n\",\"timestamp\":\"2018-12-31T23:57:00.000Z\",\"batchId\":%d,"
        "\"numInputRows\":10,\"inputRowsPerSecond\":1.5,\"processedRowsPerSecond\":2.5,"
        "\"durationMs\":{\"addBatch\":5,\"triggerExecution\":9},"
        "\"eventTime\":{\"max\":\"2018-12-31T23:00:00.000Z\",\"watermark\":\"1970-01-01T00:00:00.000Z\"},"
        "\"stateOperators\":[{\"operatorName\":\"stateStoreSave\",\"numRowsTotal\":3,\"numRowsUpdated\":2,"
        "\"numRowsRemoved\":0,\"memoryUsedBytes\":100,\"numRowsDroppedByWatermark\":%d}],"
        "\"sources\":[{\"description\":\"Kafka\",\"startOffset\":null,"
        "\"endOffset\":{\"calls\":{\"0\":%d}},\"latestOffset\":{\"calls\":{\"0\":%d}},\"numInputRows\":10}],"
        "\"sink\":{\"description\":\"F\",\"numOutputRows\":-1},"
        "\"observedMetrics\":{\"source\":{\"rows\":10,\"bad_empty\":0,\"bad_too_large\":0,"
        "\"bad_not_json\":1,\"bad_not_object\":0,\"bad_no_time\":0,\"bad_time\":0},"
        "\"distinct\":{\"rows_out\":7},\"nulls\":{\"rows_null\":1}}}}",
        query, run, query, run, batch, late, end, end);
    if (!enter(f, TOPIC_OF_PROGRESS, text))
        fail_msg("%s: %s", text, f->err);
}

static int64_t count_of(const struct fixture *f, const char *type)
{
    const struct query *q = ledger_table(f->ledger);
    int64_t sum = 0;
    for (size_t i = 0; i < query_group_count(q); i++) {
        struct query_group g;
        struct query_key k;
        query_group(q, i, &g);
        query_key(q, g.key, &k);
        if (type ? k.fields[0].p && strcmp(k.fields[0].p, type) == 0 : !k.fields[0].p)
            sum += g.count;
    }
    return sum;
}

static void a_batch_is_told_when_its_table_and_its_report_are_there(void **state)
{
    (void)state;
    struct fixture *f = begin();
    settings(f, "q", "r", 0, "complete");
    assert_int_equal(f->queries, 1);
    group(f, "q", "r", 0, "\"A\"", -1, 3);
    group(f, "q", "r", 0, "null", -1, 4);
    group(f, "q", "r", 0, "\"A\"", -1, 5); /* the same group again: the newest counts */
    assert_int_equal(query_group_count(ledger_table(f->ledger)), 0);
    marker(f, "q", "r", 0, 2, true);
    assert_int_equal(f->batches, 0); /* not committed yet, as far as is known */
    report(f, "q", "r", 0, 10, 0);
    assert_int_equal(f->batches, 1);
    assert_true(f->had_table && f->had_report);
    assert_int_equal(count_of(f, "A"), 5);
    assert_int_equal(count_of(f, NULL), 4);
    assert_int_equal(f->end_offset, 10);
    assert_null(ledger_gap(f->ledger));
    finish(f);
}

static void totals_are_exact_and_late_rows_at_least(void **state)
{
    (void)state;
    struct fixture *f = begin();
    struct ledger_totals t;
    settings(f, "q", "r", 0, "complete");
    marker(f, "q", "r", 0, 0, true);
    report(f, "q", "r", 0, 10, 0);
    ledger_totals(f->ledger, &t);
    assert_int_equal(t.t.rows_in, 10);
    assert_int_equal(t.t.rows_bad[BAD_NOT_JSON], 1);
    assert_int_equal(t.t.rows_duplicate, 2);
    assert_int_equal(t.t.rows_null, 1);
    assert_int_equal(t.t.rows_late, 0);
    assert_int_equal(t.t.rows_counted, 6);
    assert_false(t.late_at_least);
    assert_true(t.from_the_start);
    marker(f, "q", "r", 1, 0, false);
    report(f, "q", "r", 1, 20, 2);
    ledger_totals(f->ledger, &t);
    assert_int_equal(t.t.rows_late, 2);
    assert_true(t.late_at_least);
    assert_int_equal(t.t.rows_counted, UNKNOWN); /* how many rows two groups were, nobody knows */
    marker(f, "q", "r", 5, 0, false);
    report(f, "q", "r", 5, 60, 0); /* reports of 2 to 4 are missing */
    ledger_totals(f->ledger, &t);
    assert_false(t.from_the_start);
    finish(f);
}

/* Spark observes no metrics where there is no row: that is none, not unknown. */
static void a_batch_without_data_leaves_the_totals_known(void **state)
{
    (void)state;
    struct fixture *f = begin();
    struct ledger_totals t;
    settings(f, "q", "r", 0, "update");
    report(f, "q", "r", 0, 10, 0);
    assert_true(
        enter(f, TOPIC_OF_PROGRESS,
              "{\"type\":\"progress\",\"v\":1,\"query\":\"q\",\"run\":\"r\",\"progress\":{\"id\":\"q\","
              "\"batchId\":1,\"numInputRows\":0,\"durationMs\":{\"addBatch\":5},\"stateOperators\":["
              "{\"operatorName\":\"stateStoreSave\",\"numRowsDroppedByWatermark\":0}]}}"));
    ledger_totals(f->ledger, &t);
    assert_int_equal(t.t.rows_in, 10);
    assert_int_equal(t.t.rows_bad[BAD_NOT_JSON], 1);
    assert_int_equal(t.t.rows_null, 1);
    assert_int_equal(t.t.rows_counted, 6);
    finish(f);
}

static void a_batch_that_runs_again_counts_once(void **state)
{
    (void)state;
    struct fixture *f = begin();
    struct ledger_totals t;
    settings(f, "q", "r1", 0, "update");
    group(f, "q", "r1", 0, "\"A\"", -1, 3);
    marker(f, "q", "r1", 0, 1, false);
    report(f, "q", "r1", 0, 10, 0);
    group(f, "q", "r1", 1, "\"A\"", -1, 9);
    marker(f, "q", "r1", 1, 1, false); /* written, then the driver was killed before its commit */
    settings(f, "q", "r2", 0, "update");
    assert_int_equal(f->queries, 1); /* the same query: the same table */
    group(f, "q", "r2", 1, "\"A\"", -1, 9);
    marker(f, "q", "r2", 1, 1, false);
    report(f, "q", "r2", 1, 20, 0);
    report(f, "q", "r2", 1, 20, 0); /* at least once: the same message twice */
    ledger_tick(f->ledger, f->now_ms, true);
    assert_int_equal(count_of(f, "A"), 9);
    assert_int_equal(f->last_batch, 1);
    assert_true(f->again >= 1);
    ledger_totals(f->ledger, &t);
    assert_int_equal(t.t.rows_in, 20);
    assert_string_equal(ledger_run(f->ledger)->run, "r2");
    finish(f);
}

static void another_query_is_another_table_and_the_old_ones_batches_are_not_told(void **state)
{
    (void)state;
    struct fixture *f = begin();
    settings(f, "q1", "r1", 0, "update");
    group(f, "q1", "r1", 0, "\"A\"", -1, 3);
    marker(f, "q1", "r1", 0, 1, false);
    report(f, "q1", "r1", 0, 10, 0);
    settings(f, "q2", "r2", 3600000, "update");
    assert_int_equal(f->queries, 2);
    assert_int_equal(count_of(f, "A"), 0);
    int before = f->batches;
    group(f, "q1", "r1", 1, "\"A\"", -1, 8);
    marker(f, "q1", "r1", 1, 1, false);
    report(f, "q1", "r1", 1, 20, 0);
    assert_int_equal(f->batches, before);
    group(f, "q2", "r2", 0, "\"A\"", 0, 1);
    group(f, "q2", "r2", 0, "\"A\"", 3600000, 2);
    marker(f, "q2", "r2", 0, 2, false);
    report(f, "q2", "r2", 0, 10, 0);
    assert_int_equal(count_of(f, "A"), 3);
    assert_int_equal(query_key_count(ledger_table(f->ledger)), 1);
    settings(f, "q1", "r3", 0, "update"); /* goes on from its checkpoint */
    assert_int_equal(count_of(f, "A"), 8);
    finish(f);
}

static void a_table_without_its_beginning_says_so_until_a_full_one_comes(void **state)
{
    (void)state;
    struct fixture *f = begin();
    settings(f, "q", "r", 0, "complete");
    group(f, "q", "r", 7, "\"A\"", -1, 3);
    marker(f, "q", "r", 7, 2, false); /* one of the two groups was cut off */
    report(f, "q", "r", 7, 10, 0);
    ledger_tick(f->ledger, f->now_ms + 60000, false);
    assert_int_equal(query_group_count(ledger_table(f->ledger)), 0);
    group(f, "q", "r", 8, "\"Gone\"", -1, 4);
    marker(f, "q", "r", 8, 1, false);
    report(f, "q", "r", 8, 20, 0);
    assert_non_null(ledger_gap(f->ledger));
    group(f, "q", "r", 9, "\"A\"", -1, 3);
    group(f, "q", "r", 9, "\"B\"", -1, 1);
    marker(f, "q", "r", 9, 2, true);
    report(f, "q", "r", 9, 30, 0);
    assert_null(ledger_gap(f->ledger));
    assert_int_equal(f->emptied, 1);
    assert_int_equal(count_of(f, "Gone"), 0);
    assert_int_equal(query_group_count(ledger_table(f->ledger)), 2);
    finish(f);
}

static void a_half_without_its_other_half_is_told_after_a_while(void **state)
{
    (void)state;
    struct fixture *f = begin();
    settings(f, "q", "r", 0, "update");
    group(f, "q", "r", 0, "\"A\"", -1, 3);
    marker(f, "q", "r", 0, 1, false);
    ledger_tick(f->ledger, f->now_ms + 100, false);
    assert_int_equal(f->batches, 0);
    ledger_tick(f->ledger, f->now_ms + 60000, false);
    assert_int_equal(f->batches, 1);
    assert_true(f->had_table && !f->had_report);
    report(f, "q", "r", 1, 20, 0);
    group(f, "q", "r", 2, "\"A\"", -1, 6);
    marker(f, "q", "r", 2, 1, false); /* a later table is there: that of batch 1 cannot come any more */
    assert_int_equal(f->last_batch, 1);
    assert_true(!f->had_table && f->had_report);
    finish(f);
}

#define GROUP_OF(rest) ("{\"type\":\"group\",\"v\":1,\"query\":\"q\",\"run\":\"r\",\"batch\":" rest)

static void what_is_none_of_the_protocol_is_refused_and_changes_nothing(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "",
        "{",
        "[]",
        "17",
        "{\"type\":\"group\"}",
        "{\"type\":\"group\",\"v\":2,\"query\":\"q\",\"run\":\"r\"}",
        GROUP_OF("0,\"fields\":[],\"count\":1}"),
        GROUP_OF("0,\"fields\":[1],\"count\":1}"),
        GROUP_OF("0,\"fields\":[\"A\"],\"count\":-1}"),
        GROUP_OF("-1,\"fields\":[\"A\"],\"count\":1}"),
        GROUP_OF("0,\"fields\":[\"A\"],\"count\":1,\"start_ms\":5}"),
        "{\"type\":\"batch\",\"v\":1,\"query\":\"q\",\"run\":\"r\",\"batch\":0}",
        "{\"type\":\"progress\",\"v\":1,\"query\":\"q\",\"run\":\"r\",\"progress\":{}}",
        "{\"type\":\"progress\",\"v\":1,\"query\":\"q\",\"run\":\"r\",\"progress\":[]}",
        "{\"type\":\"settings\",\"v\":1,\"query\":\"q\",\"run\":\"r\",\"settings\":{\"distinct\":\"yes\"}}",
        "{\"type\":\"idle\",\"v\":1,\"query\":\"q\",\"run\":\"r\"} {}",
        "\xff\xfe",
        "{\"type\":[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[",
    };
    struct fixture *f = begin();
    settings(f, "q", "r", 0, "update");
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        if (enter(f, i % 2 ? TOPIC_OF_PROGRESS : TOPIC_OF_TABLES, bad[i]))
            fail_msg("taken: %s", bad[i]);
        assert_true(f->err[0]);
    }
    tables(f, "{\"type\":\"weather\",\"v\":9,\"what\":[1,2]}"); /* somebody else's, or a later version's */
    tables(f, "{\"type\":\"idle\",\"v\":1,\"query\":\"q\",\"run\":\"r\",\"time_ms\":5,\"new\":{\"x\":1}}");
    group(f, "q", "r", 0, "\"A\"", -1, 3);
    marker(f, "q", "r", 0, 1, false);
    report(f, "q", "r", 0, 10, 0);
    assert_int_equal(f->batches, 1);
    assert_int_equal(count_of(f, "A"), 3);
    finish(f);
}

static void the_life_of_a_run_is_told(void **state)
{
    (void)state;
    struct fixture *f = begin();
    const struct ledger_run *r = ledger_run(f->ledger);
    char text[2000];
    assert_false(r->started);
    snprintf(
        text, sizeof text,
        "{\"type\":\"started\",\"v\":1,\"query\":\"q\",\"run\":\"r\",\"app_id\":\"app-1\",\"ui_url\":null,"
        "\"master\":\"spark://h:7077\",\"job_pid\":123,\"job_host\":\"h\",\"spark_version\":\"3.5.3\","
        "\"started_ms\":5," SETTINGS ",\"unavailable\":[\"query.max-rate-per-partition\"]}",
        0, 0, "complete");
    assert_true(enter(f, TOPIC_OF_PROGRESS, text));
    r = ledger_run(f->ledger);
    assert_true(r->started);
    assert_int_equal(r->heard_mono_ms, f->now_ms);
    assert_string_equal(r->app_id, "app-1");
    assert_string_equal(r->ui_url, "");
    assert_string_equal(r->unavailable, "query.max-rate-per-partition");
    assert_int_equal(r->pid, 123);
    assert_int_equal(r->stopped, JOB_RUNS);
    assert_true(
        enter(f, TOPIC_OF_PROGRESS,
              "{\"type\":\"terminated\",\"v\":1,\"query\":\"q\",\"run\":\"r\",\"error\":\"a\\u001b[2Jb\","
              "\"stopped\":\"failed\"}"));
    assert_int_equal(r->stopped, JOB_BROKE);
    assert_null(strchr(r->error, '\x1b'));
    /* A job that was just submitted: what the old one still says does not count as the new one's. */
    ledger_expect_new_run(f->ledger, true);
    assert_null(ledger_table(f->ledger));
    assert_true(enter(f, TOPIC_OF_PROGRESS, text));
    assert_false(ledger_run(f->ledger)->started);
    finish(f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_batch_is_told_when_its_table_and_its_report_are_there),
        cmocka_unit_test(totals_are_exact_and_late_rows_at_least),
        cmocka_unit_test(a_batch_without_data_leaves_the_totals_known),
        cmocka_unit_test(a_batch_that_runs_again_counts_once),
        cmocka_unit_test(another_query_is_another_table_and_the_old_ones_batches_are_not_told),
        cmocka_unit_test(a_table_without_its_beginning_says_so_until_a_full_one_comes),
        cmocka_unit_test(a_half_without_its_other_half_is_told_after_a_while),
        cmocka_unit_test(what_is_none_of_the_protocol_is_refused_and_changes_nothing),
        cmocka_unit_test(the_life_of_a_run_is_told),
    };
    return cmocka_run_group_tests_name("ledger", tests, NULL, NULL);
}
