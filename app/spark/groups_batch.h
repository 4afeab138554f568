/* The groups of one batch of the job, collected until its marker says that they are all there. The engine
 * thread owns it. */
#ifndef SPARK_GROUPS_BATCH_H
#define SPARK_GROUPS_BATCH_H

#include "query/intern.h"
#include "query/query.h"

#include <json-c/json.h>

struct batch_group {
    const struct text *fields; /* of the batch's memory */
    int64_t start_ms;          /* UNKNOWN without a window */
    int64_t count;
    size_t order; /* in which they came */
};

struct groups_batch {
    int64_t batch_id;
    int run; /* which run, by number */
    bool full;
    int64_t watermark_ms; /* UNKNOWN */
    struct batch_group *groups;
    size_t count, cap;
    struct arena memory;
    bool too_many; /* more than are kept: the batch cannot be used */
};

/* Adds the group of a "group" message of so many fields. False with a sentence when it is none. */
bool groups_batch_add(struct groups_batch *b, json_object *group, const struct query_settings *s, char *err,
                      size_t err_cap);
/* Leaves one group of each key, the newest. */
void groups_batch_settle(struct groups_batch *b, int fields);
/* Puts them into the table. */
void groups_batch_apply(const struct groups_batch *b, struct query *table);
void groups_batch_free(struct groups_batch *b);

#endif
