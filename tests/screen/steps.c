#include "steps.h"

#include "keys.h"

#include "base/clock.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#define DEFAULT_DEADLINE_MS 15000
#define FRAME_DEADLINE_MS   2000
#define PUMP_MS             50

struct run {
    struct term *t;
    double time_factor;
    double first; /* the figure that rises, falls or stays as it was; NAN before it was seen */
    double last;
    char *why;
    size_t why_cap;
};

static bool on_screen(const struct term *t, const struct pattern *p)
{
    char line[TERM_LINE];
    int rows, cols;

    term_size(t, &rows, &cols);
    for (int row = 0; row < rows; row++) {
        term_row(t, row, line);
        if (pattern_in_line(p, line))
            return true;
    }
    return false;
}

static bool on_row(const struct term *t, const struct step *s)
{
    char line[TERM_LINE];
    int rows, cols;

    term_size(t, &rows, &cols);
    int row = s->number > 0 ? s->number - 1 : rows + s->number;
    if (row < 0 || row >= rows)
        return false;
    term_row(t, row, line);
    return pattern_in_line(&s->pattern, line);
}

/* Do the globs from number g on fit the rows from `row` on? "..." takes as few rows as will do. */
static bool rows_fit(const struct term *t, const struct step *s, size_t g, int row, int rows)
{
    char line[TERM_LINE];

    for (; g < s->globs_count; g++, row++) {
        if (strcmp(s->globs[g], "...") == 0) {
            if (g + 1 == s->globs_count)
                return true;
            for (int next = row; next < rows; next++) {
                if (rows_fit(t, s, g + 1, next, rows))
                    return true;
            }
            return false;
        }
        if (row >= rows)
            return false;
        term_row(t, row, line);
        if (!glob_matches(s->globs[g], line))
            return false;
    }
    return true;
}

static double figure(const struct term *t, const struct pattern *p)
{
    char line[TERM_LINE];
    int rows, cols;
    double n;

    term_size(t, &rows, &cols);
    for (int row = 0; row < rows; row++) {
        term_row(t, row, line);
        if (pattern_number(p, line, &n))
            return n;
    }
    return NAN;
}

/* Looks once. */
static bool holds(struct run *r, const struct step *s)
{
    int rows, cols, status;
    char why[200];

    switch (s->kind) {
    case STEP_WAIT:
    case STEP_HAS: return on_screen(r->t, &s->pattern);
    case STEP_GONE:
    case STEP_ABSENT: return !on_screen(r->t, &s->pattern);
    case STEP_ROW: return on_row(r->t, s);
    case STEP_EXPECT: term_size(r->t, &rows, &cols); return rows_fit(r->t, s, 0, s->number - 1, rows);
    case STEP_RISES:
    case STEP_FALLS:
        r->last = figure(r->t, &s->pattern);
        if (isnan(r->first))
            r->first = r->last;
        return s->kind == STEP_RISES ? r->last > r->first : r->last < r->first;
    case STEP_STOPPED:
        return term_life(r->t, &status) == TERM_STOPPED && term_restored(r->t, why, sizeof why);
    case STEP_EXIT: return term_life(r->t, &status) == TERM_EXITED && term_restored(r->t, why, sizeof why);
    case STEP_ASCII: return !term_bytes(r->t)->beyond_ascii;
    case STEP_COLOURLESS: return !term_bytes(r->t)->colours;
    case STEP_COLOURED: return term_bytes(r->t)->colours;
    default: return true;
    }
}

/* How long a step waits that gives no time. What must hold now is given the time of a frame on a busy
 * machine: the emulator may be looked at when half of one has come. */
static int64_t patience_ms(const struct step *s)
{
    switch (s->kind) {
    case STEP_ASCII:
    case STEP_COLOURED:
    case STEP_COLOURLESS: return 0;
    case STEP_HAS:
    case STEP_ABSENT: return FRAME_DEADLINE_MS;
    default: return DEFAULT_DEADLINE_MS;
    }
}

static const char *what_failed(const struct step *s)
{
    switch (s->kind) {
    case STEP_WAIT:
    case STEP_HAS:
    case STEP_ROW: return "is not there";
    case STEP_GONE:
    case STEP_ABSENT: return "is there";
    case STEP_EXPECT: return "the rows do not fit";
    case STEP_RISES: return "the figure does not rise";
    case STEP_FALLS: return "the figure does not fall";
    case STEP_STOPPED: return "the program did not stop with its terminal restored";
    case STEP_EXIT: return "the program did not end with its terminal restored";
    case STEP_ASCII: return "a byte beyond ASCII was sent";
    case STEP_COLOURLESS: return "a colour was asked for";
    case STEP_COLOURED: return "no colour was asked for";
    default: return "failed";
    }
}

