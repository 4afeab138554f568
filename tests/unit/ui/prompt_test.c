/* The line that is typed: editing it, pasting into it, and its being in sight. */
#include "picture.h"

#include "base/text.h"
#include "ui/keymap.h"
#include "ui/prompt.h"

#include <locale.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { C_A = 1, C_D = 4, C_E = 5, C_K = 11, C_U = 21, C_W = 23 };

static struct prompt p;

static void keys(const int *list)
{
    for (; *list; list++)
        (void)prompt_key(&p, *list);
}
#define KEYS(...) keys((const int[]){__VA_ARGS__, 0})

static void text_is(const char *text, size_t cursor)
{
    assert_string_equal(p.text, text);
    assert_int_equal(p.cursor, cursor);
}

static void it_is_edited_by_the_usual_keys(void **state)
{
    (void)state;
    prompt_open(&p, PROMPT_COMMAND, ":", "one two  three");
    text_is("one two  three", 14);
    KEYS(C_W);
    text_is("one two  ", 9);
    KEYS(C_W);
    text_is("one ", 4);
    KEYS(K_HOME, K_DELETE, C_D);
    text_is("e ", 0);
    KEYS(K_RIGHT, 'x', 'y', K_LEFT, K_BACKSPACE);
    text_is("ey ", 1);
    KEYS(C_K);
    text_is("e", 1);
    KEYS(C_A, 'a', C_E, 'z');
    text_is("aez", 3);
    KEYS(K_LEFT, C_U);
    text_is("z", 0);
    KEYS(K_BACKSPACE, K_LEFT, K_END, K_DELETE, K_RIGHT, C_K);
    text_is("z", 1);
    KEYS(C_W, C_W, C_U, K_BACKSPACE);
    text_is("", 0);
    assert_int_equal(prompt_key(&p, K_ENTER), PROMPT_DONE);
    assert_int_equal(prompt_key(&p, K_ESC), PROMPT_CANCELLED);
    assert_int_equal(prompt_key(&p, K_F1), PROMPT_MORE);
}

static void letters_of_any_alphabet_are_whole(void **state)
{
    (void)state;
    prompt_open(&p, PROMPT_FILTER, "filter:", "");
    KEYS(0xE9, 0x4EAC, 0x1F600, 'a');
    text_is("é京😀a", 2 + 3 + 4 + 1);
    KEYS(K_LEFT, K_LEFT, K_BACKSPACE);
    text_is("é😀a", 2);
    KEYS(K_DELETE);
    text_is("éa", 2);
    /* Controls and marks that turn the writing round are not taken as they are. */
    KEYS(K_END, 0x202E, 0x9B);
    assert_null(strstr(p.text, "\xE2\x80\xAE"));
    assert_null(strstr(p.text, "\xC2\x9B"));
}

static void it_never_grows_beyond_its_room(void **state)
{
    (void)state;
    prompt_open(&p, PROMPT_COMMAND, ":", "");
    for (int i = 0; i < 2 * PROMPT_TEXT; i++)
        (void)prompt_key(&p, i % 7 ? 'x' : 0x4EAC);
    assert_in_range(strlen(p.text), PROMPT_TEXT - 5, PROMPT_TEXT - 1);
    assert_int_equal(p.cursor, strlen(p.text));
}

static void what_is_pasted_is_text(void **state)
{
    (void)state;
    static const int pasted[] = {'a', K_ENTER, K_TAB, K_ESC, 3, K_UP, K_BACKSPACE, 'q', 0xE9};
    prompt_open(&p, PROMPT_COMMAND, ":", "<>");
    KEYS(K_LEFT);
    assert_int_equal(prompt_paste(&p, pasted, sizeof pasted / sizeof *pasted), PROMPT_CHANGED);
    assert_string_equal(p.text, "<a  qé>");
    prompt_open(&p, PROMPT_CONFIRM, "sure?", "");
    assert_int_equal(prompt_paste(&p, (const int[]){'y'}, 1), PROMPT_MORE);
}

