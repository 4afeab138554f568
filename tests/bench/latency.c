/* How soon is a small batch on the screen? `latency PROGRAM [ARGUMENT...]` runs the program in a terminal
 * emulator, ten batches a second of about thirty rows each, and pairs the moment at which a batch was
 * triggered (its progress report says it, in whole milliseconds) with the one at which the header shows its
 * number; the table is painted in the same frame. Beside each batch a byte goes to a program that only sends
 * it back: what that takes is the machine's. More arguments are the program's (-b HOST:PORT for a real
 * Kafka). Nothing fails by being slow. */
#include "terminal.h"

#include "screen/environment.h"

#include "base/clock.h"
#include "base/xalloc.h"

#include <json-c/json.h>
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define DEADLINE_MS  15000
#define BATCHES      330 /* stays below a thousand, which the header would write as 1,000 */
#define FIRST        30  /* the start of the program is another measurement's */
#define SPAN_MS      60000
#define GOAL_P50_MS  10.0
#define GOAL_P99_MS  25.0
#define ARGUMENT_MAX 24

struct batch {
    double trigger_ms, total_ms, painted_ms; /* wall; what the batch took; wall, 0 = never seen */
    int64_t rows;
};

struct bench {
    struct batch batch[BATCHES];
    double echo_ms[BATCHES];
    size_t echoes;
    char *reports;
};

/* The number after "batch" in the header; -1 while there is none. */
static long shown_batch(const struct term *t)
{
    char line[TERM_LINE];
    term_row(t, 0, line);
    const char *at = strstr(line, "batch ");
    if (!at)
        return -1;
    at += strspn(at + strlen("batch"), " ") + strlen("batch");
    char *end;
    long number = strtol(at, &end, 10);
    return end == at ? -1 : number;
}

static double wall_ms(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_REALTIME, &now);
    return (double)now.tv_sec * 1e3 + (double)now.tv_nsec / 1e6;
}

static void time_echo(struct bench *b, struct term *echo)
{
    size_t before = term_bytes(echo)->total;
    double began_ms = wall_ms();
    term_type(echo, "a", 1);
    while (term_bytes(echo)->total == before && wall_ms() - began_ms < DEADLINE_MS)
        term_pump(echo, 100);
    b->echo_ms[b->echoes++] = wall_ms() - began_ms;
}

/* Notes when each batch's number appears. */
static bool watch(struct bench *b, struct term *t, struct term *echo)
{
    long last = -1;
    int status;
    for (int64_t until_ms = clock_mono_ms() + SPAN_MS; clock_mono_ms() < until_ms;) {
        term_pump(t, 100);
        double now_ms = wall_ms();
        long shown = shown_batch(t);
        if (shown > last && shown < BATCHES)
            b->batch[shown].painted_ms = now_ms;
        if (shown > last && last >= FIRST && b->echoes < BATCHES)
            time_echo(b, echo);
        if (shown > last)
            last = shown;
        if (last >= BATCHES - 1)
            return true;
        if (term_life(t, &status) == TERM_EXITED)
            break;
    }
    fprintf(stderr, "latency: only %ld batches within %d s\n", last + 1, SPAN_MS / 1000);
    return last > 2L * FIRST;
}

static json_object *member(json_object *o, const char *name)
{
    json_object *value = NULL;
    (void)json_object_object_get_ex(o, name, &value);
    return value;
}

static void take_report(struct bench *b, json_object *report)
{
    int64_t id = json_object_get_int64(member(report, "batchId")), ms;
    json_object *time = member(report, "timestamp");
    if (id < 0 || id >= BATCHES || !time ||
        !iso_parse_ms(json_object_get_string(time), (size_t)json_object_get_string_len(time), &ms))
        return;
    struct batch *of = &b->batch[id];
    of->trigger_ms = (double)ms;
    of->rows = json_object_get_int64(member(report, "numInputRows"));
    double rate = json_object_get_double(member(report, "processedRowsPerSecond"));
    of->total_ms = rate > 0 ? (double)of->rows / rate * 1e3 : 0;
}

