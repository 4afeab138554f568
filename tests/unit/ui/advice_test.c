/* What the advice pane points out, from views that are odd in one way each. */
#include "ui/advice.h"

#include "fake_feed.h"
#include "ui/action.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { NOW_MS = 1000000 };

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
        out, &(struct advice_input){
                 .query = v->q, .replay = v->r, .cluster = v->c, .options = &v->o, .now_ms = NOW_MS});
}

/* Every key that is named in brackets is one of the table. */
static void keys_must_exist(const char *text)
{
    for (const char *at = text; (at = strchr(at, '[')); at++) {
        char key[16] = "";
        (void)sscanf(at, "[%15[^]]]", key);
        bool found = false;
        for (size_t i = 0; !found && action_at(i); i++)
            for (int k = 0; k < ACTION_KEYS && action_at(i)->keys[k]; k++)
                found = found || !strcmp(action_at(i)->keys[k], key);
        if (!found)
            fail_msg("there is no key %s: %s", key, text);
    }
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
    keys_must_exist(a[0].mend);
    /* Nothing was cut off. */
    assert_true(strlen(a[0].what) < sizeof a[0].what - 1 && strlen(a[0].mend) < sizeof a[0].mend - 1);
}

static void nothing_stands_out_where_all_is_well_or_unknown(void **state)
{
    (void)state;
    struct advice a[ADVICE_MOST];
    struct views v;
    open_views(&v);
    fake_history(v.q, 60);
    for (size_t i = 0; i < v.c->partitions_count; i++)
        v.c->partitions[i].input_per_s = 5;
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
    /* One figure that rises is no growth yet. */
    assert_int_equal(find(&v, a), 0);
    v.c->growing_since_ms = NOW_MS - 75000;
    v.c->partitions[0].input_per_s = v.c->partitions[1].input_per_s = 200;
    must_say(&v, MOOD_WARN,
             "falls behind for 1 min 15 s now: the lag is 4,000 and grows by 250 a second (400 written)",
             "parallelism");
    v.q->settings.max_offsets_per_trigger = 100;
    must_say(&v, MOOD_WARN, "falls behind", "[O] take more rows a batch");
    v.q->state = ENGINE_PAUSED;
    assert_int_equal(find(&v, a), 0);
    v.q->state = ENGINE_RUNNING;
    v.c->lag_trend_per_s = -250;
    assert_int_equal(find(&v, a), 0);
    /* A small lag is worth a word only when it has grown for long. */
    for (size_t i = 0; i < v.c->partitions_count; i++)
        v.c->partitions[i].high = 264;
    v.c->lag_trend_per_s = 2;
    v.c->growing_since_ms = NOW_MS - 5000;
    assert_int_equal(find(&v, a), 0);
    v.c->growing_since_ms = NOW_MS - 25000;
    must_say(&v, MOOD_WARN, "the lag is 200", "parallelism");
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
    v.c->brokers[1].since_ms = NOW_MS - 900;
    assert_int_equal(find(&v, (struct advice[ADVICE_MOST]){{0}}), 0); /* it is being connected to */
    v.c->brokers[1].since_ms = NOW_MS - 12000;
    snprintf(v.c->brokers[1].address, sizeof v.c->brokers[1].address, "host:9092");
    must_say(&v, MOOD_BAD, "Broker 2 at host:9092 is down for 12 s", "another broker");
    v.c->brokers[1].up = true;
    v.c->partitions[0].in_sync = 1;
    must_say(&v, MOOD_WARN, "1 of 1 partitions have copies that are not up to date (partition 0: 1 of 2",
             "missing broker");
    v.c->partitions[0].in_sync = 2;
    v.c->partitions[0].leader = -1;
    must_say(&v, MOOD_BAD, "Partition 0 has no leader", "broker");
    v.c->partitions_count = v.c->brokers_count = 0;
    v.c->reachable = false;
    snprintf(v.c->message, sizeof v.c->message, "login refused: check sasl.password (-X)");
    must_say(&v, MOOD_BAD, "Kafka cannot be used yet: login refused: check sasl.password (-X).",
             "other options");
    close_views(&v);
}

