/* An engine runs the query in a background thread and publishes query_views: one small table of functions
 * with two makers, native (this process, app/query) and spark (a cluster, app/spark). Main makes,
 * starts and stops it; the screen talks to it only through the command box and the hub. */
#ifndef ENGINE_ENGINE_H
#define ENGINE_ENGINE_H

#include "app_parts.h"

/* How long a run without a screen tries to reach Kafka: nobody watches the attempts, so then it is a failure.
 * The screen goes on trying. */
#define ENGINE_GIVE_UP_MS 30000

struct engine;

struct engine_ops {
    const char *name;
    /* Starts the thread. NULL with one clean sentence in err. */
    struct engine *(*start)(const struct app_parts *parts, char *err, size_t err_cap);
    /* Asks it to end after the running batch, and waits at most timeout_ms. True when it has ended. */
    bool (*stop)(struct engine *e, int64_t timeout_ms);
    /* True once it has ended by itself or failed (also live.engine_ended). */
    bool (*ended)(const struct engine *e);
    /* After the end: 0 done, 1 failed (error is then one sentence); a summary line for the exit. */
    int (*outcome)(const struct engine *e, char *error, size_t error_cap, char *summary, size_t summary_cap);
    void (*free)(struct engine *e);
};

extern const struct engine_ops engine_native, engine_spark;

#endif
