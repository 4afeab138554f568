/* Advice about the query: its lag, its late and bad rows, its state and its batches. */
#include "ui/advice_rules.h"

#include "base/text.h"
#include "ui/lag.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    LAG_WORTH = 1000, /* messages: less is gone before one has read about it ... */
    LAG_LEAST = 50,   /* ... unless it has grown for long, and is more than a batch */
    GROWS_LONG_MS = 20000,
    STATE_WORTH = 100000,   /* rows of unbounded state worth a thought */
    LOOK_BACK = 30,         /* batches */
    SMALL_ROWS = 20,        /* rows a batch */
    MANY_BATCHES_MS = 5000, /* LOOK_BACK of them took less than this */
    LONG_BATCH_MS = 10000,
    LATE_PER_MILLE = 10,
    STANDS_MS = 10000, /* the watermark has not moved for so long ... */
    STANDS_ROWS = 50,  /* ... although so many rows came */
    MINUTE_MS = 60000
};

/* ---- lag ---- */

static double input_of(const struct cluster_view *c)
{
    double sum = 0;
    for (size_t i = 0; i < c->partitions_count; i++)
        sum += c->partitions[i].input_per_s;
    return sum;
}

static void falling_behind(struct advice_list *l, const struct advice_input *in)
{
    char lag[40], by[40], span[40], into[40];
    const struct cluster_view *c = in->cluster;
    struct lag_row sum;
    lag_sum(&sum, in->query, c);
    if (in->query->state != ENGINE_RUNNING || sum.lag == UNKNOWN || c->growing_since_ms == UNKNOWN ||
        !(c->lag_trend_per_s > 0))
        return;
    if (sum.lag < LAG_WORTH && (sum.lag < LAG_LEAST || in->now_ms - c->growing_since_ms < GROWS_LONG_MS))
        return;
    struct advice *a = advice_add(
        l, ABOUT_LAG, 0, MOOD_WARN,
        "The query falls behind for %s now: the lag is %s and grows by %s a second (%s written).",
        words_since(span, sizeof span, c->growing_since_ms, in->now_ms), text_count(lag, sizeof lag, sum.lag),
        text_rate(by, sizeof by, c->lag_trend_per_s), text_rate(into, sizeof into, input_of(c)));
    advice_mend(a, "%s",
                in->query->settings.max_offsets_per_trigger
                    ? "[O] take more rows a batch, [Q] more parallelism, or [-] a slower replay."
                    : "[Q] more parallelism, or [-] a slower replay.");
}

/* Nearly all of the lag waits in one partition. */
static void lag_skew(struct advice_list *l, const struct advice_input *in)
{
    const struct cluster_view *c = in->cluster;
    int64_t sum = 0, most = -1;
    int32_t where = -1;
    char n[40], all[40];
    for (size_t i = 0; i < c->partitions_count; i++) {
        struct lag_row row;
        lag_row(&row, in->query, &c->partitions[i]);
        if (row.lag == UNKNOWN)
            return;
        sum += row.lag;
        if (row.lag > most) {
            most = row.lag;
            where = c->partitions[i].id;
        }
    }
    if (in->query->state == ENGINE_RUNNING && c->partitions_count > 1 && sum >= LAG_WORTH &&
        most > sum - sum / 10)
        advice_mend(
            advice_add(l, ABOUT_LAG_SKEW, 0, MOOD_WARN,
                       "%s of the %s messages of lag wait in partition %d: its rows will come late.",
                       text_count(n, sizeof n, most), text_count(all, sizeof all, sum), (int)where),
            "Look at its leader (nodes) and its share of the keys. [W] a longer delay keeps its rows.");
}

/* ---- late rows ---- */

/* By how much the delay was short for a row: the row's last window had ended that long before the watermark.
 * Distinct within the watermark judges the row itself. */