static void a_partition_that_is_idle_or_gets_nearly_all_is_told(void **state)
{
    (void)state;
    struct advice a[ADVICE_MOST];
    struct views v;
    open_views(&v);
    struct partition_view *p = v.c->partitions;
    p[0].input_per_s = 50;
    p[1].input_per_s = 40;
    assert_int_equal(find(&v, a), 0);
    p[0].input_per_s = 88;
    p[1].input_per_s = 12;
    must_say(&v, MOOD_WARN, "Partition 0 gets 88.0 of the 100 messages a second", "Another key");
    p[0].input_per_s = 10;
    p[1].input_per_s = 0;
    p[1].idle_since_ms = NOW_MS - 5000;
    assert_int_equal(find(&v, a), 0);
    p[1].idle_since_ms = NOW_MS - 40000;
    must_say(&v, MOOD_WARN, "Partition 1 has had no message for 40 s while the others get 10.0 a second",
             "keys");
    /* So slow a topic may well leave a partition out for that long. */
    p[0].input_per_s = 0.5;
    assert_int_equal(find(&v, a), 0);
    /* All of the lag in one partition. */
    p[0].input_per_s = p[1].input_per_s = 10;
    p[1].idle_since_ms = UNKNOWN;
    p[1].high = 6000;
    p[1].low = 5000;
    p[0].low = -1; /* not known: nothing is said of what they hold */
    must_say(&v, MOOD_WARN, "5,836 of the 5,836 messages of lag wait in partition 1", "leader");
    close_views(&v);
}

static void a_topic_without_news_is_told_where_the_watermark_waits_for_it(void **state)
{
    (void)state;
    struct advice a[ADVICE_MOST];
    struct views v;
    open_views(&v);
    for (int i = 0; i < 2; i++)
        v.c->partitions[i].idle_since_ms = NOW_MS - 60000 - i;
    assert_int_equal(find(&v, a), 0);
    v.r->state = REPLAY_OFF;
    v.q->settings.output_mode = OUTPUT_APPEND;
    must_say(&v, MOOD_OK, "No message has come for 1 min: the watermark stands still", "newer calls");
    close_views(&v);
}

/* Late rows that missed their hour by 1, 2, ... n minutes. */
static void late_by_minutes(struct query_view *q, size_t n)
{
    const int64_t hour_ms = 3600000, end_ms = FAKE_EVENT_MS / hour_ms * hour_ms;
    q->marks = calloc(n, sizeof *q->marks);
    q->marks_count = n;
    q->history_count = n + 1;
    for (size_t i = 0; i < n; i++) {
        q->history[i] = (struct batch_sample){.batch_id = (int64_t)i,
                                              .wall_ms = 1000 * (int64_t)i,
                                              .watermark_ms = end_ms + 60000 * (int64_t)(i + 1),
                                              .next_watermark_ms = end_ms + 60000 * (int64_t)(i + 2)};
        q->marks[i] =
            (struct view_mark){.batch_id = (int64_t)i + 1, .event_ms = end_ms - 1800000, .kind = MARK_LATE};
    }
    q->history[n] = (struct batch_sample){
        .batch_id = (int64_t)n, .wall_ms = 1000 * (int64_t)n, .next_watermark_ms = UNKNOWN};
}

