/* A row on its way through the operators, and the block of rows that they hand on. Texts are ids of the
 * query's columns (operator.h), so a row has a fixed width and owns nothing. The block belongs to the query;
 * an operator works on it in place and drops rows by moving the later ones up. */
#ifndef QUERY_ROW_H
#define QUERY_ROW_H

#include "query/query.h"

#define BLOCK_ROWS 512

struct row {
    const struct message *message; /* where it came from, for the listener */
    int64_t event_ms;
    int64_t start_ms;          /* set by the window operator: the newest window that holds the row */
    uint32_t ids[FIELD_COUNT]; /* by column number */
};

struct row_block {
    const struct message *messages; /* in: what parse makes rows of */
    size_t message_count;
    struct row rows[BLOCK_ROWS];
    size_t count;
};

#endif
