/* The reckoning of lag: pure, so that a test can feed it. */
#include "kafka/watch_internal.h"

#include <math.h>
#include <string.h>

/* Samples on each side of a change, how much of the squares two lines may leave of what one line left, and
 * how much their slopes must differ. */
#define CHANGE_SAMPLES     4
#define CHANGE_LEFT_SHARE  0.1
#define CHANGE_SLOPE_SHARE 0.3
#define CHANGE_SURE_MS     2500

/* A line fitted through some samples: its slope, and the squares that it leaves. */
struct line {
    double per_s, left;
};

static struct line line_through(const struct lag_sample *sample, size_t count)
{
    double mean_s = 0, mean_lag = 0, n = (double)count;
    for (size_t i = 0; i < count; i++) {
        mean_s += (double)(sample[i].mono_ms - sample[0].mono_ms) / 1000 / n;
        mean_lag += (double)sample[i].lag / n;
    }
    double above = 0, below = 0, all = 0;
    for (size_t i = 0; i < count; i++) {
        double s = (double)(sample[i].mono_ms - sample[0].mono_ms) / 1000 - mean_s;
        double lag = (double)sample[i].lag - mean_lag;
        above += s * lag;
        below += s * s;
        all += lag * lag;
    }
    double per_s = below > 0 ? above / below : 0, left = all - per_s * above;
    return (struct line){per_s, left > 0 ? left : 0};
}

static int64_t span_ms(const struct lag_sample *sample, size_t count)
{
    return sample[count - 1].mono_ms - sample[0].mono_ms;
}

/* Where the samples since the newest change begin. There is a change where two lines of different slope fit
 * the samples far better than one line; a step between two lines of the same slope is a batch that took its
 * rows.
 */
static size_t newest_change(const struct trend *l)
{
    struct line whole = line_through(l->sample, l->count);
    double best = whole.left * CHANGE_LEFT_SHARE;
    size_t from = 0;
    /* Where the one line is not a message off, nothing can be said to have changed. */
    if (whole.left <= (double)l->count)
        return 0;
    for (size_t k = CHANGE_SAMPLES; k + CHANGE_SAMPLES <= l->count; k++) {
        struct line before = line_through(l->sample, k), after = line_through(l->sample + k, l->count - k);
        double left = before.left + after.left;
        double change = fabs(after.per_s - before.per_s);
        double steeper = fmax(fabs(after.per_s), fabs(before.per_s));
        if (left > best || change < steeper * CHANGE_SLOPE_SHARE ||
            span_ms(l->sample + k, l->count - k) < TREND_LEAST_MS)
            continue;
        best = left;
        from = k;
    }
    return from;
}

/* Once it is sure where the change was, what came before would only hide the next one. */
static void forget_before_change(struct trend *l)
{
    size_t from = newest_change(l);
    if (from == 0 || span_ms(l->sample + from, l->count - from) < CHANGE_SURE_MS)
        return;
    memmove(l->sample, l->sample + from, (l->count - from) * sizeof l->sample[0]);
    l->count -= from;
}

void trend_add(struct trend *t, int64_t now_ms, int64_t value)
{
    if (value == UNKNOWN) {
        t->count = 0;
        return;
    }
    if (t->count == TREND_SAMPLES) {
        memmove(t->sample, t->sample + 1, (TREND_SAMPLES - 1) * sizeof t->sample[0]);
        t->count--;
    }
    t->sample[t->count++] = (struct lag_sample){.mono_ms = now_ms, .lag = value};
    forget_before_change(t);
}

double trend_slope(const struct trend *t)
{
    if (t->count < 2 || span_ms(t->sample, t->count) < TREND_LEAST_MS)
        return (double)NAN;
    /* A line through all samples and not only through the two ends: a batch takes its rows at once, so that
     * the lag is a saw whose teeth would decide. */
    size_t from = newest_change(t);
    return line_through(t->sample + from, t->count - from).per_s;
}

void growth_reset(struct growth *g)
{
    *g = (struct growth){.last = UNKNOWN, .since_ms = UNKNOWN};
}

/* A span is over: does it lie above the one before it? A hundredth is no rise but noise. Two spans in a row
 * decide, either way, so that no single batch does. */
static void growth_judge(struct growth *g, int64_t now_ms)
{
    bool rose = g->last != UNKNOWN && g->least > g->last + 1 + g->last / 100;
    if (rose && g->rising++ == 0)
        g->rising_from_ms = g->from_ms;
    if (!rose)
        g->rising = 0;
    g->resting = rose ? 0 : g->resting + 1;
    if (g->rising >= 2 && g->since_ms == UNKNOWN)
        g->since_ms = g->rising_from_ms;
    if (g->resting >= 2 || g->least == 0)
        g->since_ms = UNKNOWN;
    g->last = g->least;
    g->from_ms = now_ms;
}

void growth_add(struct growth *g, int64_t now_ms, int64_t lag)
{
    if (lag == UNKNOWN) {
        growth_reset(g);
        return;
    }
    if (g->from_ms == 0) {
        growth_reset(g);
        g->from_ms = now_ms;
        g->least = lag;
    } else if (now_ms - g->from_ms >= GROWTH_SPAN_MS) {
        growth_judge(g, now_ms);
        g->least = lag;
    } else if (lag < g->least) {
        g->least = lag;
    }
}

void partition_add(struct partition_trend *t, struct partition_view *p, int64_t now_ms, int64_t end)
{
    trend_add(&t->lag, now_ms, p->lag);
    trend_add(&t->end, now_ms, end);
    p->lag_trend_per_s = trend_slope(&t->lag);
    p->catch_up_s = lag_catch_up_s(p->lag, p->lag_trend_per_s);
    double input_per_s = trend_slope(&t->end); /* unknown stays unknown */
    p->input_per_s = input_per_s < 0 ? 0 : input_per_s;
    if (end == UNKNOWN || t->end_seen != end)
        t->moved_ms = now_ms;
    t->end_seen = end;
    p->idle_since_ms = end != UNKNOWN && now_ms - t->moved_ms >= IDLE_LEAST_MS ? t->moved_ms : UNKNOWN;
}

void lag_add(struct lag_watch *l, int64_t now_ms, int64_t lag)
{
    trend_add(&l->trend, now_ms, lag);
    growth_add(&l->growth, now_ms, lag);
    if (l->history_count > 0 && now_ms - l->history_ms < HISTORY_EVERY_MS)
        return;
    l->history_ms = now_ms;
    if (l->history_count == HISTORY_POINTS) {
        memmove(l->history, l->history + 1, (HISTORY_POINTS - 1) * sizeof l->history[0]);
        l->history_count--;
    }
    l->history[l->history_count++] = lag == UNKNOWN ? (double)NAN : (double)lag;
}

double lag_trend(const struct lag_watch *l)
{
    return trend_slope(&l->trend);
}

double lag_catch_up_s(int64_t lag, double trend_per_s)
{
    if (lag == UNKNOWN)
        return (double)NAN;
    if (lag == 0)
        return 0;
    /* Slower than a message in ten seconds is no draining but noise. */
    if (isnan(trend_per_s) || trend_per_s > -0.1)
        return (double)NAN;
    return (double)lag / -trend_per_s;
}
