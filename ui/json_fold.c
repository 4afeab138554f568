#include "ui/json_fold.h"

#include "base/xalloc.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { DEPTH_MOST = 64 };

void json_fold_free(struct json_fold *f)
{
    free(f->text);
    free(f->line);
    free(f->visible);
    *f = (struct json_fold){0};
}

/* ---- lines ---- */

static uint64_t hash(uint64_t from, const char *bytes, size_t len)
{
    for (size_t i = 0; i < len; i++)
        from = (from ^ (unsigned char)bytes[i]) * 0x100000001B3ULL;
    return from;
}

static size_t indent_of(const struct json_line *l)
{
    size_t n = 0;
    while (n < l->len && l->at[n] == ' ')
        n++;
    return n;
}

/* The last sign of a line that says something, a comma apart; '\0' = none. */
static char last_of(const struct json_line *l)
{
    size_t n = l->len;
    while (n && (l->at[n - 1] == ' ' || l->at[n - 1] == ',' || l->at[n - 1] == '\r'))
        n--;
    return n ? l->at[n - 1] : '\0';
}

static bool opens(const struct json_line *l)
{
    return last_of(l) == '{' || last_of(l) == '[';
}

static bool closes(const struct json_line *l)
{
    size_t n = indent_of(l);
    return n < l->len && (l->at[n] == '}' || l->at[n] == ']');
}

/* The path of a line is that of its parent and its name, or its number where it has none. */
static uint64_t path_of(const struct json_fold *f, const struct json_line *l, bool top)
{
    const struct json_line *parent = &f->line[l->parent];
    uint64_t from = top ? 0xCBF29CE484222325ULL : parent->path;
    size_t first = indent_of(l), n = first;
    if (n < l->len && l->at[n] == '"') {
        for (n++; n < l->len && l->at[n] != '"'; n++)
            n += l->at[n] == '\\';
        if (n < l->len)
            return hash(from, l->at + first, n - first);
    }
    size_t number = top ? 0 : parent->fields;
    return hash(from, (const char *)&number, sizeof number);
}

static void add_line(struct json_fold *f, const char *at, size_t len)
{
    if (f->lines == f->lines_cap) {
        f->lines_cap = f->lines_cap ? 2 * f->lines_cap : 128;
        f->line = xreallocarray(f->line, f->lines_cap, sizeof *f->line);
    }
    f->line[f->lines] = (struct json_line){.at = at, .len = len, .end = f->lines, .parent = f->lines};
    f->lines++;
}

/* Finds what each line opens and closes. */
static void nest(struct json_fold *f)
{
    size_t open[DEPTH_MOST], depth = 0;
    for (size_t i = 0; i < f->lines; i++) {
        struct json_line *l = &f->line[i];
        bool end = closes(l);
        if (end && depth)
            f->line[open[--depth]].end = i;
        if (depth)
            l->parent = open[depth - 1];
        l->path = path_of(f, l, depth == 0);
        if (depth && (!end || opens(l)))
            f->line[open[depth - 1]].fields++;
        if (opens(l) && depth < DEPTH_MOST)
            open[depth++] = i;
    }
}

/* ---- folding ---- */

static size_t fold_of(const struct json_fold *f, uint64_t path)
{
    size_t i = 0;
    while (i < f->folds && f->folded[i] != path)
        i++;
    return i;
}

static bool is_folded(const struct json_fold *f, size_t line)
{
    return f->line[line].end > line && fold_of(f, f->line[line].path) < f->folds;
}

static void show(struct json_fold *f)
{
    f->shown = 0;
    if (f->shown_cap < f->lines) {
        f->shown_cap = f->lines;
        f->visible = xreallocarray(f->visible, f->shown_cap, sizeof *f->visible);
    }
    for (size_t i = 0; i < f->lines; i++) {
        f->visible[f->shown++] = i;
        if (is_folded(f, i)) {
            const struct json_line *end = &f->line[f->line[i].end];
            /* A line that closes one and opens the next, as in "}, {", stays. */
            i = f->line[i].end - opens(end);
        }
    }
}

