/* The engine whose query runs as a job on Spark, without a Spark: the test writes what a job would write into
 * the job's topics on the embedded cluster, and stands in for its process with small scripts. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "engine_run.h"

#include "base/xalloc.h"
#include "log.h"

#include <errno.h>
#include <librdkafka/rdkafka.h>
#include <math.h>
#include <poll.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define SETTINGS                                                                                  \
    "\"settings\":{\"distinct\":\"off\",\"watermark_ms\":300000,\"window_ms\":0,\"slide_ms\":0,"  \
    "\"group_by\":[\"original_crime_type_name\"],\"join\":\"none\",\"output_mode\":\"complete\"," \
    "\"trigger\":\"asap\"}"
#define PASSWORD "geheim-und-lang"

static rd_kafka_t *producer;

static void quiet(const rd_kafka_t *rk, int level, const char *fac, const char *buf)
{
    (void)rk, (void)level, (void)fac, (void)buf;
}

static void open_producer(const char *bootstrap)
{
    char err[300];
    rd_kafka_conf_t *conf = rd_kafka_conf_new();
    rd_kafka_conf_set_log_cb(conf, quiet);
    assert_int_equal(rd_kafka_conf_set(conf, "bootstrap.servers", bootstrap, err, sizeof err),
                     RD_KAFKA_CONF_OK);
    assert_int_equal(rd_kafka_conf_set(conf, "linger.ms", "1", err, sizeof err), RD_KAFKA_CONF_OK);
    producer = rd_kafka_new(RD_KAFKA_PRODUCER, conf, err, sizeof err);
    assert_non_null(producer);
}

static void send_to(struct run *r, const char *which, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
static void send_to(struct run *r, const char *which, const char *fmt, ...)
{
    char text[3000], name[300];
    va_list ap;
    va_start(ap, fmt);
    int len = vsnprintf(text, sizeof text, fmt, ap);
    va_end(ap);
    snprintf(name, sizeof name, "%s-%s", r->options.kafka.topic, which);
    rd_kafka_topic_t *t = rd_kafka_topic_new(producer, name, NULL);
    assert_non_null(t);
    assert_int_equal(rd_kafka_produce(t, 0, RD_KAFKA_MSG_F_COPY, text, (size_t)len, NULL, 0, NULL), 0);
    assert_int_equal(rd_kafka_flush(producer, DEADLINE_MS), RD_KAFKA_RESP_ERR_NO_ERROR);
    rd_kafka_topic_destroy(t);
}

#define HEAD "\"v\":1,\"query\":\"%s\",\"run\":\"%s\""

static void started(struct run *r, const char *query, const char *run)
{
    send_to(r, "tables",
            "{\"type\":\"settings\"," HEAD "," SETTINGS
            ",\"unavailable\":[\"query.max-rate-per-partition\"]}",
            query, run);
    send_to(r, "progress",
            "{\"type\":\"started\"," HEAD ",\"app_id\":\"app-1\",\"ui_url\":null,\"master\":\"local[2]\","
            "\"job_pid\":1,\"job_host\":\"elsewhere\",\"spark_version\":\"3.5.3\",\"started_ms\":1," SETTINGS
            ",\"unavailable\":[\"query.max-rate-per-partition\"]}",
            query, run);
}

static void batch(struct run *r, const char *query, const char *run, int number, int passing, int stops)
{
    const char *const names[] = {"Passing Call", "Traffic Stop"};
    const int counts[] = {passing, stops};
    for (int i = 0; i < 2; i++)
        send_to(r, "tables",
                "{\"type\":\"group\"," HEAD ",\"batch\":%d,\"fields\":[\"%s\"],\"start_ms\":null,"
                "\"end_ms\":null,\"count\":%d}",
                query, run, number, names[i], counts[i]);
    send_to(r, "tables",
            "{\"type\":\"batch\"," HEAD ",\"batch\":%d,\"groups\":2,\"mode\":\"complete\",\"full\":%s,"
            "\"watermark_ms\":null}",
            query, run, number, number ? "false" : "true");
}

static void report(struct run *r, const char *query, const char *run, int number, int rows, int end)
{
    send_to(
        r, "progress",
        "{\"type\":\"progress\"," HEAD ",\"progress\":{\"id\":\"%s\",\"runId\":\"%s\",\"name\":null,"
        "\"timestamp\":\"2018-12-31T23:57:00.000Z\",\"batchId\":%d,\"numInputRows\":%d,"
        "\"durationMs\":{\"addBatch\":5,\"triggerExecution\":9},\"eventTime\":{},\"stateOperators\":[],"
        "\"sources\":[{\"description\":\"K\",\"startOffset\":null,\"endOffset\":{\"%s\":{\"0\":%d,\"1\":7}},"
        "\"latestOffset\":null}],\"sink\":{\"description\":\"F\",\"numOutputRows\":-1},\"later\":[1]}}",
        query, run, query, run, number, rows, r->options.kafka.topic, end);
}

static struct run *begin_attached(void)
{
    struct run *r = run_new(INFINITY);
    r->ops = &engine_spark;
    r->options.replay.no_replay = true;
    r->options.spark.attach = true;
    open_producer(r->parts.bootstrap);
    return r;
}

static void finish_all(struct run *r)
{
    rd_kafka_destroy(producer);
    finish(r);
}

static bool waits_for_a_job(const struct query_view *v)
{
    return v->job.state == JOB_AWAITED && strstr(v->message, "no job has spoken") != NULL;
}

static int64_t total(const struct query_view *v, const char *name)
{
    const struct view_key *k = key_of(v, name);
    return k ? k->total : -1;
}

static bool has_batch_0(const struct query_view *v)
{
    return v->job.state == JOB_RUNNING && v->progress.batch_id == 0 && total(v, "Passing Call") == 3;
}

static bool has_batch_1(const struct query_view *v)
{
    return v->progress.batch_id == 1 && total(v, "Passing Call") == 5;
}

static bool has_bad_messages(const struct query_view *v)
{
    return v->job.messages_bad == 5;
}

static void a_job_that_runs_is_shown_with_its_table_its_report_and_its_position(void **state)
{
    (void)state;
    struct run *r = begin_attached();
    run_start(r);
    until(r, "word that no job is there", waits_for_a_job);
    started(r, "q-1", "r-1");
    batch(r, "q-1", "r-1", 0, 3, 2);
    report(r, "q-1", "r-1", 0, 5, 40);
    const struct query_view *v = until(r, "batch 0", has_batch_0);
    assert_int_equal(v->state, ENGINE_RUNNING);
    assert_int_equal(total(v, "Traffic Stop"), 2);
    assert_int_equal(v->rows_in, 5);
    assert_int_equal(v->rows_null, UNKNOWN); /* this job does not count them */
    assert_true(v->unavailable & NO_DETAIL);
    assert_non_null(strstr(v->progress_json, "\"later\""));
    assert_string_equal(v->job.app_id, "app-1");
    assert_string_equal(v->job.unavailable, "query.max-rate-per-partition");
    assert_false(v->job.ours);
    assert_int_equal(v->settings.distinct, DISTINCT_OFF); /* the job's, not ours */
    /* Spark commits no offsets: the lag is reckoned from here. */
    assert_int_equal(atomic_load(&r->hub.live.position[0]), 40);
    assert_int_equal(atomic_load(&r->hub.live.position[1]), 7);
    finish_all(r);
}

