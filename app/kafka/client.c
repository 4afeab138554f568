#include "kafka/client.h"

#include "base/text.h"
#include "kafka/bounded.h"
#include "kafka/client_properties.h"
#include "log.h"

#include <stdio.h>
#include <string.h>

struct setting {
    const char *name, *value;
};

static const struct setting common_settings[] = {
    {"log.queue", "true"},
    /* A broker that comes back is to be found again within a second, not within the default's ten. */
    {"reconnect.backoff.ms", "50"},
    {"reconnect.backoff.max.ms", "1000"},
};

static const struct setting consumer_settings[] = {
    {"enable.auto.commit", "false"},
    /* An offset that is gone must be heard of: the query decides what a loss means, never the library. */
    {"auto.offset.reset", "error"},
    {"enable.partition.eof", "true"},
    {"isolation.level", "read_committed"},
    {"fetch.error.backoff.ms", "20"},
    /* The limit is queued.max.messages.kbytes alone (consumer.c sets it by the number of partitions). */
    {"queued.min.messages", "10000000"},
};

static const struct setting producer_settings[] = {
    {"acks", "all"},
    {"enable.idempotence", "true"},
    {"linger.ms", "5"},
    {"queue.buffering.max.messages", "100000"},
    {"queue.buffering.max.kbytes", "65536"},
    /* Calls of the usual size by the megabyte, the most that brokers take in one request. */
    {"batch.num.messages", "2000"},
};

static const struct setting watch_settings[] = {
    {"enable.auto.commit", "false"},
    {"isolation.level", "read_committed"},
    {"socket.timeout.ms", "5000"},
};

/* ---- the log ---- */

static enum log_level level_of(int syslog_level)
{
    if (syslog_level <= 2)
        return LOG_CRITICAL;
    if (syslog_level == 3)
        return LOG_ERROR;
    if (syslog_level == 4)
        return LOG_WARNING;
    return syslog_level <= 6 ? LOG_INFO : LOG_DEBUG;
}

/* Overwrites each occurrence of secret in text with stars. */
static void mask(char *text, const char *secret)
{
    size_t len = strlen(secret);
    if (len < 3)
        return; /* would star out half of every line and hide nothing */
    for (char *at = text; (at = strstr(at, secret)); at += len)
        memset(at, '*', len);
}

/* The log callback knows nothing of ours but the handle, so the secrets are read back from its configuration.
 * It runs where the main queue is polled (log.queue), where asking the library is allowed. */
void client_mask_secrets(const rd_kafka_t *rk, char *text)
{
    static const char *const secrets[] = {"sasl.password",           "ssl.key.password",
                                          "ssl.keystore.password",   "ssl.key.pem",
                                          "sasl.oauthbearer.config", "sasl.oauthbearer.client.secret"};
    const rd_kafka_conf_t *conf = rd_kafka_conf((rd_kafka_t *)rk);
    for (size_t i = 0; i < sizeof secrets / sizeof secrets[0]; i++) {
        char value[512] = "";
        size_t size = sizeof value;
        if (rd_kafka_conf_get(conf, secrets[i], value, &size) == RD_KAFKA_CONF_OK && size <= sizeof value)
            mask(text, value);
    }
}

static void on_log(const rd_kafka_t *rk, int level, const char *facility, const char *text)
{
    char line[1024];
    snprintf(line, sizeof line, "%s: %s", facility, text);
    if (rk)
        client_mask_secrets(rk, line);
    char clean[1024];
    text_clean(clean, sizeof clean, line, strlen(line), false);
    log_line(level_of(level), "rdkafka", "%s", clean);
}

static void on_error(rd_kafka_t *rk, int code, const char *reason, void *opaque)
{
    char detail[600], words[400];
    snprintf(detail, sizeof detail, "%s", reason ? reason : "");
    client_mask_secrets(rk, detail);
    client_error_words(words, sizeof words, (rd_kafka_resp_err_t)code, detail);
    log_line(LOG_WARNING, "kafka", "%s", words);
}

/* "All brokers are down" follows the reason and would hide it. */
static void on_trouble(rd_kafka_t *rk, int code, const char *reason, void *opaque)
{
    struct client_trouble *t = opaque;
    if (code == RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN && t->code)
        return;
    const char *mark = client_certificate_mark(atomic_load(&t->certificate));
    const char *broker_end = reason ? strstr(reason, ": ") : NULL;
    t->code = (rd_kafka_resp_err_t)code;
    if (mark && broker_end && strstr(reason, "certificate verify failed"))
        snprintf(t->reason, sizeof t->reason, "%.*s: %s", (int)(broker_end - reason), reason, mark);
    else
        snprintf(t->reason, sizeof t->reason, "%s", reason ? reason : "");
    client_mask_secrets(rk, t->reason);
}

/* The library says of a broker's certificate only that it is not accepted; here one hears why.
 * NOLINTNEXTLINE(readability-function-size): the parameters are the library's. */
static int on_certificate(rd_kafka_t *rk, const char *broker_name, int32_t broker_id, int *x509_error,
                          int depth, const char *certificate, size_t size, char *errstr, size_t errstr_size,
                          void *opaque)
{
    (void)rk, (void)broker_name, (void)broker_id, (void)depth, (void)certificate, (void)size;
    struct client_trouble *t = opaque;
    if (*x509_error == 0)
        return 1;
    atomic_store(&t->certificate, *x509_error);
    snprintf(errstr, errstr_size, "%s", client_certificate_mark(*x509_error));
    return 0;
}

