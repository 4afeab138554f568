#include "replay/replay_internal.h"

#include "base/clock.h"
#include "base/text.h"
#include "base/xalloc.h"
#include "log.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define SCREEN_RATE     10.0 /* msg/s where none is given: slow enough to read along */
#define CONNECT_MS      500
#define CONNECT_WAIT_NS INT64_C(200000000)
#define IDLE_WAIT_NS    INT64_C(1000000000)
#define NOTICE_MS       6000
/* How long a rewind waits for what is still under way. */
#define PASS_FLUSH_MS 2000
/* A view that came too soon after the one before it is made up for after this. */
#define REPORT_WAIT_NS INT64_C(50000000)
/* Beyond the watermark and the window, so that a call held back is late for certain. */
#define LATE_MARGIN_MS INT64_C(60000)

void replay_say(struct replay *r, int64_t for_ms, const char *words)
{
    text_clean(r->message, sizeof r->message, words, strlen(words), false);
    r->message_until_ns = for_ms ? clock_mono_ns() + for_ms * 1000000 : 0;
    log_line(LOG_WARNING, "replay", "%s", r->message);
}

void replay_fail(struct replay *r, const char *words)
{
    r->due_ns = PACE_NEVER;
    replay_say(r, 0, words);
    r->failed = true;
}

bool replay_rewind(struct replay *r)
{
    if (!dataset_rewind(r->data)) {
        replay_say(r, NOTICE_MS, "standard input cannot be read again: neither rewind nor loop");
        return false;
    }
    if (r->faults)
        faults_rewind(r->faults);
    pace_rewind(&r->pace);
    r->has_call = r->data_ended = r->pipe_empty = false;
    r->calls_in_pass = 0;
    r->clock_ms = UNKNOWN;
    atomic_store(&r->parts->hub->live.replay_ended, false);
    atomic_store(&r->parts->hub->live.replay_held_at, UNKNOWN);
    return true;
}

static bool wanted(int64_t i, bool now)
{
    return i < 0 ? !now : i != 0;
}

static void set_loop(struct replay *r, bool loop)
{
    if (loop && !dataset_can_rewind(r->data)) {
        replay_say(r, NOTICE_MS, "standard input cannot be read again: neither rewind nor loop");
        return;
    }
    r->loop = loop;
    if (loop && r->data_ended && replay_rewind(r))
        r->loops_done++;
}

/* Tells a query that starts over where what comes next begins: nothing sent before may arrive behind that. */
static void mark_pass(struct replay *r)
{
    struct live *live = &r->parts->hub->live;
    (void)producer_flush(r->producer, PASS_FLUSH_MS);
    for (int p = 0; p < MAX_PARTITIONS; p++)
        atomic_store_explicit(&live->pass_start[p], atomic_load(&live->produced[p]), memory_order_relaxed);
    atomic_fetch_add(&live->replay_pass, 1);
}

/* The share of calls that go wrong all the time, and how. */
static struct faults_settings faults_of(const struct options *o)
{
    return (struct faults_settings){
        .late = o->replay.late,
        .duplicates = o->replay.duplicates,
        .malformed = o->replay.malformed,
        .hold_ms = o->query.watermark_ms + o->query.window_ms + LATE_MARGIN_MS,
        .seed = o->replay.seed,
    };
}

/* From now on every call goes through them; the one at hand, which came straight from the data, too. */
static void need_faults(struct replay *r)
{
    if (r->faults)
        return;
    struct faults_settings s = faults_of(r->parts->options);
    r->faults = faults_new(&s);
    if (r->has_call)
        faults_add(r->faults, &r->call);
    r->has_call = false;
}

static void set_share(struct replay *r, enum injected kind, double share)
{
    if (kind <= INJECTED_NONE || kind >= INJECTED_COUNT || !(share >= 0 && share <= 1))
        return;
    need_faults(r);
    faults_share(r->faults, kind, share);
}

/* Faults that somebody asks for by a key: they follow the next calls, which go out at once, paused or not. */
static void inject(struct replay *r, const struct command *c)
{
    enum injected kind = INJECTED_NONE;
    for (int k = INJECTED_NONE + 1; k < INJECTED_COUNT; k++)
        if (!strcmp(c->text, injected_name((enum injected)k)))
            kind = (enum injected)k;
    if (kind == INJECTED_NONE || c->i <= 0)
        return;
    if (r->data_ended) {
        replay_say(r, NOTICE_MS, "the data have ended, so nothing more is sent: rewind the replay first");
        return;
    }
    need_faults(r);
    faults_inject(r->faults, kind, c->i, (int64_t)c->f);
    pace_credit(&r->pace, 2 * c->i);
}

static bool same_pace(const struct pace *a, const struct pace *b)
{
    return a->pacing == b->pacing && a->paused == b->paused && a->rate == b->rate && a->speed == b->speed;
}

