/* What goes wrong on the embedded cluster because somebody asked for it, so that an audience can see what a
 * real cluster goes through: a broker down and back, a slow broker, a leader that moves. Called by the
 * watcher's thread alone (the mock answers through a queue of its own, which may take a moment). */
#ifndef KAFKA_MISHAPS_H
#define KAFKA_MISHAPS_H

#include "command.h"
#include "kafka/watch_internal.h"

/* Does what the command asks for; w->mishap says in a sentence what was done and what to look at, or why not.
 * False when the command is none of these. */
bool mishaps_obey(struct watcher *w, const struct command *c);

#endif