static int64_t short_by_ms(const struct query_settings *s, int64_t event_ms, int64_t watermark_ms)
{
    int64_t end_ms = event_ms;
    if (s->window_ms > 0 && s->distinct != DISTINCT_WITHIN_WATERMARK) {
        int64_t slide = s->slide_ms > 0 ? s->slide_ms : s->window_ms;
        int64_t start_ms = event_ms - ((event_ms % slide) + slide) % slide;
        end_ms = start_ms + s->window_ms;
    }
    return watermark_ms > end_ms ? watermark_ms - end_ms : 0;
}

/* The watermark that a batch's rows were judged by: that of the batch before it. */
static int64_t judged_by(const struct query_view *q, int64_t batch_id)
{
    for (size_t i = q->history_count; i-- > 0;)
        if (q->history[i].batch_id <= batch_id)
            return q->history[i > 0 ? i - 1 : 0].watermark_ms;
    return UNKNOWN;
}

static int by_time(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return x < y ? -1 : x > y;
}

/* By how much the delay was short for each late row that is still known, the least first. The marks know more
 * of them than the list of late rows when they came in many batches. */
static size_t short_by(const struct query_view *q, int64_t out[VIEW_MARKS])
{
    size_t n = 0;
    for (size_t i = 0; i < q->marks_count; i++) {
        int64_t mark_ms = q->marks[i].kind == MARK_LATE ? judged_by(q, q->marks[i].batch_id) : UNKNOWN;
        if (mark_ms != UNKNOWN && n < VIEW_MARKS)
            out[n++] = short_by_ms(&q->settings, q->marks[i].event_ms, mark_ms);
    }
    if (n < q->late_count) {
        n = 0;
        for (size_t i = 0; i < q->late_count; i++)
            out[n++] = short_by_ms(&q->settings, q->late[i].event_ms, q->late[i].watermark_ms);
    }
    qsort(out, n, sizeof *out, by_time);
    return n;
}

/* A delay that people would set: whole minutes, above two hours whole quarters of one. */
static int64_t round_up(int64_t ms)
{
    int64_t step = ms < 2 * MINUTE_MS ? 1000 : ms < 120 * MINUTE_MS ? MINUTE_MS : 15 * MINUTE_MS;
    return (ms / step + 1) * step;
}

static void late(struct advice_list *l, const struct query_view *q)
{
    int64_t by_ms[VIEW_MARKS];
    char n[40], delay[60], better[60], half[40], most[40];
    if (q->rows_in <= 0 || q->rows_late <= 0 || q->rows_late * 1000 < q->rows_in * LATE_PER_MILLE)
        return;
    size_t known = short_by(q, by_ms);
    double share = 100 * (double)q->rows_late / (double)q->rows_in;
    duration_format_ms(delay, sizeof delay, q->settings.watermark_ms);
    text_count(n, sizeof n, q->rows_late);
    if (!known) {
        advice_mend(advice_add(l, ABOUT_LATE, 0, MOOD_WARN,
                               "%s rows (%.1f %%) came too late and were not counted.", n, share),
                    "[W] a longer watermark delay than %s keeps more.", delay);
        return;
    }
    size_t middle = known / 2,
           last = (known * 95 + 99) / 100 - 1; /* the delay that keeps it keeps 95 in a hundred */
    duration_format_ms(better, sizeof better, round_up(q->settings.watermark_ms + by_ms[last]));
    struct advice *a = advice_add(
        l, ABOUT_LATE, 0, MOOD_WARN,
        "%s rows (%.1f %%) came too late and were not counted: half of them by at most %s, 95 %% by at "
        "most %s.",
        n, share, words_span(half, sizeof half, ceil((double)by_ms[middle] / 1000)),
        words_span(most, sizeof most, ceil((double)by_ms[last] / 1000)));
    advice_mend(a, "[W] a watermark delay of %s instead of %s would have kept 95 %% of the %zu seen last.",
                better, delay, known);
}

/* ---- a watermark that does not move ---- */

