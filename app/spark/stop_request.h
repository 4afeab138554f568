/* Asks a job to stop by a message in its progress topic: for a job of somebody else's, or on another machine.
 * Bounded, but it may take some seconds; the engine thread owns it. */
#ifndef SPARK_STOP_REQUEST_H
#define SPARK_STOP_REQUEST_H

#include "app_parts.h"

/* query: the query's id, or "*" for whatever runs on the topic. False with a sentence in err when Kafka has
 * not taken it. */
bool stop_request_send(const struct app_parts *parts, const char *topic, const char *query, bool now,
                       char *err, size_t err_cap);

#endif
