/* The console sink's table (console.c), and what a headless run prints at its end. Engine thread. */
#ifndef SINK_CONSOLE_H
#define SINK_CONSOLE_H

#include "sink/sink.h"

enum { CONSOLE_ROWS = 20 }; /* rows of a table that are printed, as in Spark */

extern const struct sink_ops sink_console;

/* True when tables go to standard output in this run. */
bool console_wanted(const struct options *o);

/* The final table and the last progress report. 0, or -1 with a sentence in err. */
int console_final(const struct query *q, const struct progress *last, char *err, size_t err_cap);

#endif
