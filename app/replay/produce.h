/* Calls into the topic: keyed by crime_id, the partition chosen here (as Kafka's own clients choose it,
 * murmur2 of the key), every delivery report counted. Nothing is dropped when the queue is full, and on the
 * embedded cluster nothing is sent that could push out something unread. Owned and called by the replay
 * thread. */
#ifndef REPLAY_PRODUCE_H
#define REPLAY_PRODUCE_H

#include "app_parts.h"
#include "replay/dataset.h"
#include "replay/faults.h"

struct producer;

enum send_status {
    SEND_OK,
    SEND_FULL,    /* the library's queue is full: poll, then send the same again */
    SEND_HELD,    /* the query must read first: producer_held_words says how much */
    SEND_REFUSED, /* this message can never be sent (too large): counted as failed */
};

struct producer_figures {
    int64_t sent, acked, failed, retried;
    int64_t in_queue; /* sent, neither acknowledged nor failed */
    int64_t injected[INJECTED_COUNT];
};

/* Sets up the client; it connects by itself. NULL with a sentence in err. */
struct producer *producer_open(const struct app_parts *parts, char *err, size_t err_cap);
/* Learns the partitions, and makes the topic where it is missing; waits about timeout_ms. False with a
 * sentence in err: call again. */
bool producer_connect(struct producer *p, int64_t timeout_ms, char *err, size_t err_cap);

enum send_status producer_send(struct producer *p, const struct dataset_call *call, enum injected kind,
                               int64_t now_ns);
/* Serves delivery reports and the log; waits at most timeout_ms for the first. */
void producer_poll(struct producer *p, int timeout_ms);
/* Readable when producer_poll has something to serve; producer_poll makes it silent again. */
int producer_fd(const struct producer *p);

void producer_figures(const struct producer *p, struct producer_figures *out);
/* The newest reason why a message failed, empty when none did. */
const char *producer_trouble(const struct producer *p);
/* True when nothing can be sent any more: producer_trouble says why. */
bool producer_dead(const struct producer *p);
/* Why the last SEND_HELD was. */
void producer_held_words(const struct producer *p, char *out, size_t cap);

/* Waits until everything is acknowledged or failed, at most timeout_ms; true when it is. */
bool producer_flush(struct producer *p, int64_t timeout_ms);
void producer_close(struct producer *p, int64_t timeout_ms);

#endif
