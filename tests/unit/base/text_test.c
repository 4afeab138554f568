/* Foreign bytes never come out as anything that drives a terminal; figures read as the screen wants them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <locale.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/text.h"
#include "base/xalloc.h"

#define MARK "\xEF\xBF\xBD"
#define DOTS "\xE2\x80\xA6"

static const char *clean(const char *src, size_t len, size_t cap, bool ascii)
{
    static char out[256];
    assert_true(cap <= sizeof out);
    size_t n = text_clean(out, cap, src, len, ascii);
    assert_int_equal(n, strlen(out));
    return out;
}

static void harmless_text_passes_unchanged(void **state)
{
    (void)state;
    assert_string_equal(clean("Traffic Stop", 12, 64, false), "Traffic Stop");
    assert_string_equal(clean("Caf\xC3\xA9 \xE6\xBC\xA2", 9, 64, false), "Caf\xC3\xA9 \xE6\xBC\xA2");
}

static void what_could_drive_a_terminal_is_replaced(void **state)
{
    (void)state;
    assert_string_equal(clean("a\x1b[2Jb", 6, 64, false), "a" MARK "[2Jb");
    assert_string_equal(clean("a\0b", 3, 64, false), "a" MARK "b");
    assert_string_equal(clean("\xC2\x9B"
                              "x",
                              3, 64, false),
                        MARK "x"); /* C1 CSI as UTF-8 */
    assert_string_equal(clean("\x9B"
                              "x",
                              2, 64, false),
                        MARK "x"); /* C1 CSI raw */
    assert_string_equal(clean("\xE2\x80\xAE"
                              "x",
                              4, 64, false),
                        MARK "x");                                            /* right-to-left override */
    assert_string_equal(clean("\xC0\x9B", 2, 64, false), MARK MARK);          /* overlong */
    assert_string_equal(clean("\xED\xA0\x80", 3, 64, false), MARK MARK MARK); /* surrogate */
    assert_string_equal(clean("\xE6\xBC", 2, 64, false), MARK MARK);          /* cut off */
    assert_string_equal(clean("Caf\xC3\xA9", 5, 64, true), "Caf?");
}

static void long_text_ends_in_dots_and_never_overflows(void **state)
{
    (void)state;
    assert_string_equal(clean("abcdefgh", 8, 8, false), "abcd" DOTS);
    assert_string_equal(clean("abcdefg", 7, 8, false), "abcdefg");
    assert_string_equal(clean("abcdefgh", 8, 8, true), "abcd...");
    assert_string_equal(clean("abc", 3, 1, false), "");
    assert_string_equal(clean("abc", 3, 3, false), "");
}

static void random_bytes_come_out_printable(void **state)
{
    (void)state;
    uint64_t seed = 42;
    for (int round = 0; round < 20000; round++) {
        char in[40], out[64];
        size_t len = (size_t)(round % 40);
        for (size_t i = 0; i < len; i++) {
            seed = seed * 6364136223846793005u + 1442695040888963407u;
            in[i] = (char)(seed >> 56);
        }
        size_t n = text_clean(out, (size_t)(round % 63) + 1, in, len, round & 1);
        assert_true(n < (size_t)(round % 63) + 1);
        for (size_t i = 0; i < n; i++) {
            assert_true((unsigned char)out[i] >= 0x20 && out[i] != 0x7F);
            if (round & 1)
                assert_true((unsigned char)out[i] < 0x80);
        }
    }
}

static void widths_are_columns_not_bytes(void **state)
{
    (void)state;
    int used;
    if (!setlocale(LC_CTYPE, "C.UTF-8"))
        skip();
    assert_int_equal(text_width("\xE6\xBC\xA2"
                                "a"),
                     3);
    assert_int_equal(text_width("e\xCC\x81"), 1);
    assert_int_equal(text_fit("\xE6\xBC\xA2"
                              "a",
                              1, &used),
                     0);
    assert_int_equal(used, 0);
    assert_int_equal(text_fit("\xE6\xBC\xA2"
                              "a",
                              2, &used),
                     3);
    assert_int_equal(used, 2);
}

static void what_only_changes_how_another_is_drawn_goes(void **state)
{
    (void)state;
    if (!setlocale(LC_CTYPE, "C.UTF-8"))
        skip();
    static const char *const pairs[][2] = {
        {"\u2764\uFE0F", "\u2764"},                                 /* a heart, as an emoji */
        {"\U0001F44D\U0001F3FD", "\U0001F44D"},                     /* a skin tone */
        {"\U0001F468\u200D\U0001F469", "\U0001F468\U0001F469"},     /* a family */
        {"\U0001F1FA\U0001F1F8", "US"},                             /* a flag */
        {"1\uFE0F\u20E3", "1"},                                     /* a keycap */
        {"\u200Da", MARK "a"},                                      /* with nothing before it */
        {"z\u0308\u0308\u0308\u0308\u0308", "z\u0308\u0308"},       /* a tower of marks */
        {"\u0301a", MARK "a"},                                      /* would fall on a border */
        {"a\u200Bb\u2060\u00ADc", "a" MARK "b" MARK MARK "c"},      /* invisible */
        {"a\u202Eb\u2066c\u200Fd", "a" MARK "b" MARK "c" MARK "d"}, /* turns the line round */
        {"\uE0A0\uFDD0\U000E0041\U0001FFFE", MARK MARK MARK MARK},  /* private, no characters, tags */
        {"\u05E9\u05DC\u05D5\u05DD", "\u05E9\u05DC\u05D5\u05DD"},   /* right-to-left letters stay */
        {"\uAC00\u1112\u1161\u11AB", "\uAC00\u1112\u1161\u11AB"},   /* Hangul, whole and in parts */
    };
    for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++)
        assert_string_equal(clean(pairs[i][0], strlen(pairs[i][0]), 64, false), pairs[i][1]);
    assert_string_equal(clean("e\u0301\U0001F44D", strlen("e\u0301\U0001F44D"), 64, true), "e?");
}

