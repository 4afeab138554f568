/* What every engine has, whoever runs its query: a thread with an outcome, the query's settings and those
 * that can be undone, its outputs, and where it stands in words. A struct engine begins with a struct
 * engine_base, which is how the functions here find it. Everything belongs to the engine thread but the
 * fields named atomic, and the outcome once `done` is true; start, stop and the like are called by main. */
#ifndef ENGINE_BASE_H
#define ENGINE_BASE_H

#include "engine/engine.h"
#include "engine/view.h"

#include <pthread.h>
#include <stdio.h>

enum { UNDO_DEPTH = 16 };

struct engine_base {
    struct app_parts parts;
    const char *log_name;
    /* Shows the present state; now = whatever it costs. */
    void (*publish)(struct engine *e, bool now);
    pthread_t thread;
    bool joined;
    bool left;         /* did not end in time: detached */
    _Atomic bool stop; /* asked to end */
    _Atomic bool done; /* the thread does nothing any more; the outcome below is readable */

    /* the outcome */
    bool failed;
    char error[400], summary[400];

    /* the query and its outputs */
    struct query_settings settings, undo[UNDO_DEPTH];
    int undo_count;
    struct views *views;
    struct sinks *sinks;
    FILE *reports;      /* --progress */
    bool finished_once; /* the sinks have the final table */

    /* where it stands */
    enum engine_state state;
    char message[VIEW_TEXT];
    struct topic_offer offer; /* what the screen is asked about a topic that is missing */
    int64_t answer_until_ms;  /* monotonic: message answers a key and goes then; 0 = it stands */
    bool changed;             /* the state or the message, since whoever looks at this set it back */
};

/* ---- for main: the functions of engine_ops ---- */
bool engine_stop(struct engine *e, int64_t timeout_ms);
bool engine_ended(const struct engine *e);
int engine_outcome(const struct engine *e, char *error, size_t error_cap, char *summary, size_t summary_cap);
/* Only after engine_stop has said true: a thread that still runs keeps its engine. */
void engine_free(struct engine *e);

/* Fills the base of a zeroed engine; the views are the caller's to free should the thread not start. */
void engine_prepare(struct engine *e, const struct app_parts *parts, const char *log_name,
                    void (*publish)(struct engine *e, bool now));
/* False with a sentence in err. */
bool engine_begin(struct engine *e, void *(*run)(void *), char *err, size_t err_cap);

/* ---- for the engine's thread ---- */

/* The last thing that it does: nothing of e is touched by it any more. */
void engine_is_done(struct engine *e);
/* True when the process asks for an end. Any thread. */
bool engine_stopping(const struct engine *e);

/* Ends the query with one clean sentence. */
void engine_fail(struct engine *e, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void engine_say(struct engine *e, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* The answer to a key: the same, but it goes after some seconds. */
void engine_answer(struct engine *e, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* Takes back an answer whose time is over. */
void engine_expire_answer(struct engine *e);

/* A change of the query cannot be had: said and logged. */
void engine_refuse_change(struct engine *e, const char *why);
/* Keeps the present settings, to be gone back to. */
void engine_remember(struct engine *e);

/* The progress reports and the sinks. False after engine_fail. */
bool engine_open_outputs(struct engine *e);
void engine_close_outputs(struct engine *e);
/* One report, one line; ends the query where it cannot be written. */
void engine_write_report(struct engine *e, const char *json);

/* reach.c: waits for Kafka and the topic of the calls, tries until `open` has opened what the engine reads,
 * and asks the screen about a topic that is missing. open: false with a sentence in why, and in *found one of
 * client.h's codes where that is the reason. False when the process stops first, or after engine_fail. */
bool engine_reach(struct engine *e, bool (*open)(struct engine *e, int *found, char *why, size_t cap));

#endif
