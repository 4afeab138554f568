/* The panes about the cluster and the log, as whole pictures: every figure at its place, unknown is "-",
 * columns leave by importance, and nothing breaks in any size. */
#include "picture.h"

#include "log.h"
#include "ui/keymap.h"
#include "ui/process.h"

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

enum { NOW_MS = 100000 };

static void add_group(struct cluster_view *c, const char *name, const char *state, int members, int64_t lag,
                      int in)
{
    struct group_view *g = &c->groups[c->groups_count++];
    *g =
        (struct group_view){.members = members, .lag = lag, .committed_in = in, .ours = c->groups_count == 1};
    snprintf(g->name, sizeof g->name, "%s", name);
    snprintf(g->state, sizeof g->state, "%s", state);
}

/* A topic whose first partition drains while its second grows, is idle or old. */
static struct cluster_view *moving(void)
{
    struct cluster_view *c = fake_cluster(0);
    c->embedded = false;
    struct partition_view *p = c->partitions;
    p[0].high = 4164;
    p[0].lag = 4000;
    p[0].low = 12;
    p[0].committed = 150;
    p[0].lag_trend_per_s = -250;
    p[0].catch_up_s = 16;
    p[0].input_per_s = 1234;
    p[1].idle_since_ms = NOW_MS - 65000;
    p[1].input_per_s = 0;
    p[1].in_sync = 1;
    c->lag_total = 4000;
    c->lag_trend_per_s = -250;
    c->catch_up_s = 16;
    for (c->lag_history_count = 0; c->lag_history_count < 60; c->lag_history_count++)
        c->lag_history[c->lag_history_count] = (double)(60 - c->lag_history_count);
    add_group(c, "sfcrime", "Empty", 0, 14, 2);
    add_group(c, "auditors", "Stable", 3, 1500, 2);
    add_group(c, "new readers", "", -1, UNKNOWN, 1);
    c->groups_asked_ms = NOW_MS - 4000;
    return c;
}

static void press_zoomed(struct picture *p, int w, int h, bool ascii, struct cluster_view *c,
                         const char *keys)
{
    picture_open(p, w, h, ascii);
    picture_give(p, fake_query(42, 11), fake_replay(REPLAY_RUNNING), c);
    picture_press(p, keys);
}

static void focus_on(struct picture *p, const char *name)
{
    for (p->ui.focus = 0; strcmp(panes[p->ui.focus]->name, name) != 0;)
        p->ui.focus++;
}

static void every_figure_of_a_partition_has_its_column(void **state)
{
    (void)state;
    struct picture p;
    press_zoomed(&p, 200, 60, false, moving(), "3z");
    picture_must_show(&p, "partition leader");
    picture_must_show(&p, "in sync");
    static const char *const heads[] = {"first kept", "batch start", "batch end", "latest",   "lag trend/s",
                                        "gone in",    "written/s",   "idle for",  "committed"};
    for (size_t i = 0; i < sizeof heads / sizeof *heads; i++)
        picture_must_show(&p, heads[i]);
    picture_must_show(&p, "↓ 250");
    picture_must_show(&p, "16 s");
    picture_must_show(&p, "1.2k");
    picture_must_show(&p, "1 min 5 s");
    picture_must_show(&p, "idle");
    picture_must_show(&p, "1/2");
    picture_must_show(&p, "4,328"); /* the totals */
    picture_must_show(&p, "consumer group");
    picture_must_show(&p, "sfcrime (ours)");
    picture_must_show(&p, "2 of 2");
    picture_must_show(&p, "1,500");
    picture_must_show(&p, "gone in 16 s");
    picture_close(&p);
}

/* In each row of the picture, the first that has all of these words, in this order. */
static void must_have_row(struct picture *p, const char *const *words, size_t count)
{
    ui_paint(&p->ui);
    for (int y = 0; y < p->ui.h; y++) {
        const char *at = picture_row(y);
        size_t i = 0;
        for (; i < count && (at = strstr(at, words[i])); i++)
            at += strlen(words[i]);
        if (i == count)
            return;
    }
    (void)picture_shows(p, "");
    fail_msg("no row has \"%s\" and what follows", words[0]);
}
#define MUST_HAVE_ROW(p, ...)                            \
    must_have_row(p, (const char *const[]){__VA_ARGS__}, \
                  sizeof((const char *const[]){__VA_ARGS__}) / sizeof(char *))

