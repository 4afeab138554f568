/* The log: what is kept, what is collapsed, what a storm does, what stands in the file, what logging.ini may
 * say. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "log.h"

static char folder[] = "/tmp/log-test-XXXXXX";
static char ini[64], file[64], err[600];
static struct log_entry entries[LOG_RING];

static int set_up(void **state)
{
    (void)state;
    if (!mkdtemp(folder))
        return -1;
    snprintf(ini, sizeof ini, "%s/logging.ini", folder);
    snprintf(file, sizeof file, "%s/log", folder);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    unlink(ini);
    unlink(file);
    return rmdir(folder);
}

/* Each test begins with an empty ring, level INFO, and no file. */
static int fresh(void **state)
{
    (void)state;
    unlink(file);
    return log_open(NULL, err, sizeof err);
}

static int open_with(const char *settings)
{
    FILE *f = fopen(ini, "w");
    assert_non_null(f);
    fprintf(f, "[log]\n%s\nfile = %s\n", settings, file);
    assert_int_equal(fclose(f), 0);
    err[0] = '\0';
    return log_open(ini, err, sizeof err);
}

static const char *file_text(void)
{
    static char text[200000];
    FILE *f = fopen(file, "r");
    assert_non_null(f);
    text[fread(text, 1, sizeof text - 1, f)] = '\0';
    fclose(f);
    return text;
}

static size_t read_all(void)
{
    return log_read(entries, LOG_RING, LOG_DEBUG, NULL);
}

/* The storm limit counts by the second: go on at the start of a fresh one, which is under a second away. */
static void wait_for_a_fresh_second(void)
{
    int64_t second = clock_mono_ms() / 1000;
    while (clock_mono_ms() / 1000 == second)
        usleep(1000);
}

static void lines_come_out_oldest_first_with_growing_numbers(void **state)
{
    (void)state;
    log_line(LOG_INFO, "replay", "one %d", 1);
    log_line(LOG_ERROR, "engine", "two");
    assert_int_equal(read_all(), 2);
    assert_string_equal(entries[0].text, "one 1");
    assert_string_equal(entries[0].name, "replay");
    assert_int_equal(entries[1].level, LOG_ERROR);
    assert_true(entries[1].number == entries[0].number + 1);
    assert_true(entries[0].wall_ms > 0);
}

static void a_repeated_line_is_kept_once_with_its_count(void **state)
{
    (void)state;
    for (int i = 0; i < 412; i++)
        log_line(LOG_WARNING, "kafka", "refused");
    log_line(LOG_WARNING, "rdkafka", "refused");
    log_line(LOG_ERROR, "rdkafka", "refused");
    assert_int_equal(read_all(), 3);
    assert_int_equal(entries[0].repeats, 412);
    assert_int_equal(entries[1].repeats, 1);
}

static void the_serial_moves_whenever_the_ring_does(void **state)
{
    (void)state;
    uint64_t first, second, third, fourth;
    log_line(LOG_INFO, "a", "x");
    log_read(entries, 1, LOG_DEBUG, &first);
    log_read(entries, 1, LOG_DEBUG, &second);
    log_line(LOG_INFO, "a", "x");
    log_read(entries, 1, LOG_DEBUG, &third);
    log_line(LOG_INFO, "a", "y");
    log_read(entries, 1, LOG_DEBUG, &fourth);
    assert_true(first == second && second != third && third != fourth);
}

static void only_the_newest_that_fit_and_matter_are_read(void **state)
{
    (void)state;
    for (int i = 0; i < 20; i++)
        log_line(i % 2 ? LOG_ERROR : LOG_INFO, "a", "line %d", i);
    assert_int_equal(log_read(entries, 3, LOG_WARNING, NULL), 3);
    assert_string_equal(entries[0].text, "line 15");
    assert_string_equal(entries[2].text, "line 19");
    assert_int_equal(log_read(entries, 0, LOG_DEBUG, NULL), 0);
}

static void lines_below_the_level_are_dropped(void **state)
{
    (void)state;
    log_line(LOG_DEBUG, "a", "quiet");
    assert_int_equal(read_all(), 0);
    assert_int_equal(open_with("level = debug"), 0);
    log_line(LOG_DEBUG, "a", "quiet");
    assert_int_equal(read_all(), 1);
    assert_int_equal(open_with("level = ERROR"), 0);
    log_line(LOG_WARNING, "a", "louder");
    assert_int_equal(read_all(), 0);
}

