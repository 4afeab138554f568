/* The signals that have to do with the terminal, as bytes in a pipe that the loop polls; and the fatal ones,
 * which put the terminal back before they end the process. Used by screen.c only. */
#ifndef UI_SCREEN_SIGNALS_H
#define UI_SCREEN_SIGNALS_H

#include <stddef.h>

/* Installs the handlers (after ncurses has installed its own). 0, or -1 with a sentence. */
int screen_signals_open(char *err, size_t err_cap);
/* Puts the former handlers back. Idempotent. */
void screen_signals_close(void);
/* Stops the process as the terminal's Ctrl-Z does; returns when it goes on. */
void screen_signals_stop_here(void);

#endif
