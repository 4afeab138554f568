/* The program without its screen: how it ends, what it says, what it writes, and that nothing bad stops it.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "program.h"

#include "base/text.h"
#include "base/xalloc.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* n calls, one a second from 10:00 on, of three types and two dispositions. */
static void write_calls(struct program *p, const char *name, int n)
{
    static const char *const types[] = {"Passing Call", "Traffic Stop", "Audible Alarm"};
    struct strbuf b = {0};
    for (int i = 0; i < n; i++)
        strbuf_printf(&b,
                      "{\"crime_id\":\"%d\",\"original_crime_type_name\":\"%s\",\"call_date_time\":"
                      "\"2018-12-31T%02d:%02d:%02d.000\",\"disposition\":\"%s\"}\n",
                      i, types[i % 3], 10 + i / 3600, i / 60 % 60, i % 60, i % 2 ? "HAN" : "ADM");
    program_write(p, name, b.data ? b.data : "");
    strbuf_free(&b);
}

static void expect_status(const struct program *p, int status)
{
    if (p->status != status)
        fail_msg("status %d, not %d; it said: %s", p->status, status, p->err);
}

static void without_a_terminal_it_says_so_and_ends_with_the_table_and_the_last_report(void **state)
{
    struct program *p = program_new();
    write_calls(p, "calls.json", 300);
    program_run(p, (const char *const[]){"-d", program_path(p, "calls.json"), NULL});
    expect_status(p, 0);
    assert_true(program_says(p->err, "no terminal"));
    assert_true(program_says(p->err, "300 calls sent, 300 rows in"));
    assert_true(program_says(p->out, "Batch: 0\n"));
    assert_true(program_says(p->out, "|{2018-12-31 10:00:00, 2018-12-31 11:00:00}|"));
    assert_true(program_says(p->out, "Result: 3 groups\n"));
    assert_true(program_says(p->out, "\"batchId\""));
    program_free(p);
}

static void the_console_tables_look_like_sparks(void **state)
{
    struct program *p = program_new();
    write_calls(p, "calls.json", 6);
    program_run(p, (const char *const[]){"--headless", "--available-now", "-d", program_path(p, "calls.json"),
                                         "-S", "query.window=none", NULL});
    expect_status(p, 0);
    const char *expected = "-------------------------------------------\n"
                           "Batch: 0\n"
                           "-------------------------------------------\n"
                           "+------------------------+-----+\n"
                           "|original_crime_type_name|count|\n"
                           "+------------------------+-----+\n"
                           "|           Audible Alarm|    2|\n"
                           "|            Passing Call|    2|\n"
                           "|            Traffic Stop|    2|\n"
                           "+------------------------+-----+\n"
                           "\n";
    if (strncmp(p->out, expected, strlen(expected)) != 0)
        fail_msg("%s", p->out);
    program_free(p);
}

static void reports_on_standard_output_have_it_for_themselves(void **state)
{
    struct program *p = program_new();
    write_calls(p, "calls.json", 50);
    program_run(p, (const char *const[]){"--headless", "--available-now", "--progress", "-", "-d",
                                         program_path(p, "calls.json"), NULL});
    expect_status(p, 0);
    assert_int_equal(program_lines(p->out), 1);
    assert_int_equal(p->out[0], '{');
    program_free(p);
}

static void the_same_data_give_the_same_batches_however_fast_they_come(void **state)
{
    static const char *const rates[] = {"max", "2000", "5000"};
    struct program *p = program_new();
    write_calls(p, "calls.json", 2000);
    char *first = NULL;
    for (size_t run = 0; run < sizeof rates / sizeof *rates; run++) {
        program_run(p, (const char *const[]){"--headless", "--available-now", "-r", rates[run], "-d",
                                             program_path(p, "calls.json"), "-S",
                                             "query.max-offsets-per-trigger=300", "-S", "kafka.partitions=3",
                                             "--progress", "-", "--export", program_path(p, "t.csv"), NULL});
        expect_status(p, 0);
        /* What is left when times and ids are taken away: the offsets of each batch. */
        struct strbuf ends = {0};
        for (const char *at = p->out; (at = strstr(at, "\"endOffset\"")); at++)
            strbuf_add(&ends, at, strcspn(at, "}"));
        char *table = program_read(p, "t.csv");
        strbuf_puts(&ends, table);
        free(table);
        if (first)
            assert_string_equal(ends.data, first);
        else
            first = xstrdup(ends.data);
        strbuf_free(&ends);
    }
    free(first);
    program_free(p);
}

