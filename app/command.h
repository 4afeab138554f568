/* What the screen (or a scenario) asks of background threads: the only way back of the data flow. One box a
 * receiving thread; a full box refuses (the screen then says so) and never blocks for longer than a copy.
 * Any thread may post; only the owner takes. */
#ifndef APP_COMMAND_H
#define APP_COMMAND_H

#include <stdbool.h>
#include <stdint.h>

enum command_kind {
    /* to the replay */
    CMD_REPLAY_PAUSE,  /* i: 1 pause, 0 resume, -1 toggle */
    CMD_REPLAY_RATE,   /* f: msg/s, INFINITY = unlimited; sets rate pacing */
    CMD_REPLAY_SPEED,  /* f: city seconds a second; sets event-time pacing */
    CMD_REPLAY_PACING, /* i: enum pacing */
    CMD_REPLAY_LOOP,   /* i: 1, 0, -1 toggle */
    CMD_REPLAY_REWIND, /* from the first call again */
    CMD_REPLAY_BURST,  /* i: calls to send at once */
    CMD_REPLAY_STEP,   /* i: calls to send while paused */
    CMD_REPLAY_FAULTS, /* i: enum injected, f: its share of the calls, 0..1 */
    CMD_REPLAY_INJECT, /* i: how many of the next calls; text: "late", "duplicate", "malformed"; f: late:
                          event time that it is set back, ms */
    /* to the watcher, on the embedded cluster only: faults for an audience */
    CMD_BROKER_DOWN, /* i: broker's id, 0 = the last one; the same again brings it back */
    CMD_BROKER_SLOW, /* i: broker's id, 0 = the first one; f: latency, ms; the same again ends it */
    CMD_LEADER_MOVE, /* i: partition, -1 = the next one; to the next broker that is up */
    /* to the engine */
    CMD_QUERY_PAUSE,  /* i: 1, 0, -1 */
    CMD_QUERY_STEP,   /* one batch while paused */
    CMD_QUERY_CHANGE, /* text: "window=1 hour"; the query restarts from the beginning of what is kept */
    CMD_QUERY_UNDO,   /* back to the settings before the last change */
    CMD_CODES_RELOAD, /* read radio_code.json again */
    CMD_QUERY_SEEK,   /* text: as starting-offset; the query starts over there, with empty state */
    CMD_TOPIC_CREATE, /* the answer to a view's offer: i: partitions, 0 = no; f: copies of each */
    CMD_QUERY_DETAIL, /* i: number of the key whose detail the views shall carry, -1 = none; text: the run's
                         id */
    CMD_JOB_STOP,     /* i: 1 = at once, 0 = when its batch has ended; only --engine spark */
    CMD_JOB_START,    /* a job that runs is stopped first */
    CMD_STOP,         /* to any: end in order */
};

#define COMMAND_TEXT 200

struct command {
    enum command_kind kind;
    int64_t i;
    double f;
    char text[COMMAND_TEXT];
};

struct command_box;

/* NULL with errno when the eventfd cannot be made. */
struct command_box *command_box_new(void);
void command_box_free(struct command_box *box);

/* False when the box is full (64 waiting). */
bool command_post(struct command_box *box, const struct command *c);

/* Owner: takes the oldest, false when there is none. */
bool command_take(struct command_box *box, struct command *c);

/* Owner: takes the oldest of a kind and leaves the others as they are; false when there is none. */
bool command_take_kind(struct command_box *box, enum command_kind kind, struct command *c);

/* Owner: waits until a command is there or timeout_ms passed (0 = do not wait, -1 = for ever); true = there
 * is one. command_fd is readable while commands wait, for use in poll(). */
bool command_wait(struct command_box *box, int64_t timeout_ms);
bool command_wait_ns(struct command_box *box, int64_t timeout_ns);
int command_fd(const struct command_box *box);

#endif
