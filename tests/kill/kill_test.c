/* Exactly once, shown from outside: a mock cluster in this process holds a topic; the real program works
 * through it as a child with a checkpoint, and is killed with SIGKILL at random instants until a run comes to
 * its end. Its table must equal, byte for byte, that of a run that nobody disturbed.
 *
 *     kill_test [PROGRAM]     the program under test, else $SFCRIME_BIN
 *
 * KILL_COUNT     kills at least (12); every case is worked through at least once
 * KILL_SEED      of the data and of the instants (by default the time; it is printed)
 * KILL_MESSAGES  in the topic (6000) */
#include "base/clock.h"
#include "base/text.h"
#include "base/xalloc.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <librdkafka/rdkafka.h>
#include <librdkafka/rdkafka_mock.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define TOPIC      "calls"
#define PARTITIONS 3
#define BATCHES    60
#define CHILD_MS   60000 /* a child that runs longer hangs */
#define ARGS_MAX   40

/* The query's settings of a case, as -S arguments. */
struct a_case {
    const char *name;
    const char *set[8];
};
static const struct a_case cases[] = {
    {"complete mode, hourly windows, global distinct", {"query.window=1 hour"}},
    {"complete mode, no windows, two fields",
     {"query.window=none", "query.group-by=original_crime_type_name,city"}},
    {"update mode, sliding windows, distinct within the watermark",
     {"query.window=1 hour", "query.slide=15 minutes", "query.output-mode=update",
      "query.distinct=within-watermark"}},
    {"append mode, joined codes",
     {"query.window=30 minutes", "query.output-mode=append", "query.join=radio-codes",
      "query.group-by=original_crime_type_name,disposition_description"}},
    {"update mode without distinct, two threads",
     {"query.window=2 hours", "query.output-mode=update", "query.distinct=off", "query.parallelism=2"}},
};
#define CASES (sizeof cases / sizeof cases[0])

struct run {
    const char *program, *dir, *bootstrap;
    char *codes; /* as an argument: data.sfpd-codes=FILE */
    int64_t messages;
    uint64_t random;
    int64_t startup_ms,
        work_ms; /* of the last undisturbed run: to its first commit, and from there to its end */
    int kills, before_first, in_batch, between;
};

static uint64_t next_random(uint64_t *state)
{
    uint64_t x = (*state += 0x9e3779b97f4a7c15u);
    x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9u;
    x = (x ^ (x >> 27)) * 0x94d049bb133111ebu;
    return x ^ (x >> 31);
}

static void die(const char *what, const char *detail)
{
    printf("not ok - killed runs end with the table of an undisturbed one\n%s: %s\n", what, detail);
    exit(1);
}

static int64_t env_number(const char *name, int64_t otherwise)
{
    const char *text = getenv(name);
    return text && *text ? strtoll(text, NULL, 10) : otherwise;
}

/* ---- the topic ---- */

/* A call as the data has them, with the kinds of trouble that it has: duplicates, late ones, nulls, no JSON.
 */
static void make_call(struct strbuf *out, uint64_t seed, int64_t number)
{
    static const char *const disposition[] = {"\"HAN\"", "\"ADV\"", "\"GOA\"",
                                              "\"REP\"", "null",    "\"Not recorded\""};
    uint64_t r = seed ^ (uint64_t)number * 0x2545f4914f6cdd1du;
    char when[ISO_MAX];
    (void)next_random(&r);
    out->len = 0;
    if (next_random(&r) % 100 == 0) {
        strbuf_puts(out, "{\"crime_id\": 12, broken");
        return;
    }
    if (next_random(&r) % 100 < 15)
        number -= (int64_t)(next_random(&r) % 40); /* much of an earlier call: times repeat */
    int64_t at_s = 1546214400 + number * 20 + (int64_t)(next_random(&r) % 60);
    if (next_random(&r) % 100 < 4)
        at_s -= (int64_t)(next_random(&r) % 14400);
    iso_format_ms(when, at_s / 60 * 60000, 0);
    uint64_t type = next_random(&r) % 900;
    strbuf_printf(
        out,
        "{\"crime_id\":\"%" PRId64 "\",\"original_crime_type_name\":\"Type %" PRIu64
        "\",\"report_date\":\"%.10s\",\"call_date\":\"%.10s\",\"offense_date\":\"%.10s\",\"call_time\":"
        "\"%.5s\",\"call_date_time\":\"%s\",\"disposition\":%s,\"address\":\"%d Block Of Market St\","
        "\"city\":\"%s\",\"state\":\"CA\",\"agency_id\":\"1\",\"address_type\":\"Premise Address\","
        "\"common_location\":\"\"}",
        number, type * type / 27000, when, when, when, when + 11, when, disposition[next_random(&r) % 6],
        (int)(next_random(&r) % 40) * 100, next_random(&r) % 20 ? "San Francisco" : "Daly City");
}

