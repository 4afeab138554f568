#include "sink/format.h"

#include "base/clock.h"
#include "base/xalloc.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <libgen.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

void format_csv_field(FILE *f, struct text t)
{
    if (!t.p)
        return;
    bool quote = t.len == 0;
    for (size_t i = 0; i < t.len && !quote; i++)
        quote = t.p[i] == '"' || t.p[i] == ',' || t.p[i] == '\n' || t.p[i] == '\r';
    if (!quote) {
        fwrite(t.p, 1, t.len, f);
        return;
    }
    fputc('"', f);
    for (size_t i = 0; i < t.len; i++) {
        if (t.p[i] == '"')
            fputc('"', f);
        fputc(t.p[i], f);
    }
    fputc('"', f);
}

/* Bytes of the valid UTF-8 character at s, 0 when it is none. */
static size_t utf8_bytes(const unsigned char *s, size_t len)
{
    size_t n = s[0] < 0x80 ? 1 : s[0] >= 0xC2 && s[0] < 0xE0 ? 2 : (s[0] & 0xF0) == 0xE0 ? 3 : 0;
    if (s[0] >= 0xF0 && s[0] <= 0xF4)
        n = 4;
    if (n == 0 || n > len)
        return 0;
    for (size_t i = 1; i < n; i++)
        if ((s[i] & 0xC0) != 0x80)
            return 0;
    bool overlong = (s[0] == 0xE0 && s[1] < 0xA0) || (s[0] == 0xF0 && s[1] < 0x90);
    bool surrogate = s[0] == 0xED && s[1] >= 0xA0, beyond = s[0] == 0xF4 && s[1] >= 0x90;
    return overlong || surrogate || beyond ? 0 : n;
}

void format_json_text(struct strbuf *b, struct text t)
{
    if (!t.p) {
        strbuf_puts(b, "null");
        return;
    }
    const unsigned char *s = (const unsigned char *)t.p;
    strbuf_puts(b, "\"");
    for (size_t i = 0; i < t.len;) {
        size_t n = utf8_bytes(s + i, t.len - i);
        if (n == 0)
            strbuf_puts(b, "\xEF\xBF\xBD");
        else if (s[i] == '"' || s[i] == '\\')
            strbuf_printf(b, "\\%c", s[i]);
        else if (s[i] < 0x20 || s[i] == 0x7F)
            strbuf_printf(b, "\\u%04x", s[i]);
        else
            strbuf_add(b, s + i, n);
        i += n ? n : 1;
    }
    strbuf_puts(b, "\"");
}

void format_json_string(FILE *f, struct text t)
{
    struct strbuf b = {0};
    format_json_text(&b, t);
    fwrite(b.data, 1, b.len, f);
    strbuf_free(&b);
}

void format_group_id(struct strbuf *b, const struct query *q, uint32_t number)
{
    const struct query_settings *s = query_settings(q);
    struct query_group g;
    struct query_key k;
    query_group(q, number, &g);
    query_key(q, g.key, &k);
    strbuf_puts(b, "[");
    if (s->window_ms) {
        char from[ISO_MAX];
        iso_format_ms(from, g.window_start_ms, 'Z');
        strbuf_printf(b, "\"%s\",", from);
    }
    for (int i = 0; i < s->group_by_count; i++) {
        if (i)
            strbuf_puts(b, ",");
        format_json_text(b, k.fields[i]);
    }
    strbuf_puts(b, "]");
}

void format_group_object(struct strbuf *b, const struct query *q, uint32_t number)
{
    const struct query_settings *s = query_settings(q);
    struct query_group g;
    struct query_key k;
    query_group(q, number, &g);
    query_key(q, g.key, &k);
    strbuf_puts(b, "{");
    if (s->window_ms) {
        char from[ISO_MAX], to[ISO_MAX];
        iso_format_ms(from, g.window_start_ms, 'Z');
        iso_format_ms(to, g.window_end_ms, 'Z');
        strbuf_printf(b, "\"window_start\":\"%s\",\"window_end\":\"%s\",", from, to);
    }
    for (int i = 0; i < s->group_by_count; i++) {
        strbuf_printf(b, "\"%s\":", field_name(s->group_by[i]));
        format_json_text(b, k.fields[i]);
        strbuf_puts(b, ",");
    }
    strbuf_printf(b, "\"count\":%" PRId64 "}", g.count);
}

