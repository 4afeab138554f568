#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "engine_run.h"

#include "base/clock.h"
#include "base/text.h"
#include "base/xalloc.h"
#include "log.h"

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void write_calls(struct program *files)
{
    static const char *const types[] = {"Passing Call", "Traffic Stop", "Audible Alarm"};
    struct strbuf b = {0};
    for (int i = 0; i < CALLS; i++) {
        int n = i % 10 == 9 ? i - 1 : i;
        strbuf_printf(&b,
                      "{\"crime_id\":\"%d\",\"original_crime_type_name\":\"%s\",\"call_date_time\":"
                      "\"2018-12-31T%02d:%02d:00.000\",\"disposition\":\"%s\",\"address\":\"%d Main St\"}\n",
                      n, types[n % 3], 10 + n / 60, n % 60, n % 2 ? "HAN" : "ADM", n);
    }
    program_write(files, "calls.json", b.data);
    strbuf_free(&b);
}

struct run *run_new(double rate)
{
    struct run *r = xcalloc(1, sizeof *r);
    char err[500] = "";
    r->ops = &engine_native;
    r->files = program_new();
    write_calls(r->files);
    assert_int_equal(log_open(NULL, err, sizeof err), 0);
    options_default(&r->options);
    free(r->options.replay.calls);
    r->options.replay.calls = xstrdup(program_path(r->files, "calls.json"));
    r->options.replay.rate = rate;
    r->options.sink.console = CONSOLE_NONE;
    r->options.kafka.partitions = 2;
    r->cluster = embedded_start(&r->options, err, sizeof err);
    if (!r->cluster)
        fail_msg("%s", err);
    r->parts = (struct app_parts){.options = &r->options,
                                  .hub = &r->hub,
                                  .bootstrap = embedded_bootstrap(r->cluster),
                                  .embedded = true,
                                  .embedded_cluster = r->cluster};
    return r;
}

void run_start(struct run *r)
{
    char err[500] = "";
    assert_int_equal(hub_open(&r->hub), 0);
    r->parts.to_replay = command_box_new();
    r->parts.to_engine = command_box_new();
    r->engine = r->ops->start(&r->parts, err, sizeof err);
    if (!r->engine)
        fail_msg("%s", err);
    if (r->options.replay.no_replay)
        return;
    r->replay = replay_start(&r->parts, err, sizeof err);
    if (!r->replay)
        fail_msg("%s", err);
}

void run_stop(struct run *r)
{
    if (r->replay) {
        replay_stop(r->replay, 5000);
        replay_free(r->replay);
        r->replay = NULL;
    }
    assert_true(r->ops->stop(r->engine, 15000));
    r->ops->free(r->engine);
    query_view_free(r->view);
    r->view = NULL;
    command_box_free(r->parts.to_replay);
    command_box_free(r->parts.to_engine);
    hub_close(&r->hub);
}

void run_free(struct run *r)
{
    embedded_stop(r->cluster);
    options_free(&r->options);
    program_free(r->files);
    log_close();
    free(r);
}

struct run *begin(double rate)
{
    struct run *r = run_new(rate);
    run_start(r);
    return r;
}

void finish(struct run *r)
{
    run_stop(r);
    run_free(r);
}

const struct query_view *until(struct run *r, const char *what, condition holds)
{
    int64_t deadline_ms = clock_mono_ms() + DEADLINE_MS;
    for (;;) {
        struct query_view *v = hub_take_query(&r->hub);
        if (v) {
            if (r->view && v->number <= r->view->number)
                fail_msg("view %d came after view %d", (int)v->number, (int)r->view->number);
            query_view_free(r->view);
            r->view = v;
        }
        if (r->view && holds(r->view))
            return r->view;
        if (clock_mono_ms() > deadline_ms)
            fail_msg("no view with %s; the newest has state %d, %d rows in, message '%s'", what,
                     r->view ? (int)r->view->state : -1, r->view ? (int)r->view->rows_in : -1,
                     r->view ? r->view->message : "");
        poll(NULL, 0, 2);
    }
}

void post(struct run *r, enum command_kind kind, int64_t i, const char *text)
{
    struct command c = {.kind = kind, .i = i};
    snprintf(c.text, sizeof c.text, "%s", text);
    assert_true(command_post(r->parts.to_engine, &c));
}

const struct view_key *key_of(const struct query_view *v, const char *name)
{
    for (size_t i = 0; i < v->keys.count; i++)
        if (view_key_at(v, i)->fields[0] && strcmp(view_key_at(v, i)->fields[0], name) == 0)
            return view_key_at(v, i);
    return NULL;
}
