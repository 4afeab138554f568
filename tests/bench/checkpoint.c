/* What exactly-once costs: `checkpoint CALLS [--rows N] [--trigger-ms N | --batch N] [--pairs N] [--distinct
 * MODE]
 * [--parallelism N] [--step-ms N]` runs the real micro-batch loop without Kafka in pairs of runs that follow
 * each other, one without a checkpoint and one with it, on a real folder (below TMPDIR) with real syncs. With
 * --trigger-ms a batch has as many rows as the query alone does in that time, so that the loop is never idle:
 * the worst case of such a trigger.
 *
 * --step-ms is the event time from one call to the next; with 0 the calls come again and again, and after the
 * first round of them a batch brings nothing new.
 *
 * Times leave out the making of the calls, which stands for the fetch. "cpu" is all threads' processor time a
 * row, with a checkpoint over without: of the two ratios the one that other work on the machine hardly
 * changes. */
#include "bench/calls.h"
#include "bench/disk_calls.h"
#include "bench/loop.h"

#include "base/xalloc.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MILLION        1000000
#define PAIRS_MAX      25
#define CALIBRATE_ROWS (2 * MILLION)

struct arguments {
    struct loop_plan plan;
    int64_t trigger_ms;
    int pairs;
};

static bool read_argument(const char *name, const char *value, struct arguments *a)
{
    int64_t n = atoll(value);

    if (strcmp(name, "--rows") == 0)
        a->plan.rows = n;
    else if (strcmp(name, "--trigger-ms") == 0)
        a->trigger_ms = n;
    else if (strcmp(name, "--batch") == 0)
        a->plan.batch_rows = n;
    else if (strcmp(name, "--step-ms") == 0)
        a->plan.call_step_ms = n;
    else if (strcmp(name, "--pairs") == 0)
        a->pairs = (int)n;
    else if (strcmp(name, "--parallelism") == 0)
        a->plan.settings.parallelism = (int)n;
    else if (strcmp(name, "--distinct") == 0)
        a->plan.settings.distinct =
            strcmp(value, "within-watermark") == 0 ? DISTINCT_WITHIN_WATERMARK : DISTINCT_GLOBAL;
    else
        return false;
    return true;
}

static bool read_arguments(int argc, char **argv, struct arguments *a)
{
    *a =
        (struct arguments){.plan = {.rows = 20 * MILLION, .call_step_ms = 1}, .trigger_ms = 1000, .pairs = 3};
    query_settings_default(&a->plan.settings);
    a->plan.settings.window_ms = a->plan.settings.slide_ms = 0;
    if (argc < 2 || argc % 2 != 0)
        return false;
    a->plan.calls_path = argv[1];
    for (int i = 2; i < argc; i += 2)
        if (!read_argument(argv[i], argv[i + 1], a))
            return false;
    return a->plan.rows > 0 && a->plan.batch_rows >= 0 && a->trigger_ms > 0 && a->pairs > 0 &&
           a->pairs <= PAIRS_MAX && query_settings_check(&a->plan.settings) == NULL;
}

/* How many rows the query alone does in the trigger's time. */
static bool calibrate(struct arguments *a, struct loop_run *scratch)
{
    struct loop_plan plan = a->plan;

    plan.rows = plan.step_rows = CALIBRATE_ROWS;
    plan.batch_rows = CALIBRATE_ROWS / 10;
    if (!loop_run_apart(&plan, scratch))
        return false;
    double rows_per_s = (double)scratch->rows / scratch->wall_s;
    a->plan.batch_rows = (int64_t)(rows_per_s * (double)a->trigger_ms / 1e3) + 1;
    return true;
}

static double rows_per_s(const struct loop_run *r)
{
    return (double)r->rows / r->wall_s;
}

