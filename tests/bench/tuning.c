/* How do the settings affect throughput and latency? `tuning PROGRAM CALLS [PROPERTY]` runs the real program,
 * without a screen, over one topic of different calls again and again, each time with one setting changed,
 * and prints a table: rows a second from the first trigger to the end of the last batch, how long a batch
 * takes, and the processor time a row. Each figure is the median of three runs, which take turns. The topic
 * lies in a mock cluster in this process, or, ten times as long, in the Kafka that $SFCRIME_KAFKA (HOST:PORT)
 * names. */
#include "bench/calls.h"
#include "bench/load.h"
#include "kill/cluster.h"
#include "kill/stage.h"

#include "base/clock.h"
#include "base/xalloc.h"

#include <json-c/json.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

enum { RUNS = 3, BATCHES_MAX = 100000, LIMIT_FIFTH = -1 };

/* The mock cluster keeps 5 MiB a partition: so many calls fit into one, compressed. */
#define ROWS_MOCK  100000
#define ROWS_KAFKA 1000000

static const int partition_counts[] = {1, 2, 4};
#define TOPICS (sizeof partition_counts / sizeof *partition_counts)

/* A value of a property. What it does not name is as in the base: two partitions, one thread, batches of a
 * fifth of all rows, the next as soon as the last has ended, no checkpoint. */
struct setting {
    const char *property, *value; /* as printed */
    const char *option, *argument;
    int64_t limit;  /* max-offsets-per-trigger; 0 = all */
    int partitions; /* 0 = two */
    bool checkpoint;
    int batches; /* end after so many; 0 = when all rows are read */
};

static const struct setting settings[] = {
    {"max-offsets-per-trigger", "200", .limit = 200},
    {"", "2000", .limit = 2000},
    {"", "20000", .limit = 20000},
    {"", "all"},
    {"trigger", "asap", .limit = LIMIT_FIFTH},
    {"", "100 ms", "-S", "query.trigger=100 ms", LIMIT_FIFTH, .batches = 5},
    {"", "1 second", "-S", "query.trigger=1 second", LIMIT_FIFTH, .batches = 5},
    {"parallelism", "1", "-S", "query.parallelism=1"},
    {"", "2", "-S", "query.parallelism=2"},
    {"", "4", "-S", "query.parallelism=4"},
    {"partitions", "1", .partitions = 1},
    {"", "2", .partitions = 2},
    {"", "4", .partitions = 4},
    {"-X fetch.message.max.bytes", "65536", "-X", "fetch.message.max.bytes=65536"},
    {"", "1048576", "-X", "fetch.message.max.bytes=1048576"},
    {"", "8388608", "-X", "fetch.message.max.bytes=8388608"},
    {"-X queued.max.messages.kbytes", "1024", "-X", "queued.max.messages.kbytes=1024"},
    {"", "65536", "-X", "queued.max.messages.kbytes=65536"},
    {"-X queued.min.messages", "1000", "-X", "queued.min.messages=1000"},
    {"", "100000", "-X", "queued.min.messages=100000"},
    {"checkpoint, batches of 2000", "off", .limit = 2000},
    {"", "on", .limit = 2000, .checkpoint = true},
    {"checkpoint, batches of a fifth", "off", .limit = LIMIT_FIFTH},
    {"", "on", .limit = LIMIT_FIFTH, .checkpoint = true},
};
#define SETTINGS (sizeof settings / sizeof *settings)

/* What the runs of a setting have shown. */
struct figures {
    double rows_per_s[RUNS], p50_ms[RUNS], p99_ms[RUNS], cpu_us[RUNS];
    size_t batches;
};

struct bench {
    const char *program, *calls;
    struct cluster cluster;
    const char *topics[TOPICS];
    int64_t rows;
    char *dir, *reports, *log, *checkpoint;
    double *batch_ms;
    struct figures figures[SETTINGS];
    bool wanted[SETTINGS];
};

/* ---- the topics ---- */

static rd_kafka_t *new_producer(const struct bench *b)
{
    static const char *const properties[][2] = {
        {"linger.ms", "100"},
        {"compression.type", "zstd"},
        {"queue.buffering.max.messages", "2000000"},
        {"batch.size", "900000"},
    };
    return load_producer(b->cluster.bootstrap, properties, sizeof properties / sizeof *properties);
}

