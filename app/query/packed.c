#include "query/packed.h"

#include <endian.h>

#define TIME_BYTES_MAX 8
#define ID_BYTES_MAX   4

/* What stands before the rows of a block. Ids of a column that are all 0 (null) take no byte at all. */
struct head {
    uint8_t rows_less_1;
    uint8_t time_bytes;
    uint8_t id_bytes[TUPLE_WORDS_MAX - 2];
    int64_t earliest_ms;
};

static uint8_t bytes_of(uint64_t largest)
{
    return largest == 0 ? 0 : (uint8_t)((64 - __builtin_clzll(largest) + 7) / 8);
}

static size_t head_bytes(int id_count)
{
    return 2 + (size_t)id_count + sizeof(int64_t);
}

static size_t row_bytes_of(const struct head *h, int id_count)
{
    size_t bytes = h->time_bytes;

    for (int i = 0; i < id_count; i++)
        bytes += h->id_bytes[i];
    return bytes;
}

/* Column by column: the rows of a block lie in the nearest cache, and a loop over one column does little else
 * than load. */
static struct head head_of(const uint32_t *rows, uint32_t count, int id_count)
{
    struct head h = {.rows_less_1 = (uint8_t)(count - 1), .earliest_ms = INT64_MAX};
    int64_t latest_ms = INT64_MIN;
    const size_t words = 2 + (size_t)id_count;
    const uint32_t *end = rows + count * words;

    for (const uint32_t *row = rows; row < end; row += words) {
        int64_t time_ms = tuple_time(row);
        h.earliest_ms = time_ms < h.earliest_ms ? time_ms : h.earliest_ms;
        latest_ms = time_ms > latest_ms ? time_ms : latest_ms;
    }
    h.time_bytes = bytes_of((uint64_t)latest_ms - (uint64_t)h.earliest_ms);
    for (int c = 0; c < id_count; c++) {
        uint32_t bits = 0;
        for (const uint32_t *row = rows; row < end; row += words)
            bits |= row[2 + c];
        h.id_bytes[c] = bytes_of(bits);
    }
    return h;
}

static uint32_t block_rows(uint32_t left)
{
    return left < PACKED_BLOCK_ROWS ? left : PACKED_BLOCK_ROWS;
}

uint64_t packed_bytes(const uint32_t *rows, uint32_t count, int id_count)
{
    uint64_t bytes = 0;

    while (count > 0) {
        uint32_t n = block_rows(count);
        struct head h = head_of(rows, n, id_count);
        bytes += head_bytes(id_count) + (uint64_t)n * row_bytes_of(&h, id_count);
        rows += (size_t)n * (2 + (size_t)id_count);
        count -= n;
    }
    return bytes;
}

/* Writes eight bytes, of which `bytes` count: the next value goes over the others. */
static unsigned char *put_low_bytes(unsigned char *to, uint64_t value, uint8_t bytes)
{
    value = htole64(value);
    memcpy(to, &value, sizeof(value));
    return to + bytes;
}

static void put_block(struct image_out *out, const uint32_t *rows, uint32_t count, int id_count)
{
    struct head h = head_of(rows, count, id_count);
    unsigned char bytes[PACKED_BLOCK_ROWS * (TIME_BYTES_MAX + ID_BYTES_MAX * (TUPLE_WORDS_MAX - 2)) + 8];
    unsigned char *to = bytes;
    const size_t words = 2 + (size_t)id_count;
    int64_t earliest_ms = (int64_t)htole64((uint64_t)h.earliest_ms);

    for (uint32_t i = 0; i < count; i++, rows += words) {
        to = put_low_bytes(to, (uint64_t)tuple_time(rows) - (uint64_t)h.earliest_ms, h.time_bytes);
        for (int c = 0; c < id_count; c++)
            to = put_low_bytes(to, rows[2 + c], h.id_bytes[c]);
    }
    image_put(out, &h.rows_less_1, 1);
    image_put(out, &h.time_bytes, 1);
    image_put(out, h.id_bytes, (size_t)id_count);
    image_put(out, &earliest_ms, sizeof(earliest_ms));
    image_put(out, bytes, (size_t)(to - bytes));
}

void packed_put(struct image_out *out, const uint32_t *rows, uint32_t count, int id_count)
{
    while (count > 0) {
        uint32_t n = block_rows(count);
        put_block(out, rows, n, id_count);
        rows += (size_t)n * (2 + (size_t)id_count);
        count -= n;
    }
}

static bool get_head(struct image_in *in, struct head *h, int id_count)
{
    uint64_t earliest_ms;

    if (!image_get(in, &h->rows_less_1, 1) || !image_get(in, &h->time_bytes, 1) ||
        !image_get(in, h->id_bytes, (size_t)id_count) || !image_get(in, &earliest_ms, sizeof(earliest_ms)))
        return false;
    h->earliest_ms = (int64_t)le64toh(earliest_ms);
    bool sound = h->time_bytes <= TIME_BYTES_MAX && h->earliest_ms >= -IMAGE_TIME_MAX &&
                 h->earliest_ms <= IMAGE_TIME_MAX;
    for (int c = 0; c < id_count; c++)
        sound = sound && h->id_bytes[c] <= ID_BYTES_MAX;
    return sound || image_fail(in, "the state image is damaged: a block of distinct rows makes no sense");
}

static uint64_t get_low_bytes(const char *from, uint8_t bytes)
{
    uint64_t value = 0;

    memcpy(&value, from, bytes);
    return le64toh(value);
}

bool packed_get(struct image_in *in, struct packed_block *block, int id_count)
{
    struct head h = {0};
    uint32_t *row = block->rows;

    if (!get_head(in, &h, id_count))
        return false;
    block->count = (uint32_t)h.rows_less_1 + 1;
    size_t bytes = block->count * row_bytes_of(&h, id_count);
    if (bytes > (size_t)(in->end - in->at))
        return image_fail(in, "the state image is damaged: it ends too early");
    for (uint32_t i = 0; i < block->count; i++, row += 2 + id_count) {
        uint64_t distance_ms = get_low_bytes(in->at, h.time_bytes);
        in->at += h.time_bytes;
        int64_t time_ms = (int64_t)((uint64_t)h.earliest_ms + distance_ms);
        if (distance_ms > 2 * (uint64_t)IMAGE_TIME_MAX || time_ms > IMAGE_TIME_MAX)
            return image_fail(in, "the state image is damaged: a time is out of range");
        memcpy(row, &time_ms, sizeof(time_ms));
        for (int c = 0; c < id_count; c++) {
            row[2 + c] = (uint32_t)get_low_bytes(in->at, h.id_bytes[c]);
            in->at += h.id_bytes[c];
        }
    }
    return true;
}
