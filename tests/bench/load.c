#include "bench/load.h"

#include "kill/stage.h"

enum { FLUSH_MS = 60000 };

static void told(rd_kafka_t *rk, const rd_kafka_message_t *m, void *opaque)
{
    (void)rk, (void)opaque;
    if (m->err)
        die("a call was not delivered", rd_kafka_err2str(m->err));
}

static void set(rd_kafka_conf_t *conf, const char *name, const char *value)
{
    char err[300];
    if (rd_kafka_conf_set(conf, name, value, err, sizeof err) != RD_KAFKA_CONF_OK)
        die("a producer cannot be set up", err);
}

rd_kafka_t *load_producer(const char *brokers, const char *const (*properties)[2], size_t count)
{
    char err[300];
    rd_kafka_conf_t *conf = rd_kafka_conf_new();

    set(conf, "bootstrap.servers", brokers);
    for (size_t i = 0; i < count; i++)
        set(conf, properties[i][0], properties[i][1]);
    rd_kafka_conf_set_dr_msg_cb(conf, told);
    rd_kafka_t *rk = rd_kafka_new(RD_KAFKA_PRODUCER, conf, err, sizeof err);
    if (rk == NULL)
        die("a producer cannot be started", err);
    return rk;
}

void load_produce(rd_kafka_t *rk, rd_kafka_topic_t *topic, const struct message *m, int32_t partition)
{
    while (rd_kafka_produce(topic, partition, RD_KAFKA_MSG_F_COPY, (void *)(uintptr_t)m->value, m->value_len,
                            NULL, 0, NULL) != 0) {
        if (rd_kafka_last_error() != RD_KAFKA_RESP_ERR__QUEUE_FULL)
            die("cannot produce", rd_kafka_err2str(rd_kafka_last_error()));
        rd_kafka_poll(rk, 10);
    }
}

void load_flush(rd_kafka_t *rk)
{
    if (rd_kafka_flush(rk, FLUSH_MS) != RD_KAFKA_RESP_ERR_NO_ERROR)
        die("cannot produce", "not all calls were delivered in a minute");
}
