/* The life of the job: started, heard of, asked to stop, started again. */
#include "spark/spark.h"

#include "base/text.h"
#include "base/xalloc.h"
#include "log.h"
#include "spark/addresses.h"

#include <poll.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
    QUIET_MS = 60000,     /* the job says something every 10 s, but while a batch runs */
    LAST_WORDS_MS = 4000, /* what a job that has ended wrote last may still be on its way */
    STOP_NOW_MS = 7000,   /* at the end of the program: how long its batch may take */
    KILL_MS = 20000,      /* after "at once": Kafka may not take its last words, and Spark may hang */
    LEFT_MS = 10000,      /* how long a JVM may go on after its Python, to clear up behind itself */
    LEFT_AT_END_MS = 3000,
    LEFT_LOOK_MS = 10,
    WORD_MS = 1500 /* how long a wait is before somebody is told */
};

void spark_job_set(struct engine *e, enum job_state state)
{
    if (e->job.state == state)
        return;
    e->job.state = state;
    e->job.since_ms = clock_mono_ms();
    e->b.changed = true;
}

static bool job_is_over(enum job_state s)
{
    return s == JOB_STOPPED || s == JOB_ENDED || s == JOB_FAILED || s == JOB_AWAITED;
}

static void forget_asking(struct engine *e)
{
    e->asked_ms = e->now_ms = 0;
    e->asked_times = 0;
    e->to_ask = false;
}

/* ---- start ---- */

/* A run that has not said its end, whose process is still there on this machine. */
static bool runs_already(const struct ledger_run *r)
{
    char here[80];
    if (!r->started || r->stopped != JOB_RUNS || r->pid == UNKNOWN || r->pid <= 1)
        return false;
    return gethostname(here, sizeof here) == 0 && strcmp(here, r->host) == 0 && kill((pid_t)r->pid, 0) == 0;
}

static void submit(struct engine *e)
{
    char why[400];
    const struct ledger_run *r = ledger_run(e->ledger);
    e->wanted = false;
    if (runs_already(r)) {
        spark_job_set(e, JOB_FAILED);
        engine_fail(e, "a job runs already on %s (process %lld): --spark-attach shows it", e->progress_topic,
                    (long long)r->pid);
        return;
    }
    struct job_wish wish = {.query = &e->b.settings,
                            .starting_offset = e->place,
                            .checkpoint = e->checkpoint,
                            .bootstrap = e->b.parts.bootstrap};
    job_file_remove(&e->file);
    bool ends_with_us = e->b.parts.options->spark.stop_on_exit != SPARK_EXIT_NEVER;
    bool good = job_file_write(&e->file, e->b.parts.options, &wish, why, sizeof why);
    if (good)
        e->process =
            process_start(e->file.argv, e->file.secrets, ends_with_us ? e->file.path : NULL, why, sizeof why);
    if (!e->process) {
        spark_job_set(e, JOB_FAILED);
        engine_fail(e, "%s", why);
        return;
    }
    ledger_expect_new_run(e->ledger, !e->checkpoint);
    if (!e->checkpoint)
        spark_forget(e);
    e->b.failed = e->b.finished_once = false;
    e->b.error[0] = '\0';
    forget_asking(e);
    e->told_batches_at_start = e->batches;
    e->job.ours = true;
    e->job.starts++;
    e->job.pid = process_pid(e->process);
    spark_job_set(e, JOB_SUBMITTED);
    log_line(LOG_INFO, "spark", "job started on %s: process %lld", e->b.parts.options->spark.master,
             (long long)e->job.pid);
}

/* available-now takes what is there when it starts: so everything must be there. */
static bool replay_must_end_first(const struct engine *e)
{
    const struct options *o = e->b.parts.options;
    bool available_now = o->available_now || e->b.settings.trigger == TRIGGER_AVAILABLE_NOW;
    return available_now && !o->replay.no_replay && !atomic_load(&e->b.parts.hub->live.replay_ended);
}

