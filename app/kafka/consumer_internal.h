/* What consumer.c (the source's operations) and fetch.c (rows out of librdkafka's queues) share. Everything
 * here belongs to the engine thread, but for wake(). */
#ifndef KAFKA_CONSUMER_INTERNAL_H
#define KAFKA_CONSUMER_INTERNAL_H

#include "kafka/client.h"
#include "kafka/nudge.h"
#include "query/source.h"

/* A batch of ten milliseconds must not mean a hundred commits a second. */
#define COMMIT_EVERY_MS 200
#define FIRST_COMMIT_MS 1500 /* embedded cluster only */

/* Messages taken from a queue, and handed to the query, at once: few enough that a core's cache still holds
 * them when they are let go. Processor time of a whole run over 1,000,000 rows of 412 bytes, in turns: 0.95 s
 * with 4096, 0.88 s with 1024, 0.86 s with 512, where two threads have less to share. */
#define BLOCK_MESSAGES 1024

/* One partition. Each has its own queue, so that a partition whose turn is over stays in librdkafka's bounded
 * queue and does not pile up here while another one is slow. */
struct part {
    rd_kafka_queue_t *queue;
    rd_kafka_message_t *held[BLOCK_MESSAGES]; /* taken, not yet handed over; [first, first + count) */
    int held_first, held_count;
    int64_t next; /* the next offset to hand over; UNKNOWN before the first seek */
    int64_t seen; /* one past the newest row taken from the queue since the seek */
    int64_t
        eof; /* the broker said: nothing below this that has not been taken; -1 = not said since the seek */
    struct nudge nudge;
    size_t row_bytes;  /* of a row, on average, in the block taken last; 0 = none was */
    bool broken;       /* the library has stopped fetching it: its offset is not kept, or was not */
    bool lost;         /* broken, and the broker says so when asked */
    int64_t asked_ms;  /* when it was asked last; 0 = not yet */
    bool resting;      /* fetching is paused (rest.c) */
    bool idle;         /* its end was told and no row has come since, nor a seek, nor a rest */
    int64_t committed; /* what the group was told last */
};

struct kafka_source {
    struct source base;
    const struct app_parts *parts;
    struct live *live;
    rd_kafka_t *rk;
    rd_kafka_topic_t *topic;
    char *topic_name;   /* as it is */
    char *topic_text;   /* clean, for words */
    struct part **part; /* base.partitions of them */
    struct message block[BLOCK_MESSAGES];
    int wake_fd; /* eventfd: written by librdkafka when a queue gets its first element, and by wake() */
    _Atomic bool woken; /* by wake() */
    bool ended_seen;    /* live.replay_ended as it was seen last: a change is worth a look of the engine's */
    bool nudges;        /* this librdkafka sleeps when its queue was full: wake it */
    size_t full_rows;   /* its queue is full with so many rows, */
    size_t full_bytes;  /* or so many bytes */
    int64_t opened_ms;
    int64_t missing_said_ms; /* when it was last logged that the topic is not there; 0 = not yet */
    bool assigned;           /* the library was told what to read */
    int64_t replaced_ms;     /* when it was last told to read something else instead; 0 = not yet */
    int64_t looked_ms;       /* when no partition rested last (rest.c) */
    bool paused;             /* resting by wish, whatever is still to be read */
    int64_t commit_ms;       /* when the last one was sent */
    int commits_pending;     /* sent, not answered */
    int64_t *wanted;         /* what commit() was asked for last; UNKNOWN = nothing */
    bool want_commit;
    int64_t unanswered_ms; /* since when commits have had no answer; 0 = none is under way, or it was told */
    bool group_refused;    /* it is not ours to use: told once, then left alone */
};

extern const struct source_ops consumer_ops; /* consumer.c */

/* consumer_open.c */
/* Opens queues for partitions that are new. False with base.error. */
bool consumer_grow(struct kafka_source *s, int count);
/* Log lines, errors and answers to commits, from the handle's own queue. */
void consumer_serve(struct kafka_source *s);
/* Sleeps until a queue gets its first element or wake() is called (true), or the time is over. */
bool consumer_wait_fd(struct kafka_source *s, int64_t timeout_ms);
/* The same, also until the replay has news or base.also_fd is readable (which counts as wake()). */
bool consumer_wait_any(struct kafka_source *s, int64_t timeout_ms);
/* Tells the group what commit() was asked for, unless that was done just now (then later, from wait). */
void consumer_commit_wanted(struct kafka_source *s, bool now);
int64_t consumer_left_ms(int64_t deadline_ms);
/* Waits until the last assign() that replaced another is surely over, before the next or the end of the
 * handle. */
void consumer_settle(struct kafka_source *s);
void consumer_shut(struct source *base);

/* fetch.c */
/* Copies what the queue has, at most a block, into the empty held[]; end marks and errors are noted, not
 * held. */
void fetch_refill(struct kafka_source *s, int p);
/* Hands the held rows below end to the query. How many. */
int fetch_hand_over(struct kafka_source *s, int p, int64_t end, source_rows_fn rows, void *arg);
/* True when nothing below end is left to hand over; moves next to end over offsets that hold no row. */
bool fetch_reached(struct kafka_source *s, int p, int64_t end);
void fetch_drop_held(struct part *part);
/* Wakes the library's broker thread where it may sleep (nudge.h) while there is more on the broker. */
void fetch_nudge(struct kafka_source *s, int p, int64_t known_end);

/* rest.c */
/* Sleeps like consumer_wait_fd; on the embedded cluster, once everything is read, with fetching paused
 * meanwhile. */
void rest_wait(struct kafka_source *s, int64_t timeout_ms);
/* Fetching is paused. What was fetched and not taken is lost to this assignment: where there is any, assign
 * anew after rest_end. */
void rest_begin(struct kafka_source *s);
/* Fetching goes on where it rests: everywhere, or with end[] where something below it is to be read. */
void rest_end(struct kafka_source *s, const int64_t *end);

#endif
