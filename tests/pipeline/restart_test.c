/* A query that is changed while a checkpoint remembers it, on a cluster that outlives the engine, as a Kafka
 * outside the program does; and radio codes that are changed under it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "engine_run.h"

#include "base/text.h"
#include "base/xalloc.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct run *with_checkpoint(void)
{
    struct run *r = run_new(INFINITY);
    r->parts.embedded = false;
    r->options.checkpoint.dir = xstrdup(program_path(r->files, "checkpoint"));
    return r;
}

static void change_options(struct run *r, const char *key, const char *value)
{
    char err[300] = "";
    if (!options_set_query(&r->options.query, key, value, err, sizeof err))
        fail_msg("%s", err);
}

static bool all_in(const struct query_view *v)
{
    return v->state == ENGINE_RUNNING && v->rows_in == CALLS;
}

static bool by_disposition(const struct query_view *v)
{
    return all_in(v) && v->settings.group_by[0] == FIELD_DISPOSITION;
}

static bool by_type(const struct query_view *v)
{
    return all_in(v) && v->settings.group_by[0] == FIELD_TYPE;
}

static bool has_failed(const struct query_view *v)
{
    return v->state == ENGINE_FAILED;
}

/* What the query has counted, as one line. */
static char *counts(const struct query_view *v)
{
    struct strbuf b = {0};
    static const char *const names[] = {"Passing Call", "Traffic Stop", "Audible Alarm", "HAN", "ADM"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        const struct view_key *k = key_of(v, names[i]);
        strbuf_printf(&b, "%s=%d ", names[i], k ? (int)k->total : -1);
    }
    strbuf_printf(&b, "of %zu keys, %d duplicate", v->keys.count, (int)v->rows_duplicate);
    return b.data;
}

/* The engine alone over the same topic and checkpoint: it must stand there at once, without a row read. */
static void expect_resumed(struct run *r, condition holds, const char *expected)
{
    r->options.replay.no_replay = true;
    run_start(r);
    const struct query_view *v = until(r, "the table of the run before", holds);
    assert_int_equal(v->progress.batch_id, -1);
    char *now = counts(v);
    assert_string_equal(now, expected);
    free(now);
}

static void a_changed_query_is_what_the_checkpoint_goes_on_with(void **state)
{
    struct run *r = with_checkpoint();
    run_start(r);
    until(r, "all rows", all_in);
    post(r, CMD_QUERY_CHANGE, 0, "group-by=disposition");
    char *expected = counts(until(r, "all rows by disposition", by_disposition));
    run_stop(r);

    change_options(r, "group-by", "disposition");
    expect_resumed(r, by_disposition, expected);
    free(expected);
    run_stop(r);

    change_options(r, "group-by", "original_crime_type_name");
    run_start(r);
    const struct query_view *v = until(r, "a refusal", has_failed);
    assert_non_null(strstr(v->message, "group-by"));
    run_stop(r);
    run_free(r);
}

static void an_undone_change_leaves_the_checkpoint_of_the_first_query(void **state)
{
    struct run *r = with_checkpoint();
    run_start(r);
    char *expected = counts(until(r, "all rows", all_in));
    post(r, CMD_QUERY_CHANGE, 0, "group-by=disposition;distinct=off");
    until(r, "all rows by disposition", by_disposition);
    post(r, CMD_QUERY_UNDO, 0, "");
    char *again = counts(until(r, "all rows by type", by_type));
    assert_string_equal(again, expected);
    run_stop(r);
    expect_resumed(r, by_type, expected);
    free(again);
    free(expected);
    finish(r);
}

static void a_change_that_leaves_the_state_as_it_is_needs_no_fresh_checkpoint(void **state)
{
    struct run *r = with_checkpoint();
    run_start(r);
    char *expected = counts(until(r, "all rows", all_in));
    run_stop(r);
    change_options(r, "max-offsets-per-trigger", "7");
    change_options(r, "max-rate-per-partition", "5");
    change_options(r, "trigger", "10 seconds");
    expect_resumed(r, by_type, expected);
    free(expected);
    finish(r);
}

