/* What the query's tests share: messages from JSON or from a seeded generator, batches, and results as text
 * that can be compared. Everything static, so that each test stays one file. */
#ifndef TEST_QUERY_FEED_H
#define TEST_QUERY_FEED_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <json-c/json.h>

#include "base/clock.h"
#include "base/text.h"
#include "base/xalloc.h"
#include "query/query.h"

struct feed {
    struct message *messages;
    size_t count, capacity;
};

static inline void feed_add(struct feed *f, const char *value, int32_t partition)
{
    if (f->count == f->capacity) {
        f->capacity = f->capacity * 2 + 64;
        f->messages = xreallocarray(f->messages, f->capacity, sizeof(*f->messages));
    }
    f->messages[f->count] = (struct message){.value = value != NULL ? xstrdup(value) : NULL,
                                             .value_len = value != NULL ? strlen(value) : 0,
                                             .offset = (int64_t)f->count,
                                             .timestamp_ms = UNKNOWN,
                                             .partition = partition};
    f->count++;
}

/* A call of the three fields that the reference query selects; NULL leaves a field out. */
static inline void feed_call(struct feed *f, const char *time, const char *disposition, const char *type)
{
    json_object *o = json_object_new_object();

    if (type != NULL)
        json_object_object_add(o, "original_crime_type_name", json_object_new_string(type));
    if (time != NULL)
        json_object_object_add(o, "call_date_time", json_object_new_string(time));
    if (disposition != NULL)
        json_object_object_add(o, "disposition", json_object_new_string(disposition));
    feed_add(f, json_object_to_json_string_ext(o, JSON_C_TO_STRING_PLAIN), 0);
    json_object_put(o);
}

static inline void feed_clear(struct feed *f)
{
    for (size_t i = 0; i < f->count; i++)
        free((char *)f->messages[i].value);
    free(f->messages);
    *f = (struct feed){0};
}

/* A repeatable random number, 0..n-1. */
static inline uint32_t random_below(uint64_t *state, uint32_t n)
{
    *state = *state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (uint32_t)((*state >> 33) % n);
}

/* The radio codes of the tests, in a file of their own. */
static inline struct codes *test_codes(void)
{
    static const char json[] = "[{\"disposition_code\":\"ADM\",\"description\":\"Admonished\"},"
                               "{\"disposition_code\":\"HAN\",\"description\":\"Handled\"},"
                               "{\"disposition_code\":\"22\",\"description\":\"Cancel\"},"
                               "{\"disposition_code\":\"CAN\",\"description\":\"Cancel\"}]";
    char path[] = "/tmp/sfcrime-codes-XXXXXX", err[200] = "";
    int fd = mkstemp(path);

    assert_true(fd >= 0);
    FILE *file = fdopen(fd, "w");
    assert_non_null(file);
    assert_true(fputs(json, file) >= 0);
    assert_int_equal(fclose(file), 0);
    struct codes *codes = codes_read(path, err, sizeof(err));
    remove(path);
    if (codes == NULL)
        fail_msg("%s", err);
    return codes;
}

static inline void put_csv(struct strbuf *out, struct text t)
{
    bool quote = false;

    if (t.p == NULL)
        return;
    for (size_t i = 0; i < t.len; i++)
        quote |= strchr(",\"\n\r", t.p[i]) != NULL;
    if (quote)
        strbuf_puts(out, "\"");
    for (size_t i = 0; i < t.len; i++)
        strbuf_add(out, t.p[i] == '"' ? "\"\"" : &t.p[i], t.p[i] == '"' ? 2 : 1);
    if (quote)
        strbuf_puts(out, "\"");
}

