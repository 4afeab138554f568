#include "fuzz/fuzz.h"

#include "base/text.h"
#include "base/xalloc.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

const char *fuzz_file(const void *bytes, size_t size)
{
    static char path[64];
    static int fd = -1;

    if (fd < 0) {
        fd = memfd_create("fuzz", MFD_CLOEXEC);
        FUZZ_EXPECT(fd >= 0);
        snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    }
    FUZZ_EXPECT(ftruncate(fd, 0) == 0);
    FUZZ_EXPECT(pwrite(fd, bytes, size, 0) == (ssize_t)size);
    return path;
}

void fuzz_fail(const char *file, int line, const char *what)
{
    fprintf(stderr, "%s:%d: does not hold: %s\n", file, line, what);
    abort();
}

bool fuzz_fit_for_people(const char *sentence)
{
    size_t cap = strlen(sentence) + 16;
    char *clean = xmalloc(cap);

    text_clean(clean, cap, sentence, strlen(sentence), false);
    bool fit = *sentence != '\0' && strcmp(clean, sentence) == 0;
    if (!fit)
        fprintf(stderr, "not fit for people: %s\n", clean);
    free(clean);
    return fit;
}