static void a_megabyte_costs_no_more_than_what_is_kept(void **state)
{
    (void)state;
    enum { LONG = 64 * 1024 * 1024 };
    char *text = xmalloc(LONG);
    for (size_t i = 0; i + 3 <= LONG; i += 3)
        memcpy(text + i, "\u200D", 3);
    memcpy(text, "abc", 3);
    int64_t from_ns = clock_mono_ns();
    for (int i = 0; i < 1000; i++)
        assert_string_equal(clean(text, LONG, 64, false), "abc" DOTS);
    /* Reading all of it a thousand times would take minutes. */
    assert_true(clock_mono_ns() - from_ns < INT64_C(10000000000));
    free(text);
}

static const char *guarded(const char *src, size_t cap)
{
    static char out[256];
    size_t n = text_for_terminal(out, cap, src);
    assert_true(n < cap);
    assert_int_equal(n, strlen(out));
    return out;
}

#define LRM "\xE2\x80\x8E"

static void right_to_left_text_cannot_turn_what_stands_behind_it(void **state)
{
    (void)state;
    if (!setlocale(LC_CTYPE, "C.UTF-8"))
        skip();
    assert_string_equal(guarded("Traffic Stop", 64), "Traffic Stop");
    assert_string_equal(guarded("\u05E9\u05DC  37", 64), LRM "\u05E9\u05DC" LRM "  37");
    assert_string_equal(guarded("a \u0634\u064E 5 \u0628", 64),
                        "a " LRM "\u0634\u064E" LRM " 5 " LRM "\u0628" LRM);
    assert_int_equal(text_width(guarded("\u05E9\u05DC  37", 64)), 6);
    /* What was cut in its middle, what the locale does not know, what no view should have let in. */
    assert_string_equal(guarded("caf\xC3", 64), "caf" MARK);
    assert_string_equal(guarded("\u0378|", 64), MARK "|");
    assert_string_equal(guarded("a\033[2J\x9B", 64), "a" MARK "[2J" MARK);
    for (size_t cap = 1; cap < 40; cap++)
        (void)guarded("\u05E9\u05DC  37 \u0628 and more", cap);
}

static void a_cut_character_is_taken_off(void **state)
{
    (void)state;
    char s[][8] = {"caf\xC3", "caf\xC3\xA9", "\xE6\xBC", "", "abc", "\xF0\x9F\x91"};
    static const char *const whole[] = {"caf", "caf\xC3\xA9", "", "", "abc", ""};
    for (size_t i = 0; i < sizeof s / sizeof *s; i++) {
        text_whole(s[i]);
        assert_string_equal(s[i], whole[i]);
    }
}

static void figures_read_well_and_unknown_is_a_dash(void **state)
{
    (void)state;
    char b[40];
    assert_string_equal(text_count(b, sizeof b, 1204), "1,204");
    assert_string_equal(text_count(b, sizeof b, 999), "999");
    assert_string_equal(text_count(b, sizeof b, -1234567), "-1,234,567");
    assert_string_equal(text_count(b, sizeof b, UNKNOWN), "-");
    assert_string_equal(text_many(b, sizeof b, 1, "call", "calls"), "1 call");
    assert_string_equal(text_many(b, sizeof b, 0, "call", "calls"), "0 calls");
    assert_string_equal(text_many(b, sizeof b, 1204, "call", "calls"), "1,204 calls");
    assert_string_equal(text_rate(b, sizeof b, 21400), "21.4k");
    assert_string_equal(text_rate(b, sizeof b, 0.5), "0.50");
    assert_string_equal(text_rate(b, sizeof b, 10), "10.0");
    assert_string_equal(text_rate(b, sizeof b, 1.2e6), "1.2M");
    assert_string_equal(text_rate(b, sizeof b, NAN), "-");
    assert_string_equal(text_rate(b, sizeof b, INFINITY), "max");
    assert_string_equal(text_bytes(b, sizeof b, 157286), "154 KB");
    assert_string_equal(text_bytes(b, sizeof b, UNKNOWN), "-");
}

static void buffers_grow_and_keep_what_was_added(void **state)
{
    (void)state;
    struct strbuf b = {0};
    for (int i = 0; i < 1000; i++)
        strbuf_printf(&b, "%d,", i);
    assert_int_equal(b.len, 3890);
    assert_memory_equal(b.data + b.len - 4, "999,", 5);
    strbuf_free(&b);
    assert_null(b.data);
}

static void distance_counts_edits(void **state)
{
    (void)state;
    assert_int_equal(text_distance("watermark", "watermark"), 0);
    assert_int_equal(text_distance("watermrak", "watermark"), 2);
    assert_int_equal(text_distance("", "abc"), 3);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(harmless_text_passes_unchanged),
        cmocka_unit_test(what_could_drive_a_terminal_is_replaced),
        cmocka_unit_test(long_text_ends_in_dots_and_never_overflows),
        cmocka_unit_test(random_bytes_come_out_printable),
        cmocka_unit_test(widths_are_columns_not_bytes),
        cmocka_unit_test(what_only_changes_how_another_is_drawn_goes),
        cmocka_unit_test(a_megabyte_costs_no_more_than_what_is_kept),
        cmocka_unit_test(right_to_left_text_cannot_turn_what_stands_behind_it),
        cmocka_unit_test(a_cut_character_is_taken_off),
        cmocka_unit_test(figures_read_well_and_unknown_is_a_dash),
        cmocka_unit_test(buffers_grow_and_keep_what_was_added),
        cmocka_unit_test(distance_counts_edits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
