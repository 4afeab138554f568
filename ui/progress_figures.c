#include "ui/progress_figures.h"

#include "base/text.h"
#include "ui/explain.h"
#include "ui/words.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum { LABEL_W = 12, EXPLAINED_LABEL_W = 16 };

static void add_rates(struct sheet *s, const struct query_view *v, const struct cluster_view *c)
{
    const struct progress *g = &v->progress;
    char a[40], b[40];
    /* A burst makes one batch look slow; only a lag of more than a second that grows as well means that the
     * query cannot keep up.
     */
    bool behind = g->input_per_s > g->processed_per_s && c && c->lag_trend_per_s > 0 &&
                  c->lag_total != UNKNOWN && (double)c->lag_total > g->input_per_s;
    sheet_add(s, ST_VALUE, "rows in", "%s", text_count(a, sizeof a, g->rows_in));
    sheet_add(s, ST_TEXT, "input", "%s rows/s", text_rate(a, sizeof a, g->input_per_s));
    sheet_add(s, behind ? ST_WARN : ST_TEXT, "processed", "%s rows/s%s",
              text_rate(b, sizeof b, g->processed_per_s), behind ? "  too slow" : "");
}

static void add_times(struct sheet *s, const struct query_view *v)
{
    const struct progress *g = &v->progress;
    char a[40], b[40];
    if (g->event_max_ms == UNKNOWN)
        sheet_add(s, ST_TEXT, "event time", "-  (no new rows)");
    else
        sheet_add(s, ST_TEXT, "event time", "%s..%s",
                  words_time(a, sizeof a, g->event_min_ms, UNKNOWN, false),
                  words_time(b, sizeof b, g->event_max_ms, g->event_min_ms, false));
    int64_t used = known_watermark_ms(g->watermark_ms);
    int64_t next = known_watermark_ms(g->next_watermark_ms);
    int64_t day = g->event_max_ms == UNKNOWN ? used : g->event_max_ms;
    words_time(a, sizeof a, used, day, false);
    words_time(b, sizeof b, next, day, false);
    /* One line while both are short, two when a date has to tell them apart. */
    if (strlen(a) + strlen(b) <= 10) {
        sheet_add(s, ST_TEXT, "watermark", "used %s  next %s", a, b);
    } else {
        sheet_add(s, ST_TEXT, "watermark", "used %s", a);
        sheet_add(s, ST_TEXT, "", "next %s", b);
    }
}

static void add_rows(struct sheet *s, const struct query_view *v)
{
    const struct progress *g = &v->progress;
    char a[40], b[40];
    int64_t bad = bad_rows(g->rows_bad), bad_all = bad_rows(v->rows_bad);
    /* Spark counts groups of the rows, after a partial aggregation. */
    int64_t spark = g->state_count ? g->state[0].rows_dropped_by_watermark : g->rows_late;
    char as_spark[64] = "";
    if (v->unavailable & NO_EXACT_LATE)
        snprintf(as_spark, sizeof as_spark, "at least, by Spark's groups; ");
    else if (spark != g->rows_late)
        snprintf(as_spark, sizeof as_spark, "as Spark counts: %s; ", text_count(a, sizeof a, spark));
    sheet_add(s, g->rows_late > 0 ? ST_WARN : ST_TEXT, "late", "%s  (%s%s in all)",
              text_count(a, sizeof a, g->rows_late), as_spark, words_late(b, sizeof b, v));
    sheet_add(s, ST_TEXT, "duplicates", "%s  (%s in all)", text_count(a, sizeof a, g->rows_duplicate),
              text_count(b, sizeof b, v->rows_duplicate));
    sheet_add(s, bad > 0 ? ST_WARN : ST_TEXT, "bad", "%s  (%s in all)", text_count(a, sizeof a, bad),
              text_count(b, sizeof b, bad_all));
    if (v->last_bad[0])
        sheet_add(s, ST_WARN, "last bad", "%s", v->last_bad);
    sheet_add(s, ST_TEXT, "nulls", "%s  (%s in all)", text_count(a, sizeof a, g->rows_null),
              text_count(b, sizeof b, v->rows_null));
    if (!(v->unavailable & NO_MARKS))
        sheet_add(s, ST_TEXT, "order", "%s out of order", text_count(a, sizeof a, g->rows_out_of_order));
    if (g->data_loss > 0)
        sheet_add(s, ST_BAD, "lost", "%s offsets were gone before they were read",
                  text_count(a, sizeof a, g->data_loss));
}

