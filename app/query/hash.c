#include "query/hash.h"

#include "base/xalloc.h"

#include <stdlib.h>

static void put_slot(struct hash_index *x, uint64_t slot)
{
    size_t at = (size_t)(slot >> 32);

    while (x->slots[at & (x->capacity - 1)] != 0)
        at++;
    x->slots[at & (x->capacity - 1)] = slot;
}

static void grow(struct hash_index *x)
{
    struct hash_index old = *x;

    x->capacity = old.capacity == 0 ? 64 : old.capacity * 2;
    x->slots = xcalloc(x->capacity, sizeof(*x->slots));
    for (size_t i = 0; i < old.capacity; i++)
        if (old.slots[i] != 0)
            put_slot(x, old.slots[i]);
    free(old.slots);
}

void hash_index_put(struct hash_index *x, uint64_t hash, uint32_t position)
{
    if ((x->count + 1) * 3 > x->capacity * 2)
        grow(x);
    put_slot(x, (uint64_t)(uint32_t)hash << 32 | (position + 1));
    x->count++;
}

void hash_index_clear(struct hash_index *x)
{
    if (x->count > 0)
        memset(x->slots, 0, x->capacity * sizeof(*x->slots));
    x->count = 0;
}

void hash_index_free(struct hash_index *x)
{
    free(x->slots);
    *x = (struct hash_index){0};
}

size_t hash_index_bytes(const struct hash_index *x)
{
    return x->capacity * sizeof(*x->slots);
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
