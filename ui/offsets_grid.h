/* The two tables of the offsets pane: a line a partition with the totals below, and a line a consumer group.
 * Each chooses the columns that there is room for; what tells least is left out first. Main thread. */
#ifndef UI_OFFSETS_GRID_H
#define UI_OFFSETS_GRID_H

#include "ui/lag.h"
#include "ui/pane.h"

enum offsets_column {
    COLUMN_ID,
    COLUMN_LEADER,
    COLUMN_IN_SYNC,
    COLUMN_FIRST,
    COLUMN_START,
    COLUMN_END,
    COLUMN_LATEST,
    COLUMN_LAG,
    COLUMN_TREND,
    COLUMN_GONE,
    COLUMN_INPUT,
    COLUMN_IDLE,
    COLUMN_COMMITTED,
    COLUMN_ASKED, /* only while a figure is old */
    OFFSETS_COLUMNS
};

struct offsets_grid {
    const struct pane_env *env;
    struct lag_row sum;
    int width[OFFSETS_COLUMNS]; /* 0 = left out */
    bool long_heads;
};

/* A figure that was asked for longer ago says its age. */
#define OFFSETS_OLD_MS 2000

/* env->cluster must be there. */
void offsets_grid_choose(struct offsets_grid *g, const struct pane_env *env, int w);
void offsets_grid_heading(const struct offsets_grid *g, const struct canvas *c, int y);
void offsets_grid_partition(const struct offsets_grid *g, const struct canvas *c, int y,
                            const struct partition_view *p);
void offsets_grid_totals(const struct offsets_grid *g, const struct canvas *c, int y);

/* Messages written a second to all partitions together; NAN while one is unknown. */
double offsets_input(const struct cluster_view *cl);

/* The consumer groups from line y on, or why they are not known; shown[] are the ones to show from `top` on.
 * Returns the line after them. */
int offsets_groups_draw(const struct pane_env *env, const struct canvas *c, int y, const size_t *shown,
                        size_t count, size_t top);

#endif
