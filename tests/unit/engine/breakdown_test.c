/* What stands behind a key, against a plain list of the rows that were counted: in every mode, with sliding
 * windows, late rows, duplicates and several workers; and what happens with very many keys, dispositions or
 * calls a second. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/text.h"
#include "base/xalloc.h"
#include "engine/breakdown.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ROWS = 3000, ALL = 1000000000 };

static const int64_t minute_ms = 60000, start_ms = INT64_C(1546300000000);

struct sent {
    int64_t event_ms;
    int type, disposition, address;
    bool late;
};

struct fixture {
    struct query_settings settings;
    struct breakdown *breakdown;
    struct query *query;
    struct sent rows[ROWS]; /* by offset */
    size_t count;
    int64_t batch_id;
};

static uint32_t below(uint64_t *state, uint32_t n)
{
    *state = *state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (uint32_t)((*state >> 33) % n);
}

static void note_late(void *arg, const struct message *m, int64_t event_ms, int64_t watermark_ms,
                      struct text type)
{
    struct fixture *f = arg;
    f->rows[m->offset].late = true;
}

static void start_query(struct fixture *f)
{
    struct query_listener listener = {.arg = f, .late = note_late};
    breakdown_listen(f->breakdown, &listener);
    f->query = query_new(&f->settings, NULL, &listener);
}

static struct fixture *begin(int addresses_per_s)
{
    struct fixture *f = xcalloc(1, sizeof *f);
    query_settings_default(&f->settings);
    f->settings.distinct = DISTINCT_OFF;
    f->settings.window_ms = f->settings.slide_ms = 0;
    f->breakdown = breakdown_new(addresses_per_s);
    return f;
}

static void finish(struct fixture *f)
{
    query_free(f->query);
    breakdown_free(f->breakdown);
    free(f);
}

/* A batch of messages, which it frees. */
static void batch(struct fixture *f, struct message *messages, size_t count)
{
    struct progress p = {0};
    query_batch_begin(f->query, f->batch_id++);
    query_rows(f->query, messages, count);
    query_batch_end(f->query, &p);
    for (size_t i = 0; i < count; i++)
        free((char *)messages[i].value);
    free(messages);
}

static struct message message(int64_t event_ms, int64_t offset, const char *type, const char *disposition,
                              const char *address)
{
    char iso[ISO_MAX];
    iso_format_ms(iso, event_ms, 0);
    char *json = xasprintf("{\"call_date_time\":\"%s\",\"original_crime_type_name\":\"%s\","
                           "\"disposition\":\"%s\",\"address\":%s}",
                           iso, type, disposition, address);
    return (struct message){.value = json,
                            .value_len = strlen(json),
                            .offset = offset,
                            .timestamp_ms = UNKNOWN,
                            .partition = (int32_t)(offset % 3)};
}

static void send_one(struct fixture *f, const char *type, const char *disposition, const char *address)
{
    struct message *m = xcalloc(1, sizeof *m);
    *m = message(start_ms, 0, type, disposition, address);
    batch(f, m, 1);
}

static uint32_t key_named(const struct query *q, const char *name)
{
    for (uint32_t key = 0; key < query_key_count(q); key++) {
        struct query_key k;
        query_key(q, key, &k);
        if (k.fields[0].len == strlen(name) && memcmp(k.fields[0].p, name, strlen(name)) == 0)
            return key;
    }
    fail_msg("no key %s", name);
    return 0;
}

static struct view_detail *detail_of(struct fixture *f, const char *type)
{
    breakdown_want(f->breakdown, key_named(f->query, type));
    return breakdown_detail(f->breakdown, f->query);
}

/* ---- against a plain list ---- */

static void send_random(struct fixture *f, size_t count, uint64_t *r)
{
    struct message *m = xcalloc(count, sizeof *m);
    for (size_t i = 0; i < count; i++, f->count++) {
        struct sent *s = &f->rows[f->count];
        char type[20], disposition[20], address[40];
        *s = (struct sent){.type = (int)below(r, 9),
                           .disposition = (int)(below(r, 6) * below(r, 6)),
                           .address = (int)below(r, 500)};
        /* Within a day and a half, mostly onwards; each a millisecond of its own, but for repeated ones. */
        s->event_ms = start_ms + (int64_t)f->count * 40000 - (int64_t)below(r, 240) * minute_ms;
        s->event_ms = s->event_ms / ROWS * ROWS + (int64_t)f->count;
        if (f->settings.distinct == DISTINCT_GLOBAL && f->count > 0 && below(r, 5) == 0)
            *s = f->rows[below(r, (uint32_t)f->count)];
        s->late = false;
        snprintf(type, sizeof type, "type %d", s->type);
        snprintf(disposition, sizeof disposition, "D%d", s->disposition);
        snprintf(address, sizeof address, "\"%d Block\"", s->address);
        m[i] = message(s->event_ms, (int64_t)f->count, type, disposition, address);
    }
    batch(f, m, count);
}

