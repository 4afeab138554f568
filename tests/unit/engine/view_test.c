/* What the screen gets: clean texts, trends, late rows and history, and not more often than it can use. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/xalloc.h"
#include "engine/view.h"
#include "log.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct fixture {
    struct hub hub;
    struct views *views;
    struct rejects rejects;
    struct query_settings settings;
    struct query *query;
    struct progress progress;
    int64_t offset;
};

static struct fixture *begin_as(int64_t window_ms, enum output_mode mode)
{
    struct fixture *f = xcalloc(1, sizeof *f);
    assert_int_equal(hub_open(&f->hub), 0);
    f->views = views_new(&f->hub);
    query_settings_default(&f->settings);
    f->settings.window_ms = f->settings.slide_ms = window_ms;
    f->settings.distinct = DISTINCT_OFF;
    f->settings.output_mode = mode;
    struct query_listener listener = rejects_listener(&f->rejects);
    f->query = query_new(&f->settings, NULL, &listener);
    f->progress.batch_id = -1;
    return f;
}

static struct fixture *begin_with(int64_t window_ms)
{
    return begin_as(window_ms, OUTPUT_UPDATE);
}

static struct fixture *begin(void)
{
    return begin_with(3600000);
}

static void finish(struct fixture *f)
{
    progress_clear(&f->progress);
    query_free(f->query);
    views_free(f->views);
    hub_close(&f->hub);
    free(f);
}

/* One batch of rows "TIME TYPE", ended by NULL. */
static void batch(struct fixture *f, const char *const *rows)
{
    f->progress.batch_id++;
    f->rejects.batch_id = f->progress.batch_id;
    query_batch_begin(f->query, f->progress.batch_id);
    for (; *rows; rows++) {
        char *json =
            xasprintf("{\"call_date_time\":\"2018-12-31T%.5s:00.000\",\"original_crime_type_name\":\"%s\","
                      "\"disposition\":\"ADM\"}",
                      *rows, *rows + 6);
        struct message m = {
            .value = json, .value_len = strlen(json), .offset = f->offset++, .timestamp_ms = 0};
        query_rows(f->query, &m, 1);
        free(json);
    }
    query_batch_end(f->query, &f->progress);
    views_note_batch(f->views, &f->progress, f->query);
}

static bool publish(struct fixture *f, bool now)
{
    struct view_facts facts = {.state = ENGINE_RUNNING,
                               .message = "",
                               .catch_up = NAN,
                               .query = f->query,
                               .progress = &f->progress,
                               .rejects = &f->rejects,
                               .settings = &f->settings,
                               .run_id = "run"};
    return views_publish(f->views, &facts, now);
}

static void a_view_before_the_first_batch_is_empty_and_says_what_it_waits_for(void **state)
{
    struct fixture *f = begin();
    struct view_facts facts = {.state = ENGINE_STARTING,
                               .message = "waiting for \x1b[31mKafka",
                               .catch_up = NAN,
                               .settings = &f->settings,
                               .run_id = ""};
    assert_true(views_publish(f->views, &facts, true));
    struct query_view *v = hub_take_query(&f->hub);
    assert_non_null(v);
    assert_int_equal(v->keys.count, 0);
    assert_int_equal(v->progress.batch_id, -1);
    assert_null(v->progress_json);
    assert_int_equal(v->newest_event_ms, UNKNOWN);
    assert_null(strchr(v->message, '\x1b'));
    assert_non_null(strstr(v->message, "Kafka"));
    query_view_free(v);
    finish(f);
}

static void texts_are_clean_and_belong_to_the_view(void **state)
{
    struct fixture *f = begin();
    batch(f, (const char *const[]){"10:00 \\u001b[2Jevil", "10:01 Passing Call", NULL});
    publish(f, true);
    struct query_view *v = hub_take_query(&f->hub);
    query_free(f->query); /* the view outlives the query */
    f->query = NULL;
    assert_int_equal(v->keys.count, 2);
    for (size_t i = 0; i < v->keys.count; i++)
        assert_null(strchr(view_key_at(v, i)->fields[0], '\x1b'));
    query_view_free(v);
    finish(f);
}

