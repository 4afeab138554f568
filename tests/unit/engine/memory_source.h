/* A topic in memory for tests of the loop: partitions of messages that a test appends to; it can lose its
 * oldest messages, fail, and be slow to hand rows over. One thread. */
#ifndef TESTS_MEMORY_SOURCE_H
#define TESTS_MEMORY_SOURCE_H

#include "base/xalloc.h"
#include "query/source.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MEMORY_PARTITIONS = 8 };

struct memory_partition {
    char **value;
    int64_t count, low, seek;
    bool anew; /* the next read finds the topic made anew */
};

struct memory_source {
    struct source base; /* first: a struct source * is one of these */
    struct memory_partition part[MEMORY_PARTITIONS];
    int64_t committed[MEMORY_PARTITIONS];
    int64_t block; /* rows that one read hands over at most; 0 = all */
    bool fail_reads;
    enum source_status ends_status; /* what ends() answers with */
    int reads, commits;
};

static inline void memory_add(struct memory_source *s, int p, const char *value)
{
    struct memory_partition *m = &s->part[p];
    m->value = xreallocarray(m->value, (size_t)m->count + 1, sizeof *m->value);
    m->value[m->count++] = xstrdup(value);
}

static enum source_status memory_bounds(struct source *b, int64_t *low, int64_t *high, int64_t timeout_ms)
{
    struct memory_source *s = (struct memory_source *)b;
    (void)timeout_ms;
    for (int p = 0; p < b->partitions; p++) {
        low[p] = s->part[p].low;
        high[p] = s->part[p].count;
    }
    return SOURCE_OK;
}

static enum source_status memory_offsets_at(struct source *b, int64_t timestamp_ms, int64_t *offset,
                                            int64_t timeout_ms)
{
    (void)timeout_ms;
    for (int p = 0; p < b->partitions; p++) /* a message's timestamp is its offset */
        offset[p] = timestamp_ms;
    return SOURCE_OK;
}

static enum source_status memory_ends(struct source *b, int64_t *high, int64_t timeout_ms)
{
    struct memory_source *s = (struct memory_source *)b;
    (void)timeout_ms;
    for (int p = 0; p < b->partitions; p++)
        high[p] = s->part[p].count;
    if (s->ends_status != SOURCE_OK)
        snprintf(b->error, sizeof b->error, "there is no such topic");
    return s->ends_status;
}

static enum source_status memory_seek(struct source *b, const int64_t *offset)
{
    for (int p = 0; p < b->partitions; p++)
        ((struct memory_source *)b)->part[p].seek = offset[p];
    return SOURCE_OK;
}

static void memory_latest(struct source *b, int64_t *high)
{
    for (int p = 0; p < b->partitions; p++)
        high[p] = ((struct memory_source *)b)->part[p].count;
}

static enum source_status memory_wait(struct source *b, int64_t timeout_ms)
{
    (void)b;
    (void)timeout_ms;
    return SOURCE_TIMEOUT;
}

static enum source_status memory_read(struct source *b, int64_t *position, const int64_t *end,
                                      int64_t timeout_ms, source_rows_fn rows, void *arg)
{
    struct memory_source *s = (struct memory_source *)b;
    (void)timeout_ms;
    s->reads++;
    if (s->fail_reads) {
        snprintf(b->error, sizeof b->error, "the broker has burnt down");
        return SOURCE_FAILED;
    }
    int64_t given = 0;
    bool all = true;
    for (int p = 0; p < b->partitions; p++) {
        struct memory_partition *m = &s->part[p];
        if (m->anew && position[p] < end[p]) {
            m->anew = false;
            b->lost_partition = p;
            b->lost_from = position[p];
            b->lost_to = position[p] = 0;
            snprintf(b->error, sizeof b->error, "it was made anew");
            return SOURCE_LOST;
        }
        if (position[p] < m->low && position[p] < end[p]) {
            b->lost_partition = p;
            b->lost_from = position[p];
            b->lost_to = position[p] = m->low;
            return SOURCE_LOST;
        }
        for (; position[p] < end[p] && position[p] < m->count && (!s->block || given < s->block);
             position[p]++) {
            struct message msg = {.value = m->value[position[p]],
                                  .value_len = strlen(m->value[position[p]]),
                                  .offset = position[p],
                                  .timestamp_ms = position[p],
                                  .partition = p};
            rows(arg, &msg, 1);
            given++;
        }
        all = all && position[p] >= end[p];
    }
    return all ? SOURCE_OK : SOURCE_TIMEOUT;
}

static void memory_commit(struct source *b, const int64_t *position)
{
    struct memory_source *s = (struct memory_source *)b;
    memcpy(s->committed, position, (size_t)b->partitions * sizeof *position);
    s->commits++;
}

static void memory_pause(struct source *b, bool pause)
{
    (void)b;
    (void)pause;
}

static void memory_wake(struct source *b)
{
    (void)b;
}

static void memory_close(struct source *b)
{
    struct memory_source *s = (struct memory_source *)b;
    for (int p = 0; p < MEMORY_PARTITIONS; p++) {
        for (int64_t i = 0; i < s->part[p].count; i++)
            free(s->part[p].value[i]);
        free(s->part[p].value);
    }
    free(s);
}

static const struct source_ops memory_ops = {
    .bounds = memory_bounds,
    .offsets_at = memory_offsets_at,
    .ends = memory_ends,
    .seek = memory_seek,
    .latest = memory_latest,
    .wait = memory_wait,
    .read = memory_read,
    .commit = memory_commit,
    .pause = memory_pause,
    .wake = memory_wake,
    .close = memory_close,
};

static inline struct memory_source *memory_open(int partitions)
{
    struct memory_source *s = xcalloc(1, sizeof *s);
    s->base.ops = &memory_ops;
    s->base.partitions = partitions;
    s->base.topic = "calls";
    s->base.also_fd = -1;
    return s;
}

/* One call as a message; NULL leaves a field out. */
static inline void memory_call(struct memory_source *s, int p, const char *time, const char *type,
                               const char *disposition)
{
    struct strbuf b = {0};
    strbuf_puts(&b, "{\"crime_id\":\"1\"");
    if (type)
        strbuf_printf(&b, ",\"original_crime_type_name\":\"%s\"", type);
    if (time)
        strbuf_printf(&b, ",\"call_date_time\":\"%s\"", time);
    if (disposition)
        strbuf_printf(&b, ",\"disposition\":\"%s\"", disposition);
    strbuf_puts(&b, "}");
    memory_add(s, p, b.data);
    strbuf_free(&b);
}

#endif
