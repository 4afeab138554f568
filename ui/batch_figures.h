/* The figures of a batch that are drawn as charts: what Spark's streaming statistics page shows, each with
 * its name, its unit, and how its values read. Pure functions over samples; an unknown figure is NAN and
 * reads "-". Main thread. */
#ifndef UI_BATCH_FIGURES_H
#define UI_BATCH_FIGURES_H

#include "snapshot.h"
#include "ui/chart.h"

#include <stddef.h>

enum { FIGURE_TEXT = 40 };

enum figure_unit { UNIT_RATE, UNIT_ROWS, UNIT_MS, UNIT_SECONDS, UNIT_BYTES };

struct batch_figure {
    const char *label;   /* "input rate" */
    const char *shorter; /* where a line has to do, with its unit: "input rows/s" */
    const char *note;    /* a few words more; NULL for the phases' stack */
    /* NAN = unknown; NULL: the durations of the phases, piled up */
    double (*of)(const struct batch_sample *s);
    enum figure_unit unit;
    double least_top; /* a chart of it reaches at least so far */
    enum chart_unit scale;
};

extern const struct batch_figure batch_figures[];
extern const size_t batch_figures_count;
enum { BATCH_FIGURES_MOST = 16 };

/* "99.2 rows/s", "2.1 ms", "6,401 rows"; NAN: "-". Returns out. */
char *batch_figure_text(char out[FIGURE_TEXT], enum figure_unit unit, double v);
/* The same without its unit where that is "rows/s" or "rows". */
char *batch_figure_short(char out[FIGURE_TEXT], enum figure_unit unit, double v);

/* How far the newest event of the batch is ahead of the watermark that it used, in seconds (negative where
 * all its rows are older); NAN = there is no watermark yet, or no row. */
double batch_gap_s(const struct batch_sample *s);

/* The wall clock's time of day of a batch, "22:54:38". Returns out. */
char *batch_clock(char out[FIGURE_TEXT], int64_t wall_ms);

#endif
