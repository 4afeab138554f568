#include "fake_feed.h"

#include "base/xalloc.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { WINDOWS = 6, HOUR_MS = 3600000 };

static const char *const types[] = {
    "Traffic Stop",       "Passing Call",     "Suspicious Person",        "Audible Alarm",
    "Auto Boost / Strip", "Well Being Check", "Noise Nuisance",           "Fight No Weapon",
    "Petty Theft",        "Muni Inspection",  "Café \xE4\xBA\xAC Street",
};
enum { TYPES = sizeof types / sizeof *types };

void fake_open(struct fake *f)
{
    memset(f, 0, sizeof *f);
    f->options.ui.frame_rate = 60;
    f->options.ui.theme = "default";
    f->options.kafka.topic = "calls";
    if (hub_open(&f->hub))
        abort();
    f->parts = (struct app_parts){.options = &f->options,
                                  .hub = &f->hub,
                                  .to_replay = command_box_new(),
                                  .to_engine = command_box_new(),
                                  .bootstrap = "127.0.0.1:9092",
                                  .embedded = true};
}

void fake_close(struct fake *f)
{
    command_box_free(f->parts.to_replay);
    command_box_free(f->parts.to_engine);
    hub_close(&f->hub);
}

/* ---- the table ---- */

static void open_table(struct query_view *v)
{
    paged_open(&v->keys, sizeof(struct view_key));
    paged_open(&v->groups, sizeof(struct view_group));
    v->texts = texts_new();
    v->closed_until_ms = UNKNOWN;
}

char *fake_texts(struct query_view *v, size_t n, size_t bytes_each)
{
    return memset(texts_take(v->texts, n * bytes_each, false), 0, n * bytes_each);
}

struct view_key *fake_key(struct query_view *v, size_t key)
{
    return paged_edit(&v->keys, key);
}

void fake_field(struct query_view *v, size_t key, size_t field, const char *text)
{
    const char **fields = (const char **)view_key_at(v, key)->fields;
    fields[field] = text;
}

void fake_total(struct query_view *v, size_t key, int64_t total)
{
    struct view_key *k = fake_key(v, key);
    v->keys_total += total - k->total;
    k->total = total;
}

struct view_group *fake_group(struct query_view *v, size_t row)
{
    return paged_edit(&v->groups, row);
}

static void add_key(struct query_view *v, const char *name, int64_t total)
{
    struct view_key *k = paged_add(&v->keys);
    const char **fields = texts_take(v->texts, FIELD_COUNT * sizeof(const char *), true);
    memset(fields, 0, FIELD_COUNT * sizeof(const char *));
    fields[0] = name;
    k->fields = fields;
    fake_total(v, v->keys.count - 1, total);
}

static void add_group(struct query_view *v, const struct view_group *g)
{
    *(struct view_group *)paged_add(&v->groups) = *g;
    if (g->closed && g->window_end_ms > v->closed_until_ms)
        v->closed_until_ms = g->window_end_ms;
}

