/* The marked rows of a batch: all of a small one, evenly spread ones of a large one, and late rows in any
 * case. That their kinds are right is the model test's part. */
#include "steps.h"

static const int64_t start_ms = INT64_C(1546300000000);

/* Rows so many seconds apart, one type. */
static void add_rows(struct feed *f, int count, int64_t from_ms)
{
    char iso[ISO_MAX];

    for (int i = 0; i < count; i++) {
        iso_format_ms(iso, from_ms + i * INT64_C(1000), 0);
        feed_call(f, iso, "ADM", "a");
    }
}

static void expect_even(const struct row_mark *marks, size_t count, int64_t rows)
{
    assert_true(count > 1);
    int64_t stride = marks[1].number - marks[0].number;

    assert_int_equal(marks[0].number, 0);
    for (size_t i = 0; i < count; i++) {
        assert_int_equal(marks[i].number, (int64_t)i * stride);
        assert_int_equal(marks[i].event_ms, start_ms + marks[i].number * 1000);
    }
    assert_true((int64_t)count * stride >= rows); /* up to the last one */
}

static void all_rows_of_a_small_batch_are_marked_and_some_of_a_large_one(void **state)
{
    static const int sizes[] = {1, 64, SAMPLE_MOST, SAMPLE_MOST + 1, 1000, 4097, 20000};
    struct query_settings s = reference();

    for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
        struct query *q = query_new(&s, NULL, NULL);
        struct feed f = {0};
        struct progress p = {0};
        size_t count;
        add_rows(&f, sizes[i], start_ms);
        run_batch(q, &f, &p);
        const struct row_mark *marks = query_marks(q, &count);
        if (sizes[i] <= SAMPLE_MOST)
            assert_int_equal(count, sizes[i]);
        else
            assert_true(count > SAMPLE_MOST / 2 && count <= SAMPLE_MOST);
        if (sizes[i] > 1)
            expect_even(marks, count, sizes[i]);
        run_batch(q, &f, &p); /* without rows */
        query_marks(q, &count);
        assert_int_equal(count, 0);
        query_free(q);
    }
}

static void few_late_rows_are_marked_however_many_others_there_are(void **state)
{
    struct query_settings s = windowed(OUTPUT_UPDATE, 10 * MINUTE, 10 * MINUTE);
    struct query *q = query_new(&s, NULL, NULL);
    struct feed f = {0};
    struct progress p = {0};
    size_t count, late = 0;

    add_rows(&f, 1, start_ms + 600 * MINUTE);
    run_batch(q, &f, &p);
    run_batch(q, &f, &p);
    for (int i = 0; i < 7; i++) {
        add_rows(&f, 777, start_ms + 600 * MINUTE);
        add_rows(&f, 1, start_ms + i); /* ten hours behind */
    }
    run_batch(q, &f, &p);
    const struct row_mark *marks = query_marks(q, &count);
    for (size_t i = 0; i < count; i++) {
        assert_true(i == 0 || marks[i].number > marks[i - 1].number);
        if (marks[i].kind != MARK_LATE)
            continue;
        assert_int_equal(marks[i].number, (int64_t)(late + 1) * 778 - 1);
        assert_int_equal(marks[i].event_ms, start_ms + (int64_t)late);
        late++;
    }
    assert_int_equal(late, 7);
    assert_int_equal(p.rows_late, 7);
    assert_true(count <= SAMPLE_MOST + late);
    query_free(q);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(all_rows_of_a_small_batch_are_marked_and_some_of_a_large_one, start_over),
        cmocka_unit_test_setup(few_late_rows_are_marked_however_many_others_there_are, start_over),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
