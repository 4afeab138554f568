#include "ui/process.h"

#include "base/clock.h"
#include "base/text.h"

#include <dirent.h>
#include <fcntl.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { MEASURE_MS = 1000, PATH_MOST = 80, FILE_MOST = 1024 };

void process_init(struct process *p)
{
    *p = (struct process){.cpu_share = NAN, .memory_bytes = UNKNOWN, .threads = -1, .files = -1, .up_s = NAN};
}

/* A small file of the kernel's as text; false where there is none. */
static bool read_text(const char *path, char text[FILE_MOST])
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t n = fd < 0 ? -1 : read(fd, text, FILE_MOST - 1);
    if (fd >= 0)
        (void)close(fd);
    text[n > 0 ? n : 0] = '\0';
    return n > 0;
}

/* The fields of a stat line behind the name, which may hold anything. */
enum { USER = 11, SYSTEM = 12, THREADS = 17, STARTED = 19, RESIDENT = 21, FIELDS };
static bool read_stat(const char *path, unsigned long long field[FIELDS])
{
    char text[FILE_MOST], *rest, *word;
    size_t n = 0;
    if (!read_text(path, text) || !(rest = strrchr(text, ')')) || strncmp(rest, ") ", 2) != 0)
        return false;
    rest += 2;
    while (n < FIELDS && (word = strsep(&rest, " ")))
        field[n++] = strtoull(word, NULL, 10);
    return n == FIELDS;
}

static double seconds(clockid_t clock)
{
    struct timespec t;
    return clock_gettime(clock, &t) ? (double)NAN : (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static double ticks_s(const unsigned long long field[FIELDS])
{
    return (double)(field[USER] + field[SYSTEM]) / (double)sysconf(_SC_CLK_TCK);
}

static int count_files(void)
{
    DIR *d = opendir("/proc/self/fd");
    int n = 0;
    if (!d)
        return -1;
    for (const struct dirent *e; (e = readdir(d));)
        n += e->d_name[0] != '.';
    (void)closedir(d);
    return n - 1; /* the folder itself was one */
}

/* ---- threads ---- */

const char *process_words(const char *name, bool main_thread)
{
    static const struct {
        const char *name, *words;
    } known[] = {
        {"engine", "engine"}, {"query-", "query worker"},       {"checkpoint", "checkpoint writer"},
        {"replay", "replay"}, {"watcher", "watcher"},           {"signals", "signals"},
        {"export", "export"}, {"rdk:mock", "embedded brokers"}, {"rdk:", "kafka library"},
    };
    if (main_thread)
        return "screen";
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        if (!strncmp(name, known[i].name, strlen(known[i].name)))
            return known[i].words;
    return name;
}

/* Processor seconds of a thread of ours: by its own clock, to the nanosecond; where there is none, in the
 * ticks of its stat line. The clock's number is what pthread_getcpuclockid makes of a thread that one has
 * created oneself; of the library's only the kernel's number is known. */
static double thread_cpu_s(int id)
{
    enum { OF_THREAD = 4, SCHEDULED = 2 };
    double s = seconds((clockid_t)(~(unsigned)id << 3 | OF_THREAD | SCHEDULED));
    char path[PATH_MOST];
    unsigned long long field[FIELDS];
    if (!isnan(s))
        return s;
    snprintf(path, sizeof path, "/proc/self/task/%d/stat", id);
    return read_stat(path, field) ? ticks_s(field) : (double)NAN;
}

static double seen_cpu_s(const struct process *p, int id)
{
    for (size_t i = 0; i < p->seen_count; i++)
        if (p->seen[i].id == id)
            return p->seen[i].cpu_s;
    return NAN;
}

static bool of_library(const char *words)
{
    return !strcmp(words, "kafka library") || !strcmp(words, "embedded brokers");
}

/* The kind of that name; the library's stay behind ours. */
static struct process_kind *kind_of(struct process *p, const char *words)
{
    char clean[sizeof p->kind[0].name];
    text_clean(clean, sizeof clean, words, strlen(words), false);
    for (size_t i = 0; i < p->kinds; i++)
        if (!strcmp(p->kind[i].name, clean))
            return &p->kind[i];
    if (p->kinds == PROCESS_KINDS)
        return NULL;
    size_t at = p->kinds++;
    for (; at > 0 && !of_library(words) && of_library(p->kind[at - 1].name); at--)
        p->kind[at] = p->kind[at - 1];
    p->kind[at] = (struct process_kind){.share = 0};
    memcpy(p->kind[at].name, clean, sizeof clean);
    return &p->kind[at];
}

static int by_number(const void *a, const void *b)
{
    return *(const int *)a - *(const int *)b;
}

/* In the order of their making, so that lines stay where they are. */
static size_t thread_ids(int ids[PROCESS_THREADS])
{
    DIR *d = opendir("/proc/self/task");
    size_t n = 0;
    if (!d)
        return 0;
    for (const struct dirent *e; n < PROCESS_THREADS && (e = readdir(d));)
        if (e->d_name[0] != '.')
            ids[n++] = (int)strtol(e->d_name, NULL, 10);
    (void)closedir(d);
    qsort(ids, n, sizeof *ids, by_number);
    return n;
}

static void measure_threads(struct process *p, double passed_s)
{
    int ids[PROCESS_THREADS];
    size_t n = thread_ids(ids);
    double cpu_s[PROCESS_THREADS];
    p->kinds = 0;
    for (size_t i = 0; i < n; i++) {
        char path[PATH_MOST], name[FILE_MOST];
        snprintf(path, sizeof path, "/proc/self/task/%d/comm", ids[i]);
        cpu_s[i] = thread_cpu_s(ids[i]);
        if (!read_text(path, name))
            continue; /* it has just ended */
        name[strcspn(name, "\n")] = '\0';
        struct process_kind *k = kind_of(p, process_words(name, ids[i] == (int)getpid()));
        if (!k)
            continue;
        double before_s = seen_cpu_s(p, ids[i]);
        k->threads++;
        /* A thread that is new has spent what it has since the last look. */
        k->share += (cpu_s[i] - (isnan(before_s) ? 0 : before_s)) / passed_s;
    }
    for (size_t i = 0; i < n; i++) {
        p->seen[i].id = ids[i];
        p->seen[i].cpu_s = cpu_s[i];
    }
    p->seen_count = n;
}

void process_measure(struct process *p, int64_t now_ms)
{
    unsigned long long field[FIELDS];
    if (p->measured_ms && now_ms - p->measured_ms < MEASURE_MS)
        return;
    /* Before the first difference nothing is known of a share: NAN stays NAN. */
    double passed_s = p->measured_ms ? (double)(now_ms - p->measured_ms) / 1000 : NAN;
    double cpu_s = seconds(CLOCK_PROCESS_CPUTIME_ID);
    p->cpu_share = (cpu_s - p->cpu_s) / passed_s;
    p->cpu_s = cpu_s;
    p->measured_ms = now_ms;
    if (read_stat("/proc/self/stat", field)) {
        p->memory_bytes = (int64_t)field[RESIDENT] * sysconf(_SC_PAGESIZE);
        p->threads = (int)field[THREADS];
        p->up_s = seconds(CLOCK_BOOTTIME) - (double)field[STARTED] / (double)sysconf(_SC_CLK_TCK);
    }
    p->files = count_files();
    measure_threads(p, passed_s);
}
