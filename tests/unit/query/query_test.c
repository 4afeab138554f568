/* What the query promises, one behaviour a test, on small made-up streams with the traps of the real calls:
 * descending times, duplicates, ties, types that differ in one letter's case. */
#include "steps.h"

static void the_reference_query_counts_distinct_calls_by_type(void **state)
{
    struct query_settings s = reference();
    struct query *q = query_new(&s, NULL, NULL);
    struct feed f = {0};
    struct progress p = {0};

    feed_call(&f, "2018-12-31T23:57:00.000", "ADM", "Traffic Stop");
    feed_call(&f, "2018-12-31T23:57:00.000", "ADM", "Traffic Stop"); /* the same again */
    feed_call(&f, "2018-12-31T23:57:00", "ADM", "Traffic Stop");     /* the same time, spelt otherwise */
    feed_call(&f, "2018-12-31T23:56:00.000", "ADM", "Traffic Stop");
    feed_call(&f, "2018-12-31T23:57:00.000", "HAN", "Traffic Stop");
    feed_call(&f, "2018-12-31T23:57:00.000", "ADM", "traffic stop");
    run_batch(q, &f, &p);
    expect_table(q, "Traffic Stop,3\ntraffic stop,1\n");
    assert_int_equal(p.rows_in, 6);
    assert_int_equal(p.rows_duplicate, 2);
    assert_int_equal(p.state[1].rows_total, 4);
    assert_int_equal(p.state[1].dropped_duplicates, 2);
    assert_string_equal(p.state[0].operator_name, "stateStoreSave");
    assert_string_equal(p.state[1].operator_name, "dedupe");
    assert_int_equal(p.watermark_ms, 0);
    assert_int_equal(p.event_max_ms, at("2018-12-31T23:57"));
    assert_int_equal(p.event_min_ms, at("2018-12-31T23:56"));
    assert_int_equal(p.event_avg_ms, at("2018-12-31T23:56:45")); /* over the distinct rows */

    feed_call(&f, "2018-12-31T21:00:00.000", "ADM", "Traffic Stop"); /* far behind: complete mode keeps it */
    feed_call(&f, "2018-12-31T23:57:00.000", "HAN", "Traffic Stop"); /* was in the batch before */
    run_batch(q, &f, &p);
    assert_int_equal(p.watermark_ms, at("2018-12-31T23:52"));
    assert_int_equal(p.rows_duplicate, 1);
    assert_int_equal(p.rows_late, 0);
    assert_int_equal(p.state[0].rows_updated, 1);
    expect_table(q, "Traffic Stop,4\ntraffic stop,1\n");
    assert_false(query_wants_empty_batch(q));
    query_free(q);
}

static void the_screen_s_order_is_count_then_window_then_name(void **state)
{
    struct query_settings s = reference();
    struct feed f = {0};
    struct progress p = {0};
    uint32_t numbers[4] = {0, 1, 2, 3};
    struct query_group g;
    struct query_key k;

    s.distinct = DISTINCT_OFF;
    struct query *q = query_new(&s, NULL, NULL);
    feed_call(&f, "2018-12-31T23:57", "ADM", "b");
    feed_call(&f, "2018-12-31T23:57", "ADM", "ab");
    feed_call(&f, "2018-12-31T23:57", "ADM", "a");
    feed_call(&f, "2018-12-31T23:57", "ADM", "c");
    feed_call(&f, "2018-12-31T23:57", "ADM", "c");
    run_batch(q, &f, &p);
    query_sort(q, numbers, 4);
    const char *expected[] = {"c", "a", "ab", "b"};
    for (int i = 0; i < 4; i++) {
        query_group(q, numbers[i], &g);
        query_key(q, g.key, &k);
        assert_int_equal(k.fields[0].len, strlen(expected[i]));
        assert_memory_equal(k.fields[0].p, expected[i], k.fields[0].len);
        assert_int_equal(g.window_start_ms, UNKNOWN);
    }
    query_free(q);
}

static void groups_and_keys_tell_what_the_last_batch_changed(void **state)
{
    struct query_settings s = windowed(OUTPUT_UPDATE, 60 * MINUTE, 30 * MINUTE);
    struct query *q = query_new(&s, NULL, NULL);
    struct feed f = {0};
    struct progress p = {0};
    struct query_group g;
    struct query_key k;

    feed_call(&f, "2018-12-31T10:10", "ADM", "a");
    feed_call(&f, "2018-12-31T10:20", "ADM", "a");
    feed_call(&f, "2018-12-31T10:20", "ADM", "b");
    run_batch(q, &f, &p);
    feed_call(&f, "2018-12-31T10:40", "ADM", "a");
    run_batch(q, &f, &p);
    expect_output(q, "2018-12-31T10:00:00.000Z,2018-12-31T11:00:00.000Z,a,3\n"
                     "2018-12-31T10:30:00.000Z,2018-12-31T11:30:00.000Z,a,1\n");
    query_key(q, 0, &k);
    assert_int_equal(k.rows, 3); /* once a row, whatever windows it falls into */
    assert_int_equal(k.delta, 1);
    query_key(q, 1, &k);
    assert_int_equal(k.delta, 0);
    int64_t delta = 0;
    for (size_t i = 0; i < query_group_count(q); i++) {
        query_group(q, i, &g);
        delta += g.delta;
        assert_true(g.visible);
    }
    assert_int_equal(delta, 2);
    query_free(q);
}

