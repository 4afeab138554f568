/* Advice about the cluster: brokers, partitions, what was set of the Kafka library, and the replay into it.
 */
#include "ui/advice_rules.h"

#include "base/text.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    DOWN_LEAST_MS = 1000,
    SKEW_LEAST = 1000,       /* messages in the topic before skew means anything */
    SKEW_TIMES = 3,          /* a partition this often the mean is skewed */
    INPUT_LEAST = 20,        /* messages a second before an uneven input means anything */
    IDLE_LEAST_MS = 10000,   /* a partition idle for less is not worth a word ... */
    IDLE_MISSED = 30,        /* ... nor before it should have had so many messages */
    SILENCE_LEAST_MS = 30000 /* no message in any partition */
};

static void brokers(struct advice_list *l, const struct advice_input *in)
{
    char span[40];
    const struct cluster_view *c = in->cluster;
    /* Once brokers are known, each says for itself that it is down. */
    if (!c->reachable && c->brokers_count == 0)
        advice_mend(advice_add(l, ABOUT_BROKER, -1, MOOD_BAD, "Kafka cannot be used yet: %s.",
                               c->message[0] ? c->message : "no broker answers"),
                    "It is tried on and on: mend it there, or start again with other options.");
    for (size_t i = 0; i < c->brokers_count; i++) {
        const struct broker_view *b = &c->brokers[i];
        /* A connection that is being made is no broker down. */
        if (b->up || (b->since_ms != UNKNOWN && in->now_ms - b->since_ms < DOWN_LEAST_MS))
            continue;
        struct advice *a = advice_add(l, ABOUT_BROKER, b->id, MOOD_BAD, "Broker %d%s%s is down for %s.",
                                      (int)b->id, b->address[0] ? " at " : "", b->address,
                                      words_since(span, sizeof span, b->since_ms, in->now_ms));
        advice_mend(a, "Start it again. Its partitions move to another broker that has a copy.");
    }
    for (size_t i = 0; i < c->partitions_count; i++)
        if (c->partitions[i].leader < 0) {
            advice_mend(advice_add(l, ABOUT_LEADER, 0, MOOD_BAD,
                                   "Partition %d has no leader: nothing can be read from it or sent to it.",
                                   (int)c->partitions[i].id),
                        "Start the broker that had it.");
            return;
        }
}

static void copies(struct advice_list *l, const struct cluster_view *c)
{
    const struct partition_view *first = NULL;
    size_t few = 0;
    for (size_t i = 0; i < c->partitions_count; i++) {
        const struct partition_view *p = &c->partitions[i];
        if (p->in_sync >= p->replicas)
            continue;
        few++;
        if (!first)
            first = p;
    }
    if (!first)
        return;
    advice_mend(
        advice_add(l, ABOUT_COPIES, 0, MOOD_WARN,
                   "%zu of %zu partitions have copies that are not up to date (partition %d: %d of %d in "
                   "sync): one more broker down could lose messages.",
                   few, c->partitions_count, (int)first->id, first->in_sync, first->replicas),
        "Bring the missing broker back: it catches up by itself. See the in-sync column of offsets.");
}

/* A share of the whole above which one of n partitions is skewed: three times the mean, or where that cannot
 * be, half of what is beyond it. */
static double skewed_share(size_t n)
{
    return fmin(SKEW_TIMES / (double)n, 0.5 + 0.5 / (double)n);
}

