/* The library is woken where it may sleep, and a slow broker is not asked for nothing. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "kafka/nudge.h"

enum { FULL = 20000 };

static void a_full_queue_that_falls_to_half_is_worth_one(void **state)
{
    struct nudge n;
    nudge_begin(&n, 1000, 0);
    assert_false(nudge_due(&n, 1000, FULL, 1000, FULL));
    assert_false(nudge_due(&n, 1001, FULL / 2 + 1, 9999, FULL));
    assert_true(nudge_due(&n, 1002, FULL / 2, 10000, FULL));
    assert_false(nudge_due(&n, 1003, FULL / 2 - 1000, 11000, FULL));
    /* And again, once it has been filled. */
    assert_false(nudge_due(&n, 1010, FULL, 12000, FULL));
    assert_true(nudge_due(&n, 1012, FULL / 4, 27000, FULL));
}

/* A broker that is slower than we are: its rows come in small lots, and the queue is empty nearly always. */
static void a_queue_that_never_was_full_is_worth_none(void **state)
{
    struct nudge n;
    int64_t now_ms = 1000, seen = 0;
    nudge_begin(&n, now_ms, seen);
    int due = 0;
    for (int lot = 0; lot < 1000; lot++) {
        seen += 1000;
        now_ms++;
        due += nudge_due(&n, now_ms, 2000, seen, FULL);
        seen += 2000;
        due += nudge_due(&n, now_ms, 0, seen, FULL);
        now_ms += 10;
        due += nudge_due(&n, now_ms, 0, seen, FULL);
    }
    assert_int_equal(due, 0);
}

static void without_rows_it_is_asked_less_and_less_often(void **state)
{
    struct nudge n;
    nudge_begin(&n, 0, 7);
    int first = 0, later = 0;
    for (int64_t now_ms = 0; now_ms < 1000; now_ms++)
        first += nudge_due(&n, now_ms, 0, 7, FULL);
    for (int64_t now_ms = 1000; now_ms < 11000; now_ms++)
        later += nudge_due(&n, now_ms, 0, 7, FULL);
    assert_in_range(first, 5, 12);
    assert_in_range(later, 36, 42);
}

static void the_first_one_is_soon_and_a_row_begins_anew(void **state)
{
    struct nudge n;
    nudge_begin(&n, 0, 7);
    assert_false(nudge_due(&n, 1, 0, 7, FULL));
    assert_true(nudge_due(&n, 2, 0, 7, FULL));
    for (int64_t now_ms = 3; now_ms < 2000; now_ms++)
        (void)nudge_due(&n, now_ms, 0, 7, FULL);
    assert_false(nudge_due(&n, 2000, 0, 8, FULL));
    int64_t now_ms = 2001;
    while (!nudge_due(&n, now_ms, 0, 8, FULL))
        now_ms++;
    assert_in_range(now_ms, 2002, 2030);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_full_queue_that_falls_to_half_is_worth_one),
        cmocka_unit_test(a_queue_that_never_was_full_is_worth_none),
        cmocka_unit_test(without_rows_it_is_asked_less_and_less_often),
        cmocka_unit_test(the_first_one_is_soon_and_a_row_begins_anew),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
