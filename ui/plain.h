/* The linear mode's own parts: plain.c loops, plain_answer.c answers keys. Main thread. */
#ifndef UI_PLAIN_H
#define UI_PLAIN_H

#include "ui/plain_news.h"
#include "ui/rank.h"
#include "ui/state.h"

#include <stdbool.h>
#include <stdint.h>

/* What is being typed as a line, beside what struct prompt knows. */
enum plain_ask { ASK_NOTHING, ASK_PROMPT, ASK_EXPORT };

struct plain {
    struct ui ui;
    struct news news;
    struct rank rank;
    size_t top; /* of the rows that are printed next */
    enum plain_ask ask;
    char before[80];  /* goes before what is typed: "window " */
    bool has_picture; /* a pane can be composed in memory */
    double budget;    /* lines that may be printed now */
    int64_t budget_ms;
    size_t left_out;
};

/* One line of text to the terminal, safe and complete. */
void plain_say(const struct plain *p, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* A key, or a typed line without its end (NULL: none was typed): done and answered. Enum react bits. */
unsigned plain_key_pressed(struct plain *p, int key);
unsigned plain_line_typed(struct plain *p, const char *line);

#endif
