/* The result table as the screen reads it, kept up to date from view to view: only what the batches since the
 * last view have changed is looked at, and views share the rest (base/paged.h). Keys' texts are cleaned once.
 * The engine thread owns it. */
#ifndef ENGINE_VIEW_TABLE_H
#define ENGINE_VIEW_TABLE_H

#include "engine/view_trends.h"
#include "query/query.h"
#include "snapshot.h"

/* Numbers that are to be looked at again, each once. */
struct stale {
    uint32_t *at;
    size_t count, capacity;
    unsigned char *bits; /* one a number: it is in the list */
    size_t bits_bytes;
};

struct view_table {
    struct paged keys, groups;
    struct texts *texts;
    int64_t keys_total, closed_until_ms;
    struct stale stale_keys, stale_groups;
    size_t groups_seen;  /* of the query: the first so many have been looked at */
    uint32_t *row_of;    /* append mode: the row of a group, + 1; 0 = it is not put out yet */
    size_t row_of_count; /* room in it */
    struct trends trends;
};

void view_table_open(struct view_table *t);
void view_table_free(struct view_table *t);

/* A batch of q has ended: what it changed; the same, and its part of the trends. */
void view_table_note(struct view_table *t, const struct query *q);
void view_table_note_batch(struct view_table *t, const struct query *q);

/* Brings the table up to what q has now and gives `out`, which has none, this version of it. */
void view_table_fill(struct view_table *t, const struct query *q, struct query_view *out);

#endif
