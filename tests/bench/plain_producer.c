/* The yardstick of `make bench-replay`: a plain producer that does nothing else. `plain_producer BROKERS
 * TOPIC FILE PROPERTY=VALUE...` sends each line of FILE that is a call, keyed by its crime_id, with the
 * library's own partitioner, and prints what was acknowledged and the seconds from the first call to the last
 * answer. The file is mapped, its lines are not looked at: no JSON is read, nothing is paced, nothing is
 * counted but answers. */
#include "base/clock.h"

#include <fcntl.h>
#include <inttypes.h>
#include <librdkafka/rdkafka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>

static int64_t acked, failed;

_Noreturn static void die(const char *what, const char *why)
{
    fprintf(stderr, "plain_producer: %s: %s\n", what, why);
    exit(1);
}

static void on_delivery(rd_kafka_t *rk, const rd_kafka_message_t *m, void *opaque)
{
    *(m->err ? &failed : &acked) += 1;
}

static rd_kafka_t *connect_to(const char *brokers, char **properties, int count)
{
    char err[300];
    rd_kafka_conf_t *conf = rd_kafka_conf_new();
    if (rd_kafka_conf_set(conf, "bootstrap.servers", brokers, err, sizeof err) != RD_KAFKA_CONF_OK)
        die(brokers, err);
    for (int i = 0; i < count; i++) {
        char *value = strchr(properties[i], '=');
        if (!value)
            die(properties[i], "not PROPERTY=VALUE");
        *value++ = '\0';
        if (rd_kafka_conf_set(conf, properties[i], value, err, sizeof err) != RD_KAFKA_CONF_OK)
            die(properties[i], err);
    }
    rd_kafka_conf_set_dr_msg_cb(conf, on_delivery);
    rd_kafka_t *rk = rd_kafka_new(RD_KAFKA_PRODUCER, conf, err, sizeof err);
    if (!rk)
        die("no producer", err);
    return rk;
}

static const char *map_file(const char *path, size_t *len)
{
    struct stat st;
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0 || fstat(fd, &st) != 0)
        die(path, "cannot be opened");
    const char *text = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE | MAP_POPULATE, fd, 0);
    if (text == MAP_FAILED)
        die(path, "cannot be mapped");
    *len = (size_t)st.st_size;
    return text;
}

static void send_line(rd_kafka_t *rk, rd_kafka_topic_t *topic, const char *line, size_t len)
{
    static const char name[] = "\"crime_id\":\"";
    const char *key = memmem(line, len, name, sizeof name - 1);
    key = key ? key + sizeof name - 1 : line;
    const char *quote = memchr(key, '"', (size_t)(line + len - key));
    while (rd_kafka_produce(topic, RD_KAFKA_PARTITION_UA, RD_KAFKA_MSG_F_COPY, (void *)(uintptr_t)line, len,
                            key, quote ? (size_t)(quote - key) : 0, NULL) != 0) {
        if (rd_kafka_last_error() != RD_KAFKA_RESP_ERR__QUEUE_FULL)
            die("cannot produce", rd_kafka_err2str(rd_kafka_last_error()));
        rd_kafka_poll(rk, 1);
    }
}

int main(int argc, char **argv)
{
    if (argc < 4)
        die("usage", "plain_producer BROKERS TOPIC FILE PROPERTY=VALUE...");
    size_t size;
    const char *text = map_file(argv[3], &size);
    rd_kafka_t *rk = connect_to(argv[1], argv + 4, argc - 4);
    rd_kafka_topic_t *topic = rd_kafka_topic_new(rk, argv[2], NULL);
    const struct rd_kafka_metadata *ready;
    if (!topic || rd_kafka_metadata(rk, 0, topic, &ready, 10000) != 0)
        die(argv[2], "no answer about the topic");
    rd_kafka_metadata_destroy(ready);

    int64_t start_ns = clock_mono_ns(), sent = 0;
    for (const char *at = text, *end = text + size; at < end;) {
        const char *newline = memchr(at, '\n', (size_t)(end - at));
        size_t len = (size_t)((newline ? newline : end) - at);
        if (*at == '{') {
            send_line(rk, topic, at, at[len - 1] == ',' ? len - 1 : len);
            if (++sent % 64 == 0)
                rd_kafka_poll(rk, 0);
        }
        at += len + 1;
    }
    while (rd_kafka_outq_len(rk) > 0)
        rd_kafka_poll(rk, 10);
    printf("%" PRId64 " %" PRId64 " %.4f\n", acked, failed, (double)(clock_mono_ns() - start_ns) / 1e9);
    rd_kafka_topic_destroy(topic);
    rd_kafka_destroy(rk);
    return 0;
}
