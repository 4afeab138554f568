/* The whole picture: what is seen at which size, what keys do to it, and that nothing breaks it. */
#include "picture.h"

#include "base/xalloc.h"
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
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

enum { FUZZ_STEPS = 6000 };

static void all_panes_are_seen_at_80x24_but_the_log(void **state)
{
    (void)state;
    struct picture p;
    picture_open(&p, 80, 24, false);
    picture_give_all(&p);
    static const char *const wanted[] = {"RUNNING",
                                         "batch 42",
                                         "watermark 23:52",
                                         "late 12",
                                         "lag 38",
                                         "1 Calls by",
                                         "Traffic Stop",
                                         "1,205",
                                         "2 Replay",
                                         "asked 10/s",
                                         "sent 9.80/s",
                                         "164/700",
                                         "3 Offsets and lag",
                                         "4 Progress",
                                         "used 23:51",
                                         "21.4k rows/s",
                                         "? help",
                                         "q quit",
                                         "10 min of city time a second"};
    for (size_t i = 0; i < sizeof wanted / sizeof *wanted; i++)
        picture_must_show(&p, wanted[i]);
    picture_close(&p);
}

static void before_anything_came_it_says_so_and_shows_no_figures(void **state)
{
    (void)state;
    struct picture p;
    picture_open(&p, 120, 40, false);
    picture_must_show(&p, "STARTING");
    picture_must_show(&p, "The query is starting.");
    picture_must_show(&p, "The replay has not reported yet.");
    picture_must_show(&p, "No answer from the cluster yet.");
    picture_must_show(&p, "No batch has ended yet.");
    picture_must_show(&p, "lag -");
    picture_must_show(&p, "batch -");
    picture_close(&p);
}

static void an_unknown_figure_is_a_dash(void **state)
{
    (void)state;
    struct picture p;
    picture_open(&p, 120, 40, false);
    struct replay_view *r = fake_replay(REPLAY_PAUSED);
    r->total = UNKNOWN;
    r->clock_ms = UNKNOWN;
    r->eta_s = 0.0 / 0.0;
    picture_give(&p, fake_query(3, 2), r, fake_cluster(UNKNOWN));
    picture_must_show(&p, "lag -");
    picture_must_show(&p, "total not known");
    picture_must_show(&p, "ends in -");
    picture_must_show(&p, "input      - rows/s");
    assert_false(picture_shows(&p, "-1001"));
    assert_false(picture_shows(&p, "nan"));
    assert_false(picture_shows(&p, "9223372036854775808"));
    picture_close(&p);
}

static void the_table_alone_is_shown_at_40x10(void **state)
{
    (void)state;
    struct picture p;
    picture_open(&p, 40, 10, false);
    picture_give_all(&p);
    picture_must_show(&p, "▸Traffic Stop");
    picture_must_show(&p, "10/s sent 9.80/s  164/700 23%");
    picture_must_show(&p, "q quit");
    picture_press(&p, "\t");
    picture_must_show(&p, "asked 10/s");
    assert_false(picture_shows(&p, "Traffic Stop"));
    picture_press(&p, "3");
    picture_must_show(&p, "latest");
    picture_close(&p);
}

static void without_unicode_not_one_byte_beyond_ascii_is_drawn(void **state)
{
    (void)state;
    struct picture p;
    picture_open(&p, 120, 40, true);
    picture_give_all(&p);
    static const char *const keys[] = {"",  "?",   "q",        "J",  "z",         "5",
                                       "2", "1\n", "\033/caf", "\n", "\033\033r", "\033pf "};
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) {
        picture_press(&p, keys[i]);
        ui_paint(&p.ui);
        for (int y = 0; y < p.ui.h; y++)
            for (const char *s = picture_row(y); *s; s++)
                if ((unsigned char)*s >= 0x7F || (unsigned char)*s < ' ')
                    fail_msg("after \"%s\", row %d: %s", keys[i], y, picture_row(y));
    }
    picture_close(&p);
}

