/* The linear mode: what is told unasked, and keys out of bytes; without a terminal. */
#include "fake_feed.h"

#include "base/xalloc.h"
#include "log.h"
#include "ui/keymap.h"
#include "ui/plain_keys.h"
#include "ui/plain_news.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

struct heard {
    char text[8000];
    size_t lines, must;
};

static void hear(void *arg, bool must, const char *text)
{
    struct heard *h = arg;
    size_t at = strlen(h->text);
    snprintf(h->text + at, sizeof h->text - at, "%s\n", text);
    h->lines++;
    h->must += must;
}

struct scene {
    struct query_view *q;
    struct replay_view *r;
    struct cluster_view *c;
    struct news news;
    struct heard heard;
    int64_t now_ms;
};

static void scene_open(struct scene *s)
{
    memset(s, 0, sizeof *s);
    s->q = fake_query(42, 5);
    s->r = fake_replay(REPLAY_RUNNING);
    s->c = fake_cluster(0);
    s->now_ms = 100000;
}

static void scene_close(struct scene *s)
{
    query_view_free(s->q);
    free(s->r);
    cluster_view_free(s->c);
}

/* What is said when so much time has passed. */
static const char *said(struct scene *s, int64_t later_ms)
{
    struct state_input in = {.query = s->q, .replay = s->r, .cluster = s->c, .newest_batch_id = -1};
    s->now_ms += later_ms;
    in.now_ms = s->now_ms;
    in.batch.batch_id = -1;
    memset(&s->heard, 0, sizeof s->heard);
    news_tell(&s->news, &in, hear, &s->heard);
    return s->heard.text;
}

static void must_say(const char *text, const char *what)
{
    if (!strstr(text, what))
        fail_msg("\"%s\" is not in \"%s\"", what, text);
}

static void a_state_is_told_once_when_it_comes(void **state)
{
    (void)state;
    struct scene s;
    scene_open(&s);
    must_say(said(&s, 0), "RUNNING\n");
    must_say(s.heard.text, "The query: calls by type, 1 hour windows\n");
    must_say(s.heard.text, "Batch 42: 30 calls came in");
    assert_string_equal(said(&s, 250), "");
    s.r->state = REPLAY_PAUSED;
    must_say(said(&s, 250), "REPLAY PAUSED: the query has caught up (lag 0). [Space] resumes\n");
    assert_int_equal(s.heard.must, 1);
    assert_string_equal(said(&s, 250), "");
    s.c->brokers[1].up = false;
    snprintf(s.c->message, sizeof s.c->message, "broker 2 does not answer");
    must_say(said(&s, 250), "BROKER 2 DOWN, REPLAY PAUSED: broker 2 does not answer");
    s.c->brokers[1].up = true;
    s.r->state = REPLAY_RUNNING;
    must_say(said(&s, 250), "RUNNING\n");
    s.q->state = ENGINE_FAILED;
    snprintf(s.q->message, sizeof s.q->message, "the topic is gone");
    must_say(said(&s, 250), "FAILED: the topic is gone\n");
    scene_close(&s);
}

static void what_comes_and_goes_by_itself_is_told_only_when_it_stays(void **state)
{
    (void)state;
    struct scene s;
    scene_open(&s);
    (void)said(&s, 0);
    for (int i = 0; i < 20; i++) {
        s.r->state = i % 2 ? REPLAY_RUNNING : REPLAY_HELD;
        assert_null(strstr(said(&s, 400), "HELD"));
        assert_null(strstr(s.heard.text, "RUNNING"));
    }
    s.r->state = REPLAY_HELD;
    snprintf(s.r->message, sizeof s.r->message, "the query has to read first");
    (void)said(&s, 400);
    must_say(said(&s, 2000), "REPLAY HELD: the query has to read first\n");
    scene_close(&s);
}

/* More rows and a batch more. */
static void next_batch(struct scene *s, size_t key, int64_t rows)
{
    s->q->progress.batch_id++;
    s->q->rows_in += rows;
    fake_total(s->q, key, view_key_at(s->q, key)->total + rows);
}

static void batches_are_summed_up_and_leaders_told_when_they_change(void **state)
{
    (void)state;
    struct scene s;
    scene_open(&s);
    (void)said(&s, 0);
    size_t lines = 0;
    for (int i = 0; i < 100; i++) { /* 25 seconds at forty batches a second */
        for (int k = 0; k < 10; k++)
            next_batch(&s, 0, 2);
        (void)said(&s, 250);
        lines += s.heard.lines;
    }
    assert_in_range(lines, 4, 8);
    next_batch(&s, 2, 5000);
    s.q->rows_late += 3;
    must_say(said(&s, 10000), "3 came too late for their window");
    must_say(s.heard.text, "Suspicious Person now leads with");
    must_say(s.heard.text, "Leading: Suspicious Person 5,402, Traffic Stop 3,205, Passing Call 603.\n");
    next_batch(&s, 2, 1);
    assert_null(strstr(said(&s, 20000), "Leading:"));
    scene_close(&s);
}

