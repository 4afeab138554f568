/* The themes can be read: contrast ratios as WCAG 2 reckons them, from what each theme asks the terminal for.
 */
#include "ui/theme.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define TEXT_LEAST 4.5
#define DIM_LEAST  3.0
/* The default theme stands on whatever background the terminal has. Of the 256 colours no blue and no red has
 * 4.5 on both black and white. */
#define ANYWHERE_LEAST 4.0

enum { BLACK = 0x000000, WHITE = 0xFFFFFF };

/* The colour of a number of the 256, from 16 on: a cube of six steps, then greys. */
static int rgb_of_256(int n)
{
    static const int step[] = {0, 95, 135, 175, 215, 255};
    assert_true(n >= 16 && n < 256);
    if (n >= 232)
        return (8 + 10 * (n - 232)) * 0x10101;
    n -= 16;
    return step[n / 36] << 16 | step[n / 6 % 6] << 8 | step[n % 6];
}

static double channel(int value)
{
    double v = value / 255.0;
    return v <= 0.03928 ? v / 12.92 : pow((v + 0.055) / 1.055, 2.4);
}

static double luminance(int rgb)
{
    return 0.2126 * channel(rgb >> 16 & 255) + 0.7152 * channel(rgb >> 8 & 255) + 0.0722 * channel(rgb & 255);
}

static double contrast(int a, int b)
{
    double la = luminance(a), lb = luminance(b);
    return la > lb ? (la + 0.05) / (lb + 0.05) : (lb + 0.05) / (la + 0.05);
}

static int rgb_of(const struct theme *t, int colour)
{
    return t->colours == 256 ? rgb_of_256(colour) : colour;
}

static bool is_dim(int style)
{
    return style == ST_DIM || style == ST_BORDER || style == ST_HEAD;
}

static void must_have(const struct theme *t, int style, int fg, int bg, double least)
{
    double ratio = contrast(fg, bg);
    if (ratio < least)
        fail_msg("%s in %d colours, style %d: #%06x on #%06x has %.2f of %.1f", t->name, t->colours, style,
                 (unsigned)fg, (unsigned)bg, ratio, least);
}

static void check(const struct theme *t)
{
    for (int s = 0; s < STYLE_COUNT; s++) {
        const struct look *l = &t->look[s];
        const double least = is_dim(s) ? DIM_LEAST : TEXT_LEAST;
        if (l->fg < 0)
            continue; /* the terminal's own text on its own background */
        if (l->bg >= 0) {
            must_have(t, s, rgb_of(t, l->fg), rgb_of(t, l->bg), least);
            continue;
        }
        const double anywhere = t->colours == 256 && least > ANYWHERE_LEAST ? ANYWHERE_LEAST : least;
        must_have(t, s, rgb_of(t, l->fg), BLACK, anywhere);
        must_have(t, s, rgb_of(t, l->fg), WHITE, anywhere);
    }
}

static void every_theme_can_be_read(void **state)
{
    (void)state;
    static const int colours[] = {256, THEME_TRUE_COLOUR};
    const char *name;
    for (size_t n = 0; (name = theme_name(n)); n++)
        for (size_t i = 0; i < 2; i++) {
            struct theme t;
            assert_true(theme_make(&t, name, colours[i], false));
            if (t.colours)
                check(&t);
        }
}

/* What is left of red and green for someone who lacks the red or the green cones (Vienot, Brettel and Mollon
 * 1999): one brightness, between black and yellow. */
static double yellow_seen(int rgb, bool without_red)
{
    double red = channel(rgb >> 16 & 255), green = channel(rgb >> 8 & 255);
    return without_red ? 0.11238 * red + 0.88762 * green : 0.29275 * red + 0.70725 * green;
}

static void the_colour_blind_theme_does_not_rest_on_red_against_green(void **state)
{
    (void)state;
    struct theme t;
    assert_true(theme_make(&t, "colour-blind", THEME_TRUE_COLOUR, false));
    static const enum style moods[] = {ST_OK, ST_WARN, ST_BAD};
    for (int i = 0; i < 3; i++)
        for (int k = 0; k < i; k++) {
            int a = t.look[moods[i]].fg, b = t.look[moods[k]].fg;
            /* Blue tells them apart, or their brightness does, whichever cones are missing. */
            bool blue = abs((a & 255) - (b & 255)) > 100;
            double without_red = fabs(yellow_seen(a, true) - yellow_seen(b, true));
            double without_green = fabs(yellow_seen(a, false) - yellow_seen(b, false));
            assert_true(blue || (without_red > 0.2 && without_green > 0.2));
        }
    assert_true((t.look[ST_OK].fg & 255) > 150);  /* blue */
    assert_true((t.look[ST_BAD].fg & 255) < 100); /* orange */
}

static void the_terminals_colours_are_used_as_far_as_they_go(void **state)
{
    (void)state;
    static const int has[] = {-1, 0, 7, 8, 15, 16, 88, 256, 32767, THEME_TRUE_COLOUR, THEME_TRUE_COLOUR + 1};
    static const int uses[] = {0, 0, 0, 8, 8, 16, 16, 256, 256, THEME_TRUE_COLOUR, THEME_TRUE_COLOUR};
    struct theme t;
    for (size_t i = 0; i < sizeof has / sizeof *has; i++) {
        assert_true(theme_make(&t, "dark", has[i], false));
        assert_int_equal(t.colours, uses[i]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_theme_can_be_read),
        cmocka_unit_test(the_colour_blind_theme_does_not_rest_on_red_against_green),
        cmocka_unit_test(the_terminals_colours_are_used_as_far_as_they_go),
    };
    return cmocka_run_group_tests_name("theme", tests, NULL, NULL);
}