static bool is_second_query(const struct query_view *v)
{
    return v->progress.batch_id == 0 && total(v, "Passing Call") == 1;
}

static bool is_failed(const struct query_view *v)
{
    return v->state == ENGINE_FAILED;
}

static void a_restart_repeats_its_batch_and_a_new_query_is_a_new_table(void **state)
{
    (void)state;
    struct run *r = begin_attached();
    run_start(r);
    started(r, "q-1", "r-1");
    batch(r, "q-1", "r-1", 0, 3, 2);
    report(r, "q-1", "r-1", 0, 5, 40);
    until(r, "batch 0", has_batch_0);
    batch(r, "q-1", "r-1", 1, 5, 2); /* written, not committed: the driver is killed */
    started(r, "q-1", "r-2");
    batch(r, "q-1", "r-2", 1, 5, 2);
    report(r, "q-1", "r-2", 1, 2, 42);
    const struct query_view *v = until(r, "batch 1", has_batch_1);
    assert_int_equal(v->rows_in, 7);
    assert_int_equal(v->history_count, 2);
    started(r, "q-2", "r-3");
    batch(r, "q-2", "r-3", 0, 1, 1);
    report(r, "q-2", "r-3", 0, 2, 9);
    v = until(r, "the second query", is_second_query);
    assert_int_equal(v->keys.count, 2);
    assert_int_equal(v->rows_in, 2);
    assert_int_equal(v->history_count, 1);
    send_to(r, "progress",
            "{\"type\":\"terminated\"," HEAD ",\"error\":\"disk \\u001b[31mfull\",\"stopped\":\"failed\"}",
            "q-2", "r-3");
    v = until(r, "the failure", is_failed);
    assert_int_equal(v->job.state, JOB_FAILED);
    assert_non_null(strstr(v->message, "full"));
    assert_null(strchr(v->message, '\x1b'));
    assert_int_equal(total(v, "Passing Call"), 1); /* what it had counted stays to be seen */
    finish_all(r);
}

