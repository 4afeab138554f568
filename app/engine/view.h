/* Builds the immutable query_views that the screen reads, at most about 60 a second, and a big table less
 * often: so that publishing never takes more than a small share of the engine's time. Keeps what views need
 * beyond the query: each key's clean texts (cleaned once) and the history of batches. The engine thread owns
 * it. */
#ifndef ENGINE_VIEW_H
#define ENGINE_VIEW_H

#include "engine/breakdown.h"
#include "engine/rejects.h"
#include "query/query.h"
#include "snapshot.h"

struct views;

/* What a view says besides the table. */
struct view_facts {
    enum engine_state state;
    const char *message;
    bool answered;
    struct topic_offer offer;
    double catch_up;                   /* NAN outside a restart */
    const struct query *query;         /* NULL before there is one */
    const struct progress *progress;   /* batch_id < 0 before the first batch; NULL like that */
    const struct rejects *rejects;     /* may be NULL */
    const struct breakdown *breakdown; /* may be NULL */
    const struct query_settings *settings;
    const char *run_id;

    /* Of an engine elsewhere; all zero for the one in this process. */
    const struct query_totals *totals; /* instead of the query's own; NULL = those */
    const char *progress_json;         /* instead of the report's; NULL = that */
    unsigned unavailable;
    const struct job_view *job; /* NULL = none */
};

struct views *views_new(struct hub *hub);
void views_free(struct views *v);

/* A batch of q has ended: its figures join the history. */
void views_note_batch(struct views *v, const struct progress *p, const struct query *q);

/* The same of a batch whose figures are not known: its changes of the table alone. */
void views_note_table(struct views *v, const struct query *q);

/* Forgets keys and history: the query starts over. */
void views_restart(struct views *v);

/* There is something new to show: publishes it now, or leaves it due when the last view is too recent, too
 * costly or not yet taken. now = true publishes whatever the cost. True when it was published. */
bool views_publish(struct views *v, const struct view_facts *f, bool now);

/* Milliseconds until a publication that was left due can be tried again; -1 = nothing is due. */
int64_t views_due_ms(const struct views *v);

#endif
