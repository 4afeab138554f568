#include "program.h"

#include "base/clock.h"
#include "base/text.h"
#include "base/xalloc.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { LIMIT_MS = 60000, LOOK_MS = 5, ARGUMENTS = 64 };

static void die(const char *what)
{
    fprintf(stderr, "%s: %s\n", what, strerror(errno));
    abort();
}

struct program *program_new(void)
{
    struct program *p = xcalloc(1, sizeof *p);
    const char *tmp = getenv("TMPDIR");
    snprintf(p->folder, sizeof p->folder, "%s/sfcrime-XXXXXX", tmp && *tmp ? tmp : "/tmp");
    if (!mkdtemp(p->folder))
        die(p->folder);
    return p;
}

static int remove_one(const char *path, const struct stat *st, int kind, struct FTW *where)
{
    return remove(path);
}

void program_free(struct program *p)
{
    nftw(p->folder, remove_one, 8, FTW_DEPTH | FTW_PHYS);
    for (size_t i = 0; i < p->path_count; i++)
        free(p->paths[i]);
    free(p->paths);
    free(p->out);
    free(p->err);
    free(p);
}

const char *program_path(struct program *p, const char *name)
{
    p->paths = xreallocarray(p->paths, p->path_count + 1, sizeof *p->paths);
    return p->paths[p->path_count++] = xasprintf("%s/%s", p->folder, name);
}

void program_write(struct program *p, const char *name, const char *text)
{
    FILE *f = fopen(program_path(p, name), "w");
    if (!f || fputs(text, f) < 0 || fclose(f) != 0)
        die(name);
}

char *program_read(struct program *p, const char *name)
{
    FILE *f = fopen(program_path(p, name), "r");
    if (!f)
        return NULL;
    struct strbuf b = {0};
    char block[4096];
    for (size_t n; (n = fread(block, 1, sizeof block, f)) > 0;)
        strbuf_add(&b, block, n);
    fclose(f);
    return b.data ? b.data : xstrdup("");
}

static pid_t start(struct program *p, const char *const *arguments)
{
    const char *bin = getenv("SFCRIME_BIN");
    const char *argv[ARGUMENTS] = {bin && *bin ? bin : "build/sfcrime-tui"};
    for (int i = 0; arguments[i]; i++) {
        if (i + 2 >= ARGUMENTS)
            die("too many arguments");
        argv[i + 1] = arguments[i];
    }
    const char *in = program_path(p, "stdin"), *out = program_path(p, "stdout"),
               *err = program_path(p, "stderr");
    pid_t pid = fork();
    if (pid < 0)
        die("fork");
    if (pid > 0)
        return pid;
    if (!freopen(access(in, R_OK) == 0 ? in : "/dev/null", "r", stdin) || !freopen(out, "w", stdout) ||
        !freopen(err, "w", stderr))
        _exit(126);
    for (int fd = 0; p->closed && fd <= STDERR_FILENO; fd++)
        close(fd);
    execv(argv[0], (char *const *)argv);
    _exit(127);
}

static bool has_line(struct program *p, const char *name)
{
    char *text = program_read(p, name);
    bool has = text && strchr(text, '\n');
    free(text);
    return has;
}

static void wait_for(struct program *p, pid_t pid, int sig, const char *when_file)
{
    int64_t until_ms = clock_mono_ms() + LIMIT_MS;
    int status;
    for (pid_t got; (got = waitpid(pid, &status, WNOHANG)) != pid; poll(NULL, 0, LOOK_MS)) {
        if (got < 0 && errno != EINTR)
            die("waitpid");
        if (sig && has_line(p, when_file)) {
            kill(pid, sig);
            sig = 0;
        }
        if (clock_mono_ms() > until_ms) {
            kill(pid, SIGKILL);
            waitpid(pid, &status, 0);
            p->status = -1;
            return;
        }
    }
    p->status = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

void program_run_signal(struct program *p, int sig, const char *when_file, const char *const *arguments)
{
    wait_for(p, start(p, arguments), sig, when_file);
    free(p->out);
    free(p->err);
    p->out = program_read(p, "stdout");
    p->err = program_read(p, "stderr");
}

void program_run(struct program *p, const char *const *arguments)
{
    program_run_signal(p, 0, NULL, arguments);
}

void program_run_input(struct program *p, const char *input, const char *const *arguments)
{
    program_write(p, "stdin", input);
    program_run(p, arguments);
    unlink(program_path(p, "stdin"));
}

size_t program_lines(const char *text)
{
    size_t n = 0;
    for (; text && *text; text++)
        n += *text == '\n';
    return n;
}

bool program_says(const char *text, const char *word)
{
    return text && strstr(text, word);
}
