/* The command line: what is typed after ':' is read, completed by Tab, and done as if its key was pressed. */
#include "ui/command_line.h"
#include "ui/keymap.h"
#include "ui/state.h"

#include <stdio.h>
#include <string.h>

unsigned do_command(struct ui *ui, int key)
{
    (void)key;
    prompt_open(&ui->prompt, PROMPT_COMMAND, ":", "");
    return REACT_DRAW;
}

/* Runs an action of the table; one that cannot be done now says so. */
static unsigned run_action(struct ui *ui, const struct action *a, int key)
{
    if (a->works && !a->works(ui)) {
        ui_notice(ui, true, "%s: not now", a->name);
        return REACT_DRAW;
    }
    return ui_act(ui, a, key) | REACT_DRAW;
}

static unsigned done(struct ui *ui)
{
    struct prompt *p = &ui->prompt;
    struct prompt rate = {.kind = PROMPT_RATE};
    struct line_meaning line;
    command_line_read(&line, p->text);
    switch (line.kind) {
    case LINE_WRONG: snprintf(p->error, sizeof p->error, "%s", line.why); return REACT_DRAW;
    case LINE_SETTING:
        if (!can_change(ui))
            snprintf(p->error, sizeof p->error, "the query cannot be changed now");
        else
            (void)ui_ask_change(ui, line.text, p->error, sizeof p->error); /* opens the question */
        return REACT_DRAW;
    case LINE_RATE:
        snprintf(rate.text, sizeof rate.text, "%.100s", line.text);
        if (!can_replay(ui))
            snprintf(p->error, sizeof p->error, "there is no replay");
        else if (ui_apply_rate(ui, &rate))
            p->kind = PROMPT_NONE;
        else
            snprintf(p->error, sizeof p->error, "%s", rate.error);
        return REACT_DRAW;
    case LINE_ACTION: p->kind = PROMPT_NONE; return run_action(ui, line.action, line.key);
    case LINE_NOTHING: break;
    }
    p->kind = PROMPT_NONE;
    return REACT_DRAW;
}

unsigned ui_command_key(struct ui *ui, int key)
{
    struct prompt *p = &ui->prompt;
    if (key == K_TAB) {
        command_line_complete(p->text, sizeof p->text, p->error, sizeof p->error);
        p->cursor = strlen(p->text);
        return REACT_DRAW;
    }
    switch (prompt_key(p, key)) {
    case PROMPT_CANCELLED: p->kind = PROMPT_NONE; break;
    case PROMPT_DONE: return done(ui);
    case PROMPT_CHANGED:
    case PROMPT_MORE: break;
    }
    return REACT_DRAW;
}
