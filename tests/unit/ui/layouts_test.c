/* The layouts, their panes, and the way of a query change over the screen. */
#include "picture.h"

#include "ui/keymap.h"

#include <curses.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

static void a_query_change_is_asked_for_posted_and_told(void **state)
{
    (void)state;
    struct picture p;
    struct command c;
    picture_open(&p, 100, 30, false);
    picture_press(&p, "w"); /* nothing has come yet: there is nothing to change */
    assert_int_equal(p.ui.menu.level, MENU_CLOSED);
    picture_give_all(&p);
    struct command_box *engine = p.fake.parts.to_engine;
    picture_press(&p, "w\n");
    picture_must_show(&p, "like that already");
    picture_press(&p, "g\n");
    picture_must_show(&p, "Start the query over with window=none?");
    picture_press(&p, "n");
    assert_false(command_take(engine, &c));
    picture_press(&p, "\ny");
    assert_true(command_take(engine, &c) && c.kind == CMD_QUERY_CHANGE);
    assert_string_equal(c.text, "window=none");
    assert_int_equal(p.ui.menu.level, MENU_CLOSED);
    picture_press(&p, "QjjjjG\nG\n"); /* the last setting's free line */
    picture_press(&p, "x;y\n");
    picture_must_show(&p, "without ';'");
    picture_press(&p, "\033\033\033");
    assert_int_equal(p.ui.menu.level, MENU_CLOSED);
    picture_press(&p, "u");
    assert_true(command_take(engine, &c) && c.kind == CMD_QUERY_UNDO);
    struct query_view *q = fake_query(44, 3);
    snprintf(q->message, sizeof q->message, "there is no change to undo");
    picture_give(&p, q, NULL, NULL);
    picture_must_show(&p, "there is no change to undo");
    picture_press(&p, "C");
    assert_true(command_take(engine, &c) && c.kind == CMD_CODES_RELOAD);
    /* What is said on the way to the answer is not the answer. */
    q = fake_query(45, 3);
    snprintf(q->message, sizeof q->message, "asking Kafka for its offsets");
    picture_give(&p, q, NULL, NULL);
    picture_must_show(&p, "asking Kafka for its offsets");
    q = fake_query(46, 3);
    snprintf(q->message, sizeof q->message, "the query stays as it is: no broker");
    q->answered = true;
    picture_give(&p, q, NULL, NULL);
    picture_must_show(&p, "the query stays as it is: no broker");
    picture_close(&p);
}

static void catching_up_is_shown_with_a_bar(void **state)
{
    (void)state;
    struct picture p;
    picture_open(&p, 100, 30, false);
    picture_give_all(&p);
    struct query_view *q = fake_query(1, 3);
    q->state = ENGINE_RESTARTING;
    q->catch_up = 0.5;
    picture_give(&p, q, NULL, NULL);
    picture_must_show(&p, "CATCHING UP 50 %");
    picture_must_show(&p, "██████░░░░░░");
    picture_must_show(&p, "catching up ████");
    picture_close(&p);
}

static void give_history(struct picture *p)
{
    struct query_view *q = fake_query(60, 11);
    q->settings.output_mode = OUTPUT_UPDATE;
    q->history_count = 30;
    for (size_t i = 0; i < q->history_count; i++) {
        int64_t newest = FAKE_EVENT_MS - (int64_t)(30 - i) * 60000;
        q->history[i] = (struct batch_sample){.batch_id = 31 + (int64_t)i,
                                              .rows_in = 30,
                                              .rows_late = i == 20,
                                              .state_rows = 100 + (int64_t)i,
                                              .input_per_s = NAN,
                                              .processed_per_s = 21400,
                                              .total_ms = 2.1,
                                              .watermark_ms = i ? newest - 360000 : 0,
                                              .event_min_ms = newest - (i % 10 == 9 ? 240000 : 0),
                                              .event_max_ms = newest};
    }
    q->late_count = 1;
    q->late[0] = (struct view_late){.event_ms = FAKE_EVENT_MS - 3600000,
                                    .watermark_ms = FAKE_EVENT_MS - 360000,
                                    .batch_id = 51,
                                    .partition = 1,
                                    .offset = 77,
                                    .type = "Late Type"};
    q->rows_bad[BAD_NOT_JSON] = 3;
    snprintf(q->last_bad, sizeof q->last_bad, "partition 0 offset 3260: not JSON at byte 14");
    picture_give(p, q, fake_replay(REPLAY_RUNNING), fake_cluster(19));
}

static void late_rows_and_bad_messages_are_shown_with_their_reasons(void **state)
{
    (void)state;
    struct picture p;
    picture_open(&p, 100, 30, false);
    give_history(&p);
    picture_must_show(&p, "bad 3 [x]");
    picture_press(&p, "x");
    picture_must_show(&p, "bad messages 3: not JSON 3");
    picture_must_show(&p, "last: partition 0 offset 3260: not JSON at byte 14");
    picture_must_show(&p, "12-31 22:57:00 54 min");
    picture_must_show(&p, "1:77");
    picture_must_show(&p, "Late Type");
    picture_press(&p, "\033");
    picture_must_show(&p, "1 Calls by");
    picture_close(&p);
}

static void the_layouts_show_their_panes(void **state)
{
    (void)state;
    struct picture p;
    picture_open(&p, 120, 40, false);
    give_history(&p);
    (void)ui_key(&p.ui, K_F1 + 1);
    picture_must_show(&p, "watermark used 23:51:00");
    picture_must_show(&p, "o out of order");
    picture_must_show(&p, "closed");
    picture_must_show(&p, "7 Batches: the last 30");
    picture_must_show(&p, "processed/s    max      21.4k");
    picture_must_show(&p, "8 Pipeline: batch 60");
    (void)ui_key(&p.ui, K_F1 + 2);
    picture_must_show(&p, "3 Offsets and lag");
    picture_must_show(&p, "since");
    picture_must_show(&p, "process  cpu ");
    assert_false(picture_shows(&p, "Calls by type"));
    picture_press(&p, "\t\t\t\t\t"); /* only through the panes of the layout */
    assert_false(p.ui.layout.single);
    (void)ui_key(&p.ui, K_F1 + 3);
    picture_must_show(&p, "What just happened");
    picture_must_show(&p, "Traffic Stop leads with 1,205.");
    picture_must_show(&p, "L late: 12 dropped");
    (void)ui_key(&p.ui, K_F1);
    picture_must_show(&p, "2 Replay");
    picture_close(&p);
}

int main(void)
{
    if (!picture_locale())
        return 0;
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_query_change_is_asked_for_posted_and_told),
        cmocka_unit_test(catching_up_is_shown_with_a_bar),
        cmocka_unit_test(late_rows_and_bad_messages_are_shown_with_their_reasons),
        cmocka_unit_test(the_layouts_show_their_panes),
    };
    return cmocka_run_group_tests_name("layouts", tests, NULL, NULL);
}
