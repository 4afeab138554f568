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

static bool run_case(const struct screen_case *c, const char *tmp, double time_factor)
{
    const char *program = c->program ? c->program : getenv("SFCRIME_BIN");
    struct environment e = environment_new(tmp);
    char **argv = xcalloc(c->args_count + 2, sizeof *argv);
    char why[512] = "";
    struct term *t = NULL;
    bool ok = false;

    for (size_t i = 0; i < c->env_count; i++)
        environment_set(&e, xstrdup(c->env[i]));
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
    environment_free(&e);
    free(argv[0]);
    free(argv);
    return ok;
}

int main(int argc, char **argv)
{
    const char *factor = getenv("TEST_TIME_FACTOR"), *source = getenv("TEST_SOURCE");
    double time_factor = factor ? strtod(factor, NULL) : 1;
    int failures = 0;

    if (!(time_factor > 0))
        time_factor = 1;
    /* Regular expressions take UTF-8 characters as one. */
    setlocale(LC_ALL, "C.UTF-8");
    for (int i = 1; i < argc; i++) {
        char *tmp = folder_new();
        struct screen_case c;
        char err[512];

        if (!tmp) {
            perror("mkdtemp");
            return 1;
        }
        if (!case_read(&c, argv[i], tmp, source ? source : ".", err, sizeof err)) {
            printf("not ok - %s\n# %s\n", argv[i], err);
            failures++;
        } else if (!run_case(&c, tmp, time_factor)) {
            failures++;
        }
        case_free(&c);
        folder_remove(tmp);
        free(tmp);
    }
    return failures > 0;
}
