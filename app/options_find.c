/* Looking things up in the option table, and saying what was meant when they are not there. */
#include "options_table.h"

#include "base/text.h"

#include <stdio.h>
#include <string.h>

const struct option_section option_sections[] = {
    {"kafka", "Kafka"},   {"data", "Data"},
    {"replay", "Replay"}, {"query", "Query"},
    {"spark", "Spark"},   {"checkpoint", "Checkpoint"},
    {"sink", "Results"},  {"ui", "Screen"},
    {"run", "This run"},  {"librdkafka", "Kafka's library"},
    {NULL, NULL},
};

const struct option_row *option_find(const char *section, const char *key)
{
    for (size_t i = 0; i < option_count; i++) {
        const struct option_row *row = &option_table[i];
        if (row->key && strcmp(row->section, section) == 0 && strcmp(row->key, key) == 0)
            return row;
    }
    return NULL;
}

bool option_section_known(const char *section)
{
    if (strcmp(section, OPTION_PROPERTIES) == 0)
        return true;
    for (size_t i = 0; i < option_count; i++)
        if (option_table[i].key && strcmp(option_table[i].section, section) == 0)
            return true;
    return false;
}

/* A third of the word, at least two edits but for the shortest: further away it would be a guess that
 * misleads. */
static int near_enough(const char *word)
{
    int len = (int)strlen(word);
    if (len < 5)
        return 1;
    return len / 3 > 2 ? len / 3 : 2;
}

const char *option_nearest(const char *word, const char *const *list)
{
    const char *best = NULL;
    int best_distance = near_enough(word) + 1;
    for (; *list; list++) {
        int distance = text_distance(word, *list);
        /* An abbreviation is nearer than any misspelling. */
        if (*word && strncmp(word, *list, strlen(word)) == 0)
            distance = 0;
        if (distance < best_distance) {
            best = *list;
            best_distance = distance;
        }
    }
    return best;
}

enum { WORDS_MAX = 128 };

static void join_words(struct strbuf *out, const char *const *words)
{
    for (size_t i = 0; words[i]; i++)
        strbuf_printf(out, "%s%s", i ? ", " : "", words[i]);
}

static void unknown_section(const char *section, struct strbuf *out)
{
    const char *words[WORDS_MAX + 1] = {0};
    size_t n = 0;
    for (const struct option_section *s = option_sections; s->name && n < WORDS_MAX; s++)
        if (option_section_known(s->name))
            words[n++] = s->name;
    const char *near = option_nearest(section, words);
    if (near) {
        strbuf_printf(out, "no such section; did you mean [%s]?", near);
        return;
    }
    strbuf_puts(out, "no such section; there are ");
    join_words(out, words);
}

static void unknown_key(const char *section, const char *key, struct strbuf *out)
{
    const char *words[WORDS_MAX + 1] = {0};
    size_t n = 0;
    const char *elsewhere = NULL;
    for (size_t i = 0; i < option_count && n < WORDS_MAX; i++) {
        const struct option_row *row = &option_table[i];
        if (!row->key)
            continue;
        if (strcmp(row->section, section) == 0)
            words[n++] = row->key;
        else if (strcmp(row->key, key) == 0)
            elsewhere = row->section;
    }
    const char *near = option_nearest(key, words);
    strbuf_printf(out, "no such key in [%s]; ", section);
    if (elsewhere) {
        strbuf_printf(out, "it belongs to [%s]", elsewhere);
    } else if (near) {
        strbuf_printf(out, "did you mean '%s'?", near);
    } else {
        strbuf_puts(out, "there are ");
        join_words(out, words);
    }
}

void option_unknown(const char *section, const char *key, char *err, size_t err_cap)
{
    struct strbuf out = {0};
    if (!*section)
        strbuf_puts(&out, "a key must stand below a [section]");
    else if (!option_section_known(section))
        unknown_section(section, &out);
    else
        unknown_key(section, key, &out);
    snprintf(err, err_cap, "%s", out.data);
    strbuf_free(&out);
}

void option_unknown_long(const char *name, char *err, size_t err_cap)
{
    const char *words[WORDS_MAX + 1] = {0};
    size_t n = 0;
    for (size_t i = 0; i < option_count && n < WORDS_MAX; i++)
        if (option_table[i].option)
            words[n++] = option_table[i].option;
    const char *near = option_nearest(name, words);
    if (near)
        snprintf(err, err_cap, "no such option; did you mean --%s?", near);
    else
        snprintf(err, err_cap, "no such option; --help lists them");
}
