#include "replay/produce.h"

#include "base/clock.h"
#include "base/xalloc.h"
#include "kafka/client.h"
#include "kafka/offsets.h"
#include "log.h"
#include "replay/holdback.h"
#include "replay/outbox.h"

#include <errno.h>
#include <inttypes.h>
#include <json-c/json.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#define INJECTED_HEADER "sfcrime-injected"
#define FLUSH_LOOK_MS   10
/* Written and read again they take half a millisecond, as much as ten calls. */
#define STATISTICS_MS "5000"

struct producer {
    const struct app_parts *parts;
    rd_kafka_t *rk;
    rd_kafka_topic_t *topic;
    int partitions; /* 0 before they are known */
    int next_keyless;
    struct holdback *holdback; /* embedded cluster only */
    int held_partition;
    struct outbox *outbox; /* NULL: the library may have everything at once */
    bool answered;         /* something was, so that the outbox may have to be looked through */
    int wake_fd;           /* an eventfd: the library writes it when there is something to serve */
    struct producer_figures figures;
    char trouble[VIEW_TEXT];
    bool dead; /* the library has given up for good: trouble says why */
};

/* Why a call was not delivered; said again only when it is another reason. */
static void remember_trouble(struct producer *p, rd_kafka_resp_err_t code)
{
    char words[VIEW_TEXT], why[300] = "";
    rd_kafka_resp_err_t fatal = rd_kafka_fatal_error(p->rk, why, sizeof why);
    if (fatal) {
        /* After it all that was in the queue comes back as purged, which explains nothing. */
        code = fatal;
        p->dead = true;
    }
    /* Where a user may write to no topic at all, the cluster refuses what exactly-once producing begins with.
     */
    if (code == RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED ||
        code == RD_KAFKA_RESP_ERR_CLUSTER_AUTHORIZATION_FAILED)
        snprintf(words, sizeof words,
                 "this user may not write to the topic: have WRITE granted, or only watch with --no-replay");
    else
        client_error_words(words, sizeof words, code, *why ? why : NULL);
    if (strcmp(words, p->trouble) == 0)
        return;
    memcpy(p->trouble, words, sizeof p->trouble);
    log_line(LOG_ERROR, "replay", "a call was not delivered: %s", p->trouble);
}

static void on_delivery(rd_kafka_t *rk, const rd_kafka_message_t *m, void *opaque)
{
    struct producer *p = opaque;
    p->answered = true;
    if (p->outbox && m->partition >= 0 && m->partition < p->partitions)
        outbox_answered(p->outbox, m->partition, m->len + m->key_len);
    if (m->err) {
        p->figures.failed++;
        if (p->holdback && m->partition >= 0 && m->partition < p->partitions)
            holdback_lost(p->holdback, m->partition);
        /* Not rd_kafka_message_errstr: of a message that was to be sent it gives the message itself. */
        remember_trouble(p, m->err);
        return;
    }
    p->figures.acked++;
    if (m->partition < 0 || m->partition >= MAX_PARTITIONS)
        return;
    _Atomic int64_t *produced = &p->parts->hub->live.produced[m->partition];
    if (m->offset + 1 > atomic_load_explicit(produced, memory_order_relaxed))
        atomic_store(produced, m->offset + 1);
    hub_tell_news(p->parts->hub);
}

/* Retries are told nowhere but in the library's statistics, so they are up to five seconds old. */
static int on_statistics(rd_kafka_t *rk, char *json, size_t len, void *opaque)
{
    struct producer *p = opaque;
    struct json_object *root = json_tokener_parse(json), *brokers, *retries;
    int64_t sum = 0;
    if (root && json_object_object_get_ex(root, "brokers", &brokers)) {
        json_object_object_foreach(brokers, name, broker)
        {
            (void)name;
            if (json_object_object_get_ex(broker, "txretries", &retries))
                sum += json_object_get_int64(retries);
        }
        p->figures.retried = sum;
    }
    json_object_put(root);
    return 0;
}

