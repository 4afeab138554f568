#include "engine/connect.h"

#include "base/xalloc.h"
#include "kafka/client.h"
#include "kafka/consumer.h"
#include "log.h"
#include "sink/sink.h"

#include <errno.h>
#include <inttypes.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    TOPIC_MS = 3000,         /* one attempt to find or make the topic */
    MAKE_MS = 10000,         /* to make it after a yes */
    OPEN_MS = 5000,          /* one attempt to open the consumer */
    RETRY_MS = 1000,         /* between attempts */
    REFUSED_MOST = 3,        /* so often in a row without a screen, then it is believed */
    REFUSED_RETRY_MS = 5000, /* with a screen: somebody has to mend something first */
    FIRST_CALL_MS = 500,     /* embedded: how long the consumer waits for the replay's first call */
    FIRST_CALL_LOOK_MS = 1,
    WHY_BYTES = 400
};

static void nap_ms(int64_t ms)
{
    struct timespec t = {.tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000};
    nanosleep(&t, NULL);
}

/* librdkafka's consumer that asks the embedded cluster before there is data waits a whole second before it
 * asks again; a consumer that comes after the first call is served at once. */
static void let_the_replay_go_first(const struct engine *e)
{
    struct live *live = &e->parts.hub->live;
    if (!e->parts.embedded || e->parts.options->replay.no_replay)
        return;
    int64_t until_ms = clock_mono_ms() + FIRST_CALL_MS;
    while (clock_mono_ms() < until_ms && !engine_stopping(e) && !atomic_load(&live->replay_ended)) {
        for (int p = 0; p < e->parts.options->kafka.partitions && p < MAX_PARTITIONS; p++)
            if (atomic_load(&live->produced[p]) != UNKNOWN)
                return;
        nap_ms(FIRST_CALL_LOOK_MS);
    }
}

/* The topic is not there, or that was so before: the screen asks once whether to make it. What is refused or
 * fails is not asked again; the word create-topic of the screen does it all the same. */
static void offer_topic(struct engine *e, const struct topic_plan *plan, const char *why)
{
    const struct options *o = e->parts.options;
    e->offer.plan = *plan;
    if (e->offer.state != OFFER_NONE)
        return;
    e->offer.state = o->kafka.create_topic == TOPIC_ASK && !o->kafka.read_only ? OFFER_ASKED : OFFER_DECLINED;
    log_line(LOG_WARNING, "engine", "%s", why);
}

static void say_missing(struct engine *e, const char *failed)
{
    char topic[100], brokers[80];
    const struct options *o = e->parts.options;
    text_clean(topic, sizeof topic, o->kafka.topic, strlen(o->kafka.topic), false);
    text_clean(brokers, sizeof brokers, e->parts.bootstrap, strlen(e->parts.bootstrap), false);
    if (*failed)
        engine_say(e, "%.200s; :create-topic tries again", failed);
    else if (e->offer.state == OFFER_ASKED)
        engine_say(e, "topic %s is not there on %s", topic, brokers);
    else
        engine_say(e, "topic %s is not there on %s: waiting until somebody makes it%s", topic, brokers,
                   o->kafka.read_only ? "" : " (:create-topic does)");
    engine_publish(e, true);
}

/* Waits for the screen's answer, at most until the topic is to be looked for again; *failed gets why a topic
 * that was to be made could not be. */
static void await_answer(struct engine *e, char *failed, size_t cap)
{
    struct command c;
    int64_t until_ms = clock_mono_ms() + RETRY_MS;
    bool answered = false;
    while (!(answered = command_take_kind(e->parts.to_engine, CMD_TOPIC_CREATE, &c)) && !engine_stopping(e) &&
           clock_mono_ms() < until_ms)
        nap_ms(25);
    if (!answered)
        return;
    e->offer.state = OFFER_DECLINED;
    *failed = '\0';
    if (c.i <= 0)
        return;
    struct topic_plan plan = {.partitions = (int)c.i, .copies = (int)c.f};
    engine_say(e, "making the topic");
    engine_publish(e, true);
    if (client_make_topic(&e->parts, &plan, MAKE_MS, failed, cap) > 0)
        *failed = '\0';
    else
        log_line(LOG_WARNING, "engine", "%s", failed);
}

/* One attempt: the source, or NULL with a sentence and in *found why (client.h): missing or refused is what
 * somebody has to mend first. */
