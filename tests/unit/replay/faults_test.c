/* Injected faults: by the seed, in the shares asked for, and never at the cost of a real call. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/clock.h"
#include "base/xalloc.h"
#include "replay/faults.h"

#include <json-c/json.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CALLS 20000

struct outcome {
    int64_t by_kind[INJECTED_COUNT];
    int64_t real[CALLS];      /* how often each call came, whole */
    int64_t behind_ms[CALLS]; /* how far behind the newest call before it each one came */
    int64_t not_json, no_time;
    struct strbuf all; /* every byte, to compare runs */
};

static void drain(struct faults *f, struct outcome *o, int64_t *clock_ms)
{
    struct dataset_call m;
    enum injected kind;
    while (faults_next(f, &m, &kind)) {
        o->by_kind[kind]++;
        strbuf_add(&o->all, m.json.p, m.json.len);
        if (kind == INJECTED_MALFORMED) {
            int64_t ms;
            char *copy = xstrndup(m.json.p, m.json.len);
            struct json_object *parsed = json_tokener_parse(copy), *time;
            if (!json_object_is_type(parsed, json_type_object))
                o->not_json++;
            else if (json_object_object_get_ex(parsed, "call_date_time", &time) &&
                     !iso_parse_ms(json_object_get_string(time), strlen(json_object_get_string(time)), &ms))
                o->no_time++;
            else
                fail_msg("not malformed: %s", copy);
            json_object_put(parsed);
            free(copy);
        } else if (kind != INJECTED_DUPLICATE) {
            char key[20] = "";
            memcpy(key, m.key.p, m.key.len);
            long i = strtol(key, NULL, 10);
            o->real[i]++;
            o->behind_ms[i] = *clock_ms - m.event_ms;
            assert_true(kind != INJECTED_LATE || o->behind_ms[i] >= 600000 ||
                        *clock_ms == (CALLS - 1) * 60000);
        }
        if (m.event_ms > *clock_ms)
            *clock_ms = m.event_ms;
        faults_done(f);
    }
}

static struct outcome *run(const struct faults_settings *settings)
{
    struct outcome *o = xcalloc(1, sizeof *o);
    struct faults *f = faults_new(settings);
    int64_t clock_ms = 0;
    assert_non_null(f);
    for (int i = 0; i < CALLS; i++) {
        char json[200], key[20], time[ISO_MAX];
        snprintf(key, sizeof key, "%d", i);
        iso_format_ms(time, i * INT64_C(60000), 0);
        snprintf(json, sizeof json, "{\"crime_id\":\"%d\",\"call_date_time\":\"%s\",\"city\":\"X\"}", i,
                 time);
        struct dataset_call call = {{json, strlen(json)}, {key, strlen(key)}, i * INT64_C(60000)};
        faults_add(f, &call);
        drain(f, o, &clock_ms);
    }
    faults_end(f);
    drain(f, o, &clock_ms);
    faults_free(f);
    return o;
}

static void outcome_free(struct outcome *o)
{
    strbuf_free(&o->all);
    free(o);
}

static void the_shares_are_met_and_every_call_comes_once(void **state)
{
    struct faults_settings s = {
        .late = 0.05, .duplicates = 0.1, .malformed = 0.02, .hold_ms = 600000, .seed = 3};
    struct outcome *o = run(&s);
    assert_in_range(o->by_kind[INJECTED_LATE], CALLS * 0.045, CALLS * 0.055);
    assert_in_range(o->by_kind[INJECTED_DUPLICATE], CALLS * 0.093, CALLS * 0.107);
    assert_in_range(o->by_kind[INJECTED_MALFORMED], CALLS * 0.017, CALLS * 0.023);
    assert_true(o->not_json > 100 && o->no_time > 50);
    for (int i = 0; i < CALLS; i++)
        assert_int_equal(o->real[i], 1);
    outcome_free(o);
}

static void the_same_seed_gives_the_same_faults_and_another_others(void **state)
{
    struct faults_settings s = {
        .late = 0.05, .duplicates = 0.1, .malformed = 0.02, .hold_ms = 600000, .seed = 3};
    struct outcome *a = run(&s), *b = run(&s);
    s.seed = 4;
    struct outcome *c = run(&s);
    assert_int_equal(a->all.len, b->all.len);
    assert_memory_equal(a->all.data, b->all.data, a->all.len);
    assert_true(a->all.len != c->all.len || memcmp(a->all.data, c->all.data, a->all.len) != 0);
    outcome_free(a);
    outcome_free(b);
    outcome_free(c);
}

