#include "stage.h"

#include "base/clock.h"
#include "base/text.h"
#include "base/xalloc.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define CHILD_MS 120000 /* a child that runs longer hangs */

void die(const char *what, const char *detail)
{
    printf("not ok - %s\n    %s\n", what, detail);
    exit(1);
}

int64_t env_number(const char *name, int64_t otherwise)
{
    const char *text = env_text(name);
    return text ? strtoll(text, NULL, 10) : otherwise;
}

const char *env_text(const char *name)
{
    const char *text = getenv(name);
    return text && *text ? text : NULL;
}

uint64_t next_random(uint64_t *state)
{
    uint64_t x = (*state += 0x9e3779b97f4a7c15u);
    x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9u;
    x = (x ^ (x >> 27)) * 0x94d049bb133111ebu;
    return x ^ (x >> 31);
}

void nap_us(int64_t us)
{
    struct timespec t = {.tv_sec = us / 1000000, .tv_nsec = us % 1000000 * 1000};
    while (nanosleep(&t, &t) != 0 && errno == EINTR)
        ;
}

const char *find_program(int argc, char **argv, const char *test_name)
{
    const char *program = argc > 1 ? argv[1] : env_text("SFCRIME_BIN");
    if (program && access(program, X_OK) == 0)
        return program;
    printf("skip - %s: no program to run (name it, or set SFCRIME_BIN)\n", test_name);
    return NULL;
}

/* ---- files ---- */

char *new_folder(const char *prefix)
{
    const char *tmp = env_text("TMPDIR");
    char *dir = xasprintf("%s/%s-XXXXXX", tmp ? tmp : "/tmp", prefix);
    if (!mkdtemp(dir))
        die(dir, strerror(errno));
    return dir;
}

char *read_whole(const char *path, size_t *len)
{
    struct strbuf all = {0};
    char chunk[4096];
    size_t n;
    FILE *f = fopen(path, "r");
    if (!f)
        die(path, strerror(errno));
    while ((n = fread(chunk, 1, sizeof chunk, f)) > 0)
        strbuf_add(&all, chunk, n);
    if (ferror(f))
        die(path, strerror(errno));
    fclose(f);
    if (len)
        *len = all.len;
    return all.data ? all.data : xstrdup("");
}

void write_whole(const char *path, const void *bytes, size_t len)
{
    FILE *f = fopen(path, "w");
    if (!f || fwrite(bytes, 1, len, f) != len || fclose(f) != 0)
        die(path, strerror(errno));
}

bool is_there(const char *path)
{
    return access(path, F_OK) == 0;
}

void make_folder(const char *path)
{
    if (mkdir(path, 0777) != 0)
        die(path, strerror(errno));
}

void copy_file(const char *from, const char *to)
{
    size_t len;
    char *bytes = read_whole(from, &len);
    write_whole(to, bytes, len);
    free(bytes);
}

/* Calls each() with the two paths of every entry of a folder; to may be NULL. */
static void for_each_entry(const char *from, const char *to, void (*each)(const char *from, const char *to))
{
    DIR *d = opendir(from);
    for (struct dirent *e; d && (e = readdir(d));) {
        if (strcmp(e->d_name, ".") == 0 || strcmp(e->d_name, "..") == 0)
            continue;
        char *inner = xasprintf("%s/%s", from, e->d_name);
        char *other = to ? xasprintf("%s/%s", to, e->d_name) : NULL;
        each(inner, other);
        free(inner);
        free(other);
    }
    if (d)
        closedir(d);
}

static void copy_entry(const char *from, const char *to)
{
    struct stat st;
    if (stat(from, &st) == 0 && S_ISDIR(st.st_mode))
        copy_tree(from, to);
    else
        copy_file(from, to);
}

void copy_tree(const char *from, const char *to)
{
    make_folder(to);
    for_each_entry(from, to, copy_entry);
}

static void remove_entry(const char *path, const char *ignored)
{
    (void)ignored;
    if (unlink(path) != 0)
        remove_tree(path);
}

void remove_tree(const char *path)
{
    for_each_entry(path, NULL, remove_entry);
    rmdir(path);
}

/* ---- children ---- */

void args_add(struct args *a, const char *piece)
{
    if (a->n + 1 >= sizeof a->v / sizeof a->v[0])
        die("too many arguments", piece);
    a->v[a->n++] = xstrdup(piece);
}

void args_set(struct args *a, const char *fmt, ...)
{
    char text[600];
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(text, sizeof text, fmt, ap);
    va_end(ap);
    args_add(a, "-S");
    args_add(a, text);
}

void args_free(struct args *a)
{
    for (size_t i = 0; i < a->n; i++)
        free(a->v[i]);
    *a = (struct args){0};
}

pid_t start_child(struct args *args, const char *log)
{
    pid_t pid = fork();
    if (pid < 0)
        die("fork", strerror(errno));
    if (pid > 0)
        return pid;
    int fd = open(log, O_WRONLY | O_CREAT | O_TRUNC, 0666), null = open("/dev/null", O_RDONLY);
    if (fd < 0 || null < 0 || dup2(null, 0) < 0 || dup2(fd, 1) < 0 || dup2(fd, 2) < 0)
        _exit(126);
    execv(args->v[0], args->v);
    _exit(127);
}

void tell_log(const char *log)
{
    char line[600];
    FILE *f = fopen(log, "r");
    while (f && fgets(line, sizeof line, f))
        printf("    %s", line);
    if (f)
        fclose(f);
    fflush(stdout);
}

int wait_for_end(pid_t pid, const char *what, const char *log, void (*where)(void *arg), void *arg)
{
    int64_t from_ms = clock_mono_ms();
    int status = 0;
    while (waitpid(pid, &status, WNOHANG) == 0) {
        if (where)
            where(arg);
        if (clock_mono_ms() - from_ms > CHILD_MS) {
            kill(pid, SIGKILL);
            waitpid(pid, &status, 0);
            tell_log(log);
            die(what, "a run does not come to its end");
        }
        nap_us(500);
    }
    if (!WIFEXITED(status)) {
        tell_log(log);
        die(what, "a run was ended by a signal");
    }
    return WEXITSTATUS(status);
}

bool ended_before(pid_t pid, int64_t delay_us, const char *what, const char *log)
{
    int status = 0;
    nap_us(delay_us);
    kill(pid, SIGKILL);
    if (waitpid(pid, &status, 0) != pid)
        die(what, strerror(errno));
    if (WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL)
        return false;
    if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) {
        tell_log(log);
        die(what, "a resumed run ended badly");
    }
    return true;
}
