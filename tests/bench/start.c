/* Measures from outside, through a pseudo-terminal, what a user waits for: `start PROGRAM [ARGUMENT...]`
 * launches the program ten times and prints how long it takes until the table has its first row painted, then
 * how much processor time it takes while it runs live and while all is paused. */
#include "screen/match.h"
#include "screen/term.h"

#include "base/clock.h"
#include "base/xalloc.h"

#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define RUNS        10
#define ROWS        24
#define COLS        80
#define DEADLINE_MS 15000
#define IDLE_MS     5000

/* A row of the table, at the left edge: a name, its count and its share. */
#define TABLE_ROW "/^[^[:alnum:]]*[[:alpha:]][^0-9]* +[0-9,]+ +[0-9]{1,3}(\\.[0-9])? /"

static bool wait_for(struct term *t, const char *source)
{
    int64_t deadline_ms = clock_mono_ms() + DEADLINE_MS;
    struct pattern p;
    bool found = false;
    int status;
    char err[160];

    if (!pattern_read(&p, &source, err, sizeof err)) {
        fprintf(stderr, "start: %s\n", err);
        return false;
    }
    for (;;) {
        char line[TERM_LINE];
        for (int row = 0; row < ROWS && !found; row++) {
            term_row(t, row, line);
            found = pattern_in_line(&p, line);
        }
        if (found || clock_mono_ms() > deadline_ms || term_life(t, &status) == TERM_EXITED)
            break;
        term_pump(t, 100);
    }
    pattern_free(&p);
    return found;
}

/* Processor time of a process in milliseconds; -1 when it is gone. */
static double cpu_ms(pid_t pid)
{
    char path[64], text[1024];
    unsigned long user = 0, kernel = 0;

    snprintf(path, sizeof path, "/proc/%d/stat", (int)pid);
    FILE *f = fopen(path, "re");
    if (!f)
        return -1;
    size_t n = fread(text, 1, sizeof text - 1, f);
    fclose(f);
    text[n] = '\0';
    /* The name in brackets may hold blanks: fields are counted from its end; user time is the twelfth after
     * it. */
    char *at = strrchr(text, ')');
    for (int field = 0; at && field < 12; field++)
        at = strchr(at + 1, ' ');
    if (!at)
        return -1;
    user = strtoul(at, &at, 10);
    kernel = strtoul(at, NULL, 10);
    return 1000.0 * (double)(user + kernel) / (double)sysconf(_SC_CLK_TCK);
}

static double cpu_percent(struct term *t)
{
    int64_t started_ms = clock_mono_ms();
    double before = cpu_ms(term_pid(t));

    while (clock_mono_ms() < started_ms + IDLE_MS)
        term_pump(t, 100);
    return 100 * (cpu_ms(term_pid(t)) - before) / (double)(clock_mono_ms() - started_ms);
}

static int by_size(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static bool measure(char **argv, char **envp, double first_ms[RUNS])
{
    char err[200];

    for (int i = 0; i < RUNS; i++) {
        int64_t started_ns = clock_mono_ns();
        struct term *t = term_start(ROWS, COLS, argv, envp, err, sizeof err);
        if (!t || !wait_for(t, TABLE_ROW)) {
            fprintf(stderr, "start: no table within %d s%s%s\n", DEADLINE_MS / 1000, t ? "" : ": ",
                    t ? "" : err);
            term_end(t);
            return false;
        }
        first_ms[i] = (double)(clock_mono_ns() - started_ns) / 1e6;
        if (i == RUNS - 1) {
            size_t bytes = term_bytes(t)->total;
            double live = cpu_percent(t);
            printf("live at the default rate: %.1f %% CPU, %zu bytes/s to the terminal\n", live,
                   (term_bytes(t)->total - bytes) * 1000 / IDLE_MS);
            term_type(t, " p", 2);
            if (!wait_for(t, "/PAUSED/")) {
                fprintf(stderr, "start: it does not pause\n");
                term_end(t);
                return false;
            }
            bytes = term_bytes(t)->total;
            double paused = cpu_percent(t);
            printf("paused: %.1f %% CPU, %zu bytes/s to the terminal\n", paused,
                   (term_bytes(t)->total - bytes) * 1000 / IDLE_MS);
        }
        term_end(t);
    }
    return true;
}

int main(int argc, char **argv)
{
    char *envp[] = {xasprintf("PATH=%s", getenv("PATH") ? getenv("PATH") : "/usr/bin:/bin"),
                    xstrdup("TERM=xterm-256color"), xstrdup("LANG=C.UTF-8"), xstrdup("HOME=/"), NULL};
    double first_ms[RUNS];

    setlocale(LC_ALL, "C.UTF-8");
    if (argc < 2) {
        fprintf(stderr, "usage: start PROGRAM [ARGUMENT...]\n");
        return 2;
    }
    bool ok = measure(argv + 1, envp, first_ms);
    if (ok) {
        qsort(first_ms, RUNS, sizeof *first_ms, by_size);
        printf("launch to first painted table: p50 %.0f ms, best %.0f ms, worst %.0f ms over %d runs\n",
               (first_ms[RUNS / 2 - 1] + first_ms[RUNS / 2]) / 2, first_ms[0], first_ms[RUNS - 1], RUNS);
    }
    for (size_t i = 0; envp[i]; i++)
        free(envp[i]);
    return ok ? 0 : 1;
}
