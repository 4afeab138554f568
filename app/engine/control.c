/* What the screen asks of the engine: pause, single steps, and changes that make the query start over. */
#include "engine/native.h"

#include "base/xalloc.h"
#include "engine/changes.h"
#include "engine/connect.h"
#include "log.h"
#include "sink/sink.h"

#include <math.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ASK_MS = 5000, REWIND_MS = 5000, REWIND_LOOK_MS = 5 };

static void post_to_replay(struct engine *e, enum command_kind kind, int64_t i)
{
    struct command c = {.kind = kind, .i = i};
    if (!command_post(e->b.parts.to_replay, &c))
        log_line(LOG_WARNING, "engine", "the replay is too busy to take a command");
}

/* The embedded cluster keeps only the newest data, so the replay begins anew behind what is there. The replay
 * says where its new pass begins, after everything before it has arrived: nothing of the old pass can slip
 * in. */
static bool rewind_replay(struct engine *e, int64_t *position)
{
    struct live *live = &e->b.parts.hub->live;
    int64_t pass = atomic_load(&live->replay_pass);
    post_to_replay(e, CMD_REPLAY_REWIND, 0);
    int64_t deadline_ms = clock_mono_ms() + REWIND_MS;
    while (atomic_load(&live->replay_pass) == pass && !engine_stopping(e)) {
        if (clock_mono_ms() > deadline_ms)
            return false;
        struct timespec nap = {.tv_nsec = REWIND_LOOK_MS * 1000000};
        nanosleep(&nap, NULL);
    }
    for (int p = 0; p < e->source->partitions; p++) {
        int64_t from = atomic_load(&live->pass_start[p]);
        position[p] = from == UNKNOWN ? 0 : from;
    }
    if (e->catch_up_rows > 0)
        post_to_replay(e, CMD_REPLAY_BURST, e->catch_up_rows);
    return true;
}

/* What the topic keeps. False with a sentence in err: while no broker answers, what was asked for is not
 * done, and what runs is left as it is. The screen is told that we wait for it. */
static bool ask_bounds(struct engine *e, int64_t *low, int64_t *high, char *err, size_t err_cap)
{
    engine_say(e, "asking Kafka for its offsets");
    engine_publish(e, true);
    enum source_status status = e->source->ops->bounds(e->source, low, high, ASK_MS);
    if (status != SOURCE_OK)
        snprintf(err, err_cap, "%s",
                 status == SOURCE_TIMEOUT ? "Kafka did not say its offsets in time" : e->source->error);
    return status == SOURCE_OK;
}

/* Where somebody asked to read from (as in the option starting-offset). False with a sentence in err. */
static bool find_place(struct engine *e, const struct options *place, int64_t *position, char *err,
                       size_t err_cap)
{
    int64_t *low = xcalloc(MAX_PARTITIONS, sizeof *low), *high = xcalloc(MAX_PARTITIONS, sizeof *high);
    bool found = ask_bounds(e, low, high, err, err_cap) &&
                 start_offsets(e->source, place, position, err, err_cap) == 0;
    e->catch_up_rows = 0;
    for (int p = 0; found && p < e->source->partitions; p++)
        e->catch_up_rows += high[p] > position[p] ? high[p] - position[p] : 0;
    free(low);
    free(high);
    return found;
}

/* Where the query starts over, and how many rows it has to do again. False with a sentence in err. */
static bool find_beginning(struct engine *e, int64_t *position, char *err, size_t err_cap)
{
    int64_t *high = xcalloc(MAX_PARTITIONS, sizeof *high);
    bool found = ask_bounds(e, position, high, err, err_cap);
    int n = e->source->partitions;
    if (!found)
        goto out;
    if (e->b.parts.embedded && !e->b.parts.options->replay.no_replay) {
        struct query_totals t;
        query_totals(e->query, &t);
        e->catch_up_rows = t.rows_in;
        if (!rewind_replay(e, position) && !engine_stopping(e)) {
            log_line(LOG_WARNING, "engine",
                     "the replay did not rewind in time: the query goes on with new calls only");
            memcpy(position, high, (size_t)n * sizeof *position);
            e->catch_up_rows = 0;
        }
    } else {
        e->catch_up_rows = 0;
        for (int p = 0; p < n; p++)
            e->catch_up_rows += high[p] > position[p] ? high[p] - position[p] : 0;
    }
out:
    free(high);
    return found;
}

