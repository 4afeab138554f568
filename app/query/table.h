/* A result table that somebody else has counted (a Spark job), put into a query that gets no rows: so sinks,
 * formats and views read it like any other. Between query_table_begin and query_table_end a batch hands over
 * the groups that it has changed, each with its whole count. The engine thread makes every call. */
#ifndef QUERY_TABLE_H
#define QUERY_TABLE_H

#include "query/query.h"

void query_table_begin(struct query *q, int64_t batch_id);
/* One group: the group-by values in their order (copied; p == NULL is null), where its window starts (UNKNOWN
 * where there is none), and its count as of this batch. */
void query_table_put(struct query *q, const struct text *fields, int64_t window_start_ms, int64_t count);
/* watermark_ms: what the batch used, UNKNOWN where that is not known: in update mode windows that end at or
 * before it are closed. In append mode a group is only ever handed over when it is closed. */
void query_table_end(struct query *q, int64_t watermark_ms);

/* Rows that the table's groups stand for, a sliding window's row counted once. */
int64_t query_table_rows(const struct query *q);

#endif