static void obey(struct replay *r, const struct command *c, int64_t now_ns)
{
    struct pace before = r->pace;
    switch (c->kind) {
    case CMD_REPLAY_PAUSE: pace_pause(&r->pace, wanted(c->i, r->pace.paused), now_ns); break;
    case CMD_REPLAY_RATE: pace_set_rate(&r->pace, c->f, now_ns); break;
    case CMD_REPLAY_SPEED: pace_set_speed(&r->pace, c->f, now_ns); break;
    case CMD_REPLAY_PACING: pace_set_pacing(&r->pace, c->i ? PACING_EVENT_TIME : PACING_RATE, now_ns); break;
    case CMD_REPLAY_LOOP: set_loop(r, wanted(c->i, r->loop)); break;
    case CMD_REPLAY_REWIND:
        if (!r->failed)
            (void)replay_rewind(r);
        mark_pass(r);
        break;
    case CMD_REPLAY_BURST: pace_credit(&r->pace, c->i); break;
    case CMD_REPLAY_STEP:
        if (r->pace.paused)
            pace_credit(&r->pace, c->i);
        break;
    case CMD_REPLAY_FAULTS: set_share(r, (enum injected)c->i, c->f); break;
    case CMD_REPLAY_INJECT: inject(r, c); break;
    case CMD_STOP: atomic_store(&r->stopping, true); break;
    default: break; /* the engine's */
    }
    if (c->kind == CMD_REPLAY_REWIND || !same_pace(&before, &r->pace))
        report_measure_anew(r);
}

static void take_commands(struct replay *r)
{
    struct command c;
    while (command_take(r->parts->to_replay, &c))
        obey(r, &c, clock_mono_ns());
}

/* Connects in small steps, so that commands are heard while a broker is away. */
static int64_t connect_some(struct replay *r)
{
    if (!producer_connect(r->producer, CONNECT_MS, r->held_words, sizeof r->held_words)) {
        log_line(LOG_WARNING, "replay", "%s", r->held_words);
        return clock_mono_ns() + CONNECT_WAIT_NS;
    }
    r->connected = true;
    r->held_words[0] = '\0';
    return clock_mono_ns();
}

/* One round; returns when the next one is due. */
static int64_t work(struct replay *r)
{
    int64_t now_ns = clock_mono_ns(), next_ns = PACE_NEVER;
    producer_poll(r->producer, 0);
    if (producer_dead(r->producer) && !r->failed)
        replay_fail(r, producer_trouble(r->producer));
    if (!r->connected && !r->failed)
        next_ns = connect_some(r);
    else if (!r->failed && !r->data_ended && (!r->pace.paused || r->pace.credit > 0))
        next_ns = feed_some(r, now_ns);
    else if (r->held_since_ns) /* paused while it was held: the pause is what it waits for now */
        feed_not_held(r, now_ns);
    if (r->failed || r->data_ended) {
        struct producer_figures f;
        producer_figures(r->producer, &f);
        if (f.in_queue == 0 && !atomic_exchange(&r->parts->hub->live.replay_ended, true))
            hub_tell_news(r->parts->hub);
    }
    return next_ns;
}

static void wait_until(struct replay *r, int64_t next_ns)
{
    int64_t wait_ns = next_ns == PACE_NEVER ? IDLE_WAIT_NS : next_ns - clock_mono_ns();
    if (wait_ns <= 0)
        return;
    if (wait_ns > IDLE_WAIT_NS)
        wait_ns = IDLE_WAIT_NS;
    if (r->report_owed && wait_ns > REPORT_WAIT_NS)
        wait_ns = REPORT_WAIT_NS;
    bool pipe = r->pipe_empty && !r->pace.paused && !r->data_ended;
    struct pollfd fds[] = {{.fd = command_fd(r->parts->to_replay), .events = POLLIN},
                           {.fd = producer_fd(r->producer), .events = POLLIN},
                           {.fd = pipe ? dataset_fd(r->data) : -1, .events = POLLIN}};
    struct timespec ts = {.tv_sec = wait_ns / 1000000000, .tv_nsec = wait_ns % 1000000000};
    (void)ppoll(fds, sizeof fds / sizeof *fds, &ts, NULL);
}

static void log_end(struct replay *r)
{
    struct producer_figures f;
    producer_figures(r->producer, &f);
    log_line(LOG_INFO, "replay",
             "%" PRId64 " sent, %" PRId64 " acknowledged, %" PRId64 " failed, %" PRId64
             " objects of the data skipped",
             f.sent, f.acked, f.failed, dataset_skipped(r->data));
}

