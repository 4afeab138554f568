#include "query/table.h"

#include "query/query_internal.h"

void query_table_begin(struct query *q, int64_t batch_id)
{
    query_batch_begin(q, batch_id);
}

/* Where there is no window, but the event time itself is grouped by, that is the group's time: it decides the
 * order of the table. */
static int64_t start_of(const struct query_core *core, const struct text *fields, int64_t window_start_ms)
{
    int64_t start_ms = 0;

    if (core->settings.window_ms > 0)
        return window_start_ms;
    for (int i = 0; i < core->settings.group_by_count; i++)
        if (core->settings.group_by[i] == FIELD_CALL_DATE_TIME && fields[i].p != NULL)
            (void)iso_parse_ms(fields[i].p, fields[i].len, &start_ms);
    return start_ms;
}

/* How many of a group's rows its key gets. Windows that overlap hold a row several times; those that start at
 * multiples of their length lie side by side and hold it once. */
static int64_t rows_for_key(const struct query_core *core, int64_t start_ms, int64_t rows)
{
    int64_t window_ms = core->settings.window_ms, slide_ms = core->settings.slide_ms;

    if (window_ms <= 0 || slide_ms == window_ms)
        return rows;
    return time_floor(start_ms, window_ms) == start_ms ? rows : 0;
}

static void add_to_key(struct groups *g, uint32_t key, int64_t rows)
{
    struct group_key *k = &g->keys[key];

    if (rows == 0)
        return;
    if (k->touched != g->serial) {
        k->touched = g->serial;
        k->before = k->rows;
        numbers_add(&g->changed_keys, key);
    }
    k->rows += rows;
}

void query_table_put(struct query *q, const struct text *fields, int64_t window_start_ms, int64_t count)
{
    struct query_core *core = &q->core;
    const struct intern *columns[FIELD_COUNT];
    uint32_t ids[FIELD_COUNT];

    for (int i = 0; i < core->settings.group_by_count; i++) {
        struct intern *strings = &core->columns[core->group_columns[i]].strings;
        columns[i] = strings;
        ids[i] = intern_id(strings, fields[i]);
    }
    uint32_t key = groups_key(&core->groups, columns, ids);
    int64_t start_ms = start_of(core, fields, window_start_ms);
    uint32_t number = groups_add(&core->groups, key, start_ms, 0);
    int64_t rows = count - core->groups.list[number].count;
    core->groups.list[number].count = count;
    add_to_key(&core->groups, key, rows_for_key(core, start_ms, rows));
}

void query_table_end(struct query *q, int64_t watermark_ms)
{
    struct query_core *core = &q->core;

    if (!core->closes_groups)
        return;
    if (core->settings.output_mode == OUTPUT_APPEND)
        (void)groups_close(&core->groups, INT64_MAX);
    else if (watermark_ms != UNKNOWN)
        (void)groups_close(&core->groups, time_add(watermark_ms, -core->group_span_ms));
}

int64_t query_table_rows(const struct query *q)
{
    int64_t rows = 0;

    for (size_t i = 0; i < q->core.groups.key_count; i++)
        rows += q->core.groups.keys[i].rows;
    return rows;
}