static void write_codes(struct run *r, const char *adm)
{
    char *text = xasprintf("[{\"disposition_code\":\"ADM\",\"description\":\"%s\"},"
                           "{\"disposition_code\":\"HAN\",\"description\":\"Handled\"}]",
                           adm);
    program_write(r->files, "codes.json", text);
    free(text);
}

static struct run *with_codes(const char *group_by)
{
    struct run *r = run_new(INFINITY);
    write_codes(r, "Admonished");
    free(r->options.replay.codes);
    r->options.replay.codes = xstrdup(program_path(r->files, "codes.json"));
    change_options(r, "join", "radio-codes");
    change_options(r, "group-by", group_by);
    run_start(r);
    until(r, "all rows", all_in);
    return r;
}

static bool all_in_as_told_off(const struct query_view *v)
{
    return all_in(v) && key_of(v, "Told off");
}

static bool speaks_of_codes(const struct query_view *v)
{
    return all_in(v) && strstr(v->message, "radio codes");
}

static void reloaded_codes_describe_every_row_anew(void **state)
{
    struct run *r = with_codes("disposition_description");
    int64_t admonished = key_of(r->view, "Admonished")->total;
    write_codes(r, "Told off");
    post(r, CMD_CODES_RELOAD, 0, "");
    const struct query_view *v = until(r, "the new description", all_in_as_told_off);
    assert_int_equal(key_of(v, "Told off")->total, admonished);
    assert_null(key_of(v, "Admonished"));
    assert_int_equal(v->rows_duplicate, CALLS / 10);
    finish(r);
}

static void codes_that_no_group_shows_start_nothing_over(void **state)
{
    struct run *r = with_codes("original_crime_type_name");
    char *run_id = xstrdup(r->view->run_id);
    write_codes(r, "Told off");
    post(r, CMD_CODES_RELOAD, 0, "");
    const struct query_view *v = until(r, "a word", speaks_of_codes);
    assert_string_equal(v->run_id, run_id);
    free(run_id);
    finish(r);
}

static bool stays_as_it_is(const struct query_view *v)
{
    return strstr(v->message, "the query stays as it is") || v->state == ENGINE_FAILED;
}

static void a_join_without_codes_is_refused_and_the_query_runs_on(void **state)
{
    struct run *r = with_checkpoint();
    free(r->options.replay.codes);
    r->options.replay.codes = NULL;
    run_start(r);
    until(r, "all rows", all_in);
    post(r, CMD_QUERY_CHANGE, 0, "join=radio-codes");
    const struct query_view *v = until(r, "a word", stays_as_it_is);
    assert_int_equal(v->state, ENGINE_RUNNING);
    assert_non_null(strstr(v->message, "sfpd-codes"));
    assert_true(by_type(v));
    finish(r);
}

static void broken_codes_change_nothing_and_say_why(void **state)
{
    struct run *r = with_codes("disposition_description");
    char *run_id = xstrdup(r->view->run_id);
    program_write(r->files, "codes.json", "[{\"disposition_code\":");
    post(r, CMD_CODES_RELOAD, 0, "");
    const struct query_view *v = until(r, "a word", speaks_of_codes);
    assert_non_null(strstr(v->message, "stay as they are"));
    assert_non_null(strstr(v->message, "codes.json"));
    assert_string_equal(v->run_id, run_id);
    assert_non_null(key_of(v, "Admonished"));
    free(run_id);
    finish(r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_changed_query_is_what_the_checkpoint_goes_on_with),
        cmocka_unit_test(an_undone_change_leaves_the_checkpoint_of_the_first_query),
        cmocka_unit_test(a_change_that_leaves_the_state_as_it_is_needs_no_fresh_checkpoint),
        cmocka_unit_test(reloaded_codes_describe_every_row_anew),
        cmocka_unit_test(codes_that_no_group_shows_start_nothing_over),
        cmocka_unit_test(a_join_without_codes_is_refused_and_the_query_runs_on),
        cmocka_unit_test(broken_codes_change_nothing_and_say_why),
    };
    return cmocka_run_group_tests_name("restart", tests, NULL, NULL);
}
