/* The engine against the naive model: thousands of random streams under random settings, compared batch by
 * batch, and the same streams again through state images. SFCRIME_CASES and SFCRIME_SEED change how many and
 * which. */
#include "model.h"

#define ROWS_MAX 400

static const int64_t minute_ms = 60000;

struct test_case {
    struct query_settings settings;
    struct model_row rows[ROWS_MAX];
    struct feed feed;
    int count;
};

static int64_t environment(const char *name, int64_t otherwise)
{
    const char *value = getenv(name);

    return value != NULL ? atoll(value) : otherwise;
}

static void random_settings(struct query_settings *s, uint64_t *r)
{
    static const enum field fields[] = {FIELD_TYPE,    FIELD_DISPOSITION,
                                        FIELD_ADDRESS, FIELD_DISPOSITION_DESCRIPTION,
                                        FIELD_CITY,    FIELD_CALL_DATE_TIME};
    static const int64_t windows[] = {0, 1, 10, 60, 1440};

    query_settings_default(s);
    s->distinct = (enum distinct_mode)random_below(r, 3);
    uint32_t delay = random_below(r, 40); /* short ones, none at all, and some that many rows fall within */
    s->watermark_ms = (delay < 30 ? delay : delay < 35 ? 0 : 160) * minute_ms;
    s->window_ms = windows[random_below(r, 5)] * minute_ms;
    s->slide_ms = s->window_ms;
    if (s->window_ms > 0 && random_below(r, 2) == 0)
        s->slide_ms =
            s->window_ms / (1 + random_below(r, 5)) + random_below(r, 2) * (s->window_ms > 60000 ? 7000 : 0);
    if (s->slide_ms > s->window_ms)
        s->slide_ms = s->window_ms;
    s->output_mode = (enum output_mode)random_below(r, 3);
    s->join_codes = random_below(r, 2) == 0;
    s->group_by_count = 0;
    uint32_t first = random_below(r, 6), more = random_below(r, 3);
    for (uint32_t i = 0; i <= more; i++)
        s->group_by[s->group_by_count++] = fields[(first + i) % 6];
}

static const char *description_of(const char *disposition)
{
    static const char *const list[][2] = {
        {"ADM", "Admonished"}, {"HAN", "Handled"}, {"22", "Cancel"}, {"CAN", "Cancel"}};

    for (size_t i = 0; disposition != NULL && i < 4; i++)
        if (strcmp(disposition, list[i][0]) == 0)
            return list[i][1];
    return NULL;
}

static const char *pick(uint64_t *r, const char *const *from, uint32_t count)
{
    uint32_t at = random_below(r, count + 1);

    return at < count ? from[at] : random_below(r, 3) == 0 ? NULL : from[0];
}

static void put_message(struct test_case *c, const struct model_row *row, uint64_t *r)
{
    static const char *const bad[] = {"",
                                      "{",
                                      "[]",
                                      "nonsense",
                                      "{\"call_date_time\":null}",
                                      "{\"call_date_time\":\"x\"}",
                                      "{\"disposition\":\"ADM\"}",
                                      NULL};
    char iso[ISO_MAX];

    if (row->bad) {
        feed_add(&c->feed, bad[random_below(r, 8)], 0);
        return;
    }
    json_object *o = json_object_new_object();
    for (int f = 0; f < FIELD_COUNT; f++)
        if (f != FIELD_DISPOSITION_DESCRIPTION && (row->text[f] != NULL || random_below(r, 2) == 0))
            json_object_object_add(o, field_name((enum field)f),
                                   row->text[f] != NULL ? json_object_new_string(row->text[f]) : NULL);
    iso_format_ms(iso, row->time, random_below(r, 2) == 0 ? 'Z' : 0);
    json_object_object_add(o, "call_date_time", json_object_new_string(iso));
    feed_add(&c->feed, json_object_to_json_string_ext(o, JSON_C_TO_STRING_PLAIN),
             (int32_t)random_below(r, 3));
    json_object_put(o);
}

