#include "kafka/consumer.h"

#include "base/text.h"
#include "base/xalloc.h"
#include "kafka/consumer_internal.h"
#include "kafka/offsets.h"
#include "log.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

/* While more is known to be on the broker, look at least this often whether the library sleeps. */
#define BEHIND_LOOK_MS 5

/* How long what a broken partition still keeps is asked for between two batches, and how often. */
#define BROKEN_ASK_MS   200
#define BROKEN_EVERY_MS 1000

static struct kafka_source *of(struct source *s)
{
    return (struct kafka_source *)s;
}

static enum source_status failed(struct kafka_source *s, rd_kafka_resp_err_t code, const char *doing)
{
    char words[260];
    client_error_words(words, sizeof words, code, NULL);
    if (!s->base.failed) /* else the reason why reading cannot go on stands */
        snprintf(s->base.error, sizeof s->base.error, "%s: %s", doing, words);
    return client_error_passes(code, NULL) ? SOURCE_TIMEOUT : SOURCE_FAILED;
}

/* ---- where reading can start ---- */

static bool may_pass(rd_kafka_resp_err_t code)
{
    return client_error_passes(code, NULL) || code == RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART;
}

/* The last of several questions may have no time left for an answer: what was heard before says more. */
static void keep_telling(rd_kafka_resp_err_t *told, rd_kafka_resp_err_t code)
{
    if (*told == RD_KAFKA_RESP_ERR_NO_ERROR || code != RD_KAFKA_RESP_ERR__TIMED_OUT)
        *told = code;
}

static void pause_ms(int ms)
{
    struct timespec pause = {.tv_nsec = ms * 1000000L};
    clock_nanosleep(CLOCK_MONOTONIC, 0, &pause, NULL);
}

static enum source_status ask(struct kafka_source *s, int count, int64_t time_ms, int64_t *out,
                              int64_t deadline_ms)
{
    int32_t *ids = xmalloc((size_t)count * sizeof *ids);
    for (int p = 0; p < count; p++)
        ids[p] = p;
    rd_kafka_resp_err_t code, told = RD_KAFKA_RESP_ERR_NO_ERROR;
    /* A leader that has just moved answers with an error at once, and so does one that has not heard yet of a
     * topic just made: ask again while there is time. */
    for (;;) {
        code = offsets_ask(s->rk, s->topic_name, ids, count, time_ms, out,
                           (int)consumer_left_ms(deadline_ms) + 1);
        consumer_serve(s);
        keep_telling(&told, code);
        if (!code || !may_pass(code) || consumer_left_ms(deadline_ms) == 0)
            break;
        pause_ms(20);
    }
    free(ids);
    return code ? failed(s, told, "asking for the topic's offsets") : SOURCE_OK;
}

static enum source_status consumer_bounds(struct source *base, int64_t *low, int64_t *high,
                                          int64_t timeout_ms)
{
    struct kafka_source *s = of(base);
    int64_t deadline_ms = clock_mono_ms() + timeout_ms;
    int count = base->partitions; /* the caller's arrays are this large, whatever we learn */
    rd_kafka_resp_err_t code, told = RD_KAFKA_RESP_ERR_NO_ERROR;
    int now;
    while ((now = offsets_partition_count(s->rk, s->topic, (int)consumer_left_ms(deadline_ms) + 1, &code)) <
           0) {
        keep_telling(&told, code);
        if (!may_pass(code) || consumer_left_ms(deadline_ms) == 0)
            return failed(s, told, "asking for the topic's partitions");
        pause_ms(20);
    }
    enum source_status status = ask(s, count, OFFSETS_FIRST, low, deadline_ms);
    if (status == SOURCE_OK)
        status = ask(s, count, OFFSETS_END, high, deadline_ms);
    for (int p = 0; status == SOURCE_OK && p < count; p++)
        if (low[p] == UNKNOWN || high[p] == UNKNOWN)
            status = failed(s, RD_KAFKA_RESP_ERR_LEADER_NOT_AVAILABLE, "asking for the topic's offsets");
    if (status == SOURCE_OK && !consumer_grow(s, now))
        status = SOURCE_FAILED;
    return status;
}