/* The visible line that shows a line, or what it is folded into. */
static size_t visible_of(const struct json_fold *f, size_t line)
{
    size_t n = 0;
    while (n + 1 < f->shown && f->visible[n + 1] <= line)
        n++;
    return n;
}

size_t json_fold_set(struct json_fold *f, const char *json, size_t n)
{
    bool known = n < f->shown;
    uint64_t path = known ? f->line[f->visible[n]].path : 0;
    free(f->text);
    f->text = xstrdup(json);
    f->lines = f->hits = 0;
    for (const char *at = f->text; *at;) {
        const char *end = strchrnul(at, '\n');
        add_line(f, at, (size_t)(end - at));
        at = *end ? end + 1 : end;
    }
    nest(f);
    show(f);
    for (size_t i = 0; known && i < f->lines; i++)
        if (f->line[i].path == path)
            return visible_of(f, i);
    return n < f->shown ? n : f->shown ? f->shown - 1 : 0;
}

size_t json_fold_toggle(struct json_fold *f, size_t n)
{
    if (n >= f->shown)
        return n;
    size_t line = f->visible[n];
    if (f->line[line].end == line)
        line = f->line[line].parent;
    if (f->line[line].end == line)
        return n; /* in nothing that could be folded */
    size_t fold = fold_of(f, f->line[line].path);
    if (fold < f->folds)
        f->folded[fold] = f->folded[--f->folds];
    else if (f->folds < JSON_FOLDS_MOST)
        f->folded[f->folds++] = f->line[line].path;
    show(f);
    return visible_of(f, line);
}

/* ---- searching ---- */

void json_fold_search(struct json_fold *f, const struct match *m)
{
    char text[JSON_LINE_MOST];
    f->hits = 0;
    for (size_t i = 0; i < f->lines; i++) {
        struct json_line *l = &f->line[i];
        size_t len = l->len < sizeof text - 1 ? l->len : sizeof text - 1;
        memcpy(text, l->at, len);
        text[len] = '\0';
        l->hit = m->kind != MATCH_ALL && match_hit(m, text);
        f->hits += l->hit;
    }
}

size_t json_fold_next(struct json_fold *f, size_t n, int step, bool here)
{
    if (!f->hits || n >= f->shown)
        return n;
    size_t at = f->visible[n];
    for (size_t k = 0; k < f->lines; k++) {
        if (k || !here)
            at = step < 0 ? (at + f->lines - 1) % f->lines : (at + 1) % f->lines;
        if (f->line[at].hit)
            break;
    }
    for (size_t up = at; f->line[up].parent != up;) {
        up = f->line[up].parent;
        size_t fold = fold_of(f, f->line[up].path);
        if (fold < f->folds)
            f->folded[fold] = f->folded[--f->folds];
    }
    show(f);
    return visible_of(f, at);
}

/* ---- showing ---- */

char *json_fold_text(const struct json_fold *f, size_t n, char out[JSON_LINE_MOST])
{
    const struct json_line *l = &f->line[f->visible[n]];
    size_t len = l->len < JSON_LINE_MOST - 64 ? l->len : JSON_LINE_MOST - 64;
    memcpy(out, l->at, len);
    out[len] = '\0';
    if (!is_folded(f, f->visible[n]))
        return out;
    const struct json_line *end = &f->line[l->end];
    bool list = last_of(l) == '[', comma = end->len && end->at[end->len - 1] == ',';
    while (len && out[len - 1] == ' ')
        len--;
    snprintf(out + len, 64, "...%c%s  %zu %s%s", list ? ']' : '}', comma ? "," : "", l->fields,
             list ? "item" : "field", l->fields == 1 ? "" : "s");
    return out;
}

bool json_fold_hit(const struct json_fold *f, size_t n)
{
    size_t line = f->visible[n];
    if (!is_folded(f, line))
        return f->line[line].hit;
    for (size_t i = line; i <= f->line[line].end; i++)
        if (f->line[i].hit)
            return true; /* somewhere in it */
    return false;
}

char json_fold_mark(const struct json_fold *f, size_t n)
{
    size_t line = f->visible[n];
    return f->line[line].end == line ? ' ' : is_folded(f, line) ? '+' : '-';
}
