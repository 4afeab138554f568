#include "spark/rest_read.h"

#include "base/text.h"
#include "spark/js.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* "2018-12-31T23:57:00.000GMT" */
static int64_t time_of(json_object *o, const char *name)
{
    const char *text = js_text(o, name);
    int64_t ms;
    size_t len = text ? strlen(text) : 0;
    if (len > 3 && strcmp(text + len - 3, "GMT") == 0)
        len -= 3;
    return text && iso_parse_ms(text, len, &ms) ? ms : UNKNOWN;
}

static size_t least(size_t a, size_t b)
{
    return a < b ? a : b;
}

/* Some versions have other names for the same. */
static int64_t either_count(json_object *o, const char *name, const char *other)
{
    int64_t n = js_count(o, name);
    return n == UNKNOWN ? js_count(o, other) : n;
}

/* ---- the master ---- */

static void read_worker(struct spark_worker *w, json_object *o)
{
    char host[50];
    js_clean(w->id, sizeof w->id, o, "id");
    js_clean(host, sizeof host, o, "host");
    js_clean(w->state, sizeof w->state, o, "state");
    int64_t port = js_count(o, "port");
    if (port == UNKNOWN)
        snprintf(w->address, sizeof w->address, "%s", host);
    else
        snprintf(w->address, sizeof w->address, "%s:%d", host, (int)(port & 0xffff));
    w->alive = strcmp(w->state, "ALIVE") == 0;
    w->cores = js_count(o, "cores");
    w->cores_used = js_count(o, "coresused");
    w->memory_mb = js_count(o, "memory");
    w->memory_used_mb = js_count(o, "memoryused");
    w->heartbeat_wall_ms = js_count(o, "lastheartbeat");
}

static void read_apps(struct spark_view *v, json_object *list, bool active)
{
    for (size_t i = 0; i < js_length(list) && v->apps < SPARK_APPS; i++) {
        /* Those that have ended come oldest first. */
        json_object *o = js_element(list, active ? i : js_length(list) - 1 - i, json_type_object);
        struct spark_app *a = &v->app[v->apps++];
        *a = (struct spark_app){.active = active};
        js_clean(a->id, sizeof a->id, o, "id");
        js_clean(a->name, sizeof a->name, o, "name");
        js_clean(a->state, sizeof a->state, o, "state");
        a->cores = js_count(o, "cores");
        a->memory_mb = either_count(o, "memoryperexecutor", "memoryperslave");
        a->started_wall_ms = js_count(o, "starttime");
        a->duration_ms = js_count(o, "duration");
        a->ours = v->app_id[0] && strcmp(v->app_id, a->id) == 0;
    }
}

/* The living first. */
static int by_life(const void *left, const void *right)
{
    const struct spark_worker *a = left, *b = right;
    return a->alive != b->alive ? (a->alive ? -1 : 1) : strcmp(a->address, b->address);
}

bool rest_read_master(struct spark_view *v, json_object *answer)
{
    json_object *workers = js_member(answer, "workers", json_type_array);
    if (!workers)
        return false;
    js_clean(v->master_state, sizeof v->master_state, answer, "status");
    v->workers_all = js_length(workers);
    v->workers = least(v->workers_all, SPARK_WORKERS);
    for (size_t i = 0; i < v->workers; i++) {
        v->worker[i] = (struct spark_worker){0};
        /* A worker that comes back is another one: of many, the newest count. */
        read_worker(&v->worker[i], js_element(workers, v->workers_all - v->workers + i, json_type_object));
    }
    qsort(v->worker, v->workers, sizeof *v->worker, by_life);
    v->apps = 0;
    read_apps(v, js_member(answer, "activeapps", json_type_array), true);
    read_apps(v, js_member(answer, "completedapps", json_type_array), false);
    return true;
}

/* ---- the driver ---- */