static void append_mode_ends_with_a_batch_without_data_that_closes_windows(void **state)
{
    struct program *p = program_new();
    program_write(p, "calls.json",
                  "{\"original_crime_type_name\":\"A\",\"call_date_time\":\"2018-12-31T10:30:00\","
                  "\"disposition\":\"ADM\"}\n"
                  "{\"original_crime_type_name\":\"A\",\"call_date_time\":\"2018-12-31T12:30:00\","
                  "\"disposition\":\"ADM\"}\n");
    program_run(p, (const char *const[]){"--headless", "--available-now", "-d", program_path(p, "calls.json"),
                                         "-S", "query.output-mode=append", "-S", "kafka.partitions=1",
                                         "--progress", "-", "--export", program_path(p, "t.csv"), NULL});
    expect_status(p, 0);
    assert_int_equal(program_lines(p->out), 2);
    char *csv = program_read(p, "t.csv");
    assert_string_equal(csv, "window_start,window_end,original_crime_type_name,count\n"
                             "2018-12-31T10:00:00.000Z,2018-12-31T11:00:00.000Z,A,1\n");
    free(csv);
    program_free(p);
}

static void broken_messages_are_counted_and_kept_and_change_nothing_else(void **state)
{
    struct program *p = program_new();
    write_calls(p, "calls.json", 400);
    const char *data = program_path(p, "calls.json");
    program_run(p, (const char *const[]){"--headless", "--available-now", "-d", data, "--export",
                                         program_path(p, "clean.csv"), NULL});
    expect_status(p, 0);
    char letters[500];
    snprintf(letters, sizeof letters, "sink.dead-letters=%s", program_path(p, "dead.json"));
    program_run(p, (const char *const[]){"--headless", "--available-now", "-d", data, "-S",
                                         "replay.malformed=10%", "-S", letters, "--export",
                                         program_path(p, "t.csv"), NULL});
    expect_status(p, 0);
    char *clean = program_read(p, "clean.csv"), *dirty = program_read(p, "t.csv"),
         *dead = program_read(p, "dead.json");
    assert_string_equal(clean, dirty);
    assert_non_null(dead);
    size_t bad = program_lines(dead);
    assert_true(bad > 10 && bad < 100);
    char words[80];
    snprintf(words, sizeof words, "%zu calls sent", 400 + bad);
    assert_true(program_says(p->err, words));
    snprintf(words, sizeof words, " %zu bad: ", bad);
    assert_true(program_says(p->err, words));
    assert_true(program_says(p->err, "/dead.json)\n"));
    assert_true(program_says(p->err, " not JSON"));
    assert_false(program_says(p->err, "larger than"));
    assert_true(program_says(dead, "\"topic\":\"san-francisco.police-department.calls\",\"partition\":"));
    free(clean);
    free(dirty);
    free(dead);
    program_free(p);
}

static void dead_letters_have_a_limit_and_a_topic(void **state)
{
    struct program *p = program_new();
    write_calls(p, "calls.json", 400);
    char letters[500], log[600];
    snprintf(letters, sizeof letters, "sink.dead-letters=%s", program_path(p, "dead.json"));
    snprintf(log, sizeof log, "[log]\nlevel = INFO\nfile = %s\n", program_path(p, "log"));
    program_write(p, "logging.ini", log);
    program_run(p, (const char *const[]){"--headless", "--available-now", "-d", program_path(p, "calls.json"),
                                         "-S", "replay.malformed=20%", "-S", letters, "-S",
                                         "sink.dead-letters-limit=2 KB", "-S", "sink.dead-letters-topic=dead",
                                         "--logging", program_path(p, "logging.ini"), NULL});
    expect_status(p, 0);
    char *dead = program_read(p, "dead.json"), *text = program_read(p, "log");
    assert_true(strlen(dead) > 0 && strlen(dead) <= 2048);
    assert_true(program_says(p->err, "/dead.json and in topic dead; "));
    assert_true(program_says(p->err, " only counted, as the file has reached its limit)\n"));
    assert_true(program_says(text, "has reached its limit of 2.0 KB"));
    assert_true(program_says(text, "messages that are no calls, so far: "));
    assert_true(program_says(text, "messages that were no calls: "));
    free(dead);
    free(text);
    program_free(p);
}

static void max_batches_ends_the_run_early(void **state)
{
    struct program *p = program_new();
    write_calls(p, "calls.json", 500);
    program_run(p, (const char *const[]){"--headless", "--available-now", "-d", program_path(p, "calls.json"),
                                         "-S", "query.max-offsets-per-trigger=100", "--max-batches", "2",
                                         "--progress", "-", NULL});
    expect_status(p, 0);
    assert_int_equal(program_lines(p->out), 2);
    assert_true(program_says(p->err, "200 rows in 2 batches"));
    program_free(p);
}

