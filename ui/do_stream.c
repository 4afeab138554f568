/* What the keys do to the replay and to the query: they post a command, nothing more. The screen then shows
 * what the views say came of it; nothing is assumed. */
#include "ui/rate.h"
#include "ui/state.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum { OUTSTANDING_MS = 600 };

unsigned ui_post(struct ui *ui, struct command_box *box, const char *whose, const struct command *c)
{
    if (!command_post(box, c))
        ui_notice(ui, true, "the %s is busy with earlier keys: press again in a moment", whose);
    return REACT_DRAW;
}

unsigned ui_ask_replay(struct ui *ui, const struct command *c)
{
    return ui_post(ui, ui->parts->to_replay, "replay", c);
}

static unsigned to_replay(struct ui *ui, enum command_kind kind, int64_t i, double f)
{
    return ui_post(ui, ui->parts->to_replay, "replay", &(struct command){.kind = kind, .i = i, .f = f});
}

unsigned ui_ask_engine(struct ui *ui, const struct command *c)
{
    ui->asked_of = c->kind;
    ui->query_asked_ms = ui->now_ms;
    return ui_post(ui, ui->parts->to_engine, "query", c);
}

static unsigned to_engine(struct ui *ui, enum command_kind kind, int64_t i)
{
    return ui_ask_engine(ui, &(struct command){.kind = kind, .i = i});
}

bool can_replay(const struct ui *ui)
{
    const struct replay_view *r = ui_newest_replay(ui);
    return !ui->parts->options->replay.no_replay && (!r || r->state != REPLAY_OFF);
}

bool can_step(const struct ui *ui)
{
    const struct query_view *q = ui_newest_query(ui);
    return q && q->state == ENGINE_PAUSED;
}

unsigned do_replay_pause(struct ui *ui, int key)
{
    (void)key;
    return to_replay(ui, CMD_REPLAY_PAUSE, -1, 0);
}

static unsigned ask_speed(struct ui *ui, bool is_speed, double value)
{
    ui->asked_value = value;
    ui->asked_ms = ui->now_ms;
    return to_replay(ui, is_speed ? CMD_REPLAY_SPEED : CMD_REPLAY_RATE, 0, value);
}

/* Two quick presses are two steps, also when the replay has not yet said that it took the first. */
static unsigned change(struct ui *ui, bool up)
{
    const struct replay_view *r = ui_newest_replay(ui);
    if (!r)
        return REACT_NONE;
    bool is_speed = r->pacing == PACING_EVENT_TIME;
    double from = is_speed ? r->speed : r->rate_asked;
    if (ui->asked_ms && ui->now_ms - ui->asked_ms < OUTSTANDING_MS)
        from = ui->asked_value;
    double to = is_speed ? rate_step(from, up, SPEED_LEAST, SPEED_MOST, false)
                         : rate_step(from, up, RATE_LEAST, RATE_MOST, true);
    return ask_speed(ui, is_speed, to);
}

unsigned do_faster(struct ui *ui, int key)
{
    (void)key;
    return change(ui, true);
}

unsigned do_slower(struct ui *ui, int key)
{
    (void)key;
    return change(ui, false);
}

unsigned do_type_rate(struct ui *ui, int key)
{
    (void)key;
    prompt_open(&ui->prompt, PROMPT_RATE, "rate (calls a second, max, or x600):", "");
    return REACT_DRAW;
}

bool ui_apply_rate(struct ui *ui, struct prompt *p)
{
    bool is_speed;
    double value;
    if (!p->text[0])
        return true; /* nothing typed, nothing changed */
    if (!rate_parse(p->text, &is_speed, &value, p->error, sizeof p->error))
        return false;
    (void)ask_speed(ui, is_speed, value);
    return true;
}

unsigned do_pacing(struct ui *ui, int key)
{
    (void)key;
    const struct replay_view *r = ui_newest_replay(ui);
    if (!r)
        return REACT_NONE;
    ui->asked_ms = 0;
    return to_replay(ui, CMD_REPLAY_PACING, r->pacing == PACING_RATE ? PACING_EVENT_TIME : PACING_RATE, 0);
}

unsigned do_loop(struct ui *ui, int key)
{
    (void)key;
    return to_replay(ui, CMD_REPLAY_LOOP, -1, 0);
}

unsigned do_rewind(struct ui *ui, int key)
{
    (void)key;
    prompt_open(&ui->prompt, PROMPT_CONFIRM, "Replay from the first call again?", "");
    ui->prompt.action = ACT_REWIND;
    return REACT_DRAW;
}

unsigned ui_confirmed(struct ui *ui, enum action_id id)
{
    struct command change = {.kind = CMD_QUERY_CHANGE};
    switch (id) {
    case ACT_REWIND: return to_replay(ui, CMD_REPLAY_REWIND, 0, 0);
    case ACT_CODES: return to_engine(ui, CMD_CODES_RELOAD, 0);
    case ACT_SEEK:
        change.kind = CMD_QUERY_SEEK;
        snprintf(change.text, sizeof change.text, "%s", ui->change);
        return ui_ask_engine(ui, &change);
    case ACT_SETTINGS:
        query_menu_close(&ui->menu);
        snprintf(change.text, sizeof change.text, "%s", ui->change);
        return ui_ask_engine(ui, &change);
    case ACT_CREATE_TOPIC: ui_answer_offer(ui, true); return REACT_DRAW;
    case ACT_JOB_STOP: return to_engine(ui, CMD_JOB_STOP, 0);
    case ACT_JOB_START: return to_engine(ui, CMD_JOB_START, 0);
    case ACT_DEFAULT_LAYOUT: ui_arrange_reset(ui, ui->reset_all); return REACT_LAYOUT;
    default: return REACT_NONE;
    }
}

unsigned do_query_pause(struct ui *ui, int key)
{
    (void)key;
    return to_engine(ui, CMD_QUERY_PAUSE, -1);
}

unsigned do_step(struct ui *ui, int key)
{
    (void)key;
    return to_engine(ui, CMD_QUERY_STEP, 0);
}

/* Only one key's detail can be had at a time; the engine is told when it is another one. A full box is asked
 * again after the next painting. */
static void ask_detail(struct ui *ui, int64_t key, const char *run)
{
    struct command c = {.kind = CMD_QUERY_DETAIL, .i = key};
    if (key == ui->detail_key && (key < 0 || !strcmp(run, ui->detail_run)))
        return;
    snprintf(c.text, sizeof c.text, "%s", run);
    if (!command_post(ui->parts->to_engine, &c))
        return;
    ui->detail_key = key;
    snprintf(ui->detail_run, sizeof ui->detail_run, "%s", run);
}

bool ui_serve_panes(struct ui *ui)
{
    struct pane_env env;
    const struct query_view *q = ui_shown(ui)->query;
    int64_t detail_key = -1;
    bool changed = false;
    for (size_t i = 0; i < pane_count; i++) {
        struct pane_asks asks = {.detail_key = -1};
        if (!panes[i]->asks || ui->layout.pane[i].h <= 0)
            continue;
        ui_env(ui, i, &env);
        panes[i]->asks(ui->pane_state[i], &env, &asks);
        if (detail_key < 0)
            detail_key = asks.detail_key;
        if (asks.notice[0])
            ui_notice(ui, false, "%s", asks.notice);
        changed |= asks.notice[0] != '\0' || asks.again;
    }
    ask_detail(ui, detail_key, q ? q->run_id : "");
    return changed;
}
