#include "ui/rank.h"

#include "base/xalloc.h"
#include "ui/words.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    NAME_MAX_BYTES = 600,
    CHEAP_SORT_MS = 3, /* a dearer sort is not repeated for each view ... */
    SORT_SHARE = 20,   /* ... but takes at most one part in so many of the time */
    AROUND_ROWS = 512, /* so many more rows on both sides are put in their places, to be scrolled to */
    JUDGE_MS = 5,      /* the filter's time for one picture */
    JUDGE_KEYS = 4096, /* keys from one look at the clock to the next */
    SAMPLE_KEYS = 2048,
    AHEAD_KEYS = 24,
    PIVOT_ROWS = 64 /* fewer rows are sorted rather than parted */
};

void rank_init(struct rank *r)
{
    *r = (struct rank){.stale = true};
}

void rank_free(struct rank *r)
{
    free(r->order);
    free(r->spare);
    free(r->middle);
    free(r->hits);
    free(r->selected);
    *r = (struct rank){.stale = true};
}

/* ---- what goes before what ---- */

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

/* Never 0 for two different keys: cleaned names can be the same. */
static int compare_keys(uint32_t left, uint32_t right, const struct order_arg *arg)
{
    const struct view_key *a = view_key_at(arg->view, left), *b = view_key_at(arg->view, right);
    int c = 0;
    if (arg->by == RANK_DELTA)
        c = (a->delta < b->delta) - (a->delta > b->delta);
    if (!c && arg->by != RANK_NAME)
        c = (a->total < b->total) - (a->total > b->total);
    if (arg->reverse)
        c = -c;
    if (c)
        return c;
    c = by_name(a, b, arg->view->settings.group_by_count);
    if (!c)
        c = (left > right) - (left < right);
    return arg->by == RANK_NAME && arg->reverse ? -c : c;
}

static int compare(const void *a, const void *b, void *arg)
{
    return compare_keys(*(const uint32_t *)a, *(const uint32_t *)b, arg);
}

static struct order_arg arg_of(const struct rank *r, const struct query_view *v)
{
    return (struct order_arg){.view = v, .by = r->by, .reverse = r->reverse};
}

/* ---- selection ---- */

static void swap(uint32_t *a, uint32_t *b)
{
    uint32_t old = *a;
    *a = *b;
    *b = old;
}

static void sort_three(uint32_t *a, uint32_t *b, uint32_t *c, const struct order_arg *arg)
{
    if (compare_keys(*b, *a, arg) < 0)
        swap(a, b);
    if (compare_keys(*c, *b, arg) < 0)
        swap(b, c);
    if (compare_keys(*b, *a, arg) < 0)
        swap(a, b);
}

/* Parts n >= 3 keys: what goes before a key from the middle of a sample comes first. Returns its place. */
static size_t part(uint32_t *at, size_t n, const struct order_arg *arg)
{
    size_t low = 0, high = n - 2;
    sort_three(&at[0], &at[n / 2], &at[n - 1], arg);
    uint32_t pivot = at[n / 2];
    swap(&at[n / 2], &at[n - 2]);
    for (;;) {
        do
            low++;
        while (compare_keys(at[low], pivot, arg) < 0);
        do
            high--;
        while (compare_keys(pivot, at[high], arg) < 0);
        if (low >= high)
            break;
        swap(&at[low], &at[high]);
    }
    swap(&at[low], &at[n - 2]);
    return low;
}

/* Parts n keys so that the first k are those that come first. The halves shrink by chance, not by proof: a
 * turn that brings too little hands over to a sort. */
static void part_at(uint32_t *at, size_t n, size_t k, struct order_arg *arg)
{
    size_t turns = 4;
    for (size_t left = n; left > 1; left /= 2)
        turns += 3;
    while (k > 0 && k < n) {
        if (n < PIVOT_ROWS || turns-- == 0) {
            qsort_r(at, n, sizeof *at, compare, arg);
            return;
        }
        size_t place = part(at, n, arg);
        if (k <= place) {
            n = place;
        } else {
            at += place + 1;
            n -= place + 1;
            k -= place + 1;
        }
    }
}

