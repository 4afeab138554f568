/* The whole replay on an embedded cluster, with a consumer that counts what arrives and plays the query. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/xalloc.h"
#include "kafka/client.h"
#include "kafka/embedded.h"
#include "log.h"
#include "replay/faults.h"
#include "replay/holdback.h"
#include "replay/replay.h"

#include <math.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define DEADLINE_MS 60000
#define PARTITIONS  2

struct rig {
    struct options options;
    struct hub hub;
    struct app_parts parts;
    struct embedded *cluster;
    struct replay *replay;
    struct replay_view *view; /* the newest seen */
    char path[64];
    /* the consumer */
    rd_kafka_t *rk;
    int64_t received, injected[3], next[PARTITIONS], gaps;
    size_t newest[PARTITIONS]; /* crime_id that came last */
    int64_t disorder;          /* calls behind one that stands further back in the data */
    uint8_t *seen;             /* how often each crime_id came */
    size_t calls;
};

static const char *const injected_words[] = {"late", "duplicate", "malformed"};

/* calls calls with ids 0..calls-1, one a minute, value_len bytes of address each. */
static void write_data(struct rig *rig, size_t calls, int address_len)
{
    snprintf(rig->path, sizeof rig->path, "/tmp/sfcrime-replay-XXXXXX");
    int fd = mkstemp(rig->path);
    FILE *f = fd < 0 ? NULL : fdopen(fd, "w");
    assert_non_null(f);
    for (size_t i = 0; i < calls; i++) {
        size_t minute = i % 1440, day = 1 + i / 1440;
        fprintf(f,
                "{\"crime_id\":\"%zu\",\"original_crime_type_name\":\"T%zu\","
                "\"call_date_time\":\"2018-%02zu-%02zuT%02zu:%02zu:00.000\",\"disposition\":\"HAN\","
                "\"address\":\"%0*d\"}\n",
                i, i % 7, 1 + day / 28 % 12, 1 + day % 28, minute / 60, minute % 60, address_len, 7);
    }
    assert_int_equal(fclose(f), 0);
    rig->calls = calls;
    rig->seen = xcalloc(calls, 1);
}

static struct rig *rig_new(size_t calls, int address_len)
{
    char err[400] = "";
    struct rig *rig = xcalloc(1, sizeof *rig);
    assert_int_equal(log_open(NULL, err, sizeof err), 0);
    write_data(rig, calls, address_len);
    rig->options.kafka.topic = (char *)"calls";
    rig->options.kafka.client_id = (char *)"replay-test";
    rig->options.kafka.embedded_brokers = 2;
    rig->options.kafka.partitions = PARTITIONS;
    rig->options.kafka.replication_factor = 1;
    rig->options.replay.calls = rig->path;
    rig->options.replay.rate = (double)INFINITY;
    rig->options.replay.speed = 60;
    rig->options.query.watermark_ms = 5 * 60000;
    assert_int_equal(hub_open(&rig->hub), 0);
    rig->cluster = embedded_start(&rig->options, err, sizeof err);
    if (!rig->cluster)
        fail_msg("%s", err);
    rig->parts = (struct app_parts){.options = &rig->options,
                                    .hub = &rig->hub,
                                    .to_replay = command_box_new(),
                                    .bootstrap = embedded_bootstrap(rig->cluster),
                                    .embedded = true,
                                    .embedded_cluster = rig->cluster};
    return rig;
}

static void start(struct rig *rig)
{
    char err[400] = "";
    rig->replay = replay_start(&rig->parts, err, sizeof err);
    if (!rig->replay)
        fail_msg("%s", err);
}

static void rig_free(struct rig *rig)
{
    if (rig->replay)
        (void)replay_stop(rig->replay, 5000);
    replay_free(rig->replay);
    if (rig->rk)
        client_destroy(rig->rk, 5000);
    embedded_stop(rig->cluster);
    command_box_free(rig->parts.to_replay);
    hub_close(&rig->hub);
    free(rig->view);
    free(rig->seen);
    (void)unlink(rig->path);
    free(rig);
}

static void post(struct rig *rig, enum command_kind kind, int64_t i, double f)
{
    struct command c = {.kind = kind, .i = i, .f = f};
    assert_true(command_post(rig->parts.to_replay, &c));
}

