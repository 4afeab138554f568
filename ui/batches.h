/* The parts of the batches pane, one file each: charts over the table, timelines with histograms, the table
 * alone, one batch in words. The pane's state is theirs in common. Main thread. */
#ifndef UI_BATCHES_H
#define UI_BATCHES_H

#include "ui/batch_figures.h"
#include "ui/list.h"
#include "ui/pane.h"
#include "ui/sheet.h"

enum batches_view { BATCHES_CHARTS, BATCHES_TIMELINES, BATCHES_TABLE, BATCHES_VIEWS };

struct batches_pane {
    enum batches_view view;
    struct list list;           /* of the table, newest batch first */
    size_t rows[BATCH_HISTORY]; /* which batches the table has: those that fit what is looked for, as for
                                   batches_nth */
    int64_t selected_id;        /* the batch under the cursor, so that it stays there while others come */
    struct list figures;        /* of the timelines: scrolls by a figure */
    size_t first_column;        /* of the table alone, behind the batch's number */
    bool detail;                /* one batch in words: selected_id's */
    struct batch_sample told;   /* that batch, as it was found last */
    struct sheet sheet;         /* what is said about it */
    struct list lines;          /* of the sheet */
    struct chart_scale scale[BATCH_FIGURES_MOST];
};

/* The n-th batch of the history, 0 = the newest; n < history_count. */
const struct batch_sample *batches_nth(const struct query_view *v, size_t n);

/* "Running batches for 2 min 15 s since 22:54:38 (128 completed batches)", shorter where columns are few. */
void batches_running(char *out, size_t cap, const struct pane_env *env, int columns);
/* How many lines of the pane that sentence takes: 1, or 0 where there is no room for it. */
int batches_head(const struct pane_env *env);

/* batches_charts.c: one line a figure. Lines that they take; drawing from line y on. */
int batches_chart_lines(int h, int w);
void batches_draw_charts(const struct query_view *v, const struct pane_env *env, const struct canvas *c,
                         int y, int lines);

/* batches_timelines.c */
void timelines_prepare(struct batches_pane *p, const struct pane_env *env);
void timelines_draw(const struct batches_pane *p, const struct pane_env *env, const struct canvas *c);

/* batches_table.c: all columns in their order, those from `first` on (after the batch's number); or, with
 * first < 0, as many as fit by their importance. From line y on. */
void batches_draw_table(const struct batches_pane *p, const struct pane_env *env, const struct canvas *c,
                        int y, int first);
/* Its cells as a line of text, for looking something up in it. Returns out. */
char *batches_row_text(char *out, size_t cap, const struct batch_sample *s);
/* The last `first` that still shows a column more than the one before would. */
size_t batches_last_column(int w);

/* batches_detail.c */
void batches_detail_prepare(struct batches_pane *p, const struct pane_env *env);

#endif