void spark_job_start(struct engine *e, bool now)
{
    e->wanted = true;
    if (!job_is_over(e->job.state))
        spark_job_stop(e, now);
}

/* ---- stop ---- */

static void ask_by_message(struct engine *e)
{
    char why[300];
    const struct ledger_run *r = ledger_run(e->ledger);
    e->to_ask = e->process && !r->started; /* it reads only what comes after its own beginning */
    if (e->to_ask) {
        log_line(LOG_INFO, "spark", "the job will be asked to stop as soon as it has spoken");
        return;
    }
    if (stop_request_send(&e->b.parts, e->progress_topic, r->query[0] ? r->query : "*", e->now_ms != 0, why,
                          sizeof why)) {
        log_line(LOG_INFO, "spark", "the job is asked to stop by a message in %s", e->progress_topic);
        return;
    }
    log_line(LOG_ERROR, "spark", "%s", why);
    engine_answer(e, "%s", why);
    if (e->process)
        return; /* its process can still be ended */
    forget_asking(e);
    spark_job_set(e, JOB_RUNNING);
}

void spark_job_stop(struct engine *e, bool now)
{
    if (job_is_over(e->job.state))
        return;
    int64_t now_ms = clock_mono_ms();
    bool first = e->asked_times++ == 0;
    if (first)
        e->asked_ms = now_ms;
    if ((now || !first) && !e->now_ms)
        e->now_ms = now_ms;
    spark_job_set(e, JOB_STOPPING);
    if (!e->process || e->b.parts.options->spark.submit_command) {
        ask_by_message(e);
        return;
    }
    process_signal(e->process, false); /* the second one means: at once */
    if (now && first)
        process_signal(e->process, false);
    log_line(LOG_INFO, "spark", "the job is asked to stop%s", e->now_ms ? " at once" : "");
}

/* How long after "at once" its process is killed. */
static int64_t kill_after_ms(const struct engine *e)
{
    int64_t limit_ms = e->b.parts.options->spark.stop_timeout_ms;
    return limit_ms && limit_ms < KILL_MS ? limit_ms : KILL_MS;
}

/* No wait for a stop is without an end: an executor that never comes back holds a batch for ever. With a
 * screen it is for the one who looks at it to say how long a batch may take. */
static void bound_stop(struct engine *e)
{
    const struct options *o = e->b.parts.options;
    int64_t now_ms = clock_mono_ms(), limit_ms = o->spark.stop_timeout_ms;
    if (e->job.state != JOB_STOPPING)
        return;
    if (o->headless && limit_ms && !e->now_ms && now_ms - e->asked_ms > limit_ms) {
        char span[60];
        duration_format_ms(span, sizeof span, limit_ms);
        (void)fprintf(
            stderr, "sfcrime-tui: the Spark job did not end its batch in %s: it is stopped at once\n", span);
        spark_job_stop(e, true);
    }
    if (!e->now_ms || now_ms - e->now_ms <= kill_after_ms(e))
        return;
    if (e->process && !process_lives(e->process))
        return; /* only its last words are waited for */
    if (e->process) {
        log_line(LOG_WARNING, "spark", "the job did not stop and is killed: process %lld",
                 (long long)e->job.pid);
        process_signal(e->process, true);
    } else {
        engine_answer(e, "the job does not answer: it was asked to stop %lld s ago",
                      (long long)((now_ms - e->asked_ms) / 1000));
        forget_asking(e);
        spark_job_set(e, JOB_QUIET);
    }
}

/* ---- what became of it ---- */

/* What is left of a job that is over is waited for so long, and then ended: nobody else would do it. */
static void look_at_left(struct engine *e, int64_t limit_ms)
{
    if (!e->leaving)
        return;
    bool left = process_left(e->leaving);
    if (left && clock_mono_ms() - e->leaving_ms < limit_ms)
        return;
    if (left) {
        log_line(LOG_WARNING, "spark", "what the job has left behind is killed: group %lld",
                 (long long)process_pid(e->leaving));
        process_signal(e->leaving, true);
    }
    process_free(e->leaving);
    e->leaving = NULL;
}

