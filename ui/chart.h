/* Small pictures made of text: bars and sparklines, in Unicode blocks or in ASCII. Pure functions that fill a
 * buffer of the caller's; any thread. Values are scaled here, when drawn; nothing is stored or clamped. */
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

#endif
