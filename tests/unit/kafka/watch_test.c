/* The watcher: what it publishes about the embedded cluster, and that a broker's fall does not stop it. */
#include "kafka_fixture.h"

#include "kafka/watch.h"
#include "kafka/watch_internal.h"

#include <math.h>

typedef bool (*view_check)(const struct cluster_view *v);

/* Waits until a published view satisfies check, at most 15 s; an engine's source, if any, is kept going
 * meanwhile. */
static void expect_view_with(struct fixture *f, struct source *s, view_check check, const char *what)
{
    int64_t deadline_ms = clock_mono_ms() + 15000;
    while (clock_mono_ms() < deadline_ms) {
        struct cluster_view *v = hub_take_cluster(&f->hub);
        bool good = v && check(v);
        if (v && getenv("SHOW"))
            print_message("brokers %zu up %d,%d leads %d,%d parts %zu high %lld lag %lld message %s\n",
                          v->brokers_count, v->brokers[0].up, v->brokers[1].up, v->brokers[0].leads,
                          v->brokers[1].leads, v->partitions_count,
                          v->partitions_count ? (long long)v->partitions[0].high : -1,
                          (long long)v->lag_total, v->message[0] ? v->message : v->groups_why);
        cluster_view_free(v);
        if (good)
            return;
        if (s)
            s->ops->wait(s, 0);
        nap_ms(20);
    }
    fail_msg("no view within 15 s where %s", what);
}

static void expect_view(struct fixture *f, view_check check, const char *what)
{
    expect_view_with(f, NULL, check, what);
}

static bool both_up(const struct cluster_view *v)
{
    return v->reachable && v->embedded && v->brokers_count == 2 && v->brokers[0].up && v->brokers[1].up &&
           v->brokers[0].leads + v->brokers[1].leads == 3 && v->partitions_count == 3 && !v->message[0] &&
           v->partitions[2].replicas == 2;
}

static bool lag_unknown(const struct cluster_view *v)
{
    return v->partitions_count == 3 && v->partitions[0].high == 70 && v->partitions[1].high == 0 &&
           v->partitions[0].position == UNKNOWN && v->partitions[0].lag == UNKNOWN &&
           v->partitions[0].committed == UNKNOWN && v->lag_total == UNKNOWN && isnan(v->catch_up_s);
}

static bool lag_is_forty(const struct cluster_view *v)
{
    return v->lag_total == 40 && v->partitions[0].lag == 40 && v->partitions[0].position == 30 &&
           v->partitions[1].lag == 0;
}

static bool committed_is_thirty(const struct cluster_view *v)
{
    return v->partitions[0].committed == 30;
}

static bool own_group_is_told(const struct cluster_view *v)
{
    return v->groups_count == 1 && v->groups[0].ours && !strcmp(v->groups[0].name, "test-client") &&
           v->groups[0].lag == 40 && v->groups[0].committed_in == 3 && v->groups[0].members == -1 &&
           strstr(v->groups_why, "cannot tell of other groups") && v->groups_asked_ms != UNKNOWN;
}

static bool idle_is_told(const struct cluster_view *v)
{
    return v->partitions[1].idle_since_ms != UNKNOWN && v->partitions[1].input_per_s == 0 &&
           v->brokers[0].since_ms != UNKNOWN && v->brokers[0].in_sync == 3 && v->brokers[1].copies == 3;
}

/* It was up first, so that the moment of its fall is known. */
static bool one_is_down(const struct cluster_view *v)
{
    return v->brokers_count == 2 && v->brokers[0].up && !v->brokers[1].up &&
           v->brokers[1].since_ms > v->brokers[0].since_ms;
}

static bool drained(const struct cluster_view *v)
{
    return v->lag_total == 0 && v->catch_up_s == 0 && v->lag_history_count >= 2;
}

static bool grew(const struct cluster_view *v)
{
    return v->partitions[0].high == 80;
}

static bool has_latency(const struct cluster_view *v)
{
    return v->brokers[0].latency_ms >= 40;
}

