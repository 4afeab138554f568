#include "terminal.h"

#include "screen/match.h"

#include "base/clock.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define ECHO_READY_MS 15000

bool terminal_wait(struct term *t, const char *source, int64_t deadline_ms)
{
    int64_t until_ms = clock_mono_ms() + deadline_ms;
    struct pattern p;
    bool found = false;
    int status, rows, cols;
    char err[160], line[TERM_LINE];

    if (!pattern_read(&p, &source, err, sizeof err)) {
        fprintf(stderr, "%s\n", err);
        return false;
    }
    for (;;) {
        term_size(t, &rows, &cols);
        for (int row = 0; row < rows && !found; row++) {
            term_row(t, row, line);
            found = pattern_in_line(&p, line);
        }
        if (found || clock_mono_ms() > until_ms || term_life(t, &status) == TERM_EXITED)
            break;
        term_pump(t, 100);
    }
    pattern_free(&p);
    return found;
}

bool terminal_shows(const struct term *t, int first, int last, const char *text)
{
    char line[TERM_LINE];
    int rows, cols;

    term_size(t, &rows, &cols);
    if (last < 0)
        last = rows - 1;
    for (int row = first < 0 ? rows + first : first; row <= last && row < rows; row++) {
        term_row(t, row, line);
        if (strstr(line, text))
            return true;
    }
    return false;
}

struct term *terminal_echo(char **envp)
{
    char *argv[] = {"/bin/sh", "-c", "stty raw -echo; echo ready; exec cat", NULL};
    char err[200];
    struct term *t = term_start(4, 80, argv, envp, err, sizeof err);

    if (t && !terminal_wait(t, "\"ready\"", ECHO_READY_MS)) {
        term_end(t);
        t = NULL;
    }
    return t;
}

static bool read_proc(pid_t pid, const char *what, char *text, size_t cap)
{
    char path[64];

    snprintf(path, sizeof path, "/proc/%d/%s", (int)pid, what);
    FILE *f = fopen(path, "re");
    if (!f)
        return false;
    size_t n = fread(text, 1, cap - 1, f);
    fclose(f);
    text[n] = '\0';
    return n > 0;
}

double process_cpu_ms(pid_t pid)
{
    char text[1024];

    if (!read_proc(pid, "stat", text, sizeof text))
        return -1;
    /* The name in brackets may hold blanks: fields are counted from its end; user time is the twelfth after
     * it. */
    char *at = strrchr(text, ')');
    for (int field = 0; at && field < 12; field++)
        at = strchr(at + 1, ' ');
    if (!at)
        return -1;
    unsigned long user = strtoul(at, &at, 10), kernel = strtoul(at, NULL, 10);
    return 1000.0 * (double)(user + kernel) / (double)sysconf(_SC_CLK_TCK);
}

double process_rss_mb(pid_t pid)
{
    char text[256];

    if (!read_proc(pid, "statm", text, sizeof text))
        return -1;
    char *at = strchr(text, ' ');
    return at ? (double)strtoul(at, NULL, 10) * (double)sysconf(_SC_PAGESIZE) / 1e6 : -1;
}

struct terminal_use terminal_use(struct term *t, int64_t span_ms)
{
    int64_t started_ms = clock_mono_ms();
    double before = process_cpu_ms(term_pid(t));
    size_t bytes = term_bytes(t)->total;

    for (int64_t left; (left = started_ms + span_ms - clock_mono_ms()) > 0;)
        term_pump(t, (int)left);
    double span = (double)(clock_mono_ms() - started_ms);
    return (struct terminal_use){.cpu_percent = 100 * (process_cpu_ms(term_pid(t)) - before) / span,
                                 .bytes_per_s = 1000 * (double)(term_bytes(t)->total - bytes) / span};
}
