/* The kinds of views that every pane has to be able to show. */
#ifndef TESTS_GALLERY_VIEWS_H
#define TESTS_GALLERY_VIEWS_H

#include "picture.h"

enum gallery_kind {
    GALLERY_NOTHING, /* not one view has come yet */
    GALLERY_EMPTY,   /* views without a row, a partition or a batch in them */
    GALLERY_SMALL,
    GALLERY_LARGE,  /* 2,000 keys, 1,024 partitions, a full history */
    GALLERY_SPARK,  /* the query runs as a job on Spark: much of it is unknown */
    GALLERY_LOST,   /* the same, with the job failed and nobody answering */
    GALLERY_HOSTILE /* texts made to break columns: wide, combining, right to left, endless, driving the
                       terminal */
};
#define GALLERY_KINDS 7

void gallery_give(struct picture *p, enum gallery_kind kind);
const char *gallery_name(enum gallery_kind kind);

#endif