/* The end that the last fetch told of: not what may be planned for (an open transaction may lie below it),
 * but a sign that the library should be fetching. */
static int64_t broker_end(struct kafka_source *s, int p)
{
    int64_t low, high;
    if (rd_kafka_get_watermark_offsets(s->rk, s->topic_name, p, &low, &high))
        return -1;
    return high;
}

/* No end is less than what the last fetch told: what is asked for stops below an open transaction, whose rows
 * will be there one day. */
static enum source_status consumer_ends(struct source *base, int64_t *high, int64_t timeout_ms)
{
    struct kafka_source *s = of(base);
    enum source_status status = ask(s, base->partitions, OFFSETS_END, high, clock_mono_ms() + timeout_ms);
    for (int p = 0; status == SOURCE_OK && p < base->partitions; p++) {
        if (high[p] == UNKNOWN)
            status = failed(s, RD_KAFKA_RESP_ERR_LEADER_NOT_AVAILABLE, "asking for the topic's ends");
        int64_t fetched = broker_end(s, p);
        if (fetched > high[p])
            high[p] = fetched;
    }
    return status;
}

static enum source_status consumer_offsets_at(struct source *base, int64_t timestamp_ms, int64_t *offset,
                                              int64_t timeout_ms)
{
    struct kafka_source *s = of(base);
    if (s->parts->embedded) {
        snprintf(base->error, sizeof base->error,
                 "the embedded cluster does not know offsets by time: start at earliest or latest, or use a "
                 "real Kafka (--brokers)");
        return SOURCE_FAILED;
    }
    int64_t deadline_ms = clock_mono_ms() + timeout_ms;
    int count = base->partitions;
    int64_t *end = xmalloc((size_t)count * sizeof *end);
    enum source_status status = ask(s, count, OFFSETS_END, end, deadline_ms);
    if (status == SOURCE_OK)
        status = ask(s, count, timestamp_ms < 0 ? 0 : timestamp_ms, offset, deadline_ms);
    for (int p = 0; status == SOURCE_OK && p < count; p++)
        if (offset[p] == UNKNOWN)
            offset[p] = end[p];
    free(end);
    return status;
}

/* ---- seek ---- */

/* Starts fetching at part->next everywhere. What the library had fetched before is outdated by it (its
 * version barrier), so nothing of it can come out of the queues afterwards. */
static enum source_status assign(struct kafka_source *s)
{
    rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new(s->base.partitions);
    for (int p = 0; p < s->base.partitions; p++) {
        struct part *part = s->part[p];
        fetch_drop_held(part);
        part->eof = -1;
        part->seen = part->next;
        part->broken = part->lost = false;
        part->idle = false;
        nudge_begin(&part->nudge, clock_mono_ms(), part->next);
        if (part->next != UNKNOWN)
            rd_kafka_topic_partition_list_add(list, s->topic_name, p)->offset = part->next;
    }
    consumer_settle(s);
    rd_kafka_resp_err_t code = rd_kafka_assign(s->rk, list);
    rd_kafka_topic_partition_list_destroy(list);
    if (s->assigned)
        s->replaced_ms = clock_mono_ms();
    s->assigned = true;
    return code ? failed(s, code, "starting to read the topic") : SOURCE_OK;
}

static enum source_status consumer_seek(struct source *base, const int64_t *offset)
{
    struct kafka_source *s = of(base);
    for (int p = 0; p < base->partitions; p++) {
        s->part[p]->next = offset[p];
        atomic_store(&s->live->position[p], offset[p]);
    }
    base->error[0] = '\0';
    s->base.failed = false;
    s->paused = false;
    rest_end(s, NULL);
    return assign(s);
}

/* On a real broker an idle fetch costs next to nothing, and what is fetched ahead is welcome after the pause.
 */
