#include "ui/command_line.h"

#include "ui/keymap.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

static const char *skip_blanks(const char *s)
{
    while (isspace((unsigned char)*s))
        s++;
    return s;
}

/* The bytes of the first command: to its ';', or to the end. */
static size_t command_len(const char *line)
{
    bool quoted = false;
    size_t n = 0;
    for (; line[n] && (quoted || line[n] != ';'); n++)
        if (line[n] == '"')
            quoted = !quoted;
    return n;
}

/* Splits at the first blank or '='; returns where the value begins. */
static size_t split(const char *command, size_t len, char *word, size_t cap)
{
    size_t at = (size_t)(skip_blanks(command) - command), n = 0;
    if (at > len)
        at = len;
    while (at < len && !strchr(" \t=", command[at])) {
        if (n + 1 < cap)
            word[n++] = command[at];
        at++;
    }
    word[n] = '\0';
    while (at < len && strchr(" \t=", command[at]))
        at++;
    return at;
}

/* Without blanks at its end and without quotes around it. */
static void take_value(char *out, size_t cap, const char *value, size_t len)
{
    while (len && isspace((unsigned char)value[len - 1]))
        len--;
    if (len >= 2 && value[0] == '"' && value[len - 1] == '"') {
        value++;
        len -= 2;
    }
    snprintf(out, cap, "%.*s", (int)(len < cap ? len : cap - 1), value);
}

static bool is_offered(const struct command_word *w, const char *value)
{
    const char *choice;
    for (size_t i = 0; (choice = w->choice(w->name, i)); i++)
        if (!strcmp(choice, value))
            return true;
    return false;
}

static void wrong_value(struct line_meaning *out)
{
    const char *near = command_choice_near(&out->word, out->value);
    out->kind = LINE_WRONG;
    snprintf(out->why, sizeof out->why,
             near ? "%s takes %s, not %.60s; did you mean %s?" : "%s takes %s, not %.60s", out->word.name,
             out->word.takes, out->value, near);
}

const char *command_line_read(struct line_meaning *out, const char *line)
{
    char word[64];
    size_t len = command_len(line), at = split(line, len, word, sizeof word);
    const char *next = line[len] ? line + len + 1 : line + len;
    bool has_value = at < len;
    memset(out, 0, sizeof *out);
    if (!*word)
        return next;
    if (!command_word_find(word, &out->word)) {
        const char *near = command_word_near(word);
        out->kind = LINE_WRONG;
        snprintf(out->why, sizeof out->why,
                 near ? "there is no %s; did you mean %s?" : "there is no %s; [Tab] lists all", word, near);
        return next;
    }
    take_value(out->value, sizeof out->value, line + at, len - at);
    out->kind = has_value ? LINE_VALUE : LINE_ACTION;
    if (has_value && !out->word.run) {
        out->kind = LINE_WRONG;
        snprintf(out->why, sizeof out->why, "%s takes no value", word);
    } else if (has_value && out->word.exact && !is_offered(&out->word, out->value)) {
        wrong_value(out);
    } else if (!has_value && out->word.bare) {
        out->kind = LINE_VALUE;
        snprintf(out->value, sizeof out->value, "%s", out->word.bare);
    } else if (!has_value && !out->word.action) {
        out->kind = LINE_WRONG;
        snprintf(out->why, sizeof out->why, "%s needs a value: %s", word, out->word.takes);
    } else if (!has_value) {
        out->key = key_of(out->word.action->keys[0]);
    }
    return next;
}

/* ---- completing ---- */

static void offer(struct completion *c, const char *text, const char *help, const char *typed, bool beginning)
{
    bool begins = !strncmp(text, typed, strlen(typed));
    if (c->count == CANDIDATES || begins != beginning || (!begins && !strcasestr(text, typed)))
        return;
    c->item[c->count++] = (struct candidate){.text = text, .help = help};
    c->begin += begins;
}

static void offer_words(struct completion *c, const char *typed, bool beginning)
{
    struct command_word words[COMMAND_WORDS];
    size_t n = command_words(words, COMMAND_WORDS);
    for (size_t i = 0; i < n; i++)
        offer(c, words[i].name, words[i].help, typed, beginning);
}

static void offer_values(struct completion *c, const char *typed, bool beginning)
{
    const char *choice;
    for (size_t i = 0; c->word.choice && (choice = c->word.choice(c->word.name, i)); i++)
        offer(c, choice, c->word.choice_help ? c->word.choice_help(c->word.name, i) : NULL, typed, beginning);
}

void command_line_candidates(struct completion *c, const char *line)
{
    char word[64];
    const char *command = line;
    size_t len;
    memset(c, 0, sizeof *c);
    while (command[len = command_len(command)])
        command += len + 1;
    size_t at = split(command, len, word, sizeof word);
    bool known = command_word_find(word, &c->word);
    c->value = *word && (at < len || (len && strchr(" \t=", command[len - 1])));
    const char *typed = c->value ? command + at : skip_blanks(command);
    c->keep = (size_t)(typed - line);
    if (c->value && !known)
        return;
    for (int beginning = 1; beginning >= 0; beginning--)
        if (c->value)
            offer_values(c, typed, beginning);
        else
            offer_words(c, typed, beginning);
    /* A value like none of them: all are shown to choose from. */
    for (int beginning = 1; c->value && !c->count && beginning >= 0; beginning--)
        offer_values(c, "", beginning);
    if (c->count && c->value && strncmp(c->item[0].text, typed, strlen(typed)) != 0)
        c->begin = 0;
}

char *command_line_with(char *out, size_t cap, const struct completion *c, const char *line, size_t candidate)
{
    /* A query's choice may bring another setting after a ';': the word stands for both. */
    const char *text = candidate < c->count ? c->item[candidate].text : line + c->keep;
    snprintf(out, cap, "%.*s%.*s", (int)c->keep, line, (int)strcspn(text, ";"), text);
    return out;
}

bool command_line_extend(char *line, size_t cap, const struct completion *c)
{
    char common[COMMAND_TEXT];
    struct command_word word;
    size_t typed = strlen(line + c->keep), same;
    if (!c->begin)
        return false;
    snprintf(common, sizeof common, "%.*s", (int)strcspn(c->item[0].text, ";"), c->item[0].text);
    for (size_t i = 1; i < c->begin; i++) {
        for (same = 0; common[same] && common[same] == c->item[i].text[same]; same++)
            ;
        common[same] = '\0';
    }
    /* A word that needs a value is ready for it. */
    if (c->begin == 1 && !c->value && command_word_find(common, &word) && word.takes && !word.action &&
        strlen(common) + 1 < sizeof common)
        snprintf(common + strlen(common), 2, " ");
    if (strlen(common) <= typed || c->keep + strlen(common) >= cap)
        return false;
    snprintf(line + c->keep, cap - c->keep, "%s", common);
    return true;
}