static void held(struct advice_list *l, const struct cluster_view *c)
{
    char n[40], all[40];
    int64_t sum = 0, most = -1;
    int32_t fullest = -1, empty = -1;
    for (size_t i = 0; i < c->partitions_count; i++) {
        const struct partition_view *p = &c->partitions[i];
        if (p->high == UNKNOWN || p->low < 0)
            return;
        int64_t messages = p->high - p->low;
        sum += messages;
        if (messages > most) {
            most = messages;
            fullest = p->id;
        }
        if (messages == 0)
            empty = p->id;
    }
    if (c->partitions_count < 2 || sum < SKEW_LEAST)
        return;
    if (empty >= 0)
        advice_mend(advice_add(l, ABOUT_EMPTY, 0, MOOD_WARN,
                               "Partition %d is empty while the others hold %s messages.", (int)empty,
                               text_count(all, sizeof all, sum)),
                    "Whoever sends chooses partitions by key: too few keys, or one that is always the same.");
    else if ((double)most > skewed_share(c->partitions_count) * (double)sum)
        advice_mend(advice_add(l, ABOUT_SKEW, 0, MOOD_WARN,
                               "Partition %d holds %s of %s messages: one reader does most of the work.",
                               (int)fullest, text_count(n, sizeof n, most), text_count(all, sizeof all, sum)),
                    "Another key, or none, spreads the messages evenly.");
}

/* One partition that gets nothing, or nearly everything, of what is written now. */
static void input(struct advice_list *l, const struct advice_input *in)
{
    const struct cluster_view *c = in->cluster;
    const struct partition_view *most = NULL, *idle = NULL;
    double sum = 0;
    char rate[40], all[40], span[40];
    for (size_t i = 0; i < c->partitions_count; i++) {
        const struct partition_view *p = &c->partitions[i];
        if (isnan(p->input_per_s))
            return;
        sum += p->input_per_s;
        if (!most || p->input_per_s > most->input_per_s)
            most = p;
        if (p->idle_since_ms != UNKNOWN && (!idle || p->idle_since_ms < idle->idle_since_ms))
            idle = p;
    }
    if (c->partitions_count < 2 || !most)
        return;
    double share = 1 / (double)c->partitions_count;
    int64_t idle_ms = idle ? in->now_ms - idle->idle_since_ms : 0;
    bool empty = idle && idle->high == idle->low; /* told by what is held */
    if (idle && !empty && idle_ms >= IDLE_LEAST_MS && sum * share * (double)idle_ms / 1000 >= IDLE_MISSED)
        advice_mend(advice_add(l, ABOUT_IDLE, 0, MOOD_WARN,
                               "Partition %d has had no message for %s while the others get %s a second.",
                               (int)idle->id, words_since(span, sizeof span, idle->idle_since_ms, in->now_ms),
                               text_rate(all, sizeof all, sum)),
                    "Look at who sends: its keys leave that partition out. Sending without keys fills all.");
    if (sum >= INPUT_LEAST && most->input_per_s > skewed_share(c->partitions_count) * sum)
        advice_mend(
            advice_add(l, ABOUT_SKEW, 1, MOOD_WARN,
                       "Partition %d gets %s of the %s messages a second: one reader does most of the work.",
                       (int)most->id, text_rate(rate, sizeof rate, most->input_per_s),
                       text_rate(all, sizeof all, sum)),
            "Another key, or none, spreads the messages evenly.");
}

/* Nobody writes: then the watermark stands as well. Where our own replay would write, the screen says why it
 * does not. */
static void silence(struct advice_list *l, const struct advice_input *in)
{
    const struct cluster_view *c = in->cluster;
    int64_t since_ms = INT64_MIN;
    char span[40];
    if (!in->replay || in->replay->state != REPLAY_OFF || !c->partitions_count || !in->query ||
        in->query->settings.output_mode == OUTPUT_COMPLETE)
        return;
    for (size_t i = 0; i < c->partitions_count; i++) {
        if (c->partitions[i].idle_since_ms == UNKNOWN)
            return;
        if (c->partitions[i].idle_since_ms > since_ms)
            since_ms = c->partitions[i].idle_since_ms;
    }
    if (in->now_ms - since_ms >= SILENCE_LEAST_MS)
        advice_mend(
            advice_add(l, ABOUT_SILENCE, 0, MOOD_OK,
                       "No message has come for %s: the watermark stands still and open windows stay open.",
                       words_since(span, sizeof span, since_ms, in->now_ms)),
            "The watermark moves only with newer calls. Look at who sends, or start without --no-replay.");
}