static void ask_for_statistics(rd_kafka_conf_t *conf)
{
    char value[32] = "0", why[200];
    size_t size = sizeof value;
    if (rd_kafka_conf_get(conf, "statistics.interval.ms", value, &size) == RD_KAFKA_CONF_OK &&
        strcmp(value, "0") == 0)
        (void)rd_kafka_conf_set(conf, "statistics.interval.ms", STATISTICS_MS, why, sizeof why);
    rd_kafka_conf_set_stats_cb(conf, on_statistics);
}

/* Instead of looking for answers every few milliseconds the thread sleeps until there are some. */
static bool wake_on_news(struct producer *p)
{
    static const uint64_t one = 1;
    p->wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (p->wake_fd < 0)
        return false;
    rd_kafka_queue_t *queue = rd_kafka_queue_get_main(p->rk);
    rd_kafka_queue_io_event_enable(queue, p->wake_fd, &one, sizeof one);
    rd_kafka_queue_destroy(queue);
    return true;
}

struct producer *producer_open(const struct app_parts *parts, char *err, size_t err_cap)
{
    rd_kafka_conf_t *conf = client_conf(parts, CLIENT_PRODUCER, err, err_cap);
    if (!conf)
        return NULL;
    struct producer *p = xcalloc(1, sizeof *p);
    p->parts = parts;
    p->wake_fd = -1;
    rd_kafka_conf_set_opaque(conf, p);
    rd_kafka_conf_set_dr_msg_cb(conf, on_delivery);
    ask_for_statistics(conf);
    p->rk = client_new(RD_KAFKA_PRODUCER, conf, err, err_cap);
    if (!p->rk)
        goto fail;
    if (!wake_on_news(p)) {
        snprintf(err, err_cap, "the replay cannot be woken by its producer: %s", strerror(errno));
        goto fail;
    }
    p->topic = rd_kafka_topic_new(p->rk, parts->options->kafka.topic, NULL);
    if (!p->topic) {
        client_error_words(err, err_cap, rd_kafka_last_error(), NULL);
        goto fail;
    }
    return p;
fail:
    producer_close(p, 0);
    return NULL;
}

static double configured(const struct producer *p, const char *property)
{
    char value[32] = "0";
    size_t size = sizeof value;
    (void)rd_kafka_conf_get(rd_kafka_conf(p->rk), property, value, &size);
    return strcmp(value, "true") == 0 ? 1 : strtod(value, NULL);
}

bool producer_connect(struct producer *p, int64_t timeout_ms, char *err, size_t err_cap)
{
    if (p->partitions > 0)
        return true;
    rd_kafka_resp_err_t code = RD_KAFKA_RESP_ERR_NO_ERROR;
    int n;
    /* The embedded cluster was made with the topic in it. This handle asks for it all the same: without the
     * topic's metadata its first message waits a whole second now and then. */
    if (p->parts->embedded) {
        n = offsets_partition_count(p->rk, p->topic, (int)timeout_ms, &code);
        if (n <= 0)
            n = p->parts->options->kafka.partitions;
    } else {
        n = client_ensure_topic(p->parts, NULL, timeout_ms, err, err_cap);
    }
    if (n <= 0)
        return false;
    p->partitions = n < MAX_PARTITIONS ? n : MAX_PARTITIONS;
    if (p->parts->embedded)
        p->holdback = holdback_new(p->partitions);
    if (configured(p, "enable.idempotence"))
        p->outbox =
            outbox_new(p->partitions, (int64_t)configured(p, "batch.num.messages"),
                       (int64_t)configured(p, "batch.size"), (int64_t)(configured(p, "linger.ms") * 1e6));
    return true;
}

static int partition_of(struct producer *p, struct text key)
{
    if (key.len > 0)
        return rd_kafka_msg_partitioner_murmur2(p->topic, key.p, key.len, p->partitions, NULL, NULL);
    p->next_keyless = (p->next_keyless + 1) % p->partitions;
    return p->next_keyless;
}

