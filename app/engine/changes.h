/* A change of the query as the screen asks for it. Pure; any thread. */
#ifndef ENGINE_CHANGES_H
#define ENGINE_CHANGES_H

#include "query/settings.h"

#include <stdbool.h>
#include <stddef.h>

/* "window=1 hour", or several with ';' between them, and whether they fit together. False with a sentence in
 * err; *s may then be half changed. */
bool changes_apply(struct query_settings *s, const char *text, char *err, size_t err_cap);

#endif
