/* A screen test's case, read from a small text file. The format is explained in cases/README.txt; a line that
 * cannot be understood is an error with its number, never ignored. */
#ifndef TESTS_SCREEN_CASE_FILE_H
#define TESTS_SCREEN_CASE_FILE_H

#include "match.h"

#include <stdbool.h>
#include <stddef.h>

enum step_kind {
    STEP_WAIT,   /* pattern is on the screen */
    STEP_GONE,   /* pattern is on no row */
    STEP_HAS,    /* at once */
    STEP_ABSENT, /* at once */
    STEP_ROW,    /* row `number` has the pattern */
    STEP_EXPECT, /* rows from `number` on fit the globs */
    STEP_RISES,  /* the pattern's figure grows */
    STEP_FALLS,
    STEP_STEADY, /* the pattern's figure stays the same for span_ms */
    STEP_KEYS,
    STEP_RESIZE,
    STEP_SIGNAL,
    STEP_STOPPED,
    STEP_CONTINUE,
    STEP_HANGUP,
    STEP_EXIT,       /* number = exit status, EXIT_ANY, or minus the signal */
    STEP_ASCII,      /* no byte beyond ASCII was sent so far */
    STEP_COLOURLESS, /* no colour was asked for so far */
    STEP_COLOURED,   /* a colour was asked for */
    STEP_PRINT       /* the screen as text to standard output */
};

/* Any exit status, but no death by a signal. */
#define EXIT_ANY 256

struct step {
    enum step_kind kind;
    int line;
    struct pattern pattern;
    int number;   /* row (1 = top, -1 = bottom), exit status, signal, columns */
    int number2;  /* rows of a resize */
    int span_ms;  /* within, for; 0 = the default */
    char *text;   /* keys; owned */
    char **globs; /* expect; "..." stands for any number of rows; owned */
    size_t globs_count;
};

/* A file that is written into the case's own folder ($TMP) before the program starts. */
struct case_data {
    char *name, *content;
    size_t len;
};

struct screen_case {
    char *path, *title;
    int rows, cols;
    char *program; /* NULL = the program under test */
    char **args;
    size_t args_count;
    char **env; /* NAME=VALUE, or NAME to leave it unset */
    size_t env_count;
    struct case_data *data;
    size_t data_count;
    struct step *steps;
    size_t steps_count;
};

/* Reads path; $TMP and $SRC in arguments and environment are replaced by the two folders. False with a
 * sentence (with file and line) in err; case_free is to be called in either case. */
bool case_read(struct screen_case *c, const char *path, const char *tmp, const char *src, char *err,
               size_t err_cap);
void case_free(struct screen_case *c);

#endif
