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

enum {
    LOOK_MS = 200,
    WAITING_SAID_MS = 1500,
    TROUBLE_SAID_MS = 10000 /* a broker that is started again is back before that */
};

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

/* What of the cluster is told to who waits with us, a line each. */
struct told {
    bool waiting;     /* for Kafka, at the beginning */
    int64_t since_ms; /* monotonic: how long it has been in trouble; 0 = it is not */
    bool trouble;     /* this one was told */
};

/* Nothing comes while that is so, from one partition at least. False where all is well. */
static bool trouble_of(const struct cluster_view *c, char *out, size_t cap)
{
    if (!c->reachable) {
        snprintf(out, cap, "no broker answers at %s: %s", c->bootstrap, c->message);
        return true;
    }
    if (c->topic_gone) {
        snprintf(out, cap, "topic %s is gone: %s", c->topic, c->message);
        return true;
    }
    for (size_t i = 0; i < c->partitions_count; i++)
        if (c->partitions[i].leader < 0) {
            snprintf(out, cap, "partition %d of topic %s has no leader: bring its brokers back",
                     c->partitions[i].id, c->topic);
            return true;
        }
    return false;
}

static void say_trouble(struct told *t, const struct cluster_view *c, int64_t now_ms)
{
    char words[3 * VIEW_TEXT];
    if (!trouble_of(c, words, sizeof words)) {
        if (t->trouble)
            fprintf(stderr, "sfcrime-tui: Kafka answers again\n");
        t->since_ms = 0;
        t->trouble = false;
        return;
    }
    if (t->since_ms == 0)
        t->since_ms = now_ms;
    if (!t->trouble && now_ms - t->since_ms >= TROUBLE_SAID_MS) {
        fprintf(stderr, "sfcrime-tui: %s\n", words);
        t->trouble = true;
    }
}

/* At the beginning once it takes longer than a connection does, later once it lasts. */
static void say_of_cluster(const struct app_parts *parts, struct told *t, int64_t began_ms)
{
    struct cluster_view *c = hub_take_cluster(parts->hub);
    int64_t now_ms = clock_mono_ms();
    bool found = atomic_load(&parts->hub->live.partitions) > 0;
    if (c && !c->embedded && found)
        say_trouble(t, c, now_ms);
    if (c && !c->embedded && !found && !c->reachable && !t->waiting && now_ms - began_ms >= WAITING_SAID_MS) {
        fprintf(stderr, "sfcrime-tui: waiting for Kafka at %s: %s; trying for %d s at most\n", c->bootstrap,
                c->message, ENGINE_GIVE_UP_MS / 1000);
        t->waiting = true;
    }
    cluster_view_free(c);
}

void headless_run(const struct app_parts *parts, int stop_fd, char *err, size_t err_cap)
{
    struct pollfd p[2] = {{.fd = stop_fd, .events = POLLIN}, {.fd = parts->hub->wake_fd, .events = POLLIN}};
    int64_t began_ms = clock_mono_ms();
    struct told told = {0};
    err[0] = '\0';
    for (;;) {
        say_of_cluster(parts, &told, began_ms);
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