static void a_lag_is_told_when_it_grows_and_when_it_is_gone(void **state)
{
    (void)state;
    struct scene s;
    scene_open(&s);
    (void)said(&s, 0);
    for (size_t i = 0; i < 2; i++) {
        s.c->partitions[i].high += 600;
        s.c->partitions[i].lag = 600;
    }
    s.c->lag_total = 1200;
    s.c->lag_trend_per_s = 100;
    s.c->growing_since_ms = s.now_ms;
    assert_null(strstr(said(&s, 1000), "falls behind"));
    must_say(said(&s, 5000), "The query falls behind: lag 1,200 and growing by 100 a second.\n");
    assert_null(strstr(said(&s, 5000), "falls behind"));
    s.c->growing_since_ms = UNKNOWN;
    for (size_t i = 0; i < 2; i++) {
        s.c->partitions[i].position = s.c->partitions[i].high;
        s.c->partitions[i].lag = 0;
    }
    s.c->lag_total = 0;
    s.q->progress.end_offset[0] = s.q->progress.end_offset[1] = s.c->partitions[0].high;
    must_say(said(&s, 1000), "the lag is gone");
    assert_null(strstr(said(&s, 1000), "the lag is gone"));
    scene_close(&s);
}

static void a_query_that_starts_over_and_a_warning_are_told(void **state)
{
    (void)state;
    struct scene s;
    scene_open(&s);
    (void)said(&s, 0);
    snprintf(s.q->run_id, sizeof s.q->run_id, "another");
    s.q->settings.window_ms = s.q->settings.slide_ms = 0;
    must_say(said(&s, 250), "The query starts over: calls by type\n");
    log_line(LOG_INFO, "engine", "nothing to worry about");
    log_line(LOG_WARNING, "kafka", "broker 2 \033[2J went away");
    must_say(said(&s, 250), "WARNING from kafka: broker 2 \xEF\xBF\xBD[2J went away\n");
    assert_null(strstr(s.heard.text, "worry"));
    for (int i = 0; i < 10; i++)
        log_line(LOG_ERROR, "kafka", "trouble %d", i);
    must_say(said(&s, 250), "and 7 lines more like these in the log");
    assert_string_equal(said(&s, 250), "");
    scene_close(&s);
}

static void before_anything_came_it_says_so(void **state)
{
    (void)state;
    struct scene s;
    memset(&s, 0, sizeof s);
    s.now_ms = 5000;
    must_say(said(&s, 0), "STARTING: connecting to Kafka\n");
    assert_string_equal(said(&s, 1000), "");
}

static void a_row_reads_as_a_sentence(void **state)
{
    (void)state;
    char row[300];
    struct query_view *v = fake_query(42, 3);
    assert_string_equal(news_row(row, sizeof row, v, 1, 0, 2410),
                        "1. Traffic Stop: 1,205 (50.0 %), 3 more in the last batch");
    assert_string_equal(news_row(row, sizeof row, v, 2, 1, 0), "2. Passing Call: 603");
    query_view_free(v);
}

static void keys_are_read_from_bytes(void **state)
{
    (void)state;
    static const struct {
        const char *bytes;
        int key;
        size_t used;
    } cases[] = {
        {"q", 'q', 1},
        {"\n", K_ENTER, 1},
        {"\r", K_ENTER, 1},
        {"\t", K_TAB, 1},
        {"\033", K_ESC, 1},
        {"\033q", K_ESC, 1},
        {"\033[A", K_UP, 3},
        {"\033OB", K_DOWN, 3},
        {"\033[5~x", K_PGUP, 4},
        {"\033[Z", K_BACKTAB, 3},
        {"\033OP", K_F1, 3},
        {"\033[15~", K_F1 + 4, 5},
        {"\xC3\xA9", 0xE9, 2},
        {"\xC3", K_NONE, 1},
        {"\xFFq", K_NONE, 1},
        {"\x7F", K_BACKSPACE, 1},
        {"\b", K_BACKSPACE, 1},
        {"\033[200~q", K_NONE, 6},
        {"\033[1;5Cn", K_NONE, 6},
        {"\x0C", K_CTRL_L, 1},
        {"", K_NONE, 0},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        size_t used;
        int key = plain_key(cases[i].bytes, strlen(cases[i].bytes), &used);
        if (key != cases[i].key || used != cases[i].used)
            fail_msg("case %zu: key %d of %zu bytes", i, key, used);
    }
}

static int log_start(void **state)
{
    (void)state;
    char err[200];
    return log_open(NULL, err, sizeof err);
}

static int log_end(void **state)
{
    (void)state;
    log_close();
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_state_is_told_once_when_it_comes),
        cmocka_unit_test(what_comes_and_goes_by_itself_is_told_only_when_it_stays),
        cmocka_unit_test(batches_are_summed_up_and_leaders_told_when_they_change),
        cmocka_unit_test(a_lag_is_told_when_it_grows_and_when_it_is_gone),
        cmocka_unit_test(a_query_that_starts_over_and_a_warning_are_told),
        cmocka_unit_test(before_anything_came_it_says_so),
        cmocka_unit_test(a_row_reads_as_a_sentence),
        cmocka_unit_test(keys_are_read_from_bytes),
    };
    return cmocka_run_group_tests_name("linear mode", tests, log_start, log_end);
}