static void consumer_pause(struct source *base, bool pause)
{
    struct kafka_source *s = of(base);
    if (pause)
        consumer_serve(s); /* nobody else calls while it lasts */
    if (s->paused == pause || s->base.failed)
        return;
    s->paused = pause;
    if (pause)
        consumer_commit_wanted(s, true);
    if (!s->parts->embedded)
        return;
    if (pause) {
        rest_begin(s);
        return;
    }
    rest_end(s, NULL);
    if (assign(s) != SOURCE_OK)
        s->base.failed = true;
}

/* ---- what is not kept ---- */

/* The offsets that a partition keeps now. */
static enum source_status ask_kept(struct kafka_source *s, int p, int64_t *low, int64_t *high,
                                   int64_t timeout_ms)
{
    int64_t deadline_ms = clock_mono_ms() + timeout_ms;
    rd_kafka_resp_err_t code = offsets_ask(s->rk, s->topic_name, &(int32_t){p}, 1, OFFSETS_FIRST, low,
                                           (int)consumer_left_ms(deadline_ms) + 1);
    if (!code)
        code = offsets_ask(s->rk, s->topic_name, &(int32_t){p}, 1, OFFSETS_END, high,
                           (int)consumer_left_ms(deadline_ms) + 1);
    if (code || *low == UNKNOWN || *high == UNKNOWN)
        return failed(s, code ? code : RD_KAFKA_RESP_ERR_LEADER_NOT_AVAILABLE, "asking for the kept offsets");
    return SOURCE_OK;
}

static bool ask_is_due(const struct part *part)
{
    return part->broken && !part->lost &&
           (part->asked_ms == 0 || clock_mono_ms() - part->asked_ms >= BROKEN_EVERY_MS);
}

/* librdkafka 2.0.2 may tell twice that an offset is not kept, and stop fetching for the second time when
 * reading has long gone on elsewhere (what a fetch's answer leaves for its main thread carries no version:
 * rd_kafka_offset_reset()). So the broker is asked. A batch must not be planned on the library's word alone:
 * its end would be an offset that may never come. */
static void examine_broken(struct kafka_source *s)
{
    bool well = false;
    for (int p = 0; p < s->base.partitions; p++) {
        struct part *part = s->part[p];
        int64_t low = UNKNOWN, high = UNKNOWN;
        if (!ask_is_due(part))
            continue;
        part->asked_ms = clock_mono_ms();
        if (ask_kept(s, p, &low, &high, BROKEN_ASK_MS) != SOURCE_OK)
            continue;
        part->lost = part->next > high || low > part->next;
        well = well || !part->lost;
    }
    if (well && assign(s) != SOURCE_OK)
        s->base.failed = true;
}

/* Reading goes on at low. What was known of the topic that was might be an end never reached again. */
static void begin_anew(struct kafka_source *s, int p, int64_t low, int64_t high)
{
    s->part[p]->next = low;
    atomic_store(&s->live->position[p], low);
    atomic_store(&s->live->high[p], high);
    if (atomic_load(&s->live->produced[p]) > high)
        atomic_store(&s->live->produced[p], high);
}

/* One partition was found made anew, so its sisters were too: those that still end before our offset begin
 * again as well. Later, when they have grown past it, nobody could tell. */
static void begin_sisters_anew(struct kafka_source *s, int64_t timeout_ms)
{
    int count = s->base.partitions;
    int32_t *ids = xmalloc((size_t)count * sizeof *ids);
    int64_t *high = xmalloc((size_t)count * sizeof *high), *low = xmalloc((size_t)count * sizeof *low);
    int64_t deadline_ms = clock_mono_ms() + timeout_ms;
    for (int p = 0; p < count; p++)
        ids[p] = p;
    /* Those without an answer stay as they are, whatever the error. */
    (void)offsets_ask(s->rk, s->topic_name, ids, count, OFFSETS_END, high,
                      (int)consumer_left_ms(deadline_ms) + 1);
    (void)offsets_ask(s->rk, s->topic_name, ids, count, OFFSETS_FIRST, low,
                      (int)consumer_left_ms(deadline_ms) + 1);
    for (int p = 0; p < count; p++)
        if (high[p] != UNKNOWN && low[p] != UNKNOWN && s->part[p]->next > high[p])
            begin_anew(s, p, low[p], high[p]);
    free(ids);
    free(high);
    free(low);
}