static size_t key_a(const struct query_view *v)
{
    return strcmp(view_key_at(v, 0)->fields[0], "A") != 0;
}

static void trends_cover_the_windows_up_to_the_newest(void **state)
{
    struct fixture *f = begin();
    batch(f, (const char *const[]){"09:00 A", "09:10 A", "11:00 A", "12:00 B", NULL});
    publish(f, true);
    struct query_view *v = hub_take_query(&f->hub);
    size_t a = key_a(v);
    assert_int_equal(v->trend_points, 4);
    assert_true(v->trends[a][TREND_POINTS - 4] == 2);
    assert_true(isnan(v->trends[a][TREND_POINTS - 3]));
    assert_true(v->trends[a][TREND_POINTS - 2] == 1);
    assert_true(isnan(v->trends[a][TREND_POINTS - 1]));
    assert_int_equal(view_key_at(v, a)->total, 3);
    query_view_free(v);
    finish(f);
}

static void without_windows_trends_are_of_the_last_batches(void **state)
{
    struct fixture *f = begin_with(0);
    batch(f, (const char *const[]){"09:00 A", "09:10 A", NULL});
    batch(f, (const char *const[]){"09:20 B", "09:30 A", NULL}); /* within the same second */
    publish(f, true);
    struct query_view *v = hub_take_query(&f->hub);
    size_t a = key_a(v);
    assert_int_equal(v->trend_points, 1);
    assert_true(v->trends[a][TREND_POINTS - 1] == 3);
    assert_true(isnan(v->trends[a][TREND_POINTS - 2]));
    query_view_free(v);

    /* Once the second is over a batch begins a point of its own. */
    uint32_t points = 1;
    for (int64_t until_ms = clock_mono_ms() + 5000; points < 2 && clock_mono_ms() < until_ms;) {
        batch(f, (const char *const[]){"09:40 B", NULL});
        publish(f, true);
        v = hub_take_query(&f->hub);
        points = v->trend_points;
        a = key_a(v);
        if (points == 2) {
            assert_true(v->trends[a][TREND_POINTS - 1] == 0);
            assert_true(v->trends[a][TREND_POINTS - 2] == 3);
        }
        query_view_free(v);
    }
    assert_int_equal(points, 2);
    finish(f);
}

static void very_many_keys_have_no_trend(void **state)
{
    enum { KEYS = 2001 };
    struct fixture *f = begin_with(0);
    char row[KEYS][20];
    const char *rows[KEYS + 1] = {NULL};
    for (int i = 0; i < KEYS; i++) {
        snprintf(row[i], sizeof row[i], "09:00 T%d", i);
        rows[i] = row[i];
    }
    batch(f, rows);
    batch(f, (const char *const[]){"09:40 T1", NULL});
    publish(f, true);
    struct query_view *v = hub_take_query(&f->hub);
    assert_int_equal(v->keys.count, KEYS);
    assert_int_equal(v->trend_points, 0);
    query_view_free(v);
    finish(f);
}

/* All that a view's table says, judged by the query itself. */
static void must_be_the_querys(const struct query_view *v, const struct query *q)
{
    const bool append = query_settings(q)->output_mode == OUTPUT_APPEND;
    int64_t total = 0;
    size_t visible = 0;
    assert_int_equal(v->keys.count, query_key_count(q));
    for (size_t i = 0; i < v->keys.count; i++) {
        const struct view_key *k = view_key_at(v, i);
        struct query_key raw;
        query_key(q, (uint32_t)i, &raw);
        assert_int_equal(k->total, raw.rows);
        assert_int_equal(k->delta, raw.delta);
        assert_string_equal(k->fields[0], raw.fields[0].p);
        total += raw.rows;
    }
    assert_int_equal(v->keys_total, total);
    for (size_t i = 0; i < query_group_count(q); i++) {
        struct query_group raw;
        query_group(q, i, &raw);
        bool found = false;
        for (size_t row = append ? 0 : i; row < (append ? v->groups.count : i + 1); row++) {
            const struct view_group *g = view_group_at(v, row);
            if (g->key != raw.key || g->window_start_ms != raw.window_start_ms)
                continue;
            found = true;
            assert_int_equal(g->count, raw.count);
            assert_int_equal(g->delta, raw.delta);
            assert_int_equal(g->closed, raw.closed);
            assert_int_equal(g->window_end_ms, raw.window_end_ms);
        }
        assert_int_equal(found, raw.visible);
        visible += raw.visible;
    }
    assert_int_equal(v->groups.count, visible);
}

