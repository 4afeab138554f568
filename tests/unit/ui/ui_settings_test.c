/* The screen's own settings, changed while it runs. */
#include "picture.h"

#include "ui/ui_settings.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void every_offered_value_is_taken_and_is_the_value_then(void **state)
{
    (void)state;
    struct picture p;
    char err[200] = "", now[80];
    const char *name, *choice;
    picture_open(&p, 100, 30, false);
    for (size_t i = 0; (name = ui_setting_name(i)); i++) {
        size_t choices = 0;
        assert_non_null(ui_setting_help(name));
        for (; (choice = ui_setting_choice(name, choices)); choices++) {
            if (!ui_setting_set(&p.ui, name, choice, err, sizeof err))
                fail_msg("%s = %s: %s", name, choice, err);
            assert_string_equal(ui_setting_text(&p.ui, name, now, sizeof now), choice);
        }
        assert_true(choices >= 2);
    }
    assert_null(ui_setting_choice("colour of the sky", 0));
    assert_null(ui_setting_help("colour of the sky"));
    picture_close(&p);
}

static void what_is_not_allowed_is_refused_with_what_is(void **state)
{
    (void)state;
    struct picture p;
    char err[200], now[80];
    picture_open(&p, 100, 30, false);
    assert_false(ui_setting_set(&p.ui, "theme", "purple", err, sizeof err));
    assert_non_null(strstr(err, "high-contrast"));
    assert_false(ui_setting_set(&p.ui, "frame-rate", "0", err, sizeof err));
    assert_non_null(strstr(err, "1 to 60"));
    assert_false(ui_setting_set(&p.ui, "colour\033[31m", "red", err, sizeof err));
    assert_null(strchr(err, '\033'));
    assert_string_equal(ui_setting_text(&p.ui, "theme", now, sizeof now), "default");
    assert_string_equal(ui_setting_text(&p.ui, "frame-rate", now, sizeof now), "60");
    picture_close(&p);
}

static void a_change_is_in_the_next_picture(void **state)
{
    (void)state;
    struct picture p;
    char err[200];
    picture_open(&p, 120, 40, false);
    picture_give_all(&p);
    picture_must_show(&p, "╭ 2 Replay");
    assert_true(ui_setting_set(&p.ui, "ascii", "true", err, sizeof err));
    picture_must_show(&p, "+ 2 Replay");
    assert_true(ui_setting_set(&p.ui, "layout", "presenter", err, sizeof err));
    picture_must_show(&p, "What just happened");
    p.ui.terminal.only_ascii = true;
    assert_false(ui_setting_set(&p.ui, "ascii", "false", err, sizeof err));
    picture_must_show(&p, "+ ");
    picture_close(&p);
}

/* Only so many colour pairs exist: going round the themes must not use them up. */
static void the_theme_key_goes_round_for_ever(void **state)
{
    (void)state;
    struct picture p;
    size_t themes = 0;
    picture_open(&p, 100, 30, false);
    picture_give_all(&p);
    while (theme_name(themes))
        themes++;
    for (size_t i = 0; i < 200 * themes; i++) {
        picture_press(&p, "T");
        assert_string_equal(p.ui.theme.name, theme_name((i + 1) % themes));
        if (p.ui.theme.colours)
            assert_true(p.ui.theme.attr[ST_OK] & A_COLOR);
    }
    picture_press(&p, "T");
    picture_must_show(&p, "theme dark");
    picture_close(&p);
}

int main(void)
{
    if (!picture_locale())
        return 0;
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_offered_value_is_taken_and_is_the_value_then),
        cmocka_unit_test(what_is_not_allowed_is_refused_with_what_is),
        cmocka_unit_test(a_change_is_in_the_next_picture),
        cmocka_unit_test(the_theme_key_goes_round_for_ever),
    };
    return cmocka_run_group_tests_name("ui settings", tests, NULL, NULL);
}
