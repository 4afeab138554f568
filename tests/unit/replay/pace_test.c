/* The pacing clock and the meter, on a clock of the test's own. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/clock.h"
#include "replay/meter.h"
#include "replay/pace.h"

#include <math.h>

#define SECOND INT64_C(1000000000)

/* Sends what is due from *now to end, waking late_ns after each due time; returns how many were sent. */
static int64_t run(struct pace *p, int64_t *now, int64_t end, int64_t late_ns)
{
    int64_t sent = 0;
    for (;;) {
        int64_t due = pace_due_ns(p, *now, UNKNOWN);
        if (due > *now) {
            if (due >= end || due == PACE_NEVER) {
                *now = end;
                return sent;
            }
            *now = due + late_ns;
            continue;
        }
        pace_sent(p, *now, UNKNOWN);
        sent++;
        *now += 1; /* sending takes time, too */
    }
}

static void every_rate_is_exact_over_ten_seconds(void **state)
{
    static const double rates[] = {0.1, 0.5, 1, 3, 7.5, 10, 99.9, 1000, 12345.6, 100000};
    for (size_t i = 0; i < sizeof rates / sizeof rates[0]; i++) {
        struct pace p;
        int64_t now = 5 * SECOND;
        pace_init(&p, PACING_RATE, rates[i], 1);
        /* Slow rates are watched for longer, so that a percent of them is something; each stretch of ten
         * seconds after the first call counts, whatever the machine's lateness. */
        double stretch_s = rates[i] < 10 ? 1000 : 10;
        (void)run(&p, &now, now + SECOND, 60000);
        for (int part = 0; part < 3; part++) {
            int64_t sent = run(&p, &now, now + (int64_t)stretch_s * SECOND, 60000);
            assert_true(fabs((double)sent - rates[i] * stretch_s) <= 1 + rates[i] * stretch_s * 0.001);
        }
    }
}

static void unlimited_is_always_due(void **state)
{
    struct pace p;
    pace_init(&p, PACING_RATE, (double)INFINITY, 1);
    for (int64_t now = 0; now < 100; now++) {
        assert_int_equal(pace_due_ns(&p, now, 0), now);
        pace_sent(&p, now, 0);
    }
}

static void a_rate_change_starts_from_the_last_call_without_a_burst(void **state)
{
    struct pace p;
    int64_t now = 0;
    pace_init(&p, PACING_RATE, 0.1, 1);
    assert_int_equal(run(&p, &now, 95 * SECOND / 10, 0),
                     1); /* nine and a half seconds: the second is due at 10 */
    pace_set_rate(&p, 1000, now);
    assert_in_range(run(&p, &now, now + SECOND, 0), 999, 1001);
    pace_set_rate(&p, 1, now);
    assert_in_range(run(&p, &now, now + 10 * SECOND, 0), 9, 10);
    /* A key held down changes the rate a hundred times in a second: still what the rates allow, no more. */
    int64_t sent = 0;
    for (int i = 0; i < 100; i++) {
        pace_set_rate(&p, 10 + i, now);
        sent += run(&p, &now, now + SECOND / 100, 0);
    }
    assert_true(sent <= 110);
    pace_set_rate(&p, 0.001, now);
    assert_true(p.rate == PACE_RATE_MIN);
    pace_set_rate(&p, (double)NAN, now);
    assert_true(p.rate == PACE_RATE_MIN);
}

static void after_a_pause_it_goes_on_in_step(void **state)
{
    struct pace p;
    int64_t now = 0;
    pace_init(&p, PACING_RATE, 100, 1);
    (void)run(&p, &now, 2 * SECOND, 0);
    pace_pause(&p, true, now);
    assert_int_equal(pace_due_ns(&p, now, UNKNOWN), PACE_NEVER);
    assert_int_equal(run(&p, &now, now + 60 * SECOND, 0), 0);
    pace_pause(&p, false, now);
    assert_in_range(run(&p, &now, now + SECOND, 0), 100, 101);
    /* Pausing and resuming in quick succession sends nothing more than the rate. */
    int64_t sent = 0, start = now;
    while (now < start + SECOND) {
        pace_pause(&p, true, now);
        pace_pause(&p, false, now);
        sent += run(&p, &now, now + SECOND / 1000, 0);
    }
    assert_in_range(sent, 90, 101);
}

static void steps_are_sent_while_paused_and_no_more(void **state)
{
    struct pace p;
    int64_t now = 0;
    pace_init(&p, PACING_RATE, 10, 1);
    pace_pause(&p, true, now);
    pace_credit(&p, 3);
    assert_int_equal(run(&p, &now, SECOND, 0), 3);
    pace_credit(&p, 5);
    pace_pause(&p, true, now); /* already paused: stops what is left of the steps */
    assert_int_equal(run(&p, &now, now + SECOND, 0), 0);
}

static void a_burst_comes_on_top_of_the_rate(void **state)
{
    struct pace p;
    int64_t now = 0;
    pace_init(&p, PACING_RATE, 10, 1);
    (void)run(&p, &now, SECOND, 0);
    pace_credit(&p, 1000);
    assert_in_range(run(&p, &now, now + SECOND, 0), 1009, 1011);
}

