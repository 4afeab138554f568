/* What background threads publish and the screen reads. Each publisher (engine, replay, cluster watcher) owns
 * one mailbox of one slot: it builds a fresh immutable view and puts it there by an atomic exchange; a view
 * that nobody took is freed by the publisher, a taken one belongs to the taker. So the screen holds no lock
 * and never waits. The few figures that change faster than views are single atomics in struct live. */
#ifndef APP_SNAPSHOT_H
#define APP_SNAPSHOT_H

#include "base/clock.h"
#include "base/paged.h"
#include "query/marks.h"
#include "query/progress.h"
#include "query/settings.h"
#include "spark_view.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#define MAX_PARTITIONS 1024
#define MAX_BROKERS    16
#define TREND_POINTS   24
#define BATCH_HISTORY  240
#define VIEW_TEXT      256

/* ---- engine -> screen: one a batch, one a change of state ---- */

enum engine_state {
    ENGINE_STARTING,
    ENGINE_RUNNING, /* includes waiting for data */
    ENGINE_PAUSED,
    ENGINE_RESTARTING, /* a query change: catching up from the beginning */
    ENGINE_DONE,       /* available-now or the end of the replay: all processed */
    ENGINE_FAILED
};

/* One distinct combination of the group-by fields, over all its windows. */
struct view_key {
    const char *const *fields; /* group_by_count of them, clean UTF-8, NULL = null; the view's texts */
    int64_t total;             /* rows counted under this key (a sliding window's row counts once) */
    int64_t delta;             /* how many of them came in the last batch */
};

/* One row of the result table: a window of a key (or the key itself where there is no window). */
struct view_group {
    int64_t window_start_ms; /* UNKNOWN where there is no window */
    int64_t window_end_ms;
    int64_t count;
    int64_t delta;
    uint32_t key; /* number of its key */
    bool closed;  /* its state is gone: it can no longer change */
};

/* What one batch did, for tables and charts; raw, scaled when drawn. */
struct batch_sample {
    int64_t batch_id;
    int64_t wall_ms;
    int64_t rows_in, rows_late, rows_duplicate, rows_null, rows_bad;
    int64_t rows_out_of_order; /* older than the newest row before them */
    int64_t rows_marked;       /* how many of its rows are among the view's marks */
    int64_t groups_updated;    /* of the aggregation */
    int64_t state_rows, state_bytes, state_updated, state_removed; /* of all stateful operators together */
    double input_per_s, processed_per_s;                           /* NAN = unknown */
    double phase_ms[PHASE_COUNT];
    double total_ms;
    int64_t watermark_ms, next_watermark_ms; /* UNKNOWN before there is one */
    int64_t event_min_ms, event_max_ms;
};

/* A row that came too late, the newest ones of a run, for the screen. */
struct view_late {
    int64_t event_ms, watermark_ms;
    int64_t batch_id;
    int32_t partition;
    int64_t offset;
    char type[64];
};

/* A row that reached the watermark operator, for the plot of event time against arrival. Every row of a small
 * batch is marked, evenly spread ones of a larger one; batch_sample.rows_marked says how many. */
struct view_mark {
    int64_t batch_id;
    int64_t event_ms;
    enum mark_kind kind;
};
#define VIEW_MARKS 2048

/* What stands behind one key of the table: asked for by CMD_QUERY_DETAIL, published while it is wanted.
 * Counts are of rows that were counted, since the query started; a query that went on from a checkpoint knows
 * only the rows since then (complete tells). */
#define DETAIL_PARTS 24
#define DETAIL_CALLS 12
struct detail_part {
    char disposition[40]; /* clean; "" with null = true */
    bool null;
    int64_t rows;
};
struct detail_call {
    int64_t event_ms;
    int64_t offset;
    int32_t partition;
    char disposition[40];
    char address[120];  /* clean; "" = the call has none, or it was not kept */
    bool address_known; /* false: calls came too fast for their addresses to be kept */
};
struct view_detail {
    uint32_t key;                          /* index into keys */
    bool complete;                         /* the figures cover every row that the key counts */
    int64_t rows;                          /* rows that the figures below cover */
    int64_t hours[24];                     /* by hour of the event time, UTC */
    struct detail_part part[DETAIL_PARTS]; /* the most frequent dispositions, most first */
    size_t parts;
    int64_t rows_other;                    /* of dispositions beyond those */
    struct detail_call call[DETAIL_CALLS]; /* the latest calls, newest last */
    size_t calls;
};