static void a_storm_is_cut_and_its_size_is_told(void **state)
{
    (void)state;
    wait_for_a_fresh_second();
    int64_t second = clock_mono_ms() / 1000;
    for (int i = 0; i < 5000; i++)
        log_line(LOG_ERROR, "rdkafka", "broker %d is gone", i);
    bool within_a_second = clock_mono_ms() / 1000 == second;
    size_t kept = read_all();
    assert_true(kept < 5000 && kept >= 200);
    wait_for_a_fresh_second();
    size_t after = read_all();
    assert_int_equal(after, kept + 1);
    assert_int_equal(entries[after - 1].level, LOG_WARNING);
    assert_non_null(strstr(entries[after - 1].text, "more lines came within a second and were left out"));
    if (within_a_second)
        assert_int_equal(atoi(entries[after - 1].text), 4800);
}

static void a_reader_never_writes_the_file(void **state)
{
    (void)state;
    assert_int_equal(open_with("format = message"), 0);
    log_limit(1);
    wait_for_a_fresh_second();
    for (int i = 0; i < 50; i++)
        log_line(LOG_INFO, "a", "line %d", i);
    wait_for_a_fresh_second();
    size_t lines = read_all();
    assert_non_null(strstr(entries[lines - 1].text, "were left out"));
    /* It is in the ring and not yet in the file: that is the next writer's work. */
    assert_null(strstr(file_text(), "were left out"));
    log_line(LOG_INFO, "a", "the next");
    const char *left_out = strstr(file_text(), "were left out\n");
    assert_non_null(left_out);
    assert_non_null(strstr(left_out, "the next\n"));
    log_limit(LOG_LINES_A_SECOND);
}

static void the_ring_keeps_its_newest_lines(void **state)
{
    (void)state;
    log_limit(100000);
    for (int i = 0; i < LOG_RING + 500; i++)
        log_line(LOG_INFO, "a", "line %d", i);
    assert_int_equal(read_all(), LOG_RING);
    assert_string_equal(entries[0].text, "line 500");
    assert_string_equal(entries[LOG_RING - 1].text, "line 2499");
    assert_true(entries[LOG_RING - 1].number - entries[0].number == LOG_RING - 1);
    log_limit(LOG_LINES_A_SECOND);
}

static void foreign_bytes_and_line_breaks_are_cleaned(void **state)
{
    (void)state;
    char long_text[2 * LOG_TEXT_MAX];
    memset(long_text, 'x', sizeof long_text - 1);
    long_text[sizeof long_text - 1] = '\0';
    log_line(LOG_INFO, "a\x1b", "red \x1b[31m and\nnext\tline \xff\n");
    log_line(LOG_INFO, "a", "%s", long_text);
    assert_int_equal(read_all(), 2);
    assert_string_equal(entries[0].text, "red \xef\xbf\xbd[31m and next line \xef\xbf\xbd");
    assert_null(strchr(entries[0].name, '\x1b'));
    assert_true(strlen(entries[1].text) < LOG_TEXT_MAX);
}

static void the_file_has_the_words_of_the_format_in_order(void **state)
{
    (void)state;
    assert_int_equal(open_with("format = level | message|name"), 0);
    assert_string_equal(log_file(), file);
    log_line(LOG_INFO, "replay", "started");
    assert_string_equal(file_text(), "INFO | started | replay\n");
    assert_int_equal(open_with("format = asctime | name | level | message"), 0);
    log_line(LOG_CRITICAL, "engine", "again");
    const char *second = strchr(file_text(), '\n') + 1;
    int64_t ms = 0;
    assert_true(iso_parse_ms(second, strcspn(second, " "), &ms));
    assert_true(llabs(ms - clock_wall_ms()) < 60000);
    assert_string_equal(strchr(second, ' '), " | engine | CRITICAL | again\n");
    log_close();
    assert_null(log_file());
}

static void the_file_tells_how_often_a_line_was_repeated(void **state)
{
    (void)state;
    assert_int_equal(open_with("format = message"), 0);
    for (int i = 0; i < 5; i++)
        log_line(LOG_INFO, "a", "again");
    log_line(LOG_INFO, "a", "other");
    log_line(LOG_INFO, "a", "other");
    log_close();
    assert_string_equal(file_text(), "again\nthe line before was repeated 4 more times\nother\n"
                                     "the line before was repeated 1 more times\n");
}

