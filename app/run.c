#include "run.h"

#include "base/clock.h"
#include "base/text.h"
#include "base/xalloc.h"
#include "engine/engine.h"
#include "headless.h"
#include "kafka/embedded.h"
#include "kafka/watch.h"
#include "log.h"
#include "replay/replay.h"
#include "signals.h"
#include "spark/process.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum {
    STOP_REPLAY_MS = 5000,
    STOP_ENGINE_MS = 15000,
    STOP_CONNECTING_MS = 200,
    STOP_WATCH_MS = 1000,
    STOP_EMBEDDED_MS = 50,
    STARTER_LOOK_MS = 10,
    WHY_BYTES = 500
};

struct parts {
    struct app_parts shared;
    struct hub hub;
    struct embedded *embedded;
    struct watch *watch;
    const struct engine_ops *ops; /* of the engine */
    struct engine *engine;
    struct replay *replay; /* the starter's while it runs */
    pthread_t starter;
    bool has_starter;
    _Atomic bool stop_starter;
    char why[WHY_BYTES]; /* the first failure */
    bool no_screen;      /* the terminal cannot take one */
    bool left_behind;    /* a thread did not end in time: nothing that it uses may be freed */
};

static void say_why(struct parts *p, const char *why)
{
    if (!*p->why)
        snprintf(p->why, sizeof p->why, "%s", why);
}

/* Where no replay runs, this is its view. */
static void publish_replay(struct parts *p, enum replay_state state, const char *message)
{
    struct replay_view *v = xcalloc(1, sizeof *v);
    v->number = 1;
    v->state = state;
    v->mono_ms = clock_mono_ms();
    v->total = v->clock_ms = UNKNOWN;
    v->rate_asked = v->rate_acked = v->speed = v->city_speed = v->eta_s = NAN;
    snprintf(v->message, sizeof v->message, "%.*s", (int)sizeof v->message - 1, message);
    hub_put_replay(&p->hub, v);
}

/* A real Kafka may take its time, and its topic must be made (by the engine) before anything is sent to it,
 * or the brokers would make it with their own defaults. The screen does not wait for that. */
static void *start_replay_later(void *arg)
{
    struct parts *p = arg;
    char why[WHY_BYTES];
    (void)pthread_setname_np(pthread_self(), "replay start");
    while (!atomic_load(&p->stop_starter) && atomic_load(&p->hub.live.partitions) == 0) {
        struct timespec nap = {.tv_nsec = STARTER_LOOK_MS * 1000000};
        nanosleep(&nap, NULL);
    }
    if (atomic_load(&p->stop_starter))
        return NULL;
    p->replay = replay_start(&p->shared, why, sizeof why);
    /* The screen is up by now: it is told there. */
    if (!p->replay) {
        log_line(LOG_ERROR, "replay", "%s", why);
        publish_replay(p, REPLAY_FAILED, why);
    }
    return NULL;
}

static bool start_replay(struct parts *p, char *why, size_t cap)
{
    if (p->shared.options->replay.no_replay) {
        publish_replay(p, REPLAY_OFF, "");
        return true;
    }
    if (!p->shared.options->replay.calls) {
        snprintf(why, cap,
                 "the bundled calls.json is not with this program: name a file of calls with "
                 "--data FILE, or only watch and consume with --no-replay");
        return false;
    }
    if (p->shared.embedded) {
        p->replay = replay_start(&p->shared, why, cap);
        return p->replay != NULL;
    }
    int rc = pthread_create(&p->starter, NULL, start_replay_later, p);
    if (rc != 0)
        snprintf(why, cap, "cannot start a thread: %s", strerror(rc));
    p->has_starter = rc == 0;
    return rc == 0;
}

static bool start_parts(struct parts *p, const struct options *o)
{
    char why[WHY_BYTES] = "";
    bool real = o->kafka.brokers && *o->kafka.brokers, started = false;
    p->shared.options = o;
    p->shared.hub = &p->hub;
    p->shared.embedded = !real;
    p->shared.to_replay = command_box_new();
    p->shared.to_engine = command_box_new();
    p->shared.to_watch = command_box_new();
    if (!p->shared.to_replay || !p->shared.to_engine || !p->shared.to_watch) {
        snprintf(why, sizeof why, "cannot make a command box: %s", strerror(errno));
        goto out;
    }
    if (!real && !(p->embedded = embedded_start(o, why, sizeof why)))
        goto out;
    p->shared.embedded_cluster = p->embedded;
    p->shared.bootstrap = real ? o->kafka.brokers : embedded_bootstrap(p->embedded);
    p->ops = strcmp(o->engine, "spark") == 0 ? &engine_spark : &engine_native;
    if (!(p->engine = p->ops->start(&p->shared, why, sizeof why)))
        goto out;
    if (!start_replay(p, why, sizeof why))
        goto out;
    p->watch = watch_start(&p->shared, why, sizeof why);
    started = p->watch != NULL;
out:
    if (!started)
        say_why(p, why);
    return started;
}

/* The replay first, so that nothing new comes; then the query, which commits its running batch. */
static void stop_parts(struct parts *p)
{
    if (p->has_starter) {
        atomic_store(&p->stop_starter, true);
        pthread_join(p->starter, NULL);
    }
    if (p->replay && !replay_stop(p->replay, STOP_REPLAY_MS))
        log_line(LOG_WARNING, "replay", "some calls were not acknowledged before the end");
    /* Before it has found the topic it may sit in a call of librdkafka's that cannot be cut short, and has
     * nothing to lose. */
    bool connected = atomic_load(&p->hub.live.partitions) > 0;
    if (p->engine && !p->ops->stop(p->engine, connected ? STOP_ENGINE_MS : STOP_CONNECTING_MS)) {
        if (connected)
            say_why(p, "the query did not end in time; what it had committed is safe");
        p->left_behind = true;
    }
    if (p->watch)
        watch_stop(p->watch, STOP_WATCH_MS);
}

