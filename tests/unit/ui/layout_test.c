#include "ui/arrange.h"
#include "ui/pane.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

enum { MOST_H = 80, MOST_W = 250 };

/* The rooms under the n-th layout; 0 is the overview. */
static size_t the_items(struct layout_item items[LAYOUT_PANES], size_t n)
{
    struct arrangement a;
    arrange_reset(&a, &plans[n]);
    arrange_items(&a, &plans[n], items);
    return pane_count;
}

static void compute(struct layout *out, int h, int w, const struct layout_item *items, size_t n, size_t focus,
                    bool zoom)
{
    layout_compute(out, h, w, &(struct layout_ask){.items = items, .n = n, .focus = focus, .zoom = zoom});
}

static bool overlap(struct rect a, struct rect b)
{
    return a.h && b.h && a.y < b.y + b.h && b.y < a.y + a.h && a.x < b.x + b.w && b.x < a.x + a.w;
}

static void check(const struct layout *l, int h, int w, size_t n, size_t focus)
{
    struct rect all[LAYOUT_PANES + 3];
    size_t count = 0;
    all[count++] = l->header;
    all[count++] = l->footer;
    all[count++] = l->summary;
    for (size_t i = 0; i < n; i++)
        all[count++] = l->pane[i];
    for (size_t i = 0; i < count; i++) {
        struct rect r = all[i];
        if (!r.h)
            continue;
        if (r.h < 1 || r.w < 1 || r.y < 0 || r.x < 0 || r.y + r.h > h || r.x + r.w > w)
            fail_msg("%dx%d focus %zu: part %zu is at %d,%d with %dx%d", w, h, focus, i, r.x, r.y, r.w, r.h);
        if (i >= 3 && l->framed && (r.h < 3 || r.w < 3))
            fail_msg("%dx%d focus %zu: pane %zu has a border and nothing in it", w, h, focus, i - 3);
        for (size_t k = 0; k < i; k++)
            if (overlap(r, all[k]))
                fail_msg("%dx%d focus %zu: parts %zu and %zu overlap", w, h, focus, k, i);
    }
    assert_true(l->header.h == 1 && l->footer.h == 1);
    assert_true(l->pane[focus].h > 0);
}

static void every_size_gives_parts_inside_the_screen_that_do_not_overlap(void **state)
{
    (void)state;
    struct layout_item items[LAYOUT_PANES];
    struct layout l;
    for (size_t plan = 0; plan < plan_count; plan++) {
        size_t n = the_items(items, plan);
        for (int h = 1; h <= MOST_H; h++)
            for (int w = 1; w <= MOST_W; w++)
                for (size_t k = 0; k < 2 * n; k++) {
                    compute(&l, h, w, items, n, k / 2, k % 2);
                    if (h < LAYOUT_MIN_H || w < LAYOUT_MIN_W)
                        assert_true(l.too_small);
                    else
                        check(&l, h, w, n, k / 2);
                }
    }
}

static void all_lines_between_header_and_footer_are_used(void **state)
{
    (void)state;
    struct layout_item items[LAYOUT_PANES];
    struct layout l;
    for (size_t k = 0; k < plan_count * (size_t)(MOST_H + 1); k++) {
        size_t n = the_items(items, k % plan_count), focus = 0;
        int h = (int)(k / plan_count);
        while (strcmp(panes[focus]->name, plans[k % plan_count].show[0].pane) != 0)
            focus++;
        for (int w = LAYOUT_MIN_W; h >= LAYOUT_MIN_H && w <= MOST_W; w++) {
            long cells = 0;
            compute(&l, h, w, items, n, focus, false);
            for (size_t i = 0; i < n; i++)
                cells += (long)l.pane[i].h * l.pane[i].w;
            cells += (long)l.summary.h * l.summary.w;
            if (cells != (long)(h - 2) * w)
                fail_msg("%s at %dx%d: %ld cells of %ld", plans[k % plan_count].name, w, h, cells,
                         (long)(h - 2) * w);
        }
    }
}

static void every_pane_of_a_layout_exists_and_is_seen_at_120x40(void **state)
{
    (void)state;
    struct layout_item items[LAYOUT_PANES];
    struct layout l;
    for (size_t plan = 0; plan < plan_count; plan++) {
        size_t wanted = 0, shown = 0, n = the_items(items, plan), focus = 0;
        while (wanted < PLAN_PANES && plans[plan].show[wanted].pane)
            wanted++;
        while (items[focus].place == PLACE_NONE)
            focus++;
        compute(&l, 40, 120, items, n, focus, false);
        for (size_t i = 0; i < n; i++)
            shown += l.pane[i].h > 0;
        if (shown != wanted)
            fail_msg("%s shows %zu panes of %zu", plans[plan].name, shown, wanted);
    }
}

static void the_smallest_full_screen_is_80x24(void **state)
{
    (void)state;
    struct layout_item items[LAYOUT_PANES];
    struct layout l;
    size_t n = the_items(items, 0);
    compute(&l, 24, 80, items, n, 0, false);
    for (size_t i = 0; i < 4; i++)
        assert_true(l.pane[i].h > 0);
    assert_false(l.single);
}

static void a_pane_of_a_higher_rank_folds_away_first(void **state)
{
    (void)state;
    const struct layout_item items[] = {{.place = PLACE_SIDE, .min_h = 6, .wish_h = 6, .rank = 2},
                                        {.place = PLACE_SIDE, .min_h = 6, .wish_h = 6, .rank = 3},
                                        {.place = PLACE_MAIN, .min_h = 6, .wish_h = 6, .rank = 0},
                                        {.place = PLACE_SIDE, .min_h = 6, .wish_h = 6, .rank = 1}};
    struct layout l;
    compute(&l, 2 + 13, 100, items, 4, 2, false);
    assert_true(l.pane[0].h > 0 && l.pane[3].h > 0);
    assert_int_equal(l.pane[1].h, 0);
}

static void a_focused_pane_that_does_not_fit_gets_the_body(void **state)
{
    (void)state;
    struct layout_item items[LAYOUT_PANES];
    struct layout l;
    size_t n = the_items(items, 0);
    compute(&l, 24, 80, items, n, n - 1, false);
    assert_true(l.single);
    assert_int_equal(l.pane[n - 1].h, 22);
    assert_int_equal(l.pane[0].h, 0);
}

static void the_small_screen_keeps_a_line_for_the_replay(void **state)
{
    (void)state;
    struct layout_item items[LAYOUT_PANES];
    struct layout l;
    size_t n = the_items(items, 0);
    compute(&l, 10, 40, items, n, 0, false);
    assert_true(l.single && !l.framed);
    assert_int_equal(l.summary.h, 1);
    assert_int_equal(l.summary.y, 8);
    assert_int_equal(l.pane[0].h, 7);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_size_gives_parts_inside_the_screen_that_do_not_overlap),
        cmocka_unit_test(all_lines_between_header_and_footer_are_used),
        cmocka_unit_test(every_pane_of_a_layout_exists_and_is_seen_at_120x40),
        cmocka_unit_test(the_smallest_full_screen_is_80x24),
        cmocka_unit_test(a_pane_of_a_higher_rank_folds_away_first),
        cmocka_unit_test(a_focused_pane_that_does_not_fit_gets_the_body),
        cmocka_unit_test(the_small_screen_keeps_a_line_for_the_replay),
    };
    return cmocka_run_group_tests_name("layout", tests, NULL, NULL);
}
