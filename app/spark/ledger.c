#include "spark/ledger.h"

#include "base/text.h"
#include "base/xalloc.h"
#include "spark/groups_batch.h"
#include "spark/js.h"
#include "spark/message.h"
#include "spark/pairing.h"
#include "spark/report.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { QUERIES_KEPT = 6, RUNS_KNOWN = 64, HALF_MS = 15000 };

/* A query by its id: its table, and what is known of its rows. */
struct known_query {
    char id[MESSAGE_ID];
    struct query_settings settings;
    bool has_settings;
    struct query *table; /* NULL before the settings came */
    bool any_table;      /* a batch has been applied */
    bool whole;          /* nothing of the table is missing */
    bool thrown_away;    /* a batch could not be used since the last whole one */
    bool too_many;
    struct groups_batch open; /* whose marker has not come */
    bool is_open;
    int64_t told; /* the newest batch that was told or applied; -1 */

    struct ledger_totals totals;
    struct progress last; /* the newest report of a batch: what it added to the totals */
    bool any_report;
    int64_t next_watermark_ms;
    uint64_t spoke; /* when it spoke last, to know the oldest */
};

struct ledger {
    char *topic;
    struct ledger_listener listener;
    struct known_query *queries[QUERIES_KEPT];
    size_t query_count;
    struct known_query *current;
    char runs[RUNS_KNOWN][MESSAGE_ID]; /* a ring: run n is runs[n % RUNS_KNOWN] */
    int run_count, first_new_run;      /* runs before that one cannot be the current one */
    struct ledger_run run;
    int run_number; /* of run; -1 */
    struct pairing pairs;
    int64_t now_ms;
    uint64_t clock;
};

struct ledger *ledger_new(const char *calls_topic, const struct ledger_listener *listener)
{
    struct ledger *l = xcalloc(1, sizeof *l);
    l->topic = xstrdup(calls_topic);
    l->listener = *listener;
    l->run_number = -1;
    l->run.pid = UNKNOWN;
    return l;
}

static void free_query(struct known_query *k)
{
    query_free(k->table);
    groups_batch_free(&k->open);
    progress_clear(&k->last);
    free(k);
}

void ledger_free(struct ledger *l)
{
    if (!l)
        return;
    pairing_clear(&l->pairs);
    for (size_t i = 0; i < l->query_count; i++)
        free_query(l->queries[i]);
    free(l->topic);
    free(l);
}

/* ---- who speaks ---- */

/* Runs are numbered as they are first heard of, in either topic: a later one is a newer one. */
static int run_number(struct ledger *l, const char *run)
{
    for (int n = l->run_count - 1; n >= 0 && n > l->run_count - RUNS_KNOWN; n--)
        if (strcmp(l->runs[n % RUNS_KNOWN], run) == 0)
            return n;
    snprintf(l->runs[l->run_count % RUNS_KNOWN], MESSAGE_ID, "%s", run);
    return l->run_count++;
}

void ledger_expect_new_run(struct ledger *l, bool forget)
{
    if (forget) {
        pairing_clear(&l->pairs);
        l->current = NULL;
    }
    l->first_new_run = l->run_count;
    l->run_number = -1;
    l->run = (struct ledger_run){.pid = UNKNOWN};
}

static struct known_query *find_query(struct ledger *l, const char *id)
{
    size_t oldest = 0;
    for (size_t i = 0; i < l->query_count; i++) {
        if (strcmp(l->queries[i]->id, id) == 0)
            return l->queries[i];
        bool older = l->queries[i]->spoke < l->queries[oldest]->spoke;
        if (l->queries[oldest] == l->current || (older && l->queries[i] != l->current))
            oldest = i;
    }
    size_t at = l->query_count;
    if (at == QUERIES_KEPT)
        free_query(l->queries[at = oldest]);
    else
        l->query_count++;
    struct known_query *k = l->queries[at] = xcalloc(1, sizeof *k);
    snprintf(k->id, sizeof k->id, "%s", id);
    query_settings_default(&k->settings);
    k->told = -1;
    k->next_watermark_ms = UNKNOWN;
    k->totals.t.newest_event_ms = k->totals.t.watermark_ms = UNKNOWN;
    k->last.batch_id = -1;
    return k;
}

/* The table gets no rows: it needs none of the operators' memory. */
static void make_table(struct known_query *k)
{
    struct query_settings bare = k->settings;
    bare.distinct = DISTINCT_OFF;
    bare.join_codes = false;
    bare.parallelism = 1;
    query_free(k->table);
    k->table = query_new(&bare, NULL, NULL);
}

