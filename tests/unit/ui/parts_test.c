/* The small pure parts: charts, rates, prompts, themes, the CSV. */
#include "fake_feed.h"

#include "ui/chart.h"
#include "ui/draw.h"
#include "ui/keymap.h"
#include "ui/list.h"
#include "ui/prompt.h"
#include "ui/rate.h"
#include "ui/table_csv.h"
#include "ui/theme.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void a_bar_is_as_wide_as_asked_and_filled_by_its_share(void **state)
{
    (void)state;
    char out[CHART_TEXT];
    assert_string_equal(chart_bar(out, 10, 0.5, true), "#####-----");
    assert_string_equal(chart_bar(out, 4, 0.5, false), "██░░");
    assert_string_equal(chart_bar(out, 4, 0.5625, false), "██▎░");
    assert_string_equal(chart_bar(out, 4, NAN, true), "----");
    assert_string_equal(chart_bar(out, 4, 7, true), "####");
    assert_string_equal(chart_bar(out, -3, 1, true), "");
    assert_string_equal(chart_length(out, 4, 0.001, true), ".");
    assert_true(strlen(chart_bar(out, 100000, 1, false)) < CHART_TEXT);
}

static void a_sparkline_tells_nothing_from_no_sample(void **state)
{
    (void)state;
    char out[CHART_TEXT];
    const double v[] = {NAN, 0, 1, 4};
    assert_string_equal(chart_spark(out, 4, v, 4, 1, true), " _.#");
    assert_string_equal(chart_spark(out, 4, v, 4, 1, false), " ▁▃█");
    assert_string_equal(chart_spark(out, 6, v, 4, 1, true), "   _.#");
    assert_string_equal(chart_spark(out, 2, v, 4, 1, true), ".#");
    assert_string_equal(chart_spark(out, 3, v, 0, 1, true), "   ");
    /* The scale has a minimum: one among zeros is no full column when ten is the least top. */
    const double small[] = {0, 1};
    assert_string_equal(chart_spark(out, 2, small, 2, 10, true), "_.");
}

static void rates_go_in_steps_of_one_two_five(void **state)
{
    (void)state;
    assert_float_equal(rate_step(10, true, RATE_LEAST, RATE_MOST, true), 20, 1e-9);
    assert_float_equal(rate_step(20, true, RATE_LEAST, RATE_MOST, true), 50, 1e-9);
    assert_float_equal(rate_step(50, true, RATE_LEAST, RATE_MOST, true), 100, 1e-9);
    assert_float_equal(rate_step(37, true, RATE_LEAST, RATE_MOST, true), 50, 1e-9);
    assert_float_equal(rate_step(37, false, RATE_LEAST, RATE_MOST, true), 20, 1e-9);
    assert_float_equal(rate_step(0.2, false, RATE_LEAST, RATE_MOST, true), 0.1, 1e-9);
    assert_float_equal(rate_step(0.1, false, RATE_LEAST, RATE_MOST, true), 0.1, 1e-9);
    assert_true(isinf(rate_step(RATE_MOST, true, RATE_LEAST, RATE_MOST, true)));
    assert_float_equal(rate_step(INFINITY, false, RATE_LEAST, RATE_MOST, true), RATE_MOST, 1);
    assert_float_equal(rate_step(SPEED_MOST, true, SPEED_LEAST, SPEED_MOST, false), SPEED_MOST, 1);
    double r = RATE_LEAST;
    for (int i = 0; i < 21; i++)
        r = rate_step(r, true, RATE_LEAST, RATE_MOST, true);
    assert_float_equal(r, RATE_MOST, 1);
}

static void typed_rates_are_read_or_refused_with_what_is_allowed(void **state)
{
    (void)state;
    bool speed;
    double v;
    char err[120];
    assert_true(rate_parse("0.5", &speed, &v, err, sizeof err) && !speed && v == 0.5);
    assert_true(rate_parse(" 250 ", &speed, &v, err, sizeof err) && !speed && v == 250);
    assert_true(rate_parse("MAX", &speed, &v, err, sizeof err) && !speed && isinf(v));
    assert_true(rate_parse("x600", &speed, &v, err, sizeof err) && speed && v == 600);
    static const char *const refused[] = {"",    "fast", "-1",    "0", "1e3", "inf",
                                          "nan", "0x10", "10 20", "x", "x0",  "1.2.3"};
    for (size_t i = 0; i < sizeof refused / sizeof *refused; i++) {
        err[0] = '\0';
        if (rate_parse(refused[i], &speed, &v, err, sizeof err))
            fail_msg("\"%s\" was taken", refused[i]);
        assert_non_null(strstr(err, "to"));
    }
}

