#include "ui/command_words.h"

#include "options_table.h"
#include "ui/command_do.h"
#include "ui/export_menu.h"
#include "ui/pane.h"
#include "ui/plans.h"
#include "ui/query_menu.h"
#include "ui/ui_settings.h"

#include <stdlib.h>
#include <string.h>

enum { CHOICES_MOST = 8 };

/* ---- what is offered ---- */

static const char *pane_choice(const char *name, size_t n)
{
    (void)name;
    return n < pane_count ? panes[n]->name : NULL;
}

static const char *pane_choice_help(const char *name, size_t n)
{
    (void)name;
    return n < pane_count ? panes[n]->help : NULL;
}

static const char *ui_choice_help(const char *name, size_t n)
{
    const char *value = ui_setting_choice(name, n);
    for (size_t i = 0; value && !strcmp(name, "layout") && i < plan_count; i++)
        if (!strcmp(plans[i].name, value))
            return plans[i].help;
    return NULL;
}

static const char *level_choice(const char *name, size_t n)
{
    static const char *const levels[] = {"debug", "info", "warning", "error"};
    (void)name;
    return n < sizeof levels / sizeof *levels ? levels[n] : NULL;
}

/* What help can be asked for: the words of streaming. */
static const char *glossary_choice(const char *name, size_t n)
{
    (void)name;
    for (size_t i = 0; explain_glossary[i].word; i++)
        if (i == n)
            return explain_glossary[i].word;
    return NULL;
}

static const char *glossary_choice_help(const char *name, size_t n)
{
    return glossary_choice(name, n) ? explain_glossary[n].text : NULL;
}

static const char *export_format(const char *name, size_t n)
{
    const struct export_choice *choice = export_choice_at(n);
    (void)name;
    return choice ? choice->format : NULL;
}

static const char *export_format_help(const char *name, size_t n)
{
    const struct export_choice *choice = export_choice_at(n);
    (void)name;
    return choice ? choice->label : NULL;
}

/* Values of our own words that are a short list. */
static const struct {
    const char *name;
    const char *choice[CHOICES_MOST + 1];
} offers[] = {
    {"pause-replay", {"on", "off"}},
    {"pause-query", {"on", "off"}},
    {"loop", {"on", "off"}},
    {"freeze", {"on", "off"}},
    {"zoom", {"on", "off"}},
    {"rate", {"1", "10", "100", "1000", "10000", "max", "x60", "x600"}},
    {"speed", {"1", "60", "600", "3600"}},
    {"pacing", {"rate", "event-time"}},
    {"burst", {"10", "100", "1000"}},
    {"send", {"1", "10", "100"}},
    {"seek", {"earliest", "latest"}},
    {"create-topic", {"default"}},
    {"late", {"0", "1%", "5%", "20%"}},
    {"duplicates", {"0", "1%", "5%", "20%"}},
    {"malformed", {"0", "1%", "5%", "20%"}},
};

static const char *offered(const char *name, size_t n)
{
    for (size_t i = 0; i < sizeof offers / sizeof *offers; i++)
        if (!strcmp(offers[i].name, name))
            return n < CHOICES_MOST ? offers[i].choice[n] : NULL;
    return NULL;
}

/* ---- the table ---- */

