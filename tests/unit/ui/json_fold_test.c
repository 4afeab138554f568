/* Folding and searching pretty-printed JSON by its lines. */
#include "ui/json_fold.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static const char *const report = "{\n"
                                  "  \"id\": \"x\",\n"
                                  "  \"durationMs\": {\n"
                                  "    \"addBatch\": 7,\n"
                                  "    \"getBatch\": 2\n"
                                  "  },\n"
                                  "  \"stateOperators\": [\n"
                                  "    {\n"
                                  "      \"rows\": 1\n"
                                  "    },\n"
                                  "    {\n"
                                  "      \"rows\": 2,\n"
                                  "      \"custom\": {\n"
                                  "        \"late\": 3\n"
                                  "      }\n"
                                  "    }\n"
                                  "  ]\n"
                                  "}";

/* The visible lines, joined by '/', their indentation left out. */
static const char *shown(const struct json_fold *f)
{
    static char all[4000];
    char line[JSON_LINE_MOST];
    size_t at = 0;
    all[0] = '\0';
    for (size_t i = 0; i < f->shown; i++) {
        const char *text = json_fold_text(f, i, line);
        text += strspn(text, " ");
        at += (size_t)snprintf(all + at, sizeof all - at, "%s%s", i ? "/" : "", text);
    }
    return all;
}

static void an_object_folds_into_a_line_with_its_fields(void **state)
{
    (void)state;
    struct json_fold f = {0};
    (void)json_fold_set(&f, report, 0);
    assert_int_equal(f.shown, 18);
    assert_int_equal(json_fold_mark(&f, 1), ' ');
    assert_int_equal(json_fold_mark(&f, 2), '-');
    assert_int_equal(json_fold_toggle(&f, 2), 2);
    assert_int_equal(json_fold_mark(&f, 2), '+');
    assert_int_equal(f.shown, 15);
    char line[JSON_LINE_MOST];
    assert_string_equal(json_fold_text(&f, 2, line), "  \"durationMs\": {...},  2 fields");
    assert_int_equal(json_fold_toggle(&f, 3), 3);
    assert_string_equal(
        shown(&f), "{/\"id\": \"x\",/\"durationMs\": {...},  2 fields/\"stateOperators\": [...]  2 items/}");
    /* The line that closes stands for what it closes: it is in nothing but the root. */
    assert_int_equal(json_fold_toggle(&f, 4), 4);
    assert_int_equal(json_fold_toggle(&f, 0), 0);
    assert_string_equal(shown(&f), "{...}  3 fields");
    assert_int_equal(json_fold_toggle(&f, 0), 0);
    assert_int_equal(f.shown, 5);
    json_fold_free(&f);
}

static void a_plain_line_folds_what_it_is_in(void **state)
{
    (void)state;
    struct json_fold f = {0};
    (void)json_fold_set(&f, report, 0);
    assert_int_equal(json_fold_toggle(&f, 13), 12); /* "late": its custom */
    assert_int_equal(json_fold_toggle(&f, 11), 10); /* "rows" of the second: that one alone */
    assert_non_null(strstr(shown(&f), "[/{/\"rows\": 1/},/{...}  2 fields/]"));
    json_fold_free(&f);
}

static void what_is_folded_stays_so_in_the_next_report(void **state)
{
    (void)state;
    struct json_fold f = {0};
    (void)json_fold_set(&f, report, 0);
    (void)json_fold_toggle(&f, 10);
    (void)json_fold_set(&f,
                        "{\n  \"durationMs\": {\n    \"addBatch\": 9\n  },\n  \"stateOperators\": [\n    {\n"
                        "      \"rows\": 4\n    },\n    {\n      \"rows\": 5\n    }\n  ]\n}",
                        0);
    assert_string_equal(shown(&f),
                        "{/\"durationMs\": {/\"addBatch\": 9/},/\"stateOperators\": [/{/\"rows\": 4/},/"
                        "{...}  1 field/]/}");
    json_fold_free(&f);
}

