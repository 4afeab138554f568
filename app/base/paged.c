#include "base/paged.h"

#include "base/xalloc.h"

#include <stdalign.h>
#include <stdlib.h>
#include <string.h>

enum { TEXTS_BLOCK_BYTES = 64 * 1024, CHUNKS_FIRST = 4 };

void paged_open(struct paged *t, size_t row_bytes)
{
    *t = (struct paged){.row_bytes = row_bytes};
}

static size_t chunks_of(const struct paged *t)
{
    return (t->count + PAGED_CHUNK_ROWS - 1) / PAGED_CHUNK_ROWS;
}

/* True when that was the last user. Whoever is the last sees what all the others have done before. */
static bool release(_Atomic unsigned *users)
{
    return atomic_fetch_sub_explicit(users, 1, memory_order_acq_rel) == 1;
}

/* Only the owner of the newest version makes users more, so what is its alone stays so. */
static bool is_shared(const _Atomic unsigned *users)
{
    return atomic_load_explicit(users, memory_order_acquire) > 1;
}

static void use(_Atomic unsigned *users)
{
    atomic_fetch_add_explicit(users, 1, memory_order_relaxed);
}

static void release_page(struct paged_page *p)
{
    if (p && release(&p->users))
        free(p);
}

static void release_chunk(struct paged_chunk *c)
{
    if (!release(&c->users))
        return;
    for (size_t i = 0; i < PAGED_CHUNK_PAGES; i++)
        release_page(c->page[i]);
    free(c);
}

void paged_clear(struct paged *t)
{
    for (size_t i = 0, n = chunks_of(t); i < n; i++)
        release_chunk(t->chunk[i]);
    free(t->chunk);
    paged_open(t, t->row_bytes);
}

void paged_keep(struct paged *to, const struct paged *t)
{
    size_t n = chunks_of(t);

    *to = (struct paged){.count = t->count, .row_bytes = t->row_bytes, .chunks_cap = n};
    if (n == 0)
        return;
    to->chunk = xreallocarray(NULL, n, sizeof(struct paged_chunk *));
    for (size_t i = 0; i < n; i++) {
        to->chunk[i] = t->chunk[i];
        use(&to->chunk[i]->users);
    }
}

static struct paged_chunk *own_chunk(struct paged *t, size_t row)
{
    struct paged_chunk **at = &t->chunk[row / PAGED_CHUNK_ROWS], *old = *at;

    if (!is_shared(&old->users))
        return old;
    struct paged_chunk *c = xmalloc(sizeof *c);
    atomic_init(&c->users, 1);
    memcpy(c->page, old->page, sizeof c->page);
    for (size_t i = 0; i < PAGED_CHUNK_PAGES; i++)
        if (c->page[i])
            use(&c->page[i]->users);
    release_chunk(old);
    return *at = c;
}

static struct paged_page *new_page(const struct paged *t)
{
    struct paged_page *p = xmalloc(sizeof *p + PAGED_PAGE_ROWS * t->row_bytes);

    atomic_init(&p->users, 1);
    return p;
}

void *paged_edit(struct paged *t, size_t row)
{
    struct paged_chunk *c = own_chunk(t, row);
    struct paged_page **at = &c->page[row / PAGED_PAGE_ROWS % PAGED_CHUNK_PAGES], *old = *at;

    if (is_shared(&old->users)) {
        *at = new_page(t);
        memcpy((*at)->rows, old->rows, PAGED_PAGE_ROWS * t->row_bytes);
        release_page(old);
    }
    return (char *)(*at)->rows + row % PAGED_PAGE_ROWS * t->row_bytes;
}

void *paged_add(struct paged *t)
{
    size_t row = t->count, chunks = chunks_of(t);

    if (row == chunks * PAGED_CHUNK_ROWS) {
        if (chunks == t->chunks_cap) {
            t->chunks_cap = chunks ? chunks * 2 : CHUNKS_FIRST;
            t->chunk = xreallocarray(t->chunk, t->chunks_cap, sizeof(struct paged_chunk *));
        }
        t->chunk[chunks] = xcalloc(1, sizeof *t->chunk[chunks]);
        atomic_init(&t->chunk[chunks]->users, 1);
    }
    t->count++;
    if (row % PAGED_PAGE_ROWS == 0)
        own_chunk(t, row)->page[row / PAGED_PAGE_ROWS % PAGED_CHUNK_PAGES] = new_page(t);
    return memset(paged_edit(t, row), 0, t->row_bytes);
}

/* ---- texts ---- */

struct block {
    struct block *before;
    max_align_t bytes[];
};

struct texts {
    _Atomic unsigned users;
    struct block *newest;
    size_t used, size; /* of the newest block */
};

struct texts *texts_new(void)
{
    struct texts *t = xcalloc(1, sizeof *t);

    atomic_init(&t->users, 1);
    return t;
}

struct texts *texts_share(struct texts *t)
{
    use(&t->users);
    return t;
}

void texts_release(struct texts *t)
{
    if (!t || !release(&t->users))
        return;
    for (struct block *b = t->newest, *before; b; b = before) {
        before = b->before;
        free(b);
    }
    free(t);
}

void *texts_take(struct texts *t, size_t bytes, bool aligned)
{
    const size_t step = aligned ? alignof(max_align_t) : 1;
    size_t at = (t->used + step - 1) / step * step;

    if (!t->newest || at > t->size || bytes > t->size - at) {
        t->size = bytes > TEXTS_BLOCK_BYTES ? bytes : TEXTS_BLOCK_BYTES;
        struct block *b = xmalloc(sizeof *b + t->size);
        b->before = t->newest;
        t->newest = b;
        at = 0;
    }
    t->used = at + bytes;
    return (char *)t->newest->bytes + at;
}
