/* When frames go out over lines of every speed: simulated, a millisecond at a time. */
#include "ui/frames.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

enum { ANSWERS_MOST = 16, GAP_MS = 16, FRAME_BYTES = 1500, FIRST_BYTES = 5000, FOR_MS = 60000 };

/* A line that takes everything in and carries so many bytes a second; answers come after the latency. */
struct line {
    double bytes_s;
    int64_t latency_ms;
    bool answers;
    double queue;         /* bytes not yet drawn */
    double question_at;   /* bytes before the question; < 0 = none */
    int64_t answer_ms;    /* when the answer arrives; 0 = none is coming */
    double longest;       /* the queue from the fifteenth second on */
    int64_t sent, frames; /* in that time */
};

static void drain(struct line *l)
{
    double bytes = l->bytes_s / 1000;
    if (l->question_at >= 0) {
        l->question_at -= bytes;
        if (l->question_at < 0 && l->answers)
            l->answer_ms = -1;
    }
    l->queue = l->queue > bytes ? l->queue - bytes : 0;
}

/* Always something new to show. */
static void simulate(struct line *l, struct frames *f)
{
    l->question_at = -1;
    for (int64_t now = 1; now <= FOR_MS; now++) {
        bool ask = false;
        drain(l);
        if (l->answer_ms < 0)
            l->answer_ms = now + l->latency_ms;
        if (l->answer_ms && now >= l->answer_ms) {
            l->answer_ms = 0;
            ask = frames_answered(f, now);
        }
        if (!ask && now >= frames_earliest(f, now, false, GAP_MS)) {
            int64_t bytes = f->painted_ms ? FRAME_BYTES : FIRST_BYTES;
            l->queue += (double)bytes;
            ask = frames_painted(f, now, bytes);
            if (now > 15000) {
                l->sent += bytes;
                l->frames++;
            }
        }
        if (ask)
            l->question_at = l->queue;
        if (now > 15000 && l->queue > l->longest)
            l->longest = l->queue;
    }
}

static void a_slow_line_holds_a_frame_or_two_and_is_half_free(void **state)
{
    (void)state;
    static const int64_t latencies[] = {0, 100, 300};
    for (size_t i = 0; i < 3; i++) {
        struct line l = {.bytes_s = 960, .latency_ms = latencies[i], .answers = true};
        struct frames f = {.asks = true};
        simulate(&l, &f);
        if (l.longest > 2 * FRAME_BYTES)
            fail_msg("latency %d ms: %.0f bytes wait", (int)latencies[i], l.longest);
        assert_true(l.sent < 45 * 960 * 8 / 10);
        assert_true(l.frames >= 8);
    }
}

static void a_fast_line_is_bounded_in_bytes_and_not_by_asking(void **state)
{
    (void)state;
    static const int64_t latencies[] = {0, 40, 200};
    for (size_t i = 0; i < 3; i++) {
        struct line l = {.bytes_s = 1e6, .latency_ms = latencies[i], .answers = true};
        struct frames f = {.asks = true};
        simulate(&l, &f);
        double bytes_s = (double)l.sent / 45;
        if (bytes_s > FRAMES_BYTES_A_SECOND * 1.05 || bytes_s < FRAMES_BYTES_A_SECOND * 0.3)
            fail_msg("latency %d ms: %.0f bytes a second", (int)latencies[i], bytes_s);
    }
}

static void a_terminal_that_never_answers_gets_its_frames_all_the_same(void **state)
{
    (void)state;
    struct line l = {.bytes_s = 1e6};
    struct frames f = {.asks = true};
    simulate(&l, &f);
    assert_true((double)l.sent / 45 > FRAMES_BYTES_A_SECOND * 0.9);
    struct line dumb = {.bytes_s = 1e6};
    struct frames never_asked = {.asks = false};
    simulate(&dumb, &never_asked);
    assert_true(dumb.frames >= l.frames);
}

static void a_lost_answer_does_not_stop_the_picture(void **state)
{
    (void)state;
    struct frames f = {.asks = true};
    assert_true(frames_painted(&f, 1000, 500));
    assert_false(frames_answered(&f, 1010));
    assert_true(frames_painted(&f, 1100, 60000));
    int64_t at = frames_earliest(&f, 1200, true, 4);
    assert_in_range(at, 2000, 10000);
    assert_true(frames_earliest(&f, at, true, 4) <= at);
    assert_true(frames_painted(&f, at, 500)); /* and it is asked again */
}

static void a_key_does_not_wait_for_the_bytes_of_earlier_frames(void **state)
{
    (void)state;
    struct frames f = {.asks = true};
    assert_true(frames_painted(&f, 1000, 20000));
    assert_false(frames_answered(&f, 1002));
    assert_int_equal(frames_earliest(&f, 1003, true, 4), 1004);
    assert_true(frames_earliest(&f, 1003, false, GAP_MS) > 1400);
    /* Frames that changed nothing cost nothing and ask nothing. */
    assert_false(frames_painted(&f, 1004, 0));
    assert_int_equal(frames_earliest(&f, 1005, false, GAP_MS), 1020);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_slow_line_holds_a_frame_or_two_and_is_half_free),
        cmocka_unit_test(a_fast_line_is_bounded_in_bytes_and_not_by_asking),
        cmocka_unit_test(a_terminal_that_never_answers_gets_its_frames_all_the_same),
        cmocka_unit_test(a_lost_answer_does_not_stop_the_picture),
        cmocka_unit_test(a_key_does_not_wait_for_the_bytes_of_earlier_frames),
    };
    return cmocka_run_group_tests_name("frames", tests, NULL, NULL);
}
