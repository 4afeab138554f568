/* The thread that writes. The engine thread queues small jobs and goes on with the next batch while the disk
 * works; jobs are done strictly in their order, which is what a restart relies on. The first failure ends all
 * writing: every later call of the engine gets its sentence. */
#include "query/checkpoint_internal.h"

#include "base/xalloc.h"

#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

/* More than this on the way, and the engine waits for the disk rather than filling the memory. */
#define QUEUED_BYTES_MAX ((size_t)32 * 1024 * 1024)
/* Old files removed in one step. */
#define REMOVE_MAX 64

void ckpt_writer_publish_sizes(struct ckpt_writer *w)
{
    int64_t delta = 0, full = 0;
    for (size_t i = 0; i < w->files.count; i++)
        *(w->files.v[i].kind == CKPT_FULL ? &full : &delta) += w->files.v[i].bytes;
    pthread_mutex_lock(&w->lock);
    w->delta_bytes = delta;
    w->full_bytes = full;
    w->state_files = w->files.count;
    pthread_mutex_unlock(&w->lock);
}

static int do_text(struct ckpt_writer *w, struct ckpt_job *job, char *err, size_t err_cap)
{
    char name[CKPT_NAME_MAX];
    snprintf(name, sizeof name, "%" PRId64, job->batch);
    if (ckpt_text_write(w->folder, job->dir, name, &job->bytes, err, err_cap) != 0)
        return -1;
    int64_t *oldest = job->dir == CKPT_OFFSETS ? &w->oldest_offsets : &w->oldest_commits;
    if (*oldest < 0)
        *oldest = job->batch;
    if (job->dir == CKPT_COMMITS)
        w->newest_commit = job->batch;
    return job->sync ? ckpt_sync_dirs(w->folder, err, err_cap) : 0;
}

/* A full image makes all that is older superfluous. */
static int replace_by_full(struct ckpt_writer *w, const struct ckpt_state_file *full, char *err,
                           size_t err_cap)
{
    if (ckpt_sync_dirs(w->folder, err, err_cap) != 0)
        return -1;
    for (size_t i = 0; i < w->files.count; i++) {
        char name[CKPT_NAME_MAX];
        ckpt_state_name(&w->files.v[i], name);
        if (ckpt_remove(w->folder, CKPT_STATE, name, err, err_cap) != 0)
            return -1;
    }
    w->files.count = 0;
    ckpt_states_add(&w->files, full);
    return 0;
}

static int do_state(struct ckpt_writer *w, struct ckpt_job *job, char *err, size_t err_cap)
{
    if (job->kind == CKPT_JOB_STATE_BYTES)
        return ckpt_state_out_bytes(w->folder, &w->out, job->bytes.data, job->bytes.len, err, err_cap);
    if (job->kind == CKPT_JOB_STATE_BEGIN) {
        struct ckpt_state_file file = {.kind = job->state_kind,
                                       .first = job->state_kind == CKPT_FULL ? 0 : job->batch,
                                       .last = job->batch};
        if (job->state_kind == CKPT_FULL)
            ckpt_merge_abort(w);
        if (ckpt_state_out_open(w->folder, &file, &w->out, err, err_cap) != 0)
            return -1;
        w->out_open = true;
        return ckpt_state_out_begin(w->folder, &w->out, job->batch, err, err_cap);
    }
    if (ckpt_state_out_end(w->folder, &w->out, err, err_cap) != 0)
        return -1;
    w->out_open = false;
    if (ckpt_state_out_close(w->folder, w->meta, &w->out, err, err_cap) != 0)
        return -1;
    if (w->out.file.kind == CKPT_FULL) {
        if (replace_by_full(w, &w->out.file, err, err_cap) != 0)
            return -1;
    } else {
        ckpt_states_add(&w->files, &w->out.file);
        w->last_delta_bytes = w->out.file.bytes;
    }
    ckpt_writer_publish_sizes(w);
    return 0;
}

static int remove_old(struct ckpt_writer *w, enum ckpt_dir d, int64_t *oldest, char *err, size_t err_cap)
{
    for (int i = 0; i < REMOVE_MAX && *oldest >= 0 && *oldest <= w->newest_commit - w->keep_batches; i++) {
        char name[CKPT_NAME_MAX];
        snprintf(name, sizeof name, "%" PRId64, *oldest);
        if (ckpt_remove(w->folder, d, name, err, err_cap) != 0)
            return -1;
        ++*oldest;
    }
    return 0;
}

