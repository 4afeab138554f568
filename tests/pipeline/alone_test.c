/* A program that was copied away from its data files: it says what it misses and how to name it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "program.h"

#include "base/xalloc.h"

#include <stdio.h>
#include <stdlib.h>

#define CALL                                                                          \
    "{\"crime_id\":\"1\",\"original_crime_type_name\":\"A\",\"disposition\":\"HAN\"," \
    "\"call_date_time\":\"2018-12-31T23:57:00.000\"}\n"

/* From here on the tests run a copy of the program in the test's own folder, where no data files are. */
static struct program *program_alone(void)
{
    struct program *p = program_new();
    const char *bin = getenv("SFCRIME_BIN"), *copy = program_path(p, "sfcrime-tui");
    char *command = xasprintf("cp '%s' '%s'", bin && *bin ? bin : "build/sfcrime-tui", copy);
    assert_int_equal(system(command), 0);
    free(command);
    program_write(p, "calls.json", CALL);
    setenv("SFCRIME_BIN", copy, 1);
    return p;
}

static void fails_with(const struct program *p, const char *first, const char *second)
{
    if (p->status != 1 || !program_says(p->err, first) || !program_says(p->err, second))
        fail_msg("status %d, wanted 1 with '%s' and '%s': %s", p->status, first, second, p->err);
    assert_int_equal(program_lines(p->err), 1);
}

static char *program_under_test;

static int set_up(void **state)
{
    const char *bin = getenv("SFCRIME_BIN");
    program_under_test = xstrdup(bin ? bin : "");
    return 0;
}

static int tear_down(void **state)
{
    setenv("SFCRIME_BIN", program_under_test, 1);
    free(program_under_test);
    return 0;
}

static void without_radio_codes_the_join_says_which_key_names_the_file(void **state)
{
    struct program *p = program_alone();
    const char *const arguments[] = {"--headless",
                                     "--available-now",
                                     "-r",
                                     "max",
                                     "-d",
                                     program_path(p, "calls.json"),
                                     "-S",
                                     "query.join=radio-codes",
                                     "--no-checkpoint",
                                     NULL};
    program_run(p, arguments);
    fails_with(p, "radio_code.json", "[data] sfpd-codes");
    program_free(p);
}

static void without_the_bundled_calls_the_replay_says_how_to_name_a_file(void **state)
{
    struct program *p = program_alone();
    const char *const arguments[] = {"--headless", "--available-now", "-r", "max", "--no-checkpoint", NULL};
    program_run(p, arguments);
    fails_with(p, "calls.json", "--data FILE");
    program_free(p);
}

static void without_either_a_query_that_needs_neither_runs(void **state)
{
    struct program *p = program_alone();
    const char *const arguments[] = {"--headless",
                                     "--available-now",
                                     "-r",
                                     "max",
                                     "-d",
                                     program_path(p, "calls.json"),
                                     "--no-checkpoint",
                                     "--export",
                                     program_path(p, "t.csv"),
                                     "-S",
                                     "query.window=none",
                                     NULL};
    program_run(p, arguments);
    char *csv = program_read(p, "t.csv");
    assert_int_equal(p->status, 0);
    assert_string_equal(csv, "original_crime_type_name,count\nA,1\n");
    free(csv);
    program_free(p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(without_radio_codes_the_join_says_which_key_names_the_file, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(without_the_bundled_calls_the_replay_says_how_to_name_a_file, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(without_either_a_query_that_needs_neither_runs, set_up, tear_down),
    };
    return cmocka_run_group_tests_name("alone", tests, NULL, NULL);
}
