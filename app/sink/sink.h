/* Where a batch's result goes. A sink is one file and one line in the registry (sink.c); several can be open
 * at once. The engine thread makes every call. A sink owns what it opened; text and query are borrowed. */
#ifndef SINK_SINK_H
#define SINK_SINK_H

#include "app_parts.h"
#include "query/query.h"

#include <stddef.h>

struct sink_batch {
    int64_t batch_id;
    const struct query *query;
    const uint32_t *output; /* query_output(): the groups that this batch puts out, unsorted */
    size_t output_count;
    const struct progress *progress;
};

struct sink_ops {
    const char *name;        /* "console", "csv", ... */
    const char *description; /* for the progress report: "ConsoleSink" */
    /* True when the options ask for it. */
    bool (*wanted)(const struct options *o);
    /* The sink's state, or NULL with a sentence in err. */
    void *(*open)(const struct app_parts *parts, char *err, size_t err_cap);
    /* Puts a batch out, durable when it returns where the sink is durable. Called again with the same batch
     * id after a crash: the outcome must be as if once. 0, or -1 with a sentence in err: the query stops. */
    int (*batch)(void *sink, const struct sink_batch *b, char *err, size_t err_cap);
    /* The end of the query (not called after a failure of the same sink); may be NULL. */
    int (*finish)(void *sink, const struct query *q, char *err, size_t err_cap);
    /* The query starts over: what was put out for it so far (old) no longer holds. Durable when it returns,
     * so that a crash before the first new batch cannot pass the old table off as the new query's. May be
     * NULL. */
    int (*restart)(void *sink, const struct query *old, char *err, size_t err_cap);
    void (*close)(void *sink);
};

/* Every sink of the program, ended by NULL. */
extern const struct sink_ops *const sink_registry[];

/* The open sinks of a query. */
struct sinks;
/* Opens all that the options want; NULL with a sentence in err when one cannot be. */
struct sinks *sinks_open(const struct app_parts *parts, char *err, size_t err_cap);
int sinks_batch(struct sinks *s, const struct sink_batch *b, char *err, size_t err_cap);
int sinks_finish(struct sinks *s, const struct query *q, char *err, size_t err_cap);
int sinks_restart(struct sinks *s, const struct query *old, char *err, size_t err_cap);
void sinks_close(struct sinks *s);
bool sinks_none(const struct sinks *s);
/* The description of the first open one, for the progress report ("NoopSink" where none is). */
const char *sinks_description(const struct sinks *s);

#endif
