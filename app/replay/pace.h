/* When the next call is due: at a constant rate, at event time times a speed, or at once; with pause, steps
 * and bursts. Pure: it is told the time, so tests run it on a clock of their own. A change never causes a
 * burst: the schedule starts anew from the last call sent. A call that is late because the machine was busy
 * is caught up with, at twice the rate at most; after a stall longer than PACE_CATCH_UP_NS the schedule moves
 * instead. One thread. */
#ifndef REPLAY_PACE_H
#define REPLAY_PACE_H

#include "snapshot.h"

#define PACE_CATCH_UP_NS INT64_C(1000000000)
/* What is late by less goes out at once: threads wake up late, and at high rates calls go in bunches. */
#define PACE_SLACK_NS INT64_C(10000000)
#define PACE_NEVER    INT64_MAX

#define PACE_RATE_MIN  0.1 /* msg/s; no upper limit: INFINITY = as fast as it goes */
#define PACE_SPEED_MIN 1.0 /* city seconds a second */
#define PACE_SPEED_MAX 100000.0

struct pace {
    enum pacing pacing;
    double rate, speed;
    bool paused;
    bool started;                       /* a call has been sent since the schedule began anew */
    int64_t credit;                     /* calls to send at once: steps and bursts */
    int64_t anchor_ns, anchor_event_ms; /* the schedule starts here */
    int64_t sent;                       /* calls of the schedule since its start */
    /* While it catches up: since when, and from which place of the schedule; since UNKNOWN: it does not. */
    int64_t late_since_ns, late_from_ns;
    int64_t last_ns; /* when the last scheduled call was sent; UNKNOWN before */
    int64_t newest_event_ms;
};

/* Values out of range are moved to the nearest in range. */
void pace_init(struct pace *p, enum pacing pacing, double rate, double speed);
void pace_set_rate(struct pace *p, double rate, int64_t now_ns);   /* sets rate pacing */
void pace_set_speed(struct pace *p, double speed, int64_t now_ns); /* sets event-time pacing */
void pace_set_pacing(struct pace *p, enum pacing pacing, int64_t now_ns);
void pace_pause(struct pace *p, bool paused, int64_t now_ns);
/* n more calls at once, paused or not. The schedule goes on from behind them. */
void pace_credit(struct pace *p, int64_t n);
/* The data start again: event times jump back. */
void pace_rewind(struct pace *p);

/* When the call with this event time (UNKNOWN: none) is due on the monotonic clock: <= now_ns means now;
 * PACE_NEVER while paused. Asked right before sending; it moves the schedule after a stall. */
int64_t pace_due_ns(struct pace *p, int64_t now_ns, int64_t event_ms);
/* That call was sent. */
void pace_sent(struct pace *p, int64_t now_ns, int64_t event_ms);

#endif
