/* The checkpoint with the real query: random calls, random settings, and a process that "dies" (drops all it
 * has in memory) at random places of a batch. The table at the end is that of a query which lived through. */
#include "base/clock.h"
#include "base/text.h"
#include "base/xalloc.h"
#include "query/checkpoint_internal.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <dirent.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define TOPIC "calls"

static uint64_t seed;

static uint64_t roll(uint64_t below)
{
    seed = seed * 6364136223846793005u + 1442695040888963407u;
    return (seed >> 33) % below;
}

/* A batch is its rows: the same ones whenever it runs. */
struct batch {
    struct strbuf *values;
    struct message *messages;
    size_t count;
};

static void make_rows(struct batch *b, size_t count, int64_t number)
{
    b->count = count;
    b->values = xcalloc(count, sizeof *b->values);
    b->messages = xcalloc(count, sizeof *b->messages);
    for (size_t i = 0; i < count; i++) {
        char when[ISO_MAX];
        struct strbuf *v = &b->values[i];
        int64_t at_s = 1546214400 + number * 300 + (int64_t)roll(600) - (roll(20) ? 0 : (int64_t)roll(20000));
        iso_format_ms(when, at_s / 60 * 60000, 0);
        if (roll(50) == 0)
            strbuf_puts(v, "{\"call_date_time\": \"yesterday\"}");
        else
            strbuf_printf(
                v,
                "{\"original_crime_type_name\":\"Type %d\",\"call_date_time\":\"%s\",\"disposition\":%s,"
                "\"city\":\"City %d\"}",
                (int)roll(12), when, roll(15) ? "\"HAN\"" : "null", (int)roll(3));
        b->messages[i] = (struct message){.value = v->data,
                                          .value_len = v->len,
                                          .offset = number * 1000 + (int64_t)i,
                                          .timestamp_ms = UNKNOWN};
    }
}

static void free_rows(struct batch *b)
{
    for (size_t i = 0; i < b->count; i++)
        strbuf_free(&b->values[i]);
    free(b->values);
    free(b->messages);
}

static void random_settings(struct query_settings *s)
{
    query_settings_default(s);
    do {
        s->distinct = (enum distinct_mode)roll(3);
        s->watermark_ms = (int64_t)roll(3) * 600000;
        s->window_ms = roll(4) ? 600000 * (int64_t)(1 + roll(6)) : 0;
        s->slide_ms = roll(2) ? s->window_ms : s->window_ms / 2;
        s->group_by_count = 1;
        if (roll(3) == 0)
            s->group_by[s->group_by_count++] = FIELD_CITY;
        s->output_mode = (enum output_mode)roll(3);
        s->parallelism = 1 + (int)roll(2);
    } while (query_settings_check(s));
}

static void run_batch(struct query *q, const struct batch *b, int64_t id)
{
    struct progress p = {.batch_id = id};
    query_batch_begin(q, id);
    query_rows(q, b->messages, b->count / 2);
    query_rows(q, b->messages + b->count / 2, b->count - b->count / 2);
    query_batch_end(q, &p);
    progress_clear(&p);
}

/* The table and the figures as text, so that a difference can be read. */
static char *describe(const struct query *q)
{
    struct strbuf out = {0};
    struct query_totals t;
    size_t count = query_group_count(q);
    uint32_t *numbers = xcalloc(count + 1, sizeof *numbers);
    const struct query_settings *s = query_settings(q);
    for (size_t i = 0; i < count; i++)
        numbers[i] = (uint32_t)i;
    query_sort(q, numbers, count);
    query_totals(q, &t);
    strbuf_printf(&out,
                  "in %" PRId64 " duplicate %" PRId64 " late %" PRId64 " null %" PRId64 " counted %" PRId64
                  " newest %" PRId64 " watermark %" PRId64 " state rows %" PRId64 "\n",
                  t.rows_in, t.rows_duplicate, t.rows_late, t.rows_null, t.rows_counted, t.newest_event_ms,
                  t.watermark_ms, t.state_rows);
    for (size_t i = 0; i < count; i++) {
        struct query_group g;
        struct query_key k;
        query_group(q, numbers[i], &g);
        if (!g.visible && g.closed)
            continue;
        query_key(q, g.key, &k);
        strbuf_printf(&out, "%" PRId64 " %" PRId64, g.window_start_ms, g.window_end_ms);
        for (int f = 0; f < s->group_by_count; f++)
            strbuf_printf(&out, " %.*s", k.fields[f].p ? (int)k.fields[f].len : 4,
                          k.fields[f].p ? k.fields[f].p : "null");
        strbuf_printf(&out, ": %" PRId64 "%s%s, key %" PRId64 "\n", g.count, g.closed ? " closed" : "",
                      g.visible ? " visible" : "", k.rows);
    }
    free(numbers);
    return out.data;
}

