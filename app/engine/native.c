#include "engine/native.h"

#include "base/xalloc.h"
#include "engine/connect.h"
#include "log.h"
#include "sink/console.h"
#include "sink/sink.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum {
    ANSWER_MS = 8000,      /* how long the answer to a key stands, once something else is published */
    LOOK_MS = 250,         /* how long the idle loop sleeps at most: commands and rows end it at once */
    PAUSED_LOOK_MS = 1000, /* the same while paused */
    SPIN_LEAST_MS = 2,     /* the same while rows wait that must not be cut yet: soon at first, */
    SPIN_MOST_MS = 20,     /* then less often */
    PARTITIONS_EVERY_MS = 30000,
    PARTITIONS_ASK_MS = 1000,
    BAD_SAID_MS = 10000
};

void engine_fail(struct engine *e, const char *fmt, ...)
{
    char raw[400];
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(raw, sizeof raw, fmt, ap);
    va_end(ap);
    e->failed = true;
    e->state = ENGINE_FAILED;
    text_clean(e->error, sizeof e->error, raw, strlen(raw), false);
    snprintf(e->message, sizeof e->message, "%.*s", (int)sizeof e->message - 1, e->error);
    log_line(LOG_ERROR, "engine", "%s", e->error);
}

void engine_say(struct engine *e, const char *fmt, ...)
{
    va_list ap;
    e->answer_until_ms = 0;
    va_start(ap, fmt);
    vsnprintf(e->message, sizeof e->message, fmt, ap);
    va_end(ap);
}

void engine_answer(struct engine *e, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(e->message, sizeof e->message, fmt, ap);
    va_end(ap);
    e->answer_until_ms = clock_mono_ms() + ANSWER_MS;
}

bool engine_stopping(const struct engine *e)
{
    return atomic_load(&e->stop);
}

bool engine_available_now(const struct engine *e)
{
    return e->parts.options->available_now || e->settings.trigger == TRIGGER_AVAILABLE_NOW;
}

void engine_publish(struct engine *e, bool now)
{
    if (e->answer_until_ms && clock_mono_ms() >= e->answer_until_ms)
        engine_say(e, "%s", "");
    double catch_up = NAN;
    if (e->state == ENGINE_RESTARTING) {
        struct query_totals t;
        query_totals(e->query, &t);
        catch_up = e->catch_up_rows > 0 ? (double)t.rows_in / (double)e->catch_up_rows : 0;
        catch_up = catch_up > 1 ? 1 : catch_up;
    }
    struct view_facts f = {
        .state = e->state,
        .message = e->message,
        .offer = e->offer,
        .catch_up = catch_up,
        .query = e->query,
        .progress = e->batches_are_open ? &e->batches.progress : NULL,
        .rejects = &e->rejects,
        .breakdown = e->breakdown,
        .settings = &e->settings,
        .run_id = e->run_id,
    };
    views_publish(e->views, &f, now);
}

bool engine_codes_for(const struct engine *e, const struct query_settings *s, struct codes **out, char *err,
                      size_t err_cap)
{
    bool needed = s->join_codes;
    for (int i = 0; i < s->group_by_count; i++)
        needed = needed || s->group_by[i] == FIELD_DISPOSITION_DESCRIPTION;
    *out = NULL;
    if (!needed)
        return true;
    const char *path = e->parts.options->replay.codes;
    if (!path) {
        snprintf(err, err_cap,
                 "join = radio-codes needs radio_code.json, which is not with this program: name a file "
                 "in [data] sfpd-codes, or -S data.sfpd-codes=FILE");
        return false;
    }
    *out = codes_read(path, err, err_cap);
    return *out != NULL;
}

bool engine_read_codes(struct engine *e, const struct query_settings *s, struct codes **out)
{
    char why[300];
    bool read = engine_codes_for(e, s, out, why, sizeof why);
    if (!read)
        engine_fail(e, "%s", why);
    return read;
}

void engine_new_query(struct engine *e)
{
    query_free(e->query);
    struct query_listener listener = rejects_listener(&e->rejects);
    if (!e->parts.options->headless) /* nobody would ask for it */
        breakdown_listen(e->breakdown, &listener);
    e->query = query_new(&e->settings, e->codes, &listener);
}

