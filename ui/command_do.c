#include "ui/command_do.h"

#include "log.h"
#include "replay/faults.h"
#include "ui/command_words.h"
#include "ui/rate.h"
#include "ui/state.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { CALLS_MOST = 1000000 };

bool command_switch(struct ui *ui, const char *name, const char *value, char *err, size_t cap)
{
    bool on = !strcmp(value, "on");
    if (!strcmp(name, "freeze")) {
        ui_freeze(ui, on);
    } else if (!strcmp(name, "zoom")) {
        ui->zoom = on;
    } else if (!strcmp(name, "pause-query")) {
        (void)ui_ask_engine(ui, &(struct command){.kind = CMD_QUERY_PAUSE, .i = on});
    } else if (!can_replay(ui)) {
        snprintf(err, cap, "there is no replay");
        return false;
    } else {
        enum command_kind kind = !strcmp(name, "loop") ? CMD_REPLAY_LOOP : CMD_REPLAY_PAUSE;
        (void)ui_ask_replay(ui, &(struct command){.kind = kind, .i = on});
    }
    return true;
}

/* "5%", "0.05", "0". */
static bool read_share(const char *value, double *share)
{
    char *end;
    double v = strtod(value, &end);
    bool percent = *end == '%';
    *share = percent ? v / 100 : v;
    return end != value && !end[percent] && *share >= 0 && *share <= 1;
}

static bool read_number(const char *value, int64_t *n)
{
    char *end;
    long long v = strtoll(value, &end, 10);
    *n = v;
    return end != value && !*end && v > 0 && v <= CALLS_MOST;
}

static bool set_fault(struct ui *ui, enum injected kind, const char *value, char *err, size_t cap)
{
    double share;
    if (!read_share(value, &share)) {
        snprintf(err, cap, "a share is 0 to 1, or 0%% to 100%%");
        return false;
    }
    (void)ui_ask_replay(ui, &(struct command){.kind = CMD_REPLAY_FAULTS, .i = kind, .f = share});
    return true;
}

static bool set_rate(struct ui *ui, const char *name, const char *value, char *err, size_t cap)
{
    struct prompt p = {.kind = PROMPT_RATE};
    bool is_speed = !strcmp(name, "speed") && value[0] != 'x';
    snprintf(p.text, sizeof p.text, "%s%.100s", is_speed ? "x" : "", value);
    if (ui_apply_rate(ui, &p))
        return true;
    snprintf(err, cap, "%s", p.error);
    return false;
}

bool command_replay(struct ui *ui, const char *name, const char *value, char *err, size_t cap)
{
    int64_t n;
    if (!can_replay(ui)) {
        snprintf(err, cap, "there is no replay");
        return false;
    }
    if (!strcmp(name, "rate") || !strcmp(name, "speed"))
        return set_rate(ui, name, value, err, cap);
    if (!strcmp(name, "pacing")) {
        int64_t pacing = !strcmp(value, "rate") ? PACING_RATE : PACING_EVENT_TIME;
        (void)ui_ask_replay(ui, &(struct command){.kind = CMD_REPLAY_PACING, .i = pacing});
        return true;
    }
    if (!strcmp(name, "late"))
        return set_fault(ui, INJECTED_LATE, value, err, cap);
    if (!strcmp(name, "duplicates"))
        return set_fault(ui, INJECTED_DUPLICATE, value, err, cap);
    if (!strcmp(name, "malformed"))
        return set_fault(ui, INJECTED_MALFORMED, value, err, cap);
    if (!read_number(value, &n)) {
        snprintf(err, cap, "a whole number from 1 to 1,000,000");
        return false;
    }
    enum command_kind kind = !strcmp(name, "burst") ? CMD_REPLAY_BURST : CMD_REPLAY_STEP;
    (void)ui_ask_replay(ui, &(struct command){.kind = kind, .i = n});
    return true;
}

bool command_pane(struct ui *ui, const char *name, const char *value, char *err, size_t cap)
{
    size_t pane = pane_named(value);
    if (pane == pane_count) {
        snprintf(err, cap, "there is no pane %.40s", value);
        return false;
    }
    if (!strcmp(name, "show") || !strcmp(name, "hide"))
        return ui_pane_show(ui, value, !strcmp(name, "show"), err, cap);
    if (!strcmp(name, "explain"))
        help_open(&ui->help, HELP_PANE, pane);
    else
        ui->focus = pane;
    return true;
}

bool command_filter(struct ui *ui, const char *name, const char *value, char *err, size_t cap)
{
    (void)name;
    if (!pane_uses(panes[ui->focus], ACT_FILTER)) {
        snprintf(err, cap, "%s has nothing to filter", panes[ui->focus]->name);
        return false;
    }
    return match_set(&ui->match[ui->focus], value, err, cap);
}

bool command_help(struct ui *ui, const char *name, const char *value, char *err, size_t cap)
{
    (void)name;
    help_open(&ui->help, HELP_ALL, ui->focus);
    if (match_set(&ui->help.match, value, err, cap))
        return true;
    ui->help.open = false;
    return false;
}

bool command_export(struct ui *ui, const char *name, const char *value, char *err, size_t cap)
{
    char format[40];
    size_t len = strcspn(value, " ");
    const char *file = value + len + strspn(value + len, " ");
    snprintf(format, sizeof format, "%.*s", (int)(len < 30 ? len : 30), value);
    if (!export_choice_of(format)) {
        snprintf(err, cap, "there is no format %s", format);
        return false;
    }
    if (name[strlen(name) - 1] == '!')
        snprintf(format, sizeof format, "%.*s!", (int)(len < 30 ? len : 30), value);
    (void)ui_export(ui, format, file);
    return true;
}

bool command_log_level(struct ui *ui, const char *name, const char *value, char *err, size_t cap)
{
    (void)name;
    size_t pane = pane_named("log");
    if (pane < pane_count && panes[pane]->set && panes[pane]->set(ui->pane_state[pane], "level", value))
        return true;
    snprintf(err, cap, "the log has no level %.40s", value);
    return false;
}

bool command_query_setting(struct ui *ui, const char *key, const char *value, char *err, size_t cap)
{
    char change[2 * COMMAND_TEXT];
    const char *choice, *companion = "";
    if (!can_change(ui)) {
        snprintf(err, cap, "the query cannot be changed now");
        return false;
    }
    /* A choice that needs another setting as well brings it along. */
    size_t len = strlen(value);
    for (size_t i = 0; (choice = query_setting_choice(key, i)); i++)
        if (!strncmp(choice, value, len) && choice[len] == ';')
            companion = choice + len;
    int n = snprintf(change, sizeof change, "%s%s%s=%s%s", ui->entry_change, ui->entry_change[0] ? ";" : "",
                     key, value, companion);
    if (n < 0 || (size_t)n >= sizeof ui->entry_change) {
        snprintf(err, cap, "that is longer than any setting can be");
        return false;
    }
    if (!query_change_check(ui_settings(ui), change, err, cap))
        return false;
    memcpy(ui->entry_change, change, (size_t)n + 1);
    return true;
}

const struct query_settings *command_settings(const struct ui *ui)
{
    return ui_settings(ui);
}

bool command_seek(struct ui *ui, const char *name, const char *value, char *err, size_t cap)
{
    (void)name;
    if (can_change(ui))
        return ui_ask_seek(ui, value, err, cap);
    snprintf(err, cap, "the query cannot be changed now");
    return false;
}