static const struct replay_view *look(struct rig *rig)
{
    struct replay_view *v = hub_take_replay(&rig->hub);
    if (v) {
        free(rig->view);
        rig->view = v;
    }
    return rig->view;
}

/* Waits until condition holds, looking at new views; fails at the deadline with what was last seen. */
#define wait_until(rig, condition)                                                                      \
    do {                                                                                                \
        int64_t deadline = clock_mono_ms() + DEADLINE_MS;                                               \
        const struct replay_view *v = look(rig);                                                        \
        while (!(v && (condition))) {                                                                   \
            if (clock_mono_ms() > deadline)                                                             \
                fail_msg("%s never came: state %d, acked %lld, %s", #condition, v ? (int)v->state : -1, \
                         v ? (long long)v->acked : -1, v ? v->message : "");                            \
            poll(NULL, 0, 1);                                                                           \
            v = look(rig);                                                                              \
        }                                                                                               \
    } while (0)

static void consumer_start(struct rig *rig)
{
    char err[400] = "";
    rd_kafka_conf_t *conf = client_conf(&rig->parts, CLIENT_CONSUMER, err, sizeof err);
    assert_non_null(conf);
    rig->rk = client_new(RD_KAFKA_CONSUMER, conf, err, sizeof err);
    assert_non_null(rig->rk);
    rd_kafka_poll_set_consumer(rig->rk);
    rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new(PARTITIONS);
    for (int p = 0; p < PARTITIONS; p++)
        rd_kafka_topic_partition_list_add(list, "calls", p)->offset = 0;
    assert_int_equal(rd_kafka_assign(rig->rk, list), 0);
    rd_kafka_topic_partition_list_destroy(list);
}

static void count_message(struct rig *rig, const rd_kafka_message_t *m)
{
    rd_kafka_headers_t *headers;
    const void *value;
    size_t len;
    /* A gap means that something was trimmed before it was read. */
    rig->gaps += m->offset != rig->next[m->partition];
    rig->next[m->partition] = m->offset + 1;
    rig->received++;
    if (!rd_kafka_message_headers(m, &headers) &&
        !rd_kafka_header_get_last(headers, "sfcrime-injected", &value, &len)) {
        bool late = false;
        for (int i = 0; i < 3; i++) {
            bool same = strlen(injected_words[i]) == len && memcmp(injected_words[i], value, len) == 0;
            rig->injected[i] += same;
            late |= same && i == 0;
        }
        if (!late) /* duplicates and broken messages come in addition */
            return;
    }
    char id[20] = "";
    memcpy(id, m->key, m->key_len < sizeof id ? m->key_len : sizeof id - 1);
    size_t i = (size_t)strtoull(id, NULL, 10);
    assert_true(i < rig->calls);
    rig->seen[i]++;
    rig->disorder += i < rig->newest[m->partition];
    rig->newest[m->partition] = i;
}

/* Reads until count messages have come, moving the query's position as it goes. */
static void consume(struct rig *rig, int64_t count)
{
    int64_t deadline = clock_mono_ms() + DEADLINE_MS;
    while (rig->received < count) {
        rd_kafka_message_t *m = rd_kafka_consumer_poll(rig->rk, 20);
        if (clock_mono_ms() > deadline)
            fail_msg("%lld of %lld messages came", (long long)rig->received, (long long)count);
        if (!m)
            continue;
        if (!m->err) {
            count_message(rig, m);
            atomic_store(&rig->hub.live.position[m->partition], m->offset + 1);
        } else if (m->err != RD_KAFKA_RESP_ERR__PARTITION_EOF) {
            fail_msg("consumer: %s", rd_kafka_message_errstr(m));
        }
        rd_kafka_message_destroy(m);
    }
}

static void assert_each_call_came(const struct rig *rig, int times)
{
    for (size_t i = 0; i < rig->calls; i++)
        if (rig->seen[i] != times)
            fail_msg("call %zu came %d times, not %d", i, rig->seen[i], times);
    assert_int_equal(rig->gaps, 0);
}

