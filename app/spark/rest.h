/* Asks Spark's own web pages what they know: the master's JSON (workers, applications) and the driver's REST
 * (jobs, stages, executors, the plan). A thread of its own, since a page may hang; every answer has a
 * deadline and a size that it may not exceed. Publishes a spark_view when something has changed, at most once
 * a second. Any thread may aim it. */
#ifndef SPARK_REST_H
#define SPARK_REST_H

#include "snapshot.h"

#include <stdbool.h>

struct rest;

/* NULL with a sentence in err. */
struct rest *rest_start(struct hub *hub, char *err, size_t err_cap);
/* Waits at most timeout_ms; false: it was left to itself. */
bool rest_stop(struct rest *r, int64_t timeout_ms);

/* Where to ask from now on. An address is "http://HOST:PORT" (a path may follow), "" = there is none, and why
 * says so in a sentence. app_id: of the job whose jobs are wanted; "" = not known. */
struct rest_target {
    char master[160], master_why[100];
    bool master_guessed;
    char driver[160], driver_why[100];
    char app_id[48];
};
void rest_aim(struct rest *r, const struct rest_target *target);

#endif