/* What a missing topic is made with. */
struct topic_plan {
    int partitions, copies;
};
/* A topic that a real Kafka lacks: answered by CMD_TOPIC_CREATE. */
enum offer_state {
    OFFER_NONE,
    OFFER_ASKED,   /* the screen shall ask */
    OFFER_DECLINED /* not made: the engine waits until it is there, or for another answer */
};
struct topic_offer {
    enum offer_state state;
    struct topic_plan plan;
};

/* What an engine cannot tell: shown as such, never as zero. */
enum unavailable {
    NO_EXACT_LATE = 1,     /* rows_late is what there are at least */
    NO_LATE_ROWS = 2,      /* late[] stays empty */
    NO_MARKS = 4,          /* rows as they arrived, and how many were out of order */
    NO_DETAIL = 8,         /* what stands behind a key */
    NO_OPERATOR_ROWS = 16, /* rows and times of single operators */
    NO_PAUSE = 32,         /* the query cannot be held up and stepped */
    NO_BEGINNING = 64      /* totals begin later than the query */
};

/* The life of the job that runs the query, where it runs elsewhere (--engine spark). */
enum job_state {
    JOB_NONE,      /* the query runs in this process */
    JOB_AWAITED,   /* none has spoken yet */
    JOB_SUBMITTED, /* its process runs, its driver has not spoken yet */
    JOB_RUNNING,
    JOB_QUIET,    /* it has not been heard of for longer than it keeps silent */
    JOB_STOPPING, /* asked to */
    JOB_STOPPED,  /* as asked */
    JOB_ENDED,    /* by itself: all is processed */
    JOB_FAILED
};
struct job_view {
    enum job_state state;
    int64_t since_ms;      /* monotonic: in this state */
    bool ours;             /* started here */
    int64_t pid;           /* of the process started here; UNKNOWN */
    int64_t heard_mono_ms; /* its last message; UNKNOWN */
    char app_id[48], master[100], ui_url[160], host[80], version[24]; /* clean, "" = not known */
    char query[64];                                                   /* Spark's id of the query */
    char checkpoint[160];                                             /* "" = a temporary folder */
    char unavailable[VIEW_TEXT];                                      /* settings that Spark does not have */
    int64_t starts;                                                   /* how often it was started here */
    int64_t messages, messages_bad;                                   /* of its topics */
    char last_bad[VIEW_TEXT];
    char table_gap[160]; /* why the table is not whole; "" = it is */
};

struct query_view {
    uint64_t number; /* grows by one each publication */
    int64_t mono_ms; /* when it was built */
    enum engine_state state;
    char message[VIEW_TEXT]; /* why it failed, what it waits for; clean; empty when there is nothing to say */
    bool answered;           /* message is the last word to what was asked for by a key */
    struct topic_offer offer;
    char run_id[40];
    struct query_settings settings;
    struct progress progress; /* of the last finished batch; progress.batch_id < 0 before the first */
    char *progress_json;      /* the same as JSON (pretty), NULL before the first */
    int64_t started_wall_ms;

    /* totals since the query started (not since the process did) */
    int64_t rows_in, rows_duplicate, rows_late, rows_null, rows_counted;
    int64_t rows_bad[BAD_REASON_COUNT];
    char last_bad[VIEW_TEXT]; /* "partition 0 offset 3260: not JSON at byte 14" */
    int64_t newest_event_ms;  /* UNKNOWN before the first row */
    int64_t next_watermark_ms;
    double catch_up;      /* 0..1 while ENGINE_RESTARTING, else NAN */
    unsigned unavailable; /* enum unavailable bits */
    struct job_view job;

    /* The views of a run share what has not changed between them, and number their keys alike, as long as
     * table_number is the same. */
    uint64_t table_number;
    struct paged keys;   /* of struct view_key: view_key_at */
    struct paged groups; /* of struct view_group, in no order: view_group_at */
    struct texts *texts; /* behind the keys' fields; a share of them */
    int64_t keys_total;  /* of all keys' totals */
    int64_t
        closed_until_ms; /* the end of the newest window among the groups that has closed; UNKNOWN = none */
    /* Rows of each key in the last TREND_POINTS windows, newest last; NAN = no window. Where the query has no
     * windows: rows of the last batches, those within a second taken together. NULL for very many keys. */
    double (*trends)[TREND_POINTS];
    uint32_t trend_points;     /* how many of them are in use (the newest ones) */
    struct view_late late[16]; /* newest last */
    size_t late_count;

