/* What state costs as it grows, without Kafka: `state CALLS [--rows N] [--batch N] [--parallelism N]
 * [--window MINUTES] [--csv FILE]` runs the real micro-batch loop over N different calls made in memory, once
 * without and once with a checkpoint, each in a process of its own, and prints for every million rows the
 * bytes a row and the time of a batch. The memory should grow in a straight line, the times not at all. */
#include "bench/calls.h"

#include "base/clock.h"
#include "base/xalloc.h"
#include "query/batch.h"

#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#define BLOCK_ROWS_OF_KAFKA 1000
#define MILLION             1000000
#define STEPS_MAX           1000

struct arguments {
    const char *path, *csv;
    int64_t rows, batch;
    struct query_settings settings;
};

/* What one run found over one million rows. */
struct step {
    double state_bytes, rss_bytes; /* a row */
    double p50_ms, p99_ms, max_ms; /* of a batch, by the wall */
    double cpu_p50_ms;             /* of the whole process, its other threads included */
    double commit_p50_ms;          /* of that by the wall: write-ahead log, state and commit */
};

struct run {
    int steps;
    double rows_per_s;
    char error[400];
    struct step step[STEPS_MAX];
};

/* ---- a source that has made each batch before it is asked for ---- */

struct made_source {
    struct source base;
    const struct message *messages; /* of the batch */
    int64_t first, end;
};

static void made_latest(struct source *s, int64_t *high)
{
    high[0] = ((struct made_source *)s)->end;
}

static enum source_status made_read(struct source *s, int64_t *position, const int64_t *end,
                                    int64_t timeout_ms, source_rows_fn rows, void *arg)
{
    struct made_source *m = (struct made_source *)s;

    while (position[0] < end[0]) {
        int64_t n = end[0] - position[0];
        n = n < BLOCK_ROWS_OF_KAFKA ? n : BLOCK_ROWS_OF_KAFKA;
        rows(arg, m->messages + (position[0] - m->first), (size_t)n);
        position[0] += n;
    }
    return SOURCE_OK;
}

static void made_commit(struct source *s, const int64_t *position)
{
}

static const struct source_ops made_ops = {.latest = made_latest, .read = made_read, .commit = made_commit};

/* ---- a run ---- */

static double commit_ms(const struct progress *p)
{
    double ms = p->phase_ms[PHASE_WAL_COMMIT] + p->phase_ms[PHASE_COMMIT_OFFSETS];

    for (int i = 0; i < p->state_count; i++)
        ms += p->state[i].commit_ms;
    return ms;
}

struct times {
    double *wall, *cpu, *commit;
    size_t count;
};

static bool run_batch(struct batches *b, struct times *t, char *err, size_t err_cap)
{
    const struct batch_rule rule = {0};
    int64_t from_ns = clock_mono_ns(), cpu_from_ns = calls_cpu_ns();

    if (batches_run(b, &rule) != BATCH_RAN) {
        snprintf(err, err_cap, "%s", b->error);
        return false;
    }
    t->wall[t->count] = (double)(clock_mono_ns() - from_ns) / 1e6;
    t->cpu[t->count] = (double)(calls_cpu_ns() - cpu_from_ns) / 1e6;
    t->commit[t->count++] = commit_ms(&b->progress);
    return true;
}

static void sum_up(struct run *r, const struct query *q, struct times *t, int64_t rows, size_t rss_before)
{
    struct query_totals totals;
    struct step *s = &r->step[r->steps++];

    query_totals(q, &totals);
    s->state_bytes = (double)totals.state_bytes / (double)rows;
    s->rss_bytes = ((double)calls_rss_bytes() - (double)rss_before) / (double)rows;
    s->p50_ms = calls_percentile(t->wall, t->count, 0.5);
    s->p99_ms = calls_percentile(t->wall, t->count, 0.99);
    s->max_ms = t->wall[t->count - 1];
    s->cpu_p50_ms = calls_percentile(t->cpu, t->count, 0.5);
    s->commit_p50_ms = calls_percentile(t->commit, t->count, 0.5);
    t->count = 0;
}

