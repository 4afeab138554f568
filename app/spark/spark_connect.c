/* Finds the topics and opens the reader, as often as it takes. */
#include "spark/spark.h"

#include "kafka/client.h"
#include "log.h"

#include <stdatomic.h>
#include <stdio.h>
#include <time.h>

enum {
    TOPIC_MS = 3000,         /* one attempt to find or make a topic */
    RETRY_MS = 1000,         /* between attempts */
    REFUSED_MOST = 3,        /* so often in a row without a screen, then it is believed */
    REFUSED_RETRY_MS = 5000, /* with a screen: somebody has to mend something first */
    WHY_BYTES = 400,
    NAP_MS = 25
};

static void nap(const struct engine *e, int64_t ms)
{
    for (int64_t t = 0; t < ms && !spark_stopping(e); t += NAP_MS) {
        struct timespec part = {.tv_nsec = NAP_MS * 1000000};
        nanosleep(&part, NULL);
    }
}

/* One attempt. *refused when somebody has to mend something first. */
static bool try_to_connect(struct engine *e, bool *refused, char *why, size_t cap)
{
    int partitions = client_ensure_topic(&e->parts, NULL, TOPIC_MS, why, cap);
    *refused = partitions == CLIENT_REFUSED || partitions == CLIENT_MISSING;
    if (partitions <= 0)
        return false;
    /* From here on the replay may send: main waits for this figure. */
    atomic_store(&e->parts.hub->live.partitions, partitions);
    const char *const names[] = {e->tables, e->progress_topic};
    for (size_t i = 0; i < 2; i++) {
        int found = client_ensure_single_topic(&e->parts, names[i], TOPIC_MS, why, cap);
        *refused = found == CLIENT_REFUSED || found == CLIENT_MISSING;
        if (found <= 0)
            return false;
    }
    e->reader = reader_open(&e->parts, e->tables, e->progress_topic, why, cap);
    return e->reader != NULL;
}

bool spark_connect(struct engine *e)
{
    int64_t began_ms = clock_mono_ms();
    bool headless = e->parts.options->headless;
    int refusals = 0;
    for (int attempt = 1; !spark_stopping(e); attempt++) {
        char why[WHY_BYTES];
        bool refused = false;
        if (try_to_connect(e, &refused, why, sizeof why)) {
            spark_say(e, "%s", "");
            return true;
        }
        refusals = refused ? refusals + 1 : 0;
        if (headless && refusals == REFUSED_MOST) {
            spark_fail(e, "%s", why);
            return false;
        }
        if (headless && clock_mono_ms() - began_ms + RETRY_MS + TOPIC_MS > ENGINE_GIVE_UP_MS) {
            spark_fail(e, "gave up after %d s: %s", ENGINE_GIVE_UP_MS / 1000, why);
            return false;
        }
        int retry_ms = refused && !headless ? REFUSED_RETRY_MS : RETRY_MS;
        spark_say(e, "%.180s; attempt %d, next in %d s", why, attempt, retry_ms / 1000);
        log_line(LOG_WARNING, "spark", "%s", why);
        spark_publish(e, true);
        nap(e, retry_ms);
    }
    return false;
}