static bool take_settings(struct known_query *k, json_object *body, char *err, size_t err_cap)
{
    struct query_settings s = k->settings;
    if (!message_settings(js_member(body, "settings", json_type_object), &s, err, err_cap))
        return false;
    k->settings = s;
    if (!k->has_settings)
        make_table(k);
    k->has_settings = true;
    return true;
}

static bool is_current(const struct ledger *l, const struct known_query *k, int run)
{
    return k == l->current && run >= l->first_new_run;
}

/* ---- tables ---- */

static void apply(struct ledger *l, struct known_query *k, const struct groups_batch *b, bool told)
{
    groups_batch_apply(b, k->table);
    if (b->full && query_group_count(k->table) != b->count) {
        /* It had groups that the whole table does not have: the beginning was not this one. */
        if (told)
            l->listener.emptied(l->listener.arg, k->table);
        make_table(k);
        groups_batch_apply(b, k->table);
    }
    if (b->full || (!k->any_table && b->batch_id == 0))
        k->whole = true;
    if (b->full)
        k->thrown_away = k->too_many = false;
    k->any_table = true;
}

/* A pair, or a half that has waited long enough, in order. */
static void tell(void *arg, const struct groups_batch *b, const struct pairing_report *r)
{
    struct ledger *l = arg;
    struct known_query *k = l->current;
    if (!b && !r)
        return;
    struct ledger_batch told = {.batch_id = b ? b->batch_id : r->progress.batch_id,
                                .has_table = b != NULL,
                                .progress = r ? &r->progress : NULL,
                                .progress_json = r ? r->json : NULL};
    if (b)
        apply(l, k, b, true);
    told.table = k->table;
    told.again = told.batch_id <= k->told;
    k->told = told.batch_id > k->told ? told.batch_id : k->told;
    l->run.batches++;
    l->listener.batch(l->listener.arg, &told);
}

static bool enter_group(struct ledger *l, struct known_query *k, int run, json_object *body, char *err,
                        size_t err_cap)
{
    int64_t batch = js_count(body, "batch");
    if (batch == UNKNOWN || batch < 0) {
        snprintf(err, err_cap, "a group without its batch");
        return false;
    }
    if (!k->has_settings)
        return true; /* its beginning is no longer in the topic: the marker will say so */
    if (k->is_open && (k->open.run != run || k->open.batch_id != batch)) {
        groups_batch_free(&k->open); /* never ended */
        k->is_open = false;
    }
    if (!k->is_open)
        k->open = (struct groups_batch){.batch_id = batch, .run = run, .watermark_ms = UNKNOWN};
    k->is_open = true;
    return groups_batch_add(&k->open, body, &k->settings, err, err_cap);
}

static bool enter_marker(struct ledger *l, struct known_query *k, int run, json_object *body, char *err,
                         size_t err_cap)
{
    int64_t batch = js_count(body, "batch"), groups = js_count(body, "groups");
    if (batch == UNKNOWN || batch < 0 || groups == UNKNOWN || groups < 0) {
        snprintf(err, err_cap, "a batch without its number or its count of groups");
        return false;
    }
    if (!k->has_settings)
        return true;
    struct groups_batch b = {.batch_id = batch, .run = run};
    if (k->is_open && k->open.run == run && k->open.batch_id == batch)
        b = k->open;
    else if (k->is_open)
        groups_batch_free(&k->open);
    k->open = (struct groups_batch){0};
    k->is_open = false;
    b.full = js_true(body, "full");
    b.watermark_ms = js_count(body, "watermark_ms");
    groups_batch_settle(&b, k->settings.group_by_count);
    if ((int64_t)b.count != groups) {
        k->too_many = k->too_many || b.too_many;
        k->thrown_away = true;
        k->whole = false;
        groups_batch_free(&b);
        return true;
    }
    if (is_current(l, k, run)) {
        pairing_add_table(&l->pairs, &b, l->now_ms);
    } else {
        apply(l, k, &b, false);
        k->told = batch > k->told ? batch : k->told;
        groups_batch_free(&b);
    }
    return true;
}

/* ---- reports ---- */

static void add_report(struct query_totals *t, const struct progress *p, int sign)
{
    t->rows_in = known_sum(t->rows_in, p->rows_in == UNKNOWN ? UNKNOWN : sign * p->rows_in);
    t->rows_duplicate =
        known_sum(t->rows_duplicate, p->rows_duplicate == UNKNOWN ? UNKNOWN : sign * p->rows_duplicate);
    t->rows_late = known_sum(t->rows_late, p->rows_late == UNKNOWN ? UNKNOWN : sign * p->rows_late);
    t->rows_null = known_sum(t->rows_null, p->rows_null == UNKNOWN ? UNKNOWN : sign * p->rows_null);
    t->rows_counted =
        known_sum(t->rows_counted, p->rows_counted == UNKNOWN ? UNKNOWN : sign * p->rows_counted);
    for (int i = 0; i < BAD_REASON_COUNT; i++)
        t->rows_bad[i] =
            known_sum(t->rows_bad[i], p->rows_bad[i] == UNKNOWN ? UNKNOWN : sign * p->rows_bad[i]);
}

