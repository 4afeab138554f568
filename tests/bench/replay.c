/* How fast is the replay beside a plain producer, and how exact are its rates? `replay FOLDER CALLS` runs the
 * two programs of FOLDER, plain_producer and replay_run, over CALLS, each run into a new topic of two
 * partitions: first at full speed, five rounds in which they take turns, then the replay alone at seven
 * rates, then through a pause and through changes of the rate. The topics lie in the Kafka that
 * $SFCRIME_KAFKA (HOST:PORT) names, else in a mock cluster in this process. $ROUNDS: other than five;
 * $RATE_SECONDS: other than ten. */
#include "bench/calls.h"
#include "kill/cluster.h"
#include "kill/stage.h"

#include "base/clock.h"
#include "base/xalloc.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

enum { ROUNDS_MAX = 50, PROPERTIES_MAX = 5 };

/* What both have, word for word; the rest is the library's defaults. */
static const char *const properties[][PROPERTIES_MAX] = {
    {"acks=all", "linger.ms=5"},
    {"acks=all", "linger.ms=5", "enable.idempotence=true"},
    {NULL},
};

static const char *const names[] = {"plain producer", "plain, idempotent", "the replay"};
#define CONTESTANTS (sizeof names / sizeof *names)

static const char *const rates[] = {"0.1", "1", "10", "100", "1000", "10000", "100000"};

/* From a rate to another; a pause of three seconds lies before the second figure. */
static const char *const changes[][2] = {{"100", "pause"},   {"10000", "pause"}, {"100000", "pause"},
                                         {"10", "10000"},    {"10000", "10"},    {"100", "100000"},
                                         {"100000", "1000"}, {"10000", "100000"}};

struct bench {
    const char *folder, *calls;
    struct cluster cluster;
    char *dir, *log;
    int64_t topics, rows;
    int rounds;
    double wall_s[CONTESTANTS][ROUNDS_MAX], cpu_s[CONTESTANTS][ROUNDS_MAX];
};

static double children_cpu_s(void)
{
    struct rusage u;

    if (getrusage(RUSAGE_CHILDREN, &u) != 0)
        return 0;
    return (double)(u.ru_utime.tv_sec + u.ru_stime.tv_sec) +
           (double)(u.ru_utime.tv_usec + u.ru_stime.tv_usec) / 1e6;
}

/* A program of the folder, with the brokers, a new topic and the calls; more may be added. */
static void begin(struct bench *b, struct args *a, const char *program)
{
    char name[32];
    char *path = xasprintf("%s/%s", b->folder, program);

    snprintf(name, sizeof name, "replay-%" PRId64, b->topics++);
    args_add(a, path);
    args_add(a, b->cluster.bootstrap);
    args_add(a, cluster_topic(&b->cluster, name, 2));
    args_add(a, b->calls);
    free(path);
}

/* Runs it; the figures of the last line that it printed. */
static void end(struct bench *b, struct args *a, double *figures, size_t count)
{
    pid_t pid = start_child(a, b->log);

    if (wait_for_end(pid, a->v[0], b->log, NULL, NULL) != 0) {
        tell_log(b->log);
        die("a run has failed", a->v[0]);
    }
    char *text = read_whole(b->log, NULL), *at = text;
    /* The library may have had something to say before. */
    for (char *newline = text; (newline = strchr(newline, '\n')) != NULL && newline[1] != '\0';)
        at = ++newline;
    for (size_t i = 0; i < count; i++) {
        char *rest;
        figures[i] = strtod(at, &rest);
        if (rest == at) {
            tell_log(b->log);
            die("a run has printed no figures", a->v[0]);
        }
        at = rest;
    }
    free(text);
    args_free(a);
}

/* ---- full speed ---- */

static void run_full_speed(struct bench *b, size_t who, int round)
{
    struct args a = {0};
    bool ours = properties[who][0] == NULL;
    double figures[3], cpu_s = children_cpu_s();

    begin(b, &a, ours ? "replay_run" : "plain_producer");
    for (size_t i = 0; i < PROPERTIES_MAX && properties[who][i] != NULL; i++)
        args_add(&a, properties[who][i]);
    if (ours)
        args_add(&a, "max");
    end(b, &a, figures, 3);
    /* One of the replay's calls went ahead, before the time began. */
    double acked = figures[0] + (ours ? 1 : 0);
    if (b->rows == 0)
        b->rows = (int64_t)acked;
    if (figures[1] != 0 || acked != (double)b->rows)
        die("not all calls were acknowledged", names[who]);
    b->wall_s[who][round] = figures[2];
    b->cpu_s[who][round] = children_cpu_s() - cpu_s;
}

/* The median of a contestant's wall time over the plain producer's of the same round. */
static double ratio(const struct bench *b, size_t who)
{
    double v[ROUNDS_MAX];

    for (int i = 0; i < b->rounds; i++)
        v[i] = b->wall_s[0][i] / b->wall_s[who][i];
    return calls_percentile(v, (size_t)b->rounds, 0.5);
}