static void columns_leave_by_importance(void **state)
{
    (void)state;
    struct picture p;
    /* Of 76 columns in cells of this width the committed offset and the idle time are the first to go. */
    press_zoomed(&p, 80, 24, false, moving(), "3z");
    MUST_HAVE_ROW(&p, "p ", "lead", "start", "end", "latest", "lag", "trend/s", "gone in");
    assert_false(picture_shows(&p, "commit"));
    assert_false(picture_shows(&p, "idle for"));
    MUST_HAVE_ROW(&p, "0 ", "134", "164", "4,164", "4,000", "↓ 250", "16 s");
    picture_close(&p);
    press_zoomed(&p, 40, 10, false, moving(), "3");
    MUST_HAVE_ROW(&p, "p ", "latest", "lag");
    MUST_HAVE_ROW(&p, "0 ", "4,164", "4,000");
    MUST_HAVE_ROW(&p, "all", "4,328", "4,000");
    picture_close(&p);
    press_zoomed(&p, 22, 8, false, moving(), "3");
    MUST_HAVE_ROW(&p, "0 ", "4,164", "4,000");
    picture_close(&p);
}

static void what_is_unknown_is_a_dash_and_what_is_old_says_so(void **state)
{
    (void)state;
    struct picture p;
    struct cluster_view *c = fake_cluster(UNKNOWN);
    snprintf(c->groups_why, sizeof c->groups_why, "the embedded cluster cannot tell of other groups");
    press_zoomed(&p, 160, 30, true, c, "3z");
    MUST_HAVE_ROW(&p, "0 ", "2/2", "134", "164", " - ", " - ", " - ", " - ");
    picture_must_show(&p, "cannot tell of other groups");
    p.ui.now_ms += 7000;
    picture_must_show(&p, "asked");
    picture_must_show(&p, "7 s ago");
    picture_must_show(&p, "7 s old");
    for (int y = 0; y < 30; y++)
        for (const char *at = picture_row(y); *at; at++)
            assert_true((unsigned char)*at < 128);
    picture_close(&p);
}

static void v_shows_the_groups_and_why_they_are_not_known(void **state)
{
    (void)state;
    struct picture p;
    press_zoomed(&p, 80, 24, false, moving(), "3zV");
    picture_must_show(&p, "Consumer groups");
    picture_must_show(&p, "asked 4 s ago");
    MUST_HAVE_ROW(&p, "sfcrime (ours)", "Empty", "0", "2 of 2", "14");
    MUST_HAVE_ROW(&p, "auditors", "Stable", "3", "2 of 2", "1,500");
    MUST_HAVE_ROW(&p, "new readers", "-", "-", "1 of 2", "-");
    assert_false(picture_shows(&p, "latest"));
    picture_press(&p, "/audit\n");
    picture_must_show(&p, "auditors");
    assert_false(picture_shows(&p, "(ours)"));
    picture_press(&p, "\033V");
    picture_must_show(&p, "latest");
    picture_close(&p);
    press_zoomed(&p, 40, 10, false, moving(), "3V");
    MUST_HAVE_ROW(&p, "consumer group", "lag");
    MUST_HAVE_ROW(&p, "auditors", "1,500");
    picture_close(&p);
    struct cluster_view *c = fake_cluster(0);
    c->embedded = false;
    snprintf(c->groups_why, sizeof c->groups_why, "this user may not list groups");
    press_zoomed(&p, 80, 24, false, c, "3zV");
    picture_must_show(&p, "this user may not list groups");
    c = fake_cluster(0);
    c->groups_asked_ms = NOW_MS;
    picture_give(&p, NULL, NULL, c);
    picture_must_show(&p, "No group has committed offsets of this topic yet.");
    picture_close(&p);
}

static void partitions_are_sorted_and_filtered(void **state)
{
    (void)state;
    struct picture p;
    press_zoomed(&p, 80, 24, false, moving(), "3z");
    p.ui.now_ms = NOW_MS;
    picture_press(&p, "S");
    (void)picture_shows(&p, "");
    assert_non_null(strstr(picture_row(3), " 1 "));
    picture_press(&p, "s");
    picture_must_show(&p, "Offsets and lag by lag");
    assert_non_null(strstr(picture_row(3), "4,000"));
    picture_press(&p, "S");
    (void)picture_shows(&p, "");
    assert_null(strstr(picture_row(3), "4,000"));
    picture_press(&p, "/partition 0\n");
    assert_false(picture_shows(&p, "idle"));
    picture_press(&p, "\033/nothing like it\n");
    picture_must_show(&p, "No partition with \"nothing like it\"");
    picture_must_show(&p, "4,328"); /* the totals are of all */
    picture_close(&p);
}

