/* What a row costs in the query alone, without Kafka, disk or screen:
 *     rows CALLS [--rows N] [--parallelism N] [--block N] [--batch N] [--window MINUTES] [--distinct MODE]
 *          [--breakdown on]
 * feeds N different calls and prints rows and processor time a second. Under callgrind or perf it shows where
 * the instructions go. */
#include "bench/calls.h"

#include "base/clock.h"
#include "engine/breakdown.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct arguments {
    const char *path;
    int64_t rows, block, batch;
    bool breakdown; /* with what the engine collects for the screen */
    struct query_settings settings;
};

static bool read_arguments(int argc, char **argv, struct arguments *a)
{
    *a = (struct arguments){.rows = 1000000, .block = 1000, .batch = 100000};
    query_settings_default(&a->settings);
    a->settings.window_ms = a->settings.slide_ms = 0;
    if (argc < 2)
        return false;
    a->path = argv[1];
    for (int i = 2; i + 1 < argc; i += 2) {
        int64_t n = atoll(argv[i + 1]);
        if (strcmp(argv[i], "--rows") == 0)
            a->rows = n;
        else if (strcmp(argv[i], "--parallelism") == 0)
            a->settings.parallelism = (int)n;
        else if (strcmp(argv[i], "--block") == 0)
            a->block = n;
        else if (strcmp(argv[i], "--batch") == 0)
            a->batch = n;
        else if (strcmp(argv[i], "--window") == 0)
            a->settings.window_ms = a->settings.slide_ms = n * 60000;
        else if (strcmp(argv[i], "--distinct") == 0)
            a->settings.distinct = strcmp(argv[i + 1], "off") == 0      ? DISTINCT_OFF
                                   : strcmp(argv[i + 1], "global") == 0 ? DISTINCT_GLOBAL
                                                                        : DISTINCT_WITHIN_WATERMARK;
        else if (strcmp(argv[i], "--breakdown") == 0)
            a->breakdown = strcmp(argv[i + 1], "on") == 0;
        else
            return false;
    }
    return (argc & 1) == 0 && a->block > 0 && a->block <= CALLS_BLOCK_MAX && a->batch > 0;
}

int main(int argc, char **argv)
{
    struct arguments a;
    struct progress p = {0};
    int64_t wall_ns = 0, cpu_ns = 0, batch_id = 0;

    if (!read_arguments(argc, argv, &a)) {
        fprintf(stderr, "usage: rows CALLS [--rows N] [--parallelism N] [--block N] [--batch N]\n"
                        "                  [--window MINUTES] [--distinct off|global|within-watermark]\n"
                        "                  [--breakdown on|off]\n");
        return 2;
    }
    struct calls *calls = calls_open(a.path, 1000);
    if (calls == NULL)
        return 1;
    struct breakdown *breakdown = breakdown_new(BREAKDOWN_ADDRESSES_PER_S);
    struct query_listener listener = {0};
    if (a.breakdown)
        breakdown_listen(breakdown, &listener);
    struct query *q = query_new(&a.settings, NULL, &listener);
    for (int64_t done = 0; done < a.rows;) {
        /* Many more than are fed at once, so that they do not come fresh out of this core's own cache: from
         * Kafka they do not either. */
        int64_t made = a.rows - done < CALLS_BLOCK_MAX ? a.rows - done : CALLS_BLOCK_MAX;
        const struct message *messages = calls_next(calls, (size_t)made);
        int64_t from_ns = clock_mono_ns(), cpu_from_ns = calls_cpu_ns();
        for (int64_t end = done + made; done < end;) {
            int64_t n = end - done < a.block ? end - done : a.block;
            if (done >= batch_id * a.batch)
                query_batch_begin(q, batch_id++);
            query_rows(q, messages, (size_t)n);
            messages += n;
            done += n;
            if (done >= batch_id * a.batch || done == a.rows)
                query_batch_end(q, &p);
        }
        wall_ns += clock_mono_ns() - from_ns;
        cpu_ns += calls_cpu_ns() - cpu_from_ns;
    }
    printf("parallelism %d, blocks of %lld: %.0f rows/s, %.0f ns a row, %.0f ns of processor time\n",
           a.settings.parallelism, (long long)a.block, (double)a.rows * 1e9 / (double)wall_ns,
           (double)wall_ns / (double)a.rows, (double)cpu_ns / (double)a.rows);
    query_free(q);
    breakdown_free(breakdown);
    calls_close(calls);
    return 0;
}
