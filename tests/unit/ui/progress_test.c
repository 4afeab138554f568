/* The views of the progress pane: figures, the same explained, the JSON that folds and is searched. */
#include "picture.h"

#include "base/text.h"
#include "base/xalloc.h"
#include "ui/keymap.h"

#include <locale.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static const int sizes[][2] = {{40, 10}, {80, 24}, {120, 40}, {200, 60}};
enum { SIZES = sizeof sizes / sizeof *sizes };

/* The progress pane alone, on a report as the engine writes it. */
static void open_progress(struct picture *p, int w, int h, bool ascii)
{
    picture_open(p, w, h, ascii);
    struct query_view *q = fake_query(42, 11);
    q->progress.rows_late = 3;
    q->progress.state[0].rows_dropped_by_watermark = 1;
    snprintf(q->progress.topic, sizeof q->progress.topic, "calls");
    free(q->progress_json);
    q->progress_json = progress_json(&q->progress, true);
    picture_give(p, q, fake_replay(REPLAY_RUNNING), fake_cluster(19));
    picture_press(p, "4z");
}

static void every_view_is_whole_at_every_size(void **state)
{
    (void)state;
    for (int i = 0; i < SIZES; i++)
        for (int ascii = 0; ascii < 2; ascii++) {
            struct picture p;
            open_progress(&p, sizes[i][0], sizes[i][1], ascii);
            picture_must_show(&p, "rows in    30");
            picture_must_be_whole(&p);
            picture_press(&p, "V");
            picture_must_show(&p, "Messages that this batch took");
            picture_must_be_whole(&p);
            picture_press(&p, "V");
            picture_must_show(&p, "\"numInputRows\": 30");
            picture_must_be_whole(&p);
            picture_press(&p, "V");
            picture_must_show(&p, "rows in    30");
            picture_close(&p);
        }
}

static void every_figure_is_explained(void **state)
{
    (void)state;
    struct picture p;
    open_progress(&p, 200, 60, false);
    picture_must_show(&p, "3  (as Spark counts: 1; 12 in all)");
    picture_press(&p, "V");
    static const char *const must[] = {
        "Rows that came in a second",        "Above the input rate the query keeps up",
        "The oldest and the newest event",   "The watermark that this batch worked with",
        "How long the batch took",           "asking Kafka where the topic ends",
        "Rows dropped because their window", "Rows that had been seen before",
        "Messages that are no calls",        "Rows dropped because a field",
        "Rows that came after a newer one",  "State of the counting",
    };
    for (size_t i = 0; i < sizeof must / sizeof *must; i++)
        picture_must_show(&p, must[i]);
    picture_close(&p);
    /* Where it does not fit it scrolls by lines. */
    open_progress(&p, 80, 24, false);
    picture_press(&p, "V");
    assert_false(picture_shows(&p, "State of the counting"));
    picture_press(&p, "G");
    picture_must_show(&p, "State of the counting");
    assert_false(picture_shows(&p, "rows in"));
    picture_close(&p);
}

static void the_filter_leaves_the_figures_that_fit(void **state)
{
    (void)state;
    struct picture p;
    open_progress(&p, 80, 24, false);
    picture_press(&p, "/rows/s\n");
    picture_must_show(&p, "processed  21.4k rows/s");
    picture_must_show(&p, "with \"rows/s\"");
    assert_false(picture_shows(&p, "duplicates"));
    picture_press(&p, "\033/nothing of the kind\n");
    picture_must_show(&p, "No figure fits");
    picture_press(&p, "\033");
    picture_must_show(&p, "rows in    30");
    picture_close(&p);
}

static void the_json_folds_and_keeps_its_folds(void **state)
{
    (void)state;
    struct picture p;
    open_progress(&p, 100, 40, false);
    picture_press(&p, "J");
    picture_must_show(&p, "-   \"durationMs\": {");
    for (int i = 0; i < 9; i++)
        picture_press(&p, "j");
    /* The cursor is on a field of it: what it is in folds. */
    picture_press(&p, "\n");
    picture_must_show(&p, "+   \"durationMs\": {...},  7 fields");
    assert_false(picture_shows(&p, "addBatch"));
    struct query_view *q = fake_query(43, 11);
    free(q->progress_json);
    q->progress_json = progress_json(&q->progress, true);
    picture_give(&p, q, NULL, NULL);
    picture_must_show(&p, "\"batchId\": 43");
    picture_must_show(&p, "+   \"durationMs\": {...},  7 fields");
    picture_press(&p, "\n");
    picture_must_show(&p, "\"addBatch\": 1");
    picture_press(&p, "J");
    picture_must_show(&p, "rows in    30");
    picture_close(&p);
}

static void the_json_is_searched(void **state)
{
    (void)state;
    struct picture p;
    open_progress(&p, 80, 24, false);
    picture_press(&p, "J");
    assert_false(picture_shows(&p, "numLateRows"));
    picture_press(&p, "/numlate\n");
    picture_must_show(&p, ">         \"numLateRows\": 3");
    picture_must_show(&p, "1 line with \"numlate\"");
    picture_press(&p, "\033/offset\"\n");
    picture_must_show(&p, "4 lines");
    picture_must_show(&p, ">       \"startOffset\"");
    picture_press(&p, "..");
    picture_must_show(&p, ">       \"latestOffset\"");
    picture_press(&p, "."); /* round the end, to that of the durations */
    picture_must_show(&p, ">     \"latestOffset\"");
    picture_press(&p, ",");
    picture_must_show(&p, ">       \"latestOffset\"");
    /* A folded object tells that something in it fits; going there unfolds it. */
    picture_press(&p, "g\n");
    picture_must_show(&p, "> {...}  ");
    picture_press(&p, ".");
    picture_must_show(&p, ">     \"latestOffset\"");
    picture_press(&p, "\033");
    assert_false(picture_shows(&p, "lines with"));
    picture_close(&p);
}

static void without_a_report_it_says_so(void **state)
{
    (void)state;
    struct picture p;
    picture_open(&p, 80, 24, false);
    picture_press(&p, "4zJ\n.V\nV");
    picture_must_show(&p, "No batch has ended yet.");
    struct query_view *q = fake_query(42, 11);
    free(q->progress_json);
    q->progress_json = NULL;
    picture_give(&p, q, NULL, NULL);
    picture_press(&p, "J\n.");
    picture_must_show(&p, "This engine has given no report");
    picture_close(&p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_view_is_whole_at_every_size),
        cmocka_unit_test(every_figure_is_explained),
        cmocka_unit_test(the_filter_leaves_the_figures_that_fit),
        cmocka_unit_test(the_json_folds_and_keeps_its_folds),
        cmocka_unit_test(the_json_is_searched),
        cmocka_unit_test(without_a_report_it_says_so),
    };
    (void)setlocale(LC_ALL, "C.UTF-8");
    return cmocka_run_group_tests_name("progress", tests, NULL, NULL);
}
