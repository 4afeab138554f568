/* Random keys and sizes against the real program: `monkey [--seconds N] [--seed N] [-- OPTIONS]`, the program
 * is $SFCRIME_BIN; OPTIONS are given to it instead of those below.
 *
 * A hand that knows every key of the action table but those that leave, types into prompts, clicks, and drags
 * the window to any size, while the program replays late, doubled and broken messages. After each burst of
 * keys the picture is looked at: the header and the footer in their places, every frame whole, nothing sent
 * that no terminal understands; now and then it is frozen, painted anew from nothing, and compared with
 * itself: what differs was torn. At the end everything is left, and `q` puts the terminal back. The seed is
 * printed; the same one presses the same keys. */
#include "environment.h"
#include "frames.h"
#include "keys.h"
#include "steps.h"
#include "term.h"

#include "base/clock.h"
#include "base/xalloc.h"
#include "ui/action.h"

#include <locale.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

/* Below that the panes have no frames (ui/layout.c). */
enum { FRAMED_ROWS = 14, FRAMED_COLS = 44 };

enum {
    LOOK_MS = 6000,
    QUIET_MS = 25,
    STILL_MS = 100,
    STILL_MOST_MS = 500,
    LATE_FRAME_MS = 5500,
    BURST = 12,
    TRAIL = 4000,
    RSS_MOST_MB = 500
};

struct monkey {
    struct term *t;
    unsigned long long random;
    double time_factor;
    char trail[TRAIL]; /* what was pressed last, for whoever looks into a failure */
    char why[400];
    size_t keys, resizes, looks, comparisons;
    int64_t slowest_ms; /* of the looks: until a picture held */
    double rss_mb;
};

/* Not the library's: a seed means the same everywhere. */
static unsigned pick(struct monkey *m, unsigned below)
{
    m->random = m->random * 6364136223846793005ULL + 1442695040888963407ULL;
    return (unsigned)(m->random >> 33) % below;
}

