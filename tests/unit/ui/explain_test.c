/* What the figures mean: every pane says it, in whole sentences that fit, and h shows it. */
#include "picture.h"

#include "base/text.h"
#include "ui/keymap.h"

#include <locale.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { WORD_W = 18, TEXT_MOST = 280 };

static void check_list(const char *whose, const struct explain *list)
{
    size_t n = 0;
    for (const struct explain *e = list; e->word; e++, n++) {
        size_t len = strlen(e->text);
        if (text_width(e->word) > WORD_W || !e->word[0])
            fail_msg("%s: the word \"%s\" does not fit", whose, e->word);
        if (len < 10 || len > TEXT_MOST || e->text[len - 1] != '.')
            fail_msg("%s: \"%s\" is no sentence of a fitting length", whose, e->text);
        for (const char *s = e->text; *s; s++)
            if ((unsigned char)*s < ' ' || (unsigned char)*s >= 0x7F)
                fail_msg("%s: \"%s\" is not plain ASCII", whose, e->text);
        for (const struct explain *f = list; f < e; f++)
            if (!strcmp(f->word, e->word))
                fail_msg("%s: \"%s\" stands twice", whose, e->word);
    }
    if (!n)
        fail_msg("%s explains nothing", whose);
}

static void every_pane_explains_its_figures_in_sentences_that_fit(void **state)
{
    (void)state;
    for (size_t i = 0; i < pane_count; i++) {
        if (!panes[i]->explain)
            fail_msg("%s explains nothing", panes[i]->name);
        check_list(panes[i]->name, panes[i]->explain);
    }
    check_list("the glossary", explain_glossary);
}

static void h_explains_the_focused_pane_at_every_size(void **state)
{
    (void)state;
    static const int sizes[][2] = {{80, 24}, {120, 40}, {200, 60}, {40, 10}, {30, 8}};
    char wanted[80];
    for (size_t s = 0; s < sizeof sizes / sizeof *sizes; s++)
        for (size_t i = 0; i < pane_count; i++) {
            struct picture p;
            picture_open(&p, sizes[s][0], sizes[s][1], false);
            picture_give_all(&p);
            p.ui.focus = i;
            picture_press(&p, "h");
            picture_must_show(&p, "What it shows");
            picture_must_show(&p, panes[i]->name);
            snprintf(wanted, sizeof wanted, "What %s means", panes[i]->name);
            if (sizes[s][1] >= 24)
                picture_must_show(&p, wanted);
            picture_press(&p, "G"); /* the end of the glossary: nothing is cut off */
            picture_must_show(&p, "shown as 0.");
            picture_press(&p, "h");
            assert_false(p.ui.help.open);
            picture_close(&p);
        }
}

static void it_is_searched_and_leads_to_the_keys_and_to_the_next_pane(void **state)
{
    (void)state;
    struct picture p;
    picture_open(&p, 80, 24, false);
    picture_give_all(&p);
    picture_press(&p, "4h/watermark used\n");
    picture_must_show(&p, "What progress means: lines with \"watermark used\"");
    picture_must_show(&p, "The watermark that this batch worked with");
    assert_false(picture_shows(&p, "Messages that this batch took"));
    picture_press(&p, "/\033");
    picture_must_show(&p, "with \"watermark used\"");
    picture_press(&p, "\033");
    picture_must_show(&p, "Messages that this batch took");
    picture_press(&p, "\t");
    picture_must_show(&p, "What log means");
    picture_press(&p, "?");
    picture_must_show(&p, "The pane you are in");
    picture_press(&p, "h");
    picture_must_show(&p, "What log means");
    picture_press(&p, "q");
    assert_false(p.ui.help.open);
    picture_close(&p);
}

int main(void)
{
    assert_non_null(setlocale(LC_ALL, "C.UTF-8"));
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_pane_explains_its_figures_in_sentences_that_fit),
        cmocka_unit_test(h_explains_the_focused_pane_at_every_size),
        cmocka_unit_test(it_is_searched_and_leads_to_the_keys_and_to_the_next_pane),
    };
    return cmocka_run_group_tests_name("explain", tests, NULL, NULL);
}