static int64_t query_position(const struct producer *p, int partition)
{
    return atomic_load_explicit(&p->parts->hub->live.position[partition], memory_order_acquire);
}

static rd_kafka_resp_err_t enqueue(struct producer *p, int partition, const struct outbox_message *m)
{
    /* With more than the call only where there is something to say: the plain way is faster. */
    if (m->kind == INJECTED_NONE && m->time_ms == UNKNOWN) {
        int r = rd_kafka_produce(p->topic, partition, RD_KAFKA_MSG_F_COPY, (void *)m->json.p, m->json.len,
                                 m->key.p, m->key.len, NULL);
        return r == 0 ? RD_KAFKA_RESP_ERR_NO_ERROR : rd_kafka_last_error();
    }
    rd_kafka_vu_t fields[] = {
        {.vtype = RD_KAFKA_VTYPE_RKT, .u.rkt = p->topic},
        {.vtype = RD_KAFKA_VTYPE_PARTITION, .u.i32 = partition},
        {.vtype = RD_KAFKA_VTYPE_MSGFLAGS, .u.i = RD_KAFKA_MSG_F_COPY},
        {.vtype = RD_KAFKA_VTYPE_VALUE, .u.mem = {(void *)m->json.p, m->json.len}},
        {.vtype = RD_KAFKA_VTYPE_KEY, .u.mem = {(void *)m->key.p, m->key.len}},
        /* 0: now */
        {.vtype = RD_KAFKA_VTYPE_TIMESTAMP, .u.i64 = m->time_ms == UNKNOWN ? 0 : m->time_ms},
        {.vtype = RD_KAFKA_VTYPE_HEADER, .u.header = {INJECTED_HEADER, injected_name(m->kind), -1}},
    };
    size_t count = sizeof fields / sizeof fields[0] - (m->kind == INJECTED_NONE);
    rd_kafka_error_t *error = rd_kafka_produceva(p->rk, fields, count);
    rd_kafka_resp_err_t code = error ? rd_kafka_error_code(error) : RD_KAFKA_RESP_ERR_NO_ERROR;
    if (error)
        rd_kafka_error_destroy(error);
    return code;
}

/* To the library. SEND_REFUSED is counted here; whatever is tried again (SEND_FULL) is not. */
static enum send_status give(struct producer *p, int partition, const struct outbox_message *m,
                             int64_t now_ns)
{
    rd_kafka_resp_err_t code = enqueue(p, partition, m);
    if (code == RD_KAFKA_RESP_ERR__QUEUE_FULL)
        return SEND_FULL;
    if (code) {
        p->figures.failed++;
        remember_trouble(p, code);
        return SEND_REFUSED;
    }
    if (p->outbox)
        outbox_given(p->outbox, partition, m->json.len + m->key.len, now_ns);
    return SEND_OK;
}

/* Gives the library what has waited for answers and may go now. */
static void give_waiting(struct producer *p)
{
    struct outbox_message m;
    int64_t now_ns = clock_mono_ns();
    p->answered = false;
    for (int i = 0; i < p->partitions && outbox_waiting_all(p->outbox) > 0; i++)
        while (outbox_open(p->outbox, i, now_ns) && outbox_first(p->outbox, i, &m)) {
            enum send_status s = give(p, i, &m, now_ns);
            if (s == SEND_FULL) {
                p->answered = true; /* room comes with answers; look again in any case */
                return;
            }
            outbox_drop_first(p->outbox, i);
            if (s == SEND_REFUSED && p->holdback)
                holdback_lost(p->holdback, i);
        }
}

