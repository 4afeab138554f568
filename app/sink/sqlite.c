#include "sink/sqlite.h"

#include "base/clock.h"
#include "base/xalloc.h"
#include "options.h"
#include "sink/format.h"

#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* How long another program's lock is waited for before the query gives up. */
enum { BUSY_MS = 5000 };

struct sqlite_sink {
    sqlite3 *db;
    char *path;
    sqlite3_stmt *upsert;
    char query_id[40]; /* whose table it is; empty = nobody's yet */
    int64_t batch_id;  /* the newest batch in it; -1 = none */
    bool shape_known;  /* the table has been checked against this query's columns */
};

static int failed(const struct sqlite_sink *s, char *err, size_t err_cap)
{
    snprintf(err, err_cap, "SQLite sink %s: %s", s->path, sqlite3_errmsg(s->db));
    return -1;
}

static int run(struct sqlite_sink *s, const char *sql, char *err, size_t err_cap)
{
    return sqlite3_exec(s->db, sql, NULL, NULL, NULL) == SQLITE_OK ? 0 : failed(s, err, err_cap);
}

/* What batch of which query the file holds. A file without our progress table holds nothing of ours. */
static int read_progress(struct sqlite_sink *s, char *err, size_t err_cap)
{
    sqlite3_stmt *get = NULL;
    int rc = -1;
    s->query_id[0] = '\0';
    s->batch_id = -1;
    if (run(s, "CREATE TABLE IF NOT EXISTS progress(query_id TEXT NOT NULL, batch_id INTEGER NOT NULL)", err,
            err_cap) < 0)
        return -1;
    if (sqlite3_prepare_v2(s->db, "SELECT query_id, batch_id FROM progress", -1, &get, NULL) != SQLITE_OK)
        return failed(s, err, err_cap);
    int step = sqlite3_step(get);
    if (step == SQLITE_ROW) {
        snprintf(s->query_id, sizeof s->query_id, "%s", (const char *)sqlite3_column_text(get, 0));
        s->batch_id = sqlite3_column_int64(get, 1);
    }
    rc = step == SQLITE_ROW || step == SQLITE_DONE ? 0 : failed(s, err, err_cap);
    sqlite3_finalize(get);
    return rc;
}

static void sqlite_close(void *sink)
{
    struct sqlite_sink *s = sink;
    sqlite3_finalize(s->upsert);
    sqlite3_close(s->db);
    free(s->path);
    free(s);
}

static bool sqlite_wanted(const struct options *o)
{
    return o->sink.sqlite && *o->sink.sqlite;
}

static void *sqlite_open(const struct app_parts *parts, char *err, size_t err_cap)
{
    struct sqlite_sink *s = xcalloc(1, sizeof *s);
    s->path = xstrdup(parts->options->sink.sqlite);
    /* WAL lets readers read while a batch is written; FULL makes a returned commit survive a power cut. */
    if (sqlite3_open(s->path, &s->db) != SQLITE_OK || sqlite3_busy_timeout(s->db, BUSY_MS) != SQLITE_OK) {
        (void)failed(s, err, err_cap);
    } else if (run(s, "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;", err, err_cap) == 0 &&
               read_progress(s, err, err_cap) == 0) {
        return s;
    }
    sqlite_close(s);
    return NULL;
}

/* The statements of this query's columns. Field names come from our own table, so they need no quoting. */
static char *create_sql(const struct query_settings *q)
{
    struct strbuf b = {0};
    strbuf_puts(&b, "CREATE TABLE calls(group_id TEXT PRIMARY KEY, ");
    if (q->window_ms)
        strbuf_puts(&b, "window_start TEXT, window_end TEXT, ");
    for (int i = 0; i < q->group_by_count; i++)
        strbuf_printf(&b, "%s TEXT, ", field_name(q->group_by[i]));
    strbuf_puts(&b, "count INTEGER NOT NULL) WITHOUT ROWID");
    return b.data;
}

static char *upsert_sql(const struct query_settings *q)
{
    struct strbuf b = {0};
    int columns = 2 + (q->window_ms ? 2 : 0) + q->group_by_count;
    strbuf_puts(&b, "INSERT INTO calls VALUES(?");
    for (int i = 1; i < columns; i++)
        strbuf_puts(&b, ",?");
    strbuf_puts(&b, ") ON CONFLICT(group_id) DO UPDATE SET count=excluded.count");
    return b.data;
}

/* True when the file's table was made for these columns: SQLite keeps the statement that made it. */
static bool same_shape(struct sqlite_sink *s, const char *create)
{
    sqlite3_stmt *get = NULL;
    bool same = false;
    if (sqlite3_prepare_v2(s->db, "SELECT sql FROM sqlite_master WHERE type='table' AND name='calls'", -1,
                           &get, NULL) == SQLITE_OK &&
        sqlite3_step(get) == SQLITE_ROW)
        same = strcmp((const char *)sqlite3_column_text(get, 0), create) == 0;
    sqlite3_finalize(get);
    return same;
}

/* Inside the batch's transaction: makes the table fit the query. *all: every group must be written, because
 * what the file holds is not the table of the batch before. */
