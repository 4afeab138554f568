/* Charts of several lines, scales, histograms and stacks: known data, exact text. */
#include "base/text.h"
#include "ui/chart.h"

#include <locale.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

enum { MOST_ROWS = 8 };

/* The rows of a chart, joined by '/'. */
static const char *drawn(int rows, int columns, const double *v, size_t n, double top, enum chart_shape shape,
                         enum chart_style style)
{
    static char all[MOST_ROWS * CHART_TEXT];
    char row[CHART_TEXT];
    size_t at = 0;
    for (int r = 0; r < rows; r++) {
        chart_row(row, r, rows, columns, v, n, top, shape, style);
        assert_int_equal(text_width(row), columns);
        at += (size_t)snprintf(all + at, sizeof all - at, "%s%s", r ? "/" : "", row);
    }
    return all;
}

static void an_area_reaches_as_high_as_its_value(void **state)
{
    (void)state;
    const double v[] = {NAN, 0, 1, 5, 10};
    /* A gap is blank, zero a trace, a little more than that, the largest fills the column. */
    assert_string_equal(drawn(2, 5, v, 5, 10, CHART_AREA, CHART_ASCII), "   _#/ _.##");
    assert_string_equal(drawn(2, 5, v, 5, 10, CHART_AREA, CHART_BLOCKS), "   ▁█/ ▁▃██");
    /* Two values a column, dots from below; the newest stand at the right. */
    assert_string_equal(drawn(1, 3, v, 5, 10, CHART_AREA, CHART_BRAILLE), " ⣠⣾");
    assert_string_equal(drawn(2, 3, v, 5, 10, CHART_AREA, CHART_BRAILLE), "  ⣸/ ⣠⣿");
}

static void a_line_has_one_step_a_value(void **state)
{
    (void)state;
    const double v[] = {0, 10, 10, NAN};
    assert_string_equal(drawn(2, 4, v, 4, 10, CHART_LINE, CHART_ASCII), " ## /_   ");
    assert_string_equal(drawn(2, 2, v, 4, 10, CHART_LINE, CHART_BRAILLE), "⠈⠁/⡀ ");
}

static void only_the_newest_are_shown_and_short_series_stand_at_the_right(void **state)
{
    (void)state;
    const double v[] = {9, 9, 9, 0, 4};
    assert_string_equal(drawn(1, 2, v, 5, 4, CHART_AREA, CHART_ASCII), "_#");
    assert_string_equal(drawn(1, 7, v, 5, 9, CHART_AREA, CHART_ASCII), "  ###_:");
    assert_string_equal(drawn(1, 4, v, 0, 9, CHART_AREA, CHART_BLOCKS), "    ");
    assert_int_equal(chart_points(10, CHART_BLOCKS), 10);
    assert_int_equal(chart_points(10, CHART_BRAILLE), 20);
    assert_int_equal(chart_points(-1, CHART_ASCII), 0);
}

static void what_is_off_the_scale_stays_in_the_chart(void **state)
{
    (void)state;
    const double v[] = {INFINITY, 1e300, -5, 3};
    assert_string_equal(drawn(2, 4, v, 4, 10, CHART_AREA, CHART_ASCII), "##  /##_|");
    assert_string_equal(drawn(1, 4, v, 4, 0, CHART_AREA, CHART_ASCII), "____");
    char row[CHART_TEXT];
    double wide[1000];
    for (int i = 0; i < 1000; i++)
        wide[i] = i;
    for (int style = CHART_BLOCKS; style <= CHART_ASCII; style++)
        assert_true(strlen(chart_row(row, 0, 1, 100000, wide, 1000, 999, CHART_AREA,
                                     (enum chart_style)style)) < CHART_TEXT);
}

