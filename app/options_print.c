/* What the option table says to people: --help, --version, --check-config. */
#include "options_value.h"

#include "base/xalloc.h"

#include <stdlib.h>
#include <string.h>

enum { HELP_COLUMNS = 80, HELP_TEXT_AT = 32, CHECK_ORIGIN_AT = 48 };

static const char summary[] =
    "Replays San Francisco police calls into Kafka, runs a Structured-Streaming-like query "
    "over them and shows all of it live in the terminal. Without options: an embedded "
    "Kafka cluster, the bundled calls, the screen.";

/* Prints text in lines of HELP_COLUMNS, the first one going on at column at, the others beginning with lead
 * and then at indent. */
static void print_wrapped_as(FILE *out, const char *lead, const char *text, int at, int indent)
{
    const char *word = text;
    while (*word) {
        size_t len = strcspn(word, " ");
        if (at > indent && at + 1 + (int)len > HELP_COLUMNS) {
            fprintf(out, "\n%s%*s", lead, indent - (int)strlen(lead), "");
            at = indent;
        } else if (at > indent) {
            fputc(' ', out);
            at++;
        }
        fprintf(out, "%.*s", (int)len, word);
        at += (int)len;
        word += len;
        word += strspn(word, " ");
    }
    fputc('\n', out);
}

static void print_wrapped(FILE *out, const char *text, int at, int indent)
{
    print_wrapped_as(out, "", text, at, indent);
}

static void print_option(FILE *out, const struct option_row *row)
{
    struct strbuf form = {0}, text = {0};
    if (row->letter)
        strbuf_printf(&form, "  -%c, --%s", row->letter, row->option);
    else
        strbuf_printf(&form, "      --%s", row->option);
    if (row->argument)
        strbuf_printf(&form, " %s", row->argument);
    strbuf_puts(&text, row->help);
    if (row->key && row->argument && row->preset)
        strbuf_printf(&text, " Default: %s.", row->preset);
    fputs(form.data, out);
    int at = (int)form.len;
    if (at > HELP_TEXT_AT - 2) {
        fputc('\n', out);
        at = 0;
    }
    fprintf(out, "%*s", HELP_TEXT_AT - at, "");
    print_wrapped(out, text.data, HELP_TEXT_AT, HELP_TEXT_AT);
    strbuf_free(&form);
    strbuf_free(&text);
}

static void print_keys_of(FILE *out, const char *section)
{
    struct strbuf keys = {0};
    for (size_t i = 0; i < option_count; i++) {
        const struct option_row *row = &option_table[i];
        if (row->key && strcmp(row->section, section) == 0)
            strbuf_printf(&keys, "%s%s", keys.len ? ", " : "", row->key);
    }
    if (keys.len) {
        int at = fprintf(out, "  %-12s", section);
        print_wrapped(out, keys.data, at, at);
    }
    if (strcmp(section, OPTION_PROPERTIES) == 0)
        fprintf(out, "  %-12s", section),
            print_wrapped(out, "any property of librdkafka, as -X sets it", 14, 14);
    strbuf_free(&keys);
}

void options_print_help(FILE *out)
{
    fputs("Usage: sfcrime-tui [options]\n\n", out);
    print_wrapped(out, summary, 0, 0);
    for (const struct option_section *s = option_sections; s->name; s++) {
        bool headed = false;
        for (size_t i = 0; i < option_count; i++) {
            const struct option_row *row = &option_table[i];
            if (!row->option || strcmp(row->section, s->name) != 0)
                continue;
            if (!headed)
                fprintf(out, "\n%s:\n", s->title);
            headed = true;
            print_option(out, row);
        }
    }
    fputs("\nSections and keys of config.ini, for -S (the manual page explains each):\n", out);
    for (const struct option_section *s = option_sections; s->name; s++)
        print_keys_of(out, s->name);
    fputs("\nExit status: 0 done, 1 failed, 2 wrong usage or configuration, 130 interrupted.\n", out);
}

void options_print_version(FILE *out)
{
    fputs("sfcrime-tui " SFCRIME_VERSION "\n", out);
}

/* Every byte may become the three of U+FFFD. */
static void print_clean(FILE *out, const char *text)
{
    size_t cap = strlen(text) * 3 + 4;
    char *shown = xmalloc(cap);
    text_clean(shown, cap, text, strlen(text), false);
    fputs(shown, out);
    free(shown);
}

static int padding(size_t len)
{
    return len < CHECK_ORIGIN_AT ? CHECK_ORIGIN_AT - (int)len : 0;
}

static void print_setting(const struct options *o, size_t index, const char *lead, const char *name,
                          FILE *out)
{
    struct strbuf line = {0}, from = {0};
    strbuf_printf(&line, "%s%s = ", lead, name);
    option_show(o, &option_table[index], &line);
    option_where(o, &o->origins[index], &from);
    print_clean(out, line.data);
    fprintf(out, "%*s ; %s\n", padding(line.len), "", from.data);
    strbuf_free(&line);
    strbuf_free(&from);
}

