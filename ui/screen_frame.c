#include "ui/screen_frame.h"

#include "base/xalloc.h"

#include <curses.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

/* ncurses writes to standard output and knows no other way. So while it works out a frame, standard output is
 * a file in memory; nobody else writes to it while the screen is up. */
static struct {
    atomic_int terminal; /* a second descriptor of it, 0 = none */
    int memory;          /* the file that takes a frame */
    char *bytes;
    size_t cap;
    bool direct;
    long long last; /* bytes of the last frame, -1 = not counted */
} frame;

void frame_open(void)
{
    int memory = memfd_create("frame", MFD_CLOEXEC);
    int terminal = fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 3);
    if (memory < 0 || terminal < 0) {
        if (memory >= 0)
            close(memory);
        if (terminal >= 0)
            close(terminal);
        return;
    }
    frame.memory = memory;
    frame.direct = true;
    atomic_store(&frame.terminal, terminal);
}

void frame_close(void)
{
    int terminal = atomic_exchange(&frame.terminal, 0);
    if (terminal <= 0)
        return;
    close(terminal);
    close(frame.memory);
    free(frame.bytes);
    frame.bytes = NULL;
    frame.cap = 0;
}

int frame_terminal(void)
{
    int terminal = atomic_load(&frame.terminal);
    return terminal > 0 ? terminal : STDOUT_FILENO;
}

void frame_direct(void)
{
    frame.direct = true;
}

static void write_all(int fd, const char *at, size_t left)
{
    while (left) {
        ssize_t n = write(fd, at, left);
        if (n < 0 && errno == EAGAIN) { /* whoever shares the terminal with us may have made it so */
            struct pollfd p = {.fd = fd, .events = POLLOUT};
            (void)poll(&p, 1, 100);
        } else if (n < 0 && errno != EINTR) {
            return; /* the terminal is gone: the loop will notice */
        } else if (n > 0) {
            at += n;
            left -= (size_t)n;
        }
    }
}

void frame_update(void)
{
    int terminal = atomic_load(&frame.terminal);
    if (terminal <= 0 || frame.direct || isendwin() || dup2(frame.memory, STDOUT_FILENO) < 0) {
        frame.direct = false;
        frame.last = -1;
        (void)doupdate();
        return;
    }
    (void)doupdate();
    (void)dup2(terminal, STDOUT_FILENO);
    off_t end = lseek(frame.memory, 0, SEEK_CUR);
    (void)lseek(frame.memory, 0, SEEK_SET);
    size_t len = end > 0 ? (size_t)end : 0;
    if (len > frame.cap) {
        frame.cap = 2 * len;
        frame.bytes = xrealloc(frame.bytes, frame.cap);
    }
    ssize_t got = len ? pread(frame.memory, frame.bytes, len, 0) : 0;
    frame.last = got;
    if (got > 0)
        write_all(terminal, frame.bytes, (size_t)got);
}

long long frame_bytes(void)
{
    return frame.last;
}
