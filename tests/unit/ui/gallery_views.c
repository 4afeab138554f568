#include "gallery_views.h"

#include "base/text.h"
#include "base/xalloc.h"
#include "log.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { KEYS_MANY = 2000, PARTITIONS_MANY = 1024, HOSTILE_BYTES = 6000 };

static const char *const untidy[] = {
    "\x1b]0;title\a\x1b[2J\x1b[31mred",
    "\302\23331m C1 \233\235",
    "\xe4\xba\xac\xe4\xba\xac\xe4\xba\xac\xe4\xba\xac wide",
    "e\xcc\x81\xcc\x82\xcc\x83\xcc\x84\xcc\x85 combining",
    "\xd7\xa9\xd7\x9c\xd7\x95\xd7\x9d \xe2\x80\xae right to left",
    "",
    "\r\n\t\b\x7f controls",
    "\xff\xfe\xc0\x80 not UTF-8",
    "\xe2\x80\x8b\xe2\x80\x8d\xf0\x9f\x91\xa9\xe2\x80\x8d\xf0\x9f\x9a\x92 joined",
    "%s%n%p",
    "\314\201begins with a combining one",
    "\xe2\x94\x8f\xe2\x94\x81 box \xe2\x94\x93",
};
enum { RAWS = sizeof untidy / sizeof *untidy };

const char *gallery_name(enum gallery_kind kind)
{
    static const char *const names[GALLERY_KINDS] = {"nothing", "empty",      "small",  "large",
                                                     "spark",   "lost spark", "hostile"};
    return names[kind];
}

/* As texts of messages come to the screen: cleaned. Every third is endless. */
static void hostile_text(char *out, size_t cap, size_t n)
{
    static char long_raw[HOSTILE_BYTES];
    const char *r = untidy[n % RAWS];
    size_t len = strlen(r);
    if (n % 3 || !len) {
        (void)text_clean(out, cap, r, len, false);
        return;
    }
    size_t used = 0;
    while (used + len < sizeof long_raw) {
        memcpy(long_raw + used, r, len);
        used += len;
    }
    (void)text_clean(out, cap, long_raw, used, false);
}

static void fill_large(struct query_view *q)
{
    fake_history(q, BATCH_HISTORY);
    fake_detail(q, 0);
    q->rows_in = q->rows_counted = 123456789012LL;
    q->rows_late = 9876543210LL;
    q->rows_bad[BAD_NOT_JSON] = 1234567;
    for (size_t i = 0; i < q->keys.count; i++)
        fake_total(q, i, view_key_at(q, i)->total + 1000000000LL);
    q->late_count = sizeof q->late / sizeof *q->late;
    for (size_t i = 0; i < q->late_count; i++)
        q->late[i] = (struct view_late){.event_ms = FAKE_EVENT_MS - 3600000,
                                        .watermark_ms = FAKE_EVENT_MS,
                                        .batch_id = 41,
                                        .offset = (int64_t)i * 1000000,
                                        .type = "Late Type"};
}

static void fill_hostile(struct query_view *q)
{
    enum { NAME = 1500 };
    char *name = fake_texts(q, q->keys.count, NAME);
    for (size_t i = 0; i < q->keys.count; i++, name += NAME) {
        hostile_text(name, NAME, i);
        fake_field(q, i, 0, i == 7 ? NULL : name);
    }
    for (size_t i = 0; i < q->late_count; i++)
        hostile_text(q->late[i].type, sizeof q->late[i].type, i);
    hostile_text(q->message, sizeof q->message, 3);
    hostile_text(q->last_bad, sizeof q->last_bad, 0);
    free(q->progress_json);
    q->progress_json = xcalloc(1, HOSTILE_BYTES);
    hostile_text(q->progress_json, HOSTILE_BYTES, 3);
    for (size_t i = 0; q->detail && i < q->detail->parts; i++)
        hostile_text(q->detail->part[i].disposition, sizeof q->detail->part[i].disposition, i);
    for (size_t i = 0; q->detail && i < q->detail->calls; i++)
        hostile_text(q->detail->call[i].address, sizeof q->detail->call[i].address, i);
    for (size_t i = 0; i < RAWS; i++)
        log_line(LOG_WARNING, "kafka", "%s", untidy[i]);
}