static int fit_table(struct sqlite_sink *s, const struct sink_batch *b, bool *all, char *err, size_t err_cap)
{
    const struct query_settings *q = query_settings(b->query);
    int rc = -1;
    char *create = create_sql(q), *upsert = upsert_sql(q);
    bool ours = strcmp(s->query_id, b->progress->id) == 0 && (s->shape_known || same_shape(s, create));
    if (!ours) {
        sqlite3_finalize(s->upsert);
        s->upsert = NULL;
        if (run(s, "DROP TABLE IF EXISTS calls", err, err_cap) < 0 || run(s, create, err, err_cap) < 0)
            goto out;
    }
    *all = !ours || b->batch_id != s->batch_id + 1;
    if (!s->upsert && sqlite3_prepare_v2(s->db, upsert, -1, &s->upsert, NULL) != SQLITE_OK) {
        (void)failed(s, err, err_cap);
        goto out;
    }
    rc = 0;
out:
    free(create);
    free(upsert);
    return rc;
}

static int put_group(struct sqlite_sink *s, const struct query *q, uint32_t number, struct strbuf *id)
{
    const struct query_settings *settings = query_settings(q);
    struct query_group g;
    struct query_key k;
    char from[ISO_MAX], to[ISO_MAX];
    int at = 1, rc;
    query_group(q, number, &g);
    query_key(q, g.key, &k);
    id->len = 0;
    format_group_id(id, q, number);
    rc = sqlite3_bind_text(s->upsert, at++, id->data, (int)id->len, SQLITE_STATIC);
    if (settings->window_ms) {
        iso_format_ms(from, g.window_start_ms, 'Z');
        iso_format_ms(to, g.window_end_ms, 'Z');
        rc |= sqlite3_bind_text(s->upsert, at++, from, -1, SQLITE_STATIC);
        rc |= sqlite3_bind_text(s->upsert, at++, to, -1, SQLITE_STATIC);
    }
    for (int i = 0; i < settings->group_by_count; i++)
        rc |= sqlite3_bind_text(s->upsert, at++, k.fields[i].p, (int)k.fields[i].len, SQLITE_STATIC);
    rc |= sqlite3_bind_int64(s->upsert, at, g.count);
    rc = rc == SQLITE_OK && sqlite3_step(s->upsert) == SQLITE_DONE ? 0 : -1;
    sqlite3_reset(s->upsert);
    return rc;
}

/* Complete mode puts every group out in every batch; only those that changed need writing when the file holds
 * the batch before. */
static int put_groups(struct sqlite_sink *s, const struct sink_batch *b, bool all, char *err, size_t err_cap)
{
    struct strbuf id = {0};
    size_t count = all ? query_group_count(b->query) : b->output_count;
    int rc = 0;
    for (size_t i = 0; i < count && rc == 0; i++) {
        uint32_t number = all ? (uint32_t)i : b->output[i];
        struct query_group g;
        query_group(b->query, number, &g);
        if (all ? g.visible : g.delta != 0 || g.closed)
            rc = put_group(s, b->query, number, &id);
    }
    strbuf_free(&id);
    return rc == 0 ? 0 : failed(s, err, err_cap);
}

static int put_progress(struct sqlite_sink *s, const struct sink_batch *b, char *err, size_t err_cap)
{
    char *sql = sqlite3_mprintf("DELETE FROM progress; INSERT INTO progress VALUES(%Q, %lld)",
                                b->progress->id, (long long)b->batch_id);
    if (!sql)
        return failed(s, err, err_cap);
    int rc = run(s, sql, err, err_cap);
    sqlite3_free(sql);
    return rc;
}

static int sqlite_batch(void *sink, const struct sink_batch *b, char *err, size_t err_cap)
{
    struct sqlite_sink *s = sink;
    bool all;
    if (strcmp(s->query_id, b->progress->id) == 0 && b->batch_id <= s->batch_id)
        return 0; /* came again after a crash: it is in the table already */
    if (run(s, "BEGIN IMMEDIATE", err, err_cap) < 0)
        return -1;
    if (fit_table(s, b, &all, err, err_cap) < 0 || put_groups(s, b, all, err, err_cap) < 0 ||
        put_progress(s, b, err, err_cap) < 0 || run(s, "COMMIT", err, err_cap) < 0) {
        (void)sqlite3_exec(s->db, "ROLLBACK", NULL, NULL, NULL);
        return -1;
    }
    snprintf(s->query_id, sizeof s->query_id, "%s", b->progress->id);
    s->batch_id = b->batch_id;
    s->shape_known = true;
    return 0;
}

/* Makes the table nobody's, so that the next batch replaces it. */
static int sqlite_restart(void *sink, const struct query *old, char *err, size_t err_cap)
{
    struct sqlite_sink *s = sink;
    (void)old;
    if (run(s, "DELETE FROM progress", err, err_cap) < 0)
        return -1;
    s->query_id[0] = '\0';
    s->batch_id = -1;
    s->shape_known = false;
    return 0;
}

const struct sink_ops sink_sqlite = {
    .name = "sqlite",
    .description = "SqliteSink",
    .wanted = sqlite_wanted,
    .open = sqlite_open,
    .batch = sqlite_batch,
    .restart = sqlite_restart,
    .close = sqlite_close,
};
