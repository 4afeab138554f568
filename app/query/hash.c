#include "query/hash.h"

#include "base/xalloc.h"

#include <assert.h>
#include <stdlib.h>

static void put_slot(struct hash_index *x, uint64_t slot)
{
    size_t at = (size_t)(slot >> 32);

    while (x->slots[at & (x->capacity - 1)] != 0)
        at++;
    x->slots[at & (x->capacity - 1)] = slot;
}

/* The old table was two thirds full and the new one, twice as large, takes two thirds of the old one's size
 * in new entries before it is: at this many a new entry all old slots have been visited by then. */
#define MOVED_AT_ONCE 4

static void move_some(struct hash_index *x)
{
    for (int i = 0; i < MOVED_AT_ONCE && x->moved < x->old_capacity; i++, x->moved++)
        if (x->old[x->moved] != 0)
            put_slot(x, x->old[x->moved]);
    if (x->moved == x->old_capacity) {
        free(x->old);
        x->old = NULL;
    }
}

static void grow(struct hash_index *x)
{
    assert(x->old == NULL);
    x->old = x->slots;
    x->old_capacity = x->capacity;
    x->moved = 0;
    x->capacity = x->capacity == 0 ? 64 : x->capacity * 2;
    x->slots = xcalloc(x->capacity, sizeof(*x->slots));
}

void hash_index_put(struct hash_index *x, uint64_t hash, uint32_t position)
{
    if ((x->count + 1) * 3 > x->capacity * 2)
        grow(x);
    put_slot(x, (uint64_t)(uint32_t)hash << 32 | (position + 1));
    x->count++;
    if (x->old != NULL)
        move_some(x);
}

void hash_index_clear(struct hash_index *x)
{
    if (x->count > 0)
        memset(x->slots, 0, x->capacity * sizeof(*x->slots));
    x->count = 0;
    free(x->old);
    x->old = NULL;
}

void hash_index_free(struct hash_index *x)
{
    free(x->slots);
    free(x->old);
    *x = (struct hash_index){0};
}

size_t hash_index_bytes(const struct hash_index *x)
{
    return (x->capacity + (x->old != NULL ? x->old_capacity : 0)) * sizeof(*x->slots);
}

void *array_grow(void *array, size_t *capacity, size_t needed, size_t element_bytes)
{
    if (needed <= *capacity)
        return array;
    size_t larger = *capacity + *capacity / 2 + 16;
    if (larger < needed)
        larger = needed;
    *capacity = larger;
    return xreallocarray(array, larger, element_bytes);
}