static void
a_row_is_late_by_the_watermark_of_the_batch_before_and_windows_close_by_the_batch_s_own(void **state)
{
    struct query_settings s = windowed(OUTPUT_APPEND, 60 * MINUTE, 60 * MINUTE);
    struct query *q = query_new(&s, NULL, NULL);
    struct feed f = {0};
    struct progress p = {0};

    feed_call(&f, "2018-12-31T10:30", "ADM", "a");
    feed_call(&f, "2018-12-31T11:05", "ADM", "a");
    run_batch(q, &f, &p);
    expect_table(q, ""); /* append shows nothing before it is final */
    assert_int_equal(p.next_watermark_ms, at("2018-12-31T11:00"));
    assert_true(query_wants_empty_batch(q));

    feed_call(&f, "2018-12-31T10:31", "ADM",
              "a"); /* its window closes in this batch, but it is not late yet */
    run_batch(q, &f, &p);
    assert_int_equal(p.rows_late, 0);
    assert_int_equal(p.state[0].rows_removed, 1);
    expect_output(q, "2018-12-31T10:00:00.000Z,2018-12-31T11:00:00.000Z,a,2\n");

    feed_call(&f, "2018-12-31T10:32", "ADM", "a");
    feed_call(&f, "2018-12-31T10:33", "ADM", "a");
    feed_call(&f, "2018-12-31T10:33", "ADM", "b");
    run_batch(q, &f, &p);
    assert_int_equal(p.rows_late, 3);
    assert_int_equal(p.state[0].rows_dropped_by_watermark, 2); /* as Spark: groups, not rows */
    expect_output(q, "");
    expect_table(q, "2018-12-31T10:00:00.000Z,2018-12-31T11:00:00.000Z,a,2\n");
    assert_int_equal(query_key_count(q), 1); /* a late row makes no key */
    query_free(q);
}

static void a_batch_without_data_closes_what_the_watermark_has_passed(void **state)
{
    struct query_settings s = windowed(OUTPUT_UPDATE, 10 * MINUTE, 10 * MINUTE);
    struct query *q = query_new(&s, NULL, NULL);
    struct feed f = {0};
    struct progress p = {0};

    assert_false(query_wants_empty_batch(q));
    feed_call(&f, "2018-12-31T10:01", "ADM", "a");
    feed_call(&f, "2018-12-31T10:30", "ADM", "a");
    run_batch(q, &f, &p);
    assert_true(query_wants_empty_batch(q));
    run_batch(q, &f, &p);
    assert_int_equal(p.rows_in, 0);
    assert_int_equal(p.event_avg_ms, UNKNOWN);
    assert_int_equal(p.state[0].rows_removed, 1);
    assert_int_equal(p.state[0].rows_total, 1);
    assert_false(query_wants_empty_batch(q));
    expect_output(q, "");
    query_free(q);
}

static void windows_are_aligned_to_the_epoch_also_before_it(void **state)
{
    struct query_settings s = windowed(OUTPUT_COMPLETE, 60 * MINUTE, 60 * MINUTE);
    struct query *q = query_new(&s, NULL, NULL);
    struct feed f = {0};
    struct progress p = {0};

    feed_call(&f, "1969-12-31T23:59:59.999", "ADM", "a");
    feed_call(&f, "1969-12-31T23:00:00.000", "ADM", "a");
    feed_call(&f, "1969-12-31T22:59:59.999", "ADM", "a");
    feed_call(&f, "1970-01-01T00:00:00.000", "ADM", "a");
    run_batch(q, &f, &p);
    expect_table(q, "1969-12-31T22:00:00.000Z,1969-12-31T23:00:00.000Z,a,1\n"
                    "1969-12-31T23:00:00.000Z,1970-01-01T00:00:00.000Z,a,2\n"
                    "1970-01-01T00:00:00.000Z,1970-01-01T01:00:00.000Z,a,1\n");
    query_free(q);
}

