/* State images: how a query's state is laid out in bytes for the checkpoint. A sequence of sections, each a
 * name and a length, all numbers in this machine's byte order (the header says which). The writer streams;
 * the reader checks every length before it believes it, so a damaged image gives a sentence and never a
 * crash. */
#ifndef QUERY_IMAGE_H
#define QUERY_IMAGE_H

#include "base/text.h"
#include "query/query.h"

#define IMAGE_NAME_MAX 15
/* Times beyond this are damage: no date comes near, and sums of two stay in range. */
#define IMAGE_TIME_MAX (INT64_C(1) << 60)

struct image_out {
    state_write_fn write;
    void *arg;
    int result; /* of write; the first failure stays and nothing more is written */
    size_t used;
    char buffer[32768];
};

void image_put(struct image_out *o, const void *bytes, size_t len);
void image_put_u32(struct image_out *o, uint32_t v);
void image_put_i64(struct image_out *o, int64_t v);
void image_put_text(struct image_out *o, struct text t);
/* Begins a section whose payload will be exactly len bytes. */
void image_section(struct image_out *o, const char *name, uint64_t len);
/* Writes what is buffered; 0 or -1. */
int image_flush(struct image_out *o);

struct image_in {
    const char *at, *end; /* of what is read now: the image or one section */
    const char *image_end;
    char *err;
    size_t err_cap;
};

/* Each returns false, with the error set, when the bytes run out or make no sense. */
bool image_get(struct image_in *in, void *out, size_t len);
bool image_get_u32(struct image_in *in, uint32_t *v);
bool image_get_i64(struct image_in *in, int64_t *v);
bool image_get_time(struct image_in *in, int64_t *ms);    /* within IMAGE_TIME_MAX of the epoch */
bool image_get_count(struct image_in *in, int64_t *n);    /* 0..2^53 */
bool image_get_text(struct image_in *in, struct text *t); /* borrows the image's bytes */
/* Enters the section that must come next; image_leave checks that all of it was read. */
bool image_enter(struct image_in *in, const char *name);
bool image_leave(struct image_in *in, const char *name);
bool image_fail(struct image_in *in, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

#endif
