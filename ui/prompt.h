/* One line of typing at the foot of the screen: a rate, a filter, a yes or no. Editing is pure (prompt_key),
 * so it is tested without a terminal; what an answer means is the caller's. Main thread. */
#ifndef UI_PROMPT_H
#define UI_PROMPT_H

#include <stdbool.h>
#include <stddef.h>

enum prompt_kind {
    PROMPT_NONE,
    PROMPT_RATE,
    PROMPT_FILTER,
    PROMPT_SEARCH,
    PROMPT_FIND, /* a row of the menu that is open */
    PROMPT_COMMAND,
    PROMPT_SEEK,    /* where to read from */
    PROMPT_SETTING, /* a value for the query setting whose choices are open */
    PROMPT_CONFIRM
};

#define PROMPT_TEXT 256

struct prompt {
    enum prompt_kind kind;
    char label[240];
    char text[PROMPT_TEXT]; /* clean UTF-8 */
    size_t cursor;          /* byte */
    char error[300];
    char before[PROMPT_TEXT]; /* the filter as it was, for Esc */
    int action;               /* what a yes confirms (enum action_id) */
};

enum prompt_answer { PROMPT_MORE, PROMPT_CHANGED, PROMPT_DONE, PROMPT_CANCELLED };

void prompt_open(struct prompt *p, enum prompt_kind kind, const char *label, const char *text);
/* Feeds a key (keymap.h). PROMPT_DONE for a confirmation means yes. */
enum prompt_answer prompt_key(struct prompt *p, int key);

/* Text that was pasted, key by key: line ends and tabs become blanks, nothing of it is a key. */
enum prompt_answer prompt_paste(struct prompt *p, const int *keys, size_t n);

/* The key that an answer at a column stands for, of a question on a line of so many columns; K_NONE. */
int prompt_key_at(const struct prompt *p, int columns, int x);

struct canvas;
/* Draws it into the first line of c; *cursor_x gets the column of the cursor, -1 = none. */
void prompt_draw(const struct prompt *p, const struct canvas *c, int *cursor_x);

#endif
