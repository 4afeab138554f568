/* The native engine beside a real replay on the embedded cluster, driven by commands as the screen drives it,
 * and seen through the views that the screen sees. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "engine_run.h"

#include "base/clock.h"

#include <math.h>
#include <poll.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>

static bool all_in(const struct query_view *v)
{
    return v->state == ENGINE_RUNNING && v->rows_in == CALLS;
}

static bool a_dozen(const struct query_view *v)
{
    return v->rows_in >= 12;
}

static bool a_dozen_by_disposition(const struct query_view *v)
{
    return a_dozen(v) && v->state == ENGINE_RUNNING && v->settings.group_by[0] == FIELD_DISPOSITION;
}

static bool is_paused(const struct query_view *v)
{
    return v->state == ENGINE_PAUSED;
}

static bool by_disposition(const struct query_view *v)
{
    return all_in(v) && v->settings.group_by[0] == FIELD_DISPOSITION;
}

static bool by_type(const struct query_view *v)
{
    return all_in(v) && v->settings.group_by[0] == FIELD_TYPE;
}

static bool has_message(const struct query_view *v)
{
    return *v->message && v->state == ENGINE_RUNNING;
}

static int64_t number_of(const struct query_view *v, const struct view_key *key)
{
    for (size_t i = 0; i < v->keys.count; i++)
        if (view_key_at(v, i) == key)
            return (int64_t)i;
    return -1;
}

static void the_view_holds_the_table_with_totals_windows_and_trends(void **state)
{
    struct run *r = begin(INFINITY);
    const struct query_view *v = until(r, "all rows", all_in);
    assert_int_equal(v->keys.count, 3);
    assert_int_equal(v->rows_duplicate, CALLS / 10);
    assert_int_equal(v->rows_counted, CALLS - CALLS / 10);
    const struct view_key *k = key_of(v, "Passing Call");
    assert_non_null(k);
    int64_t sum = 0, in_windows = 0;
    for (size_t i = 0; i < v->groups.count; i++) {
        const struct view_group *g = view_group_at(v, i);
        sum += g->count;
        if (view_key_at(v, g->key) == k)
            in_windows += g->count;
        assert_int_equal(g->window_end_ms - g->window_start_ms, 3600000);
    }
    assert_int_equal(sum, v->rows_counted);
    assert_int_equal(in_windows, k->total);
    const double *trend = v->trends[number_of(v, k)];
    assert_int_equal(v->trend_points, 2);
    assert_true(trend[TREND_POINTS - 2] + trend[TREND_POINTS - 1] == (double)k->total);
    assert_true(isnan(trend[0]));
    assert_true(v->history_count > 0);
    assert_int_equal(v->history[v->history_count - 1].batch_id, v->progress.batch_id);
    assert_non_null(strstr(v->progress_json, "\"batchId\""));
    finish(r);
}

static void a_paused_query_reads_nothing_and_steps_one_batch_at_a_time(void **state)
{
    struct run *r = begin(INFINITY);
    post(r, CMD_QUERY_PAUSE, 1, "");
    const struct query_view *v = until(r, "a pause", is_paused);
    int64_t batch = v->progress.batch_id, rows = v->rows_in;
    /* It has all the time that the replay needs, and does nothing. */
    int64_t deadline_ms = clock_mono_ms() + DEADLINE_MS;
    while (!atomic_load(&r->hub.live.replay_ended) && clock_mono_ms() < deadline_ms)
        poll(NULL, 0, 2);
    v = until(r, "a pause", is_paused);
    assert_int_equal(v->rows_in, rows);
    post(r, CMD_QUERY_STEP, 1, "");
    post(r, CMD_QUERY_PAUSE, 1, ""); /* pausing again forgets no row and runs nothing more */
    v = until(r, "a pause", is_paused);
    assert_true(v->progress.batch_id <= batch + 1);
    post(r, CMD_QUERY_PAUSE, 0, "");
    v = until(r, "all rows", all_in);
    assert_int_equal(v->rows_duplicate, CALLS / 10);
    finish(r);
}

