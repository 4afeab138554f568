/* The sentence of the presenter's layout: what the batches since the last sentence did. Pure but for its
 * memory of the figures it told last. Views are borrowed for the call. Main thread. */
#ifndef UI_CAPTION_H
#define UI_CAPTION_H

#include "snapshot.h"

struct caption {
    char text[400];
    int64_t told_ms; /* monotonic; 0 = nothing told yet */
    char run_id[40];
    int64_t batch_id, rows_in, rows_duplicate, rows_late, rows_bad; /* totals as last told */
    int64_t closed_until_ms; /* the windows up to there were closed when it was told; UNKNOWN = none */
    char leader[80];
};

/* Takes the view when the last sentence has stood for reading_ms, and makes the next one. */
void caption_update(struct caption *c, const struct query_view *v, int64_t now_ms, int64_t reading_ms);

#endif
