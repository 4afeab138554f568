#include "spark/process.h"

#include "base/text.h"
#include "base/xalloc.h"
#include "log.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define OWN_NAME "sfcrime-spark: "
enum { LINE_BYTES = 2000, READ_MOST = 64, BOUND_MOST = 8, LEAVE_MS = 1000 };

struct job_process {
    pid_t pid;
    int out_fd; /* of its standard output and error; -1 = closed */
    bool lives;
    int status; /* of waitpid */
    const char *const *secrets;
    char line[LINE_BYTES];
    size_t len;
    bool cut; /* the rest of an overlong line is left out */
    char reason[300];
    char last[200]; /* the last line of whatever kind */
};

/* ---- those that end with this program, also where the engine thread has no say in it any more ---- */

static pthread_mutex_t bound_lock = PTHREAD_MUTEX_INITIALIZER;
static struct {
    pid_t pid; /* of their groups; 0 = a free place */
    char settings[PATH_MAX];
} bound[BOUND_MOST];
static bool leaving;

/* Under the lock. */
static bool bind_to_us(pid_t pid, const char *settings)
{
    for (int i = 0; i < BOUND_MOST; i++)
        if (bound[i].pid == 0) {
            bound[i].pid = pid;
            snprintf(bound[i].settings, sizeof bound[i].settings, "%s", settings);
            return true;
        }
    return false;
}

static void unbind(pid_t pid)
{
    (void)pthread_mutex_lock(&bound_lock);
    for (int i = 0; i < BOUND_MOST; i++)
        if (bound[i].pid == pid)
            bound[i].pid = 0;
    (void)pthread_mutex_unlock(&bound_lock);
}

void process_kill_bound(void)
{
    struct timespec until;
    (void)clock_gettime(CLOCK_REALTIME, &until);
    until.tv_sec += LEAVE_MS / 1000;
    /* One may just be started: it is waited for, but nobody who insists on the end waits for ever. */
    bool locked = pthread_mutex_timedlock(&bound_lock, &until) == 0;
    leaving = true;
    for (int i = 0; i < BOUND_MOST; i++) {
        if (bound[i].pid <= 1)
            continue;
        (void)kill(-bound[i].pid, SIGKILL);
        /* There may be a password in it. */
        char *slash = strrchr(bound[i].settings, '/');
        if (slash && unlink(bound[i].settings) == 0) {
            *slash = '\0';
            (void)rmdir(bound[i].settings);
        }
    }
    if (locked)
        (void)pthread_mutex_unlock(&bound_lock);
}

/* ---- start ---- */

/* Its standard input is empty, output and error are ours to read, everything else is closed; it gets the
 * signals that our threads block. */
static int prepare(posix_spawn_file_actions_t *files, posix_spawnattr_t *attributes, int out_fd)
{
    sigset_t none, all;
    (void)sigemptyset(&none);
    (void)sigfillset(&all);
    int rc = posix_spawn_file_actions_addopen(files, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    if (!rc)
        rc = posix_spawn_file_actions_adddup2(files, out_fd, STDOUT_FILENO);
    if (!rc)
        rc = posix_spawn_file_actions_adddup2(files, out_fd, STDERR_FILENO);
    if (!rc)
        rc = posix_spawn_file_actions_addclosefrom_np(files, STDERR_FILENO + 1);
    if (!rc)
        rc = posix_spawnattr_setsigmask(attributes, &none);
    if (!rc)
        rc = posix_spawnattr_setsigdefault(attributes, &all);
    if (!rc)
        rc = posix_spawnattr_setpgroup(attributes, 0);
    if (!rc)
        rc = posix_spawnattr_setflags(attributes,
                                      POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETPGROUP);
    return rc;
}

static int spawn(pid_t *pid, char *const *argv, int out_fd)
{
    posix_spawn_file_actions_t files;
    posix_spawnattr_t attributes;
    int rc = posix_spawn_file_actions_init(&files);
    if (rc)
        return rc;
    rc = posix_spawnattr_init(&attributes);
    if (!rc) {
        rc = prepare(&files, &attributes, out_fd);
        if (!rc)
            rc = posix_spawnp(pid, argv[0], &files, &attributes, argv, environ);
        posix_spawnattr_destroy(&attributes);
    }
    posix_spawn_file_actions_destroy(&files);
    return rc;
}

/* The lock is held until it is known which process it is: whoever ends this program meanwhile waits for that.
 */
static int spawn_bound(pid_t *pid, char *const *argv, int out_fd, const char *settings)
{
    (void)pthread_mutex_lock(&bound_lock);
    int rc = leaving ? ECANCELED : spawn(pid, argv, out_fd);
    if (!rc && settings && !bind_to_us(*pid, settings))
        log_line(LOG_WARNING, "spark", "process %lld may outlive this program", (long long)*pid);
    (void)pthread_mutex_unlock(&bound_lock);
    return rc;
}

struct job_process *process_start(char *const *argv, const char *const *secrets, const char *settings,
                                  char *err, size_t err_cap)
{
    int fds[2];
    if (pipe2(fds, O_CLOEXEC) < 0) {
        snprintf(err, err_cap, "the job cannot be started: no pipe: %s", strerror(errno));
        return NULL;
    }
    pid_t pid = 0;
    int rc = fcntl(fds[0], F_SETFL, O_NONBLOCK) < 0 ? errno : spawn_bound(&pid, argv, fds[1], settings);
    close(fds[1]);
    if (rc) {
        char shown[200];
        text_clean(shown, sizeof shown, argv[0], strlen(argv[0]), false);
        snprintf(err, err_cap, "the job cannot be started: %s: %s%s", shown, strerror(rc),
                 rc == ENOENT ? " (name the interpreter in [spark] python)" : "");
        close(fds[0]);
        return NULL;
    }
    struct job_process *p = xcalloc(1, sizeof *p);
    p->pid = pid;
    p->out_fd = fds[0];
    p->lives = true;
    p->secrets = secrets;
    return p;
}

/* ---- what it says ---- */

static void mask(char *text, const char *const *secrets)
{
    for (; secrets && *secrets; secrets++) {
        size_t len = strlen(*secrets);
        if (len < 3)
            continue; /* would star out half of every line and hide nothing */
        for (char *at = text; (at = strstr(at, *secrets)); at += len)
            memset(at, '*', len);
    }
}

/* By the word that log4j or Python's logging puts near the beginning of a line. */
static enum log_level level_of(const char *line)
{
    static const struct {
        const char *word;
        enum log_level level;
    } words[] = {
        {" ERROR ", LOG_ERROR},  {" FATAL ", LOG_CRITICAL},  {" CRITICAL ", LOG_CRITICAL},
        {" WARN ", LOG_WARNING}, {" WARNING ", LOG_WARNING}, {" INFO ", LOG_INFO},
        {" DEBUG ", LOG_DEBUG},  {" TRACE ", LOG_DEBUG},
    };
    char head[60];
    snprintf(head, sizeof head, "%.59s", line);
    const char *first = NULL;
    enum log_level level = LOG_INFO;
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        const char *at = strstr(head, words[i].word);
        if (at && (!first || at < first)) {
            first = at;
            level = words[i].level;
        }
    }
    return level;
}

