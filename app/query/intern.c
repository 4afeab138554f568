#include "query/intern.h"

#include "base/xalloc.h"

#include <stdlib.h>

#define CHUNK_BYTES 65536

void *arena_take(struct arena *a, size_t bytes, bool aligned)
{
    if (aligned)
        a->used = (a->used + 15) & ~(size_t)15;
    if (a->count == 0 || a->used > a->size || bytes > a->size - a->used) {
        a->chunks = array_grow(a->chunks, &a->capacity, a->count + 1, sizeof(*a->chunks));
        a->size = bytes > CHUNK_BYTES / 4 ? bytes : CHUNK_BYTES;
        a->used = 0;
        a->chunks[a->count++] = xmalloc(a->size);
        a->total_bytes += a->size;
    }
    char *p = a->chunks[a->count - 1] + a->used;
    a->used += bytes;
    return p;
}

void arena_free(struct arena *a)
{
    for (size_t i = 0; i < a->count; i++)
        free(a->chunks[i]);
    free(a->chunks);
    *a = (struct arena){0};
}

void intern_open(struct intern *t)
{
    *t = (struct intern){0};
    t->texts = array_grow(NULL, &t->capacity, 1, sizeof(*t->texts));
    t->texts[INTERN_NULL] = (struct text){NULL, 0};
    t->count = t->mark = 1;
}

void intern_free(struct intern *t)
{
    free(t->texts);
    hash_index_free(&t->index);
    arena_free(&t->bytes);
}

uint32_t intern_find(const struct intern *t, struct text text, uint64_t hash)
{
    size_t at = (uint32_t)hash;
    uint32_t id;

    while (hash_index_next(&t->index, hash, &at, &id))
        if (t->texts[id].len == text.len && memcmp(t->texts[id].p, text.p, text.len) == 0)
            return id;
    return INTERN_NONE;
}

uint32_t intern_put(struct intern *t, struct text text, uint64_t hash)
{
    uint32_t id = intern_find(t, text, hash);

    if (id != INTERN_NONE)
        return id;
    char *copy =
        arena_take(&t->bytes, text.len + 1, false); /* one more, so that an empty text has an address */
    memcpy(copy, text.p, text.len);
    copy[text.len] = '\0';
    t->texts = array_grow(t->texts, &t->capacity, t->count + 1, sizeof(*t->texts));
    id = (uint32_t)t->count++;
    t->texts[id] = (struct text){copy, text.len};
    hash_index_put(&t->index, hash, id);
    return id;
}

uint32_t intern_id(struct intern *t, struct text text)
{
    return text.p == NULL ? INTERN_NULL : intern_put(t, text, hash_bytes(text.p, text.len));
}

size_t intern_bytes(const struct intern *t)
{
    return t->capacity * sizeof(*t->texts) + hash_index_bytes(&t->index) + t->bytes.total_bytes;
}