static void messages_of_somebody_else_are_counted_and_shown_and_nothing_more(void **state)
{
    (void)state;
    struct run *r = begin_attached();
    run_start(r);
    started(r, "q-1", "r-1");
    send_to(r, "tables", "no JSON");
    send_to(r, "tables", "{\"type\":\"group\"," HEAD ",\"batch\":0,\"fields\":[1],\"count\":9}", "q-1",
            "r-1");
    send_to(r, "progress", "{\"type\":\"progress\"," HEAD ",\"progress\":7}", "q-1", "r-1");
    send_to(r, "progress", "{\"type\":\"group\",\"v\":2}");
    send_to(r, "progress", "%s", "");
    send_to(r, "progress", "{\"type\":\"of a later version\",\"v\":2}"); /* is left alone */
    const struct query_view *v = until(r, "five bad messages", has_bad_messages);
    assert_true(v->job.last_bad[0] != '\0');
    batch(r, "q-1", "r-1", 0, 3, 2);
    report(r, "q-1", "r-1", 0, 5, 40);
    until(r, "batch 0", has_batch_0);
    finish_all(r);
}

/* ---- the process ---- */

/* A script in the place of Python; it is called with job.py and its arguments. */
static void use_script(struct run *r, const char *text)
{
    program_write(r->files, "python", text);
    free(r->options.spark.python);
    r->options.spark.python = xstrdup(program_path(r->files, "python"));
    assert_int_equal(chmod(r->options.spark.python, 0700), 0);
    free(r->options.spark.job);
    r->options.spark.job = xstrdup("/no/such/job.py");
    r->options.spark.attach = false;
}

static bool log_has(const char *word)
{
    static struct log_entry lines[LOG_RING];
    uint64_t serial = 0;
    size_t count = log_read(lines, LOG_RING, LOG_DEBUG, &serial);
    for (size_t i = 0; i < count; i++)
        if (strstr(lines[i].text, word))
            return true;
    return false;
}

static void a_job_that_fails_says_why_and_shows_no_secret(void **state)
{
    (void)state;
    struct run *r = begin_attached();
    struct kafka_property *p = xcalloc(1, sizeof *p);
    *p = (struct kafka_property){.name = xstrdup("sasl.password"),
                                 .value = xstrdup(PASSWORD),
                                 .to_consumer = true,
                                 .to_producer = true};
    r->options.kafka.properties = p;
    r->options.kafka.property_count = 1;
    use_script(r, "#!/bin/sh\n"
                  "cat \"$3\" >&2\n" /* what an unlucky job might print */
                  "[ \"$(stat -c %a \"$3\")\" = 600 ] || echo 'everybody can read it' >&2\n"
                  "printf 'its name is \\033[31mred\\n' >&2\n"
                  "echo 'sfcrime-spark: this is only a test' >&2\n"
                  "exit 1\n");
    run_start(r);
    const struct query_view *v = until(r, "the failure", is_failed);
    assert_non_null(strstr(v->message, "the Spark job failed: this is only a test"));
    assert_int_equal(v->job.state, JOB_FAILED);
    assert_true(log_has("[librdkafka]"));
    assert_true(log_has("its name is"));
    assert_false(log_has(PASSWORD));
    assert_false(log_has("everybody can read it"));
    finish_all(r);
}

