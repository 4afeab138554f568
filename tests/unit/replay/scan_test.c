/* The call scanner: strict as a general JSON parser, exact in what it writes. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/text.h"
#include "replay/scan.h"

#include <json-c/json.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char whole[] =
    "{\"crime_id\":\"183650001\",\"original_crime_type_name\":\"Traffic Stop\","
    "\"report_date\":\"2018-12-31T00:00:00.000\",\"call_date\":\"2018-12-31T00:00:00.000\","
    "\"offense_date\":\"2018-12-31T00:00:00.000\",\"call_time\":\"10:05\","
    "\"call_date_time\":\"2018-12-31T10:05:00.000\",\"disposition\":\"CIT\",\"address\":\"A St/b St\","
    "\"city\":\"San Francisco\",\"state\":\"CA\",\"agency_id\":\"1\",\"address_type\":\"Intersection\","
    "\"common_location\":\"\"}";

/* A copy at the end of its own memory, so that a sanitizer sees every byte read beyond the padding. */
static char *padded(const char *text, size_t len)
{
    char *p = malloc(len + SCAN_PADDING);
    assert_non_null(p);
    memcpy(p, text, len);
    memset(p + len, 0, SCAN_PADDING);
    return p;
}

/* What the scanner makes of a text: its own writing of it, or what is wrong ("more" for an early end). */
static void check(const char *text, const char *expected)
{
    struct scan scan;
    struct strbuf out = {0};
    size_t len = strlen(text);
    char *copy = padded(text, len);
    enum scan_result r = scan_object(copy, copy + len, &scan);
    if (r == SCAN_CALL)
        scan_write(&scan, &out);
    else
        strbuf_puts(&out, r == SCAN_MORE ? "more" : scan.reason);
    assert_string_equal(out.data, expected);
    strbuf_free(&out);
    free(copy);
}

static void the_names_are_those_of_the_query(void **state)
{
    struct scan scan;
    char text[100];
    for (int f = 0; f < CALL_FIELDS; f++) {
        snprintf(text, sizeof text, "{\"%s\":\"x\"}", field_name((enum field)f));
        char *copy = padded(text, strlen(text));
        assert_int_equal(scan_object(copy, copy + strlen(text), &scan), SCAN_CALL);
        assert_true(scan.canonical);
        assert_int_equal(scan.value[f].len, 1);
        free(copy);
    }
}

static void a_compact_call_is_passed_on_as_it_is(void **state)
{
    struct scan scan;
    char *copy = padded(whole, strlen(whole));
    assert_int_equal(scan_object(copy, copy + strlen(whole), &scan), SCAN_CALL);
    assert_true(scan.canonical);
    assert_ptr_equal(scan.end, copy + strlen(whole));
    free(copy);
    check(whole, whole);
}

static void every_early_end_asks_for_more(void **state)
{
    struct scan scan;
    for (size_t len = 1; len < strlen(whole); len++) {
        char *copy = padded(whole, len);
        assert_int_equal(scan_object(copy, copy + len, &scan), SCAN_MORE);
        free(copy);
    }
}

static void other_layouts_become_compact_and_ordered(void **state)
{
    check("{ \"city\" : \"X\" ,\r\n\t\"crime_id\":\"1\" }", "{\"crime_id\":\"1\",\"city\":\"X\"}");
    check("{\"original_crimetype_name\":\"A\",\"call_dttm\":\"T\",\"reportdate\":\"R\",\"calldate\":\"C\","
          "\"offensedate\":\"O\",\"calltime\":\"12:00\"}",
          "{\"original_crime_type_name\":\"A\",\"report_date\":\"R\",\"call_date\":\"C\",\"offense_date\":"
          "\"O\","
          "\"call_time\":\"12:00\",\"call_date_time\":\"T\"}");
    check("{\"other\":{\"a\":[1,{},[],\"}\"]},\"crime_id\":\"1\",\"more\":[{}]}", "{\"crime_id\":\"1\"}");
    check("{\"crime_id\":183,\"agency_id\":-1.5e+3,\"city\":true,\"state\":false,\"address\":null}",
          "{\"crime_id\":\"183\",\"city\":\"true\",\"state\":\"false\",\"agency_id\":\"-1.5e+3\"}");
    check("{\"city\":null}", "{}");
    check("{\"city\":\"A\",\"city\":\"B\"}", "{\"city\":\"B\"}");
}

