/* Files of state images. Layout, little-endian:
 *     head    64 bytes: magic, kind, number of images, first and last batch, generation, bytes that follow,
 * checksum of the query's id, checksum over all image heads and tables, checksum of the head itself image
 * head of 24 bytes (batch, length, number of blocks, checksum), the image's bytes, a table with the crc32 of
 * each 64 KB block, the checksum of the table The bytes of an image lie together, so that images can be
 * copied into a merged file as they are, and an image of hundreds of megabytes is written with one block of
 * memory. Every byte of the file is under a checksum, and the blocks' checksums are under a second one. */
#include "query/checkpoint_internal.h"

#include "base/xalloc.h"

#include <endian.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#define HEAD_BYTES       64
#define IMAGE_HEAD_BYTES 24
#define BLOCK_BYTES      ((size_t)64 * 1024)
static const char magic[8] = {'S', 'F', 'C', 'S', 'T', 'A', 'T', '1'};

static void put32(unsigned char *p, uint32_t v)
{
    v = htole32(v);
    memcpy(p, &v, sizeof v);
}

static void put64(unsigned char *p, int64_t v)
{
    uint64_t u = htole64((uint64_t)v);
    memcpy(p, &u, sizeof u);
}

static uint32_t get32(const unsigned char *p)
{
    uint32_t v;
    memcpy(&v, p, sizeof v);
    return le32toh(v);
}

static int64_t get64(const unsigned char *p)
{
    uint64_t v;
    memcpy(&v, p, sizeof v);
    return (int64_t)le64toh(v);
}

static uint32_t crc_of(uint32_t crc, const void *p, size_t len)
{
    return (uint32_t)crc32_z(crc, p, len);
}

void ckpt_state_name(const struct ckpt_state_file *s, char out[CKPT_NAME_MAX])
{
    if (s->kind == CKPT_FULL)
        snprintf(out, CKPT_NAME_MAX, "%" PRId64 ".full", s->last);
    else if (s->first == s->last)
        snprintf(out, CKPT_NAME_MAX, "%" PRId64 ".delta", s->last);
    else
        snprintf(out, CKPT_NAME_MAX, "%" PRId64 "-%" PRId64 ".delta", s->first, s->last);
}

bool ckpt_state_parse_name(const char *name, struct ckpt_state_file *s)
{
    char again[CKPT_NAME_MAX];
    const char *p = name;
    *s = (struct ckpt_state_file){.kind = CKPT_DELTA, .generation = -1};
    if (!ckpt_number(&p, &s->first))
        return false;
    s->last = s->first;
    if (*p == '-') {
        p++;
        if (!ckpt_number(&p, &s->last))
            return false;
    }
    if (strcmp(p, ".full") == 0) {
        s->kind = CKPT_FULL;
        s->first = 0;
    }
    /* One spelling only: 07.delta or +7.delta is none of ours. */
    ckpt_state_name(s, again);
    return s->last >= s->first && strcmp(again, name) == 0;
}

int ckpt_state_out_open(struct ckpt_folder *f, const struct ckpt_state_file *file, struct ckpt_state_out *o,
                        char *err, size_t err_cap)
{
    char name[CKPT_NAME_MAX];
    unsigned char head[HEAD_BYTES] = {0};
    *o = (struct ckpt_state_out){.file = *file};
    ckpt_state_name(file, name);
    if (ckpt_temp_open(f, CKPT_STATE, name, &o->temp, err, err_cap) != 0)
        return -1;
    o->block = xmalloc(BLOCK_BYTES);
    /* The head's place; it is filled in at the end, when all is known. */
    if (ckpt_temp_write(f, &o->temp, head, sizeof head, err, err_cap) == 0)
        return 0;
    ckpt_state_out_drop(f, o);
    return -1;
}

int ckpt_state_out_begin(struct ckpt_folder *f, struct ckpt_state_out *o, int64_t batch, char *err,
                         size_t err_cap)
{
    unsigned char head[IMAGE_HEAD_BYTES] = {0};
    o->image_at = o->temp.offset;
    o->image_batch = batch;
    o->image_len = 0;
    o->block_used = 0;
    o->crcs.len = 0;
    return ckpt_temp_write(f, &o->temp, head, sizeof head, err, err_cap);
}

static int write_block(struct ckpt_folder *f, struct ckpt_state_out *o, const void *bytes, size_t len,
                       char *err, size_t err_cap)
{
    unsigned char crc[4];
    put32(crc, crc_of(0, bytes, len));
    strbuf_add(&o->crcs, crc, sizeof crc);
    return ckpt_temp_write(f, &o->temp, bytes, len, err, err_cap);
}

static int flush_block(struct ckpt_folder *f, struct ckpt_state_out *o, char *err, size_t err_cap)
{
    size_t len = o->block_used;
    o->block_used = 0;
    return write_block(f, o, o->block, len, err, err_cap);
}

