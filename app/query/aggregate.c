/* Counts rows by group, and hands on those that it has counted. In update and append modes a row is late for
 * a window that ended at or before the watermark of the batch before; the windows that end at or before the
 * batch's own watermark close when the batch ends. */
#include "query/operator.h"
#include "query/tuples.h"

#include "base/xalloc.h"

#include <stdlib.h>

struct aggregate {
    struct query_core *core;
    struct groups *groups;
    const struct intern *columns[FIELD_COUNT]; /* of the group-by fields */
    int id_count;
    struct tuples late; /* the different groups that late rows of this batch belong to */
    int64_t removed;
};

static bool aggregate_wanted(const struct query_settings *s)
{
    return true;
}

static void *aggregate_open(struct query_core *core)
{
    struct aggregate *a = xcalloc(1, sizeof(*a));

    a->core = core;
    a->groups = &core->groups;
    a->id_count = core->settings.group_by_count;
    for (int i = 0; i < a->id_count; i++)
        a->columns[i] = &core->columns[core->group_columns[i]].strings;
    groups_open(a->groups, a->id_count, core->closes_groups);
    return a;
}

static void aggregate_close(void *self)
{
    struct aggregate *a = self;

    groups_free(a->groups);
    tuples_free(&a->late);
    free(a);
}

static void aggregate_begin(void *self)
{
    struct aggregate *a = self;

    tuples_clear(&a->late);
    a->removed = 0;
    groups_begin(a->groups, a->core->batch_serial);
}

/* Spark drops late rows after it has added them up by group, so its figure counts groups (one a batch,
 * whatever partitions the rows came from), not rows. */
static void drop_late(struct aggregate *a, int64_t start_ms, const uint32_t *ids)
{
    tuples_add(&a->late, tuple_hash(start_ms, ids, a->id_count), start_ms, ids, a->id_count);
}

/* False where all the row's windows have closed. */
static bool count_row(struct aggregate *a, struct row *row)
{
    const struct query_core *core = a->core;
    const int64_t window_ms = core->settings.window_ms, slide_ms = core->settings.slide_ms;
    uint32_t ids[FIELD_COUNT] = {0}, key = 0;
    bool counted = false;

    for (int i = 0; i < a->id_count; i++)
        ids[i] = row->ids[core->group_columns[i]];
    int64_t start_ms = row->start_ms;
    do {
        if (core->closes_groups && time_add(start_ms, core->group_span_ms) <= core->late_watermark_ms) {
            drop_late(a, start_ms, ids);
        } else {
            if (!counted) {
                key = groups_key(a->groups, a->columns, ids);
                groups_count_row(a->groups, key);
            }
            counted = true;
            groups_add(a->groups, key, start_ms, 1);
        }
        start_ms -= slide_ms;
    } while (window_ms > 0 && start_ms > time_add(row->event_ms, -window_ms));
    row->key = key;
    return counted;
}

static void aggregate_rows(void *self, struct row_block *b)
{
    struct aggregate *a = self;
    size_t kept = 0;

    for (size_t i = 0; i < b->count; i++) {
        if (count_row(a, row_at(b, i)))
            row_move(b, kept++, i);
        else
            query_late(a->core, row_at(b, i));
    }
    a->core->batch.rows_counted += (int64_t)kept;
    b->count = kept;
}

static void aggregate_end(void *self)
{
    struct aggregate *a = self;

    if (a->core->closes_groups)
        a->removed =
            (int64_t)groups_close(a->groups, time_add(a->core->watermark_ms, -a->core->group_span_ms));
}

static int64_t aggregate_bytes(const void *self)
{
    const struct aggregate *a = self;
    size_t bytes = groups_bytes(a->groups) + tuples_bytes(&a->late, a->id_count);

    for (int i = 0; i < a->core->column_count; i++)
        bytes += intern_bytes(&a->core->columns[i].strings);
    return (int64_t)bytes;
}

static void aggregate_report(const void *self, struct state_progress *out)
{
    const struct aggregate *a = self;

    out->operator_name = "stateStoreSave";
    out->rows_total = (int64_t)a->groups->open;
    out->rows_updated = (int64_t)a->groups->changed.count;
    out->rows_removed = a->removed;
    out->rows_dropped_by_watermark = a->late.count;
    out->memory_bytes = aggregate_bytes(self);
    out->dropped_duplicates = UNKNOWN;
}

/* As in Spark also where no group has a time that the watermark could pass: the report of that batch is then
 * the first to show the new watermark. */
