/* Threads that share out one job after another: a job is a number of tasks, and each task runs exactly once,
 * on the caller or on a helper, whoever is free first. So a helper that the machine gives no time to costs
 * nothing but its help, and nothing may depend on who ran what. Helpers without a job sleep. The engine
 * thread owns the workers and makes every call. */
#ifndef QUERY_WORKERS_H
#define QUERY_WORKERS_H

#include <stddef.h>

struct workers;

/* count: threads that work, the caller among them, at least 1. Where the system gives fewer threads than
 * asked for, there are fewer helpers. Never NULL. */
struct workers *workers_new(int count);
void workers_free(struct workers *w);
/* How many may work at once: worker numbers are 0 (the caller) to count - 1. */
int workers_count(const struct workers *w);

/* Runs work(arg, task, worker) for each task below `tasks`, and returns when all of them are done. What a
 * task has written is seen by the caller then. */
typedef void (*work_fn)(void *arg, size_t task, int worker);
void workers_run(struct workers *w, size_t tasks, work_fn work, void *arg);

#endif
