/* The screen: everything that is seen and every key. Runs in the main thread, sleeps in poll() on the
 * terminal and on the hub's eventfd, paints only what changed, at most options->ui.frame_rate times a second.
 * It includes no Kafka header and makes no blocking call. */
#ifndef UI_UI_H
#define UI_UI_H

#include "app_parts.h"

/* Runs until the user quits or *stop_fd becomes readable (a signal came). Returns 0, or -1 with a sentence in
 * err when no terminal could be set up (the caller then goes headless). The terminal is as it was on return.
 */
int ui_run(const struct app_parts *parts, int stop_fd, char *err, size_t err_cap);

/* The same in lines (option --plain): what changes is printed, keys are answered by lines, nothing is
 * painted. */
int plain_run(const struct app_parts *parts, int stop_fd, char *err, size_t err_cap);

/* Restores the terminal; idempotent, safe from a fatal signal's handler. */
void ui_restore(void);

#endif
