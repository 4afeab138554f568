#include "ui/screen_signals.h"

#include "base/xalloc.h"
#include "ui/screen.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { ALTSTACK_BYTES = 64 * 1024 };

static const int fatal[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT};
static const int soft[] = {SIGWINCH, SIGTSTP, SIGCONT};
enum { FATALS = sizeof fatal / sizeof *fatal, SOFTS = sizeof soft / sizeof *soft };

/* Signal handlers can reach statics only. Written before the handlers are installed, read by them. */
static int pipe_fds[2] = {-1, -1};
static struct sigaction old_fatal[FATALS], old_soft[SOFTS];
static bool installed;
static void *alt_stack;

static void on_soft(int sig)
{
    int saved = errno;
    char byte = sig == SIGWINCH ? 'W' : sig == SIGTSTP ? 'Z' : 'C';
    /* A full pipe already says what there is to say. */
    ssize_t n = write(pipe_fds[1], &byte, 1);
    (void)n;
    errno = saved;
}

static void on_fatal(int sig)
{
    screen_restore();
    for (int i = 0; i < FATALS; i++)
        if (fatal[i] == sig)
            (void)sigaction(sig, &old_fatal[i], NULL);
    (void)raise(sig); /* delivered when this handler returns: the former handler, a core, the right status */
}

static void install(int sig, void (*handler)(int), int flags, struct sigaction *old)
{
    struct sigaction sa = {.sa_handler = handler, .sa_flags = flags};
    (void)sigemptyset(&sa.sa_mask);
    (void)sigaction(sig, &sa, old);
}

int screen_signals_open(char *err, size_t err_cap)
{
    if (pipe2(pipe_fds, O_CLOEXEC | O_NONBLOCK)) {
        snprintf(err, err_cap, "no pipe for signals: %s", strerror(errno));
        return -1;
    }
    alt_stack = xmalloc(ALTSTACK_BYTES);
    stack_t stack = {.ss_sp = alt_stack, .ss_size = ALTSTACK_BYTES};
    (void)sigaltstack(&stack, NULL);
    for (int i = 0; i < FATALS; i++)
        install(fatal[i], on_fatal, SA_ONSTACK, &old_fatal[i]);
    for (int i = 0; i < SOFTS; i++)
        install(soft[i], on_soft, SA_RESTART, &old_soft[i]);
    sigset_t set;
    (void)sigemptyset(&set);
    for (int i = 0; i < SOFTS; i++)
        (void)sigaddset(&set, soft[i]);
    (void)pthread_sigmask(SIG_UNBLOCK, &set, NULL);
    installed = true;
    return 0;
}

void screen_signals_early(void)
{
    (void)signal(SIGTSTP, on_soft); /* with no pipe yet it does nothing */
}

void screen_signals_close(void)
{
    if (!installed)
        return;
    installed = false;
    for (int i = 0; i < FATALS; i++)
        (void)sigaction(fatal[i], &old_fatal[i], NULL);
    /* ncurses' own handlers are among the former ones: they must not draw on a screen that is gone. */
    for (int i = 0; i < SOFTS; i++)
        (void)signal(soft[i], SIG_DFL);
    stack_t off = {.ss_flags = SS_DISABLE};
    (void)sigaltstack(&off, NULL);
    free(alt_stack);
    alt_stack = NULL;
    close(pipe_fds[0]);
    close(pipe_fds[1]);
    pipe_fds[0] = pipe_fds[1] = -1;
}

int screen_signal_fd(void)
{
    return pipe_fds[0];
}

unsigned screen_signals(void)
{
    char bytes[64];
    unsigned seen = 0;
    ssize_t n;
    while ((n = read(pipe_fds[0], bytes, sizeof bytes)) > 0)
        for (ssize_t i = 0; i < n; i++)
            seen |= bytes[i] == 'W' ? SCREEN_RESIZED : bytes[i] == 'Z' ? SCREEN_STOP : SCREEN_CONTINUED;
    return seen;
}

void screen_signals_stop_here(bool job)
{
    struct sigaction ours;
    install(SIGTSTP, SIG_DFL, 0, &ours);
    /* Sleeps here until SIGCONT. Process group 0 is our own: what the terminal's Ctrl-Z would have reached.
     */
    (void)(job ? kill(0, SIGTSTP) : raise(SIGTSTP));
    (void)sigaction(SIGTSTP, &ours, NULL);
}