static void fill_progress(struct query_view *v, int64_t batch_id)
{
    struct progress *p = &v->progress;
    p->batch_id = batch_id;
    p->rows_in = 30;
    p->input_per_s = NAN;
    p->processed_per_s = 21400;
    p->total_ms = 2.1;
    p->phase_ms[PHASE_GET_BATCH] = 0.4;
    p->phase_ms[PHASE_ADD_BATCH] = 1.1;
    p->phase_ms[PHASE_WAL_COMMIT] = 0.6;
    p->watermark_ms = FAKE_EVENT_MS - 360000;
    p->next_watermark_ms = FAKE_EVENT_MS - 300000;
    p->event_min_ms = FAKE_EVENT_MS - 960000;
    p->event_max_ms = p->event_avg_ms = FAKE_EVENT_MS;
    p->state_count = 1;
    p->state[0] = (struct state_progress){
        .operator_name = "stateStoreSave", .rows_total = 42, .rows_updated = 17, .memory_bytes = 157286};
    p->partitions = 2;
    p->start_offset = xcalloc(2, sizeof *p->start_offset);
    p->end_offset = xcalloc(2, sizeof *p->end_offset);
    p->latest_offset = xcalloc(2, sizeof *p->latest_offset);
    for (int i = 0; i < 2; i++) {
        p->start_offset[i] = 134;
        p->end_offset[i] = p->latest_offset[i] = 164;
    }
    p->behind_min = p->behind_max = UNKNOWN;
    p->behind_avg = NAN;
    static const struct operator_progress operators[] = {
        {.name = "parse", .rows_in = 30, .rows_out = 30, .rows_ms = 0.1},
        {.name = "distinct", .rows_in = 30, .rows_out = 26, .rows_ms = 0.3},
        {.name = "watermark", .rows_in = 26, .rows_out = 26, .rows_ms = 0.02},
        {.name = "nulls", .rows_in = 26, .rows_out = 26, .rows_ms = 0.01},
        {.name = "window", .rows_in = 26, .rows_out = 26, .rows_ms = 0.01},
        {.name = "aggregate", .rows_in = 26, .rows_out = 24, .rows_ms = 0.2, .end_ms = 0.05},
    };
    memcpy(p->operators, operators, sizeof operators);
    p->operator_count = (int)(sizeof operators / sizeof *operators);
}

void fake_history(struct query_view *v, size_t batches)
{
    enum { MARKS_EACH = 6, MINUTE_MS = 60000 };
    v->history_count = batches < BATCH_HISTORY ? batches : BATCH_HISTORY;
    v->marks = xcalloc(v->history_count * MARKS_EACH, sizeof *v->marks);
    for (size_t i = 0; i < v->history_count; i++) {
        int64_t age = (int64_t)(v->history_count - 1 - i), newest_ms = FAKE_EVENT_MS - age * MINUTE_MS;
        struct batch_sample *s = &v->history[i];
        *s = (struct batch_sample){.batch_id = v->progress.batch_id - age,
                                   .wall_ms = FAKE_EVENT_MS + (int64_t)i * 1000,
                                   .rows_in = 30 + (int64_t)(i % 7),
                                   .rows_late = i % 10 == 9,
                                   .rows_duplicate = 4,
                                   .rows_out_of_order = 2,
                                   .rows_marked = MARKS_EACH,
                                   .groups_updated = 17,
                                   .state_updated = 17 + (int64_t)(i % 3),
                                   .state_rows = 100 + (int64_t)i,
                                   .state_bytes = 24 * (100 + (int64_t)i),
                                   .state_removed = i % 5 == 4 ? 12 : 0,
                                   .input_per_s = 90 + (double)(i % 11),
                                   .processed_per_s = 20000 + 100 * (double)(i % 9),
                                   .total_ms = 2.1,
                                   .watermark_ms = newest_ms - 6 * MINUTE_MS,
                                   .next_watermark_ms = newest_ms - 5 * MINUTE_MS,
                                   .event_min_ms = newest_ms - 4 * MINUTE_MS,
                                   .event_max_ms = newest_ms};
        s->phase_ms[PHASE_GET_BATCH] = 0.4;
        s->phase_ms[PHASE_ADD_BATCH] = 1.1;
        s->phase_ms[PHASE_WAL_COMMIT] = 0.6;
        for (int m = 0; m < MARKS_EACH; m++)
            v->marks[v->marks_count++] =
                (struct view_mark){.batch_id = s->batch_id,
                                   .event_ms = m == 0 && s->rows_late ? s->watermark_ms - 2 * MINUTE_MS
                                                                      : newest_ms - (m % 4) * MINUTE_MS,
                                   .kind = m == 0 && s->rows_late ? MARK_LATE
                                           : m % 4 == 3           ? MARK_OUT_OF_ORDER
                                                                  : MARK_IN_ORDER};
    }
}

