/* Waiting for Kafka: attempts with words, an end to them without a screen, and the question whether to make a
 * topic that is missing. */
#include "engine/base.h"

#include "base/text.h"
#include "kafka/client.h"
#include "log.h"

#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

enum {
    TOPIC_MS = 3000,         /* one attempt to find or make the topic */
    MAKE_MS = 10000,         /* to make it after a yes */
    RETRY_MS = 1000,         /* between attempts */
    REFUSED_MOST = 3,        /* so often in a row without a screen, then it is believed */
    REFUSED_RETRY_MS = 5000, /* with a screen: somebody has to mend something first */
    NAP_MS = 25,
    WHY_BYTES = 400
};

static void nap(void)
{
    struct timespec t = {.tv_nsec = NAP_MS * 1000000};
    nanosleep(&t, NULL);
}

/* The topic is not there, or that was so before: the screen asks once whether to make it. What is refused or
 * fails is not asked again; the word create-topic of the screen does it all the same. */
static void offer_topic(struct engine_base *b, const struct topic_plan *plan, const char *why)
{
    const struct options *o = b->parts.options;
    b->offer.plan = *plan;
    if (b->offer.state != OFFER_NONE)
        return;
    b->offer.state = o->kafka.create_topic == TOPIC_ASK && !o->kafka.read_only ? OFFER_ASKED : OFFER_DECLINED;
    log_line(LOG_WARNING, b->log_name, "%s", why);
}

static void say_missing(struct engine *e, struct engine_base *b, const char *failed)
{
    char topic[100], brokers[80];
    const struct options *o = b->parts.options;
    text_clean(topic, sizeof topic, o->kafka.topic, strlen(o->kafka.topic), false);
    text_clean(brokers, sizeof brokers, b->parts.bootstrap, strlen(b->parts.bootstrap), false);
    if (*failed)
        engine_say(e, "%.200s; :create-topic tries again", failed);
    else if (b->offer.state == OFFER_ASKED)
        engine_say(e, "topic %s is not there on %s", topic, brokers);
    else
        engine_say(e, "topic %s is not there on %s: waiting until somebody makes it%s", topic, brokers,
                   o->kafka.read_only ? "" : " (:create-topic does)");
    b->publish(e, true);
}

/* Waits for the screen's answer, at most until the topic is to be looked for again; *failed gets why a topic
 * that was to be made could not be. */
static void await_answer(struct engine *e, struct engine_base *b, char *failed, size_t cap)
{
    struct command c;
    int64_t until_ms = clock_mono_ms() + RETRY_MS;
    while (!command_take_kind(b->parts.to_engine, CMD_TOPIC_CREATE, &c)) {
        if (engine_stopping(e) || clock_mono_ms() >= until_ms)
            return;
        nap();
    }
    b->offer.state = OFFER_DECLINED;
    *failed = '\0';
    if (c.i <= 0)
        return;
    struct topic_plan plan = {.partitions = (int)c.i, .copies = (int)c.f};
    engine_say(e, "making the topic");
    b->publish(e, true);
    if (client_make_topic(&b->parts, &plan, MAKE_MS, failed, cap) > 0)
        *failed = '\0';
    else
        log_line(LOG_WARNING, b->log_name, "%s", failed);
}

typedef bool (*open_fn)(struct engine *e, int *found, char *why, size_t cap);

static bool attempt(struct engine *e, struct engine_base *b, open_fn open, int *found, char *why, size_t cap)
{
    struct topic_plan plan = {0};
    *found = client_ensure_topic(&b->parts, &plan, TOPIC_MS, why, cap);
    if (*found == CLIENT_MISSING)
        offer_topic(b, &plan, why);
    if (*found <= 0)
        return false;
    b->offer.state = OFFER_NONE;
    /* From here on the replay may send: main waits for this figure. */
    atomic_store(&b->parts.hub->live.partitions, *found);
    return open(e, found, why, cap);
}

/* Without a screen nobody watches the attempts: true, after engine_fail, when they are to end. */
static bool give_up(struct engine *e, int refusals, int64_t began_ms, const char *why)
{
    if (refusals == REFUSED_MOST) {
        engine_fail(e, "%s", why);
        return true;
    }
    if (clock_mono_ms() - began_ms + RETRY_MS + TOPIC_MS <= ENGINE_GIVE_UP_MS)
        return false;
    engine_fail(e, "gave up after %d s: %s", ENGINE_GIVE_UP_MS / 1000, why);
    return true;
}

bool engine_reach(struct engine *e, open_fn open)
{
    struct engine_base *b = (struct engine_base *)e; /* its first member */
    bool headless = b->parts.options->headless;
    int64_t began_ms = clock_mono_ms();
    int refusals = 0;
    char not_made[WHY_BYTES] = "";
    for (int number = 1; !engine_stopping(e); number++) {
        char why[WHY_BYTES];
        int found;
        if (attempt(e, b, open, &found, why, sizeof why))
            return true;
        if (found == CLIENT_MISSING && b->offer.state != OFFER_NONE && !headless) {
            say_missing(e, b, not_made);
            await_answer(e, b, not_made, sizeof not_made);
            continue;
        }
        bool refused = found == CLIENT_REFUSED || found == CLIENT_MISSING;
        refusals = refused ? refusals + 1 : 0;
        if (headless && give_up(e, refusals, began_ms, why))
            return false;
        int retry_ms = refused && !headless ? REFUSED_RETRY_MS : RETRY_MS;
        engine_say(e, "%.180s; attempt %d, next in %d s", why, number, retry_ms / 1000);
        log_line(LOG_WARNING, b->log_name, "%s", why);
        b->publish(e, true);
        for (int t = 0; t < retry_ms && !engine_stopping(e); t += NAP_MS)
            nap();
    }
    return false;
}
