/* The micro-batch loop's inside: runs one batch at a time from a source through a query into sinks, in the
 * order that makes it exactly-once with a checkpoint: plan -> write-ahead -> read and compute -> sinks ->
 * state -> commit, and measures each step. Knows neither Kafka nor the screen, so a whole run fits in a unit
 * test. The engine thread makes every call. It borrows its parts and owns its arrays and the last progress
 * report. */
#ifndef QUERY_BATCH_H
#define QUERY_BATCH_H

#include "query/checkpoint.h"
#include "query/progress.h"
#include "query/query.h"
#include "query/source.h"
#include "sink/sink.h"
#include "snapshot.h"

struct batch_parts {
    struct source *source;
    struct query *query;
    struct sinks *sinks;           /* NULL = none */
    struct checkpoint *checkpoint; /* NULL = none */
    struct live *live;             /* NULL = nobody watches */
    const _Atomic bool *stop;      /* NULL = never: true makes a batch that waits for Kafka give up */
    bool fail_on_data_loss;
    /* Called before the sinks and the commit of each batch: makes safe what the query's listener was told.
     * 0, or -1 with a sentence in err, which ends the query. NULL = nothing to do. */
    int (*settle)(void *arg, char *err, size_t err_cap);
    void *settle_arg;
    bool settles_outside; /* settle keeps something that outlives the process */
    /* Told in one sentence each time that a batch has waited for rows for another stall_ms. NULL = nobody. */
    void (*waits)(void *arg, const char *words);
    void *waits_arg;
    int stall_ms; /* 0 = ten seconds */
};

enum batch_status {
    BATCH_RAN,     /* progress is its report */
    BATCH_NOTHING, /* no data and nothing to close */
    BATCH_STOPPED, /* given up before its end because *stop: nothing of it is committed */
    BATCH_FAILED   /* error says why; the query cannot go on */
};

/* How a trigger cuts its batch. */
struct batch_rule {
    int64_t limit;     /* rows, 0 = all that wait */
    bool equal_shares; /* plan_equal instead of plan_proportional */
    bool only_full;    /* with equal_shares: no batch before every share is full, except at final_end */
    bool without_data; /* a batch without rows may run where the query wants it */
    const int64_t
        *final_end;       /* rows exist up to here and reading never passes it; NULL = not known or none */
    int final_partitions; /* how many of them */
    int64_t rate_per_partition; /* rows a second that one partition may give; 0 = any */
    bool ticks;                 /* an interval trigger: rates count from the last tick, run or not */
};

struct batches {
    struct batch_parts parts;
    int partitions;
    int64_t *position; /* next to be read */
    int64_t *high;     /* newest known ends */
    int64_t *end;      /* of the running batch */
    int64_t next_id;
    int64_t count;     /* batches since batches_new */
    bool pending;      /* end[] was fixed by the write-ahead log of an earlier process */
    int64_t data_loss; /* offsets lost since batches_new */
    bool anew; /* a topic made anew was followed: ends that were learnt before are void; for the caller to
                  clear */
    int64_t last_trigger_ns; /* 0 = none yet */
    int64_t rate_from_ns;    /* from when on rows may be taken at the rate; 0 = no batch yet */
    int64_t rows_ns;         /* inner figure: time spent in the query while reading */
    int64_t rows_seen;       /* inner figure: rows of the running batch */
    struct progress progress;
    char error[400];
};

/* position: where to start, one a partition of the source; the source has been sought there. id and run_id go
 * into the reports. */
void batches_open(struct batches *b, const struct batch_parts *parts, const int64_t *position,
                  int64_t next_id, const char *id, const char *run_id);
/* The first batch is one that was begun and not committed: it must cover exactly [position, end). */
void batches_resume_pending(struct batches *b, const int64_t *end);
void batches_close(struct batches *b);

/* Learns the newest ends and says how many rows wait. Picks up partitions that the topic has got since. */
int64_t batches_waiting(struct batches *b);

/* Time up to now gives no right to rows beyond the first second's (a pause has ended). */
void batches_forget_rate(struct batches *b);

enum batch_status batches_run(struct batches *b, const struct batch_rule *rule);

#endif