static void random_rows(struct test_case *c, uint64_t *r)
{
    static const char *const types[] = {"Traffic Stop", "Passing Call", "a \"quoted\", type", "",
                                        "traffic stop", "Ca\xc3\xb1on"};
    static const char *const dispositions[] = {"ADM", "HAN", "22", "CAN", "OTS", "Not recorded"};
    static const char *const addresses[] = {"1 Main", "2 Main", "3 Main"};
    static const char *const cities[] = {"San Francisco", "Daly City"};
    int64_t clock =
        random_below(r, 3) == 0 ? -20 * minute_ms : INT64_C(1546300000000) / minute_ms * minute_ms;
    uint32_t spread = 1 + random_below(r, 90), step = random_below(r, 4);

    c->count = (int)random_below(r, ROWS_MAX);
    for (int i = 0; i < c->count; i++) {
        struct model_row *row = &c->rows[i];
        *row = (struct model_row){.bad = random_below(r, 40) == 0};
        if (i > 0 && random_below(r, 6) == 0) /* an earlier one again */
            *row = c->rows[random_below(r, (uint32_t)i)];
        else {
            clock +=
                ((int64_t)random_below(r, 4) * step - (random_below(r, 10) == 0 ? spread : 0)) * minute_ms;
            row->time =
                clock + (int64_t)random_below(r, spread) * minute_ms + (random_below(r, 5) == 0 ? 1 : 0);
            row->text[FIELD_TYPE] = pick(r, types, 6);
            row->text[FIELD_DISPOSITION] = pick(r, dispositions, 6);
            row->text[FIELD_ADDRESS] = pick(r, addresses, 3);
            row->text[FIELD_CITY] = pick(r, cities, 2);
            row->text[FIELD_DISPOSITION_DESCRIPTION] =
                c->settings.join_codes ? description_of(row->text[FIELD_DISPOSITION]) : NULL;
        }
        put_message(c, row, r);
    }
}

static void put_model_group(struct strbuf *out, const struct model *m, const struct model_group *g)
{
    char iso[ISO_MAX];

    if (m->s->window_ms > 0) {
        iso_format_ms(iso, g->start, 'Z');
        strbuf_printf(out, "%s,", iso);
        iso_format_ms(iso, g->start + m->s->window_ms, 'Z');
        strbuf_printf(out, "%s,", iso);
    }
    for (const char *p = g->key; *p != '\0'; p++)
        if (*p != '\xff')
            strbuf_add(out, p, 1);
    strbuf_printf(out, "%lld\n", (long long)g->count);
}

static char *model_table(const struct model *m, bool only_output)
{
    struct strbuf out = {0};

    for (int i = 0; i < m->group_count; i++) {
        const struct model_group *g = &m->groups[i];
        bool shown = m->s->output_mode != OUTPUT_APPEND || g->closed;
        if (only_output && m->s->output_mode == OUTPUT_UPDATE)
            shown = g->changed;
        if (only_output && m->s->output_mode == OUTPUT_APPEND)
            shown = g->closed_now;
        if (shown)
            put_model_group(&out, m, g);
    }
    char *sorted = sorted_lines(out.data != NULL ? out.data : "");
    strbuf_free(&out);
    return sorted;
}

static void check(int64_t ours, int64_t model, const char *what, uint64_t seed)
{
    if (ours != model)
        fail_msg("seed %llu: %s is %lld, the model says %lld", (unsigned long long)seed, what,
                 (long long)ours, (long long)model);
}

static void check_states(const struct model *m, const struct progress *p, uint64_t seed)
{
    int64_t total = 0, updated = 0, removed = 0, remembered = 0;

    for (int i = 0; i < m->group_count; i++) {
        total += !m->groups[i].closed;
        updated += m->groups[i].changed;
        removed += m->groups[i].closed_now;
    }
    check(p->state[0].rows_total, total, "the number of groups", seed);
    check(p->state[0].rows_updated, updated, "the number of changed groups", seed);
    check(p->state[0].rows_removed, removed, "the number of closed groups", seed);
    check(p->state[0].rows_dropped_by_watermark, m->dropped, "the number of late groups", seed);
    if (m->s->distinct == DISTINCT_OFF) {
        check(p->state_count, 1, "the number of operators with state", seed);
        return;
    }
    for (int i = 0; i < m->seen_count; i++)
        remembered += !m->forgotten[i];
    check(p->state[1].rows_total, remembered, "the number of distinct rows", seed);
    check(p->state[1].rows_updated, m->added, "the number of new distinct rows", seed);
    check(p->state[1].rows_removed, m->distinct_removed, "the number of forgotten rows", seed);
    check(p->state[1].rows_dropped_by_watermark, m->distinct_late, "the number of late rows at distinct",
          seed);
    check(p->state[1].dropped_duplicates, m->rows_duplicate, "the number of duplicates", seed);
}

