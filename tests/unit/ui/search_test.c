/* Looking for something in what is on the screen: filters, searches in panes that go on showing all, menus.
 */
#include "picture.h"

#include "ui/command_words.h"
#include "ui/keymap.h"

#include <locale.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static struct picture p;

static void open_with_history(const char *pane)
{
    picture_open(&p, 160, 50, false);
    struct query_view *v = fake_query(42, 11);
    fake_history(v, 30);
    picture_give(&p, v, fake_replay(REPLAY_RUNNING), fake_cluster(19));
    p.ui.focus = pane_named(pane);
    assert_true(p.ui.focus < pane_count);
    ui_paint(&p.ui);
}

static void every_list_of_rows_can_be_searched(void **state)
{
    (void)state;
    static const char *const lists[] = {"aggregates", "log",    "rejects", "batches",
                                        "offsets",    "advice", "progress"};
    for (size_t i = 0; i < sizeof lists / sizeof *lists; i++)
        assert_true(pane_uses(panes[pane_named(lists[i])], ACT_FILTER));
}

static void an_expression_that_is_not_whole_leaves_the_list_alone(void **state)
{
    (void)state;
    open_with_history("aggregates");
    picture_press(&p, "//^passing");
    picture_must_show(&p, "matching /^passing/");
    assert_false(picture_shows(&p, "Traffic Stop"));
    picture_press(&p, "(");
    picture_must_show(&p, "not a whole expression yet");
    picture_must_show(&p, "matching /^passing/");
    picture_press(&p, "\n");
    assert_int_equal(p.ui.prompt.kind, PROMPT_FILTER); /* it stays to be mended */
    picture_press(&p, " call)/\n");
    picture_must_show(&p, "matching /^passing( call)/");
    picture_press(&p, "//\033");
    picture_must_show(&p, "matching /^passing( call)/");
    picture_press(&p, "\033");
    picture_must_show(&p, "Traffic Stop");
    picture_close(&p);
}

static void late_rows_are_filtered(void **state)
{
    (void)state;
    open_with_history("rejects");
    struct query_view *v = fake_query(43, 5);
    v->late_count = 2;
    v->late[0] = (struct view_late){.event_ms = FAKE_EVENT_MS - 900000, .watermark_ms = FAKE_EVENT_MS};
    v->late[1] = v->late[0];
    snprintf(v->late[0].type, sizeof v->late[0].type, "Petty Theft");
    snprintf(v->late[1].type, sizeof v->late[1].type, "Noise Nuisance");
    picture_give(&p, v, NULL, NULL);
    picture_press(&p, "/theft\n");
    picture_must_show(&p, "1 late rows with \"theft\"");
    picture_must_show(&p, "Petty Theft");
    assert_false(picture_shows(&p, "Noise Nuisance"));
    picture_press(&p, "/\x15no such type\n");
    picture_must_show(&p, "No late row is like that");
    picture_press(&p, "\033");
    picture_must_show(&p, "Noise Nuisance");
    picture_close(&p);
}

static void dots_and_commas_walk_a_filtered_list(void **state)
{
    (void)state;
    open_with_history("aggregates");
    picture_press(&p, ".");
    picture_must_show(&p, "nothing is looked for");
    picture_press(&p, "/s\n..");
    picture_must_show(&p, "▸");
    size_t row = 0;
    for (int y = 0; y < p.ui.h; y++)
        if (strstr(picture_row(y), "▸"))
            row = (size_t)y;
    picture_press(&p, ",");
    ui_paint(&p.ui);
    assert_non_null(strstr(picture_row((int)row - 1), "▸"));
    picture_close(&p);
}

static void a_menu_is_searched_by_what_its_rows_say(void **state)
{
    (void)state;
    open_with_history("aggregates");
    picture_press(&p, "Q/outp");
    picture_must_show(&p, "▸output mode");
    picture_press(&p, "\n\n/upd");
    picture_must_show(&p, "▸update");
    picture_press(&p, "\033");
    picture_must_show(&p, "▸complete");
    picture_press(&p, "/app\n\n");
    picture_must_show(&p, "Start the query over with output-mode=append?");
    picture_press(&p, "nqq");
    picture_close(&p);
}

int main(void)
{
    assert_non_null(setlocale(LC_ALL, "C.UTF-8"));
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_list_of_rows_can_be_searched),
        cmocka_unit_test(an_expression_that_is_not_whole_leaves_the_list_alone),
        cmocka_unit_test(late_rows_are_filtered),
        cmocka_unit_test(dots_and_commas_walk_a_filtered_list),
        cmocka_unit_test(a_menu_is_searched_by_what_its_rows_say),
    };
    return cmocka_run_group_tests_name("search", tests, NULL, NULL);
}
