/* Linked into ThreadSanitizer builds only. The packaged librdkafka starts and synchronises its threads by
 * C11's <threads.h>, which ThreadSanitizer does not follow: a thread that it has not seen start crashes in
 * its first intercepted call, and locks that it does not see look like races. These definitions take
 * precedence over libc's and do the same work by POSIX threads, which it follows. glibc's types are the POSIX
 * ones in size and meaning. */
#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <threads.h>

_Static_assert(sizeof(mtx_t) >= sizeof(pthread_mutex_t), "mtx_t holds a POSIX mutex");
_Static_assert(sizeof(cnd_t) >= sizeof(pthread_cond_t), "cnd_t holds a POSIX condition");
_Static_assert(sizeof(thrd_t) == sizeof(pthread_t), "thrd_t is a POSIX thread");

struct start {
    thrd_start_t run;
    void *arg;
};

static int result_of(int posix_error)
{
    switch (posix_error) {
    case 0: return thrd_success;
    case ENOMEM: return thrd_nomem;
    case ETIMEDOUT: return thrd_timedout;
    case EBUSY: return thrd_busy;
    default: return thrd_error;
    }
}

static void *run_thread(void *arg)
{
    struct start s = *(struct start *)arg;
    free(arg);
    return (void *)(long)s.run(s.arg);
}

int thrd_create(thrd_t *thread, thrd_start_t run, void *arg)
{
    struct start *s = malloc(sizeof *s);
    if (!s)
        return thrd_nomem;
    *s = (struct start){.run = run, .arg = arg};
    int rc = pthread_create(thread, NULL, run_thread, s);
    if (rc != 0)
        free(s);
    return result_of(rc);
}

int thrd_join(thrd_t thread, int *result)
{
    void *value = NULL;
    int rc = pthread_join(thread, &value);
    if (result)
        *result = (int)(long)value;
    return result_of(rc);
}

int thrd_detach(thrd_t thread)
{
    return result_of(pthread_detach(thread));
}

/* Not by pthread_mutex_init: the library hands fresh objects to its threads by atomics that stay unseen, and
 * the initialisation would look like a race with the first lock. */
__attribute__((no_sanitize("thread"))) int mtx_init(mtx_t *mutex, int type)
{
    static const pthread_mutex_t plain = PTHREAD_MUTEX_INITIALIZER;
    static const pthread_mutex_t recursive = PTHREAD_RECURSIVE_MUTEX_INITIALIZER_NP;

    *(pthread_mutex_t *)mutex = type & mtx_recursive ? recursive : plain;
    return thrd_success;
}

int mtx_lock(mtx_t *mutex)
{
    return result_of(pthread_mutex_lock((pthread_mutex_t *)mutex));
}

int mtx_trylock(mtx_t *mutex)
{
    return result_of(pthread_mutex_trylock((pthread_mutex_t *)mutex));
}

int mtx_unlock(mtx_t *mutex)
{
    return result_of(pthread_mutex_unlock((pthread_mutex_t *)mutex));
}

/* A mutex holds nothing that would have to be given back. */
void mtx_destroy(mtx_t *mutex)
{
    (void)mutex;
}

__attribute__((no_sanitize("thread"))) int cnd_init(cnd_t *condition)
{
    static const pthread_cond_t fresh = PTHREAD_COND_INITIALIZER;

    *(pthread_cond_t *)condition = fresh;
    return thrd_success;
}

int cnd_signal(cnd_t *condition)
{
    return result_of(pthread_cond_signal((pthread_cond_t *)condition));
}

int cnd_broadcast(cnd_t *condition)
{
    return result_of(pthread_cond_broadcast((pthread_cond_t *)condition));
}

int cnd_wait(cnd_t *condition, mtx_t *mutex)
{
    return result_of(pthread_cond_wait((pthread_cond_t *)condition, (pthread_mutex_t *)mutex));
}

int cnd_timedwait(cnd_t *restrict condition, mtx_t *restrict mutex, const struct timespec *restrict until)
{
    return result_of(pthread_cond_timedwait((pthread_cond_t *)condition, (pthread_mutex_t *)mutex, until));
}

void cnd_destroy(cnd_t *condition)
{
    (void)condition;
}
