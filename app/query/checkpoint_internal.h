/* What the files of the checkpoint share and nobody else sees: how a file gets into the folder (file.c), what
 * is written into the small text files (text.c), how state images are kept (state.c), which files a folder
 * holds and which of them bring a query back (scan.c), and the thread that does the writing (writer.c).
 * Sentences for people go into err and name the file by its whole path. */
#ifndef QUERY_CHECKPOINT_INTERNAL_H
#define QUERY_CHECKPOINT_INTERNAL_H

#include "base/text.h"
#include "query/checkpoint.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define CKPT_NAME_MAX 64
#define CKPT_ID_MAX   40
#define CKPT_ERR_MAX  700

/* What every refusal of a folder ends with. */
#define CKPT_WHAT_TO_DO "move the folder away or start with another --checkpoint DIR"

/* ---- file.c: files that appear whole or not at all ---- */

enum ckpt_dir { CKPT_TOP, CKPT_OFFSETS, CKPT_COMMITS, CKPT_STATE, CKPT_DIRS };

/* Called before each step that changes the disk, with the step ("rename"), the folder and the file's name.
 * Tests end the process at the n-th, or keep account of what would outlive a power failure. */
struct ckpt_hook {
    void (*step)(void *arg, const char *what, enum ckpt_dir d, const char *name);
    void *arg;
};

struct ckpt_folder {
    char *path;
    int fd[CKPT_DIRS];     /* -1 = not open */
    bool dirty[CKPT_DIRS]; /* renamed into, and not synced since */
    atomic_bool no_sync;   /* the file system cannot sync: kept going, said by checkpoint_warning */
    struct ckpt_hook hook;
};

/* A file on its way: written under a temporary name until ckpt_file_publish. */
struct ckpt_temp {
    int fd;
    enum ckpt_dir dir;
    char name[CKPT_NAME_MAX];
    int64_t offset; /* next byte to be written */
};

void ckpt_folder_init(struct ckpt_folder *f, const char *path, const struct ckpt_hook *hook);
/* Opens the folder itself (create: makes it and its parents where missing). */
int ckpt_folder_open(struct ckpt_folder *f, bool create, char *err, size_t err_cap);
/* Opens offsets/, commits/ and state/ (create: makes them). A missing one is damage. */
int ckpt_folder_open_parts(struct ckpt_folder *f, bool create, char *err, size_t err_cap);
void ckpt_folder_close(struct ckpt_folder *f);

/* "DIR/offsets/12", cleaned for people; returns out. */
char *ckpt_path(const struct ckpt_folder *f, enum ckpt_dir d, const char *name, char *out, size_t cap);
int ckpt_damaged(const struct ckpt_folder *f, enum ckpt_dir d, const char *name, const char *why, char *err,
                 size_t err_cap);
int ckpt_io_error(const struct ckpt_folder *f, enum ckpt_dir d, const char *name, const char *verb, int error,
                  char *err, size_t err_cap);

int ckpt_temp_open(struct ckpt_folder *f, enum ckpt_dir d, const char *name, struct ckpt_temp *t, char *err,
                   size_t err_cap);
int ckpt_temp_write(struct ckpt_folder *f, struct ckpt_temp *t, const void *bytes, size_t len, char *err,
                    size_t err_cap);
/* Overwrites bytes that are there already; t->offset stays. */
int ckpt_temp_patch(struct ckpt_folder *f, struct ckpt_temp *t, int64_t at, const void *bytes, size_t len,
                    char *err, size_t err_cap);
/* Makes the bytes durable, then every rename before this one, then renames. The rename itself is durable
 * after the next ckpt_sync_dirs: that order keeps a commit from outliving the state it speaks of, at one
 * directory sync for several files. */
int ckpt_temp_publish(struct ckpt_folder *f, struct ckpt_temp *t, char *err, size_t err_cap);
void ckpt_temp_drop(struct ckpt_folder *f, struct ckpt_temp *t);
int ckpt_sync_dirs(struct ckpt_folder *f, char *err, size_t err_cap);
/* Reads the number at *p and moves *p behind it. False where there are no digits, or too many for a batch. */
bool ckpt_number(const char **p, int64_t *v);
/* A file that is gone already is no error. */
int ckpt_remove(struct ckpt_folder *f, enum ckpt_dir d, const char *name, char *err, size_t err_cap);

