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
/* For the exit's summary: acknowledged and failed so far. */
void replay_totals(const struct replay *r, int64_t *acked, int64_t *failed);
void replay_free(struct replay *r);

#endif
