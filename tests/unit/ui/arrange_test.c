/* What the user makes of a layout: pure, tried at every size. */
#include "ui/arrange.h"
#include "ui/pane.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

struct desk {
    struct arrangement a;
    const struct plan *plan;
    struct layout l;
    size_t focus;
    int h, w;
};

static void look(struct desk *d)
{
    struct layout_item items[LAYOUT_PANES];
    arrange_items(&d->a, d->plan, items);
    layout_compute(&d->l, d->h, d->w,
                   &(struct layout_ask){
                       .items = items, .n = pane_count, .main_share = d->a.main_share, .focus = d->focus});
}

static void desk_open(struct desk *d, size_t plan, int w, int h)
{
    memset(d, 0, sizeof *d);
    d->plan = &plans[plan];
    d->w = w;
    d->h = h;
    arrange_reset(&d->a, d->plan);
    d->focus = arrange_nth(&d->a, 0);
    look(d);
}

static size_t pane_called(const char *name)
{
    for (size_t i = 0; i < pane_count; i++)
        if (!strcmp(panes[i]->name, name))
            return i;
    fail_msg("no pane %s", name);
    return 0;
}

static bool overlap(struct rect a, struct rect b)
{
    return a.h && b.h && a.y < b.y + b.h && b.y < a.y + a.h && a.x < b.x + b.w && b.x < a.x + a.w;
}

static void check(const struct desk *d, unsigned seed)
{
    const struct layout *l = &d->l;
    long cells = (long)l->summary.h * l->summary.w;
    if (l->too_small)
        return;
    assert_true(l->pane[d->focus].h > 0);
    for (size_t i = 0; i < pane_count; i++) {
        struct rect r = l->pane[i];
        cells += (long)r.h * r.w;
        if (!r.h)
            continue;
        int least = l->framed ? ARRANGE_LINES_LEAST : 1;
        if (r.h < least || r.w < least || r.y < 1 || r.x < 0 || r.y + r.h > d->h - 1 || r.x + r.w > d->w)
            fail_msg("seed %u, %dx%d: pane %zu is at %d,%d with %dx%d", seed, d->w, d->h, i, r.x, r.y, r.w,
                     r.h);
        for (size_t k = 0; k < i; k++)
            if (overlap(r, l->pane[k]))
                fail_msg("seed %u, %dx%d: panes %zu and %zu overlap", seed, d->w, d->h, k, i);
    }
    if (cells != (long)(d->h - 2) * d->w)
        fail_msg("seed %u, %dx%d: %ld cells of %ld", seed, d->w, d->h, cells, (long)(d->h - 2) * d->w);
}

static unsigned next(unsigned *seed, unsigned below)
{
    *seed = *seed * 1103515245U + 12345U;
    return *seed / 65536 % below;
}

static void random_step(struct desk *d, unsigned *seed)
{
    struct arrangement *a = &d->a;
    size_t pane = next(seed, (unsigned)pane_count);
    switch (next(seed, 8)) {
    case 0: arrange_swap(a, d->focus, arrange_neighbour(&d->l, d->focus, -1)); break;
    case 1: arrange_swap(a, d->focus, arrange_neighbour(&d->l, d->focus, 1)); break;
    case 2: arrange_place(a, d->focus, (enum place)next(seed, PLACE_NONE)); break;
    case 3: arrange_resize(a, &d->l, d->focus, (int)next(seed, 9) - 4); break;
    case 4: arrange_widen(a, &d->l, (int)next(seed, 41) - 20); break;
    case 5: arrange_show(a, d->plan, pane); break;
    case 6:
        if (arrange_hide(a, pane) && pane == d->focus)
            d->focus = arrange_nth(a, 0);
        break;
    default: d->focus = arrange_nth(a, next(seed, (unsigned)a->count)); break;
    }
}

static void whatever_is_done_to_it_nothing_overlaps_at_any_size(void **state)
{
    (void)state;
    enum { RUNS = 400, STEPS = 40 };
    for (unsigned run = 0; run < RUNS; run++) {
        struct desk d;
        unsigned seed = run;
        desk_open(&d, run % plan_count, 20 + (int)next(&seed, 200), 4 + (int)next(&seed, 70));
        for (int step = 0; step < STEPS; step++) {
            random_step(&d, &seed);
            look(&d);
            check(&d, run);
        }
        /* The same arrangement on every other screen. */
        for (d.h = LAYOUT_MIN_H; d.h <= 70; d.h += 3)
            for (d.w = LAYOUT_MIN_W; d.w <= 220; d.w += 7) {
                look(&d);
                check(&d, run);
            }
    }
}

