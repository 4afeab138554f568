#include "spark/spark.h"

#include "base/text.h"
#include "base/xalloc.h"
#include "log.h"

#include <errno.h>
#include <poll.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum {
    ANSWER_MS = 8000,    /* how long the answer to a key stands */
    LOOK_MS = 250,       /* how long the loop sleeps at most: messages and commands end it at once */
    TAKE_MOST = 2000,    /* messages between two looks at commands */
    STOP_JOB_MS = 12000, /* how long the end of the program waits for the job's batch */
    STOP_REST_MS = 1500,
    BAD_SAID_MS = 10000
};

void spark_fail(struct engine *e, const char *fmt, ...)
{
    char raw[400];
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(raw, sizeof raw, fmt, ap);
    va_end(ap);
    e->failed = true;
    text_clean(e->error, sizeof e->error, raw, strlen(raw), false);
    spark_state(e, ENGINE_FAILED);
    e->answer_until_ms = 0;
    snprintf(e->message, sizeof e->message, "%.*s", (int)sizeof e->message - 1, e->error);
    log_line(LOG_ERROR, "spark", "%s", e->error);
}

void spark_state(struct engine *e, enum engine_state state)
{
    e->state_changed = e->state_changed || e->state != state;
    e->state = state;
}

void spark_say(struct engine *e, const char *fmt, ...)
{
    char text[sizeof e->message];
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(text, sizeof text, fmt, ap);
    va_end(ap);
    e->state_changed = e->state_changed || strcmp(text, e->message) != 0;
    e->answer_until_ms = 0;
    memcpy(e->message, text, sizeof text);
}

void spark_answer(struct engine *e, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(e->message, sizeof e->message, fmt, ap);
    va_end(ap);
    e->answer_until_ms = clock_mono_ms() + ANSWER_MS;
    e->state_changed = true;
}

bool spark_stopping(const struct engine *e)
{
    return atomic_load(&e->stop);
}

/* ---- the loop ---- */

/* Whoever else writes to these topics is told of, now and then. */
static void note_bad(struct engine *e, enum ledger_topic topic, int64_t offset, const char *why)
{
    const char *name = topic == TOPIC_OF_TABLES ? e->tables : e->progress_topic;
    char raw[VIEW_TEXT];
    snprintf(raw, sizeof raw, "%.100s offset %lld: %.130s", name, (long long)offset, why);
    text_clean(e->last_bad, sizeof e->last_bad, raw, strlen(raw), false);
    e->messages_bad++;
    e->dirty = true;
    int64_t now_ms = clock_mono_ms();
    if (e->bad_said_ms && now_ms - e->bad_said_ms < BAD_SAID_MS)
        return;
    char many[60];
    log_line(LOG_WARNING, "spark", "%s not of the job's protocol; the newest: %s",
             text_many(many, sizeof many, e->messages_bad, "message is", "messages are"), e->last_bad);
    e->bad_said_ms = now_ms;
}

static void take(void *arg, enum ledger_topic topic, const char *bytes, size_t len, int64_t offset)
{
    struct engine *e = arg;
    char why[200];
    e->messages++;
    if (!ledger_enter(e->ledger, topic, bytes, len, clock_mono_ms(), why, sizeof why))
        note_bad(e, topic, offset, why);
}

bool spark_read_messages(struct engine *e)
{
    bool more = reader_take(e->reader, TAKE_MOST, take, e) == TAKE_MOST;
    bool caught_up = reader_caught_up(e->reader);
    if (caught_up && !e->caught_up) {
        log_line(LOG_DEBUG, "spark", "all %lld messages that were there are read", (long long)e->messages);
        e->state_changed = true;
    }
    e->caught_up = caught_up;
    /* While the past is read, halves may be far apart: only afterwards does one wait in vain. */
    if (caught_up)
        ledger_tick(e->ledger, clock_mono_ms(), false);
    return more;
}

static void wait_for_news(struct engine *e)
{
    struct pollfd fds[] = {{.fd = reader_fd(e->reader), .events = POLLIN},
                           {.fd = command_fd(e->parts.to_engine), .events = POLLIN},
                           {.fd = e->process ? process_fd(e->process) : -1, .events = POLLIN}};
    int64_t limit_ms = LOOK_MS, due_ms = views_due_ms(e->views);
    if (due_ms >= 0 && due_ms < limit_ms)
        limit_ms = due_ms;
    (void)poll(fds, sizeof fds / sizeof *fds, (int)limit_ms);
}

static void publish_news(struct engine *e)
{
    if (e->answer_until_ms && clock_mono_ms() >= e->answer_until_ms) {
        e->message[0] = '\0';
        e->answer_until_ms = 0;
        e->state_changed = true;
    }
    if (e->state_changed)
        spark_publish(e, true);
    else if (e->dirty || views_due_ms(e->views) >= 0)
        spark_publish(e, false);
    e->dirty = e->state_changed = false;
}

