/* What the sinks hold, as texts that can be compared byte for byte. A "table" is the same text whichever sink
 * it comes from: a CSV header line, then the rows sorted by their bytes. A "dump" is everything that a sink
 * holds, in an order of its own. The caller frees what these return; what cannot be read ends the test. */
#ifndef TESTS_KILL_TABLES_H
#define TESTS_KILL_TABLES_H

#include "cluster.h"

#include <stdint.h>

/* The id of the query in a checkpoint's metadata. */
char *id_of_checkpoint(const char *dir);

char *table_of_csv(const char *path);
char *table_of_sqlite(const char *path);
/* Of the newest record of each key. */
char *table_of_records(const struct records *r);

/* Every column of every row in the order of group_id, and the batch in the progress table, whose query must
 * be this one. */
char *dump_of_sqlite(const char *path, const char *query_id);
/* The newest value of each key, with its batch. */
char *dump_of_newest(const struct records *r);
/* Every record once: one that came again (same key, same batch) must have the same value. *repeats gets the
 * number of those. */
char *dump_of_history(const struct records *r, int *repeats);

/* The newest batch in a database that a killed program has left, looked up in a copy so that the program
 * itself finds what it left; -1 = none. */
int64_t batch_in_left_database(const char *path);

/* Ends the test, showing the first lines that differ, unless both texts are the same; frees neither. */
void expect_same(const char *what, const char *name, const char *want, const char *got);

#endif
