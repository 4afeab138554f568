/* The beginning and the end of the Kafka source, its partitions' queues, and its words to the consumer group.
 */
#include "kafka/consumer.h"

#include "base/text.h"
#include "base/xalloc.h"
#include "kafka/consumer_internal.h"
#include "kafka/offsets.h"
#include "log.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

/* What librdkafka may hold ready, over all partitions; it counts a queue's bytes, and each partition has its
 * own queue. Little is enough as long as it is woken (nudge.h), and what is little is still in a cache when
 * the query reads it. A whole run over 1,000,000 rows of 412 bytes in two partitions of a real Kafka, 12 in
 * turns: 0.95 s of processor time and 72 MB with 8 MB a partition, 0.91 s and 57 MB with 4, 0.87 s and 50 MB
 * with 2, 0.87 s and 47 MB with 1. Without being woken it once took 6.2 s of wall time at 16 MB. A newer
 * library looks by itself, every 5 ms (client.c): until then one partition must not run dry. */
#define PREFETCH_KBYTES         32768
#define PREFETCH_PART_NUDGED    2048
#define PREFETCH_PART_BY_ITSELF 4096
#define PREFETCH_PART_LEAST     1024

/* How long commits may have no answer before that is told. */
#define UNANSWERED_MS 10000

/* How often it is logged that the topic is not there. */
#define MISSING_EVERY_MS 30000

int64_t consumer_left_ms(int64_t deadline_ms)
{
    int64_t left = deadline_ms - clock_mono_ms();
    return left > 0 ? left : 0;
}

/* ---- partitions ---- */

static void part_free(struct part *part)
{
    fetch_drop_held(part);
    rd_kafka_queue_io_event_enable(part->queue, -1, NULL, 0);
    rd_kafka_queue_destroy(part->queue);
    free(part);
}

static struct part *part_new(struct kafka_source *s, int p)
{
    static const uint64_t one = 1; /* what an eventfd wants written */
    rd_kafka_queue_t *queue = rd_kafka_queue_get_partition(s->rk, s->topic_name, p);
    if (!queue)
        return NULL;
    struct part *part = xcalloc(1, sizeof *part);
    part->next = UNKNOWN;
    part->eof = -1;
    part->committed = UNKNOWN;
    part->queue = queue;
    /* Its own queue from now on, not the handle's common one. */
    rd_kafka_queue_forward(queue, NULL);
    rd_kafka_queue_io_event_enable(queue, s->wake_fd, &one, sizeof one);
    return part;
}

bool consumer_grow(struct kafka_source *s, int count)
{
    int old = s->base.partitions;
    if (count <= old)
        return true;
    if (count > MAX_PARTITIONS) {
        snprintf(s->base.error, sizeof s->base.error, "topic %s has %d partitions: at most %d can be read",
                 s->topic_text, count, MAX_PARTITIONS);
        return false;
    }
    s->part = xreallocarray(s->part, (size_t)count, sizeof(struct part *));
    s->wanted = xreallocarray(s->wanted, (size_t)count, sizeof *s->wanted);
    for (int p = old; p < count; p++) {
        s->wanted[p] = UNKNOWN;
        s->part[p] = part_new(s, p);
        if (!s->part[p]) {
            snprintf(s->base.error, sizeof s->base.error, "partition %d of topic %s cannot be opened", p,
                     s->topic_text);
            return false;
        }
        s->base.partitions = p + 1;
    }
    atomic_store(&s->live->partitions, count);
    return true;
}

/* ---- events ---- */

/* The query needs no group, only tools that look at its lag do: so it goes on, but not in silence. */
static void say_untold(const struct kafka_source *s, const char *why, const char *todo)
{
    char group[VIEW_TEXT];
    const struct options *o = s->parts->options;
    text_clean(group, sizeof group, o->kafka.client_id, strlen(o->kafka.client_id), false);
    log_line(LOG_WARNING, "kafka", "the consumer group %s is not told our offsets: %s: %s", group, why, todo);
    if (o->headless)
        fprintf(stderr, "sfcrime-tui: the consumer group %s is not told our offsets: %s: %s\n", group, why,
                todo);
}

static void say_unanswered(const struct kafka_source *s)
{
    say_untold(s, "no answer", "check that its coordinator is up and this user may READ it");
}

/* A commit that was sent to a group that is refused is never answered, and would hold up the end of the
 * handle. */
static void refuse_group(struct kafka_source *s)
{
    if (s->group_refused || s->parts->options->kafka.read_only)
        return;
    s->group_refused = true;
    say_untold(s, "this user may not use it", "have READ granted, set kafka.client-id, or use --read-only");
}

