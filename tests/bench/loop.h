/* The real micro-batch loop over calls made in memory, without Kafka: a query fills up with different rows,
 * with a checkpoint on a real folder or without, in a process of its own, and what it cost is noted every so
 * many rows. The benchmarks of state and of the checkpoint share it. One thread. */
#ifndef BENCH_LOOP_H
#define BENCH_LOOP_H

#include "query/settings.h"

#include <stdbool.h>
#include <stdint.h>

#define LOOP_STEPS_MAX 400

struct loop_plan {
    const char *calls_path;
    int64_t rows, batch_rows;
    int64_t step_rows;    /* a step is noted every so many */
    int64_t call_step_ms; /* event time from one call to the next */
    bool checkpoint;
    struct query_settings settings;
};

/* Calls of the kernel that reach for the disk, and the time in them; counted where the program is linked with
 * disk_calls.c. */
enum disk_call { DISK_FDATASYNC, DISK_FSYNC, DISK_PWRITE, DISK_PREAD, DISK_RENAME, DISK_UNLINK, DISK_CALLS };
struct disk_use {
    int64_t count, ns;
};

/* Milliseconds of a batch. What making the calls took is left out, save in with_making. */
struct loop_step {
    int64_t rows;       /* done by the end of the step */
    int64_t state_rows; /* kept at its end */
    double state_mb, resident_mb;
    double p50_ms, p99_ms, max_ms;
    double cpu_p50_ms, cpu_p99_ms;      /* of the whole process, its other threads included */
    double wal_ms, state_ms, commit_ms; /* medians: write-ahead log with the wait for it, state, commit */
};

struct loop_run {
    char error[400];
    int64_t rows, batches;
    double wall_s, cpu_s; /* of all batches, without the making of calls */
    double with_making_s; /* by the wall, from the first batch to the last */
    double flush_s;       /* from the last batch until all was on the disk */
    double peak_mb;       /* the most that the process held */
    double folder_mb;     /* of the checkpoint, at the end */
    int64_t folder_files;
    struct disk_use disk[DISK_CALLS];
    int steps;
    struct loop_step step[LOOP_STEPS_MAX];
};

/* `count` runs in memory that a child process can fill; NULL after saying why. */
struct loop_run *loop_runs_new(int count);
void loop_runs_free(struct loop_run *runs, int count);
/* The plan in a child process. The checkpoint's folder is made below TMPDIR (/tmp) and removed. False after
 * saying why on standard error. */
bool loop_run_apart(const struct loop_plan *plan, struct loop_run *run);

#endif
