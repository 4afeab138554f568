/* The views of the batches pane at every size: charts over the table, timelines with histograms, the table
 * with all its columns, one batch in words. */
#include "picture.h"

#include "base/text.h"
#include "ui/keymap.h"

#include <curses.h>
#include <locale.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

enum { BATCHES = 60 };

static const struct {
    int w, h;
} sizes[] = {{40, 10}, {80, 24}, {120, 40}, {200, 60}};
enum { SIZES = sizeof sizes / sizeof *sizes };

/* The batches pane alone on the screen. */
static void open_batches(struct picture *p, int w, int h, bool ascii)
{
    picture_open(p, w, h, ascii);
    struct query_view *q = fake_query(299, 11);
    fake_history(q, BATCHES);
    q->started_wall_ms = clock_wall_ms() - 135000;
    picture_give(p, q, fake_replay(REPLAY_RUNNING), fake_cluster(19));
    picture_press(p, "7z");
}

static void every_view_is_whole_at_every_size(void **state)
{
    (void)state;
    for (int i = 0; i < SIZES; i++)
        for (int ascii = 0; ascii < 2; ascii++)
            for (int style = CHART_BLOCKS; style <= CHART_ASCII; style++) {
                struct picture p;
                open_batches(&p, sizes[i].w, sizes[i].h, ascii);
                p.ui.charts = (enum chart_style)style;
                picture_must_show(&p, "batch");
                picture_must_be_whole(&p);
                picture_press(&p, "V");
                picture_must_show(&p, "input rate");
                picture_must_be_whole(&p);
                picture_press(&p, "V");
                picture_must_show(&p, "299");
                picture_must_be_whole(&p);
                picture_press(&p, "\n");
                picture_must_show(&p, "299, triggered at");
                picture_must_show(&p, "33 rows: 94.0 rows/s");
                picture_must_be_whole(&p);
                picture_press(&p, "\033");
                assert_false(picture_shows(&p, "299, triggered at"));
                picture_close(&p);
            }
}

static void timelines_have_name_unit_last_and_most_and_a_histogram(void **state)
{
    (void)state;
    struct picture p;
    open_batches(&p, 120, 40, false);
    picture_press(&p, "V");
    picture_must_show(&p, "Running batches for 2 min 1");
    picture_must_show(&p, "(300 completed batches)");
    picture_must_show(&p, "histogram: batches");
    static const char *const must[] = {
        "input rate",   "last 94.0 rows/s", "max  100 rows/s", "process rate",       "input rows",
        "last 33 rows", "max  36 rows",     "batch duration",  "last 2.1 ms",        "operation duration",
        "a add 1.1",    "w wal 0.6",        "watermark gap",   "last 6 min",         "late rows dropped",
        "max  1 row",   "state rows",       "max  159 rows",   "state rows updated", "removed, window over",
        "max  12 rows", "state memory",     "max  3.7 KB",
    };
    for (size_t i = 0; i < sizeof must / sizeof *must; i++)
        picture_must_show(&p, must[i]);
    /* A late row in every tenth batch, as high as the chart; nothing between them but a trace of zero. */
    picture_must_show(&p, "last 1 row                           █         █");
    picture_must_show(&p, "▁▁▁▁▁▁▁█▁▁▁▁▁▁▁▁▁█▁▁▁▁▁▁▁▁▁█");
    p.ui.charts = CHART_BRAILLE; /* twice as many */
    picture_must_show(&p, "⣀⣀⣀⣀⣸⣀⣀⣀⣀⣸⣀⣀⣀⣀⣸");
    p.ui.charts = CHART_ASCII;
    picture_must_show(&p, "_______#_________#_________#");
    p.ui.charts = CHART_BLOCKS;
    /* All durations are alike: one bar for all that the chart shows, at the height of 2 of 3 ms. */
    picture_must_show(&p, "██████████████████████ 58");
    picture_close(&p);
}

static void timelines_scroll_where_they_do_not_fit(void **state)
{
    (void)state;
    struct picture p;
    open_batches(&p, 80, 24, false);
    picture_press(&p, "V");
    picture_must_show(&p, "1-6 of 12");
    assert_false(picture_shows(&p, "state memory"));
    picture_press(&p, "G");
    picture_must_show(&p, "state memory");
    picture_must_show(&p, "7-12 of 12");
    assert_false(picture_shows(&p, "input rate"));
    picture_press(&p, "gj");
    picture_must_show(&p, "2-7 of 12");
    picture_must_show(&p, "process rate");
    picture_close(&p);
}