static void a_frozen_picture_stands_still_while_news_come(void **state)
{
    (void)state;
    struct picture p;
    picture_open(&p, 120, 40, false);
    picture_give_all(&p);
    picture_press(&p, "f");
    picture_give(&p, fake_query(57, 3), fake_replay(REPLAY_PAUSED), fake_cluster(0));
    picture_must_show(&p, "FROZEN");
    picture_must_show(&p, "you look at batch 42; the query is at batch 57");
    picture_must_show(&p, "lag 38");
    picture_press(&p, "s");
    picture_must_show(&p, "sorted by name");
    picture_press(&p, "f");
    picture_must_show(&p, "batch 57");
    picture_must_show(&p, "lag 0");
    assert_false(picture_shows(&p, "FROZEN"));
    picture_press(&p, "f");
    picture_press(&p, "f"); /* nothing came meanwhile: the same picture */
    picture_must_show(&p, "batch 57");
    picture_close(&p);
}

static void the_keys_post_what_they_say(void **state)
{
    (void)state;
    struct picture p;
    struct command c;
    picture_open(&p, 80, 24, false);
    picture_give_all(&p);
    struct command_box *replay = p.fake.parts.to_replay, *engine = p.fake.parts.to_engine;
    picture_press(&p, "++-");
    const double rates[] = {20, 50, 20};
    for (size_t i = 0; i < 3; i++) {
        assert_true(command_take(replay, &c));
        assert_int_equal(c.kind, CMD_REPLAY_RATE);
        assert_float_equal(c.f, rates[i], 1e-9);
    }
    picture_press(&p, "rx600\n m");
    assert_true(command_take(replay, &c) && c.kind == CMD_REPLAY_SPEED && c.f == 600);
    assert_true(command_take(replay, &c) && c.kind == CMD_REPLAY_PAUSE && c.i == -1);
    assert_true(command_take(replay, &c) && c.kind == CMD_REPLAY_PACING && c.i == PACING_EVENT_TIME);
    picture_press(&p, "l");
    assert_true(command_take(replay, &c) && c.kind == CMD_REPLAY_LOOP);
    picture_press(&p, "Rn");
    assert_false(command_take(replay, &c));
    picture_press(&p, "Ry");
    assert_true(command_take(replay, &c) && c.kind == CMD_REPLAY_REWIND);
    picture_press(&p, "rfast\n");
    picture_must_show(&p, "0.1 to 1000000");
    picture_press(&p, "\033");
    assert_false(command_take(replay, &c));
    picture_press(&p, "n"); /* not paused: no step */
    assert_false(command_take(engine, &c));
    picture_press(&p, "p");
    assert_true(command_take(engine, &c) && c.kind == CMD_QUERY_PAUSE && c.i == -1);
    struct query_view *q = fake_query(43, 3);
    q->state = ENGINE_PAUSED;
    picture_give(&p, q, NULL, NULL);
    picture_must_show(&p, "n one batch");
    picture_press(&p, "n");
    assert_true(command_take(engine, &c) && c.kind == CMD_QUERY_STEP);
    assert_int_equal(ui_key(&p.ui, 'q') & REACT_QUIT, REACT_QUIT);
    picture_close(&p);
}

static void a_full_command_box_is_said_and_does_not_block(void **state)
{
    (void)state;
    struct picture p;
    picture_open(&p, 80, 24, false);
    picture_give_all(&p);
    for (int i = 0; i < 100; i++)
        picture_press(&p, "p");
    picture_must_show(&p, "the query is busy");
    picture_close(&p);
}

static void the_filter_is_seen_at_once_and_escape_takes_it_back(void **state)
{
    (void)state;
    struct picture p;
    picture_open(&p, 120, 40, false);
    picture_give_all(&p);
    picture_press(&p, "/tra");
    picture_must_show(&p, "Traffic Stop");
    assert_false(picture_shows(&p, "Petty Theft"));
    picture_press(&p, "\033");
    picture_must_show(&p, "Petty Theft");
    picture_press(&p, "/xyz\n");
    picture_must_show(&p, "Nothing here with \"xyz\"");
    picture_press(&p, "\033");
    picture_must_show(&p, "Petty Theft");
    picture_close(&p);
}

static void the_windows_of_a_type_are_listed(void **state)
{
    (void)state;
    struct picture p;
    picture_open(&p, 120, 40, false);
    picture_give_all(&p);
    ui_paint(&p.ui);
    picture_press(&p, "j\n");
    picture_must_show(&p, "Passing Call: 603 calls");
    picture_must_show(&p, "12-31 23:00 - 00:00");
    picture_must_show(&p, "closed");
    picture_press(&p, "\033");
    picture_must_show(&p, "Petty Theft");
    picture_close(&p);
}

