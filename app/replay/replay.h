/* The producer side: dataset (JSON array, one object a line, .gz, standard input) -> pace -> faults ->
 * produce, in a thread of its own that takes commands (rate, pause, speed, loop, rewind) and publishes
 * replay_views. Calls are sent as compact JSON with the 14 fields, keyed by crime_id. */
#ifndef REPLAY_REPLAY_H
#define REPLAY_REPLAY_H

#include "app_parts.h"

struct replay;

/* Opens the data file and starts the thread. NULL with one sentence in err. */
struct replay *replay_start(const struct app_parts *parts, char *err, size_t err_cap);
/* Stops sending, flushes what is queued, ends the thread; at most timeout_ms. True when nothing was left
 * behind. */
bool replay_stop(struct replay *r, int64_t timeout_ms);
/* For the exit's summary. The texts are clean, and empty where there is nothing to tell or the thread still
 * runs. */
struct replay_summary {
    int64_t acked, failed;
    int64_t unanswered; /* given up at the end: whether Kafka has them is not known */
    int64_t skipped;    /* objects of the data that were no calls */
    char trouble[VIEW_TEXT], skip_reason[VIEW_TEXT];
};
void replay_summary(const struct replay *r, struct replay_summary *out);
void replay_free(struct replay *r);

#endif