static struct source *try_to_open(struct engine *e, int *found, char *why, size_t cap)
{
    struct topic_plan plan = {0};
    int partitions = client_ensure_topic(&e->parts, &plan, TOPIC_MS, why, cap);
    *found = partitions;
    if (partitions == CLIENT_MISSING)
        offer_topic(e, &plan, why);
    if (partitions <= 0)
        return NULL;
    e->offer.state = OFFER_NONE;
    /* From here on the replay may send: main waits for this figure. */
    atomic_store(&e->parts.hub->live.partitions, partitions);
    let_the_replay_go_first(e);
    return consumer_open(&e->parts, OPEN_MS, why, cap);
}

static bool open_source(struct engine *e)
{
    int64_t began_ms = clock_mono_ms();
    int refusals = 0;
    char not_made[WHY_BYTES] = "";
    for (int attempt = 1; !engine_stopping(e); attempt++) {
        char why[WHY_BYTES];
        int found;
        e->source = try_to_open(e, &found, why, sizeof why);
        if (e->source) {
            e->source->also_fd = command_fd(e->parts.to_engine);
            return true;
        }
        if (found == CLIENT_MISSING && !e->parts.options->headless) {
            say_missing(e, not_made);
            await_answer(e, not_made, sizeof not_made);
            continue;
        }
        bool refused = found == CLIENT_REFUSED || found == CLIENT_MISSING;
        refusals = refused ? refusals + 1 : 0;
        if (e->parts.options->headless && refusals == REFUSED_MOST) {
            engine_fail(e, "%s", why);
            return false;
        }
        int64_t next_end_ms = clock_mono_ms() - began_ms + RETRY_MS + TOPIC_MS;
        if (e->parts.options->headless && next_end_ms > ENGINE_GIVE_UP_MS) {
            engine_fail(e, "gave up after %d s: %s", ENGINE_GIVE_UP_MS / 1000, why);
            return false;
        }
        int retry_ms = refused && !e->parts.options->headless ? REFUSED_RETRY_MS : RETRY_MS;
        engine_say(e, "%.180s; attempt %d, next in %d s", why, attempt, retry_ms / 1000);
        log_line(LOG_WARNING, "engine", "%s", why);
        engine_publish(e, true);
        for (int64_t t = 0; t < retry_ms && !engine_stopping(e); t += 25)
            nap_ms(25);
    }
    return false;
}

static bool open_outputs(struct engine *e)
{
    const struct options *o = e->parts.options;
    char why[300];
    if (!rejects_open(&e->rejects, &e->parts, why, sizeof why)) {
        engine_fail(e, "%s", why);
        return false;
    }
    const char *path = o->sink.progress_path;
    if (path && *path) {
        e->reports = strcmp(path, "-") == 0 ? stdout : fopen(path, "we");
        if (!e->reports) {
            engine_fail(e, "cannot write progress reports to %s: %s", path, strerror(errno));
            return false;
        }
    }
    e->sinks = sinks_open(&e->parts, why, sizeof why);
    if (!e->sinks)
        engine_fail(e, "%s", why);
    return e->sinks != NULL;
}

/* A topic that was made anew has other rows under the same offsets. */
static bool offsets_exist(struct engine *e, const struct checkpoint_resume *r)
{
    int n = e->source->partitions;
    if (n < r->partitions) {
        engine_fail(e,
                    "the checkpoint %s knows %d partitions of %s, but the topic has only %d: it was made "
                    "anew; use another "
                    "checkpoint folder",
                    e->parts.options->checkpoint.dir, r->partitions, e->source->topic, n);
        return false;
    }
    int64_t *low = xcalloc(MAX_PARTITIONS, sizeof *low), *high = xcalloc(MAX_PARTITIONS, sizeof *high);
    bool fit = e->source->ops->bounds(e->source, low, high, OPEN_MS) == SOURCE_OK;
    if (!fit)
        engine_fail(e, "Kafka did not say the offsets of %s", e->source->topic);
    for (int p = 0; fit && p < r->partitions; p++) {
        int64_t need = r->pending && r->end[p] > r->position[p] ? r->end[p] : r->position[p];
        if (need <= high[p])
            continue;
        fit = false;
        engine_fail(e,
                    "the checkpoint %s stands at offset %" PRId64
                    " of partition %d, but the topic ends at %" PRId64
                    ": it was made anew; use another checkpoint folder",
                    e->parts.options->checkpoint.dir, need, p, high[p]);
    }
    free(low);
    free(high);
    return fit;
}

