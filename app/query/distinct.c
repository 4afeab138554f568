/* Distinct: a row passes when no equal one has passed before it. Two operators share this file, since they
 * differ only in where they stand and how long they remember: `global`, before the watermark, for ever;
 * `within-watermark`, behind it, until the watermark passes the row's time + delay (Spark's
 * dropDuplicatesWithinWatermark), and it drops rows that are late themselves, in every output mode. Rows are
 * compared whole. */
#include "query/operator.h"
#include "query/tuples.h"

#include "base/xalloc.h"

#include <stdlib.h>

#define SHARDS \
    256 /* of the global set: each small enough that growing it takes no time that anyone notices */
/* Within the watermark, rows stand in spans of event time, so that forgetting the old ones costs nothing a
 * row that stays: a whole span goes at once. */
#define SPANS_A_DELAY    16
#define SPAN_SHORTEST_MS 1000

struct distinct {
    struct query_core *core;
    bool within;
    int id_count;
    int64_t span_ms;

    struct tuples *sets; /* global: the shards; within: by number, as the timeline says */
    size_t set_count, capacity;
    struct numbers unused;    /* sets that hold no span now */
    struct timeline timeline; /* span start -> set number */
    struct numbers touched;   /* sets with new rows in this batch */

    int64_t rows;
    int64_t added, duplicates, removed, late; /* of the batch */
};

static bool global_wanted(const struct query_settings *s)
{
    return s->distinct == DISTINCT_GLOBAL;
}

static bool within_wanted(const struct query_settings *s)
{
    return s->distinct == DISTINCT_WITHIN_WATERMARK;
}

static struct distinct *distinct_open(struct query_core *core)
{
    struct distinct *d = xcalloc(1, sizeof(*d));

    d->core = core;
    d->id_count = core->distinct_count;
    timeline_open(&d->timeline);
    return d;
}

static void *global_open(struct query_core *core)
{
    struct distinct *d = distinct_open(core);

    d->sets = xcalloc(SHARDS, sizeof(*d->sets));
    d->set_count = d->capacity = SHARDS;
    return d;
}

static void *within_open(struct query_core *core)
{
    struct distinct *d = distinct_open(core);

    d->within = true;
    d->span_ms = core->settings.watermark_ms / SPANS_A_DELAY;
    if (d->span_ms < SPAN_SHORTEST_MS)
        d->span_ms = SPAN_SHORTEST_MS;
    return d;
}

static void distinct_close(void *self)
{
    struct distinct *d = self;

    for (size_t i = 0; i < d->set_count; i++)
        tuples_free(&d->sets[i]);
    free(d->sets);
    free(d->unused.at);
    free(d->touched.at);
    timeline_free(&d->timeline);
    free(d);
}

static void distinct_begin(void *self)
{
    struct distinct *d = self;

    d->touched.count = 0;
    d->added = d->duplicates = d->removed = d->late = 0;
}

static uint32_t unused_set(struct distinct *d)
{
    if (d->unused.count > 0)
        return d->unused.at[--d->unused.count];
    d->sets = array_grow(d->sets, &d->capacity, d->set_count + 1, sizeof(*d->sets));
    d->sets[d->set_count] = (struct tuples){0};
    return (uint32_t)d->set_count++;
}

/* Bits that the sets themselves hardly use. */
static uint32_t shard_of(uint64_t hash)
{
    return (uint32_t)(hash >> 32) % SHARDS;
}

/* The set that holds rows of this time and hash. */
static uint32_t set_of(struct distinct *d, int64_t event_ms, uint64_t hash)
{
    if (!d->within)
        return shard_of(hash);
    struct span *span = timeline_at(&d->timeline, time_floor(event_ms, d->span_ms), UINT32_MAX);
    if (span->value == UINT32_MAX)
        span->value = unused_set(d);
    return span->value;
}

static bool add(struct distinct *d, uint32_t set, uint64_t hash, int64_t event_ms, const uint32_t *ids)
{
    struct tuples *t = &d->sets[set];

    if (!tuples_add(t, hash, event_ms, ids, d->id_count))
        return false;
    if (t->batch != d->core->batch_serial) {
        t->batch = d->core->batch_serial;
        t->mark = t->count - 1;
        numbers_add(&d->touched, set);
    }
    d->rows++;
    return true;
}

static void ids_of(const struct distinct *d, const struct row *row, uint32_t *ids)
{
    for (int i = 0; i < d->id_count; i++)
        ids[i] = row->ids[d->core->distinct_columns[i]];
}

static void drop_late(struct distinct *d, struct row_block *b)
{
    size_t kept = 0;

    for (size_t i = 0; i < b->count; i++) {
        if (b->rows[i].event_ms <= d->core->late_watermark_ms) {
            query_late(d->core, &b->rows[i]);
            continue;
        }
        if (kept != i)
            b->rows[kept] = b->rows[i];
        kept++;
    }
    d->late += (int64_t)(b->count - kept);
    b->count = kept;
}

