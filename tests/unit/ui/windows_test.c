/* The windows pane: the plot of event time against arrival, the axis of windows, the heat map. */
#include "picture.h"

#include "base/text.h"
#include "base/xalloc.h"
#include "ui/windows_view.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { MINUTE_MS = 60000, HOUR_MS = 3600000 };
#define AT(hour, minute) (1546214400000LL + ((hour)*60 + (minute)) * 60000LL) /* 2018-12-31 */

static void open_windows(struct picture *p, int w, int h, bool ascii)
{
    picture_open(p, w, h, ascii);
    picture_press(p, "6z");
}

static struct query_view *view_with_history(enum output_mode mode)
{
    static uint64_t number = 100;
    struct query_view *q = fake_query(42, 11);
    q->number = number++;
    q->settings.output_mode = mode;
    fake_history(q, 60);
    return q;
}

/* A view of batches whose rows are given: event minute after 12:00, kind. Ends with kind -1 a batch. */
struct given {
    int minute, kind;
};
static struct query_view *view_of(const struct given *rows, size_t batches, const int *watermarks)
{
    struct query_view *q = fake_query((int64_t)batches - 1, 3);
    q->settings.output_mode = OUTPUT_UPDATE;
    q->marks = xcalloc(200, sizeof *q->marks);
    q->history_count = batches;
    q->newest_event_ms = UNKNOWN;
    for (size_t b = 0; b < batches; b++, rows++) {
        struct batch_sample *s = &q->history[b];
        *s = (struct batch_sample){.batch_id = (int64_t)b,
                                   .watermark_ms = watermarks[b] < 0 ? 0 : AT(12, watermarks[b]),
                                   .next_watermark_ms = UNKNOWN,
                                   .event_min_ms = UNKNOWN,
                                   .event_max_ms = UNKNOWN};
        for (; rows->kind >= 0; rows++) {
            int64_t ms = AT(12, rows->minute);
            q->marks[q->marks_count++] = (struct view_mark){
                .batch_id = (int64_t)b, .event_ms = ms, .kind = (enum mark_kind)rows->kind};
            s->rows_in++;
            s->rows_marked++;
            q->newest_event_ms = ms > q->newest_event_ms ? ms : q->newest_event_ms;
        }
    }
    q->progress.watermark_ms = q->history[batches - 1].watermark_ms;
    q->next_watermark_ms = q->newest_event_ms - 5 * MINUTE_MS;
    return q;
}

/* The n-th place of a sign on the screen, as line and column; false when there are not so many. */
static bool place_of(struct picture *p, const char *sign, int n, int *line, int *column)
{
    ui_paint(&p->ui);
    for (*line = 2; *line < p->ui.h - 4; ++*line) { /* without the border's title and the legend */
        const char *row = picture_row(*line);
        for (const char *at = strstr(row, sign); at; at = strstr(at + 1, sign))
            if (n-- == 0) {
                char before[4000];
                snprintf(before, sizeof before, "%.*s", (int)(at - row), row);
                *column = text_width(before);
                return true;
            }
    }
    return false;
}

static void all_views_say_what_they_show_at_every_size(void **state)
{
    (void)state;
    static const int sizes[][2] = {{40, 10}, {80, 24}, {120, 40}, {200, 60}};
    for (int ascii = 0; ascii < 2; ascii++)
        for (size_t s = 0; s < 4; s++) {
            struct picture p;
            open_windows(&p, sizes[s][0], sizes[s][1], ascii);
            picture_give(&p, view_with_history(OUTPUT_UPDATE), fake_replay(REPLAY_RUNNING), fake_cluster(19));
            picture_must_show(&p, "arrival 1/3 [V]");
            picture_must_show(&p, s > 1 ? "watermark used in this batch 23:51:00  next watermark 23:52:00"
                                        : "watermark used 23:51:00  next 23:52:00");
            picture_must_show(&p, ascii ? "= watermark  . in order  o out of order"
                                        : "━ watermark  · in order  o out of order");
            picture_must_show(&p, "L late: 12 dropped");
            picture_must_show(&p, ascii ? "======" : "━━━━━━");
            picture_press(&p, "V");
            picture_must_show(&p, "time axis 2/3 [V]");
            picture_must_show(&p, ascii ? "# open  x closed" : "█ open  ░ closed");
            if (s) {
                picture_must_show(&p, "23:00-00:00");
                picture_must_show(&p, "22:00-23:00");
                picture_must_show(&p, "watermark 23:52");
            }
            picture_press(&p, "V");
            picture_must_show(&p, "heat map 3/3 [V]");
            picture_must_show(&p, "Traffic Stop");
            if (s) {
                picture_must_show(&p, "strongest 15 rows: Traffic Stop, 12-31 23:00-00:00");
                picture_must_show(&p, ascii ? "# 13-15" : "█ 13-15");
                picture_must_show(&p, "blank none");
            }
            picture_press(&p, "V");
            picture_must_show(&p, "arrival 1/3 [V]");
            picture_close(&p);
        }
}

