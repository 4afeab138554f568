/* Errors of Kafka in words that say what is wrong and what to do about it. */
#include "kafka/client.h"

#include "base/text.h"

#include <stdio.h>
#include <string.h>

struct words {
    rd_kafka_resp_err_t code;
    bool passes; /* may go away by itself */
    const char *what, *todo;
};

/* Both parts together fit on a line of 80 columns: what to do must be seen, whatever detail follows it. */
static const struct words all_words[] = {
    {RD_KAFKA_RESP_ERR__RESOLVE, false, "the broker's host name is not found",
     "correct the name in --brokers"},
    {RD_KAFKA_RESP_ERR__TRANSPORT, true, "no connection to a broker",
     "start Kafka there or correct --brokers"},
    {RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN, true, "no broker can be reached",
     "start Kafka there or correct --brokers"},
    {RD_KAFKA_RESP_ERR__SSL, false, "TLS handshake failed",
     "check security.protocol, ssl.* (-X) and the port"},
    {RD_KAFKA_RESP_ERR__AUTHENTICATION, false, "login refused",
     "check sasl.mechanism, sasl.username, sasl.password (-X)"},
    {RD_KAFKA_RESP_ERR_SASL_AUTHENTICATION_FAILED, false, "login refused",
     "check sasl.mechanism, sasl.username, sasl.password (-X)"},
    {RD_KAFKA_RESP_ERR_UNSUPPORTED_SASL_MECHANISM, false, "the broker does not know this way to log in",
     "set sasl.mechanism (-X)"},
    {RD_KAFKA_RESP_ERR__UNKNOWN_TOPIC, false, "the topic does not exist",
     "create it, or name another by --topic"},
    {RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART, false, "the topic or partition does not exist",
     "create it, or say another --topic"},
    {RD_KAFKA_RESP_ERR__UNKNOWN_PARTITION, false, "the partition does not exist",
     "check the topic's partitions"},
    {RD_KAFKA_RESP_ERR_TOPIC_EXCEPTION, false, "the topic's name is not allowed",
     "use letters, digits, '.', '_', '-'"},
    {RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED, false, "this user may not use the topic",
     "have READ, WRITE and DESCRIBE granted"},
    {RD_KAFKA_RESP_ERR_GROUP_AUTHORIZATION_FAILED, false, "no right to use the consumer group",
     "have READ granted, or -S kafka.client-id"},
    {RD_KAFKA_RESP_ERR_CLUSTER_AUTHORIZATION_FAILED, false, "this user may not do that here",
     "have an administrator create the topic"},
    {RD_KAFKA_RESP_ERR__TIMED_OUT, true, "no answer in time", "check that the brokers are up and reachable"},
    {RD_KAFKA_RESP_ERR_REQUEST_TIMED_OUT, true, "the broker's time limit was over",
     "look at its load and its replicas"},
    {RD_KAFKA_RESP_ERR__MSG_TIMED_OUT, true, "not delivered within message.timeout.ms",
     "check the partition's leader"},
    {RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE, false, "larger than allowed",
     "raise message.max.bytes (-X), max.message.bytes (topic)"},
    {RD_KAFKA_RESP_ERR__QUEUE_FULL, true, "the producer's queue is full",
     "the replay waits until there is room"},
    {RD_KAFKA_RESP_ERR_NOT_LEADER_FOR_PARTITION, true, "the partition has just moved",
     "nothing to do: the new leader is asked for"},
    {RD_KAFKA_RESP_ERR_LEADER_NOT_AVAILABLE, true, "the partition has no leader just now",
     "wait, or bring its brokers back"},
    {RD_KAFKA_RESP_ERR_FENCED_LEADER_EPOCH, true, "the partition has just moved",
     "nothing to do: the new leader is asked for"},
    {RD_KAFKA_RESP_ERR_NOT_ENOUGH_REPLICAS, true, "too few replicas are in sync",
     "bring brokers back or lower min.insync.replicas"},
    {RD_KAFKA_RESP_ERR_NOT_ENOUGH_REPLICAS_AFTER_APPEND, true, "too few replicas are in sync",
     "bring brokers back or lower min.insync.replicas"},
    {RD_KAFKA_RESP_ERR_COORDINATOR_NOT_AVAILABLE, true, "the group's coordinator is not there yet",
     "nothing to do: it is asked again"},
    {RD_KAFKA_RESP_ERR__WAIT_COORD, true, "the group's coordinator is not known yet",
     "nothing to do: it is asked again"},
    {RD_KAFKA_RESP_ERR_NOT_COORDINATOR, true, "the group has moved to another broker",
     "nothing to do: it is asked for again"},
    {RD_KAFKA_RESP_ERR_COORDINATOR_LOAD_IN_PROGRESS, true, "the group's offsets are being loaded",
     "nothing to do: it is asked again"},
    {RD_KAFKA_RESP_ERR_OFFSET_OUT_OF_RANGE, false, "the offset is gone",
     "raise retention.ms, or set query.fail-on-data-loss=false"},
    {RD_KAFKA_RESP_ERR__AUTO_OFFSET_RESET, false, "the offset is gone",
     "raise retention.ms, or set query.fail-on-data-loss=false"},
    {RD_KAFKA_RESP_ERR_INVALID_REPLICATION_FACTOR, false, "more copies than brokers",
     "lower kafka.replication-factor"},
    {RD_KAFKA_RESP_ERR_INVALID_PARTITIONS, false, "the number of partitions is not allowed",
     "change kafka.partitions"},
    {RD_KAFKA_RESP_ERR_INVALID_TIMESTAMP, false, "the broker refuses our time",
     "set this machine's clock right, or the broker's"},
    {RD_KAFKA_RESP_ERR_POLICY_VIOLATION, false, "the cluster's policy forbids that",
     "have an administrator create the topic"},
    {RD_KAFKA_RESP_ERR_UNSUPPORTED_VERSION, false, "the broker is too old for this request",
     "use Kafka 2.1 or newer"},
    {RD_KAFKA_RESP_ERR__UNSUPPORTED_FEATURE, false, "the broker cannot do this", "use Kafka 2.1 or newer"},
    {RD_KAFKA_RESP_ERR__FATAL, false, "the client had to give up", "start the program again"},
};

