/* Matching of screen text in test cases: a text, a regular expression (POSIX extended), or a line with '*'.
 * Called from the harness's only thread. */
#ifndef TESTS_SCREEN_MATCH_H
#define TESTS_SCREEN_MATCH_H

#include <regex.h>
#include <stdbool.h>
#include <stddef.h>

struct pattern {
    char *source; /* as written in the case, for messages; owned */
    char *text;   /* the text to find, NULL where regex is in use; owned */
    bool is_regex;
    regex_t regex;
};

/* Reads "text" or /regex/ at *at and moves *at behind it. False with a sentence in err. */
bool pattern_read(struct pattern *p, const char **at, char *err, size_t err_cap);
void pattern_free(struct pattern *p);

/* True when line contains the pattern. */
bool pattern_in_line(const struct pattern *p, const char *line);

/* The number in the pattern's first group (thousands' commas are skipped). False where it does not match. */
bool pattern_number(const struct pattern *p, const char *line, double *number);

/* True when the whole line fits the glob: '*' stands for any text, "\*" for a star. */
bool glob_matches(const char *glob, const char *line);

#endif
