/* How a librdkafka client of ours is set up: one place for defaults, the user's -X properties (which win),
 * the log and errors in words. Other rooms that talk to Kafka (consumer, watch, replay/produce) start here.
 */
#ifndef KAFKA_CLIENT_H
#define KAFKA_CLIENT_H

#include "app_parts.h"

#include <librdkafka/rdkafka.h>

enum client_role { CLIENT_CONSUMER, CLIENT_PRODUCER, CLIENT_WATCH };

/* A configuration with our defaults for the role, then -X. log.queue is on: every log line goes to our log,
 * none to stderr. NULL with one sentence (which property, why) in err. The caller owns it until rd_kafka_new
 * took it. */
rd_kafka_conf_t *client_conf(const struct app_parts *parts, enum client_role role, char *err, size_t err_cap);

/* True when every -X is one that librdkafka takes; else false with one sentence (the property as it was
 * typed, what is allowed) in err. Needs nothing but the options: main asks before anything starts. */
bool client_check_properties(const struct options *o, char *err, size_t err_cap);

/* rd_kafka_new, plus the log queue of the handle: client_poll_log must then be called now and then by the
 * thread that owns the handle (or events are served with its main queue). NULL with err; conf is consumed
 * either way. */
rd_kafka_t *client_new(rd_kafka_type_t type, rd_kafka_conf_t *conf, char *err, size_t err_cap);

/* Passes on what the handle's main queue holds: log lines to our log, errors, delivery reports. Never blocks.
 */
void client_poll_log(rd_kafka_t *rk);

/* True when this librdkafka knows the property (2.0.2 lacks fetch.queue.backoff.ms). */
bool client_knows(const char *property);

/* Stars over every secret of the handle's configuration that occurs in text. */
void client_mask_secrets(const rd_kafka_t *rk, char *text);

/* What went wrong and what to do, in one clean line: name not found, refused, TLS, authentication, topic
 * missing, not authorised... */
void client_error_words(char *out, size_t cap, rd_kafka_resp_err_t code, const char *detail);

/* True when the same call may succeed later without anybody changing anything: a broker away, a leader
 * moving. detail (may be NULL) is the library's text, which knows more than the code at times. */
bool client_error_passes(rd_kafka_resp_err_t code, const char *detail);

/* The newest trouble that a handle told of. Whoever keeps one makes it the first member of the opaque of the
 * handle's configuration. */
struct client_trouble {
    /* Why a broker's certificate was refused, by OpenSSL's number; 0 = none was. Written by the library's
     * threads, the rest by the thread that polls the handle. */
    _Atomic int certificate;
    rd_kafka_resp_err_t code; /* 0 = none */
    char reason[300];         /* without secrets */
};
/* Has the handle keep its trouble; what certificates are accepted does not change by it. */
void client_keep_trouble(rd_kafka_conf_t *conf, struct client_trouble *trouble);
/* The text for a detail by which client_error_words knows what is wrong with a certificate; NULL for 0. */
const char *client_certificate_mark(int x509_error);

/* What client_ensure_topic and its like give back besides a partition count. */
enum { CLIENT_NOT_FOUND = -1, CLIENT_REFUSED = -2, CLIENT_MISSING = -3 };

/* How many copies a topic is made with on a cluster of so many brokers: what kafka.replication-factor says,
 * else two where there are two. Any thread. */
int client_topic_copies(const struct options *o, int brokers);
/* Looks for the topic of the calls and waits at most timeout_ms for its leaders. Where it is missing on a
 * real Kafka it is made by the admin API only when kafka.create-topic says yes (the embedded cluster makes it
 * at its start). Returns its partition count, or with a sentence in err: CLIENT_NOT_FOUND, which may pass,
 * CLIENT_REFUSED, which somebody has to mend, or CLIENT_MISSING: not there, and not made; *plan (may be NULL)
 * is then what it would be made with. */
int client_ensure_topic(const struct app_parts *parts, struct topic_plan *plan, int64_t timeout_ms, char *err,
                        size_t err_cap);
/* The same, and it is made where it is missing, unless --read-only: somebody has said yes to the plan. */
int client_make_topic(const struct app_parts *parts, const struct topic_plan *plan, int64_t timeout_ms,
                      char *err, size_t err_cap);
/* The same for another topic than the calls' (a sink's), which is made where it is missing unless
 * kafka.create-topic says no. On the embedded cluster, which makes a topic when it is first asked for, this
 * only waits for its leaders. */
int client_ensure_named_topic(const struct app_parts *parts, const char *topic, int64_t timeout_ms, char *err,
                              size_t err_cap);
/* The same for a topic of which only the newest record of each key counts: where it is made here, brokers
 * keep that record for ever (cleanup.policy=compact) instead of dropping it by age. */
int client_ensure_keyed_topic(const struct app_parts *parts, const char *topic, int64_t timeout_ms, char *err,
                              size_t err_cap);

/* The same for a topic whose order counts: made here it has one partition. */
int client_ensure_single_topic(const struct app_parts *parts, const char *topic, int64_t timeout_ms,
                               char *err, size_t err_cap);

/* Closes a handle in the order the library asks for, bounded: at most timeout_ms, then it is left to the
 * exit, and false: its threads may still use the opaque. */
bool client_destroy(rd_kafka_t *rk, int64_t timeout_ms);

#endif