static void the_watcher_publishes_brokers_partitions_and_lag(void **state)
{
    struct fixture *f = fixture_new(3);
    fixture_produce(f, 0, 70, 20);
    struct watch *w = watch_start(&f->parts, f->err, sizeof f->err);
    if (!w)
        fail_msg("%s", f->err);
    expect_view(f, both_up, "both brokers are up and lead the three partitions");
    expect_view(f, lag_unknown, "the ends are known and the lag is not, as nobody reads");
    assert_int_equal(atomic_load(&f->hub.live.high[0]), 70);
    struct source *s = fixture_open(f);
    s->ops->seek(s, (int64_t[]){30, 0, 0});
    expect_view(f, lag_is_forty, "the lag is 40");
    s->ops->commit(s, (int64_t[]){30, 0, 0});
    expect_view_with(f, s, committed_is_thirty, "the group's offset is 30");
    expect_view(f, own_group_is_told, "our group is told of, and why no other is");
    expect_view(f, idle_is_told, "a partition is idle, and the brokers have their copies");
    atomic_store(&f->hub.live.position[0], 70);
    expect_view(f, drained, "the lag is 0");
    watch_stop(w, 5000);
    s->ops->close(s);
    fixture_free(f);
}

static bool two_up(const struct cluster_view *v)
{
    return v->brokers_count == 2 && v->brokers[0].up && v->brokers[1].up && v->partitions_count == 1 &&
           v->partitions[0].leader == 1 && v->partitions[0].high == 70;
}

static void a_broker_that_falls_is_seen_and_the_rest_stays_fresh(void **state)
{
    struct fixture *f = fixture_new(1);
    assert_int_equal(embedded_move_leader(f->cluster, 0, 1), 0);
    fixture_produce(f, 0, 70, 20);
    struct watch *w = watch_start(&f->parts, f->err, sizeof f->err);
    assert_non_null(w);
    expect_view(f, two_up, "both brokers are up and the first leads");
    assert_int_equal(embedded_broker_up(f->cluster, 2, false), 0);
    expect_view(f, one_is_down, "the second broker is down");
    fixture_produce(f, 0, 10, 20);
    expect_view(f, grew, "the end has grown although a broker is down");
    assert_int_equal(embedded_broker_up(f->cluster, 2, true), 0);
    assert_int_equal(embedded_broker_latency(f->cluster, 1, 50), 0);
    expect_view(f, has_latency, "the first broker answers slowly");
    assert_int_equal(embedded_broker_latency(f->cluster, 1, -1), -1);
    assert_int_equal(embedded_broker_up(f->cluster, 9, true), -1);
    assert_int_equal(embedded_move_leader(f->cluster, 7, 1), -1);
    watch_stop(w, 5000);
    fixture_free(f);
}

static void ask(struct fixture *f, enum command_kind kind, int64_t i, double value)
{
    assert_true(command_post(f->parts.to_watch, &(struct command){.kind = kind, .i = i, .f = value}));
}

static bool first_took_over(const struct cluster_view *v)
{
    return strstr(v->mishap, "broker 2 is down, nothing is lost: broker 1 leads partitions 1, 2") &&
           !v->brokers[1].up && v->partitions[0].leader == 1 && v->partitions[1].leader == 1 &&
           v->partitions[2].leader == 1;
}

static bool second_leads_again(const struct cluster_view *v)
{
    return strstr(v->mishap, "broker 2 is back and leads partitions 1, 2 again") && v->brokers[1].up &&
           v->partitions[0].leader == 1 && v->partitions[1].leader == 2 && v->partitions[2].leader == 2;
}

static bool nobody_is_left(const struct cluster_view *v)
{
    return strstr(v->mishap, "broker 1 is down: no broker is left") != NULL;
}

static bool is_slow(const struct cluster_view *v)
{
    return strstr(v->mishap, "broker 1 answers 60 ms late") && v->brokers[0].latency_ms >= 50;
}

static bool is_fast_again(const struct cluster_view *v)
{
    return strstr(v->mishap, "broker 1 answers at once again") != NULL;
}

static bool leader_has_moved(const struct cluster_view *v)
{
    return strstr(v->mishap, "partition 0 is led by broker 2 now, before by 1") &&
           v->partitions[0].leader == 2;
}

static bool there_is_none(const struct cluster_view *v)
{
    return strstr(v->mishap, "there is no partition 7") || strstr(v->mishap, "there is no broker 9");
}

