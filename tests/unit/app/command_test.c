/* The command box and the mailboxes: order kept, full boxes refuse, nothing leaks, nothing is taken twice. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <poll.h>
#include <pthread.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/xalloc.h"
#include "command.h"
#include "snapshot.h"

static bool readable(int fd)
{
    struct pollfd p = {.fd = fd, .events = POLLIN};
    return poll(&p, 1, 0) == 1;
}

static void commands_come_out_in_the_order_they_went_in(void **state)
{
    (void)state;
    struct command_box *box = command_box_new();
    struct command c;
    assert_non_null(box);
    assert_false(readable(command_fd(box)));
    for (int i = 0; i < 3; i++)
        assert_true(command_post(box, &(struct command){.kind = CMD_REPLAY_STEP, .i = i}));
    assert_true(readable(command_fd(box)));
    for (int i = 0; i < 3; i++) {
        assert_true(command_take(box, &c));
        assert_int_equal(c.i, i);
    }
    assert_false(command_take(box, &c));
    assert_false(readable(command_fd(box)));
    command_box_free(box);
}

static void one_kind_is_taken_and_the_others_keep_their_order(void **state)
{
    (void)state;
    struct command_box *box = command_box_new();
    struct command c;
    assert_non_null(box);
    for (int i = 0; i < 70; i++) { /* round the end of the ring */
        assert_true(command_post(box, &(struct command){.kind = CMD_REPLAY_STEP, .i = i}));
        assert_false(command_take_kind(box, CMD_STOP, &c));
        if (i >= 40)
            assert_true(command_take(box, &c));
    }
    assert_true(command_post(box, &(struct command){.kind = CMD_STOP}));
    assert_true(command_post(box, &(struct command){.kind = CMD_REPLAY_STEP, .i = 70}));
    assert_true(command_take_kind(box, CMD_STOP, &c));
    assert_false(command_take_kind(box, CMD_STOP, &c));
    for (int i = 30; i <= 70; i++) {
        assert_true(command_take(box, &c));
        assert_int_equal(c.i, i);
    }
    assert_false(readable(command_fd(box)));
    assert_true(command_post(box, &(struct command){.kind = CMD_STOP}));
    assert_true(command_take_kind(box, CMD_STOP, &c));
    assert_false(readable(command_fd(box)));
    command_box_free(box);
}

static void a_full_box_refuses_and_takes_again_when_emptied(void **state)
{
    (void)state;
    struct command_box *box = command_box_new();
    struct command c = {.kind = CMD_STOP};
    int taken = 0;
    while (command_post(box, &c) && taken < 1000)
        taken++;
    assert_int_equal(taken, 64);
    assert_true(command_take(box, &c));
    assert_true(command_post(box, &c));
    command_box_free(box);
}

static void *post_soon(void *box)
{
    (void)command_post(box, &(struct command){.kind = CMD_STOP});
    return NULL;
}

static void waiting_ends_when_another_thread_posts(void **state)
{
    (void)state;
    struct command_box *box = command_box_new();
    pthread_t thread;
    assert_false(command_wait(box, 0));
    assert_int_equal(pthread_create(&thread, NULL, post_soon, box), 0);
    assert_true(command_wait(box, 10000));
    assert_int_equal(pthread_join(thread, NULL), 0);
    command_box_free(box);
}

static void a_mailbox_keeps_only_the_newest_view(void **state)
{
    (void)state;
    struct hub hub;
    assert_int_equal(hub_open(&hub), 0);
    assert_null(hub_take_replay(&hub));
    for (uint64_t n = 1; n <= 3; n++) {
        struct replay_view *v = xcalloc(1, sizeof *v);
        v->number = n;
        hub_put_replay(&hub, v);
    }
    assert_true(readable(hub.wake_fd));
    struct replay_view *v = hub_take_replay(&hub);
    assert_int_equal(v->number, 3);
    assert_null(hub_take_replay(&hub));
    free(v);
    hub_put_query(&hub, xcalloc(1, sizeof(struct query_view)));
    assert_false(hub_query_taken(&hub));
    hub_close(&hub);
}

enum { VIEWS = 20000 };

static void *publish(void *arg)
{
    for (uint64_t n = 1; n <= VIEWS; n++) {
        struct replay_view *v = xcalloc(1, sizeof *v);
        v->number = n;
        v->sent = (int64_t)n;
        hub_put_replay(arg, v);
    }
    return NULL;
}

static void views_taken_while_another_thread_publishes_are_whole_and_in_order(void **state)
{
    (void)state;
    struct hub hub;
    pthread_t thread;
    uint64_t last = 0;
    int64_t deadline_ms = clock_mono_ms() + 60000;
    assert_int_equal(hub_open(&hub), 0);
    assert_int_equal(pthread_create(&thread, NULL, publish, &hub), 0);
    while (last < VIEWS && clock_mono_ms() < deadline_ms) {
        struct replay_view *v = hub_take_replay(&hub);
        if (!v)
            continue;
        assert_true(v->number > last);
        assert_int_equal(v->sent, v->number);
        last = v->number;
        free(v);
    }
    assert_int_equal(pthread_join(thread, NULL), 0);
    assert_int_equal(last, VIEWS);
    hub_close(&hub);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(commands_come_out_in_the_order_they_went_in),
        cmocka_unit_test(one_kind_is_taken_and_the_others_keep_their_order),
        cmocka_unit_test(a_full_box_refuses_and_takes_again_when_emptied),
        cmocka_unit_test(waiting_ends_when_another_thread_posts),
        cmocka_unit_test(a_mailbox_keeps_only_the_newest_view),
        cmocka_unit_test(views_taken_while_another_thread_publishes_are_whole_and_in_order),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