static bool read_reports(struct bench *b)
{
    char *line = NULL;
    size_t capacity = 0;
    FILE *f = fopen(b->reports, "re");
    if (!f) {
        perror(b->reports);
        return false;
    }
    while (getline(&line, &capacity, f) > 0) {
        json_object *report = json_tokener_parse(line);
        if (report)
            take_report(b, report);
        json_object_put(report);
    }
    free(line);
    return fclose(f) == 0;
}

/* ---- telling ---- */

static int by_size(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static double at_share(const double *sorted, size_t count, double share)
{
    return count ? sorted[(size_t)(share * (double)(count - 1) + 0.5)] : -1;
}

static void tell(const char *what, double *ms, size_t count, bool with_goal)
{
    qsort(ms, count, sizeof *ms, by_size);
    double p50 = at_share(ms, count, 0.5), p99 = at_share(ms, count, 0.99);
    printf("%-36s %8zu %8.1f %8.1f %8.1f", what, count, p50, p99, at_share(ms, count, 1));
    if (with_goal)
        printf("   p50 <= %.0f: %s, p99 <= %.0f: %s", GOAL_P50_MS, p50 <= GOAL_P50_MS ? "reached" : "missed",
               GOAL_P99_MS, p99 <= GOAL_P99_MS ? "reached" : "missed");
    printf("\n");
}

static void tell_all(struct bench *b)
{
    static double batch[BATCHES], paint[BATCHES], both[BATCHES];
    size_t count = 0, unseen = 0;
    int64_t rows = 0;
    for (int i = FIRST; i < BATCHES; i++) {
        const struct batch *one = &b->batch[i];
        if (one->trigger_ms == 0 || one->rows == 0)
            continue;
        if (one->painted_ms == 0) {
            unseen++;
            continue;
        }
        batch[count] = one->total_ms;
        both[count] = one->painted_ms - one->trigger_ms;
        paint[count] = both[count] - one->total_ms;
        rows += one->rows;
        count++;
    }
    printf("%zu batches of %.1f rows on average; %zu more were passed over by a later one\n", count,
           count ? (double)rows / (double)count : 0, unseen);
    printf("%-36s %8s %8s %8s %8s\n", "what", "batches", "p50 ms", "p99 ms", "max ms");
    tell("trigger to commit", batch, count, false);
    tell("commit to painted table", paint, count, false);
    tell("trigger to painted table", both, count, true);
    tell("an echo by another program", b->echo_ms, b->echoes, false);
}

static bool measure(struct bench *b, int argc, char **argv, char **envp)
{
    static const char *const own[] = {"-r", "300", "--loop", "-S", "query.trigger=100 ms", "--progress"};
    char err[200], *list[ARGUMENT_MAX + 1] = {argv[1]};
    int n = 1;
    for (size_t i = 0; i < sizeof own / sizeof *own; i++)
        list[n++] = xstrdup(own[i]);
    int owned = n;
    list[n++] = b->reports;
    for (int i = 2; i < argc && n < ARGUMENT_MAX; i++)
        list[n++] = argv[i];
    struct term *t = term_start(24, 80, list, envp, err, sizeof err);
    bool ok = t && terminal_wait(t, "/RUNNING.* batch +[0-9]/", DEADLINE_MS);
    if (!ok)
        fprintf(stderr, "latency: %s\n", t ? "the query does not run" : err);
    struct term *echo = ok ? terminal_echo(envp) : NULL;
    ok = echo && watch(b, t, echo);
    term_end(echo);
    term_end(t);
    for (int i = 1; i < owned; i++)
        free(list[i]);
    return ok && read_reports(b);
}

int main(int argc, char **argv)
{
    static struct bench b;
    char *folder = folder_new();
    setlocale(LC_ALL, "C.UTF-8");
    if (argc < 2 || !folder) {
        fprintf(stderr, "usage: latency PROGRAM [ARGUMENT...]\n");
        return 2;
    }
    struct environment e = environment_new(folder);
    b.reports = xasprintf("%s/reports", folder);
    bool ok = measure(&b, argc, argv, e.list);
    if (ok)
        tell_all(&b);
    free(b.reports);
    environment_free(&e);
    folder_remove(folder);
    free(folder);
    return ok ? 0 : 1;
}
