#include "spark/stop_request.h"

#include "base/text.h"
#include "kafka/client.h"

#include <stdio.h>
#include <string.h>

enum { SEND_MS = 5000, CLOSE_MS = 1000 };

static void on_delivery(rd_kafka_t *rk, const rd_kafka_message_t *m, void *opaque)
{
    (void)rk;
    *(rd_kafka_resp_err_t *)opaque = m->err;
}

bool stop_request_send(const struct app_parts *parts, const char *topic, const char *query, bool now,
                       char *err, size_t err_cap)
{
    /* Where the handle is left behind it may still be written to. */
    static rd_kafka_resp_err_t outcome;
    char why[300], text[200];
    outcome = RD_KAFKA_RESP_ERR__TIMED_OUT;
    rd_kafka_conf_t *conf = client_conf(parts, CLIENT_PRODUCER, err, err_cap);
    if (!conf)
        return false;
    rd_kafka_conf_set_dr_msg_cb(conf, on_delivery);
    rd_kafka_conf_set_opaque(conf, &outcome);
    rd_kafka_t *rk = client_new(RD_KAFKA_PRODUCER, conf, err, err_cap);
    if (!rk)
        return false;
    /* An id of Spark's is a UUID; whatever else it is, it must not end the text that it stands in. */
    if (strspn(query, "0123456789abcdefABCDEF-") != strlen(query))
        query = "*";
    int len = snprintf(text, sizeof text, "{\"type\":\"stop\",\"v\":1,\"query\":\"%.80s\",\"now\":%s}", query,
                       now ? "true" : "false");
    rd_kafka_topic_t *t = rd_kafka_topic_new(rk, topic, NULL);
    if (!t || rd_kafka_produce(t, RD_KAFKA_PARTITION_UA, RD_KAFKA_MSG_F_COPY, text, (size_t)len, NULL, 0,
                               NULL) != 0)
        outcome = rd_kafka_last_error();
    else
        (void)rd_kafka_flush(rk, SEND_MS);
    rd_kafka_resp_err_t code = outcome;
    if (t)
        rd_kafka_topic_destroy(t);
    (void)client_destroy(rk, CLOSE_MS);
    if (code) {
        client_error_words(why, sizeof why, code, NULL);
        snprintf(err, err_cap, "the job could not be asked to stop: %s", why);
    }
    return !code;
}