static void watermark(struct advice_list *l, const struct advice_input *in)
{
    const struct query_view *q = in->query;
    const struct batch_sample *h = q->history;
    size_t newest = q->history_count ? q->history_count - 1 : 0, i = newest;
    char n[40], span[40], at[40];
    if (q->history_count < 2 || h[newest].next_watermark_ms == UNKNOWN)
        return;
    int64_t rows = 0, twice = 0;
    for (; i > 0 && h[i].next_watermark_ms == h[newest].next_watermark_ms; i--) {
        rows += h[i].rows_in > 0 ? h[i].rows_in : 0;
        twice += h[i].rows_duplicate > 0 ? h[i].rows_duplicate : 0;
    }
    int64_t ms = h[newest].wall_ms - h[i].wall_ms;
    /* A single batch that took long is no standing. */
    if (newest - i < 2 || ms < STANDS_MS || rows < STANDS_ROWS || q->state != ENGINE_RUNNING)
        return;
    words_span(span, sizeof span, floor((double)ms / 1000));
    text_count(n, sizeof n, rows);
    bool looped = in->replay && in->replay->loop && in->replay->loops_done > 0;
    if (twice * 10 >= rows * 9)
        advice_mend(
            advice_add(l, ABOUT_TWICE, 0, MOOD_WARN,
                       "Nearly all of the %s rows of the last %s were there before: distinct drops them.", n,
                       span),
            looped ? "[d] off counts them again; [l] ends the loop that sends the same calls once more."
                   : "[d] off counts them all; or look at who sends the same calls again.");
    else if (q->settings.output_mode != OUTPUT_COMPLETE)
        advice_mend(
            advice_add(l, ABOUT_WATERMARK, 0, MOOD_WARN,
                       "The watermark has stood at %s for %s although %s rows came: none was newer.",
                       words_time(at, sizeof at, h[newest].next_watermark_ms, UNKNOWN, false), span, n),
            looped
                ? "[l] the replay sends the same calls again; [R] starts it, and the query, over."
                : "A call with a time far ahead holds it there: look for it; [w] [W] start the query over.");
}

/* ---- bad messages ---- */

static void bad(struct advice_list *l, const struct query_view *q, const struct options *o)
{
    char n[40], where[100] = "";
    int64_t all = bad_rows(q->rows_bad);
    if (all <= 0)
        return;
    const char *file = o ? o->sink.dead_letters : NULL, *topic = o ? o->sink.dead_letters_topic : NULL;
    const char *kept = file && *file ? file : topic && *topic ? topic : NULL;
    if (kept)
        text_clean(where, sizeof where, kept, strlen(kept), false);
    struct advice *a = advice_add(l, ABOUT_BAD, 0, MOOD_WARN,
                                  all == 1 ? "%s message is no call." : "%s messages are no calls.",
                                  text_count(n, sizeof n, all));
    if (kept)
        advice_mend(a, "[x] shows why; the %s %s has them all.", kept == file ? "file" : "topic", where);
    else
        advice_mend(a, "[x] shows why; -S sink.dead-letters=FILE would keep them.");
}

/* ---- state ---- */

/* Rows that the state has grown by a minute, over the batches that are known; NAN = unknown. */
static double growth_per_minute(const struct query_view *q)
{
    if (q->history_count < 2)
        return NAN;
    const struct batch_sample *first = &q->history[0], *last = &q->history[q->history_count - 1];
    double ms = (double)(last->wall_ms - first->wall_ms);
    return ms > 0 ? (double)(last->state_rows - first->state_rows) * MINUTE_MS / ms : (double)NAN;
}

