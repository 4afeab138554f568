/* Figures and states in plain words: what the header says, how a speed or a time span reads. Pure functions
 * over views; nothing here knows the terminal. An unknown figure is "-", never 0. Texts are clean UTF-8
 * because the views' texts are. */
#ifndef UI_WORDS_H
#define UI_WORDS_H

#include "snapshot.h"

#include <stdbool.h>
#include <stddef.h>

/* "12 ms", "0.4 s", "53 s", "2 min 15 s", "3 h 5 min", "2 d 4 h"; NAN or negative: "-". Returns out. */
char *words_span(char *out, size_t cap, double seconds);

/* How long something has lasted: "12 s", "2 min 15 s", in whole seconds; since_ms UNKNOWN: "-". */
char *words_since(char *out, size_t cap, int64_t since_ms, int64_t now_ms);

/* City seconds a second in words: "10 min of city time a second"; "-" when unknown. */
char *words_speed(char *out, size_t cap, double speed);

/* A rate as it was asked for: "10", "0.5", "2,500", "max". Returns out. */
char *words_rate(char *out, size_t cap, double per_s);

/* Event time as "12-31 23:57"; without its date where it is on the same day as reference_ms (may be UNKNOWN,
 * then the date is always there); UNKNOWN: "-". with_seconds adds ":SS". */
char *words_time(char *out, size_t cap, int64_t ms, int64_t reference_ms, bool with_seconds);

/* A watermark as it may be shown: the epoch is how Spark says that there is none yet, so that is UNKNOWN. */
int64_t known_watermark_ms(int64_t ms);

/* What a group-by field is called on the screen: "type", "disposition". */
const char *words_field(enum field f);

/* The fields of a key joined by " · ": "Traffic Stop · CIT"; null reads "null". */
char *words_key(char *out, size_t cap, const struct view_key *key, int fields);

/* "calls by type, 1 hour windows". */
char *words_query(char *out, size_t cap, const struct query_settings *s);

/* How far the query is behind the replay in event time, on the replay's clock: seconds, NAN = unknown. */
double words_event_lag_s(const struct query_view *q, const struct replay_view *r,
                         const struct cluster_view *c);

/* Rows that came too late: "3", or "3+" where there are at least so many; "-". */
char *words_late(char *out, size_t cap, const struct query_view *v);

/* "runs", "is stopped" ...: of the job on Spark; and whether one is there that could be stopped. */
const char *words_job(enum job_state state);
bool words_job_runs(enum job_state state);

enum mood { MOOD_OK, MOOD_WARN, MOOD_BAD };
struct badge {
    char text[64]; /* "‖ REPLAY PAUSED" */
    enum mood mood;
};
#define BADGES 5

struct state_words {
    struct badge badge[BADGES]; /* the most important first; at least one */
    size_t badges;
    char sentence[320]; /* about the first badge; may be empty */
    char hint[48];      /* "[Space] resumes"; may be empty */
    bool plain;         /* nothing is unusual */
};

/* The running batch, as read from struct live at one moment. */
struct batch_now {
    int64_t batch_id; /* -1 = none runs */
    int phase;
    int64_t phase_since_ms, batch_since_ms;
    int64_t rows, planned;
};
void words_batch_now(struct batch_now *out, const struct live *live);

struct state_input {
    const struct query_view *query; /* shown ones; each may be NULL */
    const struct replay_view *replay;
    const struct cluster_view *cluster;
    const struct spark_view *spark; /* NULL without --engine spark */
    struct batch_now batch;
    int64_t now_ms;
    bool frozen;
    int64_t newest_batch_id; /* while frozen: where the query is by now; -1 = unknown */
    const char *bootstrap;
    bool ascii;
};
void words_state(struct state_words *out, const struct state_input *in);
/* A job whose executors are all gone, or that has been given none for a while, computes nothing. s may be
 * NULL. */
bool words_without_executors(const struct query_view *q, const struct spark_view *s, int64_t now_ms);

/* Why the table is empty, in one sentence. */
void words_why_empty(char *out, size_t cap, const struct state_input *in);

#endif
