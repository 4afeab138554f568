#include "query/batch.h"

#include "base/clock.h"
#include "base/xalloc.h"
#include "log.h"
#include "query/plan.h"

#include <inttypes.h>
#include <math.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    READ_SLICE_MS = 100,
    STALL_MS = 10000, /* without rows for so long, it is told, and asked whether there will ever be any */
    STOP_PATIENCE_MS = 1500,
    ENDS_ASK_MS = 1000,
    ENDS_BELIEVED = 2 /* answers in a row: a leader that has just moved may not know its end yet */
};

#define RATE_CREDIT_NS INT64_C(1000000000)
/* Where the rate is what limits, a batch has at least the rows of this time: not one batch for each row. */
#define RATE_SLICE_NS INT64_C(100000000)

void batches_open(struct batches *b, const struct batch_parts *parts, const int64_t *position,
                  int64_t next_id, const char *id, const char *run_id)
{
    memset(b, 0, sizeof *b);
    b->parts = *parts;
    b->partitions = parts->source->partitions;
    b->position = xcalloc((size_t)b->partitions, sizeof *b->position);
    b->high = xcalloc((size_t)b->partitions, sizeof *b->high);
    b->end = xcalloc((size_t)b->partitions, sizeof *b->end);
    memcpy(b->position, position, (size_t)b->partitions * sizeof *position);
    memcpy(b->high, position, (size_t)b->partitions * sizeof *position);
    memcpy(b->end, position, (size_t)b->partitions * sizeof *position);
    b->next_id = next_id;
    struct progress *p = &b->progress;
    p->batch_id = -1;
    snprintf(p->id, sizeof p->id, "%s", id);
    snprintf(p->run_id, sizeof p->run_id, "%s", run_id);
    snprintf(p->topic, sizeof p->topic, "%s", parts->source->topic);
    snprintf(p->source_description, sizeof p->source_description, "KafkaV2[Subscribe[%s]]",
             parts->source->topic);
    snprintf(p->sink_description, sizeof p->sink_description, "%s",
             parts->sinks ? sinks_description(parts->sinks) : "NoopSink");
}

void batches_resume_pending(struct batches *b, const int64_t *end)
{
    memcpy(b->end, end, (size_t)b->partitions * sizeof *end);
    b->pending = true;
}

void batches_close(struct batches *b)
{
    progress_clear(&b->progress);
    free(b->position);
    free(b->high);
    free(b->end);
    memset(b, 0, sizeof *b);
}

/* A topic can only gain partitions; those are read from their first message on, as Spark does. */
static void take_new_partitions(struct batches *b)
{
    int now = b->parts.source->partitions;
    if (now <= b->partitions)
        return;
    size_t bytes = (size_t)now * sizeof(int64_t);
    b->position = xrealloc(b->position, bytes);
    b->high = xrealloc(b->high, bytes);
    b->end = xrealloc(b->end, bytes);
    for (int p = b->partitions; p < now; p++)
        b->position[p] = b->high[p] = b->end[p] = 0;
    log_line(LOG_INFO, "engine", "the topic has grown from %d to %d partitions", b->partitions, now);
    b->partitions = now;
    b->parts.source->ops->seek(b->parts.source, b->position);
}

int64_t batches_waiting(struct batches *b)
{
    take_new_partitions(b);
    b->parts.source->ops->latest(b->parts.source, b->high);
    return plan_waiting(b->partitions, b->position, b->high);
}

static void enter(struct batches *b, enum phase phase)
{
    if (!b->parts.live)
        return;
    atomic_store_explicit(&b->parts.live->phase_since_ms, clock_mono_ms(), memory_order_relaxed);
    atomic_store_explicit(&b->parts.live->phase, (int)phase, memory_order_relaxed);
}

static void leave(struct batches *b)
{
    if (!b->parts.live)
        return;
    atomic_store_explicit(&b->parts.live->phase, -1, memory_order_relaxed);
    atomic_store_explicit(&b->parts.live->phase_since_ms, clock_mono_ms(), memory_order_relaxed);
    atomic_store_explicit(&b->parts.live->batch_id, -1, memory_order_relaxed);
}

static double ms_since(int64_t *from_ns)
{
    int64_t now_ns = clock_mono_ns();
    double ms = (double)(now_ns - *from_ns) / 1e6;
    *from_ns = now_ns;
    return ms;
}