static void a_stall_is_not_caught_up_with(void **state)
{
    struct pace p;
    int64_t now = 0;
    pace_init(&p, PACING_RATE, 1000, 1);
    (void)run(&p, &now, SECOND, 0);
    now += 30 * SECOND; /* the query stood still */
    assert_in_range(run(&p, &now, now + SECOND, 0), 1000, 1001);
    now += PACE_CATCH_UP_NS / 2; /* the machine was busy: within bounds, so it is made up for */
    assert_in_range(run(&p, &now, now + SECOND, 0), 1499, 1501);
}

/* How many went out in the busiest tenth of a second is told by runs of a hundredth each. */
static int64_t busiest_tenth(struct pace *p, int64_t *now, int64_t ns)
{
    int64_t last[10] = {0}, sum = 0, most = 0;
    for (int64_t i = 0, end = *now + ns; *now < end; i++) {
        sum -= last[i % 10];
        last[i % 10] = run(p, now, *now + SECOND / 100, 60000);
        sum += last[i % 10];
        most = sum > most ? sum : most;
    }
    return most;
}

static void nothing_comes_in_a_burst(void **state)
{
    static const double rates[] = {0.1, 1, 10, 100, 1000, 10000, 100000};
    enum { RATES = sizeof rates / sizeof rates[0] };
    for (size_t i = 0; i < RATES; i++) {
        double tenth = rates[i] / 10;
        /* Whatever the rate was before. */
        for (size_t j = 0; j < RATES; j++) {
            struct pace p;
            int64_t now = 3 * SECOND;
            pace_init(&p, PACING_RATE, rates[j], 1);
            (void)run(&p, &now, now + SECOND, 60000);
            pace_set_rate(&p, rates[i], now);
            assert_true((double)busiest_tenth(&p, &now, SECOND) <= 1 + 1.15 * tenth);
            /* A pause of three seconds. */
            pace_pause(&p, true, now);
            assert_int_equal(run(&p, &now, now + 3 * SECOND, 60000), 0);
            pace_pause(&p, false, now);
            assert_true((double)busiest_tenth(&p, &now, SECOND) <= 1 + 1.15 * tenth);
            /* A machine that slept, whether or not its clock went on, and one that was busy. */
            static const int64_t jumps[] = {3600 * SECOND, 2 * SECOND, 9 * SECOND / 10, SECOND / 10};
            for (size_t k = 0; k < sizeof jumps / sizeof jumps[0]; k++) {
                now += jumps[k];
                assert_true((double)busiest_tenth(&p, &now, SECOND) <= 1 + 2.3 * tenth);
            }
        }
    }
}

static void a_busy_machine_does_not_change_the_rate(void **state)
{
    static const double rates[] = {1, 10, 100, 1000, 10000, 100000};
    for (size_t i = 0; i < sizeof rates / sizeof rates[0]; i++) {
        struct pace p;
        int64_t now = 3 * SECOND, sent = 0;
        pace_init(&p, PACING_RATE, rates[i], 1);
        sent += run(&p, &now, now + SECOND, 60000);
        /* Ten seconds with a stall in each, then one to make up for the last. */
        for (int64_t stall = 1; stall <= 10; stall++) {
            now += stall * SECOND / 25;
            sent += run(&p, &now, (4 + stall) * SECOND, 60000);
        }
        sent += run(&p, &now, now + SECOND, 60000);
        assert_true(fabs((double)sent - 12 * rates[i]) <= 1 + 0.001 * rates[i]);
    }
}

static int64_t send_at(struct pace *p, int64_t *now, int64_t event_ms)
{
    int64_t due = pace_due_ns(p, *now, event_ms);
    assert_int_not_equal(due, PACE_NEVER);
    *now = due > *now ? due : *now;
    pace_sent(p, *now, event_ms);
    return *now;
}

static void event_time_keeps_the_gaps_between_calls(void **state)
{
    struct pace p;
    int64_t now = 7 * SECOND;
    pace_init(&p, PACING_EVENT_TIME, 10, 600); /* ten minutes of city time a second */
    assert_int_equal(send_at(&p, &now, 1000000), 7 * SECOND);
    assert_int_equal(send_at(&p, &now, 1000000 + 600000), 8 * SECOND);
    assert_int_equal(send_at(&p, &now, 1000000 + 900000), 8 * SECOND + SECOND / 2);
    /* A call that comes late in the data goes at once, and the clock is not set back by it. */
    assert_int_equal(send_at(&p, &now, 1000), 8 * SECOND + SECOND / 2);
    assert_int_equal(send_at(&p, &now, UNKNOWN), 8 * SECOND + SECOND / 2);
    assert_int_equal(send_at(&p, &now, 1000000 + 1200000), 9 * SECOND);
    /* Faster: from the last call on. */
    pace_set_speed(&p, 6000, now);
    assert_int_equal(send_at(&p, &now, 1000000 + 1800000), 9 * SECOND + SECOND / 10);
    /* Paused for an hour: the gap begins anew, nothing is caught up with. */
    pace_pause(&p, true, now);
    now += 3600 * SECOND;
    int64_t resumed = now;
    pace_pause(&p, false, now);
    assert_int_equal(send_at(&p, &now, 1000000 + 2400000), resumed);
    assert_int_equal(send_at(&p, &now, 1000000 + 3000000), resumed + SECOND / 10);
    /* The data start again: no wait, and no time going backwards. */
    pace_rewind(&p);
    assert_int_equal(send_at(&p, &now, 1000000), resumed + SECOND / 10);
    assert_int_equal(send_at(&p, &now, 1000000 + 600000), resumed + 2 * (SECOND / 10));
    pace_set_speed(&p, 1e9, now);
    assert_true(p.speed == PACE_SPEED_MAX);
}

