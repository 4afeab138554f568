#include "headless.h"

#include "base/clock.h"
#include "engine/engine.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { LOOK_MS = 200, WAITING_SAID_MS = 1500 };

const char *headless_reason(bool plain)
{
    const char *term = getenv("TERM");
    if (!isatty(STDOUT_FILENO))
        return "standard output is no terminal";
    /* Data on standard input leaves the keys to the terminal itself. */
    if (!isatty(STDIN_FILENO)) {
        int fd = open("/dev/tty", O_RDWR | O_NOCTTY | O_CLOEXEC);
        if (fd < 0)
            return "standard input is no terminal";
        close(fd);
    }
    if (plain)
        return NULL; /* lines go to any terminal */
    if (!term || !*term)
        return "TERM is not set";
    if (strcmp(term, "dumb") == 0)
        return "TERM is dumb (--plain prints lines there)";
    return NULL;
}

/* Nobody looks at the views: they are taken so that the publishers can go on, and for the replay's failure.
 */
static bool replay_failed(const struct app_parts *parts, char *err, size_t err_cap)
{
    bool failed = false;
    struct replay_view *r = hub_take_replay(parts->hub);
    if (r && r->state == REPLAY_FAILED) {
        snprintf(err, err_cap, "%s", r->message);
        failed = true;
    }
    free(r);
    return failed;
}

/* One line for who waits with us, once it takes longer than a connection does. True when it was said. */
static bool say_waiting(const struct app_parts *parts, int64_t waited_ms)
{
    struct cluster_view *c = hub_take_cluster(parts->hub);
    bool say = c && !c->embedded && !c->reachable && waited_ms >= WAITING_SAID_MS &&
               atomic_load(&parts->hub->live.partitions) == 0;
    if (say)
        fprintf(stderr, "sfcrime-tui: waiting for Kafka at %s: %s; trying for %d s at most\n", c->bootstrap,
                c->message, ENGINE_GIVE_UP_MS / 1000);
    cluster_view_free(c);
    return say;
}

void headless_run(const struct app_parts *parts, int stop_fd, char *err, size_t err_cap)
{
    struct pollfd p[2] = {{.fd = stop_fd, .events = POLLIN}, {.fd = parts->hub->wake_fd, .events = POLLIN}};
    int64_t began_ms = clock_mono_ms();
    bool said = false;
    err[0] = '\0';
    for (;;) {
        said = said || say_waiting(parts, clock_mono_ms() - began_ms);
        if (replay_failed(parts, err, err_cap) || atomic_load(&parts->hub->live.engine_ended))
            return;
        int n = poll(p, 2, LOOK_MS);
        if (n < 0 && errno != EINTR)
            return;
        if (n > 0 && p[0].revents)
            return;
        if (n > 0 && p[1].revents) {
            uint64_t count;
            ssize_t got = read(parts->hub->wake_fd, &count, sizeof count);
            (void)got;
        }
    }
}
