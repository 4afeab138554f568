#include "signals.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

enum { STATUS_INTERRUPTED = 130 };

static atomic_int caught;
static int stop_fd = -1; /* written once before the thread starts */
static void (*leave_at_once)(void);

static void asked_to_end(sigset_t *set)
{
    (void)sigemptyset(set);
    (void)sigaddset(set, SIGINT);
    (void)sigaddset(set, SIGTERM);
    (void)sigaddset(set, SIGHUP);
}

static void *fetch(void *arg)
{
    sigset_t set;
    asked_to_end(&set);
    pthread_setname_np(pthread_self(), "signals");
    for (;;) {
        int sig;
        if (sigwait(&set, &sig) != 0)
            continue;
        if (atomic_exchange(&caught, sig) != 0) {
            /* The user insists: the orderly end takes too long for them. */
            if (leave_at_once)
                leave_at_once();
            static const char line[] = "sfcrime-tui: ended at once by a second signal\n";
            struct pollfd err = {.fd = STDERR_FILENO, .events = POLLOUT};
            /* A terminal that reads no more holds nobody who wants to end. */
            ssize_t n = poll(&err, 1, 0) > 0 ? write(STDERR_FILENO, line, sizeof line - 1) : 0;
            (void)n;
            _exit(STATUS_INTERRUPTED);
        }
        uint64_t one = 1;
        while (write(stop_fd, &one, sizeof one) < 0 && errno == EINTR)
            ;
    }
    return NULL;
}

int signals_open(void (*leave)(void), char *err, size_t err_cap)
{
    leave_at_once = leave;
    /* A reader that went away is told by write()'s result. */
    struct sigaction ignore = {.sa_handler = SIG_IGN};
    (void)sigaction(SIGPIPE, &ignore, NULL);
    sigset_t set;
    asked_to_end(&set);
    /* The terminal's own signals are let in again by the screen, in the main thread only: no other thread may
     * take them away from it. */
    (void)sigaddset(&set, SIGWINCH);
    (void)sigaddset(&set, SIGTSTP);
    (void)sigaddset(&set, SIGCONT);
    int rc = pthread_sigmask(SIG_BLOCK, &set, NULL);
    stop_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    pthread_t thread;
    if (rc == 0 && stop_fd >= 0)
        rc = pthread_create(&thread, NULL, fetch, NULL);
    if (rc != 0 || stop_fd < 0) {
        snprintf(err, err_cap, "cannot watch for signals: %s", strerror(rc ? rc : errno));
        return -1;
    }
    pthread_detach(thread);
    return 0;
}

/* SIGTSTP must stop a process that has no screen, too. */
void signals_without_screen(void)
{
    sigset_t set;
    (void)sigemptyset(&set);
    (void)sigaddset(&set, SIGTSTP);
    (void)sigaddset(&set, SIGCONT);
    (void)sigaddset(&set, SIGWINCH);
    (void)pthread_sigmask(SIG_UNBLOCK, &set, NULL);
}

int signals_fd(void)
{
    return stop_fd;
}

int signals_caught(void)
{
    return atomic_load(&caught);
}
