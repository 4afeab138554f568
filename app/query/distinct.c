/* Distinct: a row passes when no equal one has passed before it. Two operators share this file, since they
 * differ only in where they stand and how long they remember: `global`, before the watermark, for ever;
 * `within-watermark`, behind it, until the watermark passes the row's time + delay (Spark's
 * dropDuplicatesWithinWatermark), and it drops rows that are late themselves, in every output mode. Rows are
 * compared whole. */
#include "query/operator.h"
#include "query/packed.h"

#include "base/xalloc.h"

#include <stdlib.h>

/* Sets of the global mode, by hash: each small enough that growing it takes no time that anyone notices, and
 * enough of them to share out over workers. */
#define SHARDS 256
/* Within the watermark, rows stand in spans of event time, so that forgetting the old ones costs nothing a
 * row that stays: a whole span goes at once. */
#define SPANS_A_DELAY    16
#define SPAN_SHORTEST_MS 1000

#define CHUNK_ROWS  256
#define CHUNK_COUNT ((BLOCK_ROWS + CHUNK_ROWS - 1) / CHUNK_ROWS)
#define SLICES_MAX  16

/* The rows of a chunk that belong to one slice of the shards; then those of them that are duplicates. */
struct share {
    uint16_t rows[CHUNK_ROWS]; /* of the block */
    size_t count;
};

/* A block's way through the global set. A worker takes a chunk of rows and finds out which slice of the
 * shards each belongs to; then a worker takes a slice and looks its rows up, in their order. So whatever the
 * number of slices and workers, each set meets the same rows in the same order. */
struct sharing {
    struct row_block *block;
    size_t chunks, slices;
    uint64_t hashes[BLOCK_ROWS];
    struct share shares[CHUNK_COUNT][SLICES_MAX];
};

struct distinct {
    struct query_core *core;
    bool within;
    int id_count;
    int64_t span_ms;

    struct tuples *sets; /* global: the shards; within: by number, as the timeline says */
    size_t set_count, capacity;
    struct numbers unused;    /* sets that hold no span now */
    struct timeline timeline; /* span start -> set number */
    struct sharing *sharing;  /* of the global mode */

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
    for (uint32_t i = 0; i < SHARDS; i++)
        d->sets[i].phase = i * TUPLE_PHASES / SHARDS;
    d->sharing = xcalloc(1, sizeof(*d->sharing));
    size_t workers = (size_t)workers_count(core->workers);
    d->sharing->slices = workers == 1 ? 1 : workers * 2 < SLICES_MAX ? workers * 2 : SLICES_MAX;
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
    free(d->sharing);
    timeline_free(&d->timeline);
    free(d);
}

static void distinct_begin(void *self)
{
    struct distinct *d = self;

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

static bool add(const struct distinct *d, uint32_t set, uint64_t hash, int64_t event_ms, const uint32_t *ids)
{
    struct tuples *t = &d->sets[set];

    if (!tuples_add(t, hash, event_ms, ids, d->id_count))
        return false;
    if (t->batch != d->core->batch_serial) {
        t->batch = d->core->batch_serial;
        t->mark = t->count - 1;
    }
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
        if (row_at(b, i)->event_ms <= d->core->late_watermark_ms)
            query_late(d->core, row_at(b, i));
        else
            row_move(b, kept++, i);
    }
    d->late += (int64_t)(b->count - kept);
    b->count = kept;
}

static void share_out(void *arg, size_t chunk, int worker)
{
    struct distinct *d = arg;
    struct sharing *s = d->sharing;
    struct share *shares = s->shares[chunk];
    size_t from = chunk * CHUNK_ROWS, to = from + CHUNK_ROWS;
    uint32_t ids[FIELD_COUNT];

    for (size_t i = 0; i < s->slices; i++)
        shares[i].count = 0;
    if (to > s->block->count)
        to = s->block->count;
    for (size_t i = from; i < to; i++) {
        const struct row *row = row_at(s->block, i);
        ids_of(d, row, ids);
        s->hashes[i] = tuple_hash(row->event_ms, ids, d->id_count);
        /* Neighbours stand in one slice, so that two workers seldom write to one cache line. */
        struct share *share = &shares[shard_of(s->hashes[i]) * s->slices / SHARDS];
        share->rows[share->count++] = (uint16_t)i;
    }
}

static void look_up(const struct distinct *d, struct share *share)
{
    const struct sharing *s = d->sharing;
    uint32_t ids[FIELD_COUNT];
    size_t duplicates = 0;

    /* So that the memory of all lookups is on its way while the first are made. */
    for (size_t i = 0; i < share->count; i++) {
        uint64_t hash = s->hashes[share->rows[i]];
        tuple_prefetch(&d->sets[shard_of(hash)], hash);
    }
    for (size_t i = 0; i < share->count; i++) {
        uint16_t at = share->rows[i];
        const struct row *row = row_at(s->block, at);
        ids_of(d, row, ids);
        if (!add(d, shard_of(s->hashes[at]), s->hashes[at], row->event_ms, ids))
            share->rows[duplicates++] = at;
    }
    share->count = duplicates;
}

static void look_up_slice(void *arg, size_t slice, int worker)
{
    const struct distinct *d = arg;

    for (size_t chunk = 0; chunk < d->sharing->chunks; chunk++)
        look_up(d, &d->sharing->shares[chunk][slice]);
}