static void a_gap_stays_a_gap_and_says_why(void **state)
{
    (void)state;
    struct picture p;
    picture_open(&p, 120, 40, false);
    struct query_view *q = fake_query(4, 11);
    fake_history(q, 5);
    for (size_t i = 0; i < 5; i++) {
        q->history[i].watermark_ms = 0;
        q->history[i].input_per_s = NAN;
    }
    q->history[4].processed_per_s = NAN;
    picture_give(&p, q, fake_replay(REPLAY_RUNNING), fake_cluster(19));
    picture_press(&p, "7zV");
    picture_must_show(&p, "no watermark yet");
    picture_must_show(&p, "not known yet");
    picture_must_show(&p, "last -");
    picture_must_show(&p, "max  20.3k rows/s");
    picture_must_show(&p, "5 completed batches");
    picture_close(&p);
    picture_open(&p, 80, 24, false);
    picture_press(&p, "7V\n");
    picture_must_show(&p, "No batch has ended yet.");
    picture_close(&p);
}

static void the_whole_table_scrolls_its_columns(void **state)
{
    (void)state;
    struct picture p;
    open_batches(&p, 80, 24, false);
    picture_press(&p, "VV");
    picture_must_show(&p, "batch        at     rows    in/s  done/s     took");
    assert_false(picture_shows(&p, "closed"));
    for (int i = 0; i < 40; i++)
        (void)ui_key(&p.ui, K_RIGHT);
    picture_must_show(&p, "updated     state   memory  closed");
    picture_must_show(&p, "299"); /* the first column stays */
    assert_false(picture_shows(&p, "done/s"));
    (void)ui_key(&p.ui, K_LEFT);
    picture_must_show(&p, "gap  order  twice  null   bad  updated     state");
    picture_close(&p);
    open_batches(&p, 320, 30, false);
    picture_press(&p, "VV");
    picture_must_show(&p, "closed");
    (void)ui_key(&p.ui, K_RIGHT); /* all fits: nothing to scroll */
    picture_must_show(&p, "batch        at     rows");
    picture_close(&p);
}

static void one_batch_is_told_in_words(void **state)
{
    (void)state;
    struct picture p;
    open_batches(&p, 100, 30, false);
    picture_press(&p, "VVj\n");
    static const char *const must[] = {
        "Batches: batch 298",
        "32 rows: 93.0 rows/s came in, processed at 20.4k rows/s",
        "4 (equal to a row that is counted)",
        "2 (older than a row before; still counted unless late)",
        "12-31 23:52:00 to 23:56:00",
        "12-31 23:50:00 used in this batch; the next one: 23:51:00",
        "its newest event is 6 min ahead of the watermark",
        "158 rows in 3.7 KB",
        "0 removed because their window closed",
        "1.1 ms: ran them through the operators",
        "- (known of the last batch only)",
    };
    for (size_t i = 0; i < sizeof must / sizeof *must; i++)
        picture_must_show(&p, must[i]);
    (void)ui_key(&p.ui, K_RIGHT);
    picture_must_show(&p, "Batches: batch 299");
    picture_must_show(&p, "1 (dropped: their window had closed)");
    picture_must_show(&p, "offsets 134 to 164: 30 messages");
    (void)ui_key(&p.ui, K_RIGHT); /* there is none after it */
    picture_must_show(&p, "Batches: batch 299");
    /* It stays, though it is no longer among the last ones. */
    struct query_view *q = fake_query(900, 11);
    fake_history(q, BATCHES);
    picture_give(&p, q, NULL, NULL);
    picture_must_show(&p, "Batches: batch 299");
    picture_must_show(&p, "33 rows: 94.0 rows/s");
    picture_press(&p, "\033");
    picture_must_show(&p, "[V] charts");
    picture_close(&p);
}

static void the_table_shows_what_fits(void **state)
{
    (void)state;
    struct picture p;
    open_batches(&p, 100, 30, false);
    picture_press(&p, "VV/12-31 23:2\n");
    picture_must_show(&p, "Batches: 16 of the last 60 with \"12-31 23:2\"");
    picture_press(&p, "jj");
    struct query_view *q = fake_query(300, 11);
    fake_history(q, BATCHES);
    picture_give(&p, q, NULL, NULL);
    picture_press(&p, "\n");
    picture_must_show(&p, "Batches: batch 275"); /* the one under the cursor, though another came */
    picture_press(&p, "\033\033/no such batch\n");
    picture_must_show(&p, "No batch fits");
    picture_press(&p, "\nj");
    picture_must_show(&p, "No batch fits");
    picture_press(&p, "\033");
    picture_must_show(&p, "Batches: the last 60");
    picture_close(&p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_view_is_whole_at_every_size),
        cmocka_unit_test(timelines_have_name_unit_last_and_most_and_a_histogram),
        cmocka_unit_test(timelines_scroll_where_they_do_not_fit),
        cmocka_unit_test(a_gap_stays_a_gap_and_says_why),
        cmocka_unit_test(the_whole_table_scrolls_its_columns),
        cmocka_unit_test(one_batch_is_told_in_words),
        cmocka_unit_test(the_table_shows_what_fits),
    };
    (void)setlocale(LC_ALL, "C.UTF-8");
    return cmocka_run_group_tests_name("batches", tests, NULL, NULL);
}
