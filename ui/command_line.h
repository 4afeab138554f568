/* The command line (':'): reading what was typed and completing it, pure functions over the table of words.
 * Several commands stand on one line with ';' between them; a value in double quotes may hold one. Main
 * thread. */
#ifndef UI_COMMAND_LINE_H
#define UI_COMMAND_LINE_H

#include "command.h"
#include "ui/command_words.h"

#include <stddef.h>

enum line_kind { LINE_NOTHING, LINE_ACTION, LINE_VALUE, LINE_WRONG };

struct line_meaning {
    enum line_kind kind;
    struct command_word word;
    int key;                  /* LINE_ACTION: the key that it is as good as */
    char value[COMMAND_TEXT]; /* LINE_VALUE: "1 hour" */
    char why[240];            /* LINE_WRONG: one sentence */
};

/* Reads the first command of the line: "zoom", "layout query", "window 1 hour", "window=1 hour". Returns
 * where the next one begins, "" when there is none. */
const char *command_line_read(struct line_meaning *out, const char *line);

/* What the last command of a line can become. */
#define CANDIDATES 200
struct candidate {
    const char *text;
    const char *help; /* may be NULL */
};
struct completion {
    size_t keep;              /* bytes of the line that stay */
    bool value;               /* values of .word are offered, not words */
    struct command_word word; /* .name is NULL while the word is not known yet */
    size_t count, begin;      /* candidates; how many of them begin with what is typed (they come first) */
    struct candidate item[CANDIDATES];
};
void command_line_candidates(struct completion *c, const char *line);

/* The line with a candidate in its place. Returns out. */
char *command_line_with(char *out, size_t cap, const struct completion *c, const char *line,
                        size_t candidate);

/* The line as far as there is only one way on; true when that is further than it was. */
bool command_line_extend(char *line, size_t cap, const struct completion *c);

#endif
