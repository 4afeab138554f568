/* The checkpoint as the engine sees it: open and refuse, resume, the steps of a batch, restart. What is
 * refused is refused before anything in the folder has been changed.
 *
 * Measured on ext4 on a virtual disk, 2 shared and busy cores, with the real query, as time that the engine
 * thread spends here. A batch that brings nothing new: some 30 us to hand over its state and its commit;
 * where a sink looks on, the wait for the write-ahead log comes on top: 0.9 ms (median; 4 ms at the 99th
 * percentile) for batches 3 ms apart, twice that without a pause between them, since each then waits for the
 * last one's commit, too. A second's work at full speed, 1,000,000 rows nearly all of them new: 10 to 20 ms
 * of 300 when 16 MB were written of it (now 7), and no wait for the disk. Flat out with small batches the
 * disk decides: a batch costs six syncs, one after the other. A full image of 1,000,000 rows holds the engine
 * up for 30 ms. Coming back to 2.3 million rows takes 0.34 s. */
#include "query/checkpoint_internal.h"

#include "base/clock.h"
#include "base/xalloc.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

/* A full image replaces deltas of more than this and twice the state: so that it is worth its cost. */
#define FULL_FLOOR_BYTES (1024 * 1024)

/* How far the query may be ahead of the disk where nobody outside sees its batches. */
#define AHEAD_BATCHES 16

struct checkpoint {
    struct ckpt_folder folder;
    struct ckpt_meta meta;
    struct ckpt_listing found; /* at the opening; cleared by the resume */
    struct ckpt_offsets last;  /* the newest offsets/N at the opening */
    struct ckpt_writer writer;
    int lock_fd;
    bool no_lock;
    int64_t committed; /* the newest committed batch, -1 = none */
    int64_t begun;
    int64_t stated; /* the newest batch whose state was taken */
    int64_t watermark_ms;
    int64_t state_rows, state_bytes;
    uint64_t begin_jobs[AHEAD_BATCHES]; /* of the newest batches, by their number */
    uint64_t full_job;
};

const char *checkpoint_warning(const struct checkpoint *c)
{
    if (atomic_load(&c->folder.no_sync))
        return "the checkpoint's file system cannot sync: a kill does no harm, a power failure may damage it";
    return c->no_lock
               ? "the checkpoint's file system has no locks: see that no second process uses the folder"
               : NULL;
}

/* ---- opening ---- */

static int take_lock(struct checkpoint *c, char *err, size_t err_cap)
{
    char path[400], pid[32] = "";
    c->lock_fd = openat(c->folder.fd[CKPT_TOP], "lock", O_RDWR | O_CREAT | O_CLOEXEC, 0666);
    if (c->lock_fd < 0)
        return ckpt_io_error(&c->folder, CKPT_TOP, "lock", "open", errno, err, err_cap);
    if (flock(c->lock_fd, LOCK_EX | LOCK_NB) != 0) {
        if (errno == EWOULDBLOCK) {
            ssize_t n = pread(c->lock_fd, pid, sizeof pid - 1, 0);
            long number = n > 0 ? strtol(pid, NULL, 10) : 0;
            snprintf(err, err_cap,
                     "checkpoint %s is in use by process %ld: end it or start with another "
                     "--checkpoint DIR",
                     ckpt_path(&c->folder, CKPT_TOP, "", path, sizeof path), number);
            return -1;
        }
        if (errno != ENOTSUP && errno != EINVAL && errno != ENOLCK && errno != ENOSYS)
            return ckpt_io_error(&c->folder, CKPT_TOP, "lock", "lock", errno, err, err_cap);
        c->no_lock = true;
    }
    int n = snprintf(pid, sizeof pid, "%ld\n", (long)getpid());
    if (ftruncate(c->lock_fd, 0) != 0 || pwrite(c->lock_fd, pid, (size_t)n, 0) != n)
        return ckpt_io_error(&c->folder, CKPT_TOP, "lock", "write", errno, err, err_cap);
    return 0;
}

