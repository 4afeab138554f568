/* The JSON scanner: what it takes and refuses, and json-c as the judge over random mutations. */
#include "feed.h"

#include "query/scan.h"

#include <iconv.h>

static struct scanner scanner;

static int open_scanner(void **state)
{
    scanner_open(&scanner);
    for (int f = 0; f < FIELD_DISPOSITION_DESCRIPTION; f++)
        scanner.wanted[f] = true;
    return 0;
}

static int close_scanner(void **state)
{
    scanner_free(&scanner);
    return 0;
}

/* Scans a copy of exact size, so that a sanitizer sees every byte read too far. */
static enum scan_result scan_copy(const char *json, size_t len, char **copy)
{
    *copy = xmalloc(len);
    memcpy(*copy, json, len);
    return scan_message(&scanner, *copy, len);
}

static void expect_field(const char *json, enum field field, const char *value, size_t len)
{
    char *copy;

    if (scan_copy(json, strlen(json), &copy) != SCAN_OK)
        fail_msg("refused: %s", json);
    struct text t = scanner.fields[field];
    if (value == NULL)
        assert_null(t.p);
    else {
        assert_non_null(t.p);
        assert_int_equal(t.len, len);
        assert_memory_equal(t.p, value, len);
    }
    free(copy);
}

static void expect(const char *json, const char *city)
{
    expect_field(json, FIELD_CITY, city, city != NULL ? strlen(city) : 0);
}

static void refuse(const char *json, size_t at)
{
    char *copy;

    if (scan_copy(json, strlen(json), &copy) != SCAN_NOT_JSON)
        fail_msg("taken for JSON: %s", json);
    if (scanner.error_at != at)
        fail_msg("error at byte %zu, not %zu: %s", scanner.error_at, at, json);
    free(copy);
}

static void fields_are_found_in_any_order_and_spacing(void **state)
{
    expect("{\"city\":\"San Francisco\"}", "San Francisco");
    expect(" \n{ \"state\" : \"CA\" ,\t\"city\"\r:\"San Francisco\" } ", "San Francisco");
    expect("{\"state\":\"CA\"}", NULL);
    expect("{}", NULL);
    expect(" { } ", NULL);
    expect("{\"city\":\"\"}", "");
    expect("{\"cit\":\"a\",\"cityx\":\"b\",\"City\":\"c\"}", NULL);
    expect("{\"\":\"a\",\"city\":\"b\"}", "b");
    expect_field("{\"call_dttm\":\"2018\"}", FIELD_CALL_DATE_TIME, "2018", 4);
    expect_field("{\"original_crimetype_name\":\"x\"}", FIELD_TYPE, "x", 1);
    expect_field("{\"disposition_description\":\"x\"}", FIELD_DISPOSITION_DESCRIPTION, NULL, 0);
}

static void a_name_learnt_at_one_place_does_not_mislead_at_it(void **state)
{
    expect("{\"city\":\"a\",\"state\":\"b\"}", "a");
    expect("{\"state\":\"a\",\"city\":\"b\"}", "b");
    expect("{\"citt\":\"a\",\"ciry\":\"b\"}", NULL);
    expect("{\"a name that is much longer than any guess is kept\":1,\"city\":\"b\"}", "b");
    expect("{\"city\":\"c\"}", "c");
}

static void the_last_of_two_equal_names_wins(void **state)
{
    expect("{\"city\":\"a\",\"city\":\"b\"}", "b");
    expect("{\"city\":\"a\",\"city\":null}", NULL);
    expect_field("{\"call_dttm\":\"1\",\"call_date_time\":\"2\"}", FIELD_CALL_DATE_TIME, "2", 1);
}

static void escapes_are_undone(void **state)
{
    expect("{\"city\":\"a\\\"b\\\\c\\/d\"}", "a\"b\\c/d");
    expect("{\"city\":\"\\b\\f\\n\\r\\t\"}", "\b\f\n\r\t");
    expect("{\"city\":\"Ca\\u00f1on \\u20ac \\uD83D\\ude00\"}", "Ca\xc3\xb1on \xe2\x82\xac \xf0\x9f\x98\x80");
    expect("{\"c\\u0069ty\":\"named by escape\"}", "named by escape");
    expect("{\"city\":\"\\ud800\"}", "\xef\xbf\xbd");
    expect("{\"city\":\"\\ud800x\\udc00\"}", "\xef\xbf\xbdx\xef\xbf\xbd");
    expect("{\"city\":\"\\ud800\\ud83d\\ude00\"}", "\xef\xbf\xbd\xf0\x9f\x98\x80");
    expect_field("{\"city\":\"a\\u0000b\"}", FIELD_CITY, "a\0b", 3);
}

static void values_that_are_no_strings_are_their_raw_text(void **state)
{
    expect("{\"city\":12.50}", "12.50");
    expect("{\"city\":-0e+1}", "-0e+1");
    expect("{\"city\":true}", "true");
    expect("{\"city\": {\"a\" : [1, {}]} }", "{\"a\" : [1, {}]}");
    expect("{\"city\":[] ,\"state\":1}", "[]");
    expect("{\"city\":null}", NULL);
}

