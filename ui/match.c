#include "ui/match.h"

#include "base/xalloc.h"

#include <regex.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <wctype.h>

enum {
    REGEX_SEES = 1000, /* bytes of a text */
    REPEATS_MOST = 64, /* all {n,m} of an expression multiplied: the library copies what is repeated */
    RENEW_AFTER = 5000 /* the library keeps what it has worked out about texts: forgotten after so many */
};

struct match_regex {
    regex_t re;
    char pattern[MATCH_TEXT];
    unsigned asked;
};

const struct match match_all = {0};

/* ---- text ---- */

/* The character at *s, which moves on; broken bytes stand for themselves. */
static wchar_t next_char(const char **s)
{
    const unsigned char *u = (const unsigned char *)*s;
    size_t more = u[0] >= 0xF0 ? 3 : u[0] >= 0xE0 ? 2 : u[0] >= 0xC0 ? 1 : 0;
    unsigned c = more == 3 ? u[0] & 0x07u : more == 2 ? u[0] & 0x0Fu : more == 1 ? u[0] & 0x1Fu : u[0];
    for (size_t i = 1; i <= more; i++) {
        if ((u[i] & 0xC0u) != 0x80u) {
            ++*s;
            return (wchar_t)u[0];
        }
        c = c << 6 | (u[i] & 0x3Fu);
    }
    *s += 1 + more;
    return (wchar_t)c;
}

static bool is_ascii(const char *s)
{
    for (; *s; s++)
        if ((unsigned char)*s & 0x80)
            return false;
    return true;
}

static void fold(wchar_t *out, size_t cap, const char *text)
{
    size_t n = 0;
    while (*text && n + 1 < cap)
        out[n++] = (wchar_t)towlower((wint_t)next_char(&text));
    out[n] = L'\0';
}

static bool begins_with(const char *text, const wchar_t *folded)
{
    for (; *folded; folded++)
        if (!*text || (wchar_t)towlower((wint_t)next_char(&text)) != *folded)
            return false;
    return true;
}

static bool has_folded(const char *text, const wchar_t *folded)
{
    for (; *text; (void)next_char(&text))
        if (begins_with(text, folded))
            return true;
    return false;
}

/* ---- expressions ---- */

/* The expression between the slashes; the last one may be missing still. */
static void between_slashes(char *out, size_t cap, const char *typed)
{
    size_t len = strlen(typed + 1), escapes = 0;
    const char *from = typed + 1;
    while (len >= 2 && escapes < len - 1 && from[len - 2 - escapes] == '\\')
        escapes++;
    if (len && from[len - 1] == '/' && escapes % 2 == 0)
        len--;
    snprintf(out, cap, "%.*s", (int)len, from);
}

/* How often {n}, {n,} or {n,m} repeats at most what stands before it. */
static long repeats_of(const char *brace)
{
    char *end;
    long least = strtol(brace + 1, &end, 10), most = 0;
    if (*end == ',')
        most = strtol(end + 1, NULL, 10);
    return most > least ? most : least;
}

/* What would make the library slow or hungry; NULL when nothing would. */
static const char *too_much(const char *pattern)
{
    long all = 1;
    for (const char *s = pattern; *s; s++) {
        if (*s == '\\' && s[1]) {
            if (s[1] >= '1' && s[1] <= '9')
                return "back-references like \\1 are not taken here";
            s++;
        } else if (*s == '{') {
            long n = repeats_of(s);
            if (n > REPEATS_MOST || (n > 1 && (all *= n) > REPEATS_MOST))
                return "that repeats too often";
        }
    }
    return NULL;
}

static struct match_regex *compile(const char *typed, char *err, size_t err_cap)
{
    struct match_regex *r = xcalloc(1, sizeof *r);
    between_slashes(r->pattern, sizeof r->pattern, typed);
    const char *why = r->pattern[0] ? too_much(r->pattern) : "a regular expression follows, then /";
    if (why) {
        snprintf(err, err_cap, "%s", why);
        free(r);
        return NULL;
    }
    int result = regcomp(&r->re, r->pattern, REG_EXTENDED | REG_ICASE | REG_NOSUB);
    if (!result)
        return r;
    char text[120];
    (void)regerror(result, &r->re, text, sizeof text);
    snprintf(err, err_cap, "not a whole expression yet: %s", text);
    free(r);
    return NULL;
}

static bool regex_hit(struct match_regex *r, const char *text)
{
    char head[REGEX_SEES + 1];
    if (++r->asked % RENEW_AFTER == 0) {
        regex_t fresh;
        if (!regcomp(&fresh, r->pattern, REG_EXTENDED | REG_ICASE | REG_NOSUB)) {
            regfree(&r->re);
            r->re = fresh;
        }
    }
    if (strnlen(text, REGEX_SEES + 1) > REGEX_SEES) {
        size_t len = REGEX_SEES;
        while (len && ((unsigned char)text[len] & 0xC0) == 0x80)
            len--;
        memcpy(head, text, len);
        head[len] = '\0';
        text = head;
    }
    return regexec(&r->re, text, 0, NULL, 0) == 0;
}

/* ---- both ---- */

bool match_set(struct match *m, const char *typed, char *err, size_t err_cap)
{
    struct match_regex *regex = NULL;
    if (strlen(typed) >= sizeof m->typed) {
        snprintf(err, err_cap, "that is too long to look for");
        return false;
    }
    if (typed[0] == '/' && !(regex = compile(typed, err, err_cap)))
        return false;
    match_free(m);
    m->kind = regex ? MATCH_REGEX : *typed ? MATCH_PLAIN : MATCH_ALL;
    m->regex = regex;
    snprintf(m->typed, sizeof m->typed, "%s", typed);
    if (m->kind == MATCH_PLAIN && !is_ascii(typed))
        fold(m->folded, MATCH_TEXT, typed);
    return true;
}

void match_free(struct match *m)
{
    if (m->regex) {
        regfree(&m->regex->re);
        free(m->regex);
    }
    *m = (struct match){0};
}

bool match_hit(const struct match *m, const char *text)
{
    switch (m->kind) {
    case MATCH_ALL: break;
    case MATCH_PLAIN: return m->folded[0] ? has_folded(text, m->folded) : strcasestr(text, m->typed) != NULL;
    case MATCH_REGEX: return regex_hit(m->regex, text);
    }
    return true;
}

char *match_words(const struct match *m, char *out, size_t cap)
{
    switch (m->kind) {
    case MATCH_ALL: snprintf(out, cap, "%s", ""); break;
    case MATCH_PLAIN: snprintf(out, cap, "with \"%s\"", m->typed); break;
    case MATCH_REGEX: snprintf(out, cap, "matching /%s/", m->regex->pattern); break;
    }
    return out;
}
