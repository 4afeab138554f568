/* What a row costs in the query alone, without Kafka, disk or screen:
 *     rows CALLS [--rows N] [--parallelism N] [--block N] [--batch N] [--window MINUTES] [--distinct MODE]
 *          [--breakdown on] [--image on] [--output-mode MODE]
 * feeds N different calls and prints rows a second, processor time a row, and what of a row's time each
 * operator takes. --image: with what a checkpoint would take of each batch. instructions.sh runs it under
 * callgrind. */
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
    bool image;     /* with the state's delta of each batch, thrown away */
    struct query_settings settings;
};

/* What the rows have cost so far, without the making of them. */
struct cost {
    int64_t wall_ns, cpu_ns;
    double operator_ms[OPERATORS_MOST];
};

static const struct {
    const char *word;
    int value;
} distinct_words[] = {{"off", DISTINCT_OFF},
                      {"global", DISTINCT_GLOBAL},
                      {"within-watermark", DISTINCT_WITHIN_WATERMARK}},
  output_words[] = {{"complete", OUTPUT_COMPLETE}, {"update", OUTPUT_UPDATE}, {"append", OUTPUT_APPEND}};

static bool is_on(const char *word)
{
    return strcmp(word, "on") == 0;
}

static bool read_mode(const char *name, const char *word, struct query_settings *s)
{
    bool distinct = strcmp(name, "--distinct") == 0;

    for (size_t i = 0; i < 3; i++) {
        if (distinct && strcmp(word, distinct_words[i].word) == 0) {
            s->distinct = (enum distinct_mode)distinct_words[i].value;
            return true;
        }
        if (!distinct && strcmp(word, output_words[i].word) == 0) {
            s->output_mode = (enum output_mode)output_words[i].value;
            return true;
        }
    }
    return false;
}

static bool read_argument(const char *name, const char *value, struct arguments *a)
{
    int64_t n = atoll(value);

    if (strcmp(name, "--rows") == 0)
        a->rows = n;
    else if (strcmp(name, "--parallelism") == 0)
        a->settings.parallelism = (int)n;
    else if (strcmp(name, "--block") == 0)
        a->block = n;
    else if (strcmp(name, "--batch") == 0)
        a->batch = n;
    else if (strcmp(name, "--window") == 0)
        a->settings.window_ms = a->settings.slide_ms = n * 60000;
    else if (strcmp(name, "--breakdown") == 0)
        a->breakdown = is_on(value);
    else if (strcmp(name, "--image") == 0)
        a->image = is_on(value);
    else if (strcmp(name, "--distinct") == 0 || strcmp(name, "--output-mode") == 0)
        return read_mode(name, value, &a->settings);
    else
        return false;
    return true;
}

static bool read_arguments(int argc, char **argv, struct arguments *a)
{
    *a = (struct arguments){.rows = 1000000, .block = 1000, .batch = 100000};
    query_settings_default(&a->settings);
    a->settings.window_ms = a->settings.slide_ms = 0;
    if (argc < 2 || argc % 2 != 0)
        return false;
    a->path = argv[1];
    for (int i = 2; i < argc; i += 2)
        if (!read_argument(argv[i], argv[i + 1], a))
            return false;
    return a->rows > 0 && a->block > 0 && a->block <= CALLS_BLOCK_MAX && a->batch > 0 &&
           query_settings_check(&a->settings) == NULL;
}

static int throw_away(void *arg, const void *bytes, size_t len)
{
    return 0;
}

static void end_batch(const struct arguments *a, struct query *q, struct cost *c, struct progress *p)
{
    query_batch_end(q, p);
    if (a->image)
        (void)query_state_write(q, false, throw_away, NULL);
    for (int i = 0; i < p->operator_count; i++)
        c->operator_ms[i] += p->operators[i].rows_ms + p->operators[i].end_ms;
}

static void run(const struct arguments *a, struct calls *calls, struct query *q, struct cost *c,
                struct progress *p)
{
    int64_t batch_id = 0;

    for (int64_t done = 0; done < a->rows;) {
        /* Many more than are fed at once, so that they do not come fresh out of this core's own cache: from
         * Kafka they do not either. */
        int64_t made = a->rows - done < CALLS_BLOCK_MAX ? a->rows - done : CALLS_BLOCK_MAX;
        const struct message *messages = calls_next(calls, (size_t)made);
        int64_t from_ns = clock_mono_ns(), cpu_from_ns = calls_cpu_ns();
        for (int64_t end = done + made; done < end;) {
            int64_t n = end - done < a->block ? end - done : a->block;
            if (done >= batch_id * a->batch)
                query_batch_begin(q, batch_id++);
            query_rows(q, messages, (size_t)n);
            messages += n;
            done += n;
            if (done >= batch_id * a->batch || done == a->rows)
                end_batch(a, q, c, p);
        }
        c->wall_ns += clock_mono_ns() - from_ns;
        c->cpu_ns += calls_cpu_ns() - cpu_from_ns;
    }
}

static void print_cost(const struct arguments *a, const struct cost *c, const struct progress *p)
{
    double rows = (double)a->rows;

    printf("parallelism %d, blocks of %lld: %.0f rows/s, %.0f ns a row, %.0f ns of processor time\n   ",
           a->settings.parallelism, (long long)a->block, rows * 1e9 / (double)c->wall_ns,
           (double)c->wall_ns / rows, (double)c->cpu_ns / rows);
    for (int i = 0; i < p->operator_count; i++)
        printf(" %s %.0f", p->operators[i].name, c->operator_ms[i] * 1e6 / rows);
    printf(" ns\n");
}

int main(int argc, char **argv)
{
    struct arguments a;
    struct progress p = {0};
    struct cost cost = {0};

    if (!read_arguments(argc, argv, &a)) {
        fprintf(stderr, "usage: rows CALLS [--rows N] [--parallelism N] [--block N] [--batch N]\n"
                        "                  [--window MINUTES] [--distinct off|global|within-watermark]\n"
                        "                  [--output-mode complete|update|append] [--breakdown on|off]\n"
                        "                  [--image on|off]\n");
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
    run(&a, calls, q, &cost, &p);
    print_cost(&a, &cost, &p);
    query_free(q);
    breakdown_free(breakdown);
    calls_close(calls);
    return 0;
}