static void type_text(struct prompt *p, const char *text)
{
    for (; *text; text++)
        (void)prompt_key(p, *text);
}

static void a_prompt_edits_its_line(void **state)
{
    (void)state;
    struct prompt p;
    prompt_open(&p, PROMPT_FILTER, "filter:", "");
    type_text(&p, "abd");
    assert_int_equal(prompt_key(&p, K_LEFT), PROMPT_MORE);
    assert_int_equal(prompt_key(&p, 'c'), PROMPT_CHANGED);
    assert_string_equal(p.text, "abcd");
    (void)prompt_key(&p, 0xE9); /* é */
    assert_string_equal(p.text, "abcéd");
    (void)prompt_key(&p, K_BACKSPACE);
    assert_string_equal(p.text, "abcd");
    (void)prompt_key(&p, K_HOME);
    (void)prompt_key(&p, K_DELETE);
    assert_string_equal(p.text, "bcd");
    assert_int_equal(prompt_key(&p, K_BACKSPACE), PROMPT_MORE);
    (void)prompt_key(&p, 21); /* Ctrl-U at the beginning cuts nothing */
    assert_string_equal(p.text, "bcd");
    (void)prompt_key(&p, K_END);
    (void)prompt_key(&p, 21);
    assert_string_equal(p.text, "");
    assert_int_equal(prompt_key(&p, K_ENTER), PROMPT_DONE);
    assert_int_equal(prompt_key(&p, K_ESC), PROMPT_CANCELLED);
}

static void a_prompt_never_overflows_and_takes_no_control_characters(void **state)
{
    (void)state;
    struct prompt p;
    prompt_open(&p, PROMPT_FILTER, "filter:", "");
    for (int i = 0; i < 500; i++)
        (void)prompt_key(&p, i % 2 ? 0x4EAC : 'x');
    assert_true(strlen(p.text) < sizeof p.text);
    prompt_open(&p, PROMPT_FILTER, "filter:", "");
    for (int key = 0; key < ' '; key++)
        (void)prompt_key(&p, key);
    (void)prompt_key(&p, 0x9B);   /* C1: would start an escape sequence */
    (void)prompt_key(&p, 0x202E); /* turns a line round */
    for (const char *s = p.text; *s; s++)
        assert_false((unsigned char)*s < 0x20 || (unsigned char)*s == 0x9B);
    assert_null(strstr(p.text, "\xE2\x80\xAE"));
}

static void a_question_takes_only_yes_or_no(void **state)
{
    (void)state;
    struct prompt p;
    prompt_open(&p, PROMPT_CONFIRM, "Sure?", "");
    assert_int_equal(prompt_key(&p, K_ENTER), PROMPT_MORE);
    assert_int_equal(prompt_key(&p, 'x'), PROMPT_MORE);
    assert_int_equal(prompt_key(&p, 'y'), PROMPT_DONE);
    assert_int_equal(prompt_key(&p, 'n'), PROMPT_CANCELLED);
    assert_int_equal(prompt_key(&p, K_ESC), PROMPT_CANCELLED);
}

static void every_theme_works_with_every_number_of_colours(void **state)
{
    (void)state;
    static const int colours[] = {-1, 0, 2, 8, 16, 88, 256, 32767, THEME_TRUE_COLOUR};
    const char *name;
    for (size_t n = 0; (name = theme_name(n)); n++)
        for (size_t i = 0; i < sizeof colours / sizeof *colours; i++) {
            struct theme t;
            assert_true(theme_make(&t, name, colours[i], false));
            assert_true(t.colours <= (colours[i] < 0 ? 0 : colours[i]));
            for (int s = 0; s < STYLE_COUNT; s++) {
                assert_true(t.look[s].fg < (t.colours ? t.colours : 1));
                assert_true(t.look[s].bg < (t.colours ? t.colours : 1));
                /* No text on a background of its own colour. */
                if (t.colours && t.look[s].fg >= 0)
                    assert_int_not_equal(t.look[s].fg, t.look[s].bg);
            }
        }
}

