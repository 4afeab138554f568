/* Finds the topics and opens the reader, as often as it takes; a calls' topic that is missing is made after a
 * yes of the screen's. */
#include "spark/spark.h"

#include "base/text.h"
#include "kafka/client.h"
#include "log.h"

#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

enum {
    TOPIC_MS = 3000,         /* one attempt to find a topic */
    MAKE_MS = 10000,         /* one attempt to make it */
    RETRY_MS = 1000,         /* between attempts */
    REFUSED_MOST = 3,        /* so often in a row without a screen, then it is believed */
    REFUSED_RETRY_MS = 5000, /* with a screen: somebody has to mend something first */
    WHY_BYTES = 400,
    NAP_MS = 25
};

static void nap(void)
{
    struct timespec part = {.tv_nsec = NAP_MS * 1000000};
    nanosleep(&part, NULL);
}

/* ---- a missing topic ---- */

/* The screen asks once; what was refused or failed is done by its word create-topic. */
static void offer_topic(struct engine *e, const struct topic_plan *plan, const char *why)
{
    const struct options *o = e->parts.options;
    e->offer.plan = *plan;
    if (e->offer.state != OFFER_NONE)
        return;
    e->offer.state = o->kafka.create_topic == TOPIC_ASK && !o->kafka.read_only ? OFFER_ASKED : OFFER_DECLINED;
    log_line(LOG_WARNING, "spark", "%s", why);
}

/* Waits for the answer, at most until the topic is to be looked for again. */
static void await_answer(struct engine *e)
{
    struct command c;
    char topic[100], brokers[80], why[WHY_BYTES];
    const struct options *o = e->parts.options;
    int64_t until_ms = clock_mono_ms() + RETRY_MS;
    text_clean(topic, sizeof topic, o->kafka.topic, strlen(o->kafka.topic), false);
    text_clean(brokers, sizeof brokers, e->parts.bootstrap, strlen(e->parts.bootstrap), false);
    if (e->offer.state == OFFER_ASKED)
        spark_say(e, "topic %s is not there on %s", topic, brokers);
    else if (!e->making_failed)
        spark_say(e, "topic %s is not there on %s: waiting until somebody makes it%s", topic, brokers,
                  o->kafka.read_only ? "" : " (:create-topic does)");
    spark_publish(e, true);
    while (!command_take_kind(e->parts.to_engine, CMD_TOPIC_CREATE, &c)) {
        if (spark_stopping(e) || clock_mono_ms() >= until_ms)
            return;
        nap();
    }
    e->offer.state = OFFER_DECLINED;
    e->making_failed = false;
    if (c.i <= 0)
        return;
    struct topic_plan plan = {.partitions = (int)c.i, .copies = (int)c.f};
    spark_say(e, "making the topic");
    spark_publish(e, true);
    if (client_make_topic(&e->parts, &plan, MAKE_MS, why, sizeof why) > 0)
        return;
    e->making_failed = true;
    spark_say(e, "%.200s; :create-topic tries again", why);
    log_line(LOG_WARNING, "spark", "%s", why);
}

/* ---- attempts ---- */

/* One attempt. False with a sentence, and in *found why (client.h). */
static bool try_to_connect(struct engine *e, int *found, char *why, size_t cap)
{
    const char *const names[] = {e->tables, e->progress_topic};
    struct topic_plan plan = {0};
    int partitions = *found = client_ensure_topic(&e->parts, &plan, TOPIC_MS, why, cap);
    e->missing = partitions == CLIENT_MISSING;
    if (e->missing)
        offer_topic(e, &plan, why);
    if (partitions <= 0)
        return false;
    e->offer.state = OFFER_NONE;
    /* From here on the replay may send: main waits for this figure. */
    atomic_store(&e->parts.hub->live.partitions, partitions);
    for (size_t i = 0; i < 2; i++) {
        *found = client_ensure_single_topic(&e->parts, names[i], TOPIC_MS, why, cap);
        if (*found <= 0)
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
        int found = 0;
        if (try_to_connect(e, &found, why, sizeof why)) {
            spark_say(e, "%s", "");
            return true;
        }
        if (e->missing && !headless) {
            await_answer(e);
            continue;
        }
        bool refused = found == CLIENT_REFUSED || found == CLIENT_MISSING;
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
        for (int64_t t = 0; t < retry_ms && !spark_stopping(e); t += NAP_MS)
            nap();
    }
    return false;
}
