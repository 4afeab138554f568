#include "query/tuples.h"

#include "base/xalloc.h"

#include <assert.h>
#include <stdlib.h>

/* At most 4 of 5 slots are full: more would make the walks long, fewer would cost memory. */
static bool slots_full(const struct tuples *t)
{
    return ((uint64_t)t->count + 1) * 5 > (uint64_t)t->slot_count * 4;
}

static uint32_t tag_of(const struct tuples *t, uint64_t hash)
{
    return (uint32_t)(hash >> 32) & ~t->position_mask;
}

static void put(struct tuples *t, uint64_t hash, uint32_t position)
{
    uint32_t at = tuple_place(t, hash);

    while (t->slots[at] != 0)
        at = at + 1 == t->slot_count ? 0 : at + 1;
    t->slots[at] = tag_of(t, hash) | (position + 1);
}

static uint32_t width_of(int id_count)
{
    return 2 + (uint32_t)id_count;
}

/* Fills fresh slots from the log. */
static void reindex(struct tuples *t, int id_count)
{
    const uint32_t *row = t->log;

    memset(t->slots, 0, t->slot_count * sizeof(*t->slots));
    for (uint32_t i = 0; i < t->count; i++, row += width_of(id_count))
        put(t, tuple_hash(tuple_time(row), row + 2, id_count), i);
}

/* The next size. The first one lies, by the phase, between the first and the second of phase 0, and so do all
 * later ones between theirs. */
static uint64_t larger(uint64_t size, uint64_t part, uint64_t least, uint32_t phase)
{
    uint64_t more = size + size / part + least;

    return size > 0 ? more : least + (least / part + least) * phase / TUPLE_PHASES;
}

static void grow_slots(struct tuples *t, int id_count)
{
    uint64_t more = larger(t->slot_count, 2, 16, t->phase);

    assert(more < UINT32_MAX);
    t->slot_count = (uint32_t)more;
    t->position_mask = 31;
    while (t->position_mask <= t->slot_count)
        t->position_mask = t->position_mask << 1 | 1;
    free(t->slots);
    t->slots = xmalloc(t->slot_count * sizeof(*t->slots));
    reindex(t, id_count);
}

static void append(struct tuples *t, int64_t time_ms, const uint32_t *ids, int id_count)
{
    if (t->count == t->capacity) {
        t->capacity = (uint32_t)larger(t->capacity, 4, 8, t->phase);
        t->log = xreallocarray(t->log, t->capacity, width_of(id_count) * sizeof(*t->log));
    }
    uint32_t *row = t->log + (size_t)t->count * width_of(id_count);
    memcpy(row, &time_ms, sizeof(time_ms));
    memcpy(row + 2, ids, (size_t)id_count * sizeof(*ids));
    t->count++;
}

bool tuples_add(struct tuples *t, uint64_t hash, int64_t time_ms, const uint32_t *ids, int id_count)
{
    if (slots_full(t))
        grow_slots(t, id_count);
    uint32_t at = tuple_place(t, hash), tag = tag_of(t, hash), slot;
    while ((slot = t->slots[at]) != 0) {
        if ((slot & ~t->position_mask) == tag) {
            const uint32_t *row = t->log + (size_t)((slot & t->position_mask) - 1) * width_of(id_count);
            if (tuple_time(row) == time_ms && memcmp(row + 2, ids, (size_t)id_count * sizeof(*ids)) == 0)
                return false;
        }
        at = at + 1 == t->slot_count ? 0 : at + 1;
    }
    append(t, time_ms, ids, id_count);
    t->slots[at] = tag | t->count;
    return true;
}

uint32_t tuples_remove_until(struct tuples *t, int64_t limit_ms, int id_count)
{
    uint32_t width = width_of(id_count), kept = 0, mark = t->mark, before = t->count;

    for (uint32_t i = 0; i < t->count; i++) {
        const uint32_t *row = t->log + (size_t)i * width;
        if (tuple_time(row) <= limit_ms) {
            if (i < t->mark)
                mark--;
            continue;
        }
        if (kept != i)
            memcpy(t->log + (size_t)kept * width, row, width * sizeof(*row));
        kept++;
    }
    t->mark = mark;
    t->count = kept;
    if (kept != before)
        reindex(t, id_count);
    return before - kept;
}

void tuples_clear(struct tuples *t)
{
    if (t->count > 0)
        memset(t->slots, 0, t->slot_count * sizeof(*t->slots));
    t->count = t->mark = 0;
}

void tuples_free(struct tuples *t)
{
    free(t->log);
    free(t->slots);
    *t = (struct tuples){0};
}

size_t tuples_bytes(const struct tuples *t, int id_count)
{
    return (size_t)t->capacity * width_of(id_count) * sizeof(*t->log) +
           (size_t)t->slot_count * sizeof(*t->slots);
}
