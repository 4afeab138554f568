/* The parts of the replay thread see one struct: replay.c (start, stop, commands, the loop), feed.c (call
 * after call to the producer), report.c (what the screen is told). Nobody else includes this. All of it
 * belongs to the replay thread, but for the atomics and what is fixed at the start. */
#ifndef REPLAY_INTERNAL_H
#define REPLAY_INTERNAL_H

#include "replay/dataset.h"
#include "replay/faults.h"
#include "replay/meter.h"
#include "replay/pace.h"
#include "replay/produce.h"
#include "replay/replay.h"

#include <pthread.h>

struct replay {
    const struct app_parts *parts;
    pthread_t thread;
    bool running; /* the thread is to be joined */
    _Atomic bool stopping, left_behind;
    _Atomic int64_t stop_timeout_ms;
    _Atomic int64_t acked_total, failed_total, skipped_total;
    int64_t unanswered;      /* in the queue when the thread ended */
    char trouble[VIEW_TEXT]; /* why the newest message was not delivered; set when the thread ends */

    struct dataset *data;
    struct faults *faults; /* NULL: nothing is injected */
    struct producer *producer;
    struct pace pace;
    struct meter meter;
    int64_t measured_from; /* only what was sent after that many messages counts for the rate */
    bool stalled;          /* held for so long that the rate is nothing */
    bool connected, loop;
    bool data_ended; /* every call of this pass has been handed to the producer */
    bool pipe_empty; /* the data come from a pipe that has nothing now */
    bool sorting;
    bool failed; /* message says why; for good */

    /* The message to be sent next, borrowed from dataset or faults. */
    bool has_call;
    struct dataset_call call;
    enum injected kind;

    int64_t clock_ms; /* newest event time sent in this pass */
    int64_t loops_done, calls_in_pass;
    int64_t due_ns;                    /* when the next call is due, PACE_NEVER when none is */
    int64_t held_since_ns, held_ns;    /* since: 0 = not held */
    int64_t full_since_ns;             /* the library's queue has been full since; 0 = it is not */
    int64_t acked_seen, acked_seen_ns; /* when the acknowledgements last moved */
    char held_words[VIEW_TEXT], message[VIEW_TEXT];
    int64_t message_until_ns; /* 0: until replaced */

    struct replay_view last; /* as published, to publish changes only */
    int64_t published_ns;
    uint64_t number;
    bool report_owed; /* something may have changed since */
};

/* A sentence for the screen and the log; for_ms 0 = stays. */
void replay_say(struct replay *r, int64_t for_ms, const char *words);
/* The data cannot be read any further. */
void replay_fail(struct replay *r, const char *words);
/* From the first call again; false where that cannot be (said). */
bool replay_rewind(struct replay *r);

/* Sends what is due now. Returns when to go on, on the monotonic clock. */
int64_t feed_some(struct replay *r, int64_t now_ns);
/* Nothing is waited for any more, neither room nor the query. */
void feed_not_held(struct replay *r, int64_t now_ns);

/* What was achieved so far says nothing of what comes now: a pause, its end, another rate. */
void report_measure_anew(struct replay *r);
/* Publishes a view when something changed, at most 20 a second (a change of state at once). */
void report(struct replay *r, int64_t now_ns);

#endif