static void run_all(const struct arguments *a, struct calls *calls, struct batches *b, struct made_source *m,
                    struct run *r)
{
    size_t most = (size_t)(MILLION / a->batch + 2);
    struct times t = {xcalloc(most, sizeof(double)), xcalloc(most, sizeof(double)),
                      xcalloc(most, sizeof(double)), 0};
    double all_ms = 0;

    m->messages = calls_next(calls, (size_t)a->batch); /* so that its memory is there already */
    size_t rss_before = calls_rss_bytes();
    while (m->end < a->rows && r->steps < STEPS_MAX && r->error[0] == '\0') {
        int64_t n = a->rows - m->end < a->batch ? a->rows - m->end : a->batch, before = m->end;
        if (before > 0)
            m->messages = calls_next(calls, (size_t)n);
        m->first = before;
        m->end += n;
        if (!run_batch(b, &t, r->error, sizeof r->error))
            break;
        all_ms += t.wall[t.count - 1];
        if (m->end / MILLION > before / MILLION || m->end == a->rows)
            sum_up(r, b->parts.query, &t, m->end, rss_before);
    }
    r->rows_per_s = (double)m->end / all_ms * 1000;
    free(t.wall);
    free(t.cpu);
    free(t.commit);
}

/* In a process of its own. dir: of the checkpoint; NULL = none. */
static void run(const struct arguments *a, const char *dir, struct run *r)
{
    struct made_source source = {.base = {.ops = &made_ops, .partitions = 1, .topic = "calls"}};
    struct query *q = query_new(&a->settings, NULL, NULL);
    struct batch_parts parts = {.source = &source.base, .query = q, .fail_on_data_loss = true};
    struct calls *calls = calls_open(a->path, 1000);
    struct checkpoint_resume resume;
    struct batches b;

    if (calls == NULL)
        exit(1);
    if (dir != NULL) {
        parts.checkpoint = checkpoint_open(dir, "calls", &a->settings, 100, r->error, sizeof r->error);
        if (parts.checkpoint == NULL ||
            checkpoint_resume(parts.checkpoint, q, &resume, r->error, sizeof r->error) != 0)
            exit(1);
        checkpoint_resume_clear(&resume);
    }
    batches_open(&b, &parts, &(int64_t){0}, 0, "id", "run");
    run_all(a, calls, &b, &source, r);
    batches_close(&b);
    if (dir != NULL) {
        if (r->error[0] == '\0')
            (void)checkpoint_flush(parts.checkpoint, r->error, sizeof r->error);
        checkpoint_close(parts.checkpoint);
    }
    query_free(q);
    calls_close(calls);
}

static int remove_one(const char *path, const struct stat *st, int kind, struct FTW *at)
{
    return remove(path);
}

/* True when the run went through. */
static bool run_apart(const struct arguments *a, bool with_checkpoint, struct run *r)
{
    char dir[200] = "";
    const char *tmp = getenv("TMPDIR");
    int status = 0;

    if (with_checkpoint) {
        snprintf(dir, sizeof dir, "%s/sfcrime-state-XXXXXX", tmp != NULL ? tmp : "/tmp");
        if (mkdtemp(dir) == NULL) {
            perror(dir);
            return false;
        }
    }
    pid_t pid = fork();
    if (pid == 0) {
        run(a, with_checkpoint ? dir : NULL, r);
        _exit(0);
    }
    bool sound = pid > 0 && waitpid(pid, &status, 0) == pid && status == 0 && r->error[0] == '\0';
    if (!sound)
        fprintf(stderr, "state: %s\n", r->error[0] != '\0' ? r->error : "the run ended with an error");
    if (with_checkpoint && nftw(dir, remove_one, 16, FTW_DEPTH | FTW_PHYS) != 0)
        perror(dir);
    return sound;
}

/* ---- the report ---- */

