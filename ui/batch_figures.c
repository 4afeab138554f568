#include "ui/batch_figures.h"

#include "base/text.h"
#include "ui/words.h"

#include <math.h>
#include <stdio.h>
#include <time.h>

double batch_gap_s(const struct batch_sample *s)
{
    if (s->watermark_ms == UNKNOWN || s->watermark_ms == 0 || s->event_max_ms == UNKNOWN)
        return NAN;
    return (double)(s->event_max_ms - s->watermark_ms) / 1000;
}

/* What is not known is a gap, not a zero. */
static double figure(int64_t n)
{
    return n == UNKNOWN ? (double)NAN : (double)n;
}

static double input_of(const struct batch_sample *s)
{
    return s->input_per_s;
}
static double processed_of(const struct batch_sample *s)
{
    return s->processed_per_s;
}
static double rows_of(const struct batch_sample *s)
{
    return figure(s->rows_in);
}
static double duration_of(const struct batch_sample *s)
{
    return s->total_ms;
}
static double state_of(const struct batch_sample *s)
{
    return figure(s->state_rows);
}
static double updated_of(const struct batch_sample *s)
{
    return figure(s->state_updated);
}
static double memory_of(const struct batch_sample *s)
{
    return figure(s->state_bytes);
}
static double late_of(const struct batch_sample *s)
{
    return figure(s->rows_late);
}
static double removed_of(const struct batch_sample *s)
{
    return figure(s->state_removed);
}

const struct batch_figure batch_figures[] = {
    {"input rate", "input rows/s", "since last trigger", input_of, UNIT_RATE, 1, CHART_DECIMAL},
    {"process rate", "processed/s", "of the batch's time", processed_of, UNIT_RATE, 1, CHART_DECIMAL},
    {"input rows", "rows a batch", "read by the batch", rows_of, UNIT_ROWS, 1, CHART_DECIMAL},
    {"batch duration", "duration", "trigger to commit", duration_of, UNIT_MS, 0.1, CHART_DECIMAL},
    {"operation duration", NULL, NULL, NULL, UNIT_MS, 0.1, CHART_DECIMAL},
    {"watermark gap", "watermark gap", "newest event - mark", batch_gap_s, UNIT_SECONDS, 1, CHART_SECONDS},
    {"late rows dropped", "late rows", "their window closed", late_of, UNIT_ROWS, 1, CHART_DECIMAL},
    {"state rows", "state rows", "remembered by now", state_of, UNIT_ROWS, 1, CHART_DECIMAL},
    {"state rows updated", "state updated", "new or counted up", updated_of, UNIT_ROWS, 1, CHART_DECIMAL},
    {"removed, window over", "state closed", "which is normal", removed_of, UNIT_ROWS, 1, CHART_DECIMAL},
    {"state memory", "state memory", "what state occupies", memory_of, UNIT_BYTES, 1024, CHART_BINARY},
};
const size_t batch_figures_count = sizeof batch_figures / sizeof *batch_figures;
_Static_assert(sizeof batch_figures / sizeof *batch_figures <= BATCH_FIGURES_MOST, "room for every figure");

char *batch_figure_short(char out[FIGURE_TEXT], enum figure_unit unit, double v)
{
    char span[FIGURE_TEXT];
    if (isnan(v)) {
        snprintf(out, FIGURE_TEXT, "-");
        return out;
    }
    switch (unit) {
    case UNIT_RATE: return text_rate(out, FIGURE_TEXT, v);
    case UNIT_ROWS: return text_count(out, FIGURE_TEXT, (long long)v);
    case UNIT_MS: return words_span(out, FIGURE_TEXT, v / 1000);
    case UNIT_SECONDS:
        snprintf(out, FIGURE_TEXT, "%s%.37s", v < 0 ? "-" : "", words_span(span, sizeof span, fabs(v)));
        return out;
    case UNIT_BYTES: return text_bytes(out, FIGURE_TEXT, (long long)v);
    }
    return out;
}

char *batch_figure_text(char out[FIGURE_TEXT], enum figure_unit unit, double v)
{
    char figure[FIGURE_TEXT];
    const char *word = isnan(v) ? "" : unit == UNIT_RATE ? " rows/s" : unit == UNIT_ROWS ? " rows" : "";
    batch_figure_short(figure, unit, v);
    snprintf(out, FIGURE_TEXT, "%.31s%s", figure, unit == UNIT_ROWS && v == 1 ? " row" : word);
    return out;
}

char *batch_clock(char out[FIGURE_TEXT], int64_t wall_ms)
{
    time_t seconds = (time_t)(wall_ms / 1000);
    struct tm tm;
    snprintf(out, FIGURE_TEXT, "-");
    if (localtime_r(&seconds, &tm))
        (void)strftime(out, FIGURE_TEXT, "%H:%M:%S", &tm);
    return out;
}
