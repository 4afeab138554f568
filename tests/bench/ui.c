/* Measures the screen from outside, through a pseudo-terminal with an emulator behind it: `ui PROGRAM
 * [keys|rest|wide]`.
 *
 * While the engine processes flat out and without end, keys whose effect cannot be mistaken are pressed at
 * random moments; a key's time is from its being written to the terminal until the emulator's screen shows
 * what only that key does. Then what the program writes to the terminal in a second at full load, and what it
 * costs while little or nothing happens. `wide` presses the same keys over a table of a million groups, while
 * all of them change. One table, each figure beside its goal; nothing fails by being slow.
 */
#include "terminal.h"

#include "screen/environment.h"

#include "base/clock.h"
#include "base/xalloc.h"

#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DEADLINE_MS 15000
#define ROUNDS      40 /* 12 presses each */
#define LETTERS     6
#define ECHOES      4
#define LOAD_MS     5000
#define IDLE_MS     20000
#define GROUPS      1000000
#define GROWN_MS    300000 /* until they are all there */
#define ARGS_MOST   16
#define GOAL_KEY_MS 16.0
#define GOAL_IDLE   1.0

/* The last is no key of the program's: one that a program which does nothing else sends back, at the same
 * moments on the same machine. What that takes is the machine's, not ours. */
enum kind { KEY_HELP, KEY_FILTER, KEY_FOCUS, KEY_LAYOUT, KINDS, ECHO = KINDS, NOT_MEASURED };
static const char *const kind_names[] = {"help opened, closed", "letters of a filter",
                                         "focus to the next pane", "another layout",
                                         "an echo by another program"};

struct samples {
    double ms[ROUNDS * (LETTERS + 1)];
    size_t count;
};

struct bench {
    struct term *t, *echo;
    struct samples of[KINDS + 1];
    unsigned random;
    char typed[LETTERS + 1];
    size_t echo_bytes;    /* what the echoing program had sent before the key */
    int focus_y, focus_x; /* the corner of the focused pane's frame */
};

