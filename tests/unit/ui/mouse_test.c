/* The mouse: what is pressed where, found by the text that stands there; and giving it back for copying. */
#include "picture.h"

#include "base/text.h"
#include "ui/keymap.h"
#include "ui/mouse.h"

#include <locale.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static struct picture p;

static void open_at(int w, int h)
{
    picture_open(&p, w, h, false);
    picture_give_all(&p);
    ui_paint(&p.ui);
}

static bool find(const char *text, int *y, int *x)
{
    ui_paint(&p.ui);
    for (*y = 0; *y < p.ui.h; ++*y) {
        char row[4000];
        snprintf(row, sizeof row, "%s", picture_row(*y));
        char *at = strstr(row, text);
        if (at) {
            *at = '\0';
            *x = text_width(row);
            return true;
        }
    }
    return false;
}

static unsigned at_text(enum mouse_event event, const char *text, int dx)
{
    int y, x;
    if (!find(text, &y, &x)) {
        picture_must_show(&p, text);
        return REACT_NONE;
    }
    return ui_mouse_at(&p.ui, event, y, x + dx);
}

/* Presses are far apart in time, unless it says otherwise. */
static unsigned press(const char *text)
{
    p.ui.now_ms += 1000;
    return at_text(MOUSE_PRESS, text, 0);
}

static const char *focused(void)
{
    return panes[p.ui.focus]->name;
}

static void a_press_focuses_and_chooses_a_row(void **state)
{
    (void)state;
    open_at(120, 40);
    (void)press("asked 10/s");
    assert_string_equal(focused(), "replay");
    (void)press("Suspicious Person");
    assert_string_equal(focused(), "aggregates");
    picture_must_show(&p, "▸Suspicious Person");
    (void)press("4 Progress");
    assert_string_equal(focused(), "progress");
    picture_close(&p);
}

static void a_press_on_a_heading_sorts(void **state)
{
    (void)state;
    open_at(120, 40);
    picture_must_show(&p, "sorted by count");
    (void)press("type  ");
    picture_must_show(&p, "sorted by name ▲");
    (void)press("type  ");
    picture_must_show(&p, "sorted by name ▼");
    (void)press("added  ");
    picture_must_show(&p, "sorted by last batch");
    picture_close(&p);
}

static void the_footers_words_are_buttons(void **state)
{
    (void)state;
    struct command c;
    open_at(200, 60);
    (void)press("f freeze");
    assert_true(p.ui.frozen);
    (void)at_text(MOUSE_PRESS, "f freeze", 3);
    assert_false(p.ui.frozen);
    (void)at_text(MOUSE_PRESS, "f freeze", 8); /* the gap after it */
    assert_false(p.ui.frozen);
    (void)press("+- rate");
    assert_true(command_take(p.fake.parts.to_replay, &c));
    assert_true(c.kind == CMD_REPLAY_RATE && c.f > 10);
    p.ui.asked_ms = 0;
    (void)at_text(MOUSE_PRESS, "+- rate", 1);
    assert_true(command_take(p.fake.parts.to_replay, &c));
    assert_true(c.kind == CMD_REPLAY_RATE && c.f < 10);
    (void)press("F1-F4 layout");
    assert_string_equal(p.ui.plan->name, "query");
    assert_int_equal(press("q quit") & REACT_QUIT, REACT_QUIT);
    picture_close(&p);
}

static void what_a_title_or_the_header_offers_in_brackets_is_a_button(void **state)
{
    (void)state;
    open_at(120, 40);
    (void)press("[J] JSON");
    picture_must_show(&p, "[J] figures");
    picture_give(&p, NULL, fake_replay(REPLAY_PAUSED), NULL);
    struct query_view *v = fake_query(43, 5);
    v->rows_bad[0] = 3;
    picture_give(&p, v, NULL, NULL);
    (void)at_text(MOUSE_PRESS, "bad 3 [x]", 7);
    assert_string_equal(focused(), "rejects");
    picture_give(&p, fake_query(44, 5), fake_replay(REPLAY_RUNNING), NULL);
    (void)press("watermark 23:52");
    assert_string_equal(focused(), "windows");
    (void)press("lag 38");
    assert_string_equal(focused(), "offsets");
    picture_close(&p);
}

static void a_key_that_a_message_bears_is_no_button(void **state)
{
    (void)state;
    open_at(120, 40);
    struct query_view *v =
        fake_table(9, (const char *const[]){"[q] and [p]", "b", NULL}, (const int64_t[]){5, 3});
    picture_give(&p, v, NULL, NULL);
    struct command c;
    assert_int_equal(press("[q] and") & REACT_QUIT, 0);
    (void)press("[p]");
    assert_false(command_take(p.fake.parts.to_engine, &c));
    picture_close(&p);
}

static void a_double_press_is_enter_and_on_a_title_zooms(void **state)
{
    (void)state;
    open_at(120, 40);
    (void)press("Passing Call");
    (void)at_text(MOUSE_PRESS, "Passing Call", 0);
    picture_must_show(&p, "[Esc] back");
    picture_press(&p, "\033");
    (void)press("2 Replay");
    (void)at_text(MOUSE_PRESS, "2 Replay", 0);
    assert_true(p.ui.zoom);
    picture_press(&p, "z");
    (void)press("2 Replay");
    (void)press("2 Replay"); /* too late for a double one */
    assert_false(p.ui.zoom);
    picture_close(&p);
}

