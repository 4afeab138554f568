#include "bench/loop.h"

#include "base/clock.h"
#include "base/xalloc.h"
#include "bench/calls.h"
#include "bench/disk_calls.h"
#include "query/batch.h"

#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#define BLOCK_ROWS_OF_KAFKA 1000

/* ---- a source that makes its calls when they are read ---- */

struct made_source {
    struct source base;
    struct calls *calls;
    /* Made ahead, many more than are handed over at once, so that they do not come fresh out of a cache: from
     * Kafka they do not either. */
    const struct message *messages;
    int64_t made_to;
    int64_t end; /* so many are there to be read */
    int64_t making_ns, making_cpu_ns;
};

static void made_latest(struct source *s, int64_t *high)
{
    high[0] = ((struct made_source *)s)->end;
}

static void make_more(struct made_source *m)
{
    int64_t from_ns = clock_mono_ns(), cpu_from_ns = calls_thread_cpu_ns();

    m->messages = calls_next(m->calls, CALLS_BLOCK_MAX);
    m->made_to += CALLS_BLOCK_MAX;
    m->making_ns += clock_mono_ns() - from_ns;
    m->making_cpu_ns += calls_thread_cpu_ns() - cpu_from_ns;
}

static enum source_status made_read(struct source *s, int64_t *position, const int64_t *end,
                                    int64_t timeout_ms, source_rows_fn rows, void *arg)
{
    struct made_source *m = (struct made_source *)s;

    while (position[0] < end[0]) {
        if (position[0] == m->made_to)
            make_more(m);
        int64_t n = BLOCK_ROWS_OF_KAFKA;
        n = n < m->made_to - position[0] ? n : m->made_to - position[0];
        n = n < end[0] - position[0] ? n : end[0] - position[0];
        rows(arg, m->messages + (position[0] - (m->made_to - CALLS_BLOCK_MAX)), (size_t)n);
        position[0] += n;
    }
    return SOURCE_OK;
}

static void made_commit(struct source *s, const int64_t *position)
{
}

static const struct source_ops made_ops = {.latest = made_latest, .read = made_read, .commit = made_commit};

/* ---- a run ---- */

/* What each batch of a step took, in ms. */
struct times {
    double *wall, *cpu, *wal, *state, *commit;
    size_t count;
};

static void times_new(struct times *t, size_t most)
{
    double **all[] = {&t->wall, &t->cpu, &t->wal, &t->state, &t->commit};

    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++)
        *all[i] = xcalloc(most, sizeof(double));
    t->count = 0;
}

static void times_free(struct times *t)
{
    free(t->wall);
    free(t->cpu);
    free(t->wal);
    free(t->state);
    free(t->commit);
}

static double state_ms(const struct progress *p)
{
    double ms = 0;

    for (int i = 0; i < p->state_count; i++)
        ms += p->state[i].commit_ms;
    return ms;
}

static bool run_batch(struct batches *b, struct made_source *m, struct times *t, struct loop_run *r)
{
    const struct batch_rule rule = {0};
    int64_t making_ns = m->making_ns, making_cpu_ns = m->making_cpu_ns;
    int64_t from_ns = clock_mono_ns(), cpu_from_ns = calls_cpu_ns();

    if (batches_run(b, &rule) != BATCH_RAN) {
        snprintf(r->error, sizeof r->error, "%s", b->error);
        return false;
    }
    double wall_ms = (double)(clock_mono_ns() - from_ns - (m->making_ns - making_ns)) / 1e6;
    double cpu_ms = (double)(calls_cpu_ns() - cpu_from_ns - (m->making_cpu_ns - making_cpu_ns)) / 1e6;
    size_t at = t->count++;
    t->wall[at] = wall_ms;
    t->cpu[at] = cpu_ms;
    t->wal[at] = b->progress.phase_ms[PHASE_WAL_COMMIT];
    t->state[at] = state_ms(&b->progress);
    t->commit[at] = b->progress.phase_ms[PHASE_COMMIT_OFFSETS];
    r->wall_s += wall_ms / 1e3;
    r->cpu_s += cpu_ms / 1e3;
    r->batches++;
    return true;
}

static void sum_up(struct loop_run *r, const struct query *q, struct times *t, int64_t rows,
                   size_t rss_before)
{
    struct query_totals totals;
    struct loop_step *s = &r->step[r->steps++];

    query_totals(q, &totals);
    s->rows = rows;
    s->state_rows = totals.state_rows;
    s->state_mb = (double)totals.state_bytes / 1e6;
    s->resident_mb = ((double)calls_rss_bytes() - (double)rss_before) / 1e6;
    s->p50_ms = calls_percentile(t->wall, t->count, 0.5);
    s->p99_ms = calls_percentile(t->wall, t->count, 0.99);
    s->max_ms = t->wall[t->count - 1];
    s->cpu_p50_ms = calls_percentile(t->cpu, t->count, 0.5);
    s->cpu_p99_ms = calls_percentile(t->cpu, t->count, 0.99);
    s->wal_ms = calls_percentile(t->wal, t->count, 0.5);
    s->state_ms = calls_percentile(t->state, t->count, 0.5);
    s->commit_ms = calls_percentile(t->commit, t->count, 0.5);
    t->count = 0;
}