/* The metadata that is there, or that of a new query. */
static int open_metadata(struct checkpoint *c, bool has_metadata, const char *topic,
                         const struct query_settings *settings, char *err, size_t err_cap)
{
    struct ckpt_meta asked;
    ckpt_meta_of(&asked, topic, settings);
    int rc = -1;
    if (has_metadata) {
        if (ckpt_meta_read(&c->folder, &c->meta, err, err_cap) == 0 &&
            ckpt_meta_compare(&c->folder, &c->meta, &asked, err, err_cap) == 0)
            rc = ckpt_folder_open_parts(&c->folder, false, err, err_cap);
        ckpt_meta_clear(&asked);
        return rc;
    }
    /* The metadata comes last: where it is, the folders are. */
    c->meta = asked;
    if (ckpt_folder_open_parts(&c->folder, true, err, err_cap) != 0 ||
        ckpt_meta_new_id(&c->meta, err, err_cap) != 0)
        return -1;
    c->folder.dirty[CKPT_TOP] = true;
    return ckpt_meta_write(&c->folder, &c->meta, err, err_cap);
}

/* Reads all text files of a kind. Those of an earlier generation are removed: a restart was cut short there.
 */
static int check_texts(struct checkpoint *c, enum ckpt_dir d, struct ckpt_numbers *n, char *err,
                       size_t err_cap)
{
    size_t kept = 0;
    for (size_t i = 0; i < n->count; i++) {
        struct ckpt_offsets o = {0};
        struct ckpt_commit m = {0};
        int64_t generation;
        if (d == CKPT_OFFSETS) {
            if (ckpt_offsets_read(&c->folder, &c->meta, n->v[i], &o, err, err_cap) != 0)
                return -1;
            generation = o.generation;
        } else {
            if (ckpt_commit_read(&c->folder, &c->meta, n->v[i], &m, err, err_cap) != 0)
                return -1;
            generation = m.generation;
        }
        if (generation == c->meta.generation) {
            n->v[kept++] = n->v[i];
            if (d == CKPT_OFFSETS) {
                ckpt_offsets_clear(&c->last);
                c->last = o;
                continue;
            }
        } else {
            char name[CKPT_NAME_MAX];
            snprintf(name, sizeof name, "%" PRId64, n->v[i]);
            if (ckpt_remove(&c->folder, d, name, err, err_cap) != 0) {
                ckpt_offsets_clear(&o);
                return -1;
            }
        }
        ckpt_offsets_clear(&o);
    }
    n->count = kept;
    return 0;
}

/* The same for state files, by their heads; their images are read at the resume. */
static int check_states(struct checkpoint *c, char *err, size_t err_cap)
{
    struct ckpt_states *s = &c->found.states;
    size_t kept = 0;
    for (size_t i = 0; i < s->count; i++) {
        struct ckpt_state_in in;
        char name[CKPT_NAME_MAX];
        if (ckpt_state_in_open(&c->folder, &c->meta, &s->v[i], &in, err, err_cap) != 0)
            return -1;
        ckpt_state_in_close(&in);
        ckpt_state_name(&s->v[i], name);
        if (in.file.generation == c->meta.generation)
            s->v[kept++] = in.file;
        else if (ckpt_remove(&c->folder, CKPT_STATE, name, err, err_cap) != 0)
            return -1;
    }
    s->count = kept;
    return 0;
}

static int look_around(struct checkpoint *c, char *err, size_t err_cap)
{
    struct ckpt_listing *l = &c->found;
    if (ckpt_list(&c->folder, true, l, err, err_cap) != 0 ||
        check_texts(c, CKPT_OFFSETS, &l->offsets, err, err_cap) != 0 ||
        check_texts(c, CKPT_COMMITS, &l->commits, err, err_cap) != 0 || check_states(c, err, err_cap) != 0 ||
        ckpt_check_order(&c->folder, l, err, err_cap) != 0)
        return -1;
    c->begun = l->offsets.count ? l->offsets.v[l->offsets.count - 1] : -1;
    c->committed = l->commits.count ? l->commits.v[l->commits.count - 1] : -1;
    c->stated = c->committed;
    if (c->begun == 0 && c->committed < 0 && ckpt_offsets_only_begin(&c->last))
        c->begun = -1;
    return 0;
}

struct checkpoint *checkpoint_open_hooked(const char *dir, const char *topic,
                                          const struct query_settings *settings, int keep_batches,
                                          const struct ckpt_hook *hook, char *err, size_t err_cap)
{
    struct checkpoint *c = xcalloc(1, sizeof *c);
    bool has_metadata = false;
    c->lock_fd = -1;
    c->begun = c->committed = c->stated = -1;
    c->watermark_ms = UNKNOWN;
    ckpt_folder_init(&c->folder, dir, hook);
    /* Looked at again under the lock: another process may just have made it. */
    if (ckpt_folder_open(&c->folder, true, err, err_cap) != 0 ||
        ckpt_check_foreign(&c->folder, &has_metadata, err, err_cap) != 0 || take_lock(c, err, err_cap) != 0 ||
        ckpt_check_foreign(&c->folder, &has_metadata, err, err_cap) != 0 ||
        open_metadata(c, has_metadata, topic, settings, err, err_cap) != 0 ||
        look_around(c, err, err_cap) != 0 ||
        ckpt_writer_start(&c->writer, &c->folder, &c->meta, keep_batches < 2 ? 2 : keep_batches, err,
                          err_cap) != 0) {
        checkpoint_close(c);
        return NULL;
    }
    return c;
}