/* A view says what the query has, however many batches lie between it and the one before; and one that was
 * taken stays as it was. */
static void views_are_what_the_query_has_and_stay_so(void **state)
{
    static const enum output_mode modes[] = {OUTPUT_COMPLETE, OUTPUT_UPDATE, OUTPUT_APPEND};
    unsigned random = 1;
    for (size_t m = 0; m < sizeof modes / sizeof *modes; m++)
        for (int windows = 0; windows < 2; windows++) {
            struct fixture *f = begin_as(windows ? 3600000 : 0, modes[m]);
            struct query_view *old = NULL;
            int64_t old_total = 0;
            for (int i = 0; i < 120; i++) {
                char row[12][40];
                const char *rows[13] = {NULL};
                for (int k = 0; k < 12; k++) {
                    random = random * 1664525U + 1013904223U;
                    snprintf(row[k], sizeof row[k], "%02u:%02u T%u", (unsigned)i / 6, (random >> 8) % 60,
                             (random >> 16) % (unsigned)(20 + 5 * i));
                    rows[k] = row[k];
                }
                batch(f, rows);
                if (i % 3 == 1)
                    continue; /* nobody looks after this one */
                publish(f, true);
                struct query_view *v = hub_take_query(&f->hub);
                must_be_the_querys(v, f->query);
                if (i % 10 != 0) {
                    query_view_free(v);
                    continue;
                }
                int64_t sum = 0;
                for (size_t k = 0; old && k < old->keys.count; k++)
                    sum += view_key_at(old, k)->total;
                assert_int_equal(sum, old_total);
                query_view_free(old);
                old = v;
                old_total = v->keys_total;
            }
            query_view_free(old);
            views_restart(f->views);
            publish(f, true); /* and all of it at once, as after a checkpoint */
            struct query_view *v = hub_take_query(&f->hub);
            must_be_the_querys(v, f->query);
            query_view_free(v);
            finish(f);
        }
}

static void the_newest_late_rows_are_kept_with_how_late_they_were(void **state)
{
    struct fixture *f = begin();
    batch(f, (const char *const[]){"20:00 A", NULL});
    batch(f, (const char *const[]){"20:01 A", NULL}); /* from the next one on rows before 19:55 can be late */
    for (int i = 0; i < LATE_RING + 3; i++) {
        char row[40];
        snprintf(row, sizeof row, "01:%02d L%d", i, i);
        batch(f, (const char *const[]){row, NULL});
    }
    publish(f, true);
    struct query_view *v = hub_take_query(&f->hub);
    assert_int_equal(v->late_count, LATE_RING);
    assert_string_equal(v->late[LATE_RING - 1].type, "L18");
    assert_string_equal(v->late[0].type, "L3");
    assert_true(v->late[0].event_ms < v->late[0].watermark_ms);
    assert_int_equal(v->rows_late, LATE_RING + 3);
    query_view_free(v);
    finish(f);
}

static void the_history_keeps_the_newest_batches_in_order(void **state)
{
    struct fixture *f = begin();
    for (int i = 0; i < BATCH_HISTORY + 10; i++)
        batch(f, (const char *const[]){"20:00 A", NULL});
    publish(f, true);
    struct query_view *v = hub_take_query(&f->hub);
    assert_int_equal(v->history_count, BATCH_HISTORY);
    assert_int_equal(v->history[0].batch_id, 10);
    assert_int_equal(v->history[BATCH_HISTORY - 1].batch_id, BATCH_HISTORY + 9);
    assert_int_equal(v->history[BATCH_HISTORY - 1].rows_in, 1);
    query_view_free(v);
    finish(f);
}

