/* The surroundings of a program under test: an environment that nothing of the caller's taste leaks into, and
 * a folder of its own for whatever it writes. One thread. */
#ifndef TESTS_SCREEN_ENVIRONMENT_H
#define TESTS_SCREEN_ENVIRONMENT_H

#include <stddef.h>

struct environment {
    char **list; /* "NAME=value", NULL at the end; for execve */
    size_t count;
};

/* PATH, what sanitizers need, TERM=xterm-256color, LANG=C.UTF-8, and the folder as home and for temporary
 * files.
 */
struct environment environment_new(const char *folder);
/* Later settings replace earlier ones; a setting without '=' takes the name away. Owns setting. */
void environment_set(struct environment *e, char *setting);
void environment_free(struct environment *e);

/* A fresh folder below TMPDIR; NULL with errno. The caller frees the name after folder_remove. */
char *folder_new(void);
void folder_remove(const char *folder);

#endif
