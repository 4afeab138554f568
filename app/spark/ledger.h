/* The job's messages, entered one by one, as tables and reports. It keeps a table for each query id that has
 * spoken lately; the one of the newest run is the current one, and only that one's batches are told. A batch
 * counts once its table is whole and its report has come: then both are told together, in order. A table
 * whose report does not come (its driver was killed in between), or a report whose table does not, is told
 * alone after a while. PROTOCOL.md has the rules. No Kafka here; the engine thread owns it. */
#ifndef SPARK_LEDGER_H
#define SPARK_LEDGER_H

#include "query/progress.h"
#include "query/query.h"
#include "snapshot.h"

#include <stddef.h>

struct ledger;

enum ledger_topic { TOPIC_OF_TABLES, TOPIC_OF_PROGRESS };

/* The newest run, as far as its messages tell. */
enum job_stopped { JOB_RUNS, JOB_STOPPED_AS_ASKED, JOB_FINISHED, JOB_BROKE };
struct ledger_run {
    char query[64], run[64]; /* "" before any */
    bool started;            /* it said so */
    enum job_stopped stopped;
    char error[VIEW_TEXT]; /* of JOB_BROKE; clean */
    char app_id[48], ui_url[160], master[100], host[80], version[24];
    int64_t pid;                 /* of the driver's Python on host; UNKNOWN */
    char unavailable[VIEW_TEXT]; /* settings that were asked for and that Spark does not have; "" = none */
    int64_t heard_mono_ms;       /* its last message of any kind */
    int64_t batches;             /* told of this run */
};

/* Figures of the current query since it started, as far as reports tell. */
struct ledger_totals {
    struct query_totals t; /* UNKNOWN where Spark cannot tell */
    bool late_at_least;    /* rows_late is what there are at least */
    bool from_the_start;   /* every report since batch 0 was read; else they begin later */
};

struct ledger_batch {
    const struct query *table;       /* with the batch applied; never NULL */
    const struct progress *progress; /* NULL: no report came */
    const char *progress_json;       /* the report as Spark wrote it, indented; NULL like that */
    int64_t batch_id;
    bool has_table; /* false: no table came */
    bool again;     /* this batch was told before: it ran again */
};

struct ledger_listener {
    void *arg;
    /* Another query is the current one (its table may already hold what an earlier run has counted). */
    void (*query)(void *arg, const struct query *table, const struct query_settings *settings);
    /* The current one's table is emptied, for one that is whole follows. */
    void (*emptied)(void *arg, const struct query *old);
    void (*batch)(void *arg, const struct ledger_batch *b);
    /* A report of the current query, of a batch or not, at once: for positions. */
    void (*report)(void *arg, const struct progress *p);
};

/* calls_topic is borrowed. */
struct ledger *ledger_new(const char *calls_topic, const struct ledger_listener *listener);
void ledger_free(struct ledger *l);

/* From now on only a run that has not spoken yet can be the current one (a job was just submitted). forget:
 * it begins anew, so there is no current table until it speaks. */
void ledger_expect_new_run(struct ledger *l, bool forget);

/* Enters one message. False with a sentence in err: it is none of the protocol's, and is left out. */
bool ledger_enter(struct ledger *l, enum ledger_topic topic, const char *bytes, size_t len, int64_t now_ms,
                  char *err, size_t err_cap);

/* Tells what has waited too long for its other half; all = whatever it waits for (the job has ended). */
void ledger_tick(struct ledger *l, int64_t now_ms, bool all);

/* The newest run that could be the current one; query "" = none yet. */
const struct ledger_run *ledger_run(const struct ledger *l);
/* The current table; NULL before there is one. */
const struct query *ledger_table(const struct ledger *l);
const struct query_settings *ledger_settings(const struct ledger *l);
void ledger_totals(const struct ledger *l, struct ledger_totals *out);
/* Why the current table is not all of it (its beginning is no longer in the topic); NULL = it is. */
const char *ledger_gap(const struct ledger *l);

#endif
