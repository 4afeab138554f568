/* Exactly once, shown from outside: a cluster outside the program holds a topic; the real program works
 * through it as a child with a checkpoint, a SQLite sink and a Kafka sink, and is killed with SIGKILL at
 * random instants until a run comes to its end. Its table and what the sinks hold must equal, byte for byte,
 * those of a run that nobody disturbed: the batches are the same in both, so even the batch ids are. Only the
 * query's id differs, for each run has a checkpoint of its own; it is checked against the checkpoint's and
 * then left out.
 *
 *     kill_test [PROGRAM]     the program under test, else $SFCRIME_BIN
 *
 * KILL_COUNT     kills at least (12); every case is worked through at least once
 * KILL_SEED      of the data and of the instants (by default the time; it is printed)
 * KILL_MESSAGES  in the topic (3000)
 * KILL_BROKERS   a real Kafka instead of a mock cluster in this process */
#include "cluster.h"
#include "stage.h"
#include "tables.h"

#include "base/clock.h"
#include "base/xalloc.h"

#include <dirent.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { PARTITIONS = 3, BATCHES = 40, RUNS_MAX = 1000 };

static const char test_name[] = "killed runs end with the tables of an undisturbed one";

/* The query's settings of a case. */
struct a_case {
    const char *name;
    const char *set[8];
    int kills;
};
static struct a_case cases[] = {
    {"complete mode, hourly windows, global distinct", {"query.window=1 hour"}, 0},
    {"complete mode, no windows, two fields",
     {"query.window=none", "query.group-by=original_crime_type_name,city"},
     0},
    {"update mode, sliding windows, distinct within the watermark",
     {"query.window=1 hour", "query.slide=15 minutes", "query.output-mode=update",
      "query.distinct=within-watermark"},
     0},
    {"append mode, joined codes",
     {"query.window=30 minutes", "query.output-mode=append", "query.join=radio-codes",
      "query.group-by=original_crime_type_name,disposition_description"},
     0},
    {"update mode without distinct, two threads",
     {"query.window=2 hours", "query.output-mode=update", "query.distinct=off", "query.parallelism=2"},
     0},
};
#define CASES (sizeof cases / sizeof cases[0])

struct test {
    struct cluster cluster;
    const char *program, *topic;
    char *dir, *codes;
    int64_t messages;
    uint64_t random;
    int case_runs;
    int kills, before_first, in_batch, between, sinks_ahead, repeats;
};

/* One query in a folder: its checkpoint, its outputs. Only the names are owned here. */
struct output {
    char *checkpoint, *first_commit, *csv, *sqlite, *log;
    const char *topic;
    int64_t started_ms, first_ms; /* the first commit was seen; -1 = not yet */
    int64_t all_ms;               /* the whole run */
};

static int64_t wanted_kills(void)
{
    return env_number("KILL_COUNT", 12);
}

static void output_open(struct test *t, struct output *o, const char *folder, const char *name)
{
    char *topic = xasprintf("results-%d-%s", t->case_runs, name);
    *o = (struct output){.checkpoint = xasprintf("%s/%s", folder, name),
                         .first_commit = xasprintf("%s/%s/commits/0", folder, name),
                         .csv = xasprintf("%s/%s.csv", folder, name),
                         .sqlite = xasprintf("%s/%s.db", folder, name),
                         .log = xasprintf("%s/%s.log", folder, name),
                         .topic = cluster_topic(&t->cluster, topic, 0),
                         .first_ms = -1};
    free(topic);
}

static void output_close(struct output *o)
{
    free(o->checkpoint);
    free(o->first_commit);
    free(o->csv);
    free(o->sqlite);
    free(o->log);
}

