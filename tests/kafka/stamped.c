/* Writes the lines of standard input to one partition of a topic as a producer whose clock is wrong would:
 * each record is stamped with now and so many seconds. `stamped BROKERS TOPIC PARTITION SECONDS`; librdkafka
 * alone. */
#include <librdkafka/rdkafka.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { WAIT_MS = 60000, QUEUE_MS = 100 };

struct tally {
    long sent, delivered;
    char why[200]; /* of the last that was refused */
};

static void on_delivery(rd_kafka_t *rk, const rd_kafka_message_t *m, void *opaque)
{
    struct tally *t = opaque;
    (void)rk;
    if (m->err)
        snprintf(t->why, sizeof t->why, "%s", rd_kafka_err2str(m->err));
    else
        t->delivered++;
}

static bool send_line(rd_kafka_t *rk, const char *topic, int partition, int64_t stamp_ms, const char *line)
{
    const rd_kafka_vu_t message[] = {{.vtype = RD_KAFKA_VTYPE_TOPIC, .u.cstr = topic},
                                     {.vtype = RD_KAFKA_VTYPE_PARTITION, .u.i32 = partition},
                                     {.vtype = RD_KAFKA_VTYPE_TIMESTAMP, .u.i64 = stamp_ms},
                                     {.vtype = RD_KAFKA_VTYPE_VALUE, .u.mem = {(void *)line, strlen(line)}},
                                     {.vtype = RD_KAFKA_VTYPE_MSGFLAGS, .u.i = RD_KAFKA_MSG_F_COPY}};
    for (int tries = 0; tries < WAIT_MS / QUEUE_MS; tries++) {
        rd_kafka_error_t *error = rd_kafka_produceva(rk, message, sizeof message / sizeof *message);
        bool full = error && rd_kafka_error_code(error) == RD_KAFKA_RESP_ERR__QUEUE_FULL;
        if (error)
            rd_kafka_error_destroy(error);
        if (!full)
            return !error;
        rd_kafka_poll(rk, QUEUE_MS);
    }
    return false;
}

int main(int argc, char **argv)
{
    struct tally t = {0};
    char why[300], *line = NULL;
    size_t cap = 0;
    if (argc != 5) {
        fprintf(stderr, "usage: stamped BROKERS TOPIC PARTITION SECONDS <LINES\n");
        return 2;
    }
    int partition = (int)strtol(argv[3], NULL, 10);
    int64_t stamp_ms = ((int64_t)time(NULL) + strtoll(argv[4], NULL, 10)) * 1000;
    rd_kafka_conf_t *conf = rd_kafka_conf_new();
    rd_kafka_conf_set_dr_msg_cb(conf, on_delivery);
    rd_kafka_conf_set_opaque(conf, &t);
    rd_kafka_t *rk = NULL;
    if (rd_kafka_conf_set(conf, "bootstrap.servers", argv[1], why, sizeof why) == RD_KAFKA_CONF_OK)
        rk = rd_kafka_new(RD_KAFKA_PRODUCER, conf, why, sizeof why);
    if (!rk) {
        fprintf(stderr, "stamped: %s\n", why);
        rd_kafka_conf_destroy(conf);
        return 1;
    }
    while (getline(&line, &cap, stdin) > 0) {
        line[strcspn(line, "\n")] = '\0';
        t.sent += send_line(rk, argv[2], partition, stamp_ms, line);
    }
    free(line);
    (void)rd_kafka_flush(rk, WAIT_MS);
    rd_kafka_destroy(rk);
    printf("%ld of %ld delivered %s\n", t.delivered, t.sent, t.why);
    return t.sent > 0 && t.delivered == t.sent ? 0 : 1;
}