/* Takes out the rows of a block that are marked by having no message; returns how many. */
static size_t drop_marked(struct row_block *b, size_t from)
{
    size_t kept = from, before = b->count;

    for (size_t i = from; i < b->count; i++)
        if (row_at(b, i)->message != NULL)
            row_move(b, kept++, i);
    b->count = kept;
    return before - kept;
}

static void count_rows(struct distinct *d, const struct row_block *b, size_t duplicates)
{
    d->rows += (int64_t)b->count;
    d->added += (int64_t)b->count;
    d->duplicates += (int64_t)duplicates;
    d->core->batch.rows_duplicate += (int64_t)duplicates;
}

static void global_rows(void *self, struct row_block *b)
{
    struct distinct *d = self;
    struct sharing *s = d->sharing;
    size_t first = b->count;

    s->block = b;
    s->chunks = (b->count + CHUNK_ROWS - 1) / CHUNK_ROWS;
    workers_run(d->core->workers, s->chunks, share_out, d);
    workers_run(d->core->workers, s->slices, look_up_slice, d);
    for (size_t chunk = 0; chunk < s->chunks; chunk++)
        for (size_t slice = 0; slice < s->slices; slice++) {
            const struct share *share = &s->shares[chunk][slice];
            for (size_t i = 0; i < share->count; i++) {
                row_at(b, share->rows[i])->message = NULL;
                if (share->rows[i] < first)
                    first = share->rows[i];
            }
        }
    size_t duplicates = drop_marked(b, first);
    count_rows(d, b, duplicates);
}

static void within_rows(void *self, struct row_block *b)
{
    struct distinct *d = self;
    uint32_t ids[FIELD_COUNT];
    size_t kept = 0;

    drop_late(d, b);
    for (size_t i = 0; i < b->count; i++) {
        const struct row *row = row_at(b, i);
        ids_of(d, row, ids);
        uint64_t hash = tuple_hash(row->event_ms, ids, d->id_count);
        if (add(d, set_of(d, row->event_ms, hash), hash, row->event_ms, ids))
            row_move(b, kept++, i);
    }
    size_t duplicates = b->count - kept;
    b->count = kept;
    count_rows(d, b, duplicates);
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
    size_t bytes =
        d->capacity * sizeof(*d->sets) + timeline_bytes(&d->timeline) + d->unused.capacity * sizeof(uint32_t);

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

/* Where the rows begin that an image holds of a set: all of them, or those of the batch. */
static uint32_t written_from(const struct distinct *d, const struct tuples *t, bool full)
{
    return full ? 0 : t->batch == d->core->batch_serial ? t->mark : t->count;
}

/* NULL where there are none: an empty set has no log yet. */
static const uint32_t *written_rows(const struct distinct *d, const struct tuples *t, uint32_t from)
{
    return from < t->count ? t->log + (size_t)from * (2 + (size_t)d->id_count) : NULL;
}

/* Rows that the watermark has removed are not written: the reader removes them in the same way. */
static void distinct_write(const void *self, bool full, struct image_out *out)
{
    const struct distinct *d = self;
    uint64_t rows = 0, bytes = sizeof(rows);

    for (size_t i = 0; i < d->set_count; i++) {
        const struct tuples *t = &d->sets[i];
        uint32_t from = written_from(d, t, full);
        rows += t->count - from;
        bytes += packed_bytes(written_rows(d, t, from), t->count - from, d->id_count);
    }
    image_section(out, "distinct", bytes);
    image_put(out, &rows, sizeof(rows));
    for (size_t i = 0; i < d->set_count; i++) {
        const struct tuples *t = &d->sets[i];
        uint32_t from = written_from(d, t, full);
        packed_put(out, written_rows(d, t, from), t->count - from, d->id_count);
    }
}

static bool take_row(struct distinct *d, const uint32_t *row, struct image_in *in)
{
    const int64_t event_ms = tuple_time(row);
    const uint32_t *ids = row + 2;

    for (int i = 0; i < d->id_count; i++)
        if (ids[i] >= d->core->columns[d->core->distinct_columns[i]].strings.count)
            return image_fail(in, "the state image is damaged: a distinct row has no text");
    uint64_t hash = tuple_hash(event_ms, ids, d->id_count);
    if (!add(d, set_of(d, event_ms, hash), hash, event_ms, ids))
        return image_fail(in, "the state image is damaged: a distinct row is there twice");
    d->rows++;
    return true;
}

static bool distinct_read(void *self, struct image_in *in)
{
    struct distinct *d = self;
    const size_t words = 2 + (size_t)d->id_count;
    struct packed_block block;
    uint64_t rows;

    if (!image_get(in, &rows, sizeof(rows)))
        return false;
    while (rows > 0) {
        if (!packed_get(in, &block, d->id_count))
            return false;
        if (block.count > rows)
            return image_fail(in, "the state image is damaged: it has more distinct rows than it says");
        for (uint32_t i = 0; i < block.count; i++)
            if (!take_row(d, block.rows + i * words, in))
                return false;
        rows -= block.count;
    }
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
    .rows = global_rows,
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
    .rows = within_rows,
    .batch_end = within_end,
    .report = distinct_report,
    .state_bytes = distinct_bytes,
    .waits = within_waits,
    .write = distinct_write,
    .read = distinct_read,
};