static struct cluster_view *large_cluster(bool hostile)
{
    struct cluster_view *c = fake_cluster(19);
    c->partitions = xreallocarray(c->partitions, PARTITIONS_MANY, sizeof *c->partitions);
    for (size_t i = c->partitions_count; i < PARTITIONS_MANY; i++) {
        c->partitions[i] = c->partitions[0];
        c->partitions[i].id = (int32_t)i;
        c->partitions[i].high = 9000000000000LL;
        c->partitions[i].lag = 9000000000000LL;
    }
    c->partitions_count = PARTITIONS_MANY;
    c->lag_total = 9000000000000LL;
    for (c->brokers_count = 0; c->brokers_count < MAX_BROKERS; c->brokers_count++)
        c->brokers[c->brokers_count] = (struct broker_view){.id = (int32_t)c->brokers_count,
                                                            .up = c->brokers_count % 2,
                                                            .leads = 64,
                                                            .latency_ms = 1234567.8};
    for (size_t i = 0; hostile && i < MAX_BROKERS; i++)
        hostile_text(c->brokers[i].address, sizeof c->brokers[i].address, i);
    for (c->groups_count = 0; c->groups_count < MAX_GROUPS; c->groups_count++) {
        struct group_view *g = &c->groups[c->groups_count];
        *g = (struct group_view){.members = 3, .lag = 9000000000LL, .committed_in = PARTITIONS_MANY};
        snprintf(g->name, sizeof g->name, "a group whose name goes on and on and on and on %zu",
                 c->groups_count);
        if (hostile)
            hostile_text(g->name, sizeof g->name, c->groups_count);
        snprintf(g->state, sizeof g->state, "PreparingRebalance");
    }
    if (hostile) {
        hostile_text(c->message, sizeof c->message, 3);
        hostile_text(c->bootstrap, sizeof c->bootstrap, 6);
        hostile_text(c->topic, sizeof c->topic, 9);
    }
    return c;
}

static struct query_view *empty_query(void)
{
    struct query_view *q = fake_query(0, 0);
    q->progress.batch_id = -1;
    q->rows_in = q->rows_counted = q->rows_late = 0;
    q->newest_event_ms = q->next_watermark_ms = UNKNOWN;
    free(q->progress_json);
    q->progress_json = NULL;
    return q;
}

static struct cluster_view *empty_cluster(void)
{
    struct cluster_view *c = fake_cluster(UNKNOWN);
    c->partitions_count = c->brokers_count = 0;
    c->reachable = false;
    return c;
}

static struct spark_view *spark_of(enum gallery_kind kind)
{
    struct spark_view *s = fake_spark();
    if (kind == GALLERY_LOST) {
        s->master.state = SPARK_SILENT;
        s->driver.state = SPARK_STRANGE;
        snprintf(s->master.why, sizeof s->master.why, "no answer in time");
        snprintf(s->driver.why, sizeof s->driver.why, "its answer is none of Spark's");
        snprintf(s->master.url, sizeof s->master.url, "http://a-master-with-a-long-name.example:8080");
        s->workers = s->executors = s->jobs = s->stages = s->nodes = 0;
    } else if (kind == GALLERY_HOSTILE) {
        for (s->workers = 0; s->workers < SPARK_WORKERS; s->workers++) {
            s->worker[s->workers] = s->worker[0];
            hostile_text(s->worker[s->workers].address, sizeof s->worker[0].address, s->workers);
            s->worker[s->workers].cores = s->worker[s->workers].memory_mb = 9000000000000LL;
        }
        for (s->executors = 0; s->executors < SPARK_EXECUTORS; s->executors++) {
            s->executor[s->executors] = (struct spark_executor){.tasks_done = INT64_MAX,
                                                                .tasks_failed = INT64_MAX,
                                                                .tasks_active = UNKNOWN,
                                                                .gc_ms = UNKNOWN,
                                                                .memory_used_bytes = UNKNOWN,
                                                                .memory_max_bytes = INT64_MAX};
            hostile_text(s->executor[s->executors].why_removed, SPARK_TEXT, s->executors);
            hostile_text(s->executor[s->executors].id, sizeof s->executor[0].id, s->executors);
        }
        for (s->jobs = 0; s->jobs < SPARK_JOBS; s->jobs++) {
            s->job[s->jobs] = (struct spark_job){
                .id = INT64_MAX, .batch_id = UNKNOWN, .tasks = 1, .tasks_done = INT64_MAX, .stages = UNKNOWN};
            s->job[s->jobs].submitted_wall_ms = s->job[s->jobs].ended_wall_ms = UNKNOWN;
            hostile_text(s->job[s->jobs].name, SPARK_TEXT, s->jobs);
        }
        for (s->nodes = 0; s->nodes < SPARK_NODES; s->nodes++) {
            s->node[s->nodes] =
                (struct spark_node){.feeds = (int)s->nodes - 1, .rows = INT64_MAX, .time_ms = 1e12};
            hostile_text(s->node[s->nodes].name, sizeof s->node[0].name, s->nodes);
        }
    }
    return s;
}