static void distinct_rows(void *self, struct row_block *b)
{
    struct distinct *d = self;
    uint64_t hashes[BLOCK_ROWS];
    uint32_t ids[FIELD_COUNT];
    size_t kept = 0;

    if (d->within)
        drop_late(d, b);
    /* First all hashes, so that the memory of the lookups is on its way while the others are counted. */
    for (size_t i = 0; i < b->count; i++) {
        ids_of(d, &b->rows[i], ids);
        hashes[i] = tuple_hash(b->rows[i].event_ms, ids, d->id_count);
        if (!d->within)
            tuple_prefetch(&d->sets[shard_of(hashes[i])], hashes[i]);
    }
    for (size_t i = 0; i < b->count; i++) {
        const struct row *row = &b->rows[i];
        ids_of(d, row, ids);
        if (!add(d, set_of(d, row->event_ms, hashes[i]), hashes[i], row->event_ms, ids))
            continue;
        if (kept != i)
            b->rows[kept] = *row;
        kept++;
    }
    d->added += (int64_t)kept;
    d->duplicates += (int64_t)(b->count - kept);
    d->core->batch.rows_duplicate += (int64_t)(b->count - kept);
    b->count = kept;
}

/* The newest event time whose rows are forgotten now. */
static int64_t forget_until(const struct distinct *d)
{
    return time_add(d->core->watermark_ms, -d->core->settings.watermark_ms);
}

static bool keep_span(void *arg, const struct span *span)
{
    struct distinct *d = arg;
    struct tuples *t = &d->sets[span->value];

    int64_t removed = tuples_remove_until(t, forget_until(d), d->id_count);
    d->removed += removed;
    d->rows -= removed;
    if (t->count > 0)
        return true;
    tuples_free(t);
    numbers_add(&d->unused, span->value);
    return false;
}

static void within_end(void *self)
{
    struct distinct *d = self;

    timeline_sweep(&d->timeline, forget_until(d), keep_span, d);
}

static int64_t distinct_bytes(const void *self)
{
    const struct distinct *d = self;
    size_t bytes = d->capacity * sizeof(*d->sets) + timeline_bytes(&d->timeline) +
                   (d->unused.capacity + d->touched.capacity) * sizeof(uint32_t);

    for (size_t i = 0; i < d->set_count; i++)
        bytes += tuples_bytes(&d->sets[i], d->id_count);
    return (int64_t)bytes;
}

static void distinct_report(const void *self, struct state_progress *out)
{
    const struct distinct *d = self;

    out->operator_name = d->within ? "dedupeWithinWatermark" : "dedupe";
    out->rows_total = d->rows;
    out->rows_updated = d->added;
    out->rows_removed = d->removed;
    out->rows_dropped_by_watermark = d->late;
    out->memory_bytes = distinct_bytes(self);
    out->dropped_duplicates = d->duplicates;
}

static bool global_waits(const void *self)
{
    return false;
}

static bool within_waits(const void *self)
{
    return true;
}

/* Rows that the watermark has removed are not written: the reader removes them in the same way. */
static void distinct_write(const void *self, bool full, struct image_out *out)
{
    const struct distinct *d = self;
    size_t row_bytes = (2 + (size_t)d->id_count) * sizeof(uint32_t);
    size_t sets = full ? d->set_count : d->touched.count;
    uint64_t rows = 0;

    for (int pass = 0; pass < 2; pass++) { /* how many there are, then the rows */
        if (pass == 1) {
            image_section(out, "distinct", sizeof(rows) + rows * row_bytes);
            image_put(out, &rows, sizeof(rows));
        }
        for (size_t i = 0; i < sets; i++) {
            const struct tuples *t = &d->sets[full ? i : d->touched.at[i]];
            uint32_t from = full || t->batch != d->core->batch_serial ? 0 : t->mark;
            if (pass == 0)
                rows += t->count - from;
            else if (t->count > from)
                image_put(out, (const char *)t->log + from * row_bytes, (t->count - from) * row_bytes);
        }
    }
}

static bool read_row(struct distinct *d, struct image_in *in)
{
    uint32_t ids[FIELD_COUNT];
    int64_t event_ms;

    if (!image_get_time(in, &event_ms) || !image_get(in, ids, (size_t)d->id_count * sizeof(*ids)))
        return false;
    for (int i = 0; i < d->id_count; i++)
        if (ids[i] >= d->core->columns[d->core->distinct_columns[i]].strings.count)
            return image_fail(in, "the state image is damaged: a distinct row has no text");
    uint64_t hash = tuple_hash(event_ms, ids, d->id_count);
    if (!add(d, set_of(d, event_ms, hash), hash, event_ms, ids))
        return image_fail(in, "the state image is damaged: a distinct row is there twice");
    return true;
}

static bool distinct_read(void *self, struct image_in *in)
{
    struct distinct *d = self;
    uint64_t rows;

    if (!image_get(in, &rows, sizeof(rows)))
        return false;
    while (rows-- > 0)
        if (!read_row(d, in))
            return false;
    if (d->within)
        within_end(d);
    distinct_begin(d);
    return true;
}

const struct operator operator_distinct_global = {
    .name = "distinct",
    .wanted = global_wanted,
    .open = global_open,
    .close = distinct_close,
    .batch_begin = distinct_begin,
    .rows = distinct_rows,
    .report = distinct_report,
    .state_bytes = distinct_bytes,
    .waits = global_waits,
    .write = distinct_write,
    .read = distinct_read,
};

const struct operator operator_distinct_within = {
    .name = "distinct",
    .wanted = within_wanted,
    .open = within_open,
    .close = distinct_close,
    .batch_begin = distinct_begin,
    .rows = distinct_rows,
    .batch_end = within_end,
    .report = distinct_report,
    .state_bytes = distinct_bytes,
    .waits = within_waits,
    .write = distinct_write,
    .read = distinct_read,
};