static int do_maintain(struct ckpt_writer *w, char *err, size_t err_cap)
{
    if (remove_old(w, CKPT_OFFSETS, &w->oldest_offsets, err, err_cap) != 0 ||
        remove_old(w, CKPT_COMMITS, &w->oldest_commits, err, err_cap) != 0)
        return -1;
    return ckpt_merge_step(w, err, err_cap);
}

/* From the moment that the new metadata is there, its higher generation makes all other files leftovers, so a
 * kill between here and the last removal does no harm. */
static int do_restart(struct ckpt_writer *w, char *err, size_t err_cap)
{
    struct ckpt_listing l;
    char name[CKPT_NAME_MAX];
    int rc = 0;
    ckpt_merge_abort(w);
    if (ckpt_meta_write(w->folder, w->meta, err, err_cap) != 0 ||
        ckpt_list(w->folder, true, &l, err, err_cap) != 0)
        return -1;
    for (size_t i = 0; rc == 0 && i < l.offsets.count; i++) {
        snprintf(name, sizeof name, "%" PRId64, l.offsets.v[i]);
        rc = ckpt_remove(w->folder, CKPT_OFFSETS, name, err, err_cap);
    }
    for (size_t i = 0; rc == 0 && i < l.commits.count; i++) {
        snprintf(name, sizeof name, "%" PRId64, l.commits.v[i]);
        rc = ckpt_remove(w->folder, CKPT_COMMITS, name, err, err_cap);
    }
    for (size_t i = 0; rc == 0 && i < l.states.count; i++) {
        ckpt_state_name(&l.states.v[i], name);
        rc = ckpt_remove(w->folder, CKPT_STATE, name, err, err_cap);
    }
    ckpt_listing_clear(&l);
    w->files.count = 0;
    w->last_delta_bytes = 0;
    w->oldest_offsets = w->oldest_commits = w->newest_commit = -1;
    ckpt_writer_publish_sizes(w);
    return rc;
}

static int do_job(struct ckpt_writer *w, struct ckpt_job *job, char *err, size_t err_cap)
{
    switch (job->kind) {
    case CKPT_JOB_TEXT: return do_text(w, job, err, err_cap);
    case CKPT_JOB_STATE_BEGIN:
    case CKPT_JOB_STATE_BYTES:
    case CKPT_JOB_STATE_END: return do_state(w, job, err, err_cap);
    case CKPT_JOB_MAINTAIN: return do_maintain(w, err, err_cap);
    case CKPT_JOB_RESTART: return do_restart(w, err, err_cap);
    case CKPT_JOB_SYNC: return ckpt_sync_dirs(w->folder, err, err_cap);
    }
    return 0;
}

static void fail(struct ckpt_writer *w, const char *sentence)
{
    pthread_mutex_lock(&w->lock);
    w->failed = true;
    snprintf(w->error, sizeof w->error, "%s", sentence);
    pthread_mutex_unlock(&w->lock);
}

/* Under the lock. */
static void keep_spare(struct ckpt_writer *w, struct strbuf *piece)
{
    piece->len = 0;
    if (piece->data && w->spares < CKPT_SPARE_PIECES)
        w->spare[w->spares++] = *piece;
    else
        strbuf_free(piece);
    *piece = (struct strbuf){0};
}

struct strbuf ckpt_writer_piece(struct ckpt_writer *w)
{
    struct strbuf piece = {0};
    pthread_mutex_lock(&w->lock);
    if (w->spares > 0)
        piece = w->spare[--w->spares];
    pthread_mutex_unlock(&w->lock);
    return piece;
}

void ckpt_writer_keep_piece(struct ckpt_writer *w, struct strbuf *piece)
{
    pthread_mutex_lock(&w->lock);
    keep_spare(w, piece);
    pthread_mutex_unlock(&w->lock);
}

static void *writer_main(void *arg)
{
    struct ckpt_writer *w = arg;
    char err[CKPT_ERR_MAX];
    bool synced = true;
    pthread_setname_np(pthread_self(), "checkpoint");
    pthread_mutex_lock(&w->lock);
    for (;;) {
        if (!w->head && !synced && !w->failed) {
            /* Nothing to do: the renames that nobody waits for become durable now. */
            pthread_mutex_unlock(&w->lock);
            if (ckpt_sync_dirs(w->folder, err, sizeof err) != 0)
                fail(w, err);
            synced = true;
            pthread_mutex_lock(&w->lock);
            continue;
        }
        if (!w->head && w->stop)
            break;
        if (!w->head) {
            pthread_cond_wait(&w->work, &w->lock);
            continue;
        }
        struct ckpt_job *job = w->head;
        bool skip = w->failed;
        pthread_mutex_unlock(&w->lock);
        if (!skip && do_job(w, job, err, sizeof err) != 0)
            fail(w, err);
        synced = false;
        pthread_mutex_lock(&w->lock);
        w->head = job->next;
        if (!w->head)
            w->tail = &w->head;
        w->queued_bytes -= job->bytes.len;
        w->done_number = job->number;
        pthread_cond_broadcast(&w->progress);
        if (job->kind == CKPT_JOB_STATE_BYTES)
            keep_spare(w, &job->bytes);
        strbuf_free(&job->bytes);
        free(job);
    }
    pthread_mutex_unlock(&w->lock);
    return NULL;
}