static void quiet(const rd_kafka_t *rk, int level, const char *fac, const char *buf)
{
    (void)rk;
    (void)level;
    (void)fac;
    (void)buf;
}

/* A cluster with the topic in it. The handle keeps it alive. */
static rd_kafka_t *start_cluster(struct run *run, uint64_t seed)
{
    char err[300];
    rd_kafka_conf_t *conf = rd_kafka_conf_new();
    rd_kafka_conf_set_log_cb(conf, quiet);
    if (rd_kafka_conf_set(conf, "test.mock.num.brokers", "2", err, sizeof err) != RD_KAFKA_CONF_OK ||
        rd_kafka_conf_set(conf, "linger.ms", "5", err, sizeof err) != RD_KAFKA_CONF_OK)
        die("cannot set up the mock cluster", err);
    rd_kafka_t *rk = rd_kafka_new(RD_KAFKA_PRODUCER, conf, err, sizeof err);
    if (!rk)
        die("cannot start the mock cluster", err);
    rd_kafka_mock_cluster_t *cluster = rd_kafka_handle_mock_cluster(rk);
    if (!cluster || rd_kafka_mock_topic_create(cluster, TOPIC, PARTITIONS, 2) != RD_KAFKA_RESP_ERR_NO_ERROR)
        die("cannot make the topic", "mock cluster");
    run->bootstrap = rd_kafka_mock_cluster_bootstraps(cluster);
    struct strbuf value = {0};
    rd_kafka_topic_t *topic = rd_kafka_topic_new(rk, TOPIC, NULL);
    if (!topic)
        die("cannot produce", rd_kafka_err2str(rd_kafka_last_error()));
    for (int64_t i = 0; i < run->messages; i++) {
        make_call(&value, seed, i);
        while (rd_kafka_produce(topic, (int32_t)(i % PARTITIONS), RD_KAFKA_MSG_F_COPY | RD_KAFKA_MSG_F_BLOCK,
                                value.data, value.len, NULL, 0, NULL) != 0) {
            if (rd_kafka_last_error() != RD_KAFKA_RESP_ERR__QUEUE_FULL)
                die("cannot produce", rd_kafka_err2str(rd_kafka_last_error()));
            rd_kafka_poll(rk, 10);
        }
    }
    rd_kafka_topic_destroy(topic);
    strbuf_free(&value);
    if (rd_kafka_flush(rk, 30000) != RD_KAFKA_RESP_ERR_NO_ERROR)
        die("cannot produce", "flush timed out");
    return rk;
}

/* Some of the dispositions have a meaning, some have none. */
static void write_codes(struct run *run)
{
    char *path = xasprintf("%s/codes.json", run->dir);
    FILE *f = fopen(path, "w");
    if (!f ||
        fprintf(f, "[{\"disposition_code\":\"HAN\",\"description\":\"Handled\"},"
                   "{\"disposition_code\":\"ADV\",\"description\":\"Advised\"},"
                   "{\"disposition_code\":\"GOA\",\"description\":\"Gone on Arrival\"}]\n") < 0 ||
        fclose(f) != 0)
        die(path, strerror(errno));
    run->codes = xasprintf("data.sfpd-codes=%s", path);
    free(path);
}

/* ---- one child ---- */

static pid_t start_child(const struct run *run, const struct a_case *c, const char *checkpoint,
                         const char *export, const char *log)
{
    char limit[80];
    const char *argv[ARGS_MAX] = {run->program,   "--headless",
                                  "--no-replay",  "--available-now",
                                  "-t",           TOPIC,
                                  "-b",           run->bootstrap,
                                  "--checkpoint", checkpoint,
                                  "--export",     export,
                                  "-S",           limit,
                                  "-S",           "sink.console=none",
                                  "-S",           "query.watermark=10 minutes",
                                  "-S",           run->codes};
    size_t n = 20;
    snprintf(limit, sizeof limit, "query.max-offsets-per-trigger=%" PRId64, run->messages / BATCHES);
    for (size_t i = 0; i < sizeof c->set / sizeof c->set[0] && c->set[i]; i++) {
        argv[n++] = "-S";
        argv[n++] = c->set[i];
    }
    argv[n] = NULL;
    pid_t pid = fork();
    if (pid < 0)
        die("fork", strerror(errno));
    if (pid > 0)
        return pid;
    int fd = open(log, O_WRONLY | O_CREAT | O_TRUNC, 0666), null = open("/dev/null", O_RDONLY);
    if (fd < 0 || null < 0 || dup2(null, 0) < 0 || dup2(fd, 1) < 0 || dup2(fd, 2) < 0)
        _exit(126);
    char *args[ARGS_MAX];
    memcpy(args, argv, sizeof args);
    execv(run->program, args);
    _exit(127);
}

