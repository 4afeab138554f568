/* The left outer join of the radio codes: a disposition gets its description, null where it has no code. The
 * codes do not change while a query runs, so each disposition is looked up once. It runs only when something
 * groups by the description; otherwise the join adds a column that nobody reads, and no row more or less. */
#include "query/operator.h"

#include "base/xalloc.h"

#include <stdlib.h>

struct join {
    struct query_core *core;
    int column;               /* of the description */
    uint32_t *description_of; /* description's id by disposition's id */
    size_t known, capacity;   /* dispositions looked up so far */
};

static bool join_wanted(const struct query_settings *s)
{
    for (int i = 0; i < s->group_by_count; i++)
        if (s->group_by[i] == FIELD_DISPOSITION_DESCRIPTION)
            return true;
    return false;
}

static void *join_open(struct query_core *core)
{
    struct join *j = xcalloc(1, sizeof(*j));

    j->core = core;
    j->column = core->column_of[FIELD_DISPOSITION_DESCRIPTION];
    return j;
}

static void join_close(void *self)
{
    struct join *j = self;

    free(j->description_of);
    free(j);
}

static void look_up(struct join *j)
{
    const struct intern *dispositions = &j->core->columns[COLUMN_DISPOSITION].strings;

    j->description_of = array_grow(j->description_of, &j->capacity, dispositions->count, sizeof(uint32_t));
    for (; j->known < dispositions->count; j->known++) {
        struct text description = {NULL, 0};
        if (j->core->codes != NULL && j->known != INTERN_NULL)
            description = codes_find(j->core->codes, dispositions->texts[j->known]);
        j->description_of[j->known] = intern_id(&j->core->columns[j->column].strings, description);
    }
}

static void join_rows(void *self, struct row_block *b)
{
    struct join *j = self;

    look_up(j);
    for (size_t i = 0; i < b->count; i++) {
        struct row *row = row_at(b, i);
        row->ids[j->column] = j->description_of[row->ids[COLUMN_DISPOSITION]];
    }
}

const struct operator operator_join = {
    .name = "join",
    .wanted = join_wanted,
    .open = join_open,
    .close = join_close,
    .rows = join_rows,
};
