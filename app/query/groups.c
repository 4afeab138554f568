#include "query/groups.h"

#include <stdlib.h>

void numbers_add(struct numbers *n, uint32_t number)
{
    if (n->count == n->capacity)
        n->at = array_grow(n->at, &n->capacity, n->count + 1, sizeof(*n->at));
    n->at[n->count++] = number;
}

void groups_open(struct groups *g, int id_count, bool closes)
{
    *g = (struct groups){.id_count = id_count, .closes = closes};
    timeline_open(&g->waiting);
}

void groups_free(struct groups *g)
{
    free(g->list);
    free(g->keys);
    free(g->key_ids);
    free(g->changed.at);
    free(g->changed_keys.at);
    free(g->closed.at);
    free(g->all.at);
    hash_index_free(&g->index);
    hash_index_free(&g->key_index);
    timeline_free(&g->waiting);
    arena_free(&g->texts);
}

void groups_begin(struct groups *g, uint32_t serial)
{
    g->serial = serial;
    g->key_mark = g->key_count;
    g->group_mark = g->count;
    g->changed.count = g->changed_keys.count = g->closed.count = 0;
}

static uint32_t new_key(struct groups *g, const struct intern *const *columns, const uint32_t *ids)
{
    size_t n = (size_t)g->id_count;
    struct text *fields = arena_take(&g->texts, n * sizeof(*fields), true);

    for (size_t i = 0; i < n; i++)
        fields[i] = intern_text(columns[i], ids[i]);
    g->keys = array_grow(g->keys, &g->key_capacity, g->key_count + 1, sizeof(*g->keys));
    g->key_ids = array_grow(g->key_ids, &g->key_ids_capacity, (g->key_count + 1) * n, sizeof(*g->key_ids));
    memcpy(g->key_ids + g->key_count * n, ids, n * sizeof(*ids));
    g->keys[g->key_count] = (struct group_key){.fields = fields};
    return (uint32_t)g->key_count++;
}

uint32_t groups_key(struct groups *g, const struct intern *const *columns, const uint32_t *ids)
{
    size_t n = (size_t)g->id_count;
    uint64_t hash = hash_words(0, ids, n);
    size_t at = (uint32_t)hash;
    uint32_t key;

    while (hash_index_next(&g->key_index, hash, &at, &key))
        if (memcmp(g->key_ids + key * n, ids, n * sizeof(*ids)) == 0)
            return key;
    key = new_key(g, columns, ids);
    hash_index_put(&g->key_index, hash, key);
    return key;
}

void groups_count_row(struct groups *g, uint32_t key)
{
    struct group_key *k = &g->keys[key];

    if (k->touched != g->serial) {
        k->touched = g->serial;
        k->before = k->rows;
        numbers_add(&g->changed_keys, key);
    }
    k->rows++;
}

static uint32_t new_group(struct groups *g, uint32_t key, int64_t start_ms)
{
    uint32_t number = (uint32_t)g->count;

    g->list = array_grow(g->list, &g->capacity, g->count + 1, sizeof(*g->list));
    g->list[number] = (struct group){.start_ms = start_ms, .key = key};
    g->count++;
    g->open++;
    if (g->closes) {
        struct span *s = timeline_at(&g->waiting, start_ms, 0);
        g->list[number].next = s->value;
        s->value = number + 1;
    }
    return number;
}

static uint32_t find_group(struct groups *g, uint32_t key, int64_t start_ms)
{
    uint64_t hash = hash_words((uint64_t)start_ms, &key, 1);
    size_t at = (uint32_t)hash;
    uint32_t number;

    while (hash_index_next(&g->index, hash, &at, &number))
        if (g->list[number].key == key && g->list[number].start_ms == start_ms)
            return number;
    number = new_group(g, key, start_ms);
    hash_index_put(&g->index, hash, number);
    return number;
}

uint32_t groups_add(struct groups *g, uint32_t key, int64_t start_ms, int64_t rows)
{
    uint32_t number = g->keys[key].last_group - 1; /* wraps to the largest where there is none */

    if (number >= g->count || g->list[number].start_ms != start_ms) {
        number = find_group(g, key, start_ms);
        g->keys[key].last_group = number + 1;
    }
    struct group *group = &g->list[number];
    if (group->touched != g->serial) {
        group->touched = g->serial;
        group->before = group->count;
        numbers_add(&g->changed, number);
    }
    group->count += rows;
    return number;
}

static bool close_window(void *arg, const struct span *s)
{
    struct groups *g = arg;

    for (uint32_t next = s->value; next != 0;) {
        struct group *group = &g->list[next - 1];
        group->closed = true;
        numbers_add(&g->closed, next - 1);
        next = group->next;
    }
    return false;
}

size_t groups_close(struct groups *g, int64_t limit_ms)
{
    size_t before = g->closed.count;

    timeline_sweep(&g->waiting, limit_ms, close_window, g);
    g->open -= g->closed.count - before;
    return g->closed.count - before;
}

size_t groups_bytes(const struct groups *g)
{
    size_t numbers = g->changed.capacity + g->changed_keys.capacity + g->closed.capacity + g->all.capacity;

    return g->capacity * sizeof(*g->list) + hash_index_bytes(&g->index) + g->key_capacity * sizeof(*g->keys) +
           g->key_ids_capacity * sizeof(*g->key_ids) + hash_index_bytes(&g->key_index) +
           g->texts.total_bytes + timeline_bytes(&g->waiting) + numbers * sizeof(*g->all.at);
}