struct checkpoint *checkpoint_open(const char *dir, const char *topic, const struct query_settings *settings,
                                   int keep_batches, char *err, size_t err_cap)
{
    return checkpoint_open_hooked(dir, topic, settings, keep_batches, NULL, err, err_cap);
}

void checkpoint_close(struct checkpoint *c)
{
    char ignored[CKPT_ERR_MAX];
    if (!c)
        return;
    (void)ckpt_writer_stop(&c->writer, ignored,
                           sizeof ignored); /* who wants to know has called checkpoint_flush */
    ckpt_listing_clear(&c->found);
    ckpt_offsets_clear(&c->last);
    ckpt_meta_clear(&c->meta);
    ckpt_folder_close(&c->folder);
    if (c->lock_fd >= 0)
        close(c->lock_fd);
    free(c);
}

/* ---- resuming ---- */

static int apply_file(struct checkpoint *c, const struct ckpt_state_file *file, struct query *q, char *err,
                      size_t err_cap)
{
    struct ckpt_state_in in;
    unsigned char *image = NULL;
    size_t len;
    int64_t batch;
    int rc;
    if (ckpt_state_in_open(&c->folder, &c->meta, file, &in, err, err_cap) != 0)
        return -1;
    while ((rc = ckpt_state_in_next(&c->folder, &in, &batch, &image, &len, err, err_cap)) > 0) {
        char why[300] = "";
        int bad = query_state_read(q, image, len, why, sizeof why);
        free(image);
        if (bad != 0) {
            rc = ckpt_damaged(&c->folder, CKPT_STATE, in.name, why, err, err_cap);
            break;
        }
    }
    ckpt_state_in_close(&in);
    return rc;
}

static bool in_chain(const struct ckpt_states *chain, const struct ckpt_state_file *file)
{
    for (size_t i = 0; i < chain->count; i++) {
        const struct ckpt_state_file *s = &chain->v[i];
        if (s->kind == file->kind && s->first == file->first && s->last == file->last)
            return true;
    }
    return false;
}

/* What a merge or a full image has replaced, and the delta of a batch that was not committed. */
static int remove_leftovers(struct checkpoint *c, const struct ckpt_states *chain, char *err, size_t err_cap)
{
    for (size_t i = 0; i < c->found.states.count; i++) {
        char name[CKPT_NAME_MAX];
        if (in_chain(chain, &c->found.states.v[i]))
            continue;
        ckpt_state_name(&c->found.states.v[i], name);
        if (ckpt_remove(&c->folder, CKPT_STATE, name, err, err_cap) != 0)
            return -1;
    }
    return 0;
}

static int64_t *copy_offsets(const int64_t *v, int count)
{
    int64_t *copy = xcalloc((size_t)count, sizeof *copy);
    if (count > 0)
        memcpy(copy, v, (size_t)count * sizeof *copy);
    return copy;
}

static void tell_where(const struct checkpoint *c, struct checkpoint_resume *out)
{
    snprintf(out->id, sizeof out->id, "%s", c->meta.id);
    out->next_batch = c->committed + 1;
    out->pending = c->begun > c->committed;
    if (c->last.partitions == 0)
        return;
    out->partitions = c->last.partitions;
    out->position = copy_offsets(out->pending ? c->last.start : c->last.end, out->partitions);
    if (out->pending)
        out->end = copy_offsets(c->last.end, out->partitions);
}

int checkpoint_resume(struct checkpoint *c, struct query *q, struct checkpoint_resume *out, char *err,
                      size_t err_cap)
{
    struct ckpt_states chain = {0};
    const struct ckpt_listing *l = &c->found;
    int rc = -1;
    *out = (struct checkpoint_resume){0};
    if (ckpt_choose(&c->folder, &l->states, c->begun, c->committed, &chain, err, err_cap) != 0)
        return -1;
    for (size_t i = 0; i < chain.count; i++) {
        if (apply_file(c, &chain.v[i], q, err, err_cap) != 0)
            goto out;
    }
    if (remove_leftovers(c, &chain, err, err_cap) != 0)
        goto out;
    struct query_totals totals;
    query_totals(q, &totals);
    c->watermark_ms = totals.watermark_ms;
    ckpt_writer_adopt(&c->writer, &chain, l->offsets.count ? l->offsets.v[0] : -1,
                      l->commits.count ? l->commits.v[0] : -1, c->committed);
    tell_where(c, out);
    ckpt_listing_clear(&c->found);
    rc = 0;
out:
    free(chain.v);
    return rc;
}

