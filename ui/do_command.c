/* The command line at work: what is typed after ':' is read, completed by Tab, and done, one command after
 * the other. Changes of the query on one line become one change. Where a command asks for a yes, the rest of
 * its line waits for it. */
#include "ui/command_line.h"
#include "ui/keymap.h"
#include "ui/state.h"

#include <stdio.h>
#include <string.h>

unsigned do_command(struct ui *ui, int key)
{
    (void)key;
    prompt_open(&ui->prompt, PROMPT_COMMAND, ":", "");
    command_box_open(&ui->entry);
    return REACT_DRAW;
}

/* Runs an action of the table as its key would. */
static bool run_action(struct ui *ui, const struct line_meaning *line, char *err, size_t cap)
{
    const struct action *a = line->word.action;
    if (a->works && !a->works(ui)) {
        snprintf(err, cap, "%s: not now", a->name);
        return false;
    }
    ui->entry_react |= ui_act(ui, a, line->key);
    return true;
}

/* What was noted down of the query's settings is asked for, as one change. */
static bool ask_change(struct ui *ui, char *err, size_t cap)
{
    char change[sizeof ui->entry_change];
    snprintf(change, sizeof change, "%s", ui->entry_change);
    ui->entry_change[0] = '\0';
    return !change[0] || ui_ask_change(ui, change, err, cap);
}

/* A value that is refused but nearly one of those that are offered: which one. */
static void name_nearest(const struct line_meaning *m, char *err, size_t cap)
{
    const char *near = command_choice_near(&m->word, m->value);
    /* A number is near to any other. */
    if (near && strcmp(near, m->value) != 0 && strpbrk(m->value, "abcdefghijklmnopqrstuvwxyz"))
        snprintf(err, cap, "%s takes no %.60s; did you mean %.*s?", m->word.name, m->value,
                 (int)strcspn(near, ";"), near);
}

static bool run_value(struct ui *ui, const struct line_meaning *m, char *err, size_t cap)
{
    if (m->word.run(ui, m->word.name, m->value, err, cap))
        return true;
    name_nearest(m, err, cap);
    return false;
}

/* Does the commands of a line. False with a sentence when one is wrong: those before it are done. */
static bool run_line(struct ui *ui, const char *line, char *err, size_t cap)
{
    struct line_meaning m;
    bool good = true;
    ui->entry_change[0] = ui->entry_rest[0] = '\0';
    while (good && *line) {
        const char *next = command_line_read(&m, line);
        bool is_setting = m.kind == LINE_VALUE && m.word.gathers;
        /* Settings are gathered; before anything else they are asked for. */
        if (m.kind != LINE_NOTHING && ui->entry_change[0] && !is_setting) {
            good = ask_change(ui, err, cap);
            snprintf(ui->entry_rest, sizeof ui->entry_rest, "%s", good ? line : "");
            return good;
        }
        line = next;
        switch (m.kind) {
        case LINE_NOTHING: break;
        case LINE_WRONG:
            snprintf(err, cap, "%s", m.why);
            good = false;
            break;
        case LINE_ACTION: good = run_action(ui, &m, err, cap); break;
        case LINE_VALUE: good = run_value(ui, &m, err, cap); break;
        }
        if (good && ui->prompt.kind != PROMPT_NONE) {
            snprintf(ui->entry_rest, sizeof ui->entry_rest, "%s", line);
            return true;
        }
    }
    return good ? ask_change(ui, err, cap) : false;
}

void ui_command_rest(struct ui *ui, bool yes)
{
    char rest[sizeof ui->entry_rest], err[sizeof ui->prompt.error];
    if (ui->prompt.kind != PROMPT_NONE || !ui->entry_rest[0])
        return;
    snprintf(rest, sizeof rest, "%s", ui->entry_rest);
    ui->entry_rest[0] = '\0';
    if (!yes)
        ui_notice(ui, false, "not done either: %s", rest + strspn(rest, " ;"));
    else if (!run_line(ui, rest, err, sizeof err))
        ui_notice(ui, true, "%s", err);
}

static unsigned done(struct ui *ui)
{
    char line[PROMPT_TEXT], err[sizeof ui->prompt.error] = "";
    snprintf(line, sizeof line, "%s", ui->prompt.text);
    command_box_remember(&ui->entry, line);
    ui->prompt.kind = PROMPT_NONE;
    ui->entry_react = REACT_NONE;
    if (!run_line(ui, line, err, sizeof err)) {
        prompt_open(&ui->prompt, PROMPT_COMMAND, ":", line);
        command_box_open(&ui->entry);
        command_box_typed(&ui->entry, line);
        snprintf(ui->prompt.error, sizeof ui->prompt.error, "%s", err);
    }
    return ui->entry_react | REACT_LAYOUT;
}

unsigned ui_command_key(struct ui *ui, int key)
{
    struct prompt *p = &ui->prompt;
    if (key == K_TAB || key == K_BACKTAB) {
        p->error[0] = '\0';
        command_box_complete(&ui->entry, p->text, key == K_TAB ? 1 : -1);
        p->cursor = strlen(p->text);
        return REACT_DRAW;
    }
    if (key == K_UP || key == K_DOWN) {
        p->error[0] = '\0';
        if (command_box_recall(&ui->entry, p->text, key == K_UP ? -1 : 1))
            p->cursor = strlen(p->text);
        return REACT_DRAW;
    }
    switch (prompt_key(p, key)) {
    case PROMPT_CANCELLED: p->kind = PROMPT_NONE; break;
    case PROMPT_DONE: return done(ui);
    case PROMPT_CHANGED: command_box_typed(&ui->entry, p->text); break;
    case PROMPT_MORE: break;
    }
    return REACT_DRAW;
}
