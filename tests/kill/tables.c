#include "tables.h"

#include "stage.h"

#include "base/text.h"
#include "base/xalloc.h"

#include <inttypes.h>
#include <json-c/json.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

char *id_of_checkpoint(const char *dir)
{
    char *path = xasprintf("%s/metadata", dir), *text = read_whole(path, NULL);
    const char *at = strstr(text, "\"id\"");
    at = at ? strchr(at + 4, '"') : NULL;
    if (!at || strcspn(at + 1, "\"") != 36)
        die(path, "no id of a query in it");
    char *id = xstrndup(at + 1, 36);
    free(path);
    free(text);
    return id;
}

/* ---- tables ---- */

struct lines {
    char **v;
    size_t count;
};

static void add_line(struct lines *l, const char *text, size_t len)
{
    l->v = xreallocarray(l->v, l->count + 1, sizeof *l->v);
    l->v[l->count++] = xstrndup(text, len);
}

static int by_bytes(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

/* The header line as it is, the others sorted; takes the lines. */
static char *join_sorted(struct lines *l)
{
    struct strbuf out = {0};
    if (l->count > 1)
        qsort(l->v + 1, l->count - 1, sizeof *l->v, by_bytes);
    for (size_t i = 0; i < l->count; i++) {
        strbuf_puts(&out, l->v[i]);
        strbuf_puts(&out, "\n");
        free(l->v[i]);
    }
    free(l->v);
    return out.data ? out.data : xstrdup("");
}

char *table_of_csv(const char *path)
{
    struct lines lines = {0};
    char *text = read_whole(path, NULL);
    for (const char *at = text; *at; at += strcspn(at, "\n"), at += *at == '\n')
        add_line(&lines, at, strcspn(at, "\n"));
    free(text);
    return join_sorted(&lines);
}

/* One field of RFC 4180 behind those that are in the line already; NULL writes nothing, the empty text "". */
static void add_field(struct strbuf *line, bool first, const char *text)
{
    if (!first)
        strbuf_puts(line, ",");
    if (!text)
        return;
    if (*text && !strpbrk(text, "\",\r\n")) {
        strbuf_puts(line, text);
        return;
    }
    strbuf_puts(line, "\"");
    for (; *text; text++)
        strbuf_printf(line, *text == '"' ? "\"%c" : "%c", *text);
    strbuf_puts(line, "\"");
}

static sqlite3 *open_database(const char *path)
{
    sqlite3 *db;
    if (sqlite3_open_v2(path, &db, SQLITE_OPEN_READWRITE, NULL) != SQLITE_OK)
        die(path, sqlite3_errmsg(db));
    return db;
}

static sqlite3_stmt *ask(sqlite3 *db, const char *sql)
{
    sqlite3_stmt *get;
    if (sqlite3_prepare_v2(db, sql, -1, &get, NULL) != SQLITE_OK)
        die(sql, sqlite3_errmsg(db));
    return get;
}

/* True for a row, false at the end. */
static bool next_row(sqlite3 *db, sqlite3_stmt *get)
{
    int step = sqlite3_step(get);
    if (step != SQLITE_ROW && step != SQLITE_DONE)
        die("a database cannot be read", sqlite3_errmsg(db));
    return step == SQLITE_ROW;
}

static void close_database(sqlite3 *db, sqlite3_stmt *get)
{
    sqlite3_finalize(get);
    sqlite3_close(db);
}

char *table_of_sqlite(const char *path)
{
    struct lines lines = {0};
    struct strbuf line = {0};
    sqlite3 *db = open_database(path);
    sqlite3_stmt *get = ask(db, "SELECT * FROM calls ORDER BY group_id");
    int columns = sqlite3_column_count(get);
    for (int i = 1; i < columns; i++)
        add_field(&line, i == 1, sqlite3_column_name(get, i));
    add_line(&lines, line.data, line.len);
    while (next_row(db, get)) {
        line.len = 0;
        for (int i = 1; i < columns; i++)
            add_field(&line, i == 1, (const char *)sqlite3_column_text(get, i));
        add_line(&lines, line.data, line.len);
    }
    close_database(db, get);
    strbuf_free(&line);
    return join_sorted(&lines);
}

/* ---- the Kafka sink ---- */

static int by_key(const void *a, const void *b)
{
    const struct record *x = a, *y = b;
    int order = strcmp(x->key, y->key);
    if (order == 0)
        order = (x->batch > y->batch) - (x->batch < y->batch);
    return order ? order : (x->order > y->order) - (x->order < y->order);
}

static struct records sorted(const struct records *r)
{
    struct records s = {.v = xreallocarray(NULL, r->count + 1, sizeof *s.v), .count = r->count};
    if (r->count > 0) {
        memcpy(s.v, r->v, r->count * sizeof *s.v);
        qsort(s.v, s.count, sizeof *s.v, by_key);
    }
    return s;
}

/* Index of the record that stands last in the topic among those of one key, which begin at from; *next gets
 * the index of the next key. It must be of the newest batch: whoever keeps the newest value must not end with
 * an old one. */
static size_t newest_of_key(const struct records *s, size_t from, size_t *next)
{
    size_t last = from, end = from;
    for (; end < s->count && strcmp(s->v[end].key, s->v[from].key) == 0; end++)
        if (s->v[end].order > s->v[last].order)
            last = end;
    if (s->v[last].batch != s->v[end - 1].batch)
        die("the newest record of a key is of an older batch than one before it", s->v[last].value);
    *next = end;
    return last;
}

char *dump_of_newest(const struct records *r)
{
    struct strbuf out = {0};
    struct records s = sorted(r);
    for (size_t i = 0; i < s.count;) {
        const struct record *n = &s.v[newest_of_key(&s, i, &i)];
        strbuf_printf(&out, "%s %s\n", n->key, n->value);
    }
    free(s.v);
    return out.data ? out.data : xstrdup("");
}

char *dump_of_history(const struct records *r, int *repeats)
{
    struct strbuf out = {0};
    struct records s = sorted(r);
    *repeats = 0;
    for (size_t i = 0; i < s.count; i++) {
        const struct record *n = &s.v[i], *before = i > 0 ? n - 1 : NULL;
        if (!before || strcmp(before->key, n->key) != 0 || before->batch != n->batch)
            strbuf_printf(&out, "%s %s\n", n->key, n->value);
        else if (strcmp(before->value, n->value) == 0)
            ++*repeats;
        else
            die("a record that came again has another value", n->value);
    }
    free(s.v);
    return out.data ? out.data : xstrdup("");
}

/* A JSON object as a CSV line, its last member (batch_id) left out: the names, or else the values. */
static void add_object(struct lines *lines, const char *json, bool names)
{
    struct strbuf line = {0};
    struct json_object *o = json_tokener_parse(json);
    if (!o || !json_object_is_type(o, json_type_object))
        die("a record of the Kafka sink is no JSON object", json);
    int left = json_object_object_length(o) - 1;
    bool first = true;
    json_object_object_foreach(o, name, value)
    {
        if (left-- <= 0)
            break;
        add_field(&line, first, names ? name : value ? json_object_get_string(value) : NULL);
        first = false;
    }
    add_line(lines, line.data, line.len);
    json_object_put(o);
    strbuf_free(&line);
}

char *table_of_records(const struct records *r)
{
    struct lines lines = {0};
    struct records s = sorted(r);
    if (s.count > 0)
        add_object(&lines, s.v[0].value, true);
    for (size_t i = 0; i < s.count;)
        add_object(&lines, s.v[newest_of_key(&s, i, &i)].value, false);
    free(s.v);
    return join_sorted(&lines);
}

/* ---- SQLite ---- */

/* The query and the batch in the progress table; -1 and "" where there is none. The caller frees. */
static char *read_progress(sqlite3 *db, int64_t *batch)
{
    sqlite3_stmt *get = ask(db, "SELECT query_id, batch_id FROM progress");
    bool found = next_row(db, get);
    char *id = xstrdup(found ? (const char *)sqlite3_column_text(get, 0) : "");
    *batch = found ? sqlite3_column_int64(get, 1) : -1;
    sqlite3_finalize(get);
    return id;
}

char *dump_of_sqlite(const char *path, const char *query_id)
{
    struct strbuf out = {0};
    int64_t batch;
    sqlite3 *db = open_database(path);
    char *id = read_progress(db, &batch);
    if (strcmp(id, query_id) != 0)
        die("the database is of another query", id);
    sqlite3_stmt *get = ask(db, "SELECT * FROM calls ORDER BY group_id");
    while (next_row(db, get)) {
        for (int i = 0; i < sqlite3_column_count(get); i++) {
            const char *text = (const char *)sqlite3_column_text(get, i);
            strbuf_printf(&out, "%s%s", i ? " | " : "", text ? text : "(null)");
        }
        strbuf_puts(&out, "\n");
    }
    strbuf_printf(&out, "batch %" PRId64 "\n", batch);
    close_database(db, get);
    free(id);
    return out.data;
}

int64_t batch_in_left_database(const char *path)
{
    char *copy = xasprintf("%s.peek", path), *wal = xasprintf("%s-wal", path);
    char *wal_copy = xasprintf("%s-wal", copy), *shm_copy = xasprintf("%s-shm", copy);
    int64_t batch = -1;
    if (is_there(path)) {
        copy_file(path, copy);
        if (is_there(wal))
            copy_file(wal, wal_copy);
        sqlite3 *db = open_database(copy);
        sqlite3_stmt *has = ask(db, "SELECT 1 FROM sqlite_master WHERE name = 'progress'");
        if (next_row(db, has))
            free(read_progress(db, &batch));
        close_database(db, has);
        unlink(copy);
        unlink(wal_copy);
        unlink(shm_copy);
    }
    free(copy);
    free(wal);
    free(wal_copy);
    free(shm_copy);
    return batch;
}

/* ---- comparing ---- */

static void show_lines(const char *name, const char *which, const char *text, size_t first)
{
    printf("    %s, %s:\n", name, which);
    for (size_t line = 0; *text && line < first + 8; line++) {
        int len = (int)strcspn(text, "\n");
        if (line >= first)
            printf("        %zu: %.*s\n", line + 1, len, text);
        text += len + (text[len] == '\n');
    }
}

void expect_same(const char *what, const char *name, const char *want, const char *got)
{
    size_t same = 0, line = 0;
    if (strcmp(want, got) == 0)
        return;
    for (; want[same] && want[same] == got[same]; same++)
        line += want[same] == '\n';
    show_lines(name, "as it should be", want, line);
    show_lines(name, "as it is", got, line);
    char *detail = xasprintf("%s differs from line %zu on", name, line + 1);
    die(what, detail);
}