static void rows_of_one_batch_do_not_cover_each_other(void **state)
{
    (void)state;
    static const struct given rows[] = {{50, 0}, {50, 0}, {50, 0}, {50, 1}, {50, 0}, {0, -1},
                                        {51, 0}, {51, 0}, {51, 0}, {51, 0}, {51, 0}, {0, -1}};
    static const int watermarks[] = {-1, 45};
    struct picture p;
    open_windows(&p, 100, 30, false);
    picture_give(&p, view_of(rows, 2, watermarks), NULL, NULL);
    picture_must_show(&p, "···o·");
    picture_must_show(&p, "·····");
    picture_must_show(&p, "0    1"); /* the batches' numbers */
    picture_close(&p);
}

static void a_late_row_lies_under_the_line_that_its_batch_used(void **state)
{
    (void)state;
    static const struct given rows[] = {{30, 0}, {31, 0}, {0, -1}, {40, 0}, {41, 0},
                                        {0, -1}, {20, 2}, {45, 0}, {0, -1}};
    static const int watermarks[] = {-1, 26, 36};
    struct picture p;
    int late_y, late_x, dot_y, dot_x, mark_y, mark_x;
    open_windows(&p, 100, 30, false);
    picture_give(&p, view_of(rows, 3, watermarks), NULL, NULL);
    assert_true(place_of(&p, "L", 0, &late_y, &late_x));
    assert_true(place_of(&p, "·", 0, &dot_y, &dot_x));   /* the highest: 12:45 */
    assert_true(place_of(&p, "┏", 0, &mark_y, &mark_x)); /* the line comes up to 12:36 */
    assert_int_equal(dot_x, late_x + 1);                 /* the same batch, in the order of arrival */
    assert_true(dot_y < mark_y && mark_y < late_y);
    assert_true(mark_x == late_x);
    picture_must_show(&p, "12:42"); /* every third line of two minutes each */
    picture_must_show(&p, "12:36");
    picture_close(&p);
}

static void a_row_hours_late_does_not_press_the_picture_flat(void **state)
{
    (void)state;
    static const struct given rows[] = {{30, 0}, {31, 0},   {32, 0}, {33, 0}, {0, -1}, {40, 0},
                                        {41, 0}, {-990, 2}, {42, 0}, {43, 0}, {0, -1}};
    static const int watermarks[] = {-1, 28};
    struct picture p;
    int late_y, late_x, older_y, older_x;
    open_windows(&p, 100, 30, false);
    picture_give(&p, view_of(rows, 2, watermarks), NULL, NULL);
    assert_true(place_of(&p, "L", 0, &late_y, &late_x));
    assert_true(place_of(&p, "older", 0, &older_y, &older_x));
    assert_int_equal(late_y, older_y);
    picture_must_show(&p, "12:30");
    picture_close(&p);
}

/* 200 batches of one row each, so far apart; the row of the 20th is late. */
static struct query_view *view_of_quick(int64_t apart_ms)
{
    static struct given rows[400];
    static int watermarks[200];
    for (int b = 0; b < 200; b++) {
        rows[2 * b] = (struct given){.minute = b == 20 ? 1 : 10 + b / 10, .kind = b == 20 ? MARK_LATE : 0};
        rows[2 * b + 1] = (struct given){.kind = -1};
        watermarks[b] = 5 + b / 10;
    }
    struct query_view *q = view_of(rows, 200, watermarks);
    for (int b = 0; b < 200; b++)
        q->history[b].wall_ms = b * apart_ms;
    return q;
}