static void what_goes_wrong_on_request_is_done_and_told(void **state)
{
    struct fixture *f = fixture_new(3);
    for (int p = 0; p < 3; p++)
        assert_int_equal(embedded_move_leader(f->cluster, p, p == 0 ? 1 : 2), 0);
    struct watch *w = watch_start(&f->parts, f->err, sizeof f->err);
    assert_non_null(w);
    expect_view(f, both_up, "both brokers are up and lead the three partitions");
    ask(f, CMD_BROKER_DOWN, 0, 0);
    expect_view(f, first_took_over, "the first broker leads what the second one led");
    ask(f, CMD_BROKER_DOWN, 2, 0);
    expect_view(f, second_leads_again, "the second broker leads again what it led");
    ask(f, CMD_BROKER_SLOW, 0, 60);
    expect_view(f, is_slow, "the first broker is slow");
    ask(f, CMD_BROKER_SLOW, 0, 60);
    expect_view(f, is_fast_again, "the first broker is fast again");
    ask(f, CMD_LEADER_MOVE, -1, 0);
    expect_view(f, leader_has_moved, "the leader of partition 0 has moved");
    ask(f, CMD_LEADER_MOVE, 7, 0);
    expect_view(f, there_is_none, "there is no such partition");
    ask(f, CMD_BROKER_SLOW, 9, 60);
    expect_view(f, there_is_none, "there is no such broker");
    ask(f, CMD_BROKER_DOWN, 2, 0);
    ask(f, CMD_BROKER_DOWN, 1, 0);
    expect_view(f, nobody_is_left, "both brokers are down");
    watch_stop(w, 5000);
    fixture_free(f);
}

static void why_groups_cannot_be_told_is_said_in_words(void **state)
{
    char why[120];
    watch_groups_why(why, sizeof why, RD_KAFKA_RESP_ERR_CLUSTER_AUTHORIZATION_FAILED);
    assert_non_null(strstr(why, "may not list groups"));
    watch_groups_why(why, sizeof why, RD_KAFKA_RESP_ERR_GROUP_AUTHORIZATION_FAILED);
    assert_non_null(strstr(why, "may not list groups"));
    watch_groups_why(why, sizeof why, RD_KAFKA_RESP_ERR__UNSUPPORTED_FEATURE);
    assert_non_null(strstr(why, "the broker cannot do this"));
    watch_groups_why(why, sizeof why, RD_KAFKA_RESP_ERR__TIMED_OUT);
    assert_non_null(strstr(why, "no answer in time"));
}

static bool says_refused(const struct cluster_view *v)
{
    return !v->reachable && strstr(v->message, "refuses the connection");
}

static void a_cluster_that_is_not_there_is_a_message_and_stops_in_time(void **state)
{
    struct fixture *f = fixture_new(1);
    f->parts.bootstrap = "127.0.0.1:1";
    f->parts.embedded = false;
    struct watch *w = watch_start(&f->parts, f->err, sizeof f->err);
    assert_non_null(w);
    expect_view(f, says_refused, "the refused connection is told");
    int64_t from_ms = clock_mono_ms();
    watch_stop(w, 5000);
    assert_true(clock_mono_ms() - from_ms < 4000);
    fixture_free(f);
}

static void the_trend_is_the_slope_and_is_unknown_before_a_second(void **state)
{
    struct lag_watch l = {0};
    assert_true(isnan(lag_trend(&l)));
    lag_add(&l, 1000, 500);
    lag_add(&l, 1250, 490);
    assert_true(isnan(lag_trend(&l)));
    for (int i = 2; i < 100; i++)
        lag_add(&l, 1000 + i * 250, 5000 - i * 10);
    assert_true(fabs(lag_trend(&l) - -40) < 0.01);
    assert_true(fabs(lag_catch_up_s(4000, lag_trend(&l)) - 100) < 0.1);
    assert_true(isnan(lag_catch_up_s(4000, 3)));
    assert_true(isnan(lag_catch_up_s(UNKNOWN, -3)));
    assert_true(lag_catch_up_s(0, 3) == 0);
    assert_int_equal(l.history_count, 25);
    lag_add(&l, 60000, UNKNOWN);
    assert_true(isnan(lag_trend(&l)));
    assert_true(isnan(l.history[l.history_count - 1]));
    for (int i = 0; i < 100; i++)
        lag_add(&l, 61000 + i * 1000, i);
    assert_int_equal(l.history_count, 60);
    assert_true(l.history[59] == 99);
}

/* Samples of a lag that grows by per_s from *lag on, for that many seconds. */
static void lag_goes_on(struct lag_watch *l, int64_t *now_ms, double *lag, double per_s, double seconds)
{
    for (int64_t end_ms = *now_ms + (int64_t)(seconds * 1000); *now_ms < end_ms; *now_ms += 250) {
        lag_add(l, *now_ms, (int64_t)*lag);
        *lag += per_s / 4;
    }
}

