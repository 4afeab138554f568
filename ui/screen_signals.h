/* The signals that have to do with the terminal, as bytes in a pipe that the loop polls; and the fatal ones,
 * which put the terminal back before they end the process. Used by screen.c only. */
#ifndef UI_SCREEN_SIGNALS_H
#define UI_SCREEN_SIGNALS_H

#include <stdbool.h>
#include <stddef.h>

/* Before ncurses starts: it leaves SIGTSTP alone for good when somebody already handles it. Otherwise it
 * would ignore the signal whenever it paints, and one that came then would be lost. */
void screen_signals_early(void);
/* Installs the handlers (after ncurses has installed its own). 0, or -1 with a sentence. */
int screen_signals_open(char *err, size_t err_cap);
/* Puts the former handlers back. Idempotent. */
void screen_signals_close(void);
/* Stops the process, or with job its whole process group; returns when it goes on. */
void screen_signals_stop_here(bool job);

#endif
