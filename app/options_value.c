#include "options_value.h"

#include "base/clock.h"
#include "base/xalloc.h"

#include <ctype.h>
#include <errno.h>
#include <locale.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define TOPIC_MAX 249 /* Kafka's own limit */

static void *member(struct options *o, const struct option_row *row)
{
    return (char *)o + row->at;
}

static bool is_none(const struct option_row *row, const char *text)
{
    return row->none && strcmp(text, row->none) == 0;
}

/* The decimal point is a point in every locale: a file must mean the same on every machine. */
static bool number_parse(const char *text, double *value)
{
    if (!*text || strspn(text, "0123456789.eE+-") != strlen(text))
        return false;
    locale_t plain = newlocale(LC_NUMERIC_MASK, "C", (locale_t)0);
    char *end = NULL;
    double v = plain ? strtod_l(text, &end, plain) : strtod(text, &end);
    if (plain)
        freelocale(plain);
    if (*end || !isfinite(v))
        return false;
    *value = v;
    return true;
}

static bool whole_parse(const char *text, const struct option_row *row, int64_t *value)
{
    if (!*text || strspn(text, "0123456789+-") != strlen(text))
        return false;
    char *end = NULL;
    errno = 0;
    long long v = strtoll(text, &end, 10);
    if (*end || errno || (double)v < row->min || (double)v > row->max)
        return false;
    *value = v;
    return true;
}

/* "100 MB", "512KB", "1000": units of 1024, as the screen shows them. */
static bool bytes_parse(const struct option_row *row, const char *text, int64_t *value)
{
    static const char *const units[] = {"", "KB", "MB", "GB", "TB"};
    if (is_none(row, text)) {
        *value = 0;
        return true;
    }
    size_t len = strspn(text, "0123456789.");
    const char *unit = text + len + strspn(text + len, " ");
    char *digits = xstrndup(text, len);
    double v = 0;
    bool ok = number_parse(digits, &v), known = strcasecmp(unit, "B") == 0;
    free(digits);
    for (size_t i = 0; ok && !known && i < sizeof units / sizeof units[0]; i++) {
        known = strcasecmp(unit, units[i]) == 0;
        if (!known)
            v *= 1024;
    }
    if (!ok || !known || v < row->min || v > row->max)
        return false;
    *value = (int64_t)v;
    return true;
}

static bool seed_parse(const char *text, uint64_t *value)
{
    if (!*text || strspn(text, "0123456789") != strlen(text))
        return false;
    errno = 0;
    unsigned long long v = strtoull(text, NULL, 10);
    if (errno)
        return false;
    *value = v;
    return true;
}

static bool bool_parse(const char *text, bool *value)
{
    static const char *const yes[] = {"true", "yes", "on", "1"}, *const no[] = {"false", "no", "off", "0"};
    for (size_t i = 0; i < sizeof yes / sizeof yes[0]; i++) {
        if (strcasecmp(text, yes[i]) == 0 || strcasecmp(text, no[i]) == 0) {
            *value = strcasecmp(text, yes[i]) == 0;
            return true;
        }
    }
    return false;
}

static bool share_parse(const char *text, double *value)
{
    size_t len = strlen(text);
    bool percent = len > 1 && text[len - 1] == '%';
    char *digits = xstrndup(text, percent ? len - 1 : len);
    double v = 0;
    bool ok = number_parse(digits, &v);
    free(digits);
    if (percent)
        v /= 100;
    if (!ok || v < 0 || v > 1)
        return false;
    *value = v;
    return true;
}

static bool rate_parse(const struct option_row *row, const char *text, double *value)
{
    double v = 0;
    if (is_none(row, text))
        v = NAN;
    else if (strcmp(text, "max") == 0)
        v = INFINITY;
    else if (!number_parse(text, &v) || v < row->min)
        return false;
    *value = v;
    return true;
}

