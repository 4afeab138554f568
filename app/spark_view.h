/* What Spark says of itself through its REST: published by the thread that asks (app/spark/rest.c), read by
 * the screen, by the rules of snapshot.h. A view owns nothing but itself (free). Every text is clean; a
 * figure that Spark did not tell is UNKNOWN or NAN. */
#ifndef APP_SPARK_VIEW_H
#define APP_SPARK_VIEW_H

#include "base/clock.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SPARK_WORKERS   64
#define SPARK_APPS      16
#define SPARK_EXECUTORS 64
#define SPARK_JOBS      32
#define SPARK_STAGES    32
#define SPARK_NODES     40
#define SPARK_TEXT      160

/* One of Spark's two places that answer questions: the master, and the driver of the job. */
enum spark_source_state {
    SPARK_NOT_ASKED, /* nothing to ask (no master in local mode, no job yet): why says which */
    SPARK_ANSWERS,
    SPARK_SILENT, /* nobody answers there */
    SPARK_STRANGE /* somebody answers, but not as Spark does */
};
struct spark_source {
    enum spark_source_state state;
    char url[SPARK_TEXT];
    bool guessed;             /* nobody has named that address: it is where one usually is */
    char why[SPARK_TEXT];     /* what is wrong; "" while it answers */
    int64_t since_ms;         /* monotonic: it has been in this state since then */
    int64_t answered_mono_ms; /* the last whole answer; UNKNOWN = never: the figures' age */
    double latency_ms;        /* of that answer */
};

struct spark_worker {
    char id[64], address[64];
    char state[16]; /* "ALIVE", "DEAD" */
    bool alive;
    int64_t cores, cores_used;
    int64_t memory_mb, memory_used_mb;
    int64_t heartbeat_wall_ms;
};

struct spark_app {
    char id[48], name[64], state[16];
    int64_t cores, memory_mb; /* a worker's share */
    int64_t started_wall_ms, duration_ms;
    bool active;
    bool ours; /* the job whose tables are on the screen */
};

struct spark_executor {
    char id[24], address[64];
    bool active;
    int64_t cores;
    int64_t memory_used_bytes, memory_max_bytes; /* of storage */
    int64_t tasks_active, tasks_failed, tasks_done;
    int64_t gc_ms, task_ms;
    int64_t shuffle_read_bytes, shuffle_write_bytes;
    char why_removed[SPARK_TEXT]; /* of one that is gone */
};

struct spark_job {
    int64_t id;
    char name[SPARK_TEXT], state[16]; /* "RUNNING", "SUCCEEDED", "FAILED" */
    int64_t batch_id;                 /* of the streaming query; UNKNOWN */
    int64_t stages, stages_done, stages_failed;
    int64_t tasks, tasks_done, tasks_active, tasks_failed;
    int64_t submitted_wall_ms, ended_wall_ms;
};

struct spark_stage {
    int64_t id, attempt;
    char name[SPARK_TEXT], state[16]; /* "ACTIVE", "COMPLETE", "PENDING", "FAILED", "SKIPPED" */
    int64_t tasks, tasks_done, tasks_active, tasks_failed;
    int64_t rows_in, shuffle_read_bytes, shuffle_write_bytes;
    int64_t run_ms;
    char why_failed[SPARK_TEXT];
};

/* An operator of the plan, in the order that rows flow: a node comes after all that feed it. */
struct spark_node {
    int64_t id;
    char name[64];
    int feeds;      /* index of the node that gets its rows; -1 = the last one */
    int64_t rows;   /* that it put out; UNKNOWN */
    double time_ms; /* that it took, as far as it says; NAN */
};

struct spark_view {
    uint64_t number;
    int64_t mono_ms;
    char version[24]; /* of Spark; "" = not known */
    char app_id[48];  /* of our job; "" = not known yet */
    struct spark_source master, driver;

    char master_state[16]; /* "ALIVE", "STANDBY" */
    struct spark_worker worker[SPARK_WORKERS];
    size_t workers, workers_all; /* shown; that there are */
    struct spark_app app[SPARK_APPS];
    size_t apps;

    struct spark_executor executor[SPARK_EXECUTORS];
    size_t executors, executors_all;
    struct spark_job job[SPARK_JOBS]; /* the newest ones, newest first */
    size_t jobs, jobs_all;
    struct spark_stage stage[SPARK_STAGES]; /* running first, then the newest */
    size_t stages, stages_all;
    int64_t jobs_failed, stages_failed; /* among those that the driver keeps */

    struct spark_node node[SPARK_NODES];
    size_t nodes;
    int64_t plan_batch_id;     /* UNKNOWN */
    char plan_why[SPARK_TEXT]; /* why there is no plan; "" = there is, or nothing has run yet */
};

#endif
