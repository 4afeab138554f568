/* The words of the command line: one table of everything that may be typed after ':'. A word is an action of
 * the table, a setting of the query or of the screen, or one of our own that needs a value; many are both. A
 * word says how its value is completed and which function takes it, so that what is offered works and what
 * works is offered. Constant but for what run does. Main thread. */
#ifndef UI_COMMAND_WORDS_H
#define UI_COMMAND_WORDS_H

#include "ui/action.h"

#include <stdbool.h>
#include <stddef.h>

struct ui;

struct command_word {
    const char *name;
    const char *help;            /* one sentence */
    const struct action *action; /* what the word does without a value; NULL = it needs one */
    const char *takes;           /* "a pane's name"; NULL = no value */
    const char *bare;            /* the value that the word alone stands for; NULL = it needs one */
    bool exact;                  /* the value must be one of those that are offered */
    bool gathers;                /* a setting of the query: those of one line are asked for together */
    /* The n-th value worth offering and a few words about it (may be NULL); NULL past the last. */
    const char *(*choice)(const char *name, size_t n);
    const char *(*choice_help)(const char *name, size_t n);
    /* Its value now, as a user would write it, into out; NULL = there is none to show. */
    char *(*now)(const struct ui *ui, const char *name, char *out, size_t cap);
    /* Does it with a value; false with a sentence in err. */
    bool (*run)(struct ui *ui, const char *name, const char *value, char *err, size_t cap);
};

/* All of them in the order of the alphabet; returns how many (at most cap). */
#define COMMAND_WORDS 200
size_t command_words(struct command_word *out, size_t cap);
/* False when there is none of that name. */
bool command_word_find(const char *name, struct command_word *out);
/* The name that is most like it, NULL when none is near; the value that is most like it. */
const char *command_word_near(const char *name);
const char *command_choice_near(const struct command_word *w, const char *value);

/* The number of the pane of that name; pane_count when there is none. */
size_t pane_named(const char *name);

#endif
