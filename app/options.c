#include "options.h"

#include "base/text.h"
#include "base/xalloc.h"
#include "ini_file.h"
#include "options_table.h"
#include "options_value.h"
#include "paths.h"

#include <assert.h>
#include <getopt.h>
#include <stdlib.h>
#include <string.h>

enum { USAGE_STATUS = 2, WORDS_BYTES = 1200, HINT_BYTES = 300, SHOWN_BYTES = 200 };

/* One option as it stood on the command line. */
struct given {
    const struct option_row *row;
    const char *value; /* NULL for an option without one */
    bool is_long;
};

struct given_list {
    struct given *items;
    size_t count;
};

/* ---- one value ---- */

static size_t index_of(const struct option_row *row)
{
    return (size_t)(row - option_table);
}

static bool has_value(const struct option_row *row)
{
    return row->type != OPTION_PROPERTY && row->type != OPTION_SETTING && row->type != OPTION_ACTION &&
           !row->sets;
}

/* "what: expected ...; hint", what being clean already. */
static void say_expected(const struct option_row *row, const char *what, const char *value, const char *hint,
                         char *err, size_t err_cap)
{
    struct strbuf out = {0};
    strbuf_printf(&out, "%s: expected ", what);
    option_allowed(row, &out);
    if (*hint)
        strbuf_printf(&out, "; %s", hint);
    else if (strstr(value, " #"))
        strbuf_puts(&out, "; a comment after a value begins with ';'");
    snprintf(err, err_cap, "%s", out.data);
    strbuf_free(&out);
}

static void clean(char *out, size_t cap, const char *text)
{
    text_clean(out, cap, text, strlen(text), false);
}

/* NAME=VALUE to be shown: the value only where the name is none of a secret. */
static void clean_pair(char *out, size_t cap, const char *text)
{
    size_t name = strcspn(text, "=");
    char *hidden = xstrndup(text, name);
    bool secret = text[name] == '=' && options_secret(hidden);
    clean(out, cap, secret ? hidden : text);
    free(hidden);
    if (secret)
        snprintf(out + strlen(out), cap - strlen(out), "=***");
}

static bool parse_section_key(const char *text, char *section, char *key, size_t cap, const char **value)
{
    const char *equals = strchr(text, '=');
    const char *dot = equals ? memchr(text, '.', (size_t)(equals - text)) : NULL;
    if (!dot || (size_t)(dot - text) >= cap || (size_t)(equals - dot) > cap)
        return false;
    snprintf(section, cap, "%.*s", (int)(dot - text), text);
    snprintf(key, cap, "%.*s", (int)(equals - dot - 1), dot + 1);
    *value = equals + 1;
    return true;
}

static const struct option_row *canonical(const struct option_row *row)
{
    if (!row->alias_of)
        return row;
    char section[64], key[64];
    const char *dot = strchr(row->alias_of, '.');
    snprintf(section, sizeof section, "%.*s", (int)(dot - row->alias_of), row->alias_of);
    snprintf(key, sizeof key, "%s", dot + 1);
    return option_find(section, key);
}

static void free_values(struct options *o)
{
    for (size_t i = 0; i < option_count; i++) {
        const struct option_row *row = &option_table[i];
        switch (row->type) {
        case OPTION_WORD:
        case OPTION_TEXT:
        case OPTION_PATH:
        case OPTION_REPORT:
        case OPTION_SERVERS:
        case OPTION_TOPIC: free(*(char **)((char *)o + row->at)); break;
        default: break;
        }
    }
    free(o->start.offsets);
}

/* Sets one value and remembers where it came from. what names it in an error. */
static bool apply(struct options *o, const struct option_row *row, const char *value, enum origin_kind kind,
                  int line, const char *what, char *err, size_t err_cap)
{
    char hint[HINT_BYTES];
    const struct option_row *real = canonical(row);
    struct option_origin *origin = &o->origins[index_of(real)];
    /* Another name never wins over the real one of the same place, whichever comes first. */
    bool checked_only = row->alias_of && origin->kind == kind && !origin->by_alias;
    struct options scratch = {0};
    bool ok = option_set(checked_only ? &scratch : o, row, value, hint, sizeof hint);
    free_values(&scratch);
    if (!ok) {
        say_expected(row, what, value, hint, err, err_cap);
        return false;
    }
    struct option_origin from = {.kind = kind, .line = line, .by_alias = row->alias_of != NULL};
    o->origins[index_of(row)] = from;
    if (!checked_only)
        *origin = from;
    return true;
}

