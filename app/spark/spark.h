/* Inside of the engine whose query runs as a job on Spark, shared by its files: spark.c (thread, loop, end),
 * spark_connect.c (Kafka), spark_job.c (the job's life), spark_control.c (commands), spark_show.c (views and
 * outputs). Everything in struct engine belongs to the engine thread, but for what engine/base.h says. */
#ifndef SPARK_SPARK_H
#define SPARK_SPARK_H

#include "engine/base.h"
#include "spark/job_file.h"
#include "spark/ledger.h"
#include "spark/process.h"
#include "spark/reader.h"
#include "spark/rest.h"
#include "spark/stop_request.h"

struct engine {
    struct engine_base b; /* first */

    /* the query */
    struct ledger *ledger;
    struct progress progress; /* the newest report that was told; batch_id -1 */
    char *progress_json;
    int64_t batches;
    bool dirty; /* something to show */

    /* Kafka */
    char *tables, *progress_topic;
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
    int64_t asked_ms; /* when it was first asked to stop; 0 = not */
    int64_t now_ms;   /* when it was first asked to stop at once; 0 = not */
    int asked_times;
    bool to_ask;                 /* by a message, which it hears only once it has spoken itself */
    struct job_process *leaving; /* of one that is over: what is left of its group */
    int64_t leaving_ms;          /* since when */
    char ended_run[64];          /* the run that has ended */
    int64_t gone_ms;             /* when its process was found gone; 0 = it is not */
    int64_t told_batches_at_start;
};

/* spark.c */
/* Enters what has come; true when there may be more. */
bool spark_read_messages(struct engine *e);
void spark_state(struct engine *e, enum engine_state state);

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
extern const struct ledger_listener spark_listener; /* arg is to be set */
/* The last report and the history of batches are of no account any more. */
void spark_forget(struct engine *e);
void spark_publish(struct engine *e, bool now);
bool spark_finish_sinks(struct engine *e);
void spark_summarise(struct engine *e);

#endif