static void every_call_arrives_once_and_the_end_is_told(void **state)
{
    struct rig *rig = rig_new(3000, 100);
    consumer_start(rig);
    start(rig);
    consume(rig, 3000);
    wait_until(rig, v->state == REPLAY_ENDED);
    assert_each_call_came(rig, 1);
    assert_true(atomic_load(&rig->hub.live.replay_ended));
    assert_int_equal(rig->view->acked, 3000);
    assert_int_equal(rig->view->position, 3000);
    assert_int_equal(rig->view->total, 3000);
    assert_int_equal(rig->view->failed, 0);
    int64_t produced = 0;
    for (int p = 0; p < PARTITIONS; p++) {
        produced += atomic_load(&rig->hub.live.produced[p]);
        assert_int_equal(atomic_load(&rig->hub.live.produced[p]), rig->next[p]);
        assert_true(rig->next[p] > 1000); /* spread over the partitions by key */
    }
    assert_int_equal(produced, 3000);
    assert_true(replay_stop(rig->replay, 5000));
    struct replay_summary s;
    replay_summary(rig->replay, &s);
    assert_int_equal(s.acked, 3000);
    assert_int_equal(s.failed + s.skipped, 0);
    assert_string_equal(s.trouble, "");
    rig_free(rig);
}

/* Answers that take their time: what waits for them keeps its order, in slow requests and in full ones. */
static void slow_answers_change_nothing(void **state)
{
    struct rig *rig = rig_new(9000, 100);
    for (int broker = 1; broker <= 2; broker++)
        assert_int_equal(embedded_broker_latency(rig->cluster, broker, 40), 0);
    rig->options.replay.rate = 2000;
    consumer_start(rig);
    start(rig);
    consume(rig, 500);
    post(rig, CMD_REPLAY_RATE, 0, (double)INFINITY);
    consume(rig, 9000);
    wait_until(rig, v->state == REPLAY_ENDED);
    assert_each_call_came(rig, 1);
    assert_int_equal(rig->disorder, 0);
    assert_int_equal(rig->view->acked, 9000);
    rig_free(rig);
}

/* 24 MB in two partitions of 5 MiB each: without holding back most of it would be trimmed unread. */
static void it_holds_back_for_a_query_that_stands_still_and_nothing_is_lost(void **state)
{
    struct rig *rig = rig_new(40000, 500);
    start(rig);
    wait_until(rig, v->state == REPLAY_HELD);
    assert_non_null(strstr(rig->view->message, "waits for the query"));
    int64_t sent = rig->view->sent;
    assert_true(sent > 8000 && sent < 16000);
    wait_until(rig, v->acked == v->sent); /* it stands still by now: held, and all of it acknowledged */
    consumer_start(rig);
    consume(rig, sent / 2);
    wait_until(rig, v->sent > sent);
    consume(rig, 40000);
    wait_until(rig, v->state == REPLAY_ENDED);
    assert_each_call_came(rig, 1);
    assert_int_equal(rig->disorder, 0);
    assert_true(rig->view->held_ms > 0);
    rig_free(rig);
}

static void single_messages_do_not_outrun_the_limit_either(void **state)
{
    /* One message a set: the header of each counts as well. */
    struct rig *rig = rig_new(40000, 100);
    struct kafka_property one_by_one = {
        .name = (char *)"batch.num.messages", .value = (char *)"1", .to_producer = true};
    rig->options.kafka.properties = &one_by_one;
    rig->options.kafka.property_count = 1;
    start(rig);
    wait_until(rig, v->state == REPLAY_HELD && v->acked == v->sent);
    consumer_start(rig);
    consume(rig, 40000);
    assert_each_call_came(rig, 1);
    rig_free(rig);
}

static void faults_are_switched_on_and_off_while_it_runs(void **state)
{
    struct rig *rig = rig_new(5000, 10);
    rig->options.replay.rate = 0.1;
    start(rig);
    wait_until(rig, v->acked == 1);
    post(rig, CMD_REPLAY_PAUSE, 1, 0);
    post(rig, CMD_REPLAY_FAULTS, INJECTED_DUPLICATE, 1);
    post(rig, CMD_REPLAY_STEP, 21, 0);
    /* The call that was due already is sent as it was; after it each comes twice. */
    wait_until(rig, v->acked == 22 && v->injected_duplicates >= 9);
    post(rig, CMD_REPLAY_FAULTS, INJECTED_DUPLICATE, 0);
    post(rig, CMD_REPLAY_FAULTS, INJECTED_COUNT, 1); /* means nothing */
    post(rig, CMD_REPLAY_STEP, 30, 0);
    wait_until(rig, v->acked == 52);
    assert_in_range(rig->view->injected_duplicates, 9, 11);
    assert_int_equal(rig->view->injected_malformed, 0);
    rig_free(rig);
}

