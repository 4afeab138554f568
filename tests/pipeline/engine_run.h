/* The native engine (or another one) beside a real replay on an embedded cluster, for tests that drive it by
 * commands and look at its views. One cluster may see several runs of the engine, as a Kafka outside the
 * program does. */
#ifndef TESTS_PIPELINE_ENGINE_RUN_H
#define TESTS_PIPELINE_ENGINE_RUN_H

#include "program.h"

#include "engine/engine.h"
#include "kafka/embedded.h"
#include "replay/replay.h"

enum { DEADLINE_MS = 20000, CALLS = 120 };

struct run {
    struct program *files; /* only for its folder */
    struct options options;
    struct hub hub;
    struct app_parts parts;
    struct embedded *cluster;
    const struct engine_ops *ops; /* engine_native; another one may be put here before run_start */
    struct engine *engine;
    struct replay *replay;   /* NULL with no_replay */
    struct query_view *view; /* the newest */
};

/* A cluster with nothing running on it: CALLS calls of two hours and three types are to be replayed at that
 * rate, every tenth a duplicate of the one before it. */
struct run *run_new(double rate);
/* The engine and, unless options.replay.no_replay, the replay. */
void run_start(struct run *r);
/* Ends both; the cluster keeps what it has. */
void run_stop(struct run *r);
void run_free(struct run *r);

/* run_new and run_start; run_stop and run_free. */
struct run *begin(double rate);
void finish(struct run *r);

/* Takes views until one meets the condition, at most DEADLINE_MS. */
typedef bool (*condition)(const struct query_view *v);
const struct query_view *until(struct run *r, const char *what, condition holds);

/* To the engine. */
void post(struct run *r, enum command_kind kind, int64_t i, const char *text);

/* The key whose first field has that text; NULL when there is none. */
const struct view_key *key_of(const struct query_view *v, const char *name);

#endif
