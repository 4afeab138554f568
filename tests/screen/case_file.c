#include "case_file.h"

#include "base/xalloc.h"

#include <ctype.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct reader {
    struct screen_case *c;
    FILE *in;
    char *line; /* getline's */
    size_t line_cap;
    int number;
    const char *tmp, *src;
    char *err;
    size_t err_cap;
};

static const struct {
    const char *name;
    int number;
} signals[] = {
    {"TERM", SIGTERM}, {"INT", SIGINT},   {"HUP", SIGHUP},   {"QUIT", SIGQUIT}, {"ABRT", SIGABRT},
    {"TSTP", SIGTSTP}, {"CONT", SIGCONT}, {"KILL", SIGKILL}, {"SEGV", SIGSEGV}, {"WINCH", SIGWINCH},
};

static bool fail(struct reader *r, const char *what)
{
    char copy[256];
    snprintf(copy, sizeof copy, "%s", what);
    snprintf(r->err, r->err_cap, "%s:%d: %s", r->c->path, r->number, copy);
    return false;
}

static const char *skip_blanks(const char *s)
{
    while (*s == ' ' || *s == '\t')
        s++;
    return s;
}

/* The next line without its newline, NULL at the end. */
static char *next_line(struct reader *r)
{
    ssize_t n = getline(&r->line, &r->line_cap, r->in);
    if (n < 0)
        return NULL;
    r->number++;
    if (n > 0 && r->line[n - 1] == '\n')
        r->line[n - 1] = '\0';
    return r->line;
}

/* A word, or a "quoted one"; $TMP and $SRC are replaced. NULL when there is none; the caller frees. */
static char *read_word(struct reader *r, const char **at)
{
    const char *s = skip_blanks(*at);
    bool quoted = *s == '"';
    char *out = NULL;
    size_t len = 0;

    if (*s == '\0')
        return NULL;
    for (s += quoted; *s && (quoted ? *s != '"' : !isblank((unsigned char)*s)); s++) {
        const char *put = s;
        size_t put_len = 1;
        if (strncmp(s, "$TMP", 4) == 0 || strncmp(s, "$SRC", 4) == 0) {
            put = s[1] == 'T' ? r->tmp : r->src;
            put_len = strlen(put);
            s += 3;
        } else if (*s == '\\' && s[1]) {
            put = ++s;
        }
        out = xrealloc(out, len + put_len + 1);
        memcpy(out + len, put, put_len);
        len += put_len;
    }
    out = xrealloc(out, len + 1);
    out[len] = '\0';
    *at = *s == '"' && quoted ? s + 1 : s;
    return out;
}

static void add_words(struct reader *r, const char *at, char ***list, size_t *count)
{
    char *word;

    while ((word = read_word(r, &at))) {
        *list = xreallocarray(*list, *count + 1, sizeof **list);
        (*list)[(*count)++] = word;
    }
}

/* Lines that start with '|', their texts joined by newlines; for `file` and `expect`. The line after the
 * block stays for the caller: blocks end with `end`. */
static bool read_block(struct reader *r, char ***lines, size_t *count)
{
    char *s;

    while ((s = next_line(r)) && strcmp(s, "end") != 0) {
        if (*s != '|' && strcmp(s, "...") != 0)
            return fail(r, "a block's lines start with '|' (or are '...'), and 'end' closes it");
        *lines = xreallocarray(*lines, *count + 1, sizeof **lines);
        (*lines)[(*count)++] = xstrdup(*s == '|' ? s + 1 : "...");
    }
    return s ? true : fail(r, "the block is not closed by 'end'");
}

static bool read_file(struct reader *r, const char *rest)
{
    struct screen_case *c = r->c;
    struct case_data *d;
    char **lines = NULL;
    size_t count = 0;
    bool ok;

    c->data = xreallocarray(c->data, c->data_count + 1, sizeof *c->data);
    d = &c->data[c->data_count];
    memset(d, 0, sizeof *d);
    d->name = read_word(r, &rest);
    if (!d->name)
        return fail(r, "file NAME is missing its name");
    c->data_count++;
    ok = read_block(r, &lines, &count);
    for (size_t i = 0; i < count; i++) {
        size_t len = strlen(lines[i]);
        d->content = xrealloc(d->content, d->len + len + 1);
        memcpy(d->content + d->len, lines[i], len);
        d->content[d->len + len] = '\n';
        d->len += len + 1;
        free(lines[i]);
    }
    free(lines);
    return ok;
}