static void pause_steps_and_rate_are_obeyed_at_once(void **state)
{
    struct rig *rig = rig_new(5000, 10);
    rig->options.replay.rate = 0.1;
    start(rig);
    wait_until(rig, v->acked == 1);
    assert_true(rig->view->rate_asked == 0.1);
    post(rig, CMD_REPLAY_PAUSE, 1, 0);
    wait_until(rig, v->state == REPLAY_PAUSED);
    post(rig, CMD_REPLAY_STEP, 3, 0);
    wait_until(rig, v->acked == 4 && v->state == REPLAY_PAUSED);
    post(rig, CMD_REPLAY_PAUSE, -1, 0);
    post(rig, CMD_REPLAY_BURST, 100, 0);
    wait_until(rig, v->acked >= 104);
    assert_in_range(rig->view->sent, 104, 105);
    int64_t start_ms = clock_mono_ms(), before = rig->view->sent;
    post(rig, CMD_REPLAY_RATE, 0, 200);
    wait_until(rig, v->acked >= before + 400);
    double s = (double)(clock_mono_ms() - start_ms) / 1000;
    assert_true(s > 1.9);
    assert_true(rig->view->rate_asked == 200);
    post(rig, CMD_REPLAY_RATE, 0, (double)INFINITY);
    for (int p = 0; p < PARTITIONS; p++)
        atomic_store(&rig->hub.live.position[p], 100000);
    wait_until(rig, v->state == REPLAY_ENDED);
    assert_int_equal(rig->view->acked, 5000);
    rig_free(rig);
}

static void figures_are_of_the_time_since_the_last_change(void **state)
{
    struct rig *rig = rig_new(5000, 10);
    rig->options.replay.rate = 500;
    start(rig);
    wait_until(rig, v->acked > 600 && v->rate_acked > 400 && v->eta_s > 1);
    /* Paused there is no rate, no speed of the city and no end in sight. */
    post(rig, CMD_REPLAY_PAUSE, 1, 0);
    wait_until(rig,
               v->state == REPLAY_PAUSED && isnan(v->rate_acked) && isnan(v->city_speed) && isnan(v->eta_s));
    post(rig, CMD_REPLAY_RATE, 0, 20);
    post(rig, CMD_REPLAY_PAUSE, 0, 0);
    /* Nothing of the 500 a second from before is in what comes now. */
    for (int64_t until_ms = clock_mono_ms() + 1500; clock_mono_ms() < until_ms; poll(NULL, 0, 1)) {
        const struct replay_view *v = look(rig);
        if (v->state == REPLAY_RUNNING && v->rate_asked == 20 && v->rate_acked > 60)
            fail_msg("%.1f a second at a rate of 20", v->rate_acked);
    }
    wait_until(rig, v->state == REPLAY_RUNNING && v->rate_acked > 15 && v->rate_acked < 25);
    post(rig, CMD_REPLAY_RATE, 0, (double)INFINITY);
    for (int p = 0; p < PARTITIONS; p++)
        atomic_store(&rig->hub.live.position[p], 100000);
    wait_until(rig, v->state == REPLAY_ENDED && isnan(v->rate_acked) && isnan(v->city_speed));
    rig_free(rig);
}

static void a_replay_that_is_held_for_long_has_a_rate_of_nothing(void **state)
{
    struct rig *rig = rig_new(40000, 200);
    rig->options.replay.rate = (double)INFINITY;
    start(rig);
    wait_until(rig, v->state == REPLAY_HELD && v->held_ms > 2500 && v->rate_acked == 0);
    assert_true(isnan(rig->view->eta_s));
    rig_free(rig);
}

static void the_summary_says_what_was_not_sent_and_why(void **state)
{
    struct rig *rig = rig_new(3, 2000);
    FILE *f = fopen(rig->path, "a");
    assert_non_null(f);
    assert_true(fputs("42\nnull\n{\"crime_id\":\"small\"}\n", f) >= 0 && fclose(f) == 0);
    struct kafka_property small = {
        .name = (char *)"message.max.bytes", .value = (char *)"1000", .to_producer = true};
    rig->options.kafka.properties = &small;
    rig->options.kafka.property_count = 1;
    start(rig);
    wait_until(rig, v->state == REPLAY_ENDED);
    assert_true(replay_stop(rig->replay, 5000));
    struct replay_summary s;
    replay_summary(rig->replay, &s);
    assert_int_equal(s.acked, 1);
    assert_int_equal(s.failed, 3);
    assert_int_equal(s.skipped, 2);
    assert_non_null(strstr(s.trouble, "larger than allowed"));
    assert_non_null(strstr(s.skip_reason, "not an object"));
    rig_free(rig);
}