    struct batch_sample history[BATCH_HISTORY]; /* newest last */
    size_t history_count;

    struct view_mark *marks; /* the newest ones, newest last; at most VIEW_MARKS; owned */
    size_t marks_count;
    struct view_detail *detail; /* NULL = not asked for, or its key is not there (yet); owned */
};

void query_view_free(struct query_view *v);

static inline const struct view_key *view_key_at(const struct query_view *v, size_t key)
{
    return paged_row(&v->keys, key);
}

static inline const struct view_group *view_group_at(const struct query_view *v, size_t row)
{
    return paged_row(&v->groups, row);
}

/* ---- replay -> screen: at most 20 a second ---- */

enum replay_state {
    REPLAY_OFF, /* --no-replay */
    REPLAY_RUNNING,
    REPLAY_PAUSED,
    REPLAY_HELD, /* running, but waiting for the query so that nothing unread is trimmed, or for the broker */
    REPLAY_ENDED,
    REPLAY_FAILED
};
enum pacing { PACING_RATE, PACING_EVENT_TIME };

struct replay_view {
    uint64_t number;
    int64_t mono_ms;
    enum replay_state state;
    char message[VIEW_TEXT]; /* why it is held or failed */
    char dataset[VIEW_TEXT];
    enum pacing pacing;
    double rate_asked; /* msg/s; INFINITY = as fast as it goes */
    double rate_acked; /* msg/s over the last seconds, by delivery reports; NAN before two reports */
    double speed;      /* event-time pacing: city seconds a second */
    double city_speed; /* measured city seconds a second in either pacing; NAN = unknown */
    bool loop;
    bool by_time; /* event-time order */
    int64_t loops_done;
    int64_t position; /* calls read in this pass */
    int64_t total;    /* calls in the data; UNKNOWN while that is not known (a stream, or the first pass) */
    int64_t sent, acked, failed, retried, held_ms;
    int64_t in_queue; /* produced, not yet acknowledged */
    int64_t skipped;  /* objects of the data file that were no calls; never silent */
    int64_t injected_late, injected_duplicates, injected_malformed;
    int64_t clock_ms; /* event time of the newest call sent: the replay's clock; UNKNOWN before the first */
    double eta_s;     /* to the end of the data at the achieved rate; NAN = unknown or endless */
};

/* ---- cluster watcher -> screen: when something changed, at most 10 a second ---- */

struct broker_view {
    int32_t id;
    char address[80];
    bool up;
    int64_t since_ms;  /* monotonic: it has been seen up (or down) since then */
    int leads;         /* partitions it leads */
    int copies;        /* partitions it has a copy of, those it leads among them */
    int in_sync;       /* of those copies, the ones that are up to date */
    double latency_ms; /* NAN = unknown */
};

struct partition_view {
    int32_t id;
    int32_t leader; /* -1 = none */
    int replicas, in_sync;
    int64_t low;            /* first offset kept */
    int64_t high;           /* the end: next offset to be written; UNKNOWN until asked */
    int64_t position;       /* next offset the query reads; UNKNOWN before it starts */
    int64_t committed;      /* of our group; UNKNOWN where none */
    int64_t lag;            /* high - position, >= 0; UNKNOWN where either is */
    int64_t asked_mono_ms;  /* when high was learnt: the figure's age */
    double lag_trend_per_s; /* messages a second, negative = draining; NAN before two samples */
    double catch_up_s;      /* NAN where it does not drain or is unknown */
    double input_per_s;     /* messages written to it a second; NAN = unknown */
    int64_t idle_since_ms;  /* monotonic: its end has stood still since then; UNKNOWN = it has not */
};

/* A consumer group that has committed offsets of the topic; ours is among them. */
#define MAX_GROUPS 16
struct group_view {
    char name[80];    /* clean */
    char state[24];   /* "Stable", "Empty"; clean */
    int members;      /* -1 = unknown */
    int64_t lag;      /* messages over the partitions that it has committed; UNKNOWN where an end is */
    int committed_in; /* partitions with a committed offset */
    bool ours;
};

struct cluster_view {
    uint64_t number;
    int64_t mono_ms;
    bool embedded;
    bool reachable;
    bool topic_gone;         /* the topic was there, and is not any more */
    char message[VIEW_TEXT]; /* what is wrong, empty when nothing is */
    char bootstrap[VIEW_TEXT];
    char topic[VIEW_TEXT];
    struct broker_view brokers[MAX_BROKERS];
    size_t brokers_count;
    struct partition_view *partitions;
    size_t partitions_count;
    int64_t lag_total;      /* UNKNOWN while any partition's is */
    double lag_trend_per_s; /* messages a second, negative = draining; NAN before two samples */
    double catch_up_s;      /* lag / (drain rate); NAN where it does not drain or is unknown */
    double lag_history[60]; /* totals, newest last, NAN = unknown */
    size_t lag_history_count;
    int64_t growing_since_ms; /* monotonic: the lag has grown since then; UNKNOWN = it does not grow */