static void make_job(struct query_view *q, enum gallery_kind kind)
{
    fake_job(q, kind == GALLERY_LOST ? JOB_FAILED : JOB_RUNNING);
    if (kind == GALLERY_LOST) {
        q->state = ENGINE_FAILED;
        snprintf(q->message, sizeof q->message, "the Spark job failed: its process was killed by signal 9");
        snprintf(q->job.table_gap, sizeof q->job.table_gap, "the table is not whole");
        snprintf(q->job.unavailable, sizeof q->job.unavailable, "query.max-rate-per-partition");
        q->job.messages_bad = 3;
        q->unavailable |= NO_EXACT_LATE | NO_BEGINNING;
    }
    if (kind == GALLERY_HOSTILE) {
        hostile_text(q->job.last_bad, sizeof q->job.last_bad, 3);
        hostile_text(q->job.master, sizeof q->job.master, 2);
        hostile_text(q->job.checkpoint, sizeof q->job.checkpoint, 0);
        q->job.messages_bad = INT64_MAX;
    }
}

void gallery_give(struct picture *p, enum gallery_kind kind)
{
    struct query_view *q = NULL;
    struct replay_view *r = NULL;
    struct cluster_view *c = NULL;
    if (kind == GALLERY_EMPTY) {
        q = empty_query();
        r = fake_replay(REPLAY_OFF);
        c = empty_cluster();
    } else if (kind == GALLERY_SPARK || kind == GALLERY_LOST) {
        q = fake_query(42, 11);
        fake_history(q, 30);
        make_job(q, kind);
        r = fake_replay(REPLAY_RUNNING);
        c = fake_cluster(19);
        hub_put_spark(&p->fake.hub, spark_of(kind));
    } else if (kind == GALLERY_SMALL) {
        q = fake_query(42, 11);
        fake_history(q, 30);
        r = fake_replay(REPLAY_RUNNING);
        c = fake_cluster(19);
    } else if (kind != GALLERY_NOTHING) {
        bool hostile = kind == GALLERY_HOSTILE;
        q = fake_query(123456, hostile ? RAWS * 3 : KEYS_MANY);
        fill_large(q);
        if (hostile) {
            fill_hostile(q);
            make_job(q, kind);
            hub_put_spark(&p->fake.hub, spark_of(kind));
        }
        r = fake_replay(hostile ? REPLAY_FAILED : REPLAY_HELD);
        r->position = r->sent = r->acked = 999999999999LL;
        r->total = hostile ? UNKNOWN : 1000000000000LL;
        r->eta_s = 1e9;
        if (hostile) {
            hostile_text(r->message, sizeof r->message, 0);
            hostile_text(r->dataset, sizeof r->dataset, 3);
        }
        c = large_cluster(hostile);
    }
    picture_give(p, q, r, c);
}