static void state(struct advice_list *l, const struct query_view *q)
{
    char rows[40], bytes[40], by[40], more[80] = "";
    double growth = growth_per_minute(q);
    if (growth >= 1)
        snprintf(more, sizeof more, ", %s more a minute", text_rate(by, sizeof by, growth));
    for (int i = 0; i < q->progress.state_count; i++) {
        const struct state_progress *s = &q->progress.state[i];
        if (s->rows_total < STATE_WORTH)
            continue;
        text_count(rows, sizeof rows, s->rows_total);
        text_bytes(bytes, sizeof bytes, s->memory_bytes);
        if (q->settings.distinct == DISTINCT_GLOBAL && !strcmp(s->operator_name, "dedupe"))
            advice_mend(advice_add(l, ABOUT_DISTINCT, 0, MOOD_OK,
                                   "Distinct remembers every row for ever: %s rows, %s by now%s.", rows,
                                   bytes, more),
                        "[d] within-watermark forgets what the watermark has passed.");
        if (q->settings.output_mode == OUTPUT_COMPLETE && !strcmp(s->operator_name, "stateStoreSave"))
            advice_mend(advice_add(l, ABOUT_WINDOWS, 0, MOOD_OK,
                                   "Complete mode keeps every group%s for ever: %s groups, %s by now%s.",
                                   q->settings.window_ms > 0 ? " of every window" : "", rows, bytes, more),
                        q->settings.window_ms > 0
                            ? "[o] update or append lets go of windows that the watermark has closed."
                            : "[b] fewer or coarser fields make fewer groups; [w] a window can close.");
    }
}

/* ---- batches ---- */

static void batch_size(struct advice_list *l, const struct query_view *q)
{
    char span[40], each[40];
    if (q->progress.batch_id >= 0 && q->progress.total_ms >= LONG_BATCH_MS)
        advice_mend(advice_add(l, ABOUT_LONG_BATCH, 0, MOOD_WARN,
                               "The last batch took %s: the table is as old as that.",
                               words_span(span, sizeof span, q->progress.total_ms / 1000)),
                    "[O] fewer rows a batch make it fresher.");
    if (q->history_count < LOOK_BACK)
        return;
    const struct batch_sample *h = q->history + q->history_count - LOOK_BACK;
    int64_t took_ms = h[LOOK_BACK - 1].wall_ms - h[0].wall_ms, rows = 0;
    double busy_ms = 0;
    for (int i = 0; i < LOOK_BACK; i++) {
        rows += h[i].rows_in > 0 ? h[i].rows_in : 0;
        busy_ms += h[i].total_ms;
    }
    /* Small batches are what makes the table fresh; they are too small when their fixed cost is what the
     * engine does all day. */
    if (q->settings.trigger == TRIGGER_ASAP && took_ms > 0 && took_ms < MANY_BATCHES_MS && rows > 0 &&
        rows < LOOK_BACK * SMALL_ROWS && busy_ms > (double)took_ms * 0.7)
        advice_mend(
            advice_add(l, ABOUT_SMALL_BATCHES, 0, MOOD_OK,
                       "%d batches a second with %.1f rows each take %.0f %% of the time: most of it is each "
                       "batch's own cost.",
                       (int)(LOOK_BACK * 1000 / took_ms), (double)rows / LOOK_BACK,
                       fmin(100, 100 * busy_ms / (double)took_ms)),
            "[t] a trigger of 1 second makes fewer and larger ones.");
    if (q->settings.trigger == TRIGGER_INTERVAL && q->settings.trigger_ms > 0 &&
        busy_ms / LOOK_BACK > (double)q->settings.trigger_ms)
        advice_mend(advice_add(l, ABOUT_TRIGGER, 0, MOOD_WARN,
                               "A batch takes %s and one is due every %s: they come late.",
                               words_span(span, sizeof span, busy_ms / LOOK_BACK / 1000),
                               words_span(each, sizeof each, (double)q->settings.trigger_ms / 1000)),
                    "[t] a longer trigger, [O] fewer rows a batch, or [Q] more parallelism.");
}

void advice_of_query(struct advice_list *l, const struct advice_input *in)
{
    if (in->cluster) {
        falling_behind(l, in);
        lag_skew(l, in);
    }
    late(l, in->query);
    watermark(l, in);
    bad(l, in->query, in->options);
    state(l, in->query);
    batch_size(l, in->query);
}