static void event_time_is_told_by_the_replays_clock(void **state)
{
    struct rig *rig = rig_new(2000, 10);
    rig->options.replay.pacing = PACING_EVENT_TIME;
    rig->options.replay.speed = 6000; /* a hundred calls a second, as they are a minute apart */
    start(rig);
    int64_t start_ms = clock_mono_ms();
    wait_until(rig, v->acked >= 200);
    double s = (double)(clock_mono_ms() - start_ms) / 1000;
    assert_true(s > 1.9);
    assert_int_equal(rig->view->pacing, PACING_EVENT_TIME);
    int64_t first;
    assert_true(iso_parse_ms("2018-01-02T00:00:00.000", 23, &first));
    assert_in_range(rig->view->clock_ms, first + 199 * 60000, first + 1000 * 60000);
    assert_true(rig->view->city_speed > 4000 && rig->view->city_speed < 8000);
    rig_free(rig);
}

static void rewind_and_loop_send_all_again(void **state)
{
    struct rig *rig = rig_new(500, 10);
    consumer_start(rig);
    start(rig);
    consume(rig, 500);
    wait_until(rig, v->state == REPLAY_ENDED);
    post(rig, CMD_REPLAY_REWIND, 0, 0);
    consume(rig, 1000);
    wait_until(rig, v->state == REPLAY_ENDED && v->acked == 1000);
    post(rig, CMD_REPLAY_RATE, 0, 1000);
    post(rig, CMD_REPLAY_LOOP, 1, 0);
    consume(rig, 2100);
    wait_until(rig, v->loops_done >= 3);
    post(rig, CMD_REPLAY_LOOP, 0, 0);
    wait_until(rig, v->state == REPLAY_ENDED && !v->loop);
    assert_int_equal(rig->view->acked % 500, 0);
    consume(rig, rig->view->acked);
    assert_each_call_came(rig, (int)(rig->view->acked / 500));
    rig_free(rig);
}

static void injected_faults_are_tagged_and_every_call_still_comes(void **state)
{
    struct rig *rig = rig_new(4000, 10);
    rig->options.query.window_ms = 24 * 3600000; /* so many a call is still held back when the data end */
    rig->options.replay.late = 0.05;
    rig->options.replay.duplicates = 0.1;
    rig->options.replay.malformed = 0.02;
    rig->options.replay.seed = 7;
    consumer_start(rig);
    start(rig);
    wait_until(rig, v->state == REPLAY_ENDED);
    consume(rig, rig->view->acked);
    assert_each_call_came(rig, 1);
    assert_int_equal(rig->injected[0], rig->view->injected_late);
    assert_int_equal(rig->injected[1], rig->view->injected_duplicates);
    assert_int_equal(rig->injected[2], rig->view->injected_malformed);
    assert_in_range(rig->injected[0], 150, 250);
    assert_in_range(rig->injected[1], 330, 470);
    assert_in_range(rig->injected[2], 50, 110);
    assert_int_equal(rig->received, 4000 + rig->injected[1] + rig->injected[2]);
    rig_free(rig);
}

static void a_message_that_is_too_large_is_counted_and_the_rest_goes_on(void **state)
{
    struct rig *rig = rig_new(100, 2000);
    struct kafka_property small = {
        .name = (char *)"message.max.bytes", .value = (char *)"1000", .to_producer = true};
    rig->options.kafka.properties = &small;
    rig->options.kafka.property_count = 1;
    start(rig);
    wait_until(rig, v->state == REPLAY_ENDED);
    assert_int_equal(rig->view->failed, 100);
    assert_non_null(strstr(rig->view->message, "100 not delivered"));
    assert_true(atomic_load(&rig->hub.live.replay_ended));
    rig_free(rig);
}