static void a_key_acts_on_the_newest_view_also_before_that_is_painted(void **state)
{
    (void)state;
    struct picture p;
    picture_open(&p, 120, 40, false);
    picture_give(&p, fake_query(1, 50), NULL, NULL);
    ui_paint(&p.ui);
    picture_press(&p, "G");
    picture_give(&p, fake_query(2, 1), NULL, NULL);
    picture_press(&p, "\n");
    picture_must_show(&p, "Traffic Stop: 1,205 calls");
    picture_close(&p);
}

static void keys_of_a_pane_lead_to_it(void **state)
{
    (void)state;
    struct picture p;
    picture_open(&p, 120, 40, false);
    picture_give_all(&p);
    picture_press(&p, "2J");
    picture_must_show(&p, "\"batchId\" : 42");
    assert_int_equal(p.ui.focus, 3);
    picture_press(&p, "s");
    assert_int_equal(p.ui.focus, 0);
    picture_close(&p);
}

static void the_table_is_written_to_a_file_that_was_not_there(void **state)
{
    (void)state;
    struct picture p;
    char folder[] = "/tmp/sfcrime-ui-XXXXXX", before[4096];
    assert_non_null(getcwd(before, sizeof before));
    assert_non_null(mkdtemp(folder));
    assert_int_equal(chdir(folder), 0);
    picture_open(&p, 80, 24, false);
    picture_give_all(&p);
    for (int round = 0; round < 2; round++) {
        bool ok = false, ended = false;
        char sentence[240] = "";
        picture_press(&p, "e");
        assert_non_null(p.ui.exporting);
        for (int i = 0; i < 5000 && !ended; i++) {
            struct timespec ms = {.tv_nsec = 1000000};
            ended = export_ended(p.ui.exporting, &ok, sentence, sizeof sentence);
            (void)nanosleep(&ms, NULL);
        }
        p.ui.exporting = NULL;
        assert_true(ended && ok);
        assert_non_null(strstr(sentence, round ? "sfcrime-batch-42-2.csv" : "sfcrime-batch-42.csv"));
    }
    assert_int_equal(unlink("sfcrime-batch-42.csv") | unlink("sfcrime-batch-42-2.csv"), 0);
    assert_int_equal(chdir(before) | rmdir(folder), 0);
    picture_close(&p);
}

static unsigned next_random(unsigned *seed)
{
    *seed = *seed * 1664525u + 1013904223u;
    return *seed >> 8;
}

static void random_news(struct picture *p, unsigned *seed, uint64_t number)
{
    struct query_view *q = fake_query((int64_t)(next_random(seed) % 1000), next_random(seed) % 60);
    q->state = (enum engine_state)(next_random(seed) % (ENGINE_FAILED + 1));
    struct replay_view *r = fake_replay((enum replay_state)(next_random(seed) % (REPLAY_FAILED + 1)));
    struct cluster_view *c =
        fake_cluster(next_random(seed) % 2 ? UNKNOWN : (int64_t)(next_random(seed) % 100000));
    q->number = number; /* as of a publisher: never the same twice */
    q->history_count = next_random(seed) % 40;
    for (size_t i = 0; i < q->history_count; i++) {
        int64_t at = (int64_t)(next_random(seed) % 100) * 3600000 + FAKE_EVENT_MS;
        q->history[i] = (struct batch_sample){.batch_id = (int64_t)i,
                                              .rows_in = next_random(seed) % 1000,
                                              .watermark_ms = next_random(seed) % 3 ? at : UNKNOWN,
                                              .event_min_ms = next_random(seed) % 3 ? at : UNKNOWN,
                                              .event_max_ms = next_random(seed) % 3 ? at : UNKNOWN};
    }
    q->marks = xcalloc(q->history_count * 3, sizeof *q->marks);
    for (size_t i = 0; i < q->history_count * 3; i++)
        if (next_random(seed) % 3)
            q->marks[q->marks_count++] =
                (struct view_mark){.batch_id = (int64_t)(i / 3),
                                   .event_ms = (int64_t)(next_random(seed) % 100) * 3600000 + FAKE_EVENT_MS,
                                   .kind = (enum mark_kind)(next_random(seed) % (MARK_LATE + 1))};
    q->settings.output_mode = (enum output_mode)(next_random(seed) % (OUTPUT_APPEND + 1));
    if (next_random(seed) % 4 == 0)
        snprintf(q->run_id, sizeof q->run_id, "run %u", next_random(seed) % 3);
    if (q->keys.count && next_random(seed) % 2)
        fake_detail(q, next_random(seed) % (unsigned)q->keys.count);
    q->late_count = next_random(seed) % 17;
    q->catch_up = next_random(seed) % 2 ? 0.3 : NAN;
    snprintf(q->message, sizeof q->message, "something that takes more room than there is, %u",
             next_random(seed));
    snprintf(r->message, sizeof r->message, "something that takes more room than there is");
    picture_give(p, next_random(seed) % 2 ? q : NULL, next_random(seed) % 2 ? r : NULL,
                 next_random(seed) % 2 ? c : NULL);
    if (p->ui.now.query != q)
        query_view_free(q);
    if (p->ui.now.replay != r)
        free(r);
    if (p->ui.now.cluster != c)
        cluster_view_free(c);
}

