/* A query fed with a few calls batch by batch, for the tests of sinks that other programs read. */
#ifndef DATABASE_FIXTURE_H
#define DATABASE_FIXTURE_H

#include "query/query.h"
#include "sink/sink.h"

#include <stdio.h>
#include <string.h>

/* One batch of calls given as "type@23:57" words; ended by NULL. p gets its report, with the query's id set.
 */
static inline void feed_batch(struct query *q, int64_t batch_id, const char *id, struct progress *p,
                              const char *const calls[])
{
    query_batch_begin(q, batch_id);
    for (int i = 0; calls[i]; i++) {
        char json[300];
        const char *at = strchr(calls[i], '@');
        int len =
            snprintf(json, sizeof json,
                     "{\"original_crime_type_name\":\"%.*s\",\"call_date_time\":\"2018-12-31T%s:00.000\","
                     "\"disposition\":\"HAN\"}",
                     (int)(at - calls[i]), calls[i], at + 1);
        struct message m = {
            .value = json, .value_len = (size_t)len, .offset = i, .timestamp_ms = UNKNOWN, .partition = 0};
        query_rows(q, &m, 1);
    }
    memset(p, 0, sizeof *p);
    query_batch_end(q, p);
    p->batch_id = batch_id;
    snprintf(p->id, sizeof p->id, "%s", id);
}

/* Hands the last batch to a sink. */
static inline int put_batch(const struct sink_ops *ops, void *sink, const struct query *q,
                            const struct progress *p, char *err, size_t err_cap)
{
    struct sink_batch b = {.batch_id = p->batch_id, .query = q, .progress = p};
    b.output = query_output(q, &b.output_count);
    return ops->batch(sink, &b, err, err_cap);
}

#endif