/* place: the offsets to read from, which then belong to this call; NULL = the beginning of what is kept.
 * False when nothing has changed. */
static bool start_over_at(struct engine *e, const struct query_settings *s, int64_t *place)
{
    struct codes *codes = NULL;
    int64_t *position = place ? place : xcalloc(MAX_PARTITIONS, sizeof *position);
    char why[300];
    bool changed = false;
    if (!engine_read_codes(e, s, &codes))
        goto out;
    if (!place && !find_beginning(e, position, why, sizeof why)) {
        engine_refuse_change(e, why);
        goto out;
    }
    changed = true;
    e->b.state = ENGINE_RESTARTING;
    engine_say(e, place ? "starting over where you asked for"
                        : "starting over from the beginning of what is kept");
    engine_publish(e, true);
    /* The sinks first: a crash in between then finds a checkpoint whose next batch fills them anew. */
    if (e->b.sinks && sinks_restart(e->b.sinks, e->query, why, sizeof why) < 0) {
        engine_fail(e, "%s", why);
        goto out;
    }
    if (e->checkpoint && (checkpoint_restart(e->checkpoint, s, why, sizeof why) < 0 ||
                          engine_keep_beginning(e, position, why, sizeof why) < 0)) {
        engine_fail(e, "%s", why);
        goto out;
    }
    codes_free(e->codes);
    e->codes = codes;
    codes = NULL;
    e->b.settings = *s;
    rejects_restart(&e->rejects);
    views_restart(e->b.views);
    breakdown_restart(e->breakdown);
    batches_close(&e->batches);
    e->batches_are_open = false;
    engine_new_query(e);
    if (e->source->ops->seek(e->source, position) == SOURCE_FAILED) {
        engine_fail(e, "%s", e->source->error);
        goto out;
    }
    start_uuid(e->run_id);
    engine_open_batches(e, position, 0);
    if (!engine_note_present_end(e))
        goto out;
    e->first_row_ms = e->next_tick_ms = 0;
    e->paused = false;
    engine_say(e, "%s", "");
    engine_note_catch_up(e);
out:
    codes_free(codes);
    free(position);
    return changed;
}

static bool start_over(struct engine *e, const struct query_settings *s)
{
    return start_over_at(e, s, NULL);
}

/* What was counted belongs to the rows that were read, so another place means an empty table: the state does
 * not go along. A place that is not there changes nothing. */
static void seek(struct engine *e, const char *text)
{
    struct options place = {.kafka.topic = e->b.parts.options->kafka.topic};
    int64_t *position = xcalloc(MAX_PARTITIONS, sizeof *position);
    char why[300];
    struct query_settings s = e->b.settings;
    if (!options_set_start(&place, text, why, sizeof why) ||
        !find_place(e, &place, position, why, sizeof why)) {
        log_line(LOG_WARNING, "engine", "the query reads on where it is: %s", why);
        engine_answer(e, "the query reads on where it is: %s", why);
        free(position);
    } else {
        log_line(LOG_INFO, "engine", "reading from %s, with empty state", text);
        (void)start_over_at(e, &s, position);
    }
    free(place.start.offsets);
}

static void change(struct engine *e, const char *text)
{
    struct query_settings s = e->b.settings;
    struct codes *codes = NULL;
    char why[300];
    bool fits = changes_apply(&s, text, why, sizeof why) && engine_codes_for(e, &s, &codes, why, sizeof why);
    codes_free(codes); /* read only to see that they are there */
    if (!fits) {
        engine_refuse_change(e, why);
        return;
    }
    engine_remember(e);
    log_line(LOG_INFO, "engine", "query changed: %s", text);
    if (!start_over(e, &s))
        e->b.undo_count--;
}

