/* A query that is not one, for the checkpoint's tests: counters and a growing list of numbers, changed by
 * batch numbers alone, so that the state after batch N is the same however often the process died on the way.
 * It defines the three functions of query.h that the checkpoint calls; include it in one file of a test. */
#ifndef CHECKPOINT_FAKE_H
#define CHECKPOINT_FAKE_H

#include "base/clock.h"
#include "base/xalloc.h"
#include "query/checkpoint_internal.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define COUNTERS 32
#define TOPIC    "san-francisco.police-department.calls"

struct query {
    uint64_t counter[COUNTERS];
    bool changed[COUNTERS];
    uint64_t *rows;
    size_t row_count, row_cap, rows_before;
    int64_t watermark_ms;
    size_t rows_a_batch; /* how many numbers a batch appends */
    size_t churn_bytes;  /* bytes of a delta that say nothing new */
};

static inline uint64_t fake_mix(uint64_t x)
{
    x += 0x9e3779b97f4a7c15u;
    x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9u;
    x = (x ^ (x >> 27)) * 0x94d049bb133111ebu;
    return x ^ (x >> 31);
}

static inline struct query *fake_new(size_t rows_a_batch, size_t churn_bytes)
{
    struct query *q = xcalloc(1, sizeof *q);
    q->rows_a_batch = rows_a_batch;
    q->churn_bytes = churn_bytes;
    return q;
}

static inline void fake_free(struct query *q)
{
    free(q->rows);
    free(q);
}

static inline void fake_add_row(struct query *q, uint64_t row)
{
    if (q->row_count == q->row_cap) {
        q->row_cap = q->row_cap ? q->row_cap * 2 : 64;
        q->rows = xreallocarray(q->rows, q->row_cap, sizeof *q->rows);
    }
    q->rows[q->row_count++] = row;
}

static inline void fake_batch(struct query *q, int64_t id)
{
    memset(q->changed, 0, sizeof q->changed);
    q->rows_before = q->row_count;
    for (uint64_t i = 0; i < 5; i++) {
        size_t k = fake_mix((uint64_t)id * 8 + i) % COUNTERS;
        q->counter[k] += (uint64_t)id + i + 1;
        q->changed[k] = true;
    }
    for (size_t i = 0; i < q->rows_a_batch; i++)
        fake_add_row(q, fake_mix((uint64_t)id * 1000003 + i));
    q->watermark_ms = 1000 * (id + 1);
}

/* What the state must be after the batches 0..last. */
static inline bool fake_is(const struct query *q, int64_t last)
{
    struct query *want = fake_new(q->rows_a_batch, 0);
    for (int64_t id = 0; id <= last; id++)
        fake_batch(want, id);
    bool same = memcmp(want->counter, q->counter, sizeof q->counter) == 0 &&
                want->row_count == q->row_count && want->watermark_ms == q->watermark_ms &&
                (q->row_count == 0 || memcmp(want->rows, q->rows, q->row_count * sizeof *q->rows) == 0);
    fake_free(want);
    return same;
}

int query_state_write(const struct query *q, bool full, state_write_fn write, void *arg)
{
    char *churn = xcalloc(1, q->churn_bytes + 1);
    size_t from = full ? 0 : q->rows_before;
    uint64_t head[4] = {full, q->row_count - from, full ? 0 : q->churn_bytes, (uint64_t)q->watermark_ms};
    int rc = write(arg, head, sizeof head);
    for (uint64_t k = 0; rc == 0 && k < COUNTERS; k++) {
        uint64_t pair[2] = {full || q->changed[k], q->counter[k]};
        rc = write(arg, pair, sizeof pair);
    }
    for (size_t i = from; rc == 0 && i < q->row_count; i++)
        rc = write(arg, &q->rows[i], sizeof q->rows[i]);
    if (rc == 0 && head[2] > 0)
        rc = write(arg, churn, q->churn_bytes);
    free(churn);
    return rc;
}

int query_state_read(struct query *q, const void *image, size_t len, char *err, size_t err_cap)
{
    const uint64_t *p = image;
    uint64_t pairs = (uint64_t)COUNTERS * 2;
    if (len < (4 + pairs) * 8 || len != (4 + pairs + p[1]) * 8 + p[2] || (p[0] && q->row_count > 0)) {
        snprintf(err, err_cap, "the image does not fit");
        return -1;
    }
    for (size_t k = 0; k < COUNTERS; k++) {
        if (p[4 + 2 * k])
            q->counter[k] = p[5 + 2 * k];
    }
    for (uint64_t i = 0; i < p[1]; i++)
        fake_add_row(q, p[4 + pairs + i]);
    q->watermark_ms = (int64_t)p[3];
    return 0;
}

