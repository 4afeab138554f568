/* The console sink: after each batch a box table on standard output, like Spark's console sink. Only without
 * the screen, and not beside --progress -, whose lines must stay readable for the program behind the pipe. */
#include "sink/console.h"

#include "base/xalloc.h"
#include "options.h"
#include "sink/format.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

bool console_wanted(const struct options *o)
{
    bool progress_on_stdout = o->sink.progress_path && strcmp(o->sink.progress_path, "-") == 0;
    return o->headless && o->sink.console == CONSOLE_TABLE && !progress_on_stdout;
}

static void *console_open(const struct app_parts *parts, char *err, size_t err_cap)
{
    return stdout;
}

static int console_flush(char *err, size_t err_cap)
{
    if (fflush(stdout) == 0 && !ferror(stdout))
        return 0;
    snprintf(err, err_cap, "cannot write to standard output: %s", strerror(errno));
    return -1;
}

static int console_batch(void *sink, const struct sink_batch *b, char *err, size_t err_cap)
{
    const char *line = "-------------------------------------------";
    uint32_t *sorted = xmalloc(b->output_count * sizeof *sorted);
    if (b->output_count > 0) /* a batch may put nothing out, and then there is no array */
        memcpy(sorted, b->output, b->output_count * sizeof *sorted);
    query_sort(b->query, sorted, b->output_count);
    printf("%s\nBatch: %lld\n%s\n", line, (long long)b->batch_id, line);
    format_box(stdout, b->query, sorted, b->output_count, CONSOLE_ROWS);
    putchar('\n');
    free(sorted);
    return console_flush(err, err_cap);
}

static void console_close(void *sink)
{
    /* Standard output is not ours to close. */
}

int console_final(const struct query *q, const struct progress *last, char *err, size_t err_cap)
{
    const char *line = "-------------------------------------------";
    size_t count;
    uint32_t *table = format_table(q, &count);
    char groups[60];
    printf("%s\nResult: %s\n%s\n", line,
           text_many(groups, sizeof groups, (long long)count, "group", "groups"), line);
    format_box(stdout, q, table, count, CONSOLE_ROWS);
    free(table);
    if (last->batch_id >= 0) {
        char *json = progress_json(last, true);
        printf("\n%s\n", json);
        free(json);
    }
    return console_flush(err, err_cap);
}

const struct sink_ops sink_console = {
    .name = "console",
    .description = "ConsoleSink",
    .wanted = console_wanted,
    .open = console_open,
    .batch = console_batch,
    .close = console_close,
};
