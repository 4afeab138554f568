/* What state costs as it grows, without Kafka: `state CALLS [--rows N] [--batch N] [--distinct MODE]
 * [--step-ms N]
 * [--checkpoint on|off|both] [--parallelism N] [--window MINUTES] [--csv FILE]` runs the real micro-batch
 * loop over N different calls made in memory, without and with a checkpoint, each in a process of its own. A
 * table, two plots and a CSV show memory and the time of a batch against the rows done: the memory should
 * grow in a straight line, or not at all where the watermark bounds it, and the times not at all. --step-ms
 * is the event time from one call to the next. */
#include "bench/calls.h"
#include "bench/loop.h"

#include "base/xalloc.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MILLION 1000000
#define STEPS   30 /* of a run: points of the plots, lines of the table */

enum { WITHOUT, WITH, MODES };
static const char *const mode_words[MODES] = {"without a checkpoint", "with a checkpoint at every batch"};

struct arguments {
    struct loop_plan plan;
    bool modes[MODES];
    const char *csv;
};

/* ---- arguments ---- */

static bool read_words(const char *name, const char *value, struct arguments *a)
{
    static const char *const modes[] = {"off", "global", "within-watermark"};

    if (strcmp(name, "--csv") == 0) {
        a->csv = value;
        return true;
    }
    if (strcmp(name, "--checkpoint") == 0) {
        a->modes[WITHOUT] = strcmp(value, "on") != 0;
        a->modes[WITH] = strcmp(value, "off") != 0;
        return strcmp(value, "on") == 0 || strcmp(value, "off") == 0 || strcmp(value, "both") == 0;
    }
    for (int i = 0; strcmp(name, "--distinct") == 0 && i < 3; i++)
        if (strcmp(value, modes[i]) == 0) {
            a->plan.settings.distinct = (enum distinct_mode)(DISTINCT_OFF + i);
            return true;
        }
    return false;
}

static bool read_argument(const char *name, const char *value, struct arguments *a)
{
    int64_t n = atoll(value);

    if (strcmp(name, "--rows") == 0)
        a->plan.rows = n;
    else if (strcmp(name, "--batch") == 0)
        a->plan.batch_rows = n;
    else if (strcmp(name, "--step-ms") == 0)
        a->plan.call_step_ms = n;
    else if (strcmp(name, "--parallelism") == 0)
        a->plan.settings.parallelism = (int)n;
    else if (strcmp(name, "--window") == 0)
        a->plan.settings.window_ms = a->plan.settings.slide_ms = n * 60000;
    else
        return read_words(name, value, a);
    return true;
}

static bool read_arguments(int argc, char **argv, struct arguments *a)
{
    struct loop_plan *p = &a->plan;

    *a = (struct arguments){.plan = {.rows = 10 * MILLION, .batch_rows = 5000, .call_step_ms = 1000},
                            .modes = {true, true}};
    query_settings_default(&p->settings);
    p->settings.window_ms = p->settings.slide_ms = 0;
    if (argc < 2 || argc % 2 != 0)
        return false;
    p->calls_path = argv[1];
    for (int i = 2; i < argc; i += 2)
        if (!read_argument(argv[i], argv[i + 1], a))
            return false;
    p->step_rows = p->rows / STEPS > p->batch_rows ? p->rows / STEPS : p->batch_rows;
    return p->rows > 0 && p->batch_rows > 0 && p->call_step_ms >= 0 &&
           query_settings_check(&p->settings) == NULL;
}

/* ---- the report ---- */

static void print_table(const struct loop_run *r, int mode)
{
    printf("\n%s: %.0f rows/s, %.0f ns of processor time a row, at most %.0f MB in the process\n",
           mode_words[mode], (double)r->rows / r->wall_s, r->cpu_s * 1e9 / (double)r->rows, r->peak_mb);
    printf("             in the state          resident      a batch in ms        cpu\n");
    printf("rows, M   rows, M     MB  B a row        MB      p50    p99    max    p50    p99");
    printf(mode == WITH ? "   of it write-ahead  state  commit\n" : "\n");
    for (int i = 0; i < r->steps; i++) {
        const struct loop_step *s = &r->step[i];
        printf("%7.2f  %8.2f %6.1f  %7.1f  %8.1f  %7.2f %6.2f %6.1f %6.2f %6.2f", (double)s->rows / MILLION,
               (double)s->state_rows / MILLION, s->state_mb,
               s->state_rows > 0 ? s->state_mb * 1e6 / (double)s->state_rows : 0, s->resident_mb, s->p50_ms,
               s->p99_ms, s->max_ms, s->cpu_p50_ms, s->cpu_p99_ms);
        if (mode == WITH)
            printf("   %17.2f %6.2f %7.2f", s->wal_ms, s->state_ms, s->commit_ms);
        printf("\n");
    }
}

#define PLOT_HEIGHT 10
#define PLOT_STEP   2 /* columns a step */

struct curve {
    char mark;
    double at[LOOP_STEPS_MAX];
};