/* What client_certificate_mark puts into a text, and these words are found by. */
#define CERTIFICATE_HOST    "certificate of another host"
#define CERTIFICATE_CA      "certificate of an unknown CA"
#define CERTIFICATE_EXPIRED "certificate that has expired"
#define CERTIFICATE_EARLY   "certificate that is not valid yet"
#define WANTS_CERTIFICATE   "the broker wants a certificate it trusts", "set ssl.certificate.location (-X)"
#define NO_TLS              "no TLS at this port, it seems", "check security.protocol (-X) and the port"

static const struct words *words_of(rd_kafka_resp_err_t code)
{
    for (size_t i = 0; i < sizeof all_words / sizeof all_words[0]; i++)
        if (all_words[i].code == code)
            return &all_words[i];
    return NULL;
}

/* What librdkafka tells only in its text, a refused connection, an unknown host and a failed handshake all
 * being _TRANSPORT, _SSL or _ALL_BROKERS_DOWN at times: the text is then the better witness. Bare: the text
 * says nothing that the words do not, but for the broker. The first that fits counts. */
static const struct told {
    const char *mark;
    rd_kafka_resp_err_t as; /* the words of this code, where there are none of its own */
    bool bare;
    struct words words;
} all_told[] = {
    {"Connection refused",
     0,
     true,
     {0, true, "the broker refuses the connection", "start Kafka there or correct --brokers"}},
    {"Failed to resolve", RD_KAFKA_RESP_ERR__RESOLVE, false, {0}},
    {CERTIFICATE_HOST,
     0,
     true,
     {0, false, "the broker's certificate is for another host", "correct --brokers"}},
    {CERTIFICATE_CA,
     0,
     true,
     {0, false, "the broker's certificate has no CA that we trust", "set ssl.ca.location (-X)"}},
    {CERTIFICATE_EXPIRED,
     0,
     true,
     {0, false, "the broker's certificate has expired", "renew it, or set this clock right"}},
    {CERTIFICATE_EARLY,
     0,
     true,
     {0, false, "the broker's certificate is not valid yet", "set this machine's clock right"}},
    {"certificate verify failed",
     0,
     true,
     {0, false, "the broker's certificate is not trusted", "check ssl.ca.location and --brokers"}},
    {"alert bad certificate", 0, true, {0, false, WANTS_CERTIFICATE}},
    {"alert certificate", 0, true, {0, false, WANTS_CERTIFICATE}},
    {"alert unknown ca", 0, true, {0, false, WANTS_CERTIFICATE}},
    {"client SSL authentication might be required", 0, true, {0, false, WANTS_CERTIFICATE}},
    {"unexpected eof", 0, true, {0, true, NO_TLS}},
    {"wrong version number", 0, true, {0, true, NO_TLS}},
    {"connecting to a PLAINTEXT", 0, true, {0, true, NO_TLS}},
    {"SSL handshake", RD_KAFKA_RESP_ERR__SSL, false, {0}},
    {"connecting to a SSL listener",
     0,
     true,
     {0, true, "the broker hangs up, it may want TLS", "set security.protocol=ssl or sasl_ssl (-X)"}},
    {"might require SASL",
     0,
     true,
     {0, true, "the broker hangs up, it may want a login", "set security.protocol, sasl.* (-X)"}},
    {"not valid in current SASL state",
     0,
     true,
     {0, false, "this port takes no login", "set security.protocol=plaintext or ssl (-X)"}},
    {"mechanism handshake failed", RD_KAFKA_RESP_ERR_UNSUPPORTED_SASL_MECHANISM, false, {0}},
};

