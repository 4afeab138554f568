/* Views as the background threads would publish them, the same at every run: for tests of the screen. Nothing
 * runs behind them. */
#ifndef TESTS_FAKE_FEED_H
#define TESTS_FAKE_FEED_H

#include "app_parts.h"

struct fake {
    struct options options;
    struct hub hub;
    struct app_parts parts;
};

void fake_open(struct fake *f);
void fake_close(struct fake *f);

/* Each is fresh memory for the hub, or for the caller to free. */
struct query_view *fake_query(int64_t batch_id, size_t keys);
/* Adds the samples and marks of so many last batches (with late rows now and then). */
void fake_history(struct query_view *v, size_t batches);
/* Adds what stands behind a key. */
void fake_detail(struct query_view *v, uint32_t key);
/* What stands in a view's table, to be changed. A text stays the caller's; n texts of so many bytes, all
 * zero, can be the view's. */
struct view_key *fake_key(struct query_view *v, size_t key);
void fake_field(struct query_view *v, size_t key, size_t field, const char *text);
void fake_total(struct query_view *v, size_t key, int64_t total);
struct view_group *fake_group(struct query_view *v, size_t row);
char *fake_texts(struct query_view *v, size_t n, size_t bytes_each);
struct replay_view *fake_replay(enum replay_state state);
struct cluster_view *fake_cluster(int64_t lag_each);

/* What Spark says of itself while a job runs: two workers, three executors, jobs, stages and a plan. */
struct spark_view *fake_spark(void);
/* Makes the view one of a query that runs as a job on Spark: what that cannot tell is unknown. */
void fake_job(struct query_view *v, enum job_state state);

/* A view of the given names and totals only (NULL-terminated list). */
struct query_view *fake_table(uint64_t number, const char *const *names, const int64_t *totals);

/* The fake's event times: 2018-12-31T23:57:00Z. */
#define FAKE_EVENT_MS 1546300620000LL

#endif
