/* The limit that nothing can pass: `nowork BROKERS TOPIC ROWS` reads a topic with librdkafka, a block at a
 * time from one queue, and does nothing with the rows but count them and their bytes. Its settings are the
 * library's own. */
#include <librdkafka/rdkafka.h>
#include <stdio.h>
#include <stdlib.h>

enum { BLOCK = 10000, QUIET_MS = 10000, ASK_MS = 10000 };

static rd_kafka_message_t *block[BLOCK];

static int partitions_of(rd_kafka_t *rk, rd_kafka_topic_t *topic)
{
    const struct rd_kafka_metadata *md;
    rd_kafka_resp_err_t code = rd_kafka_metadata(rk, 0, topic, &md, ASK_MS);
    if (code) {
        fprintf(stderr, "nowork: %s\n", rd_kafka_err2str(code));
        return -1;
    }
    int count = md->topic_cnt == 1 ? md->topics[0].partition_cnt : -1;
    rd_kafka_metadata_destroy(md);
    return count;
}

/* Reads until so many rows have come; how many did before a silence. */
static long long read_rows(rd_kafka_queue_t *queue, long long wanted, long long *bytes)
{
    long long rows = 0;
    while (rows < wanted) {
        ssize_t got = rd_kafka_consume_batch_queue(queue, QUIET_MS, block, BLOCK);
        if (got <= 0)
            break;
        for (ssize_t i = 0; i < got; i++) {
            if (!block[i]->err) {
                rows++;
                *bytes += (long long)block[i]->len;
            }
            rd_kafka_message_destroy(block[i]);
        }
    }
    return rows;
}

int main(int argc, char **argv)
{
    char err[300] = "";
    if (argc != 4) {
        fprintf(stderr, "usage: nowork BROKERS TOPIC ROWS\n");
        return 2;
    }
    rd_kafka_conf_t *conf = rd_kafka_conf_new();
    if (rd_kafka_conf_set(conf, "bootstrap.servers", argv[1], err, sizeof err) != RD_KAFKA_CONF_OK) {
        fprintf(stderr, "nowork: %s\n", err);
        return 2;
    }
    rd_kafka_t *rk = rd_kafka_new(RD_KAFKA_CONSUMER, conf, err, sizeof err);
    rd_kafka_topic_t *topic = rk ? rd_kafka_topic_new(rk, argv[2], NULL) : NULL;
    int partitions = topic ? partitions_of(rk, topic) : -1;
    if (partitions < 1) {
        fprintf(stderr, "nowork: the topic cannot be read %s\n", err);
        return 1;
    }
    rd_kafka_queue_t *queue = rd_kafka_queue_new(rk);
    for (int p = 0; p < partitions; p++)
        rd_kafka_consume_start_queue(topic, p, RD_KAFKA_OFFSET_BEGINNING, queue);
    long long bytes = 0, rows = read_rows(queue, strtoll(argv[3], NULL, 10), &bytes);
    printf("rows=%lld bytes=%lld\n", rows, bytes);
    fflush(stdout);
    /* The end of the handle is no part of reading. */
    _Exit(rows == strtoll(argv[3], NULL, 10) ? 0 : 1);
}
