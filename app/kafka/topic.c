/* Makes sure that the topic is there and led before anybody reads or writes it. */
#include "kafka/client.h"
#include "kafka/embedded.h"

#include "base/clock.h"
#include "base/text.h"
#include "base/xalloc.h"
#include "log.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

struct search {
    struct client_trouble *trouble; /* so that a timeout can be explained */
    const struct app_parts *parts;
    rd_kafka_t *rk;
    rd_kafka_topic_t *topic;
    char name[VIEW_TEXT]; /* clean */
    int64_t deadline_ms;
    bool keyed; /* made so that the newest record of each key is kept for ever */
    bool may_create;
    bool of_sink;
    bool asked_to_create;
    struct topic_plan plan; /* partitions 0: as the options say */
};

static int64_t left_ms(const struct search *s)
{
    int64_t left = s->deadline_ms - clock_mono_ms();
    return left > 0 ? left : 0;
}

/* Words for an end without success: the reason that the library gave, if any, says more than "timed out". */
static void explain(const struct search *s, rd_kafka_resp_err_t code, char *err, size_t cap)
{
    char words[400], brokers[200];
    bool vague = code == RD_KAFKA_RESP_ERR__TIMED_OUT || code == RD_KAFKA_RESP_ERR__TRANSPORT;
    if (s->trouble->code && (vague || code == s->trouble->code))
        client_error_words(words, sizeof words, s->trouble->code, s->trouble->reason);
    else
        client_error_words(words, sizeof words, code, NULL);
    text_clean(brokers, sizeof brokers, s->parts->bootstrap, strlen(s->parts->bootstrap), false);
    snprintf(err, cap, "topic %s on %s: %s", s->name, brokers, words);
}

/* With one copy a broker that dies takes the calls along; more than the cluster has brokers cannot be had. */
int client_topic_copies(const struct options *o, int brokers)
{
    return o->kafka.replication_factor > 0 ? (int)o->kafka.replication_factor : brokers > 1 ? 2 : 1;
}

static void plan_it(struct search *s, int brokers)
{
    const struct options *o = s->parts->options;
    if (s->plan.partitions == 0)
        s->plan.partitions = o->kafka.partitions;
    if (s->plan.copies == 0)
        s->plan.copies = client_topic_copies(o, brokers);
}

/* 2.0.2's mock makes any topic that is asked for; newer ones leave that to the client's settings, and none
 * answers admin calls. */
static rd_kafka_resp_err_t create_embedded(struct search *s, char *err, size_t cap)
{
    int made = embedded_make_topic(s->parts->embedded_cluster, rd_kafka_topic_name(s->topic),
                                   s->plan.partitions, err, cap);
    return made < 0 ? RD_KAFKA_RESP_ERR__FAIL : RD_KAFKA_RESP_ERR_NO_ERROR;
}

static rd_kafka_resp_err_t create(struct search *s, int brokers, char *err, size_t cap)
{
    if (s->parts->embedded_cluster)
        return create_embedded(s, err, cap);
    char why[300] = "";
    rd_kafka_NewTopic_t *topic = rd_kafka_NewTopic_new(rd_kafka_topic_name(s->topic), s->plan.partitions,
                                                       s->plan.copies, why, sizeof why);
    if (!topic) {
        snprintf(err, cap, "topic %s cannot be created: %s", s->name, why);
        return RD_KAFKA_RESP_ERR__INVALID_ARG;
    }
    if (s->keyed)
        rd_kafka_NewTopic_set_config(topic, "cleanup.policy", "compact");
    rd_kafka_AdminOptions_t *options = rd_kafka_AdminOptions_new(s->rk, RD_KAFKA_ADMIN_OP_CREATETOPICS);
    int timeout_ms = (int)left_ms(s);
    rd_kafka_AdminOptions_set_request_timeout(options, timeout_ms, NULL, 0);
    rd_kafka_AdminOptions_set_operation_timeout(options, timeout_ms, NULL, 0);
    rd_kafka_queue_t *queue = rd_kafka_queue_new(s->rk);
    rd_kafka_CreateTopics(s->rk, &topic, 1, options, queue);
    rd_kafka_event_t *event = rd_kafka_queue_poll(queue, timeout_ms + 200);
    rd_kafka_resp_err_t code = RD_KAFKA_RESP_ERR__TIMED_OUT;
    const char *detail = NULL;
    if (event) {
        code = rd_kafka_event_error(event);
        detail = rd_kafka_event_error_string(event);
        const rd_kafka_CreateTopics_result_t *result = rd_kafka_event_CreateTopics_result(event);
        size_t count = 0;
        const rd_kafka_topic_result_t **topics =
            !code && result ? rd_kafka_CreateTopics_result_topics(result, &count) : NULL;
        if (count > 0) {
            code = rd_kafka_topic_result_error(topics[0]);
            detail = rd_kafka_topic_result_error_string(topics[0]);
        }
    }
    if (code == RD_KAFKA_RESP_ERR_TOPIC_ALREADY_EXISTS)
        code = RD_KAFKA_RESP_ERR_NO_ERROR; /* somebody was faster */
    if (code) {
        char words[400];
        char figures[60];
        snprintf(figures, sizeof figures, "%d copies, %d brokers", s->plan.copies, brokers);
        if (code == RD_KAFKA_RESP_ERR_INVALID_REPLICATION_FACTOR)
            detail = figures; /* the broker's own sentence says the same at length */
        bool no_right = code == RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED ||
                        code == RD_KAFKA_RESP_ERR_CLUSTER_AUTHORIZATION_FAILED;
        client_error_words(words, sizeof words, code, detail);
        snprintf(err, cap, "topic %s is missing and cannot be created: %s", s->name,
                 no_right ? "this user may not: have CREATE granted, or somebody create it" : words);
    } else {
        log_line(LOG_INFO, "kafka", "topic %s created: %d partitions, %d copies each", s->name,
                 s->plan.partitions, s->plan.copies);
    }
    if (event)
        rd_kafka_event_destroy(event);
    rd_kafka_queue_destroy(queue);
    rd_kafka_AdminOptions_destroy(options);
    rd_kafka_NewTopic_destroy(topic);
    return code;
}