static void work(struct engine *e)
{
    bool headless = e->parts.options->headless;
    while (!spark_stopping(e)) {
        bool more = spark_read_messages(e);
        spark_take_commands(e);
        spark_job_step(e);
        publish_news(e);
        if (headless && e->failed)
            return;
        if (spark_all_done(e)) {
            if (!spark_finish_sinks(e) || headless)
                return;
        }
        if (!more)
            wait_for_news(e);
    }
}

/* ---- the thread ---- */

static void start_rest(struct engine *e)
{
    char why[200];
    e->rest = rest_start(e->parts.hub, why, sizeof why);
    if (!e->rest)
        log_line(LOG_WARNING, "spark", "%s", why); /* the query can be shown without it */
}

static void release(struct engine *e)
{
    if (e->rest)
        (void)rest_stop(e->rest, STOP_REST_MS);
    reader_close(e->reader);
    ledger_free(e->ledger);
    spark_close_outputs(e);
    views_free(e->views);
    progress_clear(&e->progress);
    free(e->progress_json);
    free(e->tables);
    free(e->progress_topic);
    free(e->checkpoint);
    free(e->place);
}

static void *run(void *arg)
{
    struct engine *e = arg;
    (void)pthread_setname_np(pthread_self(), "engine");
    spark_publish(e, true);
    start_rest(e);
    if (spark_open_outputs(e) && spark_connect(e)) {
        e->wanted = !e->parts.options->spark.attach;
        spark_job_set(e, JOB_AWAITED);
        work(e);
        spark_job_end(e, clock_mono_ms() + STOP_JOB_MS);
        if (!e->failed)
            (void)spark_finish_sinks(e);
    }
    if (!e->failed)
        spark_state(e, ENGINE_DONE);
    spark_publish(e, true);
    spark_summarise(e);
    release(e);
    atomic_store(&e->done, true);
    atomic_store(&e->parts.hub->live.engine_ended, true);
    /* The headless loop and the screen sleep on this. */
    uint64_t one = 1;
    while (write(e->parts.hub->wake_fd, &one, sizeof one) < 0 && errno == EINTR)
        ;
    return NULL;
}

static struct engine *spark_start(const struct app_parts *parts, char *err, size_t err_cap)
{
    const struct options *o = parts->options;
    struct engine *e = xcalloc(1, sizeof *e);
    e->parts = *parts;
    e->settings = o->query;
    e->state = ENGINE_STARTING;
    e->progress.batch_id = -1;
    e->views = views_new(parts->hub);
    e->tables = job_tables_topic(o);
    e->progress_topic = job_progress_topic(o);
    e->checkpoint = o->spark.checkpoint ? xstrdup(o->spark.checkpoint) : NULL;
    struct ledger_listener listener = spark_listener;
    listener.arg = e;
    e->ledger = ledger_new(o->kafka.topic, &listener);
    e->job = (struct job_view){
        .state = JOB_AWAITED, .pid = UNKNOWN, .heard_mono_ms = UNKNOWN, .since_ms = clock_mono_ms()};
    spark_say(e, "waiting for Kafka at %s", parts->bootstrap);
    int rc = pthread_create(&e->thread, NULL, run, e);
    if (rc == 0)
        return e;
    snprintf(err, err_cap, "cannot start the engine thread: %s", strerror(rc));
    release(e);
    free(e);
    return NULL;
}

static bool spark_stop(struct engine *e, int64_t timeout_ms)
{
    atomic_store(&e->stop, true);
    struct command c = {.kind = CMD_STOP};
    (void)command_post(e->parts.to_engine, &c);
    if (e->joined || e->left)
        return e->joined;
    struct timespec until;
    (void)clock_gettime(CLOCK_REALTIME, &until);
    until.tv_sec += timeout_ms / 1000;
    until.tv_nsec += timeout_ms % 1000 * 1000000;
    if (until.tv_nsec >= 1000000000) {
        until.tv_sec++;
        until.tv_nsec -= 1000000000;
    }
    e->joined = pthread_timedjoin_np(e->thread, NULL, &until) == 0;
    e->left = !e->joined && pthread_detach(e->thread) == 0;
    return e->joined;
}

static bool spark_ended(const struct engine *e)
{
    return atomic_load(&e->done);
}

static int spark_outcome(const struct engine *e, char *error, size_t error_cap, char *summary,
                         size_t summary_cap)
{
    snprintf(error, error_cap, "%s", e->error);
    snprintf(summary, summary_cap, "%s", e->summary);
    return e->failed ? 1 : 0;
}

/* Only after stop() has said true: a thread that still runs keeps its engine. */
static void spark_free(struct engine *e)
{
    free(e);
}

const struct engine_ops engine_spark = {
    .name = "spark",
    .start = spark_start,
    .stop = spark_stop,
    .ended = spark_ended,
    .outcome = spark_outcome,
    .free = spark_free,
};
