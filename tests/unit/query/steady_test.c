/* The hot path in its steady state, when texts and groups have been seen before: no memory is allocated for a
 * row, no lock is taken and the kernel is not called. The linker puts counters in the way of the allocator
 * and of the mutexes
 * (--wrap, in the Makefile); for the kernel's calls a child process forbids them to itself. */
#include "steps.h"

#include "query/checkpoint.h"

#include <ftw.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <pthread.h>
#include <stdatomic.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define ROWS  20000
#define BLOCK 4096

static _Atomic long allocations, locks;

/* The names that the linker gives. */
void *__real_malloc(size_t bytes);
void *__real_calloc(size_t count, size_t bytes);
void *__real_realloc(void *old, size_t bytes);
void *__real_reallocarray(void *old, size_t count, size_t bytes);
int __real_pthread_mutex_lock(pthread_mutex_t *m);
void *__wrap_malloc(size_t bytes);
void *__wrap_calloc(size_t count, size_t bytes);
void *__wrap_realloc(void *old, size_t bytes);
void *__wrap_reallocarray(void *old, size_t count, size_t bytes);
int __wrap_pthread_mutex_lock(pthread_mutex_t *m);

void *__wrap_malloc(size_t bytes)
{
    allocations++;
    return __real_malloc(bytes);
}

void *__wrap_calloc(size_t count, size_t bytes)
{
    allocations++;
    return __real_calloc(count, bytes);
}

void *__wrap_realloc(void *old, size_t bytes)
{
    allocations++;
    return __real_realloc(old, bytes);
}

void *__wrap_reallocarray(void *old, size_t count, size_t bytes)
{
    allocations++;
    return __real_reallocarray(old, count, bytes);
}

int __wrap_pthread_mutex_lock(pthread_mutex_t *m)
{
    locks++;
    return __real_pthread_mutex_lock(m);
}

/* Calls of known types, a few of them spelt with an escape, from `first` on one a second. */
static void add_calls(struct feed *f, int first, int count)
{
    char iso[ISO_MAX], json[300];

    for (int i = first; i < first + count; i++) {
        iso_format_ms(iso, INT64_C(1546300000000) + i * INT64_C(1000), 0);
        snprintf(json, sizeof(json),
                 "{\"crime_id\":\"%d\",\"original_crime_type_name\":\"%s %d\",\"call_date_time\":\"%s\","
                 "\"disposition\":\"%s\",\"address\":\"Block %d\",\"city\":\"San Francisco\"}",
                 i, i % 50 == 0 ? "T\\u0079pe" : "Type", i % 40, iso, i % 3 ? "ADM" : "HAN", i % 500);
        feed_add(f, json, 0);
    }
}

static void run_rows(struct query *q, int64_t batch, const struct message *messages, size_t count,
                     struct progress *p)
{
    query_batch_begin(q, batch);
    for (size_t at = 0; at < count; at += BLOCK)
        query_rows(q, messages + at, count - at < BLOCK ? count - at : BLOCK);
    query_batch_end(q, p);
}

static struct query_settings kind_of_query(int number)
{
    struct query_settings s = reference();

    if (number == 1) {
        s = windowed(OUTPUT_UPDATE, 60 * MINUTE, 15 * MINUTE);
        s.distinct = DISTINCT_WITHIN_WATERMARK;
    } else if (number == 2) {
        s = windowed(OUTPUT_COMPLETE, 60 * MINUTE, 60 * MINUTE);
        s.join_codes = true;
        s.group_by[0] = FIELD_DISPOSITION_DESCRIPTION;
        s.group_by[1] = FIELD_ADDRESS;
        s.group_by_count = 2;
    } else if (number == 3) {
        s.distinct = DISTINCT_OFF;
        s.group_by[0] = FIELD_CALL_DATE_TIME;
    }
    return s;
}
#define KINDS 4

static void known_rows_take_no_memory_and_no_lock(void **state)
{
    struct codes *codes = test_codes();
    struct feed f = {0};
    struct progress p = {0};

    add_calls(&f, 0, ROWS);
    for (int kind = 0; kind < KINDS; kind++) {
        struct query_settings s = kind_of_query(kind);
        struct query *q = query_new(&s, codes, NULL);
        for (int64_t batch = 0; batch < 3; batch++) {
            long allocated = allocations, locked = locks;
            run_rows(q, batch, f.messages, f.count, &p);
            assert_int_equal(p.rows_in, ROWS);
            if (batch == 0)
                assert_true(allocations > allocated); /* they are counted */
            if (batch < 2)
                continue; /* the first have made the tables */
            assert_int_equal(allocations - allocated, 0);
            assert_int_equal(locks - locked, 0);
        }
        query_free(q);
    }
    feed_clear(&f);
    codes_free(codes);
}

static void several_threads_lock_a_few_times_a_block(void **state)
{
    struct query_settings s = reference();
    struct feed f = {0};
    struct progress p = {0};

    s.parallelism = 3;
    add_calls(&f, 0, ROWS);
    struct query *q = query_new(&s, NULL, NULL);
    run_rows(q, 0, f.messages, f.count, &p);
    run_rows(q, 1, f.messages, f.count, &p);
    long allocated = allocations, locked = locks;
    run_rows(q, 2, f.messages, f.count, &p);
    assert_int_equal(allocations - allocated, 0);
    assert_in_range(locks - locked, 1, (ROWS / BLOCK + 1) * 64);
    query_free(q);
    feed_clear(&f);
}

