#include "ini_file.h"

#include "base/text.h"
#include "base/xalloc.h"

#include <ctype.h>
#include <errno.h>
#include <ini.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LINE_BYTES_MAX 65536

struct reading {
    FILE *file;
    char *line; /* the whole of the current line, which inih's own buffer of 200 bytes may have cut */
    bool cut;
    int number;
    int failed_line; /* 0 = nothing failed yet */
    int read_error;  /* errno of the file itself */
    char why[600];
    ini_key_fn on_key;
    void *arg;
};

static void fail(struct reading *r, const char *why)
{
    if (r->failed_line)
        return;
    r->failed_line = r->number;
    snprintf(r->why, sizeof r->why, "%s", why);
}

/* As getline, but it goes no further than one byte beyond the longest line: a device has no end. */
static ssize_t read_line(struct reading *r)
{
    size_t len = 0;
    int c = 0;
    if (!r->line)
        r->line = xmalloc(LINE_BYTES_MAX + 2);
    while (len <= LINE_BYTES_MAX && c != '\n' && (c = getc(r->file)) != EOF)
        r->line[len++] = (char)c;
    r->line[len] = '\0';
    return len ? (ssize_t)len : -1;
}

/* inih's reader. It takes an indented line for more of the value above it; ours are just indented, so the
 * blanks go. */
static char *next_line(char *buffer, int cap, void *arg)
{
    struct reading *r = arg;
    if (r->failed_line)
        return NULL;
    errno = 0;
    ssize_t len = read_line(r);
    r->number++;
    if (len < 0) {
        if (ferror(r->file))
            r->read_error = errno;
        return NULL;
    }
    if (strlen(r->line) != (size_t)len)
        fail(r, "the line holds a NUL byte: is this a text file?");
    else if (len > LINE_BYTES_MAX)
        fail(r, "the line is longer than 64 KiB");
    if (r->failed_line)
        return NULL;
    char *from = r->line;
    while (isspace((unsigned char)*from))
        from++;
    memmove(r->line, from, strlen(from) + 1);
    size_t kept = strlen(r->line);
    r->cut = kept >= (size_t)cap;
    if (r->cut)
        kept = (size_t)cap - 1;
    memcpy(buffer, r->line, kept);
    buffer[kept] = '\0';
    return buffer;
}

/* The value of a line that was too long for inih, by inih's rules. */
static char *whole_value(char *line)
{
    char *value = line + strcspn(line, "=:");
    value += *value != '\0';
    for (char *p = value; *p; p++)
        if (*p == ';' && p > value && isspace((unsigned char)p[-1])) {
            *p = '\0';
            break;
        }
    while (isspace((unsigned char)*value))
        value++;
    size_t len = strlen(value);
    while (len && isspace((unsigned char)value[len - 1]))
        value[--len] = '\0';
    return value;
}

static int on_pair(void *arg, const char *section, const char *key, const char *value)
{
    struct reading *r = arg;
    if (r->failed_line)
        return 0;
    char why[sizeof r->why];
    if (r->on_key(r->arg, r->number, section, key, r->cut ? whole_value(r->line) : value, why, sizeof why))
        return 1;
    fail(r, why);
    return 0;
}

int ini_file_read(const char *path, ini_key_fn on_key, void *arg, char *err, size_t err_cap)
{
    char name[300];
    text_clean(name, sizeof name, path, strlen(path), false);
    struct reading r = {.file = fopen(path, "re"), .on_key = on_key, .arg = arg};
    if (!r.file) {
        snprintf(err, err_cap, "%s: %s", name, strerror(errno));
        return -1;
    }
    int first_bad = ini_parse_stream(next_line, &r, on_pair, &r);
    /* inih knows of lines that are neither a section nor a pair; the earlier complaint is the one to show. */
    if (first_bad > 0 && (r.failed_line == 0 || first_bad < r.failed_line)) {
        r.failed_line = 0;
        r.number = first_bad;
        fail(&r, "the line is neither 'key = value' nor '[section]' nor a comment");
    }
    if (r.read_error)
        snprintf(err, err_cap, "%s: %s", name, strerror(r.read_error));
    else if (r.failed_line)
        snprintf(err, err_cap, "%s:%d: %s", name, r.failed_line, r.why);
    fclose(r.file);
    free(r.line);
    return r.failed_line || r.read_error ? -1 : 0;
}