static void *replay_thread(void *arg)
{
    struct replay *r = arg;
    enum replay_state before = REPLAY_OFF;
    while (!atomic_load(&r->stopping)) {
        take_commands(r);
        int64_t next_ns = work(r);
        report(r, clock_mono_ns());
        if (r->last.state == REPLAY_ENDED && before != REPLAY_ENDED)
            log_end(r);
        before = r->last.state;
        if (!atomic_load(&r->stopping))
            wait_until(r, next_ns);
    }
    int64_t timeout_ms = atomic_load(&r->stop_timeout_ms);
    atomic_store(&r->left_behind, !producer_flush(r->producer, timeout_ms));
    r->number = 0; /* the last view goes out in any case */
    report(r, clock_mono_ns());
    struct producer_figures f;
    producer_figures(r->producer, &f);
    r->unanswered = f.in_queue;
    snprintf(r->trouble, sizeof r->trouble, "%s", producer_trouble(r->producer));
    producer_close(r->producer, timeout_ms);
    r->producer = NULL;
    return NULL;
}

/* NULL where nothing is to go wrong: calls then go straight on. */
static struct faults *make_faults(const struct options *o)
{
    struct faults_settings s = faults_of(o);
    return s.late > 0 || s.duplicates > 0 || s.malformed > 0 ? faults_new(&s) : NULL;
}

static double first_rate(const struct options *o)
{
    return isnan(o->replay.rate) ? (o->headless ? (double)INFINITY : SCREEN_RATE) : o->replay.rate;
}

struct replay *replay_start(const struct app_parts *parts, char *err, size_t err_cap)
{
    const struct options *o = parts->options;
    struct replay *r = xcalloc(1, sizeof *r);
    r->parts = parts;
    r->loop = o->replay.loop;
    r->clock_ms = UNKNOWN;
    r->due_ns = PACE_NEVER;
    r->acked_seen_ns = clock_mono_ns();
    atomic_store(&r->stop_timeout_ms, 5000);
    pace_init(&r->pace, o->replay.pacing == PACING_EVENT_TIME ? PACING_EVENT_TIME : PACING_RATE,
              first_rate(o), o->replay.speed);
    r->data = dataset_open(o->replay.calls, o->replay.by_time, err, err_cap);
    if (!r->data)
        goto fail;
    if (r->loop && !dataset_can_rewind(r->data)) {
        snprintf(err, err_cap, "%s cannot be read again: --loop needs a file (or --order time)",
                 strcmp(o->replay.calls, "-") == 0 ? "standard input" : o->replay.calls);
        goto fail;
    }
    r->faults = make_faults(o);
    r->producer = producer_open(parts, err, err_cap);
    if (!r->producer)
        goto fail;
    int code = pthread_create(&r->thread, NULL, replay_thread, r);
    if (code) {
        snprintf(err, err_cap, "the replay's thread cannot be started: %s", strerror(code));
        goto fail;
    }
    r->running = true;
    (void)pthread_setname_np(r->thread, "replay");
    return r;
fail:
    replay_free(r);
    return NULL;
}

bool replay_stop(struct replay *r, int64_t timeout_ms)
{
    struct timespec until;
    struct command stop = {.kind = CMD_STOP};
    if (!r->running)
        return !atomic_load(&r->left_behind);
    atomic_store(&r->stop_timeout_ms, timeout_ms);
    atomic_store(&r->stopping, true);
    /* Wakes it; a full box has woken it already. */
    (void)command_post(r->parts->to_replay, &stop);
    (void)clock_gettime(CLOCK_REALTIME, &until);
    /* The flush has its own limit; a little more is left for the rest. */
    int64_t ns = until.tv_nsec + (timeout_ms + 1000) * INT64_C(1000000);
    until.tv_sec += ns / 1000000000;
    until.tv_nsec = ns % 1000000000;
    if (pthread_timedjoin_np(r->thread, NULL, &until) != 0) {
        log_line(LOG_WARNING, "replay", "the replay did not end within %" PRId64 " ms", timeout_ms);
        return false;
    }
    r->running = false;
    return !atomic_load(&r->left_behind);
}

void replay_summary(const struct replay *r, struct replay_summary *out)
{
    *out = (struct replay_summary){
        .acked = atomic_load(&r->acked_total),
        .failed = atomic_load(&r->failed_total),
        .skipped = atomic_load(&r->skipped_total),
    };
    if (r->running)
        return;
    out->unanswered = r->unanswered;
    const char *reason = dataset_skip_reason(r->data);
    snprintf(out->trouble, sizeof out->trouble, "%s", r->trouble);
    text_clean(out->skip_reason, sizeof out->skip_reason, reason, strlen(reason), false);
}

void replay_free(struct replay *r)
{
    /* A thread that hangs in the library still uses all this: it is left to the process's exit. */
    if (!r || r->running)
        return;
    producer_close(r->producer, 0);
    faults_free(r->faults);
    dataset_close(r->data);
    free(r);
}
