/* The calls of a data file, one after another, as compact JSON: from a JSON array or one object a line (told
 * apart by itself), plain or .gz, a file or standard input. Memory does not grow with the file: one window of
 * it is held, at most DATASET_OBJECT_MAX for a single call. In event-time order 16 bytes a call are held as
 * well (32 while they are sorted), and what cannot be read twice (.gz, a pipe) is first copied to an unnamed
 * temporary file. Owned and called by the replay thread (dataset_open: by whoever starts it). */
#ifndef REPLAY_DATASET_H
#define REPLAY_DATASET_H

#include "base/text.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define DATASET_OBJECT_MAX ((size_t)8 * 1024 * 1024)
/* Files up to this size are counted when they are opened: it takes a few milliseconds. */
#define DATASET_COUNT_MAX ((int64_t)16 * 1024 * 1024)

struct dataset;

/* Borrowed until the next call of dataset_next. */
struct dataset_call {
    struct text json;
    struct text key;  /* crime_id as it stands in the JSON; null text where there is none */
    int64_t event_ms; /* UNKNOWN where call_date_time is missing or no time */
};

enum dataset_status {
    DATASET_CALL,
    DATASET_END,
    DATASET_WAIT,   /* a pipe has nothing now: wait for dataset_fd */
    DATASET_BUSY,   /* worked for a while on sorting by time: call again */
    DATASET_FAILED, /* dataset_error says why; the next call would say the same */
};

/* path "-" is standard input. NULL with one sentence in err. */
struct dataset *dataset_open(const char *path, bool by_time, char *err, size_t err_cap);
void dataset_close(struct dataset *d);

enum dataset_status dataset_next(struct dataset *d, struct dataset_call *call);

/* From the first call again. False for what cannot go back (a pipe in file order). */
bool dataset_rewind(struct dataset *d);
bool dataset_can_rewind(const struct dataset *d);

int dataset_fd(const struct dataset *d);
const char *dataset_error(const struct dataset *d);
/* Calls in the data, UNKNOWN before that is known; calls read in this pass. */
int64_t dataset_total(const struct dataset *d);
int64_t dataset_position(const struct dataset *d);
/* Share of the data read in this pass, 0..1, by calls or else by bytes; NAN for a pipe. */
double dataset_share(const struct dataset *d);
/* Objects that were no calls, and the newest of them in words ("byte 1204: a malformed number"). */
int64_t dataset_skipped(const struct dataset *d);
const char *dataset_skip_reason(const struct dataset *d);

#endif