static bool duration_parse(const struct option_row *row, const char *text, int64_t *value, char *hint,
                           size_t hint_cap)
{
    int64_t ms = 0;
    if (!is_none(row, text)) {
        if (!duration_parse_ms(text, &ms)) {
            if (*text && strspn(text, "0123456789.") == strlen(text))
                snprintf(hint, hint_cap, "it needs a unit, as in '%.20s seconds'", text);
            return false;
        }
        if ((double)ms < row->min || (double)ms > row->max)
            return false;
    }
    *value = ms;
    return true;
}

static int choice_index(const struct option_row *row, const char *text, char *hint, size_t hint_cap)
{
    for (int i = 0; row->choices[i]; i++)
        if (strcmp(row->choices[i], text) == 0)
            return i;
    const char *near = option_nearest(text, row->choices);
    if (near && *text)
        snprintf(hint, hint_cap, "did you mean '%s'?", near);
    return -1;
}

static bool fields_parse(struct query_settings *q, const char *text, char *hint, size_t hint_cap)
{
    enum field list[FIELD_COUNT] = {0};
    int count = 0;
    for (const char *at = text; *at || at == text;) {
        size_t len = strcspn(at, ",");
        const char *next = at[len] ? at + len + 1 : at + len;
        while (len && isspace((unsigned char)*at))
            at++, len--;
        while (len && isspace((unsigned char)at[len - 1]))
            len--;
        enum field f = field_of(at, (int64_t)len);
        if (f == FIELD_COUNT) {
            const char *names[FIELD_COUNT + 1] = {0};
            for (int i = 0; i < FIELD_COUNT; i++)
                names[i] = field_name((enum field)i);
            char *word = xstrndup(at, len < 64 ? len : 64);
            const char *near = option_nearest(word, names);
            free(word);
            if (near && len)
                snprintf(hint, hint_cap, "did you mean '%s'?", near);
            return false;
        }
        for (int i = 0; i < count; i++) {
            if (list[i] == f) {
                snprintf(hint, hint_cap, "%s is there twice", field_name(f));
                return false;
            }
        }
        list[count++] = f;
        if (!*next && next[-1] == ',')
            return false;
        at = next;
    }
    memcpy(q->group_by, list, (size_t)count * sizeof list[0]);
    q->group_by_count = count;
    return true;
}

static bool trigger_parse(struct query_settings *q, const char *text, char *hint, size_t hint_cap)
{
    static const struct option_row interval = {.min = 1, .max = 7 * 86400000.0};
    static const char *const words[] = {"asap", "available-now", NULL};
    int64_t ms = 0;
    if (strcmp(text, words[0]) == 0) {
        q->trigger = TRIGGER_ASAP;
    } else if (strcmp(text, words[1]) == 0) {
        q->trigger = TRIGGER_AVAILABLE_NOW;
    } else if (duration_parse(&interval, text, &ms, hint, hint_cap)) {
        q->trigger = TRIGGER_INTERVAL;
    } else {
        const char *near = option_nearest(text, words);
        if (near && *text && !*hint)
            snprintf(hint, hint_cap, "did you mean '%s'?", near);
        return false;
    }
    q->trigger_ms = ms;
    return true;
}

static bool servers_ok(const char *text, char *hint, size_t hint_cap)
{
    for (const char *at = text;;) {
        size_t len = strcspn(at, ",");
        while (len && *at == ' ')
            at++, len--;
        const char *colon = memrchr(at, ':', len);
        bool bracket = len && *at == '[';
        if (len == 0 || colon == at || memchr(at, ' ', len))
            return false;
        if (colon && !(bracket && memchr(colon, ']', len - (size_t)(colon - at)))) {
            char *end = NULL;
            long port = strtol(colon + 1, &end, 10);
            if (!isdigit((unsigned char)colon[1]) || end != at + len || port < 1 || port > 65535) {
                snprintf(hint, hint_cap, "a port is a number from 1 to 65535");
                return false;
            }
        }
        if (!at[len])
            return true;
        at += len + 1;
    }
}

