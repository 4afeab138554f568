#include "replay/input.h"

#include "base/clock.h"
#include "base/xalloc.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#define RAW_BYTES (64 * 1024)

struct input {
    int fd;
    bool regular; /* can be rewound and never makes us wait */
    bool probed;  /* the first bytes have told plain from .gz */
    bool gzip;
    bool raw_eof, ended;
    bool in_member; /* inside a gzip member: an end here is a truncated file */
    int64_t size, consumed;
    size_t raw_pos, raw_len;
    z_stream z;
    char error[200];
    unsigned char raw[RAW_BYTES];
};

static const char *open_error(int code)
{
    return code == ENOENT ? "no such file" : strerror(code);
}

struct input *input_open(const char *path, char *err, size_t err_cap)
{
    bool standard = strcmp(path, "-") == 0;
    struct stat st;
    struct input *in = xcalloc(1, sizeof *in);
    in->fd = standard ? fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 3) : open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
    if (in->fd < 0 || fstat(in->fd, &st) != 0) {
        snprintf(err, err_cap, "cannot read %s: %s", standard ? "standard input" : path, open_error(errno));
        goto fail;
    }
    if (S_ISDIR(st.st_mode)) {
        snprintf(err, err_cap, "cannot read %s: it is a directory", path);
        goto fail;
    }
    in->regular = S_ISREG(st.st_mode) && !standard;
    in->size = in->regular ? (int64_t)st.st_size : UNKNOWN;
    return in;
fail:
    if (in->fd >= 0)
        (void)close(in->fd);
    free(in);
    return NULL;
}

void input_close(struct input *in)
{
    if (!in)
        return;
    if (in->gzip)
        (void)inflateEnd(&in->z);
    (void)close(in->fd);
    free(in);
}

static ssize_t fail_with(struct input *in, const char *words)
{
    snprintf(in->error, sizeof in->error, "%s", words);
    return INPUT_FAILED;
}

/* One read of the file itself. */
static ssize_t read_fd(struct input *in, void *buf, size_t cap)
{
    if (!in->regular) {
        struct pollfd p = {.fd = in->fd, .events = POLLIN};
        int ready = poll(&p, 1, 0);
        if (ready == 0 || (ready < 0 && errno == EINTR))
            return INPUT_WAIT;
    }
    ssize_t n;
    do
        n = read(in->fd, buf, cap);
    while (n < 0 && errno == EINTR);
    if (n < 0)
        return errno == EAGAIN ? INPUT_WAIT : fail_with(in, strerror(errno));
    in->consumed += n;
    return n;
}

/* Makes sure that at least want raw bytes wait, fewer only at the file's end. > 0 or INPUT_*. */
static ssize_t fill_raw(struct input *in, size_t want)
{
    if (in->raw_pos > 0 && in->raw_pos == in->raw_len)
        in->raw_pos = in->raw_len = 0;
    if (in->raw_pos + want > RAW_BYTES) {
        memmove(in->raw, in->raw + in->raw_pos, in->raw_len - in->raw_pos);
        in->raw_len -= in->raw_pos;
        in->raw_pos = 0;
    }
    while (in->raw_len - in->raw_pos < want && !in->raw_eof) {
        ssize_t n = read_fd(in, in->raw + in->raw_len, RAW_BYTES - in->raw_len);
        if (n < 0)
            return n;
        in->raw_eof = n == 0;
        in->raw_len += (size_t)n;
    }
    return 1;
}

static bool gzip_magic(const struct input *in)
{
    return in->raw_len - in->raw_pos >= 2 && in->raw[in->raw_pos] == 0x1f && in->raw[in->raw_pos + 1] == 0x8b;
}

static ssize_t probe(struct input *in)
{
    ssize_t r = fill_raw(in, 2);
    if (r < 0)
        return r;
    in->probed = true;
    if (!gzip_magic(in))
        return 1;
    if (inflateInit2(&in->z, 16 + MAX_WBITS) != Z_OK)
        return fail_with(in, "no memory for decompression");
    in->gzip = in->in_member = true;
    return 1;
}

/* Behind a member: another one may follow (files made by cat a.gz b.gz); anything else is padding. */
static ssize_t next_member(struct input *in)
{
    ssize_t r = fill_raw(in, 2);
    if (r < 0)
        return r;
    if (!gzip_magic(in)) {
        in->ended = true;
        return 0;
    }
    if (inflateReset(&in->z) != Z_OK)
        return fail_with(in, "damaged .gz");
    in->in_member = true;
    return 1;
}

static ssize_t read_gzip(struct input *in, char *buf, size_t cap)
{
    in->z.next_out = (unsigned char *)buf;
    in->z.avail_out = (uInt)cap;
    while (in->z.avail_out == cap) {
        ssize_t r = in->in_member ? fill_raw(in, 1) : next_member(in);
        if (r <= 0)
            return r;
        in->z.next_in = in->raw + in->raw_pos;
        in->z.avail_in = (uInt)(in->raw_len - in->raw_pos);
        if (in->z.avail_in == 0)
            return fail_with(in, "the .gz file ends too early: it is not complete");
        int z = inflate(&in->z, Z_NO_FLUSH);
        in->raw_pos = in->raw_len - in->z.avail_in;
        if (z == Z_STREAM_END)
            in->in_member = false;
        else if (z != Z_OK && z != Z_BUF_ERROR)
            return fail_with(in, "the .gz file is damaged");
    }
    return (ssize_t)(cap - in->z.avail_out);
}

ssize_t input_read(struct input *in, char *buf, size_t cap)
{
    if (in->ended)
        return 0;
    if (!in->probed) {
        ssize_t r = probe(in);
        if (r < 0)
            return r;
    }
    if (in->gzip)
        return read_gzip(in, buf, cap < RAW_BYTES * 16 ? cap : RAW_BYTES * 16);
    size_t left = in->raw_len - in->raw_pos;
    if (left > 0) {
        size_t n = left < cap ? left : cap;
        memcpy(buf, in->raw + in->raw_pos, n);
        in->raw_pos += n;
        return (ssize_t)n;
    }
    ssize_t n = in->raw_eof ? 0 : read_fd(in, buf, cap);
    in->ended = n == 0;
    return n;
}

bool input_rewind(struct input *in)
{
    if (!in->regular || lseek(in->fd, 0, SEEK_SET) != 0)
        return false;
    if (in->gzip)
        (void)inflateEnd(&in->z);
    memset(&in->z, 0, sizeof in->z);
    in->probed = in->gzip = in->raw_eof = in->ended = in->in_member = false;
    in->raw_pos = in->raw_len = 0;
    in->consumed = 0;
    return true;
}

bool input_can_rewind(const struct input *in)
{
    return in->regular;
}

int input_fd(const struct input *in)
{
    return in->fd;
}

const char *input_error(const struct input *in)
{
    return in->error;
}

bool input_is_gzip(const struct input *in)
{
    return in->gzip;
}

int64_t input_size(const struct input *in)
{
    return in->size;
}

int64_t input_consumed(const struct input *in)
{
    return in->consumed;
}
