#include "ui/chart.h"

#include <math.h>
#include <string.h>

enum { MOST_COLUMNS = (CHART_TEXT - 4) / 3 };

static const char *const eighths_up[] = {"▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"};
static const char *const eighths_right[] = {"", "▏", "▎", "▍", "▌", "▋", "▊", "▉"};
static const char *const ascii_up[] = {"_", ".", ":", "|", "#"};

static int fit_columns(int columns)
{
    return columns < 0 ? 0 : columns > MOST_COLUMNS ? MOST_COLUMNS : columns;
}

static char *put(char *at, const char *glyph)
{
    while (*glyph)
        *at++ = *glyph++;
    return at;
}

/* Puts the filled part; *used gets its columns. Returns the end. */
static char *fill(char *at, int columns, double share, bool ascii, int *used)
{
    *used = 0;
    share = share > 1 ? 1 : share;
    if (!(share > 0))
        return at;
    if (ascii) {
        for (int full = (int)(share * columns); *used < full; ++*used)
            *at++ = '#';
        return at;
    }
    int eighths = (int)(share * columns * 8);
    for (; *used < eighths / 8; ++*used)
        at = put(at, "█");
    if (eighths % 8 && *used < columns) {
        at = put(at, eighths_right[eighths % 8]);
        ++*used;
    }
    return at;
}

char *chart_bar(char out[CHART_TEXT], int columns, double share, bool ascii)
{
    int used;
    columns = fit_columns(columns);
    char *at = fill(out, columns, share, ascii, &used);
    for (; used < columns; used++)
        at = put(at, ascii ? "-" : "░");
    *at = '\0';
    return out;
}

char *chart_length(char out[CHART_TEXT], int columns, double share, bool ascii)
{
    int used;
    columns = fit_columns(columns);
    char *at = fill(out, columns, share, ascii, &used);
    if (share > 0 && used == 0 && columns > 0)
        at = put(at, ascii ? "." : "▏");
    *at = '\0';
    return out;
}

/* The glyph of a value: zero has one of its own, so that a little is told from nothing. */
static const char *column(double v, double top, bool ascii)
{
    if (isnan(v))
        return " ";
    int levels = ascii ? 4 : 7;
    int level = 0;
    if (v > 0 && top > 0) {
        level = (int)ceil(v / top * levels);
        level = level < 1 ? 1 : level > levels ? levels : level;
    }
    return ascii ? ascii_up[level] : eighths_up[level];
}

char *chart_spark(char out[CHART_TEXT], int columns, const double *values, size_t n, double least_top,
                  bool ascii)
{
    columns = fit_columns(columns);
    size_t shown = n < (size_t)columns ? n : (size_t)columns;
    const double *from = values + (n - shown);
    double top = least_top;
    for (size_t i = 0; i < shown; i++)
        if (from[i] > top)
            top = from[i];
    char *at = out;
    for (int blank = columns - (int)shown; blank > 0; blank--)
        *at++ = ' ';
    for (size_t i = 0; i < shown; i++)
        at = put(at, column(from[i], top, ascii));
    *at = '\0';
    return out;
}