bool rest_read_applications(struct spark_view *v, json_object *answer)
{
    json_object *app = js_element(answer, 0, json_type_object);
    json_object *attempts = js_member(app, "attempts", json_type_array);
    json_object *attempt =
        js_element(attempts, js_length(attempts) ? js_length(attempts) - 1 : 0, json_type_object);
    if (!js_text(app, "id"))
        return false;
    js_clean(v->app_id, sizeof v->app_id, app, "id");
    js_clean(v->version, sizeof v->version, attempt, "appSparkVersion");
    return true;
}

/* "...<br/>batch = 12" */
static int64_t batch_of(json_object *o)
{
    const char *text = js_text(o, "description");
    const char *at = text ? strstr(text, "batch = ") : NULL;
    char *end;
    long long n = at ? strtoll(at + 8, &end, 10) : -1;
    return at && end != at + 8 && n >= 0 ? n : UNKNOWN;
}

static void read_job(struct spark_job *j, json_object *o)
{
    j->id = js_count(o, "jobId");
    js_clean(j->name, sizeof j->name, o, "name");
    js_clean(j->state, sizeof j->state, o, "status");
    j->batch_id = batch_of(o);
    json_object *ids = js_member(o, "stageIds", json_type_array);
    j->stages = ids ? (int64_t)js_length(ids) : UNKNOWN;
    j->stages_done = js_count(o, "numCompletedStages");
    j->stages_failed = js_count(o, "numFailedStages");
    int64_t skipped = js_count(o, "numSkippedStages");
    if (j->stages != UNKNOWN && skipped != UNKNOWN)
        j->stages -= skipped;
    j->tasks = js_count(o, "numTasks");
    int64_t skipped_tasks = js_count(o, "numSkippedTasks");
    if (j->tasks != UNKNOWN && skipped_tasks != UNKNOWN)
        j->tasks -= skipped_tasks;
    j->tasks_done = js_count(o, "numCompletedTasks");
    j->tasks_active = js_count(o, "numActiveTasks");
    j->tasks_failed = js_count(o, "numFailedTasks");
    j->submitted_wall_ms = time_of(o, "submissionTime");
    j->ended_wall_ms = time_of(o, "completionTime");
}

static int64_t count_failed(json_object *list)
{
    int64_t failed = 0;
    for (size_t i = 0; i < js_length(list); i++) {
        const char *state = js_text(js_element(list, i, json_type_object), "status");
        failed += state && strcmp(state, "FAILED") == 0;
    }
    return failed;
}

bool rest_read_jobs(struct spark_view *v, json_object *answer)
{
    if (!json_object_is_type(answer, json_type_array))
        return false;
    v->jobs_all = js_length(answer); /* newest first */
    v->jobs = least(v->jobs_all, SPARK_JOBS);
    for (size_t i = 0; i < v->jobs; i++) {
        v->job[i] = (struct spark_job){0};
        read_job(&v->job[i], js_element(answer, i, json_type_object));
    }
    v->jobs_failed = count_failed(answer);
    return true;
}

static void read_stage(struct spark_stage *s, json_object *o)
{
    s->id = js_count(o, "stageId");
    s->attempt = js_count(o, "attemptId");
    js_clean(s->name, sizeof s->name, o, "name");
    js_clean(s->state, sizeof s->state, o, "status");
    js_clean(s->why_failed, sizeof s->why_failed, o, "failureReason");
    s->tasks = js_count(o, "numTasks");
    s->tasks_done = js_count(o, "numCompleteTasks");
    s->tasks_active = js_count(o, "numActiveTasks");
    s->tasks_failed = js_count(o, "numFailedTasks");
    s->rows_in = js_count(o, "inputRecords");
    s->shuffle_read_bytes = js_count(o, "shuffleReadBytes");
    s->shuffle_write_bytes = js_count(o, "shuffleWriteBytes");
    s->run_ms = js_count(o, "executorRunTime");
}

static bool is_active(json_object *o)
{
    const char *state = js_text(o, "status");
    return state && strcmp(state, "ACTIVE") == 0;
}