/* The same calls in every topic. */
static void fill(const struct bench *b, const char *name, int partitions)
{
    struct calls *calls = calls_open(b->calls, 1000);
    rd_kafka_t *rk = new_producer(b);
    rd_kafka_topic_t *topic = rd_kafka_topic_new(rk, name, NULL);
    int64_t low, high;

    if (calls == NULL || topic == NULL)
        die("cannot produce", name);
    for (int64_t i = 0; i < b->rows;) {
        size_t n = (size_t)(b->rows - i < 1000 ? b->rows - i : 1000);
        const struct message *messages = calls_next(calls, n);
        for (size_t at = 0; at < n; at++, i++)
            load_produce(rk, topic, &messages[at], (int32_t)(i % partitions));
        rd_kafka_poll(rk, 0);
    }
    load_flush(rk);
    for (int32_t p = 0; p < partitions; p++)
        if (rd_kafka_query_watermark_offsets(rk, name, p, &low, &high, 10000) || low != 0 ||
            high != b->rows / partitions + (p < b->rows % partitions))
            die("the topic does not hold all calls", name);
    rd_kafka_topic_destroy(topic);
    rd_kafka_destroy(rk);
    calls_close(calls);
}

/* ---- a run ---- */

static double number(json_object *o, const char *name)
{
    json_object *value;

    return json_object_object_get_ex(o, name, &value) ? json_object_get_double(value) : 0;
}

/* A report's wall time: Spark's form, in milliseconds since the epoch. */
static int64_t time_of(json_object *report)
{
    json_object *value;
    int64_t ms = 0;

    if (!json_object_object_get_ex(report, "timestamp", &value) ||
        !iso_parse_ms(json_object_get_string(value), (size_t)json_object_get_string_len(value), &ms))
        die("a progress report has no time", "");
    return ms;
}

/* Reads the progress reports, one a line. */
static void take_reports(struct bench *b, const struct setting *s, struct figures *f, int run)
{
    char *text = read_whole(b->reports, NULL), *at = text, *line;
    int64_t first_ms = 0;
    double rows = 0, last_ms = 0;

    f->batches = 0;
    while ((line = strsep(&at, "\n")) != NULL) {
        json_object *report = line[0] != '\0' ? json_tokener_parse(line) : NULL;
        if (report == NULL)
            continue;
        double batch_rows = number(report, "numInputRows");
        if (batch_rows > 0 && f->batches < BATCHES_MAX) {
            /* durationMs has whole milliseconds only, as Spark's has. */
            double batch_ms = batch_rows / number(report, "processedRowsPerSecond") * 1000;
            if (rows == 0)
                first_ms = time_of(report);
            last_ms = (double)(time_of(report) - first_ms) + batch_ms;
            b->batch_ms[f->batches++] = batch_ms;
            rows += batch_rows;
        }
        json_object_put(report);
    }
    free(text);
    if (s->batches == 0 ? rows != (double)b->rows : f->batches != (size_t)s->batches)
        die("the program has not read all calls", s->value);
    f->rows_per_s[run] = rows / last_ms * 1000;
    f->p50_ms[run] = calls_percentile(b->batch_ms, f->batches, 0.5);
    f->p99_ms[run] = calls_percentile(b->batch_ms, f->batches, 0.99);
}

static double children_cpu_s(void)
{
    struct rusage u;

    if (getrusage(RUSAGE_CHILDREN, &u) != 0)
        return 0;
    return (double)(u.ru_utime.tv_sec + u.ru_stime.tv_sec) +
           (double)(u.ru_utime.tv_usec + u.ru_stime.tv_usec) / 1e6;
}

static const char *topic_of(const struct bench *b, int partitions)
{
    for (size_t i = 0; i < TOPICS; i++)
        if (partition_counts[i] == (partitions > 0 ? partitions : 2))
            return b->topics[i];
    die("no topic has so many partitions", "");
}

static void run_program(struct bench *b, const struct setting *s, struct figures *f, int run)
{
    const char *const common[] = {b->program,
                                  "--headless",
                                  "--no-replay",
                                  "-b",
                                  b->cluster.bootstrap,
                                  "--progress",
                                  b->reports,
                                  "-t",
                                  topic_of(b, s->partitions)};
    struct args a = {0};
    double cpu_s = children_cpu_s();

    for (size_t i = 0; i < sizeof common / sizeof *common; i++)
        args_add(&a, common[i]);
    if (s->batches > 0) {
        char count[16];
        snprintf(count, sizeof count, "%d", s->batches);
        args_add(&a, "--max-batches");
        args_add(&a, count);
    } else {
        args_add(&a, "--available-now");
    }
    args_set(&a, "sink.console=none");
    args_set(&a, "query.window=none");
    if (s->limit != 0)
        args_set(&a, "query.max-offsets-per-trigger=%lld",
                 (long long)(s->limit == LIMIT_FIFTH ? b->rows / 5 : s->limit));
    if (s->checkpoint) {
        args_add(&a, "--checkpoint");
        args_add(&a, b->checkpoint);
    } else {
        args_add(&a, "--no-checkpoint");
    }
    if (s->option != NULL) {
        args_add(&a, s->option);
        args_add(&a, s->argument);
    }
    pid_t pid = start_child(&a, b->log);
    if (wait_for_end(pid, s->value, b->log, NULL, NULL) != 0) {
        tell_log(b->log);
        die("the program has failed", s->value);
    }
    f->cpu_us[run] = (children_cpu_s() - cpu_s) * 1e6 / (double)b->rows;
    take_reports(b, s, f, run);
    if (s->checkpoint)
        remove_tree(b->checkpoint);
    args_free(&a);
}

