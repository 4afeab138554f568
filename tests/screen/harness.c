/* Runs screen cases (tests/screen/cases): `harness CASE...`. The program under test is $SFCRIME_BIN. For each
 * case one line `ok - title` or `not ok - title`, the latter with the reason and the screen as it was. Exit
 * status 1 when any failed. TEST_TIME_FACTOR stretches all deadlines; TEST_SOURCE is what $SRC stands for. */
#include "case_file.h"
#include "environment.h"
#include "steps.h"
#include "term.h"

#include "base/xalloc.h"

#include <errno.h>
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

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

/* The program starts in the case's own folder: what it writes must not end up in anybody's checkout. */
static struct term *start_in(const char *folder, const struct screen_case *c, char **argv, char **env,
                             char *why, size_t why_cap)
{
    char *here = getcwd(NULL, 0);
    struct term *t = NULL;
    if (!here || chdir(folder) != 0)
        snprintf(why, why_cap, "cannot go to %s: %s", folder, strerror(errno));
    else
        t = term_start(c->rows, c->cols, argv, env, why, why_cap);
    if (here && chdir(here) != 0) {
        snprintf(why, why_cap, "cannot go back to %s: %s", here, strerror(errno));
        term_end(t);
        t = NULL;
    }
    free(here);
    return t;
}

static bool run_case(const struct screen_case *c, const char *tmp, double time_factor)
{
    /* Where it is must not depend on where it is started. */
    char *tested = getenv("SFCRIME_BIN") ? realpath(getenv("SFCRIME_BIN"), NULL) : NULL;
    const char *program = c->program ? c->program : tested;
    struct environment e = environment_new(tmp);
    char **argv = xcalloc(c->args_count + 2, sizeof *argv);
    char why[512] = "";
    struct term *t = NULL;
    bool ok = false;

    if (tested)
        environment_set(&e, xasprintf("SFCRIME_BIN=%s", tested));
    for (size_t i = 0; i < c->env_count; i++)
        environment_set(&e, xstrdup(c->env[i]));
    if (!program) {
        snprintf(why, sizeof why, "SFCRIME_BIN is not set, or names no program");
    } else if (write_data(c, tmp, why, sizeof why)) {
        argv[0] = xstrdup(program);
        for (size_t i = 0; i < c->args_count; i++)
            argv[i + 1] = c->args[i];
        t = start_in(tmp, c, argv, e.list, why, sizeof why);
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
    environment_free(&e);
    free(argv[0]);
    free(tested);
    free(argv);
    return ok;
}

int main(int argc, char **argv)
{
    const char *factor = getenv("TEST_TIME_FACTOR"), *named = getenv("TEST_SOURCE");
    char *source = realpath(named ? named : ".", NULL);
    double time_factor = factor ? strtod(factor, NULL) : 1;
    int failures = 0;

    if (!(time_factor > 0))
        time_factor = 1;
    /* Regular expressions take UTF-8 characters as one. */
    setlocale(LC_ALL, "C.UTF-8");
    if (!source) {
        perror("TEST_SOURCE");
        return 1;
    }
    for (int i = 1; i < argc; i++) {
        char *tmp = folder_new();
        struct screen_case c;
        char err[512];

        if (!tmp) {
            perror("mkdtemp");
            return 1;
        }
        if (!case_read(&c, argv[i], tmp, source, err, sizeof err)) {
            printf("not ok - %s\n# %s\n", argv[i], err);
            failures++;
        } else if (!run_case(&c, tmp, time_factor)) {
            failures++;
        }
        case_free(&c);
        folder_remove(tmp);
        free(tmp);
    }
    free(source);
    return failures > 0;
}
