/* Kills the process before every single step that the checkpoint takes on the disk, and holds the resumed
 * state against what had been committed; then the same for power failures, where all that was not synced is
 * gone. */
#include "checkpoint_fake.h"

#include <signal.h>
#include <stdatomic.h>
#include <sys/mman.h>

static struct query_settings settings;

/* Shared with the child that dies. */
struct shared {
    _Atomic int64_t begun; /* the newest batch whose begin has returned: sinks may have seen it */
    _Atomic int64_t steps;
};
static struct shared *shared;

static int set_up(void **state)
{
    query_settings_default(&settings);
    shared = mmap(NULL, sizeof *shared, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (shared == MAP_FAILED)
        return -1;
    atomic_store(&shared->begun, -1);
    *state = fake_dir();
    return 0;
}

static int tear_down(void **state)
{
    munmap(shared, sizeof *shared);
    fake_remove(*state);
    free(*state);
    return 0;
}

/* What a child does: so many batches of such a size, with a restart of the query after batch restart_at - 1.
 */
struct work {
    size_t rows, churn;
    int64_t last;
    int64_t restart_at; /* -1 = never */
    bool ahead;         /* nobody outside looks on: the disk may be behind */
};

static void die_at(void *arg, const char *what, enum ckpt_dir d, const char *name)
{
    (void)what;
    (void)d;
    (void)name;
    if (atomic_fetch_add(&shared->steps, 1) == *(int64_t *)arg)
        kill(getpid(), SIGKILL);
}

static int begin(struct checkpoint *c, const struct work *w, int64_t id, const int64_t *start,
                 const int64_t *end, char *err, size_t err_cap)
{
    if (!w->ahead)
        return checkpoint_begin(c, id, 2, start, end, err, err_cap);
    if (checkpoint_begin_soon(c, id, 2, start, end, err, err_cap) != 0)
        return -1;
    return checkpoint_keep_up(c, err, err_cap);
}

/* The engine's loop with the hook. 0 at its end, 1 with the error printed. */
static int work_on(const char *dir, const struct work *w, const struct ckpt_hook *hook)
{
    char err[CKPT_ERR_MAX] = "";
    struct query *q = fake_new(w->rows, w->churn);
    struct checkpoint_resume r = {0};
    struct checkpoint *c = fake_resume(dir, &settings, q, &r, hook, err, sizeof err);
    int rc = c ? 0 : 1;
    for (int64_t id = c ? r.next_batch : 0; rc == 0 && id <= w->last; id++) {
        int64_t start[2], end[2];
        bool pending = r.pending && id == r.next_batch;
        fake_offsets(id, start, end);
        if (id == w->restart_at && !pending && id == r.next_batch)
            rc = checkpoint_restart(c, &settings, err, sizeof err);
        if (id == w->restart_at && !pending && id == r.next_batch)
            break;
        if (!pending && begin(c, w, id, start, end, err, sizeof err) != 0)
            rc = 1;
        if (!w->ahead)
            atomic_store(&shared->begun, id);
        fake_batch(q, id);
        if (rc == 0 && (checkpoint_state(c, id, q, err, sizeof err) != 0 ||
                        checkpoint_commit(c, id, err, sizeof err) != 0 ||
                        checkpoint_maintain(c, q, err, sizeof err) != 0))
            rc = 1;
    }
    if (c && rc == 0 && checkpoint_flush(c, err, sizeof err) != 0)
        rc = 1;
    if (c) {
        checkpoint_resume_clear(&r);
        checkpoint_close(c);
    }
    fake_free(q);
    if (rc != 0)
        fprintf(stderr, "%s\n", err);
    return rc;
}

/* True when the child came to its end; false when it died at that step. */
static bool child_works(const char *dir, const struct work *w, int64_t die_at_step)
{
    int status = 0;
    atomic_store(&shared->steps, 0);
    pid_t pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
        struct ckpt_hook hook = {.step = die_at, .arg = &die_at_step};
        _exit(work_on(dir, w, &hook));
    }
    assert_int_equal(waitpid(pid, &status, 0), pid);
    if (WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL)
        return false;
    if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
        fail_msg("the child failed at step %" PRId64 ", status %d", die_at_step, status);
    return true;
}

