#include "spark/groups_batch.h"

#include "query/table.h"
#include "spark/js.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A table beyond this is none that a screen could show, and would only take the memory away. */
#define GROUPS_MOST 5000000

static struct text copy_text(struct arena *memory, const char *p, size_t len)
{
    char *copy = arena_take(memory, len + 1, false);
    memcpy(copy, p, len);
    copy[len] = '\0';
    return (struct text){copy, len};
}

static bool take_fields(struct groups_batch *b, json_object *list, int wanted, const struct text **out)
{
    if ((int)js_length(list) != wanted)
        return false;
    struct text *fields = arena_take(&b->memory, (size_t)wanted * sizeof *fields, true);
    for (int i = 0; i < wanted; i++) {
        json_object *value = json_object_array_get_idx(list, (size_t)i);
        fields[i] = (struct text){NULL, 0};
        if (!value)
            continue; /* null */
        if (!json_object_is_type(value, json_type_string))
            return false;
        fields[i] =
            copy_text(&b->memory, json_object_get_string(value), (size_t)json_object_get_string_len(value));
    }
    *out = fields;
    return true;
}

bool groups_batch_add(struct groups_batch *b, json_object *group, const struct query_settings *s, char *err,
                      size_t err_cap)
{
    struct batch_group g = {
        .start_ms = js_count(group, "start_ms"), .count = js_count(group, "count"), .order = b->count};
    if (b->count >= GROUPS_MOST) {
        b->too_many = true;
        return true;
    }
    if (g.count == UNKNOWN || g.count < 0) {
        snprintf(err, err_cap, "a group without its count");
        return false;
    }
    if ((s->window_ms > 0) != (g.start_ms != UNKNOWN)) {
        snprintf(err, err_cap,
                 s->window_ms > 0 ? "a group without its window"
                                  : "a group with a window, of a query that has none");
        return false;
    }
    if (!take_fields(b, js_member(group, "fields", json_type_array), s->group_by_count, &g.fields)) {
        snprintf(err, err_cap, "a group whose fields are not the %d texts that are grouped by",
                 s->group_by_count);
        return false;
    }
    b->groups = array_grow(b->groups, &b->cap, b->count + 1, sizeof *b->groups);
    b->groups[b->count++] = g;
    return true;
}

static int compare_text(struct text a, struct text b)
{
    if (!a.p || !b.p)
        return (a.p != NULL) - (b.p != NULL);
    if (a.len != b.len)
        return a.len < b.len ? -1 : 1;
    return memcmp(a.p, b.p, a.len);
}

static int compare_keys(const struct batch_group *a, const struct batch_group *b, int fields)
{
    if (a->start_ms != b->start_ms)
        return a->start_ms < b->start_ms ? -1 : 1;
    for (int i = 0; i < fields; i++) {
        int order = compare_text(a->fields[i], b->fields[i]);
        if (order)
            return order;
    }
    return 0;
}

static int compare(const void *left, const void *right, void *arg)
{
    const struct batch_group *a = left, *b = right;
    int order = compare_keys(a, b, *(const int *)arg);
    return order ? order : a->order < b->order ? -1 : a->order > b->order;
}

void groups_batch_settle(struct groups_batch *b, int fields)
{
    size_t kept = 0;
    if (b->count > 1)
        qsort_r(b->groups, b->count, sizeof *b->groups, compare, &fields);
    for (size_t i = 0; i < b->count; i++) {
        bool same = kept > 0 && compare_keys(&b->groups[kept - 1], &b->groups[i], fields) == 0;
        b->groups[same ? kept - 1 : kept] = b->groups[i];
        kept += !same;
    }
    b->count = kept;
}

void groups_batch_apply(const struct groups_batch *b, struct query *table)
{
    query_table_begin(table, b->batch_id);
    for (size_t i = 0; i < b->count; i++)
        query_table_put(table, b->groups[i].fields, b->groups[i].start_ms, b->groups[i].count);
    query_table_end(table, b->watermark_ms);
}

void groups_batch_free(struct groups_batch *b)
{
    free(b->groups);
    arena_free(&b->memory);
    *b = (struct groups_batch){0};
}