static void print_steps(const struct loop_run *off, const struct loop_run *on)
{
    printf(
        "\n              a batch in ms, medians                  with a checkpoint, of the engine's time\n");
    printf("rows, M  state MB   without     with  with, most   write-ahead    state   commit\n");
    for (int i = 0; i < on->steps && i < off->steps; i++) {
        const struct loop_step *s = &on->step[i];
        printf("%7.1f  %8.1f  %8.2f %8.2f  %10.2f  %12.2f %8.2f %8.2f\n", (double)s->rows / MILLION,
               s->state_mb, off->step[i].p50_ms, s->p50_ms, s->max_ms, s->wal_ms, s->state_ms, s->commit_ms);
    }
}

static void print_disk(const struct loop_run *on)
{
    printf("\nthe disk, a batch (on a thread of its own):");
    for (enum disk_call c = 0; c < DISK_CALLS; c++)
        printf(" %s %.1f in %.2f ms%s", disk_call_name(c), (double)on->disk[c].count / (double)on->batches,
               (double)on->disk[c].ns / 1e6 / (double)on->batches, c + 1 < DISK_CALLS ? "," : "\n");
    printf("%lld batches; %.2f s from the last one until all was durable; %.0f MB in %lld files\n",
           (long long)on->batches, on->flush_s, on->folder_mb, (long long)on->folder_files);
}

static bool run_pairs(const struct arguments *a, struct loop_run *runs)
{
    double wall[PAIRS_MAX], cpu[PAIRS_MAX];

    printf("pair   rows/s without     with  ratio   cpu ns a row without     with  ratio\n");
    for (int pair = 0; pair < a->pairs; pair++) {
        /* Turn about, so that neither always comes first. */
        for (int turn = 0; turn < 2; turn++) {
            struct loop_plan plan = a->plan;
            plan.checkpoint = (turn + pair) % 2 == 1;
            if (!loop_run_apart(&plan, &runs[plan.checkpoint ? 1 : 0]))
                return false;
        }
        const struct loop_run *off = &runs[0], *on = &runs[1];
        double rows = (double)off->rows;
        wall[pair] = rows_per_s(on) / rows_per_s(off);
        cpu[pair] = on->cpu_s / off->cpu_s;
        printf("%4d   %14.0f %8.0f  %5.2f   %20.0f %8.0f  %5.2f\n", pair + 1, rows_per_s(off), rows_per_s(on),
               wall[pair], off->cpu_s * 1e9 / rows, on->cpu_s * 1e9 / rows, cpu[pair]);
        fflush(stdout);
    }
    printf("median ratio: rows/s %.2f, processor time %.2f\n", calls_percentile(wall, (size_t)a->pairs, 0.5),
           calls_percentile(cpu, (size_t)a->pairs, 0.5));
    print_steps(&runs[0], &runs[1]);
    print_disk(&runs[1]);
    return true;
}

int main(int argc, char **argv)
{
    struct arguments a;

    if (!read_arguments(argc, argv, &a)) {
        fprintf(stderr,
                "usage: checkpoint CALLS [--rows N] [--trigger-ms N | --batch N] [--pairs N (at most %d)]\n"
                "                        [--distinct global|within-watermark] [--parallelism N]\n",
                PAIRS_MAX);
        return 2;
    }
    struct loop_run *runs = loop_runs_new(2);
    if (runs == NULL)
        return 1;
    bool by_time = a.plan.batch_rows == 0;
    if (by_time && !calibrate(&a, &runs[0]))
        return 1;
    a.plan.step_rows = a.plan.rows / 10 > a.plan.batch_rows ? a.plan.rows / 10 : a.plan.batch_rows;
    char *machine = calls_machine();
    printf("%lld different calls in batches of %lld", (long long)a.plan.rows, (long long)a.plan.batch_rows);
    if (by_time)
        printf(" (%lld ms of the query's work)", (long long)a.trigger_ms);
    printf(", parallelism %d; %s\n\n", a.plan.settings.parallelism, machine);
    free(machine);
    bool sound = run_pairs(&a, runs);
    loop_runs_free(runs, 2);
    return sound ? 0 : 1;
}