static void a_broker_that_is_away_is_waited_for_and_nothing_is_lost(void **state)
{
    struct rig *rig = rig_new(2000, 10);
    consumer_start(rig);
    assert_int_equal(embedded_broker_up(rig->cluster, 1, false), 0);
    assert_int_equal(embedded_broker_up(rig->cluster, 2, false), 0);
    start(rig);
    wait_until(rig, v->state == REPLAY_HELD && strstr(v->message, "waits for the broker"));
    assert_int_equal(embedded_broker_up(rig->cluster, 1, true), 0);
    assert_int_equal(embedded_broker_up(rig->cluster, 2, true), 0);
    wait_until(rig, v->state == REPLAY_ENDED);
    consume(rig, 2000);
    assert_each_call_came(rig, 1);
    rig_free(rig);
}

/* What failed is the call itself, whose bytes are no sentence and have no end. */
static void calls_given_up_at_the_end_are_no_reason(void **state)
{
    struct rig *rig = rig_new(300, 900);
    static struct log_entry lines[200];
    uint64_t serial;
    start(rig);
    wait_until(rig, v->state == REPLAY_ENDED);
    assert_int_equal(embedded_broker_up(rig->cluster, 1, false), 0);
    assert_int_equal(embedded_broker_up(rig->cluster, 2, false), 0);
    post(rig, CMD_REPLAY_REWIND, 0, 0);
    wait_until(rig, v->state == REPLAY_HELD && v->in_queue > 0);
    (void)replay_stop(rig->replay, 200);
    struct replay_summary s;
    replay_summary(rig->replay, &s);
    assert_int_equal(s.acked, 300);
    assert_true(s.unanswered > 0 && s.unanswered <= 300);
    size_t n = log_read(lines, sizeof lines / sizeof *lines, LOG_ERROR, &serial), told = 0;
    for (size_t i = 0; i < n; i++) {
        told += strstr(lines[i].text, "a call was not delivered: ") != NULL;
        assert_null(strstr(lines[i].text, "crime_id"));
    }
    assert_true(told > 0);
    rig_free(rig);
}

static void stopping_in_full_flight_is_quick(void **state)
{
    struct rig *rig = rig_new(40000, 100);
    start(rig);
    wait_until(rig, v->sent > 0);
    int64_t start_ms = clock_mono_ms();
    assert_true(replay_stop(rig->replay, 5000));
    assert_true(clock_mono_ms() - start_ms < 3000);
    (void)look(rig);
    assert_int_equal(rig->view->in_queue, 0);
    rig_free(rig);
}

static void what_cannot_be_read_is_refused_with_a_sentence(void **state)
{
    struct rig *rig = rig_new(1, 1);
    char err[400] = "";
    rig->options.replay.calls = (char *)"/nonexistent/calls.json";
    assert_null(replay_start(&rig->parts, err, sizeof err));
    assert_string_equal(err, "cannot read /nonexistent/calls.json: no such file");
    rig->options.replay.calls = (char *)"-";
    rig->options.replay.loop = true;
    assert_null(replay_start(&rig->parts, err, sizeof err));
    assert_non_null(strstr(err, "standard input cannot be read again"));
    rig_free(rig);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_call_arrives_once_and_the_end_is_told),
        cmocka_unit_test(slow_answers_change_nothing),
        cmocka_unit_test(it_holds_back_for_a_query_that_stands_still_and_nothing_is_lost),
        cmocka_unit_test(single_messages_do_not_outrun_the_limit_either),
        cmocka_unit_test(faults_are_switched_on_and_off_while_it_runs),
        cmocka_unit_test(pause_steps_and_rate_are_obeyed_at_once),
        cmocka_unit_test(figures_are_of_the_time_since_the_last_change),
        cmocka_unit_test(a_replay_that_is_held_for_long_has_a_rate_of_nothing),
        cmocka_unit_test(the_summary_says_what_was_not_sent_and_why),
        cmocka_unit_test(event_time_is_told_by_the_replays_clock),
        cmocka_unit_test(rewind_and_loop_send_all_again),
        cmocka_unit_test(injected_faults_are_tagged_and_every_call_still_comes),
        cmocka_unit_test(a_message_that_is_too_large_is_counted_and_the_rest_goes_on),
        cmocka_unit_test(a_broker_that_is_away_is_waited_for_and_nothing_is_lost),
        cmocka_unit_test(calls_given_up_at_the_end_are_no_reason),
        cmocka_unit_test(stopping_in_full_flight_is_quick),
        cmocka_unit_test(what_cannot_be_read_is_refused_with_a_sentence),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