/* job.py itself reads what it is told, in a mode that needs no Spark. */
static void the_job_takes_the_settings_that_it_is_started_with(void **state)
{
    (void)state;
    if (system("python3 -c '' >/dev/null 2>&1") != 0) { /* NOLINT(cert-env33-c): fixed words */
        print_message("skipped: there is no python3 to run app/spark/job.py with\n");
        skip();
    }
    const char *source = getenv("TEST_SOURCE");
    struct run *r = begin_attached();
    use_script(r, "#!/bin/sh\nexec python3 \"$1\" --check \"$2\" \"$3\"\n");
    free(r->options.spark.job);
    r->options.spark.job = xasprintf("%s/app/spark/job.py", source ? source : ".");
    r->options.query.window_ms = 3600000;
    r->options.query.slide_ms = 900000;
    r->options.query.output_mode = OUTPUT_UPDATE;
    run_start(r);
    until(r, "the end of the check", is_failed); /* a job that never spoke */
    assert_false(log_has("sfcrime-spark: "));
    assert_true(log_has("\"slide_ms\": 900000"));
    assert_true(log_has("\"output_mode\": \"update\""));
    finish_all(r);
}

static bool is_submitted(const struct query_view *v)
{
    return v->job.state == JOB_SUBMITTED && v->job.pid > 0;
}

static bool runs(const struct query_view *v)
{
    return v->job.state == JOB_RUNNING;
}

/* The last run on these topics was killed and said no last word: that is no reason to wait for it. */
static void a_job_is_started_beside_the_leftovers_of_a_killed_one(void **state)
{
    (void)state;
    struct run *r = begin_attached();
    use_script(r, "#!/bin/sh\ntrap 'exit 0' TERM\nwhile :; do sleep 0.02; done\n");
    started(r, "q-1", "r-1");
    batch(r, "q-1", "r-1", 0, 3, 2);
    report(r, "q-1", "r-1", 0, 5, 40);
    run_start(r);
    const struct query_view *v = until(r, "a job that starts", is_submitted);
    assert_true(v->job.ours);
    assert_int_equal(total(v, "Passing Call"), -1); /* the old table is not the new job's */
    started(r, "q-2", "r-2");
    batch(r, "q-2", "r-2", 0, 1, 1);
    report(r, "q-2", "r-2", 0, 2, 9);
    v = until(r, "the second query", is_second_query);
    assert_int_equal(v->job.state, JOB_RUNNING);
    finish_all(r);
}

static uint64_t seen_view;
static bool has_come_anew(const struct query_view *v)
{
    bool anew = v->number != seen_view;
    seen_view = v->number;
    return anew;
}

/* A driver that is killed says no last word. */
static void a_job_that_is_killed_has_failed_and_stays_so(void **state)
{
    (void)state;
    struct run *r = begin_attached();
    use_script(r, "#!/bin/sh\nwhile :; do sleep 0.02; done\n");
    run_start(r);
    pid_t pid = (pid_t)until(r, "a job that starts", is_submitted)->job.pid;
    started(r, "q-1", "r-1");
    until(r, "a job that runs", runs);
    assert_int_equal(kill(pid, SIGKILL), 0);
    const struct query_view *v = until(r, "the failure", is_failed);
    assert_non_null(strstr(v->message, "killed by signal 9"));
    /* What its run has said before does not bring it back. */
    send_to(r, "progress", "{\"type\":\"idle\"," HEAD ",\"time_ms\":1}", "q-1", "r-1");
    send_to(r, "progress", "no JSON");
    int64_t deadline_ms = clock_mono_ms() + DEADLINE_MS;
    while (r->view->job.messages_bad == 0 && clock_mono_ms() < deadline_ms)
        (void)until(r, "a view", has_come_anew);
    assert_int_equal(r->view->job.state, JOB_FAILED);
    post(r, CMD_JOB_START, 0, "");
    v = until(r, "another job", is_submitted);
    assert_int_not_equal(v->state, ENGINE_FAILED);
    finish_all(r);
}

