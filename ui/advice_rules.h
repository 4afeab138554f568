/* What the files of advice share: the list that findings go to, and who looks for what. */
#ifndef UI_ADVICE_RULES_H
#define UI_ADVICE_RULES_H

#include "ui/advice.h"

/* What a finding is about; with a partition's or broker's number where there are several of them. */
enum advice_about {
    ABOUT_BROKER = 1,
    ABOUT_LEADER,
    ABOUT_COPIES,
    ABOUT_EMPTY,
    ABOUT_IDLE,
    ABOUT_SKEW,
    ABOUT_SILENCE,
    ABOUT_LAG,
    ABOUT_LAG_SKEW,
    ABOUT_LATE,
    ABOUT_WATERMARK,
    ABOUT_TWICE,
    ABOUT_BAD,
    ABOUT_DISTINCT,
    ABOUT_WINDOWS,
    ABOUT_LONG_BATCH,
    ABOUT_SMALL_BATCHES,
    ABOUT_TRIGGER,
    ABOUT_HELD,
    ABOUT_RATE,
    ABOUT_UNDELIVERED,
    ABOUT_SETTING,
    ABOUT_MASTER,
    ABOUT_WORKER,
    ABOUT_EXECUTOR
};

struct advice_list {
    struct advice *out; /* ADVICE_MOST of them; what is found beyond is lost */
    size_t count;
};

/* A new finding with what it is; where the list is full, one that nobody will see. */
struct advice *advice_add(struct advice_list *l, enum advice_about about, int number, enum mood mood,
                          const char *fmt, ...) __attribute__((format(printf, 5, 6)));
void advice_mend(struct advice *a, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* advice_cluster.c: brokers, partitions, settings of the Kafka library, the replay. */
void advice_of_cluster(struct advice_list *l, const struct advice_input *in);
void advice_of_settings(struct advice_list *l, const struct options *o);
void advice_of_replay(struct advice_list *l, const struct replay_view *r, bool real_kafka);
/* advice_spark.c: the job's master, workers and executors; both views are there, and a job. */
void advice_of_spark(struct advice_list *l, const struct advice_input *in);
/* advice_query.c: lag, late rows, state, batches; the query's view is there. */
void advice_of_query(struct advice_list *l, const struct advice_input *in);

#endif
