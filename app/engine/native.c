#include "engine/native.h"

#include "base/xalloc.h"
#include "engine/connect.h"
#include "log.h"
#include "sink/console.h"
#include "sink/sink.h"

#include <math.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    LOOK_MS = 250,         /* how long the idle loop sleeps at most: commands and rows end it at once */
    PAUSED_LOOK_MS = 1000, /* the same while paused */
    SPIN_LEAST_MS = 2,     /* the same while rows wait that must not be cut yet: soon at first, */
    SPIN_MOST_MS = 20,     /* then less often */
    PARTITIONS_EVERY_MS = 30000,
    PARTITIONS_ASK_MS = 1000,
    REFUSED_EVERY_MS = 2000, /* how soon a refusal is asked again, */
    REFUSED_MOST = 3,        /* and how often before it is believed: brokers that start know little */
    BAD_SAID_MS = 10000
};

bool engine_available_now(const struct engine *e)
{
    return e->b.parts.options->available_now || e->b.settings.trigger == TRIGGER_AVAILABLE_NOW;
}

void engine_publish(struct engine *e, bool now)
{
    engine_expire_answer(e);
    double catch_up = NAN;
    if (e->b.state == ENGINE_RESTARTING) {
        struct query_totals t;
        query_totals(e->query, &t);
        catch_up = e->catch_up_rows > 0 ? (double)t.rows_in / (double)e->catch_up_rows : 0;
        catch_up = catch_up > 1 ? 1 : catch_up;
    }
    struct view_facts f = {
        .state = e->b.state,
        .message = e->b.message,
        .answered = e->b.answer_until_ms != 0,
        .offer = e->b.offer,
        .catch_up = catch_up,
        .query = e->query,
        .progress = e->batches_are_open ? &e->batches.progress : NULL,
        .rejects = &e->rejects,
        .breakdown = e->breakdown,
        .settings = &e->b.settings,
        .run_id = e->run_id,
    };
    views_publish(e->b.views, &f, now);
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
    const char *path = e->b.parts.options->replay.codes;
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
    if (!e->b.parts.options->headless) /* nobody would ask for it */
        breakdown_listen(e->breakdown, &listener);
    e->query = query_new(&e->b.settings, e->codes, &listener);
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

/* What nobody could see otherwise: in words on the screen, once on standard error where there is none. */
static void say_waits(void *arg, const char *words)
{
    struct engine *e = arg;
    if (!e->waits_said && e->b.parts.options->headless)
        fprintf(stderr, "sfcrime-tui: %s\n", words);
    e->waits_said = true;
    engine_say(e, "%s", words);
    engine_publish(e, true);
}

void engine_open_batches(struct engine *e, const int64_t *position, int64_t next_batch)
{
    struct batch_parts parts = {
        .source = e->source,
        .query = e->query,
        .sinks = e->b.sinks,
        .checkpoint = e->checkpoint,
        .live = &e->b.parts.hub->live,
        .stop = &e->b.stop,
        .fail_on_data_loss = e->b.settings.fail_on_data_loss,
        .settle = settle_rejects,
        .settle_arg = e,
        .settles_outside = rejects_kept(&e->rejects),
        .waits = say_waits,
        .waits_arg = e,
    };
    batches_open(&e->batches, &parts, position, next_batch, e->id, e->run_id);
    e->batches_are_open = true;
}

static void write_report(struct engine *e)
{
    if (!e->b.reports)
        return;
    char *json = progress_json(&e->batches.progress, false);
    engine_write_report(e, json);
    free(json);
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
    if (e->waits_said)
        engine_say(e, "%s", "");
    e->waits_said = false;
    views_note_batch(e->b.views, &e->batches.progress, e->query);
    engine_note_catch_up(e);
    if (!e->b.failed)
        engine_publish(e, false);
}

/* Sleeps until there may be something to do: rows, a command, a tick, a view that is due. */
static void wait_for_work(struct engine *e)
{
    int64_t limit_ms = LOOK_MS, due_ms = views_due_ms(e->b.views);
    if (due_ms >= 0 && due_ms < limit_ms)
        limit_ms = due_ms;
    if (e->b.settings.trigger == TRIGGER_INTERVAL) {
        int64_t left_ms = e->next_tick_ms - clock_wall_ms();
        command_wait(e->b.parts.to_engine, left_ms > 0 && left_ms < limit_ms ? left_ms : limit_ms);
    } else if (batches_waiting(&e->batches) > 0) {
        command_wait(e->b.parts.to_engine, e->spin_ms);
        e->spin_ms = e->spin_ms * 2 < SPIN_MOST_MS ? e->spin_ms * 2 : SPIN_MOST_MS;
    } else if (e->source->ops->wait(e->source, limit_ms) == SOURCE_OK && batches_waiting(&e->batches) == 0) {
        /* The source woke up for something else; do not let it do so in a tight loop. */
        command_wait(e->b.parts.to_engine, 1);
    }
    if (views_due_ms(e->b.views) >= 0)
        engine_publish(e, false);
}

static bool finish_sinks(struct engine *e)
{
    char why[300];
    if (e->b.sinks && sinks_finish(e->b.sinks, e->query, why, sizeof why) < 0) {
        engine_fail(e, "%s", why);
        return false;
    }
    return true;
}

/* Everything asked for is done. Without a screen that is the end; with one the table stays, and a change of
 * the query can start it over. False: the loop ends. */
static bool rest(struct engine *e)
{
    if (!e->b.finished_once && !finish_sinks(e))
        return false;
    e->b.finished_once = true;
    e->b.state = ENGINE_DONE;
    engine_publish(e, true);
    if (e->b.parts.options->headless || e->b.parts.options->max_batches > 0)
        return false;
    e->source->ops->pause(e->source, true);
    while (!engine_stopping(e) && e->b.state == ENGINE_DONE) {
        command_wait(e->b.parts.to_engine, LOOK_MS);
        engine_take_commands(e);
    }
    e->b.finished_once = e->b.finished_once && e->b.state == ENGINE_DONE;
    return !e->b.failed;
}

/* Kafka says that the topic is not there any more, or not ours to read. Where nothing waits to be read,
 * nobody else would hear of it. */
static void take_refusal(struct engine *e)
{
    if (++e->refused_looks < REFUSED_MOST)
        return;
    char words[400];
    snprintf(words, sizeof words, "topic %.60s cannot be read any more: %s", e->source->topic,
             e->source->error);
    if (e->b.settings.fail_on_data_loss || e->checkpoint)
        engine_fail(e, "%s", words);
    else if (e->refused_looks == REFUSED_MOST)
        say_waits(e, words);
}

/* A topic of a real Kafka can gain partitions at any time, under load too; asking for its bounds makes the
 * source see them. */
static void look_for_partitions(struct engine *e)
{
    int64_t now_ms = clock_mono_ms();
    if (e->b.parts.embedded || now_ms < e->next_look_ms)
        return;
    enum source_status status = SOURCE_TIMEOUT;
    if (e->next_look_ms != 0) {
        int64_t low[MAX_PARTITIONS], high[MAX_PARTITIONS];
        status = e->source->ops->bounds(e->source, low, high, PARTITIONS_ASK_MS);
    }
    if (status == SOURCE_FAILED)
        take_refusal(e);
    else if (status == SOURCE_OK)
        e->refused_looks = 0;
    e->next_look_ms = now_ms + (e->refused_looks > 0 ? REFUSED_EVERY_MS : PARTITIONS_EVERY_MS);
}

static void idle(struct engine *e)
{
    bool replay_over = !engine_replayed(e) || atomic_load(&e->b.parts.hub->live.replay_ended);
    if (e->b.state == ENGINE_RESTARTING && replay_over && batches_waiting(&e->batches) == 0) {
        e->b.state = ENGINE_RUNNING;
        engine_publish(e, true);
    }
    wait_for_work(e);
}

static void work(struct engine *e)
{
    while (!e->b.failed && !engine_stopping(e)) {
        engine_take_commands(e);
        if (e->b.failed || engine_stopping(e))
            break;
        bool resting = e->paused && e->steps == 0;
        e->source->ops->pause(e->source, resting);
        if (resting) {
            int64_t due_ms = views_due_ms(e->b.views);
            command_wait(e->b.parts.to_engine, due_ms >= 0 ? due_ms : PAUSED_LOOK_MS);
            if (due_ms >= 0)
                engine_publish(e, false);
            continue;
        }
        look_for_partitions(e);
        if (e->b.failed)
            break;
        enum batch_status status = engine_try_batch(e);
        if (status == BATCH_FAILED) {
            engine_fail(e, "%s", e->batches.error);
        } else if (status == BATCH_RAN) {
            e->spin_ms = SPIN_LEAST_MS;
            after_batch(e);
            if (e->b.parts.options->max_batches > 0 && e->batches.count >= e->b.parts.options->max_batches &&
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
        rejects_where(&e->rejects, e->b.parts.options, &s);
    }
    if (e->batches_are_open && e->batches.data_loss)
        strbuf_printf(&s, ", %s lost before they could be read",
                      text_count(rows, sizeof rows, e->batches.data_loss));
    snprintf(e->b.summary, sizeof e->b.summary, "%s", s.data);
    strbuf_free(&s);
}

static void release(struct engine *e)
{
    if (e->batches_are_open)
        batches_close(&e->batches);
    e->batches_are_open = false;
    if (e->checkpoint)
        checkpoint_close(e->checkpoint);
    engine_close_outputs(e);
    rejects_close(&e->rejects);
    if (e->source)
        e->source->ops->close(e->source);
    query_free(e->query);
    codes_free(e->codes);
    views_free(e->b.views);
    breakdown_free(e->breakdown);
    free(e->final_end);
}

static void *run(void *arg)
{
    struct engine *e = arg;
    pthread_setname_np(pthread_self(), "engine");
    engine_publish(e, true);
    if (engine_connect(e)) {
        e->b.state = ENGINE_RUNNING;
        engine_say(e, "%s", "");
        engine_publish(e, true);
        work(e);
        if (!e->b.failed && !e->b.finished_once)
            finish_sinks(e);
        flush_checkpoint(e);
        char why[300];
        if (!e->b.failed && console_wanted(e->b.parts.options) &&
            console_final(e->query, &e->batches.progress, why, sizeof why) < 0)
            engine_fail(e, "%s", why);
    }
    if (!e->b.failed)
        e->b.state = ENGINE_DONE;
    engine_publish(e, true);
    summarise(e);
    release(e);
    engine_is_done(e);
    return NULL;
}

static struct engine *native_start(const struct app_parts *parts, char *err, size_t err_cap)
{
    struct engine *e = xcalloc(1, sizeof *e);
    engine_prepare(e, parts, "engine", engine_publish);
    e->spin_ms = SPIN_LEAST_MS;
    e->breakdown = breakdown_new(BREAKDOWN_ADDRESSES_PER_S);
    start_uuid(e->id);
    start_uuid(e->run_id);
    if (engine_begin(e, run, err, err_cap))
        return e;
    views_free(e->b.views);
    breakdown_free(e->breakdown);
    free(e);
    return NULL;
}

const struct engine_ops engine_native = {
    .name = "native",
    .start = native_start,
    .stop = engine_stop,
    .ended = engine_ended,
    .outcome = engine_outcome,
    .free = engine_free,
};