/* Idle time is no credit for a burst: it counts as one second, as does the time before the first batch. */
static int64_t rate_since_ns(const struct batches *b, int64_t now_ns)
{
    return b->rate_from_ns ? b->rate_from_ns : now_ns - RATE_CREDIT_NS;
}

void batches_forget_rate(struct batches *b)
{
    b->rate_from_ns = 0;
}

/* Lowers end[], which holds planned rows, to what the rate allows by now. False: wait until that is worth a
 * batch. */
static bool keep_rate(struct batches *b, int64_t planned, int64_t rate_per_s, int64_t now_ns)
{
    int64_t from_ns = rate_since_ns(b, now_ns), allowed = plan_allowance(rate_per_s, now_ns - from_ns);
    bool limits = plan_cap(b->partitions, b->position, allowed, b->end) < planned;
    if (limits && (allowed == 0 || now_ns - from_ns < RATE_SLICE_NS))
        return false;
    /* The fraction of a row that was rounded away counts for the next batch. */
    b->rate_from_ns = limits ? from_ns + (int64_t)((double)allowed * 1e9 / (double)rate_per_s) : now_ns;
    return true;
}

/* Fills end[]. False: this trigger has no batch to run. */
static bool plan(struct batches *b, const struct batch_rule *rule, int64_t now_ns)
{
    if (b->pending)
        return true;
    bool at_end = rule->final_end != NULL;
    /* The final ends are known to exist, even where the source has not heard of them yet: a batch that was
     * cut by what happens to be known would differ from run to run. */
    if (at_end)
        for (int p = 0; p < b->partitions; p++) {
            int64_t end = p < rule->final_partitions ? rule->final_end[p] : 0;
            b->high[p] = end > b->position[p] ? end : b->position[p];
        }
    int64_t planned;
    if (rule->equal_shares) {
        bool full;
        planned = plan_equal(b->partitions, b->position, b->high, rule->limit, b->end, &full);
        if (rule->only_full && !full && !at_end)
            return false;
    } else {
        planned = plan_proportional(b->partitions, b->position, b->high, rule->limit, b->end);
    }
    if (planned == 0) {
        if (b->rate_from_ns && b->rate_from_ns < now_ns - RATE_CREDIT_NS)
            b->rate_from_ns = now_ns - RATE_CREDIT_NS;
        return rule->without_data && query_wants_empty_batch(b->parts.query);
    }
    return rule->rate_per_partition == 0 || keep_rate(b, planned, rule->rate_per_partition, now_ns);
}

static void on_rows(void *arg, const struct message *messages, size_t count)
{
    struct batches *b = arg;
    int64_t from_ns = clock_mono_ns();
    query_rows(b->parts.query, messages, count);
    b->rows_ns += clock_mono_ns() - from_ns;
    if (b->rows_seen == 0)
        enter(b, PHASE_ADD_BATCH);
    b->rows_seen += (int64_t)count;
    if (b->parts.live)
        atomic_store_explicit(&b->parts.live->batch_rows, b->rows_seen, memory_order_relaxed);
}

/* The topic was deleted and made anew: its rows are other rows, with offsets that were used before. A
 * checkpoint cannot tell the one from the other after a restart, so it is not gone on with. How much of the
 * old topic was never read nobody knows. why: a sentence about partition p, without its full stop. */
static bool accept_new_topic(struct batches *b, int p, const char *why)
{
    if (b->parts.fail_on_data_loss || b->parts.checkpoint) {
        snprintf(b->error, sizeof b->error, "%s; %s", why,
                 b->parts.checkpoint ? "start from the beginning with a fresh checkpoint"
                                     : "set fail-on-data-loss = false to follow it, or start over");
        return false;
    }
    /* The rest of this batch was planned for the old one, in every partition. */
    memcpy(b->end, b->position, (size_t)b->partitions * sizeof *b->end);
    b->anew = true;
    log_line(LOG_WARNING, "engine", "%s; reading goes on from its offset %" PRId64, why, b->position[p]);
    return true;
}

