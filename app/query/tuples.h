/* A set of rows of fixed width: an event time and some ids. All rows stand in one growing log in the order
 * they came, and a 4-byte slot each finds them; rows are compared whole, never by hash alone. About 24 bytes
 * a row with two ids. Several sets (by hash or by time) keep each small, so that growing one never stalls the
 * query. A set is used by one thread at a time; the users own the sets. */
#ifndef QUERY_TUPLES_H
#define QUERY_TUPLES_H

#include "query/hash.h"

struct tuples {
    uint32_t *log;   /* `width` words a row: two of time, then the ids */
    uint32_t *slots; /* position + 1 in the low bits, as many bits of hash as are left above; 0 = empty */
    uint32_t count, capacity;
    uint32_t slot_count;
    uint32_t position_mask;
    uint32_t mark;  /* rows that were there before the batch `batch` */
    uint32_t batch; /* the users' */
    /* 0..TUPLE_PHASES: when to grow, compared to other sets. Sets that fill up alike get different ones, so
     * that they do not all grow in the same batch. */
    uint32_t phase;
};

#define TUPLE_PHASES 256

#define TUPLE_WORDS_MAX 18

static inline uint64_t tuple_hash(int64_t time_ms, const uint32_t *ids, int id_count)
{
    return hash_words((uint64_t)time_ms, ids, (size_t)id_count);
}

static inline int64_t tuple_time(const uint32_t *row)
{
    int64_t time_ms;

    memcpy(&time_ms, row, sizeof(time_ms));
    return time_ms;
}

/* Where the walk over the slots starts: the low half of the hash, spread over any number of slots. */
static inline uint32_t tuple_place(const struct tuples *t, uint64_t hash)
{
    return (uint32_t)(((hash & UINT32_MAX) * t->slot_count) >> 32);
}

static inline void tuple_prefetch(const struct tuples *t, uint64_t hash)
{
    if (t->slots != NULL)
        __builtin_prefetch(t->slots + tuple_place(t, hash));
}

/* True when the row is new (it is then in the set), false when it was there. */
bool tuples_add(struct tuples *t, uint64_t hash, int64_t time_ms, const uint32_t *ids, int id_count);
/* Removes the rows of times up to limit_ms; returns how many. */
uint32_t tuples_remove_until(struct tuples *t, int64_t limit_ms, int id_count);
/* Empties the set, keeps its memory. */
void tuples_clear(struct tuples *t);
void tuples_free(struct tuples *t);
size_t tuples_bytes(const struct tuples *t, int id_count);

#endif
