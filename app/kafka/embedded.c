#include "kafka/embedded.h"

#include "base/text.h"
#include "base/xalloc.h"
#include "kafka/bounded.h"
#include "kafka/client.h"
#include "log.h"
#include "options.h"

#include <librdkafka/rdkafka.h>
#include <librdkafka/rdkafka_mock.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define STOP_LIMIT_MS 100

struct embedded {
    rd_kafka_t *rk; /* only carries the cluster; it never connects */
    rd_kafka_mock_cluster_t *cluster;
    char *topic;
    int replicas;
};

/* Called from the cluster's own thread, as nobody polls this handle; log_line is for any thread, and nothing
 * of the library is called here. */
static void on_log(const rd_kafka_t *rk, int level, const char *facility, const char *text)
{
    if (strcmp(facility, "CONFWARN") == 0)
        return; /* that it has no brokers to connect to: it is not meant to */
    char line[512], clean[512];
    snprintf(line, sizeof line, "%s: %s", facility, text);
    text_clean(clean, sizeof clean, line, strlen(line), false);
    enum log_level l = level <= 3 ? LOG_ERROR : level == 4 ? LOG_WARNING : level <= 6 ? LOG_INFO : LOG_DEBUG;
    log_line(l, "embedded", "%s", clean);
}

struct embedded *embedded_start(const struct options *o, char *err, size_t err_cap)
{
    struct embedded *e = xcalloc(1, sizeof *e);
    char why[300] = "";
    rd_kafka_conf_t *conf = rd_kafka_conf_new();
    rd_kafka_conf_set_log_cb(conf, on_log);
    rd_kafka_conf_set(conf, "client.id", "embedded", why, sizeof why);
    e->rk = rd_kafka_new(RD_KAFKA_PRODUCER, conf, why, sizeof why);
    if (!e->rk) {
        rd_kafka_conf_destroy(conf);
        snprintf(err, err_cap, "the embedded cluster cannot be set up: %s", why);
        goto fail;
    }
    int brokers = o->kafka.embedded_brokers;
    e->cluster = rd_kafka_mock_cluster_new(e->rk, brokers);
    if (!e->cluster) {
        snprintf(
            err, err_cap,
            "the embedded cluster cannot listen on 127.0.0.1: is the loopback interface up, and are file "
            "descriptors left (ulimit -n)?");
        goto fail;
    }
    int copies = client_topic_copies(o, brokers); /* 2.0.2's mock does not look at it, newer ones do */
    e->replicas = copies < brokers ? copies : brokers;
    /* The topic is there before any client asks for it: a client that is told of a topic without a leader
     * waits for up to a second before it asks again. */
    if (embedded_make_topic(e, o->kafka.topic, o->kafka.partitions, err, err_cap) < 0)
        goto fail;
    e->topic = xstrdup(o->kafka.topic);
    return e;
fail:
    embedded_stop(e);
    return NULL;
}

const char *embedded_bootstrap(const struct embedded *e)
{
    return rd_kafka_mock_cluster_bootstraps(e->cluster);
}

static void end_cluster(void *arg)
{
    struct embedded *e = arg;
    if (e->cluster)
        rd_kafka_mock_cluster_destroy(e->cluster);
    if (e->rk)
        rd_kafka_destroy(e->rk);
    free(e->topic);
    free(e);
}

void embedded_stop(struct embedded *e)
{
    /* Every other time 2.0.2 sleeps for a second in here: a thread of the mock's looks whether it was the
     * last one just before it is. Nobody who pressed q should wait for that. */
    if (e)
        bounded_run(end_cluster, e, STOP_LIMIT_MS);
}

/* The mock's calls below go through its own queue to its own thread, so any thread may make them. */

int embedded_make_topic(struct embedded *e, const char *topic, int partitions, char *err, size_t err_cap)
{
    rd_kafka_resp_err_t code = rd_kafka_mock_topic_create(e->cluster, topic, partitions, e->replicas);
    if (!code || code == RD_KAFKA_RESP_ERR_TOPIC_ALREADY_EXISTS)
        return 0;
    char clean[200];
    text_clean(clean, sizeof clean, topic, strlen(topic), false);
    snprintf(err, err_cap, "the embedded cluster cannot make the topic %s with %d partitions: %s", clean,
             partitions, rd_kafka_err2str(code));
    return -1;
}

int embedded_broker_up(struct embedded *e, int32_t broker_id, bool up)
{
    rd_kafka_resp_err_t code = up ? rd_kafka_mock_broker_set_up(e->cluster, broker_id)
                                  : rd_kafka_mock_broker_set_down(e->cluster, broker_id);
    return code ? -1 : 0;
}

int embedded_broker_latency(struct embedded *e, int32_t broker_id, int latency_ms)
{
    if (latency_ms < 0)
        return -1;
    return rd_kafka_mock_broker_set_rtt(e->cluster, broker_id, latency_ms) ? -1 : 0;
}

int embedded_move_leader(struct embedded *e, int32_t partition, int32_t broker_id)
{
    if (partition < 0)
        return -1;
    return rd_kafka_mock_partition_set_leader(e->cluster, e->topic, partition, broker_id) ? -1 : 0;
}