static bool is_repeated(const struct fixture *f, size_t at)
{
    const struct sent *s = &f->rows[at];
    for (size_t i = 0; i < at; i++)
        if (f->rows[i].event_ms == s->event_ms && f->rows[i].type == s->type &&
            f->rows[i].disposition == s->disposition)
            return true;
    return false;
}

struct expected {
    int64_t rows, hours[24], parts[40];
    size_t calls[DETAIL_CALLS]; /* offsets, newest last */
};

static struct expected expect(const struct fixture *f, int type)
{
    struct expected e = {0};
    for (size_t i = 0; i < f->count; i++) {
        const struct sent *s = &f->rows[i];
        if (s->type != type || s->late || (f->settings.distinct == DISTINCT_GLOBAL && is_repeated(f, i)))
            continue;
        e.rows++;
        e.hours[s->event_ms / 3600000 % 24]++;
        e.parts[s->disposition]++;
        memmove(e.calls, e.calls + 1, sizeof e.calls - sizeof e.calls[0]);
        e.calls[DETAIL_CALLS - 1] = i;
    }
    return e;
}

static void check_calls(const struct fixture *f, const struct view_detail *d, const struct expected *e)
{
    assert_int_equal(d->calls, e->rows < DETAIL_CALLS ? e->rows : DETAIL_CALLS);
    for (size_t i = 0; i < d->calls; i++) {
        size_t offset = e->calls[DETAIL_CALLS - d->calls + i];
        const struct sent *s = &f->rows[offset];
        const struct detail_call *c = &d->call[i];
        char disposition[20], address[40];
        snprintf(disposition, sizeof disposition, "D%d", s->disposition);
        snprintf(address, sizeof address, "%d Block", s->address);
        assert_int_equal(c->offset, offset);
        assert_int_equal(c->partition, offset % 3);
        assert_int_equal(c->event_ms, s->event_ms);
        assert_string_equal(c->disposition, disposition);
        assert_true(c->address_known);
        assert_string_equal(c->address, address);
    }
}

static void check_key(struct fixture *f, int type)
{
    char name[20];
    snprintf(name, sizeof name, "type %d", type);
    struct view_detail *d = detail_of(f, name);
    struct expected e = expect(f, type);
    struct query_key k;
    int64_t hours = 0, parts = d->rows_other;
    query_key(f->query, d->key, &k);
    assert_true(d->complete);
    assert_int_equal(d->rows, k.rows);
    assert_int_equal(d->rows, e.rows);
    assert_memory_equal(d->hours, e.hours, sizeof e.hours);
    for (int h = 0; h < 24; h++)
        hours += d->hours[h];
    for (size_t i = 0; i < d->parts; i++) {
        assert_false(d->part[i].null);
        assert_true(i == 0 || d->part[i].rows <= d->part[i - 1].rows);
        assert_int_equal(d->part[i].rows, e.parts[atoi(d->part[i].disposition + 1)]);
        parts += d->part[i].rows;
    }
    assert_int_equal(hours, d->rows);
    assert_int_equal(parts, d->rows);
    assert_int_equal(d->rows_other, 0);
    check_calls(f, d, &e);
    free(d);
}

static void run_case(int mode, int distinct, int windows, int parallelism)
{
    static const size_t sizes[] = {1, 30, 0, 500, 200, 200, 2, 12, 600, 200, 300};
    struct fixture *f = begin(ALL);
    uint64_t r = (uint64_t)mode * 100 + (uint64_t)distinct * 10 + (uint64_t)windows;
    f->settings.output_mode = (enum output_mode)mode;
    f->settings.distinct = (enum distinct_mode)distinct;
    f->settings.window_ms = windows * 60 * minute_ms;
    f->settings.slide_ms = windows == 2 ? 30 * minute_ms : f->settings.window_ms;
    f->settings.watermark_ms = 20 * minute_ms;
    f->settings.parallelism = parallelism;
    start_query(f);
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        send_random(f, sizes[i], &r);
        for (int type = 0; type < 9 && f->count > 100; type++)
            check_key(f, type);
    }
    struct query_totals t;
    query_totals(f->query, &t);
    bool closes = distinct == DISTINCT_WITHIN_WATERMARK || (mode != OUTPUT_COMPLETE && windows);
    assert_int_equal(t.rows_late > 0, closes);
    assert_int_equal(t.rows_duplicate > 0, distinct == DISTINCT_GLOBAL);
    finish(f);
}

