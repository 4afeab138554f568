/* What measurements through a pseudo-terminal share: waiting for a picture, and what a process has used. One
 * thread. */
#ifndef TESTS_BENCH_TERMINAL_H
#define TESTS_BENCH_TERMINAL_H

#include "screen/term.h"

#include <stdint.h>

/* Takes in output until a row has "text" or /regex/; false when that has not come within deadline_ms or the
 * program has ended. */
bool terminal_wait(struct term *t, const char *pattern, int64_t deadline_ms);

/* True when a row from first to last (0-based; last -1 = the bottom one) contains the text now. */
bool terminal_shows(const struct term *t, int first, int last, const char *text);

/* A program that sends back each byte typed, and does nothing else: what that takes is the machine's. NULL
 * when it does not start. */
struct term *terminal_echo(char **envp);

/* Processor time and resident memory of a process; -1 when it is gone. */
double process_cpu_ms(pid_t pid);
double process_rss_mb(pid_t pid);

/* Takes in output for that long. Percent of a core that the program used, and bytes a second that it wrote.
 */
struct terminal_use {
    double cpu_percent, bytes_per_s;
};
struct terminal_use terminal_use(struct term *t, int64_t span_ms);

#endif