static const struct command_word own[] = {
    {.name = "pause-replay",
     .help = "Pause the replay, or let it go on.",
     .takes = "on or off",
     .exact = true,
     .choice = offered,
     .run = command_switch},
    {.name = "pause-query",
     .help = "Pause the query, or let it go on.",
     .takes = "on or off",
     .exact = true,
     .choice = offered,
     .run = command_switch},
    {.name = "loop",
     .help = "At the end of the data begin again, or stop.",
     .takes = "on or off",
     .exact = true,
     .choice = offered,
     .run = command_switch},
    {.name = "freeze",
     .help = "Freeze the picture, or let it go on; all runs on behind it.",
     .takes = "on or off",
     .exact = true,
     .choice = offered,
     .run = command_switch},
    {.name = "zoom",
     .help = "Give the focused pane the whole screen, or take it back.",
     .takes = "on or off",
     .exact = true,
     .choice = offered,
     .run = command_switch},
    {.name = "rate",
     .help = "The replay's rate; x600 is event-time speed.",
     .takes = "calls a second, max, or x600",
     .choice = offered,
     .run = command_replay},
    {.name = "speed",
     .help = "The replay's event-time speed: 600 is ten minutes a second.",
     .takes = "city seconds a second",
     .choice = offered,
     .run = command_replay},
    {.name = "burst",
     .help = "Send so many calls at once, beyond the rate.",
     .takes = "a number of calls",
     .choice = offered,
     .run = command_replay},
    {.name = "send",
     .help = "Send so many calls while the replay is paused.",
     .takes = "a number of calls",
     .choice = offered,
     .run = command_replay},
    {.name = "late",
     .help = "Send this share of the calls late, for demonstrations.",
     .takes = "a share, as 5%",
     .choice = offered,
     .run = command_replay},
    {.name = "duplicates",
     .help = "Send this share of the calls twice, for demonstrations.",
     .takes = "a share, as 5%",
     .choice = offered,
     .run = command_replay},
    {.name = "malformed",
     .help = "Send broken messages in addition, for demonstrations.",
     .takes = "a share, as 5%",
     .choice = offered,
     .run = command_replay},
    {.name = "pacing",
     .help = "A constant rate, or event-time speed (the calls' own spacing in time).",
     .takes = "rate or event-time",
     .exact = true,
     .choice = offered,
     .run = command_replay},
    {.name = "focus",
     .help = "Focus the pane of that name.",
     .takes = "a pane's name",
     .exact = true,
     .choice = pane_choice,
     .choice_help = pane_choice_help,
     .run = command_pane},
    {.name = "show",
     .help = "Show a pane in this layout.",
     .takes = "a pane's name",
     .exact = true,
     .choice = pane_choice,
     .choice_help = pane_choice_help,
     .run = command_pane},
    {.name = "hide",
     .help = "Hide a pane from this layout.",
     .takes = "a pane's name",
     .exact = true,
     .choice = pane_choice,
     .choice_help = pane_choice_help,
     .run = command_pane},
    {.name = "explain",
     .help = "Explain the figures of the pane of that name.",
     .takes = "a pane's name",
     .exact = true,
     .choice = pane_choice,
     .choice_help = pane_choice_help,
     .run = command_pane},
    {.name = "seek",
     .help = "Read from another place of the topic, with an empty table.",
     .takes = "earliest, latest, a time, or offsets as JSON",
     .choice = offered,
     .run = command_seek},
    {.name = "create-topic",
     .help = "Make the topic of the calls that a real Kafka lacks, also after a no.",
     .takes = "partitions and copies, as 6 2, or default",
     .bare = "default",
     .choice = offered,
     .run = command_create_topic},
    {.name = "filter",
     .help = "Show only the lines of the focused pane with a text, or matching /a regular expression/.",
     .takes = "a text or /expression/; \"\" shows all",
     .run = command_filter},
    {.name = "help",
     .help = "Look for a word in all of the help.",
     .takes = "a word",
     .choice = glossary_choice,
     .choice_help = glossary_choice_help,
     .run = command_help},
    {.name = "export",
     .help = "Write the table, the figures of charts or the picture to a file; export! replaces one.",
     .takes = "a format, then a file's name if any",
     .choice = export_format,
     .choice_help = export_format_help,
     .run = command_export},
    {.name = "export!",
     .help = "The same, replacing a file that is there.",
     .takes = "a format and a file's name",
     .choice = export_format,
     .choice_help = export_format_help,
     .run = command_export},
    {.name = "log-level",
     .help = "The least level of the lines that the log shows.",
     .takes = "debug, info, warning or error",
     .exact = true,
     .choice = level_choice,
     .run = command_log_level},
};
enum { OWN = sizeof own / sizeof *own };

/* The action's name stands for its setting too: max-offsets. */
static const char *query_key(const char *name)
{
    const struct action *a = action_of_name(name);
    const char *key;
    for (size_t i = 0; (key = query_setting_name(i)); i++)
        if (!strcmp(key, name))
            return key;
    return a ? a->setting : NULL;
}