static void say_line(struct job_process *p)
{
    char clean[LOG_TEXT_MAX];
    p->line[p->len] = '\0';
    mask(p->line, p->secrets);
    text_clean(clean, sizeof clean, p->line, strlen(p->line), false);
    p->len = 0;
    p->cut = false;
    bool own = strncmp(clean, OWN_NAME, strlen(OWN_NAME)) == 0;
    if (own)
        snprintf(p->reason, sizeof p->reason, "%.*s", (int)sizeof p->reason - 1, clean + strlen(OWN_NAME));
    if (clean[0])
        snprintf(p->last, sizeof p->last, "%.*s", (int)sizeof p->last - 1, clean);
    if (clean[0])
        log_line(own ? LOG_ERROR : level_of(clean), "spark", "%s", clean);
}

static void take(struct job_process *p, const char *bytes, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        char c = bytes[i];
        if (c == '\n' || c == '\r') {
            if (p->len > 0)
                say_line(p);
            p->cut = false;
        } else if (!p->cut && c != '\0') {
            p->line[p->len++] = c == '\t' ? ' ' : c; /* Java's stack traces */
            if (p->len == LINE_BYTES - 1) {
                say_line(p);
                p->cut = true;
            }
        }
    }
}

void process_read(struct job_process *p)
{
    char bytes[4096];
    for (int i = 0; i < READ_MOST && p->out_fd >= 0; i++) {
        ssize_t n = read(p->out_fd, bytes, sizeof bytes);
        if (n > 0) {
            take(p, bytes, (size_t)n);
            continue;
        }
        if (n < 0 && (errno == EAGAIN || errno == EINTR))
            return;
        if (p->len > 0)
            say_line(p);
        close(p->out_fd);
        p->out_fd = -1;
    }
}

int process_fd(const struct job_process *p)
{
    return p->out_fd;
}

/* ---- its end ---- */

pid_t process_pid(const struct job_process *p)
{
    return p->pid;
}

bool process_lives(struct job_process *p)
{
    if (p->lives && waitpid(p->pid, &p->status, WNOHANG) == p->pid) {
        p->lives = false;
        process_read(p);
    }
    return p->lives;
}

int process_status(const struct job_process *p)
{
    return WIFEXITED(p->status) ? WEXITSTATUS(p->status) : -1;
}

void process_ending(const struct job_process *p, char *out, size_t cap)
{
    if (WIFSIGNALED(p->status))
        snprintf(out, cap, "its process was killed by signal %d", WTERMSIG(p->status));
    else
        snprintf(out, cap, "its process ended with status %d%s%s", process_status(p), p->last[0] ? ": " : "",
                 p->last);
}

const char *process_reason(const struct job_process *p)
{
    return p->reason;
}

void process_signal(const struct job_process *p, bool all)
{
    if (all)
        (void)kill(-p->pid, SIGKILL); /* also what it has left behind */
    else if (p->lives)
        (void)kill(p->pid, SIGTERM);
}

bool process_left(const struct job_process *p)
{
    return p->lives || kill(-p->pid, 0) == 0 || errno == EPERM;
}

void process_free(struct job_process *p)
{
    if (!p)
        return;
    unbind(p->pid);
    if (p->out_fd >= 0)
        close(p->out_fd);
    free(p);
}