void options_default(struct options *o)
{
    char err[WORDS_BYTES];
    *o = (struct options){0};
    o->origins = xcalloc(option_count, sizeof o->origins[0]);
    query_settings_default(&o->query);
    for (size_t i = 0; i < option_count; i++) {
        const struct option_row *row = &option_table[i];
        if (row->preset && has_value(row) && !row->alias_of)
            apply(o, row, row->preset, ORIGIN_DEFAULT, 0, "default", err, sizeof err);
    }
    if (o->query.slide_ms == 0)
        o->query.slide_ms = o->query.window_ms;
}

void options_free(struct options *o)
{
    free_values(o);
    for (size_t i = 0; i < o->kafka.property_count; i++) {
        struct kafka_property *p = &o->kafka.properties[i];
        if (options_secret(p->name))
            explicit_bzero(p->value, strlen(p->value));
        free(p->name);
        free(p->value);
    }
    free(o->kafka.properties);
    free(o->origins);
    *o = (struct options){0};
}

/* A property whose name and value stand apart; why is clean. */
static bool add_property(struct options *o, const char *name, const char *value, char *why, size_t cap)
{
    struct strbuf pair = {0};
    char raw[WORDS_BYTES];
    strbuf_printf(&pair, "%s=%s", name, value);
    bool ok = option_add_property(o, pair.data, raw, sizeof raw);
    if (!ok)
        clean(why, cap, raw);
    explicit_bzero(pair.data, pair.len);
    strbuf_free(&pair);
    return ok;
}

/* ---- config.ini ---- */

static bool on_config_key(void *arg, int line, const char *section, const char *key, const char *value,
                          char *err, size_t err_cap)
{
    struct options *o = arg;
    char what[SHOWN_BYTES * 2], shown_section[60], shown_key[60], shown_value[SHOWN_BYTES];
    clean(shown_section, sizeof shown_section, section);
    clean(shown_key, sizeof shown_key, key);
    clean(shown_value, sizeof shown_value, options_secret(key) ? "***" : value);
    snprintf(what, sizeof what, "[%s] %s = %s", shown_section, shown_key, shown_value);
    const struct option_row *row = option_find(section, key);
    char why[WORDS_BYTES];
    if (row)
        return apply(o, row, value, ORIGIN_FILE, line, what, err, err_cap);
    if (strcmp(section, OPTION_PROPERTIES) == 0) {
        if (!add_property(o, key, value, why, sizeof why)) {
            snprintf(err, err_cap, "[%s] %s: %s", shown_section, shown_key, why);
            return false;
        }
        struct kafka_property *p = &o->kafka.properties[o->kafka.property_count - 1];
        p->line = line;
        p->file = o->config_path;
        return true;
    }
    option_unknown(shown_section, shown_key, why, sizeof why);
    snprintf(err, err_cap, "%s: %s", what, why);
    return false;
}

/* ---- the command line ---- */

static const struct option_row *row_of_letter(int letter)
{
    for (size_t i = 0; i < option_count; i++)
        if (option_table[i].letter && option_table[i].letter == letter)
            return &option_table[i];
    return NULL;
}

enum { LONG_BASE = 256 }; /* above every letter */

static void getopt_arrays(struct option **longs, char **shorts)
{
    struct strbuf letters = {0};
    *longs = xcalloc(option_count + 1, sizeof **longs);
    size_t n = 0;
    strbuf_puts(&letters, ":");
    for (size_t i = 0; i < option_count; i++) {
        const struct option_row *row = &option_table[i];
        if (row->letter)
            strbuf_printf(&letters, "%c%s", row->letter, row->argument ? ":" : "");
        if (row->option)
            (*longs)[n++] = (struct option){.name = row->option,
                                            .has_arg = row->argument ? required_argument : no_argument,
                                            .val = LONG_BASE + (int)i};
    }
    *shorts = letters.data;
}

