/* The presenter's layout: large figures, few of them, with and without Unicode. */
#include "picture.h"

#include "ui/big.h"
#include "ui/keymap.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void show(struct picture *p, int w, int h, bool ascii)
{
    picture_open(p, w, h, ascii);
    (void)ui_key(&p->ui, K_F1 + 3);
    picture_give_all(p);
}

static void figures_are_large_where_there_is_room(void **state)
{
    (void)state;
    struct picture p;
    show(&p, 120, 40, false);
    picture_must_show(&p, "│ newest event                          watermark");
    /* The upper rows of 23:57 and 23:52. */
    picture_must_show(&p, "██████  ██████      ██████  ██████    ██████  ██████      ██████  ██████");
    assert_false(picture_shows(&p, "embedded"));
    picture_close(&p);
    show(&p, 60, 20, false);
    picture_must_show(&p, "▀▀█ ▀▀█ ▄ █▀▀ ▀▀█");
    picture_must_show(&p, "What just happened");
    picture_close(&p);
}

static void without_unicode_they_are_made_of_other_signs(void **state)
{
    (void)state;
    struct picture p;
    show(&p, 120, 40, true);
    picture_must_show(&p, "######  ######      ######  ######    ######  ######      ######  ######");
    picture_close(&p);
    show(&p, 60, 20, true); /* no room for five lines: as text, and nothing is cut */
    picture_must_show(&p, "newest event");
    picture_must_show(&p, "23:57");
    picture_close(&p);
}

static void what_is_unknown_is_a_dash(void **state)
{
    (void)state;
    struct picture p;
    picture_open(&p, 60, 20, true);
    (void)ui_key(&p.ui, K_F1 + 3);
    picture_must_show(&p, "| -                 -");
    picture_close(&p);
}

static void a_width_is_what_is_drawn(void **state)
{
    (void)state;
    assert_int_equal(big_width(BIG_HALF, "23:52"), 3 + 1 + 3 + 1 + 1 + 1 + 3 + 1 + 3);
    assert_int_equal(big_width(BIG_WHOLE, "23:52"), 2 * big_width(BIG_HALF, "23:52"));
    assert_int_equal(big_width(BIG_HALF, ""), 0);
    assert_int_equal(big_lines(BIG_HALF), 3);
    assert_int_equal(big_lines(BIG_WHOLE), 5);
}

int main(void)
{
    if (!picture_locale())
        return 0;
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(figures_are_large_where_there_is_room),
        cmocka_unit_test(without_unicode_they_are_made_of_other_signs),
        cmocka_unit_test(what_is_unknown_is_a_dash),
        cmocka_unit_test(a_width_is_what_is_drawn),
    };
    return cmocka_run_group_tests_name("presenter", tests, NULL, NULL);
}
