#include "ui/kept.h"

#include "base/text.h"
#include "base/xalloc.h"
#include "ini_file.h"
#include "ui/pane.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum { VERSION = 1, LINES_MOST = 1000, BYTES_MOST = 64 * 1024 };
#define LAYOUT_SECTION "layout "

const char *const kept_names[KEPT_SETTINGS] = {"layout", "theme", "charts", "mouse"};
static const char *const place_words[PLACE_NONE] = {"main", "side", "bottom"};

void kept_init(struct kept *k)
{
    memset(k, 0, sizeof *k);
    for (size_t i = 0; i < plan_count; i++)
        arrange_reset(&k->layout[i], &plans[i]);
}

void kept_free(struct kept *k)
{
    for (size_t i = 0; i < k->unknown_count; i++) {
        free(k->unknown[i].section);
        free(k->unknown[i].key);
        free(k->unknown[i].value);
    }
    free(k->unknown);
    *k = (struct kept){0};
}

/* ---- reading ---- */

struct reading {
    struct kept *k;
    bool ours; /* the line with the version was there */
    char *why; /* what could not be used: the first of it */
    size_t why_cap;
};

static void doubt(struct reading *r, int line, const char *what)
{
    if (!r->why[0])
        snprintf(r->why, r->why_cap, "line %d: %s", line, what);
}

static bool number(const char *text, int least, int most, int *out)
{
    char *end;
    errno = 0;
    long n = strtol(text, &end, 10);
    if (end == text || *end || errno || n < least || n > most)
        return false;
    *out = (int)n;
    return true;
}

static size_t pane_called(const char *name)
{
    size_t i = 0;
    while (i < pane_count && strcmp(panes[i]->name, name) != 0)
        i++;
    return i;
}

/* "replay side 8": a pane, its place, and its lines where the user gave it some. A pane or place that this
 * version does not have is left out. */
static bool read_pane(struct arrangement *a, char *text)
{
    char *rest = NULL, *word = strtok_r(text, " \t", &rest);
    size_t pane = word ? pane_called(word) : pane_count;
    word = strtok_r(NULL, " \t", &rest);
    int place = 0, lines = 0;
    while (word && place < PLACE_NONE && strcmp(place_words[place], word) != 0)
        place++;
    if (pane == pane_count || !word || place == PLACE_NONE || arrange_shows(a, pane))
        return false;
    word = strtok_r(NULL, " \t", &rest);
    if (word && !number(word, ARRANGE_LINES_LEAST, LINES_MOST, &lines))
        return false;
    a->shown[a->count].pane = pane;
    a->shown[a->count].place = (enum place)place;
    a->shown[a->count++].lines = lines;
    return true;
}

/* False when no pane of the list is known. */
static bool read_panes(struct reading *r, struct arrangement *a, const char *value, int line)
{
    struct arrangement fresh = {.main_share = a->main_share};
    char *text = xstrdup(value), *rest = NULL;
    for (char *part = strtok_r(text, ",", &rest); part; part = strtok_r(NULL, ",", &rest))
        if (!read_pane(&fresh, part))
            doubt(r, line, "not all of its panes are known here");
    free(text);
    if (fresh.count)
        *a = fresh;
    return fresh.count > 0;
}

static void carry(struct kept *k, const char *section, const char *key, const char *value)
{
    k->unknown = xreallocarray(k->unknown, k->unknown_count + 1, sizeof *k->unknown);
    k->unknown[k->unknown_count++] =
        (struct kept_line){.section = xstrdup(section), .key = xstrdup(key), .value = xstrdup(value)};
}

static bool read_layout(struct reading *r, struct arrangement *a, int line, const char *key,
                        const char *value)
{
    if (!strcmp(key, "panes"))
        return read_panes(r, a, value, line);
    return !strcmp(key, "main-share") && number(value, 1, 999, &a->main_share);
}

static bool on_key(void *arg, int line, const char *section, const char *key, const char *value, char *err,
                   size_t err_cap)
{
    struct reading *r = arg;
    const size_t prefix = strlen(LAYOUT_SECTION);
    int version = 0;
    if (!r->ours) {
        /* The first line that counts says whose file it is. */
        r->ours = !strcmp(section, "screen") && !strcmp(key, "version") && number(value, 1, 999999, &version);
        if (!r->ours)
            snprintf(err, err_cap, "this is not a file that the screen wrote");
        else if (version > VERSION)
            snprintf(r->why, r->why_cap,
                     "it was written by a newer version: what is not known is left alone");
        return r->ours;
    }
    for (size_t i = 0; !strcmp(section, "screen") && i < KEPT_SETTINGS; i++)
        if (!strcmp(kept_names[i], key) && *value && strlen(value) < KEPT_WORD) {
            text_clean(r->k->setting[i], KEPT_WORD, value, strlen(value), false);
            return true;
        }
    for (size_t i = 0; !strncmp(section, LAYOUT_SECTION, prefix) && i < plan_count; i++)
        if (!strcmp(section + prefix, plans[i].name) && read_layout(r, &r->k->layout[i], line, key, value))
            return true;
    doubt(r, line, "it means nothing to this version");
    carry(r->k, section, key, value);
    return true;
}

