/* The workers: every task of every job runs exactly once, on whatever thread. */
#include "feed.h"

#include "query/workers.h"

#include <pthread.h>
#include <time.h>

#define TASKS 300

struct job {
    int runs[TASKS];
    int worker_of[TASKS];
    pthread_t thread_of[TASKS];
    int workers;
    int64_t spin_ns;
};

static void note(void *arg, size_t task, int worker)
{
    struct job *j = arg;
    int64_t until_ns = clock_mono_ns() + j->spin_ns;

    while (j->spin_ns > 0 && clock_mono_ns() < until_ns)
        ;
    j->runs[task]++; /* not atomic: two threads in one task would be a race that the sanitizer tells */
    j->worker_of[task] = worker;
    j->thread_of[task] = pthread_self();
}

static void expect_each_once(const struct job *j, size_t tasks, int times)
{
    for (size_t i = 0; i < TASKS; i++) {
        assert_int_equal(j->runs[i], i < tasks ? times : 0);
        assert_in_range(j->worker_of[i], 0, j->workers - 1);
    }
}

static void each_task_of_each_job_runs_once(void **state)
{
    for (int count = 1; count <= 5; count++) {
        struct workers *w = workers_new(count);
        assert_int_equal(workers_count(w), count);
        for (size_t tasks = 0; tasks <= TASKS; tasks += tasks < 8 ? 1 : 73) {
            struct job j = {.workers = count};
            for (int i = 0; i < 200; i++)
                workers_run(w, tasks, note, &j);
            expect_each_once(&j, tasks, 200);
        }
        workers_free(w);
    }
}

static void helpers_take_tasks_when_the_caller_is_busy(void **state)
{
    struct workers *w = workers_new(3);
    bool helped = false;

    for (int round = 0; round < 200 && !helped; round++) {
        struct job j = {.workers = 3, .spin_ns = 200000};
        workers_run(w, 20, note, &j);
        expect_each_once(&j, 20, 1);
        for (int i = 0; i < 20; i++)
            if (!pthread_equal(j.thread_of[i], pthread_self())) {
                assert_int_not_equal(j.worker_of[i], 0);
                helped = true;
            } else {
                assert_int_equal(j.worker_of[i], 0);
            }
    }
    assert_true(helped);
    workers_free(w);
}

static int64_t cpu_ns(void)
{
    struct timespec ts;

    assert_int_equal(clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &ts), 0);
    return (int64_t)ts.tv_sec * 1000000000 + ts.tv_nsec;
}

static void without_a_job_they_take_no_processor_time(void **state)
{
    struct workers *w = workers_new(4);
    struct job j = {.workers = 4};
    struct timespec pause = {.tv_nsec = 300 * 1000000};

    workers_run(w, 8, note, &j);
    int64_t before_ns = cpu_ns();
    nanosleep(&pause, NULL);
    assert_true(cpu_ns() - before_ns < 60 * 1000000);
    workers_free(w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_task_of_each_job_runs_once),
        cmocka_unit_test(helpers_take_tasks_when_the_caller_is_busy),
        cmocka_unit_test(without_a_job_they_take_no_processor_time),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