/* Keys that the rows between are looked for among: those outside need no comparing with each other. */
struct bounds {
    bool has_low, has_high;
    uint32_t low, high;
};

static uint32_t key_of(const uint32_t *from, size_t i)
{
    return from ? from[i] : (uint32_t)i;
}

/* Guesses from a sample which keys stand around the rows from first to before last. */
static struct bounds guess(const struct query_view *v, const uint32_t *from, size_t n, size_t first,
                           size_t last, struct order_arg *arg)
{
    uint32_t sample[SAMPLE_KEYS], random = 1;
    struct bounds b = {0};
    size_t count = 0;
    for (size_t i = 0; i < SAMPLE_KEYS; i++) {
        random = random * 1664525U + 1013904223U; /* one of each stretch of the table, anywhere in it */
        uint32_t key =
            key_of(from, (size_t)(((double)i + (double)random / 4294967296.0) / SAMPLE_KEYS * (double)n));
        if (view_key_at(v, key)->total != 0)
            sample[count++] = key;
    }
    qsort_r(sample, count, sizeof *sample, compare, arg);
    /* Where they would be in the sample, and room for chance on both sides. */
    double share = (double)count / (double)n, low = (double)first * share, high = (double)last * share;
    low -= 4 * sqrt(low) + 4;
    high += 4 * sqrt(high) + 4;
    b.has_low = low >= 0 && low < (double)count;
    b.has_high = high < (double)count;
    if (b.has_low)
        b.low = sample[(size_t)low];
    if (b.has_high)
        b.high = sample[(size_t)high];
    return b;
}

static void add(uint32_t **list, size_t *count, size_t *cap, uint32_t key)
{
    if (*count == *cap) {
        *cap = *cap + *cap / 2 + 64;
        *list = xreallocarray(*list, *cap, sizeof **list);
    }
    (*list)[(*count)++] = key;
}

/* Makes the order of n keys: first those before the bounds, then those between them, then those behind.
 * Returns how many are before and between. */
static void gather(struct rank *r, const struct query_view *v, const uint32_t *from, size_t n,
                   const struct bounds *b, const struct order_arg *arg, size_t *before, size_t *between)
{
    uint32_t *to = r->spare;
    size_t front = 0, back = n, middle = 0;
    r->most = 0;
    for (size_t i = 0; i < n; i++) {
        uint32_t key = key_of(from, i);
        int64_t total = view_key_at(v, key)->total;
        if (i + AHEAD_KEYS < n) /* the pages lie anywhere in memory */
            __builtin_prefetch(view_key_at(v, key_of(from, i + AHEAD_KEYS)));
        if (total == 0)
            continue;
        if (total > r->most)
            r->most = total;
        if (b->has_low && compare_keys(key, b->low, arg) < 0)
            to[front++] = key;
        else if (b->has_high && compare_keys(b->high, key, arg) < 0)
            to[--back] = key;
        else
            add(&r->middle, &middle, &r->middle_cap, key);
    }
    if (back < n)
        memmove(to + front + middle, to + back, (n - back) * sizeof *to);
    if (middle)
        memcpy(to + front, r->middle, middle * sizeof *to);
    *before = front;
    *between = middle;
    r->count = front + middle + (n - back);
    r->spare = r->order;
    r->order = to;
}

static void make_room(struct rank *r, size_t n)
{
    if (n <= r->cap)
        return;
    r->cap = n + n / 2 + 64;
    r->order = xreallocarray(r->order, r->cap, sizeof *r->order);
    r->spare = xreallocarray(r->spare, r->cap, sizeof *r->spare);
}