/* The folder resumes; what was shown to sinks is pending or committed. */
static int64_t check_resumes(const char *dir, const struct work *w, const char *when)
{
    char err[CKPT_ERR_MAX] = "";
    struct query *q = fake_new(w->rows, w->churn);
    struct checkpoint_resume r = {0};
    struct checkpoint *c = fake_resume(dir, &settings, q, &r, NULL, err, sizeof err);
    if (!c)
        fail_msg("%s: %s", when, err);
    int64_t begun = atomic_load(&shared->begun), next = r.next_batch;
    if (next < begun || (next == begun && !r.pending))
        fail_msg("%s: batch %" PRId64 " was shown to sinks, the checkpoint goes on with %" PRId64 "%s", when,
                 begun, next, r.pending ? " (pending)" : "");
    checkpoint_resume_clear(&r);
    checkpoint_close(c);
    fake_free(q);
    return next;
}

/* Sanitized programs take many times as long to fork: they look at some of the steps. */
static int64_t stride(void)
{
    const char *factor = getenv("TEST_TIME_FACTOR");
    return factor && strtol(factor, NULL, 10) > 1 ? 13 : 1;
}

static void kill_at_every_step(const char *root, const struct work *w, int64_t prepared)
{
    char when[80];
    int64_t n = 0;
    for (bool ended = false; !ended; n += stride()) {
        char *dir = xasprintf("%s/%" PRId64, root, n);
        struct work before = {.rows = w->rows, .churn = w->churn, .last = prepared, .restart_at = -1};
        atomic_store(&shared->begun, -1);
        if (prepared >= 0)
            assert_int_equal(work_on(dir, &before, NULL), 0);
        ended = child_works(dir, w, n);
        snprintf(when, sizeof when, "killed at step %" PRId64, n);
        check_resumes(dir, w, when);
        struct work rest = *w;
        rest.restart_at = -1;
        assert_int_equal(work_on(dir, &rest, NULL), 0);
        assert_int_equal(check_resumes(dir, w, "at the end"), w->last + 1);
        fake_remove(dir);
        free(dir);
        assert_true(n < 5000);
    }
    print_message("    killed at %" PRId64 " of %" PRId64 " steps\n", n / stride() - 1, n);
}

static void a_kill_at_any_step_of_small_batches_loses_nothing(void **state)
{
    /* Enough batches for removals and for merges of merged files. */
    kill_at_every_step(*state, &(struct work){.rows = 3, .last = 34, .restart_at = -1}, -1);
}

static void a_kill_at_any_step_of_a_query_ahead_of_the_disk_loses_nothing(void **state)
{
    kill_at_every_step(*state, &(struct work){.rows = 3, .last = 34, .restart_at = -1, .ahead = true}, -1);
}

static void a_kill_at_any_step_around_a_full_image_loses_nothing(void **state)
{
    kill_at_every_step(*state, &(struct work){.rows = 3, .churn = 300 * 1000, .last = 6, .restart_at = -1},
                       -1);
}

/* After the restart nothing was shown to sinks yet: so begun is reset by the caller's rule (-1 again). */
static void a_kill_at_any_step_of_a_restart_leaves_the_old_query_or_a_fresh_one(void **state)
{
    for (int64_t n = 0;; n += stride()) {
        char err[CKPT_ERR_MAX] = "";
        char *dir = xasprintf("%s/%" PRId64, (char *)*state, n);
        struct work w = {.rows = 3, .last = 12, .restart_at = -1};
        assert_int_equal(work_on(dir, &w, NULL), 0);
        w.last = 13;
        w.restart_at = 13;
        bool ended = child_works(dir, &w, n);
        struct query *q = fake_new(3, 0);
        struct checkpoint_resume r = {0};
        struct checkpoint *c = fake_resume(dir, &settings, q, &r, NULL, err, sizeof err);
        if (!c)
            fail_msg("killed at step %" PRId64 ": %s", n, err);
        assert_true(r.next_batch == 13 || r.next_batch == 0);
        assert_true(!ended || r.next_batch == 0);
        checkpoint_resume_clear(&r);
        checkpoint_close(c);
        fake_free(q);
        w.restart_at = -1;
        assert_int_equal(work_on(dir, &w, NULL), 0);
        fake_remove(dir);
        free(dir);
        if (ended)
            break;
        assert_true(n < 500);
    }
}

