/* A damaged checkpoint, met by the real program: every file of a checkpoint is truncated and has bits flipped
 * in turn, and the query is gone on with. Either the program refuses, with status 1, the file's name and
 * nothing changed in the folder, or it did not need the file and ends with the table of an undisturbed run;
 * it never ends with another table.
 *
 *     damage_test [PROGRAM]     the program under test, else $SFCRIME_BIN
 *
 * DAMAGE_ALL=1   every file in every way, on a checkpoint that was left between two batches and on one that
 * was left within a batch (else each file in one way, on the first) DAMAGE_SEED    of the data and of the
 * bits (by default the time; it is printed) */
#include "cluster.h"
#include "stage.h"

#include "base/clock.h"
#include "base/text.h"
#include "base/xalloc.h"

#include <dirent.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

enum { PARTITIONS = 2, MESSAGES = 1200, BATCHES = 12, DONE_BATCHES = 6, FILES_MAX = 100 };

static const char test_name[] = "a damaged checkpoint is refused by the file's name, or not needed";

enum way {
    TO_NOTHING,
    TO_HALF,
    BY_A_BYTE,
    FLIP_FIRST,
    FLIP_LAST,
    FLIP_SOMEWHERE,
    GROWN,
    ZEROED,
    REMOVED,
    WAYS
};
static const char *const way_words[] = {
    [TO_NOTHING] = "truncated to nothing",
    [TO_HALF] = "truncated to its half",
    [BY_A_BYTE] = "truncated by a byte",
    [FLIP_FIRST] = "with a bit flipped in its first byte",
    [FLIP_LAST] = "with a bit flipped in its last byte",
    [FLIP_SOMEWHERE] = "with a bit flipped somewhere",
    [GROWN] = "with a byte added",
    [ZEROED] = "with its bytes zeroed",
    [REMOVED] = "removed",
};

struct test {
    struct cluster cluster;
    const char *program, *topic;
    char *dir, *base, *csv, *log, *want;
    uint64_t random;
    int refused, not_needed;
};

/* ---- the program ---- */

static int run(const struct test *t, const char *checkpoint, int max_batches)
{
    const char *const common[] = {t->program, "--headless", "--no-replay",  "--available-now",
                                  "-t",       t->topic,     "-b",           t->cluster.bootstrap,
                                  "--export", t->csv,       "--checkpoint", checkpoint};
    struct args a = {0};
    for (size_t i = 0; i < sizeof common / sizeof *common; i++)
        args_add(&a, common[i]);
    if (max_batches > 0) {
        char number[20];
        snprintf(number, sizeof number, "%d", max_batches);
        args_add(&a, "--max-batches");
        args_add(&a, number);
    }
    args_set(&a, "query.max-offsets-per-trigger=%d", MESSAGES / BATCHES);
    args_set(&a, "sink.console=none");
    unlink(t->csv);
    int status = wait_for_end(start_child(&a, t->log), test_name, t->log, NULL, NULL);
    args_free(&a);
    return status;
}

static void must_run(const struct test *t, const char *checkpoint, int max_batches)
{
    if (run(t, checkpoint, max_batches) == 0)
        return;
    tell_log(t->log);
    die(test_name, "a run over a sound checkpoint ended badly");
}

/* ---- the files of a folder ---- */

struct files {
    char *v[FILES_MAX]; /* below the folder */
    size_t count;
};

