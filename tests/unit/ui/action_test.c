#include "ui/action.h"

#include "base/text.h"
#include "ui/keymap.h"
#include "ui/pane.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void no_key_stands_twice_and_each_has_a_known_name(void **state)
{
    (void)state;
    int seen[256];
    size_t count = 0;
    const struct action *a;
    for (size_t i = 0; (a = action_at(i)); i++) {
        assert_non_null(a->keys[0]);
        for (size_t k = 0; k < ACTION_KEYS && a->keys[k]; k++) {
            int key = key_of(a->keys[k]);
            if (key == K_NONE)
                fail_msg("%s: no key is called %s", a->name, a->keys[k]);
            for (size_t s = 0; s < count; s++)
                if (seen[s] == key)
                    fail_msg("the key %s stands twice, again at %s", a->keys[k], a->name);
            seen[count++] = key;
            assert_ptr_equal(action_of_key(key), a);
        }
    }
}

static void every_action_is_in_the_table_once_and_can_be_found(void **state)
{
    (void)state;
    const struct action *a;
    size_t rows = 0;
    for (int id = ACT_NONE + 1; id < ACTION_COUNT; id++) {
        a = action_of((enum action_id)id);
        if (a)
            assert_ptr_equal(action_of_name(a->name), a);
        else
            fail_msg("action %d is not in the table", id);
    }
    while (action_at(rows))
        rows++;
    assert_int_equal(rows, ACTION_COUNT - 1);
    assert_null(action_of_name("no such action"));
    assert_null(action_of_key(K_NONE));
}

static void every_action_says_in_a_sentence_what_it_does(void **state)
{
    (void)state;
    const struct action *a;
    for (size_t i = 0; (a = action_at(i)); i++) {
        size_t len = a->help ? strlen(a->help) : 0;
        if (len < 8 || a->help[len - 1] != '.')
            fail_msg("%s has no sentence", a->name);
        assert_null(strpbrk(a->name, " _"));
    }
}

static void every_action_is_done_by_a_function_or_by_a_pane(void **state)
{
    (void)state;
    const struct action *a;
    for (size_t i = 0; (a = action_at(i)); i++) {
        bool used = false;
        for (size_t p = 0; p < pane_count; p++)
            used |= pane_uses(panes[p], a->id);
        if (!a->run && !(a->of_pane && used))
            fail_msg("nobody does %s", a->name);
    }
}

static void footer_words_fit_on_80_columns(void **state)
{
    (void)state;
    const struct action *a;
    int always = 0;
    for (size_t i = 0; (a = action_at(i)); i++) {
        if (!a->foot)
            continue;
        int w = text_width(a->shown ? a->shown : a->keys[0]) + 1 + text_width(a->foot) + 2;
        assert_true(w <= 18);
        if (a->foot_rank <= 6 && !a->works)
            always += w;
    }
    assert_true(always <= 80);
    assert_int_equal(action_of(ACT_QUIT)->foot_rank, 0);
    assert_int_equal(action_of(ACT_HELP)->foot_rank, 1);
}

static void the_man_page_has_every_action(void **state)
{
    (void)state;
    char *text = NULL;
    size_t len = 0;
    FILE *f = open_memstream(&text, &len);
    assert_non_null(f);
    action_print_man(f);
    assert_int_equal(fclose(f), 0);
    const struct action *a;
    for (size_t i = 0; (a = action_at(i)); i++)
        assert_non_null(strstr(text, a->help));
    free(text);
}

static void key_names_are_read(void **state)
{
    (void)state;
    assert_int_equal(key_of("q"), 'q');
    assert_int_equal(key_of("Space"), ' ');
    assert_int_equal(key_of("F12"), K_F12);
    assert_int_equal(key_of("F13"), K_NONE);
    assert_int_equal(key_of("Nonsense"), K_NONE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(no_key_stands_twice_and_each_has_a_known_name),
        cmocka_unit_test(every_action_is_in_the_table_once_and_can_be_found),
        cmocka_unit_test(every_action_says_in_a_sentence_what_it_does),
        cmocka_unit_test(every_action_is_done_by_a_function_or_by_a_pane),
        cmocka_unit_test(footer_words_fit_on_80_columns),
        cmocka_unit_test(the_man_page_has_every_action),
        cmocka_unit_test(key_names_are_read),
    };
    return cmocka_run_group_tests_name("actions", tests, NULL, NULL);
}
