/* What '/' looks for: a text, or between slashes a regular expression, both without regard to case. One is
 * compiled when it is typed and then asked for each line of a list. An expression that is wrong or not yet
 * whole leaves the former one in force, so that a list does not jump while somebody types. What could take
 * very long or very much memory is refused with a sentence. Knows no terminal. Main thread. */
#ifndef UI_MATCH_H
#define UI_MATCH_H

#include <stdbool.h>
#include <stddef.h>
#include <wchar.h>

#define MATCH_TEXT 128

enum match_kind { MATCH_ALL, MATCH_PLAIN, MATCH_REGEX };

struct match_regex;

/* Start it with {0}: everything fits. */
struct match {
    enum match_kind kind;
    char typed[MATCH_TEXT];     /* as it was typed, slashes and all; "" = everything fits */
    wchar_t folded[MATCH_TEXT]; /* MATCH_PLAIN with letters beyond ASCII: the text in small letters */
    struct match_regex *regex;  /* MATCH_REGEX; owned */
};

/* Fits everything. */
extern const struct match match_all;

/* Looks for another text (clean UTF-8; "" = everything fits, "/x/" or "/x" = an expression). False when it
 * cannot be used: err gets one sentence, *m stays as it was. */
bool match_set(struct match *m, const char *typed, char *err, size_t err_cap);
void match_free(struct match *m);

/* True when the text (clean UTF-8) has what is looked for. Of a very long text an expression sees the
 * beginning only. */
bool match_hit(const struct match *m, const char *text);

/* For titles: with "x", matching /x/; empty when everything fits. Returns out. */
char *match_words(const struct match *m, char *out, size_t cap);

#endif
