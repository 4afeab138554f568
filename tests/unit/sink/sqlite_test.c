/* The SQLite sink, read back through SQLite itself: whole batches, once each, and nobody else's rows. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/xalloc.h"
#include "database_fixture.h"
#include "sink/sqlite.h"

#include <sqlite3.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

struct fixture {
    char folder[40], path[64], err[400];
    struct options options;
    struct app_parts parts;
    struct query *query;
    struct progress progress;
    void *sink;
};

static int set_up(void **state)
{
    struct fixture *f = xcalloc(1, sizeof *f);
    snprintf(f->folder, sizeof f->folder, "/tmp/sfcrime-sqlite-XXXXXX");
    assert_non_null(mkdtemp(f->folder));
    snprintf(f->path, sizeof f->path, "%s/calls.db", f->folder);
    f->options.sink.sqlite = f->path;
    f->parts.options = &f->options;
    *state = f;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *f = *state;
    if (f->sink)
        sink_sqlite.close(f->sink);
    query_free(f->query);
    for (size_t i = 0; i < 3; i++) {
        static const char *const endings[] = {"", "-wal", "-shm"};
        char path[80];
        snprintf(path, sizeof path, "%s%s", f->path, endings[i]);
        (void)unlink(path);
    }
    assert_int_equal(rmdir(f->folder), 0);
    free(f);
    return 0;
}

static void new_query(struct fixture *f, int64_t window_ms, enum output_mode mode)
{
    struct query_settings s;
    query_settings_default(&s);
    s.window_ms = s.slide_ms = window_ms;
    s.output_mode = mode;
    s.distinct = DISTINCT_OFF;
    query_free(f->query);
    f->query = query_new(&s, NULL, NULL);
}

static void open_sink(struct fixture *f)
{
    if (f->sink)
        sink_sqlite.close(f->sink);
    f->sink = sink_sqlite.open(&f->parts, f->err, sizeof f->err);
    if (!f->sink)
        fail_msg("%s", f->err);
}

static void batch(struct fixture *f, int64_t batch_id, const char *id, const char *const calls[])
{
    feed_batch(f->query, batch_id, id, &f->progress, calls);
    if (put_batch(&sink_sqlite, f->sink, f->query, &f->progress, f->err, sizeof f->err) < 0)
        fail_msg("%s", f->err);
}

/* All rows that another program sees, as "a|b\n" lines. The caller frees. */
static char *ask(const struct fixture *f, const char *sql)
{
    struct strbuf b = {0};
    sqlite3 *db;
    sqlite3_stmt *get;
    assert_int_equal(sqlite3_open_v2(f->path, &db, SQLITE_OPEN_READONLY, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_prepare_v2(db, sql, -1, &get, NULL), SQLITE_OK);
    while (sqlite3_step(get) == SQLITE_ROW)
        for (int i = 0; i < sqlite3_column_count(get); i++) {
            const char *text = (const char *)sqlite3_column_text(get, i);
            strbuf_printf(&b, "%s%s", text ? text : "(null)", i + 1 < sqlite3_column_count(get) ? "|" : "\n");
        }
    sqlite3_finalize(get);
    assert_int_equal(sqlite3_close(db), SQLITE_OK);
    strbuf_puts(&b, "\n");
    return b.data;
}

static void expect(const struct fixture *f, const char *sql, const char *rows)
{
    char *got = ask(f, sql);
    got[strlen(got) - 1] = '\0';
    assert_string_equal(got, rows);
    free(got);
}

#define COUNTS "SELECT original_crime_type_name, count FROM calls ORDER BY count DESC, 1"

static void batches_are_upserted_with_their_id(void **state)
{
    struct fixture *f = *state;
    new_query(f, 0, OUTPUT_COMPLETE);
    open_sink(f);
    batch(f, 0, "one", (const char *const[]){"Fire@20:01", "Theft@20:02", "Fire@20:03", NULL});
    expect(f, COUNTS, "Fire|2\nTheft|1\n");
    batch(f, 1, "one", (const char *const[]){"Theft@20:04", "Noise@20:05", NULL});
    expect(f, COUNTS, "Fire|2\nTheft|2\nNoise|1\n");
    expect(f, "SELECT query_id, batch_id FROM progress", "one|1\n");
}

static void a_batch_that_comes_again_changes_nothing(void **state)
{
    struct fixture *f = *state;
    new_query(f, 0, OUTPUT_UPDATE);
    open_sink(f);
    batch(f, 0, "one", (const char *const[]){"Fire@20:01", NULL});
    open_sink(f); /* the process was killed after the transaction and started again */
    assert_int_equal(put_batch(&sink_sqlite, f->sink, f->query, &f->progress, f->err, sizeof f->err), 0);
    expect(f, COUNTS, "Fire|1\n");
    batch(f, 1, "one", (const char *const[]){"Fire@20:02", NULL});
    expect(f, COUNTS, "Fire|2\n");
}

static void a_file_that_missed_batches_is_filled_whole(void **state)
{
    struct fixture *f = *state;
    new_query(f, 0, OUTPUT_COMPLETE);
    feed_batch(f->query, 0, "one", &f->progress, (const char *const[]){"Fire@20:01", "Theft@20:01", NULL});
    open_sink(f);
    batch(f, 1, "one", (const char *const[]){"Fire@20:02", NULL});
    expect(f, COUNTS, "Fire|2\nTheft|1\n");
}

static void another_query_replaces_the_table_and_its_columns(void **state)
{
    struct fixture *f = *state;
    new_query(f, 0, OUTPUT_COMPLETE);
    open_sink(f);
    batch(f, 0, "one", (const char *const[]){"Fire@20:01", NULL});
    new_query(f, 3600000, OUTPUT_COMPLETE);
    open_sink(f);
    batch(f, 0, "two", (const char *const[]){"Theft@20:01", "Theft@21:01", NULL});
    expect(f, "SELECT window_start, window_end, original_crime_type_name, count FROM calls ORDER BY 1",
           "2018-12-31T20:00:00.000Z|2018-12-31T21:00:00.000Z|Theft|1\n"
           "2018-12-31T21:00:00.000Z|2018-12-31T22:00:00.000Z|Theft|1\n");
    expect(f, "SELECT query_id, batch_id FROM progress", "two|0\n");
}

static void a_query_that_starts_over_leaves_no_old_batch_behind(void **state)
{
    struct fixture *f = *state;
    new_query(f, 0, OUTPUT_COMPLETE);
    open_sink(f);
    batch(f, 0, "one", (const char *const[]){"Fire@20:01", NULL});
    batch(f, 1, "one", (const char *const[]){"Fire@20:02", NULL});
    assert_int_equal(sink_sqlite.restart(f->sink, f->query, f->err, sizeof f->err), 0);
    open_sink(f); /* killed right after */
    new_query(f, 0, OUTPUT_COMPLETE);
    batch(f, 0, "one", (const char *const[]){"Theft@20:01", NULL});
    expect(f, COUNTS, "Theft|1\n");
}

static void append_mode_puts_out_closed_windows_only(void **state)
{
    struct fixture *f = *state;
    new_query(f, 3600000, OUTPUT_APPEND);
    open_sink(f);
    batch(f, 0, "one", (const char *const[]){"Fire@20:01", "Fire@22:30", NULL});
    expect(f, COUNTS, "");
    batch(f, 1, "one", (const char *const[]){"Fire@22:31", NULL});
    expect(f, "SELECT window_start, count FROM calls", "2018-12-31T20:00:00.000Z|1\n");
}

static void a_file_that_is_no_database_is_refused_by_name(void **state)
{
    struct fixture *f = *state;
    FILE *out = fopen(f->path, "w");
    assert_non_null(out);
    for (int i = 0; i < 200; i++)
        fputs("this is not a database\n", out);
    assert_int_equal(fclose(out), 0);
    assert_null(sink_sqlite.open(&f->parts, f->err, sizeof f->err));
    assert_non_null(strstr(f->err, f->path));
    assert_non_null(strstr(f->err, "not a database"));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(batches_are_upserted_with_their_id),
        TEST(a_batch_that_comes_again_changes_nothing),
        TEST(a_file_that_missed_batches_is_filled_whole),
        TEST(another_query_replaces_the_table_and_its_columns),
        TEST(a_query_that_starts_over_leaves_no_old_batch_behind),
        TEST(append_mode_puts_out_closed_windows_only),
        TEST(a_file_that_is_no_database_is_refused_by_name),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
