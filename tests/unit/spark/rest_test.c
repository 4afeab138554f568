/* Spark's own pages: what a real Spark 3.5.3 answered is read to the figure; whatever else answers, or does
 * not, is a clear state, and what belongs to it goes; when Spark is back, so are its figures. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "fake_web.h"

#include "base/xalloc.h"
#include "spark/js.h"
#include "spark/rest.h"
#include "spark/rest_read.h"

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { DEADLINE_MS = 60000 };
#define APP "app-20261129202148-0000"

struct fixture {
    struct hub hub;
    struct fake_web *web;
    struct rest *rest;
    struct spark_view *view;
};

static void aim(struct fixture *f, bool master, bool driver)
{
    struct rest_target t = {0};
    if (master)
        snprintf(t.master, sizeof t.master, "http://127.0.0.1:%d", web_port(f->web));
    else
        snprintf(t.master_why, sizeof t.master_why, "local[2] has no master");
    if (driver)
        snprintf(t.driver, sizeof t.driver, "http://127.0.0.1:%d", web_port(f->web));
    else
        snprintf(t.driver_why, sizeof t.driver_why, "no job runs");
    snprintf(t.app_id, sizeof t.app_id, "%s", driver ? APP : "");
    rest_aim(f->rest, &t);
}

static struct fixture *begin(enum manner manner)
{
    char err[200];
    struct fixture *f = xcalloc(1, sizeof *f);
    assert_int_equal(hub_open(&f->hub), 0);
    f->web = web_start();
    web_behave(f->web, manner);
    f->rest = rest_start(&f->hub, err, sizeof err);
    assert_non_null(f->rest);
    aim(f, true, true);
    return f;
}

static void finish(struct fixture *f)
{
    assert_true(rest_stop(f->rest, DEADLINE_MS));
    web_stop(f->web);
    free(f->view);
    hub_close(&f->hub);
    free(f);
}

typedef bool (*condition)(const struct spark_view *v);

static const struct spark_view *until(struct fixture *f, const char *what, condition holds)
{
    int64_t deadline_ms = clock_mono_ms() + DEADLINE_MS;
    for (;;) {
        struct spark_view *v = hub_take_spark(&f->hub);
        if (v) {
            free(f->view);
            f->view = v;
        }
        if (f->view && holds(f->view))
            return f->view;
        if (clock_mono_ms() > deadline_ms)
            fail_msg("no view with %s: master %d %s, driver %d %s", what,
                     f->view ? (int)f->view->master.state : -1, f->view ? f->view->master.why : "",
                     f->view ? (int)f->view->driver.state : -1, f->view ? f->view->driver.why : "");
        poll(NULL, 0, 5);
    }
}

static bool all_answer(const struct spark_view *v)
{
    return v->master.state == SPARK_ANSWERS && v->driver.state == SPARK_ANSWERS && v->nodes > 0;
}

static bool both_strange(const struct spark_view *v)
{
    return v->master.state == SPARK_STRANGE && v->driver.state == SPARK_STRANGE;
}

static bool both_silent(const struct spark_view *v)
{
    return v->master.state == SPARK_SILENT && v->driver.state == SPARK_SILENT;
}

static void what_spark_says_is_read_to_the_figure(void **state)
{
    (void)state;
    struct fixture *f = begin(WEB_RECORDED);
    const struct spark_view *v = until(f, "all answers", all_answer);
    assert_string_equal(v->version, "3.5.3");
    assert_string_equal(v->master_state, "ALIVE");
    assert_int_equal(v->workers, 2);
    assert_true(v->worker[0].alive);
    assert_int_equal(v->worker[0].cores, 1);
    assert_int_equal(v->worker[0].cores_used, 1);
    assert_int_equal(v->worker[0].memory_mb, 1024);
    assert_int_equal(v->worker[0].memory_used_mb, 900);
    assert_int_equal(v->apps, 1);
    assert_true(v->app[0].ours);
    assert_int_equal(v->executors, 3);
    assert_string_equal(v->executor[0].id, "driver");
    assert_int_equal(v->executor[1].tasks_done, 8);
    assert_int_equal(v->jobs, 6);
    assert_int_equal(v->job[0].id, 5);
    assert_string_equal(v->job[0].state, "RUNNING");
    assert_int_equal(v->job[0].batch_id, 1);
    assert_int_equal(v->job[0].tasks_active, 1);
    assert_int_equal(v->job[1].tasks_done, 6);
    assert_int_equal(v->job[4].batch_id, UNKNOWN);
    assert_true(v->stages > 3);
    assert_string_equal(v->stage[0].state, "ACTIVE"); /* what runs stands first */
    assert_int_equal(v->jobs_failed, 0);
    assert_int_equal(v->plan_batch_id, 1);
    finish(f);
}