bool rest_read_stages(struct spark_view *v, json_object *answer)
{
    if (!json_object_is_type(answer, json_type_array))
        return false;
    v->stages_all = js_length(answer); /* newest first */
    v->stages = 0;
    for (int running = 1; running >= 0; running--) {
        for (size_t i = 0; i < v->stages_all && v->stages < SPARK_STAGES; i++) {
            json_object *o = js_element(answer, i, json_type_object);
            const char *state = js_text(o, "status");
            bool skipped = state && strcmp(state, "SKIPPED") == 0;
            if (!o || skipped || is_active(o) != (running == 1))
                continue;
            v->stage[v->stages] = (struct spark_stage){0};
            read_stage(&v->stage[v->stages++], o);
        }
    }
    v->stages_failed = count_failed(answer);
    return true;
}

static void read_executor(struct spark_executor *e, json_object *o)
{
    js_clean(e->id, sizeof e->id, o, "id");
    js_clean(e->address, sizeof e->address, o, "hostPort");
    js_clean(e->why_removed, sizeof e->why_removed, o, "removeReason");
    e->active = js_true(o, "isActive");
    e->cores = js_count(o, "totalCores");
    e->memory_used_bytes = js_count(o, "memoryUsed");
    e->memory_max_bytes = js_count(o, "maxMemory");
    e->tasks_active = js_count(o, "activeTasks");
    e->tasks_failed = js_count(o, "failedTasks");
    e->tasks_done = js_count(o, "completedTasks");
    e->gc_ms = js_count(o, "totalGCTime");
    e->task_ms = js_count(o, "totalDuration");
    e->shuffle_read_bytes = js_count(o, "totalShuffleRead");
    e->shuffle_write_bytes = js_count(o, "totalShuffleWrite");
}

static int by_activity(const void *left, const void *right)
{
    const struct spark_executor *a = left, *b = right;
    if (a->active != b->active)
        return a->active ? -1 : 1;
    bool a_driver = strcmp(a->id, "driver") == 0, b_driver = strcmp(b->id, "driver") == 0;
    if (a_driver != b_driver)
        return a_driver ? -1 : 1;
    long x = strtol(a->id, NULL, 10), y = strtol(b->id, NULL, 10);
    return x < y ? -1 : x > y;
}

bool rest_read_executors(struct spark_view *v, json_object *answer)
{
    if (!json_object_is_type(answer, json_type_array))
        return false;
    v->executors_all = js_length(answer);
    v->executors = least(v->executors_all, SPARK_EXECUTORS);
    for (size_t i = 0; i < v->executors; i++) {
        v->executor[i] = (struct spark_executor){0};
        read_executor(&v->executor[i], js_element(answer, i, json_type_object));
    }
    qsort(v->executor, v->executors, sizeof *v->executor, by_activity);
    return true;
}

/* ---- the plan ---- */

int64_t rest_newest_execution(json_object *answer, int64_t *batch_id)
{
    int64_t found = -1;
    *batch_id = UNKNOWN;
    for (size_t i = 0; i < js_length(answer); i++) {
        json_object *o = js_element(answer, i, json_type_object);
        int64_t batch = batch_of(o), id = js_count(o, "id");
        if (batch == UNKNOWN || id == UNKNOWN)
            continue;
        /* A batch's own execution begins before those that its writing needs. */
        if (found < 0 || batch > *batch_id || (batch == *batch_id && id < found)) {
            found = id;
            *batch_id = batch;
        }
    }
    return found;
}

/* "1,234", or "total (min, med, max ...)\n1,234 (...)": the figure that the text is about. */
static const char *metric_text(json_object *metric)
{
    const char *text = js_text(metric, "value");
    const char *line = text ? strrchr(text, '\n') : NULL;
    return line ? line + 1 : text;
}

static int64_t metric_rows(json_object *metric)
{
    const char *at = metric_text(metric);
    int64_t n = 0;
    int digits = 0;
    for (; at && (*at == ',' || (*at >= '0' && *at <= '9')); at++)
        if (*at != ',' && digits++ < 17)
            n = n * 10 + (*at - '0');
    return digits > 0 && digits <= 17 ? n : UNKNOWN;
}

