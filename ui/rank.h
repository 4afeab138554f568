/* The order of the table's rows: sorted and filtered keys of a view, with a selection that stays on its key
 * and an order that is held for a moment after a cursor key, so that no row jumps away under the eye. Of a
 * very long table only the rows around those that are asked for are put in order, by selection, and a filter
 * goes through it over several pictures. Knows no terminal. Main thread. Start with rank_init, end with
 * rank_free; views are borrowed for each call. */
#ifndef UI_RANK_H
#define UI_RANK_H

#include "snapshot.h"
#include "ui/match.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum rank_by { RANK_COUNT, RANK_NAME, RANK_DELTA, RANK_BYS };

#define RANK_HOLD_MS 3000
/* Rows up to which all of them are put in order. */
#define RANK_ALL_ROWS 4096

struct rank {
    enum rank_by by;
    bool reverse;
    uint32_t *order;    /* keys of the view; in the order of the rows from first to before last */
    size_t first, last; /* rows that are in their places */
    size_t asked, page; /* rows that were asked for last: around them the rows are put in their places */
    size_t count, cap;  /* rows */
    uint32_t *spare, *middle; /* room to make an order in */
    size_t middle_cap;
    int64_t total;        /* of all keys, filtered or not */
    int64_t most;         /* the largest total of a row */
    char *selected;       /* name of the selected key; NULL = whatever is first */
    uint32_t selected_at; /* its number, where the run is still the same */
    int64_t hold_until_ms;
    bool kept;  /* the order is an old one, held or too dear to renew for each view */
    bool stale; /* sort anew at the next update, hold or not */

    uint32_t *hits; /* keys that fit the filter, of the first `judged` keys of the view */
    size_t hits_count, hits_cap, judged;
    size_t keys; /* of the view that the order is of */

    uint64_t view_number, table_number;
    char run_id[40], filter[MATCH_TEXT];
    int64_t sorted_ms, sort_cost_ms;
};

void rank_init(struct rank *r);
void rank_free(struct rank *r);

/* Brings the order up to date; returns the row of the selected key (0 when it is gone or none is selected).
 */
size_t rank_update(struct rank *r, const struct query_view *v, const struct match *match, int64_t now_ms);

/* Puts `count` rows from `first` on in their places, in the view of the last update. */
void rank_show(struct rank *r, const struct query_view *v, size_t first, size_t count);

/* True while the filter has not seen the whole table: the next update goes on. */
bool rank_searches(const struct rank *r);

/* All rows in order; the caller frees. */
uint32_t *rank_all(const struct rank *r, const struct query_view *v);

/* The user moved to a row: select its key and hold the order. */
void rank_select(struct rank *r, const struct query_view *v, size_t row, int64_t now_ms);

void rank_sort_by(struct rank *r, enum rank_by by, bool reverse);

#endif