static void quick_batches_share_columns_so_that_one_can_follow(void **state)
{
    (void)state;
    struct picture p;
    int late_y, late_x, mark_y, mark_x;
    open_windows(&p, 80, 24, false);
    picture_give(&p, view_of_quick(10), NULL, NULL); /* all of them are there, the late one in its column */
    picture_must_show(&p, "batch → 0 ");
    assert_true(place_of(&p, "L", 0, &late_y, &late_x));
    assert_true(place_of(&p, "━", 0, &mark_y, &mark_x));
    assert_true(late_y > mark_y);
    picture_close(&p);
    open_windows(&p, 80, 24, false);
    picture_give(&p, view_of_quick(1000), NULL, NULL); /* slow ones have a column each */
    assert_false(picture_shows(&p, "batch → 0 "));
    assert_false(place_of(&p, "L", 0, &late_y, &late_x));
    picture_close(&p);
}

static void the_scale_fits_again_soon_after_a_wide_start(void **state)
{
    (void)state;
    static const struct given wide[] = {{-990, 0}, {0, -1}, {40, 0}, {0, -1}};
    static const struct given near[] = {{40, 0}, {41, 0}, {0, -1}, {45, 0}, {46, 0}, {0, -1}};
    static const int none[] = {-1, -1}, some[] = {30, 36};
    struct picture p;
    open_windows(&p, 80, 24, false);
    picture_give(&p, view_of(wide, 2, none), NULL, NULL);
    for (int second = 1; second <= 4; second++) { /* one batch a second */
        struct query_view *q = view_of(near, 2, some);
        q->history[0].wall_ms = q->history[1].wall_ms = second * 1000;
        q->number += (uint64_t)second;
        picture_give(&p, q, NULL, NULL);
    }
    picture_must_show(&p, "12:40");
    picture_close(&p);
}

static void what_came_behind_the_watermark_and_counts_is_told_from_what_is_late(void **state)
{
    (void)state;
    static const struct given rows[] = {{130, 0}, {131, 0}, {0, -1}, {20, 1}, {122, 1}, {140, 0}, {0, -1}};
    static const int watermarks[] = {-1, 126};
    struct picture p;
    int y, x;
    open_windows(&p, 100, 30, false);
    struct query_view *q = view_of(rows, 2, watermarks);
    q->settings.output_mode = OUTPUT_COMPLETE;
    q->rows_late = 0;
    picture_give(&p, q, NULL, NULL);
    assert_true(place_of(&p, "  p", 0, &y, &x)); /* 12:20: its window ended at 13:00 */
    assert_true(place_of(&p, "━", 0, &y, &x));
    picture_must_show(&p, "Complete mode drops nothing: rows behind the watermark still count.");
    picture_must_show(&p, "p past its window, still counts");
    assert_false(picture_shows(&p, "L late"));
    picture_close(&p);
}

static void a_sample_says_that_it_is_one(void **state)
{
    (void)state;
    struct picture p;
    open_windows(&p, 120, 40, false);
    struct query_view *q = view_with_history(OUTPUT_UPDATE);
    for (size_t i = 0; i < q->history_count; i++)
        q->history[i].rows_in = 1004;
    picture_give(&p, q, NULL, NULL);
    picture_must_show(&p, "showing 102 of 17,000 rows");
    picture_close(&p);
}

