/* Tables as CSV, JSON and console boxes, and files that are replaced whole or not at all. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/xalloc.h"
#include "log.h"
#include "sink/format.h"

#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* What f writes, as text. */
static char *written(void (*write)(FILE *f, void *arg), void *arg)
{
    char *text = NULL;
    size_t len;
    FILE *f = open_memstream(&text, &len);
    write(f, arg);
    fclose(f);
    return text;
}

static void write_csv_field(FILE *f, void *arg)
{
    format_csv_field(f, *(struct text *)arg);
}

static void write_json_string(FILE *f, void *arg)
{
    format_json_string(f, *(struct text *)arg);
}

static void expect(void (*write)(FILE *f, void *arg), const char *bytes, size_t len, const char *expected)
{
    struct text t = {bytes, len};
    char *got = written(write, &t);
    assert_string_equal(got, expected);
    free(got);
}

static void csv_quotes_only_what_needs_it(void **state)
{
    expect(write_csv_field, "Passing Call", 12, "Passing Call");
    expect(write_csv_field, "a,b", 3, "\"a,b\"");
    expect(write_csv_field, "say \"a\"", 7, "\"say \"\"a\"\"\"");
    expect(write_csv_field, "a\nb", 3, "\"a\nb\"");
    expect(write_csv_field, " a ", 3, " a ");
}

static void csv_tells_null_from_the_empty_text(void **state)
{
    expect(write_csv_field, NULL, 0, "");
    expect(write_csv_field, "", 0, "\"\"");
}

static void json_escapes_what_it_must(void **state)
{
    expect(write_json_string, "a\"b\\c", 5, "\"a\\\"b\\\\c\"");
    expect(write_json_string, "\x1b[31m\n", 6, "\"\\u001b[31m\\u000a\"");
    expect(write_json_string, "caf\xc3\xa9", 5, "\"caf\xc3\xa9\"");
    expect(write_json_string, NULL, 0, "null");
}

static void json_never_holds_bytes_that_are_no_utf8(void **state)
{
    expect(write_json_string,
           "a\xff"
           "b",
           3,
           "\"a\xEF\xBF\xBD"
           "b\"");
    expect(write_json_string, "\xc3", 1, "\"\xEF\xBF\xBD\"");
    expect(write_json_string, "\xed\xa0\x80", 3,
           "\"\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD\"");                       /* a surrogate */
    expect(write_json_string, "\xc0\xaf", 2, "\"\xEF\xBF\xBD\xEF\xBF\xBD\""); /* overlong */
}

/* A query that has counted these types, once each per letter of counts ("3" = three times). */
static struct query *counted(int64_t window_ms, const char *const types[], const int counts[], size_t n)
{
    struct query_settings s;
    query_settings_default(&s);
    s.distinct = DISTINCT_OFF;
    s.window_ms = s.slide_ms = window_ms;
    struct query_listener none = {0};
    struct query *q = query_new(&s, NULL, &none);
    query_batch_begin(q, 0);
    int64_t offset = 0;
    for (size_t i = 0; i < n; i++)
        for (int c = 0; c < counts[i]; c++) {
            char *json = xasprintf(
                "{\"original_crime_type_name\":\"%s\",\"call_date_time\":\"2018-12-31T23:00:00.000\","
                "\"disposition\":\"ADM\"}",
                types[i]);
            struct message m = {
                .value = json, .value_len = strlen(json), .offset = offset++, .timestamp_ms = 0};
            query_rows(q, &m, 1);
            free(json);
        }
    struct progress p = {0};
    query_batch_end(q, &p);
    progress_clear(&p);
    return q;
}

static const char *const three[] = {"Traffic Stop", "Passing Call", "Audible Alarm"};
static const int counts[] = {2, 3, 2};

struct table {
    struct query *q;
    uint32_t *numbers;
    size_t count, max_rows;
};

static void write_box(FILE *f, void *arg)
{
    struct table *t = arg;
    format_box(f, t->q, t->numbers, t->count, t->max_rows);
}

static void write_csv(FILE *f, void *arg)
{
    struct table *t = arg;
    format_csv(f, t->q, t->numbers, t->count);
}

static void write_json(FILE *f, void *arg)
{
    struct table *t = arg;
    format_json(f, t->q, t->numbers, t->count);
}

static struct table table_of(int64_t window_ms, size_t max_rows)
{
    struct table t = {.q = counted(window_ms, three, counts, 3), .max_rows = max_rows};
    t.numbers = format_table(t.q, &t.count);
    return t;
}

static void table_end(struct table *t)
{
    free(t->numbers);
    query_free(t->q);
}

static void a_table_is_sorted_by_count_then_by_name(void **state)
{
    struct table t = table_of(0, 20);
    char *text = written(write_csv, &t);
    assert_string_equal(text,
                        "original_crime_type_name,count\nPassing Call,3\nAudible Alarm,2\nTraffic Stop,2\n");
    free(text);
    table_end(&t);
}

static void windows_come_first_in_a_csv(void **state)
{
    struct table t = table_of(3600000, 20);
    t.count = 1;
    char *text = written(write_csv, &t);
    assert_string_equal(text, "window_start,window_end,original_crime_type_name,count\n"
                              "2018-12-31T23:00:00.000Z,2019-01-01T00:00:00.000Z,Passing Call,3\n");
    free(text);
    table_end(&t);
}

