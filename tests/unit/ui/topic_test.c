/* A topic that is missing: the screen asks once, makes it only after a yes, and does not insist. */
#include "picture.h"

#include <locale.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static struct picture p;

static void engine_says(enum offer_state state)
{
    struct query_view *v = fake_query(-1, 0);
    v->state = state == OFFER_NONE ? ENGINE_RUNNING : ENGINE_STARTING;
    v->offer = (struct topic_offer){.state = state, .plan = {.partitions = 4, .copies = 2}};
    snprintf(v->message, sizeof v->message, "topic t is not there on h:1");
    picture_give(&p, v, NULL, NULL);
}

/* The next answer to the engine, which must be there. */
static struct command answer(void)
{
    struct command c = {0};
    assert_true(command_take_kind(p.fake.parts.to_engine, CMD_TOPIC_CREATE, &c));
    return c;
}

static bool none(void)
{
    struct command c;
    return !command_take_kind(p.fake.parts.to_engine, CMD_TOPIC_CREATE, &c);
}

static void a_yes_makes_what_was_offered(void **state)
{
    (void)state;
    picture_open(&p, 160, 40, false);
    engine_says(OFFER_ASKED);
    picture_must_show(&p, "is not there on");
    picture_must_show(&p, "Make it with 4 partitions, 2 copies?");
    picture_must_show(&p, "NO TOPIC");
    picture_press(&p, "x7 "); /* no other key is an answer */
    assert_true(none());
    picture_press(&p, "y");
    struct command c = answer();
    assert_int_equal(c.i, 4);
    assert_true(c.f > 1.5 && c.f < 2.5);
    assert_false(picture_shows(&p, "Make it with"));
    picture_close(&p);
}

static void a_no_is_told_and_not_asked_again(void **state)
{
    (void)state;
    picture_open(&p, 160, 40, false);
    engine_says(OFFER_ASKED);
    picture_press(&p, "n");
    assert_int_equal(answer().i, 0);
    engine_says(OFFER_ASKED); /* published before the engine has heard it */
    engine_says(OFFER_DECLINED);
    assert_false(picture_shows(&p, "Make it with"));
    picture_press(&p, ":create-topic 6 3\n");
    assert_int_equal(answer().i, 6);
    picture_press(&p, ":create-topic default\n");
    assert_int_equal(answer().i, 4);
    picture_press(&p, ":create-topic\n"); /* as the words on the screen name it */
    assert_int_equal(answer().i, 4);
    static const char *const wrong[] = {"0", "6 0", "6 x", "6 2 1", "-1", "1025", "6 11"};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        picture_press(&p, ":create-topic ");
        picture_press(&p, wrong[i]);
        picture_press(&p, "\n");
        picture_must_show(&p, "partitions (1 to 1024) and copies (1 to 10)");
        picture_press(&p, "\033");
        assert_true(none());
    }
    picture_close(&p);
}

static void the_question_goes_when_somebody_else_makes_the_topic(void **state)
{
    (void)state;
    picture_open(&p, 160, 40, false);
    engine_says(OFFER_ASKED);
    picture_must_show(&p, "Make it with");
    engine_says(OFFER_NONE);
    assert_false(picture_shows(&p, "Make it with"));
    picture_must_show(&p, "the topic is there now");
    assert_true(none());
    picture_press(&p, ":create-topic default\n");
    picture_must_show(&p, "no topic is missing");
    picture_close(&p);
}

static void a_key_that_breaks_things_says_where_it_does(void **state)
{
    (void)state;
    picture_open(&p, 160, 40, false);
    p.fake.parts.embedded = false;
    picture_give_all(&p);
    picture_press(&p, "B");
    picture_must_show(&p, "broker-down works on the embedded cluster only: nobody else's topic");
    picture_close(&p);
}

static void the_question_waits_until_nothing_else_is_open(void **state)
{
    (void)state;
    picture_open(&p, 160, 40, false);
    picture_press(&p, "?");
    engine_says(OFFER_ASKED);
    assert_false(picture_shows(&p, "Make it with"));
    picture_press(&p, "\033:ra");
    engine_says(OFFER_ASKED);
    assert_false(picture_shows(&p, "Make it with"));
    picture_press(&p, "\033");
    engine_says(OFFER_ASKED);
    picture_must_show(&p, "Make it with");
    picture_close(&p);
}

static void what_would_be_made_is_seen_at_any_width(void **state)
{
    (void)state;
    for (int w = 40; w <= 200; w += 10) {
        picture_open(&p, w, 24, false);
        engine_says(OFFER_ASKED);
        picture_must_show(&p, w < 80 ? "Make the" : "4 partitions, 2 copies");
        picture_must_show(&p, "[n] no");
        picture_close(&p);
    }
}

int main(void)
{
    (void)setlocale(LC_ALL, "C.UTF-8");
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_yes_makes_what_was_offered),
        cmocka_unit_test(a_no_is_told_and_not_asked_again),
        cmocka_unit_test(the_question_goes_when_somebody_else_makes_the_topic),
        cmocka_unit_test(a_key_that_breaks_things_says_where_it_does),
        cmocka_unit_test(the_question_waits_until_nothing_else_is_open),
        cmocka_unit_test(what_would_be_made_is_seen_at_any_width),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