static void let_go(struct engine *e)
{
    look_at_left(e, 0);
    e->leaving = e->process;
    e->leaving_ms = clock_mono_ms();
    e->process = NULL;
}

static void note_end(struct engine *e)
{
    const struct ledger_run *r = ledger_run(e->ledger);
    char ending[300];
    ledger_tick(e->ledger, clock_mono_ms(), true);
    const char *reason = r->error[0] ? r->error : e->process ? process_reason(e->process) : "";
    if (e->process && !reason[0]) {
        process_ending(e->process, ending, sizeof ending);
        reason = ending;
    }
    snprintf(e->ended_run, sizeof e->ended_run, "%s", r->run);
    bool broke = r->stopped == JOB_BROKE || (r->stopped == JOB_RUNS && !e->asked_ms) ||
                 (e->process && !r->started && process_status(e->process) != 0);
    if (broke && !e->asked_ms) {
        spark_job_set(e, JOB_FAILED);
        engine_fail(e, "the Spark job failed: %s", reason);
    } else {
        spark_job_set(e, r->stopped == JOB_FINISHED ? JOB_ENDED : JOB_STOPPED);
        log_line(LOG_INFO, "spark", "the job has %s", r->stopped == JOB_FINISHED ? "ended" : "stopped");
    }
    let_go(e);
    job_file_remove(&e->file);
    e->job.pid = UNKNOWN;
    forget_asking(e);
}

/* The process is gone: its last words are waited for, but not for ever. */
static void look_at_process(struct engine *e)
{
    process_read(e->process);
    if (process_lives(e->process))
        return;
    const struct ledger_run *r = ledger_run(e->ledger);
    bool said = r->started && r->stopped != JOB_RUNS;
    bool never_spoke = !r->started && process_status(e->process) != 0;
    if (e->gone_ms == 0)
        e->gone_ms = clock_mono_ms();
    if (said || never_spoke || clock_mono_ms() - e->gone_ms > LAST_WORDS_MS) {
        e->gone_ms = 0;
        note_end(e);
    }
}

static void look_at_messages(struct engine *e)
{
    const struct ledger_run *r = ledger_run(e->ledger);
    if (!e->caught_up || !r->started)
        return;
    /* One is to be started here: what an earlier one has left unsaid, when it was killed, is no job. */
    if (e->wanted && !e->process && e->job.state == JOB_AWAITED)
        return;
    /* A driver that was killed leaves no last word: its run is over all the same. */
    if (e->ended_run[0] && strcmp(e->ended_run, r->run) == 0)
        return;
    if (r->stopped != JOB_RUNS) {
        if (!e->process && !job_is_over(e->job.state))
            note_end(e);
        else if (!e->process && e->job.state == JOB_AWAITED && e->b.parts.options->spark.attach)
            spark_job_set(e, r->stopped == JOB_BROKE ? JOB_FAILED : JOB_STOPPED);
        return;
    }
    /* Of one that was started here it is known whether its process is there. */
    bool quiet = !e->process && clock_mono_ms() - r->heard_mono_ms > QUIET_MS;
    if (e->job.state == JOB_STOPPING) {
        if (e->to_ask)
            ask_by_message(e);
        return;
    }
    if (!e->process && job_is_over(e->job.state))
        e->job.ours = false; /* somebody else has started one */
    spark_job_set(e, quiet ? JOB_QUIET : JOB_RUNNING);
}

/* ---- what is said of it ---- */

