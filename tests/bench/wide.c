/* Measures a table of very many groups without Kafka and terminal: `wide [GROUPS]` (a million unless told).
 * What the engine spends on a view after a batch, by the size of the batch, and what the screen spends on the
 * order of the rows: at the top, in the middle, with a filter. */
#include "base/clock.h"
#include "base/text.h"
#include "base/xalloc.h"
#include "bench/calls.h"
#include "engine/view.h"
#include "log.h"
#include "ui/rank.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { BLOCK = 4096, ROUNDS = 20, PAGE = 20 };

struct bench {
    struct hub hub;
    struct views *views;
    struct query_settings settings;
    struct query *query;
    struct progress progress;
    struct query_view *shown; /* as the screen holds it */
    size_t groups;
    uint64_t random;
    int64_t made;
};

static uint64_t next_random(struct bench *b, uint64_t below)
{
    b->random = b->random * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (b->random >> 33) % below;
}

/* Addresses as the data have them; the first GROUPS rows have one each, the rest any of them, low numbers
 * more often, so that counts differ. */
static size_t address_of(struct bench *b)
{
    if ((size_t)b->made < b->groups)
        return (size_t)b->made;
    return next_random(b, next_random(b, b->groups) + 1);
}

static void feed(struct bench *b, size_t count)
{
    static char bytes[BLOCK][256];
    static struct message messages[BLOCK];

    for (size_t i = 0; i < count; i++, b->made++) {
        int len = snprintf(bytes[i], sizeof bytes[i],
                           "{\"original_crime_type_name\":\"Passing Call\",\"call_date_time\":"
                           "\"2018-12-31T23:57:00.000\",\"disposition\":\"ADM\",\"address\":\"%zu Block Of "
                           "Market St\"}",
                           address_of(b) * 7919 % 10000000);
        messages[i] = (struct message){
            .value = bytes[i], .value_len = (size_t)len, .offset = b->made, .timestamp_ms = UNKNOWN};
    }
    query_rows(b->query, messages, count);
}

static void batch(struct bench *b, size_t rows)
{
    query_batch_begin(b->query, ++b->progress.batch_id);
    for (size_t left = rows; left > 0;) {
        size_t n = left < BLOCK ? left : BLOCK;
        feed(b, n);
        left -= n;
    }
    query_batch_end(b->query, &b->progress);
}

static double ms_since(int64_t from_ns)
{
    return (double)(calls_cpu_ns() - from_ns) / 1e6;
}

/* A view of what the last batch did, as after each batch; what it took, with freeing the one before. */
static double view(struct bench *b, double *freed_ms)
{
    int64_t from_ns = calls_cpu_ns();
    struct view_facts facts = {.state = ENGINE_RUNNING,
                               .message = "",
                               .catch_up = NAN,
                               .query = b->query,
                               .progress = &b->progress,
                               .settings = &b->settings,
                               .run_id = "run"};
    views_note_batch(b->views, &b->progress, b->query);
    views_publish(b->views, &facts, true);
    double took_ms = ms_since(from_ns);
    struct query_view *v = hub_take_query(&b->hub);
    from_ns = calls_cpu_ns();
    query_view_free(b->shown);
    *freed_ms = ms_since(from_ns);
    b->shown = v;
    return took_ms;
}

static void tell(const char *what, double *ms, size_t n)
{
    double p50 = calls_percentile(ms, n, 0.5);
    printf("%-46s %9.3f %9.3f\n", what, p50, ms[n - 1]);
}

static void views_by_batch(struct bench *b)
{
    static const size_t sizes[] = {1, 30, 4096, 100000};
    double took[ROUNDS], freed[ROUNDS];
    char what[80];

    for (size_t s = 0; s < sizeof sizes / sizeof *sizes; s++) {
        for (int i = 0; i < ROUNDS; i++) {
            batch(b, sizes[s]);
            took[i] = view(b, &freed[i]);
        }
        snprintf(what, sizeof what, "engine: view after a batch of %zu", sizes[s]);
        tell(what, took, ROUNDS);
        tell("screen: the former view freed", freed, ROUNDS);
    }
}

static void order(struct bench *b, const char *what, struct rank *r, const struct match *m, size_t row)
{
    double took[ROUNDS], freed_ms;
    int64_t now_ms = 1;

    for (int i = 0; i < ROUNDS; i++) {
        batch(b, BLOCK);
        view(b, &freed_ms);
        now_ms += 1000000; /* nothing is put off */
        int64_t from_ns = calls_cpu_ns();
        (void)rank_update(r, b->shown, m, now_ms);
        took[i] = ms_since(from_ns);
        if (i == 0 && row)
            rank_select(r, b->shown, row, now_ms);
    }
    tell(what, took, ROUNDS);
}

int main(int argc, char **argv)
{
    static struct bench b = {.groups = 1000000, .random = 1};
    struct query_listener none = {0};
    struct match market = {0};
    struct rank r;
    char err[200];
    double freed_ms;

    if (argc > 1)
        b.groups = (size_t)strtoull(argv[1], NULL, 10);
    if (b.groups < 1 || hub_open(&b.hub) || log_open(NULL, err, sizeof err) < 0 ||
        !match_set(&market, "77 block", err, sizeof err)) {
        fprintf(stderr, "usage: wide [GROUPS]\n");
        return 2;
    }
    query_settings_default(&b.settings);
    b.settings.window_ms = b.settings.slide_ms = 0;
    b.settings.distinct = DISTINCT_OFF;
    b.settings.group_by_count = 1;
    b.settings.group_by[0] = FIELD_ADDRESS;
    b.query = query_new(&b.settings, NULL, &none);
    b.progress.batch_id = -1;
    b.views = views_new(&b.hub);
    batch(&b, b.groups);
    size_t before = calls_rss_bytes();
    double first_ms = view(&b, &freed_ms);
    char *machine = calls_machine();
    printf("%zu groups; %s\n%-46s %9s %9s\n", query_group_count(b.query), machine, "", "p50 ms", "max ms");
    free(machine);
    tell("engine: the first view", &first_ms, 1);
    views_by_batch(&b);
    rank_init(&r);
    order(&b, "screen: the top of the table", &r, &match_all, 0);
    order(&b, "screen: the middle of the table", &r, &match_all, b.groups / 2);
    rank_free(&r);
    rank_init(&r);
    order(&b, "screen: the top, with a filter", &r, &market, 0);
    printf("memory of the views: %.0f MB\n", ((double)calls_rss_bytes() - (double)before) / 1e6);
    rank_free(&r);
    match_free(&market);
    query_view_free(b.shown);
    views_free(b.views);
    query_free(b.query);
    progress_clear(&b.progress);
    hub_close(&b.hub);
    log_close();
    return 0;
}