static void the_plan_is_in_the_order_that_rows_flow(void **state)
{
    (void)state;
    char err[100], *text = web_answer("sql1");
    struct spark_view *v = xcalloc(1, sizeof *v);
    json_object *tree = js_parse(text, strlen(text), err, sizeof err);
    assert_non_null(tree);
    assert_true(rest_read_plan(v, tree));
    assert_string_equal(v->node[0].name, "MicroBatchScan");
    assert_int_equal(v->node[v->nodes - 1].feeds, -1);
    bool seen_distinct = false;
    for (size_t i = 0; i < v->nodes; i++) {
        assert_null(strstr(v->node[i].name, "WholeStageCodegen")); /* is no operator */
        if (v->node[i].feeds >= 0)
            assert_true(v->node[i].feeds > (int)i);
        seen_distinct = seen_distinct || !strcmp(v->node[i].name, "StreamingDeduplicate");
        if (!strcmp(v->node[i].name, "StateStoreSave"))
            assert_true(seen_distinct);
    }
    assert_true(seen_distinct);
    json_object_put(tree);
    /* Edges in a circle, to nowhere, and figures as Spark writes them. */
    static const char odd[] =
        "{\"nodes\":[{\"nodeId\":1,\"nodeName\":\"A\",\"metrics\":[{\"name\":\"number of output "
        "rows\",\"value\":"
        "\"1,234,567\"},{\"name\":\"sort time\",\"value\":\"total (min, med, max)\\n1.5 s (1 ms, 2 ms, 3 "
        "ms)\"}]},"
        "{\"nodeId\":2,\"nodeName\":\"B\"},{\"nodeId\":3,\"nodeName\":\"C\"},{\"nodeName\":\"none\"},7],"
        "\"edges\":[{\"fromId\":2,\"toId\":3},{\"fromId\":3,\"toId\":2},{\"fromId\":1,\"toId\":99},"
        "{\"fromId\":1,\"toId\":3},{}]}";
    tree = js_parse(odd, sizeof odd - 1, err, sizeof err);
    assert_non_null(tree);
    assert_true(rest_read_plan(v, tree));
    assert_int_equal(v->nodes, 3);
    for (size_t i = 0; i < v->nodes; i++)
        if (!strcmp(v->node[i].name, "A")) {
            assert_int_equal(v->node[i].rows, 1234567);
            assert_true(v->node[i].time_ms == 1500);
        }
    json_object_put(tree);
    free(v);
    free(text);
}