static int remove_one(const char *path, const struct stat *st, int kind, struct FTW *at)
{
    return remove(path);
}

static void commit_batch(struct checkpoint *c, struct query *q, int64_t batch, const struct feed *f)
{
    struct progress p = {0};
    char err[400] = "";
    int64_t start = batch * ROWS, end = start + ROWS;

    if (checkpoint_begin(c, batch, 1, &start, &end, err, sizeof(err)) != 0)
        fail_msg("%s", err);
    run_rows(q, batch, f->messages, f->count, &p);
    assert_int_equal(p.rows_duplicate, 0);
    if (checkpoint_state(c, batch, q, err, sizeof(err)) != 0 ||
        checkpoint_commit(c, batch, err, sizeof(err)) != 0 || checkpoint_flush(c, err, sizeof(err)) != 0)
        fail_msg("%s", err);
}

/* Tables grow by a part of what they are: so many new rows, so few allocations. */
static void new_rows_of_known_texts_hardly_take_memory_with_a_checkpoint_too(void **state)
{
    struct query_settings s = reference();
    struct query *q = query_new(&s, NULL, NULL);
    struct checkpoint_resume resume;
    char dir[] = "/tmp/sfcrime-steady-XXXXXX", err[400] = "";

    assert_non_null(mkdtemp(dir));
    struct checkpoint *c = checkpoint_open(dir, "calls", &s, 100, err, sizeof(err));
    if (c == NULL || checkpoint_resume(c, q, &resume, err, sizeof(err)) != 0)
        fail_msg("%s", err);
    checkpoint_resume_clear(&resume);
    for (int64_t batch = 0; batch < 6; batch++) {
        struct feed f = {0};
        add_calls(&f, (int)batch * ROWS, ROWS);
        long allocated = allocations;
        commit_batch(c, q, batch, &f);
        if (batch == 5)
            assert_in_range(allocations - allocated, 0, ROWS / 50);
        feed_clear(&f);
    }
    checkpoint_close(c);
    query_free(q);
    assert_int_equal(nftw(dir, remove_one, 16, FTW_DEPTH | FTW_PHYS), 0);
}

/* ---- the kernel's calls ---- */

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define SANITIZED true
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define SANITIZED true
#endif
#endif
#ifndef SANITIZED
#define SANITIZED false
#endif

/* From here on the kernel ends this process at any call but that for its end. */
static bool forbid_calls(void)
{
    struct sock_filter rules[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_exit_group, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS),
    };
    struct sock_fprog program = {sizeof(rules) / sizeof(rules[0]), rules};

    return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
           prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == 0;
}

/* Runs work in a child. True when it called nothing. */
static bool calls_nothing(void (*work)(void *arg), void *arg)
{
    int status = 0;
    pid_t pid = fork();

    assert_true(pid >= 0);
    if (pid == 0) {
        if (!forbid_calls())
            _exit(1);
        work(arg);
        _exit(0);
    }
    assert_int_equal(waitpid(pid, &status, 0), pid);
    return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

static void ask_the_time(void *arg)
{
    (void)clock_mono_ns();
}

static void call_the_kernel(void *arg)
{
    (void)syscall(SYS_getppid);
}

struct known_rows {
    struct query *q;
    const struct feed *f;
};

static void run_known_rows(void *arg)
{
    const struct known_rows *k = arg;
    struct progress p = {0};

    run_rows(k->q, 2, k->f->messages, k->f->count, &p);
    if (p.rows_in != ROWS)
        _exit(1);
}

static void known_rows_call_no_kernel(void **state)
{
    struct feed f = {0};
    struct progress p = {0};

    if (SANITIZED || !calls_nothing(ask_the_time, NULL)) {
        print_message("skip - no kernel's calls: %s\n",
                      SANITIZED ? "a sanitizer makes its own"
                                : "here the clock itself is one, or seccomp is missing");
        skip();
    }
    assert_false(calls_nothing(call_the_kernel, NULL)); /* it would be seen */
    add_calls(&f, 0, ROWS);
    for (int kind = 0; kind < KINDS; kind++) {
        if (kind == 2)
            continue; /* the same with a join, which needs its codes */
        struct query_settings s = kind_of_query(kind);
        struct known_rows k = {query_new(&s, NULL, NULL), &f};
        run_rows(k.q, 0, f.messages, f.count, &p);
        run_rows(k.q, 1, f.messages, f.count, &p);
        assert_true(calls_nothing(run_known_rows, &k));
        query_free(k.q);
    }
    feed_clear(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(known_rows_take_no_memory_and_no_lock),
        cmocka_unit_test(several_threads_lock_a_few_times_a_block),
        cmocka_unit_test(new_rows_of_known_texts_hardly_take_memory_with_a_checkpoint_too),
        cmocka_unit_test(known_rows_call_no_kernel),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