/* The source has skipped a gap. False: that ends the query. */
static bool accept_loss(struct batches *b)
{
    const struct source *s = b->parts.source;
    int64_t lost = s->lost_to - s->lost_from;
    if (lost < 0)
        return accept_new_topic(b, s->lost_partition, s->error);
    if (b->parts.fail_on_data_loss) {
        snprintf(b->error, sizeof b->error,
                 "Kafka no longer has offsets %" PRId64 " to %" PRId64 " of partition %d (%" PRId64
                 " messages): set fail-on-data-loss = false to go on without them, or start over",
                 s->lost_from, s->lost_to - 1, s->lost_partition, lost);
        return false;
    }
    b->progress.data_loss += lost;
    b->data_loss += lost;
    log_line(LOG_WARNING, "engine",
             "offsets %" PRId64 " to %" PRId64 " of partition %d are gone, %" PRId64 " lost", s->lost_from,
             s->lost_to - 1, s->lost_partition, lost);
    return true;
}

/* How long a batch has been without rows. */
struct quiet {
    int64_t since_ms, told_ms; /* monotonic: since when; when that was told last */
    int64_t seen;              /* rows when it began */
    int failed, missing;       /* answers in a row: no such topic; ends short of what was planned */
};

static void quiet_begin(struct quiet *q, int64_t now_ms, int64_t rows_seen)
{
    *q = (struct quiet){.since_ms = now_ms, .told_ms = now_ms, .seen = rows_seen};
}

/* Ends that were planned can be lost behind the source's back: a topic that was made anew, or cut, and is
 * longer than what had been read of it. Such a batch would wait for ever. A partition, or -1. */
static int short_partition(const struct batches *b, const int64_t *high)
{
    for (int p = 0; p < b->partitions; p++)
        if (b->position[p] < b->end[p] && high[p] < b->end[p])
            return p;
    return -1;
}

static bool let_go_of(struct batches *b, int p, int64_t high)
{
    char why[300];
    snprintf(why, sizeof why,
             "partition %d of topic %.100s ends at offset %" PRId64 ", before the %" PRId64
             " that batch %" PRId64 " was to read to: it was made anew or cut",
             p, b->parts.source->topic, high, b->end[p], b->next_id);
    return accept_new_topic(b, p, why);
}

static void tell_quiet(const struct batches *b, int64_t quiet_ms, const char *why)
{
    char words[400];
    snprintf(words, sizeof words, "batch %" PRId64 " waits for Kafka: no rows for %d s%s%s", b->next_id,
             (int)(quiet_ms / 1000), *why ? ": " : "", why);
    log_line(LOG_WARNING, "engine", "%s", words);
    if (b->parts.waits)
        b->parts.waits(b->parts.waits_arg, words);
}

/* No row has come for a while: says so, and finds out whether one can. False, with error, where none can. */
static bool examine_quiet(struct batches *b, struct quiet *q, int64_t now_ms)
{
    struct source *s = b->parts.source;
    int64_t *high = xcalloc((size_t)b->partitions, sizeof *high);
    enum source_status status = s->ops->ends(s, high, ENDS_ASK_MS);
    int p = status == SOURCE_OK ? short_partition(b, high) : -1;
    q->failed = status == SOURCE_FAILED ? q->failed + 1 : 0;
    q->missing = p >= 0 ? q->missing + 1 : 0;
    tell_quiet(b, now_ms - q->since_ms, status == SOURCE_OK ? "" : s->error);
    bool well = true;
    if (q->missing >= ENDS_BELIEVED) {
        well = let_go_of(b, p, high[p]);
    } else if (q->failed >= ENDS_BELIEVED && (b->parts.fail_on_data_loss || b->parts.checkpoint)) {
        snprintf(b->error, sizeof b->error, "%s", s->error);
        well = false;
    }
    free(high);
    return well;
}

static enum batch_status read_rows(struct batches *b)
{
    struct source *s = b->parts.source;
    int stall_ms = b->parts.stall_ms ? b->parts.stall_ms : STALL_MS;
    struct quiet quiet;
    quiet_begin(&quiet, clock_mono_ms(), 0);
    for (;;) {
        enum source_status status = s->ops->read(s, b->position, b->end, READ_SLICE_MS, on_rows, b);
        int64_t now_ms = clock_mono_ms();
        if (status == SOURCE_OK)
            return BATCH_RAN;
        if (status == SOURCE_FAILED) {
            snprintf(b->error, sizeof b->error, "%s", s->error);
            return BATCH_FAILED;
        }
        if (status == SOURCE_LOST && !accept_loss(b))
            return BATCH_FAILED;
        if (status == SOURCE_LOST || b->rows_seen != quiet.seen) {
            quiet_begin(&quiet, now_ms, b->rows_seen);
            continue;
        }
        if (b->parts.stop && atomic_load(b->parts.stop) && now_ms - quiet.since_ms >= STOP_PATIENCE_MS)
            return BATCH_STOPPED;
        if (now_ms - quiet.told_ms >= stall_ms) {
            quiet.told_ms = now_ms;
            if (!examine_quiet(b, &quiet, now_ms))
                return BATCH_FAILED;
        }
    }
}