void fake_detail(struct query_view *v, uint32_t key)
{
    static const char *const dispositions[] = {"CIT", "ADV", "HAN", "GOA"};
    struct view_detail *d = v->detail = xcalloc(1, sizeof *d);
    d->key = key;
    d->complete = true;
    d->rows = view_key_at(v, key)->total;
    for (int h = 0; h < 24; h++)
        d->hours[h] = h % 6 + 1;
    for (int64_t left = d->rows; d->parts < 4; d->parts++) {
        struct detail_part *p = &d->part[d->parts];
        snprintf(p->disposition, sizeof p->disposition, "%s", dispositions[d->parts]);
        p->rows = d->parts < 3 ? left / 2 : left;
        left -= p->rows;
    }
    for (d->calls = 0; d->calls < 5; d->calls++) {
        struct detail_call *k = &d->call[d->calls];
        k->event_ms = FAKE_EVENT_MS - (int64_t)(4 - d->calls) * 60000;
        k->offset = 150 + (int64_t)d->calls;
        k->partition = (int32_t)(d->calls % 2);
        k->address_known = true;
        snprintf(k->disposition, sizeof k->disposition, "%s", dispositions[d->calls % 4]);
        snprintf(k->address, sizeof k->address, "%zu00 Block Of Market St", d->calls + 1);
    }
}

struct query_view *fake_query(int64_t batch_id, size_t keys)
{
    enum { NAME = 48 };
    struct query_view *v = xcalloc(1, sizeof *v);
    v->number = (uint64_t)batch_id + 1;
    v->mono_ms = clock_mono_ms();
    v->state = ENGINE_RUNNING;
    v->catch_up = NAN;
    snprintf(v->run_id, sizeof v->run_id, "run");
    query_settings_default(&v->settings);
    fill_progress(v, batch_id);
    v->progress_json = xstrdup("{\n  \"id\" : \"fake\",\n  \"batchId\" : 42\n}");
    v->newest_event_ms = FAKE_EVENT_MS;
    v->next_watermark_ms = FAKE_EVENT_MS - 300000;
    v->rows_in = v->rows_counted = 164;
    v->rows_late = 12;
    open_table(v);
    char *name = fake_texts(v, keys, NAME);
    v->trends = xcalloc(keys, sizeof *v->trends);
    v->trend_points = keys ? WINDOWS : 0;
    for (size_t i = 0; i < keys; i++, name += NAME) {
        if (i < TYPES)
            snprintf(name, NAME, "%s", types[i]);
        else
            snprintf(name, NAME, "Type number %zu", i);
        add_key(v, name, (int64_t)(1204 / (i + 1) + 1));
        fake_key(v, i)->delta = i % 3 ? 0 : 3;
        for (int w = 0; w < WINDOWS; w++) {
            v->trends[i][TREND_POINTS - WINDOWS + w] = (double)((i + 1) * (size_t)w % 9);
            add_group(v, &(struct view_group){.key = (uint32_t)i,
                                              .window_start_ms = 1546300800000LL - HOUR_MS * (WINDOWS - w),
                                              .window_end_ms = 1546300800000LL - HOUR_MS * (WINDOWS - w - 1),
                                              .count = 10 + w,
                                              .closed = w < WINDOWS - 1});
        }
    }
    return v;
}

struct query_view *fake_table(uint64_t number, const char *const *names, const int64_t *totals)
{
    enum { NAME = 64 };
    struct query_view *v = xcalloc(1, sizeof *v);
    size_t n = 0;
    while (names[n])
        n++;
    v->number = number;
    v->state = ENGINE_RUNNING;
    snprintf(v->run_id, sizeof v->run_id, "run");
    query_settings_default(&v->settings);
    v->settings.window_ms = v->settings.slide_ms = 0;
    open_table(v);
    char *at = fake_texts(v, n, NAME);
    for (size_t i = 0; i < n; i++, at += NAME) {
        snprintf(at, NAME, "%s", names[i]);
        add_key(v, at, totals[i]);
        add_group(v, &(struct view_group){.key = (uint32_t)i,
                                          .window_start_ms = UNKNOWN,
                                          .window_end_ms = UNKNOWN,
                                          .count = totals[i]});
    }
    return v;
}