static void what_is_no_json_is_refused_at_its_byte(void **state)
{
    refuse("", 0);
    refuse("   ", 3);
    refuse("{\"city\":\"a\"", 11);
    refuse("{\"city\":\"a\"}}", 12);
    refuse("{\"city\":\"a\",}", 12);
    refuse("{\"city\" \"a\"}", 8);
    refuse("{city:1}", 1);
    refuse("{'city':1}", 1);
    refuse("{\"city\":01}", 9);
    refuse("{\"city\":1.}", 10);
    refuse("{\"city\":.5}", 8);
    refuse("{\"city\":-}", 9);
    refuse("{\"city\":1e}", 10);
    refuse("{\"city\":NaN}", 8);
    refuse("{\"city\":nul}", 11);
    refuse("{\"city\":True}", 8);
    refuse("{\"city\":\"a\nb\"}", 10);
    refuse("{\"city\":\"\\x\"}", 10);
    refuse("{\"city\":\"\\u12g4\"}", 13);
    refuse("{\"city\":[1,]}", 11);
    refuse("{\"city\":[1}", 10);
    refuse("{\"city\":{\"a\"}}", 12);
    refuse("{\"city\":\"\xff\"}", 9);
    refuse("{\"city\":\"\xc0\xaf\"}", 9);
    refuse("{\"city\":\"\xed\xa0\x80\"}", 9);
    refuse("{\"city\":\"\xf4\x90\x80\x80\"}", 9);
    refuse("{\"city\":\"\xe2\x82\"}", 9);
    refuse("// note\n{}", 0);
    refuse("\xef\xbb\xbf{}", 0);
    refuse("[1,2", 4);
}

static void json_that_is_no_object_is_told_apart(void **state)
{
    static const char *const list[] = {"[]", "[{\"city\":\"a\"}]", "\"text\"", "1", "null", " true "};
    char *copy;

    for (size_t i = 0; i < sizeof(list) / sizeof(list[0]); i++) {
        assert_int_equal(scan_copy(list[i], strlen(list[i]), &copy), SCAN_NOT_OBJECT);
        free(copy);
    }
}

static void nesting_ends_at_512(void **state)
{
    for (int depth = 511; depth <= 512; depth++) { /* around it stands the object itself */
        struct strbuf json = {0};
        strbuf_puts(&json, "{\"city\":");
        for (int i = 0; i < depth; i++)
            strbuf_puts(&json, i % 2 ? "[" : "{\"a\":");
        strbuf_puts(&json, "1");
        for (int i = depth - 1; i >= 0; i--)
            strbuf_puts(&json, i % 2 ? "]" : "}");
        strbuf_puts(&json, "}");
        assert_int_equal(scan_message(&scanner, json.data, json.len), depth == 511 ? SCAN_OK : SCAN_NOT_JSON);
        strbuf_free(&json);
    }
}

/* The judges: json-c says what is JSON and what it means; iconv what is UTF-8, where json-c looks less
 * closely. */
static bool is_utf8(const char *p, size_t len)
{
    char out[8192], *in = (char *)p, *to = out;
    size_t room = sizeof(out);
    iconv_t i = iconv_open("UTF-32LE", "UTF-8");

    assert_true(i != (iconv_t)-1);
    bool good = iconv(i, &in, &len, &to, &room) != (size_t)-1 && len == 0;
    iconv_close(i);
    return good;
}

/* Where json-c is laxer than the standard: control characters inside strings, numbers like 02 and 1. */
static bool json_c_is_lax_at(const char *json, size_t len, size_t at)
{
    bool in_number = at > 0 && json[at - 1] != '\0' && strchr("0123456789.eE+-", json[at - 1]) != NULL;

    return in_number || (at < len && (unsigned char)json[at] < ' ');
}

static json_object *judge(const char *json, size_t len)
{
    struct json_tokener *t = json_tokener_new_ex(520);
    assert_non_null(t);
    json_tokener_set_flags(t, JSON_TOKENER_STRICT | JSON_TOKENER_VALIDATE_UTF8);
    char *ended = xmalloc(len + 1); /* its end of text is a NUL */
    memcpy(ended, json, len);
    ended[len] = '\0';
    json_object *o = json_tokener_parse_ex(t, ended, (int)len + 1);
    bool good = json_tokener_get_error(t) == json_tokener_success && memchr(json, '\0', len) == NULL &&
                json_tokener_get_parse_end(t) >= len && is_utf8(json, len);
    free(ended);
    json_tokener_free(t);
    if (!good) {
        json_object_put(o);
        return NULL;
    }
    return o;
}

