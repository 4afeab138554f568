/* A program run under a pseudo-terminal with a real terminal emulator (libvterm) behind it. Between the test
 * and the program stands a small keeper process that does what a shell does: it makes the program the
 * terminal's foreground job, takes the terminal back when the job stops, and says how it ended. One thread.
 */
#ifndef TESTS_SCREEN_TERM_H
#define TESTS_SCREEN_TERM_H

#include "term_bytes.h"

#include <stdint.h>
#include <sys/types.h>
#include <vterm.h>

enum term_life { TERM_RUNNING, TERM_STOPPED, TERM_EXITED };

/* Large enough for one row of any size that cases use, in UTF-8. */
#define TERM_LINE 2048

struct term;

/* Starts argv[0] with exactly the environment envp on a screen of that size. NULL with a sentence in err. */
struct term *term_start(int rows, int cols, char *const *argv, char *const *envp, char *err, size_t err_cap);
/* Kills what still runs, and frees. Of several at a time the one started last ends first: its keeper holds
 * the others' ends too. */
void term_end(struct term *t);

/* Waits up to timeout_ms for output or a change of the program's life, takes in all that is there. True when
 * something came. */
bool term_pump(struct term *t, int timeout_ms);

/* The row's text without trailing blanks; row counts from 0. */
void term_row(const struct term *t, int row, char out[TERM_LINE]);
/* The character of a cell (its base one); 0 where nothing was ever written or a wide one goes on. */
uint32_t term_cell(const struct term *t, int row, int col);
void term_size(const struct term *t, int *rows, int *cols);
const struct term_bytes *term_bytes(const struct term *t);

/* Keys go through the emulator, so that cursor keys follow the mode that the program asked for. */
void term_key(struct term *t, VTermKey key, VTermModifier modifier);
void term_type(struct term *t, const char *bytes, size_t len);

void term_resize(struct term *t, int rows, int cols);
/* To the program's whole job, as the terminal would. */
void term_signal(struct term *t, int signal_number);
/* What `fg` does after a stop. */
void term_continue(struct term *t);
/* The terminal goes away, as when a window is closed; nothing can be read afterwards. */
void term_hangup(struct term *t);

/* What the program does; *wait_status as from waitpid once it has stopped or exited. */
enum term_life term_life(const struct term *t, int *wait_status);
/* The program's process, for /proc; 0 before it is known. */
pid_t term_pid(const struct term *t);

/* True when screen, cursor, modes and line discipline are as before the start; else why not. */
bool term_restored(const struct term *t, char *why, size_t why_cap);

#endif
