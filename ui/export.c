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
#include <sys/stat.h>
#include <unistd.h>

enum { NAMES_MOST = 1000, SHOWN_BYTES = 160 };

struct export_job {
    pthread_t thread;
    char *bytes;
    size_t len;
    struct shot *shot;
    enum shot_format format;
    char *stem, *ending; /* of a new name */
    char *file;          /* the user's; NULL = a new name */
    bool replace;
    int wake_fd;
    atomic_bool ended;
    /* The thread's until `ended`. */
    char *path; /* where it is being written */
    bool ok;
    char sentence[320];
};

static int create(const char *path)
{
    return open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
}

/* A file that was not there before: nobody's table is overwritten. */
static int create_new(struct export_job *job)
{
    for (int i = 1; i <= NAMES_MOST; i++) {
        free(job->path);
        job->path = i == 1 ? xasprintf("%s.%s", job->stem, job->ending)
                           : xasprintf("%s-%d.%s", job->stem, i, job->ending);
        int fd = create(job->path);
        if (fd >= 0 || errno != EEXIST)
            return fd;
    }
    return -1;
}

/* A named file that may be replaced is written beside its place first, so that it is never half there. */
static int create_named(struct export_job *job)
{
    job->path = job->replace ? xasprintf("%s.tmp-%ld", job->file, (long)getpid()) : xstrdup(job->file);
    return create(job->path);
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

/* What is replaced is the file that a link leads to, not the link, and never a device, a pipe or a folder. 0,
 * or errno. */
static int find_replaced(struct export_job *job)
{
    struct stat st;
    if (!job->file || !job->replace || stat(job->file, &st))
        return 0;
    if (!S_ISREG(st.st_mode))
        return S_ISDIR(st.st_mode) ? EISDIR : ENOTSUP;
    char *real = realpath(job->file, NULL);
    if (!real)
        return errno;
    free(job->file);
    job->file = real;
    return 0;
}

/* 0, or errno. */
static int write_file(struct export_job *job)
{
    int unfit = find_replaced(job);
    if (unfit)
        return unfit;
    int fd = job->file ? create_named(job) : create_new(job);
    if (fd < 0)
        return errno;
    int error = write_all(fd, job->bytes, job->len) ? 0 : errno;
    if (close(fd) && !error)
        error = errno;
    if (!error && job->file && job->replace && rename(job->path, job->file))
        error = errno;
    if (error)
        (void)unlink(job->path); /* half a table is worse than none */
    return error;
}

/* The end of a path is what tells most. */
static void shorten(char out[SHOWN_BYTES], const char *path)
{
    char clean[PATH_MAX];
    (void)text_clean(clean, sizeof clean, path, strlen(path), false);
    size_t len = strlen(clean), skip = len < SHOWN_BYTES - 4 ? 0 : len - (SHOWN_BYTES - 8);
    while (((unsigned char)clean[skip] & 0xC0) == 0x80)
        skip++;
    snprintf(out, SHOWN_BYTES, "%s%.150s", skip ? "..." : "", clean + skip);
}

static void say(struct export_job *job, int error)
{
    char folder[PATH_MAX] = "", shown[SHOWN_BYTES], size[32];
    const char *name = job->file ? job->file : job->path;
    if (*name != '/' && !getcwd(folder, sizeof folder))
        snprintf(folder, sizeof folder, ".");
    char *whole = *name == '/' ? xstrdup(name) : xasprintf("%s/%s", folder, name);
    shorten(shown, whole);
    free(whole);
    if (!error)
        snprintf(job->sentence, sizeof job->sentence, "wrote %s (%s)", shown,
                 text_bytes(size, sizeof size, (long long)job->len));
    else if (error == EEXIST && job->file && !job->replace)
        snprintf(job->sentence, sizeof job->sentence,
                 "%s is there already: nothing was written (:export! replaces it)", shown);
    else if (error == ENOTSUP)
        snprintf(job->sentence, sizeof job->sentence, "%s is no ordinary file: nothing was written", shown);
    else
        snprintf(job->sentence, sizeof job->sentence, "cannot write %s: %s", shown, strerror(error));
}

static void *work(void *arg)
{
    struct export_job *job = arg;
    pthread_setname_np(pthread_self(), "export");
    if (job->shot)
        job->bytes = shot_bytes(job->shot, job->format, &job->len);
    int error = write_file(job);
    say(job, error);
    job->ok = !error;
    atomic_store_explicit(&job->ended, true, memory_order_release);
    uint64_t one = 1;
    ssize_t n = write(job->wake_fd, &one, sizeof one);
    (void)n; /* the screen looks by itself within a second, too */
    return NULL;
}

static void free_job(struct export_job *job)
{
    shot_free(job->shot);
    free(job->bytes);
    free(job->stem);
    free(job->ending);
    free(job->file);
    free(job->path);
    free(job);
}

static char *at_home(const char *file)
{
    const char *home = getenv("HOME");
    return !strncmp(file, "~/", 2) && home && *home ? xasprintf("%s%s", home, file + 1) : xstrdup(file);
}

struct export_job *export_start(const struct export_order *o, char *err, size_t err_cap)
{
    struct export_job *job = xcalloc(1, sizeof *job);
    *job = (struct export_job){.bytes = o->bytes,
                               .len = o->len,
                               .shot = o->shot,
                               .format = o->format,
                               .stem = xstrdup(o->stem),
                               .ending = xstrdup(o->ending),
                               .file = o->file ? at_home(o->file) : NULL,
                               .replace = o->replace,
                               .wake_fd = o->wake_fd};
    int error = pthread_create(&job->thread, NULL, work, job);
    if (error) {
        snprintf(err, err_cap, "cannot start writing: %s", strerror(error));
        free_job(job);
        return NULL;
    }
    return job;
}

void export_finish(struct export_job *job)
{
    if (!job)
        return;
    (void)pthread_join(job->thread, NULL);
    free_job(job);
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