static int settle_rejects(void *arg, char *err, size_t err_cap)
{
    struct engine *e = arg;
    bool warned = false;
    int rc = rejects_settle(&e->rejects, &warned, err, err_cap);
    if (warned && rc == 0)
        engine_say(e, "%s", err);
    return rc;
}

void engine_open_batches(struct engine *e, const int64_t *position, int64_t next_batch)
{
    struct batch_parts parts = {
        .source = e->source,
        .query = e->query,
        .sinks = e->sinks,
        .checkpoint = e->checkpoint,
        .live = &e->parts.hub->live,
        .stop = &e->stop,
        .fail_on_data_loss = e->settings.fail_on_data_loss,
        .settle = settle_rejects,
        .settle_arg = e,
        .settles_outside = rejects_kept(&e->rejects),
    };
    batches_open(&e->batches, &parts, position, next_batch, e->id, e->run_id);
    e->batches_are_open = true;
}

static void write_report(struct engine *e)
{
    if (!e->reports)
        return;
    char *json = progress_json(&e->batches.progress, false);
    fprintf(e->reports, "%s\n", json);
    free(json);
    if (fflush(e->reports) != 0 || ferror(e->reports))
        engine_fail(e, "cannot write progress reports to %s: %s",
                    e->reports == stdout ? "standard output" : e->parts.options->sink.progress_path,
                    strerror(errno));
}

/* How many messages were no calls so far, by reason; a stream of them fills no log. */
static void log_bad(struct engine *e)
{
    const struct progress *p = &e->batches.progress;
    int64_t new_ones = 0, now_ms = clock_mono_ms();
    for (int i = 0; i < BAD_REASON_COUNT; i++)
        new_ones += p->rows_bad[i];
    if (new_ones == 0 || (e->bad_said_ms && now_ms - e->bad_said_ms < BAD_SAID_MS))
        return;
    struct query_totals t;
    struct strbuf words = {0};
    query_totals(e->query, &t);
    rejects_words(&words, t.rows_bad);
    log_line(LOG_WARNING, "engine", "messages that are no calls, so far: %s; the newest: %s", words.data,
             e->rejects.last_bad);
    strbuf_free(&words);
    e->bad_said_ms = now_ms;
}

static void after_batch(struct engine *e)
{
    write_report(e);
    log_bad(e);
    views_note_batch(e->views, &e->batches.progress, e->query);
    engine_note_catch_up(e);
    if (!e->failed)
        engine_publish(e, false);
}

/* Sleeps until there may be something to do: rows, a command, a tick, a view that is due. */
static void wait_for_work(struct engine *e)
{
    int64_t limit_ms = LOOK_MS, due_ms = views_due_ms(e->views);
    if (due_ms >= 0 && due_ms < limit_ms)
        limit_ms = due_ms;
    if (e->settings.trigger == TRIGGER_INTERVAL) {
        int64_t left_ms = e->next_tick_ms - clock_wall_ms();
        command_wait(e->parts.to_engine, left_ms > 0 && left_ms < limit_ms ? left_ms : limit_ms);
    } else if (batches_waiting(&e->batches) > 0) {
        command_wait(e->parts.to_engine, e->spin_ms);
        e->spin_ms = e->spin_ms * 2 < SPIN_MOST_MS ? e->spin_ms * 2 : SPIN_MOST_MS;
    } else if (e->source->ops->wait(e->source, limit_ms) == SOURCE_OK && batches_waiting(&e->batches) == 0) {
        /* The source woke up for something else; do not let it do so in a tight loop. */
        command_wait(e->parts.to_engine, 1);
    }
    if (views_due_ms(e->views) >= 0)
        engine_publish(e, false);
}

static bool finish_sinks(struct engine *e)
{
    char why[300];
    if (e->sinks && sinks_finish(e->sinks, e->query, why, sizeof why) < 0) {
        engine_fail(e, "%s", why);
        return false;
    }
    return true;
}

/* Everything asked for is done. Without a screen that is the end; with one the table stays, and a change of
 * the query can start it over. False: the loop ends. */
static bool rest(struct engine *e)
{
    if (!e->finished_once && !finish_sinks(e))
        return false;
    e->finished_once = true;
    e->state = ENGINE_DONE;
    engine_publish(e, true);
    if (e->parts.options->headless || e->parts.options->max_batches > 0)
        return false;
    e->source->ops->pause(e->source, true);
    while (!engine_stopping(e) && e->state == ENGINE_DONE) {
        command_wait(e->parts.to_engine, LOOK_MS);
        engine_take_commands(e);
    }
    e->finished_once = e->finished_once && e->state == ENGINE_DONE;
    return !e->failed;
}