static void note_offsets(struct batches *b, const int64_t *start)
{
    struct progress *p = &b->progress;
    size_t bytes = (size_t)b->partitions * sizeof(int64_t);
    p->start_offset = xrealloc(p->start_offset, bytes);
    p->end_offset = xrealloc(p->end_offset, bytes);
    p->latest_offset = xrealloc(p->latest_offset, bytes);
    p->partitions = b->partitions;
    int64_t sum = 0;
    p->behind_min = p->behind_max = UNKNOWN;
    for (int i = 0; i < b->partitions; i++) {
        /* Spark has no start offset for the very first batch. */
        p->start_offset[i] = b->next_id == 0 ? UNKNOWN : start[i];
        p->end_offset[i] = b->position[i];
        p->latest_offset[i] = b->high[i] > b->position[i] ? b->high[i] : b->position[i];
        int64_t behind = p->latest_offset[i] - p->end_offset[i];
        sum += behind;
        if (p->behind_min == UNKNOWN || behind < p->behind_min)
            p->behind_min = behind;
        if (p->behind_max == UNKNOWN || behind > p->behind_max)
            p->behind_max = behind;
    }
    p->behind_avg = b->partitions ? (double)sum / b->partitions : NAN;
}

/* The state's write-out is one for all operators; each is given its share by what it changed. */
static void share_commit_ms(struct progress *p, double ms)
{
    int64_t changed = 0;
    for (int i = 0; i < p->state_count; i++)
        changed += p->state[i].rows_updated + p->state[i].rows_removed;
    for (int i = 0; i < p->state_count; i++)
        p->state[i].commit_ms +=
            changed ? ms * (double)(p->state[i].rows_updated + p->state[i].rows_removed) / (double)changed
                    : ms / p->state_count;
}

static int put_out(struct batches *b)
{
    struct progress *p = &b->progress;
    struct sink_batch out = {.batch_id = b->next_id, .query = b->parts.query, .progress = p};
    out.output = query_output(b->parts.query, &out.output_count);
    p->rows_out = -1;
    if (b->parts.settle && b->parts.settle(b->parts.settle_arg, b->error, sizeof b->error) < 0)
        return -1;
    if (b->parts.sinks) {
        if (strcmp(p->sink_description, "NoopSink") != 0)
            p->rows_out = (int64_t)out.output_count;
        if (sinks_batch(b->parts.sinks, &out, b->error, sizeof b->error) < 0)
            return -1;
    }
    if (!b->parts.checkpoint)
        return 0;
    int64_t from_ns = clock_mono_ns();
    if (checkpoint_state(b->parts.checkpoint, b->next_id, b->parts.query, b->error, sizeof b->error) < 0)
        return -1;
    share_commit_ms(p, ms_since(&from_ns));
    return 0;
}

/* Before anybody outside sees the batch, its write-ahead log is durable. The screen is not outside: what it
 * shows is gone with the process. */
static int wait_for_log(struct batches *b)
{
    const struct batch_parts *p = &b->parts;
    bool outside = p->settles_outside || (p->sinks && !sinks_none(p->sinks));
    return outside ? checkpoint_begun(p->checkpoint, b->error, sizeof b->error)
                   : checkpoint_keep_up(p->checkpoint, b->error, sizeof b->error);
}

/* Everything from the write-ahead log on. at_ns: when the phase before it ended. */
static enum batch_status execute(struct batches *b, const int64_t *start, int64_t at_ns)
{
    struct progress *p = &b->progress;
    struct checkpoint *c = b->parts.checkpoint;
    enter(b, PHASE_WAL_COMMIT);
    bool begin = c && !b->pending;
    /* The rows are read while the disk works on the write-ahead log. */
    if (begin &&
        checkpoint_begin_soon(c, b->next_id, b->partitions, start, b->end, b->error, sizeof b->error) < 0)
        return BATCH_FAILED;
    p->phase_ms[PHASE_WAL_COMMIT] = ms_since(&at_ns);

