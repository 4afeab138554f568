/* What a terminal sends of its mouse: whole, in parts, broken, endless. */
#include "ui/mouse_report.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static enum mouse_progress feed(struct mouse_report *r, enum mouse_form form, const char *text)
{
    enum mouse_progress p = MOUSE_MORE;
    mouse_report_begin(r, form);
    for (; *text && p == MOUSE_MORE; text++)
        p = mouse_report_take(r, (unsigned char)*text);
    return p;
}

static int button(const char *text)
{
    struct mouse_report r;
    assert_int_equal(feed(&r, MOUSE_FORM_NUMBERS, text), MOUSE_WHOLE);
    assert_int_equal(r.form, MOUSE_FORM_NONE);
    return mouse_report_button(&r);
}

static void numbers_are_button_column_and_row(void **state)
{
    struct mouse_report r;
    (void)state;
    assert_int_equal(feed(&r, MOUSE_FORM_NUMBERS, "0;123;45M"), MOUSE_WHOLE);
    assert_int_equal(r.number[1], 123);
    assert_int_equal(r.number[2], 45);
    assert_int_equal(button("0;1;1M"), 0);
    assert_int_equal(button("2;1;1M"), 2);
    assert_int_equal(button("65;1;1M"), 65);
    assert_int_equal(button("16;1;1M"), 0); /* with Ctrl */
    assert_int_equal(button("0;1;1m"), -1); /* let go */
    assert_int_equal(button("32;1;1M"), -1);
}

static void a_part_waits(void **state)
{
    struct mouse_report r;
    (void)state;
    assert_int_equal(feed(&r, MOUSE_FORM_NUMBERS, "0;12"), MOUSE_MORE);
    assert_int_equal(mouse_report_take(&r, ';'), MOUSE_MORE);
    assert_int_equal(mouse_report_take(&r, '7'), MOUSE_MORE);
    assert_int_equal(mouse_report_take(&r, 'M'), MOUSE_WHOLE);
    assert_int_equal(mouse_report_button(&r), 0);
    assert_int_equal(r.number[1], 12);
}

static void nonsense_presses_nothing(void **state)
{
    static const char *const nonsense[] = {"M", ";M", "0;;M", "0;1;1;M", "0M", "0;1M", ":1;1;1M", "1;2;3;4M"};
    static const int others[] = {'f', ' ', 27, 13, 0x110001, 0xE9};
    struct mouse_report r;
    (void)state;
    for (size_t i = 0; i < sizeof nonsense / sizeof *nonsense; i++)
        assert_int_equal(button(nonsense[i]), -1);
    assert_int_equal(button("0;99999999999999999999;1M"), 0);
    for (size_t i = 0; i < sizeof others / sizeof *others; i++) {
        assert_int_equal(feed(&r, MOUSE_FORM_NUMBERS, "0;1"), MOUSE_MORE);
        assert_int_equal(mouse_report_take(&r, others[i]), MOUSE_BROKEN); /* a key of its own */
        assert_int_equal(r.form, MOUSE_FORM_NONE);
        assert_int_equal(mouse_report_take(&r, '0'), MOUSE_BROKEN);
    }
}

static void the_old_form_is_three_characters(void **state)
{
    struct mouse_report r;
    (void)state;
    assert_int_equal(feed(&r, MOUSE_FORM_OLD, " !$"), MOUSE_WHOLE);
    assert_int_equal(mouse_report_button(&r), 0);
    assert_int_equal(r.number[1], 1);
    assert_int_equal(r.number[2], 4);
    assert_int_equal(feed(&r, MOUSE_FORM_OLD, "#!!"), MOUSE_WHOLE);
    assert_int_equal(mouse_report_button(&r), -1);
    assert_int_equal(feed(&r, MOUSE_FORM_OLD, "a!!"), MOUSE_WHOLE);
    assert_int_equal(mouse_report_button(&r), 65);
    assert_int_equal(feed(&r, MOUSE_FORM_OLD, "\033"), MOUSE_BROKEN);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(numbers_are_button_column_and_row),
        cmocka_unit_test(a_part_waits),
        cmocka_unit_test(nonsense_presses_nothing),
        cmocka_unit_test(the_old_form_is_three_characters),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
