#include "sink/dead_letters.h"

#include "base/clock.h"
#include "base/xalloc.h"
#include "log.h"
#include "sink/format.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct dead_letters {
    FILE *f;
    char *path, *topic;
    int64_t limit_bytes, size_bytes;
    int64_t kept, beyond_limit;
    bool failed;
};

/* A line that a crash has cut short must not swallow the next one. */
static bool ends_in_newline(FILE *f)
{
    return fseeko(f, -1, SEEK_END) != 0 || fgetc(f) == '\n';
}

struct dead_letters *dead_letters_open(const char *path, const char *topic, int64_t limit_bytes, char *err,
                                       size_t err_cap)
{
    FILE *f = fopen(path, "a+e");
    if (!f) {
        snprintf(err, err_cap, "cannot open the dead letters file %s: %s", path, strerror(errno));
        return NULL;
    }
    bool whole = ends_in_newline(f);
    struct dead_letters *d = xcalloc(1, sizeof *d);
    d->f = f;
    d->path = xstrdup(path);
    d->topic = xstrdup(topic);
    d->limit_bytes = limit_bytes;
    fseeko(f, 0, SEEK_END);
    if (!whole)
        fputc('\n', f);
    off_t size = ftello(f);
    d->size_bytes = size > 0 ? (int64_t)size : 0;
    return d;
}

static void put_base64(struct strbuf *b, const char *bytes, size_t len)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    const unsigned char *s = (const unsigned char *)bytes;
    for (size_t i = 0; i < len; i += 3) {
        uint32_t v = (uint32_t)s[i] << 16;
        if (i + 1 < len)
            v |= (uint32_t)s[i + 1] << 8;
        if (i + 2 < len)
            v |= s[i + 2];
        char out[4] = {digits[v >> 18], digits[v >> 12 & 63], i + 1 < len ? digits[v >> 6 & 63] : '=',
                       i + 2 < len ? digits[v & 63] : '='};
        strbuf_add(b, out, sizeof out);
    }
}

void dead_letters_add(struct dead_letters *d, const struct message *m, enum bad_reason reason,
                      const char *detail)
{
    struct strbuf bytes = {0};
    put_base64(&bytes, m->value ? m->value : "", m->value ? m->value_len : 0);
    /* The texts around the bytes take at most this much more. */
    int64_t room = (int64_t)bytes.len + 600 + (int64_t)strlen(d->topic) + 6 * (int64_t)strlen(detail);
    if (d->limit_bytes > 0 && d->size_bytes + room > d->limit_bytes) {
        char limit[32];
        text_bytes(limit, sizeof limit, d->limit_bytes);
        if (d->beyond_limit++ == 0)
            log_line(LOG_WARNING, "engine",
                     "%s has reached its limit of %s: further bad messages are only counted", d->path, limit);
        strbuf_free(&bytes);
        return;
    }
    char time[ISO_MAX] = "";
    if (m->timestamp_ms != UNKNOWN)
        iso_format_ms(time, m->timestamp_ms, 'Z');
    const char *name = bad_reason_name(reason);
    fputs("{\"topic\":", d->f);
    format_json_string(d->f, (struct text){d->topic, strlen(d->topic)});
    fprintf(d->f, ",\"partition\":%" PRId32 ",\"offset\":%" PRId64 ",\"time\":", m->partition, m->offset);
    format_json_string(d->f, (struct text){*time ? time : NULL, strlen(time)});
    fputs(",\"reason\":", d->f);
    format_json_string(d->f, (struct text){name, strlen(name)});
    fputs(",\"detail\":", d->f);
    format_json_string(d->f, (struct text){detail, strlen(detail)});
    fprintf(d->f, ",\"length\":%zu,\"bytes\":\"%s\"}\n", m->value ? m->value_len : (size_t)0,
            bytes.len ? bytes.data : "");
    strbuf_free(&bytes);
    off_t size = ftello(d->f);
    if (size > 0)
        d->size_bytes = (int64_t)size;
    d->kept++;
}

int dead_letters_flush(struct dead_letters *d, char *err, size_t err_cap)
{
    if (d->failed || (fflush(d->f) == 0 && !ferror(d->f)))
        return 0;
    d->failed = true;
    snprintf(err, err_cap, "cannot write the dead letters file %s: %s", d->path, strerror(errno));
    return -1;
}

int64_t dead_letters_kept(const struct dead_letters *d)
{
    return d->kept;
}

int64_t dead_letters_beyond_limit(const struct dead_letters *d)
{
    return d->beyond_limit;
}

void dead_letters_close(struct dead_letters *d)
{
    if (!d)
        return;
    if (fclose(d->f) != 0)
        log_line(LOG_ERROR, "engine", "cannot write the dead letters file %s: %s", d->path, strerror(errno));
    free(d->path);
    free(d->topic);
    free(d);
}
