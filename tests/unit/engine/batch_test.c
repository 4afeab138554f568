/* The micro-batch loop over a topic in memory: the golden case's traps on synthetic rows, what a batch
 * reports, and every way it can end. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "memory_source.h"

#include "base/clock.h"
#include "log.h"
#include "query/batch.h"

#include <stdatomic.h>

struct fixture {
    struct memory_source *source;
    struct query *query;
    struct batches batches;
    struct hub hub;
    atomic_bool stop;
};

static struct fixture *begin(int partitions, void (*adjust)(struct query_settings *s), bool fail_on_data_loss)
{
    struct fixture *f = xcalloc(1, sizeof *f);
    struct query_settings s;
    query_settings_default(&s);
    s.window_ms = s.slide_ms = 0;
    if (adjust)
        adjust(&s);
    f->source = memory_open(partitions);
    struct query_listener none = {0};
    f->query = query_new(&s, NULL, &none);
    assert_int_equal(hub_open(&f->hub), 0);
    struct batch_parts parts = {.source = &f->source->base,
                                .query = f->query,
                                .live = &f->hub.live,
                                .stop = &f->stop,
                                .fail_on_data_loss = fail_on_data_loss};
    int64_t zero[MEMORY_PARTITIONS] = {0};
    batches_open(&f->batches, &parts, zero, 0, "the-id", "the-run");
    return f;
}

static void finish(struct fixture *f)
{
    batches_close(&f->batches);
    query_free(f->query);
    f->source->base.ops->close(&f->source->base);
    hub_close(&f->hub);
    free(f);
}

static const struct batch_rule asap = {.without_data = true};

static int64_t count_of(const struct query *q, const char *type)
{
    for (size_t i = 0; i < query_group_count(q); i++) {
        struct query_group g;
        struct query_key k;
        query_group(q, i, &g);
        query_key(q, g.key, &k);
        if (k.fields[0].p && k.fields[0].len == strlen(type) &&
            memcmp(k.fields[0].p, type, k.fields[0].len) == 0)
            return g.count;
    }
    return -1;
}

static void without_data_no_batch_runs(void **state)
{
    struct fixture *f = begin(1, NULL, true);
    assert_int_equal(batches_run(&f->batches, &asap), BATCH_NOTHING);
    assert_int_equal(f->batches.progress.batch_id, -1);
    assert_int_equal(f->source->reads, 0);
    finish(f);
}

static void the_first_report_is_as_spark_writes_it(void **state)
{
    struct fixture *f = begin(1, NULL, true);
    memory_call(f->source, 0, "2018-12-31T23:57:00.000", "Passing Call", "ADM");
    memory_call(f->source, 0, "2018-12-31T23:57:00.000", "Passing Call", "ADM"); /* a duplicate */
    memory_call(f->source, 0, "2018-12-31T23:51:00.000", "Traffic Stop", "HAN");
    memory_call(f->source, 0, "2018-12-31T23:50:00.000", "Traffic Stop", "HAN");
    struct batch_rule rule = {.limit = 3, .without_data = true};
    assert_int_equal(batches_run(&f->batches, &rule), BATCH_RAN);
    const struct progress *p = &f->batches.progress;
    assert_int_equal(p->batch_id, 0);
    assert_string_equal(p->id, "the-id");
    assert_string_equal(p->run_id, "the-run");
    assert_int_equal(p->rows_in, 3);
    assert_true(p->input_per_s == 0.0);
    assert_true(p->processed_per_s > 0);
    assert_int_equal(p->start_offset[0], UNKNOWN);
    assert_int_equal(p->end_offset[0], 3);
    assert_int_equal(p->latest_offset[0], 4);
    assert_true(p->behind_avg == 1.0);
    assert_int_equal(p->behind_min, 1);
    assert_int_equal(p->behind_max, 1);
    assert_int_equal(p->rows_duplicate, 1);
    assert_int_equal(p->rows_out, -1);
    assert_string_equal(p->sink_description, "NoopSink");
    assert_string_equal(p->source_description, "KafkaV2[Subscribe[calls]]");

    assert_int_equal(batches_run(&f->batches, &rule), BATCH_RAN);
    assert_int_equal(p->batch_id, 1);
    assert_int_equal(p->start_offset[0], 3);
    assert_int_equal(p->end_offset[0], 4);
    assert_true(p->input_per_s > 0);
    assert_int_equal(count_of(f->query, "Passing Call"), 1);
    assert_int_equal(count_of(f->query, "Traffic Stop"), 2);
    assert_int_equal(f->source->committed[0], 4);
    assert_int_equal(f->source->commits, 2);
    finish(f);
}