/* The rows that are to be put in their places, of so many: all, or those around what was asked for last. */
static void wanted(const struct rank *r, size_t count, size_t *first, size_t *last)
{
    *first = 0;
    *last = count;
    if (count <= RANK_ALL_ROWS)
        return;
    size_t asked = r->asked < count ? r->asked : count - 1;
    if (asked > AROUND_ROWS)
        *first = asked - AROUND_ROWS;
    if (r->page + AROUND_ROWS < count - asked)
        *last = asked + r->page + AROUND_ROWS;
}

/* Orders n keys of `from` (NULL: the first n of the view) as far as they are wanted. */
static void put_in_place(struct rank *r, const struct query_view *v, const uint32_t *from, size_t n)
{
    struct order_arg arg = {.view = v, .by = r->by, .reverse = r->reverse};
    struct bounds b = {0};
    size_t first, last, before, between;
    if (n > RANK_ALL_ROWS) {
        wanted(r, n, &first, &last);
        b = guess(v, from, n, first, last, &arg);
    }
    gather(r, v, from, n, &b, &arg, &before, &between);
    wanted(r, r->count, &first, &last);
    if (first < before || last > before + between) { /* the guess was a bad one */
        before = 0;
        between = r->count;
    }
    part_at(r->order + before, between, first - before, &arg);
    part_at(r->order + first, before + between - first, last - first, &arg);
    if (last - first > 1)
        qsort_r(r->order + first, last - first, sizeof *r->order, compare, &arg);
    r->first = first;
    r->last = last;
}

void rank_show(struct rank *r, const struct query_view *v, size_t first, size_t count)
{
    r->asked = first;
    r->page = count;
    if (!v || r->view_number != v->number)
        return;
    size_t end = count < r->count && first < r->count - count ? first + count : r->count;
    if (first < end && (first < r->first || end > r->last))
        put_in_place(r, v, r->order, r->count);
}

uint32_t *rank_all(const struct rank *r, const struct query_view *v)
{
    struct order_arg arg = arg_of(r, v);
    uint32_t *all = xreallocarray(NULL, r->count, sizeof *all);
    if (r->count)
        memcpy(all, r->order, r->count * sizeof *all);
    if (r->last - r->first < r->count)
        qsort_r(all, r->count, sizeof *all, compare, &arg);
    return all;
}

/* ---- filter ---- */

static bool passes(const struct query_view *v, size_t key, const struct match *match)
{
    char name[NAME_MAX_BYTES];
    return match->kind == MATCH_ALL ||
           match_hit(match, words_key(name, sizeof name, view_key_at(v, key), v->settings.group_by_count));
}

/* Names never change, so each key is judged once. True when there are new hits. */
static bool judge(struct rank *r, const struct query_view *v, const struct match *match)
{
    size_t before = r->hits_count;
    int64_t began_ms = clock_mono_ms();
    if (match->kind == MATCH_ALL) {
        r->judged = v->keys.count;
        return false;
    }
    while (r->judged < v->keys.count) {
        if (passes(v, r->judged, match))
            add(&r->hits, &r->hits_count, &r->hits_cap, (uint32_t)r->judged);
        if (++r->judged % JUDGE_KEYS == 0 && clock_mono_ms() - began_ms >= JUDGE_MS)
            break;
    }
    return r->hits_count > before;
}

bool rank_searches(const struct rank *r)
{
    return r->judged < r->keys;
}

/* ---- the order ---- */

static void sort(struct rank *r, const struct query_view *v, const struct match *match, int64_t now_ms)
{
    int64_t began_ms = clock_mono_ms();
    const bool all = match->kind == MATCH_ALL;
    size_t n = all ? v->keys.count : r->hits_count;
    make_room(r, n);
    put_in_place(r, v, all ? NULL : r->hits, n);
    r->sort_cost_ms = clock_mono_ms() - began_ms;
    r->sorted_ms = now_ms;
    r->stale = false;
}