static void late_rows_are_told_with_the_delay_that_would_have_kept_them(void **state)
{
    (void)state;
    struct advice a[ADVICE_MOST];
    struct views v;
    open_views(&v);
    v.q->settings.output_mode = OUTPUT_UPDATE;
    v.q->rows_in = 1000;
    v.q->rows_late = 9;
    assert_int_equal(find(&v, a), 0);
    v.q->rows_late = 50;
    must_say(&v, MOOD_WARN, "50 rows (5.0 %) came too late", "than 5 minutes");
    /* The row's hour had ended 40 minutes before the watermark; the row itself is older. */
    v.q->late_count = 1;
    v.q->late[0].watermark_ms = FAKE_EVENT_MS / 3600000 * 3600000 + 40 * 60000;
    v.q->late[0].event_ms = v.q->late[0].watermark_ms - 55 * 60000;
    must_say(&v, MOOD_WARN, "95 % by at most 40 min",
             "[W] a watermark delay of 46 minutes instead of 5 minutes");
    /* Of 40 late rows 38 missed their window by at most 38 minutes. */
    late_by_minutes(v.q, 40);
    must_say(&v, MOOD_WARN, "half of them by at most 21 min",
             "a watermark delay of 44 minutes instead of 5 minutes would have kept 95 % of the 40 seen last");
    /* Distinct within the watermark judges the row and not its window. */
    v.q->settings.distinct = DISTINCT_WITHIN_WATERMARK;
    must_say(&v, MOOD_WARN, "95 % by at most 1 h 8 min", "74 minutes");
    close_views(&v);
}

static void a_watermark_that_stands_is_told_with_what_holds_it(void **state)
{
    (void)state;
    struct advice a[ADVICE_MOST];
    struct views v;
    open_views(&v);
    v.q->history_count = 20;
    for (int i = 0; i < 20; i++)
        v.q->history[i] = (struct batch_sample){
            .batch_id = i, .wall_ms = 1000 * i, .rows_in = 10, .next_watermark_ms = FAKE_EVENT_MS - 300000};
    assert_int_equal(find(&v, a), 0); /* complete mode: nothing depends on it */
    v.q->settings.output_mode = OUTPUT_APPEND;
    must_say(&v, MOOD_WARN, "The watermark has stood at 12-31 23:52 for 19 s although 190 rows came",
             "far ahead");
    v.r->loop = true;
    v.r->loops_done = 1;
    must_say(&v, MOOD_WARN, "The watermark has stood", "[l] the replay sends the same calls again");
    for (int i = 0; i < 20; i++)
        v.q->history[i].rows_duplicate = 10;
    must_say(&v, MOOD_WARN, "Nearly all of the 190 rows of the last 19 s were there before", "[d] off");
    v.q->history[12].next_watermark_ms -= 60000;
    assert_int_equal(find(&v, a), 0);
    close_views(&v);
}

static void state_without_bound_is_told_with_its_growth(void **state)
{
    (void)state;
    struct advice a[ADVICE_MOST];
    struct views v;
    open_views(&v);
    v.q->progress.state[0].rows_total = 99999;
    assert_int_equal(find(&v, a), 0);
    v.q->progress.state[0].rows_total = 100000;
    v.q->settings.output_mode = OUTPUT_COMPLETE;
    must_say(&v, MOOD_OK, "Complete mode keeps every group of every window for ever: 100,000 groups, 154 KB",
             "[o]");
    v.q->progress.state[0].operator_name = "dedupe";
    v.q->history_count = 2;
    v.q->history[0] = (struct batch_sample){.wall_ms = 0, .state_rows = 70000, .next_watermark_ms = UNKNOWN};
    v.q->history[1] =
        (struct batch_sample){.wall_ms = 120000, .state_rows = 100000, .next_watermark_ms = UNKNOWN};
    must_say(&v, MOOD_OK,
             "Distinct remembers every row for ever: 100,000 rows, 154 KB by now, 15.0k more a minute",
             "[d] within-watermark");
    v.q->settings.distinct = DISTINCT_WITHIN_WATERMARK;
    assert_int_equal(find(&v, a), 0);
    close_views(&v);
}

