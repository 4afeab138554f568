/* Call after call: from the data through the faults to the producer, each when it is due. */
#include "replay/replay_internal.h"

#include "base/clock.h"
#include "log.h"

#include <stdio.h>

/* A key press waits for no more than one round. */
#define ROUND_NS INT64_C(4000000)
/* Calls sent between two looks at the clock and at the delivery reports, at full rate. */
#define CALLS_A_LOOK 64
/* At high rates calls go out in bunches of a millisecond: waking up for each would cost more than sending it.
 */
#define BUNCH_NS     INT64_C(1000000)
#define BUNCH_RATE   500.0
#define HELD_MIN_NS  INT64_C(200000)
#define HELD_MAX_NS  INT64_C(10000000)
#define FULL_WAIT_MS 1

static void take_from(struct replay *r)
{
    if (r->faults)
        faults_done(r->faults);
    r->has_call = false;
}

/* The next message into r->call. DATASET_CALL when it is there. */
static enum dataset_status next_message(struct replay *r)
{
    while (!r->has_call) {
        if (r->faults && faults_next(r->faults, &r->call, &r->kind)) {
            r->has_call = true;
            break;
        }
        struct dataset_call call;
        enum dataset_status s = dataset_next(r->data, &call);
        if (s == DATASET_END && r->faults) {
            /* Calls that are still held back come now: a late one is never a lost one. */
            faults_end(r->faults);
            if (faults_next(r->faults, &r->call, &r->kind)) {
                r->has_call = true;
                break;
            }
        }
        if (s != DATASET_CALL)
            return s;
        r->calls_in_pass++;
        if (r->faults) {
            faults_add(r->faults, &call);
        } else {
            r->call = call;
            r->kind = INJECTED_NONE;
            r->has_call = true;
        }
    }
    return DATASET_CALL;
}

/* At the end of the data: round again, or done. */
static int64_t end_of_data(struct replay *r, int64_t now_ns)
{
    /* A pass without one call would loop for ever on nothing. */
    if (r->loop && r->calls_in_pass > 0 && replay_rewind(r)) {
        r->loops_done++;
        return now_ns;
    }
    if (r->calls_in_pass == 0 && dataset_skipped(r->data) > 0) {
        char words[VIEW_TEXT];
        snprintf(words, sizeof words, "the data hold no calls; %s", dataset_skip_reason(r->data));
        replay_fail(r, words);
    }
    r->data_ended = true;
    r->due_ns = PACE_NEVER;
    return now_ns;
}

static int64_t without_call(struct replay *r, enum dataset_status s, int64_t now_ns)
{
    r->pipe_empty = s == DATASET_WAIT;
    r->sorting = s == DATASET_BUSY;
    r->due_ns = PACE_NEVER;
    switch (s) {
    case DATASET_END: return end_of_data(r, now_ns);
    case DATASET_BUSY: return now_ns;
    case DATASET_FAILED: replay_fail(r, dataset_error(r->data)); return now_ns;
    default: return PACE_NEVER; /* the loop waits for the pipe */
    }
}

/* Where the query stands, as one figure that only grows. */
static int64_t query_positions(const struct replay *r)
{
    const struct live *live = &r->parts->hub->live;
    int partitions = atomic_load(&live->partitions);
    int64_t sum = 0;
    for (int p = 0; p < partitions; p++) {
        int64_t position = atomic_load(&live->position[p]);
        sum += position > 0 ? position : 0;
    }
    return sum;
}

/* Remembers since when the query has been waited for; returns when to try again: soon at first, since a query
 * at full speed frees room within a millisecond, then less and less often. positions: where the query stood
 * before the attempt that was refused; UNKNOWN when nobody looked. */
static int64_t held(struct replay *r, int64_t now_ns, int64_t positions)
{
    struct producer_figures f;
    producer_figures(r->producer, &f);
    if (f.in_queue == 0)
        atomic_store(&r->parts->hub->live.replay_held_at, positions);
    if (r->held_since_ns == 0)
        r->held_since_ns = now_ns;
    producer_held_words(r->producer, r->held_words, sizeof r->held_words);
    int64_t pause_ns = (now_ns - r->held_since_ns) / 8;
    return now_ns + (pause_ns < HELD_MIN_NS ? HELD_MIN_NS : pause_ns > HELD_MAX_NS ? HELD_MAX_NS : pause_ns);
}

void feed_not_held(struct replay *r, int64_t now_ns)
{
    if (r->held_since_ns)
        r->held_ns += now_ns - r->held_since_ns;
    r->held_since_ns = r->full_since_ns = 0;
    atomic_store(&r->parts->hub->live.replay_held_at, UNKNOWN);
}

static void sent(struct replay *r, int64_t now_ns)
{
    if (r->held_since_ns | r->full_since_ns)
        feed_not_held(r, now_ns);
    if (r->call.event_ms != UNKNOWN && r->call.event_ms > r->clock_ms)
        r->clock_ms = r->call.event_ms;
    pace_sent(&r->pace, now_ns, r->call.event_ms);
    take_from(r);
}

int64_t feed_some(struct replay *r, int64_t now_ns)
{
    int64_t end_ns = now_ns + ROUND_NS;
    for (unsigned i = 1; now_ns < end_ns; i++) {
        enum dataset_status s = next_message(r);
        if (s != DATASET_CALL)
            return without_call(r, s, now_ns);
        r->pipe_empty = r->sorting = false;
        r->due_ns = pace_due_ns(&r->pace, now_ns, r->call.event_ms);
        if (r->due_ns > now_ns) {
            bool bunch = r->pace.pacing == PACING_EVENT_TIME || r->pace.rate > BUNCH_RATE;
            return bunch && r->due_ns < now_ns + BUNCH_NS ? now_ns + BUNCH_NS : r->due_ns;
        }
        /* Only a second attempt needs it; the first is one of a million. */
        int64_t positions = r->held_since_ns ? query_positions(r) : UNKNOWN;
        switch (producer_send(r->producer, &r->call, r->kind, now_ns)) {
        case SEND_OK:
        case SEND_REFUSED: sent(r, now_ns); break;
        case SEND_HELD: return held(r, now_ns, positions);
        case SEND_FULL:
            if (r->full_since_ns == 0)
                r->full_since_ns = now_ns;
            producer_poll(r->producer, FULL_WAIT_MS);
            now_ns = clock_mono_ns();
            break;
        }
        if (i % CALLS_A_LOOK == 0) {
            producer_poll(r->producer, 0);
            now_ns = clock_mono_ns();
        }
    }
    return now_ns;
}
