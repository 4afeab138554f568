#include "fake_feed.h"

#include "ui/lag.h"
#include "ui/words.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void spans_and_speeds_read_as_people_say_them(void **state)
{
    (void)state;
    char out[80];
    assert_string_equal(words_span(out, sizeof out, 0), "0 s");
    assert_string_equal(words_span(out, sizeof out, 0.00004), "0.04 ms");
    assert_string_equal(words_span(out, sizeof out, 0.0021), "2.1 ms");
    assert_string_equal(words_span(out, sizeof out, 0.4), "0.4 s");
    assert_string_equal(words_span(out, sizeof out, 53), "53 s");
    assert_string_equal(words_span(out, sizeof out, 135), "2 min 15 s");
    assert_string_equal(words_span(out, sizeof out, 600), "10 min");
    assert_string_equal(words_span(out, sizeof out, 11100), "3 h 5 min");
    assert_string_equal(words_span(out, sizeof out, 187200), "2 d 4 h");
    assert_string_equal(words_span(out, sizeof out, NAN), "-");
    assert_string_equal(words_span(out, sizeof out, -1), "-");
    assert_string_equal(words_span(out, sizeof out, INFINITY), "for ever");
    assert_string_equal(words_speed(out, sizeof out, 600), "10 min of city time a second");
    assert_string_equal(words_speed(out, sizeof out, 1), "1 s of city time a second");
    assert_string_equal(words_speed(out, sizeof out, NAN), "-");
    assert_string_equal(words_rate(out, sizeof out, 10), "10");
    assert_string_equal(words_rate(out, sizeof out, 0.5), "0.5");
    assert_string_equal(words_rate(out, sizeof out, INFINITY), "max");
}

static void times_leave_the_date_out_where_it_is_known(void **state)
{
    (void)state;
    char out[80];
    assert_string_equal(words_time(out, sizeof out, FAKE_EVENT_MS, UNKNOWN, false), "12-31 23:57");
    assert_string_equal(words_time(out, sizeof out, FAKE_EVENT_MS, FAKE_EVENT_MS - 60000, false), "23:57");
    assert_string_equal(words_time(out, sizeof out, FAKE_EVENT_MS, FAKE_EVENT_MS - 86400000, true),
                        "12-31 23:57:00");
    assert_string_equal(words_time(out, sizeof out, UNKNOWN, UNKNOWN, false), "-");
    (void)words_time(out, sizeof out, INT64_MAX, UNKNOWN, false); /* does not crash */
}

/* Frees the views of in and works out the words. */
static void words_of(struct state_words *out, struct state_input *in)
{
    words_state(out, in);
    query_view_free((struct query_view *)in->query);
    free((struct replay_view *)in->replay);
    cluster_view_free((struct cluster_view *)in->cluster);
}

static struct state_input running(int64_t lag_each)
{
    return (struct state_input){.query = fake_query(42, 3),
                                .replay = fake_replay(REPLAY_RUNNING),
                                .cluster = fake_cluster(lag_each),
                                .batch = {.batch_id = -1, .phase = -1},
                                .now_ms = 100000,
                                .newest_batch_id = -1};
}

static void a_plain_run_is_said_plainly(void **state)
{
    (void)state;
    struct state_words w;
    struct state_input in = running(0);
    words_of(&w, &in);
    assert_int_equal(w.badges, 1);
    assert_string_equal(w.badge[0].text, "▶ RUNNING");
    assert_true(w.plain);
    in = running(0);
    in.ascii = true;
    in.batch.phase_since_ms = in.now_ms - 12000;
    words_of(&w, &in);
    assert_string_equal(w.badge[0].text, "> RUNNING");
    assert_string_equal(w.sentence, "waiting for data since 12 s");
}

