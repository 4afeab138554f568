/* The settings menu and the caption: what they choose and say, without a terminal. */
#include "ui/query_menu.h"

#include "fake_feed.h"
#include "ui/caption.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void every_choice_is_taken_by_the_query_or_refused_with_a_reason(void **state)
{
    (void)state;
    struct query_settings now;
    struct query_menu m;
    char change[COMMAND_TEXT], why[300];
    query_settings_default(&now);
    assert_true(query_menu_open(&m, NULL, &now));
    const size_t count = m.settings.count;
    assert_true(count >= 10);
    for (size_t i = 0; i < count; i++) {
        size_t taken = 0, present = 0;
        assert_true(query_menu_open(&m, NULL, &now));
        for (size_t k = 0; k < i; k++)
            (void)query_menu_act(&m, ACT_DOWN, &now, change);
        assert_int_equal(query_menu_act(&m, ACT_DETAIL, &now, change), MENU_MORE);
        assert_int_equal(m.level, MENU_CHOICES);
        const size_t choices = m.choices.count;
        for (size_t k = 0; k + 1 < choices; k++) {
            list_select(&m.choices, k);
            assert_int_equal(query_menu_act(&m, ACT_DETAIL, &now, change), MENU_CHOSEN);
            if (query_change_check(&now, change, why, sizeof why))
                taken++;
            else if (strstr(why, "already"))
                present++;
            else if (!strstr(change, "slide="))
                fail_msg("%s: %s", change, why);
        }
        if (taken < 1 || present < 1)
            fail_msg("%s: %zu choices change something, %zu are what is", query_menu_key(&m), taken, present);
        (void)query_menu_act(&m, ACT_END, &now, change);
        assert_int_equal(query_menu_act(&m, ACT_DETAIL, &now, change), MENU_TYPE);
        (void)query_menu_act(&m, ACT_BACK, &now, change);
        assert_int_equal(m.level, MENU_SETTINGS);
    }
}

static void the_cursor_stands_on_the_present_value(void **state)
{
    (void)state;
    struct query_settings now;
    struct query_menu m;
    char change[COMMAND_TEXT], why[300];
    query_settings_default(&now);
    assert_true(query_menu_open(&m, "window", &now));
    assert_int_equal(query_menu_act(&m, ACT_DETAIL, &now, change), MENU_CHOSEN);
    assert_string_equal(change, "window=1 hour");
    assert_false(query_change_check(&now, change, why, sizeof why));
    (void)query_menu_act(&m, ACT_BACK, &now, change);
    assert_int_equal(m.level, MENU_CLOSED); /* it was opened by its own key: there is no list to go back to */
    assert_false(query_menu_open(&m, "no-such-setting", &now));
    assert_int_equal(m.level, MENU_CLOSED);
}

static void changes_are_judged_as_a_whole(void **state)
{
    (void)state;
    struct query_settings now;
    char why[300], value[100];
    query_settings_default(&now);
    assert_false(query_change_check(&now, "group-by=disposition_description", why, sizeof why));
    assert_non_null(strstr(why, "radio-codes"));
    assert_true(
        query_change_check(&now, "group-by=disposition_description;join=radio-codes", why, sizeof why));
    assert_false(query_change_check(&now, "window=none;output-mode=append", why, sizeof why));
    assert_non_null(strstr(why, "append needs a window"));
    assert_false(query_change_check(&now, "window=7 bananas", why, sizeof why));
    assert_false(query_change_check(&now, "window", why, sizeof why));
    assert_false(query_change_check(&now, "nonsense=1", why, sizeof why));
    assert_string_equal(query_setting_text(value, sizeof value, "slide", &now), "none");
    assert_string_equal(query_setting_text(value, sizeof value, "watermark", &now), "5 minutes");
}

static void the_caption_tells_what_came_since_the_last_one(void **state)
{
    (void)state;
    struct caption c = {0};
    struct query_view *v = fake_query(12, 3);
    v->rows_late = 2;
    v->progress.rows_late = 1;
    caption_update(&c, v, 1000, 3000);
    assert_string_equal(
        c.text, "Batch 12: 30 calls came in, 1 came too late for its window. Traffic Stop leads with 1,205.");
    v->rows_in = 30;
    v->rows_duplicate = 4;
    snprintf(v->run_id, sizeof v->run_id, "changed");
    caption_update(&c, v, 9000, 3000);
    assert_string_equal(c.text, "Batches 0 to 12: 30 calls came in, 4 were duplicates, "
                                "2 came too late for their window. Windows up to 23:00 are final. "
                                "Traffic Stop leads with 1,205.");
    /* Once is enough; and an empty batch is one, too. */
    v->progress.batch_id = 13;
    caption_update(&c, v, 19000, 3000);
    assert_string_equal(c.text, "Batch 13: no call came in. Traffic Stop leads with 1,205.");
    v->settings.window_ms = 0;
    v->rows_late = 5;
    v->progress.batch_id = 14;
    caption_update(&c, v, 29000, 3000);
    assert_string_equal(c.text, "Batch 14: no call came in, 3 came too late. Traffic Stop leads with 1,205.");
    query_view_free(v);
}

static void the_caption_stands_until_it_can_be_read(void **state)
{
    (void)state;
    struct caption c = {0};
    struct query_view *v = fake_query(0, 3);
    v->rows_in = 30;
    v->rows_late = 0;
    caption_update(&c, v, 1000, 3000);
    assert_string_equal(c.text, "Batch 0: 30 calls came in. Traffic Stop leads with 1,205.");
    v->progress.batch_id = 1;
    v->rows_in = 31;
    fake_total(v, 1, 5000);
    caption_update(&c, v, 3999, 3000);
    assert_string_equal(c.text, "Batch 0: 30 calls came in. Traffic Stop leads with 1,205.");
    v->progress.batch_id = 2;
    v->rows_bad[BAD_NOT_JSON] = 1;
    caption_update(&c, v, 4000, 3000);
    assert_string_equal(c.text,
                        "Batches 1 to 2: 1 call came in, 1 was no call. Passing Call now leads with 5,000.");
    query_view_free(v);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_choice_is_taken_by_the_query_or_refused_with_a_reason),
        cmocka_unit_test(the_cursor_stands_on_the_present_value),
        cmocka_unit_test(changes_are_judged_as_a_whole),
        cmocka_unit_test(the_caption_tells_what_came_since_the_last_one),
        cmocka_unit_test(the_caption_stands_until_it_can_be_read),
    };
    return cmocka_run_group_tests_name("query menu and caption", tests, NULL, NULL);
}