static enum send_status give_or_keep(struct producer *p, int partition, const struct outbox_message *m,
                                     int64_t now_ns)
{
    if (!p->outbox ||
        (outbox_open(p->outbox, partition, now_ns) && outbox_waiting(p->outbox, partition) == 0))
        return give(p, partition, m, now_ns);
    /* The topic shall say when it was sent, not when the library got it. */
    struct outbox_message waits = *m;
    waits.time_ms = clock_wall_ms();
    return outbox_put(p->outbox, partition, &waits) ? SEND_OK : SEND_FULL;
}

enum send_status producer_send(struct producer *p, const struct dataset_call *call, enum injected kind,
                               int64_t now_ns)
{
    struct outbox_message m = {.json = call->json, .key = call->key, .kind = kind, .time_ms = UNKNOWN};
    int partition = partition_of(p, call->key);
    size_t size = call->json.len + call->key.len + (kind == INJECTED_NONE ? 0 : sizeof INJECTED_HEADER + 16);
    if (p->holdback && !holdback_allows(p->holdback, partition, query_position(p, partition), size)) {
        p->held_partition = partition;
        return SEND_HELD;
    }
    enum send_status s = give_or_keep(p, partition, &m, now_ns);
    if (s == SEND_FULL)
        return s;
    p->figures.sent++;
    p->figures.injected[kind]++;
    if (s == SEND_OK && p->holdback)
        holdback_sent(p->holdback, partition, size);
    return s;
}

void producer_poll(struct producer *p, int timeout_ms)
{
    uint64_t news;
    /* Silent before it is served: what comes while it is served makes it loud again. */
    ssize_t n = read(p->wake_fd, &news, sizeof news);
    (void)n; /* nothing to read is the usual case */
    (void)rd_kafka_poll(p->rk, timeout_ms);
    if (p->answered && p->outbox)
        give_waiting(p);
}

int producer_fd(const struct producer *p)
{
    return p->wake_fd;
}

void producer_figures(const struct producer *p, struct producer_figures *out)
{
    *out = p->figures;
    out->in_queue = out->sent - out->acked - out->failed;
}

bool producer_dead(const struct producer *p)
{
    return p->dead;
}

const char *producer_trouble(const struct producer *p)
{
    return p->trouble;
}

void producer_held_words(const struct producer *p, char *out, size_t cap)
{
    int i = p->held_partition;
    int64_t position = query_position(p, i);
    char bytes[32], calls[40];
    if (!p->holdback) {
        *out = '\0';
        return;
    }
    text_bytes(bytes, sizeof bytes, holdback_unread_bytes(p->holdback, i, position));
    text_many(calls, sizeof calls, holdback_unread_messages(p->holdback, i, position), "call", "calls");
    snprintf(out, cap, "waits for the query: %s (%s) unread in partition %d", bytes, calls, i);
}

/* Not the library's own flush: it sends at once whatever is there, in many small requests. */
bool producer_flush(struct producer *p, int64_t timeout_ms)
{
    int64_t end_ns = clock_mono_ns() + timeout_ms * 1000000;
    struct producer_figures f;
    do {
        producer_poll(p, FLUSH_LOOK_MS);
        producer_figures(p, &f);
    } while (f.in_queue > 0 && clock_mono_ns() < end_ns);
    return f.in_queue == 0;
}

void producer_close(struct producer *p, int64_t timeout_ms)
{
    if (!p)
        return;
    if (p->rk && rd_kafka_outq_len(p->rk) > 0) {
        /* Nobody will wait for these: without it the library would linger on them. */
        (void)rd_kafka_purge(p->rk, RD_KAFKA_PURGE_F_QUEUE | RD_KAFKA_PURGE_F_INFLIGHT);
        (void)rd_kafka_poll(p->rk, 0);
    }
    if (p->topic)
        rd_kafka_topic_destroy(p->topic);
    /* A client that is left behind may still write to it. */
    if (client_destroy(p->rk, timeout_ms) && p->wake_fd >= 0)
        close(p->wake_fd);
    holdback_free(p->holdback);
    outbox_free(p->outbox);
    free(p);
}