static pid_t start(const struct test *t, const struct a_case *c, struct output *o)
{
    const char *const common[] = {t->program, "--headless", "--no-replay",  "--available-now",
                                  "-t",       t->topic,     "-b",           t->cluster.bootstrap,
                                  "--export", o->csv,       "--checkpoint", o->checkpoint};
    struct args a = {0};
    for (size_t i = 0; i < sizeof common / sizeof *common; i++)
        args_add(&a, common[i]);
    args_set(&a, "query.max-offsets-per-trigger=%" PRId64, t->messages / BATCHES);
    args_set(&a, "query.watermark=10 minutes");
    args_set(&a, "data.sfpd-codes=%s", t->codes);
    args_set(&a, "kafka.client-id=%s", t->topic); /* the consumer group: nobody else's */
    args_set(&a, "sink.console=none");
    args_set(&a, "sink.sqlite=%s", o->sqlite);
    args_set(&a, "sink.kafka-topic=%s", o->topic);
    for (size_t i = 0; i < sizeof c->set / sizeof c->set[0] && c->set[i]; i++)
        args_set(&a, "%s", c->set[i]);
    pid_t pid = start_child(&a, o->log);
    args_free(&a);
    return pid;
}

/* Some of the dispositions have a meaning, some have none. */
static char *write_codes(const char *dir)
{
    static const char codes[] = "[{\"disposition_code\":\"HAN\",\"description\":\"Handled\"},"
                                "{\"disposition_code\":\"ADV\",\"description\":\"Advised\"},"
                                "{\"disposition_code\":\"GOA\",\"description\":\"Gone on Arrival\"}]\n";
    char *path = xasprintf("%s/codes.json", dir);
    write_whole(path, codes, sizeof codes - 1);
    return path;
}

/* ---- where a kill has hit ---- */

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

/* Told from what the program left, so that the report shows that all kinds of instants were met. Returns the
 * newest batch that was committed. */
static int64_t note_kill(struct test *t, const struct output *o)
{
    int64_t begun = newest_number(o->checkpoint, "offsets"),
            committed = newest_number(o->checkpoint, "commits");
    t->kills++;
    if (begun < 0)
        t->before_first++;
    else if (begun > committed)
        t->in_batch++;
    else
        t->between++;
    t->sinks_ahead += batch_in_left_database(o->sqlite) > committed;
    return committed;
}

/* ---- a case ---- */

static void look_for_first_commit(void *arg)
{
    struct output *o = arg;
    if (o->first_ms < 0 && is_there(o->first_commit))
        o->first_ms = clock_mono_ms() - o->started_ms;
}

static void run_undisturbed(const struct test *t, const struct a_case *c, struct output *o)
{
    o->started_ms = clock_mono_ms();
    if (wait_for_end(start(t, c, o), c->name, o->log, look_for_first_commit, o) != 0) {
        tell_log(o->log);
        die(c->name, "an undisturbed run ended badly");
    }
    o->all_ms = clock_mono_ms() - o->started_ms;
    if (o->first_ms < 0)
        o->first_ms = o->all_ms;
}

/* How many kills a case is aimed at: a short test still comes to the end of every case, a long one hits each
 * more often. */
static int64_t kills_a_case(void)
{
    int64_t n = wanted_kills() / (int64_t)CASES;
    return n < 3 ? 3 : n > 12 ? 12 : n;
}

/* Most instants fall into the work, a few batches on from where the last run got to; runs that get nowhere
 * are given longer, for a busy machine may start slower than it did before. */
static void run_killed(struct test *t, struct a_case *c, struct output *o, const struct output *calm)
{
    int64_t reached = -1;
    for (int i = 0, idle = 0;; i++) {
        if (i > RUNS_MAX)
            die(c->name, "no run comes to its end");
        int64_t start_us = 1000 * calm->first_ms, work_us = 1000 * (calm->all_ms - calm->first_ms);
        int64_t span_us = (start_us + work_us / kills_a_case() + 5000) * (10 + idle) / 10;
        uint64_t r = next_random(&t->random);
        int64_t from_us = r % 4 ? start_us * 8 / 10 : 0;
        pid_t pid = start(t, c, o);
        if (ended_before(pid, from_us + (int64_t)(r / 4 % (uint64_t)(span_us - from_us)), c->name, o->log))
            return;
        int64_t committed = note_kill(t, o);
        c->kills++;
        idle = committed > reached ? 0 : idle + 1;
        reached = committed;
    }
}

