/* Pictures made of text: bars, sparklines, charts of several lines, histograms and stacked columns, in
 * Unicode blocks, braille or ASCII. Pure functions that fill a buffer of the caller's; any thread. Values are
 * scaled here, when drawn; nothing is stored or clamped. NAN is a gap everywhere: no sample, which is not
 * zero. */
#ifndef UI_CHART_H
#define UI_CHART_H

#include <stdbool.h>
#include <stddef.h>

/* Enough for one line of any chart: 3 bytes a column up to 300 columns. */
#define CHART_TEXT 904

/* What charts are made of, where there is a choice: the words of the setting ui.charts, in its order. */
enum chart_style { CHART_BLOCKS, CHART_BRAILLE, CHART_ASCII };

/* A bar of the given columns with share (0..1) of it filled; NAN gives an empty bar. Returns out. */
char *chart_bar(char out[CHART_TEXT], int columns, double share, bool ascii);

/* The filled part of such a bar alone, at least a trace of it where share > 0. Returns out. */
char *chart_length(char out[CHART_TEXT], int columns, double share, bool ascii);

/* The newest `columns` of n values (oldest first), one a column, scaled to the largest of them but at least
 * to least_top (so that noise about zero does not fill the chart). NAN is a blank: no sample, which is not
 * zero. Shorter series stand at the right. Returns out. */
char *chart_spark(char out[CHART_TEXT], int columns, const double *values, size_t n, double least_top,
                  bool ascii);

/* ---- charts of several lines ---- */

/* How many values fit side by side: one a column, in braille two. */
size_t chart_points(int columns, enum chart_style style);

enum chart_shape { CHART_AREA, CHART_LINE };

/* Line `row` (0 = the topmost) of `rows` of a chart of the newest chart_points() of n values, oldest first;
 * `top` is what the upper edge stands for, the lower edge is 0. A zero is a trace on the lowest line, a gap
 * is blank. Shorter series stand at the right. Returns out. */
char *chart_row(char out[CHART_TEXT], int row, int rows, int columns, const double *values, size_t n,
                double top, enum chart_shape shape, enum chart_style style);

/* ---- scales ---- */

/* How a figure's round values look: 1.5, 20, 400; in units of 1024; seconds, minutes and hours. */
enum chart_unit { CHART_DECIMAL, CHART_BINARY, CHART_SECONDS };

/* The smallest round value >= v; v itself where it is not above 0 or not finite. */
double chart_round_up(double v, enum chart_unit unit);

/* The upper edge of a chart that is drawn again and again: it goes up as soon as a value is above it, and
 * down only when less than half of it is in use, so that it does not flicker. Starts zeroed. */
struct chart_scale {
    double top;
};
/* The upper edge for a chart whose largest value is `most` (NAN = no value), at least least_top. */
double chart_scale_fit(struct chart_scale *s, double most, double least_top, enum chart_unit unit);

/* The largest of the n values that is not NAN; NAN when there is none. */
double chart_most(const double *values, size_t n);

/* ---- histograms and stacks ---- */

/* Counts how many of n values lie in each of `count` equal parts of 0..top, the lowest first; what is above
 * falls into the last part, what is below 0 into the first, NAN into none. Returns the largest count. */
size_t chart_histogram(size_t *counts, size_t count, const double *values, size_t n, double top);

/* A column of parts piled up from below, drawn over `rows` lines: the number of the part that fills most of
 * line `row` (0 = the topmost), -1 where that is nothing. A column that is not 0 shows on the lowest line.
 * NAN and negative parts count as nothing. */
int chart_stack(const double *parts, int count, double top, int row, int rows);

/* Shares `columns` out to parts lying side by side: ends[i] is the column after the last one of part i. Every
 * column is taken when anything is above 0; false when nothing is. */
bool chart_shares(int *ends, const double *parts, int count, int columns);

#endif
