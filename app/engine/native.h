/* Inside of the native engine, shared by its files: native.c (thread, start, loop, end), control.c (commands
 * and starting over), trigger.c (when a batch starts and how it is cut), start.c (where to begin to read).
 * Everything in struct engine belongs to the engine thread, but for what engine/base.h says. */
#ifndef ENGINE_NATIVE_H
#define ENGINE_NATIVE_H

#include "engine/base.h"
#include "engine/breakdown.h"
#include "engine/rejects.h"
#include "query/batch.h"
#include "query/codes.h"
#include "query/plan.h"

/* Arrays of offsets here always have MAX_PARTITIONS elements: a topic may gain partitions within any call to
 * the source, and the new ones are then read from offset 0. */
struct engine {
    struct engine_base b; /* first */

    /* the query and what is around it */
    struct codes *codes;
    struct query *query;
    struct source *source;
    struct checkpoint *checkpoint;
    struct batches batches;
    bool batches_are_open;
    struct rejects rejects;
    struct breakdown *breakdown;
    char id[40], run_id[40];

    /* where it stands */
    bool paused;
    int steps;            /* batches still to run while paused */
    int64_t next_tick_ms; /* wall clock, for an interval trigger; 0 = at once */
    int64_t next_look_ms; /* monotonic: when to ask for new partitions; 0 = not yet set */
    int refused_looks;    /* so often in a row Kafka would not say them: no such topic any more, no right */
    bool waits_said;      /* that a batch waits for Kafka stands on the screen */
    int64_t spin_ms;      /* how long the next sleep is while rows wait that must not be cut yet */
    int64_t first_row_ms; /* monotonic: when rows were first seen waiting; 0 = not yet */
    int64_t *final_end;   /* ends after which nothing comes, one a partition; NULL = not known */
    int final_partitions;
    int64_t bad_said_ms;   /* monotonic: when bad messages were logged last */
    int64_t catch_up_rows; /* rows that a restart has to do again */
};

/* native.c */
/* Shows the present state; now = whatever it costs. */
void engine_publish(struct engine *e, bool now);
bool engine_available_now(const struct engine *e);
/* Reads the radio codes where the settings want them (else *out is NULL). False with a sentence in err. */
bool engine_codes_for(const struct engine *e, const struct query_settings *s, struct codes **out, char *err,
                      size_t err_cap);
/* The same; false after engine_fail. */
bool engine_read_codes(struct engine *e, const struct query_settings *s, struct codes **out);
void engine_new_query(struct engine *e);
/* Opens the batches of e->query over e->source, which has been sought to position. */
void engine_open_batches(struct engine *e, const int64_t *position, int64_t next_batch);

/* trigger.c */
/* True when a replay feeds the topic, so that its end is the end of the data. */
bool engine_replayed(const struct engine *e);
/* Runs the batch that is due, if any. */
enum batch_status engine_try_batch(struct engine *e);
/* True when there is nothing left that this run was asked to do; to be asked when a trigger found nothing. */
bool engine_all_done(const struct engine *e);

/* control.c */
/* Serves every command that waits. */
void engine_take_commands(struct engine *e);
/* How far a restart has come, 0..1; leaves ENGINE_RESTARTING at its end. */
void engine_note_catch_up(struct engine *e);

/* start.c */
/* The offsets that the options ask to begin with. 0, or -1 with a sentence in err. */
int start_offsets(struct source *s, const struct options *o, int64_t *offset, char *err, size_t err_cap);
/* A fresh random UUID. */
void start_uuid(char out[40]);

#endif