static void the_last_pane_cannot_be_hidden(void **state)
{
    (void)state;
    struct desk d;
    desk_open(&d, 0, 120, 40);
    while (d.a.count > 1)
        assert_true(arrange_hide(&d.a, d.a.shown[0].pane));
    assert_false(arrange_hide(&d.a, d.a.shown[0].pane));
    assert_int_equal(d.a.count, 1);
    assert_false(arrange_is_planned(&d.a, d.plan));
    arrange_reset(&d.a, d.plan);
    assert_true(arrange_is_planned(&d.a, d.plan));
}

static void a_pane_moves_in_its_column_and_to_the_other_one(void **state)
{
    (void)state;
    struct desk d;
    desk_open(&d, 0, 120, 40);
    size_t replay = pane_called("replay"), offsets = pane_called("offsets");
    assert_true(d.l.pane[replay].y < d.l.pane[offsets].y);
    arrange_swap(&d.a, replay, arrange_neighbour(&d.l, replay, 1));
    look(&d);
    assert_true(d.l.pane[offsets].y < d.l.pane[replay].y);
    arrange_place(&d.a, offsets, PLACE_MAIN);
    look(&d);
    assert_int_equal(d.l.pane[offsets].x, 0);
    assert_int_equal(d.l.pane[offsets].w, d.l.main_w);
    assert_int_equal(d.l.pane[replay].y, 1);
}

static void a_line_more_is_a_line_less_for_a_neighbour(void **state)
{
    (void)state;
    struct desk d;
    desk_open(&d, 0, 120, 40);
    size_t replay = pane_called("replay");
    for (int step = 0; step < 5; step++) {
        int h = d.l.pane[replay].h;
        arrange_resize(&d.a, &d.l, replay, 1);
        look(&d);
        assert_int_equal(d.l.pane[replay].h, h + 1);
    }
    for (int h = d.l.pane[replay].h; h > ARRANGE_LINES_LEAST; h--) {
        arrange_resize(&d.a, &d.l, replay, -1);
        look(&d);
        assert_int_equal(d.l.pane[replay].h, h - 1);
    }
    arrange_resize(&d.a, &d.l, replay, -1);
    look(&d);
    assert_int_equal(d.l.pane[replay].h, ARRANGE_LINES_LEAST);
}

static void every_pane_of_a_column_can_be_sized_after_all_others(void **state)
{
    (void)state;
    struct desk d;
    desk_open(&d, 0, 120, 50);
    static const char *const side[] = {"replay", "offsets", "progress"};
    for (int round = 0; round < 4; round++)
        for (size_t i = 0; i < 3; i++) {
            size_t pane = pane_called(side[i]);
            int h = d.l.pane[pane].h, more = round % 2 ? 1 : -1;
            arrange_resize(&d.a, &d.l, pane, more);
            look(&d);
            assert_int_equal(d.l.pane[pane].h, h + more);
        }
}

static void the_wide_column_is_as_wide_as_asked_within_limits(void **state)
{
    (void)state;
    struct desk d;
    for (int w = 80; w <= 200; w += 13) {
        desk_open(&d, 0, w, 40);
        int main_w = d.l.main_w;
        arrange_widen(&d.a, &d.l, -2);
        look(&d);
        assert_int_equal(d.l.main_w, main_w - 2);
        arrange_widen(&d.a, &d.l, 4);
        look(&d);
        assert_int_equal(d.l.main_w, main_w + 2);
        arrange_widen(&d.a, &d.l, 500);
        look(&d);
        assert_true(d.l.main_w <= w - 26);
    }
}

static void tab_goes_column_by_column(void **state)
{
    (void)state;
    struct desk d;
    desk_open(&d, 0, 120, 40);
    arrange_place(&d.a, pane_called("aggregates"), PLACE_BOTTOM);
    assert_int_equal(arrange_nth(&d.a, 0), pane_called("replay"));
    arrange_show(&d.a, d.plan, pane_called("caption"));
    assert_int_equal(arrange_nth(&d.a, 0), pane_called("caption"));
    assert_int_equal(arrange_nth(&d.a, d.a.count), pane_count);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(whatever_is_done_to_it_nothing_overlaps_at_any_size),
        cmocka_unit_test(the_last_pane_cannot_be_hidden),
        cmocka_unit_test(a_pane_moves_in_its_column_and_to_the_other_one),
        cmocka_unit_test(a_line_more_is_a_line_less_for_a_neighbour),
        cmocka_unit_test(every_pane_of_a_column_can_be_sized_after_all_others),
        cmocka_unit_test(the_wide_column_is_as_wide_as_asked_within_limits),
        cmocka_unit_test(tab_goes_column_by_column),
    };
    return cmocka_run_group_tests_name("arrange", tests, NULL, NULL);
}