static void a_long_text_scrolls_with_the_cursor_in_sight(void **state)
{
    (void)state;
    for (int w = 20; w <= 60; w += 10)
        for (int error = 0; error < 2; error++) {
            struct picture pic;
            picture_open(&pic, w, 10, false);
            picture_give_all(&pic);
            picture_press(&pic, ":a beginning; and very much more text than there is room for; and the end");
            if (error)
                snprintf(pic.ui.prompt.error, sizeof pic.ui.prompt.error, "that is wrong");
            for (int i = 0; i < 80; i++) {
                int y, x;
                ui_paint(&pic.ui);
                getyx(stdscr, y, x);
                assert_int_equal(y, 9);
                assert_in_range(x, 2, w - 1);
                if (i == 0 && w > 20)
                    picture_must_show(&pic, "the end");
                (void)ui_key(&pic.ui, K_LEFT);
            }
            if (w > 20)
                picture_must_show(&pic, ": a begin");
            if (error && w >= 40) {
                snprintf(pic.ui.prompt.error, sizeof pic.ui.prompt.error, "that is wrong");
                picture_must_show(&pic, "that is wrong");
            }
            picture_close(&pic);
        }
}

static void a_pasted_line_runs_nothing(void **state)
{
    (void)state;
    struct picture pic;
    picture_open(&pic, 80, 24, false);
    picture_give_all(&pic);
    unsigned reactions = 0;
    static const int text[] = {K_PASTE_BEGIN, 'q', K_ENTER, 'p', K_ESC, 'R', 'y', K_PASTE_END};
    for (size_t i = 0; i < sizeof text / sizeof *text; i++)
        reactions |= ui_key(&pic.ui, text[i]);
    assert_int_equal(reactions & REACT_QUIT, 0);
    struct command c;
    assert_false(command_take(pic.fake.parts.to_engine, &c));
    picture_must_show(&pic, "a pasted text is not taken as keys");
    picture_press(&pic, "/");
    for (size_t i = 0; i < sizeof text / sizeof *text; i++)
        (void)ui_key(&pic.ui, text[i]);
    assert_string_equal(pic.ui.prompt.text, "q pRy");
    assert_string_equal(pic.ui.match[0].typed, "q pRy");
    picture_press(&pic, "\033R");
    for (size_t i = 0; i < sizeof text / sizeof *text; i++)
        (void)ui_key(&pic.ui, text[i]);
    assert_int_equal(pic.ui.prompt.kind, PROMPT_CONFIRM);
    picture_close(&pic);
}

static void a_paste_whose_end_was_lost_is_ended_by_esc(void **state)
{
    (void)state;
    struct picture pic;
    picture_open(&pic, 80, 24, false);
    picture_give_all(&pic);
    (void)ui_key(&pic.ui, K_PASTE_BEGIN);
    (void)ui_key(&pic.ui, 'a');
    (void)ui_key(&pic.ui, K_ESC); /* in the middle of it: part of it */
    assert_int_equal(ui_key(&pic.ui, 'q') & REACT_QUIT, 0);
    pic.ui.now_ms += 2000;
    (void)ui_key(&pic.ui, K_ESC);
    assert_int_equal(ui_key(&pic.ui, 'q') & REACT_QUIT, REACT_QUIT);
    picture_close(&pic);
}

int main(void)
{
    assert_non_null(setlocale(LC_ALL, "C.UTF-8"));
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_is_edited_by_the_usual_keys),
        cmocka_unit_test(letters_of_any_alphabet_are_whole),
        cmocka_unit_test(it_never_grows_beyond_its_room),
        cmocka_unit_test(what_is_pasted_is_text),
        cmocka_unit_test(a_long_text_scrolls_with_the_cursor_in_sight),
        cmocka_unit_test(a_pasted_line_runs_nothing),
        cmocka_unit_test(a_paste_whose_end_was_lost_is_ended_by_esc),
    };
    return cmocka_run_group_tests_name("prompt", tests, NULL, NULL);
}