/* Every key of the table, or a character. Not the two that write files, and none that quits is minded. */
static int random_key(unsigned *seed)
{
    static const int others[] = {'y',     'x',   '0',    '.',      K_BACKSPACE, K_DELETE,
                                 K_ENTER, K_ESC, 0x4EAC, K_F1 + 1, K_F1 + 2,    K_F1 + 3};
    size_t rows = 0;
    while (action_at(rows))
        rows++;
    unsigned n = next_random(seed) % (unsigned)(rows + 12);
    if (n >= rows)
        return others[n - rows];
    enum action_id id = action_at(n)->id;
    return id == ACT_EXPORT || id == ACT_EXPORT_MENU ? K_TAB : key_of(action_at(n)->keys[0]);
}

static void random_keys_at_random_sizes_break_nothing(void **state)
{
    (void)state;
    struct picture p;
    unsigned seed = 20181231;
    for (int ascii = 0; ascii < 2; ascii++) {
        picture_open(&p, 80, 24, ascii);
        for (int step = 0; step < FUZZ_STEPS; step++) {
            p.ui.now_ms += next_random(&seed) % 300;
            if (next_random(&seed) % 20 == 0) {
                p.ui.h = 1 + (int)(next_random(&seed) % 60);
                p.ui.w = 1 + (int)(next_random(&seed) % 200);
                assert_int_equal(resizeterm(p.ui.h, p.ui.w), OK);
            }
            if (next_random(&seed) % 8 == 0)
                random_news(&p, &seed, (uint64_t)step + 1);
            (void)ui_key(&p.ui, random_key(&seed));
            ui_paint(&p.ui);
            (void)ui_serve_panes(&p.ui);
            struct command c;
            while (command_take(p.fake.parts.to_replay, &c) || command_take(p.fake.parts.to_engine, &c))
                ;
        }
        picture_close(&p);
    }
}

int main(void)
{
    if (!picture_locale())
        return 0;
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(all_panes_are_seen_at_80x24_but_the_log),
        cmocka_unit_test(before_anything_came_it_says_so_and_shows_no_figures),
        cmocka_unit_test(an_unknown_figure_is_a_dash),
        cmocka_unit_test(the_table_alone_is_shown_at_40x10),
        cmocka_unit_test(without_unicode_not_one_byte_beyond_ascii_is_drawn),
        cmocka_unit_test(a_frozen_picture_stands_still_while_news_come),
        cmocka_unit_test(the_keys_post_what_they_say),
        cmocka_unit_test(a_full_command_box_is_said_and_does_not_block),
        cmocka_unit_test(the_filter_is_seen_at_once_and_escape_takes_it_back),
        cmocka_unit_test(the_windows_of_a_type_are_listed),
        cmocka_unit_test(a_key_acts_on_the_newest_view_also_before_that_is_painted),
        cmocka_unit_test(keys_of_a_pane_lead_to_it),
        cmocka_unit_test(the_table_is_written_to_a_file_that_was_not_there),
        cmocka_unit_test(random_keys_at_random_sizes_break_nothing),
    };
    return cmocka_run_group_tests_name("picture", tests, NULL, NULL);
}
