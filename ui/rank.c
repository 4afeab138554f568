#include "ui/rank.h"

#include "base/xalloc.h"
#include "ui/words.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    NAME_MAX_BYTES = 600,
    CHEAP_SORT_MS = 3, /* a dearer sort is not repeated for each view ... */
    SORT_SHARE = 20    /* ... but takes at most one part in so many of the time */
};

void rank_init(struct rank *r)
{
    *r = (struct rank){.stale = true};
}

void rank_free(struct rank *r)
{
    free(r->order);
    free(r->marks);
    free(r->selected);
    *r = (struct rank){.stale = true};
}

static uint64_t mark_of(const struct view_key *k, int fields)
{
    uint64_t h = 1469598103934665603u; /* FNV-1a */
    for (int i = 0; i < fields; i++) {
        const unsigned char *s = (const unsigned char *)(k->fields[i] ? k->fields[i] : "\x01");
        for (; *s; s++)
            h = (h ^ *s) * 1099511628211u;
        h = (h ^ 0xFF) * 1099511628211u;
    }
    return h;
}

struct order_arg {
    const struct query_view *view;
    enum rank_by by;
    bool reverse;
};

static int by_name(const struct view_key *a, const struct view_key *b, int fields)
{
    for (int i = 0; i < fields; i++) {
        if (!a->fields[i] || !b->fields[i]) {
            if (a->fields[i] || b->fields[i])
                return a->fields[i] ? 1 : -1;
            continue;
        }
        int c = strcmp(a->fields[i], b->fields[i]);
        if (c)
            return c;
    }
    return 0;
}

static int compare(const void *pa, const void *pb, void *parg)
{
    const struct order_arg *arg = parg;
    const struct view_key *a = &arg->view->keys[*(const size_t *)pa];
    const struct view_key *b = &arg->view->keys[*(const size_t *)pb];
    int c = 0;
    if (arg->by == RANK_DELTA)
        c = (a->delta < b->delta) - (a->delta > b->delta);
    if (!c && arg->by != RANK_NAME)
        c = (a->total < b->total) - (a->total > b->total);
    if (arg->reverse)
        c = -c;
    if (!c) {
        c = by_name(a, b, arg->view->settings.group_by_count);
        if (arg->by == RANK_NAME && arg->reverse)
            c = -c;
    }
    return c;
}

static void reserve(struct rank *r, size_t count)
{
    if (count <= r->cap)
        return;
    r->cap = count + count / 2 + 64;
    r->order = xreallocarray(r->order, r->cap, sizeof *r->order);
    r->marks = xreallocarray(r->marks, r->cap, sizeof *r->marks);
}

static bool passes(const struct query_view *v, size_t key, const struct match *match)
{
    char name[NAME_MAX_BYTES];
    return match->kind == MATCH_ALL ||
           match_hit(match, words_key(name, sizeof name, &v->keys[key], v->settings.group_by_count));
}

static void take_all(struct rank *r, const struct query_view *v, const struct match *match)
{
    reserve(r, v->keys_count);
    r->count = 0;
    for (size_t i = 0; i < v->keys_count; i++)
        if (v->keys[i].total != 0 && passes(v, i, match))
            r->order[r->count++] = i;
}

static void sort(struct rank *r, const struct query_view *v, const struct match *match, int64_t now_ms)
{
    int64_t began = clock_mono_ms();
    struct order_arg arg = {.view = v, .by = r->by, .reverse = r->reverse};
    take_all(r, v, match);
    if (r->count)
        qsort_r(r->order, r->count, sizeof *r->order, compare, &arg);
    for (size_t i = 0; i < r->count; i++)
        r->marks[i] = mark_of(&v->keys[r->order[i]], v->settings.group_by_count);
    r->sort_cost_ms = clock_mono_ms() - began;
    r->sorted_ms = now_ms;
    r->stale = false;
}

/* True when the rows can stay as they are: the view's keys are still those. New keys wait for the next sort,
 * so that nothing is pushed in between rows that somebody is reading. */
static bool keep(const struct rank *r, const struct query_view *v)
{
    for (size_t i = 0; i < r->count; i++) {
        size_t key = r->order[i];
        if (key >= v->keys_count || mark_of(&v->keys[key], v->settings.group_by_count) != r->marks[i])
            return false;
    }
    return r->count > 0;
}

static size_t selected_row(const struct rank *r, const struct query_view *v)
{
    char name[NAME_MAX_BYTES];
    for (size_t i = 0; r->selected && i < r->count; i++)
        if (!strcmp(words_key(name, sizeof name, &v->keys[r->order[i]], v->settings.group_by_count),
                    r->selected))
            return i;
    return 0;
}

size_t rank_update(struct rank *r, const struct query_view *v, const struct match *match, int64_t now_ms)
{
    if (!v) {
        r->count = 0;
        return 0;
    }
    bool other = strcmp(r->run_id, v->run_id) != 0 || strcmp(r->filter, match->typed) != 0 || r->stale;
    bool fresh = r->view_number != v->number;
    bool dear = r->sort_cost_ms > CHEAP_SORT_MS && now_ms - r->sorted_ms < SORT_SHARE * r->sort_cost_ms;
    bool may_sort = now_ms >= r->hold_until_ms && !dear;
    if (!other && !fresh && !(r->kept && may_sort))
        return selected_row(r, v);
    snprintf(r->run_id, sizeof r->run_id, "%s", v->run_id);
    snprintf(r->filter, sizeof r->filter, "%s", match->typed);
    r->view_number = v->number;
    r->total = 0;
    for (size_t i = 0; i < v->keys_count; i++)
        r->total += v->keys[i].total;
    r->kept = !other && !may_sort && keep(r, v);
    if (!r->kept)
        sort(r, v, match, now_ms);
    return selected_row(r, v);
}

void rank_select(struct rank *r, const struct query_view *v, size_t row, int64_t now_ms)
{
    char name[NAME_MAX_BYTES];
    free(r->selected);
    r->selected = NULL;
    if (!v || row >= r->count)
        return;
    words_key(name, sizeof name, &v->keys[r->order[row]], v->settings.group_by_count);
    /* At the top the eye follows the leader, whoever that is. */
    if (row > 0)
        r->selected = xstrdup(name);
    r->hold_until_ms = now_ms + RANK_HOLD_MS;
}

void rank_sort_by(struct rank *r, enum rank_by by, bool reverse)
{
    r->by = by;
    r->reverse = reverse;
    r->stale = true;
}