static void *embedded_thread(void *arg)
{
    (void)pthread_setname_np(pthread_self(), "embedded end");
    embedded_stop(arg);
    return NULL;
}

/* librdkafka sometimes takes a whole second to take its mock brokers down. Nobody needs that second:
 * everything that should last is written by now, and the exit takes the brokers along. */
static bool stop_embedded(struct parts *p)
{
    pthread_t thread;
    if (pthread_create(&thread, NULL, embedded_thread, p->embedded) != 0) {
        embedded_stop(p->embedded);
        return true;
    }
    struct timespec until;
    (void)clock_gettime(CLOCK_REALTIME, &until);
    until.tv_nsec += STOP_EMBEDDED_MS * 1000000;
    if (until.tv_nsec >= 1000000000) {
        until.tv_sec++;
        until.tv_nsec -= 1000000000;
    }
    return pthread_timedjoin_np(thread, NULL, &until) == 0;
}

static void free_parts(struct parts *p)
{
    if (p->left_behind)
        return;
    if (p->replay)
        replay_free(p->replay);
    if (p->engine)
        p->ops->free(p->engine);
    if (p->embedded && !stop_embedded(p)) {
        p->left_behind = true;
        return;
    }
    command_box_free(p->shared.to_replay);
    command_box_free(p->shared.to_engine);
    command_box_free(p->shared.to_watch);
}

static void run_screen_or_wait(struct parts *p, const struct options *o, screen_fn screen)
{
    char why[WHY_BYTES] = "";
    if (o->headless) {
        headless_run(&p->shared, signals_fd(), why, sizeof why);
        if (*why)
            say_why(p, why);
    } else if (screen(&p->shared, signals_fd(), why, sizeof why) < 0) {
        p->no_screen = true;
        fprintf(stderr, "sfcrime-tui: %s: going on without the screen\n", why);
    }
}

/* Nothing of the data is left out in silence. */
static void say_not_sent(const struct replay_summary *s)
{
    char words[80];
    if (s->failed)
        fprintf(stderr, "sfcrime-tui: %s not delivered%s%s\n",
                text_many(words, sizeof words, s->failed, "call was", "calls were"), *s->trouble ? ": " : "",
                s->trouble);
    if (s->unanswered)
        fprintf(stderr, "sfcrime-tui: %s given up without an answer from Kafka\n",
                text_many(words, sizeof words, s->unanswered, "call was", "calls were"));
    if (s->skipped)
        fprintf(stderr, "sfcrime-tui: %s%s%s\n",
                text_many(words, sizeof words, s->skipped, "object of the data was no call",
                          "objects of the data were no calls"),
                !*s->skip_reason  ? ""
                : s->skipped == 1 ? ": "
                                  : "; the last: ",
                s->skip_reason);
}

static int report_end(struct parts *p, bool interrupted)
{
    char error[WHY_BYTES] = "", summary[WHY_BYTES] = "";
    struct replay_summary sent = {0};
    char words[80];
    if (p->engine && !p->left_behind &&
        p->ops->outcome(p->engine, error, sizeof error, summary, sizeof summary))
        say_why(p, error);
    if (p->replay)
        replay_summary(p->replay, &sent);
    struct replay_view *last = hub_take_replay(&p->hub);
    if (last && last->state == REPLAY_FAILED)
        say_why(p, last->message);
    free(last);
    if (*p->why) {
        fprintf(stderr, "sfcrime-tui: %s\n", p->why);
        say_not_sent(&sent);
        return interrupted ? STATUS_INTERRUPTED : STATUS_FAILED;
    }
    struct strbuf line = {0};
    strbuf_printf(&line, "sfcrime-tui: %s%s sent", interrupted ? "interrupted: " : "",
                  text_many(words, sizeof words, sent.acked, "call", "calls"));
    if (*summary)
        strbuf_printf(&line, ", %s", summary);
    fprintf(stderr, "%s\n", line.data);
    strbuf_free(&line);
    say_not_sent(&sent);
    return interrupted ? STATUS_INTERRUPTED : sent.failed ? STATUS_FAILED : STATUS_DONE;
}

/* One try: with the screen or without. */
static int run_once(const struct options *o, screen_fn screen, bool *no_screen)
{
    struct parts *p = xcalloc(1, sizeof *p);
    int status = STATUS_FAILED;
    if (hub_open(&p->hub) < 0) {
        fprintf(stderr, "sfcrime-tui: cannot make an eventfd: %s\n", strerror(errno));
        free(p);
        return status;
    }
    if (start_parts(p, o))
        run_screen_or_wait(p, o, screen);
    *no_screen = p->no_screen;
    stop_parts(p);
    if (!p->no_screen)
        status = report_end(p, signals_caught() != 0);
    free_parts(p);
    if (p->left_behind) {
        /* A thread still uses all this; the exit takes it along, and a job that it was to stop. */
        process_kill_bound();
        log_close();
        fflush(NULL);
        _exit(status);
    }
    hub_close(&p->hub);
    free(p);
    return status;
}

int run(struct options *o, screen_fn screen)
{
    if (o->headless)
        signals_without_screen();
    bool no_screen = false;
    int status = run_once(o, screen, &no_screen);
    if (no_screen && signals_caught() == 0) {
        o->headless = o->headless_forced = true;
        signals_without_screen();
        status = run_once(o, screen, &no_screen);
    }
    return status;
}