static void each_pause_has_a_badge_of_its_own(void **state)
{
    (void)state;
    struct state_words w;
    struct state_input in = running(602);
    ((struct query_view *)in.query)->state = ENGINE_PAUSED;
    ((struct replay_view *)in.replay)->state = REPLAY_PAUSED;
    ((struct cluster_view *)in.cluster)->lag_trend_per_s = 100;
    in.frozen = true;
    in.newest_batch_id = 141;
    words_of(&w, &in);
    assert_int_equal(w.badges, 3);
    assert_string_equal(w.badge[0].text, "■ FROZEN");
    assert_string_equal(w.sentence, "you look at batch 42; the query is at batch 141");
    assert_string_equal(w.hint, "[f] goes on");
    assert_string_equal(w.badge[1].text, "‖ QUERY PAUSED");
    assert_string_equal(w.badge[2].text, "‖ REPLAY PAUSED");
    in = running(602);
    ((struct query_view *)in.query)->state = ENGINE_PAUSED;
    ((struct cluster_view *)in.cluster)->lag_trend_per_s = 100;
    words_of(&w, &in);
    assert_string_equal(w.sentence, "lag 1,204 and growing by 100 a second");
    assert_string_equal(w.hint, "[p] resumes");
    in = running(0);
    ((struct replay_view *)in.replay)->state = REPLAY_PAUSED;
    words_of(&w, &in);
    assert_string_equal(w.sentence, "the query has caught up (lag 0)");
}

static void a_long_batch_says_its_age_and_phase(void **state)
{
    (void)state;
    struct state_words w;
    struct state_input in = running(0);
    in.batch = (struct batch_now){.batch_id = 129,
                                  .phase = PHASE_ADD_BATCH,
                                  .batch_since_ms = in.now_ms - 8200,
                                  .phase_since_ms = in.now_ms - 8000,
                                  .rows = 630000,
                                  .planned = 1000000};
    words_of(&w, &in);
    assert_string_equal(w.badge[0].text, "↻ BATCH 129 RUNS");
    assert_string_equal(w.sentence, "8.2 s  phase addBatch (63 %)");
    in = running(0);
    in.batch = (struct batch_now){.batch_id = 129, .batch_since_ms = in.now_ms - 20};
    words_of(&w, &in);
    assert_string_equal(w.badge[0].text, "▶ RUNNING");
}

static void what_is_wrong_comes_first(void **state)
{
    (void)state;
    struct state_words w;
    struct state_input in = running(0);
    struct query_view *q = (struct query_view *)in.query;
    q->state = ENGINE_FAILED;
    snprintf(q->message, sizeof q->message, "the disk is full");
    ((struct replay_view *)in.replay)->state = REPLAY_PAUSED;
    words_of(&w, &in);
    assert_string_equal(w.badge[0].text, "✗ FAILED");
    assert_int_equal(w.badge[0].mood, MOOD_BAD);
    assert_string_equal(w.sentence, "the disk is full");
    in = running(0);
    struct cluster_view *c = (struct cluster_view *)in.cluster;
    c->brokers[1].up = false;
    snprintf(c->message, sizeof c->message, "partition 1 moved");
    words_of(&w, &in);
    assert_string_equal(w.badge[0].text, "✗ BROKER 2 DOWN");
    assert_string_equal(w.sentence, "partition 1 moved");
    in = running(0);
    ((struct cluster_view *)in.cluster)->reachable = false;
    words_of(&w, &in);
    assert_string_equal(w.badge[0].text, "✗ NO BROKER");
    in = running(0);
    c = (struct cluster_view *)in.cluster;
    c->topic_gone = true;
    snprintf(c->message, sizeof c->message, "the topic does not exist");
    words_of(&w, &in);
    assert_string_equal(w.badge[0].text, "✗ TOPIC GONE");
    assert_string_equal(w.sentence, "the topic does not exist");
}

static void before_the_first_view_it_says_what_it_does(void **state)
{
    (void)state;
    struct state_words w;
    char why[200];
    struct state_input in = {.bootstrap = "kafka:9092", .batch = {.batch_id = -1}};
    words_state(&w, &in);
    assert_string_equal(w.badge[0].text, "… STARTING");
    assert_string_equal(w.sentence, "connecting to kafka:9092");
    words_why_empty(why, sizeof why, &in);
    assert_string_equal(why, "The query is starting.");
}

