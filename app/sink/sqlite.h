/* The SQLite sink (sqlite.c): the result table as a database table that other programs can query while it
 * grows.
 *
 *     calls(group_id TEXT PRIMARY KEY, [window_start TEXT, window_end TEXT,] <group-by fields> TEXT, count
 * INTEGER) progress(query_id TEXT, batch_id INTEGER)              -- one row: which batch of which query is
 * in the table
 *
 * A batch's groups are upserted and its id is set in one transaction, so the table is always that of a whole
 * batch; a batch that comes again after a crash finds its id and changes nothing: exactly once. Another
 * query's table (its id or its columns differ) is replaced by the first batch. group_id is the window start
 * and the field values as a JSON array: unlike SQL columns it tells a null from any text and can be a key.
 * Engine thread. */
#ifndef SINK_SQLITE_H
#define SINK_SQLITE_H

#include "sink/sink.h"

extern const struct sink_ops sink_sqlite;

#endif