static void say_ambiguous(const char *name, char *err, size_t err_cap)
{
    struct strbuf out = {0};
    size_t found = 0;
    for (size_t i = 0; i < option_count; i++)
        if (option_table[i].option && strncmp(option_table[i].option, name, strlen(name)) == 0)
            strbuf_printf(&out, "%s--%s", found++ ? ", " : "", option_table[i].option);
    if (found > 1)
        snprintf(err, err_cap, "it could be %s", out.data);
    else
        option_unknown_long(name, err, err_cap);
    strbuf_free(&out);
}

/* getopt_long gave '?' or ':' for word. */
static void say_bad_option(int answer, const char *word, char *err, size_t err_cap)
{
    char shown[80], why[WORDS_BYTES];
    if (optopt >= LONG_BASE && optopt < LONG_BASE + (int)option_count) {
        const struct option_row *row = &option_table[optopt - LONG_BASE];
        if (answer == ':')
            snprintf(err, err_cap, "command line: --%s needs %s", row->option, row->argument);
        else
            snprintf(err, err_cap, "command line: --%s takes no value", row->option);
    } else if (answer == ':') {
        const struct option_row *row = row_of_letter(optopt);
        snprintf(err, err_cap, "command line: -%c needs %s", optopt, row ? row->argument : "a value");
    } else if (optopt) {
        char letter = (char)optopt;
        text_clean(shown, sizeof shown, &letter, 1, false);
        snprintf(err, err_cap, "command line: -%s: no such option; --help lists them", shown);
    } else {
        char *name = xstrndup(word + 2, strcspn(word + 2, "="));
        clean(shown, sizeof shown, name);
        say_ambiguous(name, why, sizeof why);
        snprintf(err, err_cap, "command line: --%s: %s", shown, why);
        free(name);
    }
}

static bool scan(int argc, char **argv, struct given_list *list, char *err, size_t err_cap)
{
    struct option *longs = NULL;
    char *shorts = NULL;
    int answer;
    bool ok = false;
    getopt_arrays(&longs, &shorts);
    opterr = 0;
    optind = 0; /* glibc: begin anew, forgetting an earlier scan */
    while ((answer = getopt_long(argc, argv, shorts, longs, NULL)) != -1) {
        if (answer == '?' || answer == ':') {
            say_bad_option(answer, argv[optind - 1], err, err_cap);
            goto out;
        }
        const struct option_row *row =
            answer >= LONG_BASE ? &option_table[answer - LONG_BASE] : row_of_letter(answer);
        assert(row); /* getopt_long only answers with what the table gave it */
        list->items = xreallocarray(list->items, list->count + 1, sizeof list->items[0]);
        list->items[list->count++] = (struct given){row, optarg, answer >= LONG_BASE};
    }
    if (optind < argc) {
        char shown[SHOWN_BYTES];
        clean_pair(shown, sizeof shown, argv[optind]);
        snprintf(err, err_cap, "command line: '%s' belongs to no option; a data file is given as -d FILE",
                 shown);
        goto out;
    }
    ok = true;

out:
    free(longs);
    free(shorts);
    return ok;
}

/* -X, or -S librdkafka.; a value is never shown, as it may be a secret. */
static bool apply_property(struct options *o, const char *text, const char *typed, char *err, size_t err_cap)
{
    char shown[SHOWN_BYTES], why[WORDS_BYTES], safe[WORDS_BYTES];
    if (option_add_property(o, text, why, sizeof why))
        return true;
    char *name = xstrndup(text, strcspn(text, "="));
    clean(shown, sizeof shown, name);
    free(name);
    clean(safe, sizeof safe, why);
    snprintf(err, err_cap, "command line: %s%s: %s", typed, shown, safe);
    return false;
}

static bool apply_pair(struct options *o, const char *text, const char *prefix, char *err, size_t err_cap)
{
    char section[64], key[64], shown[SHOWN_BYTES], what[SHOWN_BYTES + 80], why[WORDS_BYTES];
    const char *value = NULL;
    if (strncmp(text, OPTION_PROPERTIES ".", strlen(OPTION_PROPERTIES ".")) == 0)
        return apply_property(o, text + strlen(OPTION_PROPERTIES "."), "-S " OPTION_PROPERTIES ".", err,
                              err_cap);
    clean_pair(shown, sizeof shown, text);
    snprintf(what, sizeof what, "command line: %s%s", prefix, shown);
    if (!parse_section_key(text, section, key, sizeof section, &value)) {
        snprintf(err, err_cap, "%s: expected SECTION.KEY=VALUE", what);
        return false;
    }
    const struct option_row *row = option_find(section, key);
    if (row)
        return apply(o, row, value, ORIGIN_COMMAND_LINE, 0, what, err, err_cap);
    option_unknown(section, key, why, sizeof why);
    char safe[WORDS_BYTES];
    clean(safe, sizeof safe, why);
    snprintf(err, err_cap, "%s: %s", what, safe);
    return false;
}

