/* The trend of each key: its rows in the last windows or, where the query has none, in the last batches. Kept
 * from batch to batch; very many keys have no trends. The engine thread owns it. */
#ifndef ENGINE_VIEW_TRENDS_H
#define ENGINE_VIEW_TRENDS_H

#include "query/query.h"
#include "snapshot.h"

/* Keys up to which trends are kept; in a view they take 192 bytes each. */
#define TREND_KEYS 2000
/* The same where the query has windows. */
#define TREND_KEYS_WINDOWS 20000

/* Start it with {0}. */
struct trends {
    double (*rows)[TREND_POINTS]; /* one a key: a ring of points */
    size_t keys, capacity;
    uint32_t points;              /* in use */
    int newest;                   /* place of the newest point */
    int64_t since_ns;             /* batches: when the newest point began */
    int64_t newest_ms, oldest_ms; /* windows: the first and the last start that came */
    bool given_up;                /* too many keys */
};

void trends_free(struct trends *t);
/* Adds what the last batch of a query without windows has counted. */
void trends_batch(struct trends *t, const struct query *q);
/* A window of a key has so many rows now. */
void trends_window(struct trends *t, uint32_t key, int64_t start_ms, int64_t slide_ms, int64_t rows);
/* For a view of so many keys. */
void trends_fill(const struct trends *t, size_t keys, struct query_view *out);

#endif
