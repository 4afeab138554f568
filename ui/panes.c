#include "ui/pane.h"

extern const struct pane_ops pane_aggregates, pane_replay, pane_offsets, pane_progress, pane_log,
    pane_batches, pane_windows, pane_pipeline, pane_rejects, pane_nodes, pane_advice, pane_caption,
    pane_headline, pane_spark;

/* A line a pane: the order is that of the number keys and of Tab. */
const struct pane_ops *const panes[] = {
    &pane_aggregates, /* 1 */
    &pane_replay,     /* 2 */
    &pane_offsets,    /* 3 */
    &pane_progress,   /* 4 */
    &pane_log,        /* 5 */
    &pane_windows,    /* 6 */
    &pane_batches,    /* 7 */
    &pane_pipeline,   /* 8 */
    &pane_rejects,    /* 9 */
    &pane_nodes,      /* without a number key: in the layouts */
    &pane_advice,     &pane_caption, &pane_headline, &pane_spark,
};
const size_t pane_count = sizeof panes / sizeof panes[0];

bool pane_uses(const struct pane_ops *pane, enum action_id id)
{
    for (size_t i = 0; i < PANE_USES && pane->uses[i] != ACT_NONE; i++)
        if (pane->uses[i] == id)
            return true;
    return false;
}