/* What follows from the settings and is in no report of Spark's. */
static void complete_report(const struct known_query *k, struct progress *p)
{
    if (p->rows_in == 0) { /* Spark observes nothing in a batch without data */
        p->rows_duplicate = p->rows_null = 0;
        memset(p->rows_bad, 0, sizeof p->rows_bad);
    }
    int64_t bad = bad_rows(p->rows_bad);
    if (k->has_settings && k->settings.distinct == DISTINCT_OFF)
        p->rows_duplicate = 0;
    bool exact = p->rows_late == 0 && p->rows_in != UNKNOWN && p->rows_duplicate != UNKNOWN &&
                 p->rows_null != UNKNOWN && bad != UNKNOWN;
    if (exact)
        p->rows_counted = p->rows_in - bad - p->rows_duplicate - p->rows_null;
    p->next_watermark_ms = report_next_watermark_ms(p, k->settings.watermark_ms, k->next_watermark_ms);
}

static void count_report(struct known_query *k, const struct progress *p)
{
    struct ledger_totals *t = &k->totals;
    if (!k->any_report)
        t->from_the_start = p->batch_id == 0;
    else if (p->batch_id == k->last.batch_id)
        add_report(&t->t, &k->last, -1); /* it ran again: the same rows */
    else if (p->batch_id != k->last.batch_id + 1)
        t->from_the_start = false; /* a driver was killed before it could report */
    k->any_report = true;
    add_report(&t->t, p, 1);
    t->late_at_least = t->late_at_least || p->rows_late > 0;
    if (p->event_max_ms != UNKNOWN &&
        (t->t.newest_event_ms == UNKNOWN || p->event_max_ms > t->t.newest_event_ms))
        t->t.newest_event_ms = p->event_max_ms;
    k->next_watermark_ms = t->t.watermark_ms = p->next_watermark_ms;
    t->t.state_rows = t->t.state_bytes = 0;
    for (int i = 0; i < p->state_count; i++) {
        t->t.state_rows = known_sum(t->t.state_rows, p->state[i].rows_total);
        t->t.state_bytes = known_sum(t->t.state_bytes, p->state[i].memory_bytes);
    }
    progress_clear(&k->last);
    progress_copy(&k->last, p);
}

static bool enter_report(struct ledger *l, struct known_query *k, int run, json_object *body, char *err,
                         size_t err_cap)
{
    json_object *report = js_member(body, "progress", json_type_object);
    struct progress p;
    if (!report) {
        snprintf(err, err_cap, "a progress message without a report");
        return false;
    }
    if (!report_read(&p, report, l->topic, err, err_cap))
        return false;
    complete_report(k, &p);
    bool current = is_current(l, k, run);
    if (current && l->listener.report)
        l->listener.report(l->listener.arg, &p);
    if (!report_is_of_a_batch(&p) || (k->any_report && p.batch_id < k->last.batch_id)) {
        progress_clear(&p);
        return true;
    }
    count_report(k, &p);
    if (!current) {
        progress_clear(&p);
        return true;
    }
    const int style = JSON_C_TO_STRING_PRETTY | JSON_C_TO_STRING_SPACED | JSON_C_TO_STRING_NOSLASHESCAPE;
    struct pairing_report r = {
        .run = run, .progress = p, .json = xstrdup(json_object_to_json_string_ext(report, style))};
    pairing_add_report(&l->pairs, &r, l->now_ms);
    return true;
}

/* ---- the life of a run ---- */

static void take_unavailable(struct ledger *l, json_object *body)
{
    json_object *list = js_member(body, "unavailable", json_type_array);
    struct strbuf all = {0};
    for (size_t i = 0; i < js_length(list); i++) {
        json_object *name = js_element(list, i, json_type_string);
        strbuf_printf(&all, "%s%s", all.len ? ", " : "", name ? json_object_get_string(name) : "?");
    }
    text_clean(l->run.unavailable, sizeof l->run.unavailable, all.len ? all.data : "", all.len, false);
    strbuf_free(&all);
}

