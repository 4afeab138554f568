/* Which query settings fit together, and the names of the fields. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "query/settings.h"

static void the_default_is_sound_and_is_the_reference_query(void **state)
{
    (void)state;
    struct query_settings s;
    query_settings_default(&s);
    assert_null(query_settings_check(&s));
    assert_int_equal(s.distinct, DISTINCT_GLOBAL);
    assert_int_equal(s.watermark_ms, 300000);
    assert_int_equal(s.window_ms, 3600000);
    assert_int_equal(s.slide_ms, s.window_ms);
    assert_int_equal(s.group_by_count, 1);
    assert_int_equal(s.group_by[0], FIELD_TYPE);
    assert_int_equal(s.output_mode, OUTPUT_COMPLETE);
    assert_int_equal(s.max_offsets_per_trigger, 0);
    assert_true(s.fail_on_data_loss && !s.join_codes);
}

static void every_field_has_a_name_that_leads_back_to_it(void **state)
{
    (void)state;
    for (int f = 0; f < FIELD_COUNT; f++) {
        const char *name = field_name((enum field)f);
        assert_int_equal(field_of(name, (int64_t)strlen(name)), f);
        assert_int_equal(field_of(name, (int64_t)strlen(name) - 1), FIELD_COUNT);
    }
}

static void the_portals_names_are_known_and_others_are_not(void **state)
{
    (void)state;
    assert_int_equal(field_of("original_crimetype_name", 23), FIELD_TYPE);
    assert_int_equal(field_of("call_dttm", 9), FIELD_CALL_DATE_TIME);
    assert_int_equal(field_of("city of", 4), FIELD_CITY);
    assert_int_equal(field_of("City", 4), FIELD_COUNT);
    assert_int_equal(field_of("", 0), FIELD_COUNT);
    assert_int_equal(field_of("x", -1), FIELD_COUNT);
}

struct change {
    const char *word; /* of the sentence; NULL = fits */
    void (*make)(struct query_settings *s);
};

static void no_window(struct query_settings *s)
{
    s->window_ms = s->slide_ms = 0;
}
static void slide_without_window(struct query_settings *s)
{
    s->window_ms = 0;
}
static void slide_zero(struct query_settings *s)
{
    s->slide_ms = 0;
}
static void slide_longer(struct query_settings *s)
{
    s->slide_ms = s->window_ms + 1;
}
static void slide_that_does_not_divide(struct query_settings *s)
{
    s->slide_ms = 7 * 60000;
}
static void slide_tiny(struct query_settings *s)
{
    s->window_ms = 86400000LL * 300;
    s->slide_ms = 1000;
}
static void append_without_window(struct query_settings *s)
{
    s->output_mode = OUTPUT_APPEND;
    no_window(s);
}
static void append_with_window(struct query_settings *s)
{
    s->output_mode = OUTPUT_APPEND;
}
static void update_without_window(struct query_settings *s)
{
    s->output_mode = OUTPUT_UPDATE;
    no_window(s);
}
static void description_without_join(struct query_settings *s)
{
    s->group_by[0] = FIELD_DISPOSITION_DESCRIPTION;
}
static void description_with_join(struct query_settings *s)
{
    description_without_join(s);
    s->join_codes = true;
}
static void field_twice(struct query_settings *s)
{
    s->group_by[1] = s->group_by[0];
    s->group_by_count = 2;
}
static void no_field(struct query_settings *s)
{
    s->group_by_count = 0;
}
static void interval_of_nothing(struct query_settings *s)
{
    s->trigger = TRIGGER_INTERVAL;
}
static void negative_watermark(struct query_settings *s)
{
    s->watermark_ms = -1;
}
static void no_worker(struct query_settings *s)
{
    s->parallelism = 0;
}

static void settings_that_contradict_each_other_are_told_by_name(void **state)
{
    (void)state;
    static const struct change changes[] = {
        {NULL, no_window},
        {"slide needs a window", slide_without_window},
        {"slide must be more than zero", slide_zero},
        {"slide must be at most window", slide_longer},
        {NULL, slide_that_does_not_divide},
        {"slide is too small", slide_tiny},
        {"output-mode append needs a window", append_without_window},
        {NULL, append_with_window},
        {NULL, update_without_window},
        {"needs join", description_without_join},
        {NULL, description_with_join},
        {"twice", field_twice},
        {"at least one field", no_field},
        {"trigger needs", interval_of_nothing},
        {"watermark cannot be negative", negative_watermark},
        {"parallelism", no_worker},
    };
    for (size_t i = 0; i < sizeof changes / sizeof changes[0]; i++) {
        struct query_settings s;
        query_settings_default(&s);
        changes[i].make(&s);
        const char *wrong = query_settings_check(&s);
        if (!changes[i].word != !wrong || (wrong && !strstr(wrong, changes[i].word)))
            fail_msg("change %zu: '%s', not '%s'", i, wrong ? wrong : "fits",
                     changes[i].word ? changes[i].word : "fits");
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_default_is_sound_and_is_the_reference_query),
        cmocka_unit_test(every_field_has_a_name_that_leads_back_to_it),
        cmocka_unit_test(the_portals_names_are_known_and_others_are_not),
        cmocka_unit_test(settings_that_contradict_each_other_are_told_by_name),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
