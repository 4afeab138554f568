#include "fake_feed.h"

#include "base/xalloc.h"
#include "ui/rank.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static const char *const names[] = {"Alarm", "Boost", "Crash", "Dog", NULL};

/* The rows as one word of first letters. */
static const char *rows(const struct rank *r, const struct query_view *v)
{
    static char word[64];
    size_t i = 0;
    for (; i < r->count && i < sizeof word - 1; i++)
        word[i] = view_key_at(v, r->order[i])->fields[0][0];
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
    fake_key(v, 2)->delta = 3;
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

/* ---- long tables: only what is asked for is in order ---- */

enum { MANY = 30000 };

/* Names that share beginnings, counts of which very many are the same. */
static struct query_view *long_table(uint64_t number, uint32_t seed)
{
    char **list = xcalloc(MANY + 1, sizeof *list);
    int64_t *totals = xcalloc(MANY, sizeof *totals);
    for (size_t i = 0; i < MANY; i++) {
        list[i] = xasprintf("%zu Block Of Market", i * 7919 % MANY);
        seed = seed * 1664525U + 1013904223U;
        totals[i] = (int64_t)((seed >> 24) * (seed >> 24) / 9000); /* many 0, few large */
    }
    struct query_view *v = fake_table(number, (const char *const *)list, totals);
    for (size_t i = 0; i < MANY; i++) {
        fake_key(v, i)->delta = (int64_t)(i % 5);
        free(list[i]);
    }
    free(list);
    free(totals);
    return v;
}

static int64_t figure(const struct query_view *v, uint32_t key, enum rank_by by)
{
    return by == RANK_DELTA ? view_key_at(v, key)->delta : view_key_at(v, key)->total;
}

/* True when a may stand before b; said anew, and simply. */
static bool may_precede(const struct query_view *v, uint32_t a, uint32_t b, enum rank_by by, bool reverse)
{
    int name = strcmp(view_key_at(v, a)->fields[0], view_key_at(v, b)->fields[0]);
    if (by == RANK_NAME)
        return reverse ? name > 0 : name < 0;
    if (figure(v, a, by) != figure(v, b, by))
        return (figure(v, a, by) > figure(v, b, by)) != reverse;
    if (by == RANK_DELTA && figure(v, a, RANK_COUNT) != figure(v, b, RANK_COUNT))
        return (figure(v, a, RANK_COUNT) > figure(v, b, RANK_COUNT)) != reverse;
    return name < 0;
}

/* Shows a page from that row on and judges it by the whole table in order. */
static void must_show_the_rows(struct rank *r, const struct query_view *v, size_t first)
{
    enum { PAGE = 40 };
    rank_show(r, v, first, PAGE);
    uint32_t *all = rank_all(r, v);
    for (size_t i = 1; i < r->count; i++)
        assert_true(may_precede(v, all[i - 1], all[i], r->by, r->reverse));
    for (size_t i = first; i < first + PAGE && i < r->count; i++)
        assert_int_equal(r->order[i], all[i]);
    free(all);
}

static void of_a_long_table_any_page_is_what_a_full_sort_gives(void **state)
{
    (void)state;
    struct query_view *v = long_table(1, 3);
    struct query_view *w = long_table(2, 8);
    struct match match = {0};
    char why[200];
    size_t shown = 0;
    for (size_t i = 0; i < MANY; i++)
        shown += view_key_at(v, i)->total != 0;
    assert_true(shown > RANK_ALL_ROWS && shown < MANY);
    for (int by = 0; by < RANK_BYS; by++)
        for (int reverse = 0; reverse < 2; reverse++) {
            struct rank r;
            rank_init(&r);
            rank_sort_by(&r, (enum rank_by)by, reverse);
            (void)rank_update(&r, v, &match_all, 0);
            assert_int_equal(r.count, shown);
            must_show_the_rows(&r, v, 0);
            assert_true(r.last - r.first < r.count); /* and only around it are they in order */
            must_show_the_rows(&r, v, shown / 2);
            must_show_the_rows(&r, v, shown - 40);
            must_show_the_rows(&r, v, 700);
            (void)rank_update(&r, w, &match_all, 1000000); /* another view, the same page */
            must_show_the_rows(&r, w, 700);
            rank_free(&r);
        }
    struct rank r;
    rank_init(&r);
    assert_true(match_set(&match, "7 block", why, sizeof why));
    do
        (void)rank_update(&r, v, &match, 0);
    while (rank_searches(&r));
    rank_sort_by(&r, RANK_COUNT, false);
    (void)rank_update(&r, v, &match, 0);
    must_show_the_rows(&r, v, 0);
    for (size_t i = 0; i < r.count; i++)
        assert_non_null(strstr(view_key_at(v, r.order[i])->fields[0], "7 Block"));
    match_free(&match);
    rank_free(&r);
    query_view_free(v);
    query_view_free(w);
}

static void the_selection_is_found_anywhere_in_a_long_table(void **state)
{
    (void)state;
    struct rank r;
    rank_init(&r);
    struct query_view *v = long_table(1, 3), *w = long_table(2, 8);
    (void)rank_update(&r, v, &match_all, 0);
    rank_show(&r, v, 9000, 20);
    rank_select(&r, v, 9005, 0);
    uint32_t key = r.order[9005];
    rank_show(&r, v, 0, 20); /* away from it */
    assert_int_equal(rank_update(&r, v, &match_all, 1), 9005);
    fake_total(w, key, 5); /* so that it is there */
    size_t row = rank_update(&r, w, &match_all, 1000000);
    uint32_t *all = rank_all(&r, w);
    assert_int_equal(all[row], key);
    free(all);
    query_view_free(v);
    query_view_free(w);
    rank_free(&r);
}

static void a_search_goes_on_over_the_views_and_finds_all(void **state)
{
    (void)state;
    struct rank r;
    struct match match = {0};
    char why[200];
    struct query_view *v = long_table(1, 3);
    size_t expected = 0;
    for (size_t i = 0; i < MANY; i++)
        expected += view_key_at(v, i)->total != 0 && strstr(view_key_at(v, i)->fields[0], "99") != NULL;
    assert_true(expected > 100);
    assert_true(match_set(&match, "99", why, sizeof why));
    rank_init(&r);
    int turns = 0;
    for (int64_t now_ms = 0; turns == 0 || rank_searches(&r) || r.kept; turns++, now_ms += 1000)
        (void)rank_update(&r, v, &match, now_ms);
    assert_int_equal(r.count, expected);
    /* Another filter looks at all of it again. */
    assert_true(match_set(&match, "nowhere", why, sizeof why));
    do
        (void)rank_update(&r, v, &match, 0);
    while (rank_searches(&r));
    assert_int_equal(r.count, 0);
    match_free(&match);
    rank_free(&r);
    query_view_free(v);
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
        cmocka_unit_test(of_a_long_table_any_page_is_what_a_full_sort_gives),
        cmocka_unit_test(the_selection_is_found_anywhere_in_a_long_table),
        cmocka_unit_test(a_search_goes_on_over_the_views_and_finds_all),
    };
    return cmocka_run_group_tests_name("order of the table", tests, NULL, NULL);
}
