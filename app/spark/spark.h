/* Inside of the engine whose query runs as a job on Spark, shared by its files: spark.c (thread, loop, end),
 * spark_connect.c (Kafka), spark_job.c (the job's life), spark_control.c (commands), spark_show.c (views and
 * outputs). Everything in struct engine belongs to the engine thread but the fields named atomic, and the
 * outcome once `done` is true. */
#ifndef SPARK_SPARK_H
#define SPARK_SPARK_H

#include "engine/engine.h"
#include "engine/view.h"
#include "spark/job_file.h"
#include "spark/ledger.h"
#include "spark/process.h"
#include "spark/reader.h"
#include "spark/rest.h"
#include "spark/stop_request.h"

#include <pthread.h>
#include <stdio.h>

enum { SPARK_UNDO_DEPTH = 16 };

struct engine {
    struct app_parts parts;
    pthread_t thread;
    bool joined, left;
    _Atomic bool stop; /* asked to end */
    _Atomic bool done; /* the thread does nothing any more; the outcome below is readable */

    /* the outcome */
    bool failed;
    char error[400], summary[400];

    /* the query */
    struct query_settings settings; /* of the job that runs, or is to run */
    struct query_settings undo[SPARK_UNDO_DEPTH];
    int undo_count;
    struct ledger *ledger;
    struct progress progress; /* the newest report that was told; batch_id -1 */
    char *progress_json;
    struct views *views;
    struct sinks *sinks;
    FILE *reports; /* --progress */
    int64_t batches;
    bool dirty; /* something to show */
    bool state_changed;

    /* Kafka */
    char *tables, *progress_topic;
    struct topic_offer offer; /* what the screen is asked about a topic that is missing */
    bool missing, making_failed;
    struct reader *reader;
    bool caught_up;
    int64_t messages, messages_bad, bad_said_ms;
    char last_bad[VIEW_TEXT];

    /* the job */
    struct rest *rest; /* asks Spark's web pages; NULL before */
    struct job_view job;
    struct job_process *process;
    struct job_file file;
    char *checkpoint; /* that the next start uses; NULL = none */
    char *place;      /* the starting-offset that it uses; NULL = the options' */
    bool wanted;      /* a job is to be started as soon as that can be done */
    int64_t asked_ms; /* when it was asked to stop; 0 = not */
    int asked_times;
    char ended_run[64]; /* the run that has ended */
    int64_t gone_ms;    /* when its process was found gone; 0 = it is not */
    int64_t told_batches_at_start;

    /* where it stands */
    enum engine_state state;
    char message[VIEW_TEXT];
    int64_t answer_until_ms; /* monotonic: message answers a key and goes then; 0 = it stands */
    bool finished_once;      /* the sinks have the final table */
};

/* spark.c */
void spark_fail(struct engine *e, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
bool spark_stopping(const struct engine *e);
/* Enters what has come; true when there may be more. */
bool spark_read_messages(struct engine *e);
void spark_state(struct engine *e, enum engine_state state);
void spark_say(struct engine *e, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void spark_answer(struct engine *e, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* spark_connect.c */
/* The calls' topic and the job's, and the reader; tries until it is reached. False: it is not to be. */
bool spark_connect(struct engine *e);

/* spark_job.c */
/* One step of the job's life: what it has printed, whether it lives, what it is to do next. */
void spark_job_step(struct engine *e);
/* Asks it to stop, in order or at once; it may be somebody else's. */
void spark_job_stop(struct engine *e, bool now);
/* Wants one started: at once, or when the one that runs has ended, which it does after its batch, or now. */
void spark_job_start(struct engine *e, bool now);
/* The end of the program: stops it where that is asked for, waits for it until deadline_ms (monotonic). */
void spark_job_end(struct engine *e, int64_t deadline_ms);
/* True when all that this run was asked to do is done. */
bool spark_all_done(struct engine *e);
void spark_job_set(struct engine *e, enum job_state state);

/* spark_control.c */
void spark_take_commands(struct engine *e);

/* spark_show.c */
bool spark_open_outputs(struct engine *e);
void spark_close_outputs(struct engine *e);
extern const struct ledger_listener spark_listener; /* arg is to be set */
/* The last report and the history of batches are of no account any more. */
void spark_forget(struct engine *e);
void spark_publish(struct engine *e, bool now);
bool spark_finish_sinks(struct engine *e);
void spark_summarise(struct engine *e);

#endif
