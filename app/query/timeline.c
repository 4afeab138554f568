#include "query/timeline.h"

#include <stdlib.h>

static uint64_t hash_of(int64_t start_ms)
{
    return hash_words((uint64_t)start_ms, NULL, 0);
}

void timeline_open(struct timeline *t)
{
    *t = (struct timeline){.earliest_ms = INT64_MAX};
}

void timeline_free(struct timeline *t)
{
    free(t->spans);
    hash_index_free(&t->index);
}

struct span *timeline_at(struct timeline *t, int64_t start_ms, uint32_t value)
{
    uint64_t hash = hash_of(start_ms);
    size_t at = (uint32_t)hash;
    uint32_t position;

    while (hash_index_next(&t->index, hash, &at, &position))
        if (t->spans[position].start_ms == start_ms)
            return &t->spans[position];
    t->spans = array_grow(t->spans, &t->capacity, t->count + 1, sizeof(*t->spans));
    hash_index_put(&t->index, hash, (uint32_t)t->count);
    if (start_ms < t->earliest_ms)
        t->earliest_ms = start_ms;
    t->spans[t->count] = (struct span){start_ms, value};
    return &t->spans[t->count++];
}

void timeline_sweep(struct timeline *t, int64_t limit_ms, bool (*keep)(void *arg, const struct span *s),
                    void *arg)
{
    size_t kept = 0;

    if (t->earliest_ms > limit_ms)
        return;
    hash_index_clear(&t->index);
    t->earliest_ms = INT64_MAX;
    for (size_t i = 0; i < t->count; i++) {
        struct span s = t->spans[i];
        if (s.start_ms <= limit_ms && !keep(arg, &s))
            continue;
        if (s.start_ms < t->earliest_ms)
            t->earliest_ms = s.start_ms;
        hash_index_put(&t->index, hash_of(s.start_ms), (uint32_t)kept);
        t->spans[kept++] = s;
    }
    t->count = kept;
}

size_t timeline_bytes(const struct timeline *t)
{
    return t->capacity * sizeof(*t->spans) + hash_index_bytes(&t->index);
}