enum kept_result kept_read(struct kept *k, const char *path, char *why, size_t why_cap)
{
    struct reading r = {.k = k, .why = why, .why_cap = why_cap};
    struct stat st;
    char err[700];
    why[0] = '\0';
    if (stat(path, &st) && (errno == ENOENT || errno == ENOTDIR))
        return KEPT_NO_FILE;
    /* A pipe would be waited for, and a device has no end. */
    bool ordinary = stat(path, &st) || (S_ISREG(st.st_mode) && st.st_size <= BYTES_MOST);
    bool read = ordinary && ini_file_read(path, on_key, &r, err, sizeof err) == 0;
    if (read && r.ours)
        return KEPT_READ;
    if (!ordinary)
        snprintf(err, sizeof err, "%s is no file that the screen wrote", path);
    snprintf(why, why_cap, "%s", read ? "it is empty" : err);
    kept_free(k);
    kept_init(k);
    return KEPT_DAMAGED;
}

/* ---- writing ---- */

/* A semicolon behind a blank begins a comment, so a value that begins with one gets no blank before it. */
static void add_pair(struct strbuf *out, const char *key, const char *value)
{
    strbuf_printf(out, "%s =%s%s\n", key, value[0] == ';' ? "" : " ", value);
}

static void add_unknown(struct strbuf *out, const struct kept *k, const char *section)
{
    for (size_t i = 0; i < k->unknown_count; i++)
        if (!strcmp(k->unknown[i].section, section))
            add_pair(out, k->unknown[i].key, k->unknown[i].value);
}

static bool section_known(const char *section)
{
    const size_t prefix = strlen(LAYOUT_SECTION);
    for (size_t i = 0; !strncmp(section, LAYOUT_SECTION, prefix) && i < plan_count; i++)
        if (!strcmp(section + prefix, plans[i].name))
            return true;
    return !strcmp(section, "screen");
}

static void add_layout(struct strbuf *out, const struct kept *k, size_t n)
{
    const struct arrangement *a = &k->layout[n];
    char section[60];
    bool planned = arrange_is_planned(a, &plans[n]), unknown = false;
    snprintf(section, sizeof section, LAYOUT_SECTION "%s", plans[n].name);
    for (size_t i = 0; i < k->unknown_count; i++)
        unknown |= !strcmp(k->unknown[i].section, section);
    if (planned && !unknown)
        return;
    strbuf_printf(out, "\n[%s]\n", section);
    if (!planned) {
        strbuf_printf(out, "panes = ");
        for (size_t i = 0; i < a->count; i++) {
            strbuf_printf(out, "%s%s %s", i ? ", " : "", panes[a->shown[i].pane]->name,
                          place_words[a->shown[i].place]);
            if (a->shown[i].lines)
                strbuf_printf(out, " %d", a->shown[i].lines);
        }
        strbuf_printf(out, "\n");
        if (a->main_share)
            strbuf_printf(out, "main-share = %d\n", a->main_share);
    }
    add_unknown(out, k, section);
}

char *kept_text(const struct kept *k, size_t *len)
{
    struct strbuf out = {0};
    strbuf_printf(
        &out,
        "; What was chosen on the screen of sfcrime-tui, written by it. Options and config.ini win over "
        "it;\n; --reset-screen forgets it. Panes: name, place, lines; main-share: of the width, in "
        "thousandths.\n[screen]\nversion = %d\n",
        VERSION);
    for (int i = 0; i < KEPT_SETTINGS; i++)
        if (k->setting[i][0])
            add_pair(&out, kept_names[i], k->setting[i]);
    add_unknown(&out, k, "screen");
    for (size_t i = 0; i < plan_count; i++)
        add_layout(&out, k, i);
    for (size_t i = 0; i < k->unknown_count; i++) {
        const char *section = k->unknown[i].section;
        bool first = !section_known(section);
        for (size_t j = 0; j < i; j++)
            first &= strcmp(k->unknown[j].section, section) != 0;
        if (!first)
            continue;
        strbuf_printf(&out, "\n[%s]\n", section);
        add_unknown(&out, k, section);
    }
    *len = out.len;
    return out.data;
}