static void the_trend_tells_only_of_the_time_since_the_last_change(void **state)
{
    struct lag_watch l = {0};
    int64_t now_ms = 1000;
    double lag = 3;
    /* Sent at 50 a second and read as it comes; then the query is paused; then twice the rate. */
    lag_goes_on(&l, &now_ms, &lag, 0, 12);
    assert_true(fabs(lag_trend(&l)) < 0.01);
    lag_goes_on(&l, &now_ms, &lag, 50, 1.5);
    assert_true(fabs(lag_trend(&l) - 50) < 2);
    lag_goes_on(&l, &now_ms, &lag, 50, 4);
    assert_true(fabs(lag_trend(&l) - 50) < 1);
    lag_goes_on(&l, &now_ms, &lag, 100, 2);
    assert_true(fabs(lag_trend(&l) - 100) < 4);
    /* The replay is held: the lag stands. */
    lag_goes_on(&l, &now_ms, &lag, 2200, 6);
    lag_goes_on(&l, &now_ms, &lag, 0, 2);
    assert_true(fabs(lag_trend(&l)) < 1);
    /* The query goes on and has read all of it at once. */
    lag = 0;
    lag_goes_on(&l, &now_ms, &lag, 0, 2);
    assert_true(fabs(lag_trend(&l)) < 1);
}

static void batches_that_take_their_rows_at_once_are_no_change(void **state)
{
    struct lag_watch l = {0};
    int64_t now_ms = 1000;
    double lag = 0;
    /* 40 a second come, a batch a second takes 30 of them: a saw that grows by 10 a second. */
    for (int tooth = 0; tooth < 20; tooth++, lag -= 30)
        lag_goes_on(&l, &now_ms, &lag, 40, 1);
    double trend = lag_trend(&l);
    assert_true(trend > 7 && trend < 14);
}

/* A lag that goes by per_s for so many seconds, in batches that take their rows at once. */
static void saw(struct growth *g, int64_t *now_ms, double *low, double per_s, double seconds)
{
    for (int64_t end_ms = *now_ms + (int64_t)(seconds * 1000); *now_ms < end_ms; *now_ms += 250) {
        growth_add(g, *now_ms, (int64_t)*low + *now_ms % 1000 / 10);
        *low += per_s / 4;
    }
}

static void falling_behind_is_told_since_it_began_and_no_single_batch_is_taken_for_it(void **state)
{
    struct growth g;
    int64_t now_ms = 1000;
    double low = 5;
    growth_reset(&g);
    /* The teeth of 75 messages are no growth. */
    saw(&g, &now_ms, &low, 0, 30);
    assert_true(g.since_ms == UNKNOWN);
    int64_t began_ms = now_ms;
    saw(&g, &now_ms, &low, 20, 30);
    assert_true(g.since_ms != UNKNOWN && llabs(g.since_ms - began_ms) <= GROWTH_SPAN_MS);
    int64_t since_ms = g.since_ms;
    /* It stays the same moment while it lasts, and over a short rest. */
    saw(&g, &now_ms, &low, 20, 20);
    saw(&g, &now_ms, &low, 0, 3);
    saw(&g, &now_ms, &low, 20, 20);
    assert_true(g.since_ms == since_ms);
    saw(&g, &now_ms, &low, 0, 20);
    assert_true(g.since_ms == UNKNOWN);
    /* A burst is one step and not a growth; an unknown lag ends every growth. */
    low += 5000;
    saw(&g, &now_ms, &low, 0, 20);
    assert_true(g.since_ms == UNKNOWN);
    saw(&g, &now_ms, &low, 100, 20);
    assert_true(g.since_ms != UNKNOWN);
    growth_add(&g, now_ms, UNKNOWN);
    assert_true(g.since_ms == UNKNOWN);
    /* And no lag is none. */
    saw(&g, &now_ms, &low, 100, 20);
    low = 0;
    saw(&g, &now_ms, &low, 0, 6);
    assert_true(g.since_ms == UNKNOWN);
}