static void hours_parts_and_latest_calls_are_those_of_the_counted_rows(void **state)
{
    for (int mode = OUTPUT_COMPLETE; mode <= OUTPUT_APPEND; mode++)
        for (int distinct = DISTINCT_OFF; distinct <= DISTINCT_WITHIN_WATERMARK; distinct++)
            for (int windows = 0; windows < 3; windows++)
                for (int parallelism = 1; parallelism <= 3; parallelism += 2)
                    run_case(mode, distinct, windows, parallelism);
}

/* ---- bounds ---- */

static void no_detail_where_none_is_wanted_or_the_key_is_not_there(void **state)
{
    struct fixture *f = begin(ALL);
    start_query(f);
    assert_null(breakdown_detail(f->breakdown, f->query));
    breakdown_want(f->breakdown, 1);
    send_one(f, "a", "ADM", "null");
    assert_null(breakdown_detail(f->breakdown, f->query));
    send_one(f, "b", "ADM", "null");
    struct view_detail *d = breakdown_detail(f->breakdown, f->query);
    assert_int_equal(d->key, 1);
    assert_int_equal(d->rows, 1);
    free(d);
    breakdown_want(f->breakdown, -1);
    assert_null(breakdown_detail(f->breakdown, f->query));
    finish(f);
}

static void texts_are_clean_and_a_call_without_address_has_none(void **state)
{
    struct fixture *f = begin(ALL);
    start_query(f);
    send_one(f, "a", "\\u001b[2J", "\"\\u001b]0;evil\\u0007 St\"");
    send_one(f, "a", "ADM", "null");
    struct view_detail *d = detail_of(f, "a");
    assert_null(strchr(d->part[0].disposition, '\x1b'));
    assert_null(strchr(d->call[0].address, '\x1b'));
    assert_non_null(strstr(d->call[0].address, " St"));
    assert_true(d->call[1].address_known);
    assert_string_equal(d->call[1].address, "");
    free(d);
    finish(f);
}

static void rare_dispositions_are_added_up(void **state)
{
    enum { KINDS = 700 };
    struct fixture *f = begin(ALL);
    start_query(f);
    int64_t sum = 0, least = INT64_MAX;
    struct message *m = xcalloc(2 * KINDS, sizeof *m);
    for (int i = 0; i < 2 * KINDS; i++) {
        char name[20];
        snprintf(name, sizeof name, "D%d", i < KINDS ? i : 200 + i * i % 61);
        m[i] = message(start_ms, i, "a", name, "null");
    }
    batch(f, m, 2 * KINDS);
    struct view_detail *d = detail_of(f, "a");
    assert_int_equal(d->parts, DETAIL_PARTS);
    for (size_t i = 0; i < d->parts; i++) {
        sum += d->part[i].rows;
        least = d->part[i].rows < least ? d->part[i].rows : least;
    }
    assert_true(least > 1); /* those that came once are not among them */
    for (size_t i = 1; i < d->parts; i++)
        assert_true(d->part[i].rows <= d->part[i - 1].rows);
    assert_int_equal(sum + d->rows_other, 2 * KINDS);
    assert_true(d->complete);
    free(d);
    finish(f);
}