static void settings_that_stall_the_fetch_are_told(void **state)
{
    (void)state;
    struct advice a[ADVICE_MOST];
    struct views v;
    struct kafka_property p = {.to_consumer = true};
    static const struct {
        const char *name, *value, *what; /* NULL = nothing to say */
    } cases[] = {
        {"queued.min.messages", "1000", "queued.min.messages is set to 1000: the library stops fetching"},
        {"queued.min.messages", "1000000", NULL},
        {"queued.max.messages.kbytes", "1024", "for up to a second whenever so little is full"},
        {"fetch.wait.max.ms", "5000", "fetch.wait.max.ms is set to 5000"},
        {"fetch.min.bytes", "100000", "a broker waits until so much is there"},
        {"fetch.message.max.bytes", "1000", "each fetch brings so little"},
        {"fetch.queue.backoff.ms", "1000", "the fetch sleeps for so long"},
        {"client.id", "me", NULL},
    };
    open_views(&v);
    v.o.kafka.properties = &p;
    v.o.kafka.property_count = 1;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        p.name = (char *)cases[i].name;
        p.value = (char *)cases[i].value;
        if (cases[i].what)
            must_say(&v, MOOD_WARN, cases[i].what, cases[i].name);
        else
            assert_int_equal(find(&v, a), 0);
    }
    p.to_consumer = false; /* of the producer: it does not fetch */
    p.name = (char *)"fetch.min.bytes";
    p.value = (char *)"100000";
    assert_int_equal(find(&v, a), 0);
    close_views(&v);
}

static void what_the_replay_could_not_do_is_told(void **state)
{
    (void)state;
    struct views v;
    open_views(&v);
    v.r->failed = 38;
    must_say(&v, MOOD_WARN, "The brokers have refused 38 of 164 calls", "message.max.bytes");
    v.r->failed = 0;
    v.r->state = REPLAY_HELD;
    v.r->held_ms = 12340;
    snprintf(v.r->message, sizeof v.r->message, "the query is paused");
    must_say(&v, MOOD_OK, "The replay is held back (for 12 s in all): the query is paused", "by itself");
    v.r->state = REPLAY_RUNNING;
    v.r->rate_asked = 100000;
    v.r->rate_acked = 20000;
    must_say(&v, MOOD_OK, "The replay reaches 20.0k of the 100,000 messages a second", "linger.ms");
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
    must_say(&v, MOOD_WARN, "3 messages are no calls", "the file letters has them all");
    v.o.sink.dead_letters = NULL;
    v.o.sink.dead_letters_topic = file;
    must_say(&v, MOOD_WARN, "3 messages are no calls", "the topic letters has them all");
    close_views(&v);
}

static void batches_of_the_wrong_size_are_told(void **state)
{
    (void)state;
    struct advice a[ADVICE_MOST];
    struct views v;
    open_views(&v);
    v.q->history_count = 40;
    for (int i = 0; i < 40; i++)
        v.q->history[i] = (struct batch_sample){.batch_id = i,
                                                .wall_ms = 1000 + i * 20,
                                                .rows_in = 2,
                                                .total_ms = 4,
                                                .next_watermark_ms = UNKNOWN};
    assert_int_equal(find(&v, a), 0); /* many and small, and hardly any work: fresh is what one wants */
    for (int i = 0; i < 40; i++)
        v.q->history[i].total_ms = 18;
    must_say(&v, MOOD_OK, "batches a second with 2.0 rows each take 93 % of the time", "[t]");
    v.q->settings.trigger = TRIGGER_INTERVAL;
    v.q->settings.trigger_ms = 15;
    must_say(&v, MOOD_WARN, "A batch takes 18 ms and one is due every 15 ms", "[t] a longer trigger");
    v.q->settings.trigger_ms = 1000;
    v.q->progress.total_ms = 12000;
    must_say(&v, MOOD_WARN, "The last batch took 12 s", "[O]");
    close_views(&v);
}

static size_t look(struct advice_board *b, const struct views *v, int64_t now_ms)
{
    advice_update(b, &(struct advice_input){
                         .query = v->q, .replay = v->r, .cluster = v->c, .options = &v->o, .now_ms = now_ms});
    return b->shown_count;
}

