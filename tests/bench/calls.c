#include "bench/calls.h"

#include "base/clock.h"
#include "base/xalloc.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define TIME_FORM "2018-12-31T23:57:00.000"
#define TIME_LEN  (sizeof TIME_FORM - 1)

struct line {
    const char *text;
    size_t len, time_at; /* where the event time stands in it */
};

struct calls {
    char *file;
    struct line *lines;
    size_t line_count, capacity;
    int64_t start_ms, step_ms, made;
    struct message messages[CALLS_BLOCK_MAX];
    struct strbuf bytes; /* of the messages */
};

static char *read_file(const char *path, size_t *len)
{
    struct strbuf all = {0};
    char part[65536];
    size_t n;
    FILE *f = fopen(path, "re");

    if (f == NULL) {
        perror(path);
        return NULL;
    }
    while ((n = fread(part, 1, sizeof part, f)) > 0)
        strbuf_add(&all, part, n);
    bool sound = ferror(f) == 0;
    if (fclose(f) != 0 || !sound) {
        perror(path);
        strbuf_free(&all);
        return NULL;
    }
    *len = all.len;
    return all.data;
}

static void add_line(struct calls *c, const char *text, size_t len)
{
    static const char name[] = "\"call_date_time\":\"";

    while (len > 0 && strchr(",\r ]", text[len - 1]) != NULL)
        len--;
    const char *time = memmem(text, len, name, sizeof name - 1);
    if (len == 0 || text[0] != '{' || time == NULL || time + sizeof name - 1 + TIME_LEN > text + len)
        return;
    if (c->line_count == c->capacity) {
        c->capacity = c->capacity * 2 + 1024;
        c->lines = xreallocarray(c->lines, c->capacity, sizeof *c->lines);
    }
    c->lines[c->line_count++] = (struct line){text, len, (size_t)(time - text) + sizeof name - 1};
}

struct calls *calls_open(const char *path, int64_t step_ms)
{
    size_t len = 0;
    struct calls *c = xcalloc(1, sizeof *c);

    c->step_ms = step_ms;
    c->file = read_file(path, &len);
    for (const char *at = c->file, *end = at + len; at != NULL && at < end;) {
        const char *newline = memchr(at, '\n', (size_t)(end - at));
        const char *stop = newline != NULL ? newline : end;
        add_line(c, at, (size_t)(stop - at));
        at = stop + 1;
    }
    if (c->line_count == 0 || !iso_parse_ms(TIME_FORM, TIME_LEN, &c->start_ms)) {
        if (c->file != NULL)
            fprintf(stderr, "%s: no calls in it, one a line\n", path);
        calls_close(c);
        return NULL;
    }
    return c;
}

void calls_close(struct calls *c)
{
    if (c == NULL)
        return;
    strbuf_free(&c->bytes);
    free(c->lines);
    free(c->file);
    free(c);
}

const struct message *calls_next(struct calls *c, size_t count)
{
    char iso[ISO_MAX];
    size_t at = 0;

    c->bytes.len = 0;
    for (size_t i = 0; i < count; i++) {
        const struct line *l = &c->lines[(size_t)(c->made + (int64_t)i) % c->line_count];
        strbuf_add(&c->bytes, l->text, l->len);
    }
    for (size_t i = 0; i < count; i++, c->made++) {
        const struct line *l = &c->lines[(size_t)c->made % c->line_count];
        iso_format_ms(iso, c->start_ms + c->made * c->step_ms, 0);
        memcpy(c->bytes.data + at + l->time_at, iso, TIME_LEN);
        c->messages[i] = (struct message){
            .value = c->bytes.data + at, .value_len = l->len, .offset = c->made, .timestamp_ms = UNKNOWN};
        at += l->len;
    }
    return c->messages;
}

size_t calls_rss_bytes(void)
{
    size_t pages = 0;
    FILE *f = fopen("/proc/self/statm", "re");

    if (f == NULL)
        return 0;
    if (fscanf(f, "%*s %zu", &pages) != 1)
        pages = 0;
    fclose(f);
    return pages * (size_t)sysconf(_SC_PAGESIZE);
}

static int64_t cpu_ns(clockid_t clock)
{
    struct timespec ts = {0};

    clock_gettime(clock, &ts);
    return (int64_t)ts.tv_sec * 1000000000 + ts.tv_nsec;
}

int64_t calls_cpu_ns(void)
{
    return cpu_ns(CLOCK_PROCESS_CPUTIME_ID);
}

int64_t calls_thread_cpu_ns(void)
{
    return cpu_ns(CLOCK_THREAD_CPUTIME_ID);
}

char *calls_machine(void)
{
    char line[256], model[200] = "unknown processor", date[32] = "";
    FILE *f = fopen("/proc/cpuinfo", "re");
    time_t now = time(NULL);
    struct tm tm;

    while (f != NULL && fgets(line, sizeof line, f) != NULL)
        if (sscanf(line, "model name : %199[^\n]", model) == 1)
            break;
    if (f != NULL)
        fclose(f);
    if (gmtime_r(&now, &tm) != NULL)
        strftime(date, sizeof date, "%Y-%m-%d", &tm);
    return xasprintf("%ld x %s, %s", sysconf(_SC_NPROCESSORS_ONLN), model, date);
}

static int compare_doubles(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;

    return (x > y) - (x < y);
}

double calls_percentile(double *values, size_t n, double share)
{
    if (n == 0)
        return 0;
    qsort(values, n, sizeof *values, compare_doubles);
    size_t at = (size_t)(share * (double)n);
    return values[at < n ? at : n - 1];
}
