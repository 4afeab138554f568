/* What the watcher's thread (watch.c), its questions to the cluster (watch_ask.c) and its reckoning of lag
 * (watch_lag.c) share. All of it belongs to the watcher's thread. */
#ifndef KAFKA_WATCH_INTERNAL_H
#define KAFKA_WATCH_INTERNAL_H

#include "kafka/client.h"

/* The lag is sampled as often as the ends are asked for; its trend is drawn through the last ten seconds, or
 * through what has come since it last changed. */
#define ENDS_EVERY_MS    250
#define TREND_SAMPLES    40
#define TREND_LEAST_MS   1000
#define HISTORY_EVERY_MS 1000
#define HISTORY_POINTS   60

struct lag_sample {
    int64_t mono_ms;
    int64_t lag;
};

struct lag_watch {
    struct lag_sample sample[TREND_SAMPLES];
    size_t count; /* in use, oldest first */
    double history[HISTORY_POINTS];
    size_t history_count;
    int64_t history_ms; /* when the last point was taken */
};

/* Adds what is known now. UNKNOWN breaks the trend: it starts anew after it, as it does where the slope
 * changes (a pause, another rate, a hold). */
void lag_add(struct lag_watch *l, int64_t now_ms, int64_t lag);
/* Messages a second since the last change, by least squares; NAN before the samples span a second. */
double lag_trend(const struct lag_watch *l);
/* Seconds until a lag is gone at this trend; NAN where it is unknown or does not shrink. */
double lag_catch_up_s(int64_t lag, double trend_per_s);

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
    const struct app_parts *parts;
    rd_kafka_t *rk;
    rd_kafka_topic_t *topic;
    char *topic_name;
    struct broker_state brokers[MAX_BROKERS];
    size_t brokers_count;
    struct partition_view *partitions;
    int partitions_count;
    int64_t quiet_until_ms[MAX_BROKERS]; /* a leader that did not answer is not asked again before this */
    bool reachable;
    bool asked;                  /* the cluster has answered or failed once */
    rd_kafka_resp_err_t trouble; /* the newest that explains a failure; 0 = none */
    char trouble_detail[300];
    char message[VIEW_TEXT];
    struct lag_watch lag;
    char mishap[VIEW_TEXT]; /* what was done on request last */
    uint64_t mishap_number; /* grows with each */
    int next_moved;
    int32_t led_before[MAX_PARTITIONS]; /* leader before its broker was taken down; 0 = none */
};

/* Each asks with a limit of its own, about as long as its name's period. */
void watch_ask_metadata(struct watcher *w);
void watch_ask_ends(struct watcher *w);
void watch_ask_committed(struct watcher *w);
/* librdkafka's statistics (JSON): which brokers are connected, and how fast they answer. */
int watch_on_stats(rd_kafka_t *rk, char *json, size_t json_len, void *opaque);
void watch_on_error(rd_kafka_t *rk, int code, const char *reason, void *opaque);

#endif
