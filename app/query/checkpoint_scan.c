/* What a checkpoint's folder holds, told from the names alone, and which of its files bring a query back.
 * Rules that the writer keeps and that are checked here: offsets and commits have no gap; at most one batch
 * is begun and not committed; the state is a full image (or nothing) and then deltas without a gap up to the
 * newest commit. Whatever a kill can leave besides (half-written files, files that a merge has replaced, the
 * delta of a batch that was not committed) is told apart from damage. */
#include "query/checkpoint_internal.h"

#include "base/xalloc.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Calls visit for each name in a folder. visit returns 0 to go on. */
static int each_name(const struct ckpt_folder *f, enum ckpt_dir d, int (*visit)(void *arg, const char *name),
                     void *arg, char *err, size_t err_cap)
{
    int rc = 0, fd = openat(f->fd[d], ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *dir = fd >= 0 ? fdopendir(fd) : NULL;
    if (!dir) {
        ckpt_io_error(f, d, "", "read", errno, err, err_cap);
        if (fd >= 0)
            close(fd);
        return -1;
    }
    for (;;) {
        errno = 0;
        struct dirent *e = readdir(dir);
        if (!e && errno)
            rc = ckpt_io_error(f, d, "", "read", errno, err, err_cap);
        if (!e)
            break;
        if (strcmp(e->d_name, ".") != 0 && strcmp(e->d_name, "..") != 0 && (rc = visit(arg, e->d_name)) != 0)
            break;
    }
    closedir(dir);
    return rc;
}

struct visit {
    struct ckpt_folder *f;
    struct ckpt_listing *l;
    enum ckpt_dir dir;
    bool clean;
    size_t number_cap;
    char *err;
    size_t err_cap;
};

/* ".NAME.tmp", where NAME is one that we give. */
static bool is_temp(enum ckpt_dir d, const char *name)
{
    char inner[CKPT_NAME_MAX];
    size_t len = strlen(name);
    if (len < 6 || len - 5 >= sizeof inner || name[0] != '.' || strcmp(name + len - 4, ".tmp") != 0)
        return false;
    memcpy(inner, name + 1, len - 5);
    inner[len - 5] = '\0';
    struct ckpt_state_file s;
    if (d == CKPT_TOP)
        return strcmp(inner, "metadata") == 0;
    if (d == CKPT_STATE)
        return ckpt_state_parse_name(inner, &s);
    return inner[strspn(inner, "0123456789")] == '\0';
}

static bool parse_number(const char *name, int64_t *v)
{
    char again[CKPT_NAME_MAX];
    const char *p = name;
    if (!ckpt_number(&p, v))
        return false;
    snprintf(again, sizeof again, "%" PRId64, *v);
    return strcmp(again, name) == 0;
}

static int visit_name(void *arg, const char *name)
{
    struct visit *v = arg;
    int64_t number;
    struct ckpt_state_file s;
    if (is_temp(v->dir, name))
        return v->clean ? ckpt_remove(v->f, v->dir, name, v->err, v->err_cap) : 0;
    if (v->dir == CKPT_TOP)
        return 0;
    if (v->dir == CKPT_STATE && ckpt_state_parse_name(name, &s)) {
        ckpt_states_add(&v->l->states, &s);
    } else if (v->dir != CKPT_STATE && parse_number(name, &number)) {
        struct ckpt_numbers *n = v->dir == CKPT_OFFSETS ? &v->l->offsets : &v->l->commits;
        if (n->count == v->number_cap) {
            v->number_cap = v->number_cap ? v->number_cap * 2 : 64;
            n->v = xreallocarray(n->v, v->number_cap, sizeof *n->v);
        }
        n->v[n->count++] = number;
    } else {
        v->l->strangers++;
    }
    return 0;
}

static int by_number(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return (x > y) - (x < y);
}

static int by_first(const void *a, const void *b)
{
    const struct ckpt_state_file *x = a, *y = b;
    if (x->first != y->first)
        return x->first < y->first ? -1 : 1;
    if (x->kind != y->kind)
        return x->kind == CKPT_FULL ? -1 : 1;
    return (x->last < y->last) - (x->last > y->last);
}

void ckpt_states_add(struct ckpt_states *s, const struct ckpt_state_file *file)
{
    if (s->count == s->cap) {
        s->cap = s->cap ? s->cap * 2 : 64;
        s->v = xreallocarray(s->v, s->cap, sizeof *s->v);
    }
    s->v[s->count++] = *file;
}

void ckpt_states_sort(struct ckpt_states *s)
{
    if (s->count > 1)
        qsort(s->v, s->count, sizeof *s->v, by_first);
}

int ckpt_list(struct ckpt_folder *f, bool clean, struct ckpt_listing *l, char *err, size_t err_cap)
{
    *l = (struct ckpt_listing){0};
    for (enum ckpt_dir d = CKPT_TOP; d < CKPT_DIRS; d++) {
        struct visit v = {.f = f, .l = l, .dir = d, .clean = clean, .err = err, .err_cap = err_cap};
        if (f->fd[d] >= 0 && each_name(f, d, visit_name, &v, err, err_cap) != 0) {
            ckpt_listing_clear(l);
            return -1;
        }
    }
    if (l->offsets.count > 1)
        qsort(l->offsets.v, l->offsets.count, sizeof *l->offsets.v, by_number);
    if (l->commits.count > 1)
        qsort(l->commits.v, l->commits.count, sizeof *l->commits.v, by_number);
    ckpt_states_sort(&l->states);
    return 0;
}

void ckpt_listing_clear(struct ckpt_listing *l)
{
    free(l->offsets.v);
    free(l->commits.v);
    free(l->states.v);
    *l = (struct ckpt_listing){0};
}

struct foreign {
    const struct ckpt_folder *f;
    bool metadata;
    char stranger[256];
};

static int stop_at_any(void *arg, const char *name)
{
    (void)arg;
    return is_temp(CKPT_OFFSETS, name) ? 0 : 1;
}

/* Our sub-folders are made before the metadata, so that a kill between the two leaves them empty. */
static bool empty_part(const struct ckpt_folder *f, const char *name)
{
    for (enum ckpt_dir d = CKPT_OFFSETS; d < CKPT_DIRS; d++) {
        char ignored[CKPT_ERR_MAX];
        struct ckpt_folder part = *f;
        const char *own[CKPT_DIRS] = {
            [CKPT_OFFSETS] = "offsets", [CKPT_COMMITS] = "commits", [CKPT_STATE] = "state"};
        if (strcmp(name, own[d]) != 0)
            continue;
        part.fd[d] = openat(f->fd[CKPT_TOP], name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        if (part.fd[d] < 0)
            return false;
        bool empty = each_name(&part, d, stop_at_any, NULL, ignored, sizeof ignored) == 0;
        close(part.fd[d]);
        return empty;
    }
    return false;
}

static int visit_foreign(void *arg, const char *name)
{
    struct foreign *v = arg;
    if (strcmp(name, "metadata") == 0)
        v->metadata = true;
    else if (strcmp(name, "lock") != 0 && strcmp(name, "lost+found") != 0 && !is_temp(CKPT_TOP, name) &&
             !v->stranger[0] && !empty_part(v->f, name))
        snprintf(v->stranger, sizeof v->stranger, "%s", name);
    return 0;
}

/* Spark's metadata is one JSON object with the query's id; ours begins with a version. */
static bool metadata_of_spark(const struct ckpt_folder *f)
{
    static const char begin[] = "{\"id\"";
    char head[sizeof begin - 1];
    int fd = openat(f->fd[CKPT_TOP], "metadata", O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return false; /* whoever reads it says why it cannot be read */
    ssize_t n = pread(fd, head, sizeof head, 0);
    close(fd);
    return n == (ssize_t)sizeof head && memcmp(head, begin, sizeof head) == 0;
}

int ckpt_check_foreign(const struct ckpt_folder *f, bool *has_metadata, char *err, size_t err_cap)
{
    struct foreign v = {.f = f};
    char path[400], name[300];
    if (each_name(f, CKPT_TOP, visit_foreign, &v, err, err_cap) != 0)
        return -1;
    *has_metadata = v.metadata;
    ckpt_path(f, CKPT_TOP, "", path, sizeof path);
    if (v.metadata && metadata_of_spark(f)) {
        snprintf(err, err_cap,
                 "folder %s is a checkpoint of Spark, whose state only Spark can read: start with another "
                 "--checkpoint DIR",
                 path);
        return -1;
    }
    if (v.metadata || !v.stranger[0])
        return 0;
    text_clean(name, sizeof name, v.stranger, strlen(v.stranger), false);
    snprintf(
        err, err_cap,
        "folder %s is no checkpoint: it holds '%s' and no file metadata; start with another --checkpoint DIR",
        path, name);
    return -1;
}

static int missing(const struct ckpt_folder *f, enum ckpt_dir d, int64_t number, char *err, size_t err_cap)
{
    char name[CKPT_NAME_MAX];
    snprintf(name, sizeof name, "%" PRId64, number);
    return ckpt_damaged(f, d, name, "it is missing", err, err_cap);
}

static int check_gaps(const struct ckpt_folder *f, enum ckpt_dir d, const struct ckpt_numbers *n, char *err,
                      size_t err_cap)
{
    for (size_t i = 1; i < n->count; i++) {
        if (n->v[i] != n->v[i - 1] + 1)
            return missing(f, d, n->v[i - 1] + 1, err, err_cap);
    }
    return 0;
}

int ckpt_check_order(const struct ckpt_folder *f, const struct ckpt_listing *l, char *err, size_t err_cap)
{
    if (check_gaps(f, CKPT_OFFSETS, &l->offsets, err, err_cap) != 0 ||
        check_gaps(f, CKPT_COMMITS, &l->commits, err, err_cap) != 0)
        return -1;
    int64_t begun = l->offsets.count ? l->offsets.v[l->offsets.count - 1] : -1;
    int64_t committed = l->commits.count ? l->commits.v[l->commits.count - 1] : -1;
    if (begun < committed)
        return missing(f, CKPT_OFFSETS, committed, err, err_cap);
    if (begun > committed + 1)
        return missing(f, CKPT_COMMITS, begun - 1, err, err_cap);
    return 0;
}

/* The newest full image that is no newer than the commit; count where there is none. */
static size_t newest_full(const struct ckpt_states *all, int64_t committed)
{
    size_t best = all->count;
    for (size_t i = 0; i < all->count; i++) {
        const struct ckpt_state_file *s = &all->v[i];
        if (s->kind == CKPT_FULL && s->last <= committed &&
            (best == all->count || s->last > all->v[best].last))
            best = i;
    }
    return best;
}

/* State of a batch that was never begun, or more than the delta of the one that was not committed, says that
 * text files have been lost. */
static int check_newest(const struct ckpt_folder *f, const struct ckpt_states *all, int64_t begun,
                        int64_t committed, char *err, size_t err_cap)
{
    for (size_t i = 0; i < all->count; i++) {
        const struct ckpt_state_file *s = &all->v[i];
        char name[CKPT_NAME_MAX];
        bool uncommitted = s->kind == CKPT_DELTA && s->first == committed + 1 && s->last == s->first;
        if (s->last <= committed || (uncommitted && s->last <= begun))
            continue;
        snprintf(name, sizeof name, "%" PRId64, s->last);
        return ckpt_damaged(f, s->last <= begun ? CKPT_COMMITS : CKPT_OFFSETS, name,
                            "it is missing, though there is state of that batch", err, err_cap);
    }
    return 0;
}

/* Names the file that would fill the gap from batch next on. Frees the chain; returns -1. */
static int missing_state(const struct ckpt_folder *f, const struct ckpt_states *all, int64_t next,
                         int64_t committed, struct ckpt_states *chain, char *err, size_t err_cap)
{
    struct ckpt_state_file gap = {.kind = CKPT_DELTA, .first = next, .last = committed};
    char name[CKPT_NAME_MAX];
    for (size_t i = all->count; i-- > 0;) {
        if (all->v[i].kind == CKPT_DELTA && all->v[i].first > next && all->v[i].first <= gap.last)
            gap.last = all->v[i].first - 1;
    }
    free(chain->v);
    *chain = (struct ckpt_states){0};
    ckpt_state_name(&gap, name);
    return ckpt_damaged(f, CKPT_STATE, name, "it is missing", err, err_cap);
}

int ckpt_choose(const struct ckpt_folder *f, const struct ckpt_states *all, int64_t begun, int64_t committed,
                struct ckpt_states *chain, char *err, size_t err_cap)
{
    *chain = (struct ckpt_states){0};
    if (check_newest(f, all, begun, committed, err, err_cap) != 0)
        return -1;
    size_t base = newest_full(all, committed);
    int64_t next = 0;
    if (base < all->count) {
        ckpt_states_add(chain, &all->v[base]);
        next = all->v[base].last + 1;
    }
    /* Sorted by first batch, the longest first: one walk finds the widest file that starts where we are. */
    for (size_t i = 0; i < all->count && next <= committed; i++) {
        const struct ckpt_state_file *s = &all->v[i];
        if (s->kind == CKPT_DELTA && s->first == next && s->last <= committed) {
            ckpt_states_add(chain, s);
            next = s->last + 1;
        }
    }
    if (next > committed)
        return 0;
    return missing_state(f, all, next, committed, chain, err, err_cap);
}
