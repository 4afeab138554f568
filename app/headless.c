#include "headless.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { LOOK_MS = 200 };

const char *headless_reason(void)
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
    if (!term || !*term)
        return "TERM is not set";
    if (strcmp(term, "dumb") == 0)
        return "TERM is dumb";
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
    cluster_view_free(hub_take_cluster(parts->hub));
    return failed;
}

void headless_run(const struct app_parts *parts, int stop_fd, char *err, size_t err_cap)
{
    struct pollfd p[2] = {{.fd = stop_fd, .events = POLLIN}, {.fd = parts->hub->wake_fd, .events = POLLIN}};
    err[0] = '\0';
    for (;;) {
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
