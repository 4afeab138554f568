/* What Enter on a row of the table shows, what is asked of the engine for it, and that it follows its key. */
#include "picture.h"

#include "base/text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static char codes_file[] = "/tmp/sfcrime-codes-XXXXXX";

static void open_with_detail(struct picture *p, int w, int h, bool ascii)
{
    picture_open(p, w, h, ascii);
    p->fake.options.replay.codes = codes_file;
    struct query_view *q = fake_query(42, 11);
    fake_detail(q, 0);
    picture_give(p, q, fake_replay(REPLAY_RUNNING), fake_cluster(19));
    ui_paint(&p->ui);
    picture_press(p, "\n");
    ui_paint(&p->ui);
}

static void everything_is_seen_at_once_where_there_is_room(void **state)
{
    (void)state;
    static const struct {
        int w, h;
        bool ascii;
    } sizes[] = {{120, 40, false}, {120, 40, true}, {200, 60, false}, {200, 60, true}};
    static const char *const wanted[] = {"Traffic Stop: 1,205 calls",
                                         "what it means",
                                         "CIT          Cited, with a ticket",
                                         "50.0",
                                         "ADV          no such code",
                                         "most at 05:00-06:00, 6 calls",
                                         "00  02  04",
                                         "window (UTC)",
                                         "12-31 23:00 - 00:00",
                                         "latest calls: address",
                                         "12-31 23:57 CIT          500 Block Of Market St",
                                         "0:154"};
    for (size_t s = 0; s < sizeof sizes / sizeof *sizes; s++) {
        struct picture p;
        open_with_detail(&p, sizes[s].w, sizes[s].h, sizes[s].ascii);
        for (size_t i = 0; i < sizeof wanted / sizeof *wanted; i++)
            picture_must_show(&p, wanted[i]);
        picture_press(&p, "\033");
        picture_must_show(&p, "Petty Theft");
        picture_close(&p);
    }
}

static void one_part_at_a_time_is_seen_where_there_is_little_room(void **state)
{
    (void)state;
    static const int sizes[][2] = {{80, 24}, {40, 10}};
    for (size_t s = 0; s < 2; s++) {
        struct picture p;
        open_with_detail(&p, sizes[s][0], sizes[s][1], s == 1);
        picture_must_show(&p, "Traffic Stop: dispositions 1/4");
        picture_must_show(&p, "CIT      Cited, with");
        assert_false(picture_shows(&p, "window (UTC)"));
        picture_press(&p, "V");
        picture_must_show(&p, "Traffic Stop: hours 2/4");
        picture_must_show(&p, "most 05:00-06:00, 6 calls");
        picture_must_show(&p, "00 03 06 09 12 15 18 21");
        picture_press(&p, "V");
        picture_must_show(&p, "Traffic Stop: windows 3/4");
        picture_must_show(&p, "12-31 22:00-23:00      14       closed");
        picture_press(&p, "V");
        picture_must_show(&p, "Traffic Stop: latest calls 4/4");
        picture_must_show(&p, "23:57 CIT    500 Block Of");
        picture_must_show(&p, "0:154");
        picture_press(&p, "V");
        picture_must_show(&p, "dispositions 1/4");
        picture_close(&p);
    }
}

static bool asked(struct picture *p, int64_t *key, const char *run)
{
    struct command c;
    ui_paint(&p->ui);
    (void)ui_serve_panes(&p->ui);
    if (!command_take(p->fake.parts.to_engine, &c))
        return false;
    assert_int_equal(c.kind, CMD_QUERY_DETAIL);
    if (c.i >= 0)
        assert_string_equal(c.text, run);
    *key = c.i;
    assert_false(command_take(p->fake.parts.to_engine, &c));
    return true;
}

static void the_engine_is_asked_once_for_the_key_and_told_when_it_is_left(void **state)
{
    (void)state;
    struct picture p;
    int64_t key = -2;
    picture_open(&p, 120, 40, false);
    picture_give_all(&p);
    assert_false(asked(&p, &key, "run"));
    picture_press(&p, "j\n");
    assert_true(asked(&p, &key, "run"));
    assert_int_equal(key, 1);
    picture_must_show(&p, "Asked the query for this");
    picture_must_show(&p, "12-31 23:00 - 00:00"); /* its windows are there already */
    struct query_view *q = fake_query(43, 11);
    fake_detail(q, 0); /* another key's is not taken for it */
    picture_give(&p, q, NULL, NULL);
    picture_must_show(&p, "Asked the query for this");
    q = fake_query(44, 11);
    fake_detail(q, 1);
    picture_give(&p, q, NULL, NULL);
    assert_false(picture_shows(&p, "Asked the query for this"));
    assert_false(asked(&p, &key, "run"));
    picture_press(&p, "\033");
    assert_true(asked(&p, &key, "run"));
    assert_int_equal(key, -1);
    picture_close(&p);
}

