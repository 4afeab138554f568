/* The replay alone, without query and screen, for `make bench-replay`. It prints one line of figures:
 *
 *   replay_run BROKERS TOPIC FILE max              acknowledged, failed, seconds
 *   replay_run BROKERS TOPIC FILE rate R SECONDS   calls a second, calls, share of a processor
 *   replay_run BROKERS TOPIC FILE change FROM TO   most calls in any 100 ms: of the second before the change,
 * of the two seconds after it. TO "pause": three seconds of silence, then FROM again
 *
 * Rates are counted in the topic itself, by the times that the calls carry there: those when they were
 * sent. The processor time is the whole process's, the library's threads included. TOPIC is new,
 * and has two partitions. */
#include "base/clock.h"
#include "base/xalloc.h"
#include "log.h"
#include "replay/pace.h"
#include "replay/replay.h"

#include <inttypes.h>
#include <librdkafka/rdkafka.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define SECOND_NS INT64_C(1000000000)
#define LOOK_NS   INT64_C(1000000)
#define LIMIT_NS  (120 * SECOND_NS)
#define BUSY_MS   100
#define READ_MS   10000

enum { PARTITIONS = 2 };

struct run {
    struct options options;
    struct hub hub;
    struct app_parts parts;
    struct replay *replay;
    int64_t base; /* acknowledged before what counts */
};

static _Noreturn void die(const char *what, const char *why)
{
    fprintf(stderr, "replay_run: %s: %s\n", what, why);
    exit(1);
}

static void nap(int64_t ns)
{
    (void)nanosleep(&(struct timespec){.tv_sec = ns / SECOND_NS, .tv_nsec = ns % SECOND_NS}, NULL);
}

static int64_t cpu_ns(void)
{
    struct timespec ts = {0};
    (void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &ts);
    return ts.tv_sec * SECOND_NS + ts.tv_nsec;
}

static int64_t acked(const struct run *r)
{
    struct replay_summary s;
    replay_summary(r->replay, &s);
    return s.acked - r->base;
}

static void ask(struct run *r, enum command_kind kind, int64_t i, double f)
{
    struct command c = {.kind = kind, .i = i, .f = f};
    if (!command_post(r->parts.to_replay, &c))
        die("a command", "no room");
}

static void start(struct run *r, char **argv, double rate, bool loop)
{
    char err[400] = "";
    options_default(&r->options);
    r->options.kafka.brokers = argv[1];
    r->options.kafka.topic = argv[2];
    r->options.replay.calls = argv[3];
    r->options.replay.rate = rate;
    r->options.replay.loop = loop;
    if (log_open(NULL, err, sizeof err) != 0 || hub_open(&r->hub) != 0)
        die("the log", err);
    r->parts = (struct app_parts){
        .options = &r->options, .hub = &r->hub, .to_replay = command_box_new(), .bootstrap = argv[1]};
    if (r->parts.to_replay)
        r->replay = replay_start(&r->parts, err, sizeof err);
    if (!r->replay)
        die(argv[3], err);
}

static void stop(struct run *r)
{
    struct replay_summary s;
    if (!replay_stop(r->replay, 30000))
        die("the replay", "did not end");
    replay_summary(r->replay, &s);
    if (s.failed > 0)
        die("calls were not delivered", s.trouble);
}

/* Connected, with one call acknowledged: what comes now is the replay's own doing. */
static void wait_for_first(struct run *r)
{
    for (int64_t end_ns = clock_mono_ns() + LIMIT_NS; acked(r) < 1; nap(10 * LOOK_NS))
        if (clock_mono_ns() > end_ns)
            die("the first call", "no answer");
    r->base = acked(r);
}

/* One call goes first, so that connections and metadata do not count; the rest at once. */
static void run_max(char **argv)
{
    struct run r = {0};
    start(&r, argv, PACE_RATE_MIN, false);
    wait_for_first(&r);
    int64_t start_ns = clock_mono_ns();
    ask(&r, CMD_REPLAY_RATE, 0, (double)INFINITY);
    while (!atomic_load(&r.hub.live.replay_ended)) {
        if (clock_mono_ns() > start_ns + LIMIT_NS)
            die("the data", "not sent within two minutes");
        nap(LOOK_NS);
    }
    double s = (double)(clock_mono_ns() - start_ns) / 1e9;
    stop(&r);
    printf("%" PRId64 " 0 %.4f\n", acked(&r), s);
}

/* ---- what the topic says ---- */

struct times {
    int64_t *ms;
    size_t count;
};

static rd_kafka_t *open_topic(const struct run *r)
{
    char err[300];
    const char *const properties[][2] = {{"bootstrap.servers", r->parts.bootstrap},
                                         {"group.id", "replay_run"},
                                         {"enable.auto.commit", "false"},
                                         {"auto.offset.reset", "error"}};
    rd_kafka_conf_t *conf = rd_kafka_conf_new();
    for (size_t i = 0; i < sizeof properties / sizeof *properties; i++)
        if (rd_kafka_conf_set(conf, properties[i][0], properties[i][1], err, sizeof err) != RD_KAFKA_CONF_OK)
            die(properties[i][0], err);
    rd_kafka_t *rk = rd_kafka_new(RD_KAFKA_CONSUMER, conf, err, sizeof err);
    if (!rk)
        die("no consumer", err);
    rd_kafka_poll_set_consumer(rk);
    rd_kafka_topic_partition_list_t *all = rd_kafka_topic_partition_list_new(PARTITIONS);
    for (int p = 0; p < PARTITIONS; p++)
        rd_kafka_topic_partition_list_add(all, r->options.kafka.topic, p)->offset = 0;
    rd_kafka_resp_err_t code = rd_kafka_assign(rk, all);
    if (code)
        die("the topic", rd_kafka_err2str(code));
    rd_kafka_topic_partition_list_destroy(all);
    return rk;
}

