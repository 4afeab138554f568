/* Rows without a disposition or a type are no calls of any kind: dropped, counted apart. (A row without an
 * event time has not come this far: that message is bad.) */
#include "query/operator.h"

static bool nulls_wanted(const struct query_settings *s)
{
    return true;
}

static void *nulls_open(struct query_core *core)
{
    return core;
}

static void nulls_close(void *self)
{
}

static void nulls_rows(void *self, struct row_block *b)
{
    struct query_core *core = self;
    size_t kept = 0;

    for (size_t i = 0; i < b->count; i++) {
        const struct row *row = row_at(b, i);
        if (row->ids[COLUMN_DISPOSITION] != INTERN_NULL && row->ids[COLUMN_TYPE] != INTERN_NULL)
            row_move(b, kept++, i);
    }
    core->batch.rows_null += (int64_t)(b->count - kept);
    b->count = kept;
}

const struct operator operator_nulls = {
    .name = "nulls",
    .wanted = nulls_wanted,
    .open = nulls_open,
    .close = nulls_close,
    .rows = nulls_rows,
};