void query_totals(const struct query *q, struct query_totals *out)
{
    memset(out, 0, sizeof *out);
    out->watermark_ms = q->watermark_ms;
    out->state_rows = (int64_t)q->row_count;
    out->state_bytes = (int64_t)(q->row_count * 8 + sizeof q->counter);
}

/* ---- folders ---- */

/* In memory where there is such a place: the tests that write a hundred thousand files need no disk for it.
 */
static inline char *fake_dir(void)
{
    char in_memory[] = "/dev/shm/checkpoint-test-XXXXXX", on_disk[] = "/tmp/checkpoint-test-XXXXXX";
    if (mkdtemp(in_memory))
        return xstrdup(in_memory);
    if (!mkdtemp(on_disk))
        fail_msg("mkdtemp: %s", strerror(errno));
    return xstrdup(on_disk);
}

static inline void fake_remove(const char *path)
{
    DIR *d = opendir(path);
    for (struct dirent *e; d && (e = readdir(d));) {
        if (strcmp(e->d_name, ".") == 0 || strcmp(e->d_name, "..") == 0)
            continue;
        char *inner = xasprintf("%s/%s", path, e->d_name);
        if (unlink(inner) != 0)
            fake_remove(inner);
        free(inner);
    }
    if (d)
        closedir(d);
    rmdir(path);
}

static inline size_t fake_count_files(const char *dir, const char *part)
{
    size_t count = 0;
    char *path = xasprintf("%s/%s", dir, part);
    DIR *d = opendir(path);
    for (struct dirent *e; d && (e = readdir(d));)
        count += e->d_name[0] != '.';
    if (d)
        closedir(d);
    free(path);
    return count;
}

/* ---- the engine's way through a batch, two partitions, ten offsets each a batch ---- */

static inline void fake_offsets(int64_t id, int64_t start[2], int64_t end[2])
{
    for (int p = 0; p < 2; p++) {
        start[p] = id * 10 + p;
        end[p] = (id + 1) * 10 + p;
    }
}

static inline int fake_step(struct checkpoint *c, struct query *q, int64_t id, bool pending, char *err,
                            size_t cap)
{
    int64_t start[2], end[2];
    fake_offsets(id, start, end);
    if (!pending && checkpoint_begin(c, id, 2, start, end, err, cap) != 0)
        return -1;
    fake_batch(q, id);
    if (checkpoint_state(c, id, q, err, cap) != 0 || checkpoint_commit(c, id, err, cap) != 0)
        return -1;
    return checkpoint_maintain(c, q, err, cap);
}

/* Opens, resumes, checks that what came back is what was committed, and that the offsets are its own. */
static inline struct checkpoint *fake_resume(const char *dir, const struct query_settings *s, struct query *q,
                                             struct checkpoint_resume *r, const struct ckpt_hook *hook,
                                             char *err, size_t cap)
{
    struct checkpoint *c = checkpoint_open_hooked(dir, TOPIC, s, 5, hook, err, cap);
    if (!c)
        return NULL;
    if (checkpoint_resume(c, q, r, err, cap) != 0) {
        checkpoint_close(c);
        return NULL;
    }
    if (!fake_is(q, r->next_batch - 1))
        fail_msg("the state is not the one after batch %" PRId64, r->next_batch - 1);
    if (r->partitions > 0) {
        int64_t start[2], end[2];
        fake_offsets(r->next_batch, start, end);
        assert_int_equal(r->partitions, 2);
        assert_int_equal(r->position[0], start[0]);
        assert_int_equal(r->position[1], start[1]);
        if (r->pending)
            assert_int_equal(r->end[1], end[1]);
    }
    return c;
}

/* Runs the batches up to last in a fresh process's manner. */
static inline int fake_run(const char *dir, const struct query_settings *s, size_t rows, size_t churn,
                           int64_t last, char *err, size_t cap)
{
    struct query *q = fake_new(rows, churn);
    struct checkpoint_resume r;
    int rc = -1;
    struct checkpoint *c = fake_resume(dir, s, q, &r, NULL, err, cap);
    if (c) {
        rc = 0;
        for (int64_t id = r.next_batch; rc == 0 && id <= last; id++)
            rc = fake_step(c, q, id, r.pending && id == r.next_batch, err, cap);
        if (rc == 0)
            rc = checkpoint_flush(c, err, cap);
        checkpoint_resume_clear(&r);
        checkpoint_close(c);
    }
    fake_free(q);
    return rc;
}

#endif
