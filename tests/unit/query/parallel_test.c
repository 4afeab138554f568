/* parallelism changes nothing that anyone can see: the same streams through queries with one to eight
 * workers give the same tables, figures, reports and state images, byte by byte. */
#include "feed.h"

#define BATCHES  5
#define ROWS_MAX 5000

static const int workers[] = {1, 2, 3, 4, 8};
#define QUERIES ((int)(sizeof(workers) / sizeof(workers[0])))

/* All that a query lets out in a batch. */
struct transcript {
    struct strbuf words; /* what the listener was told, figures, tables */
    struct strbuf image; /* what the checkpoint would get */
};

static void tell_bad(void *arg, const struct message *m, enum bad_reason reason, const char *detail)
{
    strbuf_printf(arg, "bad %lld %d %s\n", (long long)m->offset, (int)reason, detail);
}

static void tell_late(void *arg, const struct message *m, int64_t event_ms, int64_t watermark_ms,
                      struct text type)
{
    strbuf_printf(arg, "late %lld %lld %lld %.*s\n", (long long)m->offset, (long long)event_ms,
                  (long long)watermark_ms, (int)type.len, type.p != NULL ? type.p : "");
}

static int keep_image(void *arg, const void *bytes, size_t len)
{
    strbuf_add(arg, bytes, len);
    return 0;
}

static void write_down(struct transcript *t, const struct query *q, const struct progress *p, bool full)
{
    char *figures = figures_of(p), *table = full ? table_of(q) : xstrdup("");
    size_t count;

    strbuf_printf(&t->words, "%s\navg %lld\n%s", figures, (long long)p->event_avg_ms, table);
    const struct row_mark *marks = query_marks(q, &count);
    for (size_t i = 0; i < count; i++)
        strbuf_printf(&t->words, "mark %lld %lld %d\n", (long long)marks[i].number,
                      (long long)marks[i].event_ms, (int)marks[i].kind);
    const uint32_t *output = query_output(q, &count);
    if (count > 0)
        strbuf_add(&t->words, output, count * sizeof(*output));
    for (size_t i = 0; i < query_key_count(q); i++) { /* with their numbers */
        struct query_key k;
        query_key(q, (uint32_t)i, &k);
        strbuf_add(&t->words, &k.rows, sizeof(k.rows));
        strbuf_add(&t->words, &k.delta, sizeof(k.delta));
        if (k.fields[0].p != NULL)
            strbuf_add(&t->words, k.fields[0].p, k.fields[0].len + 1);
    }
    assert_int_equal(query_state_write(q, full, keep_image, &t->image), 0);
    free(figures);
    free(table);
}

static void expect_same(const struct strbuf *a, const struct strbuf *b, const char *what, uint64_t seed,
                        int n)
{
    size_t at = 0;

    while (at < a->len && at < b->len && a->data[at] == b->data[at])
        at++;
    if (a->len != b->len || at < a->len)
        fail_msg("seed %llu: %s with %d workers differ from byte %zu on: \"%.60s\", with one \"%.60s\"",
                 (unsigned long long)seed, what, n, at, at < b->len ? b->data + at : "",
                 at < a->len ? a->data + at : "");
}

static void random_settings(struct query_settings *s, uint64_t *r)
{
    static const enum field fields[] = {FIELD_TYPE, FIELD_ADDRESS, FIELD_CALL_DATE_TIME,
                                        FIELD_DISPOSITION_DESCRIPTION};

    query_settings_default(s);
    s->distinct = (enum distinct_mode)random_below(r, 3);
    s->output_mode = (enum output_mode)random_below(r, 3);
    s->watermark_ms = random_below(r, 20) * INT64_C(60000);
    s->window_ms = random_below(r, 3) * INT64_C(600000);
    s->slide_ms = s->window_ms / (1 + random_below(r, 2));
    s->join_codes = true;
    s->group_by[0] = fields[random_below(r, 4)];
    s->group_by[1] = FIELD_CITY;
    s->group_by_count = 1 + (int)random_below(r, 2);
}