static size_t mutate(char *json, size_t len, size_t cap, uint64_t *r)
{
    static const char *const pieces[] = {"\"",
                                         "\\",
                                         "{",
                                         "}",
                                         "[",
                                         "]",
                                         ",",
                                         ":",
                                         "null",
                                         "true",
                                         "\\u0041",
                                         "\\ud83d\\ude00",
                                         "1",
                                         "-",
                                         "e5",
                                         ".",
                                         " ",
                                         "\"city\":",
                                         "\xc3\xb1",
                                         "\xc3",
                                         "0",
                                         "\"a\"",
                                         "\\n",
                                         "\t",
                                         "{}",
                                         "[]",
                                         "\"city\":\"x\",",
                                         "\xe2\x82\xac",
                                         "\\",
                                         "/"};
    int changes = (int)random_below(r, 4);

    for (int i = 0; i < changes && len > 0; i++) {
        size_t at = random_below(r, (uint32_t)len);
        if (random_below(r, 3) == 0) { /* take some bytes out */
            size_t n = 1 + random_below(r, 4);
            if (n > len - at)
                n = len - at;
            memmove(json + at, json + at + n, len - at - n);
            len -= n;
            continue;
        }
        const char *piece = pieces[random_below(r, sizeof(pieces) / sizeof(pieces[0]))];
        size_t n = strlen(piece);
        if (len + n > cap)
            continue;
        memmove(json + at + n, json + at, len - at);
        memcpy(json + at, piece, n);
        len += n;
    }
    return len;
}

/* What the field should be by json-c's tree; numbers and nested values are compared as values. */
static void compare_field(json_object *value, struct text t, const char *json, size_t len)
{
    if (value == NULL || t.p == NULL) {
        if (!(value == NULL && t.p == NULL))
            fail_msg("null is not null: %.*s", (int)len, json);
        return;
    }
    if (json_object_is_type(value, json_type_string)) {
        if (t.len != (size_t)json_object_get_string_len(value) ||
            memcmp(t.p, json_object_get_string(value), t.len) != 0)
            fail_msg("\"%.*s\" is not \"%s\": %.*s", (int)t.len, t.p, json_object_get_string(value), (int)len,
                     json);
        return;
    }
    json_object *raw = judge(t.p, t.len);
    if (raw == NULL || !json_object_equal(raw, value))
        fail_msg("the raw text %.*s is another value: %.*s", (int)t.len, t.p, (int)len, json);
    json_object_put(raw);
}

static void compare_with_judge(const char *json, size_t len, long *valid)
{
    char *copy;
    enum scan_result result = scan_copy(json, len, &copy);
    json_object *o = judge(json, len), *value;
    bool object = o != NULL && json_object_is_type(o, json_type_object);

    if (result == SCAN_OK && !object)
        fail_msg("json-c refuses what we take: %.*s", (int)len, json);
    if (result != SCAN_OK && object && !json_c_is_lax_at(json, len, scanner.error_at))
        fail_msg("json-c takes what we refuse at byte %zu: %.*s", scanner.error_at, (int)len, json);
    if (result == SCAN_OK) {
        ++*valid;
        value = NULL;
        json_object_object_get_ex(o, "city", &value);
        compare_field(value, scanner.fields[FIELD_CITY], json, len);
        value = NULL;
        json_object_object_get_ex(o, "disposition", &value);
        compare_field(value, scanner.fields[FIELD_DISPOSITION], json, len);
    }
    json_object_put(o);
    free(copy);
}

static void json_c_agrees_about_random_mutations(void **state)
{
    static const char *const seeds[] = {
        "{\"crime_id\":\"183653763\",\"city\":\"San Francisco\",\"disposition\":\"ADM\",\"address\":\"Geary "
        "Bl/divisadero St\"}",
        "{\"city\": \"Ca\\u00f1on\", \"nested\": {\"city\": [1, 2.5e3, {\"disposition\": null}]}, "
        "\"disposition\": 12}",
        "{\"disposition\":\"a\\\\b\\\"c\",\"city\":\"\xe2\x82\xac and more than sixteen "
        "bytes\",\"x\":[true,false,null,-0.1]}",
        "{\"city\":{\"a\":\"\\ud83d\\ude00\"},\"disposition\":[]}",
    };
    uint64_t r = 7;
    char json[600];
    long valid = 0;
    const int cases = 60000;

    for (int i = 0; i < cases; i++) {
        const char *seed = seeds[random_below(&r, 4)];
        size_t len = strlen(seed);
        memcpy(json, seed, len);
        len = mutate(json, len, sizeof(json), &r);
        compare_with_judge(json, len, &valid);
    }
    assert_in_range(valid, cases / 10, cases - cases / 10); /* both kinds really came up */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(fields_are_found_in_any_order_and_spacing),
        cmocka_unit_test(a_name_learnt_at_one_place_does_not_mislead_at_it),
        cmocka_unit_test(the_last_of_two_equal_names_wins),
        cmocka_unit_test(escapes_are_undone),
        cmocka_unit_test(values_that_are_no_strings_are_their_raw_text),
        cmocka_unit_test(what_is_no_json_is_refused_at_its_byte),
        cmocka_unit_test(json_that_is_no_object_is_told_apart),
        cmocka_unit_test(nesting_ends_at_512),
        cmocka_unit_test(json_c_agrees_about_random_mutations),
    };
    return cmocka_run_group_tests(tests, open_scanner, close_scanner);
}