static void it_says_why_there_is_no_watermark(void **state)
{
    (void)state;
    struct picture p;
    open_windows(&p, 120, 40, false);
    picture_must_show(&p, "No batch has ended yet, so there is no watermark.");
    struct query_view *q = view_with_history(OUTPUT_UPDATE);
    q->newest_event_ms = q->progress.watermark_ms = q->next_watermark_ms = UNKNOWN;
    q->marks_count = 0;
    for (size_t i = 0; i < q->history_count; i++)
        q->history[i].watermark_ms = q->history[i].event_min_ms = q->history[i].event_max_ms = UNKNOWN;
    picture_give(&p, q, NULL, NULL);
    picture_must_show(&p, "watermark used in this batch -  next watermark -");
    picture_must_show(&p, "No watermark: no row with an event time has come yet.");
    q = view_with_history(OUTPUT_UPDATE);
    q->progress.watermark_ms = 0;
    picture_give(&p, q, NULL, NULL);
    picture_must_show(&p, "watermark used in this batch -  next watermark 23:52:00");
    picture_must_show(&p, "the watermark starts at the epoch and follows the batches before");
    q = view_with_history(OUTPUT_UPDATE);
    q->settings.window_ms = q->settings.slide_ms = 0;
    picture_give(&p, q, NULL, NULL);
    picture_must_show(&p, "No windows, so nothing closes: [w] sets them.");
    picture_press(&p, "V");
    picture_must_show(&p, "The query has no windows, so nothing closes: [w] sets them.");
    picture_press(&p, "V");
    picture_must_show(&p, "The query has no windows");
    picture_close(&p);
}

static void the_axis_tells_the_states_of_windows_apart(void **state)
{
    (void)state;
    struct picture p;
    open_windows(&p, 140, 40, false);
    picture_press(&p, "V");
    struct query_view *q = view_with_history(OUTPUT_UPDATE);
    q->next_watermark_ms = AT(23, 10);
    q->marks[0] = (struct view_mark){.batch_id = 1, .event_ms = AT(21, 30), .kind = MARK_LATE};
    picture_give(&p, q, NULL, NULL);
    picture_must_show(&p, "open, closes at watermark 00:00");
    picture_must_show(&p, "23:00-00:00       165");
    picture_must_show(&p, "143    L1 closed");
    q = view_with_history(OUTPUT_COMPLETE);
    for (size_t i = 0; i < q->groups.count; i++)
        fake_group(q, i)->closed = false;
    picture_give(&p, q, NULL, NULL);
    picture_must_show(&p, "past, kept in complete mode");
    picture_must_show(&p, "▒ past the watermark, still counts");
    assert_false(picture_shows(&p, "closed"));
    picture_close(&p);
}

static void the_watermark_moves_over_the_axis(void **state)
{
    (void)state;
    int before = 0;
    for (int minute = 5; minute < 60; minute += 25) {
        struct picture p;
        int y, x;
        open_windows(&p, 140, 40, true);
        picture_press(&p, "V");
        struct query_view *q = view_with_history(OUTPUT_UPDATE);
        q->next_watermark_ms = AT(23, minute);
        picture_give(&p, q, NULL, NULL);
        assert_true(place_of(&p, "#|", 0, &y, &x)); /* within the open window's bar */
        assert_true(x > before);
        before = x;
        picture_close(&p);
    }
}

static void append_mode_shows_open_windows_without_figures(void **state)
{
    (void)state;
    static const struct given rows[] = {{10, 0}, {70, 0}, {0, -1}, {150, 0}, {0, -1}};
    static const int watermarks[] = {-1, 65};
    struct picture p;
    open_windows(&p, 120, 40, false);
    picture_press(&p, "V");
    struct query_view *q = view_of(rows, 2, watermarks);
    q->settings.output_mode = OUTPUT_APPEND;
    q->groups.count = 1;
    *fake_group(q, 0) = (struct view_group){
        .window_start_ms = AT(12, 0), .window_end_ms = AT(13, 0), .count = 7, .closed = true};
    picture_give(&p, q, NULL, NULL);
    picture_must_show(&p, "14:00-15:00         -       open, closes at watermark 15:00");
    picture_must_show(&p, "12:00-13:00         7       closed");
    picture_must_show(&p, "Append mode shows a window's rows when it closes");
    picture_close(&p);
}