static void killed_again_and_again_it_still_comes_to_its_end(void **state)
{
    uint64_t seed = 20181231;
    struct work w = {.rows = 40, .churn = 30 * 1000, .last = 150, .restart_at = -1};
    int kills = 0;
    for (bool ended = false; !ended; kills++) {
        seed = fake_mix(seed);
        ended = child_works(*state, &w, (int64_t)(seed % 60));
        if (ended)
            break;
        check_resumes(*state, &w, "after a kill");
        assert_true(kills < 5000);
    }
    print_message("    %d kills\n", kills);
    assert_true(kills > 20);
    assert_int_equal(check_resumes(*state, &w, "at the end"), w.last + 1);
}

/* ---- power failures ---- */

struct op {
    enum ckpt_dir dir;
    char name[CKPT_NAME_MAX];
    bool present; /* renamed to, or else removed */
    char *bytes;
    size_t len;
};

struct ops {
    struct op *v;
    size_t count;
};

/* What would be there after a power failure: files whose names were synced; and the renames and removals
 * since, any of which may have reached the disk on its own. */
struct power {
    const char *dir, *crash;
    const struct work *work;
    struct ops durable, pending, synced; /* synced: bytes of temporary files */
    char what[20], name[CKPT_NAME_MAX];
    enum ckpt_dir d;
    int64_t checks;
};

static const char *part(enum ckpt_dir d)
{
    switch (d) {
    case CKPT_OFFSETS: return "/offsets";
    case CKPT_COMMITS: return "/commits";
    case CKPT_STATE: return "/state";
    default: return "";
    }
}

static void ops_add(struct ops *o, enum ckpt_dir d, const char *name, bool present, const char *bytes,
                    size_t len)
{
    o->v = xreallocarray(o->v, o->count + 1, sizeof *o->v);
    struct op *op = &o->v[o->count++];
    *op = (struct op){.dir = d, .present = present, .len = len, .bytes = xmalloc(len)};
    snprintf(op->name, sizeof op->name, "%s", name);
    if (len > 0)
        memcpy(op->bytes, bytes, len);
}

static void ops_drop(struct ops *o, size_t i)
{
    free(o->v[i].bytes);
    memmove(&o->v[i], &o->v[i + 1], (o->count - i - 1) * sizeof *o->v);
    o->count--;
}

static size_t ops_find(const struct ops *o, enum ckpt_dir d, const char *name)
{
    size_t i = 0;
    while (i < o->count && (o->v[i].dir != d || strcmp(o->v[i].name, name) != 0))
        i++;
    return i;
}

static void ops_put(struct ops *o, const struct op *op)
{
    size_t i = ops_find(o, op->dir, op->name);
    if (i < o->count)
        ops_drop(o, i);
    if (op->present)
        ops_add(o, op->dir, op->name, true, op->bytes, op->len);
}

static void write_op(const struct power *p, const struct op *op)
{
    char *path = xasprintf("%s%s/%s", p->crash, part(op->dir), op->name);
    if (op->present) {
        FILE *f = fopen(path, "w");
        assert_non_null(f);
        assert_int_equal(fwrite(op->bytes, 1, op->len, f), op->len);
        assert_int_equal(fclose(f), 0);
    } else {
        unlink(path);
    }
    free(path);
}

/* One way the disk may look: all that is durable, and the pending steps of one folder, or one of them, or
 * none. */
static void check_power(struct power *p, int dir, int64_t only)
{
    mkdir(p->crash, 0777);
    for (int d = CKPT_OFFSETS; d < CKPT_DIRS; d++) {
        char *path = xasprintf("%s%s", p->crash, part((enum ckpt_dir)d));
        mkdir(path, 0777);
        free(path);
    }
    for (size_t i = 0; i < p->durable.count; i++)
        write_op(p, &p->durable.v[i]);
    for (size_t i = 0; i < p->pending.count; i++) {
        if (p->pending.v[i].dir == (enum ckpt_dir)dir || (int64_t)i == only)
            write_op(p, &p->pending.v[i]);
    }
    char when[200];
    snprintf(when, sizeof when, "power failure after %s of %s/%s", p->what, part(p->d), p->name);
    check_resumes(p->crash, p->work, when);
    p->checks++;
    fake_remove(p->crash);
}