static void scales_end_at_round_values(void **state)
{
    (void)state;
    static const struct {
        double v;
        enum chart_unit unit;
        double up;
    } cases[] = {
        {1, CHART_DECIMAL, 1},          {1.01, CHART_DECIMAL, 1.5},     {99, CHART_DECIMAL, 100},
        {21400, CHART_DECIMAL, 30000},  {0.07, CHART_DECIMAL, 0.08},    {300, CHART_DECIMAL, 300},
        {1025, CHART_BINARY, 1536},     {900, CHART_BINARY, 1000},      {157286, CHART_BINARY, 204800},
        {7, CHART_SECONDS, 10},         {360, CHART_SECONDS, 600},      {61, CHART_SECONDS, 120},
        {4000, CHART_SECONDS, 7200},    {90000, CHART_SECONDS, 129600}, {0.03, CHART_SECONDS, 0.03},
        {86400, CHART_SECONDS, 86400.}, {1.0 / 3, CHART_DECIMAL, 0.4},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        if (fabs(chart_round_up(cases[i].v, cases[i].unit) - cases[i].up) > 1e-6)
            fail_msg("%g goes up to %g, not %g", cases[i].v, chart_round_up(cases[i].v, cases[i].unit),
                     cases[i].up);
    assert_float_equal(chart_round_up(0, CHART_DECIMAL), 0, 0);
    assert_true(isnan(chart_round_up(NAN, CHART_DECIMAL)));
    assert_true(isinf(chart_round_up(INFINITY, CHART_BINARY)));
}

static void a_scale_goes_up_at_once_and_down_late(void **state)
{
    (void)state;
    struct chart_scale s = {0};
    assert_float_equal(chart_scale_fit(&s, NAN, 1, CHART_DECIMAL), 1, 1e-9);
    assert_float_equal(chart_scale_fit(&s, 99, 1, CHART_DECIMAL), 100, 1e-9);
    assert_float_equal(chart_scale_fit(&s, 70, 1, CHART_DECIMAL), 100, 1e-9);
    assert_float_equal(chart_scale_fit(&s, 51, 1, CHART_DECIMAL), 100, 1e-9);
    assert_float_equal(chart_scale_fit(&s, 101, 1, CHART_DECIMAL), 150, 1e-9);
    assert_float_equal(chart_scale_fit(&s, 40, 1, CHART_DECIMAL), 40, 1e-9);
    assert_float_equal(chart_scale_fit(&s, 0, 1, CHART_DECIMAL), 1, 1e-9);
    const double v[] = {NAN, 3, 7, NAN};
    assert_float_equal(chart_most(v, 4), 7, 0);
    assert_true(isnan(chart_most(v, 1)));
    assert_true(isnan(chart_most(v, 0)));
}

static void a_histogram_counts_every_value_once(void **state)
{
    (void)state;
    const double v[] = {0, 1, 2.5, 9.9, 10, 99, -3, NAN};
    size_t counts[4];
    assert_int_equal(chart_histogram(counts, 4, v, 8, 10), 3);
    assert_int_equal(counts[0], 3); /* 0, 1, -3 */
    assert_int_equal(counts[1], 1);
    assert_int_equal(counts[2], 0);
    assert_int_equal(counts[3], 3);
    assert_int_equal(chart_histogram(counts, 4, v, 2, 0), 2); /* nothing above zero: all in the lowest */
    assert_int_equal(chart_histogram(counts, 4, v, 0, 10), 0);
}

static void parts_are_piled_up_from_below(void **state)
{
    (void)state;
    const double parts[] = {1, NAN, 2, 1};
    assert_int_equal(chart_stack(parts, 4, 4, 3, 4), 0);
    assert_int_equal(chart_stack(parts, 4, 4, 2, 4), 2);
    assert_int_equal(chart_stack(parts, 4, 4, 1, 4), 2);
    assert_int_equal(chart_stack(parts, 4, 4, 0, 4), 3);
    assert_int_equal(chart_stack(parts, 4, 8, 0, 4), -1);
    assert_int_equal(chart_stack(parts, 4, 2, 0, 2), 2); /* cut off at the upper edge */
    const double little[] = {0, 0.001};
    assert_int_equal(chart_stack(little, 2, 10, 3, 4), 1); /* a trace, not nothing */
    assert_int_equal(chart_stack(little, 2, 10, 2, 4), -1);
    assert_int_equal(chart_stack(little, 1, 10, 3, 4), -1);
    assert_int_equal(chart_stack(little, 2, 0, 3, 4), -1);
}

static void shares_take_every_column(void **state)
{
    (void)state;
    const double parts[] = {1, 0, 2, NAN, 1}, none[] = {0, NAN};
    int ends[5];
    assert_true(chart_shares(ends, parts, 5, 8));
    assert_int_equal(ends[0], 2);
    assert_int_equal(ends[1], 2);
    assert_int_equal(ends[2], 6);
    assert_int_equal(ends[4], 8);
    assert_false(chart_shares(ends, none, 2, 8));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_area_reaches_as_high_as_its_value),
        cmocka_unit_test(a_line_has_one_step_a_value),
        cmocka_unit_test(only_the_newest_are_shown_and_short_series_stand_at_the_right),
        cmocka_unit_test(what_is_off_the_scale_stays_in_the_chart),
        cmocka_unit_test(scales_end_at_round_values),
        cmocka_unit_test(a_scale_goes_up_at_once_and_down_late),
        cmocka_unit_test(a_histogram_counts_every_value_once),
        cmocka_unit_test(parts_are_piled_up_from_below),
        cmocka_unit_test(shares_take_every_column),
    };
    (void)setlocale(LC_ALL, "C.UTF-8");
    return cmocka_run_group_tests_name("charts", tests, NULL, NULL);
}
