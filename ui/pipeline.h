/* The way of a batch's rows as a list of stages, made from the views: the source, each operator with what
 * went in and what came out, the table, the commit. Pure functions; nothing here draws. Main thread. */
#ifndef UI_PIPELINE_H
#define UI_PIPELINE_H

#include "snapshot.h"

enum { STAGES_MOST = OPERATORS_MOST + 4, STAGE_NOTE = 48 };

struct pipeline_stage {
    const char *name;          /* static: "distinct" */
    int64_t in, out;           /* rows of the last batch; out UNKNOWN: nothing goes on from here as rows */
    int64_t dropped;           /* of the last batch; UNKNOWN = it drops nothing by nature */
    int64_t dropped_all;       /* since the query started */
    const char *what;          /* what it drops: "twice" */
    double ms;                 /* of the last batch; NAN = not measured */
    bool slowest;              /* it took the longest */
    char note[STAGE_NOTE];     /* what else is to be said of it: "2 partitions" */
    char note_all[STAGE_NOTE]; /* the same since the query started; "" = nothing */
};

struct pipeline {
    struct pipeline_stage stage[STAGES_MOST];
    int stages; /* 0 = no batch has ended yet */
    double total_ms;
};

void pipeline_make(struct pipeline *p, const struct query_view *v);

#endif