static void texts_keep_their_escapes(void **state)
{
    check("{\"city\":\"a\\\"b\\\\c\\u00e9\\/\\n\"}", "{\"city\":\"a\\\"b\\\\c\\u00e9\\/\\n\"}");
    check("{\"city\":\"S\xc3\xa3o\"}", "{\"city\":\"S\xc3\xa3o\"}");
    check("{\"city\":\"12345678\xe9"
          "90\"}",
          "{\"city\":\"12345678\xef\xbf\xbd"
          "90\"}");
    check("{\"city\":\"\xed\xa0\x80\"}", "{\"city\":\"\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\"}");
}

static void what_is_no_call_is_named(void **state)
{
    check("{}", "an object with none of a call's fields");
    check("{\"a\":1}", "an object with none of a call's fields");
    check("{\"city\":{\"a\":1}}", "a field of the call is an object or a list instead of a text");
    check("{\"city\":[]}", "a field of the call is an object or a list instead of a text");
    check("{\"city\":\"a\nb\"}", "a control character inside a text");
    check("{\"city\":\"\\x\"}", "an unknown escape in a text");
    check("{\"city\":\"\\u12g4\"}", "a \\u escape without four hex digits");
    check("{\"city\":tru3}", "something that is no JSON value");
    check("{\"city\":01}", "',' or a closing bracket is expected");
    check("{\"city\":1.}", "a malformed number");
    check("{\"city\":'a'}", "something that is no JSON value");
    check("{\"city\" \"a\"}", "':' is expected after a field's name");
    check("{\"city\":\"a\",}", "a field's name is expected");
    check("{city:\"a\"}", "a field's name is expected");
    char deep[300] = "{\"x\":";
    memset(deep + 5, '[', 200);
    check(deep, "brackets nested too deeply");
}

static uint64_t random_state = 42;
static uint32_t roll(uint32_t below)
{
    random_state = random_state * UINT64_C(6364136223846793005) + 1442695040888963407u;
    return (uint32_t)((random_state >> 33) % below);
}

/* What json-c says of a text: the 14 values, or NULL when it is no object. */
static struct json_object *parse(const char *text, size_t len)
{
    struct json_tokener *t = json_tokener_new();
    json_tokener_set_flags(t, JSON_TOKENER_STRICT);
    struct json_object *o = json_tokener_parse_ex(t, text, (int)len);
    bool good = json_tokener_get_error(t) == json_tokener_success && json_object_is_type(o, json_type_object);
    json_tokener_free(t);
    if (!good) {
        json_object_put(o);
        return NULL;
    }
    return o;
}

static void what_it_takes_a_general_parser_takes_too_with_the_same_values(void **state)
{
    static const char pieces[] = "\"\\{}[]:,0e.-tn \n\x01\xc3u";
    size_t taken = 0;
    for (int i = 0; i < 200000; i++) {
        struct scan scan;
        struct strbuf out = {0};
        char text[sizeof whole];
        memcpy(text, whole, sizeof whole);
        size_t len = strlen(whole);
        for (uint32_t n = 1 + roll(3); n > 0; n--)
            text[roll((uint32_t)len)] = pieces[roll(sizeof pieces - 1)];
        text[0] = '{';
        char *copy = padded(text, len);
        if (scan_object(copy, copy + len, &scan) == SCAN_CALL) {
            taken++;
            scan_write(&scan, &out);
            if (scan.canonical) {
                assert_int_equal(out.len, scan.end - copy);
                assert_memory_equal(out.data, copy, out.len);
            }
            struct json_object *theirs = parse(copy, (size_t)(scan.end - copy)),
                               *ours = parse(out.data, out.len);
            if (!theirs || !ours)
                fail_msg("json-c refuses: %.*s", (int)len, copy);
            for (int f = 0; f < CALL_FIELDS; f++) {
                struct json_object *a, *b;
                bool has = json_object_object_get_ex(theirs, field_name((enum field)f), &a) && a;
                assert_int_equal(json_object_object_get_ex(ours, field_name((enum field)f), &b), has);
                if (has && json_object_is_type(a, json_type_string) && !scan.unclean[f])
                    assert_string_equal(json_object_get_string(a), json_object_get_string(b));
            }
            json_object_put(theirs);
            json_object_put(ours);
        }
        strbuf_free(&out);
        free(copy);
    }
    assert_true(taken > 10000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_names_are_those_of_the_query),
        cmocka_unit_test(a_compact_call_is_passed_on_as_it_is),
        cmocka_unit_test(every_early_end_asks_for_more),
        cmocka_unit_test(other_layouts_become_compact_and_ordered),
        cmocka_unit_test(texts_keep_their_escapes),
        cmocka_unit_test(what_is_no_call_is_named),
        cmocka_unit_test(what_it_takes_a_general_parser_takes_too_with_the_same_values),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