static int by_size(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* Not the library's: the same presses at every run. */
static unsigned next_random(struct bench *b, unsigned below)
{
    b->random = b->random * 1664525U + 1013904223U;
    return (b->random >> 8) % below;
}

/* The focused frame has heavy corners. Column in bytes: it only has to change. */
static bool find_focus(const struct term *t, int *y, int *x)
{
    char line[TERM_LINE];
    int rows, cols;

    term_size(t, &rows, &cols);
    for (int row = 0; row < rows; row++) {
        term_row(t, row, line);
        const char *at = strstr(line, "┏");
        if (at) {
            *y = row;
            *x = (int)(at - line);
            return true;
        }
    }
    return false;
}

/* ---- what a key has to bring about ---- */

static bool help_is_open(const struct bench *b)
{
    return terminal_shows(b->t, 1, 4, "┏ Help ");
}
static bool help_is_closed(const struct bench *b)
{
    return !help_is_open(b);
}
static bool letters_are_there(const struct bench *b)
{
    return terminal_shows(b->t, -1, -1, b->typed);
}
static bool footer_is_back(const struct bench *b)
{
    return terminal_shows(b->t, -1, -1, "q quit");
}
static bool focus_has_moved(const struct bench *b)
{
    int y, x;
    return find_focus(b->t, &y, &x) && (y != b->focus_y || x != b->focus_x);
}
static bool echo_is_there(const struct bench *b)
{
    return term_bytes(b->echo)->total > b->echo_bytes;
}
static bool table_is_there(const struct bench *b)
{
    return terminal_shows(b->t, 1, 1, "Calls by");
}
static bool table_is_gone(const struct bench *b)
{
    return !table_is_there(b);
}

/* Presses, waits for the effect, notes the time; then lets a random while pass, so that keys fall anywhere
 * between two frames. */
static bool press(struct bench *b, enum kind kind, const char *bytes, bool (*seen)(const struct bench *))
{
    struct term *t = kind == ECHO ? b->echo : b->t;
    int64_t started_ns = clock_mono_ns(), deadline_ms = clock_mono_ms() + DEADLINE_MS;
    int status;

    term_type(t, bytes, strlen(bytes));
    while (!seen(b)) {
        if (clock_mono_ms() > deadline_ms || term_life(t, &status) == TERM_EXITED)
            return false;
        term_pump(t, 100);
    }
    if (kind < NOT_MEASURED)
        b->of[kind].ms[b->of[kind].count++] = (double)(clock_mono_ns() - started_ns) / 1e6;
    int64_t until_ms = clock_mono_ms() + 5 + next_random(b, 60);
    for (int64_t left; (left = until_ms - clock_mono_ms()) > 0;)
        term_pump(b->t, (int)left);
    return true;
}

static bool press_round(struct bench *b)
{
    for (int i = 0; i < ECHOES; i++) {
        b->echo_bytes = term_bytes(b->echo)->total;
        if (!press(b, ECHO, "a", echo_is_there))
            return false;
    }
    if (!press(b, KEY_HELP, "?", help_is_open) || !press(b, KEY_HELP, "?", help_is_closed))
        return false;
    term_type(b->t, "/", 1);
    b->typed[0] = '\0';
    for (size_t i = 0; i < LETTERS; i++) {
        char letter[2] = {(char)('a' + next_random(b, 26)), '\0'};
        memcpy(b->typed + i, letter, 2);
        if (!press(b, i ? KEY_FILTER : NOT_MEASURED, letter, letters_are_there))
            return false;
    }
    if (!press(b, NOT_MEASURED, "\033", footer_is_back) || !find_focus(b->t, &b->focus_y, &b->focus_x) ||
        !press(b, KEY_FOCUS, "\t", focus_has_moved))
        return false;
    return press(b, KEY_LAYOUT, "\033OQ", table_is_gone) && press(b, KEY_LAYOUT, "\033OP", table_is_there) &&
           press(b, NOT_MEASURED, "1", footer_is_back);
}

/* ---- telling ---- */

static double quantile(const struct samples *s, double q)
{
    size_t at = (size_t)(q * (double)(s->count - 1) + 0.5);
    return s->count ? s->ms[at] : -1;
}

static const char *verdict(double figure, double goal)
{
    return figure < goal ? "reached" : "missed";
}

static void tell_latency(struct bench *b, int rows, int cols)
{
    static double all[KINDS * ROUNDS * (LETTERS + 1)];
    size_t count = 0;
    char size[24];

    snprintf(size, sizeof size, "%dx%d", cols, rows);
    for (int k = 0; k <= ECHO; k++) {
        struct samples *s = &b->of[k];
        if (k < ECHO) {
            memcpy(all + count, s->ms, s->count * sizeof *all);
            count += s->count;
        }
        qsort(s->ms, s->count, sizeof *s->ms, by_size);
        printf("%-8s %-30s %6zu %8.1f %8.1f %8.1f\n", size, kind_names[k], s->count, quantile(s, 0.5),
               quantile(s, 0.99), s->ms[s->count - 1]);
    }
    qsort(all, count, sizeof *all, by_size);
    double p99 = all[(size_t)(0.99 * (double)(count - 1) + 0.5)];
    printf("%-8s %-30s %6zu %8.1f %8.1f %8.1f   p99 < %.0f ms: %s\n", size, "key to paint, all keys", count,
           all[count / 2], p99, all[count - 1], GOAL_KEY_MS, verdict(p99, GOAL_KEY_MS));
}

static struct term *launch(const char *program, char **envp, int rows, int cols, const char *const *more)
{
    char err[200], *argv[ARGS_MOST] = {xstrdup(program)};
    size_t n = 1;

    for (; more[n - 1] && n + 1 < ARGS_MOST; n++)
        argv[n] = xstrdup(more[n - 1]);
    struct term *t = term_start(rows, cols, argv, envp, err, sizeof err);
    for (size_t i = 0; i < n; i++)
        free(argv[i]);
    if (!t)
        fprintf(stderr, "ui: %s\n", err);
    else if (!terminal_wait(t, "/RUNNING.* batch +[0-9]/", DEADLINE_MS)) {
        fprintf(stderr, "ui: the query does not run\n");
        term_end(t);
        t = NULL;
    }
    return t;
}

/* until: what the screen has to show before anything is pressed; NULL = the query runs. */
static bool under_load(const char *program, char **envp, int rows, int cols, const char *const *args,
                       const char *until)
{
    static struct bench b;

    b = (struct bench){
        .random = 1, .t = launch(program, envp, rows, cols, args), .echo = terminal_echo(envp)};
    bool ok = b.t && b.echo;
    if (ok && until && !terminal_wait(b.t, until, GROWN_MS)) {
        fprintf(stderr, "ui: the table did not come to %s\n", until);
        ok = false;
    }
    for (int i = 0; ok && i < ROUNDS; i++)
        ok = press_round(&b);
    if (ok) {
        struct terminal_use use = terminal_use(b.t, LOAD_MS);
        tell_latency(&b, rows, cols);
        printf("%-8s %-30s %6.0f KB/s to the terminal, program at %.0f %% of a core\n", "",
               "at full load, no key", use.bytes_per_s / 1000, use.cpu_percent);
    } else if (b.t) {
        fprintf(stderr, "ui: a key had no effect within %d s\n", DEADLINE_MS / 1000);
    }
    term_end(b.echo);
    term_end(b.t);
    return ok;
}

/* Without distinct the loop's repeated calls are all counted: every frame has new figures everywhere. */
#define FLAT_OUT "-r", "max", "--loop", "-S", "query.distinct=off"

static bool with_types(const char *program, char **envp)
{
    static const char *const args[] = {FLAT_OUT, NULL};

    return under_load(program, envp, 24, 80, args, NULL) && under_load(program, envp, 60, 200, args, NULL);
}

/* Calls that have an address each. */
static bool write_addresses(const char *path)
{
    FILE *f = fopen(path, "we");
    bool ok = f != NULL;

    for (int i = 0; ok && i < GROUPS; i++)
        ok = fprintf(f,
                     "{\"original_crime_type_name\":\"Passing Call\",\"call_date_time\":"
                     "\"2018-12-31T23:57:00.000\",\"disposition\":\"ADM\",\"address\":\"%d Market St\"}\n",
                     i) > 0;
    if (f)
        ok = fclose(f) == 0 && ok;
    if (!ok)
        perror(path);
    return ok;
}

static bool with_addresses(const char *program, char **envp, const char *folder)
{
    char *path = xasprintf("%s/addresses.json", folder);
    const char *const args[] = {FLAT_OUT, "-S", "query.group-by=address", "-S", "query.window=none", "-d",
                                path,     NULL};
    bool ok = write_addresses(path) && under_load(program, envp, 60, 200, args, "/1,000,000 groups/");

    (void)remove(path);
    free(path);
    return ok;
}

static void tell_idle(const char *what, struct terminal_use use)
{
    printf("%-8s %-30s %6.0f bytes/s, %.2f %% of a core   <= %.0f %%: %s\n", "80x24", what, use.bytes_per_s,
           use.cpu_percent, GOAL_IDLE, verdict(use.cpu_percent, GOAL_IDLE + 0.005));
}

static bool at_rest(const char *program, char **envp)
{
    static const char *const slow[] = {"-r", "10", "--loop", NULL};
    struct term *t = launch(program, envp, 24, 80, slow);

    if (!t)
        return false;
    (void)terminal_use(t, 3000); /* the start is over */
    tell_idle("live at 10 msg/s", terminal_use(t, IDLE_MS));
    term_type(t, " p", 2);
    bool ok = terminal_wait(t, "/PAUSED/", DEADLINE_MS);
    (void)terminal_use(t, 2000);
    if (ok)
        tell_idle("replay and query paused", terminal_use(t, IDLE_MS));
    term_end(t);
    return ok;
}

int main(int argc, char **argv)
{
    char *folder = folder_new();

    setlocale(LC_ALL, "C.UTF-8");
    setvbuf(stdout, NULL, _IOLBF, 0);
    if (argc < 2 || argc > 3 || !folder) {
        fprintf(stderr, "usage: ui PROGRAM [keys|rest|wide]\n");
        return 2;
    }
    struct environment e = environment_new(folder);
    bool keys = argc == 2 || !strcmp(argv[2], "keys"), rest = argc == 2 || !strcmp(argv[2], "rest"),
         wide = argc == 3 && !strcmp(argv[2], "wide"), ok = true;
    if (keys || wide)
        printf("%-8s %-30s %6s %8s %8s %8s\n", "size", "what", "keys", "p50 ms", "p99 ms", "max ms");
    if (keys)
        ok = with_types(argv[1], e.list);
    if (wide)
        ok = with_addresses(argv[1], e.list, folder);
    if (rest)
        ok = ok && at_rest(argv[1], e.list);
    environment_free(&e);
    folder_remove(folder);
    free(folder);
    return ok ? 0 : 1;
}