/* Words for a topic that is not there and is not made here. */
static void say_missing(const struct search *s, char *err, size_t cap)
{
    const struct options *o = s->parts->options;
    const char *mend = s->of_sink ? "make it first" : "correct --topic";
    char brokers[120], partitions[40], copies[40];
    text_clean(brokers, sizeof brokers, s->parts->bootstrap, strlen(s->parts->bootstrap), false);
    if (o->kafka.read_only)
        snprintf(err, cap, "topic %s is not there, and --read-only makes none: %s", s->name, mend);
    else if (o->kafka.create_topic == TOPIC_LEAVE)
        snprintf(err, cap, "topic %s is not there on %s, and --create-topic no makes none: %s", s->name,
                 brokers, mend);
    else
        snprintf(err, cap, "topic %s is not there on %s: --create-topic yes makes it (%s, %s), or %s",
                 s->name, brokers,
                 text_many(partitions, sizeof partitions, s->plan.partitions, "partition", "partitions"),
                 text_many(copies, sizeof copies, s->plan.copies, "copy", "copies"), mend);
}

/* It is not there: CLIENT_MISSING, 0 = look again, or why it cannot be made. */
static int missing(struct search *s, int brokers, char *err, size_t cap)
{
    plan_it(s, brokers);
    if (s->asked_to_create)
        return 0; /* just created: not every broker has heard of it */
    if (!s->may_create) {
        say_missing(s, err, cap);
        return CLIENT_MISSING;
    }
    s->asked_to_create = true;
    rd_kafka_resp_err_t refused = create(s, brokers, err, cap);
    if (!refused)
        return 0;
    return client_error_passes(refused, NULL) ? CLIENT_NOT_FOUND : CLIENT_REFUSED;
}

/* One look at the cluster: the partition count once every partition is led, 0 = look again, else the outcome.
 */
static int look(struct search *s, rd_kafka_resp_err_t *code, char *err, size_t cap)
{
    const struct rd_kafka_metadata *md;
    int64_t slice_ms = left_ms(s) < 1000 ? left_ms(s) : 1000;
    rd_kafka_poll(s->rk, 0);
    *code = rd_kafka_metadata(s->rk, 0, s->topic, &md, (int)slice_ms);
    rd_kafka_poll(s->rk, 0);
    if (*code) {
        rd_kafka_resp_err_t heard = s->trouble->code ? s->trouble->code : *code;
        if (client_error_passes(heard, s->trouble->reason) || heard == RD_KAFKA_RESP_ERR__RESOLVE)
            return 0; /* of several names one may be wrong: the deadline decides */
        explain(s, heard, err, cap);
        return CLIENT_REFUSED;
    }
    int found = 0;
    const rd_kafka_metadata_topic_t *t = md->topic_cnt == 1 ? &md->topics[0] : NULL;
    *code = t ? t->err : RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART;
    if (*code == RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART) {
        found = missing(s, md->broker_cnt, err, cap);
    } else if (client_error_passes(*code, NULL)) {
        found = 0;
    } else if (*code) {
        explain(s, *code, err, cap);
        found = CLIENT_REFUSED;
    } else if (t->partition_cnt > MAX_PARTITIONS) {
        snprintf(err, cap, "topic %s has %d partitions: at most %d can be read", s->name, t->partition_cnt,
                 MAX_PARTITIONS);
        found = CLIENT_REFUSED;
    } else {
        found = t->partition_cnt;
        for (int i = 0; i < t->partition_cnt; i++)
            if (t->partitions[i].leader < 0) {
                *code = RD_KAFKA_RESP_ERR_LEADER_NOT_AVAILABLE;
                found = 0;
            }
    }
    rd_kafka_metadata_destroy(md);
    return found;
}