/* The library says that a partition's next offset is not kept: finds out what is, and goes on there. */
static enum source_status recover(struct kafka_source *s, int p, int64_t timeout_ms)
{
    struct part *part = s->part[p];
    int64_t low = UNKNOWN, high = UNKNOWN, from = part->next;
    enum source_status status = ask_kept(s, p, &low, &high, timeout_ms);
    if (status != SOURCE_OK)
        return status;
    /* One that was found lost before, by its end, may have grown since. */
    bool gone = low > from, anew = !gone && (from > high || part->lost);
    if (anew || gone)
        begin_anew(s, p, low, high);
    if (anew)
        begin_sisters_anew(s, timeout_ms);
    status = assign(s);
    if (status != SOURCE_OK || (!anew && !gone))
        return status == SOURCE_OK ? SOURCE_TIMEOUT : status;
    s->base.lost_partition = p;
    s->base.lost_from = from;
    s->base.lost_to = low;
    if (anew)
        snprintf(s->base.error, sizeof s->base.error,
                 "partition %d of topic %s ends at offset %lld, before our %lld: it was made anew or cut", p,
                 s->topic_text, (long long)high, (long long)from);
    else
        snprintf(
            s->base.error, sizeof s->base.error,
            "partition %d of topic %s: offsets %lld to %lld are gone, the broker keeps only those from %lld",
            p, s->topic_text, (long long)from, (long long)low - 1, (long long)low);
    return SOURCE_LOST;
}

/* ---- waiting ---- */

static bool take_any(struct kafka_source *s)
{
    bool any = false;
    for (int p = 0; p < s->base.partitions; p++) {
        struct part *part = s->part[p];
        if (part->held_count == 0)
            fetch_refill(s, p);
        any = any || part->held_count > 0 || part->lost || ask_is_due(part);
    }
    return any || s->base.failed;
}

static void consumer_latest(struct source *base, int64_t *high)
{
    struct kafka_source *s = of(base);
    consumer_serve(s); /* by the clock nobody else does while nothing is written */
    (void)take_any(s); /* a partition without news may have an error waiting */
    examine_broken(s);
    for (int p = 0; p < base->partitions; p++) {
        const struct part *part = s->part[p];
        /* A lost one has to be read to be heard of. */
        int64_t most = part->lost ? part->next + 1 : part->next;
        int64_t others[] = {part->seen, part->eof, atomic_load(&s->live->produced[p]),
                            atomic_load(&s->live->high[p])};
        for (size_t i = 0; i < sizeof others / sizeof others[0]; i++)
            if (others[i] > most)
                most = others[i];
        high[p] = most;
    }
}

/* Nudges what has run low; true when something is still expected from a broker. */
static bool look_behind(struct kafka_source *s)
{
    bool behind = false;
    for (int p = 0; p < s->base.partitions; p++) {
        int64_t end = broker_end(s, p);
        if (s->part[p]->next == UNKNOWN || s->part[p]->seen >= end)
            continue;
        behind = true;
        fetch_nudge(s, p, end);
    }
    return behind && s->nudges;
}

static enum source_status consumer_wait(struct source *base, int64_t timeout_ms)
{
    struct kafka_source *s = of(base);
    int64_t deadline_ms = clock_mono_ms() + timeout_ms;
    for (;;) {
        consumer_serve(s);
        consumer_commit_wanted(s, false);
        if (take_any(s) || atomic_exchange(&s->woken, false))
            return SOURCE_OK;
        int64_t left = consumer_left_ms(deadline_ms);
        if (left == 0)
            return SOURCE_TIMEOUT;
        if (look_behind(s) && left > BEHIND_LOOK_MS)
            left = BEHIND_LOOK_MS;
        if (s->want_commit && left > COMMIT_EVERY_MS)
            left = COMMIT_EVERY_MS;
        rest_wait(s, left);
    }
}

