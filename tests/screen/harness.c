/* Runs screen cases (tests/screen/cases): `harness CASE...`. The program under test is $SFCRIME_BIN. For each
 * case one line `ok - title` or `not ok - title`, the latter with the reason and the screen as it was. Exit
 * status 1 when any failed. TEST_TIME_FACTOR stretches all deadlines; TEST_SOURCE is what $SRC stands for. */
#include "case_file.h"
#include "steps.h"
#include "term.h"

#include "base/xalloc.h"

#include <errno.h>
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* The whole environment of the program: nothing of the caller's taste leaks in, only what sanitizers need. */
static const char *const passed_on[] = {"PATH",          "ASAN_OPTIONS",    "LSAN_OPTIONS", "TSAN_OPTIONS",
                                        "UBSAN_OPTIONS", "LD_LIBRARY_PATH", "SFCRIME_BIN"};

struct environment {
    char **list;
    size_t count;
};

/* Later settings replace earlier ones; a setting without '=' takes the name away. Owns setting. */
static void environment_set(struct environment *e, char *setting)
{
    size_t name = strcspn(setting, "=");

    for (size_t i = 0; i < e->count; i++) {
        if (strncmp(e->list[i], setting, name) == 0 && e->list[i][name] == '=') {
            free(e->list[i]);
            e->list[i] = e->list[--e->count];
            break;
        }
    }
    if (setting[name] == '=') {
        e->list = xreallocarray(e->list, e->count + 2, sizeof *e->list);
        e->list[e->count++] = setting;
    } else {
        free(setting);
    }
    if (e->list)
        e->list[e->count] = NULL;
}

static struct environment environment_new(const struct screen_case *c, const char *tmp)
{
    struct environment e = {0};

    for (size_t i = 0; i < sizeof passed_on / sizeof *passed_on; i++) {
        const char *value = getenv(passed_on[i]);
        if (value)
            environment_set(&e, xasprintf("%s=%s", passed_on[i], value));
    }
    environment_set(&e, xasprintf("HOME=%s", tmp));
    environment_set(&e, xasprintf("TMPDIR=%s", tmp));
    environment_set(&e, xasprintf("XDG_CONFIG_HOME=%s/config", tmp));
    environment_set(&e, xasprintf("XDG_STATE_HOME=%s/state", tmp));
    environment_set(&e, xstrdup("TERM=xterm-256color"));
    environment_set(&e, xstrdup("LANG=C.UTF-8"));
    for (size_t i = 0; i < c->env_count; i++)
        environment_set(&e, xstrdup(c->env[i]));
    return e;
}

static bool write_data(const struct screen_case *c, const char *tmp, char *err, size_t err_cap)
{
    bool ok = true;

    for (size_t i = 0; ok && i < c->data_count; i++) {
        char *path = xasprintf("%s/%s", tmp, c->data[i].name);
        FILE *f = fopen(path, "we");
        ok = f && fwrite(c->data[i].content, 1, c->data[i].len, f) == c->data[i].len;
        if (f && fclose(f) != 0)
            ok = false;
        if (!ok)
            snprintf(err, err_cap, "cannot write %s: %s", path, strerror(errno));
        free(path);
    }
    return ok;
}

static bool run_case(const struct screen_case *c, const char *tmp, double time_factor)
{
    const char *program = c->program ? c->program : getenv("SFCRIME_BIN");
    struct environment e = environment_new(c, tmp);
    char **argv = xcalloc(c->args_count + 2, sizeof *argv);
    char why[512] = "";
    struct term *t = NULL;
    bool ok = false;

    if (!program) {
        snprintf(why, sizeof why, "SFCRIME_BIN is not set");
    } else if (write_data(c, tmp, why, sizeof why)) {
        argv[0] = xstrdup(program);
        for (size_t i = 0; i < c->args_count; i++)
            argv[i + 1] = c->args[i];
        t = term_start(c->rows, c->cols, argv, e.list, why, sizeof why);
        ok = t && steps_run(t, c, time_factor, why, sizeof why);
    }
    printf("%s - %s\n", ok ? "ok" : "not ok", c->title);
    if (!ok) {
        printf("# %s: %s\n", c->path, why);
        if (t)
            steps_show(t, stdout, "#   |");
    }
    fflush(stdout);
    term_end(t);
    for (size_t i = 0; i < e.count; i++)
        free(e.list[i]);
    free(e.list);
    free(argv[0]);
    free(argv);
    return ok;
}

static void remove_folder(const char *tmp)
{
    char *command = xasprintf("rm -rf '%s'", tmp);
    if (system(command) != 0)
        printf("# could not remove %s\n", tmp);
    free(command);
}

int main(int argc, char **argv)
{
    const char *factor = getenv("TEST_TIME_FACTOR"), *source = getenv("TEST_SOURCE"),
               *base = getenv("TMPDIR");
    double time_factor = factor ? strtod(factor, NULL) : 1;
    int failures = 0;

    if (!(time_factor > 0))
        time_factor = 1;
    /* Regular expressions take UTF-8 characters as one. */
    setlocale(LC_ALL, "C.UTF-8");
    for (int i = 1; i < argc; i++) {
        char *tmp = xasprintf("%s/sfcrime-screen-XXXXXX", base && *base ? base : "/tmp");
        struct screen_case c;
        char err[512];

        if (!mkdtemp(tmp)) {
            perror("mkdtemp");
            free(tmp);
            return 1;
        }
        if (!case_read(&c, argv[i], tmp, source ? source : ".", err, sizeof err)) {
            printf("not ok - %s\n# %s\n", argv[i], err);
            failures++;
        } else if (!run_case(&c, tmp, time_factor)) {
            failures++;
        }
        case_free(&c);
        remove_folder(tmp);
        free(tmp);
    }
    return failures > 0;
}
