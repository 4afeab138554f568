/* The command line as it is on the screen: what was typed before, and the box above the prompt with the words
 * that what is typed can become. Knows nothing of what commands do. Main thread. */
#ifndef UI_COMMAND_BOX_H
#define UI_COMMAND_BOX_H

#include "ui/command_line.h"
#include "ui/draw.h"
#include "ui/list.h"
#include "ui/prompt.h"

#include <stdbool.h>

#define COMMAND_HISTORY 50

struct command_box_state {
    char history[COMMAND_HISTORY][PROMPT_TEXT]; /* oldest first; of this session */
    size_t history_count, history_at;           /* at == count: the line that is being typed */
    char draft[PROMPT_TEXT];                    /* that line, while an older one is shown */
    struct completion list;                     /* of the line, or of the stem while Tab goes through it */
    bool cycling;
    char stem[PROMPT_TEXT]; /* the line before the first candidate was put in its place */
    struct list rows;
};

void command_box_open(struct command_box_state *b);
/* The line has changed by typing: what it can become is worked out anew. */
void command_box_typed(struct command_box_state *b, const char *line);
/* Tab (step 1) and Shift-Tab (-1): as far as there is one way on, then one candidate after the other. */
void command_box_complete(struct command_box_state *b, char line[PROMPT_TEXT], int step);
/* Puts a row's candidate into the line (a click); false when there is no such row. */
bool command_box_choose(struct command_box_state *b, char line[PROMPT_TEXT], size_t row);
/* Up (-1) and Down (1): lines of before; false when there is none that way. */
bool command_box_recall(struct command_box_state *b, char line[PROMPT_TEXT], int step);
/* A line was done: it is remembered. */
void command_box_remember(struct command_box_state *b, const char *line);

struct ui;
/* At the foot of the body; ui only to ask for present values, may be NULL. */
void command_box_draw(struct command_box_state *b, const struct ui *ui, const struct canvas *body);

#endif