/* Rows that stay where they are still grow. */
static void look_again(struct rank *r, const struct query_view *v)
{
    for (size_t i = r->first; i < r->last; i++)
        if (view_key_at(v, r->order[i])->total > r->most)
            r->most = view_key_at(v, r->order[i])->total;
}

/* ---- the selected key ---- */

static bool is_selected(const struct rank *r, const struct query_view *v, size_t key)
{
    char name[NAME_MAX_BYTES];
    return !strcmp(words_key(name, sizeof name, view_key_at(v, key), v->settings.group_by_count),
                   r->selected);
}

/* A run keeps its numbers; another run numbers its keys anew, so there the name counts. */
static bool find_selected(struct rank *r, const struct query_view *v)
{
    if (r->selected_at < v->keys.count && is_selected(r, v, r->selected_at))
        return true;
    for (size_t i = 0; i < v->keys.count; i++)
        if (is_selected(r, v, i)) {
            r->selected_at = (uint32_t)i;
            return true;
        }
    return false;
}

static size_t selected_row(struct rank *r, const struct query_view *v, const struct match *match)
{
    struct order_arg arg = arg_of(r, v);
    size_t row = 0;
    if (!r->selected || !find_selected(r, v))
        return 0;
    for (size_t i = r->first; i < r->last; i++)
        if (r->order[i] == r->selected_at)
            return i;
    if (view_key_at(v, r->selected_at)->total == 0 || !passes(v, r->selected_at, match))
        return 0;
    for (size_t i = 0; i < r->count; i++)
        row += compare_keys(r->order[i], r->selected_at, &arg) < 0;
    return row < r->count ? row : 0;
}

size_t rank_update(struct rank *r, const struct query_view *v, const struct match *match, int64_t now_ms)
{
    if (!v) {
        r->count = r->first = r->last = r->keys = 0;
        return 0;
    }
    bool restarted =
        strcmp(r->run_id, v->run_id) != 0 || v->table_number != r->table_number || v->keys.count < r->keys;
    bool filtered = strcmp(r->filter, match->typed) != 0;
    bool fresh = r->view_number != v->number;
    if (restarted || filtered)
        r->hits_count = r->judged = 0;
    if ((restarted || filtered || fresh || rank_searches(r)) && judge(r, v, match))
        r->kept = true; /* they are not in it yet */
    bool other = restarted || filtered || r->stale;
    bool dear = r->sort_cost_ms > CHEAP_SORT_MS && now_ms - r->sorted_ms < SORT_SHARE * r->sort_cost_ms;
    bool may_sort = now_ms >= r->hold_until_ms && !dear;
    r->keys = v->keys.count;
    if (!other && !fresh && !(r->kept && may_sort))
        return selected_row(r, v, match);
    snprintf(r->run_id, sizeof r->run_id, "%s", v->run_id);
    snprintf(r->filter, sizeof r->filter, "%s", match->typed);
    r->view_number = v->number;
    r->table_number = v->table_number;
    r->total = v->keys_total;
    r->kept = !other && !may_sort && r->count > 0;
    if (r->kept)
        look_again(r, v);
    else
        sort(r, v, match, now_ms);
    return selected_row(r, v, match);
}

void rank_select(struct rank *r, const struct query_view *v, size_t row, int64_t now_ms)
{
    char name[NAME_MAX_BYTES];
    free(r->selected);
    r->selected = NULL;
    if (!v || row >= r->count)
        return;
    if (row < r->first || row >= r->last)
        rank_show(r, v, row, r->page);
    words_key(name, sizeof name, view_key_at(v, r->order[row]), v->settings.group_by_count);
    /* At the top the eye follows the leader, whoever that is. */
    if (row > 0)
        r->selected = xstrdup(name);
    r->selected_at = r->order[row];
    r->hold_until_ms = now_ms + RANK_HOLD_MS;
}

void rank_sort_by(struct rank *r, enum rank_by by, bool reverse)
{
    r->by = by;
    r->reverse = reverse;
    r->stale = true;
}