/* A whole number from least to most, at the start of *at, which is moved behind it. */
static bool read_number(const char **at, long least, long most, int *number)
{
    char *end;
    errno = 0;
    long n = strtol(*at, &end, 10);

    if (end == *at || errno != 0 || n < least || n > most)
        return false;
    *number = (int)n;
    *at = end;
    return true;
}

static bool read_size(const char *s, int *cols, int *rows)
{
    return read_number(&s, 1, 1000, cols) && *s++ == 'x' && read_number(&s, 1, 1000, rows) && *s == '\0';
}

/* "within 10s", "for 500ms" at the end of a step. */
static bool read_span(struct reader *r, struct step *s, const char *rest)
{
    const char *word = s->kind == STEP_STEADY ? "for " : "within ";
    const char *at = rest = skip_blanks(rest);
    char *unit;

    if (*rest == '\0')
        return true;
    if (strncmp(at, word, strlen(word)) != 0)
        return fail(r, "only 'within 10s' (or ms) may follow here; after steady 'for 1s'");
    at += strlen(word);
    double n = strtod(at, &unit);
    bool seconds = strcmp(unit, "s") == 0;
    if (unit == at || !(n > 0 && n <= 600000) || (!seconds && strcmp(unit, "ms") != 0))
        return fail(r, "a time is written as 10s or 500ms");
    s->span_ms = (int)(n * (seconds ? 1000 : 1));
    return true;
}

static bool read_signal(struct reader *r, const char *name, int *number)
{
    for (size_t i = 0; i < sizeof signals / sizeof *signals; i++) {
        if (strncmp(name, signals[i].name, strlen(signals[i].name)) == 0) {
            *number = signals[i].number;
            return true;
        }
    }
    return fail(r, "unknown signal");
}

static bool read_exit(struct reader *r, struct step *s, const char *rest)
{
    if (strncmp(rest, "signal ", 7) == 0) {
        if (!read_signal(r, rest + 7, &s->number))
            return false;
        s->number = -s->number;
        rest += strcspn(rest + 7, " ") + 7;
        return read_span(r, s, rest);
    }
    if (strncmp(rest, "any", 3) == 0) {
        s->number = EXIT_ANY;
        return read_span(r, s, rest + 3);
    }
    if (!read_number(&rest, 0, 255, &s->number))
        return fail(r, "expected: exit STATUS, exit any or exit signal NAME");
    return read_span(r, s, rest);
}

static bool read_pattern(struct reader *r, struct step *s, const char *rest)
{
    char why[160];

    if (!pattern_read(&s->pattern, &rest, why, sizeof why))
        return fail(r, why);
    if ((s->kind == STEP_RISES || s->kind == STEP_FALLS || s->kind == STEP_STEADY) &&
        (!s->pattern.is_regex || s->pattern.regex.re_nsub < 1))
        return fail(r, "this step needs a /regex/ with the figure in its first ( )");
    return read_span(r, s, rest);
}

static bool read_arguments(struct reader *r, struct step *s, const char *rest)
{
    switch (s->kind) {
    case STEP_ROW:
        if (!read_number(&rest, -1000, 1000, &s->number) || s->number == 0)
            return fail(r, "expected: row N \"text\" (1 = top, -1 = bottom)");
        return read_pattern(r, s, skip_blanks(rest));
    case STEP_EXPECT:
        s->number = 1;
        if (strncmp(rest, "from ", 5) == 0) {
            rest += 5;
            if (!read_number(&rest, 1, 1000, &s->number))
                return fail(r, "expected: expect from ROW");
        }
        return read_span(r, s, rest) && read_block(r, &s->globs, &s->globs_count);
    case STEP_KEYS: s->text = read_word(r, &rest); return s->text ? true : fail(r, "no keys");
    case STEP_RESIZE:
        return read_size(rest, &s->number, &s->number2) ? true : fail(r, "expected: resize 40x10");
    case STEP_SIGNAL: return read_signal(r, rest, &s->number);
    case STEP_EXIT: return read_exit(r, s, rest);
    case STEP_STOPPED: return read_span(r, s, rest);
    case STEP_CONTINUE:
    case STEP_HANGUP:
    case STEP_ASCII:
    case STEP_COLOURLESS:
    case STEP_COLOURED:
    case STEP_PRINT: return *rest == '\0' ? true : fail(r, "this step takes nothing more");
    default: return read_pattern(r, s, rest);
    }
}

