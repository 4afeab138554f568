/* What stands behind each key of the table: its rows by hour of the day and by disposition, and its latest
 * calls. Fed by the query's listener with the rows it has counted; the query itself knows nothing of it.
 * Collected for every key while there are few of them, so that the answer is there the moment somebody asks;
 * where they are many, only for the one that is asked for, from then on. The engine thread owns it. */
#ifndef ENGINE_BREAKDOWN_H
#define ENGINE_BREAKDOWN_H

#include "query/query.h"
#include "snapshot.h"

/* Keys up to which all are collected: together they take some megabytes. */
#define BREAKDOWN_KEYS 2000
/* Addresses are read out of a message once more, some 0.3 us each: so many a second are taken. */
#define BREAKDOWN_ADDRESSES_PER_S 5000

struct breakdown;

struct breakdown *breakdown_new(int addresses_per_s);
void breakdown_free(struct breakdown *b);

/* Makes a listener feed b, which must outlive the query. */
void breakdown_listen(struct breakdown *b, struct query_listener *listener);

/* The key to be shown, -1 = none. It may be one that is not there yet. */
void breakdown_want(struct breakdown *b, int64_t key);

/* The query starts over: forgets the rows, and which key was wanted. */
void breakdown_restart(struct breakdown *b);

/* Of the wanted key; q is the query that feeds b. NULL where none is wanted or the key is not there. Fresh
 * memory, the caller frees. */
struct view_detail *breakdown_detail(const struct breakdown *b, const struct query *q);

#endif