static void a_partition_knows_its_input_its_trend_and_since_when_it_is_idle(void **state)
{
    struct partition_trend t = {.end_seen = UNKNOWN};
    struct partition_view p = {.lag = UNKNOWN};
    int64_t now_ms = 1000;
    partition_add(&t, &p, now_ms, UNKNOWN);
    assert_true(isnan(p.input_per_s) && isnan(p.lag_trend_per_s) && isnan(p.catch_up_s));
    assert_true(p.idle_since_ms == UNKNOWN);
    /* 40 a second are written and 60 a second read. */
    p.lag = 600;
    int64_t end = 1000;
    for (int i = 0; i < 20; i++, now_ms += 250, end += 10, p.lag -= 5)
        partition_add(&t, &p, now_ms, end);
    assert_true(fabs(p.input_per_s - 40) < 0.1 && fabs(p.lag_trend_per_s + 20) < 0.1);
    assert_true(fabs(p.catch_up_s - 505 / 20.0) < 0.5);
    assert_true(p.idle_since_ms == UNKNOWN);
    int64_t stands_ms = now_ms;
    for (; now_ms < stands_ms + IDLE_LEAST_MS; now_ms += 250) {
        partition_add(&t, &p, now_ms, end);
        assert_true(p.idle_since_ms == UNKNOWN);
    }
    for (int i = 0; i < 20; i++, now_ms += 250)
        partition_add(&t, &p, now_ms, end);
    assert_true(p.idle_since_ms == stands_ms && p.input_per_s < 0.5);
    partition_add(&t, &p, now_ms, end + 1);
    assert_true(p.idle_since_ms == UNKNOWN);
}

static void a_topic_made_anew_may_have_fewer_partitions(void **state)
{
    struct watcher w = {0};
    rd_kafka_metadata_partition_t parts[3] = {
        {.id = 0, .leader = 1}, {.id = 1, .leader = 1}, {.id = 2, .leader = 1}};
    rd_kafka_metadata_topic_t topic = {.topic = (char *)"calls", .partitions = parts, .partition_cnt = 3};
    watch_take_partitions(&w, &topic);
    assert_int_equal(w.partitions_count, 3);
    w.partitions[2].high = 7;
    topic.partition_cnt = 1; /* an end that is asked of the others would spoil the answer of the first */
    watch_take_partitions(&w, &topic);
    assert_int_equal(w.partitions_count, 1);
    topic.partition_cnt = 3;
    watch_take_partitions(&w, &topic);
    assert_int_equal(w.partitions_count, 3);
    assert_int_equal(w.partitions[2].high, UNKNOWN); /* not the one that was */
    assert_int_equal(w.partitions[2].leader, 1);
    free(w.partitions);
    free(w.trends);
}

static void a_groups_lag_is_over_what_it_has_committed(void **state)
{
    struct partition_view p[3] = {{.high = 100}, {.high = 50}, {.high = UNKNOWN}};
    int in = -1;
    assert_true(watch_groups_lag(p, 3, (int64_t[]){UNKNOWN, UNKNOWN, UNKNOWN}, &in) == UNKNOWN);
    assert_int_equal(in, 0);
    assert_true(watch_groups_lag(p, 3, (int64_t[]){40, UNKNOWN, UNKNOWN}, &in) == 60);
    assert_int_equal(in, 1);
    /* It has committed what came after the end was asked for. */
    assert_true(watch_groups_lag(p, 3, (int64_t[]){40, 55, UNKNOWN}, &in) == 60);
    assert_true(watch_groups_lag(p, 3, (int64_t[]){40, 10, 7}, &in) == UNKNOWN);
    assert_int_equal(in, 3);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_watcher_publishes_brokers_partitions_and_lag),
        cmocka_unit_test(a_broker_that_falls_is_seen_and_the_rest_stays_fresh),
        cmocka_unit_test(what_goes_wrong_on_request_is_done_and_told),
        cmocka_unit_test(why_groups_cannot_be_told_is_said_in_words),
        cmocka_unit_test(a_cluster_that_is_not_there_is_a_message_and_stops_in_time),
        cmocka_unit_test(the_trend_is_the_slope_and_is_unknown_before_a_second),
        cmocka_unit_test(the_trend_tells_only_of_the_time_since_the_last_change),
        cmocka_unit_test(batches_that_take_their_rows_at_once_are_no_change),
        cmocka_unit_test(falling_behind_is_told_since_it_began_and_no_single_batch_is_taken_for_it),
        cmocka_unit_test(a_partition_knows_its_input_its_trend_and_since_when_it_is_idle),
        cmocka_unit_test(a_topic_made_anew_may_have_fewer_partitions),
        cmocka_unit_test(a_groups_lag_is_over_what_it_has_committed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
