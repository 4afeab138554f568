/* What the engine puts out: views for the screen, sinks, reports, the summary at the end. */
#include "spark/spark.h"

#include "base/text.h"
#include "base/xalloc.h"
#include "sink/console.h"
#include "sink/sink.h"
#include "spark/js.h"

#include <math.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- what the ledger tells ---- */

void spark_forget(struct engine *e)
{
    progress_clear(&e->progress);
    e->progress = (struct progress){.batch_id = -1};
    free(e->progress_json);
    e->progress_json = NULL;
    views_restart(e->b.views);
}

static void on_query(void *arg, const struct query *table, const struct query_settings *settings)
{
    struct engine *e = arg;
    char why[300];
    (void)table;
    e->b.settings = *settings;
    e->b.settings.parallelism = e->b.parts.options->query.parallelism;
    spark_forget(e);
    if (e->b.sinks && e->caught_up && sinks_restart(e->b.sinks, table, why, sizeof why) < 0)
        engine_fail(e, "%s", why);
    e->dirty = true;
}

static void on_emptied(void *arg, const struct query *old)
{
    struct engine *e = arg;
    char why[300];
    if (e->b.sinks && e->caught_up && sinks_restart(e->b.sinks, old, why, sizeof why) < 0)
        engine_fail(e, "%s", why);
    views_restart(e->b.views);
}

/* The report as Spark wrote it, on one line. */
static void write_report(struct engine *e, const struct ledger_batch *b)
{
    char why[100];
    if (!e->b.reports || !b->progress_json)
        return;
    json_object *tree = js_parse(b->progress_json, strlen(b->progress_json), why, sizeof why);
    engine_write_report(
        e, json_object_to_json_string_ext(tree, JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE));
    json_object_put(tree);
}

static void put_into_sinks(struct engine *e, const struct ledger_batch *b)
{
    struct progress without = {.batch_id = b->batch_id};
    snprintf(without.id, sizeof without.id, "%.39s", ledger_run(e->ledger)->query);
    struct sink_batch put = {
        .batch_id = b->batch_id, .query = b->table, .progress = b->progress ? b->progress : &without};
    char why[300];
    put.output = query_output(b->table, &put.output_count);
    if (sinks_batch(e->b.sinks, &put, why, sizeof why) < 0)
        engine_fail(e, "%s", why);
}

static void on_batch(void *arg, const struct ledger_batch *b)
{
    struct engine *e = arg;
    if (b->progress) {
        progress_clear(&e->progress);
        progress_copy(&e->progress, b->progress);
        free(e->progress_json);
        e->progress_json = xstrdup(b->progress_json);
        views_note_batch(e->b.views, b->progress, b->table);
    } else {
        views_note_table(e->b.views, b->table);
    }
    e->batches += !b->again;
    e->dirty = true;
    /* What was counted before this program came is in the table, but was put out by whoever was there. */
    if (e->caught_up && !e->b.failed) {
        if (b->has_table)
            put_into_sinks(e, b);
        write_report(e, b);
    }
}

/* The job commits no offsets to the group: where it stands is what its reports say. */
static void on_report(void *arg, const struct progress *p)
{
    struct engine *e = arg;
    struct live *live = &e->b.parts.hub->live;
    for (int i = 0; p->end_offset && i < p->partitions && i < MAX_PARTITIONS; i++)
        if (p->end_offset[i] != UNKNOWN)
            atomic_store(&live->position[i], p->end_offset[i]);
}

const struct ledger_listener spark_listener = {
    .query = on_query, .emptied = on_emptied, .batch = on_batch, .report = on_report};

/* ---- views ---- */

/* Nothing of it is clean by itself but what was cleaned when it was read. */
static void fill_job(const struct engine *e, struct job_view *j)
{
    const struct ledger_run *r = ledger_run(e->ledger);
    const char *gap = ledger_gap(e->ledger);
    *j = e->job;
    snprintf(j->app_id, sizeof j->app_id, "%s", r->app_id);
    snprintf(j->master, sizeof j->master, "%s", r->master);
    snprintf(j->ui_url, sizeof j->ui_url, "%s", r->ui_url);
    snprintf(j->host, sizeof j->host, "%s", r->host);
    snprintf(j->version, sizeof j->version, "%s", r->version);
    snprintf(j->query, sizeof j->query, "%s", r->query);
    snprintf(j->unavailable, sizeof j->unavailable, "%s", r->unavailable);
    if (e->checkpoint)
        text_clean(j->checkpoint, sizeof j->checkpoint, e->checkpoint, strlen(e->checkpoint), false);
    j->heard_mono_ms = r->query[0] ? r->heard_mono_ms : UNKNOWN;
    j->messages = e->messages;
    j->messages_bad = e->messages_bad;
    snprintf(j->last_bad, sizeof j->last_bad, "%s", e->last_bad);
    snprintf(j->table_gap, sizeof j->table_gap, "%s", gap ? gap : "");
}

void spark_publish(struct engine *e, bool now)
{
    struct ledger_totals totals;
    struct job_view job;
    ledger_totals(e->ledger, &totals);
    fill_job(e, &job);
    const struct ledger_run *r = ledger_run(e->ledger);
    unsigned unavailable = NO_LATE_ROWS | NO_MARKS | NO_DETAIL | NO_OPERATOR_ROWS | NO_PAUSE;
    if (totals.late_at_least)
        unavailable |= NO_EXACT_LATE;
    if (!totals.from_the_start && e->progress.batch_id >= 0)
        unavailable |= NO_BEGINNING;
    struct view_facts f = {
        .state = e->b.state,
        .message = e->b.message,
        .answered = e->b.answer_until_ms != 0,
        .catch_up = NAN,
        .query = ledger_table(e->ledger),
        .progress = &e->progress,
        .progress_json = e->progress_json,
        .settings = &e->b.settings,
        .run_id = r->run,
        .offer = e->b.offer,
        .totals = &totals.t,
        .unavailable = unavailable,
        .job = &job,
    };
    views_publish(e->b.views, &f, now);
}

/* ---- the end ---- */

bool spark_finish_sinks(struct engine *e)
{
    const struct query *table = ledger_table(e->ledger);
    char why[300];
    if (e->b.finished_once || !table)
        return true;
    e->b.finished_once = true;
    if (e->b.sinks && sinks_finish(e->b.sinks, table, why, sizeof why) < 0) {
        engine_fail(e, "%s", why);
        return false;
    }
    if (console_wanted(e->b.parts.options) && console_final(table, &e->progress, why, sizeof why) < 0) {
        engine_fail(e, "%s", why);
        return false;
    }
    return true;
}

void spark_summarise(struct engine *e)
{
    struct ledger_totals all;
    const struct query *table = ledger_table(e->ledger);
    char rows[60], batches[60], groups[60], twice[60], late[40];
    ledger_totals(e->ledger, &all);
    int64_t bad = bad_rows(all.t.rows_bad);
    char bad_text[40];
    snprintf(
        e->b.summary, sizeof e->b.summary, "%s in %s on Spark, %s, %s, %s%s late, %s bad",
        text_many(rows, sizeof rows, all.t.rows_in, "row", "rows"),
        text_many(batches, sizeof batches, e->batches, "batch", "batches"),
        text_many(groups, sizeof groups, table ? (long long)query_group_count(table) : 0, "group", "groups"),
        text_many(twice, sizeof twice, all.t.rows_duplicate, "duplicate", "duplicates"),
        all.late_at_least ? "at least " : "", text_count(late, sizeof late, all.t.rows_late),
        text_count(bad_text, sizeof bad_text, bad));
}