/* "12 ms", "1.2 s", "3.1 min", "2.0 h". */
static double metric_ms(json_object *metric)
{
    static const struct {
        const char *unit;
        double ms;
    } units[] = {{" ms", 1}, {" s", 1000}, {" m", 60000}, {" h", 3600000}};
    const char *at = metric_text(metric);
    char *end;
    double n = at ? strtod(at, &end) : 0;
    for (size_t i = 0; at && end != at && i < sizeof units / sizeof *units; i++)
        if (strncmp(end, units[i].unit, strlen(units[i].unit)) == 0)
            return n * units[i].ms;
    return -1;
}

static void read_metrics(struct spark_node *n, json_object *o)
{
    json_object *list = js_member(o, "metrics", json_type_array);
    double ms = -1;
    n->rows = UNKNOWN;
    for (size_t i = 0; i < js_length(list); i++) {
        json_object *metric = js_element(list, i, json_type_object);
        const char *name = js_text(metric, "name");
        if (!name)
            continue;
        if (strcmp(name, "number of output rows") == 0 || strcmp(name, "records read") == 0)
            n->rows = n->rows == UNKNOWN ? metric_rows(metric) : n->rows;
        else if (strstr(name, "time") && metric_ms(metric) > ms)
            ms = metric_ms(metric);
    }
    n->time_ms = ms < 0 ? (double)__builtin_nan("") : ms;
}

struct plan {
    struct spark_node node[SPARK_NODES];
    int next[SPARK_NODES];  /* the node that gets its rows, by its number here; -1 */
    bool tied[SPARK_NODES]; /* it has an edge */
    size_t count;
};

static int node_of(const struct plan *p, int64_t id)
{
    for (size_t i = 0; i < p->count; i++)
        if (p->node[i].id == id)
            return (int)i;
    return -1;
}

static void read_graph(struct plan *p, json_object *answer)
{
    json_object *nodes = js_member(answer, "nodes", json_type_array);
    json_object *edges = js_member(answer, "edges", json_type_array);
    for (size_t i = 0; i < js_length(nodes) && p->count < SPARK_NODES; i++) {
        json_object *o = js_element(nodes, i, json_type_object);
        struct spark_node *n = &p->node[p->count];
        n->id = js_count(o, "nodeId");
        js_clean(n->name, sizeof n->name, o, "nodeName");
        if (n->id == UNKNOWN || !n->name[0])
            continue;
        read_metrics(n, o);
        p->next[p->count++] = -1;
    }
    for (size_t i = 0; i < js_length(edges); i++) {
        json_object *o = js_element(edges, i, json_type_object);
        int from = node_of(p, js_count(o, "fromId")), to = node_of(p, js_count(o, "toId"));
        if (from < 0 || to < 0 || from == to)
            continue;
        p->next[from] = to;
        p->tied[from] = p->tied[to] = true;
    }
}

/* How many steps it is from the last node; more than there are nodes where the edges run in a circle. */
static size_t depth_of(const struct plan *p, size_t i)
{
    size_t depth = 0;
    for (int at = p->next[i]; at >= 0 && depth <= p->count; at = p->next[at])
        depth++;
    return depth;
}

bool rest_read_plan(struct spark_view *v, json_object *answer)
{
    static const struct plan empty;
    struct plan p = empty;
    int place[SPARK_NODES];
    bool any_edge = false;
    if (!js_member(answer, "nodes", json_type_array))
        return false;
    read_graph(&p, answer);
    for (size_t i = 0; i < p.count; i++)
        any_edge = any_edge || p.tied[i];
    v->nodes = 0;
    /* The deepest first: what feeds a node stands before it. Groups of operators have no edges. */
    for (size_t depth = p.count + 2; depth-- > 0;) {
        for (size_t i = 0; i < p.count; i++) {
            if ((any_edge && !p.tied[i]) || depth_of(&p, i) != depth)
                continue;
            place[i] = (int)v->nodes;
            v->node[v->nodes] = p.node[i];
            v->node[v->nodes++].feeds = p.next[i];
        }
    }
    for (size_t i = 0; i < v->nodes; i++)
        if (v->node[i].feeds >= 0)
            v->node[i].feeds = place[v->node[i].feeds];
    return true;
}
