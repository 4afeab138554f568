/* The command line (':'): an action by its name, or a query setting with a value. Reading and completing are
 * pure functions over the table of actions and the settings of the menu; what a line does is the caller's.
 * Main thread. */
#ifndef UI_COMMAND_LINE_H
#define UI_COMMAND_LINE_H

#include "command.h"
#include "ui/action.h"

#include <stddef.h>

enum line_kind { LINE_NOTHING, LINE_ACTION, LINE_SETTING, LINE_RATE, LINE_WRONG };

struct line_meaning {
    enum line_kind kind;
    const struct action *action; /* LINE_ACTION ... */
    int key;                     /* ... and the key that it is as good as */
    char text[COMMAND_TEXT];     /* LINE_SETTING: "window=1 hour"; LINE_RATE: "250" */
    char why[200];               /* LINE_WRONG: one sentence */
};

/* "zoom", "layout query", "window 1 hour", "window=1 hour", "rate max". */
void command_line_read(struct line_meaning *out, const char *line);

/* Completes the line as far as there is only one way on; hint gets the words that it could become, or is
 * empty. */
void command_line_complete(char *line, size_t line_cap, char *hint, size_t hint_cap);

#endif