/* All of what a run has put out agrees with its table. Returns the records of its Kafka sink. */
static struct records read_sinks(struct test *t, const struct a_case *c, const struct output *o,
                                 char **sqlite)
{
    struct records r;
    char *id = id_of_checkpoint(o->checkpoint);
    char *csv = table_of_csv(o->csv), *database = table_of_sqlite(o->sqlite);
    if (strlen(csv) < 100)
        die(c->name, "a run's table is as good as empty");
    *sqlite = dump_of_sqlite(o->sqlite, id);
    cluster_read(&t->cluster, o->topic, id, &r);
    char *newest = table_of_records(&r);
    expect_same(c->name, "the SQLite sink, beside the exported table", csv, database);
    expect_same(c->name, "the Kafka sink, beside the exported table", csv, newest);
    free(id);
    free(csv);
    free(database);
    free(newest);
    return r;
}

static void compare(struct test *t, const struct a_case *c, const struct output *calm,
                    const struct output *killed)
{
    int calm_repeats, repeats;
    char *want = read_whole(calm->csv, NULL), *got = read_whole(killed->csv, NULL);
    expect_same(c->name, "the exported table", want, got);
    free(want);
    free(got);

    struct records calm_records = read_sinks(t, c, calm, &want);
    struct records records = read_sinks(t, c, killed, &got);
    expect_same(c->name, "the SQLite sink", want, got);
    free(want);
    free(got);

    want = dump_of_newest(&calm_records), got = dump_of_newest(&records);
    expect_same(c->name, "the Kafka sink's newest values", want, got);
    free(want);
    free(got);

    want = dump_of_history(&calm_records, &calm_repeats), got = dump_of_history(&records, &repeats);
    if (calm_repeats > 0)
        die(c->name, "an undisturbed run wrote a record twice");
    expect_same(c->name, "the Kafka sink's records without repeats", want, got);
    t->repeats += repeats;
    free(want);
    free(got);
    records_clear(&calm_records);
    records_clear(&records);
}

static void work_through(struct test *t, struct a_case *c)
{
    char *folder = xasprintf("%s/case", t->dir);
    struct output calm, killed;
    int before = t->kills;
    make_folder(folder);
    t->case_runs++;
    output_open(t, &calm, folder, "calm");
    output_open(t, &killed, folder, "killed");
    run_undisturbed(t, c, &calm);
    run_killed(t, c, &killed, &calm);
    compare(t, c, &calm, &killed);
    printf("    %-60s %3d kills, start %" PRId64 " ms, work %" PRId64 " ms\n", c->name, t->kills - before,
           calm.first_ms, calm.all_ms - calm.first_ms);
    fflush(stdout);
    output_close(&calm);
    output_close(&killed);
    remove_tree(folder);
    free(folder);
}

int main(int argc, char **argv)
{
    struct test t = {.program = find_program(argc, argv, test_name),
                     .messages = env_number("KILL_MESSAGES", 3000)};
    uint64_t seed = (uint64_t)env_number("KILL_SEED", clock_wall_ms());
    int64_t wanted = wanted_kills();
    if (!t.program)
        return 0;
    t.dir = new_folder("sfcrime-kill");
    t.random = seed;
    printf("KILL_SEED=%" PRIu64 " KILL_MESSAGES=%" PRId64 " KILL_COUNT=%" PRId64 ", files in %s\n", seed,
           t.messages, wanted, t.dir);
    t.codes = write_codes(t.dir);
    cluster_open(&t.cluster);
    t.topic = cluster_topic(&t.cluster, "calls", PARTITIONS);
    cluster_fill(&t.cluster, t.topic, PARTITIONS, seed, t.messages);
    for (size_t i = 0; i < CASES || t.kills < wanted; i++)
        work_through(&t, &cases[i % CASES]);
    cluster_close(&t.cluster);
    remove_tree(t.dir);
    free(t.dir);
    free(t.codes);
    printf(
        "    %d kills: %d before the first batch, %d within a batch, %d between two; %d with a sink ahead of "
        "the checkpoint; %d records of the Kafka sink came twice\n",
        t.kills, t.before_first, t.in_batch, t.between, t.sinks_ahead, t.repeats);
    for (size_t i = 0; i < CASES; i++)
        printf("ok - %s: %s\n", test_name, cases[i].name);
    return 0;
}