void advice_of_cluster(struct advice_list *l, const struct advice_input *in)
{
    brokers(l, in);
    copies(l, in->cluster);
    held(l, in->cluster);
    input(l, in);
    silence(l, in);
}

/* ---- settings ---- */

/* Settings of the Kafka library that are known to stall or slow the fetch: by what they may be at least or at
 * most. */
static const struct trap {
    const char *name;
    double least, most;
    const char *why;
} traps[] = {
    {"queued.min.messages", 100000, INFINITY,
     "the library stops fetching for up to a second whenever so few wait (before its version 2.2)"},
    {"queued.max.messages.kbytes", 16384, INFINITY,
     "the library stops fetching for up to a second whenever so little is full (before its version 2.2)"},
    {"fetch.queue.backoff.ms", 0, 100, "whenever the queue was full the fetch sleeps for so long"},
    {"fetch.wait.max.ms", 0, 500, "a broker without enough data may keep the query waiting for so long"},
    {"fetch.min.bytes", 0, 4096, "a broker waits until so much is there: few calls a second come late"},
    {"fetch.message.max.bytes", 65536, INFINITY, "each fetch brings so little of a partition"},
    {"max.partition.fetch.bytes", 65536, INFINITY, "each fetch brings so little of a partition"},
    {"fetch.max.bytes", 262144, INFINITY, "each fetch brings so little of all partitions"},
    {"fetch.error.backoff.ms", 0, 1000, "after an error the fetch sleeps for so long"},
};

void advice_of_settings(struct advice_list *l, const struct options *o)
{
    for (size_t i = 0; i < o->kafka.property_count; i++) {
        const struct kafka_property *p = &o->kafka.properties[i];
        char *end;
        double value = strtod(p->value, &end);
        for (size_t k = 0; p->to_consumer && end != p->value && k < sizeof traps / sizeof *traps; k++)
            if (!strcmp(p->name, traps[k].name) && (value < traps[k].least || value > traps[k].most))
                advice_mend(advice_add(l, ABOUT_SETTING, (int)k, MOOD_WARN, "%s is set to %.0f: %s.", p->name,
                                       value, traps[k].why),
                            "Leave -X %s out: the program's own value keeps the fetch going.", p->name);
    }
}

/* ---- the replay ---- */

void advice_of_replay(struct advice_list *l, const struct replay_view *r, bool real_kafka)
{
    char sent[40], asked[40], n[40], span[40];
    if (r->state == REPLAY_HELD)
        advice_mend(
            advice_add(l, ABOUT_HELD, 0, MOOD_OK, "The replay is held back (for %s in all): %s",
                       words_span(span, sizeof span, floor((double)r->held_ms / 100) / 10),
                       r->message[0] ? r->message : "the query has not read what was sent."),
            real_kafka
                ? "It goes on by itself when the brokers answer; nothing is lost meanwhile."
                : "It goes on by itself when the query has read more. A real Kafka (-b) would not hold it.");
    if (r->state == REPLAY_RUNNING && r->pacing == PACING_RATE && !isinf(r->rate_asked) &&
        r->rate_acked < r->rate_asked * 0.8 && r->rate_asked >= 1000)
        advice_mend(
            advice_add(l, ABOUT_RATE, 0, MOOD_OK,
                       "The replay reaches %s of the %s messages a second that were asked for.",
                       text_rate(sent, sizeof sent, r->rate_acked),
                       words_rate(asked, sizeof asked, r->rate_asked)),
            "Larger producer batches help: -X producer.linger.ms=20, -X producer.compression.type=lz4.");
    if (r->failed > 0)
        advice_mend(
            advice_add(l, ABOUT_UNDELIVERED, 0, MOOD_WARN, "The brokers have refused %s of %s.",
                       text_count(n, sizeof n, r->failed),
                       text_many(asked, sizeof asked, r->sent, "call", "calls")),
            "The log says why. message.max.bytes or batch.size (-X) above the broker's limit does that.");
}
