/* Packed rows: what was put in comes out, in as few bytes as the values need; damage is refused or gives
 * other rows, and nothing worse. */
#include "feed.h"

#include "query/packed.h"

#define ROWS_MAX 1000

static int keep(void *arg, const void *bytes, size_t len)
{
    strbuf_add(arg, bytes, len);
    return 0;
}

static void put_row(uint32_t *log, int id_count, uint32_t at, int64_t time_ms, const uint32_t *ids)
{
    uint32_t *row = log + at * (2 + (size_t)id_count);

    memcpy(row, &time_ms, sizeof(time_ms));
    memcpy(row + 2, ids, (size_t)id_count * sizeof(*ids));
}

static struct strbuf packed_of(const uint32_t *log, uint32_t count, int id_count)
{
    struct strbuf bytes = {0};
    struct image_out out = {.write = keep, .arg = &bytes};

    packed_put(&out, log, count, id_count);
    assert_int_equal(image_flush(&out), 0);
    assert_int_equal(bytes.len, packed_bytes(log, count, id_count));
    return bytes;
}

/* Unpacks all blocks; true when they give just the rows of the log. */
static bool gives(const struct strbuf *bytes, const uint32_t *log, uint32_t count, int id_count, bool *sound)
{
    /* A copy of exact size, so that a reader that goes too far is caught. */
    char err[300] = "", *copy = xmalloc(bytes->len + 1);
    struct image_in in = {copy, copy + bytes->len, copy + bytes->len, err, sizeof(err)};
    struct packed_block *block = xcalloc(1, sizeof(*block));
    const size_t words = 2 + (size_t)id_count;
    uint32_t done = 0;
    bool same = true;

    if (bytes->len > 0)
        memcpy(copy, bytes->data, bytes->len);
    *sound = true;
    while (in.at < in.end && *sound) {
        *sound = packed_get(&in, block, id_count);
        if (!*sound)
            break;
        assert_in_range(block->count, 1, PACKED_BLOCK_ROWS);
        same = same && done + block->count <= count &&
               memcmp(block->rows, log + done * words, block->count * words * sizeof(*log)) == 0;
        done += block->count;
    }
    if (!*sound)
        assert_true(strlen(err) > 10);
    free(block);
    free(copy);
    return same && done == count;
}

static uint64_t random_of_bits(uint64_t *r, uint32_t bits)
{
    uint64_t value = (uint64_t)random_below(r, UINT32_MAX) << 32 | random_below(r, UINT32_MAX);

    return bits == 0 ? 0 : value >> (64 - bits);
}

/* Random rows whose values take random numbers of bits. */
static uint32_t random_rows(uint64_t *r, uint32_t *log, int id_count)
{
    uint32_t count = random_below(r, ROWS_MAX + 1), time_bits = random_below(r, 61);
    uint32_t id_bits[TUPLE_WORDS_MAX], ids[TUPLE_WORDS_MAX];
    int64_t base_ms = (int64_t)random_of_bits(r, random_below(r, 60)) * (random_below(r, 2) ? 1 : -1);

    for (int c = 0; c < id_count; c++)
        id_bits[c] = random_below(r, 33);
    for (uint32_t i = 0; i < count; i++) {
        int64_t time_ms = base_ms + (int64_t)random_of_bits(r, time_bits);
        for (int c = 0; c < id_count; c++)
            ids[c] = (uint32_t)random_of_bits(r, id_bits[c]);
        if (time_ms > IMAGE_TIME_MAX)
            time_ms = IMAGE_TIME_MAX;
        put_row(log, id_count, i, time_ms, ids);
    }
    return count;
}

static void any_rows_come_back_as_they_were(void **state)
{
    uint32_t *log = xcalloc(ROWS_MAX, TUPLE_WORDS_MAX * sizeof(*log));
    uint64_t r = 5;
    bool sound;

    for (int i = 0; i < 2000; i++) {
        int id_count = (int)random_below(&r, TUPLE_WORDS_MAX - 1);
        uint32_t count = random_rows(&r, log, id_count);
        struct strbuf bytes = packed_of(log, count, id_count);
        assert_true(gives(&bytes, log, count, id_count, &sound));
        assert_true(sound);
        strbuf_free(&bytes);
    }
    free(log);
}

static void the_ends_of_the_ranges_come_back(void **state)
{
    uint32_t log[2 * 3], most = UINT32_MAX, none = 0;
    bool sound;

    put_row(log, 1, 0, -IMAGE_TIME_MAX, &most);
    put_row(log, 1, 1, IMAGE_TIME_MAX, &none);
    struct strbuf bytes = packed_of(log, 2, 1);
    assert_true(gives(&bytes, log, 2, 1, &sound));
    strbuf_free(&bytes);
}

static void rows_like_those_of_calls_take_seven_bytes(void **state)
{
    uint32_t log[PACKED_BLOCK_ROWS * 4];

    for (uint32_t i = 0; i < PACKED_BLOCK_ROWS; i++) {
        uint32_t ids[2] = {1 + i % 19, 300 + i % 100};
        put_row(log, 2, i, INT64_C(1546300000000) + i * INT64_C(7680000), ids); /* three weeks of calls */
    }
    assert_in_range(packed_bytes(log, PACKED_BLOCK_ROWS, 2), 1, PACKED_BLOCK_ROWS * 7 + 16);
    assert_int_equal(packed_bytes(log, 0, 2), 0);
}

static void damage_is_refused_or_harmless(void **state)
{
    uint32_t *log = xcalloc(ROWS_MAX, TUPLE_WORDS_MAX * sizeof(*log));
    long refused = 0, other = 0;
    uint64_t r = 11;
    bool sound;

    for (int i = 0; i < 3000; i++) {
        int id_count = 1 + (int)random_below(&r, 3);
        uint32_t count = random_rows(&r, log, id_count);
        struct strbuf bytes = packed_of(log, count, id_count);
        if (bytes.len > 0 && random_below(&r, 2))
            bytes.len = random_below(&r, (uint32_t)bytes.len);
        if (bytes.len > 0)
            bytes.data[random_below(&r, (uint32_t)bytes.len)] ^= (char)(1 << random_below(&r, 8));
        bool same = gives(&bytes, log, count, id_count, &sound);
        refused += !sound;
        other += sound && !same;
        strbuf_free(&bytes);
    }
    assert_true(refused > 500);
    assert_true(other > 100);
    free(log);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(any_rows_come_back_as_they_were),
        cmocka_unit_test(the_ends_of_the_ranges_come_back),
        cmocka_unit_test(rows_like_those_of_calls_take_seven_bytes),
        cmocka_unit_test(damage_is_refused_or_harmless),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