static const struct told *told_by(rd_kafka_resp_err_t code, const char *detail)
{
    switch (code) {
    case RD_KAFKA_RESP_ERR__TRANSPORT:
    case RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN:
    case RD_KAFKA_RESP_ERR__TIMED_OUT:
    case RD_KAFKA_RESP_ERR__SSL:
    case RD_KAFKA_RESP_ERR__AUTHENTICATION: break;
    default: return NULL;
    }
    for (size_t i = 0; detail && i < sizeof all_told / sizeof all_told[0]; i++)
        if (strstr(detail, all_told[i].mark))
            return &all_told[i];
    return NULL;
}

static const struct words *words_by_detail(rd_kafka_resp_err_t code, const char *detail)
{
    const struct told *t = told_by(code, detail);
    if (!t)
        return words_of(code);
    return t->as ? words_of(t->as) : &t->words;
}

bool client_error_passes(rd_kafka_resp_err_t code, const char *detail)
{
    const struct words *w = words_by_detail(code, detail);
    return w && w->passes;
}

/* OpenSSL's numbers (X509_V_ERR_...), which are part of its interface for good. */
const char *client_certificate_mark(int x509_error)
{
    switch (x509_error) {
    case 0: return NULL;
    case 9: return CERTIFICATE_EARLY;
    case 10: return CERTIFICATE_EXPIRED;
    case 62:
    case 64: return CERTIFICATE_HOST;
    case 2:
    case 18:
    case 19:
    case 20:
    case 21: return CERTIFICATE_CA;
    default: return "certificate verify failed";
    }
}

/* librdkafka's own state of things is no help to anybody: "sasl_ssl://host:9092/bootstrap: Connect to
 * ipv4#... failed: Connection refused (after 0ms in state CONNECT, 1 identical error(s) suppressed)". What
 * stays of it is the broker and what the system said; of a refused connection, the broker alone. */
static void shorten_detail(char *detail, bool only_broker)
{
    char *after = strstr(detail, " (after "), *state = strstr(detail, " in state ");
    char *suppressed = strstr(detail, "identical error(s) suppressed"), *cut = after ? after : state;
    if (suppressed && (!cut || suppressed < cut))
        for (cut = suppressed; cut > detail && *cut != '('; cut--)
            ;
    if (cut) {
        while (cut > detail && cut[-1] == ' ')
            cut--;
        *cut = '\0';
    }
    char *scheme = strstr(detail, "://"), *broker = strstr(detail, "/bootstrap: ");
    if (broker)
        memmove(broker, broker + strlen("/bootstrap"), strlen(broker + strlen("/bootstrap")) + 1);
    if (scheme && (!broker || scheme < broker))
        memmove(detail, scheme + 3, strlen(scheme + 3) + 1);
    char *space = strstr(detail, ": ");
    if (only_broker && space)
        *space = '\0';
}

void client_error_words(char *out, size_t cap, rd_kafka_resp_err_t code, const char *detail)
{
    char clean[240] = "", line[600];
    const struct words *w = words_by_detail(code, detail);
    const struct told *t = told_by(code, detail);
    if (detail && *detail) {
        text_clean(clean, sizeof clean, detail, strlen(detail), false);
        shorten_detail(clean, t && t->bare);
    }
    if (w)
        snprintf(line, sizeof line, "%s: %s%s%s%s", w->what, w->todo, *clean ? " (" : "", clean,
                 *clean ? ")" : "");
    else
        snprintf(line, sizeof line, "Kafka says %s%s%s%s: the log pane has more", rd_kafka_err2str(code),
                 *clean ? " (" : "", clean, *clean ? ")" : "");
    text_clean(out, cap, line, strlen(line), false);
}