/* Text files: "v1", the body, and a line with two checksums and the length of all before it. */
int ckpt_text_write(struct ckpt_folder *f, enum ckpt_dir d, const char *name, const struct strbuf *body,
                    char *err, size_t err_cap);
/* 0, 1 when there is no such file (err names it as missing), -1 damaged or unreadable. body is overwritten.
 */
int ckpt_text_read(const struct ckpt_folder *f, enum ckpt_dir d, const char *name, struct strbuf *body,
                   char *err, size_t err_cap);

/* ---- text.c: what the text files say ---- */

/* The settings that state depends on, as the words of config.ini. */
enum ckpt_setting {
    CKPT_SET_TOPIC,
    CKPT_SET_DISTINCT,
    CKPT_SET_WATERMARK,
    CKPT_SET_WINDOW,
    CKPT_SET_SLIDE,
    CKPT_SET_GROUP_BY,
    CKPT_SET_JOIN,
    CKPT_SET_OUTPUT_MODE,
    CKPT_SETTINGS
};
const char *ckpt_setting_name(enum ckpt_setting s);

struct ckpt_meta {
    char id[CKPT_ID_MAX];
    int64_t generation; /* counts restarts: files of an earlier one are leftovers */
    char *setting[CKPT_SETTINGS];
};
void ckpt_meta_of(struct ckpt_meta *m, const char *topic, const struct query_settings *s);
void ckpt_meta_clear(struct ckpt_meta *m);
int ckpt_meta_new_id(struct ckpt_meta *m, char *err, size_t err_cap);
int ckpt_meta_write(struct ckpt_folder *f, const struct ckpt_meta *m, char *err, size_t err_cap);
/* As ckpt_text_read. */
int ckpt_meta_read(const struct ckpt_folder *f, struct ckpt_meta *m, char *err, size_t err_cap);
/* 0, or -1 with the first setting that differs and both values. */
int ckpt_meta_compare(const struct ckpt_folder *f, const struct ckpt_meta *was, const struct ckpt_meta *is,
                      char *err, size_t err_cap);

/* offsets/N */
struct ckpt_offsets {
    int64_t batch, generation, wall_ms, watermark_ms;
    int partitions;
    int64_t *start, *end; /* owned */
};
void ckpt_offsets_clear(struct ckpt_offsets *o);
/* No batch, only where the first one begins. */
bool ckpt_offsets_only_begin(const struct ckpt_offsets *o);
void ckpt_offsets_body(struct strbuf *body, const struct ckpt_meta *m, const struct ckpt_offsets *o);
int ckpt_offsets_read(const struct ckpt_folder *f, const struct ckpt_meta *m, int64_t batch,
                      struct ckpt_offsets *o, char *err, size_t err_cap);

/* commits/N */
struct ckpt_commit {
    int64_t batch, generation, next_watermark_ms, state_rows, state_bytes;
};
void ckpt_commit_body(struct strbuf *body, const struct ckpt_meta *m, const struct ckpt_commit *c);
int ckpt_commit_read(const struct ckpt_folder *f, const struct ckpt_meta *m, int64_t batch,
                     struct ckpt_commit *c, char *err, size_t err_cap);

/* ---- state.c: files of state images ---- */

enum ckpt_kind { CKPT_DELTA = 1, CKPT_FULL = 2 };

/* Deltas of the batches first..last in order, or the full image after batch last (first is then 0). */
struct ckpt_state_file {
    enum ckpt_kind kind;
    int64_t first, last;
    int64_t bytes;      /* of the file */
    int64_t generation; /* -1 = not read yet */
};
void ckpt_state_name(const struct ckpt_state_file *s, char out[CKPT_NAME_MAX]);
bool ckpt_state_parse_name(const char *name, struct ckpt_state_file *s);

