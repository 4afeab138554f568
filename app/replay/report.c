/* What the screen is told of the replay. */
#include "replay/replay_internal.h"

#include "base/clock.h"
#include "base/text.h"
#include "base/xalloc.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#define PUBLISH_NS INT64_C(50000000)
/* Only a hold that lasts is worth a word: at full speed the replay waits for the query all the time. */
#define HELD_SHOWN_NS INT64_C(250000000)
#define SILENT_NS     INT64_C(2000000000)
#define LONG_GAP_NS   INT64_C(5000000000)

static bool held_by_query(const struct replay *r, int64_t now_ns)
{
    return r->held_since_ns && now_ns - r->held_since_ns > HELD_SHOWN_NS;
}

/* The broker has not acknowledged anything for a while, though something waits for it. */
static bool held_by_broker(const struct replay *r, int64_t now_ns)
{
    struct producer_figures f;
    producer_figures(r->producer, &f);
    return f.in_queue > 0 && now_ns - r->acked_seen_ns > SILENT_NS;
}

static enum replay_state state_at(const struct replay *r, int64_t now_ns)
{
    struct producer_figures f;
    producer_figures(r->producer, &f);
    if (r->failed)
        return REPLAY_FAILED;
    if (r->data_ended && f.in_queue == 0)
        return REPLAY_ENDED;
    if (!r->connected || held_by_broker(r, now_ns))
        return REPLAY_HELD;
    if (r->pace.paused && r->pace.credit == 0)
        return REPLAY_PAUSED;
    return held_by_query(r, now_ns) ? REPLAY_HELD : REPLAY_RUNNING;
}

/* Held long enough to say that nothing comes. */
static bool stalled(const struct replay *r, int64_t now_ns)
{
    return r->connected && (held_by_broker(r, now_ns) ||
                            (r->held_since_ns && !r->pace.paused && now_ns - r->held_since_ns > SILENT_NS));
}

void report_measure_anew(struct replay *r)
{
    struct producer_figures f;
    producer_figures(r->producer, &f);
    meter_reset(&r->meter);
    r->measured_from = f.sent;
}

/* Where nothing is asked for there is nothing to measure. */
static void fill_achieved(const struct replay *r, int64_t now_ns, struct replay_view *v)
{
    v->rate_acked = meter_rate(&r->meter, now_ns, &v->city_speed);
    if (v->state == REPLAY_PAUSED || v->state == REPLAY_ENDED || v->state == REPLAY_FAILED)
        v->rate_acked = v->city_speed = (double)NAN;
    else if (r->stalled)
        v->rate_acked = v->city_speed = 0;
}

static void fill_message(const struct replay *r, int64_t now_ns, struct replay_view *v)
{
    char time[ISO_MAX], words[VIEW_TEXT] = "", gap[40];
    if (r->message[0]) {
        snprintf(words, sizeof words, "%s", r->message);
    } else if (v->state == REPLAY_HELD && held_by_broker(r, now_ns)) {
        snprintf(words, sizeof words, "waits for the broker: %s sent, no answer for %" PRId64 " s",
                 text_many(gap, sizeof gap, v->in_queue, "message", "messages"),
                 (now_ns - r->acked_seen_ns) / 1000000000);
    } else if (v->state == REPLAY_HELD) {
        snprintf(words, sizeof words, "%s", r->held_words);
    } else if (v->failed > 0) {
        snprintf(words, sizeof words, "%s not delivered: %s", text_count(gap, sizeof gap, v->failed),
                 producer_trouble(r->producer));
    } else if (r->sorting) {
        snprintf(words, sizeof words, "sorting by time: %.0f %% read", 100 * dataset_share(r->data));
    } else if (r->pipe_empty && v->state == REPLAY_RUNNING) {
        snprintf(words, sizeof words, "waits for data on the pipe");
    } else if (v->state == REPLAY_RUNNING && r->pace.pacing == PACING_EVENT_TIME && r->due_ns != PACE_NEVER &&
               r->due_ns - now_ns > LONG_GAP_NS && r->has_call && r->call.event_ms != UNKNOWN) {
        iso_format_ms(time, r->call.event_ms, 0);
        duration_format_ms(gap, sizeof gap, (r->due_ns - now_ns) / 1000000000 * 1000);
        snprintf(words, sizeof words, "next call of %.16s in %s", time, gap);
    } else if (v->skipped > 0) {
        snprintf(words, sizeof words, "%s; %s",
                 text_many(gap, sizeof gap, v->skipped, "object is no call", "objects are no calls"),
                 dataset_skip_reason(r->data));
    }
    text_clean(v->message, sizeof v->message, words, strlen(words), false);
}