void format_csv(FILE *f, const struct query *q, const uint32_t *numbers, size_t count)
{
    const struct query_settings *s = query_settings(q);
    if (s->window_ms)
        fputs("window_start,window_end,", f);
    for (int i = 0; i < s->group_by_count; i++)
        fprintf(f, "%s,", field_name(s->group_by[i]));
    fputs("count\n", f);
    for (size_t i = 0; i < count; i++) {
        struct query_group g;
        struct query_key k;
        query_group(q, numbers[i], &g);
        query_key(q, g.key, &k);
        if (s->window_ms) {
            char from[ISO_MAX], to[ISO_MAX];
            iso_format_ms(from, g.window_start_ms, 'Z');
            iso_format_ms(to, g.window_end_ms, 'Z');
            fprintf(f, "%s,%s,", from, to);
        }
        for (int j = 0; j < s->group_by_count; j++) {
            format_csv_field(f, k.fields[j]);
            fputc(',', f);
        }
        fprintf(f, "%" PRId64 "\n", g.count);
    }
}

void format_json(FILE *f, const struct query *q, const uint32_t *numbers, size_t count)
{
    struct strbuf row = {0};
    fputs("[", f);
    for (size_t i = 0; i < count; i++) {
        row.len = 0;
        strbuf_puts(&row, i ? ",\n " : "\n ");
        format_group_object(&row, q, numbers[i]);
        fwrite(row.data, 1, row.len, f);
    }
    strbuf_free(&row);
    fputs(count ? "\n]\n" : "]\n", f);
}

uint32_t *format_table(const struct query *q, size_t *count)
{
    size_t all = query_group_count(q), n = 0;
    uint32_t *numbers = xmalloc(all * sizeof *numbers);
    for (size_t i = 0; i < all; i++) {
        struct query_group g;
        query_group(q, i, &g);
        if (g.visible)
            numbers[n++] = (uint32_t)i;
    }
    query_sort(q, numbers, n);
    *count = n;
    return numbers;
}

format_write_fn format_of_path(const char *path)
{
    size_t len = strlen(path);
    return len >= 5 && strcasecmp(path + len - 5, ".json") == 0 ? format_json : format_csv;
}

/* A rename is durable only when its folder is. */
static int sync_folder_of(const char *path)
{
    char *copy = xstrdup(path);
    int fd = open(dirname(copy), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    free(copy);
    if (fd < 0)
        return -1;
    int rc = fsync(fd);
    /* Some file systems cannot sync a folder; they say EINVAL and need none. */
    if (rc < 0 && errno == EINVAL)
        rc = 0;
    close(fd);
    return rc;
}

int format_replace_file(const char *path, format_write_fn write, const struct query *q,
                        const uint32_t *numbers, size_t count, char *err, size_t err_cap)
{
    char *temp = xasprintf("%s.tmp-%ld", path, (long)getpid());
    int rc = -1;
    FILE *f = NULL;
    struct stat st;
    /* Devices and pipes (/dev/stdout, /dev/null) are written in place: there is nothing to replace. */
    bool in_place = stat(path, &st) == 0 && !S_ISREG(st.st_mode);
    f = fopen(in_place ? path : temp, "we");
    if (!f)
        goto out;
    write(f, q, numbers, count);
    if (fflush(f) != 0 || ferror(f) || (!in_place && fsync(fileno(f)) < 0))
        goto out;
    int closed = fclose(f);
    f = NULL;
    if (closed != 0)
        goto out;
    if (!in_place && (rename(temp, path) < 0 || sync_folder_of(path) < 0))
        goto out;
    rc = 0;
out:
    if (rc < 0) {
        snprintf(err, err_cap, "cannot write %s: %s", path, strerror(errno));
        if (f)
            fclose(f);
        if (!in_place)
            unlink(temp);
    }
    free(temp);
    return rc;
}