int ckpt_state_out_bytes(struct ckpt_folder *f, struct ckpt_state_out *o, const void *bytes, size_t len,
                         char *err, size_t err_cap)
{
    const unsigned char *p = bytes;
    o->image_len += (int64_t)len;
    while (len > 0) {
        size_t n = BLOCK_BYTES - o->block_used;
        int rc = 0;
        if (n > len)
            n = len;
        if (n == BLOCK_BYTES) {
            rc = write_block(f, o, p, n, err, err_cap); /* whole as it is: no need to copy it */
        } else {
            memcpy(o->block + o->block_used, p, n);
            o->block_used += n;
            if (o->block_used == BLOCK_BYTES)
                rc = flush_block(f, o, err, err_cap);
        }
        if (rc != 0)
            return -1;
        p += n;
        len -= n;
    }
    return 0;
}

int ckpt_state_out_end(struct ckpt_folder *f, struct ckpt_state_out *o, char *err, size_t err_cap)
{
    unsigned char head[IMAGE_HEAD_BYTES], crc[4];
    if (o->block_used > 0 && flush_block(f, o, err, err_cap) != 0)
        return -1;
    put64(head, o->image_batch);
    put64(head + 8, o->image_len);
    put32(head + 16, (uint32_t)(o->crcs.len / 4));
    put32(head + 20, crc_of(0, head, 20));
    put32(crc, crc_of(0, o->crcs.data, o->crcs.len));
    strbuf_add(&o->crcs, crc, sizeof crc);
    o->chain = crc_of(o->chain, head, sizeof head);
    o->chain = crc_of(o->chain, o->crcs.data, o->crcs.len);
    o->images++;
    if (ckpt_temp_patch(f, &o->temp, o->image_at, head, sizeof head, err, err_cap) != 0)
        return -1;
    return ckpt_temp_write(f, &o->temp, o->crcs.data, o->crcs.len, err, err_cap);
}

static uint32_t id_crc(const struct ckpt_meta *m)
{
    return crc_of(0, m->id, strlen(m->id));
}

int ckpt_state_out_close(struct ckpt_folder *f, const struct ckpt_meta *m, struct ckpt_state_out *o,
                         char *err, size_t err_cap)
{
    unsigned char head[HEAD_BYTES] = {0};
    memcpy(head, magic, sizeof magic);
    put32(head + 8, (uint32_t)o->file.kind);
    put32(head + 12, o->images);
    put64(head + 16, o->file.first);
    put64(head + 24, o->file.last);
    put64(head + 32, m->generation);
    put64(head + 40, o->temp.offset - HEAD_BYTES);
    put32(head + 48, id_crc(m));
    put32(head + 56, o->chain);
    put32(head + 60, crc_of(0, head, 60));
    o->file.bytes = o->temp.offset;
    o->file.generation = m->generation;
    int rc = ckpt_temp_patch(f, &o->temp, 0, head, sizeof head, err, err_cap);
    if (rc == 0)
        rc = ckpt_temp_publish(f, &o->temp, err, err_cap);
    ckpt_state_out_drop(f, o);
    return rc;
}

void ckpt_state_out_drop(struct ckpt_folder *f, struct ckpt_state_out *o)
{
    ckpt_temp_drop(f, &o->temp);
    free(o->block);
    o->block = NULL;
    strbuf_free(&o->crcs);
}

/* 0; 1 where the file ends too early; -1 with errno. */
static int read_at(int fd, void *to, size_t len, int64_t at)
{
    unsigned char *p = to;
    while (len > 0) {
        ssize_t n = pread(fd, p, len, at);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return n < 0 ? -1 : 1;
        p += n;
        at += n;
        len -= (size_t)n;
    }
    return 0;
}

static int read_part(const struct ckpt_folder *f, struct ckpt_state_in *in, void *to, size_t len, char *err,
                     size_t err_cap)
{
    int rc = read_at(in->fd, to, len, in->at);
    in->at += (int64_t)len;
    if (rc == 0)
        return 0;
    return rc > 0 ? ckpt_damaged(f, CKPT_STATE, in->name, "it is cut short", err, err_cap)
                  : ckpt_io_error(f, CKPT_STATE, in->name, "read", errno, err, err_cap);
}

/* Why a head cannot be the one of this file; NULL when it can. */
static const char *head_fault(const unsigned char *head, int64_t file_bytes, const struct ckpt_meta *m,
                              const struct ckpt_state_file *file)
{
    if (memcmp(head, magic, sizeof magic) != 0)
        return "it does not begin as a state file";
    if (get32(head + 60) != crc_of(0, head, 60))
        return "the checksum of its head does not match";
    if (get64(head + 40) != file_bytes - HEAD_BYTES)
        return "its length is not what its head says";
    if (get32(head + 8) != (uint32_t)file->kind || get64(head + 16) != file->first ||
        get64(head + 24) != file->last)
        return "it holds other batches than its name says";
    if (m && get32(head + 48) != id_crc(m))
        return "it belongs to another query";
    if (m && get64(head + 32) > m->generation)
        return "it is newer than the file metadata";
    int64_t images = file->kind == CKPT_FULL ? 1 : file->last - file->first + 1;
    if (get32(head + 12) != images)
        return "it has a wrong number of images";
    return NULL;
}