static void full_speed(struct bench *b)
{
    for (int round = 0; round < b->rounds; round++)
        for (size_t i = 0; i < CONTESTANTS; i++) {
            fprintf(stderr, "\rround %d of %d: %-20s", round + 1, b->rounds, names[i]);
            run_full_speed(b, i, round);
        }
    fprintf(stderr, "\r%60s\r", "");
    printf("full speed, %" PRId64 " calls: medians of %d rounds, in which the three took turns\n\n", b->rows,
           b->rounds);
    printf("%-18s %8s %10s %7s %8s %17s\n", "", "wall s", "calls/s", "CPU s", "CPU/wall",
           "speed beside plain");
    double ratios[CONTESTANTS];
    for (size_t i = 0; i < CONTESTANTS; i++)
        ratios[i] = ratio(b, i); /* before the percentiles sort the rounds */
    for (size_t i = 0; i < CONTESTANTS; i++) {
        double wall_s = calls_percentile(b->wall_s[i], (size_t)b->rounds, 0.5);
        double cpu_s = calls_percentile(b->cpu_s[i], (size_t)b->rounds, 0.5);
        printf("%-18s %8.2f %10.0f %7.2f %8.2f %18.2f\n", names[i], wall_s, (double)b->rows / wall_s, cpu_s,
               cpu_s / wall_s, ratios[i]);
    }
    printf("\nplain: acks=all, linger.ms=5, else the library's defaults; the lines of the file as they are, "
           "no JSON read.\nThe replay: the same and idempotent, each call read, checked and paced. The goal "
           "is 0.8 beside plain.\n\n");
}

/* ---- rates ---- */

/* The mock cluster drops what it has no room for: 5 MiB a partition. */
static bool too_many(const struct bench *b, double calls)
{
    return b->cluster.mock != NULL && calls > 15000;
}

static void exact_rates(struct bench *b, double seconds)
{
    printf("%9s %11s %9s %8s %7s\n", "asked/s", "achieved/s", "calls", "error", "CPU");
    for (size_t i = 0; i < sizeof rates / sizeof *rates; i++) {
        struct args a = {0};
        double asked = strtod(rates[i], NULL), figures[3];
        double span_s = seconds < 1 / asked ? 1 / asked : seconds;
        char span[32];

        if (too_many(b, asked * (span_s + 4)))
            continue;
        snprintf(span, sizeof span, "%.1f", span_s);
        begin(b, &a, "replay_run");
        args_add(&a, "rate");
        args_add(&a, rates[i]);
        args_add(&a, span);
        fprintf(stderr, "\r%s calls/s   ", rates[i]);
        end(b, &a, figures, 3);
        fprintf(stderr, "\r%30s\r", "");
        printf("%9s %11.*f %9.0f %6.2f %% %5.1f %%\n", rates[i], asked < 100 ? 4 : 1, figures[0], figures[1],
               100 * fabs(figures[0] - asked) / asked, 100 * figures[2]);
    }
    printf("\nCalls a second over %g s (0.1/s: one interval), by their times in the topic. CPU: of one core, "
           "by the\nwhole process, the library's threads included.\n\n",
           seconds);
}

static void bursts(struct bench *b)
{
    printf("%9s %9s  %25s %15s\n", "from/s", "to/s", "most in 100 ms: before", "after (asked)");
    for (size_t i = 0; i < sizeof changes / sizeof *changes; i++) {
        struct args a = {0};
        double figures[2], from = strtod(changes[i][0], NULL), to = strtod(changes[i][1], NULL);

        to = to > 0 ? to : from;
        if (too_many(b, 3 * (from + to)))
            continue;
        begin(b, &a, "replay_run");
        args_add(&a, "change");
        args_add(&a, changes[i][0]);
        args_add(&a, changes[i][1]);
        end(b, &a, figures, 2);
        printf("%9s %9s  %25.0f %7.0f (%.0f)\n", changes[i][0], changes[i][1], figures[0], figures[1],
               to / 10);
    }
    printf(
        "\npause: three seconds, then the same rate. What is late because the machine was busy is caught up "
        "with, at\ntwice the rate at most; what a pause or a change leaves out is not.\n");
}

int main(int argc, char **argv)
{
    struct bench b = {0};

    if (argc != 3) {
        fprintf(stderr, "usage: replay FOLDER CALLS\n");
        return 2;
    }
    b.folder = argv[1];
    b.calls = argv[2];
    int64_t rounds = env_number("ROUNDS", 5);
    b.rounds = (int)(rounds < 1 ? 1 : rounds > ROUNDS_MAX ? ROUNDS_MAX : rounds);
    if (env_text("SFCRIME_KAFKA") != NULL)
        setenv("KILL_BROKERS", env_text("SFCRIME_KAFKA"), 1);
    b.dir = new_folder("sfcrime-bench-replay");
    b.log = xasprintf("%s/log", b.dir);
    cluster_open(&b.cluster);
    char *machine = calls_machine();
    printf("%s; %s, 2 partitions\n\n", machine,
           b.cluster.mock ? "a mock cluster in another process (no JDK here)" : "a real Kafka");
    free(machine);
    full_speed(&b);
    exact_rates(&b, (double)env_number("RATE_SECONDS", 10));
    bursts(&b);
    cluster_close(&b.cluster);
    remove_tree(b.dir);
    free(b.dir);
    free(b.log);
    return 0;
}