static void the_axis_scrolls(void **state)
{
    (void)state;
    struct picture p;
    open_windows(&p, 100, 24, false);
    picture_press(&p, "V");
    struct query_view *q = view_with_history(OUTPUT_UPDATE);
    for (size_t i = 0; i < q->groups.count; i++) {
        struct view_group *g = fake_group(q, i);
        g->window_start_ms -= (int64_t)(i / 6) * 6 * HOUR_MS;
        g->window_end_ms = g->window_start_ms + HOUR_MS;
    }
    picture_give(&p, q, NULL, NULL);
    picture_must_show(&p, "12-31 23:00-00:00");
    picture_press(&p, "jjj");
    assert_false(picture_shows(&p, "12-31 23:00-00:00"));
    picture_must_show(&p, "12-31 20:00-21:00");
    picture_press(&p, "g");
    picture_must_show(&p, "12-31 23:00-00:00");
    picture_close(&p);
}

static void the_heat_map_shades_by_the_strongest_cell(void **state)
{
    (void)state;
    struct picture p;
    open_windows(&p, 100, 24, true);
    picture_press(&p, "VV");
    struct query_view *q = view_with_history(OUTPUT_UPDATE);
    for (size_t i = 0; i < q->groups.count; i++)
        fake_group(q, i)->count = i == 7 ? 100 : i < 6 ? 26 : i < 12 ? 75 : 1;
    picture_give(&p, q, NULL, NULL);
    picture_must_show(&p, "strongest 100 rows: Passing Call, 12-31 19:00-20:00");
    picture_must_show(&p, "::::::::::::");             /* 26 of 100 is in the second quarter */
    picture_must_show(&p, "********########********"); /* 75 is in the third, the strongest in the fourth */
    picture_must_show(&p, "............");
    picture_must_show(&p, ". 1-25  : 26-50  * 51-75  # 76-100");
    picture_close(&p);
}

/* Whatever the names and the size, no row is wider than the screen, and the border stays. */
static void no_size_and_no_name_breaks_a_column(void **state)
{
    (void)state;
    static char names[][40] = {"日本語日本語日本語日本", "e\u0301e\u0301 combining\u0301",
                               "a name that goes on and on and on", "👮👮👮👮"};
    for (int w = 20; w < 210; w += 19)
        for (int h = 4; h < 50; h += 5) {
            struct picture p;
            open_windows(&p, w, h, false);
            struct query_view *q = view_with_history(h % 2 ? OUTPUT_UPDATE : OUTPUT_APPEND);
            for (size_t i = 0; i < 4; i++)
                fake_field(q, i, 0, names[i]);
            picture_give(&p, q, fake_replay(REPLAY_RUNNING), fake_cluster(19));
            for (int view = 0; view < 3; view++) {
                ui_paint(&p.ui);
                for (int y = 1; y < h - 1; y++) {
                    const char *row = picture_row(y);
                    assert_int_equal(text_width(row), w);
                    if (p.ui.layout.framed && y > 1 && y < h - 2)
                        assert_string_equal(row + strlen(row) - strlen("┃"), "┃");
                }
                picture_press(&p, "V");
            }
            picture_close(&p);
        }
}

int main(void)
{
    setenv("TZ", "Pacific/Auckland", 1); /* what is shown is UTC all the same */
    if (!picture_locale())
        return 0;
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(all_views_say_what_they_show_at_every_size),
        cmocka_unit_test(rows_of_one_batch_do_not_cover_each_other),
        cmocka_unit_test(a_late_row_lies_under_the_line_that_its_batch_used),
        cmocka_unit_test(a_row_hours_late_does_not_press_the_picture_flat),
        cmocka_unit_test(quick_batches_share_columns_so_that_one_can_follow),
        cmocka_unit_test(the_scale_fits_again_soon_after_a_wide_start),
        cmocka_unit_test(what_came_behind_the_watermark_and_counts_is_told_from_what_is_late),
        cmocka_unit_test(a_sample_says_that_it_is_one),
        cmocka_unit_test(it_says_why_there_is_no_watermark),
        cmocka_unit_test(the_axis_tells_the_states_of_windows_apart),
        cmocka_unit_test(the_watermark_moves_over_the_axis),
        cmocka_unit_test(append_mode_shows_open_windows_without_figures),
        cmocka_unit_test(the_axis_scrolls),
        cmocka_unit_test(the_heat_map_shades_by_the_strongest_cell),
        cmocka_unit_test(no_size_and_no_name_breaks_a_column),
    };
    return cmocka_run_group_tests_name("windows", tests, NULL, NULL);
}
