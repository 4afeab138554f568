/* The outbox against a plain model: what goes in comes out, in order, within its limits. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "replay/outbox.h"

#include <stdio.h>
#include <string.h>

static struct outbox_message message(char *buf, size_t cap, int number, size_t len)
{
    memset(buf, 'x', len);
    int n = snprintf(buf, cap, "%d", number);
    buf[n] = ' ';
    return (struct outbox_message){.json = {buf, len},
                                   .key = {buf, number % 3 ? (size_t)n : 0},
                                   .kind = number % 5 ? INJECTED_NONE : INJECTED_LATE,
                                   .time_ms = number};
}

static void a_partition_is_open_until_its_request_is_full(void **state)
{
    struct outbox *o = outbox_new(2, 10, 1000, 5);
    for (int i = 0; i < 10; i++) {
        assert_true(outbox_open(o, 0, 0));
        outbox_given(o, 0, 50, 0);
    }
    assert_false(outbox_open(o, 0, 0));
    assert_true(outbox_open(o, 1, 0));
    outbox_answered(o, 0, 50);
    assert_true(outbox_open(o, 0, 0));
    for (int i = 0; i < 5; i++) {
        assert_true(outbox_open(o, 1, 0));
        outbox_given(o, 1, 200, 0); /* by bytes */
    }
    assert_false(outbox_open(o, 1, 0));
    outbox_answered(o, 1, 200);
    assert_true(outbox_open(o, 1, 0));
    outbox_free(o);
}

static void what_comes_after_the_linger_waits_for_the_answers(void **state)
{
    struct outbox *o = outbox_new(1, 100, 100000, 5);
    for (int i = 0; i < 8; i++) {
        assert_true(outbox_open(o, 0, 14)); /* goes into the same request */
        outbox_given(o, 0, 100, i == 0 ? 10 : 14);
    }
    assert_false(outbox_open(o, 0, 15)); /* that of 10 does not linger any more */
    for (int i = 0; i < 3; i++)
        outbox_answered(o, 0, 100);
    assert_false(outbox_open(o, 0, 1000)); /* five are still under way */
    outbox_answered(o, 0, 100);
    /* Another request can be sent beside them, and begins to linger now. */
    for (int i = 0; i < 50; i++) {
        assert_true(outbox_open(o, 0, 1000));
        outbox_given(o, 0, 100, 1000);
    }
    assert_true(outbox_open(o, 0, 1004));
    assert_false(outbox_open(o, 0, 1005));
    outbox_free(o);
}

/* Requests of one message each (batch.num.messages=1): five of them are under way. */
static void single_messages_go_by_five(void **state)
{
    struct outbox *o = outbox_new(1, 1, 1000, 5);
    for (int i = 0; i < 100; i++) {
        for (int j = 0; j < 5; j++) {
            assert_int_equal(outbox_open(o, 0, i * 10), j < 5 - 2 * (i > 0));
            if (outbox_open(o, 0, i * 10))
                outbox_given(o, 0, 100, i * 10);
        }
        assert_false(outbox_open(o, 0, i * 10));
        for (int j = 0; j < 4; j++)
            outbox_answered(o, 0, 100);
        outbox_given(o, 0, 100, i * 10 + 1);
        assert_true(outbox_open(o, 0, i * 10 + 9));
    }
    outbox_free(o);
}

static void what_waits_comes_out_in_order_and_whole(void **state)
{
    enum { PARTS = 3, ROUNDS = 20000 };
    static char buf[4096];
    struct outbox *o = outbox_new(PARTS, 50, 20000, 5);
    int in[PARTS] = {0}, out[PARTS] = {0};
    unsigned dice = 7;
    for (int round = 0; round < ROUNDS; round++) {
        dice = dice * 1103515245u + 12345u;
        int p = (int)(dice >> 16) % PARTS;
        struct outbox_message m;
        if ((dice >> 20) % 2) {
            m = message(buf, sizeof buf, in[p], 20 + (size_t)(in[p] * 37 % 900));
            bool taken = outbox_put(o, p, &m);
            assert_true(taken);
            in[p] += taken;
        } else if (outbox_first(o, p, &m)) {
            struct outbox_message expected =
                message(buf, sizeof buf, out[p], 20 + (size_t)(out[p] * 37 % 900));
            assert_int_equal(m.json.len, expected.json.len);
            assert_memory_equal(m.json.p, expected.json.p, m.json.len);
            assert_int_equal(m.key.len, expected.key.len);
            assert_int_equal(m.kind, expected.kind);
            assert_int_equal(m.time_ms, expected.time_ms);
            if (m.key.len > 0)
                assert_memory_equal(m.key.p, expected.key.p, m.key.len);
            else
                assert_null(m.key.p);
            outbox_drop_first(o, p);
            out[p]++;
        }
        assert_int_equal(outbox_waiting(o, p), in[p] - out[p]);
    }
    int64_t all = 0;
    for (int p = 0; p < PARTS; p++)
        all += in[p] - out[p];
    assert_int_equal(outbox_waiting_all(o), all);
    assert_true(out[0] > 1000);
    outbox_free(o);
}

static void there_is_room_for_a_megabyte_and_no_more(void **state)
{
    static char buf[600];
    struct outbox *o = outbox_new(40, 2000, 1000000, 5);
    struct outbox_message m = message(buf, sizeof buf, 1, sizeof buf);
    int taken = 0;
    while (outbox_put(o, 0, &m))
        taken++;
    assert_in_range(taken, OUTBOX_PART_BYTES_MAX / 640, OUTBOX_PART_BYTES_MAX / 600);
    /* All partitions together have a limit of their own. */
    int64_t all = taken;
    for (int p = 1; p < 40; p++)
        while (outbox_put(o, p, &m))
            all++;
    assert_in_range(all, OUTBOX_BYTES_MAX / 640, OUTBOX_BYTES_MAX / 600);
    while (outbox_waiting(o, 0) > 0)
        outbox_drop_first(o, 0);
    assert_true(outbox_put(o, 39, &m));
    outbox_drop_first(o, 0); /* nothing there: nothing happens */
    assert_int_equal(outbox_waiting(o, 0), 0);
    outbox_free(o);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_partition_is_open_until_its_request_is_full),
        cmocka_unit_test(what_comes_after_the_linger_waits_for_the_answers),
        cmocka_unit_test(single_messages_go_by_five),
        cmocka_unit_test(what_waits_comes_out_in_order_and_whole),
        cmocka_unit_test(there_is_room_for_a_megabyte_and_no_more),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
