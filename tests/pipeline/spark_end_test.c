/* No job that the program has started outlives it unasked, however it ends: the real program with a script in
 * the place of Python, beside a cluster of its own. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "engine_run.h"

#include "base/clock.h"
#include "base/xalloc.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

enum { LOOK_MS = 5, INTERRUPTED = 130 };

/* It notes its own process and that of a child, as a driver has its JVM, and each time that it is asked to
 * stop; it does not stop for that. */
#define STUBBORN_JOB                               \
    "#!/bin/sh\n"                                  \
    "folder=$(dirname \"$0\")\n"                   \
    "trap 'echo asked >>\"$folder/asked\"' TERM\n" \
    "(trap '' TERM; exec sleep 60) &\n"            \
    "echo \"$$ $!\" >\"$folder/pids.part\"\n"      \
    "echo \"$3\" >\"$folder/settings\"\n"          \
    "mv \"$folder/pids.part\" \"$folder/pids\"\n"  \
    "for i in $(seq 3000); do sleep 0.02; done\n"

static struct run *with_job(const char *script)
{
    static const char *const behind[] = {"tables", "progress"};
    struct run *r = run_new(1);
    /* For the program the cluster is a real one, and mock brokers answer no admin calls. */
    for (size_t i = 0; i < 2; i++) {
        char err[400] = "", *topic = xasprintf("%s-%s", r->options.kafka.topic, behind[i]);
        if (embedded_make_topic(r->cluster, topic, 1, err, sizeof err) < 0)
            fail_msg("%s", err);
        free(topic);
    }
    program_write(r->files, "python", script);
    assert_int_equal(chmod(program_path(r->files, "python"), 0700), 0);
    return r;
}

/* The program, without a screen; key=value settings, NULL at the end. */
static pid_t start(struct run *r, const char *const *settings)
{
    const char *bin = getenv("SFCRIME_BIN");
    char python[300];
    snprintf(python, sizeof python, "spark.python=%s", program_path(r->files, "python"));
    const char *words[40] = {bin && *bin ? bin : "build/sfcrime-tui",
                             "--headless",
                             "--engine",
                             "spark",
                             "-b",
                             r->parts.bootstrap,
                             "--create-topic",
                             "yes",
                             "-S",
                             python,
                             "-S",
                             "spark.job=/no/such/job.py",
                             "-S",
                             "sink.console=none"};
    size_t count = 0;
    while (words[count])
        count++;
    for (; *settings; settings++) {
        words[count++] = "-S";
        words[count++] = *settings;
    }
    const char *out = program_path(r->files, "stdout"), *err = program_path(r->files, "stderr");
    const char *home = program_path(r->files, "home");
    pid_t pid = fork();
    assert_true(pid >= 0);
    if (pid > 0)
        return pid;
    if (setenv("XDG_CONFIG_HOME", home, 1) != 0 || !freopen("/dev/null", "r", stdin) ||
        !freopen(out, "w", stdout) || !freopen(err, "w", stderr))
        _exit(126);
    execv(words[0], (char *const *)words);
    _exit(127);
}

static void await_file(struct run *r, const char *name)
{
    struct stat st;
    const char *path = program_path(r->files, name);
    int64_t until_ms = clock_mono_ms() + DEADLINE_MS;
    while (stat(path, &st) != 0) {
        if (clock_mono_ms() > until_ms)
            fail_msg("no file %s: %s", name, program_read(r->files, "stderr"));
        (void)poll(NULL, 0, LOOK_MS);
    }
}

static int await_end(pid_t pid)
{
    int status = 0;
    int64_t until_ms = clock_mono_ms() + DEADLINE_MS;
    while (waitpid(pid, &status, WNOHANG) != pid) {
        if (clock_mono_ms() > until_ms) {
            (void)kill(pid, SIGKILL);
            (void)waitpid(pid, NULL, 0);
            fail_msg("the program does not end");
        }
        (void)poll(NULL, 0, LOOK_MS);
    }
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

/* Gone, or only not yet fetched by whoever inherited it. */
static bool is_gone(pid_t pid)
{
    char path[60], line[200] = "";
    if (kill(pid, 0) != 0)
        return errno == ESRCH;
    snprintf(path, sizeof path, "/proc/%d/stat", (int)pid);
    FILE *f = fopen(path, "r");
    if (!f)
        return true;
    bool zombie = fgets(line, sizeof line, f) && strstr(line, ") Z");
    (void)fclose(f);
    return zombie;
}

/* True when both of the job's processes go away by themselves; those that do not are ended here. */
static bool job_goes(struct run *r)
{
    long pids[2] = {0};
    char *text = program_read(r->files, "pids"), *at = text;
    for (int i = 0; i < 2; i++)
        pids[i] = strtol(at, &at, 10);
    free(text);
    bool gone = false;
    int64_t until_ms = clock_mono_ms() + 3000;
    while (!gone && clock_mono_ms() < until_ms) {
        gone = is_gone((pid_t)pids[0]) && is_gone((pid_t)pids[1]);
        (void)poll(NULL, 0, LOOK_MS);
    }
    for (int i = 0; i < 2 && !gone; i++)
        if (pids[i] > 1)
            (void)kill((pid_t)pids[i], SIGKILL);
    return gone;
}

static void end(struct run *r)
{
    run_free(r);
}

static void a_second_signal_takes_the_job_along(void **state)
{
    (void)state;
    struct run *r = with_job(STUBBORN_JOB);
    pid_t pid = start(r, (const char *const[]){"replay.rate=1", NULL});
    await_file(r, "pids");
    (void)kill(pid, SIGINT);
    await_file(r, "asked"); /* the first one is being served */
    (void)kill(pid, SIGINT);
    assert_int_equal(await_end(pid), INTERRUPTED);
    bool gone = job_goes(r);
    assert_true(gone);
    char *settings = program_read(r->files, "settings"); /* where a password may be */
    settings[strcspn(settings, "\n")] = '\0';
    assert_true(strlen(settings) > 10);
    assert_int_not_equal(access(settings, F_OK), 0);
    *strrchr(settings, '/') = '\0';
    assert_int_not_equal(access(settings, F_OK), 0);
    free(settings);
    end(r);
}

static void what_a_job_leaves_behind_is_ended_too(void **state)
{
    (void)state;
    struct run *r = with_job("#!/bin/sh\n"
                             "folder=$(dirname \"$0\")\n"
                             "sleep 60 &\n"
                             "echo \"$$ $!\" >\"$folder/pids\"\n"
                             "exit 1\n");
    pid_t pid = start(r, (const char *const[]){NULL});
    assert_int_equal(await_end(pid), 1);
    bool gone = job_goes(r);
    assert_true(gone);
    end(r);
}

static void a_job_that_is_to_go_on_goes_on_at_a_second_signal(void **state)
{
    (void)state;
    struct run *r = with_job(STUBBORN_JOB);
    pid_t pid = start(r, (const char *const[]){"replay.rate=1", "spark.stop-on-exit=never", NULL});
    await_file(r, "pids");
    /* Whether it is served in order or at once: it may not touch the job. */
    (void)kill(pid, SIGTERM);
    (void)kill(pid, SIGINT);
    assert_int_equal(await_end(pid), INTERRUPTED);
    bool gone = job_goes(r);
    assert_false(gone);
    end(r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_second_signal_takes_the_job_along),
        cmocka_unit_test(what_a_job_leaves_behind_is_ended_too),
        cmocka_unit_test(a_job_that_is_to_go_on_goes_on_at_a_second_signal),
    };
    return cmocka_run_group_tests_name("the end of a Spark job", tests, NULL, NULL);
}
