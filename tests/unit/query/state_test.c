/* State images: damaged, foreign or out of order they are refused with a sentence, and nothing worse happens.
 * That a restored query goes on exactly is the model test's part. */
#include "feed.h"

static int write_image(void *arg, const void *bytes, size_t len)
{
    strbuf_add(arg, bytes, len);
    return 0;
}

static struct query_settings some_settings(int number)
{
    struct query_settings s;

    query_settings_default(&s);
    s.distinct = (enum distinct_mode)(number % 3);
    s.output_mode = (enum output_mode)(number / 3 % 3);
    s.window_ms = number % 2 ? 3600000 : 600000;
    s.slide_ms = s.window_ms / (1 + number % 2);
    s.group_by[1] = FIELD_CITY;
    s.group_by_count = 2;
    return s;
}

/* Two batches: their delta images, and a full one of the end. */
struct story {
    struct query_settings settings;
    struct strbuf first, second, full;
};

static void run_batch(struct query *q, int64_t number)
{
    struct feed f = {0};
    struct progress p = {0};
    char iso[ISO_MAX], type[20];

    for (int i = 0; i < 40; i++) {
        iso_format_ms(iso, INT64_C(1546300000000) + (number * 20 + i) * INT64_C(180000), 0);
        snprintf(type, sizeof(type), "type %d", (int)(i % (3 + number)));
        feed_call(&f, iso, i % 5 ? "ADM" : "HAN", type);
    }
    query_batch_begin(q, number);
    query_rows(q, f.messages, f.count);
    query_batch_end(q, &p);
    feed_clear(&f);
}

static void tell_story(struct story *story, int number)
{
    *story = (struct story){.settings = some_settings(number)};
    struct query *q = query_new(&story->settings, NULL, NULL);
    run_batch(q, 0);
    assert_int_equal(query_state_write(q, false, write_image, &story->first), 0);
    run_batch(q, 1);
    assert_int_equal(query_state_write(q, false, write_image, &story->second), 0);
    assert_int_equal(query_state_write(q, true, write_image, &story->full), 0);
    query_free(q);
}

static void forget_story(struct story *story)
{
    strbuf_free(&story->first);
    strbuf_free(&story->second);
    strbuf_free(&story->full);
}

/* Reads a copy of exact size. On success the query must be whole: it runs a batch and tells all it knows. */
static bool read_copy(struct query *q, const char *image, size_t len, char err[300])
{
    char *copy = xmalloc(len);

    memcpy(copy, image, len);
    err[0] = '\0';
    bool good = query_state_read(q, copy, len, err, 300) == 0;
    free(copy);
    if (!good)
        assert_true(strlen(err) > 10);
    return good;
}

static void use(struct query *q, int64_t number)
{
    run_batch(q, number);
    free(table_of(q));
    free(output_of(q));
}

static void damaged_images_are_refused_or_harmless(void **state)
{
    char err[300];
    long refused = 0, taken = 0;
    uint64_t r = 3;

    for (int number = 0; number < 9; number++) {
        struct story story;
        tell_story(&story, number);
        for (int i = 0; i < 1500; i++) {
            struct strbuf image = {0};
            struct query *q = query_new(&story.settings, NULL, NULL);
            bool delta = random_below(&r, 2) == 0;
            strbuf_add(&image, delta ? story.second.data : story.full.data,
                       delta ? story.second.len : story.full.len);
            if (delta)
                assert_true(read_copy(q, story.first.data, story.first.len, err));
            for (uint32_t flips = 1 + random_below(&r, 3); flips > 0; flips--)
                image.data[random_below(&r, (uint32_t)image.len)] ^= (char)(1 << random_below(&r, 8));
            if (read_copy(q, image.data, image.len, err)) {
                taken++; /* a count or a letter of a name: the checkpoint's checksum is there for that */
                use(q, 1000);
            } else {
                refused++;
            }
            query_free(q);
            strbuf_free(&image);
        }
        forget_story(&story);
    }
    assert_true(refused > 1000);
    assert_true(taken > 1000);
}

static void an_image_cut_short_or_too_long_is_refused(void **state)
{
    struct story story;
    char err[300];

    tell_story(&story, 1);
    for (size_t len = 0; len < story.full.len; len++) {
        struct query *q = query_new(&story.settings, NULL, NULL);
        assert_false(read_copy(q, story.full.data, len, err));
        query_free(q);
    }
    strbuf_add(&story.full, "x", 1);
    struct query *q = query_new(&story.settings, NULL, NULL);
    assert_false(read_copy(q, story.full.data, story.full.len, err));
    query_free(q);
    forget_story(&story);
}

static void images_out_of_order_or_of_another_query_are_refused(void **state)
{
    struct story story;
    char err[300];

    tell_story(&story, 1);
    struct query *q = query_new(&story.settings, NULL, NULL);
    assert_false(read_copy(q, story.second.data, story.second.len, err));
    assert_non_null(strstr(err, "builds on batch 0"));
    query_free(q);

    q = query_new(&story.settings, NULL, NULL);
    assert_true(read_copy(q, story.first.data, story.first.len, err));
    assert_false(read_copy(q, story.first.data, story.first.len, err));
    query_free(q);

    struct query_settings other = story.settings;
    other.window_ms *= 2;
    q = query_new(&other, NULL, NULL);
    assert_false(read_copy(q, story.first.data, story.first.len, err));
    assert_non_null(strstr(err, "other settings"));
    query_free(q);

    q = query_new(&story.settings, NULL, NULL);
    use(q, 0);
    assert_false(read_copy(q, story.second.data, story.second.len, err));
    query_free(q);
    forget_story(&story);
}

static void a_delta_holds_what_the_batch_changed_and_not_the_whole_state(void **state)
{
    struct query_settings s = some_settings(1);
    struct query *q = query_new(&s, NULL, NULL);
    struct strbuf delta = {0}, full = {0};

    for (int i = 0; i < 100; i++)
        run_batch(q, i);
    assert_int_equal(query_state_write(q, false, write_image, &delta), 0);
    assert_int_equal(query_state_write(q, true, write_image, &full), 0);
    assert_true(delta.len * 4 < full.len);
    strbuf_free(&delta);
    strbuf_free(&full);
    query_free(q);
}

static int fail_after(void *arg, const void *bytes, size_t len)
{
    int *left = arg;

    assert_true(*left >= 0); /* nothing is written after the failure */
    return (*left)-- > 0 ? 0 : -1;
}

static void a_write_that_fails_stops_and_is_told(void **state)
{
    struct query_settings s = some_settings(1);
    struct query *q = query_new(&s, NULL, NULL);

    for (int i = 0; i < 200; i++)
        run_batch(q, i);
    for (int writes = 0; writes < 2; writes++) {
        int left = writes;
        assert_int_equal(query_state_write(q, true, fail_after, &left), -1);
        assert_int_equal(left, -1);
    }
    query_free(q);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(damaged_images_are_refused_or_harmless),
        cmocka_unit_test(an_image_cut_short_or_too_long_is_refused),
        cmocka_unit_test(images_out_of_order_or_of_another_query_are_refused),
        cmocka_unit_test(a_delta_holds_what_the_batch_changed_and_not_the_whole_state),
        cmocka_unit_test(a_write_that_fails_stops_and_is_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