static bool apply_given(struct options *o, const struct given *g, char *err, size_t err_cap)
{
    const struct option_row *row = g->row;
    char what[SHOWN_BYTES * 2], shown[SHOWN_BYTES];
    if (row->type == OPTION_SETTING)
        return apply_pair(o, g->value, g->is_long ? "--set=" : "-S ", err, err_cap);
    if (row->sets)
        return apply_pair(o, row->sets, "", err, err_cap);
    if (row->type == OPTION_PROPERTY)
        return apply_property(o, g->value, "-X ", err, err_cap);
    const char *value = g->value ? g->value : "true";
    clean(shown, sizeof shown, value);
    if (g->is_long)
        snprintf(what, sizeof what, "command line: --%s=%s", row->option, shown);
    else
        snprintf(what, sizeof what, "command line: -%c %s", row->letter, shown);
    return apply(o, row, value, ORIGIN_COMMAND_LINE, 0, what, err, err_cap);
}

/* ---- all together ---- */

/* --help, --version and --print need no file and look at no other setting, so that they work when config.ini
 * does not. 1 = one of them is asked for, 0 = none is, -1 = error. */
static int wants_only_text(struct options *o, const struct given_list *list, char *err, size_t err_cap)
{
    for (size_t i = 0; i < list->count; i++) {
        const struct option_row *row = list->items[i].row;
        if (row->type == OPTION_WORD && row->at == offsetof(struct options, print)) {
            o->action = RUN_PRINT;
            return apply_given(o, &list->items[i], err, err_cap) ? 1 : -1;
        }
        if (row->type != OPTION_ACTION)
            continue;
        o->action = (enum options_action)(int)row->min;
        if (o->action != RUN_CHECK_CONFIG && o->action != RUN_INSPECT)
            return 1;
    }
    return 0;
}

/* A file named by the last such option; 'none' reads none; else the one that is found. */
static char *file_to_read(const struct given_list *list, size_t at, const char *name)
{
    const char *given = NULL;
    for (size_t i = 0; i < list->count; i++)
        if (list->items[i].row->at == at && list->items[i].row->type == OPTION_PATH)
            given = list->items[i].value;
    if (!given)
        return paths_config(name);
    return strcmp(given, "none") == 0 ? NULL : xstrdup(given);
}

static bool read_all(struct options *o, const struct given_list *list, char *err, size_t err_cap)
{
    const size_t config_at = offsetof(struct options, config_path),
                 logging_at = offsetof(struct options, logging_path);
    o->config_path = file_to_read(list, config_at, "config.ini");
    o->logging_path = file_to_read(list, logging_at, "logging.ini");
    if (o->config_path && ini_file_read(o->config_path, on_config_key, o, err, err_cap) != 0)
        return false;
    for (size_t i = 0; i < list->count; i++) {
        const struct option_row *row = list->items[i].row;
        bool done = row->type == OPTION_ACTION ||
                    (row->type == OPTION_PATH && (row->at == config_at || row->at == logging_at));
        if (done)
            o->origins[index_of(row)].kind = ORIGIN_COMMAND_LINE;
        else if (!apply_given(o, &list->items[i], err, err_cap))
            return false;
    }
    return options_finish(o, err, err_cap);
}

int options_read(struct options *o, int argc, char **argv, char *err, size_t err_cap)
{
    struct given_list list = {0};
    options_default(o);
    bool ok = scan(argc, argv, &list, err, err_cap);
    int only_text = ok ? wants_only_text(o, &list, err, err_cap) : -1;
    if (only_text == 0)
        ok = read_all(o, &list, err, err_cap);
    else
        ok = only_text > 0;
    free(list.items);
    if (ok)
        return 0;
    options_free(o);
    return USAGE_STATUS;
}