static void phases_are_measured_and_fit_into_the_whole(void **state)
{
    struct fixture *f = begin(1, NULL, true);
    for (int i = 0; i < 2000; i++) {
        char time[40];
        iso_format_ms(time, 1546300800000 + i * 1000, 0);
        memory_call(f->source, 0, time, "Passing Call", "ADM");
    }
    assert_int_equal(batches_run(&f->batches, &asap), BATCH_RAN);
    const struct progress *p = &f->batches.progress;
    double sum = 0;
    for (int i = 0; i < PHASE_COUNT; i++) {
        assert_true(p->phase_ms[i] >= 0);
        sum += p->phase_ms[i];
    }
    assert_true(p->phase_ms[PHASE_ADD_BATCH] > 0);
    assert_true(sum <= p->total_ms + 0.001);
    assert_true(sum > p->total_ms * 0.5);
    assert_int_equal(atomic_load(&f->hub.live.batch_id), -1);
    assert_int_equal(atomic_load(&f->hub.live.phase), -1);
    assert_int_equal(atomic_load(&f->hub.live.batch_rows), 2000);
    assert_int_equal(atomic_load(&f->hub.live.batch_rows_planned), 2000);
    finish(f);
}

static void append(struct query_settings *s)
{
    s->distinct = DISTINCT_OFF;
    s->window_ms = s->slide_ms = 3600000;
    s->output_mode = OUTPUT_APPEND;
}

static void a_batch_without_data_closes_what_the_watermark_has_passed(void **state)
{
    struct fixture *f = begin(1, append, true);
    memory_call(f->source, 0, "2018-12-31T10:30:00.000", "Passing Call", "ADM");
    memory_call(f->source, 0, "2018-12-31T12:30:00.000", "Passing Call", "ADM");
    assert_int_equal(batches_run(&f->batches, &asap), BATCH_RAN);
    size_t count;
    query_output(f->query, &count);
    assert_int_equal(count, 0);

    struct batch_rule only_data = {.without_data = false};
    assert_int_equal(batches_run(&f->batches, &only_data), BATCH_NOTHING);
    assert_int_equal(batches_run(&f->batches, &asap), BATCH_RAN);
    query_output(f->query, &count);
    assert_int_equal(count, 1);
    const struct progress *p = &f->batches.progress;
    assert_int_equal(p->batch_id, 1);
    assert_int_equal(p->rows_in, 0);
    assert_int_equal(p->start_offset[0], 2);
    assert_int_equal(p->end_offset[0], 2);
    assert_true(p->input_per_s == 0.0);
    assert_int_equal(batches_run(&f->batches, &asap), BATCH_NOTHING);
    finish(f);
}

static void full_shares_wait_until_the_end_is_known(void **state)
{
    struct fixture *f = begin(2, NULL, true);
    for (int i = 0; i < 3; i++)
        memory_call(f->source, 0, "2018-12-31T10:30:00.000", "Passing Call", "ADM");
    memory_call(f->source, 1, "2018-12-31T10:31:00.000", "Passing Call", "ADM");
    struct batch_rule rule = {.limit = 4, .equal_shares = true, .only_full = true};
    assert_int_equal(batches_run(&f->batches, &rule), BATCH_NOTHING);
    memory_call(f->source, 1, "2018-12-31T10:32:00.000", "Passing Call", "ADM");
    assert_int_equal(batches_run(&f->batches, &rule), BATCH_RAN);
    assert_int_equal(f->batches.position[0], 2);
    assert_int_equal(f->batches.position[1], 2);
    assert_int_equal(batches_run(&f->batches, &rule), BATCH_NOTHING);
    const int64_t end[] = {3, 2};
    rule.final_end = end;
    rule.final_partitions = 2;
    assert_int_equal(batches_run(&f->batches, &rule), BATCH_RAN);
    assert_int_equal(f->batches.position[0], 3);
    assert_int_equal(batches_run(&f->batches, &rule), BATCH_NOTHING);
    finish(f);
}

static void add_calls(struct fixture *f, int partition, int count)
{
    for (int i = 0; i < count; i++)
        memory_call(f->source, partition, "2018-12-31T10:30:00.000", "Passing Call", "ADM");
}