static void one_share_does_not_change_what_another_picks(void **state)
{
    struct faults_settings s = {.late = 0.05, .hold_ms = 600000, .seed = 9};
    struct outcome *a = run(&s);
    s.duplicates = 0.2;
    struct outcome *b = run(&s);
    for (int i = 0; i < CALLS; i++)
        assert_int_equal(a->behind_ms[i], b->behind_ms[i]);
    outcome_free(a);
    outcome_free(b);
}

static void held_calls_stay_bounded_when_event_time_stands_still(void **state)
{
    struct faults_settings s = {.late = 1, .hold_ms = 600000, .seed = 1};
    struct faults *f = faults_new(&s);
    struct dataset_call call = {{"{\"city\":\"X\"}", 12}, {NULL, 0}, 0}, m;
    enum injected kind;
    int64_t sent = 0;
    for (int i = 0; i < 3 * FAULTS_HELD_MAX; i++)
        for (faults_add(f, &call); faults_next(f, &m, &kind); faults_done(f))
            sent++;
    assert_int_equal(sent, 2 * FAULTS_HELD_MAX);
    faults_end(f);
    for (; faults_next(f, &m, &kind); faults_done(f)) {
        assert_int_equal(kind, INJECTED_LATE);
        assert_null(m.key.p);
        sent++;
    }
    assert_int_equal(sent, 3 * FAULTS_HELD_MAX);
    faults_free(f);
}

static void a_late_call_before_any_other_waits_for_the_clock(void **state)
{
    (void)state;
    struct faults_settings s = {.late = 1, .hold_ms = 600000, .seed = 1};
    struct faults *f = faults_new(&s);
    struct dataset_call call = {{"{\"city\":\"X\"}", 12}, {NULL, 0}, INT64_C(1545436800000)}, m;
    enum injected kind;
    faults_add(f, &call);
    assert_false(faults_next(f, &m, &kind));
    faults_end(f);
    assert_true(faults_next(f, &m, &kind));
    assert_int_equal(kind, INJECTED_LATE);
    faults_free(f);
}

static size_t taken(struct faults *f, enum injected kinds[8], struct strbuf texts[8])
{
    struct dataset_call m;
    size_t n = 0;
    for (; n < 8 && faults_next(f, &m, &kinds[n]); n++) {
        texts[n] = (struct strbuf){0};
        strbuf_add(&texts[n], m.json.p, m.json.len);
        faults_done(f);
    }
    return n;
}

static void what_was_asked_for_follows_the_next_calls_and_no_others(void **state)
{
    static const char json[] =
        "{\"crime_id\":\"7\",\"call_date_time\":\"2018-12-31T23:57:00.000\",\"city\":\"X\"}";
    struct faults_settings s = {.seed = 1};
    struct faults *f = faults_new(&s);
    struct dataset_call call = {{json, sizeof json - 1}, {"7", 1}, INT64_C(1546300620000)};
    enum injected kinds[8];
    struct strbuf texts[8];
    faults_inject(f, INJECTED_LATE, 1, 3960000);
    faults_inject(f, INJECTED_DUPLICATE, 1, 0);
    faults_inject(f, INJECTED_MALFORMED, 1, 0);
    faults_add(f, &call);
    assert_int_equal(taken(f, kinds, texts), 4);
    const enum injected want[] = {INJECTED_NONE, INJECTED_LATE, INJECTED_DUPLICATE, INJECTED_MALFORMED};
    for (int i = 0; i < 4; i++)
        assert_int_equal(kinds[i], want[i]);
    assert_string_equal(texts[0].data, json);
    /* 66 minutes before the newest, and nothing else about it is another. */
    assert_string_equal(texts[1].data,
                        "{\"crime_id\":\"7\",\"call_date_time\":\"2018-12-31T22:51:00.000\",\"city\":\"X\"}");
    assert_string_equal(texts[2].data, json);
    assert_string_not_equal(texts[3].data, json);
    for (int i = 0; i < 4; i++)
        strbuf_free(&texts[i]);
    faults_add(f, &call);
    assert_int_equal(taken(f, kinds, texts), 1);
    assert_int_equal(kinds[0], INJECTED_NONE);
    strbuf_free(&texts[0]);
    faults_free(f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_shares_are_met_and_every_call_comes_once),
        cmocka_unit_test(the_same_seed_gives_the_same_faults_and_another_others),
        cmocka_unit_test(one_share_does_not_change_what_another_picks),
        cmocka_unit_test(held_calls_stay_bounded_when_event_time_stands_still),
        cmocka_unit_test(a_late_call_before_any_other_waits_for_the_clock),
        cmocka_unit_test(what_was_asked_for_follows_the_next_calls_and_no_others),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