static void beyond_the_allowance_the_latest_addresses_of_the_wanted_key_come_first(void **state)
{
    struct fixture *f = begin(3);
    start_query(f);
    send_one(f, "a", "ADM", "\"first\"");
    struct view_detail *d = detail_of(f, "a");
    assert_true(d->call[0].address_known);
    free(d);
    struct message *m = xcalloc(20, sizeof *m);
    for (int i = 0; i < 20; i++) {
        char address[20];
        snprintf(address, sizeof address, "\"%d St\"", i);
        m[i] = message(start_ms, i, i % 2 ? "a" : "b", "ADM", address);
    }
    batch(f, m, 20);
    d = detail_of(f, "a");
    assert_int_equal(d->calls, 11);
    assert_true(d->call[0].address_known); /* of before */
    assert_false(d->call[5].address_known);
    assert_string_equal(d->call[5].address, "");
    assert_true(d->call[10].address_known);
    assert_string_equal(d->call[10].address, "19 St");
    assert_string_equal(d->call[9].address, "17 St");
    free(d);
    /* The place of a call with an address goes to one without. */
    m = xcalloc(20, sizeof *m);
    for (int i = 0; i < 20; i++)
        m[i] = message(start_ms, i, "a", "ADM", "\"more\"");
    breakdown_want(f->breakdown, -1);
    batch(f, m, 20);
    d = detail_of(f, "a");
    for (size_t i = 0; i < d->calls; i++)
        assert_false(d->call[i].address_known);
    free(d);
    d = detail_of(f, "b");
    for (size_t i = 0; i < d->calls; i++)
        assert_false(d->call[i].address_known);
    free(d);
    finish(f);
}

static void send_types(struct fixture *f, int from, int to)
{
    struct message *m = xcalloc((size_t)(to - from), sizeof *m);
    for (int i = from; i < to; i++) {
        char type[20];
        snprintf(type, sizeof type, "type %d", i);
        m[i - from] = message(start_ms, i, type, "ADM", "\"1 St\"");
    }
    batch(f, m, (size_t)(to - from));
}

static void of_very_many_keys_only_the_wanted_one_is_collected(void **state)
{
    struct fixture *f = begin(ALL);
    start_query(f);
    send_types(f, 0, BREAKDOWN_KEYS);
    struct view_detail *d = detail_of(f, "type 7");
    assert_true(d->complete);
    free(d);
    send_types(f, 0, BREAKDOWN_KEYS + 5);
    d = detail_of(f, "type 7"); /* wanted before there were too many: nothing is lost */
    assert_true(d->complete);
    assert_int_equal(d->rows, 2);
    assert_string_equal(d->call[1].address, "1 St");
    free(d);
    d = detail_of(f, "type 8"); /* from now on */
    assert_false(d->complete);
    assert_int_equal(d->rows, 0);
    assert_int_equal(d->calls, 0);
    free(d);
    send_types(f, 0, 50);
    d = detail_of(f, "type 8");
    assert_false(d->complete);
    assert_int_equal(d->rows, 1);
    assert_int_equal(d->part[0].rows, 1);
    assert_int_equal(d->calls, 1);
    free(d);
    finish(f);
}

static int keep(void *arg, const void *bytes, size_t len)
{
    strbuf_add(arg, bytes, len);
    return 0;
}

static void a_query_that_goes_on_from_a_checkpoint_knows_only_the_rows_since(void **state)
{
    struct fixture *f = begin(ALL);
    struct strbuf image = {0};
    char err[200] = "";
    start_query(f);
    send_one(f, "a", "ADM", "null");
    assert_int_equal(query_state_write(f->query, true, keep, &image), 0);
    query_free(f->query);
    breakdown_restart(f->breakdown);
    start_query(f);
    assert_int_equal(query_state_read(f->query, image.data, image.len, err, sizeof err), 0);
    strbuf_free(&image);
    assert_null(breakdown_detail(f->breakdown, f->query)); /* what was wanted is forgotten as well */
    struct view_detail *d = detail_of(f, "a");
    assert_int_equal(d->rows, 0);
    assert_false(d->complete);
    free(d);
    send_one(f, "a", "HAN", "null");
    send_one(f, "b", "HAN", "null");
    d = detail_of(f, "a");
    assert_int_equal(d->rows, 1);
    assert_int_equal(d->parts, 1);
    assert_false(d->complete);
    free(d);
    d = detail_of(f, "b"); /* all of its rows came since */
    assert_true(d->complete);
    free(d);
    finish(f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(hours_parts_and_latest_calls_are_those_of_the_counted_rows),
        cmocka_unit_test(no_detail_where_none_is_wanted_or_the_key_is_not_there),
        cmocka_unit_test(texts_are_clean_and_a_call_without_address_has_none),
        cmocka_unit_test(rare_dispositions_are_added_up),
        cmocka_unit_test(beyond_the_allowance_the_latest_addresses_of_the_wanted_key_come_first),
        cmocka_unit_test(of_very_many_keys_only_the_wanted_one_is_collected),
        cmocka_unit_test(a_query_that_goes_on_from_a_checkpoint_knows_only_the_rows_since),
    };
    return cmocka_run_group_tests_name("breakdown", tests, NULL, NULL);
}