static void growing_is_told_with_how_long(void **state)
{
    (void)state;
    struct picture p;
    struct cluster_view *c = moving();
    c->lag_trend_per_s = 100;
    c->catch_up_s = NAN;
    c->growing_since_ms = NOW_MS - 75000;
    press_zoomed(&p, 120, 40, false, c, "3z");
    picture_must_show(&p, "↑ +100/s, growing for 1 min 15 s");
    picture_close(&p);
}

static void nodes_show_brokers_and_threads(void **state)
{
    (void)state;
    struct picture p;
    struct cluster_view *c = fake_cluster(0);
    c->brokers[0].since_ms = NOW_MS - 125000;
    c->brokers[0].leads = 2;
    c->brokers[0].copies = c->brokers[0].in_sync = 2;
    c->brokers[0].latency_ms = 4;
    c->brokers[1].up = false;
    c->brokers[1].since_ms = NOW_MS - 12000;
    c->brokers[1].copies = 2;
    snprintf(c->brokers[1].address, sizeof c->brokers[1].address, "kafka-2.example:9092");
    press_zoomed(&p, 80, 24, false, c, "z");
    focus_on(&p, "nodes");
    picture_must_show(&p, "Nodes");
    p.ui.now_ms = NOW_MS + 1500; /* the second measurement */
    MUST_HAVE_ROW(&p, "1 ", "up", "2 min 6 s", "2", "2/2", "4.0 ms");
    MUST_HAVE_ROW(&p, "2 ", "DOWN", "13 s", "0", "0/2", "-", "kafka-2.example:9092");
    MUST_HAVE_ROW(&p, "process", "cpu", "%", "memory", "B", "threads", "files", "up");
    MUST_HAVE_ROW(&p, "thread", "cpu", "of one core");
    MUST_HAVE_ROW(&p, "screen", "%");
    picture_close(&p);
}

static void threads_have_names_and_the_librarys_are_one(void **state)
{
    (void)state;
    assert_string_equal(process_words("sfcrime-tui", true), "screen");
    assert_string_equal(process_words("engine", false), "engine");
    assert_string_equal(process_words("query-3", false), "query worker");
    assert_string_equal(process_words("rdk:mock", false), "embedded brokers");
    assert_string_equal(process_words("rdk:broker-1", false), "kafka library");
    assert_string_equal(process_words("somebody", false), "somebody");
    struct process m;
    process_init(&m);
    process_measure(&m, NOW_MS);
    assert_true(isnan(m.cpu_share) && m.threads >= 1 && m.memory_bytes > 0 && m.files > 2 && m.up_s >= 0);
    assert_true(m.kinds >= 1 && !strcmp(m.kind[0].name, "screen") && isnan(m.kind[0].share));
    /* A second's work is shared out to who did it; nothing is measured sooner. */
    for (volatile int i = 0; i < 30000000; i++)
        ;
    process_measure(&m, NOW_MS + 500);
    assert_true(isnan(m.cpu_share));
    process_measure(&m, NOW_MS + 1000);
    assert_true(m.cpu_share > 0 && m.kind[0].share > 0 && m.kind[0].share <= m.cpu_share + 0.01);
}