static void a_change_starts_over_with_the_same_rows_and_can_be_undone(void **state)
{
    struct run *r = begin(INFINITY);
    until(r, "all rows", all_in);
    char first_run[40];
    snprintf(first_run, sizeof first_run, "%s", r->view->run_id);
    post(r, CMD_QUERY_CHANGE, 0, "group-by=disposition");
    const struct query_view *v = until(r, "all rows again, by disposition", by_disposition);
    assert_int_equal(v->keys.count, 2);
    assert_int_equal(v->rows_duplicate, CALLS / 10);
    assert_int_equal(key_of(v, "ADM")->total + key_of(v, "HAN")->total, CALLS - CALLS / 10);
    assert_string_not_equal(v->run_id, first_run);
    post(r, CMD_QUERY_UNDO, 0, "");
    v = until(r, "all rows again, by type", by_type);
    assert_int_equal(v->keys.count, 3);
    assert_int_equal(v->rows_counted, CALLS - CALLS / 10);
    finish(r);
}

static void a_change_in_the_middle_of_a_slow_replay_catches_up_at_once(void **state)
{
    int64_t began_ms = clock_mono_ms();
    struct run *r = begin(10);
    until(r, "a dozen rows", a_dozen);
    int64_t first_ms = clock_mono_ms() - began_ms;
    began_ms = clock_mono_ms();
    post(r, CMD_QUERY_CHANGE, 0, "group-by=disposition");
    const struct query_view *v = until(r, "the same rows by disposition", a_dozen_by_disposition);
    assert_true(isnan(v->catch_up));
    /* A dozen rows took a second at 10 a second; again they come at once. */
    assert_true(clock_mono_ms() - began_ms < first_ms / 2 + 100);
    finish(r);
}

static void a_change_that_makes_no_sense_changes_nothing_and_says_why(void **state)
{
    struct run *r = begin(INFINITY);
    until(r, "all rows", all_in);
    char run_id[40];
    snprintf(run_id, sizeof run_id, "%s", r->view->run_id);
    post(r, CMD_QUERY_CHANGE, 0, "window=banana");
    const struct query_view *v = until(r, "a message", has_message);
    assert_non_null(strstr(v->message, "banana"));
    assert_string_equal(v->run_id, run_id);
    assert_int_equal(v->rows_in, CALLS);
    finish(r);
}

static bool has_detail(const struct query_view *v)
{
    return v->detail != NULL;
}

static bool has_none(const struct query_view *v)
{
    return v->detail == NULL;
}

static void a_key_s_detail_comes_when_asked_for_and_goes_when_the_query_starts_over(void **state)
{
    struct run *r = begin(INFINITY);
    const struct query_view *v = until(r, "all rows", all_in);
    char run_id[40];
    snprintf(run_id, sizeof run_id, "%s", v->run_id);
    int64_t key = number_of(v, key_of(v, "Traffic Stop"));
    assert_null(v->detail);
    post(r, CMD_QUERY_DETAIL, key, "another run");
    post(r, CMD_QUERY_DETAIL, key, run_id);
    v = until(r, "the detail", has_detail);
    const struct view_detail *d = v->detail;
    assert_int_equal(d->key, key);
    assert_true(d->complete);
    assert_int_equal(d->rows, view_key_at(v, (size_t)key)->total);
    assert_int_equal(d->hours[10] + d->hours[11], d->rows);
    assert_int_equal(d->parts, 2);
    assert_int_equal(d->part[0].rows + d->part[1].rows, d->rows);
    assert_int_equal(d->calls, DETAIL_CALLS);
    for (size_t i = 0; i < d->calls; i++) {
        char address[40];
        int minute = (int)(d->call[i].event_ms / 60000 % 1440) - 600;
        snprintf(address, sizeof address, "%d Main St", minute);
        assert_true(d->call[i].address_known);
        assert_string_equal(d->call[i].address, address);
        assert_string_equal(d->call[i].disposition, minute % 2 ? "HAN" : "ADM");
    }

    post(r, CMD_QUERY_DETAIL, -1, "");
    until(r, "no detail", has_none);
    post(r, CMD_QUERY_DETAIL, key, run_id);
    until(r, "the detail again", has_detail);
    post(r, CMD_QUERY_CHANGE, 0, "group-by=disposition");
    v = until(r, "all rows again, by disposition", by_disposition);
    assert_null(v->detail);
    post(r, CMD_QUERY_DETAIL, key, run_id); /* a key of the run before */
    post(r, CMD_QUERY_DETAIL, 0, v->run_id);
    v = until(r, "the detail of a disposition", has_detail);
    assert_int_equal(v->detail->key, 0);
    assert_int_equal(v->detail->rows, view_key_at(v, 0)->total);
    assert_int_equal(v->detail->parts, 1);
    finish(r);
}

