#include "ui/words.h"

#include "base/text.h"
#include "ui/chart.h"
#include "ui/lag.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum {
    FIRST_EXECUTOR_MS = 15000, /* a job that runs has its first one by then */
    LONG_BATCH_MS = 500,       /* a batch that runs longer is worth saying */
    WAITING_MS = 2000          /* and so is a wait */
};

/* Adds a badge; true when it is the first one, which the sentence is about. */
static bool badge(struct state_words *out, enum mood mood, bool ascii, const char *sign,
                  const char *plain_sign, const char *fmt, ...) __attribute__((format(printf, 6, 7)));
static bool badge(struct state_words *out, enum mood mood, bool ascii, const char *sign,
                  const char *plain_sign, const char *fmt, ...)
{
    if (out->badges == BADGES)
        return false;
    struct badge *b = &out->badge[out->badges++];
    int n = snprintf(b->text, sizeof b->text, "%s ", ascii ? plain_sign : sign);
    va_list ap;
    va_start(ap, fmt);
    (void)vsnprintf(b->text + n, sizeof b->text - (size_t)n, fmt, ap);
    va_end(ap);
    b->mood = mood;
    return out->badges == 1;
}

static void say(struct state_words *out, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
static void say(struct state_words *out, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    (void)vsnprintf(out->sentence, sizeof out->sentence, fmt, ap);
    va_end(ap);
}

static void hint(struct state_words *out, const char *text)
{
    snprintf(out->hint, sizeof out->hint, "%s", text);
}

static int64_t lag_of(const struct state_input *in)
{
    struct lag_row sum;
    lag_sum(&sum, in->query, in->cluster);
    return sum.lag;
}

static void failures(struct state_words *out, const struct state_input *in)
{
    const struct cluster_view *c = in->cluster;
    if (in->query && in->query->state == ENGINE_FAILED && badge(out, MOOD_BAD, in->ascii, "✗", "x", "FAILED"))
        say(out, "%s", in->query->message[0] ? in->query->message : "the query stopped; the log says why");
    if (c && !c->reachable) {
        if (badge(out, MOOD_BAD, in->ascii, "✗", "x", "NO BROKER"))
            say(out, "%s%s", c->message[0] ? c->message : "no broker answers at ",
                c->message[0] ? "" : c->bootstrap);
        return;
    }
    for (size_t i = 0; c && i < c->brokers_count; i++)
        if (!c->brokers[i].up) {
            if (badge(out, MOOD_BAD, in->ascii, "✗", "x", "BROKER %d DOWN", c->brokers[i].id))
                say(out, "%s", c->message);
            break;
        }
    if (c && c->topic_gone && in->query && in->query->state != ENGINE_STARTING &&
        badge(out, MOOD_BAD, in->ascii, "✗", "x", "TOPIC GONE"))
        say(out, "%s", c->message);
    if (in->replay && in->replay->state == REPLAY_FAILED &&
        badge(out, MOOD_BAD, in->ascii, "✗", "x", "REPLAY FAILED"))
        say(out, "%s", in->replay->message);
}

bool words_without_executors(const struct query_view *q, const struct spark_view *s, int64_t now_ms)
{
    if (!s || s->driver.state != SPARK_ANSWERS || strncmp(q->job.master, "local", 5) == 0 ||
        (q->job.state != JOB_RUNNING && q->job.state != JOB_QUIET))
        return false;
    size_t gone = 0;
    for (size_t i = 0; i < s->executors; i++) {
        if (strcmp(s->executor[i].id, "driver") == 0)
            continue;
        if (s->executor[i].active)
            return false;
        gone++;
    }
    return gone > 0 || now_ms - q->job.since_ms > FIRST_EXECUTOR_MS;
}

/* Of a job on Spark: its cluster gone, the job not heard of, or on its way to an end. */
static void jobs(struct state_words *out, const struct state_input *in)
{
    const struct query_view *q = in->query;
    const struct spark_view *s = in->spark;
    if (!q || q->job.state == JOB_NONE)
        return;
    /* Where its pages are was only guessed until they answer: the nodes pane says how to name them. */
    bool found = s && (!s->master.guessed || s->master.answered_mono_ms != UNKNOWN);
    if (found && s->master.state == SPARK_SILENT &&
        badge(out, MOOD_BAD, in->ascii, "✗", "x", "SPARK MASTER SILENT"))
        say(out, "%s%s at %s",
            words_job_runs(q->job.state) ? "the job goes on, lost executors stay lost; " : "", s->master.why,
            s->master.url);
    if (words_without_executors(q, s, in->now_ms) &&
        badge(out, MOOD_BAD, in->ascii, "✗", "x", "NO EXECUTOR")) {
        say(out, "nothing is computed until the master gives the job one");
        hint(out, "[i] starts it anew");
    }
    if (q->job.state == JOB_QUIET && badge(out, MOOD_WARN, in->ascii, "?", "?", "JOB NOT HEARD OF"))
        say(out, "%s", q->message);
    if (q->job.state == JOB_STOPPING && badge(out, MOOD_WARN, in->ascii, "↻", "@", "JOB STOPS"))
        say(out, "%s", q->message);
}

static void pauses(struct state_words *out, const struct state_input *in)
{
    char lag[32], by[32];
    int64_t lag_now = lag_of(in);
    text_count(lag, sizeof lag, lag_now);
    double grows = in->cluster ? in->cluster->lag_trend_per_s : NAN;
    if (in->query && in->query->state == ENGINE_PAUSED &&
        badge(out, MOOD_WARN, in->ascii, "‖", "||", "QUERY PAUSED")) {
        if (grows >= 0.05)
            say(out, "lag %s and growing by %s a second", lag, text_rate(by, sizeof by, grows));
        else
            say(out, "lag %s", lag);
        hint(out, "[p] resumes");
    }
    if (in->replay && in->replay->state == REPLAY_PAUSED &&
        badge(out, MOOD_WARN, in->ascii, "‖", "||", "REPLAY PAUSED")) {
        if (lag_now == 0)
            say(out, "the query has caught up (lag 0)");
        else if (lag_now == UNKNOWN)
            say(out, "lag not known yet");
        else
            say(out, "the query has %s calls left to read", lag);
        hint(out, "[Space] resumes");
    }
}

static void long_batch(struct state_words *out, const struct state_input *in)
{
    char span[40], share[24] = "";
    const struct batch_now *b = &in->batch;
    if (in->frozen || b->batch_id < 0 || in->now_ms - b->batch_since_ms < LONG_BATCH_MS)
        return;
    if (!badge(out, MOOD_OK, in->ascii, "↻", "@", "BATCH %lld RUNS", (long long)b->batch_id))
        return;
    if (b->planned > 0)
        snprintf(share, sizeof share, " (%d %%)",
                 (int)(100 * (double)(b->rows < b->planned ? b->rows : b->planned) / (double)b->planned));
    say(out, "%s  phase %s%s", words_span(span, sizeof span, (double)(in->now_ms - b->batch_since_ms) / 1000),
        b->phase >= 0 && b->phase < PHASE_COUNT ? phase_name((enum phase)b->phase) : "-", share);
}

/* Not wrong, but not plain running either. */
static void stages(struct state_words *out, const struct state_input *in)
{
    const struct query_view *q = in->query;
    if (q && q->state == ENGINE_RESTARTING) {
        bool first;
        if (isnan(q->catch_up))
            first = badge(out, MOOD_WARN, in->ascii, "↻", "@", "CATCHING UP");
        else
            first = badge(out, MOOD_WARN, in->ascii, "↻", "@", "CATCHING UP %d %%", (int)(100 * q->catch_up));
        char bar[CHART_TEXT] = "";
        if (first)
            say(out, "%s %s", isnan(q->catch_up) ? "" : chart_bar(bar, 12, q->catch_up, in->ascii),
                q->message[0] ? q->message : "the changed query reads everything again");
    }
    if (in->replay && in->replay->state == REPLAY_HELD &&
        badge(out, MOOD_WARN, in->ascii, "‖", "||", "REPLAY HELD"))
        say(out, "%s", in->replay->message);
}

static void plain(struct state_words *out, const struct state_input *in)
{
    char span[40];
    const struct query_view *q = in->query;
    out->plain = true;
    if (!q || q->state == ENGINE_STARTING) {
        (void)badge(out, MOOD_WARN, in->ascii, "…", ".",
                    q && q->offer.state != OFFER_NONE ? "NO TOPIC" : "STARTING");
        if (q && q->message[0])
            say(out, "%s", q->message);
        else if (in->cluster && in->cluster->message[0])
            say(out, "%s", in->cluster->message);
        else
            say(out, "connecting to %s", in->bootstrap ? in->bootstrap : "Kafka");
        return;
    }
    if (q->state == ENGINE_DONE && q->job.state == JOB_STOPPED) {
        (void)badge(out, MOOD_WARN, in->ascii, "■", "*", "JOB STOPPED");
        say(out, "%s", q->message);
        return;
    }
    if (q->state == ENGINE_DONE) {
        (void)badge(out, MOOD_OK, in->ascii, "■", "*", "DONE");
        say(out, "%s", q->message[0] ? q->message : "all calls are processed");
        return;
    }
    bool ended = in->replay && in->replay->state == REPLAY_ENDED;
    if (ended && lag_of(in) == 0) {
        (void)badge(out, MOOD_OK, in->ascii, "■", "*", "REPLAY ENDED");
        say(out, "all calls are processed");
        return;
    }
    (void)badge(out, MOOD_OK, in->ascii, "▶", ">", "RUNNING");
    if (in->batch.batch_id < 0 && !in->frozen && in->batch.phase_since_ms > 0 &&
        in->now_ms - in->batch.phase_since_ms >= WAITING_MS)
        say(out, "waiting for data since %s",
            words_span(span, sizeof span, floor((double)(in->now_ms - in->batch.phase_since_ms) / 1000)));
    else if (q->message[0])
        say(out, "%s", q->message);
}

void words_state(struct state_words *out, const struct state_input *in)
{
    memset(out, 0, sizeof *out);
    if (in->frozen && badge(out, MOOD_WARN, in->ascii, "■", "#", "FROZEN")) {
        long long shown = in->query ? (long long)in->query->progress.batch_id : -1;
        if (in->newest_batch_id > shown && shown >= 0)
            say(out, "you look at batch %lld; the query is at batch %lld", shown,
                (long long)in->newest_batch_id);
        else if (in->newest_batch_id > shown)
            say(out, "from before the first batch; the query is at batch %lld",
                (long long)in->newest_batch_id);
        else
            say(out, "the picture stands still, all else runs on");
        hint(out, "[f] goes on");
    }
    failures(out, in);
    jobs(out, in);
    pauses(out, in);
    stages(out, in);
    long_batch(out, in);
    if (!out->badges)
        plain(out, in);
}

void words_why_empty(char *out, size_t cap, const struct state_input *in)
{
    const struct query_view *q = in->query;
    const struct replay_view *r = in->replay;
    if (q && q->state == ENGINE_FAILED)
        snprintf(out, cap, "The query failed: %s", q->message);
    else if (in->cluster && !in->cluster->reachable)
        snprintf(out, cap, "No broker answers%s%s", in->cluster->message[0] ? ": " : ".",
                 in->cluster->message);
    else if (!q || q->state == ENGINE_STARTING)
        snprintf(out, cap, "%s", q && q->message[0] ? q->message : "The query is starting.");
    else if (q->state == ENGINE_RESTARTING)
        snprintf(out, cap, "The changed query starts over: it reads everything again.");
    else if (q->state == ENGINE_PAUSED)
        snprintf(out, cap, "The query is paused: [p] lets it read.");
    else if (words_job_runs(q->job.state) && q->progress.batch_id < 0)
        snprintf(out, cap, "The job's first batch has not ended yet: [H] shows its stages.");
    else if (r && r->state == REPLAY_PAUSED)
        snprintf(out, cap, "The replay is paused: [Space] lets it send calls.");
    else if (r && (r->state == REPLAY_FAILED || r->state == REPLAY_HELD))
        snprintf(out, cap, "The replay sends nothing: %s", r->message);
    else if (q->rows_in > 0 && q->settings.output_mode == OUTPUT_APPEND)
        snprintf(out, cap, "%lld rows read; append mode shows a window when the watermark has closed it.",
                 (long long)q->rows_in);
    else if (q->rows_in > 0)
        snprintf(out, cap, "%lld rows read, none counted yet.", (long long)q->rows_in);
    else
        snprintf(out, cap, "No message has come yet on topic %s.",
                 in->cluster && in->cluster->topic[0] ? in->cluster->topic : "-");
}
