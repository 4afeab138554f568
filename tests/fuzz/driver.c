/* Runs a fuzz target where there is no libFuzzer:
 *     TARGET FOLDER [RUNS [SEED]]
 * gives it each file of the folder, then RUNS inputs (default 0) that are changed from these blindly, the
 * same ones for the same seed. The input at work lies in $FUZZ_INPUT, where that is set, so that it is there
 * after a crash. The last line: "ok - NAME: N inputs". */
#include "fuzz/fuzz.h"

#include "base/xalloc.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define INPUT_MAX ((size_t)32 * 1024)

struct input {
    uint8_t *bytes;
    size_t size;
};

static struct input *corpus;
static size_t corpus_count;
static int kept_fd = -1;

static bool read_input(const char *folder, const char *name)
{
    char *path = xasprintf("%s/%s", folder, name);
    FILE *f = fopen(path, "rbe");
    struct input in = {xmalloc(INPUT_MAX), 0};

    if (f == NULL) {
        perror(path);
    } else {
        in.size = fread(in.bytes, 1, INPUT_MAX, f);
        (void)fclose(f);
        corpus = xreallocarray(corpus, corpus_count + 1, sizeof *corpus);
        corpus[corpus_count++] = in;
    }
    if (f == NULL)
        free(in.bytes);
    free(path);
    return f != NULL;
}

static int by_bytes(const void *a, const void *b)
{
    const struct input *x = a, *y = b;
    int order = memcmp(x->bytes, y->bytes, x->size < y->size ? x->size : y->size);

    return order != 0 ? order : (x->size > y->size) - (x->size < y->size);
}

/* Sorted, so that a seed means the same whatever the file system's order is. */
static bool read_corpus(const char *folder)
{
    DIR *d = opendir(folder);
    bool good = d != NULL;

    for (struct dirent *e; good && (e = readdir(d)) != NULL;)
        if (e->d_name[0] != '.')
            good = read_input(folder, e->d_name);
    if (d == NULL)
        perror(folder);
    else
        (void)closedir(d);
    if (good && corpus_count > 0)
        qsort(corpus, corpus_count, sizeof *corpus, by_bytes);
    return good && corpus_count > 0;
}

static size_t below(uint64_t *r, size_t n)
{
    *r = *r * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (size_t)(*r >> 33) % n;
}

/* Takes n bytes out at a place and puts m others there. */
static void put_bytes(struct input *in, size_t at, size_t n, const void *others, size_t m)
{
    if (in->size - n + m > INPUT_MAX)
        return;
    memmove(in->bytes + at + m, in->bytes + at + n, in->size - at - n);
    memcpy(in->bytes + at, others, m);
    in->size += m - n;
}

/* Bytes from another file, one that parsers ask for, or none; for as many that were there. */
static void mutate(struct input *in, uint64_t *r)
{
    static const char telling[] = "\"\\{}[],:0123456789.-+eEtfn \n\t\r\x1e\xff\xc3\xa9u;=#\0";
    const struct input *other = &corpus[below(r, corpus_count)];
    size_t at = below(r, in->size + 1), n = below(r, 3) == 0 ? below(r, in->size - at + 1) : 0;
    uint8_t byte;

    switch (below(r, 4)) {
    case 0:
        byte = (uint8_t)telling[below(r, sizeof telling - 1)];
        put_bytes(in, at, at < in->size && below(r, 2), &byte, 1);
        break;
    case 1:
        byte = (uint8_t)below(r, 256);
        put_bytes(in, at, at < in->size, &byte, 1);
        break;
    case 2:
        if (other->size > 0) {
            size_t from = below(r, other->size);
            put_bytes(in, at, n, other->bytes + from, below(r, other->size - from) + 1);
        }
        break;
    default: put_bytes(in, at, n < 16 ? n : n % 16, "", 0);
    }
}

static void run(const struct input *in)
{
    if (kept_fd >= 0) {
        FUZZ_EXPECT(pwrite(kept_fd, in->bytes, in->size, 0) == (ssize_t)in->size);
        FUZZ_EXPECT(ftruncate(kept_fd, (off_t)in->size) == 0);
    }
    LLVMFuzzerTestOneInput(in->bytes, in->size);
}

int main(int argc, char **argv)
{
    long runs = argc > 2 ? strtol(argv[2], NULL, 10) : 0;
    uint64_t r = argc > 3 ? strtoull(argv[3], NULL, 10) : 1;
    struct input in = {xmalloc(INPUT_MAX), 0};
    const char *kept = getenv("FUZZ_INPUT");

    if (argc < 2 || !read_corpus(argv[1])) {
        fprintf(stderr, "usage: %s FOLDER [RUNS [SEED]]: a folder with at least one file\n", argv[0]);
        return 2;
    }
    if (kept != NULL)
        kept_fd = open(kept, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    for (size_t i = 0; i < corpus_count; i++)
        run(&corpus[i]);
    for (long i = 0; i < runs; i++) {
        const struct input *from = &corpus[below(&r, corpus_count)];
        memcpy(in.bytes, from->bytes, from->size);
        in.size = from->size;
        for (size_t changes = below(&r, 6) + 1; changes > 0; changes--)
            mutate(&in, &r);
        run(&in);
    }
    if (kept_fd >= 0) {
        (void)close(kept_fd);
        (void)unlink(kept);
    }
    const char *name = strrchr(argv[0], '/');
    printf("ok - %s: %zu files, %ld inputs made of them\n", name != NULL ? name + 1 : argv[0], corpus_count,
           runs);
    for (size_t i = 0; i < corpus_count; i++)
        free(corpus[i].bytes);
    free(corpus);
    free(in.bytes);
    return 0;
}