static void calls_come_from_standard_input_too(void **state)
{
    struct program *p = program_new();
    program_run_input(p,
                      "[{\"original_crime_type_name\":\"A\",\"call_date_time\":\"2018-12-31T10:30:00\","
                      "\"disposition\":\"X\"}]",
                      (const char *const[]){"--headless", "-d", "-", "-S", "query.window=none", "--export",
                                            program_path(p, "t.csv"), NULL});
    expect_status(p, 0);
    char *csv = program_read(p, "t.csv");
    assert_string_equal(csv, "original_crime_type_name,count\nA,1\n");
    free(csv);
    program_free(p);
}

static void the_export_can_be_json(void **state)
{
    struct program *p = program_new();
    program_write(p, "calls.json",
                  "{\"original_crime_type_name\":\"say "
                  "\\\"A\\\"\",\"call_date_time\":\"2018-12-31T10:30:00\",\"disposition\":\"X\"}");
    program_run(p, (const char *const[]){"--headless", "--available-now", "-d", program_path(p, "calls.json"),
                                         "--export", program_path(p, "t.json"), NULL});
    expect_status(p, 0);
    char *json = program_read(p, "t.json");
    assert_string_equal(
        json,
        "[\n {\"window_start\":\"2018-12-31T10:00:00.000Z\",\"window_end\":\"2018-12-31T11:00:00.000Z\","
        "\"original_crime_type_name\":\"say \\\"A\\\"\",\"count\":1}\n]\n");
    free(json);
    program_free(p);
}

static void interrupted(int sig)
{
    struct program *p = program_new();
    write_calls(p, "calls.json", 5000);
    program_run_signal(p, sig, "p.json",
                       (const char *const[]){"--headless", "-r", "50", "-d", program_path(p, "calls.json"),
                                             "--progress", program_path(p, "p.json"), "--export",
                                             program_path(p, "t.csv"), NULL});
    expect_status(p, 130);
    assert_true(program_says(p->err, "interrupted: "));
    char *csv = program_read(p, "t.csv");
    assert_true(program_says(csv, "window_start,window_end,original_crime_type_name,count\n"));
    assert_true(program_lines(csv) > 1);
    free(csv);
    program_free(p);
}

static void sigint_ends_it_in_order(void **state)
{
    interrupted(SIGINT);
}

static void sigterm_ends_it_in_order(void **state)
{
    interrupted(SIGTERM);
}

static void sighup_ends_it_in_order(void **state)
{
    interrupted(SIGHUP);
}

static void a_wrong_option_is_status_2_and_one_line(void **state)
{
    struct program *p = program_new();
    program_run(p, (const char *const[]){"--headless", "-S", "query.windoww=none", NULL});
    expect_status(p, 2);
    assert_int_equal(program_lines(p->err), 1);
    assert_true(program_says(p->err, "window"));
    program_free(p);
}

static void an_export_that_cannot_be_written_is_status_1_and_one_line(void **state)
{
    struct program *p = program_new();
    write_calls(p, "calls.json", 5);
    program_run(p, (const char *const[]){"--headless", "--available-now", "-d", program_path(p, "calls.json"),
                                         "--export", program_path(p, "no/such/folder/t.csv"), NULL});
    expect_status(p, 1);
    assert_true(program_says(p->err, "no/such/folder/t.csv"));
    assert_int_equal(program_lines(p->err), 1);
    program_free(p);
}

static void data_that_breaks_off_is_status_1_and_names_the_file(void **state)
{
    struct program *p = program_new();
    program_write(p, "calls.json", "this is no data at all");
    program_run(p, (const char *const[]){"--headless", "-d", program_path(p, "calls.json"), NULL});
    expect_status(p, 1);
    assert_true(program_says(p->err, "calls.json"));
    program_free(p);
}

static void data_without_a_call_are_status_1_and_named(void **state)
{
    struct program *p = program_new();
    program_write(p, "calls.json", "[]");
    program_run(
        p, (const char *const[]){"--headless", "--available-now", "-d", program_path(p, "calls.json"), NULL});
    expect_status(p, 1);
    assert_true(program_says(p->err, "calls.json holds no calls"));
    program_free(p);
}

