/* The Kafka sink (topic.c): the groups that a batch changed as update records in a topic. The key names the
 * group (a JSON array of window start and field values), the value is the group's row of the result table as
 * a JSON object with query_id and batch_id added.
 *
 * Exactly-once by idempotent keys, not by a transaction: a batch that comes again after a crash writes the
 * same keys with the same values, so whoever keeps the newest value of each key (a compacted topic, as it is
 * made where it is missing; a table) ends with the very table of an uninterrupted run; a reader that counts
 * records may see one twice and can tell by batch_id. What a killed process had handed to its machine's
 * network may still arrive; should that take longer than the restart, an older record of a key would follow a
 * newer one: the newest is the one with the highest batch_id. A query that starts over deletes its old groups
 * with tombstones. A batch returns when every record is acknowledged by all in-sync replicas. Engine thread.
 */
#ifndef SINK_TOPIC_H
#define SINK_TOPIC_H

#include "sink/sink.h"

extern const struct sink_ops sink_topic;

#endif
