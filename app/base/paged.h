/* A growing array of rows of one size that can be kept as it is at a moment for next to nothing: versions
 * share the pages in which they do not differ. One thread owns the newest version and changes it; a row that
 * an older version shows is copied, with its page, before it is changed, and written in place otherwise. So
 * keeping a version costs by the thousand rows, and changing some rows after it costs by those rows. A
 * version may be handed to another thread, which reads and clears it without a lock. */
#ifndef BASE_PAGED_H
#define BASE_PAGED_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>

#define PAGED_PAGE_ROWS   128
#define PAGED_CHUNK_PAGES 64
#define PAGED_CHUNK_ROWS  ((size_t)PAGED_PAGE_ROWS * PAGED_CHUNK_PAGES)

struct paged_page {
    _Atomic unsigned users; /* chunks that have it */
    max_align_t rows[];
};
struct paged_chunk {
    _Atomic unsigned users; /* versions that have it */
    struct paged_page *page[PAGED_CHUNK_PAGES];
};

/* A version. Start the first one with paged_open. */
struct paged {
    struct paged_chunk **chunk;
    size_t count; /* rows */
    size_t row_bytes;
    size_t chunks_cap;
};

void paged_open(struct paged *t, size_t row_bytes);
/* Gives up this version, whatever others share with it; it is empty then and may be used again. */
void paged_clear(struct paged *t);
/* Makes *to, which holds nothing yet, the version that *t is now. The owner of *t calls it. */
void paged_keep(struct paged *to, const struct paged *t);

/* For the owner: a row to be written, and a new one at the end, all zero. Valid until the next call. */
void *paged_edit(struct paged *t, size_t row);
void *paged_add(struct paged *t);

static inline const void *paged_row(const struct paged *t, size_t row)
{
    const struct paged_chunk *c = t->chunk[row / PAGED_CHUNK_ROWS];
    const struct paged_page *p = c->page[row / PAGED_PAGE_ROWS % PAGED_CHUNK_PAGES];

    return (const char *)p->rows + row % PAGED_PAGE_ROWS * t->row_bytes;
}

/* ---- texts that versions refer to ---- */

/* Memory that is only added to, and freed when the last of its users has released it. The thread that made
 * it adds; others may read what it had been given when they got it. */
struct texts;

struct texts *texts_new(void);
/* One more user. Returns t. */
struct texts *texts_share(struct texts *t);
void texts_release(struct texts *t); /* NULL is allowed */
/* Bytes, not zeroed; aligned for pointers when `aligned`. */
void *texts_take(struct texts *t, size_t bytes, bool aligned);

#endif
