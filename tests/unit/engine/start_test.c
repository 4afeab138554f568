/* Where a query without a checkpoint begins to read. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "memory_source.h"

#include "engine/native.h"

static struct memory_source *topic(void)
{
    struct memory_source *s = memory_open(2);
    for (int i = 0; i < 10; i++) {
        memory_add(s, 0, "x");
        memory_add(s, 1, "x");
    }
    s->part[0].low = 3;
    return s;
}

static int begin_at(enum start_kind kind, int64_t timestamp_ms, const char *json, int64_t offset[2],
                    char *err, size_t cap)
{
    struct memory_source *s = topic();
    char *copy = xstrdup(json);
    struct options o = {.start = {.kind = kind, .timestamp_ms = timestamp_ms, .offsets = copy}};
    int rc = start_offsets(&s->base, &o, offset, err, cap);
    free(copy);
    s->base.ops->close(&s->base);
    return rc;
}

static void expect_offsets(enum start_kind kind, int64_t timestamp_ms, const char *json, int64_t first,
                           int64_t second)
{
    int64_t offset[MAX_PARTITIONS] = {-7, -7};
    char err[300] = "";
    if (begin_at(kind, timestamp_ms, json, offset, err, sizeof err) < 0)
        fail_msg("%s", err);
    assert_int_equal(offset[0], first);
    assert_int_equal(offset[1], second);
}

static void expect_refusal(const char *json, const char *words)
{
    int64_t offset[MAX_PARTITIONS];
    char err[300] = "";
    assert_int_equal(begin_at(START_OFFSETS, 0, json, offset, err, sizeof err), -1);
    if (!strstr(err, words))
        fail_msg("'%s' is not in: %s", words, err);
}

static void earliest_and_latest_are_what_is_kept(void **state)
{
    expect_offsets(START_EARLIEST, 0, "", 3, 0);
    expect_offsets(START_LATEST, 0, "", 10, 10);
}

static void a_timestamp_is_resolved_by_the_topic(void **state)
{
    expect_offsets(START_TIMESTAMP, 5, "", 5, 5);
}

static void offsets_are_taken_as_given_with_sparks_words_for_the_ends(void **state)
{
    expect_offsets(START_OFFSETS, 0, "{\"calls\":{\"0\":7,\"1\":2}}", 7, 2);
    expect_offsets(START_OFFSETS, 0, "{\"calls\":{\"0\":-2,\"1\":-1}}", 3, 10);
}

static void a_partition_that_is_not_named_begins_at_the_earliest(void **state)
{
    expect_offsets(START_OFFSETS, 0, "{\"calls\":{\"1\":4}}", 3, 4);
}

static void offsets_that_cannot_be_are_refused_with_what_can(void **state)
{
    expect_refusal("{\"other\":{\"0\":1}}", "another topic than calls");
    expect_refusal("{\"calls\":{\"2\":1}}", "partitions 0 to 1");
    expect_refusal("{\"calls\":{\"0\":1}}", "it keeps 3 to 10");
    expect_refusal("{\"calls\":{\"0\":11}}", "it keeps 3 to 10");
}

static void uuids_are_random_and_well_formed(void **state)
{
    char a[40], b[40];
    start_uuid(a);
    start_uuid(b);
    assert_int_equal(strlen(a), 36);
    assert_int_equal(a[14], '4');
    assert_string_not_equal(a, b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(earliest_and_latest_are_what_is_kept),
        cmocka_unit_test(a_timestamp_is_resolved_by_the_topic),
        cmocka_unit_test(offsets_are_taken_as_given_with_sparks_words_for_the_ends),
        cmocka_unit_test(a_partition_that_is_not_named_begins_at_the_earliest),
        cmocka_unit_test(offsets_that_cannot_be_are_refused_with_what_can),
        cmocka_unit_test(uuids_are_random_and_well_formed),
    };
    return cmocka_run_group_tests_name("start", tests, NULL, NULL);
}
