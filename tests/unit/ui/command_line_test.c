/* The command line: what a line means, and how it is completed. */
#include "ui/command_line.h"

#include "ui/keymap.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void every_action_is_run_by_its_name(void **state)
{
    (void)state;
    struct line_meaning m;
    const struct action *a;
    for (size_t i = 0; (a = action_at(i)); i++) {
        command_line_read(&m, a->name);
        assert_int_equal(m.kind, LINE_ACTION);
        assert_ptr_equal(m.action, a);
        assert_ptr_equal(action_of_key(m.key), a);
    }
    command_line_read(&m, "  layout   presenter");
    assert_int_equal(m.kind, LINE_ACTION);
    assert_int_equal(m.key, K_F1 + 3);
}

static void settings_are_written_with_a_blank_or_an_equals_sign(void **state)
{
    (void)state;
    static const char *const lines[][2] = {
        {"window 15 minutes", "window=15 minutes"},
        {"window=15 minutes", "window=15 minutes"},
        {" window = 15 minutes", "window=15 minutes"},
        {"max-offsets 100", "max-offsets-per-trigger=100"}, /* the action's name stands for its setting */
        {"max-offsets-per-trigger 100", "max-offsets-per-trigger=100"},
        {"group-by city,disposition", "group-by=city,disposition"},
        {"parallelism 2", "parallelism=2"},
    };
    struct line_meaning m;
    for (size_t i = 0; i < sizeof lines / sizeof *lines; i++) {
        command_line_read(&m, lines[i][0]);
        assert_int_equal(m.kind, LINE_SETTING);
        assert_string_equal(m.text, lines[i][1]);
    }
    command_line_read(&m, "rate x600");
    assert_int_equal(m.kind, LINE_RATE);
    assert_string_equal(m.text, "x600");
}

static void what_means_nothing_is_answered_in_a_sentence(void **state)
{
    (void)state;
    struct line_meaning m;
    command_line_read(&m, "   ");
    assert_int_equal(m.kind, LINE_NOTHING);
    command_line_read(&m, "zom");
    assert_int_equal(m.kind, LINE_WRONG);
    assert_string_equal(m.why, "there is no zom; did you mean zoom?");
    command_line_read(&m, "xyzzyplugh");
    assert_non_null(strstr(m.why, "[Tab] lists all"));
    command_line_read(&m, "zoom 3");
    assert_string_equal(m.why, "zoom takes no value");
    command_line_read(&m, "parallelism");
    assert_string_equal(m.why, "parallelism needs a value");
}

static void complete(const char *line, const char *wanted, const char *hint_has)
{
    char text[128], hint[300];
    snprintf(text, sizeof text, "%s", line);
    command_line_complete(text, sizeof text, hint, sizeof hint);
    assert_string_equal(text, wanted);
    if (hint_has ? !strstr(hint, hint_has) : hint[0] != '\0')
        fail_msg("%s: the hint is \"%s\"", line, hint);
}

static void tab_goes_as_far_as_there_is_one_way(void **state)
{
    (void)state;
    complete("zo", "zoom", NULL);
    complete("wi", "window", NULL);
    complete("wa", "watermark", NULL);
    complete("pause-", "pause-", "pause-replay pause-query");
    complete("", "", "zoom");
    complete("nothing-like-it", "nothing-like-it", NULL);
    complete("output-mode ", "output-mode ", "complete update append");
    complete("output-mode a", "output-mode append", NULL);
    complete("layout=p", "layout=presenter", NULL);
    complete("zoom ", "zoom ", NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_action_is_run_by_its_name),
        cmocka_unit_test(settings_are_written_with_a_blank_or_an_equals_sign),
        cmocka_unit_test(what_means_nothing_is_answered_in_a_sentence),
        cmocka_unit_test(tab_goes_as_far_as_there_is_one_way),
    };
    return cmocka_run_group_tests_name("command line", tests, NULL, NULL);
}
