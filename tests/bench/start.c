/* Measures from outside, through a pseudo-terminal, what a user waits for: `start PROGRAM [ARGUMENT...]`
 * launches the program ten times and prints how long it takes until the table has its first row painted, then
 * how much processor time it takes while it runs live and while all is paused. */
#include "terminal.h"

#include "screen/environment.h"

#include "base/clock.h"

#include <locale.h>
#include <stdio.h>
#include <stdlib.h>

#define RUNS        10
#define ROWS        24
#define COLS        80
#define DEADLINE_MS 15000
#define IDLE_MS     5000

/* A row of the table, at the left edge: a name, its count and its share. */
#define TABLE_ROW "/^[^[:alnum:]]*[[:alpha:]][^0-9]* +[0-9,]+ +[0-9]{1,3}(\\.[0-9])? /"

static int by_size(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static bool measure_use(struct term *t)
{
    struct terminal_use live = terminal_use(t, IDLE_MS);
    printf("live at the default rate: %.1f %% CPU, %.0f bytes/s to the terminal\n", live.cpu_percent,
           live.bytes_per_s);
    term_type(t, " p", 2);
    if (!terminal_wait(t, "/PAUSED/", DEADLINE_MS)) {
        fprintf(stderr, "start: it does not pause\n");
        return false;
    }
    struct terminal_use paused = terminal_use(t, IDLE_MS);
    printf("paused: %.1f %% CPU, %.0f bytes/s to the terminal\n", paused.cpu_percent, paused.bytes_per_s);
    return true;
}

static bool measure(char **argv, char **envp, double first_ms[RUNS])
{
    char err[200];
    bool ok = true;

    for (int i = 0; ok && i < RUNS; i++) {
        int64_t started_ns = clock_mono_ns();
        struct term *t = term_start(ROWS, COLS, argv, envp, err, sizeof err);
        ok = t && terminal_wait(t, TABLE_ROW, DEADLINE_MS);
        if (!ok)
            fprintf(stderr, "start: no table within %d s%s%s\n", DEADLINE_MS / 1000, t ? "" : ": ",
                    t ? "" : err);
        first_ms[i] = (double)(clock_mono_ns() - started_ns) / 1e6;
        if (ok && i == RUNS - 1)
            ok = measure_use(t);
        term_end(t);
    }
    return ok;
}

int main(int argc, char **argv)
{
    double first_ms[RUNS];
    char *folder = folder_new();

    setlocale(LC_ALL, "C.UTF-8");
    if (argc < 2 || !folder) {
        fprintf(stderr, "usage: start PROGRAM [ARGUMENT...]\n");
        return 2;
    }
    struct environment e = environment_new(folder);
    bool ok = measure(argv + 1, e.list, first_ms);
    if (ok) {
        qsort(first_ms, RUNS, sizeof *first_ms, by_size);
        printf("launch to first painted table: p50 %.0f ms, best %.0f ms, worst %.0f ms over %d runs\n",
               (first_ms[RUNS / 2 - 1] + first_ms[RUNS / 2]) / 2, first_ms[0], first_ms[RUNS - 1], RUNS);
    }
    environment_free(&e);
    folder_remove(folder);
    free(folder);
    return ok ? 0 : 1;
}
