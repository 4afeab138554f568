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

/* ---- charts of several lines ---- */

size_t chart_points(int columns, enum chart_style style)
{
    return (size_t)fit_columns(columns) * (style == CHART_BRAILLE ? 2 : 1);
}

/* How high a value reaches, in steps from below: 0 = a gap, 1 = zero, `steps` = the upper edge. */
static int height(double v, double top, int steps)
{
    if (isnan(v))
        return 0;
    if (!(v > 0) || !(top > 0))
        return 1;
    double share = v >= top ? 1 : v / top;
    int level = (int)ceil(share * (steps - 1));
    return 1 + (level < 1 ? 1 : level);
}

/* Which steps of a cell are set (bit 0 = the lowest) for a value that reaches `level`, where the cell begins
 * `below` steps up and is `each` steps high. */
static unsigned cell_steps(int level, int below, int each, enum chart_shape shape)
{
    int in = level - below;
    if (in <= 0)
        return 0;
    if (shape == CHART_LINE)
        return in <= each ? 1U << (in - 1) : 0;
    return in >= each ? (1U << each) - 1 : (1U << in) - 1;
}

static int highest(unsigned steps)
{
    int n = 0;
    for (; steps; steps >>= 1)
        n++;
    return n;
}

/* Braille numbers its dots down the left column, then the right one, with the fourth row added later. */
static char *put_braille(char *at, unsigned left, unsigned right)
{
    static const unsigned char dots[2][4] = {{0x40, 0x04, 0x02, 0x01}, {0x80, 0x20, 0x10, 0x08}};
    unsigned set = 0;
    for (int i = 0; i < 4; i++) {
        set |= left >> i & 1 ? dots[0][i] : 0;
        set |= right >> i & 1 ? dots[1][i] : 0;
    }
    if (!set) {
        *at++ = ' ';
        return at;
    }
    *at++ = (char)0xE2;
    *at++ = (char)(0xA0 | set >> 6);
    *at++ = (char)(0x80 | (set & 0x3F));
    return at;
}

char *chart_row(char out[CHART_TEXT], int row, int rows, int columns, const double *values, size_t n,
                double top, enum chart_shape shape, enum chart_style style)
{
    const int each = style == CHART_BLOCKS ? 8 : style == CHART_BRAILLE ? 4 : 5;
    const size_t points = chart_points(columns, style), shown = n < points ? n : points;
    const double *from = values + (n - shown);
    const int below = (rows - 1 - row) * each, a_column = style == CHART_BRAILLE ? 2 : 1;
    char *at = out;
    for (size_t first = 0; first < points; first += (size_t)a_column) {
        unsigned steps[2] = {0, 0};
        for (int k = 0; k < a_column; k++) {
            size_t i = first + (size_t)k;
            if (i < points - shown)
                continue;
            int level = height(from[i - (points - shown)], top, rows * each);
            steps[k] = cell_steps(level, below, each, shape);
        }
        if (style == CHART_BRAILLE)
            at = put_braille(at, steps[0], steps[1]);
        else if (!steps[0])
            *at++ = ' ';
        else
            at = put(at, style == CHART_BLOCKS ? eighths_up[highest(steps[0]) - 1]
                                               : ascii_up[highest(steps[0]) - 1]);
    }
    *at = '\0';
    return out;
}

/* ---- scales ---- */

/* The smallest of a list of steps that is not below v; the last one where none is. */
static double step_up(double v, const double *steps, size_t n)
{
    for (size_t i = 0; i + 1 < n; i++)
        if (v <= steps[i])
            return steps[i];
    return steps[n - 1];
}

static double decimal_up(double v)
{
    static const double steps[] = {1, 1.5, 2, 3, 4, 5, 6, 8, 10};
    double power = pow(10, floor(log10(v)));
    /* What rounding left above the step is not above it. */
    return step_up(v / power - 1e-9, steps, sizeof steps / sizeof *steps) * power;
}

double chart_round_up(double v, enum chart_unit unit)
{
    static const double sixtieths[] = {1, 2, 3, 5, 10, 15, 20, 30, 45, 60};
    static const double hours[] = {1, 2, 3, 6, 12, 18, 24};
    double power = 1;
    if (!(v > 0) || isinf(v))
        return v;
    switch (unit) {
    case CHART_DECIMAL: break;
    case CHART_BINARY:
        while (v / power > 1000)
            power *= 1024;
        return decimal_up(v / power) * power;
    case CHART_SECONDS:
        if (v <= 1)
            break;
        if (v <= 60)
            return step_up(v, sixtieths, sizeof sixtieths / sizeof *sixtieths);
        if (v <= 3600)
            return step_up(v / 60, sixtieths, sizeof sixtieths / sizeof *sixtieths) * 60;
        if (v <= 86400)
            return step_up(v / 3600, hours, sizeof hours / sizeof *hours) * 3600;
        return decimal_up(v / 86400) * 86400;
    }
    return decimal_up(v);
}

double chart_scale_fit(struct chart_scale *s, double most, double least_top, enum chart_unit unit)
{
    double need = isnan(most) || most < least_top ? least_top : most;
    if (!(s->top > 0) || need > s->top || need < s->top / 2)
        s->top = chart_round_up(need, unit);
    return s->top;
}

double chart_most(const double *values, size_t n)
{
    double most = NAN;
    for (size_t i = 0; i < n; i++)
        if (!isnan(values[i]) && (isnan(most) || values[i] > most))
            most = values[i];
    return most;
}

/* ---- histograms and stacks ---- */

size_t chart_histogram(size_t *counts, size_t count, const double *values, size_t n, double top)
{
    size_t most = 0;
    memset(counts, 0, count * sizeof *counts);
    for (size_t i = 0; i < n && count; i++) {
        if (isnan(values[i]))
            continue;
        size_t part = 0;
        if (values[i] > 0 && top > 0)
            part = values[i] >= top ? count - 1 : (size_t)(values[i] / top * (double)count);
        if (part >= count)
            part = count - 1;
        if (++counts[part] > most)
            most = counts[part];
    }
    return most;
}

int chart_stack(const double *parts, int count, double top, int row, int rows)
{
    double each = top / rows, low = (rows - 1 - row) * each, high = low + each;
    double from = 0, widest = row == rows - 1 ? 0 : each / 2;
    int part = -1;
    if (!(each > 0))
        return -1;
    for (int i = 0; i < count; i++) {
        if (!(parts[i] > 0))
            continue;
        double to = from + parts[i];
        double within = (to < high ? to : high) - (from > low ? from : low);
        /* What is above the upper edge belongs to the topmost line. */
        if (row == 0 && from >= high && part < 0)
            within = each;
        if (within > widest) {
            widest = within;
            part = i;
        }
        from = to;
    }
    return part;
}

bool chart_shares(int *ends, const double *parts, int count, int columns)
{
    double sum = 0, run = 0;
    for (int i = 0; i < count; i++)
        sum += parts[i] > 0 ? parts[i] : 0;
    for (int i = 0; i < count; i++) {
        run += parts[i] > 0 ? parts[i] : 0;
        ends[i] = sum > 0 ? (int)lround(run / sum * columns) : 0;
    }
    return sum > 0;
}
