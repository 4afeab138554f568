/* From nothing to a query that can run: waits for Kafka, opens the topic, the sinks and the checkpoint, and
 * finds the first offsets. Engine thread. */
#ifndef ENGINE_CONNECT_H
#define ENGINE_CONNECT_H

#include "engine/native.h"

/* False when the process stops first, or after engine_fail. */
bool engine_connect(struct engine *e);

/* A checkpoint of a real Kafka knows from now on where the query begins: `latest` would be another place at
 * the next start. 0, or -1 with a sentence in err. */
int engine_keep_beginning(struct engine *e, const int64_t *position, char *err, size_t err_cap);

/* Without a replay, available-now means: what is there now. False after engine_fail. */
bool engine_note_present_end(struct engine *e);

#endif
