#include "kafka/bounded.h"

#include "base/xalloc.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <time.h>

struct call {
    void (*fn)(void *arg);
    void *arg;
    pthread_mutex_t lock;
    pthread_cond_t changed;
    bool done, left;
};

static void call_free(struct call *c)
{
    pthread_cond_destroy(&c->changed);
    pthread_mutex_destroy(&c->lock);
    free(c);
}

static void *run(void *arg)
{
    struct call *c = arg;
    (void)pthread_setname_np(pthread_self(), "kafka end"); /* only ends are bounded */
    c->fn(c->arg);
    pthread_mutex_lock(&c->lock);
    c->done = true;
    bool left = c->left;
    pthread_cond_signal(&c->changed);
    pthread_mutex_unlock(&c->lock);
    if (left) /* nobody waits any more: the last one clears up */
        call_free(c);
    return NULL;
}

static struct call *call_new(void (*fn)(void *arg), void *arg)
{
    struct call *c = xcalloc(1, sizeof *c);
    c->fn = fn;
    c->arg = arg;
    pthread_mutex_init(&c->lock, NULL);
    pthread_condattr_t attr;
    pthread_condattr_init(&attr);
    pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
    pthread_cond_init(&c->changed, &attr);
    pthread_condattr_destroy(&attr);
    return c;
}

bool bounded_run(void (*fn)(void *arg), void *arg, int64_t timeout_ms)
{
    struct call *c = call_new(fn, arg);
    pthread_t thread;
    if (pthread_create(&thread, NULL, run, c) != 0) {
        /* No thread to be had: then in this one, without a limit. */
        call_free(c);
        fn(arg);
        return true;
    }
    struct timespec until;
    clock_gettime(CLOCK_MONOTONIC, &until);
    int64_t ns = until.tv_nsec + timeout_ms % 1000 * 1000000;
    until.tv_sec += timeout_ms / 1000 + ns / 1000000000;
    until.tv_nsec = ns % 1000000000;
    pthread_mutex_lock(&c->lock);
    while (!c->done && pthread_cond_timedwait(&c->changed, &c->lock, &until) != ETIMEDOUT)
        ;
    bool done = c->done;
    c->left = !done;
    pthread_mutex_unlock(&c->lock);
    if (done) {
        pthread_join(thread, NULL);
        call_free(c);
    } else {
        pthread_detach(thread);
    }
    return done;
}