    char mishap[VIEW_TEXT]; /* what was last made to go wrong (or right) on request: what to look at; clean */
    uint64_t mishap_number; /* grows with each; 0 = none yet */

    struct group_view groups[MAX_GROUPS];
    size_t groups_count;
    int64_t groups_asked_ms; /* monotonic: when they were asked for last; UNKNOWN = never */
    /* Why they are not known, or not all of them ("the embedded cluster cannot tell"); empty = they are. */
    char groups_why[120];
};

void cluster_view_free(struct cluster_view *v);

/* ---- single figures that change within a batch ---- */

struct live {
    _Atomic int64_t batch_id;       /* the running batch, -1 = none runs */
    _Atomic int phase;              /* enum phase of the running batch, -1 = waiting for data */
    _Atomic int64_t phase_since_ms; /* monotonic */
    _Atomic int64_t batch_since_ms; /* monotonic */
    _Atomic int64_t batch_rows, batch_rows_planned;
    /* Offsets that the query has consumed (next to read), by partition; the replay holds back by them. */
    _Atomic int64_t position[MAX_PARTITIONS];
    /* Offsets known to exist from our own delivery reports (last acked + 1), by partition. */
    _Atomic int64_t produced[MAX_PARTITIONS];
    /* Ends as the watcher last learnt them (next offset to be written), by partition; UNKNOWN until asked. */
    _Atomic int64_t high[MAX_PARTITIONS];
    /* Where the replay's present pass began, by partition: set when everything before it is acknowledged and
     * nothing of the pass is sent yet; then replay_pass goes up by one. So a query that starts over on the
     * embedded cluster (CMD_REPLAY_REWIND) knows its first offsets exactly. */
    _Atomic int64_t pass_start[MAX_PARTITIONS];
    _Atomic int64_t replay_pass;
    /* While the replay waits for the query to read, with all it has sent acknowledged: the sum of position[]
     * that it waits at. UNKNOWN while it does not wait. Only when that is where the query still stands has
     * the replay seen its last step, and nothing more will come before the next one. */
    _Atomic int64_t replay_held_at;
    _Atomic int partitions;    /* how many of the above are in use */
    _Atomic bool replay_ended; /* every call of the data is acknowledged (or given up, counted) */
    _Atomic bool engine_ended; /* the engine thread does nothing any more: done or failed */
};

struct mailbox {
    _Atomic(void *) slot;
};

/* Everything that flows towards the screen. One in a process, made by main, passed by pointer. */
struct hub {
    struct mailbox query, replay, cluster, spark;
    struct live live;
    int wake_fd; /* eventfd: written after each publication, polled by the screen */
    /* For whoever waits for the replay (the engine's source): it sets news_wanted, looks at the figures in
     * live once more, and sleeps on news_fd, an eventfd. */
    _Atomic bool news_wanted;
    int news_fd;
};

/* The replay has changed produced[] or replay_ended (by a sequentially consistent store): wakes
 * who wants to know. One load where nobody does. Any thread. */
void hub_tell_news(struct hub *hub);

/* 0, or -1 with errno. */
int hub_open(struct hub *hub);
/* Frees untaken views. Call when the background threads have ended. */
void hub_close(struct hub *hub);

/* Publisher: hands v over and wakes the screen. v must not be touched afterwards. */
void hub_put_query(struct hub *hub, struct query_view *v);
void hub_put_replay(struct hub *hub, struct replay_view *v);
void hub_put_cluster(struct hub *hub, struct cluster_view *v);
void hub_put_spark(struct hub *hub, struct spark_view *v);

/* Taker (one thread): the newest view or NULL when there is nothing new; the caller frees it. */
struct query_view *hub_take_query(struct hub *hub);
struct replay_view *hub_take_replay(struct hub *hub);
struct cluster_view *hub_take_cluster(struct hub *hub);
struct spark_view *hub_take_spark(struct hub *hub);

/* True when the mailbox's last view was taken: a publisher may skip costly copies until then. */
bool hub_query_taken(struct hub *hub);

#endif
