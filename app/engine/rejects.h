/* Rows that the query does not count for a reason worth showing: the newest late ones, the last bad message,
 * and what keeps the bad ones, a file or a topic of dead letters. Fed by the query's listener; the engine
 * thread owns it. */
#ifndef ENGINE_REJECTS_H
#define ENGINE_REJECTS_H

#include "query/query.h"
#include "sink/dead_letters.h"
#include "sink/dead_topic.h"
#include "snapshot.h"

enum { LATE_RING = sizeof((struct query_view){0}.late) / sizeof((struct query_view){0}.late[0]) };

struct rejects {
    struct dead_letters *letters; /* NULL = not kept there */
    struct dead_topic *topic;     /* NULL = not kept there */
    int64_t *kept_to;             /* highest offset passed on, one a partition; -1 = none */
    int partitions;               /* of kept_to */
    int64_t batch_id;             /* the running batch, set before it runs */
    struct view_late late[LATE_RING];
    size_t late_count, late_next;
    char last_bad[VIEW_TEXT];
};

/* Opens what the options ask for. False with a sentence in err. rejects_close ends it in any case. */
bool rejects_open(struct rejects *r, const struct app_parts *parts, char *err, size_t err_cap);
void rejects_close(struct rejects *r);

/* The listener that feeds r; r must outlive the query. A message at or below an offset that this process has
 * already passed on is not passed on again, so that a query that starts over does not keep it twice. */
struct query_listener rejects_listener(struct rejects *r);

/* Before a batch is committed: what was passed on is safe, or -1 with a sentence in err. A file that cannot
 * be written does not stop the query: it is logged, once, and told by *warned (may be set to true). */
int rejects_settle(struct rejects *r, bool *warned, char *err, size_t err_cap);

/* True where what was no call is kept outside this process. */
bool rejects_kept(const struct rejects *r);

/* "3 not JSON, 1 empty": the reasons that occurred, with how often. */
void rejects_words(struct strbuf *out, const int64_t bad[BAD_REASON_COUNT]);
/* " (kept in FILE and topic NAME)", or nothing where nothing was kept. */
void rejects_where(const struct rejects *r, const struct options *o, struct strbuf *out);

/* Copies the late rows, newest last; returns how many. */
size_t rejects_late(const struct rejects *r, struct view_late out[LATE_RING]);

/* The query starts over: forgets what was seen (the dead letters stay). */
void rejects_restart(struct rejects *r);

#endif
