#include "ui/export.h"

#include "base/text.h"
#include "base/xalloc.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { NAMES_MOST = 1000 };

struct export_job {
    pthread_t thread;
    char *bytes;
    size_t len;
    long long batch_id;
    int wake_fd;
    atomic_bool ended;
    /* The thread's until `ended`. */
    bool ok;
    char sentence[240];
};

/* A file that was not there before: nobody's table is overwritten. */
static int create(char *name, size_t cap, long long batch_id)
{
    for (int i = 0; i < NAMES_MOST; i++) {
        if (i == 0)
            snprintf(name, cap, "sfcrime-batch-%lld.csv", batch_id);
        else
            snprintf(name, cap, "sfcrime-batch-%lld-%d.csv", batch_id, i + 1);
        int fd = open(name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
        if (fd >= 0 || errno != EEXIST)
            return fd;
    }
    return -1;
}

static bool write_all(int fd, const char *bytes, size_t len)
{
    while (len) {
        ssize_t n = write(fd, bytes, len);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return false;
        bytes += n;
        len -= (size_t)n;
    }
    return true;
}

static void *work(void *arg)
{
    struct export_job *job = arg;
    char name[80], folder[PATH_MAX], clean[PATH_MAX], size[32];
    pthread_setname_np(pthread_self(), "export");
    int fd = create(name, sizeof name, job->batch_id);
    bool ok = fd >= 0 && write_all(fd, job->bytes, job->len);
    int error = errno;
    if (fd >= 0 && close(fd) && ok) {
        ok = false;
        error = errno;
    }
    if (!ok && fd >= 0)
        (void)unlink(name); /* half a table is worse than none */
    if (!getcwd(folder, sizeof folder))
        snprintf(folder, sizeof folder, ".");
    (void)text_clean(clean, 160, folder, strlen(folder), false);
    if (ok)
        snprintf(job->sentence, sizeof job->sentence, "wrote %.140s/%s (%s)", clean, name,
                 text_bytes(size, sizeof size, (long long)job->len));
    else
        snprintf(job->sentence, sizeof job->sentence, "cannot write %.120s/%s: %s", clean, name,
                 strerror(error));
    job->ok = ok;
    atomic_store_explicit(&job->ended, true, memory_order_release);
    uint64_t one = 1;
    ssize_t n = write(job->wake_fd, &one, sizeof one);
    (void)n; /* the screen looks by itself within a second, too */
    return NULL;
}

struct export_job *export_start(char *bytes, size_t len, long long batch_id, int wake_fd, char *err,
                                size_t err_cap)
{
    struct export_job *job = xcalloc(1, sizeof *job);
    *job = (struct export_job){.bytes = bytes, .len = len, .batch_id = batch_id, .wake_fd = wake_fd};
    int error = pthread_create(&job->thread, NULL, work, job);
    if (error) {
        snprintf(err, err_cap, "cannot start writing: %s", strerror(error));
        free(bytes);
        free(job);
        return NULL;
    }
    return job;
}

void export_finish(struct export_job *job)
{
    if (!job)
        return;
    (void)pthread_join(job->thread, NULL);
    free(job->bytes);
    free(job);
}

bool export_ended(struct export_job *job, bool *ok, char *sentence, size_t cap)
{
    if (!atomic_load_explicit(&job->ended, memory_order_acquire))
        return false;
    *ok = job->ok;
    snprintf(sentence, cap, "%s", job->sentence);
    export_finish(job);
    return true;
}