struct replay_view *fake_replay(enum replay_state state)
{
    struct replay_view *r = xcalloc(1, sizeof *r);
    r->number = 1;
    r->state = state;
    r->pacing = PACING_RATE;
    r->rate_asked = 10;
    r->rate_acked = state == REPLAY_RUNNING ? 9.8 : NAN;
    r->speed = 600;
    r->city_speed = 600;
    r->position = r->sent = r->acked = 164;
    r->total = 700;
    r->clock_ms = FAKE_EVENT_MS;
    r->eta_s = 53;
    snprintf(r->dataset, sizeof r->dataset, "calls.json");
    return r;
}

struct cluster_view *fake_cluster(int64_t lag_each)
{
    struct cluster_view *c = xcalloc(1, sizeof *c);
    c->embedded = c->reachable = true;
    snprintf(c->topic, sizeof c->topic, "calls");
    c->brokers_count = 2;
    for (int i = 0; i < 2; i++)
        c->brokers[i] = (struct broker_view){.id = i + 1, .up = true, .latency_ms = NAN};
    c->partitions = xcalloc(2, sizeof *c->partitions);
    c->partitions_count = 2;
    for (int i = 0; i < 2; i++)
        c->partitions[i] = (struct partition_view){.id = i,
                                                   .leader = i + 1,
                                                   .replicas = 2,
                                                   .in_sync = 2,
                                                   .high = lag_each == UNKNOWN ? UNKNOWN : 164 + lag_each,
                                                   .position = 164,
                                                   .committed = UNKNOWN,
                                                   .lag = lag_each,
                                                   .asked_mono_ms = clock_mono_ms(),
                                                   .lag_trend_per_s = NAN,
                                                   .catch_up_s = NAN,
                                                   .input_per_s = NAN,
                                                   .idle_since_ms = UNKNOWN};
    c->lag_total = lag_each == UNKNOWN ? UNKNOWN : 2 * lag_each;
    c->lag_trend_per_s = c->catch_up_s = NAN;
    c->growing_since_ms = c->groups_asked_ms = UNKNOWN;
    return c;
}

static void fake_machines(struct spark_view *s)
{
    for (s->workers = 0; s->workers < 2; s->workers++) {
        struct spark_worker *w = &s->worker[s->workers];
        *w = (struct spark_worker){.alive = s->workers == 0,
                                   .cores = 4,
                                   .cores_used = 3,
                                   .memory_mb = 8192,
                                   .memory_used_mb = 1024,
                                   .heartbeat_wall_ms = UNKNOWN};
        snprintf(w->state, sizeof w->state, "%s", w->alive ? "ALIVE" : "DEAD");
        snprintf(w->address, sizeof w->address, "worker-%zu.example:7078", s->workers + 1);
    }
    s->workers_all = s->workers;
    for (s->executors = 0; s->executors < 2; s->executors++) {
        struct spark_executor *e = &s->executor[s->executors];
        *e = (struct spark_executor){.active = true,
                                     .cores = 1,
                                     .memory_used_bytes = 1 << 20,
                                     .memory_max_bytes = 400 << 20,
                                     .tasks_active = 1,
                                     .tasks_failed = (int64_t)s->executors * 3,
                                     .tasks_done = 1204,
                                     .gc_ms = 1500,
                                     .task_ms = 90000,
                                     .shuffle_read_bytes = 5000,
                                     .shuffle_write_bytes = 6000};
        snprintf(e->id, sizeof e->id, s->executors ? "1" : "driver");
        snprintf(e->address, sizeof e->address, "worker-1.example:4000%zu", s->executors);
    }
    s->executors_all = s->executors;
}