static const char *const step_names[] = {
    [STEP_WAIT] = "wait",         [STEP_GONE] = "gone",         [STEP_HAS] = "has",
    [STEP_ABSENT] = "absent",     [STEP_ROW] = "row",           [STEP_EXPECT] = "expect",
    [STEP_RISES] = "rises",       [STEP_FALLS] = "falls",       [STEP_STEADY] = "steady",
    [STEP_KEYS] = "keys",         [STEP_RESIZE] = "resize",     [STEP_SIGNAL] = "signal",
    [STEP_STOPPED] = "stopped",   [STEP_CONTINUE] = "continue", [STEP_HANGUP] = "hangup",
    [STEP_EXIT] = "exit",         [STEP_ASCII] = "ascii-only",  [STEP_COLOURLESS] = "colourless",
    [STEP_COLOURED] = "coloured", [STEP_PRINT] = "print",
};

static bool read_step(struct reader *r, const char *word, size_t word_len, const char *rest)
{
    struct screen_case *c = r->c;

    for (size_t k = 0; k < sizeof step_names / sizeof *step_names; k++) {
        if (strlen(step_names[k]) != word_len || strncmp(word, step_names[k], word_len) != 0)
            continue;
        c->steps = xreallocarray(c->steps, c->steps_count + 1, sizeof *c->steps);
        struct step *s = &c->steps[c->steps_count++];
        memset(s, 0, sizeof *s);
        s->kind = (enum step_kind)k;
        s->line = r->number;
        return read_arguments(r, s, rest);
    }
    return fail(r, "unknown word at the start of the line");
}

static bool read_line(struct reader *r, const char *line)
{
    struct screen_case *c = r->c;
    const char *word = skip_blanks(line);
    size_t len = strcspn(word, " \t");
    const char *rest = skip_blanks(word + len);

    if (len == 0 || *word == '#')
        return true;
    if (strncmp(word, "title ", 6) == 0) {
        free(c->title);
        c->title = xstrdup(rest);
    } else if (strncmp(word, "size ", 5) == 0) {
        return read_size(rest, &c->cols, &c->rows) ? true : fail(r, "expected: size 80x24");
    } else if (strncmp(word, "args ", 5) == 0) {
        add_words(r, rest, &c->args, &c->args_count);
    } else if (strncmp(word, "env ", 4) == 0 || strncmp(word, "unset ", 6) == 0) {
        add_words(r, rest, &c->env, &c->env_count);
    } else if (strncmp(word, "program ", 8) == 0) {
        free(c->program);
        c->program = read_word(r, &rest);
    } else if (strncmp(word, "file ", 5) == 0) {
        return read_file(r, rest);
    } else {
        return read_step(r, word, len, rest);
    }
    return true;
}

bool case_read(struct screen_case *c, const char *path, const char *tmp, const char *src, char *err,
               size_t err_cap)
{
    struct reader r = {.c = c, .tmp = tmp, .src = src, .err = err, .err_cap = err_cap};
    const char *name = strrchr(path, '/');
    bool ok = true, ends = false;
    char *line;

    memset(c, 0, sizeof *c);
    c->path = xstrdup(path);
    c->title = xstrdup(name ? name + 1 : path);
    c->rows = 24;
    c->cols = 80;
    r.in = fopen(path, "re");
    if (!r.in) {
        snprintf(err, err_cap, "%s: %s", path, strerror(errno));
        return false;
    }
    while (ok && (line = next_line(&r))) {
        /* Blocks read on into the same buffer: a line keeps a copy of itself. */
        char *copy = xstrdup(line);
        ok = read_line(&r, copy);
        free(copy);
    }
    for (size_t i = 0; i < c->steps_count; i++)
        ends |= c->steps[i].kind == STEP_EXIT;
    if (ok && !ends)
        ok = fail(&r, "a case has an exit step");
    free(r.line);
    if (fclose(r.in) != 0 && ok)
        ok = fail(&r, "cannot be read to its end");
    return ok;
}

static void free_list(char **list, size_t count)
{
    for (size_t i = 0; i < count; i++)
        free(list[i]);
    free(list);
}

void case_free(struct screen_case *c)
{
    for (size_t i = 0; i < c->steps_count; i++) {
        pattern_free(&c->steps[i].pattern);
        free(c->steps[i].text);
        free_list(c->steps[i].globs, c->steps[i].globs_count);
    }
    for (size_t i = 0; i < c->data_count; i++) {
        free(c->data[i].name);
        free(c->data[i].content);
    }
    free(c->steps);
    free(c->data);
    free_list(c->args, c->args_count);
    free_list(c->env, c->env_count);
    free(c->program);
    free(c->title);
    free(c->path);
}