static inline void put_group(struct strbuf *out, const struct query *q, uint32_t number)
{
    struct query_group g;
    struct query_key k;
    char iso[ISO_MAX];

    query_group(q, number, &g);
    query_key(q, g.key, &k);
    if (g.window_start_ms != UNKNOWN) {
        iso_format_ms(iso, g.window_start_ms, 'Z');
        strbuf_printf(out, "%s,", iso);
        iso_format_ms(iso, g.window_end_ms, 'Z');
        strbuf_printf(out, "%s,", iso);
    }
    for (int i = 0; i < query_settings(q)->group_by_count; i++) {
        put_csv(out, k.fields[i]);
        strbuf_puts(out, ",");
    }
    strbuf_printf(out, "%lld", (long long)g.count);
}

static inline int compare_lines(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

/* Sorts the lines of a text in place (fresh memory, caller frees). */
static inline char *sorted_lines(const char *text)
{
    char *copy = xstrdup(text), *at = copy, *line, **lines = NULL;
    size_t count = 0;
    struct strbuf out = {0};

    while ((line = strsep(&at, "\n")) != NULL) {
        size_t len = strlen(line);
        if (len > 0 && line[len - 1] == '\r')
            line[len - 1] = '\0';
        if (line[0] == '\0')
            continue;
        lines = xreallocarray(lines, count + 1, sizeof(*lines));
        lines[count++] = line;
    }
    if (count > 0)
        qsort(lines, count, sizeof(*lines), compare_lines);
    strbuf_puts(&out, "");
    for (size_t i = 0; i < count; i++)
        strbuf_printf(&out, "%s\n", lines[i]);
    free(lines);
    free(copy);
    return out.data != NULL ? out.data : xstrdup("");
}

/* The result table, one line a visible group, sorted. */
static inline char *table_of(const struct query *q)
{
    struct strbuf out = {0};
    struct query_group g;

    for (size_t i = 0; i < query_group_count(q); i++) {
        query_group(q, i, &g);
        if (!g.visible)
            continue;
        put_group(&out, q, (uint32_t)i);
        strbuf_puts(&out, "\n");
    }
    char *sorted = sorted_lines(out.data != NULL ? out.data : "");
    strbuf_free(&out);
    return sorted;
}

/* What the last batch put out, sorted. */
static inline char *output_of(const struct query *q)
{
    struct strbuf out = {0};
    size_t count;
    const uint32_t *numbers = query_output(q, &count);

    for (size_t i = 0; i < count; i++) {
        put_group(&out, q, numbers[i]);
        strbuf_puts(&out, "\n");
    }
    char *sorted = sorted_lines(out.data != NULL ? out.data : "");
    strbuf_free(&out);
    return sorted;
}

/* The figures of a report that do not depend on time or memory. */
static inline char *figures_of(const struct progress *p)
{
    struct strbuf out = {0};

    strbuf_printf(
        &out,
        "in %lld watermark %lld next %lld min %lld max %lld late %lld duplicate %lld null %lld counted %lld",
        (long long)p->rows_in, (long long)p->watermark_ms, (long long)p->next_watermark_ms,
        (long long)p->event_min_ms, (long long)p->event_max_ms, (long long)p->rows_late,
        (long long)p->rows_duplicate, (long long)p->rows_null, (long long)p->rows_counted);
    for (int i = 0; i < BAD_REASON_COUNT; i++)
        strbuf_printf(&out, " bad%d %lld", i, (long long)p->rows_bad[i]);
    strbuf_printf(&out, " out of order %lld\n", (long long)p->rows_out_of_order);
    for (int i = 0; i < p->operator_count; i++)
        strbuf_printf(&out, "%s %lld>%lld ", p->operators[i].name, (long long)p->operators[i].rows_in,
                      (long long)p->operators[i].rows_out);
    for (int i = 0; i < p->state_count; i++)
        strbuf_printf(&out, "\n%s total %lld updated %lld removed %lld dropped %lld duplicates %lld",
                      p->state[i].operator_name, (long long)p->state[i].rows_total,
                      (long long)p->state[i].rows_updated, (long long)p->state[i].rows_removed,
                      (long long)p->state[i].rows_dropped_by_watermark,
                      (long long)p->state[i].dropped_duplicates);
    return out.data;
}

#endif
