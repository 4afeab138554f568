/* The tables behind the operators: exact whatever the hashes do. */
#include "feed.h"

#include "query/intern.h"
#include "query/timeline.h"
#include "query/tuples.h"

static void different_rows_of_one_hash_stay_different(void **state)
{
    struct tuples t = {0};
    const uint32_t rows = 11; /* fewer than make the set grow: growing would hash them anew */

    for (int round = 0; round < 2; round++)
        for (uint32_t i = 0; i < rows; i++) {
            uint32_t ids[2] = {i % 3, i / 3};
            assert_int_equal(tuples_add(&t, 42, 5 + i % 2, ids, 2), round == 0);
        }
    assert_int_equal(t.count, rows);
    tuples_free(&t);
}

static void a_large_set_is_exact_and_compact(void **state)
{
    struct tuples t = {0};
    uint32_t ids[2];

    for (uint32_t i = 0; i < 200000; i++) {
        ids[0] = i % 100;
        ids[1] = i % 19;
        int64_t time_ms = (int64_t)(i / 100) * 60000;
        assert_true(tuples_add(&t, tuple_hash(time_ms, ids, 2), time_ms, ids, 2));
        if (i > 100)
            assert_true(tuples_bytes(&t, 2) <= (size_t)t.count * 32 + 1024);
    }
    for (uint32_t i = 0; i < 200000; i++) {
        ids[0] = i % 100;
        ids[1] = i % 19;
        int64_t time_ms = (int64_t)(i / 100) * 60000;
        assert_false(tuples_add(&t, tuple_hash(time_ms, ids, 2), time_ms, ids, 2));
    }
    assert_int_equal(tuples_remove_until(&t, 999 * 60000, 2), 100000);
    ids[0] = ids[1] = 0;
    assert_true(tuples_add(&t, tuple_hash(0, ids, 2), 0, ids, 2)); /* forgotten */
    tuples_free(&t);
}

static void interned_texts_are_equal_only_byte_by_byte(void **state)
{
    struct intern t;
    char text[40];

    intern_open(&t);
    assert_int_equal(intern_id(&t, (struct text){NULL, 0}), INTERN_NULL);
    uint32_t empty = intern_id(&t, (struct text){"", 0});
    assert_int_not_equal(empty, INTERN_NULL);
    assert_int_equal(intern_id(&t, (struct text){"xyz", 0}), empty);
    uint32_t zero = intern_id(&t, (struct text){"\0", 1}), zeros = intern_id(&t, (struct text){"\0\0", 2});
    assert_int_not_equal(zero, zeros);
    assert_int_not_equal(zero, empty);
    for (int i = 0; i < 5000; i++) {
        snprintf(text, sizeof(text), "a text of some length %d", i);
        assert_int_equal(intern_id(&t, (struct text){text, strlen(text)}), (uint32_t)i + 4);
    }
    for (int i = 0; i < 5000; i++) {
        snprintf(text, sizeof(text), "a text of some length %d", i);
        assert_int_equal(intern_id(&t, (struct text){text, strlen(text)}), (uint32_t)i + 4);
        assert_string_equal(intern_text(&t, (uint32_t)i + 4).p, text);
    }
    intern_free(&t);
}

static bool is_there(const struct hash_index *x, uint64_t hash, uint32_t wanted)
{
    size_t at = (uint32_t)hash;
    uint32_t position;

    while (hash_index_next(x, hash, &at, &position))
        if (position == wanted)
            return true;
    return false;
}

/* Hashes of which many agree in their low bits, and some in all of them. */
static uint64_t clumsy_hash(uint32_t i)
{
    return (i % 7 == 0 ? i / 49 : i) * UINT64_C(0x10001);
}

static void an_index_loses_nothing_while_it_grows(void **state)
{
    struct hash_index x = {0};
    uint64_t r = 3;
    bool two_tables = false;

    for (uint32_t i = 0; i < 20000; i++) {
        hash_index_put(&x, clumsy_hash(i), i);
        two_tables |= x.old != NULL;
        uint32_t earlier = random_below(&r, i + 1);
        assert_true(is_there(&x, clumsy_hash(i), i));
        assert_true(is_there(&x, clumsy_hash(earlier), earlier));
        assert_false(is_there(&x, clumsy_hash(i), i + 1));
    }
    assert_true(two_tables);
    for (uint32_t i = 0; i < 20000; i++)
        assert_true(is_there(&x, clumsy_hash(i), i));
    hash_index_clear(&x);
    assert_false(is_there(&x, clumsy_hash(5), 5));
    hash_index_put(&x, clumsy_hash(5), 5);
    assert_true(is_there(&x, clumsy_hash(5), 5));
    hash_index_free(&x);
}

static void sets_that_fill_up_alike_grow_one_after_the_other(void **state)
{
    enum { SETS = 64 };
    struct tuples t[SETS] = {0};
    uint32_t most = 0;

    for (uint32_t i = 0; i < SETS; i++)
        t[i].phase = i * TUPLE_PHASES / SETS;
    for (uint32_t row = 0; row < 20000; row++) {
        uint32_t grown = 0, id = row;
        for (int i = 0; i < SETS; i++) {
            uint32_t before = t[i].slot_count;
            assert_true(tuples_add(&t[i], tuple_hash(row, &id, 1), row, &id, 1));
            grown += t[i].slot_count != before;
        }
        if (row > 1000 && grown > most)
            most = grown;
    }
    assert_in_range(most, 1, 4);
    for (int i = 0; i < SETS; i++)
        tuples_free(&t[i]);
}

static bool keep_odd(void *arg, const struct span *s)
{
    ++*(int *)arg;
    return s->value % 2 == 1;
}

static void a_sweep_asks_only_about_what_is_due(void **state)
{
    struct timeline t;
    int asked = 0;

    timeline_open(&t);
    for (uint32_t i = 0; i < 1000; i++)
        assert_int_equal(timeline_at(&t, (int64_t)(999 - i) * 10, i)->value, i);
    assert_int_equal(timeline_at(&t, 0, 5)->value, 999); /* it was there */
    timeline_sweep(&t, -1, keep_odd, &asked);
    assert_int_equal(asked, 0);
    timeline_sweep(&t, 90, keep_odd, &asked);
    assert_int_equal(asked, 10);
    assert_int_equal(t.count, 995);
    assert_int_equal(timeline_at(&t, 10, 1)->value, 1); /* had gone, is made anew */
    assert_int_equal(timeline_at(&t, 500, 7777)->value, 949);
    timeline_free(&t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(different_rows_of_one_hash_stay_different),
        cmocka_unit_test(a_large_set_is_exact_and_compact),
        cmocka_unit_test(interned_texts_are_equal_only_byte_by_byte),
        cmocka_unit_test(an_index_loses_nothing_while_it_grows),
        cmocka_unit_test(sets_that_fill_up_alike_grow_one_after_the_other),
        cmocka_unit_test(a_sweep_asks_only_about_what_is_due),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
