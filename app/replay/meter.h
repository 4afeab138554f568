/* What has really been achieved: counts and event time over the last seconds, on the monotonic clock. Pure
 * (it is told the time). One thread. */
#ifndef REPLAY_METER_H
#define REPLAY_METER_H

#include <stdint.h>

#define METER_SAMPLES 256

struct meter {
    struct meter_sample {
        int64_t ns, count, event_ms;
    } samples[METER_SAMPLES];
    unsigned head, used; /* head: where the next sample goes */
};

void meter_reset(struct meter *m);
/* The count so far (it grew) and the newest event time (UNKNOWN: none). Cheap; call it as often as you like.
 */
void meter_add(struct meter *m, int64_t now_ns, int64_t count, int64_t event_ms);
/* A second of the last about five seconds, or longer at slow rates; falls to 0 when nothing comes any more.
 * NAN before two samples. city_s: event-time seconds a second, NAN where unknown. */
double meter_rate(const struct meter *m, int64_t now_ns, double *city_s);

#endif