/* A topic of a real Kafka can gain partitions at any time; asking for its bounds makes the source see them.
 */
static void look_for_partitions(struct engine *e)
{
    int64_t now_ms = clock_mono_ms();
    if (e->parts.embedded || now_ms < e->next_look_ms)
        return;
    if (e->next_look_ms != 0) {
        int64_t low[MAX_PARTITIONS], high[MAX_PARTITIONS];
        (void)e->source->ops->bounds(e->source, low, high, PARTITIONS_ASK_MS);
    }
    e->next_look_ms = now_ms + PARTITIONS_EVERY_MS;
}

static void idle(struct engine *e)
{
    look_for_partitions(e);
    bool replay_over = !engine_replayed(e) || atomic_load(&e->parts.hub->live.replay_ended);
    if (e->state == ENGINE_RESTARTING && replay_over && batches_waiting(&e->batches) == 0) {
        e->state = ENGINE_RUNNING;
        engine_publish(e, true);
    }
    wait_for_work(e);
}

static void work(struct engine *e)
{
    while (!e->failed && !engine_stopping(e)) {
        engine_take_commands(e);
        if (e->failed || engine_stopping(e))
            break;
        bool resting = e->paused && e->steps == 0;
        e->source->ops->pause(e->source, resting);
        if (resting) {
            int64_t due_ms = views_due_ms(e->views);
            command_wait(e->parts.to_engine, due_ms >= 0 ? due_ms : PAUSED_LOOK_MS);
            if (due_ms >= 0)
                engine_publish(e, false);
            continue;
        }
        enum batch_status status = engine_try_batch(e);
        if (status == BATCH_FAILED) {
            engine_fail(e, "%s", e->batches.error);
        } else if (status == BATCH_RAN) {
            e->spin_ms = SPIN_LEAST_MS;
            after_batch(e);
            if (e->parts.options->max_batches > 0 && e->batches.count >= e->parts.options->max_batches &&
                !rest(e))
                break;
        } else if (status == BATCH_NOTHING) {
            if (!engine_all_done(e))
                idle(e);
            else if (!rest(e))
                break;
        }
    }
}

/* What was committed last is safe only when the disk says so. */
static void flush_checkpoint(struct engine *e)
{
    char why[300];
    if (e->checkpoint && checkpoint_flush(e->checkpoint, why, sizeof why) < 0)
        engine_fail(e, "%s", why);
}

static void summarise(struct engine *e)
{
    struct query_totals t = {0};
    int64_t bad = 0;
    size_t groups = 0;
    if (e->query) {
        query_totals(e->query, &t);
        groups = query_group_count(e->query);
    }
    for (int i = 0; i < BAD_REASON_COUNT; i++)
        bad += t.rows_bad[i];
    struct strbuf s = {0};
    int64_t batches = e->batches_are_open ? e->batches.next_id : 0;
    int64_t here = e->batches_are_open ? e->batches.count : 0;
    char rows[60], cut[60], table[60], twice[60], late[40], broken[40];
    strbuf_printf(&s, "%s in %s", text_many(rows, sizeof rows, t.rows_in, "row", "rows"),
                  text_many(cut, sizeof cut, batches, "batch", "batches"));
    if (here != batches) /* the others were a former run's, by the checkpoint */
        strbuf_printf(&s, " (%s of this run)", text_count(cut, sizeof cut, here));
    strbuf_printf(&s, ", %s, %s, %s late, %s bad",
                  text_many(table, sizeof table, (long long)groups, "group", "groups"),
                  text_many(twice, sizeof twice, t.rows_duplicate, "duplicate", "duplicates"),
                  text_count(late, sizeof late, t.rows_late), text_count(broken, sizeof broken, bad));
    if (bad) {
        strbuf_puts(&s, ": ");
        size_t from = s.len;
        rejects_words(&s, t.rows_bad);
        log_line(LOG_INFO, "engine", "messages that were no calls: %s", s.data + from);
        rejects_where(&e->rejects, e->parts.options, &s);
    }
    if (e->batches_are_open && e->batches.data_loss)
        strbuf_printf(&s, ", %s lost before they could be read",
                      text_count(rows, sizeof rows, e->batches.data_loss));
    snprintf(e->summary, sizeof e->summary, "%s", s.data);
    strbuf_free(&s);
}