static bool is_stopped(const struct query_view *v)
{
    return v->job.state == JOB_STOPPED;
}

static bool is_submitted_again(const struct query_view *v)
{
    return is_submitted(v) && v->job.starts == 2;
}

static bool is_over(pid_t pid)
{
    int64_t deadline_ms = clock_mono_ms() + DEADLINE_MS;
    while (kill(pid, 0) == 0 && clock_mono_ms() < deadline_ms)
        poll(NULL, 0, 5);
    return kill(pid, 0) != 0 && errno == ESRCH;
}

static void a_job_is_stopped_started_anew_and_stopped_at_the_end(void **state)
{
    (void)state;
    struct run *r = begin_attached();
    use_script(r, "#!/bin/sh\ntrap 'exit 0' TERM\ngrep '^window' \"$3\" >&2\nwhile :; do sleep 0.02; done\n");
    run_start(r);
    pid_t first = (pid_t)until(r, "a job that starts", is_submitted)->job.pid;
    assert_int_equal(kill(first, 0), 0);
    post(r, CMD_QUERY_CHANGE, 0, "window=15 minutes");
    const struct query_view *v = until(r, "another job", is_submitted_again);
    pid_t second = (pid_t)v->job.pid;
    assert_true(is_over(first));
    assert_int_equal(v->settings.window_ms, 15 * 60000);
    assert_int_equal(v->state, ENGINE_RESTARTING);
    int64_t deadline_ms = clock_mono_ms() + DEADLINE_MS;
    while (!log_has("window = 15 minutes") && clock_mono_ms() < deadline_ms)
        poll(NULL, 0, 5);
    assert_true(log_has("window = 15 minutes"));
    post(r, CMD_JOB_STOP, 0, "");
    until(r, "a job that is stopped", is_stopped);
    assert_true(is_over(second));
    post(r, CMD_JOB_START, 0, "");
    pid_t third = (pid_t)until(r, "a third job", is_submitted)->job.pid;
    finish_all(r); /* the end of the program takes what it has started along */
    assert_true(is_over(third));
}

/* Without a screen the engine ends by itself. */
static void await_end(struct run *r)
{
    int64_t deadline_ms = clock_mono_ms() + DEADLINE_MS;
    while (!r->ops->ended(r->engine) && clock_mono_ms() < deadline_ms)
        poll(NULL, 0, 5);
    assert_true(r->ops->ended(r->engine));
}

static void without_a_screen_the_table_is_exported_byte_for_byte(void **state)
{
    (void)state;
    struct run *r = begin_attached();
    const char *file = program_path(r->files, "table.csv");
    free(r->options.sink.export_path);
    r->options.sink.export_path = xstrdup(file);
    r->options.headless = true;
    r->options.max_batches = 1;
    run_start(r);
    started(r, "q-1", "r-1");
    batch(r, "q-1", "r-1", 0, 3, 12);
    report(r, "q-1", "r-1", 0, 15, 40);
    await_end(r);
    char error[300], summary[400];
    assert_int_equal(r->ops->outcome(r->engine, error, sizeof error, summary, sizeof summary), 0);
    assert_non_null(strstr(summary, "15 rows in 1 batch on Spark, 2 groups"));
    char *text = program_read(r->files, "table.csv");
    assert_string_equal(text, "original_crime_type_name,count\nTraffic Stop,12\nPassing Call,3\n");
    free(text);
    finish_all(r);
}

/* As one whose executors are all lost: its batch never ends. */
#define DEAF_JOB "#!/bin/sh\ntrap '' TERM\nfor i in $(seq 3000); do sleep 0.02; done\n"

static bool says_how_long_it_stops(const struct query_view *v)
{
    return v->job.state == JOB_STOPPING && strstr(v->message, "[P] again ends it at once") != NULL;
}