static void took_effect(struct power *p)
{
    if (strcmp(p->what, "fdatasync") == 0) {
        char bytes[65536];
        char *path = xasprintf("%s%s/.%s.tmp", p->dir, part(p->d), p->name);
        FILE *f = fopen(path, "r");
        /* By now it may have been renamed. */
        if (!f) {
            free(path);
            path = xasprintf("%s%s/%s", p->dir, part(p->d), p->name);
            f = fopen(path, "r");
        }
        assert_non_null(f);
        size_t n = fread(bytes, 1, sizeof bytes, f);
        assert_true(n < sizeof bytes);
        fclose(f);
        free(path);
        struct op op = {.dir = p->d, .present = true, .bytes = bytes, .len = n};
        memcpy(op.name, p->name, sizeof op.name);
        ops_put(&p->synced, &op);
    } else if (strcmp(p->what, "rename") == 0) {
        size_t i = ops_find(&p->synced, p->d, p->name);
        /* A rename of what was never synced would be an empty file after a power failure. */
        if (i < p->synced.count)
            ops_add(&p->pending, p->d, p->name, true, p->synced.v[i].bytes, p->synced.v[i].len);
        else
            ops_add(&p->pending, p->d, p->name, true, "", 0);
        if (i < p->synced.count)
            ops_drop(&p->synced, i);
    } else if (strcmp(p->what, "unlink") == 0) {
        ops_add(&p->pending, p->d, p->name, false, "", 0);
    } else if (strcmp(p->what, "fsync folder") == 0) {
        for (size_t i = 0; i < p->pending.count;) {
            if (p->pending.v[i].dir != p->d) {
                i++;
                continue;
            }
            ops_put(&p->durable, &p->pending.v[i]);
            ops_drop(&p->pending, i);
        }
    }
}

/* Before a step: the one before it has taken effect. */
static void account(void *arg, const char *what, enum ckpt_dir d, const char *name)
{
    struct power *p = arg;
    bool changed = strcmp(p->what, "rename") == 0 || strcmp(p->what, "unlink") == 0;
    took_effect(p);
    if (changed) {
        for (int dir = -1; dir < (int)CKPT_DIRS; dir++)
            check_power(p, dir, -1);
        for (size_t i = 0; i < p->pending.count; i++)
            check_power(p, -1, (int64_t)i);
    }
    snprintf(p->what, sizeof p->what, "%s", what);
    snprintf(p->name, sizeof p->name, "%s", name);
    p->d = d;
}

static void a_power_failure_at_any_step_loses_nothing(void **state)
{
    char *dir = xasprintf("%s/run", (char *)*state), *crash = xasprintf("%s/crash", (char *)*state);
    struct work w = {.rows = 3, .last = 40, .restart_at = -1};
    struct power p = {.dir = dir, .crash = crash, .work = &w};
    struct ckpt_hook hook = {.step = account, .arg = &p};
    assert_int_equal(work_on(dir, &w, &hook), 0);
    print_message("    %" PRId64 " disks after a power failure\n", p.checks);
    assert_true(p.checks > 500);
    struct ops *all[] = {&p.durable, &p.pending, &p.synced};
    for (int i = 0; i < 3; i++) {
        while (all[i]->count > 0)
            ops_drop(all[i], all[i]->count - 1);
        free(all[i]->v);
    }
    free(dir);
    free(crash);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_kill_at_any_step_of_small_batches_loses_nothing, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_kill_at_any_step_of_a_query_ahead_of_the_disk_loses_nothing, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(a_kill_at_any_step_around_a_full_image_loses_nothing, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(a_kill_at_any_step_of_a_restart_leaves_the_old_query_or_a_fresh_one,
                                        set_up, tear_down),
        cmocka_unit_test_setup_teardown(killed_again_and_again_it_still_comes_to_its_end, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_power_failure_at_any_step_loses_nothing, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