static void nothing_is_asked_while_the_pane_is_not_on_the_screen(void **state)
{
    (void)state;
    struct picture p;
    int64_t key = -2;
    open_with_detail(&p, 120, 40, false);
    assert_true(asked(&p, &key, "run"));
    picture_press(&p, "4z");
    assert_true(asked(&p, &key, "run"));
    assert_int_equal(key, -1);
    picture_press(&p, "z");
    assert_true(asked(&p, &key, "run"));
    assert_int_equal(key, 0);
    picture_close(&p);
}

static void it_follows_its_key_into_another_run(void **state)
{
    (void)state;
    static const char *const before[] = {"Noise", "Traffic Stop", NULL};
    static const char *const after[] = {"Fight", "Noise", NULL};
    static const int64_t totals[] = {50, 40};
    struct picture p;
    int64_t key = -2;
    picture_open(&p, 120, 40, false);
    picture_give(&p, fake_table(1, before, totals), NULL, NULL);
    picture_press(&p, "\n");
    assert_true(asked(&p, &key, "run"));
    assert_int_equal(key, 0);
    struct query_view *q = fake_table(2, before + 1, totals); /* not there yet */
    snprintf(q->run_id, sizeof q->run_id, "second");
    picture_give(&p, q, NULL, NULL);
    picture_must_show(&p, "No call of it has been counted since the query started over.");
    picture_must_show(&p, "Noise: 0 calls");
    assert_true(asked(&p, &key, "second"));
    assert_int_equal(key, -1);
    q = fake_table(3, after, totals);
    snprintf(q->run_id, sizeof q->run_id, "second");
    picture_give(&p, q, NULL, NULL);
    picture_must_show(&p, "Noise: 40 calls");
    assert_true(asked(&p, &key, "second"));
    assert_int_equal(key, 1);
    /* Other fields, other keys: there is nothing to follow. */
    q = fake_table(4, after, totals);
    snprintf(q->run_id, sizeof q->run_id, "third");
    q->settings.group_by[0] = FIELD_DISPOSITION;
    picture_give(&p, q, NULL, NULL);
    ui_paint(&p.ui);
    assert_true(ui_serve_panes(&p.ui));
    picture_must_show(&p, "Noise: closed, the query groups by other fields now");
    picture_must_show(&p, "Calls by disposition");
    picture_close(&p);
}

static void a_click_chooses_the_part_that_scrolls(void **state)
{
    (void)state;
    struct picture p;
    struct pane_env env;
    open_with_detail(&p, 120, 40, false);
    picture_must_show(&p, "▸disposition");
    ui_env(&p.ui, 0, &env);
    (void)panes[0]->click(p.ui.pane_state[0], &env, env.h - 1, 5);
    picture_must_show(&p, "▸time");
    assert_false(picture_shows(&p, "▸disposition"));
    picture_close(&p);
}

static void a_key_of_several_fields_keeps_its_words(void **state)
{
    (void)state;
    struct picture p;
    picture_open(&p, 120, 40, false);
    struct query_view *q = fake_query(42, 3);
    q->settings.group_by[1] = FIELD_DISPOSITION;
    q->settings.group_by_count = 2;
    fake_field(q, 0, 1, "CIT");
    fake_detail(q, 0);
    picture_give(&p, q, NULL, NULL);
    picture_press(&p, "\n");
    picture_must_show(&p, "Traffic Stop · CIT: 1,205 calls");
    picture_must_show(&p, "500 Block Of Market St");
    picture_close(&p);
}