static void without_a_window_update_mode_drops_and_removes_nothing(void **state)
{
    struct query_settings s = reference();
    struct feed f = {0};
    struct progress p = {0};

    s.output_mode = OUTPUT_UPDATE;
    struct query *q = query_new(&s, NULL, NULL);
    feed_call(&f, "2018-12-31T10:00", "ADM", "a");
    feed_call(&f, "2018-12-31T10:00", "ADM", "b");
    run_batch(q, &f, &p);
    assert_true(query_wants_empty_batch(q)); /* as Spark: only to show the new watermark */
    run_batch(q, &f, &p);
    assert_int_equal(p.watermark_ms, at("2018-12-31T09:55"));
    expect_output(q, "");
    assert_false(query_wants_empty_batch(q));
    feed_call(&f, "2011-12-31T10:00", "ADM", "a");
    run_batch(q, &f, &p);
    feed_call(&f, "2010-12-31T10:00", "ADM", "a");
    run_batch(q, &f, &p);
    assert_int_equal(p.rows_late, 0);
    assert_int_equal(p.state[0].rows_removed, 0);
    assert_int_equal(p.state[0].rows_dropped_by_watermark, 0);
    expect_output(q, "a,3\n");
    query_free(q);
}

static void distinct_within_the_watermark_forgets_and_drops_what_is_late_in_every_mode(void **state)
{
    struct query_settings s = reference();
    struct feed f = {0};
    struct progress p = {0};

    s.distinct = DISTINCT_WITHIN_WATERMARK;
    struct query *q = query_new(&s, NULL, NULL);
    feed_call(&f, "2018-12-31T10:00", "ADM", "a");
    feed_call(&f, "2018-12-31T10:00", "ADM", "a");
    feed_call(&f, "2018-12-31T10:10", "ADM", "a");
    run_batch(q, &f, &p);
    assert_string_equal(p.state[1].operator_name, "dedupeWithinWatermark");
    assert_int_equal(p.state[1].rows_total, 2);
    assert_int_equal(p.rows_duplicate, 1);
    assert_true(query_wants_empty_batch(q)); /* also in complete mode */
    run_batch(q, &f, &p);
    assert_int_equal(p.watermark_ms, at("2018-12-31T10:05"));
    assert_int_equal(p.state[1].rows_removed, 1);  /* 10:00 + 5 minutes is not past 10:05 */
    feed_call(&f, "2018-12-31T10:05", "ADM", "a"); /* late: at the watermark */
    feed_call(&f, "2018-12-31T10:06", "ADM", "a");
    run_batch(q, &f, &p);
    assert_int_equal(p.rows_late, 1);
    assert_int_equal(p.state[1].rows_dropped_by_watermark, 1);
    assert_int_equal(p.state[0].rows_dropped_by_watermark, 0);
    expect_table(q, "a,3\n");
    query_free(q);
}

static void distinct_within_the_watermark_takes_flat_memory(void **state)
{
    struct query_settings s = reference();
    struct feed f = {0};
    struct progress p = {0};
    struct query_totals early, late;
    char iso[ISO_MAX];

    s.distinct = DISTINCT_WITHIN_WATERMARK;
    struct query *q = query_new(&s, NULL, NULL);
    for (int batch = 0; batch < 200; batch++) {
        for (int i = 0; i < 200; i++) {
            iso_format_ms(iso, INT64_C(1546300000000) + (batch * 200 + i) * INT64_C(100), 0);
            feed_call(&f, iso, "ADM", "a");
        }
        run_batch(q, &f, &p);
        if (batch == 49)
            query_totals(q, &early);
    }
    query_totals(q, &late);
    assert_int_equal(late.rows_counted, 40000);
    assert_true(late.state_rows < 7000); /* ten minutes of ten rows a second, and the newest batches */
    assert_true(late.state_bytes < early.state_bytes * 5 / 4);
    query_free(q);
}

static void rows_without_disposition_or_type_are_dropped_after_the_watermark_has_seen_them(void **state)
{
    struct query_settings s = reference();
    struct query *q = query_new(&s, NULL, NULL);
    struct feed f = {0};
    struct progress p = {0};

    feed_call(&f, "2018-12-31T10:00", "ADM", "a");
    feed_call(&f, "2018-12-31T11:00", NULL, "a");
    feed_call(&f, "2018-12-31T11:00", NULL, "a"); /* null equals null for distinct */
    feed_call(&f, "2018-12-31T11:00", "ADM", NULL);
    feed_call(&f, "2018-12-31T11:00", "", "");
    run_batch(q, &f, &p);
    assert_int_equal(p.rows_null, 2);
    assert_int_equal(p.rows_duplicate, 1);
    assert_int_equal(p.event_max_ms, at("2018-12-31T11:00"));
    expect_table(q, ",1\na,1\n"); /* empty is a value, null is none */
    query_free(q);
}