static void json_is_an_array_of_objects_and_may_be_empty(void **state)
{
    struct table t = table_of(0, 20);
    t.count = 2;
    char *text = written(write_json, &t);
    assert_string_equal(text, "[\n {\"original_crime_type_name\":\"Passing Call\",\"count\":3},\n"
                              " {\"original_crime_type_name\":\"Audible Alarm\",\"count\":2}\n]\n");
    free(text);
    t.count = 0;
    text = written(write_json, &t);
    assert_string_equal(text, "[]\n");
    free(text);
    table_end(&t);
}

static void a_box_is_right_aligned_and_says_when_it_is_cut(void **state)
{
    struct table t = table_of(0, 2);
    char *text = written(write_box, &t);
    assert_string_equal(text, "+------------------------+-----+\n"
                              "|original_crime_type_name|count|\n"
                              "+------------------------+-----+\n"
                              "|            Passing Call|    3|\n"
                              "|           Audible Alarm|    2|\n"
                              "+------------------------+-----+\n"
                              "only showing top 2 rows\n");
    free(text);
    table_end(&t);
}

static void a_box_shows_windows_as_spark_does(void **state)
{
    struct table t = table_of(3600000, 1);
    char *text = written(write_box, &t);
    assert_non_null(
        strstr(text, "|{2018-12-31 23:00:00, 2019-01-01 00:00:00}|            Passing Call|    3|\n"));
    assert_non_null(strstr(text, "only showing top 1 row\n"));
    free(text);
    table_end(&t);
}

static void a_box_cuts_long_names_and_passes_no_control_byte(void **state)
{
    const char *const names[] = {"\\u001b[31mred", "0123456789012345678901234567890123456789x"};
    const int once[] = {1, 1};
    struct table t = {.q = counted(0, names, once, 2), .max_rows = 20};
    t.numbers = format_table(t.q, &t.count);
    char *text = written(write_box, &t);
    assert_null(strchr(text, '\x1b'));
    assert_non_null(strstr(text, "[31mred"));
    assert_non_null(strstr(text, "|0123456789012345678901234567890123456...|"));
    free(text);
    table_end(&t);
}

static char *folder_new(void)
{
    const char *tmp = getenv("TMPDIR");
    char *folder = xasprintf("%s/sfcrime-XXXXXX", tmp && *tmp ? tmp : "/tmp");
    assert_non_null(mkdtemp(folder));
    return folder;
}

static void a_file_is_replaced_as_a_whole(void **state)
{
    struct table t = table_of(0, 20);
    char *folder = folder_new(), *path = xasprintf("%s/t.csv", folder), err[300] = "";
    FILE *f = fopen(path, "w");
    fputs("something old that is much longer than what will be there afterwards, so that a rest of it would "
          "show "
          "................................................",
          f);
    fclose(f);
    assert_int_equal(format_replace_file(path, format_csv, t.q, t.numbers, t.count, err, sizeof err), 0);
    char text[500];
    f = fopen(path, "r");
    text[fread(text, 1, sizeof text - 1, f)] = '\0';
    fclose(f);
    assert_string_equal(text,
                        "original_crime_type_name,count\nPassing Call,3\nAudible Alarm,2\nTraffic Stop,2\n");
    unlink(path);
    assert_int_equal(rmdir(folder), 0); /* no temporary file is left */
    free(path);
    free(folder);
    table_end(&t);
}

static void a_file_that_cannot_be_written_is_named(void **state)
{
    struct table t = table_of(0, 20);
    char err[300] = "";
    assert_int_equal(
        format_replace_file("/nowhere/t.csv", format_csv, t.q, t.numbers, t.count, err, sizeof err), -1);
    assert_string_equal(err, "cannot write /nowhere/t.csv: No such file or directory");
    table_end(&t);
}

static void a_full_disk_is_an_error_and_not_a_short_file(void **state)
{
    if (access("/dev/full", W_OK) != 0)
        skip();
    struct table t = table_of(0, 20);
    char err[300] = "";
    assert_int_equal(format_replace_file("/dev/full", format_csv, t.q, t.numbers, t.count, err, sizeof err),
                     -1);
    assert_string_equal(err, "cannot write /dev/full: No space left on device");
    table_end(&t);
}

static void the_ending_of_a_path_says_the_format(void **state)
{
    assert_true(format_of_path("a.json") == format_json);
    assert_true(format_of_path("a.JSON") == format_json);
    assert_true(format_of_path("a.csv") == format_csv);
}

int main(void)
{
    char err[200];
    setlocale(LC_ALL, "C.UTF-8");
    if (log_open(NULL, err, sizeof err) < 0)
        return 1;
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(csv_quotes_only_what_needs_it),
        cmocka_unit_test(csv_tells_null_from_the_empty_text),
        cmocka_unit_test(json_escapes_what_it_must),
        cmocka_unit_test(json_never_holds_bytes_that_are_no_utf8),
        cmocka_unit_test(a_table_is_sorted_by_count_then_by_name),
        cmocka_unit_test(windows_come_first_in_a_csv),
        cmocka_unit_test(json_is_an_array_of_objects_and_may_be_empty),
        cmocka_unit_test(a_box_is_right_aligned_and_says_when_it_is_cut),
        cmocka_unit_test(a_box_shows_windows_as_spark_does),
        cmocka_unit_test(a_box_cuts_long_names_and_passes_no_control_byte),
        cmocka_unit_test(a_file_is_replaced_as_a_whole),
        cmocka_unit_test(a_file_that_cannot_be_written_is_named),
        cmocka_unit_test(a_full_disk_is_an_error_and_not_a_short_file),
        cmocka_unit_test(the_ending_of_a_path_says_the_format),
    };
    int failed = cmocka_run_group_tests_name("format", tests, NULL, NULL);
    log_close();
    return failed;
}
