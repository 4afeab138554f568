/* The reckoning of lag: pure, so that a test can feed it. */
#include "kafka/watch_internal.h"

#include <math.h>
#include <string.h>

void lag_add(struct lag_watch *l, int64_t now_ms, int64_t lag)
{
    if (lag == UNKNOWN) {
        l->count = 0;
    } else {
        if (l->count == TREND_SAMPLES) {
            memmove(l->sample, l->sample + 1, (TREND_SAMPLES - 1) * sizeof l->sample[0]);
            l->count--;
        }
        l->sample[l->count++] = (struct lag_sample){.mono_ms = now_ms, .lag = lag};
    }
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
    if (l->count < 2 || l->sample[l->count - 1].mono_ms - l->sample[0].mono_ms < TREND_LEAST_MS)
        return (double)NAN;
    /* A line through all samples and not only through the two ends: a batch takes its rows at once, so that
     * the lag is a saw whose teeth would decide. */
    double mean_s = 0, mean_lag = 0, n = (double)l->count;
    for (size_t i = 0; i < l->count; i++) {
        mean_s += (double)(l->sample[i].mono_ms - l->sample[0].mono_ms) / 1000 / n;
        mean_lag += (double)l->sample[i].lag / n;
    }
    double above = 0, below = 0;
    for (size_t i = 0; i < l->count; i++) {
        double s = (double)(l->sample[i].mono_ms - l->sample[0].mono_ms) / 1000 - mean_s;
        above += s * ((double)l->sample[i].lag - mean_lag);
        below += s * s;
    }
    return above / below;
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
