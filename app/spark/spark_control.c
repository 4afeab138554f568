/* What the screen asks of the engine. Spark cannot change a query that runs: a change ends the job and starts
 * another one, with an empty table. */
#include "spark/spark.h"

#include "base/xalloc.h"
#include "engine/changes.h"
#include "log.h"

#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* A changed query cannot go on from the state of another one: it gets a folder beside it. */
static void take_fresh_checkpoint(struct engine *e)
{
    const char *base = e->b.parts.options->spark.checkpoint;
    char when[32] = "";
    struct tm t;
    time_t now = time(NULL);
    if (!base)
        return;
    if (gmtime_r(&now, &t))
        (void)strftime(when, sizeof when, "%Y%m%dT%H%M%SZ", &t);
    free(e->checkpoint);
    e->checkpoint = xasprintf("%s-%s", base, when);
    log_line(LOG_INFO, "spark", "the changed query gets a checkpoint of its own: %s", e->checkpoint);
}

static void start_over(struct engine *e, const struct query_settings *s)
{
    e->b.settings = *s;
    take_fresh_checkpoint(e);
    spark_job_start(e, true); /* its table goes, and its state: nothing is worth waiting for */
}

static void change(struct engine *e, const char *text)
{
    struct query_settings s = e->b.settings;
    char why[300];
    if (!changes_apply(&s, text, why, sizeof why)) {
        engine_refuse_change(e, why);
        return;
    }
    engine_remember(e);
    log_line(LOG_INFO, "spark", "query changed: %s", text);
    start_over(e, &s);
}

static void undo(struct engine *e)
{
    if (e->b.undo_count == 0) {
        engine_answer(e, "there is no change to undo");
        return;
    }
    log_line(LOG_INFO, "spark", "the last query change is undone");
    start_over(e, &e->b.undo[--e->b.undo_count]);
}

static void seek(struct engine *e, const char *text)
{
    struct options place = {.kafka.topic = e->b.parts.options->kafka.topic};
    char why[300];
    bool good = options_set_start(&place, text, why, sizeof why);
    free(place.start.offsets);
    if (!good) {
        engine_answer(e, "the query reads on where it is: %s", why);
        return;
    }
    free(e->place);
    e->place = xstrdup(text);
    log_line(LOG_INFO, "spark", "reading from %s, with empty state", text);
    struct query_settings s = e->b.settings;
    start_over(e, &s);
}

static void reload_codes(struct engine *e)
{
    struct query_settings s = e->b.settings;
    if (!s.join_codes) {
        engine_answer(e, "the query joins no radio codes; a job reads them when it starts");
        return;
    }
    start_over(e, &s);
}

static void serve(struct engine *e, const struct command *c)
{
    switch (c->kind) {
    case CMD_QUERY_PAUSE:
    case CMD_QUERY_STEP:
        engine_answer(e, "Spark cannot hold up a query: [P] stops the job, [i] starts it again");
        break;
    case CMD_QUERY_CHANGE: change(e, c->text); break;
    case CMD_QUERY_UNDO: undo(e); break;
    case CMD_CODES_RELOAD: reload_codes(e); break;
    case CMD_QUERY_SEEK: seek(e, c->text); break;
    case CMD_JOB_STOP:
        if (c->i == 0)
            e->wanted = false; /* "at once" only hurries what was asked for before */
        spark_job_stop(e, c->i > 0);
        break;
    case CMD_JOB_START: spark_job_start(e, false); break;
    case CMD_STOP: atomic_store(&e->b.stop, true); break;
    default: break;
    }
}

void spark_take_commands(struct engine *e)
{
    struct command c;
    while (command_take(e->b.parts.to_engine, &c))
        serve(e, &c);
}
