/* The result table as the sinks and the screen read it between batches. */
#include "query/query_internal.h"

#include <stdlib.h>

size_t query_group_count(const struct query *q)
{
    return q->core.groups.count;
}

static int64_t change(uint32_t touched, uint32_t serial, int64_t now, int64_t before)
{
    return serial != 0 && touched == serial ? now - before : 0;
}

void query_group(const struct query *q, size_t number, struct query_group *out)
{
    const struct query_core *core = &q->core;
    const struct group *g = &core->groups.list[number];
    bool window = core->settings.window_ms > 0;

    out->key = g->key;
    out->window_start_ms = window ? g->start_ms : UNKNOWN;
    out->window_end_ms = window ? time_add(g->start_ms, core->settings.window_ms) : UNKNOWN;
    out->count = g->count;
    out->delta = change(g->touched, core->groups.serial, g->count, g->before);
    out->closed = g->closed;
    out->visible = core->settings.output_mode != OUTPUT_APPEND || g->closed;
}

const uint32_t *query_output(const struct query *q, size_t *count)
{
    /* The list of all groups only grows; making it is no change that a caller could see. */
    struct groups *g = (struct groups *)&q->core.groups;

    switch (q->core.settings.output_mode) {
    case OUTPUT_UPDATE: *count = g->changed.count; return g->changed.at;
    case OUTPUT_APPEND: *count = g->closed.count; return g->closed.at;
    case OUTPUT_COMPLETE: break;
    }
    while (g->all.count < g->count)
        numbers_add(&g->all, (uint32_t)g->all.count);
    *count = g->all.count;
    return g->all.at;
}

void query_changes(const struct query *q, struct query_changes *out)
{
    const struct groups *g = &q->core.groups;

    *out = (struct query_changes){
        .keys = g->changed_keys.at,
        .groups = g->changed.at,
        .closed = g->closed.at,
        .keys_count = g->changed_keys.count,
        .groups_count = g->changed.count,
        .closed_count = g->closed.count,
    };
}

const struct row_mark *query_marks(const struct query *q, size_t *count)
{
    *count = q->core.marks.count;
    return q->core.marks.all;
}

size_t query_key_count(const struct query *q)
{
    return q->core.groups.key_count;
}

void query_key(const struct query *q, uint32_t key, struct query_key *out)
{
    const struct group_key *k = &q->core.groups.keys[key];

    out->fields = k->fields;
    out->rows = k->rows;
    out->delta = change(k->touched, q->core.groups.serial, k->rows, k->before);
}

struct text query_disposition(const struct query *q, uint32_t id)
{
    return intern_text(&q->core.columns[COLUMN_DISPOSITION].strings, id);
}

static int compare_text(struct text a, struct text b)
{
    if (a.p == NULL || b.p == NULL)
        return (a.p != NULL) - (b.p != NULL);
    int order = memcmp(a.p, b.p, a.len < b.len ? a.len : b.len);
    return order != 0 ? order : (a.len > b.len) - (a.len < b.len);
}

static int compare_groups(const void *left, const void *right, void *arg)
{
    const struct groups *g = arg;
    const struct group *a = &g->list[*(const uint32_t *)left], *b = &g->list[*(const uint32_t *)right];

    if (a->count != b->count)
        return a->count < b->count ? 1 : -1;
    if (a->start_ms != b->start_ms)
        return a->start_ms < b->start_ms ? -1 : 1;
    for (int i = 0; i < g->id_count; i++) {
        int order = compare_text(g->keys[a->key].fields[i], g->keys[b->key].fields[i]);
        if (order != 0)
            return order;
    }
    return 0;
}

void query_sort(const struct query *q, uint32_t *numbers, size_t count)
{
    if (count > 1)
        qsort_r(numbers, count, sizeof(*numbers), compare_groups, (void *)&q->core.groups);
}