struct ckpt_state_out {
    struct ckpt_temp temp;
    struct ckpt_state_file file;
    uint32_t images, chain;
    int64_t image_at, image_batch, image_len;
    unsigned char *block;
    size_t block_used;
    struct strbuf crcs;
};
int ckpt_state_out_open(struct ckpt_folder *f, const struct ckpt_state_file *file, struct ckpt_state_out *o,
                        char *err, size_t err_cap);
int ckpt_state_out_begin(struct ckpt_folder *f, struct ckpt_state_out *o, int64_t batch, char *err,
                         size_t err_cap);
int ckpt_state_out_bytes(struct ckpt_folder *f, struct ckpt_state_out *o, const void *bytes, size_t len,
                         char *err, size_t err_cap);
int ckpt_state_out_end(struct ckpt_folder *f, struct ckpt_state_out *o, char *err, size_t err_cap);
/* Publishes; o->file.bytes is then the file's size. Frees o in every case. */
int ckpt_state_out_close(struct ckpt_folder *f, const struct ckpt_meta *m, struct ckpt_state_out *o,
                         char *err, size_t err_cap);
void ckpt_state_out_drop(struct ckpt_folder *f, struct ckpt_state_out *o);

struct ckpt_state_in {
    int fd;
    char name[CKPT_NAME_MAX];
    struct ckpt_state_file file;
    uint32_t images, done, chain, chain_wanted;
    int64_t at;
};
/* Checks the head; m == NULL: of whatever query. A file of an earlier generation is told by file.generation.
 */
int ckpt_state_in_open(const struct ckpt_folder *f, const struct ckpt_meta *m,
                       const struct ckpt_state_file *file, struct ckpt_state_in *in, char *err,
                       size_t err_cap);
/* 1: the next image is in *image (caller frees), 0: no more and the file is sound, -1: damaged. */
int ckpt_state_in_next(const struct ckpt_folder *f, struct ckpt_state_in *in, int64_t *batch,
                       unsigned char **image, size_t *len, char *err, size_t err_cap);
void ckpt_state_in_close(struct ckpt_state_in *in);

/* ---- scan.c: what a folder holds ---- */

struct ckpt_numbers {
    int64_t *v; /* ascending */
    size_t count;
};
struct ckpt_states {
    struct ckpt_state_file *v; /* by first batch, full images before deltas, long files before short ones */
    size_t count, cap;
};
struct ckpt_listing {
    struct ckpt_numbers offsets, commits;
    struct ckpt_states states;
    int strangers; /* files in our folders whose names are not ours: left alone */
};
/* clean: removes the half-written files that a kill left. */
int ckpt_list(struct ckpt_folder *f, bool clean, struct ckpt_listing *l, char *err, size_t err_cap);
void ckpt_listing_clear(struct ckpt_listing *l);
void ckpt_states_sort(struct ckpt_states *s);
void ckpt_states_add(struct ckpt_states *s, const struct ckpt_state_file *file);

/* 0 where the folder is one of ours or empty, -1 (refused) where it is full of something else. */
int ckpt_check_foreign(const struct ckpt_folder *f, bool *has_metadata, char *err, size_t err_cap);

/* No gap in either, commits not ahead of offsets, at most one batch begun and not committed. */
int ckpt_check_order(const struct ckpt_folder *f, const struct ckpt_listing *l, char *err, size_t err_cap);

/* The files that together are the state after batch committed, in the order to apply them (chain->v is owned
 * by chain). -1 with the name of the missing or impossible file. */
int ckpt_choose(const struct ckpt_folder *f, const struct ckpt_states *all, int64_t begun, int64_t committed,
                struct ckpt_states *chain, char *err, size_t err_cap);

/* ---- writer.c: the thread that writes, so that the engine thread need not wait for the disk ---- */

