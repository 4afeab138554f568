#include "spark/spark.h"

#include "base/text.h"
#include "base/xalloc.h"
#include "log.h"

#include <poll.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    LOOK_MS = 250,       /* how long the loop sleeps at most: messages and commands end it at once */
    TAKE_MOST = 2000,    /* messages between two looks at commands */
    STOP_JOB_MS = 12000, /* how long the end of the program waits for the job's batch */
    STOP_REST_MS = 1500,
    BAD_SAID_MS = 10000
};

void spark_state(struct engine *e, enum engine_state state)
{
    e->b.changed = e->b.changed || e->b.state != state;
    e->b.state = state;
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
        e->b.changed = true;
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
                           {.fd = command_fd(e->b.parts.to_engine), .events = POLLIN},
                           {.fd = e->process ? process_fd(e->process) : -1, .events = POLLIN}};
    int64_t limit_ms = LOOK_MS, due_ms = views_due_ms(e->b.views);
    if (due_ms >= 0 && due_ms < limit_ms)
        limit_ms = due_ms;
    (void)poll(fds, sizeof fds / sizeof *fds, (int)limit_ms);
}

static void publish_news(struct engine *e)
{
    engine_expire_answer(e);
    if (e->b.changed)
        spark_publish(e, true);
    else if (e->dirty || views_due_ms(e->b.views) >= 0)
        spark_publish(e, false);
    e->dirty = e->b.changed = false;
}

static void work(struct engine *e)
{
    bool headless = e->b.parts.options->headless;
    while (!engine_stopping(e)) {
        bool more = spark_read_messages(e);
        spark_take_commands(e);
        spark_job_step(e);
        publish_news(e);
        if (headless && e->b.failed)
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
    e->rest = rest_start(e->b.parts.hub, why, sizeof why);
    if (!e->rest)
        log_line(LOG_WARNING, "spark", "%s", why); /* the query can be shown without it */
}

static void release(struct engine *e)
{
    if (e->rest)
        (void)rest_stop(e->rest, STOP_REST_MS);
    reader_close(e->reader);
    ledger_free(e->ledger);
    engine_close_outputs(e);
    views_free(e->b.views);
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
    if (engine_open_outputs(e) && spark_connect(e)) {
        e->wanted = !e->b.parts.options->spark.attach;
        spark_job_set(e, JOB_AWAITED);
        work(e);
        spark_job_end(e, clock_mono_ms() + STOP_JOB_MS);
        if (!e->b.failed)
            (void)spark_finish_sinks(e);
    }
    if (!e->b.failed)
        spark_state(e, ENGINE_DONE);
    spark_publish(e, true);
    spark_summarise(e);
    release(e);
    engine_is_done(e);
    return NULL;
}

static struct engine *spark_start(const struct app_parts *parts, char *err, size_t err_cap)
{
    const struct options *o = parts->options;
    struct engine *e = xcalloc(1, sizeof *e);
    engine_prepare(e, parts, "spark", spark_publish);
    e->progress.batch_id = -1;
    e->tables = job_tables_topic(o);
    e->progress_topic = job_progress_topic(o);
    e->checkpoint = o->spark.checkpoint ? xstrdup(o->spark.checkpoint) : NULL;
    struct ledger_listener listener = spark_listener;
    listener.arg = e;
    e->ledger = ledger_new(o->kafka.topic, &listener);
    e->job = (struct job_view){
        .state = JOB_AWAITED, .pid = UNKNOWN, .heard_mono_ms = UNKNOWN, .since_ms = clock_mono_ms()};
    if (engine_begin(e, run, err, err_cap))
        return e;
    release(e);
    free(e);
    return NULL;
}

const struct engine_ops engine_spark = {
    .name = "spark",
    .start = spark_start,
    .stop = engine_stop,
    .ended = engine_ended,
    .outcome = engine_outcome,
    .free = engine_free,
};
