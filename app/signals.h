/* The signals that ask the process to end. They are blocked in every thread and fetched by one thread of
 * their own, which makes stop_fd readable at the first and ends the process at the second: so Ctrl-C works
 * whatever the main thread waits for, and no handler runs code. Signals of the terminal (resize, stop, go on)
 * are the screen's. */
#ifndef APP_SIGNALS_H
#define APP_SIGNALS_H

#include <stdbool.h>
#include <stddef.h>

/* Main thread, before any other thread. leave is called before the end at the second signal (NULL = nothing
 * to be done). 0, or -1 with a sentence in err. */
int signals_open(void (*leave)(void), char *err, size_t err_cap);

/* Main thread: lets the terminal's signals act as they do in any program (Ctrl-Z stops it). */
void signals_without_screen(void);

/* Readable once a signal came, and from then on. */
int signals_fd(void);

/* The first signal that came, 0 = none. Any thread. */
int signals_caught(void);

#endif
