/* The command line: what a line means, how it is completed, and that every word of it works. */
#include "picture.h"

#include "ui/command_box.h"
#include "ui/command_line.h"
#include "ui/keymap.h"
#include "ui/query_menu.h"
#include "ui/ui_settings.h"

#include <locale.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static struct line_meaning m;

static void every_action_is_run_by_its_name(void **state)
{
    (void)state;
    const struct action *a;
    for (size_t i = 0; (a = action_at(i)); i++) {
        assert_string_equal(command_line_read(&m, a->name), "");
        assert_int_equal(m.kind, LINE_ACTION);
        assert_ptr_equal(m.word.action, a);
        assert_ptr_equal(action_of_key(m.key), a);
    }
}

/* The tables are walked: each action, each setting of the query and of the screen, each choice. */
static void every_word_and_every_value_is_offered_and_taken(void **state)
{
    (void)state;
    struct command_word words[COMMAND_WORDS];
    char line[200];
    const char *name, *choice;
    size_t n = command_words(words, COMMAND_WORDS);
    for (size_t i = 0; (name = query_setting_name(i)); i++)
        assert_true(command_word_find(name, &words[0]));
    for (size_t i = 0; (name = ui_setting_name(i)); i++)
        assert_true(command_word_find(name, &words[0]));
    assert_int_equal(command_words(words, COMMAND_WORDS), n);
    assert_in_range(n, 70, COMMAND_WORDS - 1);
    for (size_t i = 0; i < n; i++) {
        const struct command_word *w = &words[i];
        size_t len = strlen(w->help);
        if (len < 10 || w->help[len - 1] != '.')
            fail_msg("%s has no sentence: \"%s\"", w->name, w->help);
        assert_true(w->action || w->run);
        assert_true(!w->run == !w->takes);
        if (i && strcmp(words[i - 1].name, w->name) >= 0)
            fail_msg("%s is out of order or there twice", w->name);
        for (size_t k = 0; w->choice && (choice = w->choice(w->name, k)); k++) {
            snprintf(line, sizeof line, "%s %.*s", w->name, (int)strcspn(choice, ";"), choice);
            (void)command_line_read(&m, line);
            if (m.kind != LINE_VALUE)
                fail_msg("\"%s\": %s", line, m.why);
            /* A word that is offered is completed from its beginning. */
            struct completion c;
            command_line_candidates(&c, line);
            assert_true(c.value && c.count >= 1 && c.begin >= 1);
            assert_ptr_equal(c.item[0].text, choice);
        }
        if (w->exact)
            assert_true(w->choice && w->choice(w->name, 0));
    }
}

static void a_value_stands_behind_a_blank_or_an_equals_sign(void **state)
{
    (void)state;
    static const char *const lines[][3] = {
        {"window 15 minutes", "window", "15 minutes"},
        {"window=15 minutes", "window", "15 minutes"},
        {" window = 15 minutes  ", "window", "15 minutes"},
        {"max-offsets 100", "max-offsets", "100"},
        {"group-by city,disposition", "group-by", "city,disposition"},
        {"rate x600", "rate", "x600"},
        {"layout   presenter", "layout", "presenter"},
        {"filter \"\"", "filter", ""},
        {"filter \"a;b \"", "filter", "a;b "},
    };
    for (size_t i = 0; i < sizeof lines / sizeof *lines; i++) {
        assert_string_equal(command_line_read(&m, lines[i][0]), "");
        assert_int_equal(m.kind, LINE_VALUE);
        assert_string_equal(m.word.name, lines[i][1]);
        assert_string_equal(m.value, lines[i][2]);
    }
}

static void a_line_may_hold_several_commands(void **state)
{
    (void)state;
    const char *rest = command_line_read(&m, "zoom; window 1 hour ;filter \"a;b\";");
    assert_string_equal(m.word.name, "zoom");
    rest = command_line_read(&m, rest);
    assert_string_equal(m.value, "1 hour");
    rest = command_line_read(&m, rest);
    assert_string_equal(m.value, "a;b");
    assert_string_equal(rest, "");
    assert_string_equal(command_line_read(&m, ";;"), ";");
    assert_int_equal(m.kind, LINE_NOTHING);
}

static void is_wrong(const char *line, const char *why)
{
    (void)command_line_read(&m, line);
    assert_int_equal(m.kind, LINE_WRONG);
    if (!strstr(m.why, why))
        fail_msg("%s: \"%s\"", line, m.why);
}

static void what_means_nothing_is_answered_in_a_sentence(void **state)
{
    (void)state;
    (void)command_line_read(&m, "   ");
    assert_int_equal(m.kind, LINE_NOTHING);
    is_wrong("zom", "there is no zom; did you mean zoom?");
    is_wrong("xyzzyplugh", "[Tab] lists all");
    is_wrong("repaint 3", "repaint takes no value");
    is_wrong("parallelism", "parallelism needs a value");
    is_wrong("send", "send needs a value: a number of calls");
    is_wrong("focus progres", "did you mean progress?");
    is_wrong("zoom 3", "zoom takes on or off, not 3");
}

