/* The checkpoint: what makes the query exactly-once over kill -9. A folder laid out as Spark's: `metadata`
 * (the query's id and the settings that its state depends on), `offsets/N` (written before batch N runs: its
 * offsets and the watermark; `offsets/0` without a row says where the query begins), `state/` (deltas and
 * full images), `commits/N` (batch N is whole). Every file has a checksum and appears by rename after fsync;
 * a damaged or foreign file is refused by name, never half-read. The engine thread makes every call; a lock
 * file keeps a second process out. A thread of the checkpoint's own does the writing, strictly in the order
 * of the calls, so that the disk works while the next batch is computed; what it could not write makes the
 * next call fail. Only the newest committed batch can be gone back to. */
#ifndef QUERY_CHECKPOINT_H
#define QUERY_CHECKPOINT_H

#include "query/query.h"
#include "query/settings.h"

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

struct checkpoint;

/* Where to go on. Arrays have `partitions` elements and belong to the struct (checkpoint_resume_clear). */
struct checkpoint_resume {
    int64_t next_batch; /* number of the next batch: 0 in a fresh checkpoint */
    int partitions;     /* 0 where it is not known yet where the query begins */
    int64_t *position;  /* start offsets of the next batch */
    bool pending; /* that batch was begun but not committed: it must run again over exactly [position, end) */
    int64_t *end; /* only when pending */
    char id[40];  /* the query's id (a UUID), kept over restarts */
};

/* Opens dir (made where missing) for this topic and these settings. NULL with one sentence in err: not a
 * folder of ours, damaged (file named, what to do), made by other settings (which, both values), or in use
 * (by which pid). */
struct checkpoint *checkpoint_open(const char *dir, const char *topic, const struct query_settings *settings,
                                   int keep_batches, char *err, size_t err_cap);
/* Ends the writing of what was asked for, then lets go of the folder. */
void checkpoint_close(struct checkpoint *c);
/* Waits until all that was asked for is durable. 0, or -1 with err: call it before the end of a run, for
 * checkpoint_close cannot tell. */
int checkpoint_flush(struct checkpoint *c, char *err, size_t err_cap);
/* A sentence where something is less safe than it should be (a file system without sync or locks), else NULL.
 */
const char *checkpoint_warning(const struct checkpoint *c);

/* Brings the fresh query q to the last committed batch and says where to go on. 0, or -1 with err. */
int checkpoint_resume(struct checkpoint *c, struct query *q, struct checkpoint_resume *out, char *err,
                      size_t err_cap);
void checkpoint_resume_clear(struct checkpoint_resume *r);

/* Before the first batch: the query begins at these offsets, and so does whoever resumes before that batch,
 * wherever `latest` is by then. Durable on return. 0, or -1 with err. */
int checkpoint_began(struct checkpoint *c, int partitions, const int64_t *start, char *err, size_t err_cap);

/* In the order of a batch. begin: before any sink sees the batch (durable on return, and so is everything
 * before it). state: after query_batch_end, either side of the sinks; takes the delta and returns while it is
 * written. commit: after every sink has the batch; from here on a restart goes on with the next one. It is
 * durable before the next begin returns: a kill or power failure in between runs the batch again, with the
 * same rows and the same result, so a sink must take the same batch id twice as once. 0, or -1 with err. A
 * batch that was pending at the resume needs no begin. */
int checkpoint_begin(struct checkpoint *c, int64_t batch_id, int partitions, const int64_t *start,
                     const int64_t *end, char *err, size_t err_cap);
int checkpoint_state(struct checkpoint *c, int64_t batch_id, const struct query *q, char *err,
                     size_t err_cap);
int checkpoint_commit(struct checkpoint *c, int64_t batch_id, char *err, size_t err_cap);
/* begin in two halves, so that the rows are read while the disk works: begin_soon returns at once, and begun,
 * called right before the first sink sees the batch, waits until it is durable. */
int checkpoint_begin_soon(struct checkpoint *c, int64_t batch_id, int partitions, const int64_t *start,
                          const int64_t *end, char *err, size_t err_cap);
int checkpoint_begun(struct checkpoint *c, char *err, size_t err_cap);
/* In the place of begun where nobody outside sees the batch, no sink and no dead letters: a kill takes back
 * what the process alone has seen, so that the disk may be some batches behind. Waits only where it is
 * further behind than that.
 */
int checkpoint_keep_up(struct checkpoint *c, char *err, size_t err_cap);

/* Between batches: merges deltas when that pays, removes files older than keep_batches. Bounded work a call.
 */
int checkpoint_maintain(struct checkpoint *c, const struct query *q, char *err, size_t err_cap);

/* The query starts over: empties the checkpoint for the new settings (the old one stays until the new
 * metadata is durable). 0, or -1 with err. */
int checkpoint_restart(struct checkpoint *c, const struct query_settings *settings, char *err,
                       size_t err_cap);

/* What a checkpoint holds, for people: id, settings, batches, offsets, watermark, state rows and bytes, each
 * file and whether it is sound. 0, or 1 when something is damaged. Takes no lock. */
int checkpoint_inspect(const char *dir, FILE *out);

#endif
