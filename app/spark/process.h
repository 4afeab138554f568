/* The process of the job, started here: posix_spawn (a process with librdkafka's threads must not run code of
 * its own between fork and exec), a process group of its own, no descriptor of ours, and what it prints read
 * line by line into the log. The engine thread owns it, but for process_kill_bound. */
#ifndef SPARK_PROCESS_H
#define SPARK_PROCESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct job_process;

/* argv ends in NULL. secrets (ends in NULL, borrowed while it lives) are starred out of every line. settings:
 * the file that it is started with, where it ends with us; process_kill_bound ends it, until process_free,
 * and takes that file and its folder away. NULL with a sentence in err. */
struct job_process *process_start(char *const *argv, const char *const *secrets, const char *settings,
                                  char *err, size_t err_cap);

/* Logs the lines that have come. Never blocks. */
void process_read(struct job_process *p);
/* Readable when there is something to read; -1 once it has closed its output. */
int process_fd(const struct job_process *p);

pid_t process_pid(const struct job_process *p);
/* True while it lives; asks the system. */
bool process_lives(struct job_process *p);
/* True while anything of its group is there: a JVM ends a little after its Python. After process_lives has
 * said no. */
bool process_left(const struct job_process *p);
/* In words, once it has ended: "ended with status 1", "was killed by signal 9"; and its exit status (-1: a
 * signal's). */
int process_status(const struct job_process *p);
void process_ending(const struct job_process *p, char *out, size_t cap);
/* The last line that it said in its own name ("sfcrime-spark: why"), without that name; "" = none. */
const char *process_reason(const struct job_process *p);

/* SIGTERM to the process itself, which then stops in order; all = SIGKILL to its whole group. */
void process_signal(const struct job_process *p, bool all);

/* Frees; a process that still lives goes on by itself. */
void process_free(struct job_process *p);

/* The program ends without its engine thread (a second signal, a thread that hangs, no memory): SIGKILL to
 * the groups of all that end with it, and none is started any more. Any thread; takes a second at most. */
void process_kill_bound(void);

#endif