int ckpt_state_in_open(const struct ckpt_folder *f, const struct ckpt_meta *m,
                       const struct ckpt_state_file *file, struct ckpt_state_in *in, char *err,
                       size_t err_cap)
{
    unsigned char head[HEAD_BYTES];
    struct stat st;
    *in = (struct ckpt_state_in){.file = *file, .at = 0};
    ckpt_state_name(file, in->name);
    in->fd = openat(f->fd[CKPT_STATE], in->name, O_RDONLY | O_CLOEXEC);
    if (in->fd < 0)
        return errno == ENOENT ? ckpt_damaged(f, CKPT_STATE, in->name, "it is missing", err, err_cap)
                               : ckpt_io_error(f, CKPT_STATE, in->name, "open", errno, err, err_cap);
    if (fstat(in->fd, &st) != 0) {
        ckpt_io_error(f, CKPT_STATE, in->name, "read", errno, err, err_cap);
        goto fail;
    }
    if (read_part(f, in, head, sizeof head, err, err_cap) != 0)
        goto fail;
    const char *fault = head_fault(head, st.st_size, m, file);
    if (fault) {
        ckpt_damaged(f, CKPT_STATE, in->name, fault, err, err_cap);
        goto fail;
    }
    in->images = get32(head + 12);
    in->chain_wanted = get32(head + 56);
    in->file.bytes = st.st_size;
    in->file.generation = get64(head + 32);
    return 0;
fail:
    ckpt_state_in_close(in);
    return -1;
}

/* Reads the table behind an image and holds the image's blocks against it. */
static int check_blocks(const struct ckpt_folder *f, struct ckpt_state_in *in, const unsigned char *image,
                        size_t len, size_t blocks, char *err, size_t err_cap)
{
    size_t table_len = (blocks + 1) * 4;
    unsigned char *table = xmalloc(table_len);
    int rc = read_part(f, in, table, table_len, err, err_cap);
    if (rc == 0 && get32(table + blocks * 4) != crc_of(0, table, blocks * 4))
        rc = ckpt_damaged(f, CKPT_STATE, in->name, "the checksum of a table does not match", err, err_cap);
    for (size_t i = 0; rc == 0 && i < blocks; i++) {
        size_t from = i * BLOCK_BYTES, n = len - from < BLOCK_BYTES ? len - from : BLOCK_BYTES;
        if (get32(table + i * 4) != crc_of(0, image + from, n))
            rc =
                ckpt_damaged(f, CKPT_STATE, in->name, "the checksum of a block does not match", err, err_cap);
    }
    if (rc == 0)
        in->chain = crc_of(in->chain, table, table_len);
    free(table);
    return rc;
}

int ckpt_state_in_next(const struct ckpt_folder *f, struct ckpt_state_in *in, int64_t *batch,
                       unsigned char **image, size_t *len, char *err, size_t err_cap)
{
    unsigned char head[IMAGE_HEAD_BYTES];
    *image = NULL;
    if (in->done == in->images) {
        if (in->at == in->file.bytes && in->chain == in->chain_wanted)
            return 0;
        return ckpt_damaged(f, CKPT_STATE, in->name, "its parts do not fit together", err, err_cap);
    }
    if (read_part(f, in, head, sizeof head, err, err_cap) != 0)
        return -1;
    int64_t bytes = get64(head + 8),
            wanted = in->file.kind == CKPT_FULL ? in->file.last : in->file.first + in->done;
    size_t blocks = get32(head + 16);
    if (get32(head + 20) != crc_of(0, head, 20) || bytes < 0 || bytes > in->file.bytes - in->at ||
        blocks != ((size_t)bytes + BLOCK_BYTES - 1) / BLOCK_BYTES || get64(head) != wanted)
        return ckpt_damaged(f, CKPT_STATE, in->name, "the head of an image does not fit", err, err_cap);
    in->chain = crc_of(in->chain, head, sizeof head);
    unsigned char *p = xmalloc((size_t)bytes);
    if (read_part(f, in, p, (size_t)bytes, err, err_cap) != 0 ||
        check_blocks(f, in, p, (size_t)bytes, blocks, err, err_cap) != 0) {
        free(p);
        return -1;
    }
    in->done++;
    *batch = get64(head);
    *image = p;
    *len = (size_t)bytes;
    return 1;
}

void ckpt_state_in_close(struct ckpt_state_in *in)
{
    if (in->fd >= 0)
        close(in->fd);
    in->fd = -1;
}
