/* Writes the lines of standard input to a topic in transactions: the first half is committed, then three
 * tenths are aborted, then the rest is committed. `transact BROKERS TOPIC`; librdkafka alone, as any other
 * producer would. */
#include <librdkafka/rdkafka.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LINES_MOST = 100000, WAIT_MS = 30000 };

static int fail(rd_kafka_error_t *error, const char *what)
{
    if (!error)
        return 0;
    fprintf(stderr, "transact: %s: %s\n", what, rd_kafka_error_string(error));
    rd_kafka_error_destroy(error);
    return 1;
}

/* One transaction of the lines from..to-1. */
static int send_lines(rd_kafka_t *rk, const char *topic, char **lines, size_t from, size_t to, bool commit)
{
    if (fail(rd_kafka_begin_transaction(rk), "begin"))
        return 1;
    for (size_t i = from; i < to; i++) {
        const rd_kafka_vu_t message[] = {
            {.vtype = RD_KAFKA_VTYPE_TOPIC, .u.cstr = topic},
            {.vtype = RD_KAFKA_VTYPE_VALUE, .u.mem = {lines[i], strlen(lines[i])}},
            {.vtype = RD_KAFKA_VTYPE_MSGFLAGS, .u.i = RD_KAFKA_MSG_F_COPY}};
        if (fail(rd_kafka_produceva(rk, message, sizeof message / sizeof *message), "produce"))
            return 1;
    }
    /* Also what is aborted shall have been in the topic. */
    if (rd_kafka_flush(rk, WAIT_MS)) {
        fprintf(stderr, "transact: not all lines were delivered\n");
        return 1;
    }
    return commit ? fail(rd_kafka_commit_transaction(rk, WAIT_MS), "commit")
                  : fail(rd_kafka_abort_transaction(rk, WAIT_MS), "abort");
}

int main(int argc, char **argv)
{
    static char *lines[LINES_MOST];
    char why[300], id[64], *line = NULL;
    size_t count = 0, cap = 0;
    int status = 1;
    if (argc != 3) {
        fprintf(stderr, "usage: transact BROKERS TOPIC <LINES\n");
        return 2;
    }
    for (ssize_t len; count < LINES_MOST && (len = getline(&line, &cap, stdin)) > 0; line = NULL, cap = 0) {
        line[strcspn(line, "\n")] = '\0';
        lines[count++] = line;
    }
    rd_kafka_conf_t *conf = rd_kafka_conf_new();
    snprintf(id, sizeof id, "%.60s", argv[2]);
    rd_kafka_t *rk = NULL;
    if (rd_kafka_conf_set(conf, "bootstrap.servers", argv[1], why, sizeof why) == RD_KAFKA_CONF_OK &&
        rd_kafka_conf_set(conf, "transactional.id", id, why, sizeof why) == RD_KAFKA_CONF_OK)
        rk = rd_kafka_new(RD_KAFKA_PRODUCER, conf, why, sizeof why);
    if (!rk) {
        fprintf(stderr, "transact: %s\n", why);
        rd_kafka_conf_destroy(conf);
        goto out;
    }
    if (fail(rd_kafka_init_transactions(rk, WAIT_MS), "init"))
        goto out;
    size_t half = count / 2, aborted = half + count * 3 / 10;
    status = send_lines(rk, argv[2], lines, 0, half, true) ||
             send_lines(rk, argv[2], lines, half, aborted, false) ||
             send_lines(rk, argv[2], lines, aborted, count, true);
    if (!status)
        printf("%zu committed, %zu aborted\n", count - (aborted - half), aborted - half);
out:
    if (rk)
        rd_kafka_destroy(rk);
    for (size_t i = 0; i < count; i++)
        free(lines[i]);
    free(line);
    return status;
}