static bool nothing_yet(const struct query_view *v)
{
    return v->state == ENGINE_RUNNING && v->rows_in == 0;
}

static bool last_rows(const struct query_view *v)
{
    return v->state == ENGINE_RUNNING && v->rows_in == 5;
}

static void
reading_from_another_place_empties_the_table_and_a_place_that_is_none_changes_nothing(void **state)
{
    struct run *r = begin(INFINITY);
    until(r, "all rows", all_in);
    char run_id[40], place[COMMAND_TEXT];
    snprintf(run_id, sizeof run_id, "%s", r->view->run_id);
    post(r, CMD_QUERY_SEEK, 0, "latest");
    const struct query_view *v = until(r, "an empty table", nothing_yet);
    assert_string_not_equal(v->run_id, run_id);
    assert_int_equal(v->keys.count, 0);
    snprintf(run_id, sizeof run_id, "%s", v->run_id);
    post(r, CMD_QUERY_SEEK, 0, "yesterday");
    v = until(r, "a message", has_message);
    assert_non_null(strstr(v->message, "yesterday"));
    assert_string_equal(v->run_id, run_id);
    /* Of one partition the last five, of the others nothing. */
    int partitions = atomic_load(&r->hub.live.partitions);
    size_t at = (size_t)snprintf(place, sizeof place, "{\"%s\":{", r->options.kafka.topic);
    for (int p = 0; p < partitions; p++)
        at += (size_t)snprintf(place + at, sizeof place - at, "%s\"%d\":%lld", p ? "," : "", p,
                               p ? -1LL : (long long)atomic_load(&r->hub.live.produced[0]) - 5);
    snprintf(place + at, sizeof place - at, "}}");
    post(r, CMD_QUERY_SEEK, 0, place);
    v = until(r, "five rows", last_rows);
    assert_int_equal(v->progress.end_offset[0], atomic_load(&r->hub.live.produced[0]));
    post(r, CMD_QUERY_SEEK, 0, "earliest");
    until(r, "all rows again", all_in);
    finish(r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_view_holds_the_table_with_totals_windows_and_trends),
        cmocka_unit_test(a_paused_query_reads_nothing_and_steps_one_batch_at_a_time),
        cmocka_unit_test(a_change_starts_over_with_the_same_rows_and_can_be_undone),
        cmocka_unit_test(a_change_in_the_middle_of_a_slow_replay_catches_up_at_once),
        cmocka_unit_test(a_change_that_makes_no_sense_changes_nothing_and_says_why),
        cmocka_unit_test(a_key_s_detail_comes_when_asked_for_and_goes_when_the_query_starts_over),
        cmocka_unit_test(
            reading_from_another_place_empties_the_table_and_a_place_that_is_none_changes_nothing),
    };
    return cmocka_run_group_tests_name("engine", tests, NULL, NULL);
}