static void a_rate_limits_what_each_partition_gives(void **state)
{
    enum { RATE = 200, DEADLINE_MS = 10000 };
    struct fixture *f = begin(2, NULL, true);
    struct batch_rule rule = {.rate_per_partition = RATE};
    add_calls(f, 0, 2000);
    add_calls(f, 1, 5);
    int64_t began_ms = clock_mono_ms();
    assert_int_equal(batches_run(&f->batches, &rule), BATCH_RAN);
    assert_int_equal(f->batches.position[0], RATE); /* the first batch has one second's worth */
    assert_int_equal(f->batches.position[1], 5);
    int64_t first = f->batches.position[0], ran = 0;
    while (ran < 4 && clock_mono_ms() < began_ms + DEADLINE_MS)
        ran += batches_run(&f->batches, &rule) == BATCH_RAN;
    int64_t took_ms = clock_mono_ms() - began_ms;
    assert_int_equal(ran, 4);
    /* Never above the rate; nor below it by more than a row, for the fractions are kept. */
    int64_t rows = f->batches.position[0] - first;
    assert_true(rows <= RATE * took_ms / 1000 + 1);
    assert_true(rows >= 4 * RATE / 10 - 1);
    /* Not one batch for each row. */
    assert_true(f->batches.progress.rows_in >= RATE / 10 - 1);
    finish(f);
}

static void a_rate_that_limits_nothing_delays_nothing(void **state)
{
    struct fixture *f = begin(1, NULL, true);
    struct batch_rule rule = {.rate_per_partition = 1000000000};
    for (int i = 0; i < 3; i++) {
        add_calls(f, 0, 10);
        assert_int_equal(batches_run(&f->batches, &rule), BATCH_RAN);
        assert_int_equal(f->batches.progress.rows_in, 10);
        assert_int_equal(batches_run(&f->batches, &rule), BATCH_NOTHING);
    }
    finish(f);
}

static void nothing_past_the_final_end_is_read(void **state)
{
    struct fixture *f = begin(1, NULL, true);
    for (int i = 0; i < 5; i++)
        memory_call(f->source, 0, "2018-12-31T10:30:00.000", "Passing Call", "ADM");
    const int64_t end[] = {3};
    struct batch_rule rule = {.final_end = end, .final_partitions = 1, .without_data = true};
    assert_int_equal(batches_run(&f->batches, &rule), BATCH_RAN);
    assert_int_equal(f->batches.position[0], 3);
    assert_int_equal(batches_run(&f->batches, &rule), BATCH_NOTHING);
    finish(f);
}

static void lost_offsets_stop_the_query_with_the_exact_range(void **state)
{
    struct fixture *f = begin(1, NULL, true);
    for (int i = 0; i < 10; i++)
        memory_call(f->source, 0, "2018-12-31T10:30:00.000", "Passing Call", "ADM");
    f->source->part[0].low = 4;
    assert_int_equal(batches_run(&f->batches, &asap), BATCH_FAILED);
    assert_non_null(strstr(f->batches.error, "offsets 0 to 3 of partition 0 (4 messages)"));
    assert_int_equal(f->source->commits, 0);
    finish(f);
}

static void lost_offsets_are_counted_where_that_is_allowed(void **state)
{
    struct fixture *f = begin(1, NULL, false);
    for (int i = 0; i < 10; i++)
        memory_call(f->source, 0, "2018-12-31T10:30:00.000", "Passing Call", "ADM");
    f->source->part[0].low = 4;
    assert_int_equal(batches_run(&f->batches, &asap), BATCH_RAN);
    assert_int_equal(f->batches.progress.data_loss, 4);
    assert_int_equal(f->batches.progress.rows_in, 6);
    memory_call(f->source, 0, "2018-12-31T10:31:00.000", "Passing Call", "ADM");
    assert_int_equal(batches_run(&f->batches, &asap), BATCH_RAN);
    assert_int_equal(f->batches.progress.data_loss, 0);
    assert_int_equal(f->batches.data_loss, 4);
    finish(f);
}

static void a_topic_made_anew_is_refused_or_read_from_its_beginning(void **state)
{
    for (int follow = 0; follow < 2; follow++) {
        struct fixture *f = begin(1, NULL, !follow);
        for (int i = 0; i < 3; i++)
            memory_call(f->source, 0, "2018-12-31T10:30:00.000", "Passing Call", i ? "ADM" : "HAN");
        assert_int_equal(batches_run(&f->batches, &asap), BATCH_RAN);
        memory_call(f->source, 0, "2018-12-31T10:31:00.000", "Passing Call", "ADM");
        f->source->part[0].anew = true;
        if (!follow) {
            assert_int_equal(batches_run(&f->batches, &asap), BATCH_FAILED);
            assert_non_null(strstr(f->batches.error, "it was made anew; set fail-on-data-loss = false"));
        } else {
            /* What was planned for the old topic is not waited for. */
            assert_int_equal(batches_run(&f->batches, &asap), BATCH_RAN);
            assert_int_equal(f->batches.progress.rows_in, 0);
            assert_int_equal(f->batches.position[0], 0);
            assert_int_equal(batches_run(&f->batches, &asap), BATCH_RAN);
            assert_int_equal(f->batches.progress.rows_in, 4);
        }
        finish(f);
    }
}