/* A run says for the first time that it is there: it is the newest, and its query the current one. */
static void take_run(struct ledger *l, struct known_query *k, int run, const struct message_of_job *m)
{
    if (run < l->first_new_run || run < l->run_number)
        return;
    if (run != l->run_number) {
        l->run_number = run;
        l->run = (struct ledger_run){.pid = UNKNOWN};
        snprintf(l->run.query, sizeof l->run.query, "%s", m->query);
        snprintf(l->run.run, sizeof l->run.run, "%s", m->run);
    }
    if (k != l->current && k->has_settings) {
        pairing_tell(&l->pairs, INT64_MAX, tell, l); /* what waits belongs to the table that is left */
        l->current = k;
        l->listener.query(l->listener.arg, k->table, &k->settings);
    }
    take_unavailable(l, m->body);
}

static void take_started(struct ledger *l, json_object *body)
{
    struct ledger_run *r = &l->run;
    r->started = true;
    js_clean(r->app_id, sizeof r->app_id, body, "app_id");
    js_clean(r->ui_url, sizeof r->ui_url, body, "ui_url");
    js_clean(r->master, sizeof r->master, body, "master");
    js_clean(r->host, sizeof r->host, body, "job_host");
    js_clean(r->version, sizeof r->version, body, "spark_version");
    r->pid = js_count(body, "job_pid");
}

static void take_terminated(struct ledger *l, json_object *body)
{
    const char *how = js_text(body, "stopped");
    l->run.stopped = !how                           ? JOB_BROKE
                     : strcmp(how, "asked") == 0    ? JOB_STOPPED_AS_ASKED
                     : strcmp(how, "finished") == 0 ? JOB_FINISHED
                                                    : JOB_BROKE;
    js_clean(l->run.error, sizeof l->run.error, body, "error");
    if (l->run.stopped == JOB_BROKE && !l->run.error[0])
        snprintf(l->run.error, sizeof l->run.error, "it did not say why");
}

static bool enter(struct ledger *l, struct known_query *k, int run, const struct message_of_job *m, char *err,
                  size_t err_cap)
{
    switch (m->type) {
    case MESSAGE_GROUP: return enter_group(l, k, run, m->body, err, err_cap);
    case MESSAGE_BATCH: return enter_marker(l, k, run, m->body, err, err_cap);
    case MESSAGE_PROGRESS: return enter_report(l, k, run, m->body, err, err_cap);
    case MESSAGE_STARTED:
    case MESSAGE_SETTINGS:
        if (!take_settings(k, m->body, err, err_cap))
            return false;
        take_run(l, k, run, m);
        if (run == l->run_number && m->type == MESSAGE_STARTED)
            take_started(l, m->body);
        return true;
    case MESSAGE_TERMINATED:
        if (run == l->run_number)
            take_terminated(l, m->body);
        return true;
    case MESSAGE_IDLE:
    case MESSAGE_OTHER: return true;
    }
    return true;
}

bool ledger_enter(struct ledger *l, enum ledger_topic topic, const char *bytes, size_t len, int64_t now_ms,
                  char *err, size_t err_cap)
{
    struct message_of_job m;
    bool good = true;
    (void)topic;
    l->now_ms = now_ms;
    if (!message_read(&m, bytes, len, err, err_cap))
        return false;
    if (m.type != MESSAGE_OTHER) {
        int run = run_number(l, m.run);
        struct known_query *k = find_query(l, m.query);
        k->spoke = ++l->clock;
        good = enter(l, k, run, &m, err, err_cap);
        if (run == l->run_number)
            l->run.heard_mono_ms = now_ms;
    }
    message_clear(&m);
    pairing_tell(&l->pairs, INT64_MIN, tell, l);
    return good;
}

void ledger_tick(struct ledger *l, int64_t now_ms, bool all)
{
    l->now_ms = now_ms;
    pairing_tell(&l->pairs, all ? INT64_MAX : now_ms - HALF_MS, tell, l);
}

const struct ledger_run *ledger_run(const struct ledger *l)
{
    return &l->run;
}

const struct query *ledger_table(const struct ledger *l)
{
    return l->current ? l->current->table : NULL;
}

const struct query_settings *ledger_settings(const struct ledger *l)
{
    return l->current ? &l->current->settings : NULL;
}

void ledger_totals(const struct ledger *l, struct ledger_totals *out)
{
    if (l->current) {
        *out = l->current->totals;
        return;
    }
    *out = (struct ledger_totals){.from_the_start = true};
    out->t.newest_event_ms = out->t.watermark_ms = UNKNOWN;
}

const char *ledger_gap(const struct ledger *l)
{
    const struct known_query *k = l->current;
    if (!k || !k->any_table || (k->whole && !k->thrown_away))
        return NULL;
    if (k->too_many)
        return "the table is not whole: it has more groups than this program keeps";
    return k->settings.output_mode == OUTPUT_COMPLETE
               ? "the table is not whole: its beginning is no longer in the topic; a later batch brings all "
                 "of it"
               : "the table is not whole: its beginning is no longer in the topic";
}