/* A secret's line is a comment: read again, it would be a wrong password. */
static void print_properties(const struct options *o, FILE *out)
{
    for (size_t i = 0; i < o->kafka.property_count; i++) {
        const struct kafka_property *p = &o->kafka.properties[i];
        struct option_origin origin = {.kind = p->line ? ORIGIN_FILE : ORIGIN_COMMAND_LINE, .line = p->line};
        bool secret = options_secret(p->name);
        struct strbuf line = {0}, from = {0};
        strbuf_printf(&line, "%s%s%s = %s", secret ? "; " : "", options_property_prefix(p), p->name,
                      secret ? "***" : p->value);
        option_where(o, &origin, &from);
        print_clean(out, line.data);
        fprintf(out, "%*s ; %s\n", padding(line.len), "", from.data);
        strbuf_free(&line);
        strbuf_free(&from);
    }
}

static void print_section(const struct options *o, const char *section, FILE *out)
{
    fprintf(out, "\n[%s]\n", section);
    for (size_t i = 0; i < option_count; i++) {
        const struct option_row *row = &option_table[i];
        if (!row->key || row->alias_of || strcmp(row->section, section) != 0)
            continue;
        print_setting(o, i, "", row->key, out);
    }
    if (strcmp(section, OPTION_PROPERTIES) == 0)
        print_properties(o, out);
}

static void print_run(const struct options *o, FILE *out)
{
    for (size_t i = 0; i < option_count; i++) {
        const struct option_row *row = &option_table[i];
        bool file = row->at == offsetof(struct options, config_path) ||
                    row->at == offsetof(struct options, logging_path); /* in the first lines already */
        bool value = row->option && !row->key && !row->sets && row->type != OPTION_ACTION;
        if (value && !file && o->origins[i].kind == ORIGIN_COMMAND_LINE)
            print_setting(o, i, "; --", row->option, out);
    }
}

void options_print_check(const struct options *o, FILE *out)
{
    fputs("; config.ini:  ", out);
    print_clean(out, o->config_path ? o->config_path : "none");
    fputs("\n; logging.ini: ", out);
    print_clean(out, o->logging_path ? o->logging_path : "none");
    fputc('\n', out);
    print_run(o, out);
    for (const struct option_section *s = option_sections; s->name; s++)
        if (option_section_known(s->name))
            print_section(o, s->name, out);
}

static const char properties_example[] =
    "\n; Any property of librdkafka, as -X sets it, which wins; a consumer. or producer. prefix narrows\n"
    "; it. A secret's value may be env:NAME or file:PATH, which keeps it out of this file. None is set.\n"
    "; security.protocol = sasl_ssl\n"
    "; ssl.ca.location = /etc/ssl/certs/kafka-ca.pem\n"
    "; sasl.mechanism = SCRAM-SHA-512\n"
    "; sasl.username = me\n"
    "; sasl.password = file:/run/secrets/kafka-password\n";

static void print_default(FILE *out, const struct option_row *row)
{
    struct strbuf allowed = {0};
    strbuf_puts(&allowed, "Allowed: ");
    option_allowed(row, &allowed);
    strbuf_puts(&allowed, ".");
    fputs("\n; ", out);
    print_wrapped_as(out, "; ", row->help, 2, 2);
    fputs("; ", out);
    print_wrapped_as(out, "; ", allowed.data, 2, 2);
    /* Another name stands there as a comment: set to the default it would say nothing, and could only
     * mislead. */
    if (row->alias_of)
        fprintf(out, "; %s = %s\n", row->key, row->none);
    else
        fprintf(out, "%s = %s\n", row->key, row->preset);
    strbuf_free(&allowed);
}

void options_print_config(FILE *out)
{
    fputs("; Settings of sfcrime-tui, each at its default; 'sfcrime-tui --print config' writes this file.\n"
          "; Copy it to ~/.config/sfcrime-tui/config.ini to change some. The command line wins over it:\n"
          "; -S SECTION.KEY=VALUE overrides any key. 'sfcrime-tui --check-config' shows what is in force.\n"
          "; A comment begins with ; at the start of a line or after a value. Durations are written with\n"
          "; their unit: 500 ms, 90 seconds, 5 minutes, 1 hour 30 minutes, 2 days.\n",
          out);
    for (const struct option_section *s = option_sections; s->name; s++) {
        if (!option_section_known(s->name))
            continue;
        fprintf(out, "\n[%s]\n", s->name);
        for (size_t i = 0; i < option_count; i++)
            if (option_table[i].key && strcmp(option_table[i].section, s->name) == 0)
                print_default(out, &option_table[i]);
        if (strcmp(s->name, OPTION_PROPERTIES) == 0)
            fputs(properties_example, out);
    }
}

bool options_answer(const struct options *o, FILE *out, options_keys_fn keys)
{
    switch (o->action) {
    case RUN_NORMAL:
    case RUN_INSPECT: return false;
    case RUN_HELP: options_print_help(out); break;
    case RUN_VERSION: options_print_version(out); break;
    case RUN_CHECK_CONFIG: options_print_check(o, out); break;
    case RUN_PRINT:
        if (strcmp(o->print, "man") == 0)
            options_print_man(out, keys);
        else if (strcmp(o->print, "config") == 0)
            options_print_config(out);
        else
            options_print_completion(out, o->print);
        break;
    }
    return true;
}