static bool fail(struct monkey *m, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
static bool fail(struct monkey *m, const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    vsnprintf(m->why, sizeof m->why, fmt, args);
    va_end(args);
    return false;
}

static void note(struct monkey *m, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
static void note(struct monkey *m, const char *fmt, ...)
{
    char text[160];
    va_list args;
    va_start(args, fmt);
    int n = vsnprintf(text, sizeof text, fmt, args);
    va_end(args);
    size_t used = strlen(m->trail), len = n < (int)sizeof text ? (size_t)n : sizeof text - 1;
    if (used + len + 1 > sizeof m->trail) {
        size_t drop = sizeof m->trail / 2;
        memmove(m->trail, m->trail + drop, used - drop + 1);
        used -= drop;
    }
    memcpy(m->trail + used, text, len + 1);
}

/* ---- looking ---- */

static int64_t deadline(const struct monkey *m, double ms)
{
    return clock_mono_ms() + (int64_t)(ms * m->time_factor);
}

/* Takes in output until none has come for so long, or most_ms is over (a program that is fed goes on
 * painting). */
static void settle(struct monkey *m, int quiet_ms, double most_ms)
{
    int64_t until_ms = deadline(m, most_ms);
    while (term_pump(m->t, quiet_ms) && clock_mono_ms() < until_ms)
        ;
}

static struct grid grid_of(const struct term *t)
{
    struct grid g;
    term_size(t, &g.rows, &g.cols);
    g.cell = xcalloc((size_t)g.rows * (size_t)g.cols, sizeof *g.cell);
    for (int row = 0; row < g.rows; row++)
        for (int col = 0; col < g.cols; col++)
            g.cell[row * g.cols + col] = term_cell(t, row, col);
    return g;
}

static bool row_has(const struct term *t, int row, const char *const *words)
{
    char line[TERM_LINE];
    term_row(t, row, line);
    for (; *words; words++)
        if (strstr(line, *words))
            return true;
    return false;
}

/* Every state has its word in the header, whatever else had to leave it. */
static const char *const states[] = {"RUNNING", "PAUSED",  "STARTING", "FROZEN",      "CATCHING",
                                     "RESTART", "HELD",    "WAIT",     "END",         "DONE",
                                     "FAILED",  "BATCH",   "CAUGHT",   "BAD",         "BROKER",
                                     "LATE",    "STOPPED", "SLOW",     "sfcrime-tui", NULL};
static const char *const quits[] = {"quit", NULL};
static const char *const too_small[] = {"needs", NULL};

static const char *const copies[] = {"Esc ends copying", NULL};

static bool smallest(const struct term *t)
{
    int rows, cols;
    term_size(t, &rows, &cols);
    return rows < 4 || cols < 20;
}

/* What every picture fulfils. calm: nothing lies over the panes and nobody is being asked anything. */
static bool picture_holds(struct monkey *m, bool calm)
{
    struct grid g = grid_of(m->t);
    struct frames frames;
    bool ok = true;

    if (smallest(m->t)) {
        if (g.rows > 1 && g.cols >= 6 && !row_has(m->t, 0, too_small))
            ok = fail(m, "too small a screen does not say so");
    } else {
        char why[300] = "";
        /* A pane that stands alone for copying has no header; its footer says how that ends. */
        bool copying = row_has(m->t, g.rows - 1, copies);
        if (!copying && !row_has(m->t, 0, states))
            ok = fail(m, "the header does not say how things are");
        else if (calm && !copying && !row_has(m->t, g.rows - 1, quits))
            ok = fail(m, "the footer does not say how to quit");
        else if (g.rows >= FRAMED_ROWS && g.cols >= FRAMED_COLS &&
                 !frames_whole(&g, false, &frames, why, sizeof why) &&
                 (calm || !frames_whole(&g, true, &frames, why, sizeof why)))
            ok = fail(m, "%s", why);
    }
    free(g.cell);
    return ok;
}

/* The emulator may be looked at when half a frame has come: then the next one has to hold. */
static bool look(struct monkey *m, bool calm)
{
    int64_t until_ms = deadline(m, LOOK_MS), started_ms = clock_mono_ms();
    int status;

    m->looks++;
    for (;;) {
        settle(m, QUIET_MS, 500);
        if (term_life(m->t, &status) == TERM_EXITED)
            return fail(m, "the program ended with %s %d", WIFSIGNALED(status) ? "signal" : "status",
                        WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status));
        if (term_life(m->t, &status) == TERM_STOPPED)
            term_continue(m->t); /* somebody typed it into the command line */
        if (term_bytes(m->t)->wrong[0])
            return fail(m, "the program sent a %s", term_bytes(m->t)->wrong);
        if (picture_holds(m, calm)) {
            int64_t took_ms = clock_mono_ms() - started_ms;
            m->slowest_ms = took_ms > m->slowest_ms ? took_ms : m->slowest_ms;
            return true;
        }
        if (clock_mono_ms() > until_ms)
            return false;
    }
}

/* ---- pressing ---- */

static void press(struct monkey *m, const char *name)
{
    note(m, strlen(name) > 1 ? "<%s>" : "%s", name);
    m->keys++;
    if (strlen(name) == 1)
        term_type(m->t, name, 1);
    else
        (void)keys_press(m->t, name, strlen(name));
}

/* What leaves is pressed by nobody but the end. */
static bool leaves(enum action_id id)
{
    return id == ACT_QUIT || id == ACT_SUSPEND;
}

static void press_any(struct monkey *m)
{
    const struct action *a;
    size_t rows = 0, keys = 0;

    while (action_at(rows))
        rows++;
    do
        a = action_at(pick(m, (unsigned)rows));
    while (leaves(a->id));
    while (keys < ACTION_KEYS && a->keys[keys])
        keys++;
    press(m, a->keys[pick(m, (unsigned)keys)]);
}

/* Words for prompts; without "q", which by chance would complete to quit. Where no prompt is open they are
 * keys. */
static void type_any(struct monkey *m)
{
    static const char *const texts[] = {
        "traffic", "x600", "250", "max", "0.001", "/tra.*ic", "/(", "é京", "zoom", "window 1h", "layout pr",
        "yes", "10 min", "hide", "-1", "none", "\xff\xfe",
        "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
        /* What a terminal never sends whole, and what it sends when somebody pastes. */
        "\033[", "\033[<0;", "\033O", "\033[200~a\n:b\t\033[201~", "\033]11;", "\033[<0;999999;999999M"};
    const char *text = texts[pick(m, sizeof texts / sizeof *texts)];

    note(m, "'%s'", text);
    m->keys += strlen(text);
    term_type(m->t, text, strlen(text));
    press(m, pick(m, 3) ? "Enter" : "Esc");
}

static void click_any(struct monkey *m)
{
    char bytes[48];
    int rows, cols;
    static const unsigned buttons[] = {0, 0, 0, 64, 65, 2};

    term_size(m->t, &rows, &cols);
    unsigned button = buttons[pick(m, 6)], x = pick(m, (unsigned)cols) + 1, y = pick(m, (unsigned)rows) + 1;
    char row[TERM_LINE];
    term_row(m->t, (int)y - 1, row);
    /* The words of the footer are buttons, and one of them would end it: neither where the footer is seen,
     * nor where it will be when all that was typed is done. */
    if (button == 0 && (y == (unsigned)rows || strstr(row, "quit")))
        return;
    int n = snprintf(bytes, sizeof bytes, "\033[<%u;%u;%uM\033[<%u;%u;%um", button, x, y, button, x, y);
    note(m, "<click %u at %ux%u>", button, x, y);
    m->keys++;
    term_type(m->t, bytes, (size_t)n);
}

static void resize_any(struct monkey *m)
{
    static const int sizes[][2] = {{10, 40}, {24, 80}, {40, 120}, {60, 200}};
    unsigned n = pick(m, 8);
    int most_rows = pick(m, 10) ? 80 : 200, most_cols = pick(m, 10) ? 250 : 500;
    int rows = n < 4 ? sizes[n][0] : 1 + (int)pick(m, n == 4 ? 6 : (unsigned)most_rows);
    int cols = n < 4 ? sizes[n][1] : 1 + (int)pick(m, n == 5 ? 30 : (unsigned)most_cols);

    note(m, "<resize %dx%d>", cols, rows);
    m->resizes++;
    term_resize(m->t, rows, cols);
}

static void burst(struct monkey *m)
{
    for (unsigned n = 1 + pick(m, BURST); n > 0; n--) {
        unsigned what = pick(m, 20);
        if (what < 14)
            press_any(m);
        else if (what < 16)
            type_any(m);
        else if (what < 18)
            click_any(m);
        else
            resize_any(m);
        if (pick(m, 3) == 0)
            (void)term_pump(m->t, (int)pick(m, 12));
    }
}

/* Out of every prompt, menu, box and detail; Esc is never the last byte before another one, or both would be
 * a key of their own. */
static void leave_all(struct monkey *m)
{
    for (int i = 0; i < 6; i++) {
        press(m, "Esc");
        settle(m, 60, 120);
    }
}

/* ---- the picture against itself ---- */

static struct grid still_grid(struct monkey *m)
{
    settle(m, STILL_MS, STILL_MOST_MS);
    return grid_of(m->t);
}

/* Without the header, which tells how far the query is meanwhile, and the footer, where notices come and go.
 */
static bool differ(const struct grid *a, const struct grid *b, int *row, int *col)
{
    for (int i = a->cols; i < (a->rows - 1) * a->cols; i++) {
        uint32_t x = a->cell[i] ? a->cell[i] : ' ', y = b->cell[i] ? b->cell[i] : ' ';
        if (x != y) {
            *row = i / a->cols;
            *col = i % a->cols;
            return true;
        }
    }
    return false;
}

static bool frozen(const struct monkey *m)
{
    static const char *const word[] = {"FROZEN", NULL};
    return row_has(m->t, 0, word);
}

/* Freezes, and has the program paint from nothing: what ncurses believed to be there must be what was there.
 * A picture that goes on changing by itself (a second painting differs from the first one too) proves
 * nothing. */
static bool compare(struct monkey *m)
{
    struct grid g[3];
    int row = 0, col = 0;

    if (smallest(m->t))
        return true;
    if (!frozen(m))
        press(m, "f");
    for (int64_t until_ms = deadline(m, 6000); !frozen(m) && clock_mono_ms() < until_ms;)
        settle(m, STILL_MS, STILL_MOST_MS);
    /* A frame may wait for the terminal's answer, and what was typed may have swallowed that: it then comes
     * this late. */
    settle(m, LATE_FRAME_MS, LATE_FRAME_MS + STILL_MOST_MS);
    if (!frozen(m))
        return true;
    for (int i = 0; i < 3; i++) {
        g[i] = still_grid(m);
        press(m, "C-l");
    }
    m->comparisons++;
    bool moves = differ(&g[1], &g[2], &row, &col), torn = differ(&g[0], &g[1], &row, &col) && !moves;
    if (torn)
        fail(m, "row %d column %d was torn: painted anew it shows another character (U+%04X, now U+%04X)",
             row + 1, col + 1, (unsigned)g[0].cell[row * g[0].cols + col],
             (unsigned)g[1].cell[row * g[1].cols + col]);
    for (int i = 0; i < 3; i++)
        free(g[i].cell);
    settle(m, STILL_MS, STILL_MOST_MS);
    if (frozen(m))
        press(m, "f");
    return !torn;
}

/* ---- the whole ---- */

static void read_memory(struct monkey *m)
{
    char path[64], text[200] = "";
    snprintf(path, sizeof path, "/proc/%d/statm", (int)term_pid(m->t));
    FILE *f = fopen(path, "re");
    if (!f)
        return;
    if (fgets(text, sizeof text, f)) {
        char *at = strchr(text, ' ');
        double mb = at ? strtod(at, NULL) * (double)sysconf(_SC_PAGESIZE) / 1e6 : 0;
        m->rss_mb = mb > m->rss_mb ? mb : m->rss_mb;
    }
    fclose(f);
}

static bool wander(struct monkey *m, double seconds)
{
    int64_t until_ms = clock_mono_ms() + (int64_t)(seconds * 1000);
    for (unsigned round = 1; clock_mono_ms() < until_ms; round++) {
        burst(m);
        note(m, "\n");
        if (!look(m, false))
            return false;
        if (round % 4 == 0) {
            leave_all(m);
            if (!look(m, true))
                return false;
            if (round % 24 == 0 && !compare(m))
                return false;
        }
        read_memory(m);
    }
    return true;
}

/* The terminal as it was, by `q`: a batch that runs may take its time. */
static bool quit(struct monkey *m)
{
    int64_t until_ms = deadline(m, 20000);
    int status;
    char why[200] = "";

    term_resize(m->t, 24, 80);
    leave_all(m);
    if (!look(m, true))
        return false;
    press(m, "q");
    while (term_life(m->t, &status) != TERM_EXITED || !term_restored(m->t, why, sizeof why)) {
        if (clock_mono_ms() > until_ms)
            return term_life(m->t, &status) == TERM_EXITED ? fail(m, "%s", why)
                                                           : fail(m, "q does not end it");
        (void)term_pump(m->t, 50);
    }
    /* 1: calls were not delivered, as brokers were taken down and not brought back. */
    if (!WIFEXITED(status) || WEXITSTATUS(status) > 1)
        return fail(m, "it ended with %s %d", WIFSIGNALED(status) ? "signal" : "status",
                    WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status));
    return true;
}

