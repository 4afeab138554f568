#include "replay/order.h"

#include "base/clock.h"
#include "base/xalloc.h"
#include "replay/scan.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define WINDOW_BYTES ((size_t)64 * 1024)
#define LENGTH_MASK  ((UINT64_C(1) << ORDER_LENGTH_BITS) - 1)

struct entry {
    int64_t ms;
    uint64_t where; /* place << ORDER_LENGTH_BITS | length: also the tie-break, as places ascend */
};

struct order {
    int fd;
    bool own_fd;
    struct entry *entries;
    size_t count, cap;
    int64_t last_ms, copied; /* bytes of the temporary file, pending ones included */
    struct strbuf pending;   /* copies not yet written */
    char *window;
    size_t window_cap, window_len;
    int64_t window_at;
};

/* Unlinked at once: it goes with the process, however that ends. */
static int temporary_file(void)
{
    const char *dir = getenv("TMPDIR");
    char *path = xasprintf("%s/sfcrime-XXXXXX", dir && *dir ? dir : "/tmp");
    int fd = mkstemp(path);
    if (fd >= 0)
        (void)unlink(path);
    free(path);
    return fd;
}

struct order *order_new(int fd, char *err, size_t err_cap)
{
    struct order *o = xcalloc(1, sizeof *o);
    o->own_fd = fd < 0;
    o->fd = o->own_fd ? temporary_file() : fd;
    o->last_ms = INT64_MIN + 1;
    if (o->fd < 0) {
        snprintf(err, err_cap,
                 "sorting by time needs a temporary file, and none can be made: %s (set TMPDIR)",
                 strerror(errno));
        free(o);
        return NULL;
    }
    return o;
}

void order_free(struct order *o)
{
    if (!o)
        return;
    if (o->own_fd)
        (void)close(o->fd);
    strbuf_free(&o->pending);
    free(o->entries);
    free(o->window);
    free(o);
}

void order_add(struct order *o, int64_t ms, int64_t place, size_t len)
{
    if (o->count == o->cap) {
        o->cap = o->cap ? o->cap + o->cap / 2 : 4096;
        o->entries = xreallocarray(o->entries, o->cap, sizeof *o->entries);
    }
    if (ms != UNKNOWN)
        o->last_ms = ms;
    o->entries[o->count++] = (struct entry){o->last_ms, (uint64_t)place << ORDER_LENGTH_BITS | len};
}

static bool write_pending(struct order *o)
{
    size_t done = 0;
    while (done < o->pending.len) {
        ssize_t n = write(o->fd, o->pending.data + done, o->pending.len - done);
        if (n < 0 && errno != EINTR)
            return false;
        done += n > 0 ? (size_t)n : 0;
    }
    o->pending.len = 0;
    return true;
}

bool order_add_copy(struct order *o, int64_t ms, const char *bytes, size_t len)
{
    order_add(o, ms, o->copied, len);
    strbuf_add(&o->pending, bytes, len);
    o->copied += (int64_t)len;
    return o->pending.len < WINDOW_BYTES || write_pending(o);
}

static int compare_entries(const void *a, const void *b)
{
    const struct entry *x = a, *y = b;
    if (x->ms != y->ms)
        return x->ms < y->ms ? -1 : 1;
    return (x->where > y->where) - (x->where < y->where);
}

bool order_sort(struct order *o)
{
    if (o->own_fd && !write_pending(o))
        return false;
    strbuf_free(&o->pending);
    if (o->count)
        qsort(o->entries, o->count, sizeof *o->entries, compare_entries);
    return true;
}

int64_t order_count(const struct order *o)
{
    return (int64_t)o->count;
}

/* Reads the stretch around the entry: files are mostly sorted, up or down, so its neighbours come next. */
static bool load_window(struct order *o, int64_t place, size_t len)
{
    size_t want = len > WINDOW_BYTES ? len : WINDOW_BYTES;
    int64_t at = place - (int64_t)(want - len) / 2;
    if (o->window_cap < want) {
        o->window = xrealloc(o->window, want + SCAN_PADDING);
        o->window_cap = want;
    }
    o->window_at = at < 0 ? 0 : at;
    o->window_len = 0;
    while (o->window_len < want) {
        ssize_t n = pread(o->fd, o->window + o->window_len, want - o->window_len,
                          o->window_at + (int64_t)o->window_len);
        if (n < 0 && errno != EINTR)
            return false;
        if (n == 0)
            break;
        o->window_len += n > 0 ? (size_t)n : 0;
    }
    memset(o->window + o->window_len, 0, SCAN_PADDING);
    return true;
}

const char *order_read(struct order *o, int64_t i, size_t *len)
{
    const struct entry *e = &o->entries[i];
    int64_t place = (int64_t)(e->where >> ORDER_LENGTH_BITS);
    *len = (size_t)(e->where & LENGTH_MASK);
    for (int attempt = 0;; attempt++) {
        if (place >= o->window_at && place + (int64_t)*len <= o->window_at + (int64_t)o->window_len)
            return o->window + (place - o->window_at);
        errno = 0;
        if (attempt == 1 || !load_window(o, place, *len))
            return NULL;
    }
}