static void the_newest_marks_are_kept_and_counted_by_batch(void **state)
{
    enum { BATCHES = 20, ROWS = 120 };
    struct fixture *f = begin();
    const char *rows[ROWS + 1] = {NULL};
    for (int i = 0; i < ROWS; i++)
        rows[i] = i % 3 ? "20:00 A" : "19:59 A";
    for (int i = 0; i < BATCHES; i++)
        batch(f, rows);
    publish(f, true);
    struct query_view *v = hub_take_query(&f->hub);
    assert_int_equal(v->marks_count, VIEW_MARKS);
    for (size_t i = 0; i < VIEW_MARKS; i++) {
        const struct view_mark *m = &v->marks[VIEW_MARKS - 1 - i];
        size_t row = ROWS - 1 - i % ROWS, age = i / ROWS;
        assert_int_equal(m->batch_id, BATCHES - 1 - (int64_t)age);
        assert_int_equal(m->kind, row % 3 ? MARK_IN_ORDER : MARK_OUT_OF_ORDER);
    }
    /* Of the oldest batches none are left, of one some. */
    assert_int_equal(v->history[BATCHES - 1].rows_marked, ROWS);
    assert_int_equal(v->history[BATCHES - 1 - VIEW_MARKS / ROWS].rows_marked, VIEW_MARKS % ROWS);
    assert_int_equal(v->history[0].rows_marked, 0);
    assert_int_equal(v->history[1].rows_out_of_order, ROWS / 3);
    assert_int_equal(v->history[0].rows_out_of_order, ROWS / 3 - 1);
    assert_int_equal(v->progress.operators[0].rows_in, ROWS);
    query_view_free(v);

    views_restart(f->views);
    publish(f, true);
    v = hub_take_query(&f->hub);
    assert_int_equal(v->marks_count, 0);
    query_view_free(v);
    finish(f);
}

static void views_do_not_come_faster_than_a_screen_can_paint_but_the_last_one_comes(void **state)
{
    struct fixture *f = begin();
    int published = 0;
    int64_t from_ms = clock_mono_ms();
    for (int i = 0; i < 2000; i++) {
        batch(f, (const char *const[]){"20:00 A", NULL});
        published += publish(f, false);
    }
    int64_t took_ms = clock_mono_ms() - from_ms;
    assert_true(published >= 1);
    assert_true(published <= took_ms / 16 + 2);
    int64_t deadline_ms = clock_mono_ms() + 5000;
    while (views_due_ms(f->views) >= 0 && clock_mono_ms() < deadline_ms)
        publish(f, false);
    struct query_view *v = hub_take_query(&f->hub);
    assert_int_equal(v->rows_in, 2000);
    query_view_free(v);
    finish(f);
}

static void a_big_table_waits_until_the_last_one_was_taken(void **state)
{
    struct fixture *f = begin();
    for (int i = 0; i < 600; i++) {
        char row[40];
        snprintf(row, sizeof row, "20:00 type %d", i);
        batch(f, (const char *const[]){row, NULL});
    }
    assert_true(publish(f, true));
    int64_t until_ms = clock_mono_ms() + 200;
    while (clock_mono_ms() < until_ms)
        assert_false(publish(f, false));
    query_view_free(hub_take_query(&f->hub));
    assert_true(publish(f, false));
    finish(f);
}

int main(void)
{
    char err[200];
    if (log_open(NULL, err, sizeof err) < 0)
        return 1;
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_view_before_the_first_batch_is_empty_and_says_what_it_waits_for),
        cmocka_unit_test(texts_are_clean_and_belong_to_the_view),
        cmocka_unit_test(trends_cover_the_windows_up_to_the_newest),
        cmocka_unit_test(without_windows_trends_are_of_the_last_batches),
        cmocka_unit_test(very_many_keys_have_no_trend),
        cmocka_unit_test(views_are_what_the_query_has_and_stay_so),
        cmocka_unit_test(the_newest_late_rows_are_kept_with_how_late_they_were),
        cmocka_unit_test(the_history_keeps_the_newest_batches_in_order),
        cmocka_unit_test(the_newest_marks_are_kept_and_counted_by_batch),
        cmocka_unit_test(views_do_not_come_faster_than_a_screen_can_paint_but_the_last_one_comes),
        cmocka_unit_test(a_big_table_waits_until_the_last_one_was_taken),
    };
    int failed = cmocka_run_group_tests_name("view", tests, NULL, NULL);
    log_close();
    return failed;
}