static int compare_times(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return (x > y) - (x < y);
}

/* The times of all calls in the topic, ascending. */
static struct times read_times(const struct run *r)
{
    int64_t expected = acked(r);
    struct times t = {.ms = xcalloc((size_t)expected + 1, sizeof *t.ms)};
    rd_kafka_t *rk = open_topic(r);
    rd_kafka_queue_t *queue = rd_kafka_queue_get_consumer(rk);
    static rd_kafka_message_t *messages[4096];
    while ((int64_t)t.count < expected) {
        ssize_t n =
            rd_kafka_consume_batch_queue(queue, READ_MS, messages, sizeof messages / sizeof *messages);
        if (n <= 0)
            die("the topic", "fewer calls in it than were acknowledged");
        for (ssize_t i = 0; i < n; i++) {
            rd_kafka_timestamp_type_t type;
            if (messages[i]->err)
                die("the topic", rd_kafka_message_errstr(messages[i]));
            if ((int64_t)t.count < expected)
                t.ms[t.count++] = rd_kafka_message_timestamp(messages[i], &type);
            rd_kafka_message_destroy(messages[i]);
        }
    }
    rd_kafka_queue_destroy(queue);
    rd_kafka_consumer_close(rk);
    rd_kafka_destroy(rk);
    qsort(t.ms, t.count, sizeof *t.ms, compare_times);
    return t;
}

static size_t first_at(const struct times *t, int64_t ms)
{
    size_t i = 0;
    while (i < t->count && t->ms[i] < ms)
        i++;
    return i;
}

/* The most calls within any 100 ms of [from, to). */
static size_t busiest(const struct times *t, int64_t from_ms, int64_t to_ms)
{
    size_t most = 0, first = first_at(t, from_ms);
    for (size_t i = first; i < t->count && t->ms[i] < to_ms; i++) {
        while (t->ms[i] - t->ms[first] >= BUSY_MS)
            first++;
        if (i + 1 - first > most)
            most = i + 1 - first;
    }
    return most;
}

/* ---- rates ---- */

static void run_rate(char **argv, double rate, double seconds)
{
    struct run r = {0};
    start(&r, argv, rate, true);
    wait_for_first(&r);
    r.base = 0;
    int64_t cpu_before_ns = cpu_ns(), start_ns = clock_mono_ns();
    /* The start, when connections are made, does not count, and the last interval ends a little late. */
    nap((int64_t)(seconds * 1e9) + 3 * SECOND_NS);
    double cpu = (double)(cpu_ns() - cpu_before_ns) / (double)(clock_mono_ns() - start_ns);
    stop(&r);
    struct times t = read_times(&r);
    /* The last whole seconds: from a call to a call, so that it is whole intervals that are measured. */
    size_t first = first_at(&t, t.ms[t.count - 1] - (int64_t)(seconds * 1000));
    int64_t span_ms = t.ms[t.count - 1] - t.ms[first];
    double calls = (double)(t.count - 1 - first);
    printf("%.4f %.0f %.4f\n", span_ms > 0 ? calls / (double)span_ms * 1000 : 0, calls, cpu);
    free(t.ms);
}

static void run_change(char **argv, const char *from, const char *to)
{
    struct run r = {0};
    start(&r, argv, strtod(from, NULL), true);
    wait_for_first(&r);
    r.base = 0;
    nap(2 * SECOND_NS);
    int64_t change_ms = clock_wall_ms(), again_ms = change_ms;
    if (strcmp(to, "pause") == 0) {
        ask(&r, CMD_REPLAY_PAUSE, 1, 0);
        nap(3 * SECOND_NS);
        again_ms = clock_wall_ms();
        ask(&r, CMD_REPLAY_PAUSE, 0, 0);
    } else {
        ask(&r, CMD_REPLAY_RATE, 0, strtod(to, NULL));
    }
    nap(2 * SECOND_NS);
    stop(&r);
    struct times t = read_times(&r);
    printf("%zu %zu\n", busiest(&t, change_ms - 1000, change_ms), busiest(&t, again_ms, again_ms + 2000));
    free(t.ms);
}

int main(int argc, char **argv)
{
    if (argc == 5 && strcmp(argv[4], "max") == 0)
        run_max(argv);
    else if (argc == 7 && strcmp(argv[4], "rate") == 0)
        run_rate(argv, strtod(argv[5], NULL), strtod(argv[6], NULL));
    else if (argc == 7 && strcmp(argv[4], "change") == 0)
        run_change(argv, argv[5], argv[6]);
    else
        die("usage", "replay_run BROKERS TOPIC FILE max | rate R SECONDS | change FROM TO");
    return 0;
}
