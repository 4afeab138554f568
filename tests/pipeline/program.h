/* Runs the real program ($SFCRIME_BIN) in a folder of its own and keeps what it said. Each test makes its
 * own. */
#ifndef TESTS_PIPELINE_PROGRAM_H
#define TESTS_PIPELINE_PROGRAM_H

#include <stdbool.h>
#include <stddef.h>

struct program {
    char folder[200]; /* removed by program_free */
    char *out, *err;  /* standard output and error of the last run, terminated */
    char **paths;
    size_t path_count;
    bool closed; /* the program gets no standard streams at all */
    int status;  /* exit status; 128 + signal where one ended it; -1 = killed because it hung */
};

struct program *program_new(void);
void program_free(struct program *p);

/* The path of a file in the folder; lives as long as p. */
const char *program_path(struct program *p, const char *name);
void program_write(struct program *p, const char *name, const char *text);
/* The file's text, fresh memory; NULL where there is none. */
char *program_read(struct program *p, const char *name);

/* Runs it with these arguments (ended by NULL) and waits for its end, at most 60 s. */
void program_run(struct program *p, const char *const *arguments);
/* The same, with text on standard input. */
void program_run_input(struct program *p, const char *input, const char *const *arguments);
/* The same; sends the signal once the file in the folder has at least one line. */
void program_run_signal(struct program *p, int sig, const char *when_file, const char *const *arguments);

/* Lines of a text, and whether it holds a word. */
size_t program_lines(const char *text);
bool program_says(const char *text, const char *word);

#endif
