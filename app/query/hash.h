/* Hashing and the index that finds things by hash. A hash only narrows the search: whoever looks something up
 * compares the thing itself, so two different rows or texts are never taken for one. An index belongs to one
 * thread; it holds positions in an array that its user owns. */
#ifndef QUERY_HASH_H
#define QUERY_HASH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

static inline uint64_t hash_step(uint64_t h, uint64_t word)
{
    h = (h ^ word) * 0x9e3779b97f4a7c15u;
    return h ^ (h >> 32);
}

/* The last mix spreads the high bits over all others, because users take different bits for different ends.
 */
static inline uint64_t hash_end(uint64_t h)
{
    h *= 0xd6e8feb86659fd93u;
    h ^= h >> 32;
    h *= 0xd6e8feb86659fd93u;
    return h ^ (h >> 29);
}

/* Up to eight bytes as one word: all of them count, some twice. With the length they are told apart. */
static inline uint64_t hash_tail(const char *p, size_t len)
{
    uint32_t first = 0, last = 0;

    if (len >= 4) {
        memcpy(&first, p, 4);
        memcpy(&last, p + len - 4, 4);
    } else if (len > 0) {
        first = (unsigned char)p[0];
        last = (uint32_t)(unsigned char)p[len / 2] << 8 | (unsigned char)p[len - 1];
    }
    return (uint64_t)first << 32 | last;
}

static inline uint64_t hash_bytes(const char *p, size_t len)
{
    uint64_t h = len + 1, word;

    for (; len > 8; p += 8, len -= 8) {
        memcpy(&word, p, 8);
        h = hash_step(h, word);
    }
    return hash_end(hash_step(h, hash_tail(p, len)));
}

static inline uint64_t hash_words(uint64_t first, const uint32_t *words, size_t count)
{
    uint64_t h = hash_step(count, first);

    for (size_t i = 0; i < count; i++)
        h = hash_step(h, words[i]);
    return hash_end(h);
}

/* Open addressing over 64-bit slots: 32 bits of hash, 32 bits of position + 1; 0 is an empty slot. Keeping
 * the hash in the slot makes growing cheap, since the things themselves need not be visited. It grows a
 * little with each new entry instead of all at once, so that no batch pays for millions of old ones: for a
 * while there are two tables, and entries wander from the old one. */
struct hash_index {
    uint64_t *slots;
    size_t capacity; /* a power of two, or 0 before the first entry */
    size_t count;
    uint64_t *old; /* NULL when nothing wanders */
    size_t old_capacity, moved;
};

#define HASH_INDEX_OLD ((size_t)1 << 63) /* in a walk's *at: it has come to the old table */

static inline bool hash_walk(const uint64_t *slots, size_t capacity, uint64_t hash, size_t *at,
                             uint32_t *position)
{
    for (;;) {
        uint64_t slot = slots[*at & (capacity - 1)];
        if (slot == 0)
            return false;
        (*at)++;
        if ((uint32_t)(slot >> 32) == (uint32_t)hash) {
            *position = (uint32_t)slot - 1;
            return true;
        }
    }
}

/* Walks the candidates of a hash: start with *at = (uint32_t)hash; true gives the position of the next entry
 * with the same 32 bits of hash (one may come twice), false means there is no further one. */
static inline bool hash_index_next(const struct hash_index *x, uint64_t hash, size_t *at, uint32_t *position)
{
    if (x->capacity == 0)
        return false;
    if ((*at & HASH_INDEX_OLD) == 0) {
        if (hash_walk(x->slots, x->capacity, hash, at, position))
            return true;
        *at = HASH_INDEX_OLD | (uint32_t)hash;
    }
    return x->old != NULL && hash_walk(x->old, x->old_capacity, hash, at, position);
}

/* Adds a position that is not in the index yet (< UINT32_MAX). */
void hash_index_put(struct hash_index *x, uint64_t hash, uint32_t position);
/* Forgets all entries, keeps the memory. */
void hash_index_clear(struct hash_index *x);
void hash_index_free(struct hash_index *x);
size_t hash_index_bytes(const struct hash_index *x);

/* Grows an array so that it holds at least `needed` elements: by a half, so that little stands empty. */
void *array_grow(void *array, size_t *capacity, size_t needed, size_t element_bytes);

#endif