static void add_state(struct sheet *s, const struct query_view *v)
{
    char rows[40], bytes[40], updated[40], removed[40], label[24];
    for (int i = 0; i < v->progress.state_count; i++) {
        const struct state_progress *o = &v->progress.state[i];
        bool distinct = strncmp(o->operator_name, "dedupe", 6) == 0;
        snprintf(label, sizeof label, "%s", distinct ? "distinct" : "state");
        sheet_add(s, ST_TEXT, label, "%s  %s",
                  distinct ? text_many(rows, sizeof rows, o->rows_total, "row", "rows")
                           : text_many(rows, sizeof rows, o->rows_total, "group", "groups"),
                  text_bytes(bytes, sizeof bytes, o->memory_bytes));
        sheet_add(s, ST_DIM, "", "updated %s  removed %s",
                  text_count(updated, sizeof updated, o->rows_updated),
                  text_count(removed, sizeof removed, o->rows_removed));
    }
}

static void add_phases(struct sheet *s, const struct progress *g, bool explained)
{
    char a[40];
    for (int i = 0; i < PHASE_COUNT; i++) {
        const char *name = phase_name((enum phase)i), *took = words_span(a, sizeof a, g->phase_ms[i] / 1000);
        if (explained)
            sheet_add(s, ST_TEXT, name, "%s", took);
        else
            sheet_add(s, ST_DIM, "", "%-13s %s", name, took);
    }
}

static void add_names(struct sheet *s, const struct progress *g)
{
    if (g->name[0])
        sheet_add(s, ST_DIM, "name", "%s", g->name);
    if (g->id[0])
        sheet_add(s, ST_DIM, "id", "%s", g->id);
    if (g->run_id[0])
        sheet_add(s, ST_DIM, "run id", "%s", g->run_id);
}

/* The words of the pane's explanation whose figure bears the label, or begins with it. */
static const char *meaning(const char *label)
{
    size_t len = strlen(label);
    for (const struct explain *e = explain_progress; len && e->word; e++)
        if (!strncmp(e->word, label, len) && (!e->word[len] || e->word[len] == ' '))
            return e->text;
    return NULL;
}

/* Keeps the lines that fit. */
static void keep_hits(struct sheet *s, const struct match *match)
{
    char line[SHEET_LABEL + SHEET_TEXT + 2];
    size_t kept = 0;
    for (size_t i = 0; i < s->lines; i++) {
        snprintf(line, sizeof line, "%s %s", s->line[i].label, s->line[i].text);
        if (match_hit(match, line))
            s->line[kept++] = s->line[i];
    }
    s->lines = kept;
}

void progress_figures(struct sheet *s, const struct query_view *v, const struct cluster_view *c,
                      const struct match *match, bool explained)
{
    const struct progress *g = &v->progress;
    char a[40];
    sheet_clear(s, explained ? EXPLAINED_LABEL_W : LABEL_W);
    s->wrap = s->notes = explained;
    s->phase_ms = g->phase_ms;
    add_rates(s, v, c);
    add_times(s, v);
    sheet_add(s, ST_VALUE, "duration", "%s", words_span(a, sizeof a, g->total_ms / 1000))->bar = true;
    if (explained)
        add_phases(s, g, true);
    add_rows(s, v);
    add_state(s, v);
    /* In a small pane there is no room for the phases, one a line, where they belong. */
    if (!explained)
        add_phases(s, g, false);
    add_names(s, g);
    keep_hits(s, match);
    for (size_t i = 0; i < s->lines; i++)
        s->line[i].note = meaning(s->line[i].label);
}