static void data_that_run_backwards_are_sent_at_once(void **state)
{
    struct pace p;
    int64_t now = 0;
    pace_init(&p, PACING_EVENT_TIME, 10, 1);
    for (int64_t event = 1000000; event > 0; event -= 1000)
        assert_int_equal(send_at(&p, &now, event), 0);
}

static void after_a_burst_event_time_goes_on_from_where_it_led(void **state)
{
    struct pace p;
    int64_t now = 0;
    pace_init(&p, PACING_EVENT_TIME, 10, 1);
    (void)send_at(&p, &now, 0);
    pace_credit(&p, 2);
    assert_int_equal(send_at(&p, &now, 60000), 0);
    assert_int_equal(send_at(&p, &now, 120000), 0);
    assert_int_equal(send_at(&p, &now, 121000), SECOND);
}

static void the_meter_tells_the_rate_of_the_last_seconds(void **state)
{
    struct meter m;
    double city;
    meter_reset(&m);
    assert_true(isnan(meter_rate(&m, 0, &city)));
    int64_t now = 0;
    for (int64_t n = 1; n <= 1000; n++, now += SECOND / 100)
        meter_add(&m, now, n, n * 1000);
    assert_true(fabs(meter_rate(&m, now, &city) - 100) < 1);
    assert_true(fabs(city - 100) < 1);
    /* Twice as fast: within a few seconds it says so. */
    for (int64_t n = 1001; n <= 2400; n++, now += SECOND / 200)
        meter_add(&m, now, n, n * 1000);
    assert_true(fabs(meter_rate(&m, now, &city) - 200) < 2);
    /* Silence: falls, then is nothing. */
    assert_true(meter_rate(&m, now + 2 * SECOND, &city) < 160);
    assert_true(meter_rate(&m, now + 100 * SECOND, &city) == 0);
}

static void the_meter_is_steady_at_slow_rates(void **state)
{
    struct meter m;
    double city;
    int64_t now = 0;
    meter_reset(&m);
    for (int64_t n = 1; n <= 30; n++) {
        for (int tenth = 0; tenth < 100; tenth++, now += SECOND / 10) {
            meter_add(&m, now, n, UNKNOWN);
            if (n > 10)
                assert_true(fabs(meter_rate(&m, now, &city) - 0.1) < 0.001);
        }
    }
    assert_true(isnan(city));
}

static void the_meter_begins_anew_after_a_change(void **state)
{
    struct meter m;
    double city;
    int64_t now = 0;
    meter_reset(&m);
    for (int64_t n = 1; n <= 500; n++, now += SECOND / 100)
        meter_add(&m, now, n, UNKNOWN);
    meter_reset(&m);
    assert_true(isnan(meter_rate(&m, now, &city)));
    /* The same count once more is no second report. */
    meter_add(&m, now, 500, UNKNOWN);
    meter_add(&m, now + SECOND, 500, UNKNOWN);
    assert_true(isnan(meter_rate(&m, now + SECOND, &city)));
    meter_reset(&m);
    for (int64_t n = 501; n <= 510; n++, now += SECOND / 10)
        meter_add(&m, now, n, UNKNOWN);
    assert_true(fabs(meter_rate(&m, now, &city) - 10) < 0.01);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_rate_is_exact_over_ten_seconds),
        cmocka_unit_test(unlimited_is_always_due),
        cmocka_unit_test(a_rate_change_starts_from_the_last_call_without_a_burst),
        cmocka_unit_test(after_a_pause_it_goes_on_in_step),
        cmocka_unit_test(steps_are_sent_while_paused_and_no_more),
        cmocka_unit_test(a_burst_comes_on_top_of_the_rate),
        cmocka_unit_test(nothing_comes_in_a_burst),
        cmocka_unit_test(a_busy_machine_does_not_change_the_rate),
        cmocka_unit_test(a_stall_is_not_caught_up_with),
        cmocka_unit_test(event_time_keeps_the_gaps_between_calls),
        cmocka_unit_test(data_that_run_backwards_are_sent_at_once),
        cmocka_unit_test(after_a_burst_event_time_goes_on_from_where_it_led),
        cmocka_unit_test(the_meter_tells_the_rate_of_the_last_seconds),
        cmocka_unit_test(the_meter_is_steady_at_slow_rates),
        cmocka_unit_test(the_meter_begins_anew_after_a_change),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
