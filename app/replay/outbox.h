/* Messages that wait for their partition. An idempotent producer of librdkafka sends nothing more to a
 * partition that has five messages under way, and its threads spin at full speed on whatever is ready behind
 * them (2.0.2: 7 s of processor time a million calls instead of 2). So the library is given what goes into
 * one request: as much as it holds, or as much as comes while the first message lingers. The rest waits here,
 * in order, until fewer than five of that are unanswered. Where answers come before the next message nothing
 * ever waits. Pure (it is told the time); one thread. */
#ifndef REPLAY_OUTBOX_H
#define REPLAY_OUTBOX_H

#include "base/text.h"
#include "replay/faults.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Unanswered messages of a partition with which librdkafka still sends (RD_KAFKA_IDEMP_MAX_INFLIGHT). */
#define OUTBOX_UNDER_WAY 5
/* All that waits, of one partition and of all. */
#define OUTBOX_PART_BYTES_MAX ((size_t)1024 * 1024)
#define OUTBOX_BYTES_MAX      ((size_t)16 * 1024 * 1024)

struct outbox;

struct outbox_message {
    struct text json, key; /* borrowed until the next call with that partition */
    enum injected kind;
    int64_t time_ms; /* when it was sent, wall clock */
};

/* messages, bytes: what a request holds (key and value count; the last message may go beyond bytes);
 * linger_ns: how long the library waits for the second message and those behind it. */
struct outbox *outbox_new(int partitions, int64_t messages, int64_t bytes, int64_t linger_ns);
void outbox_free(struct outbox *o);

/* May the library have another message of that partition? */
bool outbox_open(const struct outbox *o, int partition, int64_t now_ns);
/* It was given one of that size; one of that size was answered, with an offset or an error. */
void outbox_given(struct outbox *o, int partition, size_t size, int64_t now_ns);
void outbox_answered(struct outbox *o, int partition, size_t size);

/* Copies the message behind those of its partition; false when there is no room. */
bool outbox_put(struct outbox *o, int partition, const struct outbox_message *m);
/* The oldest that waits; false when none does. */
bool outbox_first(const struct outbox *o, int partition, struct outbox_message *m);
void outbox_drop_first(struct outbox *o, int partition);

/* Messages that wait: of one partition, of all. */
int64_t outbox_waiting(const struct outbox *o, int partition);
int64_t outbox_waiting_all(const struct outbox *o);

#endif
