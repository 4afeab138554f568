/* The run without a screen: main waits here for the end. Tables and reports come from the engine's sinks.
 * Main thread. */
#ifndef APP_HEADLESS_H
#define APP_HEADLESS_H

#include "app_parts.h"

/* Why a run goes without a terminal: NULL when it has one (plain: any kind will do), else words for one line
 * ("standard output is no terminal"). */
const char *headless_reason(bool plain);

/* Returns when the engine has ended, the replay has failed (then a sentence is in err, else err is empty) or
 * stop_fd is readable. */
void headless_run(const struct app_parts *parts, int stop_fd, char *err, size_t err_cap);

#endif