static void release(struct engine *e)
{
    if (e->batches_are_open)
        batches_close(&e->batches);
    e->batches_are_open = false;
    if (e->checkpoint)
        checkpoint_close(e->checkpoint);
    sinks_close(e->sinks);
    rejects_close(&e->rejects);
    if (e->reports && e->reports != stdout && fclose(e->reports) != 0)
        log_line(LOG_ERROR, "engine", "cannot close the progress reports: %s", strerror(errno));
    if (e->source)
        e->source->ops->close(e->source);
    query_free(e->query);
    codes_free(e->codes);
    views_free(e->views);
    breakdown_free(e->breakdown);
    free(e->final_end);
}

static void *run(void *arg)
{
    struct engine *e = arg;
    pthread_setname_np(pthread_self(), "engine");
    engine_publish(e, true);
    if (engine_connect(e)) {
        e->state = ENGINE_RUNNING;
        engine_say(e, "%s", "");
        engine_publish(e, true);
        work(e);
        if (!e->failed && !e->finished_once)
            finish_sinks(e);
        flush_checkpoint(e);
        char why[300];
        if (!e->failed && console_wanted(e->parts.options) &&
            console_final(e->query, &e->batches.progress, why, sizeof why) < 0)
            engine_fail(e, "%s", why);
    }
    if (!e->failed)
        e->state = ENGINE_DONE;
    engine_publish(e, true);
    summarise(e);
    release(e);
    atomic_store(&e->done, true);
    atomic_store(&e->parts.hub->live.engine_ended, true);
    /* The headless loop and the screen sleep on this. */
    uint64_t one = 1;
    while (write(e->parts.hub->wake_fd, &one, sizeof one) < 0 && errno == EINTR)
        ;
    return NULL;
}

static struct engine *native_start(const struct app_parts *parts, char *err, size_t err_cap)
{
    struct engine *e = xcalloc(1, sizeof *e);
    e->parts = *parts;
    e->settings = parts->options->query;
    e->state = ENGINE_STARTING;
    e->spin_ms = SPIN_LEAST_MS;
    e->views = views_new(parts->hub);
    e->breakdown = breakdown_new(BREAKDOWN_ADDRESSES_PER_S);
    start_uuid(e->id);
    start_uuid(e->run_id);
    engine_say(e, "waiting for Kafka at %s", parts->bootstrap);
    int rc = pthread_create(&e->thread, NULL, run, e);
    if (rc != 0) {
        snprintf(err, err_cap, "cannot start the engine thread: %s", strerror(rc));
        views_free(e->views);
        breakdown_free(e->breakdown);
        free(e);
        return NULL;
    }
    return e;
}

static bool native_stop(struct engine *e, int64_t timeout_ms)
{
    atomic_store(&e->stop, true);
    struct command c = {.kind = CMD_STOP};
    command_post(e->parts.to_engine, &c);
    if (e->joined || e->left)
        return e->joined;
    struct timespec until;
    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_sec += timeout_ms / 1000;
    until.tv_nsec += timeout_ms % 1000 * 1000000;
    if (until.tv_nsec >= 1000000000) {
        until.tv_sec++;
        until.tv_nsec -= 1000000000;
    }
    e->joined = pthread_timedjoin_np(e->thread, NULL, &until) == 0;
    /* Left to itself and to the end of the process: nobody will join it any more. */
    e->left = !e->joined && pthread_detach(e->thread) == 0;
    return e->joined;
}

static bool native_ended(const struct engine *e)
{
    return atomic_load(&e->done);
}

static int native_outcome(const struct engine *e, char *error, size_t error_cap, char *summary,
                          size_t summary_cap)
{
    snprintf(error, error_cap, "%s", e->error);
    snprintf(summary, summary_cap, "%s", e->summary);
    return e->failed ? 1 : 0;
}

/* Only after stop() has said true: a thread that still runs keeps its engine. */
static void native_free(struct engine *e)
{
    free(e);
}

const struct engine_ops engine_native = {
    .name = "native",
    .start = native_start,
    .stop = native_stop,
    .ended = native_ended,
    .outcome = native_outcome,
    .free = native_free,
};
