#include "replay/meter.h"

#include "base/clock.h"

#include <math.h>

#define SPACING_NS INT64_C(50000000)
#define WINDOW_NS  INT64_C(5000000000)
/* Fewer counts than this say little: look back further, to a minute and a half. */
#define COUNTS_MIN  8
#define LOOKBACK_NS INT64_C(90000000000)

void meter_reset(struct meter *m)
{
    m->head = m->used = 0;
}

static struct meter_sample *sample(const struct meter *m, unsigned age)
{
    return (struct meter_sample *)&m->samples[(m->head + METER_SAMPLES - 1 - age) % METER_SAMPLES];
}

void meter_add(struct meter *m, int64_t now_ns, int64_t count, int64_t event_ms)
{
    struct meter_sample s = {now_ns, count, event_ms};
    /* The time before the first count says nothing of the rate. */
    if (count == 0)
        return;
    if (m->used > 0 && sample(m, 0)->count == count)
        return;
    if (m->used >= 2) {
        struct meter_sample *last = sample(m, 0);
        /* Close samples merge, so that the ring spans a minute and a half even at high rates... */
        if (last->ns - sample(m, 1)->ns < SPACING_NS) {
            *last = s;
            return;
        }
    }
    m->samples[m->head] = s;
    m->head = (m->head + 1) % METER_SAMPLES;
    m->used += m->used < METER_SAMPLES;
}

double meter_rate(const struct meter *m, int64_t now_ns, double *city_s)
{
    *city_s = (double)NAN;
    if (m->used < 2)
        return (double)NAN;
    const struct meter_sample *last = sample(m, 0), *first = last;
    for (unsigned age = 1; age < m->used; age++) {
        const struct meter_sample *s = sample(m, age);
        int64_t back_ns = now_ns - s->ns;
        if (back_ns > LOOKBACK_NS || (back_ns > WINDOW_NS && last->count - first->count >= COUNTS_MIN))
            break;
        first = s;
    }
    if (first == last)
        return 0;
    double counts = (double)(last->count - first->count);
    double span_ns = (double)(last->ns - first->ns), silence_ns = (double)(now_ns - last->ns);
    /* Silence of up to one and a half usual gaps is the rate itself; longer, the rate falls. */
    if (silence_ns > 1.5 * span_ns / counts && silence_ns > 2.0 * (double)SPACING_NS)
        span_ns += silence_ns;
    if (span_ns <= 0)
        return (double)NAN;
    /* Event time that went back (the data started again) has no speed. */
    if (first->event_ms != UNKNOWN && last->event_ms >= first->event_ms)
        *city_s = ((double)last->event_ms - (double)first->event_ms) * 1e6 / span_ns;
    return counts / span_ns * 1e9;
}
