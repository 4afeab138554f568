/* How far a batch reads. The expected shares were worked out by hand from Spark's formula. */
#include "query/plan.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static void without_a_limit_all_that_waits_is_taken(void **state)
{
    const int64_t position[] = {5, 0, 7}, high[] = {10, 3, 7};
    int64_t end[3];
    assert_int_equal(plan_proportional(3, position, high, 0, end), 8);
    assert_int_equal(end[0], 10);
    assert_int_equal(end[1], 3);
    assert_int_equal(end[2], 7);
}

static void a_limit_is_shared_in_proportion_and_rounded_down(void **state)
{
    const int64_t position[] = {0, 0, 0}, high[] = {100, 50, 25};
    int64_t end[3];
    /* 10 * 100/175 = 5.71, 10 * 50/175 = 2.86, 10 * 25/175 = 1.43 */
    assert_int_equal(plan_proportional(3, position, high, 10, end), 8);
    assert_int_equal(end[0], 5);
    assert_int_equal(end[1], 2);
    assert_int_equal(end[2], 1);
}

static void a_small_partition_never_starves(void **state)
{
    const int64_t position[] = {0, 0}, high[] = {1000, 1};
    int64_t end[2];
    /* 10 * 1/1001 = 0.01, rounded up because it is below one */
    assert_int_equal(plan_proportional(2, position, high, 10, end), 10);
    assert_int_equal(end[0], 9);
    assert_int_equal(end[1], 1);
}

static void a_share_never_passes_the_end(void **state)
{
    const int64_t position[] = {10}, high[] = {12};
    int64_t end[1];
    assert_int_equal(plan_proportional(1, position, high, 1000, end), 2);
    assert_int_equal(end[0], 12);
}

static void an_end_behind_the_position_moves_nothing_back(void **state)
{
    const int64_t position[] = {10, 0}, high[] = {4, 2};
    int64_t end[2];
    assert_int_equal(plan_waiting(2, position, high), 2);
    assert_int_equal(plan_proportional(2, position, high, 5, end), 2);
    assert_int_equal(end[0], 10);
    assert_int_equal(end[1], 2);
}

static void equal_shares_do_not_depend_on_what_waits(void **state)
{
    const int64_t position[] = {0, 0}, some[] = {60, 55}, more[] = {900, 70};
    int64_t end[2];
    bool full;
    assert_int_equal(plan_equal(2, position, some, 101, end, &full), 101);
    assert_true(full);
    assert_int_equal(end[0], 51);
    assert_int_equal(end[1], 50);
    assert_int_equal(plan_equal(2, position, more, 101, end, &full), 101);
    assert_true(full);
    assert_int_equal(end[0], 51);
    assert_int_equal(end[1], 50);
}

static void an_equal_share_that_is_not_there_yet_is_not_full(void **state)
{
    const int64_t position[] = {0, 0}, high[] = {60, 49};
    int64_t end[2];
    bool full;
    assert_int_equal(plan_equal(2, position, high, 100, end, &full), 99);
    assert_false(full);
    plan_equal(2, position, high, 0, end, &full);
    assert_false(full);
}

static void an_allowance_is_rate_times_time_rounded_down(void **state)
{
    assert_int_equal(plan_allowance(100, 1000000000), 100);
    assert_int_equal(plan_allowance(15, 100000000), 1);
    assert_int_equal(plan_allowance(3, 333000000), 0);
    assert_int_equal(plan_allowance(100, 0), 0);
    assert_int_equal(plan_allowance(100, -5), 0);
    assert_true(plan_allowance(1000000000000000, INT64_MAX) > 1000000000000000);
}

static void a_cap_holds_for_each_partition(void **state)
{
    const int64_t position[] = {10, 0, 7};
    int64_t end[] = {110, 3, 7};
    assert_int_equal(plan_cap(3, position, 20, end), 23);
    assert_int_equal(end[0], 30);
    assert_int_equal(end[1], 3);
    assert_int_equal(end[2], 7);
    assert_int_equal(plan_cap(3, position, 0, end), 0);
    assert_int_equal(end[0], 10);
}

static void ticks_are_multiples_of_the_interval(void **state)
{
    assert_int_equal(plan_next_tick_ms(0, 1000), 1000);
    assert_int_equal(plan_next_tick_ms(999, 1000), 1000);
    assert_int_equal(plan_next_tick_ms(1000, 1000), 2000);
    assert_int_equal(plan_next_tick_ms(123456, 5000), 125000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(without_a_limit_all_that_waits_is_taken),
        cmocka_unit_test(a_limit_is_shared_in_proportion_and_rounded_down),
        cmocka_unit_test(a_small_partition_never_starves),
        cmocka_unit_test(a_share_never_passes_the_end),
        cmocka_unit_test(an_end_behind_the_position_moves_nothing_back),
        cmocka_unit_test(equal_shares_do_not_depend_on_what_waits),
        cmocka_unit_test(an_equal_share_that_is_not_there_yet_is_not_full),
        cmocka_unit_test(an_allowance_is_rate_times_time_rounded_down),
        cmocka_unit_test(a_cap_holds_for_each_partition),
        cmocka_unit_test(ticks_are_multiples_of_the_interval),
    };
    return cmocka_run_group_tests_name("plan", tests, NULL, NULL);
}
