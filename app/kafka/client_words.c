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
    {RD_KAFKA_RESP_ERR_POLICY_VIOLATION, false, "the cluster's policy forbids that",
     "have an administrator create the topic"},
    {RD_KAFKA_RESP_ERR_UNSUPPORTED_VERSION, false, "the broker is too old for this request",
     "use Kafka 2.1 or newer"},
    {RD_KAFKA_RESP_ERR__UNSUPPORTED_FEATURE, false, "the broker cannot do this", "use Kafka 2.1 or newer"},
    {RD_KAFKA_RESP_ERR__FATAL, false, "the client had to give up", "start the program again"},
};

static const struct words *words_of(rd_kafka_resp_err_t code)
{
    for (size_t i = 0; i < sizeof all_words / sizeof all_words[0]; i++)
        if (all_words[i].code == code)
            return &all_words[i];
    return NULL;
}

bool client_error_passes(rd_kafka_resp_err_t code)
{
    const struct words *w = words_of(code);
    return w && w->passes;
}

/* librdkafka tells a refused connection, an unknown host and a failed handshake only in its text, all three
 * as _TRANSPORT or _ALL_BROKERS_DOWN at times; the text is then the better witness. */
static const struct words *words_by_detail(rd_kafka_resp_err_t code, const char *detail)
{
    static const struct words refused = {
        .what = "the broker refuses the connection",
        .todo = "start Kafka there or correct --brokers",
    };
    if (!detail || (code != RD_KAFKA_RESP_ERR__TRANSPORT && code != RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN &&
                    code != RD_KAFKA_RESP_ERR__TIMED_OUT))
        return words_of(code);
    if (strstr(detail, "Connection refused"))
        return &refused;
    if (strstr(detail, "Failed to resolve"))
        return words_of(RD_KAFKA_RESP_ERR__RESOLVE);
    if (strstr(detail, "SSL handshake"))
        return words_of(RD_KAFKA_RESP_ERR__SSL);
    return words_of(code);
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
    if (detail && *detail) {
        text_clean(clean, sizeof clean, detail, strlen(detail), false);
        shorten_detail(clean, strstr(clean, "Connection refused") != NULL);
    }
    if (w)
        snprintf(line, sizeof line, "%s: %s%s%s%s", w->what, w->todo, *clean ? " (" : "", clean,
                 *clean ? ")" : "");
    else
        snprintf(line, sizeof line, "Kafka says %s%s%s%s: the log pane has more", rd_kafka_err2str(code),
                 *clean ? " (" : "", clean, *clean ? ")" : "");
    text_clean(out, cap, line, strlen(line), false);
}