enum ckpt_job_kind {
    CKPT_JOB_TEXT,        /* replace a text file; sync: durable when the job is done */
    CKPT_JOB_STATE_BEGIN, /* a state file: begin, any number of bytes, end */
    CKPT_JOB_STATE_BYTES,
    CKPT_JOB_STATE_END,
    CKPT_JOB_MAINTAIN, /* one bounded step: remove old files, merge small ones */
    CKPT_JOB_RESTART,  /* new metadata, then everything else goes */
    CKPT_JOB_SYNC
};
struct ckpt_job {
    struct ckpt_job *next;
    uint64_t number;
    enum ckpt_job_kind kind;
    enum ckpt_dir dir;
    int64_t batch;
    enum ckpt_kind state_kind;
    bool sync;
    struct strbuf bytes;
};

/* A merge of small neighbouring delta files into one, done a step at a time. */
struct ckpt_merge {
    bool running;
    struct ckpt_state_out out;
    size_t at, count; /* indices into the writer's files: next to be copied, how many in all from start */
    size_t start;
    bool reading;
    struct ckpt_state_in in;
};

/* Pieces in which state goes to the writer, and how many empty ones are kept for the next batch: fresh memory
 * costs as much as the copying into it. */
#define CKPT_PIECE_BYTES  ((size_t)256 * 1024)
#define CKPT_SPARE_PIECES 32

struct ckpt_writer {
    struct ckpt_folder *folder;
    struct ckpt_meta *meta; /* changes only while the queue is empty */
    int keep_batches;
    pthread_t thread;
    bool started;

    pthread_mutex_t lock; /* guards what follows, up to the blank line */
    pthread_cond_t work, progress;
    struct ckpt_job *head, **tail;
    uint64_t last_number, done_number;
    size_t queued_bytes;
    bool stop, failed;
    char error[CKPT_ERR_MAX];
    int64_t delta_bytes, full_bytes; /* published: what the state files hold */
    size_t state_files;
    struct strbuf spare[CKPT_SPARE_PIECES]; /* empty, with memory that has held a piece of state before */
    size_t spares;

    /* the writer thread's own */
    struct ckpt_states files; /* what the state is made of, oldest first */
    struct ckpt_state_out out;
    bool out_open;
    struct ckpt_merge merge;
    int64_t oldest_offsets, oldest_commits; /* the next to be removed; -1 = none there */
    int64_t newest_commit;
    int64_t last_delta_bytes;
};

int ckpt_writer_start(struct ckpt_writer *w, struct ckpt_folder *f, struct ckpt_meta *m, int keep_batches,
                      char *err, size_t err_cap);
/* Does what is queued, then ends. -1 when something could not be written. */
int ckpt_writer_stop(struct ckpt_writer *w, char *err, size_t err_cap);
/* Takes over the job's bytes. Waits only while 32 MB are queued. 0, or -1 with the writer's error. */
int ckpt_writer_add(struct ckpt_writer *w, struct ckpt_job *job, uint64_t *number, char *err, size_t err_cap);
int ckpt_writer_wait(struct ckpt_writer *w, uint64_t number, char *err, size_t err_cap);
/* An empty buffer for a piece of state, with memory where there is some to spare. */
struct strbuf ckpt_writer_piece(struct ckpt_writer *w);
/* Takes back what was not needed. */
void ckpt_writer_keep_piece(struct ckpt_writer *w, struct strbuf *piece);
bool ckpt_writer_idle(struct ckpt_writer *w);
/* Between the threads' turns (queue empty): tells the writer what the folder holds. */
void ckpt_writer_adopt(struct ckpt_writer *w, const struct ckpt_states *chain, int64_t oldest_offsets,
                       int64_t oldest_commits, int64_t newest_commit);

/* merge.c: one bounded step on the writer's thread. */
int ckpt_merge_step(struct ckpt_writer *w, char *err, size_t err_cap);
void ckpt_merge_abort(struct ckpt_writer *w);
void ckpt_writer_publish_sizes(struct ckpt_writer *w);

/* checkpoint_open with a hook for tests. */
struct checkpoint *checkpoint_open_hooked(const char *dir, const char *topic,
                                          const struct query_settings *settings, int keep_batches,
                                          const struct ckpt_hook *hook, char *err, size_t err_cap);

#endif
