/* A run: makes the parts in the order that they need each other, runs the screen or the headless loop, and
 * ends the parts in order, each wait bounded. Main thread. */
#ifndef APP_RUN_H
#define APP_RUN_H

#include "app_parts.h"

enum { STATUS_DONE = 0, STATUS_FAILED = 1, STATUS_USAGE = 2, STATUS_INTERRUPTED = 130 };

/* The screen, as main hands it over (ui_run): app/ does not know ui/. */
typedef int (*screen_fn)(const struct app_parts *parts, int stop_fd, char *err, size_t err_cap);

/* Returns the exit status after printing what there is to say at the end: one line why it failed, or a
 * summary. May set o->headless when the terminal cannot take a screen. */
int run(struct options *o, screen_fn screen);

#endif
