/* A query that runs as a job on Spark: the job, its stages and nodes are shown; what Spark cannot tell is
 * said to be so and is never a zero; keys ask before they stop anything. */
#include "picture.h"

#include "ui/words.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void give(struct picture *p, enum job_state state, const char *message)
{
    struct query_view *q = fake_query(42, 11);
    fake_history(q, 30);
    fake_job(q, state);
    if (state == JOB_FAILED)
        q->state = ENGINE_FAILED;
    if (state == JOB_STOPPED)
        q->state = ENGINE_DONE;
    snprintf(q->message, sizeof q->message, "%s", message);
    hub_put_spark(&p->fake.hub, fake_spark());
    picture_give(p, q, fake_replay(REPLAY_RUNNING), fake_cluster(19));
}

static void begin(struct picture *p, int w, int h)
{
    picture_open(p, w, h, false);
    give(p, JOB_RUNNING, "");
}

static void the_job_its_jobs_and_its_stages_are_shown(void **state)
{
    (void)state;
    struct picture p;
    begin(&p, 120, 40);
    picture_must_show(&p, "spark running");
    picture_press(&p, "H");
    picture_must_show(&p, "Spark: the job is running");
    picture_must_show(
        &p, "job running for 12 s  started here  heard 1 s ago  app-20181231235700-0001  Spark 3.5.3");
    picture_must_show(&p, "table whole  read 1,204 messages");
    picture_must_show(&p, "12/16 +4");
    picture_must_show(&p, "16/16 !1");
    picture_must_show(&p, "failed");
    picture_must_show(&p, "the disk is full");
    picture_must_show(&p, "199.1"); /* a stage's second attempt */
    picture_must_be_whole(&p);
    picture_close(&p);
}

static void workers_and_executors_stand_below_the_brokers(void **state)
{
    (void)state;
    struct picture p;
    begin(&p, 120, 40);
    picture_press(&p, ":focus nodes\nz");
    picture_must_show(&p, "worker-1.example:7078");
    picture_must_show(&p, "DEAD");
    picture_must_show(&p, "1.0 GB/8.0 GB");
    picture_must_show(&p, "1,204 +1 !3");
    picture_close(&p);
}

static void the_plan_of_spark_is_another_view_of_the_pipeline(void **state)
{
    (void)state;
    struct picture p;
    begin(&p, 120, 40);
    picture_press(&p, "8z");
    picture_must_show(&p, "[V] plan");
    picture_must_show(&p, "distinct");
    picture_press(&p, "V");
    picture_must_show(&p, "operator of Spark's plan");
    picture_must_show(&p, "StreamingDeduplicate");
    picture_must_show(&p, "of batch 42");
    picture_press(&p, "V");
    picture_must_show(&p, "share of the time");
    picture_close(&p);
}

static void what_spark_cannot_tell_is_said_and_is_no_zero(void **state)
{
    (void)state;
    struct picture p;
    begin(&p, 120, 40);
    picture_press(&p, "4z");
    picture_must_show(&p, "nulls      -  (- in all)");
    picture_must_show(&p, "bad        -  (- in all)");
    assert_false(picture_shows(&p, "out of order"));
    picture_press(&p, "z6z");
    picture_must_show(&p, "Not available with Spark: single rows as they arrived.");
    picture_press(&p, "z1\n");
    picture_must_show(&p, "Not available with Spark: it keeps counts, not the calls behind them.");
    picture_press(&p, "\0339z");
    picture_must_show(&p, "bad messages -");
    picture_must_show(&p, "Not available with Spark: it keeps no late rows");
    picture_close(&p);
}

static void late_rows_are_at_least_so_many(void **state)
{
    (void)state;
    char text[40];
    struct query_view *q = fake_query(42, 3);
    q->rows_late = 3;
    assert_string_equal(words_late(text, sizeof text, q), "3");
    q->unavailable = NO_EXACT_LATE;
    assert_string_equal(words_late(text, sizeof text, q), "3+");
    q->rows_late = UNKNOWN;
    q->unavailable = 0;
    assert_string_equal(words_late(text, sizeof text, q), "-");
    assert_string_equal(words_late(text, sizeof text, NULL), "-");
    query_view_free(q);
}