static void menus_questions_and_candidates_are_chosen_from(void **state)
{
    (void)state;
    struct command c;
    open_at(120, 40);
    picture_press(&p, "Q");
    (void)press("output mode");
    picture_must_show(&p, "another value ...");
    (void)press("append");
    picture_must_show(&p, "Start the query over with output-mode=append?");
    (void)press("] no");
    assert_int_equal(p.ui.prompt.kind, PROMPT_NONE);
    (void)press("append");
    (void)press("[y] yes");
    assert_true(command_take(p.fake.parts.to_engine, &c));
    assert_string_equal(c.text, "output-mode=append");
    picture_press(&p, "Q");
    (void)ui_mouse_at(&p.ui, MOUSE_WHEEL_DOWN, 10, 60);
    (void)ui_mouse_at(&p.ui, MOUSE_PRESS, 30, 2); /* beside it: closed */
    assert_int_equal(p.ui.menu.level, MENU_CLOSED);
    picture_press(&p, ":layout ");
    (void)press("cluster ");
    assert_string_equal(p.ui.prompt.text, "layout cluster");
    picture_press(&p, "\033?");
    assert_true(p.ui.help.open);
    (void)press("Up Down PgUp");
    assert_true(p.ui.help.list.top > 0);
    (void)ui_mouse_at(&p.ui, MOUSE_WHEEL_UP, 10, 60);
    (void)press("q close");
    assert_false(p.ui.help.open);
    picture_press(&p, "h");
    (void)ui_mouse_at(&p.ui, MOUSE_PRESS, 20, 1);
    assert_false(p.ui.help.open);
    picture_close(&p);
}

static void the_wheel_scrolls_the_pane_under_it(void **state)
{
    (void)state;
    open_at(80, 24);
    picture_press(&p, "2");
    (void)at_text(MOUSE_WHEEL_DOWN, "Passing Call", 0);
    assert_string_equal(focused(), "replay");
    picture_must_show(&p, "▸Audible Alarm");
    picture_close(&p);
}

static void presses_anywhere_at_any_size_break_nothing(void **state)
{
    (void)state;
    static const int sizes[][2] = {{80, 24}, {120, 40}, {40, 10}, {20, 4}, {10, 2}};
    static const char *const before[] = {"", "?", "Q", "h", ":la", "y", "R", "/"};
    for (size_t s = 0; s < sizeof sizes / sizeof *sizes; s++)
        for (size_t b = 0; b < sizeof before / sizeof *before; b++) {
            open_at(sizes[s][0], sizes[s][1]);
            for (int y = -1; y <= p.ui.h; y += 1 + p.ui.h / 12)
                for (int x = -1; x <= p.ui.w; x += 1 + p.ui.w / 12) {
                    p.ui.now_ms += (x * 7 + y) % 2 ? 100 : 1000;
                    picture_press(&p, x % 5 ? "" : before[b]);
                    ui_paint(&p.ui);
                    (void)ui_mouse_at(&p.ui, (enum mouse_event)((x + y + 2) % 3), y, x);
                }
            ui_paint(&p.ui);
            picture_close(&p);
        }
}

static void copying_shows_the_pane_alone_from_the_edge_on(void **state)
{
    (void)state;
    open_at(80, 24);
    p.ui.mouse = true;
    assert_true(ui_mouse_wanted(&p.ui));
    picture_press(&p, "3y");
    assert_false(ui_mouse_wanted(&p.ui));
    ui_paint(&p.ui);
    assert_true(!strncmp(picture_row(0), "p ", 2));
    assert_true(!strncmp(picture_row(1), "0 ", 2));
    assert_false(picture_shows(&p, "┃") || picture_shows(&p, "Traffic Stop") || picture_shows(&p, "RUNNING"));
    picture_must_show(&p, "Esc ends copying");
    picture_press(&p, "6");
    ui_paint(&p.ui);
    assert_true(!strncmp(picture_row(0), "Windows", 7) || !strncmp(picture_row(0), "No batch", 8));
    picture_press(&p, "3\033");
    picture_must_show(&p, "RUNNING");
    picture_must_show(&p, "3 Offsets and lag");
    assert_true(ui_mouse_wanted(&p.ui));
    /* Moving and freezing go on; whatever needs the rest of the screen ends it. */
    picture_press(&p, "yjf\t");
    assert_true(p.ui.copying && p.ui.frozen);
    picture_press(&p, "f3.");
    picture_must_show(&p, "Esc ends copying");
    picture_must_show(&p, "nothing is looked for");
    picture_press(&p, "?");
    assert_true(!p.ui.copying && p.ui.help.open);
    picture_press(&p, "q");
    picture_press(&p, "fyy");
    assert_true(p.ui.frozen && !p.ui.copying);
    for (size_t i = 0; i < pane_count; i++) {
        p.ui.focus = i;
        picture_press(&p, "y");
        picture_must_show(&p, "ends copying");
        assert_false(picture_shows(&p, "━━━"));
        picture_press(&p, "y");
    }
    picture_close(&p);
}

int main(void)
{
    assert_non_null(setlocale(LC_ALL, "C.UTF-8"));
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_press_focuses_and_chooses_a_row),
        cmocka_unit_test(a_press_on_a_heading_sorts),
        cmocka_unit_test(the_footers_words_are_buttons),
        cmocka_unit_test(what_a_title_or_the_header_offers_in_brackets_is_a_button),
        cmocka_unit_test(a_key_that_a_message_bears_is_no_button),
        cmocka_unit_test(a_double_press_is_enter_and_on_a_title_zooms),
        cmocka_unit_test(menus_questions_and_candidates_are_chosen_from),
        cmocka_unit_test(the_wheel_scrolls_the_pane_under_it),
        cmocka_unit_test(presses_anywhere_at_any_size_break_nothing),
        cmocka_unit_test(copying_shows_the_pane_alone_from_the_edge_on),
    };
    return cmocka_run_group_tests_name("mouse", tests, NULL, NULL);
}
