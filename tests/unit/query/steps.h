/* Steps that several of the query's tests take: settings to start from, a batch of what is in the feed,
 * results to expect. */
#ifndef TEST_QUERY_STEPS_H
#define TEST_QUERY_STEPS_H

#include "feed.h"

#define MINUTE INT64_C(60000)

static inline struct query_settings reference(void)
{
    struct query_settings s;

    query_settings_default(&s);
    s.window_ms = s.slide_ms = 0;
    return s;
}

static inline struct query_settings windowed(enum output_mode mode, int64_t window_ms, int64_t slide_ms)
{
    struct query_settings s = reference();

    s.distinct = DISTINCT_OFF;
    s.window_ms = window_ms;
    s.slide_ms = slide_ms;
    s.output_mode = mode;
    return s;
}

static int64_t batch_number;

/* One batch of all that is in the feed, which is empty afterwards. */
static inline void run_batch(struct query *q, struct feed *f, struct progress *p)
{
    query_batch_begin(q, batch_number++);
    query_rows(q, f->messages, f->count);
    query_batch_end(q, p);
    feed_clear(f);
}

static inline int start_over(void **state)
{
    batch_number = 0;
    return 0;
}

static inline void expect_table(const struct query *q, const char *table)
{
    char *ours = table_of(q);

    assert_string_equal(ours, table);
    free(ours);
}

static inline void expect_output(const struct query *q, const char *output)
{
    char *ours = output_of(q);

    assert_string_equal(ours, output);
    free(ours);
}

static inline int64_t at(const char *iso)
{
    int64_t ms;

    assert_true(iso_parse_ms(iso, strlen(iso), &ms));
    return ms;
}

#endif