static void the_log_counts_what_is_bad_and_keeps_the_mark_on_its_line(void **state)
{
    (void)state;
    struct picture p;
    char err[200];
    assert_int_equal(log_open(NULL, err, sizeof err), 0);
    for (int i = 0; i < 30; i++)
        log_line(LOG_INFO, "engine", "line number %d", i);
    log_line(LOG_WARNING, "kafka", "something odd");
    log_line(
        LOG_ERROR, "kafka",
        "a long story of %d words that goes on and on until it is far wider than any terminal of forty or of "
        "eighty columns could show it in one piece, which is why it ends here",
        30);
    picture_open(&p, 80, 24, false);
    focus_on(&p, "log");
    p.ui.zoom = true;
    picture_must_show(&p, "Log: 1 error, 1 warning");
    picture_must_show(&p, "following");
    MUST_HAVE_ROW(&p, "▸", "ERROR", "a long story");
    assert_false(picture_shows(&p, "ends here"));
    picture_press(&p, "\n");
    picture_must_show(&p, "ends here");
    picture_must_show(&p, "[Esc] back");
    /* What one reads stays, whatever comes. */
    log_line(LOG_ERROR, "engine", "another error");
    picture_must_show(&p, "ends here");
    assert_false(picture_shows(&p, "another error"));
    picture_press(&p, "\033");
    MUST_HAVE_ROW(&p, "▸", "ERROR", "a long story");
    picture_must_show(&p, "Log: 2 errors, 1 warning");
    picture_must_show(&p, "standing: 1 newer [End]");
    picture_press(&p, "kk");
    MUST_HAVE_ROW(&p, "▸", "line number 29");
    picture_press(&p, "G");
    picture_must_show(&p, "following");
    MUST_HAVE_ROW(&p, "▸", "another error");
    /* Lines that the filter leaves; the mark goes to what is left. */
    picture_press(&p, "/number 1\n");
    MUST_HAVE_ROW(&p, "▸", "line number 19");
    picture_close(&p);
    /* In a small terminal a page is one of the line's text. */
    picture_open(&p, 40, 7, true);
    focus_on(&p, "log");
    (void)picture_shows(&p, "");
    picture_press(&p, "k\n");
    picture_must_show(&p, "a long story");
    assert_false(picture_shows(&p, "ends here"));
    (void)ui_key(&p.ui, K_PGDN);
    (void)picture_shows(&p, "");
    (void)ui_key(&p.ui, K_PGDN);
    picture_must_show(&p, "ends here");
    picture_close(&p);
    log_close();
}

static void advice_is_whole_in_every_size(void **state)
{
    (void)state;
    static const struct {
        int w, h;
        bool ascii;
    } sizes[] = {{40, 10, false}, {80, 24, true}, {120, 40, false}, {200, 60, true}};
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        struct picture p;
        struct cluster_view *c = fake_cluster(0);
        c->brokers[1].up = false;
        c->brokers[1].since_ms = NOW_MS - 12000;
        press_zoomed(&p, sizes[i].w, sizes[i].h, sizes[i].ascii, c, "a");
        p.ui.zoom = true;
        picture_must_show(&p, "Broker 2 is down for 12 s.");
        picture_must_show(&p, "!");
        picture_must_show(&p, "Start it again");
        picture_close(&p);
    }
}

/* What must be read of each pane, however small or plain the terminal is. */
static void each_pane_says_the_most_important_in_every_size(void **state)
{
    (void)state;
    static const struct {
        int w, h;
        bool ascii;
    } sizes[] = {{40, 10, false}, {40, 10, true}, {80, 24, false}, {120, 40, true}, {200, 60, false}};
    static const struct {
        const char *pane, *says;
    } musts[] = {{"offsets", "4,000"},
                 {"nodes", "process"},
                 {"nodes", "up"},
                 {"advice", "sync"},
                 {"log", "disk is full"}};
    char err[200];
    assert_int_equal(log_open(NULL, err, sizeof err), 0);
    log_line(LOG_ERROR, "sink", "the disk is full");
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++)
        for (size_t k = 0; k < sizeof musts / sizeof *musts; k++) {
            struct picture p;
            press_zoomed(&p, sizes[i].w, sizes[i].h, sizes[i].ascii, moving(), "");
            focus_on(&p, musts[k].pane);
            p.ui.zoom = true;
            picture_must_show(&p, musts[k].says);
            for (int y = 1; sizes[i].ascii && y < sizes[i].h; y++)
                for (const char *at = picture_row(y); *at; at++)
                    assert_true((unsigned char)*at < 128);
            picture_close(&p);
        }
    log_close();
}

int main(void)
{
    if (!setlocale(LC_ALL, "C.UTF-8"))
        return 1;
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_figure_of_a_partition_has_its_column),
        cmocka_unit_test(columns_leave_by_importance),
        cmocka_unit_test(what_is_unknown_is_a_dash_and_what_is_old_says_so),
        cmocka_unit_test(v_shows_the_groups_and_why_they_are_not_known),
        cmocka_unit_test(partitions_are_sorted_and_filtered),
        cmocka_unit_test(growing_is_told_with_how_long),
        cmocka_unit_test(nodes_show_brokers_and_threads),
        cmocka_unit_test(threads_have_names_and_the_librarys_are_one),
        cmocka_unit_test(the_log_counts_what_is_bad_and_keeps_the_mark_on_its_line),
        cmocka_unit_test(advice_is_whole_in_every_size),
        cmocka_unit_test(each_pane_says_the_most_important_in_every_size),
    };
    return cmocka_run_group_tests_name("cluster panes", tests, NULL, NULL);
}