static void what_is_not_known_is_said(void **state)
{
    (void)state;
    struct picture p;
    picture_open(&p, 120, 40, false);
    p.fake.options.replay.codes = "/nowhere/codes.json";
    struct query_view *q = fake_query(42, 3);
    fake_detail(q, 0);
    q->detail->complete = false;
    q->detail->rows = 120;
    q->detail->part[1].disposition[0] = '\0';
    q->detail->part[1].null = true;
    q->detail->part[2].disposition[0] = '\0';
    q->detail->rows_other = 7;
    q->detail->call[4].address_known = false;
    q->detail->call[3].address[0] = '\0';
    picture_give(&p, q, NULL, NULL);
    picture_press(&p, "\n");
    picture_must_show(&p, "covers 120 of 1,205 calls, those since its checkpoint was read");
    picture_must_show(&p, "CIT          meaning unknown");
    picture_must_show(&p, "(null)       the call has none");
    picture_must_show(&p, "\"\"           left empty");
    picture_must_show(&p, "others");
    picture_must_show(&p, "not kept at this speed");
    picture_must_show(&p, "no address");
    /* A frozen picture cannot get another key's. */
    picture_press(&p, "\033fj\n");
    picture_must_show(&p, "The picture is frozen without this");
    picture_press(&p, "f");
    atomic_store(&p.fake.hub.live.engine_ended, true);
    picture_must_show(&p, "The query has ended");
    picture_close(&p);
}

/* Whatever the texts are, every row is as wide as the screen and ends in the pane's border. */
static void text_from_calls_breaks_no_column(void **state)
{
    (void)state;
    static const int sizes[][2] = {{80, 24}, {120, 40}, {200, 60}, {41, 12}, {64, 30}};
    static const char *const texts[] = {
        "日本語日本語日本語日本", "e\u0301e\u0301e\u0301 combining \u0301\u0301",
        "a very long one that goes on and on and", "\uFFFD\uFFFD[31m", "👮👮👮👮"};
    for (size_t s = 0; s < sizeof sizes / sizeof *sizes; s++) {
        struct picture p;
        picture_open(&p, sizes[s][0], sizes[s][1], false);
        p.fake.options.replay.codes = codes_file;
        struct query_view *q = fake_query(42, 11);
        fake_detail(q, 0);
        for (size_t i = 0; i < 5; i++) {
            snprintf(q->detail->call[i].disposition, sizeof q->detail->call[i].disposition, "%s", texts[i]);
            snprintf(q->detail->call[i].address, sizeof q->detail->call[i].address, "%s %s", texts[i],
                     texts[(i + 1) % 5]);
            if (i < q->detail->parts)
                snprintf(q->detail->part[i].disposition, sizeof q->detail->part[i].disposition, "%s",
                         texts[i]);
        }
        picture_give(&p, q, fake_replay(REPLAY_RUNNING), fake_cluster(19));
        picture_press(&p, "z\n");
        for (int view = 0; view < 4; view++) {
            ui_paint(&p.ui);
            for (int y = 2; y < p.ui.h - 2; y++) {
                const char *row = picture_row(y);
                assert_int_equal(text_width(row), p.ui.w);
                if (p.ui.layout.framed)
                    assert_string_equal(row + strlen(row) - strlen("┃"), "┃");
            }
            picture_press(&p, "V");
        }
        picture_close(&p);
    }
}

static int make_codes(void **state)
{
    (void)state;
    static const char text[] = "[{\"disposition_code\": \"CIT\", \"description\": \"Cited, with a ticket\"},"
                               " {\"disposition_code\": \"HAN\", \"description\": \"Handled\"}]";
    int fd = mkstemp(codes_file);
    FILE *f = fd < 0 ? NULL : fdopen(fd, "w");
    if (!f)
        return -1;
    (void)fputs(text, f);
    return fclose(f);
}

static int remove_codes(void **state)
{
    (void)state;
    return remove(codes_file);
}

int main(void)
{
    setenv("TZ", "Pacific/Auckland", 1); /* what is shown is UTC all the same */
    if (!picture_locale())
        return 0;
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(everything_is_seen_at_once_where_there_is_room),
        cmocka_unit_test(one_part_at_a_time_is_seen_where_there_is_little_room),
        cmocka_unit_test(the_engine_is_asked_once_for_the_key_and_told_when_it_is_left),
        cmocka_unit_test(nothing_is_asked_while_the_pane_is_not_on_the_screen),
        cmocka_unit_test(it_follows_its_key_into_another_run),
        cmocka_unit_test(a_click_chooses_the_part_that_scrolls),
        cmocka_unit_test(a_key_of_several_fields_keeps_its_words),
        cmocka_unit_test(what_is_not_known_is_said),
        cmocka_unit_test(text_from_calls_breaks_no_column),
    };
    return cmocka_run_group_tests_name("detail", tests, make_codes, remove_codes);
}