int ckpt_writer_start(struct ckpt_writer *w, struct ckpt_folder *f, struct ckpt_meta *m, int keep_batches,
                      char *err, size_t err_cap)
{
    *w = (struct ckpt_writer){.folder = f, .meta = m, .keep_batches = keep_batches};
    w->tail = &w->head;
    w->oldest_offsets = w->oldest_commits = w->newest_commit = -1;
    w->merge.in.fd = -1;
    pthread_mutex_init(&w->lock, NULL);
    pthread_cond_init(&w->work, NULL);
    pthread_cond_init(&w->progress, NULL);
    /* Signals are the main thread's business. With SIGXFSZ blocked, a file size limit is a plain write error.
     */
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    int rc = pthread_create(&w->thread, NULL, writer_main, w);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    w->started = rc == 0;
    if (rc == 0)
        return 0;
    snprintf(err, err_cap, "cannot start the thread that writes the checkpoint: %s", strerror(rc));
    return -1;
}

int ckpt_writer_stop(struct ckpt_writer *w, char *err, size_t err_cap)
{
    if (!w->started)
        return 0;
    pthread_mutex_lock(&w->lock);
    w->stop = true;
    pthread_cond_signal(&w->work);
    pthread_mutex_unlock(&w->lock);
    pthread_join(w->thread, NULL);
    w->started = false;
    if (w->failed)
        snprintf(err, err_cap, "%s", w->error);
    ckpt_merge_abort(w);
    if (w->out_open)
        ckpt_state_out_drop(w->folder, &w->out);
    free(w->files.v);
    while (w->spares > 0)
        strbuf_free(&w->spare[--w->spares]);
    pthread_mutex_destroy(&w->lock);
    pthread_cond_destroy(&w->work);
    pthread_cond_destroy(&w->progress);
    return w->failed ? -1 : 0;
}

int ckpt_writer_add(struct ckpt_writer *w, struct ckpt_job *job, uint64_t *number, char *err, size_t err_cap)
{
    struct ckpt_job *own = xmalloc(sizeof *own);
    *own = *job;
    own->next = NULL;
    job->bytes = (struct strbuf){0};
    pthread_mutex_lock(&w->lock);
    while (!w->failed && w->head && w->queued_bytes + own->bytes.len > QUEUED_BYTES_MAX)
        pthread_cond_wait(&w->progress, &w->lock);
    if (w->failed) {
        snprintf(err, err_cap, "%s", w->error);
        pthread_mutex_unlock(&w->lock);
        strbuf_free(&own->bytes);
        free(own);
        return -1;
    }
    own->number = ++w->last_number;
    if (number)
        *number = own->number;
    w->queued_bytes += own->bytes.len;
    *w->tail = own;
    w->tail = &own->next;
    pthread_cond_signal(&w->work);
    pthread_mutex_unlock(&w->lock);
    return 0;
}

int ckpt_writer_wait(struct ckpt_writer *w, uint64_t number, char *err, size_t err_cap)
{
    pthread_mutex_lock(&w->lock);
    while (!w->failed && w->done_number < number)
        pthread_cond_wait(&w->progress, &w->lock);
    bool failed = w->failed;
    if (failed)
        snprintf(err, err_cap, "%s", w->error);
    pthread_mutex_unlock(&w->lock);
    return failed ? -1 : 0;
}

bool ckpt_writer_idle(struct ckpt_writer *w)
{
    pthread_mutex_lock(&w->lock);
    bool idle = !w->head;
    pthread_mutex_unlock(&w->lock);
    return idle;
}

void ckpt_writer_adopt(struct ckpt_writer *w, const struct ckpt_states *chain, int64_t oldest_offsets,
                       int64_t oldest_commits, int64_t newest_commit)
{
    w->files.count = 0;
    for (size_t i = 0; i < chain->count; i++)
        ckpt_states_add(&w->files, &chain->v[i]);
    w->oldest_offsets = oldest_offsets;
    w->oldest_commits = oldest_commits;
    w->newest_commit = newest_commit;
    ckpt_writer_publish_sizes(w);
}