static void trouble_of_the_cluster_and_the_job_is_in_the_header(void **state)
{
    (void)state;
    struct picture p;
    begin(&p, 160, 40);
    give(&p, JOB_QUIET, "nothing heard of the job for 95 s: a long batch, or its driver is gone");
    picture_must_show(&p, "JOB NOT HEARD OF");
    picture_must_show(&p, "nothing heard of the job for 95 s");
    give(&p, JOB_STOPPED, "the job is stopped; [i] starts one");
    picture_must_show(&p, "JOB STOPPED");
    struct spark_view *s = fake_spark();
    s->master.state = SPARK_SILENT;
    snprintf(s->master.why, sizeof s->master.why, "no answer in time");
    snprintf(s->master.url, sizeof s->master.url, "http://master.example:8080");
    s->workers = 0;
    hub_put_spark(&p.fake.hub, s);
    picture_give(&p, NULL, NULL, NULL);
    picture_must_show(&p, "SPARK MASTER SILENT");
    picture_must_show(&p, "no answer in time at http://master.example:8080");
    s = fake_spark(); /* nobody has said where its pages are, and they are not where they usually are */
    s->master.state = SPARK_SILENT;
    s->master.guessed = true;
    s->master.answered_mono_ms = UNKNOWN;
    hub_put_spark(&p.fake.hub, s);
    picture_give(&p, NULL, NULL, NULL);
    assert_false(picture_shows(&p, "SILENT"));
    s = fake_spark();
    s->master.state = SPARK_SILENT;
    s->master.guessed = true; /* but right */
    hub_put_spark(&p.fake.hub, s);
    picture_give(&p, NULL, NULL, NULL);
    picture_must_show(&p, "SPARK MASTER SILENT");
    hub_put_spark(&p.fake.hub, fake_spark()); /* it is back */
    picture_give(&p, NULL, NULL, NULL);
    assert_false(picture_shows(&p, "SILENT"));
    give(&p, JOB_RUNNING, "");
    assert_false(picture_shows(&p, "NO EXECUTOR"));
    s = fake_spark(); /* a master that was started anew does not know the job */
    for (size_t i = 0; i < s->executors; i++)
        s->executor[i].active = strcmp(s->executor[i].id, "driver") == 0;
    hub_put_spark(&p.fake.hub, s);
    picture_give(&p, NULL, NULL, NULL);
    picture_must_show(&p, "NO EXECUTOR");
    picture_must_show(&p, "nothing is computed");
    hub_put_spark(&p.fake.hub, fake_spark());
    picture_give(&p, NULL, NULL, NULL);
    picture_close(&p);
}

static bool asked(struct picture *p, enum command_kind kind, int64_t i)
{
    struct command c;
    return command_take(p->fake.parts.to_engine, &c) && c.kind == kind && c.i == i;
}

static bool asked_nothing(struct picture *p)
{
    struct command c;
    bool any = false;
    while (command_take(p->fake.parts.to_engine, &c))
        any = any || c.kind != CMD_QUERY_DETAIL;
    return !any;
}

static void keys_ask_before_they_stop_or_start_a_job(void **state)
{
    (void)state;
    struct picture p;
    begin(&p, 120, 40);
    picture_press(&p, "P");
    picture_must_show(&p, "Stop the Spark job after its batch?");
    picture_press(&p, "n");
    assert_true(asked_nothing(&p));
    picture_press(&p, "Py");
    assert_true(asked(&p, CMD_JOB_STOP, 0));
    give(&p, JOB_STOPPING, "");
    picture_press(&p, "P"); /* once more: at once */
    assert_true(asked(&p, CMD_JOB_STOP, 1));
    give(&p, JOB_STOPPED, "the job is stopped; [i] starts one");
    picture_must_show(&p, "the job is stopped; [i] starts one");
    picture_press(&p, "P");
    assert_true(asked_nothing(&p));
    picture_press(&p, "i");
    assert_true(asked(&p, CMD_JOB_START, 0));
    give(&p, JOB_RUNNING, "");
    picture_press(&p, "i");
    picture_must_show(&p, "Stop the Spark job and start it again?");
    picture_press(&p, "y");
    assert_true(asked(&p, CMD_JOB_START, 0));
    picture_press(&p, ":spark-stop\ny");
    assert_true(asked(&p, CMD_JOB_STOP, 0));
    picture_press(&p, "p"); /* Spark cannot hold up a query */
    assert_true(asked_nothing(&p));
    picture_close(&p);
}

static void a_change_starts_the_job_anew_after_a_yes_also_when_it_has_failed(void **state)
{
    (void)state;
    struct picture p;
    begin(&p, 120, 40);
    give(&p, JOB_FAILED, "the Spark job failed: the disk is full");
    picture_must_show(&p, "FAILED");
    picture_must_show(&p, "the disk is full");
    picture_press(&p, ":window 15 minutes\n");
    picture_must_show(&p, "Start the Spark job anew, with an empty table and window=15 minutes?");
    assert_true(asked_nothing(&p));
    picture_press(&p, "y");
    assert_true(asked(&p, CMD_QUERY_CHANGE, 0));
    picture_close(&p);
}

static void without_spark_the_keys_do_nothing(void **state)
{
    (void)state;
    struct picture p;
    picture_open(&p, 120, 40, false);
    picture_give_all(&p);
    picture_press(&p, "Pi");
    assert_true(asked_nothing(&p));
    picture_press(&p, "H");
    picture_must_show(&p, "The query runs in this process.");
    picture_close(&p);
}

int main(void)
{
    if (!picture_locale())
        return 0;
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_job_its_jobs_and_its_stages_are_shown),
        cmocka_unit_test(workers_and_executors_stand_below_the_brokers),
        cmocka_unit_test(the_plan_of_spark_is_another_view_of_the_pipeline),
        cmocka_unit_test(what_spark_cannot_tell_is_said_and_is_no_zero),
        cmocka_unit_test(late_rows_are_at_least_so_many),
        cmocka_unit_test(trouble_of_the_cluster_and_the_job_is_in_the_header),
        cmocka_unit_test(keys_ask_before_they_stop_or_start_a_job),
        cmocka_unit_test(a_change_starts_the_job_anew_after_a_yes_also_when_it_has_failed),
        cmocka_unit_test(without_spark_the_keys_do_nothing),
    };
    return cmocka_run_group_tests_name("spark panes", tests, NULL, NULL);
}
