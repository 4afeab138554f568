/* What the watcher's thread (watch.c), its questions to the cluster (watch_ask.c, watch_groups.c) and its
 * reckoning of lag (watch_lag.c) share. All of it belongs to the watcher's thread. */
#ifndef KAFKA_WATCH_INTERNAL_H
#define KAFKA_WATCH_INTERNAL_H

#include "kafka/client.h"

/* The lag is sampled as often as the ends are asked for, where nobody tells of them; its trend is drawn
 * through the last ten seconds, or through what has come since it last changed. */
#define ENDS_EVERY_MS    250
#define TREND_SAMPLES    40
#define TREND_LEAST_MS   1000
#define HISTORY_EVERY_MS 1000
#define HISTORY_POINTS   60
/* Growth is judged by the least lag of one such span against that of the span before it. */
#define GROWTH_SPAN_MS 4000
/* A partition whose end has stood still for less is not called idle. */
#define IDLE_LEAST_MS 3000

struct lag_sample {
    int64_t mono_ms;
    int64_t lag;
};

/* The newest samples of a figure that grows and shrinks, for its slope. */
struct trend {
    struct lag_sample sample[TREND_SAMPLES];
    size_t count; /* in use, oldest first */
};
/* Adds what is known now. UNKNOWN breaks the trend: it starts anew after it, as it does where the slope
 * changes (a pause, another rate, a hold). */
void trend_add(struct trend *t, int64_t now_ms, int64_t value);
/* By how much a second it has changed since its slope last did, by least squares; NAN before the samples
 * span a second. */
double trend_slope(const struct trend *t);

/* Whether the lag grows for good: batches that take their rows at once make a saw of it, whose teeth grow all
 * the time; what counts is that even its least figure rises from span to span. */
struct growth {
    int64_t from_ms;        /* where the running span began; 0 = none runs */
    int64_t least, last;    /* of the running span; of the one before it (UNKNOWN = none) */
    int rising, resting;    /* spans in a row */
    int64_t rising_from_ms; /* where the rise began that `rising` counts */
    int64_t since_ms;       /* it grows since then; UNKNOWN = it does not */
};
void growth_reset(struct growth *g);
void growth_add(struct growth *g, int64_t now_ms, int64_t lag);

/* What is remembered of a partition to tell how it moves. */
struct partition_trend {
    struct trend lag, end;
    int64_t end_seen; /* UNKNOWN before the first */
    int64_t moved_ms; /* when it last changed, or was first seen */
};
/* Takes what is known now, and puts trend, time to catch up, input and idleness into p. end is the newest
 * known, p->lag must be. */
void partition_add(struct partition_trend *t, struct partition_view *p, int64_t now_ms, int64_t end);

struct lag_watch {
    struct trend trend;
    struct growth growth;
    double history[HISTORY_POINTS];
    size_t history_count;
    int64_t history_ms; /* when the last point was taken */
};

/* Adds the total that is known now. */
void lag_add(struct lag_watch *l, int64_t now_ms, int64_t lag);
/* Messages a second since the last change, by least squares; NAN before the samples span a second. */
double lag_trend(const struct lag_watch *l);
/* Seconds until a lag is gone at this trend; NAN where it is unknown or does not shrink. */
double lag_catch_up_s(int64_t lag, double trend_per_s);

/* The consumer groups of the topic, as far as asking for them has come. */
struct groups_watch;

struct broker_state {
    struct broker_view view;
    int64_t heard_ms; /* when view.latency_ms was measured */
    bool listed;      /* in the newest metadata */
    /* By the statistics of our own handle: */
    bool connected;
    bool taken_down; /* on request (mishaps.c) */
    int slow_ms;     /* on request; 0 = it is not slowed */
    bool tried;      /* it has wanted to connect; before that, being listed is all we know */
};

struct watcher {
    struct client_trouble trouble; /* the newest that explains a failure; first, for the handle's callbacks */
    const struct app_parts *parts;
    rd_kafka_t *rk;
    rd_kafka_topic_t *topic;
    char *topic_name;
    struct broker_state brokers[MAX_BROKERS];
    size_t brokers_count;
    struct partition_view *partitions;
    struct partition_trend *trends; /* one a partition */
    int partitions_count;
    int64_t quiet_until_ms[MAX_BROKERS]; /* a leader that did not answer is not asked again before this */
    bool reachable;
    bool topic_gone; /* it was there and is not any more */
    bool asked;      /* the cluster has answered or failed once */
    char message[VIEW_TEXT];
    struct lag_watch lag;
    char mishap[VIEW_TEXT]; /* what was done on request last */
    uint64_t mishap_number; /* grows with each */
    int next_moved;
    int32_t led_before[MAX_PARTITIONS]; /* leader before its broker was taken down; 0 = none */
    struct groups_watch *groups;        /* NULL where nobody can tell (embedded) */
    bool group_refused;                 /* our own group is not this user's to use */
    int64_t committed_ms;               /* when our own group's offsets were learnt; UNKNOWN = never */
};

/* Each asks with a limit of its own, about as long as its name's period. */
void watch_ask_metadata(struct watcher *w);
/* What an answer of it says of the topic's partitions, however many there are now. */
void watch_take_partitions(struct watcher *w, const rd_kafka_metadata_topic_t *t);
void watch_ask_ends(struct watcher *w);
void watch_ask_committed(struct watcher *w);

/* watch_groups.c: the consumer groups that have committed offsets of the topic. Nothing of it waits: a step
 * takes the answers that are there and sends what is to be asked next, about one round in five seconds. */
struct groups_watch *watch_groups_new(rd_kafka_t *rk);
void watch_groups_free(struct groups_watch *g);
void watch_groups_step(struct watcher *w, int64_t now_ms);
/* Puts into v what the last finished round has found, or why nothing is known. Needs v->partitions. */
void watch_groups_tell(const struct watcher *w, struct cluster_view *v);
/* Why the list of groups could not be had, in words. */
void watch_groups_why(char *out, size_t cap, rd_kafka_resp_err_t code);
/* Messages between committed offsets and the ends of partitions, and how many of them have one. UNKNOWN where
 * an end is. */
int64_t watch_groups_lag(const struct partition_view *partitions, int count, const int64_t *committed,
                         int *in);

/* librdkafka's statistics (JSON): which brokers are connected, and how fast they answer. */
int watch_on_stats(rd_kafka_t *rk, char *json, size_t json_len, void *opaque);

#endif