static void remember_words(void *arg, const char *words)
{
    snprintf(arg, 300, "%s", words);
}

/* The topic was made anew or cut while a batch was read, and is longer than what had been read of it. */
static void an_end_that_is_not_there_any_more_is_refused_or_let_go(void **state)
{
    for (int follow = 0; follow < 2; follow++) {
        struct fixture *f = begin(2, NULL, !follow);
        char said[300] = "";
        f->batches.parts.stall_ms = 10;
        f->batches.parts.waits = remember_words;
        f->batches.parts.waits_arg = said;
        memory_call(f->source, 0, "2018-12-31T10:30:00.000", "Passing Call", "ADM");
        memory_call(f->source, 1, "2018-12-31T10:30:00.000", "Passing Call", "ADM");
        const int64_t end[] = {1, 3};
        struct batch_rule rule = {.final_end = end, .final_partitions = 2};
        enum batch_status status = batches_run(&f->batches, &rule);
        assert_non_null(strstr(said, "batch 0 waits for Kafka"));
        if (!follow) {
            assert_int_equal(status, BATCH_FAILED);
            assert_non_null(
                strstr(f->batches.error, "partition 1 of topic calls ends at offset 1, before the 3"));
            assert_non_null(strstr(f->batches.error, "made anew or cut; set fail-on-data-loss = false"));
            assert_false(f->batches.anew);
        } else {
            assert_int_equal(status, BATCH_RAN);
            assert_int_equal(f->batches.progress.rows_in, 2);
            assert_int_equal(f->batches.position[1], 1);
            assert_true(f->batches.anew); /* whoever knows of ends has to learn them anew */
        }
        finish(f);
    }
}

static void a_batch_of_a_topic_that_is_gone_says_so_and_ends(void **state)
{
    struct fixture *f = begin(1, NULL, true);
    f->batches.parts.stall_ms = 10;
    f->source->ends_status = SOURCE_FAILED;
    const int64_t end[] = {1};
    struct batch_rule rule = {.final_end = end, .final_partitions = 1};
    assert_int_equal(batches_run(&f->batches, &rule), BATCH_FAILED);
    assert_string_equal(f->batches.error, "there is no such topic");
    finish(f);
}

static void a_source_that_cannot_go_on_is_heard_of_although_nothing_waits(void **state)
{
    struct fixture *f = begin(1, NULL, true);
    f->source->base.failed = true;
    snprintf(f->source->base.error, sizeof f->source->base.error, "this user may not use the topic");
    assert_int_equal(batches_run(&f->batches, &asap), BATCH_FAILED);
    assert_string_equal(f->batches.error, "this user may not use the topic");
    finish(f);
}

static void what_was_planned_of_a_topic_made_anew_is_let_go_in_every_partition(void **state)
{
    struct fixture *f = begin(2, NULL, false);
    char said[300] = "";
    f->batches.parts.stall_ms = 10;
    f->batches.parts.waits = remember_words;
    f->batches.parts.waits_arg = said;
    memory_call(f->source, 0, "2018-12-31T10:30:00.000", "Passing Call", "ADM");
    assert_int_equal(batches_run(&f->batches, &asap), BATCH_RAN);
    f->source->part[0].anew = true;
    const int64_t end[] = {2, 7}; /* nobody will ever write the seven */
    struct batch_rule rule = {.final_end = end, .final_partitions = 2};
    assert_int_equal(batches_run(&f->batches, &rule), BATCH_RAN);
    assert_true(f->batches.anew);
    assert_string_equal(said, ""); /* let go at once, not after a wait */
    assert_int_equal(f->batches.position[0], 0);
    assert_int_equal(f->batches.position[1], 0);
    finish(f);
}

static void a_failing_source_says_why(void **state)
{
    struct fixture *f = begin(1, NULL, true);
    memory_call(f->source, 0, "2018-12-31T10:30:00.000", "Passing Call", "ADM");
    f->source->fail_reads = true;
    assert_int_equal(batches_run(&f->batches, &asap), BATCH_FAILED);
    assert_string_equal(f->batches.error, "the broker has burnt down");
    assert_int_equal(atomic_load(&f->hub.live.batch_id), -1);
    finish(f);
}

