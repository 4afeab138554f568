/* Strings as numbers: each different byte string of a column gets one id, in order of first sight. Comparing
 * two ids is comparing the strings, exactly. Id 0 is null. Owned by the engine thread; while it adds nothing,
 * any thread may look texts up. The texts stay where they are for the table's life. */
#ifndef QUERY_INTERN_H
#define QUERY_INTERN_H

#include "base/text.h"
#include "query/hash.h"

#define INTERN_NULL 0u
#define INTERN_NONE UINT32_MAX /* of a text that is not there */

struct arena {
    char **chunks;
    size_t count, capacity;
    size_t used, size; /* of the newest chunk */
    size_t total_bytes;
};
/* Memory that is freed all at once; aligned for any type when `aligned`. */
void *arena_take(struct arena *a, size_t bytes, bool aligned);
void arena_free(struct arena *a);

struct intern {
    struct text *texts; /* [0] is null */
    size_t count, capacity;
    size_t mark; /* count at the batch's begin: what a delta starts from */
    struct hash_index index;
    struct arena bytes;
};

void intern_open(struct intern *t);
void intern_free(struct intern *t);
/* The id of a text, a new one when it was not seen before. */
uint32_t intern_id(struct intern *t, struct text text);
/* The same in two halves, for a text that is not null: hash is hash_bytes of it. find only looks. */
uint32_t intern_find(const struct intern *t, struct text text, uint64_t hash);
uint32_t intern_put(struct intern *t, struct text text, uint64_t hash);
static inline struct text intern_text(const struct intern *t, uint32_t id)
{
    return t->texts[id];
}
size_t intern_bytes(const struct intern *t);

#endif