static void without_colours_the_signs_remain(void **state)
{
    (void)state;
    struct theme t;
    assert_true(theme_make(&t, "dark", 256, true));
    assert_int_equal(t.colours, 0);
    assert_true(t.look[ST_SELECT].flags & LOOK_REVERSE);
    assert_true(t.look[ST_BADGE_BAD].flags & LOOK_REVERSE);
    for (int s = 0; s < STYLE_COUNT; s++)
        assert_false(t.look[s].flags & LOOK_DIM);
    assert_false(theme_make(&t, "no such theme", 256, false));
    assert_string_equal(t.name, "default");
}

static void ascii_stands_for_what_it_resembles(void **state)
{
    (void)state;
    char out[64];
    draw_to_ascii(out, sizeof out, "a · b → c… 京");
    assert_string_equal(out, "a . b -> c... ?");
    draw_to_ascii(out, 8, "abcdefghijkl");
    assert_true(strlen(out) < 8);
}

static void a_list_keeps_its_selection_in_sight(void **state)
{
    (void)state;
    struct list l = {0};
    list_fit(&l, 100, 10);
    assert_true(list_act(&l, ACT_END));
    assert_int_equal(l.selected, 99);
    assert_int_equal(l.top, 90);
    list_fit(&l, 5, 10);
    assert_int_equal(l.selected, 4);
    assert_int_equal(l.top, 0);
    list_fit(&l, 0, 0);
    assert_int_equal(l.selected, 0);
    assert_true(list_act(&l, ACT_DOWN));
    assert_int_equal(l.selected, 0);
    assert_false(list_act(&l, ACT_ZOOM));
}

static void the_csv_quotes_what_needs_it_and_keeps_the_screens_order(void **state)
{
    (void)state;
    const char *const names[] = {"Auto, Boost", "Say \"hi\"", "Plain", NULL};
    const int64_t totals[] = {1, 2, 3};
    struct query_view *v = fake_table(1, names, totals);
    const uint32_t order[] = {2, 0, 1};
    size_t len;
    char *csv = table_csv(v, order, 3, &len);
    assert_string_equal(
        csv, "original_crime_type_name,count\r\nPlain,3\r\n\"Auto, Boost\",1\r\n\"Say \"\"hi\"\"\",2\r\n");
    assert_int_equal(len, strlen(csv));
    free(csv);
    query_view_free(v);
    v = fake_query(1, 1);
    csv = table_csv(v, (const uint32_t[]){0}, 1, &len);
    assert_non_null(strstr(csv, "window_start,window_end,original_crime_type_name,count\r\n"
                                "2018-12-31T18:00:00.000Z,2018-12-31T19:00:00.000Z,Traffic Stop,10\r\n"));
    free(csv);
    query_view_free(v);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_bar_is_as_wide_as_asked_and_filled_by_its_share),
        cmocka_unit_test(a_sparkline_tells_nothing_from_no_sample),
        cmocka_unit_test(rates_go_in_steps_of_one_two_five),
        cmocka_unit_test(typed_rates_are_read_or_refused_with_what_is_allowed),
        cmocka_unit_test(a_prompt_edits_its_line),
        cmocka_unit_test(a_prompt_never_overflows_and_takes_no_control_characters),
        cmocka_unit_test(a_question_takes_only_yes_or_no),
        cmocka_unit_test(every_theme_works_with_every_number_of_colours),
        cmocka_unit_test(without_colours_the_signs_remain),
        cmocka_unit_test(ascii_stands_for_what_it_resembles),
        cmocka_unit_test(a_list_keeps_its_selection_in_sight),
        cmocka_unit_test(the_csv_quotes_what_needs_it_and_keeps_the_screens_order),
    };
    return cmocka_run_group_tests_name("parts of the screen", tests, NULL, NULL);
}