static void a_batch_that_waits_for_ever_gives_up_when_the_program_ends(void **state)
{
    struct fixture *f = begin(1, NULL, true);
    const int64_t end[] = {1}; /* promised, never there */
    struct batch_rule rule = {.final_end = end, .final_partitions = 1};
    atomic_store(&f->stop, true);
    assert_int_equal(batches_run(&f->batches, &rule), BATCH_STOPPED);
    assert_int_equal(f->source->commits, 0);
    finish(f);
}

static void a_pending_batch_runs_over_exactly_its_range(void **state)
{
    struct fixture *f = begin(1, NULL, true);
    for (int i = 0; i < 5; i++)
        memory_call(f->source, 0, "2018-12-31T10:30:00.000", "Passing Call", "ADM");
    const int64_t end[] = {2};
    batches_resume_pending(&f->batches, end);
    assert_int_equal(batches_run(&f->batches, &asap), BATCH_RAN);
    assert_int_equal(f->batches.progress.rows_in, 2);
    assert_int_equal(batches_run(&f->batches, &asap), BATCH_RAN);
    assert_int_equal(f->batches.progress.rows_in, 3);
    finish(f);
}

static void partitions_that_the_topic_gains_are_read_from_their_beginning(void **state)
{
    struct fixture *f = begin(1, NULL, true);
    memory_call(f->source, 0, "2018-12-31T10:30:00.000", "Passing Call", "ADM");
    assert_int_equal(batches_run(&f->batches, &asap), BATCH_RAN);
    f->source->base.partitions = 3;
    memory_call(f->source, 2, "2018-12-31T10:31:00.000", "Traffic Stop", "ADM");
    assert_int_equal(batches_run(&f->batches, &asap), BATCH_RAN);
    assert_int_equal(f->batches.partitions, 3);
    assert_int_equal(f->batches.progress.partitions, 3);
    assert_int_equal(count_of(f->query, "Traffic Stop"), 1);
    finish(f);
}

static void bad_messages_are_counted_and_stop_nothing(void **state)
{
    struct fixture *f = begin(1, NULL, true);
    memory_add(f->source, 0, "no JSON at all");
    memory_add(f->source, 0, "[1,2]");
    memory_call(f->source, 0, NULL, "Passing Call", "ADM");
    memory_call(f->source, 0, "yesterday", "Passing Call", "ADM");
    memory_call(f->source, 0, "2018-12-31T10:30:00.000", "Passing Call", "ADM");
    assert_int_equal(batches_run(&f->batches, &asap), BATCH_RAN);
    const struct progress *p = &f->batches.progress;
    int64_t bad = 0;
    for (int i = 0; i < BAD_REASON_COUNT; i++)
        bad += p->rows_bad[i];
    assert_int_equal(bad, 4);
    assert_int_equal(p->rows_counted, 1);
    assert_int_equal(p->rows_in, 5);
    finish(f);
}

int main(void)
{
    char err[200];
    if (log_open(NULL, err, sizeof err) < 0)
        return 1;
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(without_data_no_batch_runs),
        cmocka_unit_test(the_first_report_is_as_spark_writes_it),
        cmocka_unit_test(phases_are_measured_and_fit_into_the_whole),
        cmocka_unit_test(a_batch_without_data_closes_what_the_watermark_has_passed),
        cmocka_unit_test(full_shares_wait_until_the_end_is_known),
        cmocka_unit_test(a_rate_limits_what_each_partition_gives),
        cmocka_unit_test(a_rate_that_limits_nothing_delays_nothing),
        cmocka_unit_test(nothing_past_the_final_end_is_read),
        cmocka_unit_test(lost_offsets_stop_the_query_with_the_exact_range),
        cmocka_unit_test(lost_offsets_are_counted_where_that_is_allowed),
        cmocka_unit_test(a_topic_made_anew_is_refused_or_read_from_its_beginning),
        cmocka_unit_test(an_end_that_is_not_there_any_more_is_refused_or_let_go),
        cmocka_unit_test(a_batch_of_a_topic_that_is_gone_says_so_and_ends),
        cmocka_unit_test(a_source_that_cannot_go_on_is_heard_of_although_nothing_waits),
        cmocka_unit_test(what_was_planned_of_a_topic_made_anew_is_let_go_in_every_partition),
        cmocka_unit_test(a_failing_source_says_why),
        cmocka_unit_test(a_batch_that_waits_for_ever_gives_up_when_the_program_ends),
        cmocka_unit_test(a_pending_batch_runs_over_exactly_its_range),
        cmocka_unit_test(partitions_that_the_topic_gains_are_read_from_their_beginning),
        cmocka_unit_test(bad_messages_are_counted_and_stop_nothing),
    };
    int failed = cmocka_run_group_tests_name("batch", tests, NULL, NULL);
    log_close();
    return failed;
}