static void print_table(const struct arguments *a, const struct run *r)
{
    char *machine = calls_machine();

    printf("%lld different calls in batches of %lld, parallelism %d; %s\n\n", (long long)a->rows,
           (long long)a->batch, a->settings.parallelism, machine);
    printf("            bytes a row     a batch in ms              a batch in ms, with a checkpoint\n");
    printf("million   state  resident     p50    p99    max  cpu      p50    p99    max  cpu  commit\n");
    for (int i = 0; i < r[0].steps && i < r[1].steps; i++) {
        const struct step *s = &r[0].step[i], *c = &r[1].step[i];
        printf("%7d  %6.1f  %8.1f  %6.2f %6.2f %6.1f %4.1f   %6.2f %6.2f %6.1f %4.1f  %6.2f\n", i + 1,
               s->state_bytes, s->rss_bytes, s->p50_ms, s->p99_ms, s->max_ms, s->cpu_p50_ms, c->p50_ms,
               c->p99_ms, c->max_ms, c->cpu_p50_ms, c->commit_p50_ms);
    }
    printf("\nrows a second: %.0f without, %.0f with a checkpoint at every batch (%.2f of it)\n",
           r[0].rows_per_s, r[1].rows_per_s, r[1].rows_per_s / r[0].rows_per_s);
    free(machine);
}

static bool write_csv(const char *path, const struct run *r)
{
    FILE *f = fopen(path, "we");

    if (f == NULL) {
        perror(path);
        return false;
    }
    fprintf(f, "million_rows,checkpoint,state_bytes_a_row,resident_bytes_a_row,batch_p50_ms,batch_p99_ms,"
               "batch_max_ms,cpu_p50_ms,commit_p50_ms\n");
    for (int mode = 0; mode < 2; mode++)
        for (int i = 0; i < r[mode].steps; i++) {
            const struct step *s = &r[mode].step[i];
            fprintf(f, "%d,%s,%.2f,%.2f,%.3f,%.3f,%.3f,%.3f,%.3f\n", i + 1, mode == 0 ? "off" : "on",
                    s->state_bytes, s->rss_bytes, s->p50_ms, s->p99_ms, s->max_ms, s->cpu_p50_ms,
                    s->commit_p50_ms);
        }
    bool sound = ferror(f) == 0;
    if (fclose(f) != 0 || !sound) {
        perror(path);
        return false;
    }
    return true;
}

static bool read_arguments(int argc, char **argv, struct arguments *a)
{
    *a = (struct arguments){.rows = 10 * MILLION, .batch = 5000};
    query_settings_default(&a->settings);
    a->settings.window_ms = a->settings.slide_ms = 0;
    if (argc < 2 || argc % 2 != 0)
        return false;
    a->path = argv[1];
    for (int i = 2; i < argc; i += 2) {
        int64_t n = atoll(argv[i + 1]);
        if (strcmp(argv[i], "--csv") == 0)
            a->csv = argv[i + 1];
        else if (strcmp(argv[i], "--rows") == 0)
            a->rows = n;
        else if (strcmp(argv[i], "--batch") == 0)
            a->batch = n;
        else if (strcmp(argv[i], "--parallelism") == 0)
            a->settings.parallelism = (int)n;
        else if (strcmp(argv[i], "--window") == 0)
            a->settings.window_ms = a->settings.slide_ms = n * 60000;
        else
            return false;
    }
    return a->rows > 0 && a->batch > 0 && a->batch <= CALLS_BLOCK_MAX &&
           query_settings_check(&a->settings) == NULL;
}

int main(int argc, char **argv)
{
    struct arguments a;

    if (!read_arguments(argc, argv, &a)) {
        fprintf(stderr,
                "usage: state CALLS [--rows N] [--batch N (at most %d)] [--parallelism N]\n"
                "                   [--window MINUTES] [--csv FILE]\n",
                CALLS_BLOCK_MAX);
        return 2;
    }
    struct run *runs =
        mmap(NULL, 2 * sizeof *runs, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (runs == MAP_FAILED) {
        perror("state");
        return 1;
    }
    bool sound = run_apart(&a, false, &runs[0]) && run_apart(&a, true, &runs[1]);
    if (sound) {
        print_table(&a, runs);
        sound = a.csv == NULL || write_csv(a.csv, runs);
    }
    munmap(runs, 2 * sizeof *runs);
    return sound ? 0 : 1;
}