static void what_is_no_spark_is_strange_and_its_figures_go(void **state)
{
    (void)state;
    static const enum manner manners[] = {WEB_NOT_FOUND, WEB_BROKEN_JSON, WEB_OTHER_JSON, WEB_ENDLESS};
    struct fixture *f = begin(WEB_RECORDED);
    until(f, "all answers", all_answer);
    for (size_t i = 0; i < sizeof manners / sizeof *manners; i++) {
        web_behave(f->web, manners[i]);
        const struct spark_view *v = until(f, "two strangers", both_strange);
        assert_int_equal(v->workers + v->apps + v->executors + v->jobs + v->stages, 0);
        assert_true(v->master.why[0] && v->driver.why[0]);
        if (manners[i] == WEB_NOT_FOUND)
            assert_non_null(strstr(v->master.why, "404"));
        if (manners[i] == WEB_ENDLESS)
            assert_non_null(strstr(v->master.why, "larger than"));
        web_behave(f->web, WEB_RECORDED);
        assert_int_equal(until(f, "all answers again", all_answer)->workers, 2);
    }
    finish(f);
}

static void who_does_not_answer_is_silent_and_comes_back(void **state)
{
    (void)state;
    static const enum manner manners[] = {WEB_CLOSED, WEB_MUTE};
    struct fixture *f = begin(WEB_RECORDED);
    until(f, "all answers", all_answer);
    for (size_t i = 0; i < sizeof manners / sizeof *manners; i++) {
        web_behave(f->web, manners[i]);
        const struct spark_view *v = until(f, "silence", both_silent);
        assert_int_equal(v->workers + v->executors + v->jobs, 0);
        web_behave(f->web, WEB_RECORDED);
        assert_int_equal(until(f, "all answers again", all_answer)->executors, 3);
    }
    finish(f);
}

static bool no_plan(const struct spark_view *v)
{
    return v->driver.state == SPARK_ANSWERS && v->plan_why[0];
}

static void an_older_spark_has_no_plan_and_all_else(void **state)
{
    (void)state;
    struct fixture *f = begin(WEB_NO_SQL);
    const struct spark_view *v = until(f, "no plan", no_plan);
    assert_int_equal(v->jobs, 6);
    assert_int_equal(v->nodes, 0);
    assert_non_null(strstr(v->plan_why, "404"));
    finish(f);
}

static bool nothing_to_ask(const struct spark_view *v)
{
    return v->master.state == SPARK_NOT_ASKED && v->driver.state == SPARK_NOT_ASKED;
}

static void where_there_is_nothing_to_ask_that_is_said(void **state)
{
    (void)state;
    struct fixture *f = begin(WEB_RECORDED);
    until(f, "all answers", all_answer);
    aim(f, false, false);
    const struct spark_view *v = until(f, "nothing to ask", nothing_to_ask);
    assert_string_equal(v->master.why, "local[2] has no master");
    assert_string_equal(v->driver.why, "no job runs");
    assert_int_equal(v->workers + v->jobs + v->nodes, 0);
    long asked = web_asked(f->web);
    aim(f, true, false);
    int64_t deadline_ms = clock_mono_ms() + DEADLINE_MS;
    while (web_asked(f->web) == asked && clock_mono_ms() < deadline_ms)
        poll(NULL, 0, 5);
    assert_true(web_asked(f->web) > asked);
    finish(f);
}

static void an_end_is_quick_also_while_nobody_answers(void **state)
{
    (void)state;
    struct fixture *f = begin(WEB_MUTE);
    int64_t deadline_ms = clock_mono_ms() + DEADLINE_MS;
    while (web_asked(f->web) == 0 && clock_mono_ms() < deadline_ms)
        poll(NULL, 0, 5);
    finish(f); /* waits for the thread */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_spark_says_is_read_to_the_figure),
        cmocka_unit_test(the_plan_is_in_the_order_that_rows_flow),
        cmocka_unit_test(what_is_no_spark_is_strange_and_its_figures_go),
        cmocka_unit_test(who_does_not_answer_is_silent_and_comes_back),
        cmocka_unit_test(an_older_spark_has_no_plan_and_all_else),
        cmocka_unit_test(where_there_is_nothing_to_ask_that_is_said),
        cmocka_unit_test(an_end_is_quick_also_while_nobody_answers),
    };
    return cmocka_run_group_tests_name("rest", tests, NULL, NULL);
}
