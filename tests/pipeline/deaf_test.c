/* A terminal that reads no more (a line that hangs, a window that is stopped): the program cannot get rid of
 * a frame, and still a second signal ends it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "program.h"

#include "base/clock.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <unistd.h>

enum { DEADLINE_MS = 60000, REPAINT = 12 /* Ctrl-L */ };

struct deaf {
    int master, slave; /* the latter only to see whether it takes more */
    pid_t pid;
};

/* The child's part: the terminal becomes its own. */
static void become(const char *terminal, const char *home)
{
    const char *bin = getenv("SFCRIME_BIN");
    (void)setsid();
    int fd = open(terminal, O_RDWR);
    if (fd < 0 || ioctl(fd, TIOCSCTTY, 0) != 0 || dup2(fd, 0) < 0 || dup2(fd, 1) < 0 || dup2(fd, 2) < 0)
        _exit(126);
    (void)setenv("TERM", "xterm-256color", 1);
    (void)setenv("LC_ALL", "C.UTF-8", 1);
    (void)setenv("HOME", home, 1);
    (void)unsetenv("XDG_STATE_HOME");
    bin = bin && *bin ? bin : "build/sfcrime-tui";
    execl(bin, bin, "-r", "1000", "--loop", (char *)NULL);
    _exit(127);
}

static void start(struct deaf *d, const char *home)
{
    struct winsize size = {.ws_row = 200, .ws_col = 500};
    d->master = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
    assert_true(d->master >= 0 && grantpt(d->master) == 0 && unlockpt(d->master) == 0);
    const char *terminal = ptsname(d->master);
    assert_non_null(terminal);
    d->slave = open(terminal, O_RDWR | O_NOCTTY | O_CLOEXEC);
    assert_true(d->slave >= 0 && ioctl(d->master, TIOCSWINSZ, &size) == 0);
    d->pid = fork();
    assert_true(d->pid >= 0);
    if (d->pid == 0)
        become(terminal, home);
}

static void read_first_frame(const struct deaf *d)
{
    struct pollfd p = {.fd = d->master, .events = POLLIN};
    char bytes[4096];
    size_t seen = 0;
    while (seen < 20000) {
        assert_true(poll(&p, 1, DEADLINE_MS) > 0);
        ssize_t n = read(d->master, bytes, sizeof bytes);
        assert_true(n > 0);
        seen += (size_t)n;
    }
}

/* Has whole frames painted until the terminal is full of them. */
static void stop_reading(const struct deaf *d)
{
    const char key = REPAINT;
    struct pollfd p = {.fd = d->slave, .events = POLLOUT};
    for (int64_t until_ms = clock_mono_ms() + DEADLINE_MS; poll(&p, 1, 0) > 0; poll(NULL, 0, 20)) {
        assert_true(clock_mono_ms() < until_ms);
        assert_int_equal(write(d->master, &key, 1), 1);
    }
}

static void a_second_signal_ends_it_although_nobody_reads(void **state)
{
    (void)state;
    struct program *home = program_new();
    struct deaf d;
    int status = -1;
    start(&d, home->folder);
    read_first_frame(&d);
    stop_reading(&d);
    pid_t ended = 0;
    for (int64_t until_ms = clock_mono_ms() + DEADLINE_MS; !ended && clock_mono_ms() < until_ms;
         poll(NULL, 0, 50)) {
        (void)kill(d.pid, SIGTERM);
        ended = waitpid(d.pid, &status, WNOHANG);
    }
    if (ended != d.pid) {
        (void)kill(d.pid, SIGKILL);
        close(d.slave);
        close(d.master);
        (void)waitpid(d.pid, NULL, 0);
        fail_msg("it runs on after many signals");
    }
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 130);
    close(d.slave);
    close(d.master);
    program_free(home);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(a_second_signal_ends_it_although_nobody_reads)};
    return cmocka_run_group_tests_name("deaf", tests, NULL, NULL);
}