/* Seconds to the end of the data at the achieved rate. */
static double eta_s(const struct replay *r, const struct replay_view *v)
{
    double total = (double)v->total, share = dataset_share(r->data);
    if (v->loop || v->state == REPLAY_PAUSED || v->state == REPLAY_ENDED || !(v->rate_acked > 0))
        return (double)NAN;
    /* Without a count, by bytes, as soon as a percent of them says something about the rest. */
    if (v->total == UNKNOWN)
        total = share > 0.01 ? (double)v->position / share : (double)NAN;
    double left = total - (double)v->position;
    return left > 0 ? left / v->rate_acked : left <= 0 ? 0 : (double)NAN;
}

static void fill_view(const struct replay *r, int64_t now_ns, struct replay_view *v)
{
    struct producer_figures f;
    producer_figures(r->producer, &f);
    memset(v, 0, sizeof *v);
    v->state = state_at(r, now_ns);
    const char *name = r->parts->options->replay.calls;
    text_clean(v->dataset, sizeof v->dataset, name, strlen(name), false);
    v->pacing = r->pace.pacing;
    v->rate_asked = r->pace.rate;
    v->speed = r->pace.speed;
    fill_achieved(r, now_ns, v);
    v->loop = r->loop;
    v->by_time = r->parts->options->replay.by_time;
    v->loops_done = r->loops_done;
    v->position = dataset_position(r->data);
    v->total = dataset_total(r->data);
    v->sent = f.sent;
    v->acked = f.acked;
    v->failed = f.failed;
    v->retried = f.retried;
    v->in_queue = f.in_queue;
    v->held_ms = (r->held_ns + (r->held_since_ns ? now_ns - r->held_since_ns : 0)) / 1000000;
    v->skipped = dataset_skipped(r->data);
    v->injected_late = f.injected[INJECTED_LATE];
    v->injected_duplicates = f.injected[INJECTED_DUPLICATE];
    v->injected_malformed = f.injected[INJECTED_MALFORMED];
    v->clock_ms = r->clock_ms;
    v->eta_s = eta_s(r, v);
    fill_message(r, now_ns, v);
}

/* Keeps the figures that need a look now and then, whether or not they are published. */
static void observe(struct replay *r, int64_t now_ns)
{
    struct producer_figures f;
    producer_figures(r->producer, &f);
    int64_t settled = f.acked + f.failed;
    if (settled != r->acked_seen || f.in_queue == 0) {
        r->acked_seen = settled;
        r->acked_seen_ns = now_ns;
    }
    r->stalled = stalled(r, now_ns);
    if (r->stalled)
        report_measure_anew(r);
    else if (settled > r->measured_from)
        meter_add(&r->meter, now_ns, f.acked, r->clock_ms);
    atomic_store(&r->acked_total, f.acked);
    atomic_store(&r->failed_total, f.failed);
    atomic_store(&r->skipped_total, dataset_skipped(r->data));
    if (r->message_until_ns && now_ns >= r->message_until_ns) {
        r->message[0] = '\0';
        r->message_until_ns = 0;
    }
}

void report(struct replay *r, int64_t now_ns)
{
    struct replay_view v;
    observe(r, now_ns);
    struct producer_figures f;
    producer_figures(r->producer, &f);
    /* A call is mostly answered soon after it was sent: both go into one view. */
    bool soon = now_ns - r->published_ns < (f.in_queue > 0 ? 2 * PUBLISH_NS : PUBLISH_NS);
    r->report_owed = soon && state_at(r, now_ns) == r->last.state && r->number > 0;
    if (r->report_owed)
        return;
    fill_view(r, now_ns, &v);
    /* Both were cleared before they were filled, so equal views are equal bytes; a false alarm would cost one
     * view. */
    if (r->number > 0 &&
        memcmp(&v, &r->last, sizeof v) == 0) /* NOLINT(bugprone-suspicious-memory-comparison) */
        return;
    memcpy(&r->last, &v, sizeof v);
    r->published_ns = now_ns;
    struct replay_view *out = xmalloc(sizeof *out);
    *out = v;
    out->number = ++r->number;
    out->mono_ms = now_ns / 1000000;
    hub_put_replay(r->parts->hub, out);
}