/* s has what is asked for; the rest is filled in here. */
static int ensure(struct search *s, const char *topic, int64_t timeout_ms, char *err, size_t err_cap)
{
    s->deadline_ms = clock_mono_ms() + timeout_ms;
    s->may_create = s->may_create && !s->parts->options->kafka.read_only;
    text_clean(s->name, sizeof s->name, topic, strlen(topic), false);
    rd_kafka_conf_t *conf = client_conf(s->parts, CLIENT_WATCH, err, err_cap);
    if (!conf)
        return CLIENT_REFUSED;
    s->trouble = xcalloc(1, sizeof *s->trouble);
    client_keep_trouble(conf, s->trouble);
    s->rk = client_new(RD_KAFKA_CONSUMER, conf, err, err_cap);
    if (!s->rk) {
        free(s->trouble);
        return CLIENT_REFUSED;
    }
    s->topic = rd_kafka_topic_new(s->rk, topic, NULL);
    int found = CLIENT_NOT_FOUND;
    if (!s->topic) {
        snprintf(err, err_cap, "topic %s: %s", s->name, rd_kafka_err2str(rd_kafka_last_error()));
    } else {
        rd_kafka_resp_err_t code = RD_KAFKA_RESP_ERR__TIMED_OUT, last;
        for (;;) {
            found = look(s, &last, err, err_cap);
            /* The last look may have no time left for an answer: what was heard before says more. */
            if (last != RD_KAFKA_RESP_ERR__TIMED_OUT)
                code = last;
            if (found != 0 || left_ms(s) == 0)
                break;
            struct timespec pause = {.tv_nsec = 20 * 1000000};
            clock_nanosleep(CLOCK_MONOTONIC, 0, &pause, NULL);
        }
        if (found == 0) {
            explain(s, code, err, err_cap);
            found = CLIENT_NOT_FOUND;
        }
        rd_kafka_topic_destroy(s->topic);
    }
    if (client_destroy(s->rk, 2000))
        free(s->trouble);
    return found;
}

int client_ensure_topic(const struct app_parts *parts, struct topic_plan *plan, int64_t timeout_ms, char *err,
                        size_t err_cap)
{
    const struct options *o = parts->options;
    struct search s = {.parts = parts, .may_create = o->kafka.create_topic == TOPIC_MAKE};
    int found = ensure(&s, o->kafka.topic, timeout_ms, err, err_cap);
    if (plan)
        *plan = s.plan;
    return found;
}

int client_make_topic(const struct app_parts *parts, const struct topic_plan *plan, int64_t timeout_ms,
                      char *err, size_t err_cap)
{
    struct search s = {.parts = parts, .may_create = true, .plan = *plan};
    return ensure(&s, parts->options->kafka.topic, timeout_ms, err, err_cap);
}

static int ensure_other(const struct app_parts *parts, const char *topic, bool keyed, int partitions,
                        int64_t timeout_ms, char *err, size_t err_cap)
{
    struct search s = {.parts = parts,
                       .keyed = keyed,
                       .plan = {.partitions = partitions},
                       .of_sink = true,
                       .may_create = parts->options->kafka.create_topic != TOPIC_LEAVE};
    return ensure(&s, topic, timeout_ms, err, err_cap);
}

int client_ensure_named_topic(const struct app_parts *parts, const char *topic, int64_t timeout_ms, char *err,
                              size_t err_cap)
{
    return ensure_other(parts, topic, false, 0, timeout_ms, err, err_cap);
}

int client_ensure_keyed_topic(const struct app_parts *parts, const char *topic, int64_t timeout_ms, char *err,
                              size_t err_cap)
{
    return ensure_other(parts, topic, true, 0, timeout_ms, err, err_cap);
}

int client_ensure_single_topic(const struct app_parts *parts, const char *topic, int64_t timeout_ms,
                               char *err, size_t err_cap)
{
    return ensure_other(parts, topic, false, 1, timeout_ms, err, err_cap);
}
