/* What '/' looks for: texts and regular expressions. */
#include "ui/match.h"

#include "base/clock.h"

#include <locale.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static struct match m;
static char err[200];

static void looks_for(const char *typed)
{
    err[0] = '\0';
    if (!match_set(&m, typed, err, sizeof err))
        fail_msg("\"%s\" is refused: %s", typed, err);
}

static void is_refused(const char *typed, const char *because)
{
    char before[MATCH_TEXT];
    snprintf(before, sizeof before, "%s", m.typed);
    enum match_kind kind = m.kind;
    err[0] = '\0';
    if (match_set(&m, typed, err, sizeof err))
        fail_msg("\"%s\" is taken", typed);
    if (!strstr(err, because))
        fail_msg("\"%s\" is refused with \"%s\"", typed, err);
    assert_string_equal(m.typed, before);
    assert_int_equal(m.kind, kind);
}

static void nothing_typed_fits_everything(void **state)
{
    (void)state;
    char words[160];
    assert_true(match_hit(&match_all, ""));
    assert_true(match_hit(&match_all, "Traffic Stop"));
    looks_for("");
    assert_true(match_hit(&m, "x"));
    assert_string_equal(match_words(&m, words, sizeof words), "");
}

static void a_text_is_found_anywhere_without_regard_to_case(void **state)
{
    (void)state;
    char words[160];
    looks_for("FIC s");
    assert_true(match_hit(&m, "Traffic Stop"));
    assert_false(match_hit(&m, "Traffic"));
    assert_string_equal(match_words(&m, words, sizeof words), "with \"FIC s\"");
    looks_for(".*"); /* not an expression */
    assert_false(match_hit(&m, "Traffic Stop"));
    assert_true(match_hit(&m, "a.*b"));
}

static void letters_beyond_ascii_have_small_and_large_forms_too(void **state)
{
    (void)state;
    looks_for("CAFÉ");
    assert_true(match_hit(&m, "im café dort"));
    assert_false(match_hit(&m, "im cafe dort"));
    assert_false(match_hit(&m, "caf"));
    looks_for("ж");
    assert_true(match_hit(&m, "МОЖНО"));
    looks_for("é");
    assert_false(match_hit(&m, "\xC3"));
    assert_false(match_hit(&m, "\xE2\x82"));
    looks_for("警察");
    assert_true(match_hit(&m, "市の警察署"));
}

static void an_expression_stands_between_slashes(void **state)
{
    (void)state;
    char words[160];
    looks_for("/^traffic (stop|jam)$/");
    assert_true(match_hit(&m, "Traffic Stop"));
    assert_false(match_hit(&m, "A Traffic Stop"));
    assert_string_equal(match_words(&m, words, sizeof words), "matching /^traffic (stop|jam)$/");
    looks_for("/^tra"); /* the last slash may still be missing */
    assert_true(match_hit(&m, "TRAFFIC"));
    looks_for("/a/b/");
    assert_true(match_hit(&m, "xa/bx"));
    looks_for("/a\\/");
    assert_true(match_hit(&m, "a/"));
    assert_false(match_hit(&m, "a"));
    looks_for("/É+/");
    assert_true(match_hit(&m, "éé"));
}

static void what_is_wrong_or_not_whole_leaves_the_former_in_force(void **state)
{
    (void)state;
    looks_for("stop");
    is_refused("/", "follows");
    is_refused("//", "follows");
    is_refused("/(ab", "not a whole expression yet");
    is_refused("/[a-", "not a whole expression yet");
    is_refused("/a\\", "not a whole expression yet");
    assert_true(match_hit(&m, "Traffic Stop"));
    assert_false(match_hit(&m, "abc"));
}

static void what_would_take_for_ever_is_refused(void **state)
{
    (void)state;
    char many[MATCH_TEXT + 20];
    memset(many, 'a', sizeof many);
    many[sizeof many - 1] = '\0';
    looks_for("stop");
    is_refused(many, "too long");
    is_refused("/(a)\\1/", "back-references");
    is_refused("/a{9999}/", "too often");
    is_refused("/((a{20}){20}){20}/", "too often");
    is_refused("/(a{1,200}){1,200}/", "too often");
    is_refused("/(a{17,}){17,}/", "too often");
    is_refused("/[\\]{99999}/", "too often");
    looks_for("/a{3}\\{999\\}/");
}

/* The worst that is let through still ends, on long and on many texts, in bounded memory. */
static void the_worst_that_is_taken_ends_soon(void **state)
{
    (void)state;
    static const char *const worst[] = {"/((a|b|c?)*{8}){8}x/", "/(a|b)*a(a|b){8}{8}$/",
                                        "/((((((((((a*)*)*)*)*)*)*)*)*)*)*b/", "/(.?){64}z/", "/(x+x+)+y/"};
    static char text[200001];
    for (size_t i = 0; i + 1 < sizeof text; i++)
        text[i] = "abxaab"[(i * 7 + i / 5) % 6];
    for (size_t i = 0; i < sizeof worst / sizeof *worst; i++) {
        int64_t began = clock_mono_ms();
        looks_for(worst[i]);
        (void)match_hit(&m, text);
        for (size_t k = 0; k < 12000; k++) {
            char part[24];
            snprintf(part, sizeof part, "%.20s", text + k);
            (void)match_hit(&m, part);
        }
        print_message("%s: %lld ms\n", worst[i], (long long)(clock_mono_ms() - began));
    }
}

int main(void)
{
    assert_non_null(setlocale(LC_ALL, "C.UTF-8"));
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_typed_fits_everything),
        cmocka_unit_test(a_text_is_found_anywhere_without_regard_to_case),
        cmocka_unit_test(letters_beyond_ascii_have_small_and_large_forms_too),
        cmocka_unit_test(an_expression_stands_between_slashes),
        cmocka_unit_test(what_is_wrong_or_not_whole_leaves_the_former_in_force),
        cmocka_unit_test(what_would_take_for_ever_is_refused),
        cmocka_unit_test(the_worst_that_is_taken_ends_soon),
    };
    int failed = cmocka_run_group_tests_name("match", tests, NULL, NULL);
    match_free(&m);
    return failed;
}