static void no_advice_flickers(void **state)
{
    (void)state;
    struct advice_board b = {0};
    struct views v;
    int64_t now_ms = NOW_MS;
    open_views(&v);
    v.r->state = REPLAY_HELD;
    /* Who opens the pane sees at once what is the matter. */
    assert_int_equal(look(&b, &v, now_ms), 1);
    /* It stays for some seconds after it is mended ... */
    v.r->state = REPLAY_RUNNING;
    for (int i = 0; i < ADVICE_STAY_MS / 100; i++)
        assert_int_equal(look(&b, &v, now_ms += 100), 1);
    assert_int_equal(look(&b, &v, now_ms += 100), 0);
    /* ... and what is odd for a moment is not told. */
    v.r->state = REPLAY_HELD;
    for (int i = 0; i < 10; i++)
        assert_int_equal(look(&b, &v, now_ms += 100), 0);
    v.r->state = REPLAY_RUNNING;
    for (int i = 0; i < 20; i++)
        assert_int_equal(look(&b, &v, now_ms += 100), 0);
    /* What comes and goes all the time is there. */
    size_t changes = 0, before = 0;
    for (int i = 0; i < 200; i++) {
        v.r->state = i % 3 ? REPLAY_HELD : REPLAY_RUNNING;
        size_t shown = look(&b, &v, now_ms += 100);
        changes += shown != before;
        before = shown;
    }
    assert_true(changes == 1 && before == 1);
    /* A broker's fall is told at once, above the rest. */
    v.c->brokers[0].up = false;
    assert_int_equal(look(&b, &v, now_ms += 100), 2);
    assert_int_equal(b.shown[0].mood, MOOD_BAD);
    close_views(&v);
}

static void what_a_job_on_spark_lacks_is_told(void **state)
{
    struct views v;
    struct advice a[ADVICE_MOST];
    struct spark_view *s = fake_spark();
    open_views(&v);
    struct advice_input in = {.query = v.q, .spark = s, .now_ms = NOW_MS};
    s->worker[1].alive = true;
    assert_int_equal(advice_find(a, &in), 0); /* no job */
    fake_job(v.q, JOB_RUNNING);
    assert_int_equal(advice_find(a, &in), 0);
    s->worker[1].alive = false;
    assert_int_equal(advice_find(a, &in), 1);
    assert_non_null(strstr(a[0].what, "1 worker is gone, the last one at worker-2.example:7078"));
    s->worker[1].alive = true;
    s->executor[s->executors] = s->executor[1];
    s->executor[s->executors].active = false;
    snprintf(s->executor[s->executors].why_removed, sizeof s->executor[0].why_removed, "out of memory");
    s->executors++;
    assert_int_equal(advice_find(a, &in), 1);
    assert_non_null(strstr(a[0].what, "1 executor was lost so far: out of memory."));
    s->executor[1].active = false;
    assert_int_equal(advice_find(a, &in), 1);
    assert_int_equal(a[0].mood, MOOD_BAD);
    assert_non_null(strstr(a[0].what, "The job has no executor"));
    keys_must_exist(a[0].mend);
    s->master.state = SPARK_SILENT;
    s->master.since_ms = NOW_MS - 7000;
    assert_int_equal(advice_find(a, &in), 2);
    assert_non_null(strstr(a[0].what, "has not answered for 7 s"));
    free(s);
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
        cmocka_unit_test(a_partition_that_is_idle_or_gets_nearly_all_is_told),
        cmocka_unit_test(a_topic_without_news_is_told_where_the_watermark_waits_for_it),
        cmocka_unit_test(a_watermark_that_stands_is_told_with_what_holds_it),
        cmocka_unit_test(state_without_bound_is_told_with_its_growth),
        cmocka_unit_test(settings_that_stall_the_fetch_are_told),
        cmocka_unit_test(what_the_replay_could_not_do_is_told),
        cmocka_unit_test(no_advice_flickers),
        cmocka_unit_test(bad_messages_are_told_with_where_they_are_kept),
        cmocka_unit_test(batches_of_the_wrong_size_are_told),
        cmocka_unit_test(what_a_job_on_spark_lacks_is_told),
        cmocka_unit_test(the_worst_comes_first),
    };
    return cmocka_run_group_tests_name("advice", tests, NULL, NULL);
}