static bool says_that_it_stops_at_once(const struct query_view *v)
{
    return v->job.state == JOB_STOPPING && strstr(v->message, "stops at once") != NULL &&
           strstr(v->message, "after 1 s it is killed") != NULL;
}

static void a_job_that_does_not_stop_is_ended_by_asking_again(void **state)
{
    (void)state;
    struct run *r = begin_attached();
    use_script(r, DEAF_JOB);
    r->options.spark.stop_timeout_ms = 1000;
    run_start(r);
    pid_t pid = (pid_t)until(r, "a job that starts", is_submitted)->job.pid;
    started(r, "q-1", "r-1");
    until(r, "a job that runs", runs);
    post(r, CMD_JOB_STOP, 0, "");
    until(r, "word of the stop", says_how_long_it_stops);
    post(r, CMD_JOB_STOP, 1, "");
    until(r, "word of the stop at once", says_that_it_stops_at_once);
    until(r, "a job that is stopped", is_stopped);
    assert_true(is_over(pid));
    assert_true(log_has("did not stop and is killed"));
    finish_all(r);
}

static void without_a_screen_a_job_that_does_not_stop_is_ended_in_time(void **state)
{
    (void)state;
    struct run *r = begin_attached();
    use_script(r, DEAF_JOB);
    r->options.headless = true;
    r->options.max_batches = 1;
    r->options.spark.stop_timeout_ms = 1000;
    run_start(r);
    pid_t pid = (pid_t)until(r, "a job that starts", is_submitted)->job.pid;
    started(r, "q-1", "r-1");
    batch(r, "q-1", "r-1", 0, 3, 12);
    report(r, "q-1", "r-1", 0, 15, 40);
    await_end(r);
    assert_true(is_over(pid));
    char error[300], summary[400];
    assert_int_equal(r->ops->outcome(r->engine, error, sizeof error, summary, sizeof summary), 0);
    finish_all(r);
}

/* Nobody hears a message before it has spoken itself; spark-submit's own process is not the job. */
static void a_job_of_spark_submit_is_asked_to_stop_once_it_listens(void **state)
{
    (void)state;
    struct run *r = begin_attached();
    use_script(r, DEAF_JOB);
    r->options.spark.submit_command = xstrdup(r->options.spark.python);
    r->options.spark.stop_timeout_ms = 1000;
    run_start(r);
    until(r, "a job that starts", is_submitted);
    post(r, CMD_JOB_STOP, 0, "");
    until(r, "word of the stop", says_how_long_it_stops);
    assert_false(log_has("asked to stop by a message"));
    started(r, "q-1", "r-1");
    int64_t deadline_ms = clock_mono_ms() + DEADLINE_MS;
    while (!log_has("asked to stop by a message") && clock_mono_ms() < deadline_ms)
        poll(NULL, 0, 5);
    assert_true(log_has("asked to stop by a message"));
    post(r, CMD_JOB_STOP, 1, "");
    until(r, "a job that is stopped", is_stopped);
    finish_all(r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_job_that_runs_is_shown_with_its_table_its_report_and_its_position),
        cmocka_unit_test(a_restart_repeats_its_batch_and_a_new_query_is_a_new_table),
        cmocka_unit_test(messages_of_somebody_else_are_counted_and_shown_and_nothing_more),
        cmocka_unit_test(a_job_that_fails_says_why_and_shows_no_secret),
        cmocka_unit_test(a_job_is_started_beside_the_leftovers_of_a_killed_one),
        cmocka_unit_test(a_job_that_is_killed_has_failed_and_stays_so),
        cmocka_unit_test(the_job_takes_the_settings_that_it_is_started_with),
        cmocka_unit_test(a_job_is_stopped_started_anew_and_stopped_at_the_end),
        cmocka_unit_test(a_job_that_does_not_stop_is_ended_by_asking_again),
        cmocka_unit_test(without_a_screen_a_job_that_does_not_stop_is_ended_in_time),
        cmocka_unit_test(a_job_of_spark_submit_is_asked_to_stop_once_it_listens),
        cmocka_unit_test(without_a_screen_the_table_is_exported_byte_for_byte),
    };
    return cmocka_run_group_tests_name("spark engine", tests, NULL, NULL);
}
