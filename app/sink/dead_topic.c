#include "sink/dead_topic.h"

#include "base/clock.h"
#include "base/xalloc.h"
#include "kafka/client.h"
#include "log.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    TOPIC_WAIT_MS = 10000, /* for the topic's leaders */
    ACK_WAIT_MS = 60000,   /* for a batch's acknowledgements: longer than a broker's restart */
    FULL_WAIT_MS = 100,
    CLOSE_MS = 2000,
    VALUE_MAX = 900000 /* with its headers below the million bytes that brokers take unless told otherwise */
};

struct dead_topic {
    rd_kafka_t *rk;
    rd_kafka_topic_t *topic;
    char *from; /* the topic of the calls */
    int64_t kept, refused;
    rd_kafka_resp_err_t trouble; /* the first since the last flush that may pass: the batch cannot be
                                    committed */
};

/* A message that no broker will ever take must not stop the query; it is told, and counted like any bad one.
 */
static void note_refused(struct dead_topic *d, rd_kafka_resp_err_t code)
{
    d->refused++;
    log_line(LOG_ERROR, "engine", "dead letters topic %s: %" PRId64 " refused: %s",
             rd_kafka_topic_name(d->topic), d->refused, rd_kafka_err2str(code));
}

/* Called from rd_kafka_poll and _flush, so on the engine thread. */
static void on_delivery(rd_kafka_t *rk, const rd_kafka_message_t *m, void *opaque)
{
    struct dead_topic *d = opaque;
    if (!m->err)
        d->kept++;
    else if (m->err == RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE || m->err == RD_KAFKA_RESP_ERR_INVALID_RECORD)
        note_refused(d, m->err);
    else if (!d->trouble)
        d->trouble = m->err;
}

struct dead_topic *dead_topic_open(const struct app_parts *parts, char *err, size_t err_cap)
{
    const char *name = parts->options->sink.dead_letters_topic;
    if (strcmp(name, parts->options->kafka.topic) == 0) {
        snprintf(err, err_cap,
                 "[sink] dead-letters-topic is the topic of the calls: the query would read them again, for "
                 "ever");
        return NULL;
    }
    if (client_ensure_named_topic(parts, name, TOPIC_WAIT_MS, err, err_cap) < 0)
        return NULL;
    rd_kafka_conf_t *conf = client_conf(parts, CLIENT_PRODUCER, err, err_cap);
    if (!conf)
        return NULL;
    struct dead_topic *d = xcalloc(1, sizeof *d);
    d->from = xstrdup(parts->options->kafka.topic);
    rd_kafka_conf_set_opaque(conf, d);
    rd_kafka_conf_set_dr_msg_cb(conf, on_delivery);
    d->rk = client_new(RD_KAFKA_PRODUCER, conf, err, err_cap);
    if (d->rk)
        d->topic = rd_kafka_topic_new(d->rk, name, NULL);
    if (d->topic)
        return d;
    if (d->rk)
        client_error_words(err, err_cap, rd_kafka_last_error(), NULL);
    dead_topic_close(d);
    return NULL;
}

static rd_kafka_resp_err_t put(struct dead_topic *d, const struct message *m, enum bad_reason reason,
                               const char *detail)
{
    char partition[16], offset[24], length[24];
    size_t size = m->value_len < VALUE_MAX ? m->value_len : VALUE_MAX;
    snprintf(partition, sizeof partition, "%" PRId32, m->partition);
    snprintf(offset, sizeof offset, "%" PRId64, m->offset);
    snprintf(length, sizeof length, "%zu", m->value_len);
    rd_kafka_vu_t fields[] = {
        {.vtype = RD_KAFKA_VTYPE_RKT, .u.rkt = d->topic},
        {.vtype = RD_KAFKA_VTYPE_MSGFLAGS, .u.i = RD_KAFKA_MSG_F_COPY},
        {.vtype = RD_KAFKA_VTYPE_VALUE, .u.mem = {(void *)m->value, m->value ? size : 0}},
        {.vtype = RD_KAFKA_VTYPE_TIMESTAMP, .u.i64 = m->timestamp_ms > 0 ? m->timestamp_ms : 0},
        {.vtype = RD_KAFKA_VTYPE_HEADER, .u.header = {"topic", d->from, -1}},
        {.vtype = RD_KAFKA_VTYPE_HEADER, .u.header = {"partition", partition, -1}},
        {.vtype = RD_KAFKA_VTYPE_HEADER, .u.header = {"offset", offset, -1}},
        {.vtype = RD_KAFKA_VTYPE_HEADER, .u.header = {"reason", bad_reason_name(reason), -1}},
        {.vtype = RD_KAFKA_VTYPE_HEADER, .u.header = {"detail", detail, -1}},
        {.vtype = RD_KAFKA_VTYPE_HEADER, .u.header = {"length", length, -1}},
    };
    size_t count =
        sizeof fields / sizeof fields[0] - (size == m->value_len); /* length only where it was cut */
    rd_kafka_error_t *error = rd_kafka_produceva(d->rk, fields, count);
    rd_kafka_resp_err_t code = error ? rd_kafka_error_code(error) : RD_KAFKA_RESP_ERR_NO_ERROR;
    if (error)
        rd_kafka_error_destroy(error);
    return code;
}

void dead_topic_add(struct dead_topic *d, const struct message *m, enum bad_reason reason, const char *detail)
{
    int64_t deadline_ms = clock_mono_ms() + ACK_WAIT_MS;
    rd_kafka_resp_err_t code;
    while ((code = put(d, m, reason, detail)) == RD_KAFKA_RESP_ERR__QUEUE_FULL &&
           clock_mono_ms() < deadline_ms && !d->trouble)
        rd_kafka_poll(d->rk, FULL_WAIT_MS);
    if (code == RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE)
        note_refused(d, code);
    else if (code && !d->trouble)
        d->trouble = code;
    rd_kafka_poll(d->rk, 0);
}

int dead_topic_flush(struct dead_topic *d, char *err, size_t err_cap)
{
    rd_kafka_resp_err_t code = RD_KAFKA_RESP_ERR_NO_ERROR;
    if (rd_kafka_outq_len(d->rk) > 0)
        code = rd_kafka_flush(d->rk, ACK_WAIT_MS);
    else
        rd_kafka_poll(d->rk, 0);
    if (!code)
        code = d->trouble;
    d->trouble = RD_KAFKA_RESP_ERR_NO_ERROR;
    if (!code)
        return 0;
    char words[300];
    client_error_words(words, sizeof words, code, NULL);
    snprintf(err, err_cap, "dead letters topic %s: %s", rd_kafka_topic_name(d->topic), words);
    return -1;
}

int64_t dead_topic_kept(const struct dead_topic *d)
{
    return d->kept;
}

void dead_topic_close(struct dead_topic *d)
{
    if (!d)
        return;
    if (d->topic)
        rd_kafka_topic_destroy(d->topic);
    client_destroy(d->rk, CLOSE_MS);
    free(d->from);
    free(d);
}