static int by_name(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

static void list_files(struct files *f, const char *root, const char *below)
{
    char *path = xasprintf("%s/%s", root, below);
    DIR *d = opendir(path);
    if (!d)
        die(path, strerror(errno));
    for (struct dirent *e; (e = readdir(d));) {
        struct stat st;
        if (strcmp(e->d_name, ".") == 0 || strcmp(e->d_name, "..") == 0)
            continue;
        char *inner = xasprintf("%s%s%s", below, *below ? "/" : "", e->d_name);
        char *full = xasprintf("%s/%s", root, inner);
        if (stat(full, &st) == 0 && S_ISDIR(st.st_mode)) {
            list_files(f, root, inner);
            free(inner);
        } else if (f->count < FILES_MAX) {
            f->v[f->count++] = inner;
        } else {
            die(root, "too many files");
        }
        free(full);
    }
    closedir(d);
    free(path);
    qsort(f->v, f->count, sizeof f->v[0], by_name);
}

static void files_free(struct files *f)
{
    for (size_t i = 0; i < f->count; i++)
        free(f->v[i]);
}

/* What a folder holds, as a text: names, sizes, checksums. The lock is written by everyone who opens it. */
static char *fingerprint(const char *root)
{
    struct files f = {0};
    struct strbuf out = {0};
    list_files(&f, root, "");
    for (size_t i = 0; i < f.count; i++) {
        char *path = xasprintf("%s/%s", root, f.v[i]);
        size_t len;
        char *bytes = read_whole(path, &len);
        if (strcmp(f.v[i], "lock") != 0)
            strbuf_printf(&out, "%s %zu %08lx\n", f.v[i], len, crc32(0, (const Bytef *)bytes, (uInt)len));
        free(bytes);
        free(path);
    }
    files_free(&f);
    return out.data ? out.data : xstrdup("");
}

/* ---- damage ---- */

static void damage(struct test *t, const char *path, enum way way)
{
    size_t len;
    char *bytes = read_whole(path, &len);
    uint64_t r = next_random(&t->random);
    char bit = (char)(1 << r % 8);
    bytes = xrealloc(bytes, len + 2);
    switch (way) {
    case TO_NOTHING: len = 0; break;
    case TO_HALF: len /= 2; break;
    case BY_A_BYTE: len -= len > 0; break;
    case FLIP_FIRST: bytes[0] ^= bit; break;
    case FLIP_LAST: bytes[len > 0 ? len - 1 : 0] ^= bit; break;
    case FLIP_SOMEWHERE: bytes[len > 0 ? r / 8 % len : 0] ^= bit; break;
    case GROWN: bytes[len++] = bit; break;
    case ZEROED: memset(bytes, 0, len); break;
    case REMOVED:
    case WAYS: break;
    }
    write_whole(path, bytes, len);
    if (way == REMOVED)
        unlink(path);
    free(bytes);
}

static bool log_has(const struct test *t, const char *words)
{
    char *log = read_whole(t->log, NULL);
    bool has = strstr(log, words) != NULL;
    free(log);
    return has;
}

static void judge(struct test *t, const char *checkpoint, const char *file, const char *what)
{
    char *before = fingerprint(checkpoint);
    int status = run(t, checkpoint, 0);
    if (status == 0) {
        char *got = read_whole(t->csv, NULL);
        if (strcmp(got, t->want) != 0)
            die(what, "the program went on and ended with another table");
        free(got);
        t->not_needed++;
    } else {
        char *after = fingerprint(checkpoint);
        if (status != 1 || !log_has(t, file)) {
            tell_log(t->log);
            die(what, status != 1 ? "the program ended neither with status 0 nor 1"
                                  : "the refusal does not name the file");
        }
        if (is_there(t->csv))
            die(what, "the program refused and yet put out a table");
        if (strcmp(before, after) != 0)
            die(what, "the refusal changed the checkpoint");
        free(after);
        t->refused++;
    }
    free(before);
}

static void try_one(struct test *t, const char *file, enum way way)
{
    char *copy = xasprintf("%s/spoilt", t->dir), *path = xasprintf("%s/%s", copy, file);
    char *what = xasprintf("%s: %s %s", test_name, file, way_words[way]);
    copy_tree(t->base, copy);
    damage(t, path, way);
    /* A file that is gone may be told of by the folder it should be in. */
    char *folder = xstrdup(file);
    char *slash = strchr(folder, '/');
    if (way == REMOVED && slash)
        *slash = '\0';
    judge(t, copy, way == REMOVED && !slash ? "/spoilt" : folder, what);
    remove_tree(copy);
    free(copy);
    free(path);
    free(what);
    free(folder);
}

static void try_all(struct test *t, bool all, const char *state)
{
    struct files files = {0};
    int refused = t->refused, not_needed = t->not_needed;
    list_files(&files, t->base, "");
    for (size_t i = 0; i < files.count; i++) {
        if (!all)
            try_one(t, files.v[i], (enum way)(i % (FLIP_SOMEWHERE + 1)));
        for (int way = 0; way < WAYS && all; way++)
            try_one(t, files.v[i], (enum way)way);
    }
    printf("    left %s: %zu files, %d times refused, %d times not needed\n", state, files.count,
           t->refused - refused, t->not_needed - not_needed);
    if (files.count < 2 * DONE_BATCHES)
        die(test_name, "the checkpoint has fewer files than it should");
    files_free(&files);
}

/* ---- the checkpoint to damage ---- */

/* The folder as a kill leaves it that comes before the newest batch is committed. */
static void take_back_commit(const struct test *t)
{
    char *newest = xasprintf("%s/commits/%d", t->base, DONE_BATCHES - 1);
    if (unlink(newest) != 0)
        die(newest, strerror(errno));
    free(newest);
}

static void make_base(struct test *t)
{
    char *calm = xasprintf("%s/calm", t->dir);
    must_run(t, calm, 0);
    t->want = read_whole(t->csv, NULL);
    if (strlen(t->want) < 100)
        die(test_name, "the undisturbed run's table is as good as empty");
    must_run(t, t->base, DONE_BATCHES);
    free(calm);
}

int main(int argc, char **argv)
{
    struct test t = {.program = find_program(argc, argv, test_name)};
    uint64_t seed = (uint64_t)env_number("DAMAGE_SEED", clock_wall_ms());
    bool all = env_number("DAMAGE_ALL", 0) != 0;
    if (!t.program)
        return 0;
    t.random = seed;
    t.dir = new_folder("sfcrime-damage");
    t.base = xasprintf("%s/base", t.dir);
    t.csv = xasprintf("%s/table.csv", t.dir);
    t.log = xasprintf("%s/log", t.dir);
    printf("DAMAGE_SEED=%" PRIu64 " DAMAGE_ALL=%d, files in %s\n", seed, all, t.dir);
    cluster_open(&t.cluster);
    t.topic = cluster_topic(&t.cluster, "calls", PARTITIONS);
    cluster_fill(&t.cluster, t.topic, PARTITIONS, seed, MESSAGES);
    make_base(&t);
    try_all(&t, all, "between two batches");
    if (all) {
        take_back_commit(&t);
        try_all(&t, all, "within a batch");
    }
    if (t.refused == 0)
        die(test_name, "nothing was ever refused");
    cluster_close(&t.cluster);
    remove_tree(t.dir);
    free(t.dir);
    free(t.base);
    free(t.csv);
    free(t.log);
    free(t.want);
    printf("ok - %s\n", test_name);
    return 0;
}
