/* The order of the table's rows: sorted and filtered keys of a view, with a selection that stays on its key
 * and an order that is held for a moment after a cursor key, so that no row jumps away under the eye. Knows
 * no terminal. Main thread. Start with rank_init, end with rank_free; views are borrowed for each call. */
#ifndef UI_RANK_H
#define UI_RANK_H

#include "snapshot.h"
#include "ui/match.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum rank_by { RANK_COUNT, RANK_NAME, RANK_DELTA, RANK_BYS };

#define RANK_HOLD_MS 3000

struct rank {
    enum rank_by by;
    bool reverse;
    size_t *order;   /* keys of the view, in the order of the rows */
    uint64_t *marks; /* what each row's key was: a view may number its keys anew */
    size_t count, cap;
    int64_t total;  /* of all keys, filtered or not */
    char *selected; /* name of the selected key; NULL = whatever is first */
    int64_t hold_until_ms;
    bool kept;  /* the order is an old one, held or too dear to renew for each view */
    bool stale; /* sort anew at the next update, hold or not */

    uint64_t view_number;
    char run_id[40], filter[MATCH_TEXT];
    int64_t sorted_ms, sort_cost_ms;
};

void rank_init(struct rank *r);
void rank_free(struct rank *r);

/* Brings the order up to date; returns the row of the selected key (0 when it is gone or none is selected).
 */
size_t rank_update(struct rank *r, const struct query_view *v, const struct match *match, int64_t now_ms);

/* The user moved to a row: select its key and hold the order. */
void rank_select(struct rank *r, const struct query_view *v, size_t row, int64_t now_ms);

void rank_sort_by(struct rank *r, enum rank_by by, bool reverse);

#endif
