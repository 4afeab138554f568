#include "match.h"

#include "base/xalloc.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

bool pattern_read(struct pattern *p, const char **at, char *err, size_t err_cap)
{
    const char *s = *at;
    char quote = *s;
    size_t n = 0;

    memset(p, 0, sizeof *p);
    if (quote != '"' && quote != '/') {
        snprintf(err, err_cap, "expected \"text\" or /regex/ at: %s", s);
        return false;
    }
    p->text = xmalloc(strlen(s));
    for (s++; *s && *s != quote; s++) {
        /* In a regex only the quote itself loses its backslash: all others belong to the regex. */
        if (*s == '\\' && (s[1] == quote || (quote == '"' && s[1] == '\\')))
            s++;
        p->text[n++] = *s;
    }
    p->text[n] = '\0';
    if (*s != quote) {
        snprintf(err, err_cap, "no closing %c", quote);
        goto fail;
    }
    if (quote == '/') {
        int rc = regcomp(&p->regex, p->text, REG_EXTENDED);
        if (rc != 0) {
            regerror(rc, NULL, err, err_cap);
            goto fail;
        }
        p->is_regex = true;
    }
    p->source = xstrndup(*at, (size_t)(s + 1 - *at));
    *at = s + 1;
    return true;
fail:
    free(p->text);
    p->text = NULL;
    return false;
}

void pattern_free(struct pattern *p)
{
    if (p->is_regex)
        regfree(&p->regex);
    free(p->source);
    free(p->text);
    memset(p, 0, sizeof *p);
}

bool pattern_in_line(const struct pattern *p, const char *line)
{
    if (p->is_regex)
        return regexec(&p->regex, line, 0, NULL, 0) == 0;
    return strstr(line, p->text) != NULL;
}

bool pattern_number(const struct pattern *p, const char *line, double *number)
{
    regmatch_t m[2];
    char digits[64];
    size_t n = 0;
    char *end;

    if (!p->is_regex || regexec(&p->regex, line, 2, m, 0) != 0 || m[1].rm_so < 0)
        return false;
    for (regoff_t i = m[1].rm_so; i < m[1].rm_eo && n + 1 < sizeof digits; i++) {
        if (line[i] != ',')
            digits[n++] = line[i];
    }
    digits[n] = '\0';
    *number = strtod(digits, &end);
    return end != digits;
}

bool glob_matches(const char *glob, const char *line)
{
    const char *star = NULL, *retry = NULL;

    /* Greedy from left to right; on a mismatch the last star takes one more byte. */
    while (*line) {
        if (*glob == '*') {
            star = ++glob;
            retry = line;
            continue;
        }
        size_t escaped = glob[0] == '\\' && glob[1] == '*';
        if (glob[escaped] == *line && glob[escaped] != '\0') {
            glob += 1 + escaped;
            line++;
        } else if (star) {
            glob = star;
            line = ++retry;
        } else {
            return false;
        }
    }
    while (*glob == '*')
        glob++;
    return *glob == '\0';
}
