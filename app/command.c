#include "command.h"

#include "base/clock.h"
#include "base/xalloc.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

enum { BOX_SLOTS = 64 };

/* The eventfd is readable exactly while commands wait; it is written and drained under the lock, so the two
 * never disagree. */
struct command_box {
    pthread_mutex_t lock;
    struct command slot[BOX_SLOTS];
    int first, count;
    int fd;
};

struct command_box *command_box_new(void)
{
    int fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (fd < 0)
        return NULL;
    struct command_box *box = xcalloc(1, sizeof *box);
    box->fd = fd;
    if (pthread_mutex_init(&box->lock, NULL) != 0) {
        close(fd);
        free(box);
        errno = ENOMEM;
        return NULL;
    }
    return box;
}

void command_box_free(struct command_box *box)
{
    if (!box)
        return;
    close(box->fd);
    pthread_mutex_destroy(&box->lock);
    free(box);
}

static void signal_fd(int fd)
{
    uint64_t one = 1;
    ssize_t n;
    do
        n = write(fd, &one, sizeof one);
    while (n < 0 && errno == EINTR);
    /* EAGAIN means that the counter is full, hence readable: what we want. */
}

static void drain_fd(int fd)
{
    uint64_t count;
    ssize_t n;
    do
        n = read(fd, &count, sizeof count);
    while (n < 0 && errno == EINTR);
}

bool command_post(struct command_box *box, const struct command *c)
{
    bool room;
    pthread_mutex_lock(&box->lock);
    room = box->count < BOX_SLOTS;
    if (room) {
        box->slot[(box->first + box->count) % BOX_SLOTS] = *c;
        if (box->count++ == 0)
            signal_fd(box->fd);
    }
    pthread_mutex_unlock(&box->lock);
    return room;
}

bool command_take(struct command_box *box, struct command *c)
{
    bool any;
    pthread_mutex_lock(&box->lock);
    any = box->count > 0;
    if (any) {
        *c = box->slot[box->first];
        box->first = (box->first + 1) % BOX_SLOTS;
        if (--box->count == 0)
            drain_fd(box->fd);
    }
    pthread_mutex_unlock(&box->lock);
    return any;
}

bool command_take_kind(struct command_box *box, enum command_kind kind, struct command *c)
{
    int at = 0;
    pthread_mutex_lock(&box->lock);
    while (at < box->count && box->slot[(box->first + at) % BOX_SLOTS].kind != kind)
        at++;
    bool found = at < box->count;
    if (found) {
        *c = box->slot[(box->first + at) % BOX_SLOTS];
        for (; at + 1 < box->count; at++)
            box->slot[(box->first + at) % BOX_SLOTS] = box->slot[(box->first + at + 1) % BOX_SLOTS];
        if (--box->count == 0)
            drain_fd(box->fd);
    }
    pthread_mutex_unlock(&box->lock);
    return found;
}

bool command_wait_ns(struct command_box *box, int64_t timeout_ns)
{
    struct pollfd p = {.fd = box->fd, .events = POLLIN};
    int64_t deadline_ns = timeout_ns < 0 ? 0 : clock_mono_ns() + timeout_ns;
    for (;;) {
        int64_t left_ns = timeout_ns < 0 ? 0 : deadline_ns - clock_mono_ns();
        if (left_ns < 0)
            left_ns = 0;
        struct timespec ts = {.tv_sec = left_ns / 1000000000, .tv_nsec = left_ns % 1000000000};
        int n = ppoll(&p, 1, timeout_ns < 0 ? NULL : &ts, NULL);
        if (n > 0)
            return true;
        if (n == 0 || errno != EINTR)
            return false;
    }
}

bool command_wait(struct command_box *box, int64_t timeout_ms)
{
    return command_wait_ns(box, timeout_ms < 0 ? -1 : timeout_ms * 1000000);
}

int command_fd(const struct command_box *box)
{
    return box->fd;
}