static void describe_stop(const struct engine *e, char *out, size_t cap)
{
    long long now_ms = clock_mono_ms(), limit_s = kill_after_ms(e) / 1000;
    if (!e->now_ms)
        snprintf(out, cap, "the job ends its batch and stops, %lld s; [P] again ends it at once",
                 (now_ms - e->asked_ms) / 1000);
    else
        snprintf(out, cap, "the job stops at once, %lld s; after %lld s %s", (now_ms - e->now_ms) / 1000,
                 limit_s, e->process ? "it is killed" : "it counts as silent");
}

static void describe(struct engine *e)
{
    char span[60];
    const struct ledger_run *r = ledger_run(e->ledger);
    const struct options *o = e->b.parts.options;
    int64_t here_s = (clock_mono_ms() - e->job.since_ms) / 1000;
    const char *trouble = reader_trouble(e->reader);
    if (e->b.failed)
        return;
    enum engine_state state = ENGINE_RUNNING;
    char text[VIEW_TEXT] = "";
    switch (e->job.state) {
    case JOB_NONE:
    case JOB_AWAITED:
        state = ENGINE_STARTING;
        if (!e->caught_up)
            snprintf(text, sizeof text, "reading what the job has written: %s",
                     text_many(span, sizeof span, e->messages, "message", "messages"));
        else if (e->wanted && replay_must_end_first(e))
            snprintf(text, sizeof text, "the job starts when the replay has ended: it takes all at once");
        else if (o->spark.attach)
            snprintf(text, sizeof text, "no job has spoken yet on %.100s; [i] starts one", e->progress_topic);
        break;
    case JOB_SUBMITTED:
        state = e->job.starts > 1 ? ENGINE_RESTARTING : ENGINE_STARTING;
        snprintf(text, sizeof text, "the job starts on %.80s, since %lld s", o->spark.master,
                 (long long)here_s);
        break;
    case JOB_RUNNING:
        if (ledger_gap(e->ledger))
            snprintf(text, sizeof text, "%s", ledger_gap(e->ledger));
        else if (e->progress.batch_id < 0)
            snprintf(text, sizeof text, "its first batch has not ended yet, since %lld s", (long long)here_s);
        break;
    case JOB_QUIET:
        snprintf(text, sizeof text,
                 "nothing heard of the job for %lld s: a long batch, or its driver is gone",
                 (long long)((clock_mono_ms() - r->heard_mono_ms) / 1000));
        break;
    case JOB_STOPPING:
        state = e->wanted ? ENGINE_RESTARTING : ENGINE_RUNNING;
        describe_stop(e, text, sizeof text);
        break;
    case JOB_STOPPED:
        state = ENGINE_DONE;
        snprintf(text, sizeof text, "the job is stopped; [i] starts one");
        break;
    case JOB_ENDED: state = ENGINE_DONE; break;
    case JOB_FAILED: /* of somebody else's, before this program came */
        state = ENGINE_DONE;
        snprintf(text, sizeof text, "the job failed: %.180s; [i] starts one", r->error);
        break;
    }
    spark_state(e, state);
    if (!e->b.answer_until_ms)
        engine_say(e, "%s", trouble[0] ? trouble : text);
}

static void aim_rest(struct engine *e)
{
    const struct ledger_run *r = ledger_run(e->ledger);
    const struct options *o = e->b.parts.options;
    struct rest_target t = {0};
    if (!e->rest)
        return;
    spark_addresses(&t, o, r, e->job.state);
    rest_aim(e->rest, &t);
}

void spark_job_step(struct engine *e)
{
    if (e->process)
        look_at_process(e);
    look_at_left(e, LEFT_MS);
    look_at_messages(e);
    bound_stop(e);
    if (e->wanted && e->caught_up && !e->process && job_is_over(e->job.state) && !replay_must_end_first(e))
        submit(e);
    describe(e);
    aim_rest(e);
}

/* ---- the end of a run ---- */