struct spark_view *fake_spark(void)
{
    struct spark_view *s = xcalloc(1, sizeof *s);
    static const char *const plan[] = {"MicroBatchScan", "Project", "StreamingDeduplicate", "StateStoreSave"};
    s->number = 1;
    s->mono_ms = 100000;
    snprintf(s->version, sizeof s->version, "3.5.3");
    snprintf(s->app_id, sizeof s->app_id, "app-20181231235700-0001");
    s->master.state = s->driver.state = SPARK_ANSWERS;
    s->master.answered_mono_ms = s->driver.answered_mono_ms = 100000;
    s->master.latency_ms = 4;
    s->driver.latency_ms = 12;
    fake_machines(s);
    for (s->jobs = 0; s->jobs < 3; s->jobs++) {
        struct spark_job *j = &s->job[s->jobs];
        *j = (struct spark_job){.id = 90 - (int64_t)s->jobs,
                                .batch_id = 42,
                                .stages = 3,
                                .stages_done = s->jobs ? 3 : 1,
                                .tasks = 16,
                                .tasks_done = s->jobs ? 16 : 12,
                                .tasks_active = s->jobs ? 0 : 4,
                                .tasks_failed = s->jobs == 2,
                                .submitted_wall_ms = FAKE_EVENT_MS,
                                .ended_wall_ms = FAKE_EVENT_MS + 2400};
        snprintf(j->state, sizeof j->state, s->jobs ? "SUCCEEDED" : "RUNNING");
        snprintf(j->name, sizeof j->name, "start at job.py:%zu", s->jobs);
    }
    s->jobs_all = s->jobs;
    for (s->stages = 0; s->stages < 2; s->stages++) {
        struct spark_stage *t = &s->stage[s->stages];
        *t = (struct spark_stage){.id = 200 - (int64_t)s->stages,
                                  .attempt = (int64_t)s->stages,
                                  .tasks = 8,
                                  .tasks_done = s->stages ? 3 : 6,
                                  .tasks_active = s->stages ? 0 : 2,
                                  .tasks_failed = (int64_t)s->stages,
                                  .rows_in = 1234,
                                  .shuffle_read_bytes = 2048,
                                  .shuffle_write_bytes = 2048,
                                  .run_ms = 4200};
        snprintf(t->state, sizeof t->state, s->stages ? "FAILED" : "ACTIVE");
        snprintf(t->name, sizeof t->name, "start at job.py:99");
    }
    snprintf(s->stage[1].why_failed, sizeof s->stage[1].why_failed, "the disk is full");
    s->stages_all = s->stages;
    for (s->nodes = 0; s->nodes < sizeof plan / sizeof *plan; s->nodes++) {
        struct spark_node *n = &s->node[s->nodes];
        *n = (struct spark_node){.id = (int64_t)s->nodes,
                                 .feeds = s->nodes + 1 < sizeof plan / sizeof *plan ? (int)s->nodes + 1 : -1,
                                 .rows = s->nodes ? UNKNOWN : 30,
                                 .time_ms = NAN};
        snprintf(n->name, sizeof n->name, "%s", plan[s->nodes]);
    }
    s->plan_batch_id = 42;
    return s;
}

void fake_job(struct query_view *v, enum job_state state)
{
    struct job_view *j = &v->job;
    *j = (struct job_view){.state = state,
                           .since_ms = 88000,
                           .ours = true,
                           .pid = 4711,
                           .heard_mono_ms = 99000,
                           .starts = 1,
                           .messages = 1204};
    snprintf(j->app_id, sizeof j->app_id, "app-20181231235700-0001");
    snprintf(j->master, sizeof j->master, "spark://master.example:7077");
    snprintf(j->version, sizeof j->version, "3.5.3");
    v->unavailable = NO_LATE_ROWS | NO_MARKS | NO_DETAIL | NO_OPERATOR_ROWS | NO_PAUSE;
    v->late_count = v->marks_count = 0;
    struct progress *p = &v->progress;
    p->operator_count = 0;
    p->rows_null = p->rows_counted = p->rows_out_of_order = UNKNOWN;
    v->rows_null = v->rows_counted = UNKNOWN;
    for (int i = 0; i < BAD_REASON_COUNT; i++)
        p->rows_bad[i] = v->rows_bad[i] = UNKNOWN;
    for (size_t i = 0; i < v->history_count; i++) {
        struct batch_sample *s = &v->history[i];
        s->rows_null = s->rows_bad = s->rows_out_of_order = UNKNOWN;
        s->rows_marked = 0;
    }
}
