#include "ui/advice.h"

#include "base/text.h"
#include "ui/lag.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum {
    LAG_WORTH = 1000,       /* messages: less is gone before one has read about it */
    SKEW_TIMES = 3,         /* a partition this often the mean is skewed */
    SKEW_LEAST = 1000,      /* messages in the topic before skew means anything */
    STATE_WORTH = 100000,   /* rows of global distinct worth a thought */
    LOOK_BACK = 30,         /* batches */
    SMALL_ROWS = 5,         /* rows a batch ... */
    MANY_BATCHES_MS = 5000, /* ... when LOOK_BACK of them took less than this */
    LONG_BATCH_MS = 10000,
    LATE_PER_MILLE = 10
};

struct list {
    struct advice *out;
    size_t count;
};

static struct advice *add(struct list *l, enum mood mood, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
static struct advice *add(struct list *l, enum mood mood, const char *fmt, ...)
{
    struct advice *a = &l->out[l->count < ADVICE_MOST ? l->count++ : ADVICE_MOST - 1];
    memset(a, 0, sizeof *a);
    a->mood = mood;
    va_list ap;
    va_start(ap, fmt);
    (void)vsnprintf(a->what, sizeof a->what, fmt, ap);
    va_end(ap);
    return a;
}

static void mend(struct advice *a, const char *text)
{
    snprintf(a->mend, sizeof a->mend, "%s", text);
}

static void brokers(struct list *l, const struct cluster_view *c)
{
    for (size_t i = 0; i < c->brokers_count; i++)
        if (!c->brokers[i].up)
            mend(add(l, MOOD_BAD, "Broker %d at %s is down.", (int)c->brokers[i].id, c->brokers[i].address),
                 "Its partitions move to another broker that has a copy; start it again.");
    for (size_t i = 0; i < c->partitions_count; i++)
        if (c->partitions[i].leader < 0) {
            mend(add(l, MOOD_BAD, "Partition %d has no leader: nothing can be read from it or sent to it.",
                     (int)c->partitions[i].id),
                 "Start the broker that had it.");
            return;
        }
}

static void skew(struct list *l, const struct cluster_view *c)
{
    char n[40], all[40];
    int64_t sum = 0, most = -1;
    int32_t fullest = -1, empty = -1;
    for (size_t i = 0; i < c->partitions_count; i++) {
        const struct partition_view *p = &c->partitions[i];
        if (p->high == UNKNOWN || p->low < 0)
            return;
        int64_t held = p->high - p->low;
        sum += held;
        if (held > most) {
            most = held;
            fullest = p->id;
        }
        if (held == 0)
            empty = p->id;
    }
    if (c->partitions_count < 2 || sum < SKEW_LEAST)
        return;
    if (empty >= 0)
        mend(add(l, MOOD_WARN, "Partition %d is empty while the others hold %s messages.", (int)empty,
                 text_count(all, sizeof all, sum)),
             "Whoever sends chooses partitions by key: too few keys, or one that is always the same.");
    if (most * (int64_t)c->partitions_count > SKEW_TIMES * sum)
        mend(add(l, MOOD_WARN, "Partition %d holds %s of %s messages: one reader does most of the work.",
                 (int)fullest, text_count(n, sizeof n, most), text_count(all, sizeof all, sum)),
             "Another key, or none, spreads the messages evenly.");
}

static void falling_behind(struct list *l, const struct advice_input *in)
{
    char lag[40], by[40];
    struct lag_row sum;
    lag_sum(&sum, in->query, in->cluster);
    if (in->query->state != ENGINE_RUNNING || sum.lag == UNKNOWN || sum.lag < LAG_WORTH ||
        !(in->cluster->lag_trend_per_s > 1))
        return;
    mend(add(l, MOOD_WARN, "The query falls behind: the lag is %s and grows by %s a second.",
             text_count(lag, sizeof lag, sum.lag), text_rate(by, sizeof by, in->cluster->lag_trend_per_s)),
         in->query->settings.max_offsets_per_trigger
             ? "[O] take more rows a batch, [Q] more parallelism, or [-] a slower replay."
             : "[Q] more parallelism, or [-] a slower replay.");
}

static void late(struct list *l, const struct query_view *q)
{
    char n[40], by[40], delay[60];
    if (q->rows_in <= 0 || q->rows_late * 1000 < q->rows_in * LATE_PER_MILLE)
        return;
    int64_t worst_ms = 0;
    for (size_t i = 0; i < q->late_count; i++)
        if (q->late[i].watermark_ms - q->late[i].event_ms > worst_ms)
            worst_ms = q->late[i].watermark_ms - q->late[i].event_ms;
    struct advice *a =
        add(l, MOOD_WARN, "%s rows (%.1f %%) came too late and were not counted.",
            text_count(n, sizeof n, q->rows_late), 100 * (double)q->rows_late / (double)q->rows_in);
    duration_format_ms(delay, sizeof delay, q->settings.watermark_ms);
    if (worst_ms > 0)
        snprintf(a->mend, sizeof a->mend,
                 "[W] the watermark delay (%s) would have to be %s longer for the newest of them.", delay,
                 words_span(by, sizeof by, (double)worst_ms / 1000));
    else
        snprintf(a->mend, sizeof a->mend, "[W] a longer watermark delay than %s keeps more.", delay);
}

static void bad(struct list *l, const struct query_view *q, const struct options *o)
{
    char n[40];
    int64_t all = 0;
    for (int i = 0; i < BAD_REASON_COUNT; i++)
        all += q->rows_bad[i];
    if (all > 0)
        mend(add(l, MOOD_WARN, all == 1 ? "%s message is no call." : "%s messages are no calls.",
                 text_count(n, sizeof n, all)),
             o && o->sink.dead_letters ? "[x] shows why; the file of dead letters has them all."
                                       : "[x] shows why; -S sink.dead-letters=FILE would keep them.");
}

static void state(struct list *l, const struct query_view *q)
{
    char rows[40], bytes[40];
    for (int i = 0; i < q->progress.state_count; i++) {
        const struct state_progress *s = &q->progress.state[i];
        if (q->settings.distinct == DISTINCT_GLOBAL && !strcmp(s->operator_name, "dedupe") &&
            s->rows_total >= STATE_WORTH)
            mend(add(l, MOOD_OK, "Distinct remembers every row for ever: %s rows, %s by now.",
                     text_count(rows, sizeof rows, s->rows_total),
                     text_bytes(bytes, sizeof bytes, s->memory_bytes)),
                 "[d] within-watermark forgets what the watermark has passed.");
    }
}

static void batch_size(struct list *l, const struct query_view *q)
{
    char span[40];
    if (q->progress.batch_id >= 0 && q->progress.total_ms >= LONG_BATCH_MS)
        mend(add(l, MOOD_WARN, "The last batch took %s: the table is as old as that.",
                 words_span(span, sizeof span, q->progress.total_ms / 1000)),
             "[O] fewer rows a batch make it fresher.");
    if (q->history_count < LOOK_BACK || q->settings.trigger != TRIGGER_ASAP)
        return;
    const struct batch_sample *h = q->history + q->history_count - LOOK_BACK;
    int64_t took_ms = h[LOOK_BACK - 1].wall_ms - h[0].wall_ms, rows = 0;
    for (int i = 0; i < LOOK_BACK; i++)
        rows += h[i].rows_in;
    if (took_ms > 0 && took_ms < MANY_BATCHES_MS && rows > 0 && rows < LOOK_BACK * SMALL_ROWS)
        mend(add(l, MOOD_OK,
                 "%d batches a second with %.1f rows each: fresh, but each has a cost of its own.",
                 (int)(LOOK_BACK * 1000 / took_ms), (double)rows / LOOK_BACK),
             "[t] a trigger of 1 second makes fewer and larger ones.");
}

static void replay(struct list *l, const struct replay_view *r)
{
    char sent[40], asked[40];
    if (r->state == REPLAY_HELD)
        mend(add(l, MOOD_OK, "The replay is held back: %s", r->message),
             "It goes on by itself when the query has read more.");
    if (r->state == REPLAY_RUNNING && r->pacing == PACING_RATE && !isinf(r->rate_asked) &&
        r->rate_acked < r->rate_asked * 0.8 && r->rate_asked >= 1000)
        mend(add(l, MOOD_OK, "The replay reaches %s of the %s messages a second that were asked for.",
                 text_rate(sent, sizeof sent, r->rate_acked), words_rate(asked, sizeof asked, r->rate_asked)),
             "Larger producer batches help: -X producer.linger.ms=20, -X producer.compression.type=lz4.");
}

/* The worst first; equals stay in their order. */
static void sort(struct list *l)
{
    for (size_t i = 1; i < l->count; i++) {
        struct advice a = l->out[i];
        size_t k = i;
        for (; k > 0 && l->out[k - 1].mood < a.mood; k--)
            l->out[k] = l->out[k - 1];
        l->out[k] = a;
    }
}

size_t advice_find(struct advice out[ADVICE_MOST], const struct advice_input *in)
{
    struct list l = {.out = out};
    if (in->cluster) {
        brokers(&l, in->cluster);
        skew(&l, in->cluster);
    }
    if (in->cluster && in->query)
        falling_behind(&l, in);
    if (in->query) {
        late(&l, in->query);
        bad(&l, in->query, in->options);
        state(&l, in->query);
        batch_size(&l, in->query);
    }
    if (in->replay)
        replay(&l, in->replay);
    sort(&l);
    return l.count;
}