/* A batch without data is due as in app/query/query.c: the watermark has moved, and something may close. */
static bool wants_empty_batch(const struct engine *e)
{
    const struct progress *p = &e->progress;
    bool closes =
        e->b.settings.output_mode != OUTPUT_COMPLETE || e->b.settings.distinct == DISTINCT_WITHIN_WATERMARK;
    return closes && p->next_watermark_ms != UNKNOWN && p->watermark_ms != UNKNOWN &&
           p->next_watermark_ms > p->watermark_ms;
}

/* The replay has ended, and all of it is in the table. */
static bool replay_is_processed(const struct engine *e)
{
    const struct live *live = &e->b.parts.hub->live;
    if (e->b.parts.options->replay.no_replay || !atomic_load(&live->replay_ended) || e->progress.batch_id < 0)
        return false;
    for (int p = 0; p < atomic_load(&live->partitions); p++) {
        int64_t produced = atomic_load(&live->produced[p]);
        int64_t reported =
            e->progress.end_offset && p < e->progress.partitions ? e->progress.end_offset[p] : UNKNOWN;
        if (produced != UNKNOWN && produced > 0 && (reported == UNKNOWN || reported < produced))
            return false;
    }
    return !wants_empty_batch(e);
}

bool spark_all_done(struct engine *e)
{
    const struct options *o = e->b.parts.options;
    if (e->b.failed || !e->caught_up)
        return false;
    if (e->job.state == JOB_ENDED || (e->job.state == JOB_STOPPED && o->headless && !e->wanted))
        return true;
    int64_t batches = e->batches - e->told_batches_at_start;
    bool enough = o->max_batches > 0 && batches >= o->max_batches;
    if (!enough && !(o->headless && replay_is_processed(e)))
        return false;
    if (!e->job.ours)
        return true; /* it goes on without us */
    if (e->job.state == JOB_RUNNING && !e->asked_ms)
        spark_job_stop(e, false);
    return job_is_over(e->job.state);
}

static bool to_be_stopped(const struct engine *e)
{
    switch (e->b.parts.options->spark.stop_on_exit) {
    case SPARK_EXIT_ALWAYS: return true;
    case SPARK_EXIT_STARTED: return e->job.ours;
    default: return false;
    }
}

void spark_job_end(struct engine *e, int64_t deadline_ms)
{
    int64_t began_ms = clock_mono_ms();
    bool said = false, hurried = false;
    e->wanted = false;
    if (!to_be_stopped(e) || job_is_over(e->job.state)) {
        if (e->process && e->job.state != JOB_FAILED)
            log_line(LOG_INFO, "spark", "the job goes on: process %lld", (long long)e->job.pid);
        goto out;
    }
    if (e->job.state != JOB_STOPPING)
        spark_job_stop(e, false);
    while (e->job.state == JOB_STOPPING && clock_mono_ms() < deadline_ms) {
        int64_t waited_ms = clock_mono_ms() - began_ms;
        if (!said && waited_ms > WORD_MS)
            said = fprintf(stderr, "sfcrime-tui: the Spark job ends its batch and stops\n") > 0;
        if (!hurried && waited_ms > STOP_NOW_MS) {
            spark_job_stop(e, true);
            hurried = true;
        }
        spark_read_messages(e);
        if (e->process)
            look_at_process(e);
        look_at_messages(e);
        bound_stop(e);
        struct pollfd fd = {.fd = reader_fd(e->reader), .events = POLLIN};
        (void)poll(&fd, 1, 50);
    }
    if (e->process && process_lives(e->process)) {
        log_line(LOG_WARNING, "spark", "the job did not stop in time and is killed: process %lld",
                 (long long)e->job.pid);
        if (said)
            (void)fprintf(stderr, "sfcrime-tui: it did not stop in time and is killed\n");
        process_signal(e->process, true);
    }
out:
    process_free(e->process);
    e->process = NULL;
    for (; e->leaving; (void)poll(NULL, 0, LEFT_LOOK_MS))
        look_at_left(e, LEFT_AT_END_MS);
    job_file_remove(&e->file);
}
