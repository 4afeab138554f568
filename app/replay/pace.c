#include "replay/pace.h"

#include <math.h>

static double within(double x, double low, double high)
{
    /* Also catches NAN, which compares false. */
    return x >= low ? (x <= high ? x : high) : low;
}

/* The schedule begins anew behind the last call sent. */
static void restart(struct pace *p)
{
    p->started = false;
    p->sent = 0;
    p->late_since_ns = UNKNOWN;
}

void pace_init(struct pace *p, enum pacing pacing, double rate, double speed)
{
    *p = (struct pace){
        .pacing = pacing,
        .rate = within(rate, PACE_RATE_MIN, (double)INFINITY),
        .speed = within(speed, PACE_SPEED_MIN, PACE_SPEED_MAX),
        .late_since_ns = UNKNOWN,
        .last_ns = UNKNOWN,
        .newest_event_ms = UNKNOWN,
    };
}

void pace_set_rate(struct pace *p, double rate, int64_t now_ns)
{
    p->pacing = PACING_RATE;
    p->rate = within(rate, PACE_RATE_MIN, (double)INFINITY);
    restart(p);
}

void pace_set_speed(struct pace *p, double speed, int64_t now_ns)
{
    p->pacing = PACING_EVENT_TIME;
    p->speed = within(speed, PACE_SPEED_MIN, PACE_SPEED_MAX);
    restart(p);
}

void pace_set_pacing(struct pace *p, enum pacing pacing, int64_t now_ns)
{
    if (p->pacing != pacing)
        restart(p);
    p->pacing = pacing;
}

void pace_pause(struct pace *p, bool paused, int64_t now_ns)
{
    if (p->paused != paused)
        restart(p);
    p->paused = paused;
    /* A burst that was under way is part of what the pause stops. */
    if (paused)
        p->credit = 0;
}

void pace_credit(struct pace *p, int64_t n)
{
    if (n > 0)
        p->credit = p->credit > INT64_MAX - n ? INT64_MAX : p->credit + n;
}

void pace_rewind(struct pace *p)
{
    p->newest_event_ms = UNKNOWN;
    restart(p);
}

static int64_t add_ns(int64_t from_ns, double ns)
{
    return ns >= (double)(INT64_MAX / 4) ? PACE_NEVER - 1 : from_ns + (int64_t)ns;
}

/* Starts the schedule with the call at hand: one interval (or event-time gap) behind the last call sent, or
 * now when that has passed already or nothing was sent yet. */
static void start(struct pace *p, int64_t now_ns, int64_t event_ms)
{
    double gap_ns = 0;
    if (p->pacing == PACING_RATE)
        gap_ns = 1e9 / p->rate;
    else if (event_ms != UNKNOWN && p->newest_event_ms != UNKNOWN && event_ms > p->newest_event_ms)
        gap_ns = ((double)event_ms - (double)p->newest_event_ms) * 1e6 / p->speed;
    int64_t due_ns = p->last_ns == UNKNOWN ? now_ns : add_ns(p->last_ns, gap_ns);
    p->anchor_ns = due_ns > now_ns ? due_ns : now_ns;
    p->anchor_event_ms = event_ms;
    p->sent = 0;
    p->started = true;
}

static int64_t scheduled_ns(const struct pace *p, int64_t event_ms)
{
    if (p->pacing == PACING_RATE)
        return add_ns(p->anchor_ns, (double)p->sent * (1e9 / p->rate));
    if (event_ms == UNKNOWN || p->anchor_event_ms == UNKNOWN)
        return p->anchor_ns;
    /* A step back in event time is due at once: its time has passed. */
    return add_ns(p->anchor_ns, ((double)event_ms - (double)p->anchor_event_ms) * 1e6 / p->speed);
}

/* When a call that the schedule has due_ns for goes out, so that what was missed comes at twice the rate and
 * not at once: from the first late call on, the schedule's time passes twice as fast. */
static int64_t catch_up(struct pace *p, int64_t now_ns, int64_t due_ns)
{
    if (p->late_since_ns == UNKNOWN) {
        if (now_ns - due_ns <= PACE_SLACK_NS)
            return due_ns;
        p->late_since_ns = now_ns;
        p->late_from_ns = due_ns;
    }
    int64_t reached_ns = p->late_from_ns + 2 * (now_ns - p->late_since_ns);
    if (reached_ns >= now_ns - PACE_SLACK_NS) {
        p->late_since_ns = UNKNOWN;
        return due_ns;
    }
    return due_ns <= reached_ns ? now_ns : now_ns + (due_ns - reached_ns) / 2;
}

int64_t pace_due_ns(struct pace *p, int64_t now_ns, int64_t event_ms)
{
    if (p->credit > 0)
        return now_ns;
    if (p->paused)
        return PACE_NEVER;
    if (p->pacing == PACING_RATE && isinf(p->rate))
        return now_ns;
    if (!p->started || (p->pacing == PACING_EVENT_TIME && p->anchor_event_ms == UNKNOWN))
        start(p, now_ns, event_ms);
    int64_t due_ns = scheduled_ns(p, event_ms);
    bool backwards = p->pacing == PACING_EVENT_TIME && (event_ms == UNKNOWN || event_ms < p->newest_event_ms);
    if (backwards)
        return now_ns;
    if (now_ns - due_ns > PACE_CATCH_UP_NS) {
        p->anchor_ns = now_ns;
        p->anchor_event_ms = event_ms;
        p->sent = 0;
        p->late_since_ns = UNKNOWN;
        return now_ns;
    }
    return catch_up(p, now_ns, due_ns);
}

void pace_sent(struct pace *p, int64_t now_ns, int64_t event_ms)
{
    if (event_ms != UNKNOWN && event_ms > p->newest_event_ms)
        p->newest_event_ms = event_ms;
    p->last_ns = now_ns;
    if (p->credit > 0) {
        /* Behind the burst the schedule of event time starts anew; that of a rate was not touched by it. */
        if (--p->credit == 0 && p->pacing == PACING_EVENT_TIME)
            restart(p);
        return;
    }
    p->sent++;
}
