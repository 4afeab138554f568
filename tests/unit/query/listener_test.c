/* What the query tells of rows that it does not count: bad messages by reason, late rows by how late they
 * were. */
#include "steps.h"

struct heard {
    struct strbuf text;
};

static void hear_bad(void *arg, const struct message *m, enum bad_reason reason, const char *detail)
{
    struct heard *h = arg;

    strbuf_printf(&h->text, "%lld %s: %s\n", (long long)m->offset, bad_reason_name(reason), detail);
}

static void hear_late(void *arg, const struct message *m, int64_t event_ms, int64_t watermark_ms,
                      struct text type)
{
    struct heard *h = arg;

    strbuf_printf(&h->text, "%lld late by %lld: %.*s\n", (long long)m->offset,
                  (long long)(watermark_ms - event_ms), (int)type.len, type.p);
}

static void bad_messages_are_counted_and_told_and_stop_nothing(void **state)
{
    struct query_settings s = reference();
    struct heard h = {0};
    const struct query_listener listener = {.arg = &h, .bad = hear_bad, .late = hear_late};
    struct query *q = query_new(&s, NULL, &listener);
    struct feed f = {0};
    struct progress p = {0};

    feed_add(&f, "nonsense", 0);
    feed_add(&f, "[1]", 0);
    feed_add(&f, "{\"disposition\":\"ADM\"}", 0);
    feed_add(&f, "{\"call_date_time\":null}", 0);
    feed_add(&f, "{\"call_date_time\":\"\"}", 0);
    feed_add(&f, "{\"call_date_time\":\"2018-02-30T00:00\\u001b[2J\"}", 0);
    feed_add(&f, "", 0);
    feed_add(&f, NULL, 0);
    feed_call(&f, "2018-12-31T10:00", "ADM", "a");
    char *huge = xmalloc(MESSAGE_MAX_BYTES + 2);
    memset(huge, ' ', MESSAGE_MAX_BYTES + 1);
    huge[MESSAGE_MAX_BYTES + 1] = '\0';
    memcpy(huge, "{}", 2);
    feed_add(&f, huge, 0);
    free(huge);
    run_batch(q, &f, &p);
    assert_string_equal(h.text.data, "0 not JSON: not JSON at byte 1\n"
                                     "1 not an object: JSON, but not an object\n"
                                     "2 no event time: no call_date_time\n"
                                     "3 no event time: no call_date_time\n"
                                     "4 no event time: call_date_time is empty\n"
                                     "5 unreadable event time: call_date_time is no date and time: "
                                     "\"2018-02-30T00:00\xef\xbf\xbd[2J\"\n"
                                     "6 empty: an empty value\n"
                                     "7 empty: no value (a tombstone)\n"
                                     "9 larger than 1 MiB: 1048577 bytes, more than 1048576\n");
    assert_int_equal(p.rows_bad[BAD_NOT_JSON], 1);
    assert_int_equal(p.rows_bad[BAD_NOT_OBJECT], 1);
    assert_int_equal(p.rows_bad[BAD_NO_TIME], 3);
    assert_int_equal(p.rows_bad[BAD_TIME], 1);
    assert_int_equal(p.rows_bad[BAD_EMPTY], 2);
    assert_int_equal(p.rows_bad[BAD_TOO_LARGE], 1);
    assert_int_equal(p.rows_counted, 1);
    assert_int_equal(p.rows_in, 10);
    expect_table(q, "a,1\n");
    strbuf_free(&h.text);
    query_free(q);
}

static void late_rows_are_told_with_what_they_missed(void **state)
{
    struct query_settings s = windowed(OUTPUT_UPDATE, 10 * MINUTE, 5 * MINUTE);
    struct heard h = {0};
    const struct query_listener listener = {.arg = &h, .late = hear_late};
    struct query *q = query_new(&s, NULL, &listener);
    struct feed f = {0};
    struct progress p = {0};

    feed_call(&f, "2018-12-31T10:20", "ADM", "a");
    run_batch(q, &f, &p);
    run_batch(q, &f, &p);
    feed_call(&f, "2018-12-31T10:04", "ADM", "gone");   /* windows until 10:05 and 10:10, watermark 10:15 */
    feed_call(&f, "2018-12-31T10:11", "ADM", "partly"); /* until 10:15 is closed, until 10:20 is open */
    run_batch(q, &f, &p);
    assert_string_equal(h.text.data, "0 late by 660000: gone\n");
    assert_int_equal(p.rows_late, 1);
    assert_int_equal(p.rows_counted, 1);
    assert_int_equal(p.state[0].rows_dropped_by_watermark, 3);
    expect_output(q, "2018-12-31T10:10:00.000Z,2018-12-31T10:20:00.000Z,partly,1\n");
    strbuf_free(&h.text);
    query_free(q);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(bad_messages_are_counted_and_told_and_stop_nothing, start_over),
        cmocka_unit_test_setup(late_rows_are_told_with_what_they_missed, start_over),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