static void each_mistake_in_logging_ini_is_named(void **state)
{
    (void)state;
    static const char *const cases[][2] = {
        {"level = loud", ":2: [log] level = loud: expected DEBUG, INFO"},
        {"format = asctime | name", ":2: [log] format = asctime | name: expected asctime"},
        {"format = message | message", "each at most once"},
        {"format = messages", "expected asctime"},
        {"levl = INFO", ":2: [log] levl = INFO: no such key; did you mean 'level'?"},
        {"\n[logs]\nlevel = INFO", ":4: [logs] level = INFO: no such section; there is only [log]"},
        {"what", ":2: the line is neither"},
        {"file =", ":2: [log] file = : expected a path, or none"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        assert_int_equal(open_with(cases[i][0]), -1);
        if (!strstr(err, cases[i][1]) || strncmp(err, ini, strlen(ini)) != 0)
            fail_msg("'%s' gave '%s'", cases[i][0], err);
    }
    assert_int_equal(log_open("/nonexistent/logging.ini", err, sizeof err), -1);
    assert_string_equal(err, "/nonexistent/logging.ini: No such file or directory");
    assert_int_equal(open_with("file = /nonexistent/log\n;"), 0); /* the last key counts: the good one */
}

static void a_file_that_cannot_be_opened_is_an_error(void **state)
{
    (void)state;
    FILE *f = fopen(ini, "w");
    assert_non_null(f);
    fprintf(f, "[log]\nfile = /nonexistent/log\n");
    fclose(f);
    assert_int_equal(log_open(ini, err, sizeof err), -1);
    assert_non_null(strstr(err, "[log] file = /nonexistent/log: No such file or directory"));
}

static void a_full_disk_is_told_once_and_ends_the_file(void **state)
{
    (void)state;
    FILE *f = fopen(ini, "w");
    assert_non_null(f);
    fprintf(f, "[log]\nfile = /dev/full\n");
    fclose(f);
    if (log_open(ini, err, sizeof err) != 0) {
        print_message("skipped: no /dev/full here\n");
        skip();
    }
    log_line(LOG_INFO, "a", "one");
    log_line(LOG_INFO, "a", "two");
    assert_int_equal(read_all(), 3);
    assert_string_equal(entries[1].text,
                        "/dev/full: No space left on device; the log is no longer written there");
}

static void the_shipped_logging_ini_is_right(void **state)
{
    (void)state;
    if (access("config/logging.ini", R_OK) != 0) {
        print_message("skipped: config/logging.ini is not below this folder\n");
        skip();
    }
    assert_int_equal(log_open("config/logging.ini", err, sizeof err), 0);
    assert_null(log_file());
}

static void *many_lines(void *arg)
{
    for (int i = 0; i < 300; i++)
        log_line(LOG_INFO, arg, "line %d", i);
    return NULL;
}

static void threads_do_not_tear_each_others_lines(void **state)
{
    (void)state;
    static char names[4][8] = {"one", "two", "three", "four"};
    pthread_t threads[4];
    assert_int_equal(open_with("format = name | message"), 0);
    for (int i = 0; i < 4; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, many_lines, names[i]), 0);
    for (int i = 0; i < 100; i++)
        read_all();
    for (int i = 0; i < 4; i++)
        pthread_join(threads[i], NULL);
    size_t n = read_all();
    assert_true(n >= 200);
    log_close();
    int number;
    char name[16];
    for (const char *line = file_text(); *line; line = strchr(line, '\n') + 1)
        assert_true(sscanf(line, "%15s | line %d\n", name, &number) == 2 || strstr(line, "left out") ||
                    strstr(line, "repeated"));
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup(f, fresh)
    const struct CMUnitTest tests[] = {
        TEST(lines_come_out_oldest_first_with_growing_numbers),
        TEST(a_repeated_line_is_kept_once_with_its_count),
        TEST(the_serial_moves_whenever_the_ring_does),
        TEST(only_the_newest_that_fit_and_matter_are_read),
        TEST(lines_below_the_level_are_dropped),
        TEST(a_storm_is_cut_and_its_size_is_told),
        TEST(a_reader_never_writes_the_file),
        TEST(the_ring_keeps_its_newest_lines),
        TEST(foreign_bytes_and_line_breaks_are_cleaned),
        TEST(the_file_has_the_words_of_the_format_in_order),
        TEST(the_file_tells_how_often_a_line_was_repeated),
        TEST(each_mistake_in_logging_ini_is_named),
        TEST(a_file_that_cannot_be_opened_is_an_error),
        TEST(a_full_disk_is_told_once_and_ends_the_file),
        TEST(the_shipped_logging_ini_is_right),
        TEST(threads_do_not_tear_each_others_lines),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