    enter(b, PHASE_GET_BATCH);
    b->rows_ns = b->rows_seen = 0;
    query_batch_begin(b->parts.query, b->next_id);
    enum batch_status status = read_rows(b);
    if (status != BATCH_RAN)
        return status;
    /* Rows are worked on while they are read: the time in the query is addBatch's, the rest is Kafka's. */
    double both_ms = ms_since(&at_ns), rows_ms = (double)b->rows_ns / 1e6;
    p->phase_ms[PHASE_GET_BATCH] = both_ms > rows_ms ? both_ms - rows_ms : 0;

    enter(b, PHASE_ADD_BATCH);
    query_batch_end(b->parts.query, p);
    note_offsets(b, start);
    p->phase_ms[PHASE_ADD_BATCH] = rows_ms + ms_since(&at_ns);
    if (begin && wait_for_log(b) < 0)
        return BATCH_FAILED;
    p->phase_ms[PHASE_WAL_COMMIT] += ms_since(&at_ns);
    if (put_out(b) < 0)
        return BATCH_FAILED;
    p->phase_ms[PHASE_ADD_BATCH] += ms_since(&at_ns);

    enter(b, PHASE_COMMIT_OFFSETS);
    if (c && checkpoint_commit(c, b->next_id, b->error, sizeof b->error) < 0)
        return BATCH_FAILED;
    b->parts.source->ops->commit(b->parts.source, b->position);
    p->phase_ms[PHASE_COMMIT_OFFSETS] = ms_since(&at_ns);
    return BATCH_RAN;
}

enum batch_status batches_run(struct batches *b, const struct batch_rule *rule)
{
    struct progress *p = &b->progress;
    int64_t trigger_ns = clock_mono_ns(), at_ns = trigger_ns, wall_ms = clock_wall_ms();
    batches_waiting(b);
    double latest_ms = ms_since(&at_ns);
    if (!plan(b, rule, trigger_ns)) {
        if (rule->ticks)
            b->last_trigger_ns = trigger_ns;
        if (!b->parts.source->failed)
            return BATCH_NOTHING;
        /* Nothing to read, so that read() is not called: it would not be heard of. */
        snprintf(b->error, sizeof b->error, "%s", b->parts.source->error);
        return BATCH_FAILED;
    }
    int64_t *start = xcalloc((size_t)b->partitions, sizeof *start);
    memcpy(start, b->position, (size_t)b->partitions * sizeof *start);
    if (b->parts.live) {
        struct live *live = b->parts.live;
        atomic_store_explicit(&live->batch_rows, 0, memory_order_relaxed);
        atomic_store_explicit(&live->batch_rows_planned, plan_waiting(b->partitions, b->position, b->end),
                              memory_order_relaxed);
        atomic_store_explicit(&live->batch_since_ms, trigger_ns / 1000000, memory_order_relaxed);
        atomic_store_explicit(&live->batch_id, b->next_id, memory_order_relaxed);
    }
    p->wall_ms = wall_ms;
    p->batch_id = b->next_id;
    p->data_loss = 0;
    p->phase_ms[PHASE_LATEST_OFFSET] = latest_ms;
    p->phase_ms[PHASE_QUERY_PLANNING] = ms_since(&at_ns);
    enum batch_status status = execute(b, start, at_ns);
    free(start);
    leave(b);
    if (status != BATCH_RAN)
        return status;

    double total_s = (double)(clock_mono_ns() - trigger_ns) / 1e9;
    p->total_ms = total_s * 1e3;
    /* Spark divides by the time since the trigger before; without one that is infinity, hence 0.0. */
    p->input_per_s =
        b->last_trigger_ns ? (double)p->rows_in / ((double)(trigger_ns - b->last_trigger_ns) / 1e9) : 0.0;
    p->processed_per_s = total_s > 0 ? (double)p->rows_in / total_s : 0.0;
    b->last_trigger_ns = trigger_ns;
    b->pending = false;
    b->next_id++;
    b->count++;
    if (b->parts.checkpoint &&
        checkpoint_maintain(b->parts.checkpoint, b->parts.query, b->error, sizeof b->error) < 0)
        return BATCH_FAILED;
    return BATCH_RAN;
}