static bool aggregate_waits(const void *self)
{
    const struct aggregate *a = self;

    return a->core->settings.output_mode != OUTPUT_COMPLETE;
}

/* Whether a group is closed is not written: the watermark tells. A number that the reader does not know yet
 * is a new key or group, whose identity follows. */
static void aggregate_write(const void *self, bool full, struct image_out *out)
{
    const struct aggregate *a = self;
    const struct groups *g = a->groups;
    size_t key_mark = full ? 0 : g->key_mark, group_mark = full ? 0 : g->group_mark;
    uint32_t keys = (uint32_t)(full ? g->key_count : g->changed_keys.count);
    uint32_t groups = (uint32_t)(full ? g->count : g->changed.count);
    size_t ids_bytes = (size_t)a->id_count * sizeof(uint32_t);

    image_section(out, "aggregate",
                  8 + (uint64_t)keys * 12 + (g->key_count - key_mark) * ids_bytes + (uint64_t)groups * 12 +
                      (uint64_t)(g->count - group_mark) * 12);
    image_put_u32(out, keys);
    for (uint32_t i = 0; i < keys; i++) {
        uint32_t key = full ? i : g->changed_keys.at[i];
        image_put_u32(out, key);
        image_put_i64(out, g->keys[key].rows);
        if (key >= key_mark)
            image_put(out, g->key_ids + (size_t)key * (size_t)a->id_count, ids_bytes);
    }
    image_put_u32(out, groups);
    for (uint32_t i = 0; i < groups; i++) {
        uint32_t number = full ? i : g->changed.at[i];
        const struct group *group = &g->list[number];
        image_put_u32(out, number);
        image_put_i64(out, group->count);
        if (number >= group_mark) {
            image_put_i64(out, group->start_ms);
            image_put_u32(out, group->key);
        }
    }
}

static bool read_key(struct aggregate *a, struct image_in *in)
{
    struct groups *g = a->groups;
    uint32_t key, ids[FIELD_COUNT];
    int64_t rows;

    if (!image_get_u32(in, &key) || !image_get_count(in, &rows))
        return false;
    if (key > g->key_count)
        return image_fail(in, "the state image is damaged: key %u has no place", key);
    if (key == g->key_count) {
        if (!image_get(in, ids, (size_t)a->id_count * sizeof(*ids)))
            return false;
        for (int i = 0; i < a->id_count; i++)
            if (ids[i] >= a->columns[i]->count)
                return image_fail(in, "the state image is damaged: key %u has no text", key);
        if (groups_key(g, a->columns, ids) != key)
            return image_fail(in, "the state image is damaged: key %u is there twice", key);
    }
    g->keys[key].rows = rows;
    return true;
}

static bool read_group(struct aggregate *a, struct image_in *in)
{
    struct groups *g = a->groups;
    uint32_t number, key;
    int64_t count, start_ms;

    if (!image_get_u32(in, &number) || !image_get_count(in, &count))
        return false;
    if (number > g->count)
        return image_fail(in, "the state image is damaged: group %u has no place", number);
    if (number == g->count) {
        if (!image_get_time(in, &start_ms) || !image_get_u32(in, &key))
            return false;
        if (key >= g->key_count)
            return image_fail(in, "the state image is damaged: group %u has no key", number);
        if (groups_add(g, key, start_ms, 0) != number)
            return image_fail(in, "the state image is damaged: group %u is there twice", number);
    }
    g->list[number].count = count;
    return true;
}

static bool aggregate_read(void *self, struct image_in *in)
{
    struct aggregate *a = self;
    uint32_t keys, groups;

    if (!image_get_u32(in, &keys))
        return false;
    while (keys-- > 0)
        if (!read_key(a, in))
            return false;
    if (!image_get_u32(in, &groups))
        return false;
    while (groups-- > 0)
        if (!read_group(a, in))
            return false;
    aggregate_end(a);
    groups_begin(a->groups, 0);
    return true;
}

const struct operator operator_aggregate = {
    .name = "aggregate",
    .wanted = aggregate_wanted,
    .open = aggregate_open,
    .close = aggregate_close,
    .batch_begin = aggregate_begin,
    .rows = aggregate_rows,
    .batch_end = aggregate_end,
    .report = aggregate_report,
    .state_bytes = aggregate_bytes,
    .waits = aggregate_waits,
    .write = aggregate_write,
    .read = aggregate_read,
};