static bool topic_ok(const char *text)
{
    size_t len = strlen(text);
    return len > 0 && len <= TOPIC_MAX && strcmp(text, ".") != 0 && strcmp(text, "..") != 0 &&
           strspn(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-") == len;
}

static bool has_ending(const char *text, const char *ending)
{
    size_t len = strlen(text), tail = strlen(ending);
    return len > tail && strcmp(text + len - tail, ending) == 0;
}

static bool text_ok(const struct option_row *row, const char *text, char *hint, size_t hint_cap)
{
    for (const char *p = text; *p; p++) {
        if (iscntrl((unsigned char)*p)) {
            snprintf(hint, hint_cap, "it holds a control character");
            return false;
        }
    }
    switch (row->type) {
    case OPTION_SERVERS: return servers_ok(text, hint, hint_cap);
    case OPTION_TOPIC: return topic_ok(text);
    case OPTION_REPORT: return has_ending(text, ".csv") || has_ending(text, ".json");
    case OPTION_WORD: return choice_index(row, text, hint, hint_cap) >= 0;
    default: return *text != '\0';
    }
}

/* The shell expands ~ on the command line; in a file nobody else would. */
static char *path_of(const char *text)
{
    const char *home = getenv("HOME");
    if (strncmp(text, "~/", 2) == 0 && home && *home)
        return xasprintf("%s%s", home, text + 1);
    return xstrdup(text);
}

static bool set_text(struct options *o, const struct option_row *row, const char *text, char *hint,
                     size_t hint_cap)
{
    char **at = member(o, row);
    char *value = NULL;
    if (!is_none(row, text)) {
        if (!text_ok(row, text, hint, hint_cap))
            return false;
        value = row->type == OPTION_PATH || row->type == OPTION_REPORT ? path_of(text) : xstrdup(text);
    }
    free(*at);
    *at = value;
    return true;
}

static bool set_choice(struct options *o, const struct option_row *row, const char *text, char *hint,
                       size_t hint_cap)
{
    int index = choice_index(row, text, hint, hint_cap);
    if (index < 0)
        return false;
    if (row->type == OPTION_EITHER)
        *(bool *)member(o, row) = index == 1;
    else
        *(int *)member(o, row) = index; /* every enum of ours is as large as an int */
    return true;
}

static bool set_whole(struct options *o, const struct option_row *row, const char *text)
{
    int64_t value = 0;
    bool none = row->type == OPTION_COUNT && is_none(row, text);
    if (!none && !whole_parse(text, row, &value))
        return false;
    if (row->type == OPTION_INT)
        *(int *)member(o, row) = (int)value;
    else
        *(int64_t *)member(o, row) = value;
    return true;
}

static bool set_number(struct options *o, const struct option_row *row, const char *text)
{
    double value = 0;
    if (!number_parse(text, &value) || value < row->min || value > row->max)
        return false;
    *(double *)member(o, row) = value;
    return true;
}

bool option_set(struct options *o, const struct option_row *row, const char *text, char *hint,
                size_t hint_cap)
{
    hint[0] = '\0';
    switch (row->type) {
    case OPTION_BOOL: return bool_parse(text, member(o, row));
    case OPTION_INT:
    case OPTION_COUNT: return set_whole(o, row, text);
    case OPTION_BYTES: return bytes_parse(row, text, member(o, row));
    case OPTION_SEED: return seed_parse(text, member(o, row));
    case OPTION_NUMBER: return set_number(o, row, text);
    case OPTION_SHARE: return share_parse(text, member(o, row));
    case OPTION_RATE: return rate_parse(row, text, member(o, row));
    case OPTION_DURATION: return duration_parse(row, text, member(o, row), hint, hint_cap);
    case OPTION_CHOICE:
    case OPTION_EITHER: return set_choice(o, row, text, hint, hint_cap);
    case OPTION_FIELDS: return fields_parse(&o->query, text, hint, hint_cap);
    case OPTION_TRIGGER: return trigger_parse(&o->query, text, hint, hint_cap);
    case OPTION_START: return option_set_start(o, text, hint, hint_cap);
    case OPTION_WORD:
    case OPTION_TEXT:
    case OPTION_PATH:
    case OPTION_REPORT:
    case OPTION_SERVERS:
    case OPTION_TOPIC: return set_text(o, row, text, hint, hint_cap);
    case OPTION_PROPERTY:
    case OPTION_SETTING:
    case OPTION_ACTION: break;
    }
    return false;
}
