#include "bench/disk_calls.h"

#include "base/clock.h"

#include <stdatomic.h>
#include <sys/types.h>

static _Atomic int64_t counts[DISK_CALLS], times_ns[DISK_CALLS];

static const char *const names[DISK_CALLS] = {
    [DISK_FDATASYNC] = "fdatasync", [DISK_FSYNC] = "fsync",   [DISK_PWRITE] = "pwrite",
    [DISK_PREAD] = "pread",         [DISK_RENAME] = "rename", [DISK_UNLINK] = "unlink"};

/* The names that the linker gives. */
int __real_fdatasync(int fd);
int __real_fsync(int fd);
ssize_t __real_pwrite(int fd, const void *bytes, size_t len, off_t at);
ssize_t __real_pread(int fd, void *bytes, size_t len, off_t at);
int __real_renameat(int from_dir, const char *from, int to_dir, const char *to);
int __real_unlinkat(int dir, const char *path, int flags);
int __wrap_fdatasync(int fd);
int __wrap_fsync(int fd);
ssize_t __wrap_pwrite(int fd, const void *bytes, size_t len, off_t at);
ssize_t __wrap_pread(int fd, void *bytes, size_t len, off_t at);
int __wrap_renameat(int from_dir, const char *from, int to_dir, const char *to);
int __wrap_unlinkat(int dir, const char *path, int flags);

static void note(enum disk_call c, int64_t from_ns)
{
    atomic_fetch_add(&counts[c], 1);
    atomic_fetch_add(&times_ns[c], clock_mono_ns() - from_ns);
}

int __wrap_fdatasync(int fd)
{
    int64_t from_ns = clock_mono_ns();
    int rc = __real_fdatasync(fd);

    note(DISK_FDATASYNC, from_ns);
    return rc;
}

int __wrap_fsync(int fd)
{
    int64_t from_ns = clock_mono_ns();
    int rc = __real_fsync(fd);

    note(DISK_FSYNC, from_ns);
    return rc;
}

ssize_t __wrap_pwrite(int fd, const void *bytes, size_t len, off_t at)
{
    int64_t from_ns = clock_mono_ns();
    ssize_t n = __real_pwrite(fd, bytes, len, at);

    note(DISK_PWRITE, from_ns);
    return n;
}

ssize_t __wrap_pread(int fd, void *bytes, size_t len, off_t at)
{
    int64_t from_ns = clock_mono_ns();
    ssize_t n = __real_pread(fd, bytes, len, at);

    note(DISK_PREAD, from_ns);
    return n;
}

int __wrap_renameat(int from_dir, const char *from, int to_dir, const char *to)
{
    int64_t from_ns = clock_mono_ns();
    int rc = __real_renameat(from_dir, from, to_dir, to);

    note(DISK_RENAME, from_ns);
    return rc;
}

int __wrap_unlinkat(int dir, const char *path, int flags)
{
    int64_t from_ns = clock_mono_ns();
    int rc = __real_unlinkat(dir, path, flags);

    note(DISK_UNLINK, from_ns);
    return rc;
}

const char *disk_call_name(enum disk_call c)
{
    return names[c];
}

void disk_calls_take(struct disk_use out[DISK_CALLS])
{
    for (int c = 0; c < DISK_CALLS; c++)
        out[c] = (struct disk_use){atomic_load(&counts[c]), atomic_load(&times_ns[c])};
}
