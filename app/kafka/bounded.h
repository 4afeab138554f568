/* A call that may hang, given a limit: it runs in a thread of its own, and where it has not come back in time
 * it is left to itself (and to the end of the process). Only for ends, where nobody needs its result any
 * more. */
#ifndef KAFKA_BOUNDED_H
#define KAFKA_BOUNDED_H

#include <stdbool.h>
#include <stdint.h>

/* Runs fn(arg) for at most timeout_ms of the caller's time. True when it has come back; else it still runs,
 * and arg belongs to it for good. */
bool bounded_run(void (*fn)(void *arg), void *arg, int64_t timeout_ms);

#endif
