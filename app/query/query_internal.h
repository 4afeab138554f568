/* What query.c, result.c and state.c share of a query; nobody else includes it. */
#ifndef QUERY_QUERY_INTERNAL_H
#define QUERY_QUERY_INTERNAL_H

#include "query/operator.h"

#define OPERATORS_MAX 16

/* An operator at work in a query. */
struct stage {
    const struct operator* ops;
    void *self;
    /* of the batch */
    int64_t rows_in, rows_out;
    int64_t rows_ns, end_ns;
};

struct query {
    struct query_core core;
    struct stage stages[OPERATORS_MAX];
    int stage_count;
    int64_t previous_batch_id; /* the last finished batch before the last one, -1 = none: what a delta builds
                                  on */
    struct row_block block;
};

static inline bool stage_has_state(const struct stage *s)
{
    return s->ops->report != NULL;
}

#endif
