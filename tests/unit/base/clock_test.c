/* Times and durations: what is read, what is refused, and that writing and reading agree. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "base/clock.h"

static int64_t parsed_ms(const char *s)
{
    int64_t ms = UNKNOWN;
    return iso_parse_ms(s, strlen(s), &ms) ? ms : UNKNOWN;
}

static void iso_times_are_read_as_utc(void **state)
{
    (void)state;
    assert_int_equal(parsed_ms("1970-01-01"), 0);
    assert_int_equal(parsed_ms("2018-12-31T23:57:00.000"), INT64_C(1546300620000));
    assert_int_equal(parsed_ms("2018-12-31 23:57"), INT64_C(1546300620000));
    assert_int_equal(parsed_ms("2018-12-31T23:57:00.1239Z"), INT64_C(1546300620123));
    assert_int_equal(parsed_ms("2018-12-31T15:57:00-08:00"), INT64_C(1546300620000));
    assert_int_equal(parsed_ms("1969-12-31T23:59:59.999"), -1);
    assert_int_equal(parsed_ms("2000-02-29"), INT64_C(951782400000));
}

static void what_is_no_time_is_refused_and_leaves_the_result_alone(void **state)
{
    (void)state;
    static const char *const wrong[] = {"",
                                        "2018",
                                        "2018-13-01",
                                        "2018-02-29",
                                        "1900-02-29",
                                        "2018-1-1",
                                        "2018-12-31T24:00",
                                        "2018-12-31T23:60",
                                        "2018-12-31T",
                                        "yesterday",
                                        "2018-12-31T23:57:00.",
                                        "2018-12-31T23:57:00x",
                                        "2018-12-31T23:57+99:00"};
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        int64_t ms = 7;
        assert_false(iso_parse_ms(wrong[i], strlen(wrong[i]), &ms));
        assert_int_equal(ms, 7);
    }
}

static void every_day_of_800_years_survives_writing_and_reading(void **state)
{
    (void)state;
    char text[ISO_MAX];
    for (int64_t day = -146097; day <= 146097; day++) {
        int64_t ms = day * 86400000 + 12345678, back;
        iso_format_ms(text, ms, 'Z');
        assert_true(iso_parse_ms(text, strlen(text), &back));
        assert_int_equal(back, ms);
    }
}

static void unknown_times_show_as_a_dash(void **state)
{
    (void)state;
    char text[ISO_MAX];
    iso_format_ms(text, UNKNOWN, 'Z');
    assert_string_equal(text, "-");
}

static void durations_are_read_in_words_and_letters(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        int64_t ms;
    } cases[] = {{"5 minutes", 300000},   {"90s", 90000},   {"1 hour 30 min", 5400000}, {"500 ms", 500},
                 {"2 Weeks", 1209600000}, {"0 seconds", 0}, {" 1d ", 86400000},         {"1h30m", 5400000}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        int64_t ms = -1;
        assert_true(duration_parse_ms(cases[i].text, &ms));
        assert_int_equal(ms, cases[i].ms);
    }
    static const char *const wrong[] = {
        "", "5", "minutes", "5 parsecs", "-5 s", "1.5 h", "99999999999999999999 s", "9999999999999999 weeks"};
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        int64_t ms = 3;
        assert_false(duration_parse_ms(wrong[i], &ms));
        assert_int_equal(ms, 3);
    }
}

static void durations_are_written_so_that_they_read_back(void **state)
{
    (void)state;
    static const struct {
        int64_t ms;
        const char *text;
    } cases[] = {{300000, "5 minutes"}, {3600000, "1 hour"}, {90000, "90 seconds"},
                 {1500, "1500 ms"},     {0, "0 seconds"},    {86400000, "1 day"}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char text[40];
        int64_t back;
        duration_format_ms(text, sizeof text, cases[i].ms);
        assert_string_equal(text, cases[i].text);
        assert_true(duration_parse_ms(text, &back));
        assert_int_equal(back, cases[i].ms);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(iso_times_are_read_as_utc),
        cmocka_unit_test(what_is_no_time_is_refused_and_leaves_the_result_alone),
        cmocka_unit_test(every_day_of_800_years_survives_writing_and_reading),
        cmocka_unit_test(unknown_times_show_as_a_dash),
        cmocka_unit_test(durations_are_read_in_words_and_letters),
        cmocka_unit_test(durations_are_written_so_that_they_read_back),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
