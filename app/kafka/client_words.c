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

static const struct words all_words[] = {
    {RD_KAFKA_RESP_ERR__RESOLVE, false, "the broker's host name is not found", "check the name in --brokers"},
    {RD_KAFKA_RESP_ERR__TRANSPORT, true, "the connection to a broker failed",
     "check that Kafka runs at the address in --brokers"},
    {RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN, true, "no broker can be reached",
     "check that Kafka runs at the address in --brokers"},
    {RD_KAFKA_RESP_ERR__SSL, false, "the TLS handshake with a broker failed",
     "check security.protocol and the ssl.* properties (-X), and that the port speaks TLS"},
    {RD_KAFKA_RESP_ERR__AUTHENTICATION, false, "the broker does not accept our login",
     "check sasl.mechanism, sasl.username and sasl.password (-X)"},
    {RD_KAFKA_RESP_ERR_SASL_AUTHENTICATION_FAILED, false, "the broker does not accept our login",
     "check sasl.mechanism, sasl.username and sasl.password (-X)"},
    {RD_KAFKA_RESP_ERR_UNSUPPORTED_SASL_MECHANISM, false, "the broker does not know this way to log in",
     "set sasl.mechanism (-X) to one that it offers"},
    {RD_KAFKA_RESP_ERR__UNKNOWN_TOPIC, false, "the topic does not exist",
     "create it, or name another by --topic"},
    {RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART, false, "the topic or its partition does not exist",
     "create it, or name another by --topic"},
    {RD_KAFKA_RESP_ERR__UNKNOWN_PARTITION, false, "the partition does not exist",
     "check the topic's partitions"},
    {RD_KAFKA_RESP_ERR_TOPIC_EXCEPTION, false, "the topic's name is not allowed",
     "use letters, digits, '.', '_' and '-', at most 249"},
    {RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED, false, "this user may not use the topic",
     "have READ, WRITE and DESCRIBE on it granted, or log in as another user (-X sasl.username)"},
    {RD_KAFKA_RESP_ERR_GROUP_AUTHORIZATION_FAILED, false, "this user may not use the consumer group",
     "have READ on the group granted, or name another by -S kafka.client-id"},
    {RD_KAFKA_RESP_ERR_CLUSTER_AUTHORIZATION_FAILED, false, "this user may not do that on the cluster",
     "have it granted, or have an administrator create the topic"},
    {RD_KAFKA_RESP_ERR__TIMED_OUT, true, "the cluster did not answer in time",
     "check that its brokers are up and reachable from here"},
    {RD_KAFKA_RESP_ERR_REQUEST_TIMED_OUT, true, "the broker's own time limit was over",
     "look at the broker's load and at its other replicas"},
    {RD_KAFKA_RESP_ERR__MSG_TIMED_OUT, true, "a message was not delivered within message.timeout.ms",
     "check that the partition's leader is up"},
    {RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE, false, "a message or batch is larger than the broker allows",
     "lower batch.size (-X) or raise the topic's max.message.bytes"},
    {RD_KAFKA_RESP_ERR__QUEUE_FULL, true, "the producer's queue is full",
     "the replay waits until there is room"},
    {RD_KAFKA_RESP_ERR_NOT_LEADER_FOR_PARTITION, true, "the partition has just moved to another broker",
     "nothing to do: the new leader is asked for"},
    {RD_KAFKA_RESP_ERR_LEADER_NOT_AVAILABLE, true, "the partition has no leader just now",
     "wait for the election, or bring its brokers back"},
    {RD_KAFKA_RESP_ERR_FENCED_LEADER_EPOCH, true, "the partition has just moved to another broker",
     "nothing to do: the new leader is asked for"},
    {RD_KAFKA_RESP_ERR_NOT_ENOUGH_REPLICAS, true, "too few replicas are in sync to write",
     "bring the other brokers back, or lower min.insync.replicas"},
    {RD_KAFKA_RESP_ERR_NOT_ENOUGH_REPLICAS_AFTER_APPEND, true, "too few replicas are in sync to write",
     "bring the other brokers back, or lower min.insync.replicas"},
    {RD_KAFKA_RESP_ERR_COORDINATOR_NOT_AVAILABLE, true, "the group's coordinator is not there yet",
     "nothing to do: it is asked for again"},
    {RD_KAFKA_RESP_ERR__WAIT_COORD, true, "the group's coordinator is not known yet",
     "nothing to do: it is asked for again"},
    {RD_KAFKA_RESP_ERR_NOT_COORDINATOR, true, "the group has moved to another coordinator",
     "nothing to do: it is asked for again"},
    {RD_KAFKA_RESP_ERR_COORDINATOR_LOAD_IN_PROGRESS, true, "the group's coordinator is loading its offsets",
     "nothing to do: it is asked again"},
    {RD_KAFKA_RESP_ERR_OFFSET_OUT_OF_RANGE, false, "the offset is no longer kept by the broker",
     "keep data longer (retention.ms), or allow the loss by query.fail-on-data-loss=false"},
    {RD_KAFKA_RESP_ERR__AUTO_OFFSET_RESET, false, "the offset is no longer kept by the broker",
     "keep data longer (retention.ms), or allow the loss by query.fail-on-data-loss=false"},
    {RD_KAFKA_RESP_ERR_INVALID_REPLICATION_FACTOR, false, "the replication factor does not fit the cluster",
     "set kafka.replication-factor to at most the number of brokers"},
    {RD_KAFKA_RESP_ERR_INVALID_PARTITIONS, false, "the number of partitions is not allowed",
     "set kafka.partitions to another number"},
    {RD_KAFKA_RESP_ERR_POLICY_VIOLATION, false, "the cluster's policy forbids that",
     "have an administrator create the topic"},
    {RD_KAFKA_RESP_ERR_UNSUPPORTED_VERSION, false, "the broker is too old for this request",
     "use Kafka 2.1 or newer"},
    {RD_KAFKA_RESP_ERR__UNSUPPORTED_FEATURE, false, "the broker does not know this feature",
     "use Kafka 2.1 or newer; the embedded cluster has no admin calls"},
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
        .todo = "check that Kafka runs there and listens on that port (--brokers)",
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

void client_error_words(char *out, size_t cap, rd_kafka_resp_err_t code, const char *detail)
{
    char clean[240] = "", line[600];
    if (detail && *detail)
        text_clean(clean, sizeof clean, detail, strlen(detail), false);
    const struct words *w = words_by_detail(code, detail);
    if (w)
        snprintf(line, sizeof line, "%s: %s%s%s%s", w->what, w->todo, *clean ? " (" : "", clean,
                 *clean ? ")" : "");
    else
        snprintf(line, sizeof line, "Kafka says %s%s%s%s: the log pane has more", rd_kafka_err2str(code),
                 *clean ? " (" : "", clean, *clean ? ")" : "");
    text_clean(out, cap, line, strlen(line), false);
}