/* Curves over the steps of a run, from zero up; where two meet, the first is seen. */
static void print_plot(const char *title, const struct curve *curves, int count, const struct loop_run *r)
{
    char lines[PLOT_HEIGHT][LOOP_STEPS_MAX * PLOT_STEP + 1];
    double most = 0;

    for (int c = 0; c < count; c++)
        for (int i = 0; i < r->steps; i++)
            most = curves[c].at[i] > most ? curves[c].at[i] : most;
    most = most > 0 ? most : 1;
    for (int y = 0; y < PLOT_HEIGHT; y++) {
        memset(lines[y], ' ', sizeof lines[y]);
        lines[y][r->steps * PLOT_STEP] = '\0';
    }
    for (int c = count - 1; c >= 0; c--)
        for (int i = 0; i < r->steps; i++) {
            int y = (int)(curves[c].at[i] / most * (PLOT_HEIGHT - 1) + 0.5);
            lines[PLOT_HEIGHT - 1 - y][i * PLOT_STEP] = curves[c].mark;
        }
    printf("\n%s\n", title);
    for (int y = 0; y < PLOT_HEIGHT; y++)
        printf("%9.1f |%s\n", most * (PLOT_HEIGHT - 1 - y) / (PLOT_HEIGHT - 1), lines[y]);
    printf("%9s +", "");
    for (int i = 0; i < r->steps * PLOT_STEP; i++)
        putchar('-');
    printf("> %.1f million rows\n", (double)r->rows / MILLION);
}

static void print_plots(const struct loop_run *r)
{
    struct curve memory[2] = {{.mark = '*'}, {.mark = 'o'}}, times[2] = {{.mark = '*'}, {.mark = '+'}},
                 cpu[2] = {{.mark = '*'}, {.mark = '+'}};

    for (int i = 0; i < r->steps; i++) {
        memory[0].at[i] = r->step[i].state_mb;
        memory[1].at[i] = r->step[i].resident_mb;
        times[0].at[i] = r->step[i].p50_ms;
        times[1].at[i] = r->step[i].p99_ms;
        cpu[0].at[i] = r->step[i].cpu_p50_ms;
        cpu[1].at[i] = r->step[i].cpu_p99_ms;
    }
    print_plot("MB: * state, o resident", memory, 2, r);
    print_plot("ms a batch, by the wall: * p50, + p99", times, 2, r);
    print_plot("ms a batch, of processor time: * p50, + p99", cpu, 2, r);
}

static void print_all(const struct arguments *a, const struct loop_run *runs)
{
    char *machine = calls_machine();

    printf("%lld different calls in batches of %lld, parallelism %d; %s\n", (long long)a->plan.rows,
           (long long)a->plan.batch_rows, a->plan.settings.parallelism, machine);
    free(machine);
    for (int mode = 0; mode < MODES; mode++)
        if (a->modes[mode]) {
            print_table(&runs[mode], mode);
            print_plots(&runs[mode]);
        }
    if (a->modes[WITHOUT] && a->modes[WITH])
        printf("\nrows a second: %.2f with a checkpoint at every batch of what they are without\n",
               runs[WITHOUT].wall_s / runs[WITH].wall_s);
}

static bool write_csv(const struct arguments *a, const struct loop_run *runs)
{
    FILE *f = fopen(a->csv, "we");

    if (f == NULL) {
        perror(a->csv);
        return false;
    }
    fprintf(f, "checkpoint,rows,state_rows,state_mb,resident_mb,batch_p50_ms,batch_p99_ms,batch_max_ms,"
               "batch_cpu_p50_ms,batch_cpu_p99_ms,write_ahead_p50_ms,state_p50_ms,commit_p50_ms\n");
    for (int mode = 0; mode < MODES; mode++)
        for (int i = 0; a->modes[mode] && i < runs[mode].steps; i++) {
            const struct loop_step *s = &runs[mode].step[i];
            fprintf(f, "%s,%lld,%lld,%.3f,%.3f,%.3f,%.3f,%.3f,%.3f,%.3f,%.3f,%.3f,%.3f\n",
                    mode == WITH ? "on" : "off", (long long)s->rows, (long long)s->state_rows, s->state_mb,
                    s->resident_mb, s->p50_ms, s->p99_ms, s->max_ms, s->cpu_p50_ms, s->cpu_p99_ms, s->wal_ms,
                    s->state_ms, s->commit_ms);
        }
    bool sound = ferror(f) == 0;
    if (fclose(f) != 0 || !sound) {
        perror(a->csv);
        return false;
    }
    return true;
}

int main(int argc, char **argv)
{
    struct arguments a;
    bool sound = true;

    if (!read_arguments(argc, argv, &a)) {
        fprintf(stderr, "usage: state CALLS [--rows N] [--batch N] [--distinct off|global|within-watermark]\n"
                        "                   [--step-ms N] [--checkpoint on|off|both] [--parallelism N]\n"
                        "                   [--window MINUTES] [--csv FILE]\n");
        return 2;
    }
    struct loop_run *runs = loop_runs_new(MODES);
    if (runs == NULL)
        return 1;
    for (int mode = 0; sound && mode < MODES; mode++)
        if (a.modes[mode]) {
            struct loop_plan plan = a.plan;
            plan.checkpoint = mode == WITH;
            sound = loop_run_apart(&plan, &runs[mode]);
        }
    if (sound) {
        print_all(&a, runs);
        sound = a.csv == NULL || write_csv(&a, runs);
    }
    loop_runs_free(runs, MODES);
    return sound ? 0 : 1;
}
