#include "engine/view_trends.h"

#include "base/xalloc.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* A point takes together the batches that began within a second. */
#define POINT_NS INT64_C(1000000000)

void trends_free(struct trends *t)
{
    free(t->rows);
    *t = (struct trends){0};
}

static void give_up(struct trends *t)
{
    trends_free(t);
    t->given_up = true;
}

/* Room for so many keys; `none` is what the new ones have at every point. False when they are too many. */
static bool reserve(struct trends *t, size_t keys, size_t most, double none)
{
    if (keys > most)
        give_up(t);
    if (t->given_up)
        return false;
    if (keys > t->capacity) {
        t->capacity = keys + keys / 2 + 64;
        t->rows = xreallocarray(t->rows, t->capacity, sizeof *t->rows);
    }
    for (; t->keys < keys; t->keys++)
        for (int i = 0; i < TREND_POINTS; i++)
            t->rows[t->keys][i] = none;
    return true;
}

static void clear_point(struct trends *t, double none)
{
    for (size_t i = 0; i < t->keys; i++)
        t->rows[i][t->newest] = none;
}

void trends_batch(struct trends *t, const struct query *q)
{
    struct query_changes c;
    int64_t now_ns = clock_mono_ns();
    if (!reserve(t, query_key_count(q), TREND_KEYS, 0))
        return;
    if (t->points == 0 || now_ns - t->since_ns >= POINT_NS) {
        t->since_ns = now_ns;
        t->newest = (t->newest + 1) % TREND_POINTS;
        t->points += t->points < TREND_POINTS;
        clear_point(t, 0);
    }
    query_changes(q, &c);
    for (size_t i = 0; i < c.keys_count; i++) {
        struct query_key k;
        query_key(q, c.keys[i], &k);
        if (k.delta > 0)
            t->rows[c.keys[i]][t->newest] += (double)k.delta;
    }
}

/* Makes the window that starts then the newest. */
static void move_to(struct trends *t, int64_t start_ms, int64_t slide_ms)
{
    int64_t steps = (start_ms - t->newest_ms) / slide_ms;
    for (int64_t i = 0; i < steps && i < TREND_POINTS; i++) {
        t->newest = (t->newest + 1) % TREND_POINTS;
        clear_point(t, NAN);
    }
    t->newest_ms = start_ms;
}

void trends_window(struct trends *t, uint32_t key, int64_t start_ms, int64_t slide_ms, int64_t rows)
{
    if (!reserve(t, (size_t)key + 1, TREND_KEYS_WINDOWS, NAN))
        return;
    if (t->points == 0)
        t->newest_ms = t->oldest_ms = start_ms;
    if (start_ms > t->newest_ms)
        move_to(t, start_ms, slide_ms);
    if (start_ms < t->oldest_ms)
        t->oldest_ms = start_ms;
    int64_t age = (t->newest_ms - start_ms) / slide_ms,
            windows = (t->newest_ms - t->oldest_ms) / slide_ms + 1;
    t->points = windows < TREND_POINTS ? (uint32_t)windows : TREND_POINTS;
    if (age < TREND_POINTS)
        t->rows[key][(t->newest + TREND_POINTS - (int)age) % TREND_POINTS] = (double)rows;
}

void trends_fill(const struct trends *t, size_t keys, struct query_view *out)
{
    if (t->given_up || t->points == 0 || keys == 0)
        return;
    out->trend_points = t->points;
    out->trends = xcalloc(keys, sizeof *out->trends);
    for (size_t i = 0; i < keys; i++)
        for (int p = 0; p < TREND_POINTS; p++) {
            uint32_t age = (uint32_t)(TREND_POINTS - 1 - p);
            out->trends[i][p] = age < t->points && i < t->keys
                                    ? t->rows[i][((uint32_t)t->newest + TREND_POINTS - age) % TREND_POINTS]
                                    : (double)NAN;
        }
}