static void tell_log(const char *log)
{
    char line[600];
    FILE *f = fopen(log, "r");
    while (f && fgets(line, sizeof line, f))
        printf("    %s", line);
    if (f)
        fclose(f);
}

static void nap_us(int64_t us)
{
    struct timespec t = {.tv_sec = us / 1000000, .tv_nsec = us % 1000000 * 1000};
    while (nanosleep(&t, &t) != 0 && errno == EINTR)
        ;
}

/* Waits for the end. Status 0 is wanted: anything else is told with the child's words. first_ms, where asked
 * for, gets the time of the first commit. */
static void wait_for_end(pid_t pid, const char *what, const char *log, const char *first_commit,
                         int64_t *first_ms)
{
    int64_t from_ms = clock_mono_ms();
    int status = 0;
    while (waitpid(pid, &status, WNOHANG) == 0) {
        if (first_ms && *first_ms < 0 && access(first_commit, F_OK) == 0)
            *first_ms = clock_mono_ms() - from_ms;
        if (clock_mono_ms() - from_ms > CHILD_MS) {
            kill(pid, SIGKILL);
            waitpid(pid, &status, 0);
            tell_log(log);
            die(what, "a run does not come to its end");
        }
        nap_us(500);
    }
    if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) {
        tell_log(log);
        die(what, "a run ended badly");
    }
}

/* True when the child ended by itself before the instant came. */
static bool ended_before(pid_t pid, int64_t delay_us, const char *what, const char *log)
{
    int status = 0;
    nap_us(delay_us);
    kill(pid, SIGKILL);
    if (waitpid(pid, &status, 0) != pid)
        die(what, strerror(errno));
    if (WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL)
        return false;
    if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) {
        tell_log(log);
        die(what, "a resumed run ended badly");
    }
    return true;
}

/* ---- a case ---- */

static int64_t newest_number(const char *dir, const char *part)
{
    int64_t newest = -1;
    char *path = xasprintf("%s/%s", dir, part);
    DIR *d = opendir(path);
    for (struct dirent *e; d && (e = readdir(d));) {
        if (e->d_name[0] >= '0' && e->d_name[0] <= '9' && strtoll(e->d_name, NULL, 10) > newest)
            newest = strtoll(e->d_name, NULL, 10);
    }
    if (d)
        closedir(d);
    free(path);
    return newest;
}

/* Where a kill has hit, told from the folder: so that the report shows that all kinds of instants were met.
 */
static void note_kill(struct run *run, const char *checkpoint)
{
    int64_t begun = newest_number(checkpoint, "offsets"), committed = newest_number(checkpoint, "commits");
    run->kills++;
    if (begun < 0)
        run->before_first++;
    else if (begun > committed)
        run->in_batch++;
    else
        run->between++;
}

static char *read_whole(const char *path, size_t *len)
{
    struct strbuf all = {0};
    char chunk[4096];
    size_t n;
    FILE *f = fopen(path, "r");
    if (!f)
        die(path, strerror(errno));
    while ((n = fread(chunk, 1, sizeof chunk, f)) > 0)
        strbuf_add(&all, chunk, n);
    fclose(f);
    *len = all.len;
    return all.data ? all.data : xstrdup("");
}

static void compare(const char *what, const char *want_path, const char *got_path)
{
    size_t want_len, got_len;
    char *want = read_whole(want_path, &want_len), *got = read_whole(got_path, &got_len);
    if (want_len < 100)
        die(what, "the undisturbed run's table is as good as empty");
    if (want_len != got_len || memcmp(want, got, want_len) != 0) {
        char *command = xasprintf("diff %s %s | head -20", want_path, got_path);
        fflush(stdout);
        if (system(command) < 0)
            perror("diff");
        free(command);
        die(what, "the killed runs' table is another than the undisturbed run's");
    }
    free(want);
    free(got);
}

