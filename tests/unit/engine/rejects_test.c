/* What becomes of rows that are not counted: passed on once, and told in words. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/xalloc.h"
#include "engine/rejects.h"
#include "log.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct fixture {
    struct options options;
    struct hub hub;
    struct app_parts parts;
    struct rejects rejects;
    struct query_listener listener;
    char path[200];
};

static void begin(struct fixture *f, int64_t limit_bytes)
{
    char err[300] = "";
    const char *tmp = getenv("TMPDIR");
    memset(f, 0, sizeof *f);
    snprintf(f->path, sizeof f->path, "%s/sfcrime-rejects-XXXXXX", tmp && *tmp ? tmp : "/tmp");
    int fd = mkstemp(f->path);
    assert_true(fd >= 0);
    close(fd);
    f->options.kafka.topic = (char *)"calls";
    f->options.sink.dead_letters = f->path;
    f->options.sink.dead_letters_limit = limit_bytes;
    f->parts = (struct app_parts){.options = &f->options, .hub = &f->hub};
    assert_true(rejects_open(&f->rejects, &f->parts, err, sizeof err));
    f->listener = rejects_listener(&f->rejects);
}

static void finish(struct fixture *f)
{
    rejects_close(&f->rejects);
    unlink(f->path);
}

static void bad(struct fixture *f, int32_t partition, int64_t offset)
{
    struct message m = {
        .value = "hello", .value_len = 5, .partition = partition, .offset = offset, .timestamp_ms = 0};
    f->listener.bad(f->listener.arg, &m, BAD_NOT_JSON, "not JSON at byte 0");
}

static void a_message_is_passed_on_once_even_when_the_query_starts_over(void **state)
{
    struct fixture f;
    begin(&f, 0);
    bad(&f, 1, 7);
    bad(&f, 1, 7);
    bad(&f, 1, 3);
    assert_int_equal(dead_letters_kept(f.rejects.letters), 1);
    rejects_restart(&f.rejects);
    bad(&f, 1, 7);
    assert_int_equal(dead_letters_kept(f.rejects.letters), 1);
    bad(&f, 0, 7);
    bad(&f, 1, 8);
    assert_int_equal(dead_letters_kept(f.rejects.letters), 3);
    finish(&f);
}

static void only_reasons_that_occurred_are_named(void **state)
{
    int64_t bad_rows[BAD_REASON_COUNT] = {0};
    struct strbuf words = {0};
    bad_rows[BAD_TIME] = 2;
    bad_rows[BAD_NOT_JSON] = 13;
    rejects_words(&words, bad_rows);
    assert_string_equal(words.data, "13 not JSON, 2 unreadable event time");
    strbuf_free(&words);
}

static void a_full_file_is_told_with_how_many_are_missing(void **state)
{
    struct fixture f;
    struct strbuf where = {0};
    begin(&f, 1000);
    bad(&f, 0, 0);
    rejects_where(&f.rejects, &f.options, &where);
    char *expected = xasprintf(" (kept in %s)", f.path);
    assert_string_equal(where.data, expected);
    free(expected);
    for (int i = 1; i < 6; i++)
        bad(&f, 0, i);
    where.len = 0;
    rejects_where(&f.rejects, &f.options, &where);
    expected = xasprintf(" (kept in %s; 4 only counted, as the file has reached its limit)", f.path);
    assert_string_equal(where.data, expected);
    free(expected);
    strbuf_free(&where);
    finish(&f);
}

int main(void)
{
    char err[200];
    if (log_open(NULL, err, sizeof err) < 0)
        return 1;
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_message_is_passed_on_once_even_when_the_query_starts_over),
        cmocka_unit_test(only_reasons_that_occurred_are_named),
        cmocka_unit_test(a_full_file_is_told_with_how_many_are_missing),
    };
    int failed = cmocka_run_group_tests_name("rejects", tests, NULL, NULL);
    log_close();
    return failed;
}
