#include "fake_feed.h"

#include "ui/rank.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static const char *const names[] = {"Alarm", "Boost", "Crash", "Dog", NULL};

/* The rows as one word of first letters. */
static const char *rows(const struct rank *r, const struct query_view *v)
{
    static char word[64];
    size_t i = 0;
    for (; i < r->count && i < sizeof word - 1; i++)
        word[i] = v->keys[r->order[i]].fields[0][0];
    word[i] = '\0';
    return word;
}

static void rows_are_sorted_by_count_with_ties_by_name(void **state)
{
    (void)state;
    struct rank r;
    rank_init(&r);
    struct query_view *v = fake_table(1, names, (const int64_t[]){2, 5, 2, 9});
    (void)rank_update(&r, v, &match_all, 0);
    assert_string_equal(rows(&r, v), "DBAC");
    assert_int_equal(r.total, 18);
    rank_sort_by(&r, RANK_COUNT, true);
    (void)rank_update(&r, v, &match_all, 0);
    assert_string_equal(rows(&r, v), "ACBD");
    rank_sort_by(&r, RANK_NAME, false);
    (void)rank_update(&r, v, &match_all, 0);
    assert_string_equal(rows(&r, v), "ABCD");
    v->keys[2].delta = 3;
    rank_sort_by(&r, RANK_DELTA, false);
    (void)rank_update(&r, v, &match_all, 0);
    assert_string_equal(rows(&r, v), "CDBA");
    query_view_free(v);
    rank_free(&r);
}

static void the_filter_does_not_mind_case_and_leaves_the_total_alone(void **state)
{
    (void)state;
    struct rank r;
    rank_init(&r);
    struct query_view *v = fake_table(1, names, (const int64_t[]){2, 5, 2, 9});
    struct match match = {0};
    char why[200];
    assert_true(match_set(&match, "OO", why, sizeof why));
    (void)rank_update(&r, v, &match, 0);
    assert_string_equal(rows(&r, v), "B");
    assert_int_equal(r.total, 18);
    (void)rank_update(&r, v, &match_all, 0);
    assert_int_equal(r.count, 4);
    assert_true(match_set(&match, "nothing", why, sizeof why));
    (void)rank_update(&r, v, &match, 0);
    assert_int_equal(r.count, 0);
    assert_true(match_set(&match, "/o{2}/", why, sizeof why));
    (void)rank_update(&r, v, &match, 0);
    assert_string_equal(rows(&r, v), "B");
    match_free(&match);
    query_view_free(v);
    rank_free(&r);
}

static void the_order_is_held_for_a_moment_after_a_cursor_key(void **state)
{
    (void)state;
    struct rank r;
    rank_init(&r);
    struct query_view *a = fake_table(1, names, (const int64_t[]){2, 5, 1, 9});
    struct query_view *b = fake_table(2, names, (const int64_t[]){20, 5, 1, 9});
    (void)rank_update(&r, a, &match_all, 0);
    rank_select(&r, a, 2, 1000);
    (void)rank_update(&r, b, &match_all, 1100);
    assert_string_equal(rows(&r, b), "DBAC");
    (void)rank_update(&r, b, &match_all, 1000 + RANK_HOLD_MS);
    assert_string_equal(rows(&r, b), "ADBC");
    query_view_free(a);
    query_view_free(b);
    rank_free(&r);
}

static void the_selection_stays_on_its_key_not_on_its_row(void **state)
{
    (void)state;
    struct rank r;
    rank_init(&r);
    struct query_view *a = fake_table(1, names, (const int64_t[]){2, 5, 1, 9});
    struct query_view *b = fake_table(2, names, (const int64_t[]){20, 5, 1, 9});
    (void)rank_update(&r, a, &match_all, 0);
    rank_select(&r, a, 2, 0); /* Alarm */
    assert_int_equal(rank_update(&r, b, &match_all, RANK_HOLD_MS + 1), 0);
    rank_sort_by(&r, RANK_COUNT, true);
    assert_int_equal(rank_update(&r, b, &match_all, RANK_HOLD_MS + 2), 3);
    query_view_free(a);
    query_view_free(b);
    rank_free(&r);
}

static void at_the_top_the_selection_follows_the_leader(void **state)
{
    (void)state;
    struct rank r;
    rank_init(&r);
    struct query_view *a = fake_table(1, names, (const int64_t[]){2, 5, 1, 9});
    struct query_view *b = fake_table(2, names, (const int64_t[]){20, 5, 1, 9});
    (void)rank_update(&r, a, &match_all, 0);
    rank_select(&r, a, 0, 0);
    assert_int_equal(rank_update(&r, b, &match_all, RANK_HOLD_MS + 1), 0);
    assert_string_equal(rows(&r, b), "ADBC");
    query_view_free(a);
    query_view_free(b);
    rank_free(&r);
}

static void a_view_that_numbers_its_keys_anew_is_sorted_at_once(void **state)
{
    (void)state;
    struct rank r;
    rank_init(&r);
    const char *const other[] = {"Zebra", "Yak", NULL};
    struct query_view *a = fake_table(1, names, (const int64_t[]){2, 5, 1, 9});
    struct query_view *b = fake_table(2, other, (const int64_t[]){1, 2});
    (void)rank_update(&r, a, &match_all, 0);
    rank_select(&r, a, 3, 0);
    assert_int_equal(rank_update(&r, b, &match_all, 1), 0);
    assert_string_equal(rows(&r, b), "YZ");
    query_view_free(a);
    query_view_free(b);
    rank_free(&r);
}

static void sorting_works_during_a_hold_and_on_a_still_picture(void **state)
{
    (void)state;
    struct rank r;
    rank_init(&r);
    struct query_view *a = fake_table(1, names, (const int64_t[]){2, 5, 1, 9});
    (void)rank_update(&r, a, &match_all, 0);
    rank_select(&r, a, 1, 0);
    rank_sort_by(&r, RANK_NAME, true);
    (void)rank_update(&r, a, &match_all, 1);
    assert_string_equal(rows(&r, a), "DCBA");
    query_view_free(a);
    rank_free(&r);
}

static void no_view_is_an_empty_table(void **state)
{
    (void)state;
    struct rank r;
    rank_init(&r);
    assert_int_equal(rank_update(&r, NULL, &match_all, 0), 0);
    rank_select(&r, NULL, 0, 0);
    assert_int_equal(r.count, 0);
    rank_free(&r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rows_are_sorted_by_count_with_ties_by_name),
        cmocka_unit_test(the_filter_does_not_mind_case_and_leaves_the_total_alone),
        cmocka_unit_test(the_order_is_held_for_a_moment_after_a_cursor_key),
        cmocka_unit_test(the_selection_stays_on_its_key_not_on_its_row),
        cmocka_unit_test(at_the_top_the_selection_follows_the_leader),
        cmocka_unit_test(a_view_that_numbers_its_keys_anew_is_sorted_at_once),
        cmocka_unit_test(sorting_works_during_a_hold_and_on_a_still_picture),
        cmocka_unit_test(no_view_is_an_empty_table),
    };
    return cmocka_run_group_tests_name("order of the table", tests, NULL, NULL);
}