static void undisturbed(struct run *run, const struct a_case *c, const char *want)
{
    char *checkpoint = xasprintf("%s/calm", run->dir), *log = xasprintf("%s/calm.log", run->dir);
    char *first = xasprintf("%s/commits/0", checkpoint);
    int64_t from_ms = clock_mono_ms(), first_ms = -1;
    wait_for_end(start_child(run, c, checkpoint, want, log), c->name, log, first, &first_ms);
    int64_t all_ms = clock_mono_ms() - from_ms;
    run->startup_ms = first_ms >= 0 ? first_ms : all_ms;
    run->work_ms = all_ms - run->startup_ms;
    free(checkpoint);
    free(log);
    free(first);
}

static void remove_tree(const char *path)
{
    DIR *d = opendir(path);
    for (struct dirent *e; d && (e = readdir(d));) {
        if (strcmp(e->d_name, ".") == 0 || strcmp(e->d_name, "..") == 0)
            continue;
        char *inner = xasprintf("%s/%s", path, e->d_name);
        if (unlink(inner) != 0)
            remove_tree(inner);
        free(inner);
    }
    if (d)
        closedir(d);
    rmdir(path);
}

static void work_through(struct run *run, const struct a_case *c)
{
    char *folder = xasprintf("%s/case", run->dir), *checkpoint = xasprintf("%s/case/killed", run->dir);
    char *want = xasprintf("%s/case/want.csv", run->dir), *got = xasprintf("%s/case/got.csv", run->dir);
    char *log = xasprintf("%s/case/killed.log", run->dir);
    const char *root = run->dir;
    int before = run->kills;
    if (mkdir(folder, 0777) != 0)
        die(folder, strerror(errno));
    run->dir = folder;
    undisturbed(run, c, want);
    run->dir = root;
    /* Most instants fall into the work, a few batches on from where the last run got to. */
    int64_t span_us = 1000 * (run->startup_ms + run->work_ms / 8 + 5);
    for (int i = 0;; i++) {
        if (i > 2000)
            die(c->name, "no run comes to its end");
        pid_t pid = start_child(run, c, checkpoint, got, log);
        uint64_t r = next_random(&run->random);
        int64_t from_us = r % 4 ? 800 * run->startup_ms : 0;
        if (ended_before(pid, from_us + (int64_t)(r / 4 % (uint64_t)(span_us - from_us)), c->name, log))
            break;
        note_kill(run, checkpoint);
    }
    compare(c->name, want, got);
    printf("    %-60s %3d kills, start %" PRId64 " ms, work %" PRId64 " ms\n", c->name, run->kills - before,
           run->startup_ms, run->work_ms);
    fflush(stdout);
    remove_tree(folder);
    free(folder);
    free(checkpoint);
    free(want);
    free(got);
    free(log);
}

int main(int argc, char **argv)
{
    const char *tmp = getenv("TMPDIR");
    char *dir = xasprintf("%s/sfcrime-kill-XXXXXX", tmp && *tmp ? tmp : "/tmp");
    struct run run = {.program = argc > 1 ? argv[1] : getenv("SFCRIME_BIN"),
                      .messages = env_number("KILL_MESSAGES", 6000)};
    uint64_t seed = (uint64_t)env_number("KILL_SEED", clock_wall_ms());
    int64_t wanted = env_number("KILL_COUNT", 12);
    if (!run.program || access(run.program, X_OK) != 0) {
        printf("skip - killed runs end with the table of an undisturbed one: no program to run\n");
        return 0;
    }
    if (!mkdtemp(dir))
        die(dir, strerror(errno));
    run.dir = dir;
    run.random = seed;
    printf("KILL_SEED=%" PRIu64 " KILL_MESSAGES=%" PRId64 " KILL_COUNT=%" PRId64 ", files in %s\n", seed,
           run.messages, wanted, dir);
    write_codes(&run);
    rd_kafka_t *cluster = start_cluster(&run, seed);
    for (size_t i = 0; i < CASES || run.kills < wanted; i++)
        work_through(&run, &cases[i % CASES]);
    rd_kafka_destroy(cluster);
    remove_tree(dir);
    free(dir);
    free(run.codes);
    printf("%d kills: %d before the first batch, %d within a batch, %d between two\n", run.kills,
           run.before_first, run.in_batch, run.between);
    printf("ok - killed runs end with the table of an undisturbed one\n");
    return 0;
}