static void random_call(struct feed *f, uint64_t *r, int64_t *clock_ms)
{
    static const char *const dispositions[] = {"\"ADM\"", "\"HAN\"",       "\"22\"",
                                               "null",    "\"O\\u0054S\"", "\"GOA\""};
    static const char *const bad[] = {"", "{", "[1]", "{\"disposition\":\"ADM\"}",
                                      "{\"call_date_time\":\"2018-02-30\"}"};
    char iso[ISO_MAX], json[400];

    *clock_ms += random_below(r, 3) * INT64_C(10000);
    if (random_below(r, 200) == 0) {
        feed_add(f, bad[random_below(r, 5)], 0);
        return;
    }
    iso_format_ms(iso, *clock_ms - random_below(r, 40) * INT64_C(60000), random_below(r, 9) == 0 ? 'Z' : 0);
    /* Types and addresses that nobody has seen keep coming, some of them spelt with escapes. */
    snprintf(json, sizeof(json),
             "{\"original_crime_type_name\":\"type %s%u\",\"call_date_time\":\"%s\",\"disposition\":%s,"
             "\"address\":\"%u %s St\",\"city\":\"%s\"}",
             random_below(r, 30) == 0 ? "\\u00e9" : "", random_below(r, 20 + (uint32_t)f->count / 40), iso,
             dispositions[random_below(r, 6)], random_below(r, 3000),
             random_below(r, 2) ? "1st" : "\\\"2nd\\\"", random_below(r, 2) ? "San Francisco" : "");
    feed_add(f, json, (int32_t)random_below(r, 3));
}

static void run_batch(struct query *q, struct transcript *t, const struct feed *f, size_t from, int batch,
                      bool full)
{
    struct progress p = {0};

    query_batch_begin(q, batch);
    query_rows(q, f->messages + from, f->count - from);
    query_batch_end(q, &p);
    write_down(t, q, &p, full);
}

/* The image of one query, read by another with other workers: it goes on as if it were the same. */
static struct query *moved_over(struct query *q, const struct query_settings *s, const struct codes *codes,
                                struct transcript *t)
{
    struct strbuf image = {0};
    char err[200] = "";
    struct query_listener listener = {&t->words, tell_bad, tell_late};
    struct query *other = query_new(s, codes, &listener);

    assert_int_equal(query_state_write(q, true, keep_image, &image), 0);
    if (query_state_read(other, image.data, image.len, err, sizeof(err)) != 0)
        fail_msg("%s", err);
    strbuf_free(&image);
    query_free(q);
    return other;
}

static void run_case(uint64_t seed, const struct codes *codes)
{
    struct query_settings settings[QUERIES];
    struct query *q[QUERIES];
    struct transcript t[QUERIES] = {0};
    struct feed f = {0};
    uint64_t r = seed;
    int64_t clock_ms = INT64_C(1546300000000);

    random_below(&r, 1);
    random_settings(&settings[0], &r);
    for (int i = 0; i < QUERIES; i++) {
        struct query_listener listener = {&t[i].words, tell_bad, tell_late};
        settings[i] = settings[0];
        settings[i].parallelism = workers[i];
        q[i] = query_new(&settings[i], codes, &listener);
    }
    for (int batch = 0; batch < BATCHES; batch++) {
        size_t from = f.count, more = random_below(&r, 4) == 0 ? 30 : random_below(&r, ROWS_MAX);
        bool full = random_below(&r, 4) == 0;
        while (f.count < from + more)
            random_call(&f, &r, &clock_ms);
        for (int i = 0; i < QUERIES; i++)
            run_batch(q[i], &t[i], &f, from, batch, full);
        for (int i = 1; i < QUERIES; i++) {
            expect_same(&t[0].words, &t[i].words, "words", seed, workers[i]);
            expect_same(&t[0].image, &t[i].image, "images", seed, workers[i]);
        }
        for (int i = 0; i < QUERIES; i++)
            t[i].words.len = t[i].image.len = 0;
        if (batch == BATCHES / 2)
            for (int i = 0; i < QUERIES; i++)
                q[i] = moved_over(q[i], &settings[QUERIES - 1 - i], codes, &t[i]);
    }
    for (int i = 0; i < QUERIES; i++) {
        query_free(q[i]);
        strbuf_free(&t[i].words);
        strbuf_free(&t[i].image);
    }
    feed_clear(&f);
}

static void parallelism_changes_nothing_that_anyone_can_see(void **state)
{
    const char *cases = getenv("SFCRIME_CASES"), *first = getenv("SFCRIME_SEED");
    struct codes *codes = test_codes();
    int count = cases != NULL ? atoi(cases) : 10;

    for (int i = 0; i < count; i++)
        run_case((first != NULL ? (uint64_t)atoll(first) : 1) + (uint64_t)i, codes);
    codes_free(codes);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(parallelism_changes_nothing_that_anyone_can_see),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