/* Of a topic that is gone the library says so twice a second for each partition. */
static bool is_said_already(struct kafka_source *s, rd_kafka_resp_err_t code)
{
    if (code != RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART && code != RD_KAFKA_RESP_ERR__UNKNOWN_PARTITION)
        return false;
    int64_t now_ms = clock_mono_ms();
    if (s->missing_said_ms && now_ms - s->missing_said_ms < MISSING_EVERY_MS)
        return true;
    s->missing_said_ms = now_ms;
    return false;
}

void consumer_serve(struct kafka_source *s)
{
    rd_kafka_message_t *m;
    for (int i = 0; i < 1000 && (m = rd_kafka_consumer_poll(s->rk, 0)); i++) {
        if (m->err == RD_KAFKA_RESP_ERR_GROUP_AUTHORIZATION_FAILED) {
            refuse_group(s);
        } else if (m->err && !is_said_already(s, m->err)) {
            char words[400];
            client_error_words(words, sizeof words, m->err, rd_kafka_message_errstr(m));
            log_line(LOG_WARNING, "kafka", "%s", words);
        }
        rd_kafka_message_destroy(m);
    }
}

static void empty_eventfd(int fd)
{
    uint64_t count;
    if (read(fd, &count, sizeof count) < 0 && errno != EAGAIN && errno != EINTR)
        log_line(LOG_ERROR, "kafka", "the consumer's eventfd cannot be read: %s", strerror(errno));
}

static bool wait_fds(struct kafka_source *s, struct pollfd *fds, nfds_t count, int64_t timeout_ms)
{
    if (poll(fds, count, timeout_ms > 60000 ? 60000 : (int)timeout_ms) <= 0)
        return false;
    if (fds[0].revents)
        empty_eventfd(s->wake_fd);
    return true;
}

bool consumer_wait_fd(struct kafka_source *s, int64_t timeout_ms)
{
    struct pollfd fd = {.fd = s->wake_fd, .events = POLLIN};
    return wait_fds(s, &fd, 1, timeout_ms);
}

bool consumer_wait_any(struct kafka_source *s, int64_t timeout_ms)
{
    struct pollfd fds[] = {{.fd = s->wake_fd, .events = POLLIN},
                           {.fd = s->parts->hub->news_fd, .events = POLLIN},
                           {.fd = s->base.also_fd, .events = POLLIN}};
    if (!wait_fds(s, fds, 3, timeout_ms))
        return false;
    if (fds[1].revents)
        empty_eventfd(s->parts->hub->news_fd);
    bool ended = atomic_load(&s->live->replay_ended);
    if (fds[2].revents || ended != s->ended_seen)
        atomic_store(&s->woken, true);
    s->ended_seen = ended;
    return true;
}

/* ---- telling the group ---- */

static void on_commit(rd_kafka_t *rk, rd_kafka_resp_err_t code, rd_kafka_topic_partition_list_t *offsets,
                      void *opaque)
{
    struct kafka_source *s = opaque;
    s->commits_pending--;
    s->unanswered_ms = s->commits_pending > 0 ? clock_mono_ms() : 0;
    if (code == RD_KAFKA_RESP_ERR_GROUP_AUTHORIZATION_FAILED) {
        refuse_group(s);
    } else if (code && code != RD_KAFKA_RESP_ERR__NO_OFFSET) {
        char words[300];
        client_error_words(words, sizeof words, code, NULL);
        log_line(LOG_WARNING, "kafka", "the group was not told our offsets: %s", words);
        for (int p = 0; p < s->base.partitions; p++)
            s->part[p]->committed = UNKNOWN; /* so that the next commit says them again */
    }
}

