/* Rows of a set in few bytes, for the state image: in blocks, each with its earliest time, and its times (as
 * distances from that) and ids in as many bytes as the largest of the block needs. Seven bytes a row where
 * sixteen lie in memory, so that a checkpoint writes, sums up and reads less than half. The layout does not
 * depend on the machine's byte order. */
#ifndef QUERY_PACKED_H
#define QUERY_PACKED_H

#include "query/image.h"
#include "query/tuples.h"

#define PACKED_BLOCK_ROWS 256

/* Bytes that packed_put will write of these rows (as in a set's log: two words of time, then the ids). */
uint64_t packed_bytes(const uint32_t *rows, uint32_t count, int id_count);
void packed_put(struct image_out *out, const uint32_t *rows, uint32_t count, int id_count);

/* A block that was read: rows as in a set's log. */
struct packed_block {
    uint32_t count;
    uint32_t rows[PACKED_BLOCK_ROWS * TUPLE_WORDS_MAX];
};
/* The next block, which has at least one row. False, with the image's error set, where the bytes run out or
 * make no sense. */
bool packed_get(struct image_in *in, struct packed_block *block, int id_count);

#endif
