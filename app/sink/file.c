#include "sink/file.h"

#include "base/xalloc.h"
#include "options.h"
#include "sink/format.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct file_sink {
    char *path;
    format_write_fn write;
};

/* A path that can never be written is told at the start, not after an hour of work. */
static void *file_open(const char *path, format_write_fn write, char *err, size_t err_cap)
{
    const char *slash = strrchr(path, '/');
    char *folder = slash ? xstrndup(path, slash == path ? 1 : (size_t)(slash - path)) : xstrdup(".");
    bool usable = access(folder, W_OK | X_OK) == 0 || access(path, W_OK) == 0;
    if (!usable)
        snprintf(err, err_cap, "cannot write %s: %s: %s", path, folder, strerror(errno));
    free(folder);
    if (!usable)
        return NULL;
    struct file_sink *s = xcalloc(1, sizeof *s);
    s->path = xstrdup(path);
    s->write = write;
    return s;
}

static int file_write(const struct file_sink *s, const struct query *q, char *err, size_t err_cap)
{
    size_t count;
    uint32_t *table = format_table(q, &count);
    int rc = format_replace_file(s->path, s->write, q, table, count, err, err_cap);
    free(table);
    return rc;
}

static int file_batch(void *sink, const struct sink_batch *b, char *err, size_t err_cap)
{
    return file_write(sink, b->query, err, err_cap);
}

static int file_finish(void *sink, const struct query *q, char *err, size_t err_cap)
{
    return file_write(sink, q, err, err_cap);
}

static void file_close(void *sink)
{
    struct file_sink *s = sink;
    free(s->path);
    free(s);
}

static bool csv_wanted(const struct options *o)
{
    return o->sink.csv && *o->sink.csv;
}

static void *csv_open(const struct app_parts *parts, char *err, size_t err_cap)
{
    return file_open(parts->options->sink.csv, format_csv, err, err_cap);
}

static bool json_wanted(const struct options *o)
{
    return o->sink.json && *o->sink.json;
}

static void *json_open(const struct app_parts *parts, char *err, size_t err_cap)
{
    return file_open(parts->options->sink.json, format_json, err, err_cap);
}

static bool export_wanted(const struct options *o)
{
    return o->sink.export_path && *o->sink.export_path;
}

static void *export_open(const struct app_parts *parts, char *err, size_t err_cap)
{
    return file_open(parts->options->sink.export_path, format_of_path(parts->options->sink.export_path), err,
                     err_cap);
}

const struct sink_ops sink_csv = {
    .name = "csv",
    .description = "FileSink[csv]",
    .wanted = csv_wanted,
    .open = csv_open,
    .batch = file_batch,
    .finish = file_finish,
    .close = file_close,
};

const struct sink_ops sink_json = {
    .name = "json",
    .description = "FileSink[json]",
    .wanted = json_wanted,
    .open = json_open,
    .batch = file_batch,
    .finish = file_finish,
    .close = file_close,
};

/* No batch(): the table is written once, at the end. */
const struct sink_ops sink_export = {
    .name = "export",
    .wanted = export_wanted,
    .open = export_open,
    .finish = file_finish,
    .close = file_close,
};
