/* Pretty-printed JSON as lines that fold: an object or array under the cursor becomes one line with the
 * number of its fields. It reads the indentation of our own printer (and of Spark's), not JSON: whatever the
 * text is, nothing breaks, at worst nothing folds. What was folded stays so when the next report comes,
 * because it is remembered by its path. Knows no terminal. Main thread. */
#ifndef UI_JSON_FOLD_H
#define UI_JSON_FOLD_H

#include "ui/match.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { JSON_FOLDS_MOST = 64, JSON_LINE_MOST = 1024 };

struct json_line {
    const char *at; /* in json_fold.text */
    size_t len;
    size_t end;    /* the line that closes what this one opens; its own number where it opens nothing */
    size_t parent; /* the line that opened what this one is in; its own number where none did */
    size_t fields; /* of what it opens: lines directly in it */
    uint64_t path; /* the names down to it, as one number */
    bool hit;      /* has what is looked for */
};

/* Start it with {0}. */
struct json_fold {
    char *text; /* a copy: owned */
    struct json_line *line;
    size_t lines, lines_cap;
    size_t *visible; /* numbers of the lines that are not folded away */
    size_t shown, shown_cap;
    uint64_t folded[JSON_FOLDS_MOST];
    size_t folds;
    size_t hits; /* lines that have what is looked for */
};

void json_fold_free(struct json_fold *f);
/* Takes another text (clean UTF-8). Returns where the visible line that was the n-th is now, by its path: the
 * report of another batch has the same fields, not always all of them. */
size_t json_fold_set(struct json_fold *f, const char *json, size_t n);
/* Marks the lines that fit; everything fitting means that nothing is looked for. */
void json_fold_search(struct json_fold *f, const struct match *m);

/* Folds or unfolds what the n-th visible line opens, or what it is in where it opens nothing; returns the
 * visible line where the cursor belongs afterwards. */
size_t json_fold_toggle(struct json_fold *f, size_t n);

/* The visible line of the next hit after the n-th (before it: step -1), round the end, unfolding what it is
 * in; n where there is none. With `here` the n-th itself counts. */
size_t json_fold_next(struct json_fold *f, size_t n, int step, bool here);

/* The n-th visible line as text, "{...} 7 fields" where it is folded. Returns out. */
char *json_fold_text(const struct json_fold *f, size_t n, char out[JSON_LINE_MOST]);
bool json_fold_hit(const struct json_fold *f, size_t n);
/* ' ' = a plain line, '-' = it can be folded, '+' = it is. */
char json_fold_mark(const struct json_fold *f, size_t n);

#endif
