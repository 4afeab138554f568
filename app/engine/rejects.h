/* Rows that the query does not count for a reason worth showing: the newest late ones, the last bad message,
 * and the dead letters file behind them. Fed by the query's listener; the engine thread owns it. */
#ifndef ENGINE_REJECTS_H
#define ENGINE_REJECTS_H

#include "query/query.h"
#include "sink/dead_letters.h"
#include "snapshot.h"

enum { LATE_RING = sizeof((struct query_view){0}.late) / sizeof((struct query_view){0}.late[0]) };

struct rejects {
    struct dead_letters *letters; /* NULL = not kept */
    int64_t batch_id;             /* the running batch, set before it runs */
    struct view_late late[LATE_RING];
    size_t late_count, late_next;
    char last_bad[VIEW_TEXT];
};

/* The listener that feeds r; r must outlive the query. */
struct query_listener rejects_listener(struct rejects *r);

/* Copies the late rows, newest last; returns how many. */
size_t rejects_late(const struct rejects *r, struct view_late out[LATE_RING]);

/* The query starts over: forgets what was seen (the dead letters stay). */
void rejects_restart(struct rejects *r);

#endif