static void complete(const char *line, const char *wanted, const char *first, size_t count)
{
    char text[PROMPT_TEXT];
    struct completion c;
    snprintf(text, sizeof text, "%s", line);
    command_line_candidates(&c, text);
    (void)command_line_extend(text, sizeof text, &c);
    assert_string_equal(text, wanted);
    if (count && c.count != count)
        fail_msg("%s: %zu candidates", line, c.count);
    if (first)
        assert_string_equal(c.item[0].text, first);
}

static void tab_goes_as_far_as_there_is_one_way(void **state)
{
    (void)state;
    complete("zo", "zoom", "zoom", 0);
    complete("wi", "window", "window", 0);
    complete("wa", "watermark", "watermark", 0);
    complete("pause-", "pause-", "pause-query", 2);
    complete("parall", "parallelism ", "parallelism", 1); /* ready for its value */
    complete("nothing-like-it", "nothing-like-it", NULL, 0);
    complete("output-mode ", "output-mode ", "complete", 3);
    complete("output-mode a", "output-mode append", "append", 2); /* update has an a, too */
    complete("layout=p", "layout=presenter", "presenter", 0);
    complete("window 1 hor", "window 1 hor", "none", 8); /* like none: all are shown */
    complete("window 1 ho", "window 1 hour", "1 hour", 1);
    complete("zoom; outp", "zoom; output-mode", "output-mode", 1);
    complete("repaint ", "repaint ", NULL, 0);
    complete("group-by disposition_", "group-by disposition_description", NULL, 1);
}

static void tab_goes_through_what_is_left_and_back(void **state)
{
    (void)state;
    static struct command_box_state b;
    char line[PROMPT_TEXT] = "output-mode ";
    command_box_open(&b);
    command_box_typed(&b, line);
    static const char *const wanted[] = {"output-mode complete", "output-mode update", "output-mode append",
                                         "output-mode complete"};
    for (size_t i = 0; i < 4; i++) {
        command_box_complete(&b, line, 1);
        assert_string_equal(line, wanted[i]);
    }
    command_box_complete(&b, line, -1);
    assert_string_equal(line, "output-mode append");
    assert_true(command_box_choose(&b, line, 1));
    assert_string_equal(line, "output-mode update");
    assert_false(command_box_choose(&b, line, 3));
}

static void lines_of_before_come_back(void **state)
{
    (void)state;
    static struct command_box_state b;
    char line[PROMPT_TEXT] = "dra", text[32];
    memset(&b, 0, sizeof b);
    command_box_open(&b);
    assert_false(command_box_recall(&b, line, -1));
    command_box_remember(&b, "zoom");
    command_box_remember(&b, "zoom");
    command_box_remember(&b, "  ");
    command_box_remember(&b, "rate 10");
    command_box_open(&b);
    assert_true(command_box_recall(&b, line, -1));
    assert_string_equal(line, "rate 10");
    assert_true(command_box_recall(&b, line, -1));
    assert_string_equal(line, "zoom");
    assert_false(command_box_recall(&b, line, -1));
    assert_true(command_box_recall(&b, line, 1) && command_box_recall(&b, line, 1));
    assert_string_equal(line, "dra");
    assert_false(command_box_recall(&b, line, 1));
    for (int i = 0; i < 3 * COMMAND_HISTORY; i++) {
        snprintf(text, sizeof text, "rate %d", i);
        command_box_remember(&b, text);
    }
    assert_int_equal(b.history_count, COMMAND_HISTORY);
    assert_string_equal(b.history[COMMAND_HISTORY - 1], "rate 149");
}

/* ---- done on the screen ---- */

static void type(struct picture *p, const char *line)
{
    picture_press(p, ":");
    picture_press(p, line);
    picture_press(p, "\n");
}

static struct command posted(struct command_box *box)
{
    struct command c = {.kind = CMD_STOP};
    assert_true(command_take(box, &c));
    return c;
}

