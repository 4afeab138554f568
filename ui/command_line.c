#include "ui/command_line.h"

#include "options_table.h"
#include "ui/keymap.h"
#include "ui/plans.h"
#include "ui/query_menu.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

enum { WORDS_MOST = 128 };

/* Every first word that means something, ended by NULL: actions, then settings that no action is called. */
static size_t first_words(const char *words[WORDS_MOST + 1])
{
    const struct action *a;
    const char *key;
    size_t n = 0;
    for (size_t i = 0; (a = action_at(i)) && n < WORDS_MOST; i++)
        words[n++] = a->name;
    for (size_t i = 0; (key = query_setting_name(i)) && n < WORDS_MOST; i++)
        if (!action_of_name(key))
            words[n++] = key;
    words[n] = NULL;
    return n;
}

/* The setting that a first word names: by its key, or as the action that changes it. */
static const char *setting_of(const char *word)
{
    const char *key;
    for (size_t i = 0; (key = query_setting_name(i)); i++)
        if (!strcmp(key, word))
            return key;
    const struct action *a = action_of_name(word);
    return a ? a->setting : NULL;
}

/* Splits at the first blank or '='; returns the rest without blanks before it. */
static const char *split(const char *line, char *word, size_t cap)
{
    while (isspace((unsigned char)*line))
        line++;
    size_t len = strcspn(line, " \t=");
    snprintf(word, cap, "%.*s", (int)(len < cap ? len : cap - 1), line);
    line += len;
    return line + strspn(line, " \t=");
}

void command_line_read(struct line_meaning *out, const char *line)
{
    char word[64];
    const char *words[WORDS_MOST + 1];
    const char *rest = split(line, word, sizeof word);
    memset(out, 0, sizeof *out);
    if (!*word)
        return;
    const char *setting = setting_of(word);
    if (*rest && setting) {
        out->kind = LINE_SETTING;
        snprintf(out->text, sizeof out->text, "%s=%.140s", setting, rest);
        return;
    }
    if (*rest && !strcmp(word, "rate")) {
        out->kind = LINE_RATE;
        snprintf(out->text, sizeof out->text, "%.100s", rest);
        return;
    }
    out->action = action_of_name(word);
    if (out->action && !*rest) {
        out->kind = LINE_ACTION;
        out->key = key_of(out->action->keys[0]);
        return;
    }
    for (size_t i = 0; out->action && out->action->id == ACT_LAYOUT && i < plan_count; i++)
        if (!strcmp(plans[i].name, rest)) {
            out->kind = LINE_ACTION;
            out->key = K_F1 + (int)i;
            return;
        }
    out->kind = LINE_WRONG;
    if (out->action || setting) {
        snprintf(out->why, sizeof out->why, setting ? "%s needs a value" : "%s takes no value", word);
        return;
    }
    (void)first_words(words);
    const char *near = option_nearest(word, words);
    snprintf(out->why, sizeof out->why,
             near ? "there is no %s; did you mean %s?" : "there is no %s; [Tab] lists all", word, near);
}

/* Takes a candidate in: how far all that fit agree, and the hint. */
struct completion {
    const char *typed;
    char common[COMMAND_TEXT];
    size_t fits;
    char *hint;
    size_t hint_cap;
};

static void consider(struct completion *c, const char *word)
{
    size_t len = strlen(c->typed), at = strlen(c->hint);
    if (strncmp(word, c->typed, len) != 0)
        return;
    if (!c->fits++)
        snprintf(c->common, sizeof c->common, "%s", word);
    size_t same = 0;
    while (c->common[same] && c->common[same] == word[same])
        same++;
    c->common[same] = '\0';
    if (at + strlen(word) + 2 < c->hint_cap)
        snprintf(c->hint + at, c->hint_cap - at, "%s%s", at ? " " : "", word);
}

void command_line_complete(char *line, size_t line_cap, char *hint, size_t hint_cap)
{
    char word[64], typed[COMMAND_TEXT];
    const char *words[WORDS_MOST + 1], *choice;
    const char *rest = split(line, word, sizeof word);
    bool value = *rest || (*line && strchr(" =", line[strlen(line) - 1]));
    const char *setting = value ? setting_of(word) : NULL;
    bool layout = value && !strcmp(word, action_of(ACT_LAYOUT)->name);
    size_t keep = value ? (size_t)(rest - line) : 0;
    snprintf(typed, sizeof typed, "%s", value ? rest : word);
    hint[0] = '\0';
    struct completion c = {.typed = typed, .hint = hint, .hint_cap = hint_cap};
    if (value && !setting && !layout)
        return;
    for (size_t i = 0; layout && i < plan_count; i++)
        consider(&c, plans[i].name);
    if (setting) {
        for (size_t i = 0; (choice = query_setting_choice(setting, i)); i++)
            if (!strchr(choice, ';'))
                consider(&c, choice);
    } else if (!value) {
        size_t n = first_words(words);
        for (size_t i = 0; i < n; i++)
            consider(&c, words[i]);
    }
    if (!c.fits)
        return;
    snprintf(line + keep, line_cap - keep, "%s", c.common);
    if (c.fits == 1)
        hint[0] = '\0';
}
