#include "engine/view_table.h"

#include "base/xalloc.h"
#include "query/hash.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

enum { KEY_TEXT = 400 /* bytes kept of one key text: more than any screen shows */ };

/* ---- what is to be looked at again ---- */

static bool is_stale(const struct stale *s, uint32_t number)
{
    size_t at = number / CHAR_BIT;
    return at < s->bits_bytes && s->bits[at] >> number % CHAR_BIT & 1;
}

static void note(struct stale *s, uint32_t number)
{
    size_t at = number / CHAR_BIT;
    if (is_stale(s, number))
        return;
    if (at >= s->bits_bytes) {
        size_t bytes = at + at / 2 + 64;
        s->bits = xrealloc(s->bits, bytes);
        memset(s->bits + s->bits_bytes, 0, bytes - s->bits_bytes);
        s->bits_bytes = bytes;
    }
    s->bits[at] |= (unsigned char)(1U << number % CHAR_BIT);
    s->at = array_grow(s->at, &s->capacity, s->count + 1, sizeof *s->at);
    s->at[s->count++] = number;
}

/* Keeps the first ones: those that the next view changes although nothing else does (keep_at). */
static void settle(struct stale *s, size_t kept)
{
    for (size_t i = kept; i < s->count; i++)
        s->bits[s->at[i] / CHAR_BIT] &= (unsigned char)~(1U << s->at[i] % CHAR_BIT);
    s->count = kept;
}

static void keep_at(struct stale *s, size_t place, size_t i)
{
    uint32_t number = s->at[i];
    s->at[i] = s->at[place];
    s->at[place] = number;
}

static void stale_free(struct stale *s)
{
    free(s->at);
    free(s->bits);
    *s = (struct stale){0};
}

/* ---- open and closed ---- */

void view_table_open(struct view_table *t)
{
    *t = (struct view_table){.texts = texts_new(), .closed_until_ms = UNKNOWN};
    paged_open(&t->keys, sizeof(struct view_key));
    paged_open(&t->groups, sizeof(struct view_group));
}

void view_table_free(struct view_table *t)
{
    paged_clear(&t->keys);
    paged_clear(&t->groups);
    texts_release(t->texts);
    stale_free(&t->stale_keys);
    stale_free(&t->stale_groups);
    free(t->row_of);
    trends_free(&t->trends);
}

/* ---- keys ---- */

static const char *const *clean_fields(struct texts *texts, const struct text *raw, int fields)
{
    const char **out = texts_take(texts, (size_t)fields * sizeof(const char *), true);
    char clean[KEY_TEXT];
    for (int i = 0; i < fields; i++) {
        out[i] = NULL;
        if (!raw[i].p)
            continue;
        size_t bytes = text_clean(clean, sizeof clean, raw[i].p, raw[i].len, false) + 1;
        out[i] = memcpy(texts_take(texts, bytes, false), clean, bytes);
    }
    return out;
}

/* Writes a key's figures. True when the next view has to look at it again: what a batch added to it is no
 * longer so after the next batch. */
static bool write_key(struct view_table *t, struct view_key *to, const struct query_key *from)
{
    t->keys_total += from->rows - to->total;
    to->total = from->rows;
    to->delta = from->delta;
    return from->delta != 0;
}

static void update_keys(struct view_table *t, const struct query *q)
{
    struct stale *s = &t->stale_keys;
    struct query_key k;
    size_t again = 0;
    int fields = query_settings(q)->group_by_count;
    for (size_t i = t->keys.count, n = query_key_count(q); i < n; i++) {
        query_key(q, (uint32_t)i, &k);
        struct view_key *to = paged_add(&t->keys);
        to->fields = clean_fields(t->texts, k.fields, fields);
        if (write_key(t, to, &k))
            note(s, (uint32_t)i);
    }
    for (size_t i = 0; i < s->count; i++) {
        query_key(q, s->at[i], &k);
        if (write_key(t, paged_edit(&t->keys, s->at[i]), &k))
            keep_at(s, again++, i);
    }
    settle(s, again);
}

/* ---- groups ---- */

static struct view_group *row_of(struct view_table *t, size_t number, const struct query_group *g,
                                 bool append)
{
    if (!append) /* every group is visible, in the order of their numbers */
        return number < t->groups.count ? paged_edit(&t->groups, number) : paged_add(&t->groups);
    if (number >= t->row_of_count) {
        size_t room = number + number / 2 + 64;
        t->row_of = xreallocarray(t->row_of, room, sizeof *t->row_of);
        memset(t->row_of + t->row_of_count, 0, (room - t->row_of_count) * sizeof *t->row_of);
        t->row_of_count = room;
    }
    if (t->row_of[number])
        return paged_edit(&t->groups, t->row_of[number] - 1);
    if (!g->visible)
        return NULL;
    t->row_of[number] = (uint32_t)t->groups.count + 1;
    return paged_add(&t->groups);
}

/* As write_key. */
static bool write_group(struct view_table *t, size_t number, const struct query *q)
{
    const struct query_settings *s = query_settings(q);
    struct query_group g;
    query_group(q, number, &g);
    if (s->window_ms > 0)
        trends_window(&t->trends, g.key, g.window_start_ms, s->slide_ms, g.count);
    struct view_group *to = row_of(t, number, &g, s->output_mode == OUTPUT_APPEND);
    if (!to)
        return false;
    *to = (struct view_group){
        .key = g.key,
        .window_start_ms = g.window_start_ms,
        .window_end_ms = g.window_end_ms,
        .count = g.count,
        .delta = g.delta,
        .closed = g.closed,
    };
    if (g.closed && s->window_ms > 0 &&
        (t->closed_until_ms == UNKNOWN || g.window_end_ms > t->closed_until_ms))
        t->closed_until_ms = g.window_end_ms;
    return g.delta != 0;
}

static void update_groups(struct view_table *t, const struct query *q)
{
    struct stale *s = &t->stale_groups;
    size_t again = 0;
    for (size_t n = query_group_count(q); t->groups_seen < n; t->groups_seen++)
        if (write_group(t, t->groups_seen, q))
            note(s, (uint32_t)t->groups_seen);
    for (size_t i = 0; i < s->count; i++)
        if (write_group(t, s->at[i], q))
            keep_at(s, again++, i);
    settle(s, again);
}

/* ---- for the views ---- */

void view_table_note(struct view_table *t, const struct query *q)
{
    struct query_changes c;
    query_changes(q, &c);
    for (size_t i = 0; i < c.keys_count; i++)
        note(&t->stale_keys, c.keys[i]);
    for (size_t i = 0; i < c.groups_count; i++)
        note(&t->stale_groups, c.groups[i]);
    for (size_t i = 0; i < c.closed_count; i++)
        note(&t->stale_groups, c.closed[i]);
}

void view_table_note_batch(struct view_table *t, const struct query *q)
{
    view_table_note(t, q);
    if (query_settings(q)->window_ms == 0)
        trends_batch(&t->trends, q);
}

void view_table_fill(struct view_table *t, const struct query *q, struct query_view *out)
{
    view_table_note(t, q); /* of a batch that did not end, too */
    update_keys(t, q);
    update_groups(t, q);
    paged_keep(&out->keys, &t->keys);
    paged_keep(&out->groups, &t->groups);
    out->texts = texts_share(t->texts);
    out->keys_total = t->keys_total;
    out->closed_until_ms = t->closed_until_ms;
    trends_fill(&t->trends, t->keys.count, out);
}
