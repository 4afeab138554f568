/* The batches pane's view of one batch: its own figures, in words. */
#include "ui/batches.h"

#include "base/text.h"
#include "ui/phases.h"
#include "ui/words.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum { LABEL_W = 15 };

static const struct batch_sample *find(const struct query_view *v, int64_t id)
{
    for (size_t i = 0; v && i < v->history_count; i++)
        if (v->history[i].batch_id == id)
            return &v->history[i];
    return NULL;
}

static void say_rows(struct sheet *s, const struct batch_sample *b)
{
    char a[40], rate[40], done[40];
    sheet_add(s, ST_VALUE, "rows in", "%s: %s rows/s came in, processed at %s rows/s",
              text_many(a, sizeof a, b->rows_in, "row", "rows"), text_rate(rate, sizeof rate, b->input_per_s),
              text_rate(done, sizeof done, b->processed_per_s));
    sheet_add(s, ST_TEXT, "duplicates", "%s (equal to a row that is counted)",
              text_count(a, sizeof a, b->rows_duplicate));
    sheet_add(s, ST_TEXT, "out of order", "%s (older than a row before; still counted unless late)",
              text_count(a, sizeof a, b->rows_out_of_order));
    sheet_add(s, b->rows_late > 0 ? ST_WARN : ST_TEXT, "late", "%s (dropped: their window had closed)",
              text_count(a, sizeof a, b->rows_late));
    sheet_add(s, ST_TEXT, "nulls", "%s (dropped: a field is missing)", text_count(a, sizeof a, b->rows_null));
    sheet_add(s, b->rows_bad > 0 ? ST_WARN : ST_TEXT, "bad", "%s (no calls at all; kept apart)",
              text_count(a, sizeof a, b->rows_bad));
}

static void say_times(struct sheet *s, const struct batch_sample *b)
{
    char a[40], c[40];
    if (b->event_max_ms == UNKNOWN)
        sheet_add(s, ST_TEXT, "event time", "- (no new rows)");
    else
        sheet_add(s, ST_TEXT, "event time", "%s to %s",
                  words_time(a, sizeof a, b->event_min_ms, UNKNOWN, true),
                  words_time(c, sizeof c, b->event_max_ms, b->event_min_ms, true));
    int64_t used = known_watermark_ms(b->watermark_ms);
    int64_t next = known_watermark_ms(b->next_watermark_ms);
    sheet_add(s, ST_TEXT, "watermark", "%s used in this batch; the next one: %s",
              words_time(a, sizeof a, used, UNKNOWN, true), words_time(c, sizeof c, next, used, true));
    double gap = batch_gap_s(b);
    if (isnan(gap))
        sheet_add(s, ST_TEXT, "gap", "- (%s)", used == UNKNOWN ? "no watermark yet" : "no new rows");
    else
        sheet_add(s, ST_TEXT, "gap", "its newest event is %s %s the watermark",
                  words_span(a, sizeof a, fabs(gap)), gap < 0 ? "behind" : "ahead of");
}

static void say_state(struct sheet *s, const struct batch_sample *b)
{
    char a[40], c[40], d[40];
    sheet_add(s, ST_TEXT, "state", "%s in %s", text_many(a, sizeof a, b->state_rows, "row", "rows"),
              text_bytes(c, sizeof c, b->state_bytes));
    sheet_add(s, ST_TEXT, "", "%s updated, %s removed because their window closed",
              text_count(c, sizeof c, b->state_updated), text_count(d, sizeof d, b->state_removed));
}

static void say_phases(struct sheet *s, const struct batch_sample *b)
{
    char a[40];
    s->phase_ms = b->phase_ms;
    sheet_add(s, ST_VALUE, "took", "%s", words_span(a, sizeof a, b->total_ms / 1000))->bar = true;
    for (int i = 0; i < PHASE_COUNT; i++)
        sheet_add(s, ST_TEXT, phase_name((enum phase)i), "%s: %s",
                  words_span(a, sizeof a, b->phase_ms[i] / 1000), phase_meaning((enum phase)i));
}

/* Samples have no offsets; the report of the last batch has. */
static void say_offsets(struct sheet *s, const struct progress *g, const struct batch_sample *b)
{
    enum { PARTITIONS_MOST = 16 };
    char from[40], to[40], rows[40], label[SHEET_LABEL];
    if (g->batch_id != b->batch_id || !g->start_offset || !g->end_offset) {
        sheet_add(s, ST_DIM, "offsets", "- (known of the last batch only)");
        return;
    }
    for (int i = 0; i < g->partitions && i < PARTITIONS_MOST; i++) {
        int64_t first = g->start_offset[i], end = g->end_offset[i];
        snprintf(label, sizeof label, "partition %d", i);
        sheet_add(s, ST_TEXT, label, "offsets %s to %s: %s", text_count(from, sizeof from, first),
                  text_count(to, sizeof to, end),
                  text_many(rows, sizeof rows, first == UNKNOWN || end == UNKNOWN ? UNKNOWN : end - first,
                            "message", "messages"));
    }
    if (g->partitions > PARTITIONS_MOST)
        sheet_add(s, ST_DIM, "", "and %d partitions more", g->partitions - PARTITIONS_MOST);
}

void batches_detail_prepare(struct batches_pane *p, const struct pane_env *env)
{
    struct sheet *s = &p->sheet;
    const struct batch_sample *b = find(env->query, p->selected_id);
    if (b) /* it will leave the history, not the screen */
        p->told = *b;
    else if (p->told.batch_id == p->selected_id)
        b = &p->told;
    char id[40], at[FIGURE_TEXT];
    sheet_clear(s, LABEL_W);
    s->wrap = true;
    if (!b) {
        sheet_add(s, ST_DIM, "batch", "%s is not among the last batches any more",
                  text_count(id, sizeof id, p->selected_id));
    } else {
        sheet_add(s, ST_VALUE, "batch", "%s, triggered at %s", text_count(id, sizeof id, b->batch_id),
                  batch_clock(at, b->wall_ms));
        say_rows(s, b);
        say_times(s, b);
        say_state(s, b);
        say_phases(s, b);
        say_offsets(s, &env->query->progress, b);
    }
    p->lines.pager = true;
    list_fit(&p->lines, sheet_rows(s, env->w), env->h > 0 ? (size_t)env->h : 1);
}