/* What goes into an operator and what does not come out of it again. */
static void check_operators(const struct model *m, const struct progress *p, uint64_t seed)
{
    const struct operator_progress *end = p->operators + p->operator_count;
    int64_t rows = p->rows_in, bad = 0;

    for (int i = 0; i < BAD_REASON_COUNT; i++)
        bad += p->rows_bad[i];
    for (const struct operator_progress *o = p->operators; o < end; o++) {
        bool within = m->s->distinct == DISTINCT_WITHIN_WATERMARK;
        int64_t dropped = strcmp(o->name, "parse") == 0       ? bad
                          : strcmp(o->name, "distinct") == 0  ? m->rows_duplicate + m->distinct_late
                          : strcmp(o->name, "nulls") == 0     ? m->rows_null
                          : strcmp(o->name, "aggregate") == 0 ? m->rows_late - (within ? m->distinct_late : 0)
                                                              : 0;
        check(o->rows_in, rows, o->name, seed);
        check(o->rows_out, rows - dropped, o->name, seed);
        assert_true(o->rows_ms >= 0 && o->end_ms >= 0);
        rows = o->rows_out;
    }
    assert_string_equal(p->operators[0].name, "parse");
    assert_string_equal(end[-1].name, "aggregate");
    check(rows, m->rows_counted, "what comes out of the last operator", seed);
}

/* Batches here are small enough that each row is marked. */
static void check_marks(const struct query *q, const struct model *m, const struct progress *p, uint64_t seed)
{
    size_t count;
    const struct row_mark *marks = query_marks(q, &count);

    check((int64_t)count, (int64_t)m->mark_count, "the number of marks", seed);
    for (size_t i = 0; i < count; i++) {
        check(marks[i].event_ms, m->marks[i].event_ms, "a mark's time", seed);
        check(marks[i].number, m->marks[i].number, "a mark's number", seed);
        check(marks[i].kind, m->marks[i].kind, "a mark's kind", seed);
    }
    check(p->rows_out_of_order, m->rows_out_of_order, "the number of rows out of order", seed);
}

/* The whole table costs time, so it is not compared after every batch. */
static void check_batch(const struct query *q, const struct model *m, const struct progress *p, uint64_t seed,
                        bool whole)
{
    check(p->watermark_ms, m->used, "the watermark", seed);
    check(p->next_watermark_ms, m->next, "the next watermark", seed);
    check(p->rows_late, m->rows_late, "the number of late rows", seed);
    check(p->rows_duplicate, m->rows_duplicate, "the number of duplicates", seed);
    check(p->rows_null, m->rows_null, "the number of rows with nulls", seed);
    check(p->rows_counted, m->rows_counted, "the number of counted rows", seed);
    int64_t bad = 0;
    for (int i = 0; i < BAD_REASON_COUNT; i++)
        bad += p->rows_bad[i];
    check(p->rows_in, bad + m->rows_late + m->rows_duplicate + m->rows_null + m->rows_counted,
          "the sum of rows", seed);
    check_states(m, p, seed);
    check_operators(m, p, seed);
    check_marks(q, m, p, seed);
    check(query_wants_empty_batch(q),
          m->next > m->used &&
              (m->s->output_mode != OUTPUT_COMPLETE || m->s->distinct == DISTINCT_WITHIN_WATERMARK),
          "the wish for an empty batch", seed);
    for (int output = whole ? 0 : 1; output < 2; output++) {
        char *ours = output ? output_of(q) : table_of(q), *model = model_table(m, output);
        if (strcmp(ours, model) != 0)
            fail_msg("seed %llu: %s differs\nours:\n%s\nthe model's:\n%s", (unsigned long long)seed,
                     output ? "the batch's output" : "the table", ours, model);
        free(ours);
        free(model);
    }
}

/* Every file that a checkpoint would hold: an image a batch, some of them full. */
struct images {
    struct strbuf at[200];
    int count;
};