static void an_empty_table_says_why(void **state)
{
    (void)state;
    char why[400];
    struct state_input in = running(0);
    struct query_view *q = (struct query_view *)in.query;
    struct replay_view *r = (struct replay_view *)in.replay;
    q->rows_in = 0;
    words_why_empty(why, sizeof why, &in);
    assert_string_equal(why, "No message has come yet on topic calls.");
    r->state = REPLAY_PAUSED;
    words_why_empty(why, sizeof why, &in);
    assert_non_null(strstr(why, "[Space]"));
    q->state = ENGINE_PAUSED;
    words_why_empty(why, sizeof why, &in);
    assert_non_null(strstr(why, "[p]"));
    struct state_words w;
    words_of(&w, &in);
}

static void the_lag_in_time_is_the_replays_never_the_wall_clocks(void **state)
{
    (void)state;
    struct query_view *q = fake_query(1, 1);
    struct replay_view *r = fake_replay(REPLAY_RUNNING);
    struct cluster_view *c = fake_cluster(5);
    r->clock_ms = q->newest_event_ms + 120000;
    assert_float_equal(words_event_lag_s(q, r, c), 120, 1e-9);
    r->clock_ms = q->newest_event_ms - 1000; /* a descending file */
    assert_true(isnan(words_event_lag_s(q, r, c)));
    r->clock_ms = UNKNOWN;
    assert_true(isnan(words_event_lag_s(q, r, c)));
    assert_true(isnan(words_event_lag_s(NULL, NULL, NULL)));
    cluster_view_free(c);
    c = fake_cluster(0);
    assert_float_equal(words_event_lag_s(q, r, c), 0, 1e-9);
    query_view_free(q);
    free(r);
    cluster_view_free(c);
}

static void offsets_of_two_moments_are_brought_together(void **state)
{
    (void)state;
    struct query_view *q = fake_query(1, 1);
    struct cluster_view *c = fake_cluster(3);
    struct lag_row row;
    lag_row(&row, q, &c->partitions[0]);
    assert_int_equal(row.start, 134);
    assert_int_equal(row.end, 164);
    assert_int_equal(row.latest, 167);
    assert_int_equal(row.lag, 3);
    /* The batch is newer than the answer about the topic's end: there is no negative lag. */
    q->progress.end_offset[0] = 170;
    lag_row(&row, q, &c->partitions[0]);
    assert_int_equal(row.latest, 170);
    assert_int_equal(row.lag, 0);
    lag_sum(&row, q, c);
    assert_int_equal(row.latest, 337);
    assert_int_equal(row.lag, 3);
    c->partitions[1].high = UNKNOWN;
    lag_sum(&row, q, c);
    assert_true(row.latest == UNKNOWN && row.lag == UNKNOWN);
    assert_int_equal(row.end, 334);
    lag_sum(&row, q, NULL);
    assert_true(row.lag == UNKNOWN);
    query_view_free(q);
    cluster_view_free(c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(spans_and_speeds_read_as_people_say_them),
        cmocka_unit_test(times_leave_the_date_out_where_it_is_known),
        cmocka_unit_test(a_plain_run_is_said_plainly),
        cmocka_unit_test(each_pause_has_a_badge_of_its_own),
        cmocka_unit_test(a_long_batch_says_its_age_and_phase),
        cmocka_unit_test(what_is_wrong_comes_first),
        cmocka_unit_test(before_the_first_view_it_says_what_it_does),
        cmocka_unit_test(an_empty_table_says_why),
        cmocka_unit_test(the_lag_in_time_is_the_replays_never_the_wall_clocks),
        cmocka_unit_test(offsets_of_two_moments_are_brought_together),
    };
    return cmocka_run_group_tests_name("words", tests, NULL, NULL);
}
