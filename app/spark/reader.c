#include "spark/reader.h"

#include "base/clock.h"
#include "base/text.h"
#include "base/xalloc.h"
#include "kafka/client.h"
#include "log.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

enum { TOPICS = 2, PARTITIONS_MOST = 64, METADATA_MS = 5000, CLOSE_MS = 2000, TROUBLE_MS = 10000 };

struct reader {
    rd_kafka_t *rk;
    rd_kafka_queue_t *queue;
    char *topic[TOPICS];
    int partitions[TOPICS];
    bool ended[TOPICS][PARTITIONS_MOST]; /* its end has been seen once */
    int wake_fd;
    char trouble[300];
    int64_t trouble_ms; /* when it was told last */
};

static const char *const names[TOPICS] = {[TOPIC_OF_TABLES] = "tables", [TOPIC_OF_PROGRESS] = "progress"};

static bool count_partitions(struct reader *r, int t, char *err, size_t err_cap)
{
    const struct rd_kafka_metadata *md = NULL;
    rd_kafka_topic_t *topic = rd_kafka_topic_new(r->rk, r->topic[t], NULL);
    char words[200];
    rd_kafka_resp_err_t code =
        topic ? rd_kafka_metadata(r->rk, 0, topic, &md, METADATA_MS) : rd_kafka_last_error();
    if (!code && md) {
        code = md->topic_cnt == 1 ? md->topics[0].err : RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART;
        r->partitions[t] = code ? 0 : md->topics[0].partition_cnt;
        rd_kafka_metadata_destroy(md);
    }
    if (topic)
        rd_kafka_topic_destroy(topic);
    if (code) {
        client_error_words(words, sizeof words, code, NULL);
        snprintf(err, err_cap, "the job's %s topic %s: %s", names[t], r->topic[t], words);
    } else if (r->partitions[t] > PARTITIONS_MOST) {
        snprintf(err, err_cap, "the job's %s topic %s has %d partitions: it should have one", names[t],
                 r->topic[t], r->partitions[t]);
        return false;
    } else if (r->partitions[t] > 1) {
        log_line(LOG_WARNING, "spark", "the job's %s topic %s has %d partitions: their order is not kept",
                 names[t], r->topic[t], r->partitions[t]);
    }
    return !code;
}

static bool assign_all(struct reader *r, char *err, size_t err_cap)
{
    rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new(TOPICS);
    bool good = true;
    for (int t = 0; t < TOPICS && good; t++) {
        good = count_partitions(r, t, err, err_cap);
        for (int p = 0; good && p < r->partitions[t]; p++)
            rd_kafka_topic_partition_list_add(list, r->topic[t], p)->offset = RD_KAFKA_OFFSET_BEGINNING;
    }
    if (good) {
        rd_kafka_resp_err_t code = rd_kafka_assign(r->rk, list);
        good = !code;
        if (code)
            snprintf(err, err_cap, "the job's topics cannot be read: %s", rd_kafka_err2str(code));
    }
    rd_kafka_topic_partition_list_destroy(list);
    return good;
}

static bool connect_reader(struct reader *r, const struct app_parts *parts, char *err, size_t err_cap)
{
    rd_kafka_conf_t *conf = client_conf(parts, CLIENT_CONSUMER, err, err_cap);
    if (!conf)
        return false;
    char why[200];
    /* What retention has cut off is read from where it begins now: the tables heal, or say that they cannot.
     */
    bool set =
        rd_kafka_conf_set(conf, "auto.offset.reset", "earliest", why, sizeof why) == RD_KAFKA_CONF_OK &&
        rd_kafka_conf_set(conf, "queued.max.messages.kbytes", "32768", why, sizeof why) == RD_KAFKA_CONF_OK;
    if (!set) {
        snprintf(err, err_cap, "%s", why);
        rd_kafka_conf_destroy(conf);
        return false;
    }
    r->rk = client_new(RD_KAFKA_CONSUMER, conf, err, err_cap);
    if (!r->rk)
        return false;
    rd_kafka_poll_set_consumer(r->rk);
    if (!assign_all(r, err, err_cap))
        return false;
    r->queue = rd_kafka_queue_get_consumer(r->rk);
    uint64_t one = 1;
    rd_kafka_queue_io_event_enable(r->queue, r->wake_fd, &one, sizeof one);
    return true;
}

struct reader *reader_open(const struct app_parts *parts, const char *tables, const char *progress, char *err,
                           size_t err_cap)
{
    struct reader *r = xcalloc(1, sizeof *r);
    r->topic[TOPIC_OF_TABLES] = xstrdup(tables);
    r->topic[TOPIC_OF_PROGRESS] = xstrdup(progress);
    r->wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (r->wake_fd < 0)
        snprintf(err, err_cap, "no file descriptor for the reader: %s (ulimit -n)", strerror(errno));
    else if (connect_reader(r, parts, err, err_cap))
        return r;
    reader_close(r);
    return NULL;
}

void reader_close(struct reader *r)
{
    if (!r)
        return;
    if (r->queue) {
        rd_kafka_queue_io_event_enable(r->queue, -1, NULL, 0);
        rd_kafka_queue_destroy(r->queue);
    }
    bool ended = !r->rk || client_destroy(r->rk, CLOSE_MS);
    if (r->wake_fd >= 0 && ended)
        close(r->wake_fd); /* else the library may still write to it */
    for (int t = 0; t < TOPICS; t++)
        free(r->topic[t]);
    free(r);
}

static int topic_of(const struct reader *r, const rd_kafka_message_t *m)
{
    const char *name = m->rkt ? rd_kafka_topic_name(m->rkt) : "";
    return strcmp(name, r->topic[TOPIC_OF_PROGRESS]) == 0 ? TOPIC_OF_PROGRESS : TOPIC_OF_TABLES;
}

static void note_error(struct reader *r, const rd_kafka_message_t *m)
{
    if (m->err == RD_KAFKA_RESP_ERR__PARTITION_EOF) {
        if (m->partition >= 0 && m->partition < PARTITIONS_MOST)
            r->ended[topic_of(r, m)][m->partition] = true;
        return;
    }
    char words[250];
    client_error_words(words, sizeof words, m->err, rd_kafka_message_errstr(m));
    r->trouble_ms = clock_mono_ms();
    snprintf(r->trouble, sizeof r->trouble, "the job's topics cannot be read: %s", words);
    log_line(LOG_WARNING, "spark", "%s", r->trouble);
}

int reader_take(struct reader *r, int most, reader_fn take, void *arg)
{
    uint64_t count;
    ssize_t got = read(r->wake_fd, &count, sizeof count);
    (void)got; /* only to make it unreadable again */
    int taken = 0;
    while (taken < most) {
        rd_kafka_message_t *m = rd_kafka_consumer_poll(r->rk, 0);
        if (!m)
            break;
        if (m->err) {
            note_error(r, m);
        } else {
            take(arg, (enum ledger_topic)topic_of(r, m), m->payload, m->len, m->offset);
            r->trouble[0] = '\0';
            taken++;
        }
        rd_kafka_message_destroy(m);
    }
    if (r->trouble[0] && clock_mono_ms() - r->trouble_ms > TROUBLE_MS)
        r->trouble[0] = '\0';
    return taken;
}

int reader_fd(const struct reader *r)
{
    return r->wake_fd;
}

bool reader_caught_up(const struct reader *r)
{
    for (int t = 0; t < TOPICS; t++)
        for (int p = 0; p < r->partitions[t]; p++)
            if (!r->ended[t][p])
                return false;
    return true;
}

const char *reader_trouble(const struct reader *r)
{
    return r->trouble;
}
