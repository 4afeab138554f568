/* What the advice pane points out, from views that are odd in one way each. */
#include "ui/advice.h"

#include "fake_feed.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

struct views {
    struct query_view *q;
    struct replay_view *r;
    struct cluster_view *c;
    struct options o;
};

static void open_views(struct views *v)
{
    memset(v, 0, sizeof *v);
    v->q = fake_query(42, 11);
    v->q->rows_late = 0;
    v->r = fake_replay(REPLAY_RUNNING);
    v->c = fake_cluster(0);
    for (size_t i = 0; i < v->c->partitions_count; i++)
        v->c->partitions[i].low = 0;
}

static void close_views(struct views *v)
{
    query_view_free(v->q);
    free(v->r);
    cluster_view_free(v->c);
}

static size_t find(const struct views *v, struct advice out[ADVICE_MOST])
{
    return advice_find(
        out, &(struct advice_input){.query = v->q, .replay = v->r, .cluster = v->c, .options = &v->o});
}

/* Exactly one thing is pointed out, with these words in what it is and in what mends it. */
static void must_say(const struct views *v, enum mood mood, const char *what, const char *remedy)
{
    struct advice a[ADVICE_MOST];
    size_t n = find(v, a);
    if (n != 1 || !strstr(a[0].what, what) || !strstr(a[0].mend, remedy))
        fail_msg("wanted \"%s\" and \"%s\"; got %zu: %s %s", what, remedy, n, n ? a[0].what : "",
                 n ? a[0].mend : "");
    assert_int_equal(a[0].mood, mood);
}

static void nothing_stands_out_where_all_is_well_or_unknown(void **state)
{
    (void)state;
    struct advice a[ADVICE_MOST];
    struct views v;
    open_views(&v);
    assert_int_equal(find(&v, a), 0);
    assert_int_equal(advice_find(a, &(struct advice_input){0}), 0);
    for (size_t i = 0; i < v.c->partitions_count; i++)
        v.c->partitions[i].low = v.c->partitions[i].high = v.c->partitions[i].position = UNKNOWN;
    assert_int_equal(find(&v, a), 0);
    close_views(&v);
}

static void a_growing_lag_is_told_but_not_while_the_query_is_paused(void **state)
{
    (void)state;
    struct advice a[ADVICE_MOST];
    struct views v;
    open_views(&v);
    for (size_t i = 0; i < v.c->partitions_count; i++)
        v.c->partitions[i].high = 2164;
    v.c->lag_trend_per_s = 250;
    must_say(&v, MOOD_WARN, "the lag is 4,000 and grows by 250 a second", "parallelism");
    v.q->state = ENGINE_PAUSED;
    assert_int_equal(find(&v, a), 0);
    v.q->state = ENGINE_RUNNING;
    v.c->lag_trend_per_s = -250;
    assert_int_equal(find(&v, a), 0);
    close_views(&v);
}

static void uneven_partitions_and_brokers_that_are_down_are_told(void **state)
{
    (void)state;
    struct views v;
    open_views(&v);
    v.c->partitions[0].high = v.c->partitions[0].position = 5000;
    v.c->partitions[1].high = v.c->partitions[1].position = v.c->partitions[1].low = 10;
    v.q->progress.end_offset[1] = 10;
    must_say(&v, MOOD_WARN, "Partition 1 is empty while the others hold 5,000", "by key");
    v.c->partitions[1].low = 0;
    v.c->partitions_count = 1;
    v.c->brokers[1].up = false;
    must_say(&v, MOOD_BAD, "Broker 2", "another broker");
    close_views(&v);
}

static void late_rows_are_told_with_the_delay_that_would_have_kept_them(void **state)
{
    (void)state;
    struct advice a[ADVICE_MOST];
    struct views v;
    open_views(&v);
    v.q->rows_in = 1000;
    v.q->rows_late = 9;
    assert_int_equal(find(&v, a), 0);
    v.q->rows_late = 50;
    v.q->late_count = 1;
    v.q->late[0].watermark_ms = FAKE_EVENT_MS;
    v.q->late[0].event_ms = FAKE_EVENT_MS - 40 * 60000;
    must_say(&v, MOOD_WARN, "50 rows (5.0 %) came too late", "40 min longer");
    close_views(&v);
}

static void bad_messages_are_told_with_where_they_are_kept(void **state)
{
    (void)state;
    struct views v;
    char file[] = "letters";
    open_views(&v);
    v.q->rows_bad[BAD_NOT_JSON] = 3;
    must_say(&v, MOOD_WARN, "3 messages are no calls", "sink.dead-letters=FILE");
    v.o.sink.dead_letters = file;
    must_say(&v, MOOD_WARN, "3 messages are no calls", "has them all");
    close_views(&v);
}

static void batches_of_the_wrong_size_are_told(void **state)
{
    (void)state;
    struct views v;
    open_views(&v);
    v.q->history_count = 40;
    for (int i = 0; i < 40; i++)
        v.q->history[i] = (struct batch_sample){.batch_id = i, .wall_ms = 1000 + i * 20, .rows_in = 2};
    must_say(&v, MOOD_OK, "batches a second with 2.0 rows each", "[t]");
    v.q->settings.trigger = TRIGGER_INTERVAL;
    v.q->progress.total_ms = 12000;
    must_say(&v, MOOD_WARN, "The last batch took 12 s", "[O]");
    close_views(&v);
}

static void the_worst_comes_first(void **state)
{
    (void)state;
    struct advice a[ADVICE_MOST];
    struct views v;
    open_views(&v);
    v.r->state = REPLAY_HELD;
    v.q->rows_bad[BAD_EMPTY] = 1;
    v.c->brokers[0].up = false;
    assert_int_equal(find(&v, a), 3);
    assert_int_equal(a[0].mood, MOOD_BAD);
    assert_int_equal(a[1].mood, MOOD_WARN);
    assert_non_null(strstr(a[1].what, "1 message is no call"));
    assert_int_equal(a[2].mood, MOOD_OK);
    close_views(&v);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_stands_out_where_all_is_well_or_unknown),
        cmocka_unit_test(a_growing_lag_is_told_but_not_while_the_query_is_paused),
        cmocka_unit_test(uneven_partitions_and_brokers_that_are_down_are_told),
        cmocka_unit_test(late_rows_are_told_with_the_delay_that_would_have_kept_them),
        cmocka_unit_test(bad_messages_are_told_with_where_they_are_kept),
        cmocka_unit_test(batches_of_the_wrong_size_are_told),
        cmocka_unit_test(the_worst_comes_first),
    };
    return cmocka_run_group_tests_name("advice", tests, NULL, NULL);
}