static void undo(struct engine *e)
{
    if (e->b.undo_count == 0) {
        engine_answer(e, "there is no change to undo");
        return;
    }
    struct query_settings s = e->b.undo[--e->b.undo_count];
    log_line(LOG_INFO, "engine", "the last query change is undone");
    if (!start_over(e, &s))
        e->b.undo_count++;
}

static bool groups_by_description(const struct query_settings *s)
{
    for (int i = 0; i < s->group_by_count; i++)
        if (s->group_by[i] == FIELD_DISPOSITION_DESCRIPTION)
            return true;
    return false;
}

/* The codes have been mended in the file. What was counted under an old description cannot be told apart any
 * more, so a query that groups by it starts over; for any other the codes change nothing. */
static void reload_codes(struct engine *e)
{
    char why[300] = "there is no file of them; name one in [data] sfpd-codes";
    const char *path = e->b.parts.options->replay.codes;
    struct codes *codes = path ? codes_read(path, why, sizeof why) : NULL;
    if (!codes) {
        log_line(LOG_WARNING, "engine", "the radio codes stay as they are: %s", why);
        engine_answer(e, "the radio codes stay as they are: %s", why);
        return;
    }
    log_line(LOG_INFO, "engine", "%zu radio codes read again", codes_count(codes));
    engine_answer(e, "%zu radio codes read again", codes_count(codes));
    if (!e->b.settings.join_codes) {
        codes_free(codes);
        return;
    }
    codes_free(e->codes);
    e->codes = codes;
    if (groups_by_description(&e->b.settings)) {
        struct query_settings s = e->b.settings;
        (void)start_over(e, &s);
    }
}

/* The number of a key means something only within the run that the screen has seen it in. */
static void want_detail(struct engine *e, const struct command *c)
{
    if (c->i < 0)
        breakdown_want(e->breakdown, -1);
    else if (strcmp(c->text, e->run_id) == 0)
        breakdown_want(e->breakdown, c->i);
}

static void serve(struct engine *e, const struct command *c)
{
    switch (c->kind) {
    case CMD_QUERY_PAUSE:
        if (e->paused)
            batches_forget_rate(&e->batches);
        e->paused = c->i < 0 ? !e->paused : c->i > 0;
        e->steps = 0;
        break;
    case CMD_QUERY_STEP:
        if (e->paused)
            e->steps++;
        break;
    case CMD_QUERY_CHANGE: change(e, c->text); break;
    case CMD_QUERY_UNDO: undo(e); break;
    case CMD_CODES_RELOAD: reload_codes(e); break;
    case CMD_QUERY_SEEK: seek(e, c->text); break;
    case CMD_QUERY_DETAIL: want_detail(e, c); break;
    case CMD_STOP: atomic_store(&e->b.stop, true); break;
    default: break;
    }
}

void engine_take_commands(struct engine *e)
{
    struct command c;
    bool any = false;
    while (!e->b.failed && command_take(e->b.parts.to_engine, &c)) {
        serve(e, &c);
        any = true;
    }
    if (!any || e->b.failed)
        return;
    if (e->b.state == ENGINE_RUNNING || e->b.state == ENGINE_PAUSED)
        e->b.state = e->paused ? ENGINE_PAUSED : ENGINE_RUNNING;
    engine_publish(e, true);
}

void engine_note_catch_up(struct engine *e)
{
    if (e->b.state != ENGINE_RESTARTING)
        return;
    struct query_totals t;
    query_totals(e->query, &t);
    if (t.rows_in >= e->catch_up_rows)
        e->b.state = e->paused ? ENGINE_PAUSED : ENGINE_RUNNING;
}
