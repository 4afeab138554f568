/* From messages to rows: event times, read fast where they look as in the data, mean what iso_parse_ms says.
 */
#include "steps.h"

static char *quoted_call(const char *time)
{
    return xasprintf("{\"call_date_time\":\"%s\",\"disposition\":\"ADM\",\"original_crime_type_name\":\"x\"}",
                     time);
}

/* All of them in one batch, so that each is read with the day of the one before in mind. */
static void expect_times(const char *const *times, size_t count)
{
    struct query_settings s = reference();
    struct feed f = {0};
    struct progress p = {0};

    s.distinct = DISTINCT_OFF;
    for (size_t i = 0; i < count; i++) {
        struct query *q = query_new(&s, NULL, NULL);
        char *before = quoted_call(times[i > 0 ? i - 1 : 0]), *call = quoted_call(times[i]);
        int64_t wanted = UNKNOWN;
        bool valid = iso_parse_ms(times[i], strlen(times[i]), &wanted);
        feed_add(&f, before, 0);
        feed_add(&f, "{\"call_date_time\":\"1970-01-01T00:00:00.000\"}", 1);
        feed_add(&f, before, 0);
        query_batch_begin(q, 0);
        query_rows(q, f.messages, f.count);
        query_batch_end(q, &p);
        feed_clear(&f);
        feed_add(&f, call, 0);
        query_batch_begin(q, 1);
        query_rows(q, f.messages, 1);
        query_batch_end(q, &p);
        feed_clear(&f);
        if (p.event_max_ms != wanted || p.rows_bad[BAD_TIME] + p.rows_bad[BAD_NO_TIME] != !valid)
            fail_msg("\"%s\" behind \"%s\" is read as %lld", times[i], times[i > 0 ? i - 1 : 0],
                     (long long)p.event_max_ms);
        query_free(q);
        free(before);
        free(call);
    }
}

static void a_time_means_the_same_whatever_stood_before_it(void **state)
{
    static const char *const times[] = {
        "2018-12-31T23:57:00.000",
        "2018-12-31T00:00:00.000",
        "2018-12-31T23:59:59.999",
        "2018-12-31T24:00:00.000",
        "2018-12-31T23:60:00.000",
        "2018-12-31T23:00:60.000",
        "2018-12-31T23:00:00,000",
        "2018-12-31T23:00:00.00x",
        "2018-12-31 23:00:00.000",
        "2018-12-31T23:00:00.00Z",
        "2018-12-31T23:00:00.000Z",
        "2018-12-31T23:00+08:00",
        "2018-12-31T23:00:00",
        "2018-12-31",
        "2018-12-31T",
        "2019-01-01T00:00:00.000",
        "2018-02-29T00:00:00.000",
        "2016-02-29T00:00:00.001",
        "1969-12-31T23:59:59.999",
        "0000-01-01T00:00:00.000",
        "9999-12-31T23:59:59.999",
        "2018-12-31T-1:00:00.000",
        "2018-12-31T 1:00:00.000",
        "",
    };

    expect_times(times, sizeof(times) / sizeof(*times));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_time_means_the_same_whatever_stood_before_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