/* Sends what commit() asked for, unless the last one was just now. */
void consumer_commit_wanted(struct kafka_source *s, bool now)
{
    int64_t now_ms = clock_mono_ms();
    if (s->unanswered_ms && now_ms - s->unanswered_ms > UNANSWERED_MS && !s->group_refused &&
        !s->parts->embedded) {
        s->unanswered_ms = 0;
        say_unanswered(s);
    }
    if (!s->want_commit || s->group_refused || (!now && now_ms - s->commit_ms < COMMIT_EVERY_MS))
        return;
    /* Where its first look for the group's coordinator comes too early, 2.0.2 looks again after a second; a
     * commit sent meanwhile would hold up the end of a short run for as long. */
    if (s->parts->embedded && now_ms - s->opened_ms < FIRST_COMMIT_MS)
        return;
    s->want_commit = false;
    rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new(s->base.partitions);
    for (int p = 0; p < s->base.partitions; p++) {
        if (s->wanted[p] == UNKNOWN || s->wanted[p] < 0 || s->wanted[p] == s->part[p]->committed)
            continue;
        rd_kafka_topic_partition_list_add(list, s->topic_name, p)->offset = s->wanted[p];
        s->part[p]->committed = s->wanted[p];
    }
    if (list->cnt > 0) {
        s->commit_ms = now_ms;
        rd_kafka_resp_err_t code = rd_kafka_commit(s->rk, list, 1);
        if (!code && s->commits_pending++ == 0)
            s->unanswered_ms = now_ms;
        if (code)
            log_line(LOG_WARNING, "kafka", "the group was not told our offsets: %s", rd_kafka_err2str(code));
    }
    rd_kafka_topic_partition_list_destroy(list);
}

/* ---- beginning and end ---- */

/* Everything but the struct itself. */
static void disconnect(struct kafka_source *s)
{
    for (int p = 0; p < s->base.partitions; p++)
        part_free(s->part[p]);
    s->base.partitions = 0;
    if (s->topic)
        rd_kafka_topic_destroy(s->topic);
    if (s->rk) {
        rd_kafka_queue_t *own = rd_kafka_queue_get_consumer(s->rk);
        rd_kafka_queue_io_event_enable(own, -1, NULL, 0);
        rd_kafka_queue_destroy(own);
        /* A commit without an answer is never given up by the library. */
        client_destroy(s->rk, s->parts->embedded || s->commits_pending > 0 ? 500 : 3000);
    }
    s->topic = NULL;
    s->rk = NULL;
}

/* librdkafka up to 2.15.0 stops a partition twice, and then ends the process by an assertion
 * (rd_kafka_assignment_partition_stopped), when an assignment is replaced while it still stops what the one
 * before had started (its issue 5573). Nothing tells when that is over; it takes a few milliseconds, longer
 * on a busy machine. The first assignment stops nothing, so a run that has had only that one ends at once. */
void consumer_settle(struct kafka_source *s)
{
    enum { SETTLE_MS = 250, STEP_NS = 5 * 1000000 };
    while (s->replaced_ms > 0 && clock_mono_ms() - s->replaced_ms < SETTLE_MS) {
        struct timespec step = {.tv_nsec = STEP_NS};
        consumer_serve(s);
        clock_nanosleep(CLOCK_MONOTONIC, 0, &step, NULL);
    }
}

void consumer_shut(struct source *base)
{
    struct kafka_source *s = (struct kafka_source *)base;
    if (s->rk && s->base.partitions > 0) {
        /* The last offsets are worth a moment, not a hang. The embedded cluster's die with it; there only
         * what is under way is waited for, as 2.0.2 does not end a handle while it is. */
        if (!s->parts->embedded)
            consumer_commit_wanted(s, true);
        int64_t deadline_ms = clock_mono_ms() + (s->parts->embedded ? 200 : 1000);
        while (s->commits_pending > 0 && !s->group_refused && consumer_left_ms(deadline_ms) > 0) {
            consumer_serve(s);
            if (s->commits_pending > 0)
                consumer_wait_fd(s, 20);
        }
        if (s->commits_pending > 0 && !s->parts->embedded && !s->group_refused)
            say_unanswered(s);
        consumer_settle(s);
        rd_kafka_assign(s->rk, NULL);
    }
    disconnect(s);
    if (s->wake_fd >= 0)
        close(s->wake_fd);
    free(s->part);
    free(s->wanted);
    free(s->topic_name);
    free(s->topic_text);
    free(s);
}

static bool user_set(const struct options *o, const char *property)
{
    for (size_t i = 0; i < o->kafka.property_count; i++)
        if (o->kafka.properties[i].to_consumer && strcmp(o->kafka.properties[i].name, property) == 0)
            return true;
    return false;
}

/* A limit that is set, by us or the user. */
static size_t limit_of(const rd_kafka_t *rk, const char *property)
{
    char text[24];
    size_t size = sizeof text;
    if (rd_kafka_conf_get(rd_kafka_conf((rd_kafka_t *)rk), property, text, &size) != RD_KAFKA_CONF_OK)
        return SIZE_MAX;
    return strtoul(text, NULL, 10);
}