void checkpoint_resume_clear(struct checkpoint_resume *r)
{
    free(r->position);
    free(r->end);
    *r = (struct checkpoint_resume){0};
}

/* ---- a batch ---- */

static int write_offsets(struct checkpoint *c, int64_t batch_id, int partitions, const int64_t *start,
                         const int64_t *end, uint64_t *number, char *err, size_t err_cap)
{
    struct ckpt_offsets o = {.batch = batch_id,
                             .wall_ms = clock_wall_ms(),
                             .watermark_ms = c->watermark_ms,
                             .partitions = partitions,
                             .start = copy_offsets(start, partitions),
                             .end = copy_offsets(end, partitions)};
    struct ckpt_job job = {.kind = CKPT_JOB_TEXT, .dir = CKPT_OFFSETS, .batch = batch_id, .sync = true};
    ckpt_offsets_body(&job.bytes, &c->meta, &o);
    ckpt_offsets_clear(&o);
    return ckpt_writer_add(&c->writer, &job, number, err, err_cap);
}

int checkpoint_began(struct checkpoint *c, int partitions, const int64_t *start, char *err, size_t err_cap)
{
    uint64_t number;
    assert(c->begun == -1);
    if (write_offsets(c, 0, partitions, start, start, &number, err, err_cap) != 0)
        return -1;
    return ckpt_writer_wait(&c->writer, number, err, err_cap);
}

int checkpoint_begin_soon(struct checkpoint *c, int64_t batch_id, int partitions, const int64_t *start,
                          const int64_t *end, char *err, size_t err_cap)
{
    assert(batch_id == c->committed + 1);
    c->begun = batch_id;
    return write_offsets(c, batch_id, partitions, start, end, &c->begin_jobs[batch_id % AHEAD_BATCHES], err,
                         err_cap);
}

int checkpoint_begun(struct checkpoint *c, char *err, size_t err_cap)
{
    return ckpt_writer_wait(&c->writer, c->begin_jobs[c->begun % AHEAD_BATCHES], err, err_cap);
}

int checkpoint_keep_up(struct checkpoint *c, char *err, size_t err_cap)
{
    /* The place of the next batch still has the one that lies furthest back; 0, which no job has, before
     * that. */
    return ckpt_writer_wait(&c->writer, c->begin_jobs[(c->begun + 1) % AHEAD_BATCHES], err, err_cap);
}

int checkpoint_begin(struct checkpoint *c, int64_t batch_id, int partitions, const int64_t *start,
                     const int64_t *end, char *err, size_t err_cap)
{
    if (checkpoint_begin_soon(c, batch_id, partitions, start, end, err, err_cap) != 0)
        return -1;
    return checkpoint_begun(c, err, err_cap);
}

/* The query's state on its way to the writer, in pieces. */
struct state_pipe {
    struct checkpoint *c;
    struct strbuf piece;
    char *err;
    size_t err_cap;
    bool failed;
};

static int send_piece(struct state_pipe *p)
{
    struct ckpt_job job = {.kind = CKPT_JOB_STATE_BYTES, .bytes = p->piece};
    p->piece = ckpt_writer_piece(&p->c->writer);
    if (ckpt_writer_add(&p->c->writer, &job, NULL, p->err, p->err_cap) == 0)
        return 0;
    p->failed = true;
    return -1;
}

static int take_state(void *arg, const void *bytes, size_t len)
{
    struct state_pipe *p = arg;
    strbuf_add(&p->piece, bytes, len);
    return p->piece.len >= CKPT_PIECE_BYTES ? send_piece(p) : 0;
}

