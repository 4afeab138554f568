#include "query/workers.h"

#include "base/xalloc.h"

#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

/* How often to look again before sleeping: some 10 us. The jobs of a block follow each other faster than a
 * sleeping thread wakes up. */
#define LOOKS 400

struct helper {
    struct workers *all;
    pthread_t thread;
    int number;
};

struct workers {
    int count; /* with the caller */
    struct helper *helpers;
    pthread_mutex_t lock;
    pthread_cond_t job_came, all_left;

    /* The job. Changed under the lock, by the caller, while nobody is inside. */
    work_fn work;
    void *arg;
    size_t tasks;
    bool open; /* helpers may still enter it */
    _Atomic unsigned serial;
    _Atomic size_t next; /* task to be taken */
    _Atomic int inside;  /* helpers at work on it; changed under the lock */
    int asleep;
    bool stop;
};

static inline void look_again(void)
{
#if defined(__x86_64__) || defined(__i386__)
    __builtin_ia32_pause();
#endif
}

static void take_tasks(struct workers *w, int number)
{
    size_t task;

    while ((task = atomic_fetch_add_explicit(&w->next, 1, memory_order_relaxed)) < w->tasks)
        w->work(w->arg, task, number);
}

/* Sleeps until there is a job that this helper has not seen, and enters it. False: it is time to end. */
static bool enter(struct workers *w, unsigned *seen)
{
    for (int i = 0; i < LOOKS && atomic_load_explicit(&w->serial, memory_order_relaxed) == *seen; i++)
        look_again();
    pthread_mutex_lock(&w->lock);
    while (!w->stop && (!w->open || atomic_load(&w->serial) == *seen)) {
        w->asleep++;
        pthread_cond_wait(&w->job_came, &w->lock);
        w->asleep--;
    }
    bool go_on = !w->stop;
    if (go_on) {
        *seen = atomic_load(&w->serial);
        atomic_fetch_add(&w->inside, 1);
    }
    pthread_mutex_unlock(&w->lock);
    return go_on;
}

static void leave(struct workers *w)
{
    pthread_mutex_lock(&w->lock);
    if (atomic_fetch_sub(&w->inside, 1) == 1 && !w->open)
        pthread_cond_signal(&w->all_left);
    pthread_mutex_unlock(&w->lock);
}

static void *help(void *arg)
{
    struct helper *h = arg;
    unsigned seen = 0;
    char name[16];

    snprintf(name, sizeof(name), "query-%d", h->number);
    pthread_setname_np(pthread_self(), name);
    while (enter(h->all, &seen)) {
        take_tasks(h->all, h->number);
        leave(h->all);
    }
    return NULL;
}

void workers_run(struct workers *w, size_t tasks, work_fn work, void *arg)
{
    if (w->count == 1 || tasks <= 1) {
        for (size_t task = 0; task < tasks; task++)
            work(arg, task, 0);
        return;
    }
    pthread_mutex_lock(&w->lock);
    w->work = work;
    w->arg = arg;
    w->tasks = tasks;
    w->open = true;
    atomic_store(&w->next, 0);
    atomic_fetch_add(&w->serial, 1);
    for (int i = 0; i < w->asleep && (size_t)i + 1 < tasks; i++)
        pthread_cond_signal(&w->job_came);
    pthread_mutex_unlock(&w->lock);

    take_tasks(w, 0);
    for (int i = 0; i < LOOKS && atomic_load_explicit(&w->inside, memory_order_relaxed) > 0; i++)
        look_again();
    pthread_mutex_lock(&w->lock);
    w->open = false;
    while (atomic_load(&w->inside) > 0)
        pthread_cond_wait(&w->all_left, &w->lock);
    pthread_mutex_unlock(&w->lock);
}

/* Signals are for the main thread. */
static void start_helpers(struct workers *w, int wanted)
{
    sigset_t all, before;

    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    for (int i = 1; i < wanted; i++) {
        struct helper *h = &w->helpers[i];
        *h = (struct helper){.all = w, .number = i};
        if (pthread_create(&h->thread, NULL, help, h) != 0)
            break;
        w->count++;
    }
    pthread_sigmask(SIG_SETMASK, &before, NULL);
}

struct workers *workers_new(int count)
{
    struct workers *w = xcalloc(1, sizeof(*w));

    w->count = 1;
    pthread_mutex_init(&w->lock, NULL);
    pthread_cond_init(&w->job_came, NULL);
    pthread_cond_init(&w->all_left, NULL);
    w->helpers = xcalloc((size_t)(count > 1 ? count : 1), sizeof(*w->helpers));
    start_helpers(w, count);
    return w;
}

void workers_free(struct workers *w)
{
    if (w == NULL)
        return;
    pthread_mutex_lock(&w->lock);
    w->stop = true;
    pthread_cond_broadcast(&w->job_came);
    pthread_mutex_unlock(&w->lock);
    for (int i = 1; i < w->count; i++)
        pthread_join(w->helpers[i].thread, NULL);
    pthread_cond_destroy(&w->job_came);
    pthread_cond_destroy(&w->all_left);
    pthread_mutex_destroy(&w->lock);
    free(w->helpers);
    free(w);
}

int workers_count(const struct workers *w)
{
    return w->count;
}