/* Said when such a folder is begun; the run that wants to go on from it is refused. */
static void warn_of_embedded_checkpoint(const struct options *o)
{
    static const char why[] =
        "cannot be resumed: the embedded cluster forgets its data when the program ends (use -b for a real "
        "Kafka)";
    log_line(LOG_WARNING, "engine", "the checkpoint %s %s", o->checkpoint.dir, why);
    if (o->headless)
        fprintf(stderr, "sfcrime-tui: the checkpoint %s %s\n", o->checkpoint.dir, why);
}

/* Fills position[] and end[] (only when pending). False after engine_fail. */
static bool find_position(struct engine *e, int64_t *position, int64_t *end, int64_t *next_batch,
                          bool *pending)
{
    const struct options *o = e->parts.options;
    struct checkpoint_resume r = {0};
    char why[300];
    bool found = false;
    *next_batch = 0;
    *pending = false;
    if (o->checkpoint.dir && *o->checkpoint.dir) {
        e->checkpoint = checkpoint_open(o->checkpoint.dir, o->kafka.topic, &e->settings,
                                        o->checkpoint.keep_batches, why, sizeof why);
        if (!e->checkpoint || checkpoint_resume(e->checkpoint, e->query, &r, why, sizeof why) < 0) {
            engine_fail(e, "%s", why);
            goto out;
        }
        snprintf(e->id, sizeof e->id, "%s", r.id);
        if (checkpoint_warning(e->checkpoint))
            log_line(LOG_WARNING, "engine", "%s", checkpoint_warning(e->checkpoint));
    }
    if (e->checkpoint && r.partitions == 0 && e->parts.embedded)
        warn_of_embedded_checkpoint(o);
    if (r.partitions > 0 && e->parts.embedded) {
        engine_fail(e,
                    "the checkpoint %s cannot be continued on the embedded cluster, which forgets its data "
                    "when the program ends: "
                    "use -b, another folder, or --no-checkpoint",
                    o->checkpoint.dir);
        goto out;
    }
    if (start_offsets(e->source, o, position, why, sizeof why) < 0) {
        engine_fail(e, "%s", why);
        goto out;
    }
    if (r.partitions > 0) {
        if (!offsets_exist(e, &r))
            goto out;
        size_t bytes = (size_t)r.partitions * sizeof *position;
        memcpy(position, r.position, bytes);
        memcpy(end, position, MAX_PARTITIONS * sizeof *end);
        if (r.pending)
            memcpy(end, r.end, bytes);
        *next_batch = r.next_batch;
        *pending = r.pending;
        log_line(LOG_INFO, "engine", "going on with batch %" PRId64 " from the checkpoint %s%s", r.next_batch,
                 o->checkpoint.dir, r.pending ? " (it was begun, not committed)" : "");
    }
    found = true;
out:
    checkpoint_resume_clear(&r);
    return found;
}

bool engine_note_present_end(struct engine *e)
{
    free(e->final_end);
    e->final_end = NULL;
    if (!engine_available_now(e) || !e->parts.options->replay.no_replay)
        return true;
    int n = e->source->partitions;
    int64_t *low = xcalloc(MAX_PARTITIONS, sizeof *low);
    e->final_end = xcalloc(MAX_PARTITIONS, sizeof *e->final_end);
    e->final_partitions = n;
    enum source_status status = e->source->ops->bounds(e->source, low, e->final_end, OPEN_MS);
    free(low);
    if (status != SOURCE_OK)
        engine_fail(e, "Kafka did not say where %s ends", e->source->topic);
    return status == SOURCE_OK;
}

bool engine_connect(struct engine *e)
{
    if (!open_outputs(e) || !engine_read_codes(e, &e->settings, &e->codes) || !open_source(e))
        return false;
    engine_new_query(e);
    int64_t *position = xcalloc(MAX_PARTITIONS, sizeof *position),
            *end = xcalloc(MAX_PARTITIONS, sizeof *end);
    int64_t next_batch;
    bool pending, ok = false;
    if (!engine_note_present_end(e) || !find_position(e, position, end, &next_batch, &pending))
        goto out;
    if (e->source->ops->seek(e->source, position) != SOURCE_OK) {
        engine_fail(e, "%s", e->source->error);
        goto out;
    }
    engine_open_batches(e, position, next_batch);
    if (pending)
        batches_resume_pending(&e->batches, end);
    ok = true;
out:
    free(position);
    free(end);
    return ok;
}
