/* A row on its way through the operators, and the block of rows that they hand on. Texts are ids of the
 * query's columns (operator.h), so all rows of a query are of one width and own nothing. They lie packed:
 * less to carry between the caches of the threads that share a block. The block belongs to the query; an
 * operator works on it in place and drops rows by moving the later ones up. */
#ifndef QUERY_ROW_H
#define QUERY_ROW_H

#include "query/query.h"

#include <string.h>

/* Enough that sharing a block out over threads pays, little enough that its rows stay in a cache. */
#define BLOCK_ROWS 4096

/* Text columns that every query has. */
enum { COLUMN_DISPOSITION, COLUMN_TYPE, COLUMN_NONE = -1 };

struct row {
    const struct message *message; /* where it came from, for the listener */
    int64_t event_ms;
    union {
        int64_t start_ms; /* set by the window operator: the newest window that holds the row */
        uint32_t key;     /* set by the aggregate operator in its place: the key it was counted under */
    };
    uint32_t ids[]; /* by column number */
};

struct row_block {
    const struct message *messages; /* in: what parse makes rows of */
    size_t message_count;
    unsigned char *rows; /* room for BLOCK_ROWS of row_bytes each */
    size_t row_bytes;
    size_t count;
};

/* Bytes that a row with so many columns takes, so that the next one is aligned. */
static inline size_t row_bytes(int columns)
{
    size_t bytes = sizeof(struct row) + (size_t)columns * sizeof(uint32_t);

    return (bytes + _Alignof(struct row) - 1) / _Alignof(struct row) * _Alignof(struct row);
}

static inline struct row *row_at(const struct row_block *b, size_t i)
{
    return (struct row *)(void *)(b->rows + i * b->row_bytes);
}

/* Moves row `from` up to the place `to`, which may be its own. */
static inline void row_move(const struct row_block *b, size_t to, size_t from)
{
    if (to != from)
        memcpy(b->rows + to * b->row_bytes, b->rows + from * b->row_bytes, b->row_bytes);
}

#endif