struct process {
    struct query *q;
    struct checkpoint *c;
    struct checkpoint_resume r;
};

static void start(struct process *p, const char *dir, const struct query_settings *s)
{
    char err[CKPT_ERR_MAX] = "";
    p->q = query_new(s, NULL, NULL);
    p->c = checkpoint_open(dir, TOPIC, s, 3, err, sizeof err);
    if (!p->c || checkpoint_resume(p->c, p->q, &p->r, err, sizeof err) != 0)
        fail_msg("%s", err);
}

static void stop(struct process *p)
{
    checkpoint_resume_clear(&p->r);
    checkpoint_close(p->c);
    query_free(p->q);
}

static void ok(int rc, const char *err)
{
    if (rc != 0)
        fail_msg("%s", err);
}

/* Goes on until the last batch or the random death. */
static bool live(const char *dir, const struct query_settings *s, const struct batch *batches, int64_t count,
                 char **table)
{
    struct process p = {0};
    char err[CKPT_ERR_MAX] = "";
    bool done = false;
    start(&p, dir, s);
    for (int64_t id = p.r.next_batch; id < count; id++) {
        int64_t from = id * 1000, to = from + (int64_t)batches[id].count;
        uint64_t death = roll(40); /* 0..2: in this batch */
        if (!(p.r.pending && id == p.r.next_batch))
            ok(checkpoint_begin(p.c, id, 1, &from, &to, err, sizeof err), err);
        else
            assert_int_equal(p.r.end[0], to);
        if (death == 0)
            goto out;
        run_batch(p.q, &batches[id], id);
        if (death == 1)
            goto out;
        ok(checkpoint_state(p.c, id, p.q, err, sizeof err), err);
        if (death == 2)
            goto out;
        ok(checkpoint_commit(p.c, id, err, sizeof err), err);
        ok(checkpoint_maintain(p.c, p.q, err, sizeof err), err);
    }
    ok(checkpoint_flush(p.c, err, sizeof err), err);
    *table = describe(p.q);
    done = true;
out:
    stop(&p);
    return done;
}

static void remove_tree(const char *path)
{
    DIR *d = opendir(path);
    for (struct dirent *e; d && (e = readdir(d));) {
        if (strcmp(e->d_name, ".") == 0 || strcmp(e->d_name, "..") == 0)
            continue;
        char *inner = xasprintf("%s/%s", path, e->d_name);
        if (unlink(inner) != 0)
            remove_tree(inner);
        free(inner);
    }
    if (d)
        closedir(d);
    rmdir(path);
}

/* The settings in words, for a failure's message. */
static void one_case(uint64_t case_seed)
{
    char dir[] = "/tmp/checkpoint-query-XXXXXX";
    struct query_settings s;
    struct batch batches[60];
    char *want, *got = NULL;
    int lives = 1;
    seed = case_seed;
    int64_t count = 20 + (int64_t)roll(40);
    random_settings(&s);
    for (int64_t i = 0; i < count; i++)
        make_rows(&batches[i], roll(5) ? roll(60) : 0, i);
    struct query *q = query_new(&s, NULL, NULL);
    for (int64_t i = 0; i < count; i++)
        run_batch(q, &batches[i], i);
    want = describe(q);
    query_free(q);
    assert_non_null(mkdtemp(dir));
    while (!live(dir, &s, batches, count, &got))
        assert_true(++lives < 1000);
    if (strcmp(want, got) != 0)
        fail_msg("seed %" PRIu64 ", distinct %d, window %" PRId64 "/%" PRId64
                 ", mode %d, %d lives:\n%s--- but\n%s",
                 case_seed, (int)s.distinct, s.window_ms, s.slide_ms, (int)s.output_mode, lives, want, got);
    /* One more start from the end gives the same again. */
    free(got);
    struct process p = {0};
    start(&p, dir, &s);
    got = describe(p.q);
    assert_string_equal(want, got);
    stop(&p);
    for (int64_t i = 0; i < count; i++)
        free_rows(&batches[i]);
    free(want);
    free(got);
    remove_tree(dir);
}

static void a_query_that_dies_again_and_again_ends_with_the_table_of_one_that_lived(void **state)
{
    (void)state;
    const char *given = getenv("CHECKPOINT_CASES");
    uint64_t cases = given ? strtoull(given, NULL, 10) : 40;
    for (uint64_t i = 1; i <= cases; i++)
        one_case(i * 7919);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_query_that_dies_again_and_again_ends_with_the_table_of_one_that_lived),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
