/* What is kept of messages that are no calls, and where that ends. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/clock.h"
#include "base/xalloc.h"
#include "log.h"
#include "sink/dead_letters.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define LIMIT_BYTES INT64_C(1000000)

static char *path_new(void)
{
    const char *tmp = getenv("TMPDIR");
    char *path = xasprintf("%s/sfcrime-dead-XXXXXX", tmp && *tmp ? tmp : "/tmp");
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    close(fd);
    return path;
}

static void path_end(char *path)
{
    unlink(path);
    free(path);
}

static void expect_file(const char *path, const char *expected)
{
    char text[4000];
    FILE *f = fopen(path, "r");
    assert_non_null(f);
    text[fread(text, 1, sizeof text - 1, f)] = '\0';
    fclose(f);
    assert_string_equal(text, expected);
}

static struct dead_letters *open_at(const char *path, int64_t limit_bytes)
{
    char err[300] = "";
    struct dead_letters *d = dead_letters_open(path, "calls", limit_bytes, err, sizeof err);
    if (!d)
        fail_msg("%s", err);
    return d;
}

static void add(struct dead_letters *d, int32_t partition, int64_t offset, const char *bytes)
{
    struct message m = {.value = bytes,
                        .value_len = bytes ? strlen(bytes) : 0,
                        .partition = partition,
                        .offset = offset,
                        .timestamp_ms = 1546300620000};
    dead_letters_add(d, &m, BAD_NOT_JSON, "not JSON at byte 0");
}

static const char *const first_line =
    "{\"topic\":\"calls\",\"partition\":1,\"offset\":7,\"time\":\"2018-12-31T23:57:00.000Z\",\"reason\":"
    "\"not JSON\","
    "\"detail\":\"not JSON at byte 0\",\"length\":5,\"bytes\":\"aGVsbG8=\"}\n";

static void a_letter_says_where_it_came_from_why_and_what_it_was(void **state)
{
    char *path = path_new(), err[300];
    struct dead_letters *d = open_at(path, LIMIT_BYTES);
    add(d, 1, 7, "hello");
    assert_int_equal(dead_letters_flush(d, err, sizeof err), 0);
    expect_file(path, first_line);
    assert_int_equal(dead_letters_kept(d), 1);
    dead_letters_close(d);
    path_end(path);
}

static void base64_ends_as_it_should_for_every_length(void **state)
{
    static const char *const expected[] = {"", "YQ==", "YWI=", "YWJj", "YWJjZA=="};
    for (size_t n = 0; n < 5; n++) {
        char *path = path_new(), text[6] = "abcd";
        text[n] = '\0';
        struct dead_letters *d = open_at(path, LIMIT_BYTES);
        add(d, 0, 1, text);
        dead_letters_close(d);
        char line[300], *found;
        FILE *f = fopen(path, "r");
        assert_non_null(fgets(line, sizeof line, f));
        fclose(f);
        found = strstr(line, "\"bytes\":\"");
        assert_non_null(found);
        char *end = strchr(found + 9, '"');
        *end = '\0';
        assert_string_equal(found + 9, expected[n]);
        path_end(path);
    }
}

static void a_line_that_a_crash_cut_short_does_not_swallow_the_next(void **state)
{
    char *path = path_new();
    FILE *f = fopen(path, "w");
    fputs("{\"topic\":\"cal", f);
    fclose(f);
    struct dead_letters *d = open_at(path, LIMIT_BYTES);
    add(d, 1, 7, "hello");
    dead_letters_close(d);
    char *expected = xasprintf("{\"topic\":\"cal\n%s", first_line);
    expect_file(path, expected);
    free(expected);
    path_end(path);
}

static void at_the_limit_letters_are_counted_and_the_log_says_so_once(void **state)
{
    char *path = path_new();
    struct dead_letters *d = open_at(path, 1000);
    for (int i = 0; i < 5; i++)
        add(d, 0, i, "hello");
    assert_int_equal(dead_letters_kept(d), 2);
    assert_int_equal(dead_letters_beyond_limit(d), 3);
    dead_letters_close(d);
    struct log_entry lines[10];
    uint64_t serial;
    size_t said = 0, n = log_read(lines, 10, LOG_WARNING, &serial);
    for (size_t i = 0; i < n; i++)
        said += strstr(lines[i].text, "has reached its limit") ? lines[i].repeats : 0;
    assert_int_equal(said, 1);
    path_end(path);
}

static void without_a_limit_everything_is_kept(void **state)
{
    char *path = path_new();
    struct dead_letters *d = open_at(path, 0);
    for (int i = 0; i < 1000; i++)
        add(d, 0, i, "hello");
    assert_int_equal(dead_letters_kept(d), 1000);
    assert_int_equal(dead_letters_beyond_limit(d), 0);
    dead_letters_close(d);
    path_end(path);
}

static void a_file_that_cannot_be_opened_is_named(void **state)
{
    char err[300] = "";
    assert_null(dead_letters_open("/nowhere/dead.json", "calls", 100, err, sizeof err));
    assert_non_null(strstr(err, "/nowhere/dead.json"));
}

static void a_full_disk_is_told_once(void **state)
{
    if (access("/dev/full", W_OK) != 0)
        skip();
    char err[300] = "";
    struct dead_letters *d = open_at("/dev/full", LIMIT_BYTES);
    add(d, 0, 1, "hello");
    assert_int_equal(dead_letters_flush(d, err, sizeof err), -1);
    assert_non_null(strstr(err, "No space left"));
    add(d, 0, 2, "hello");
    assert_int_equal(dead_letters_flush(d, err, sizeof err), 0);
    dead_letters_close(d);
}

int main(void)
{
    char err[200];
    if (log_open(NULL, err, sizeof err) < 0)
        return 1;
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_letter_says_where_it_came_from_why_and_what_it_was),
        cmocka_unit_test(base64_ends_as_it_should_for_every_length),
        cmocka_unit_test(a_line_that_a_crash_cut_short_does_not_swallow_the_next),
        cmocka_unit_test(at_the_limit_letters_are_counted_and_the_log_says_so_once),
        cmocka_unit_test(without_a_limit_everything_is_kept),
        cmocka_unit_test(a_file_that_cannot_be_opened_is_named),
        cmocka_unit_test(a_full_disk_is_told_once),
    };
    int failed = cmocka_run_group_tests_name("dead_letters", tests, NULL, NULL);
    log_close();
    return failed;
}