static void data_that_are_no_calls_are_said_and_a_cut_array_is_a_failure(void **state)
{
    static const char call[] =
        "{\"original_crime_type_name\":\"A\",\"call_date_time\":\"2018-12-31T10:30:00\","
        "\"disposition\":\"X\"}";
    struct program *p = program_new();
    const char *const arguments[] = {"--headless", "--available-now", "-d", program_path(p, "calls.json"),
                                     NULL};
    char text[1000];
    snprintf(text, sizeof text, "%s\n42\nnull\n\"x\"\n[1]\n%s\n", call, call);
    program_write(p, "calls.json", text);
    program_run(p, arguments);
    expect_status(p, 0);
    assert_true(program_says(p->err, "2 calls sent, 2 rows in 1 batch, 1 group, 1 duplicate, 0 late, 0 bad"));
    assert_true(program_says(p->err, "4 objects of the data were no calls; the last: byte "));
    snprintf(text, sizeof text, "[%s,{\"crime_id\":\"2", call);
    program_write(p, "calls.json", text);
    program_run(p, arguments);
    expect_status(p, 1);
    assert_true(program_says(p->err, "the JSON array breaks off: the file is not complete"));
    assert_true(program_says(p->err, "1 object of the data was no call: "));
    program_free(p);
}

static void a_call_that_is_not_delivered_is_said_with_its_reason(void **state)
{
    struct program *p = program_new();
    write_calls(p, "calls.json", 3);
    program_run(p, (const char *const[]){"--headless", "--available-now", "-d", program_path(p, "calls.json"),
                                         "-X", "producer.message.max.bytes=1000", NULL});
    expect_status(p, 0);
    FILE *f = fopen(program_path(p, "calls.json"), "w");
    assert_non_null(f);
    assert_true(fprintf(f, "{\"crime_id\":\"1\",\"address\":\"%02000d\"}\n{\"crime_id\":\"2\"}\n", 7) > 0);
    assert_int_equal(fclose(f), 0);
    program_run(p, (const char *const[]){"--headless", "--available-now", "-d", program_path(p, "calls.json"),
                                         "-X", "producer.message.max.bytes=1000", NULL});
    expect_status(p, 1);
    assert_true(program_says(p->err, "1 call was not delivered: larger than allowed"));
    assert_true(program_says(p->err, "1 call sent, 1 row in 1 batch"));
    program_free(p);
}

static void without_standard_streams_no_file_takes_their_place(void **state)
{
    struct program *p = program_new();
    write_calls(p, "calls.json", 3);
    char *ini = xasprintf("[log]\nlevel = DEBUG\nfile = %s\n", program_path(p, "log"));
    program_write(p, "logging.ini", ini);
    free(ini);
    p->closed = true;
    program_run(p, (const char *const[]){"--headless", "--available-now", "-d", program_path(p, "calls.json"),
                                         "--logging", program_path(p, "logging.ini"), NULL});
    expect_status(p, 1);
    char *log = program_read(p, "log");
    assert_non_null(log);
    assert_true(program_says(log, "cannot write to standard output: Bad file descriptor"));
    assert_false(program_says(log, "Batch: "));
    assert_false(program_says(log, "sfcrime-tui: "));
    free(log);
    program_free(p);
}

static void a_wrong_property_is_status_2_with_its_own_name(void **state)
{
    struct program *p = program_new();
    program_run(p, (const char *const[]){"--headless", "-X", "consumer.fetch.wiat.max.ms=5", NULL});
    expect_status(p, 2);
    assert_int_equal(program_lines(p->err), 1);
    assert_true(program_says(p->err, "-X consumer.fetch.wiat.max.ms: "));
    assert_true(program_says(p->err, "did you mean fetch.wait.max.ms?"));
    program_run(p, (const char *const[]){"--headless", "-X", "compression.codec=zip", NULL});
    expect_status(p, 2);
    assert_true(program_says(p->err, "-X compression.codec=zip: expected none, gzip"));
    program_free(p);
}

static void a_checkpoint_of_the_embedded_cluster_cannot_be_continued_and_says_why(void **state)
{
    struct program *p = program_new();
    write_calls(p, "calls.json", 50);
    const char *const arguments[] = {"--headless",
                                     "--available-now",
                                     "-d",
                                     program_path(p, "calls.json"),
                                     "--checkpoint",
                                     program_path(p, "checkpoint"),
                                     NULL};
    program_run(p, arguments);
    expect_status(p, 0);
    assert_true(program_says(p->err, "cannot be resumed: the embedded cluster"));
    program_run(p, arguments);
    expect_status(p, 1);
    assert_false(program_says(p->err, "cannot be resumed: the embedded cluster"));
    assert_true(program_says(p->err, "embedded cluster"));
    assert_true(program_says(p->err, "checkpoint"));
    program_free(p);
}