static int write_state(struct checkpoint *c, int64_t batch_id, const struct query *q, enum ckpt_kind kind,
                       char *err, size_t err_cap)
{
    struct state_pipe pipe = {.c = c, .err = err, .err_cap = err_cap};
    struct ckpt_job begin = {.kind = CKPT_JOB_STATE_BEGIN, .batch = batch_id, .state_kind = kind};
    struct ckpt_job end = {.kind = CKPT_JOB_STATE_END};
    if (ckpt_writer_add(&c->writer, &begin, NULL, err, err_cap) != 0)
        return -1;
    pipe.piece = ckpt_writer_piece(&c->writer);
    int rc = query_state_write(q, kind == CKPT_FULL, take_state, &pipe);
    if (rc == 0 && pipe.piece.len > 0)
        rc = send_piece(&pipe);
    ckpt_writer_keep_piece(&c->writer, &pipe.piece);
    if (rc != 0) {
        if (!pipe.failed)
            snprintf(err, err_cap, "the query could not hand over its state for the checkpoint");
        return -1;
    }
    return ckpt_writer_add(&c->writer, &end, kind == CKPT_FULL ? &c->full_job : NULL, err, err_cap);
}

int checkpoint_state(struct checkpoint *c, int64_t batch_id, const struct query *q, char *err, size_t err_cap)
{
    struct query_totals totals;
    assert(batch_id == c->begun && batch_id == c->stated + 1);
    if (write_state(c, batch_id, q, CKPT_DELTA, err, err_cap) != 0)
        return -1;
    query_totals(q, &totals);
    c->watermark_ms = totals.watermark_ms;
    c->state_rows = totals.state_rows;
    c->state_bytes = totals.state_bytes;
    c->stated = batch_id;
    return 0;
}

int checkpoint_commit(struct checkpoint *c, int64_t batch_id, char *err, size_t err_cap)
{
    assert(batch_id == c->stated && batch_id == c->committed + 1);
    struct ckpt_commit body = {.batch = batch_id,
                               .next_watermark_ms = c->watermark_ms,
                               .state_rows = c->state_rows,
                               .state_bytes = c->state_bytes};
    struct ckpt_job job = {.kind = CKPT_JOB_TEXT, .dir = CKPT_COMMITS, .batch = batch_id};
    ckpt_commit_body(&job.bytes, &c->meta, &body);
    if (ckpt_writer_add(&c->writer, &job, NULL, err, err_cap) != 0)
        return -1;
    c->committed = batch_id;
    return 0;
}

int checkpoint_maintain(struct checkpoint *c, const struct query *q, char *err, size_t err_cap)
{
    struct ckpt_writer *w = &c->writer;
    struct ckpt_job job = {.kind = CKPT_JOB_MAINTAIN};
    if (c->stated != c->committed)
        return 0;
    pthread_mutex_lock(&w->lock);
    int64_t delta = w->delta_bytes, full = w->full_bytes;
    bool full_done = w->done_number >= c->full_job;
    pthread_mutex_unlock(&w->lock);
    int64_t state = full > c->state_bytes ? full : c->state_bytes;
    /* Deltas that say little new (the same groups again and again) end up far larger than the state. */
    if (full_done && c->committed >= 0 && delta > FULL_FLOOR_BYTES + 2 * state &&
        write_state(c, c->committed, q, CKPT_FULL, err, err_cap) != 0)
        return -1;
    return ckpt_writer_add(w, &job, NULL, err, err_cap);
}

int checkpoint_flush(struct checkpoint *c, char *err, size_t err_cap)
{
    struct ckpt_job job = {.kind = CKPT_JOB_SYNC};
    uint64_t number;
    if (ckpt_writer_add(&c->writer, &job, &number, err, err_cap) != 0)
        return -1;
    return ckpt_writer_wait(&c->writer, number, err, err_cap);
}

int checkpoint_restart(struct checkpoint *c, const struct query_settings *settings, char *err, size_t err_cap)
{
    struct ckpt_job job = {.kind = CKPT_JOB_RESTART};
    struct ckpt_meta fresh;
    uint64_t number;
    /* The writer reads the metadata: it must have nothing to do while they change. */
    if (checkpoint_flush(c, err, err_cap) != 0)
        return -1;
    ckpt_meta_of(&fresh, c->meta.setting[CKPT_SET_TOPIC], settings);
    memcpy(fresh.id, c->meta.id, sizeof fresh.id);
    fresh.generation = c->meta.generation + 1;
    ckpt_meta_clear(&c->meta);
    c->meta = fresh;
    ckpt_listing_clear(&c->found);
    c->begun = c->committed = c->stated = -1;
    c->watermark_ms = UNKNOWN;
    c->state_rows = c->state_bytes = 0;
    if (ckpt_writer_add(&c->writer, &job, &number, err, err_cap) != 0)
        return -1;
    return ckpt_writer_wait(&c->writer, number, err, err_cap);
}
