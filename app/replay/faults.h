/* Faults for an audience, from a seed: calls that arrive late, calls sent twice, and messages that are
 * broken. The real calls all arrive all the same: a late one is held back in event time, a duplicate or a
 * broken message comes in addition. Sits between the dataset and the producer. One thread. */
#ifndef REPLAY_FAULTS_H
#define REPLAY_FAULTS_H

#include "base/text.h"
#include "replay/dataset.h"

#include <stdbool.h>
#include <stdint.h>

/* Most calls held back at a time; beyond it none is taken, so that memory stays small. */
#define FAULTS_HELD_MAX 4096

enum injected { INJECTED_NONE, INJECTED_LATE, INJECTED_DUPLICATE, INJECTED_MALFORMED, INJECTED_COUNT };
/* "late", "duplicate", "malformed"; NULL for none. */
const char *injected_name(enum injected kind);

struct faults_settings {
    double late, duplicates, malformed; /* share of the calls, 0..1 */
    int64_t
        hold_ms; /* event time that must pass before a late call is let go: it is behind the watermark then */
    uint64_t seed;
};

struct faults;

/* Never NULL. Where nothing is to be injected the replay does without and sends calls straight on. */
struct faults *faults_new(const struct faults_settings *settings);
/* The share of one kind from now on. Calls that are held back stay so until they are due. */
void faults_share(struct faults *f, enum injected kind, double share);
void faults_free(struct faults *f);
/* Each of the next n calls is followed by a fault of that kind, at once: a late one is a copy of the call
 * whose event time is back_ms behind the newest (the call itself comes in time). Counts add up. */
void faults_inject(struct faults *f, enum injected kind, int64_t n, int64_t back_ms);

/* Takes a call; what is to be sent for it (nothing, one or several messages) waits in faults_next. Call it
 * when faults_next has nothing more. */
void faults_add(struct faults *f, const struct dataset_call *call);
/* All calls have been added: lets the held ones go. */
void faults_end(struct faults *f);
/* Forgets the held ones: the data are read again from the start. The dice go on. */
void faults_rewind(struct faults *f);

/* The next message to send, borrowed until faults_done; false when there is none. */
bool faults_next(struct faults *f, struct dataset_call *call, enum injected *kind);
/* That message was sent. */
void faults_done(struct faults *f);

#endif