/* ---- the whole ---- */

static void print_table(struct bench *b)
{
    char *machine = calls_machine();

    printf("%lld different calls, %s, zstd; median of %d runs; %s\n\n", (long long)b->rows,
           b->cluster.mock ? "a mock cluster in another process" : "a real Kafka", RUNS, machine);
    printf("%-31s %-9s %8s  %9s %9s %9s  %7s\n", "property", "value", "batches", "rows/s", "p50 ms", "p99 ms",
           "CPU us");
    for (size_t i = 0; i < SETTINGS; i++) {
        struct figures *f = &b->figures[i];
        if (!b->wanted[i])
            continue;
        printf("%s%-31s %-9s %8zu  %9.0f %9.2f %9.2f  %7.2f\n", i > 0 && settings[i].property[0] ? "\n" : "",
               settings[i].property, settings[i].value, f->batches,
               calls_percentile(f->rows_per_s, RUNS, 0.5), calls_percentile(f->p50_ms, RUNS, 0.5),
               calls_percentile(f->p99_ms, RUNS, 0.5), calls_percentile(f->cpu_us, RUNS, 0.5));
    }
    printf(
        "\np50 and p99: of a batch, from trigger to commit. CPU us: processor time a row, start and end of "
        "the\nprogram included. Otherwise: 2 partitions, 1 thread, trigger asap, all rows in one batch "
        "(a fifth of them\nwhere the trigger is compared), no window, no checkpoint.\n");
    free(machine);
}

/* All, or those of the properties whose name begins so. */
static void choose(struct bench *b, const char *name)
{
    bool wanted = true;

    for (size_t i = 0; i < SETTINGS; i++) {
        if (settings[i].property[0] != '\0')
            wanted = name == NULL || strncmp(settings[i].property, name, strlen(name)) == 0;
        b->wanted[i] = wanted;
    }
}

int main(int argc, char **argv)
{
    struct bench b = {.rows = ROWS_MOCK};

    if (argc < 3 || argc > 4) {
        fprintf(stderr, "usage: tuning PROGRAM CALLS [PROPERTY]\n");
        return 2;
    }
    b.program = argv[1];
    b.calls = argv[2];
    choose(&b, argv[3]);
    if (env_text("SFCRIME_KAFKA") != NULL) {
        b.rows = ROWS_KAFKA;
        setenv("KILL_BROKERS", env_text("SFCRIME_KAFKA"), 1);
    }
    b.dir = new_folder("sfcrime-tuning");
    b.reports = xasprintf("%s/reports", b.dir);
    b.log = xasprintf("%s/log", b.dir);
    b.checkpoint = xasprintf("%s/checkpoint", b.dir);
    b.batch_ms = xcalloc(BATCHES_MAX, sizeof *b.batch_ms);
    cluster_open(&b.cluster);
    for (size_t i = 0; i < TOPICS; i++) {
        char name[32];
        snprintf(name, sizeof name, "tuning-%d", partition_counts[i]);
        b.topics[i] = cluster_topic(&b.cluster, name, partition_counts[i]);
        fill(&b, b.topics[i], partition_counts[i]);
    }
    for (int run = 0; run < RUNS; run++)
        for (size_t i = 0; i < SETTINGS; i++) {
            if (!b.wanted[i])
                continue;
            fprintf(stderr, "\rrun %d of %d, setting %zu of %zu ", run + 1, RUNS, i + 1, SETTINGS);
            run_program(&b, &settings[i], &b.figures[i], run);
        }
    fprintf(stderr, "\r%60s\r", "");
    print_table(&b);
    cluster_close(&b.cluster);
    remove_tree(b.dir);
    free(b.dir);
    free(b.reports);
    free(b.log);
    free(b.checkpoint);
    free(b.batch_ms);
    return 0;
}