static void words_do_what_they_say(void **state)
{
    (void)state;
    struct picture p;
    picture_open(&p, 120, 40, false);
    picture_give_all(&p);
    struct command_box *replay = p.fake.parts.to_replay, *engine = p.fake.parts.to_engine;
    struct command c;
    type(&p, "pause-replay on; rate 250; speed 60; loop off");
    c = posted(replay);
    assert_true(c.kind == CMD_REPLAY_PAUSE && c.i == 1);
    c = posted(replay);
    assert_true(c.kind == CMD_REPLAY_RATE && c.f == 250);
    c = posted(replay);
    assert_true(c.kind == CMD_REPLAY_SPEED && c.f == 60);
    c = posted(replay);
    assert_true(c.kind == CMD_REPLAY_LOOP && c.i == 0);
    type(&p, "late 5%; malformed 0.25; burst 100");
    c = posted(replay);
    assert_true(c.kind == CMD_REPLAY_FAULTS && c.i == 1 && c.f == 0.05);
    c = posted(replay);
    assert_true(c.kind == CMD_REPLAY_FAULTS && c.i == 3 && c.f == 0.25);
    c = posted(replay);
    assert_true(c.kind == CMD_REPLAY_BURST && c.i == 100);
    type(&p, "pause-query on");
    c = posted(engine);
    assert_true(c.kind == CMD_QUERY_PAUSE && c.i == 1);
    type(&p, "freeze on; zoom on; focus log; log-level error; filter kafka");
    assert_true(p.ui.frozen && p.ui.zoom);
    assert_string_equal(panes[p.ui.focus]->name, "log");
    picture_must_show(&p, "with \"kafka\"");
    picture_must_show(&p, "ERROR and above");
    type(&p, "filter \"\"; theme light; zoom off");
    assert_string_equal(p.ui.theme.name, "light");
    assert_false(picture_shows(&p, "with \"kafka\""));
    type(&p, "explain offsets");
    picture_must_show(&p, "What offsets means");
    picture_press(&p, "q");
    type(&p, "help high watermark");
    picture_must_show(&p, "an offset, not a time");
    picture_press(&p, "q");
    assert_false(command_take(replay, &c) || command_take(engine, &c));
    picture_close(&p);
}

static void a_wrong_word_stays_to_be_mended(void **state)
{
    (void)state;
    struct picture p;
    struct command c;
    picture_open(&p, 120, 40, false);
    picture_give_all(&p);
    static const char *const wrong[][2] = {
        {"late 200%", "a share is 0 to 1"},
        {"burst none", "a whole number from 1"},
        {"theme mon", "did you mean mono?"},
        {"window 1 huor", "did you mean 1 hour?"},
        {"rate fast", "max"},
        {"log-level loud", "log-level takes debug"},
        {"filter /(a", "not a whole expression"},
        {"window 1 hour", "like that already"},
    };
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        type(&p, wrong[i][0]);
        assert_int_equal(p.ui.prompt.kind, PROMPT_COMMAND);
        assert_string_equal(p.ui.prompt.text, wrong[i][0]);
        picture_must_show(&p, wrong[i][1]);
        assert_false(command_take(p.fake.parts.to_replay, &c));
        picture_press(&p, "\033");
    }
    picture_close(&p);
}

static void settings_of_one_line_are_one_change_and_the_rest_waits_for_the_yes(void **state)
{
    (void)state;
    struct picture p;
    picture_open(&p, 120, 40, false);
    picture_give_all(&p);
    type(&p, "window 30 minutes; output-mode update; layout query");
    picture_must_show(&p, "with window=30 minutes;output-mode=update?");
    assert_string_equal(p.ui.plan->name, "overview");
    picture_press(&p, "y");
    assert_string_equal(posted(p.fake.parts.to_engine).text, "window=30 minutes;output-mode=update");
    assert_string_equal(p.ui.plan->name, "query");
    type(&p, "watermark 1 minute; layout cluster");
    picture_press(&p, "n");
    struct command c;
    assert_false(command_take(p.fake.parts.to_engine, &c));
    assert_string_equal(p.ui.plan->name, "query");
    picture_must_show(&p, "not done either: layout cluster");
    type(&p, "group-by disposition_description");
    picture_must_show(&p, "with group-by=disposition_description;join=radio-codes?");
    picture_close(&p);
}

static void the_candidates_are_seen_at_every_size(void **state)
{
    (void)state;
    static const int sizes[][2] = {{80, 24}, {120, 40}, {200, 60}, {40, 10}, {20, 4}};
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        struct picture p;
        picture_open(&p, sizes[i][0], sizes[i][1], false);
        picture_give_all(&p);
        picture_press(&p, ":output-mode ");
        ui_paint(&p.ui);
        if (sizes[i][1] >= 10) {
            picture_must_show(&p, "complete");
            picture_must_show(&p, "append");
        }
        picture_press(&p, "\t");
        if (sizes[i][0] >= 40)
            picture_must_show(&p, ": output-mode complete");
        picture_close(&p);
    }
}

int main(void)
{
    assert_non_null(setlocale(LC_ALL, "C.UTF-8"));
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_action_is_run_by_its_name),
        cmocka_unit_test(every_word_and_every_value_is_offered_and_taken),
        cmocka_unit_test(a_value_stands_behind_a_blank_or_an_equals_sign),
        cmocka_unit_test(a_line_may_hold_several_commands),
        cmocka_unit_test(what_means_nothing_is_answered_in_a_sentence),
        cmocka_unit_test(tab_goes_as_far_as_there_is_one_way),
        cmocka_unit_test(tab_goes_through_what_is_left_and_back),
        cmocka_unit_test(lines_of_before_come_back),
        cmocka_unit_test(words_do_what_they_say),
        cmocka_unit_test(a_wrong_word_stays_to_be_mended),
        cmocka_unit_test(settings_of_one_line_are_one_change_and_the_rest_waits_for_the_yes),
        cmocka_unit_test(the_candidates_are_seen_at_every_size),
    };
    return cmocka_run_group_tests_name("command line", tests, NULL, NULL);
}