static int write_image(void *arg, const void *bytes, size_t len)
{
    strbuf_add(arg, bytes, len);
    return 0;
}

static struct query *restored(const struct test_case *c, const struct codes *codes, struct images *images,
                              uint64_t seed)
{
    char err[300] = "";
    struct query *q = query_new(&c->settings, codes, NULL);

    for (int i = 0; i < images->count; i++)
        if (query_state_read(q, images->at[i].data, images->at[i].len, err, sizeof(err)) != 0)
            fail_msg("seed %llu: image %d: %s", (unsigned long long)seed, i, err);
    return q;
}

static void save(struct images *images, const struct query *q, bool full)
{
    if (full)
        while (images->count > 0)
            strbuf_free(&images->at[--images->count]);
    struct strbuf *image = &images->at[images->count++];
    *image = (struct strbuf){0};
    assert_int_equal(query_state_write(q, full, write_image, image), 0);
}

static void compare_queries(const struct query *a, const struct query *b, uint64_t seed)
{
    struct query_totals left, right;
    char *table_a = table_of(a), *table_b = table_of(b);

    if (strcmp(table_a, table_b) != 0)
        fail_msg("seed %llu: the restored table differs:\n%s\nfrom\n%s", (unsigned long long)seed, table_b,
                 table_a);
    query_totals(a, &left);
    query_totals(b, &right);
    left.state_bytes = right.state_bytes = 0;
    assert_memory_equal(&left, &right, sizeof(left));
    check(query_wants_empty_batch(b), query_wants_empty_batch(a), "the restored wish for an empty batch",
          seed);
    check((int64_t)query_key_count(b), (int64_t)query_key_count(a), "the restored number of keys", seed);
    free(table_a);
    free(table_b);
}

/* One random stream; where `restart`, the query is thrown away after some batches and read back from its
 * images. */
static void run_case(uint64_t seed, const struct codes *codes, bool restart)
{
    uint64_t r = seed;
    struct test_case *c = xcalloc(1, sizeof(*c));
    struct model *m = xcalloc(1, sizeof(*m));
    struct images *images = xcalloc(1, sizeof(*images));
    struct progress p = {0};
    int at = 0, batches = 0;

    random_below(&r, 1);
    random_settings(&c->settings, &r);
    random_rows(c, &r);
    m->s = &c->settings;
    struct query *q = query_new(&c->settings, codes, NULL);
    while ((at < c->count || query_wants_empty_batch(q)) && batches < 150) {
        int rows = at < c->count ? (int)random_below(&r, 60) : 0;
        if (rows > c->count - at)
            rows = c->count - at;
        query_batch_begin(q, batches++);
        int half = rows / 2; /* in two pieces: where blocks are cut must not matter */
        query_rows(q, c->feed.messages + at, (size_t)half);
        query_rows(q, c->feed.messages + at + half, (size_t)(rows - half));
        query_batch_end(q, &p);
        model_batch(m, c->rows + at, rows);
        at += rows;
        check_batch(q, m, &p, seed, at == c->count || random_below(&r, 4) == 0);
        if (restart) {
            save(images, q, random_below(&r, 8) == 0);
            if (random_below(&r, 3) == 0) {
                struct query *again = restored(c, codes, images, seed);
                compare_queries(q, again, seed);
                query_free(q);
                q = again;
            }
        }
    }
    query_free(q);
    while (images->count > 0)
        strbuf_free(&images->at[--images->count]);
    feed_clear(&c->feed);
    free(images);
    free(m);
    free(c);
}

static void run_cases(bool restart, int64_t cases)
{
    struct codes *codes = test_codes();
    int64_t seed = environment("SFCRIME_SEED", 1);

    cases = environment("SFCRIME_CASES", cases);
    for (int64_t i = 0; i < cases; i++)
        run_case((uint64_t)(seed + i), codes, restart);
    print_message("%lld random cases\n", (long long)cases);
    codes_free(codes);
}

static void the_engine_answers_what_the_naive_model_answers(void **state)
{
    run_cases(false, 1400);
}

static void a_query_restored_from_its_images_goes_on_as_if_nothing_had_been(void **state)
{
    run_cases(true, 600);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_engine_answers_what_the_naive_model_answers),
        cmocka_unit_test(a_query_restored_from_its_images_goes_on_as_if_nothing_had_been),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
