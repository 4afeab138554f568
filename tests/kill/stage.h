/* What the tests of this folder share: chance that can be repeated, files and folders, and the program under
 * test as a child that is waited for or killed. Each test is one thread. A fault of the test's surroundings
 * ends it by die(). */
#ifndef TESTS_KILL_STAGE_H
#define TESTS_KILL_STAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* Prints `not ok - WHAT` and the detail, and ends the test. The files stay where they are. */
void die(const char *what, const char *detail) __attribute__((noreturn));

int64_t env_number(const char *name, int64_t otherwise);
/* The whole setting, or NULL where it is unset or empty. */
const char *env_text(const char *name);
uint64_t next_random(uint64_t *state);
void nap_us(int64_t us);

/* The program under test: argv[1], else $SFCRIME_BIN; NULL after one `skip -` line where there is none. */
const char *find_program(int argc, char **argv, const char *test_name);
/* A new folder below $TMPDIR; the caller frees the name and removes the folder with remove_tree. */
char *new_folder(const char *prefix);

/* The whole file, terminated; the caller frees. len may be NULL. */
char *read_whole(const char *path, size_t *len);
void write_whole(const char *path, const void *bytes, size_t len);
bool is_there(const char *path);
void make_folder(const char *path);
void copy_file(const char *from, const char *to);
void copy_tree(const char *from, const char *to);
void remove_tree(const char *path);

/* A command line that is put together piece by piece; owns copies of its pieces. */
struct args {
    char *v[80];
    size_t n;
};
void args_add(struct args *a, const char *piece);
/* -S KEY=VALUE */
void args_set(struct args *a, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void args_free(struct args *a);

/* Starts args->v[0] with nothing on standard input; all that it prints goes to the file log. */
pid_t start_child(struct args *args, const char *log);
/* Prints the log's lines, indented. */
void tell_log(const char *log);
/* Waits for the child's end, at most two minutes; its exit status. A signal or a hang is the end of the test.
 * where: called every half millisecond with arg, unless NULL. */
int wait_for_end(pid_t pid, const char *what, const char *log, void (*where)(void *arg), void *arg);
/* SIGKILL after the delay. True when the child had ended by itself before, with status 0 (any other ends the
 * test). */
bool ended_before(pid_t pid, int64_t delay_us, const char *what, const char *log);

#endif