static void the_cursor_stays_on_its_field(void **state)
{
    (void)state;
    struct json_fold f = {0};
    (void)json_fold_set(&f, report, 0);
    /* The id is gone and a field is new: the cursor on getBatch follows it. */
    const char *next =
        "{\n  \"durationMs\": {\n    \"addBatch\": 7,\n    \"new\": 7,\n    \"getBatch\": 2\n  }\n}";
    assert_int_equal(json_fold_set(&f, next, 4), 4);
    (void)json_fold_set(&f, report, 0);
    assert_int_equal(json_fold_set(&f, next, 3), 2);
    /* What it was on is gone: somewhere in the text. */
    (void)json_fold_set(&f, report, 0);
    assert_int_equal(json_fold_set(&f, next, 1), 1);
    (void)json_fold_set(&f, report, 0);
    assert_int_equal(json_fold_set(&f, "{\n}", 13), 1);
    assert_int_equal(json_fold_set(&f, "", 1), 0);
    json_fold_free(&f);
}

static void the_search_marks_lines_and_goes_from_one_to_the_next(void **state)
{
    (void)state;
    struct json_fold f = {0};
    struct match m = {0};
    char err[160];
    (void)json_fold_set(&f, report, 0);
    json_fold_search(&f, &m);
    assert_int_equal(f.hits, 0);
    assert_int_equal(json_fold_next(&f, 3, 1, true), 3);
    assert_true(match_set(&m, "ROWS", err, sizeof err));
    json_fold_search(&f, &m);
    assert_int_equal(f.hits, 2);
    assert_false(json_fold_hit(&f, 7));
    assert_true(json_fold_hit(&f, 8));
    assert_int_equal(json_fold_next(&f, 0, 1, true), 8);
    assert_int_equal(json_fold_next(&f, 8, 1, true), 8);
    assert_int_equal(json_fold_next(&f, 8, 1, false), 11);
    assert_int_equal(json_fold_next(&f, 11, 1, false), 8); /* round the end */
    assert_int_equal(json_fold_next(&f, 8, -1, false), 11);
    /* A hit that is folded away is told by the line it is in, and unfolded when it is gone to. */
    (void)json_fold_toggle(&f, 6);
    assert_true(json_fold_hit(&f, 6));
    assert_int_equal(json_fold_next(&f, 6, 1, false), 8);
    assert_int_equal(f.shown, 18);
    match_free(&m);
    json_fold_free(&f);
}

static void any_text_is_taken_as_it_is(void **state)
{
    (void)state;
    static const char *const texts[] = {"",
                                        "\n",
                                        "}",
                                        "]\n]\n]",
                                        "{",
                                        "{\n{\n[",
                                        "no json {\n}\n",
                                        "  \"a\\\"b\": {\n  }",
                                        "{ \"a\" : [ {\n  \"b\" : 1\n}, {\n  \"b\" : 2\n} ]\n}"};
    char line[JSON_LINE_MOST];
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        struct json_fold f = {0};
        (void)json_fold_set(&f, texts[i], 0);
        for (size_t round = 0; round < 40 && f.shown; round++) {
            size_t n = json_fold_toggle(&f, round * 7 % f.shown);
            assert_true(n < f.shown);
            for (size_t k = 0; k < f.shown; k++)
                (void)json_fold_text(&f, k, line);
        }
        json_fold_free(&f);
    }
    /* Spark's own layout. */
    struct json_fold f = {0};
    (void)json_fold_set(
        &f, "{\n  \"sources\" : [ {\n    \"x\" : 1\n  }, {\n    \"x\" : 2\n  } ],\n  \"y\" : 3\n}", 0);
    (void)json_fold_toggle(&f, 1);
    assert_string_equal(shown(&f), "{/\"sources\" : [ {...}  1 field/}, {/\"x\" : 2/} ],/\"y\" : 3/}");
    json_fold_free(&f);
    /* Very many brackets: what is too deep does not fold. */
    enum { DEEP = 500 };
    char *deep = calloc(2 * DEEP + 1, 1);
    for (size_t i = 0; i < DEEP; i++)
        memcpy(deep + 2 * i, "{\n", 2);
    (void)json_fold_set(&f, deep, 0);
    for (size_t n = 0; n < f.shown; n++)
        (void)json_fold_toggle(&f, n);
    json_fold_free(&f);
    free(deep);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_object_folds_into_a_line_with_its_fields),
        cmocka_unit_test(a_plain_line_folds_what_it_is_in),
        cmocka_unit_test(what_is_folded_stays_so_in_the_next_report),
        cmocka_unit_test(the_cursor_stays_on_its_field),
        cmocka_unit_test(the_search_marks_lines_and_goes_from_one_to_the_next),
        cmocka_unit_test(any_text_is_taken_as_it_is),
    };
    return cmocka_run_group_tests_name("folding JSON", tests, NULL, NULL);
}