/* ---- reading ---- */

/* One turn over the partitions. SOURCE_OK: every end is reached; SOURCE_TIMEOUT: not yet, *moved tells
 * whether any row came. */
static enum source_status read_turn(struct kafka_source *s, const int64_t *end, bool *moved,
                                    source_rows_fn rows, void *arg)
{
    bool all = true;
    *moved = false;
    for (int p = 0; p < s->base.partitions; p++) {
        struct part *part = s->part[p];
        if (fetch_reached(s, p, end[p]))
            continue;
        if (part->held_count == 0)
            fetch_refill(s, p);
        if (fetch_hand_over(s, p, end[p], rows, arg) > 0)
            *moved = true;
        int64_t known_end = broker_end(s, p);
        fetch_nudge(s, p, known_end > end[p] ? known_end : end[p]);
        if (!fetch_reached(s, p, end[p]))
            all = false;
    }
    return all ? SOURCE_OK : SOURCE_TIMEOUT;
}

static int broken_part(const struct kafka_source *s, const int64_t *end)
{
    for (int p = 0; p < s->base.partitions; p++)
        if (s->part[p]->broken && s->part[p]->held_count == 0 && s->part[p]->next < end[p])
            return p;
    return -1;
}

static enum source_status consumer_read(struct source *base, int64_t *position, const int64_t *end,
                                        int64_t timeout_ms, source_rows_fn rows, void *arg)
{
    struct kafka_source *s = of(base);
    int64_t deadline_ms = clock_mono_ms() + timeout_ms;
    enum source_status status;
    rest_end(s, end);
    for (;;) {
        bool moved;
        status = read_turn(s, end, &moved, rows, arg);
        if (status == SOURCE_OK)
            break;
        int broken = broken_part(s, end);
        if (broken >= 0) {
            status = recover(s, broken, consumer_left_ms(deadline_ms) + 1000);
            if (status != SOURCE_TIMEOUT)
                break;
        } else if (s->base.failed && !moved) {
            status = SOURCE_FAILED;
            break;
        }
        if (atomic_exchange(&s->woken, false) || consumer_left_ms(deadline_ms) == 0)
            break;
        if (moved)
            continue;
        consumer_serve(s);
        int64_t left = consumer_left_ms(deadline_ms);
        consumer_wait_fd(s, s->nudges && left > BEHIND_LOOK_MS ? BEHIND_LOOK_MS : left);
    }
    for (int p = 0; p < base->partitions; p++)
        position[p] = s->part[p]->next;
    return status;
}

/* ---- the rest ---- */

static void consumer_commit(struct source *base, const int64_t *position)
{
    struct kafka_source *s = of(base);
    if (s->parts->options->kafka.read_only)
        return;
    memcpy(s->wanted, position, (size_t)base->partitions * sizeof *position);
    s->want_commit = true;
    consumer_commit_wanted(s, false);
    consumer_serve(s);
}

static void consumer_wake(struct source *base)
{
    struct kafka_source *s = of(base);
    atomic_store(&s->woken, true);
    uint64_t one = 1;
    ssize_t n;
    do
        n = write(s->wake_fd, &one, sizeof one);
    while (n < 0 && errno == EINTR);
}

const struct source_ops consumer_ops = {
    .bounds = consumer_bounds,
    .offsets_at = consumer_offsets_at,
    .ends = consumer_ends,
    .seek = consumer_seek,
    .latest = consumer_latest,
    .wait = consumer_wait,
    .read = consumer_read,
    .commit = consumer_commit,
    .pause = consumer_pause,
    .wake = consumer_wake,
    .close = consumer_shut,
};