static void the_join_keeps_rows_whose_code_is_unknown(void **state)
{
    struct query_settings s = reference();
    struct codes *codes = test_codes();
    struct feed f = {0};
    struct progress p = {0};

    s.join_codes = true;
    s.group_by[0] = FIELD_DISPOSITION_DESCRIPTION;
    s.group_by[1] = FIELD_DISPOSITION;
    s.group_by_count = 2;
    struct query *q = query_new(&s, codes, NULL);
    codes_free(codes); /* the query has its own */
    feed_call(&f, "2018-12-31T10:00", "ADM", "a");
    feed_call(&f, "2018-12-31T10:00", "22", "a");
    feed_call(&f, "2018-12-31T10:00", "CAN", "a");
    feed_call(&f, "2018-12-31T10:00", "OTS", "a");
    run_batch(q, &f, &p);
    feed_call(&f, "2018-12-31T10:01", "OTS", "a");
    run_batch(q, &f, &p);
    expect_table(q, ",OTS,2\nAdmonished,ADM,1\nCancel,22,1\nCancel,CAN,1\n");
    query_free(q);
}

static void a_null_in_a_group_by_field_is_a_group_of_its_own(void **state)
{
    struct query_settings s = reference();
    struct feed f = {0};
    struct progress p = {0};
    struct query_key k;

    s.group_by[0] = FIELD_CITY;
    struct query *q = query_new(&s, NULL, NULL);
    feed_call(&f, "2018-12-31T10:00", "ADM", "a");
    feed_add(&f,
             "{\"call_date_time\":\"2018-12-31T10:00\",\"disposition\":\"ADM\",\"original_crime_type_name\":"
             "\"a\",\"city\":\"\"}",
             0);
    feed_add(&f,
             "{\"call_date_time\":\"2018-12-31T10:00\",\"disposition\":\"ADM\",\"original_crime_type_name\":"
             "\"a\",\"city\":\"X\"}",
             0);
    run_batch(q, &f, &p);
    assert_int_equal(p.rows_duplicate,
                     0); /* the group-by field is among the columns that distinct compares */
    assert_int_equal(query_key_count(q), 3);
    query_key(q, 0, &k);
    assert_null(k.fields[0].p);
    query_key(q, 1, &k);
    assert_non_null(k.fields[0].p);
    assert_int_equal(k.fields[0].len, 0);
    query_free(q);
}

static void totals_add_up_over_batches(void **state)
{
    struct query_settings s = reference();
    struct query *q = query_new(&s, NULL, NULL);
    struct feed f = {0};
    struct progress p = {0};
    struct query_totals t;

    query_totals(q, &t);
    assert_int_equal(t.newest_event_ms, UNKNOWN);
    for (int i = 0; i < 3; i++) {
        feed_call(&f, "2018-12-31T10:00", "ADM", "a");
        feed_call(&f, "2018-12-31T10:00", NULL, "a");
        feed_add(&f, "{", 0);
        run_batch(q, &f, &p);
    }
    query_totals(q, &t);
    assert_int_equal(t.rows_in, 9);
    assert_int_equal(t.rows_duplicate, 4);
    assert_int_equal(t.rows_null, 1);
    assert_int_equal(t.rows_counted, 1);
    assert_int_equal(t.rows_bad[BAD_NOT_JSON], 3);
    assert_int_equal(t.newest_event_ms, at("2018-12-31T10:00"));
    assert_int_equal(t.watermark_ms, at("2018-12-31T09:55"));
    assert_int_equal(t.state_rows, 3);
    assert_true(t.state_bytes > 0);
    query_free(q);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(the_reference_query_counts_distinct_calls_by_type, start_over),
        cmocka_unit_test_setup(the_screen_s_order_is_count_then_window_then_name, start_over),
        cmocka_unit_test_setup(groups_and_keys_tell_what_the_last_batch_changed, start_over),
        cmocka_unit_test_setup(
            a_row_is_late_by_the_watermark_of_the_batch_before_and_windows_close_by_the_batch_s_own,
            start_over),
        cmocka_unit_test_setup(a_batch_without_data_closes_what_the_watermark_has_passed, start_over),
        cmocka_unit_test_setup(windows_are_aligned_to_the_epoch_also_before_it, start_over),
        cmocka_unit_test_setup(without_a_window_update_mode_drops_and_removes_nothing, start_over),
        cmocka_unit_test_setup(distinct_within_the_watermark_forgets_and_drops_what_is_late_in_every_mode,
                               start_over),
        cmocka_unit_test_setup(distinct_within_the_watermark_takes_flat_memory, start_over),
        cmocka_unit_test_setup(rows_without_disposition_or_type_are_dropped_after_the_watermark_has_seen_them,
                               start_over),
        cmocka_unit_test_setup(the_join_keeps_rows_whose_code_is_unknown, start_over),
        cmocka_unit_test_setup(a_null_in_a_group_by_field_is_a_group_of_its_own, start_over),
        cmocka_unit_test_setup(totals_add_up_over_batches, start_over),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