enum { OPTIONS_MOST = 64 };
static const char *const usual[] = {"-r",     "300",
                                    "--loop", "--mouse",
                                    "-S",     "replay.late=0.05",
                                    "-S",     "replay.duplicates=0.03",
                                    "-S",     "replay.malformed=0.02",
                                    "-S",     "query.output-mode=update",
                                    NULL};

static bool run(struct monkey *m, const char *program, const char *folder, double seconds,
                const char *const *options)
{
    char *argv[OPTIONS_MOST + 2] = {xstrdup(program)};
    for (size_t i = 0; i < OPTIONS_MOST && options[i]; i++)
        argv[i + 1] = xstrdup(options[i]);
    struct environment e = environment_new(folder);
    char err[200] = "";

    m->t = term_start(24, 80, argv, e.list, err, sizeof err);
    bool ok = m->t || fail(m, "%s", err);
    ok = ok && look(m, true) && wander(m, seconds) && quit(m);
    if (ok && m->rss_mb > RSS_MOST_MB * m->time_factor)
        ok = fail(m, "it came to occupy %.0f MB", m->rss_mb);
    environment_free(&e);
    for (char **arg = argv; *arg; arg++)
        free(*arg);
    return ok;
}

int main(int argc, char **argv)
{
    const char *factor = getenv("TEST_TIME_FACTOR"), *bin = getenv("SFCRIME_BIN"),
               *span = getenv("MONKEY_SECONDS"), *seed_text = getenv("MONKEY_SEED");
    static struct monkey m;
    const char *const *options = usual;
    double seconds = span ? strtod(span, NULL) : 10;

    for (int i = 1; i + 1 < argc; i += 2) {
        if (strcmp(argv[i], "--") == 0) {
            options = (const char *const *)argv + i + 1;
            break;
        }
        if (strcmp(argv[i], "--seconds") == 0)
            seconds = strtod(argv[i + 1], NULL);
        else if (strcmp(argv[i], "--seed") == 0)
            seed_text = argv[i + 1];
    }
    setlocale(LC_ALL, "C.UTF-8");
    /* The same keys at every run but where another seed is asked for: .ci/run does. */
    unsigned long long seed = seed_text ? strtoull(seed_text, NULL, 10) : 1;
    m.random = seed;
    m.time_factor = factor ? strtod(factor, NULL) : 1;
    if (!(m.time_factor > 0))
        m.time_factor = 1;
    char *program = bin ? realpath(bin, NULL) : NULL, *folder = folder_new();
    /* Exports go into the folder that one stands in. */
    if (!program || !folder || chdir(folder) != 0) {
        printf("not ok - random keys and sizes\n# SFCRIME_BIN is not set, or no folder can be made\n");
        return 1;
    }
    bool ok = run(&m, program, folder, seconds, options);
    printf("%s - %zu random keys and %zu sizes in %.0f s leave every picture whole\n", ok ? "ok" : "not ok",
           m.keys, m.resizes, seconds);
    printf("# seed %llu, %zu looks (the slowest %lld ms), %zu comparisons, %.0f MB\n", seed, m.looks,
           (long long)m.slowest_ms, m.comparisons, m.rss_mb);
    if (!ok) {
        printf("# %s\n# last pressed: %s\n", m.why, m.trail);
        if (m.t)
            steps_show(m.t, stdout, "#   |");
    }
    fflush(stdout);
    term_end(m.t);
    (void)chdir("/");
    folder_remove(folder);
    free(folder);
    free(program);
    return ok ? 0 : 1;
}
