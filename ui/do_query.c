/* What the keys do to the query's settings: choose in the menu, check, ask, post. A change makes the query
 * start over, so nothing is posted before a yes; undoing is one key because it is the way back. */
#include "ui/keymap.h"
#include "ui/state.h"

#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ANSWER_MS = 10000 /* a message that comes later is about something else */ };

const struct query_settings *ui_settings(const struct ui *ui)
{
    const struct query_view *q = ui_newest_query(ui);
    return q ? &q->settings : NULL;
}

bool can_change(const struct ui *ui)
{
    const struct query_view *q = ui_newest_query(ui);
    /* A job that failed, or does not start, may be mended by a change: its engine goes on. */
    bool elsewhere = q && q->job.state != JOB_NONE;
    return q && (elsewhere || (q->state != ENGINE_FAILED && q->state != ENGINE_STARTING)) &&
           !atomic_load_explicit(&ui->parts->hub->live.engine_ended, memory_order_relaxed);
}

/* One step from the present settings to a change: check it, then ask. False with a sentence in why. */
bool ui_ask_change(struct ui *ui, const char *change, char *why, size_t why_cap)
{
    const struct query_settings *now = ui_settings(ui);
    if (!now || !query_change_check(now, change, why, why_cap))
        return false;
    char label[sizeof ui->prompt.label];
    snprintf(ui->change, sizeof ui->change, "%s", change);
    const struct query_view *q = ui_newest_query(ui);
    snprintf(label, sizeof label,
             q && q->job.state != JOB_NONE ? "Start the Spark job anew, with an empty table and %s?"
                                           : "Start the query over with %s?",
             change);
    prompt_open(&ui->prompt, PROMPT_CONFIRM, label, "");
    ui->prompt.action = ACT_SETTINGS;
    return true;
}

unsigned do_setting(struct ui *ui, int key)
{
    const struct action *a = action_of_key(key);
    if (a && a->setting)
        (void)query_menu_open(&ui->menu, a->setting, ui_settings(ui));
    return REACT_DRAW;
}

unsigned do_settings(struct ui *ui, int key)
{
    (void)key;
    (void)query_menu_open(&ui->menu, NULL, ui_settings(ui));
    return REACT_DRAW;
}

unsigned do_undo(struct ui *ui, int key)
{
    (void)key;
    return ui_ask_engine(ui, &(struct command){.kind = CMD_QUERY_UNDO});
}

unsigned do_codes(struct ui *ui, int key)
{
    (void)key;
    if (!ui_settings(ui)->join_codes)
        return ui_ask_engine(ui, &(struct command){.kind = CMD_CODES_RELOAD});
    prompt_open(&ui->prompt, PROMPT_CONFIRM, "Start the query over with the radio codes read again?", "");
    ui->prompt.action = ACT_CODES;
    return REACT_DRAW;
}

unsigned do_seek(struct ui *ui, int key)
{
    (void)key;
    prompt_open(&ui->prompt, PROMPT_SEEK, "read from (earliest, latest, a time):", "");
    return REACT_DRAW;
}

bool ui_ask_seek(struct ui *ui, const char *place, char *why, size_t why_cap)
{
    struct options o = {.kafka.topic = ui->parts->options->kafka.topic};
    char label[sizeof ui->prompt.label];
    bool good = strlen(place) < COMMAND_TEXT && options_set_start(&o, place, why, why_cap);
    free(o.start.offsets);
    if (!good)
        return false;
    snprintf(ui->change, sizeof ui->change, "%s", place);
    snprintf(label, sizeof label, "Read from %.60s, with an empty table?", place);
    prompt_open(&ui->prompt, PROMPT_CONFIRM, label, "");
    ui->prompt.action = ACT_SEEK;
    return true;
}

static void type_value(struct ui *ui)
{
    char label[sizeof ui->prompt.label], value[PROMPT_TEXT], allowed[180];
    const char *key = query_menu_key(&ui->menu);
    snprintf(label, sizeof label, "%.30s (%s):", key, query_setting_allowed(allowed, sizeof allowed, key));
    prompt_open(&ui->prompt, PROMPT_SETTING, label,
                query_setting_text(value, sizeof value, key, ui_settings(ui)));
}

unsigned ui_menu_act(struct ui *ui, enum action_id id)
{
    char change[COMMAND_TEXT], why[240];
    if (!ui_settings(ui)) {
        query_menu_close(&ui->menu);
        return REACT_DRAW;
    }
    switch (query_menu_act(&ui->menu, id, ui_settings(ui), change)) {
    case MENU_CHOSEN:
        if (!ui_ask_change(ui, change, why, sizeof why))
            ui_notice(ui, true, "%s", why);
        break;
    case MENU_TYPE: type_value(ui); break;
    case MENU_MORE: break;
    }
    return REACT_DRAW;
}

bool ui_apply_setting(struct ui *ui, struct prompt *p)
{
    char change[COMMAND_TEXT], why[sizeof p->error];
    /* What is typed is one value, never a second change. */
    if (strchr(p->text, ';')) {
        snprintf(p->error, sizeof p->error, "one value, without ';'");
        return false;
    }
    if (strlen(p->text) > sizeof change - 50) {
        snprintf(p->error, sizeof p->error, "that is longer than any setting can be");
        return false;
    }
    snprintf(change, sizeof change, "%.40s=%.150s", query_menu_key(&ui->menu), p->text);
    if (ui_ask_change(ui, change, why, sizeof why))
        return true;
    snprintf(p->error, sizeof p->error, "%s", why);
    return false;
}

void ui_tell_answer(struct ui *ui, const struct query_view *before, const struct query_view *now)
{
    if (!ui->query_asked_ms)
        return;
    if (ui->now_ms - ui->query_asked_ms > ANSWER_MS || now->state == ENGINE_RESTARTING) {
        ui->query_asked_ms = 0;
        return;
    }
    bool fresh = !before || strcmp(before->message, now->message) != 0 || ui->asked_of == CMD_QUERY_UNDO;
    if (!now->message[0] || !fresh || now->state == ENGINE_FAILED)
        return;
    /* What it says on the way ("asking Kafka") is shown, and the answer waited for. */
    if (now->answered)
        ui->query_asked_ms = 0;
    ui_notice(ui, true, "%s", now->message);
}