static void run_all(const struct loop_plan *plan, struct batches *b, struct made_source *m,
                    struct loop_run *r)
{
    struct times t;

    times_new(&t, (size_t)(plan->step_rows / plan->batch_rows + 2));
    make_more(m); /* so that its memory is there already */
    m->making_ns = m->making_cpu_ns = 0;
    size_t rss_before = calls_rss_bytes();
    int64_t from_ns = clock_mono_ns();
    while (m->end < plan->rows && r->steps < LOOP_STEPS_MAX) {
        int64_t before = m->end, left = plan->rows - before;
        m->end += left < plan->batch_rows ? left : plan->batch_rows;
        if (!run_batch(b, m, &t, r))
            break;
        if (m->end / plan->step_rows > before / plan->step_rows || m->end == plan->rows)
            sum_up(r, b->parts.query, &t, m->end, rss_before);
    }
    r->with_making_s = (double)(clock_mono_ns() - from_ns) / 1e9;
    r->rows = m->end;
    times_free(&t);
}

static void flush(struct checkpoint *c, struct loop_run *r)
{
    int64_t from_ns = clock_mono_ns();

    if (r->error[0] == '\0')
        (void)checkpoint_flush(c, r->error, sizeof r->error);
    r->flush_s = (double)(clock_mono_ns() - from_ns) / 1e9;
    checkpoint_close(c);
}

/* In a process of its own. dir: of the checkpoint. */
static void run(const struct loop_plan *plan, const char *dir, struct loop_run *r)
{
    struct made_source source = {.base = {.ops = &made_ops, .partitions = 1, .topic = "calls"}};
    struct query *q = query_new(&plan->settings, NULL, NULL);
    struct batch_parts parts = {.source = &source.base, .query = q, .fail_on_data_loss = true};
    struct checkpoint_resume resume;
    struct rusage use;
    struct batches b;

    source.calls = calls_open(plan->calls_path, plan->call_step_ms);
    if (source.calls == NULL)
        exit(1);
    if (plan->checkpoint) {
        parts.checkpoint = checkpoint_open(dir, "calls", &plan->settings, 100, r->error, sizeof r->error);
        if (parts.checkpoint == NULL ||
            checkpoint_resume(parts.checkpoint, q, &resume, r->error, sizeof r->error) != 0)
            exit(1);
        checkpoint_resume_clear(&resume);
    }
    batches_open(&b, &parts, &(int64_t){0}, 0, "id", "run");
    run_all(plan, &b, &source, r);
    batches_close(&b);
    if (plan->checkpoint)
        flush(parts.checkpoint, r);
    disk_calls_take(r->disk);
    if (getrusage(RUSAGE_SELF, &use) == 0)
        r->peak_mb = (double)use.ru_maxrss * 1024 / 1e6;
    query_free(q);
    calls_close(source.calls);
}

static struct loop_run *counted; /* for nftw, which hands nothing on */

static int remove_one(const char *path, const struct stat *st, int kind, struct FTW *at)
{
    if (kind == FTW_F) {
        counted->folder_mb += (double)st->st_size / 1e6;
        counted->folder_files++;
    }
    return remove(path);
}

bool loop_run_apart(const struct loop_plan *plan, struct loop_run *r)
{
    char dir[200] = "";
    const char *tmp = getenv("TMPDIR");
    int status = 0;

    *r = (struct loop_run){0};
    if (plan->checkpoint) {
        snprintf(dir, sizeof dir, "%s/sfcrime-bench-XXXXXX", tmp != NULL ? tmp : "/tmp");
        if (mkdtemp(dir) == NULL) {
            perror(dir);
            return false;
        }
    }
    pid_t pid = fork();
    if (pid == 0) {
        run(plan, dir, r);
        _exit(0);
    }
    bool sound = pid > 0 && waitpid(pid, &status, 0) == pid && status == 0 && r->error[0] == '\0';
    if (!sound)
        fprintf(stderr, "%s\n", r->error[0] != '\0' ? r->error : "the run ended with an error");
    counted = r;
    if (plan->checkpoint && nftw(dir, remove_one, 16, FTW_DEPTH | FTW_PHYS) != 0)
        perror(dir);
    return sound;
}

struct loop_run *loop_runs_new(int count)
{
    struct loop_run *runs =
        mmap(NULL, (size_t)count * sizeof *runs, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

    if (runs != MAP_FAILED)
        return runs;
    perror("memory for the runs");
    return NULL;
}

void loop_runs_free(struct loop_run *runs, int count)
{
    if (runs != NULL)
        munmap(runs, (size_t)count * sizeof *runs);
}
