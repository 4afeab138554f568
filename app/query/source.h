/* Where the micro-batch loop gets its rows: a topic's partitions as offsets. The Kafka consumer implements it
 * (kafka/consumer.c) and so does an array in the unit tests. All calls but wake() come from the engine
 * thread. Arrays of offsets have source->partitions elements. */
#ifndef QUERY_SOURCE_H
#define QUERY_SOURCE_H

#include "query/query.h"

struct source;

/* Takes a block of messages, borrowed for the call. */
typedef void (*source_rows_fn)(void *arg, const struct message *messages, size_t count);

enum source_status { SOURCE_OK = 0, SOURCE_TIMEOUT = 1, SOURCE_FAILED = -1, SOURCE_LOST = -2 };

struct source_ops {
    /* The offsets where reading can start: the first kept and the end, per partition, as the broker says now.
     * Waits at most timeout_ms. Also picks up a grown partition count. */
    enum source_status (*bounds)(struct source *s, int64_t *low, int64_t *high, int64_t timeout_ms);
    /* Resolves a timestamp to offsets (first message at or after it; the end where none). */
    enum source_status (*offsets_at)(struct source *s, int64_t timestamp_ms, int64_t *offset,
                                     int64_t timeout_ms);
    /* Where each partition ends now, as the broker says: nothing that was written lies past it. Waits at most
     * timeout_ms. SOURCE_FAILED where waiting does not help (no such topic any more). */
    enum source_status (*ends)(struct source *s, int64_t *high, int64_t timeout_ms);
    /* Makes offset[] the next to be read. */
    enum source_status (*seek)(struct source *s, const int64_t *offset);
    /* The newest known end of each partition, without a round trip (never less than what read() has passed).
     */
    void (*latest)(struct source *s, int64_t *high);
    /* Waits until a row at or past the seek position has arrived, wake() was called, or timeout_ms passed;
     * SOURCE_TIMEOUT in the last case. */
    enum source_status (*wait)(struct source *s, int64_t timeout_ms);
    /* Hands over rows below end[] in each partition's order and moves position[] past them, until position
     * reaches end everywhere, or timeout_ms passed (SOURCE_TIMEOUT: call again). Rows at or past end[] stay
     * for the next call. SOURCE_LOST: the next offset is not there; lost_* say which; after that the source
     * has moved position[] to what is there and goes on when called again. */
    enum source_status (*read)(struct source *s, int64_t *position, const int64_t *end, int64_t timeout_ms,
                               source_rows_fn rows, void *arg);
    /* Tells the broker's consumer group (asynchronous; a failure is logged, never fatal). */
    void (*commit)(struct source *s, const int64_t *position);
    /* Nobody will read for a while (true), or again (false): a source that works in the background may rest
     * meanwhile. Reading needs it to be false; a seek makes it so. Costs nothing where nothing changes. */
    void (*pause)(struct source *s, bool pause);
    /* Any thread: makes wait()/read() return soon. */
    void (*wake)(struct source *s);
    void (*close)(struct source *s);
};

struct source {
    const struct source_ops *ops;
    int partitions;
    const char *topic; /* the source's, for its life */
    int also_fd;       /* the engine's: readable makes wait() return; -1 = none */
    char error[300];   /* after SOURCE_FAILED: one clean sentence that says what to do */
    bool failed;       /* reading cannot go on, error says why: read() fails from now on; until a seek */
    int lost_partition;
    int64_t lost_from, lost_to; /* [from, to) is gone; to < from: the topic was made anew, it begins at to */
};

#endif