static void a_checkpoint_can_be_inspected(void **state)
{
    struct program *p = program_new();
    write_calls(p, "calls.json", 50);
    const char *dir = program_path(p, "checkpoint");
    program_run(p,
                (const char *const[]){"--headless", "--available-now", "-d", program_path(p, "calls.json"),
                                      "--checkpoint", dir, "-S", "query.max-offsets-per-trigger=25", NULL});
    expect_status(p, 0);
    program_run(p, (const char *const[]){"--checkpoint", dir, "--inspect", NULL});
    expect_status(p, 0);
    assert_true(program_says(p->out, "query id"));
    assert_false(program_says(p->out, "DAMAGED"));
    assert_string_equal(p->err, "");
    program_write(p, "checkpoint/commits/1", "nonsense");
    program_run(p, (const char *const[]){"--checkpoint", dir, "--inspect", NULL});
    expect_status(p, 1);
    assert_true(program_says(p->out, "DAMAGED"));
    assert_true(program_says(p->out, "commits/1"));
    program_run(p, (const char *const[]){"--checkpoint", program_path(p, "nowhere"), "--inspect", NULL});
    expect_status(p, 1);
    program_run(p, (const char *const[]){"--inspect", NULL});
    expect_status(p, 2);
    assert_true(program_says(p->err, "--inspect needs --checkpoint DIR"));
    program_free(p);
}

static void a_broker_that_is_not_there_is_named(void **state)
{
    struct program *p = program_new();
    write_calls(p, "calls.json", 5);
    /* It keeps trying, as a broker may come up; an end by signal is what a user does. */
    char log[600];
    snprintf(log, sizeof log, "[log]\nlevel = INFO\nfile = %s\n", program_path(p, "log"));
    program_write(p, "logging.ini", log);
    program_run_signal(p, SIGINT, "log",
                       (const char *const[]){"--headless", "-b", "127.0.0.1:1", "-d",
                                             program_path(p, "calls.json"), "--logging",
                                             program_path(p, "logging.ini"), NULL});
    expect_status(p, 130);
    char *text = program_read(p, "log");
    assert_true(program_says(text, "127.0.0.1:1"));
    free(text);
    program_free(p);
    /* Without a log it is one line on standard error, before anybody thinks of a signal. */
    p = program_new();
    write_calls(p, "calls.json", 5);
    program_run_signal(
        p, SIGINT, "stderr",
        (const char *const[]){"--headless", "-b", "127.0.0.1:1", "-d", program_path(p, "calls.json"), NULL});
    expect_status(p, 130);
    assert_true(program_says(p->err, "waiting for Kafka at 127.0.0.1:1: the broker refuses the connection"));
    assert_true(program_says(p->err, "trying for 30 s at most"));
    assert_false(program_says(p->err, "suppressed"));
    program_free(p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(without_a_terminal_it_says_so_and_ends_with_the_table_and_the_last_report),
        cmocka_unit_test(the_console_tables_look_like_sparks),
        cmocka_unit_test(reports_on_standard_output_have_it_for_themselves),
        cmocka_unit_test(the_same_data_give_the_same_batches_however_fast_they_come),
        cmocka_unit_test(append_mode_ends_with_a_batch_without_data_that_closes_windows),
        cmocka_unit_test(broken_messages_are_counted_and_kept_and_change_nothing_else),
        cmocka_unit_test(dead_letters_have_a_limit_and_a_topic),
        cmocka_unit_test(max_batches_ends_the_run_early),
        cmocka_unit_test(calls_come_from_standard_input_too),
        cmocka_unit_test(the_export_can_be_json),
        cmocka_unit_test(sigint_ends_it_in_order),
        cmocka_unit_test(sigterm_ends_it_in_order),
        cmocka_unit_test(sighup_ends_it_in_order),
        cmocka_unit_test(a_wrong_option_is_status_2_and_one_line),
        cmocka_unit_test(an_export_that_cannot_be_written_is_status_1_and_one_line),
        cmocka_unit_test(data_that_breaks_off_is_status_1_and_names_the_file),
        cmocka_unit_test(data_without_a_call_are_status_1_and_named),
        cmocka_unit_test(data_that_are_no_calls_are_said_and_a_cut_array_is_a_failure),
        cmocka_unit_test(a_call_that_is_not_delivered_is_said_with_its_reason),
        cmocka_unit_test(without_standard_streams_no_file_takes_their_place),
        cmocka_unit_test(a_wrong_property_is_status_2_with_its_own_name),
        cmocka_unit_test(a_checkpoint_of_the_embedded_cluster_cannot_be_continued_and_says_why),
        cmocka_unit_test(a_checkpoint_can_be_inspected),
        cmocka_unit_test(a_broker_that_is_not_there_is_named),
    };
    return cmocka_run_group_tests_name("headless", tests, NULL, NULL);
}
