/* From nothing to a query that can run: waits for Kafka, opens the topic, the sinks and the checkpoint, and
 * finds the first offsets. Engine thread. */
#ifndef ENGINE_CONNECT_H
#define ENGINE_CONNECT_H

#include "engine/native.h"

/* False when the process stops first, or after engine_fail. */
bool engine_connect(struct engine *e);

/* Without a replay, available-now means: what is there now. False after engine_fail. */
bool engine_note_present_end(struct engine *e);

#endif