void client_keep_trouble(rd_kafka_conf_t *conf, struct client_trouble *trouble)
{
    char verifies[8] = "";
    size_t size = sizeof verifies;
    rd_kafka_conf_set_error_cb(conf, on_trouble);
    rd_kafka_conf_set_opaque(conf, trouble);
    /* Where the user wants no verification, nothing is refused, and nothing is to be logged as if it were. */
    if (rd_kafka_conf_get(conf, "enable.ssl.certificate.verification", verifies, &size) == RD_KAFKA_CONF_OK &&
        strcmp(verifies, "true") == 0)
        rd_kafka_conf_set_ssl_cert_verify_cb(conf, on_certificate);
}

void client_poll_log(rd_kafka_t *rk)
{
    rd_kafka_poll(rk, 0);
}

/* ---- configuration ---- */

bool client_knows(const char *property)
{
    rd_kafka_conf_t *conf = rd_kafka_conf_new();
    size_t size = 0;
    bool known = rd_kafka_conf_get(conf, property, NULL, &size) == RD_KAFKA_CONF_OK;
    rd_kafka_conf_destroy(conf);
    return known;
}

/* One of our own: without a prefix. */
static bool set_one(rd_kafka_conf_t *conf, const char *name, const char *value, char *err, size_t err_cap)
{
    struct kafka_property p = {
        .name = (char *)name, .value = (char *)value, .to_consumer = true, .to_producer = true};
    return client_set_property(conf, &p, err, err_cap);
}

static bool set_all(rd_kafka_conf_t *conf, const struct setting *s, size_t count, char *err, size_t err_cap)
{
    for (size_t i = 0; i < count; i++)
        if (!set_one(conf, s[i].name, s[i].value, err, err_cap))
            return false;
    return true;
}

#define SET_ALL(conf, table, err, cap) set_all(conf, table, sizeof(table) / sizeof((table)[0]), err, cap)

static bool set_role(rd_kafka_conf_t *conf, const struct app_parts *parts, enum client_role role, char *err,
                     size_t cap)
{
    /* The mock cluster answers an empty fetch only when fetch.wait.max.ms is over, new data or not. Measured
     * there, from before the producer's call to the row in hand, linger.ms included: 10 to 12 ms for every
     * message, the very first too. A real broker answers as soon as there is data, but holds up a partition
     * that was full here behind one that is empty there for as long; waiting less than 50 ms makes it work
     * for nothing. */
    const char *fetch_wait_ms = parts->embedded ? "10" : "50";
    switch (role) {
    case CLIENT_CONSUMER:
        /* 2.0.2 sleeps for up to a second when its queue was full; newer ones let that be said. Every 2 ms
         * cost 2 % of a core while a full queue waits (2.16.1), every 10 ms need twice the queue to be as
         * fast. */
        if (client_knows("fetch.queue.backoff.ms") && !set_one(conf, "fetch.queue.backoff.ms", "5", err, cap))
            return false;
        return SET_ALL(conf, consumer_settings, err, cap) &&
               set_one(conf, "fetch.wait.max.ms", fetch_wait_ms, err, cap) &&
               set_one(conf, "group.id", parts->options->kafka.client_id, err, cap);
    case CLIENT_WATCH:
        return SET_ALL(conf, watch_settings, err, cap) &&
               set_one(conf, "group.id", parts->options->kafka.client_id, err, cap);
    case CLIENT_PRODUCER:
        /* With connections made only when there is something to send, the very first message waited a second
         * in 8 of 100 starts (2 without; none where the topic's metadata had been asked for before). */
        return SET_ALL(conf, producer_settings, err, cap) &&
               set_one(conf, "enable.sparse.connections", parts->embedded ? "false" : "true", err, cap);
    }
    return false;
}

rd_kafka_conf_t *client_conf(const struct app_parts *parts, enum client_role role, char *err, size_t err_cap)
{
    rd_kafka_conf_t *conf = rd_kafka_conf_new();
    if (!SET_ALL(conf, common_settings, err, err_cap) ||
        !set_one(conf, "bootstrap.servers", parts->bootstrap, err, err_cap) ||
        !set_one(conf, "client.id", parts->options->kafka.client_id, err, err_cap) ||
        !set_role(conf, parts, role, err, err_cap) ||
        !client_set_properties(conf, parts->options, role, err, err_cap)) {
        rd_kafka_conf_destroy(conf);
        return NULL;
    }
    rd_kafka_conf_set_log_cb(conf, on_log);
    rd_kafka_conf_set_error_cb(conf, on_error);
    return conf;
}

rd_kafka_t *client_new(rd_kafka_type_t type, rd_kafka_conf_t *conf, char *err, size_t err_cap)
{
    char why[400] = "";
    rd_kafka_t *rk = rd_kafka_new(type, conf, why, sizeof why);
    if (!rk) {
        rd_kafka_conf_destroy(conf); /* a refused configuration stays the caller's */
        char clean[300];
        text_clean(clean, sizeof clean, why, strlen(why), false);
        snprintf(err, err_cap, "the Kafka client cannot be set up: %s%s", clean,
                 strstr(clean, ".location failed") ? "; is it a file of that kind, and the passphrase right?"
                                                   : "");
        return NULL;
    }
    rd_kafka_set_log_queue(rk, NULL);
    return rk;
}

/* ---- the end of a handle ---- */

static void end_handle(void *rk)
{
    rd_kafka_destroy_flags(rk, RD_KAFKA_DESTROY_F_NO_CONSUMER_CLOSE);
}

bool client_destroy(rd_kafka_t *rk, int64_t timeout_ms)
{
    if (!rk)
        return true;
    client_poll_log(rk);
    if (bounded_run(end_handle, rk, timeout_ms))
        return true;
    log_line(LOG_WARNING, "kafka", "a Kafka client did not end within %lld ms and is left behind",
             (long long)timeout_ms);
    return false;
}
