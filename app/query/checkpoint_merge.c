/* Keeps the number of state files small without ever stopping a batch for long. Images applied in order give
 * the state, so that neighbouring delta files can be joined by copying their images one behind the other. The
 * newest files are joined when there are eight of them, none outweighs the others, and all are under 1 MB: a
 * byte is copied about once each time the state grows fourfold, and not at all once it lies in a file of 1
 * MB. So there are a few dozen files, and one more for each megabyte or so. A step copies as much as keeps up
 * with the batches, and no more. Writer thread only. */
#include "query/checkpoint_internal.h"

#include <stdlib.h>
#include <string.h>

#define MERGE_FILES      8
#define MERGE_FILE_BYTES (1024 * 1024)
#define MERGE_STEP_BYTES (256 * 1024)

/* Where the newest files begin that are worth joining; count where there are too few. */
static size_t run_start(const struct ckpt_states *s)
{
    size_t start = s->count;
    int64_t bytes = 0;
    while (start > 0 && s->v[start - 1].kind == CKPT_DELTA && s->v[start - 1].bytes < MERGE_FILE_BYTES)
        bytes += s->v[--start].bytes;
    /* A large old file is left alone until what came after it is three times its size. */
    while (start < s->count && 3 * s->v[start].bytes > bytes - s->v[start].bytes)
        bytes -= s->v[start++].bytes;
    return s->count - start >= MERGE_FILES ? start : s->count;
}

static int merge_start(struct ckpt_writer *w, char *err, size_t err_cap)
{
    struct ckpt_merge *m = &w->merge;
    size_t start = run_start(&w->files);
    if (start == w->files.count)
        return 0;
    struct ckpt_state_file whole = {
        .kind = CKPT_DELTA, .first = w->files.v[start].first, .last = w->files.v[w->files.count - 1].last};
    *m = (struct ckpt_merge){.start = start, .count = w->files.count - start, .in = {.fd = -1}};
    if (ckpt_state_out_open(w->folder, &whole, &m->out, err, err_cap) != 0)
        return -1;
    m->running = true;
    return 0;
}

void ckpt_merge_abort(struct ckpt_writer *w)
{
    struct ckpt_merge *m = &w->merge;
    if (!m->running)
        return;
    if (m->reading)
        ckpt_state_in_close(&m->in);
    ckpt_state_out_drop(w->folder, &m->out);
    *m = (struct ckpt_merge){.in = {.fd = -1}};
}

/* The merged file takes the place of its parts, which go once its name is durable. */
static int merge_finish(struct ckpt_writer *w, char *err, size_t err_cap)
{
    struct ckpt_merge *m = &w->merge;
    struct ckpt_states *s = &w->files;
    m->running = false;
    if (ckpt_state_out_close(w->folder, w->meta, &m->out, err, err_cap) != 0 ||
        ckpt_sync_dirs(w->folder, err, err_cap) != 0)
        return -1;
    for (size_t i = m->start; i < m->start + m->count; i++) {
        char name[CKPT_NAME_MAX];
        ckpt_state_name(&s->v[i], name);
        if (ckpt_remove(w->folder, CKPT_STATE, name, err, err_cap) != 0)
            return -1;
    }
    s->v[m->start] = m->out.file;
    size_t after = m->start + m->count;
    memmove(&s->v[m->start + 1], &s->v[after], (s->count - after) * sizeof *s->v);
    s->count -= m->count - 1;
    ckpt_writer_publish_sizes(w);
    return 0;
}

/* Copies one image. 1 = copied, 0 = all files are through. */
static int merge_image(struct ckpt_writer *w, int64_t *copied, char *err, size_t err_cap)
{
    struct ckpt_merge *m = &w->merge;
    unsigned char *image = NULL;
    size_t len = 0;
    int64_t batch;
    while (m->at < m->count) {
        if (!m->reading) {
            if (ckpt_state_in_open(w->folder, w->meta, &w->files.v[m->start + m->at], &m->in, err, err_cap) !=
                0)
                return -1;
            m->reading = true;
        }
        int rc = ckpt_state_in_next(w->folder, &m->in, &batch, &image, &len, err, err_cap);
        if (rc < 0)
            return -1;
        if (rc == 0) {
            ckpt_state_in_close(&m->in);
            m->reading = false;
            m->at++;
            continue;
        }
        if (ckpt_state_out_begin(w->folder, &m->out, batch, err, err_cap) != 0 ||
            ckpt_state_out_bytes(w->folder, &m->out, image, len, err, err_cap) != 0 ||
            ckpt_state_out_end(w->folder, &m->out, err, err_cap) != 0)
            rc = -1;
        free(image);
        *copied += (int64_t)len + 1;
        return rc;
    }
    return 0;
}

int ckpt_merge_step(struct ckpt_writer *w, char *err, size_t err_cap)
{
    struct ckpt_merge *m = &w->merge;
    if (!m->running && merge_start(w, err, err_cap) != 0)
        return -1;
    if (!m->running)
        return 0;
    /* What is written for small batches is copied more often than for large ones: the fixed part is for
     * those. */
    int64_t budget = MERGE_STEP_BYTES + 4 * w->last_delta_bytes, copied = 0;
    while (copied < budget) {
        int rc = merge_image(w, &copied, err, err_cap);
        if (rc < 0) {
            ckpt_merge_abort(w);
            return -1;
        }
        if (rc == 0)
            return merge_finish(w, err, err_cap);
    }
    return 0;
}