/* A handle that holds at most kbytes ready for each partition. */
static bool connect_client(struct kafka_source *s, int kbytes, char *err, size_t cap)
{
    static const uint64_t one = 1;
    rd_kafka_conf_t *conf = client_conf(s->parts, CLIENT_CONSUMER, err, cap);
    if (!conf)
        return false;
    char text[24], why[200];
    snprintf(text, sizeof text, "%d", kbytes);
    if (!user_set(s->parts->options, "queued.max.messages.kbytes") &&
        rd_kafka_conf_set(conf, "queued.max.messages.kbytes", text, why, sizeof why) != RD_KAFKA_CONF_OK) {
        snprintf(err, cap, "%s", why);
        rd_kafka_conf_destroy(conf);
        return false;
    }
    rd_kafka_conf_set_offset_commit_cb(conf, on_commit);
    rd_kafka_conf_set_opaque(conf, s);
    s->rk = client_new(RD_KAFKA_CONSUMER, conf, err, cap);
    if (!s->rk)
        return false;
    s->full_rows = limit_of(s->rk, "queued.min.messages");
    s->full_bytes = limit_of(s->rk, "queued.max.messages.kbytes") * 1024;
    rd_kafka_poll_set_consumer(s->rk);
    rd_kafka_queue_t *own = rd_kafka_queue_get_consumer(s->rk);
    rd_kafka_queue_io_event_enable(own, s->wake_fd, &one, sizeof one);
    rd_kafka_queue_destroy(own);
    s->topic = rd_kafka_topic_new(s->rk, s->topic_name, NULL);
    if (!s->topic)
        snprintf(err, cap, "topic %s: %s", s->topic_text, rd_kafka_err2str(rd_kafka_last_error()));
    return s->topic != NULL;
}

static int kbytes_for(const struct kafka_source *s, int partitions)
{
    int most = s->nudges ? PREFETCH_PART_NUDGED : PREFETCH_PART_BY_ITSELF;
    int kbytes = PREFETCH_KBYTES / (partitions > 0 ? partitions : 1);
    if (kbytes > most)
        return most;
    return kbytes < PREFETCH_PART_LEAST ? PREFETCH_PART_LEAST : kbytes;
}

/* The partition count once the topic is known; -1 with err. */
static int learn_partitions(struct kafka_source *s, int64_t deadline_ms, char *err, size_t cap)
{
    rd_kafka_resp_err_t code;
    int count;
    do {
        count = offsets_partition_count(s->rk, s->topic, (int)consumer_left_ms(deadline_ms) + 1, &code);
        consumer_serve(s);
        if (count > 0)
            return count;
        consumer_wait_fd(s, 20);
    } while (consumer_left_ms(deadline_ms) > 0 &&
             (client_error_passes(code, NULL) || code == RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART));
    char words[260];
    client_error_words(words, sizeof words, code, NULL);
    snprintf(err, cap, "topic %s cannot be read: %s", s->topic_text, words);
    return -1;
}

struct source *consumer_open(const struct app_parts *parts, int64_t timeout_ms, char *err, size_t err_cap)
{
    int64_t deadline_ms = clock_mono_ms() + timeout_ms;
    struct kafka_source *s = xcalloc(1, sizeof *s);
    const char *topic = parts->options->kafka.topic;
    char clean[200];
    text_clean(clean, sizeof clean, topic, strlen(topic), false);
    s->base.ops = &consumer_ops;
    s->base.also_fd = -1;
    s->parts = parts;
    s->live = &parts->hub->live;
    s->topic_name = xstrdup(topic);
    s->topic_text = xstrdup(clean);
    s->base.topic = s->topic_name;
    s->opened_ms = clock_mono_ms();
    s->nudges = !client_knows("fetch.queue.backoff.ms");
    s->wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (s->wake_fd < 0) {
        snprintf(err, err_cap, "no file descriptor for the consumer: %s (ulimit -n)", strerror(errno));
        goto fail;
    }
    if (!connect_client(s, kbytes_for(s, 1), err, err_cap))
        goto fail;
    int count = learn_partitions(s, deadline_ms, err, err_cap);
    if (count < 0)
        goto fail;
    if (kbytes_for(s, count) != kbytes_for(s, 1)) {
        /* The memory limit is one of the handle's, a queue's, so it has to know the number of queues. */
        disconnect(s);
        if (!connect_client(s, kbytes_for(s, count), err, err_cap))
            goto fail;
    }
    if (!consumer_grow(s, count)) {
        snprintf(err, err_cap, "%s", s->base.error);
        goto fail;
    }
    return &s->base;
fail:
    consumer_shut(&s->base);
    return NULL;
}