static const char *query_choice(const char *name, size_t n)
{
    const char *key = query_key(name);
    return key ? query_setting_choice(key, n) : NULL;
}

static char *query_now(const struct ui *ui, const char *name, char *out, size_t cap)
{
    const struct query_settings *s = command_settings(ui);
    const char *key = query_key(name);
    return s && key ? query_setting_text(out, cap, key, s) : NULL;
}

static bool run_query(struct ui *ui, const char *name, const char *value, char *err, size_t cap)
{
    return command_query_setting(ui, query_key(name), value, err, cap);
}

static const char *query_help(const char *key)
{
    const struct option_row *row = option_find("query", key);
    return row ? row->help : "";
}

/* The screen's setting of that name, as long-lived as its table. */
static const char *ui_setting(const char *name)
{
    const char *known;
    for (size_t i = 0; (known = ui_setting_name(i)); i++)
        if (!strcmp(known, name))
            return known;
    return NULL;
}

bool command_word_find(const char *name, struct command_word *out)
{
    const char *of_screen = ui_setting(name);
    const char *key = query_key(name);
    const struct action *a = action_of_name(name);
    *out = (struct command_word){0};
    for (size_t i = 0; i < OWN && !out->name; i++)
        if (!strcmp(own[i].name, name))
            *out = own[i];
    if (!out->name && of_screen)
        *out = (struct command_word){.name = of_screen,
                                     .help = ui_setting_help(of_screen),
                                     .takes = "a value",
                                     .choice = ui_setting_choice,
                                     .choice_help = ui_choice_help,
                                     .now = ui_setting_text,
                                     .run = ui_setting_set};
    if (!out->name && key)
        *out = (struct command_word){.name = a && !strcmp(a->name, name) ? a->name : key,
                                     .help = query_help(key),
                                     .takes = "a value",
                                     .gathers = true,
                                     .choice = query_choice,
                                     .now = query_now,
                                     .run = run_query};
    if (!out->name && a)
        *out = (struct command_word){.name = a->name, .help = a->help};
    out->action = a;
    return out->name != NULL;
}

static int by_name(const void *a, const void *b)
{
    const struct command_word *x = a, *y = b;
    return strcmp(x->name, y->name);
}

static size_t add(struct command_word *out, size_t n, size_t cap, const char *name)
{
    for (size_t i = 0; i < n; i++)
        if (!strcmp(out[i].name, name))
            return n;
    return n < cap && command_word_find(name, &out[n]) ? n + 1 : n;
}

size_t command_words(struct command_word *out, size_t cap)
{
    const struct action *a;
    const char *name;
    size_t n = 0;
    for (size_t i = 0; i < OWN; i++)
        n = add(out, n, cap, own[i].name);
    for (size_t i = 0; (name = ui_setting_name(i)); i++)
        n = add(out, n, cap, name);
    for (size_t i = 0; (name = query_setting_name(i)); i++)
        n = add(out, n, cap, name);
    for (size_t i = 0; (a = action_at(i)); i++)
        n = add(out, n, cap, a->name);
    qsort(out, n, sizeof *out, by_name);
    return n;
}

const char *command_word_near(const char *name)
{
    struct command_word words[COMMAND_WORDS];
    const char *names[COMMAND_WORDS + 1];
    size_t n = command_words(words, COMMAND_WORDS);
    for (size_t i = 0; i < n; i++)
        names[i] = words[i].name;
    names[n] = NULL;
    return option_nearest(name, names);
}

const char *command_choice_near(const struct command_word *w, const char *value)
{
    const char *names[COMMAND_WORDS + 1];
    size_t n = 0;
    while (w->choice && n < COMMAND_WORDS && (names[n] = w->choice(w->name, n)))
        n++;
    names[n] = NULL;
    return option_nearest(value, names);
}

size_t pane_named(const char *name)
{
    size_t i = 0;
    while (i < pane_count && strcmp(panes[i]->name, name) != 0)
        i++;
    return i;
}