static bool failed(struct run *r, const struct step *s, const char *what)
{
    char detail[200] = "";
    int status;

    if (s->kind == STEP_STOPPED || s->kind == STEP_EXIT) {
        if (term_life(r->t, &status) == TERM_RUNNING)
            snprintf(detail, sizeof detail, " (it still runs)");
        else if (!term_restored(r->t, detail, sizeof detail))
            what = "the terminal is not as it was:";
    } else if (s->kind != STEP_STEADY && term_life(r->t, &status) == TERM_EXITED) {
        snprintf(detail, sizeof detail, " (the program ended with %s %d)",
                 WIFSIGNALED(status) ? "signal" : "status",
                 WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status));
    }
    snprintf(r->why, r->why_cap, "line %d: %s%s%s %s", s->line, s->pattern.source ? s->pattern.source : "",
             s->pattern.source ? " " : "", what, detail);
    return false;
}

static bool wait_for(struct run *r, const struct step *s)
{
    double span = (double)(s->span_ms ? s->span_ms : patience_ms(s)) * r->time_factor;
    int64_t deadline_ms = clock_mono_ms() + (int64_t)span;
    int status;

    r->first = r->last = NAN;
    while (!holds(r, s)) {
        /* Nothing more will come from a program that has ended, once its last output was taken in. */
        bool ended = term_life(r->t, &status) == TERM_EXITED && s->kind != STEP_EXIT;
        if (!term_pump(r->t, PUMP_MS) && ended)
            return holds(r, s) || failed(r, s, what_failed(s));
        if (clock_mono_ms() >= deadline_ms)
            return holds(r, s) || failed(r, s, what_failed(s));
    }
    return true;
}

static bool steady(struct run *r, const struct step *s)
{
    int64_t deadline_ms = clock_mono_ms() + DEFAULT_DEADLINE_MS;
    double first;

    /* Let the figure appear first; what was on its way when the step began is taken in by the pump. */
    while (isnan(first = figure(r->t, &s->pattern)) && clock_mono_ms() < deadline_ms)
        term_pump(r->t, PUMP_MS);
    int64_t end_ms = clock_mono_ms() + (s->span_ms ? s->span_ms : 1000);
    while (clock_mono_ms() < end_ms) {
        term_pump(r->t, PUMP_MS);
        double now = figure(r->t, &s->pattern);
        if (isnan(now))
            return failed(r, s, "is not there");
        if (now < first || now > first)
            return failed(r, s, "the figure changes");
    }
    return !isnan(first) || failed(r, s, "is not there");
}

static bool press(struct run *r, const struct step *s)
{
    for (const char *k = s->text; *k;) {
        const char *close = *k == '<' ? strchr(k, '>') : NULL;
        if (close) {
            if (!keys_press(r->t, k + 1, (size_t)(close - k - 1)))
                return failed(r, s, "unknown key name in < >");
            k = close + 1;
        } else {
            term_type(r->t, k, 1);
            k++;
        }
    }
    return true;
}

static bool ended_as_told(struct run *r, const struct step *s)
{
    int status;

    if (!wait_for(r, s))
        return false;
    term_life(r->t, &status);
    int got = WIFSIGNALED(status) ? -WTERMSIG(status) : WEXITSTATUS(status);
    if (s->number == EXIT_ANY ? got < 0 : got != s->number) {
        snprintf(r->why, r->why_cap, "line %d: the program ended with %s %d, expected %s %d", s->line,
                 got < 0 ? "signal" : "status", abs(got), s->number < 0 ? "signal" : "status",
                 abs(s->number));
        return false;
    }
    /* Take in what was still on its way, for steps that look at the screen afterwards. */
    while (term_pump(r->t, PUMP_MS))
        ;
    if (term_bytes(r->t)->wrong[0]) {
        snprintf(r->why, r->why_cap, "line %d: the program sent a %s", s->line, term_bytes(r->t)->wrong);
        return false;
    }
    return true;
}

bool steps_run(struct term *t, const struct screen_case *c, double time_factor, char *why, size_t why_cap)
{
    struct run r = {.t = t, .time_factor = time_factor, .why = why, .why_cap = why_cap};
    bool ok = true;

    for (size_t i = 0; ok && i < c->steps_count; i++) {
        const struct step *s = &c->steps[i];
        switch (s->kind) {
        case STEP_KEYS: ok = press(&r, s); break;
        case STEP_RESIZE: term_resize(t, s->number2, s->number); break;
        case STEP_SIGNAL: term_signal(t, s->number); break;
        case STEP_CONTINUE: term_continue(t); break;
        case STEP_HANGUP: term_hangup(t); break;
        case STEP_EXIT: ok = ended_as_told(&r, s); break;
        case STEP_STEADY: ok = steady(&r, s); break;
        case STEP_PRINT: steps_show(t, stdout, ""); break;
        default: ok = wait_for(&r, s); break;
        }
    }
    return ok;
}

void steps_show(const struct term *t, FILE *out, const char *prefix)
{
    char line[TERM_LINE];
    int rows, cols;

    term_size(t, &rows, &cols);
    for (int row = 0; row < rows; row++) {
        term_row(t, row, line);
        fprintf(out, "%s%s\n", prefix, line);
    }
}
