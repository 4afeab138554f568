#include "ui/keymap.h"
#include "ui/state.h"

#include <stdio.h>
#include <string.h>

enum { PASTE_REST_MS = 1000 /* a pasted text comes without such pauses */ };

/* A view may have come since the last painting: the pane must know it before it acts on a row of it. */
static void prepare(struct ui *ui, size_t pane, struct pane_env *env)
{
    ui_env(ui, pane, env);
    panes[pane]->prepare(ui->pane_state[pane], env);
}

unsigned ui_pane_act(struct ui *ui, size_t pane, enum action_id id)
{
    struct pane_env env;
    prepare(ui, pane, &env);
    return panes[pane]->act ? panes[pane]->act(ui->pane_state[pane], &env, id) : REACT_NONE;
}

/* What is done while the pane stands alone for copying: moving in it, and what only changes what it shows.
 * Anything else ends that first. */
static bool copies_on(const struct action *a)
{
    return a->of_pane || a->group == GROUP_LIST || a->id == ACT_COPY || a->id == ACT_BACK ||
           a->id == ACT_FREEZE || a->id == ACT_FOCUS || a->id == ACT_NEXT_PANE ||
           a->id == ACT_PREVIOUS_PANE || a->id == ACT_REPAINT || a->id == ACT_SUSPEND;
}

unsigned ui_act(struct ui *ui, const struct action *a, int key)
{
    if (ui->copying && !copies_on(a))
        (void)do_copy(ui, key);
    if (a->works && !a->works(ui)) {
        if (a->group == GROUP_FAULTS && !ui->parts->embedded)
            ui_notice(
                ui, true,
                "%s works on the embedded cluster only: nobody else's topic or broker is broken by a key",
                a->name);
        else
            ui_notice(ui, true, "%s: not now", a->name);
        return REACT_DRAW;
    }
    if (!a->of_pane)
        return a->run(ui, key);
    size_t pane = ui->focus;
    if (!pane_uses(panes[pane], a->id)) {
        if (a->focused_only)
            return a->run ? a->run(ui, key) : REACT_NONE;
        for (pane = 0; pane < pane_count && !pane_uses(panes[pane], a->id); pane++)
            ;
        if (pane == pane_count)
            return REACT_NONE;
        ui->focus = pane;
        ui_relayout(ui);
    }
    return ui_pane_act(ui, pane, a->id) | REACT_DRAW;
}

/* A filter is there as soon as it is typed; Esc brings the former one back. An expression that is wrong or
 * not whole yet says so beside it, and what was looked for before still is. */
static unsigned filter_key(struct ui *ui, enum prompt_answer answer)
{
    struct prompt *p = &ui->prompt;
    struct match *match = p->kind == PROMPT_SEARCH ? &ui->help.match : &ui->match[ui->focus];
    const char *text = answer == PROMPT_CANCELLED ? p->before : p->text;
    bool good = match_set(match, text, p->error, sizeof p->error);
    if (answer == PROMPT_CANCELLED || (answer == PROMPT_DONE && good))
        p->kind = PROMPT_NONE;
    return REACT_DRAW;
}

/* In a menu: the first row that has what is typed is chosen; Esc goes back to the row of before. */
static unsigned find_key(struct ui *ui, enum prompt_answer answer)
{
    struct prompt *p = &ui->prompt;
    struct match match = {0};
    char label[160];
    struct list *l = ui_open_list(ui);
    bool good = match_set(&match, p->text, p->error, sizeof p->error);
    if (answer == PROMPT_CANCELLED && l)
        list_select(l, (size_t)p->action);
    for (size_t row = 0; l && good && answer == PROMPT_CHANGED && row < l->count; row++)
        if (match_hit(&match, ui_open_label(ui, row, label, sizeof label))) {
            list_select(l, row);
            break;
        }
    match_free(&match);
    if (!l || answer == PROMPT_CANCELLED || (answer == PROMPT_DONE && good))
        p->kind = PROMPT_NONE;
    return REACT_DRAW;
}

static unsigned prompt_answered(struct ui *ui, int key)
{
    struct prompt *p = &ui->prompt;
    if (p->kind == PROMPT_COMMAND)
        return ui_command_key(ui, key);
    enum prompt_answer answer = prompt_key(p, key);
    enum action_id confirmed = (enum action_id)p->action;
    switch (p->kind) {
    case PROMPT_FILTER:
    case PROMPT_SEARCH: return filter_key(ui, answer);
    case PROMPT_FIND: return find_key(ui, answer);
    case PROMPT_RATE:
        if (answer == PROMPT_CANCELLED || (answer == PROMPT_DONE && ui_apply_rate(ui, p)))
            p->kind = PROMPT_NONE;
        return REACT_DRAW;
    case PROMPT_SEEK:
        if (answer == PROMPT_CANCELLED || (answer == PROMPT_DONE && !p->text[0]))
            p->kind = PROMPT_NONE;
        else if (answer == PROMPT_DONE)
            (void)ui_ask_seek(ui, p->text, p->error, sizeof p->error); /* asks next, or says what is wrong */
        return REACT_DRAW;
    case PROMPT_SETTING:
        if (answer == PROMPT_CANCELLED)
            p->kind = PROMPT_NONE;
        else if (answer == PROMPT_DONE)
            (void)ui_apply_setting(ui, p); /* asks next, or says what is wrong */
        return REACT_DRAW;
    case PROMPT_CONFIRM:
        if (answer == PROMPT_MORE)
            return REACT_NONE;
        p->kind = PROMPT_NONE;
        if (answer == PROMPT_DONE)
            (void)ui_confirmed(ui, confirmed);
        else if (confirmed == ACT_CREATE_TOPIC)
            ui_answer_offer(ui, false);
        ui_command_rest(ui, answer == PROMPT_DONE);
        return REACT_LAYOUT;
    case PROMPT_COMMAND:
    case PROMPT_NONE: break;
    }
    return REACT_NONE;
}

/* A key of a pasted text: only a line that is being typed takes it, and nothing of it as a key. */
static unsigned pasted(struct ui *ui, int key)
{
    struct prompt *p = &ui->prompt;
    if (p->kind == PROMPT_NONE || p->kind == PROMPT_CONFIRM) {
        ui_notice(ui, false, "a pasted text is not taken as keys: [:] or [/] first");
        return REACT_DRAW;
    }
    enum prompt_answer answer = prompt_paste(p, &key, 1);
    if (p->kind == PROMPT_COMMAND && answer == PROMPT_CHANGED)
        command_box_typed(&ui->entry, p->text);
    else if (p->kind == PROMPT_FILTER || p->kind == PROMPT_SEARCH)
        (void)filter_key(ui, answer);
    else if (p->kind == PROMPT_FIND)
        (void)find_key(ui, answer);
    return REACT_DRAW;
}

/* A text whose end was lost on the way would swallow every key from then on: an Esc by itself ends it, too.
 */
static bool ends_paste(const struct ui *ui, int key)
{
    return key == K_PASTE_END || (ui->pasting && key == K_ESC && ui->now_ms - ui->paste_ms >= PASTE_REST_MS);
}

unsigned ui_key(struct ui *ui, int key)
{
    if (key == K_PASTE_BEGIN || ends_paste(ui, key)) {
        ui->pasting = key == K_PASTE_BEGIN;
        ui->paste_ms = ui->now_ms;
        return REACT_NONE;
    }
    if (ui->pasting) {
        ui->paste_ms = ui->now_ms;
        return pasted(ui, key);
    }
    if (ui->prompt.kind != PROMPT_NONE)
        return prompt_answered(ui, key);
    const struct action *a = action_of_key(key);
    if (!a)
        return REACT_NONE;
    if (ui->notice_until_ms) {
        ui->notice_until_ms = 0;
        ui->notice[0] = '\0';
    }
    if (ui->help.open && a->id != ACT_REPAINT) {
        if (a->id == ACT_FILTER) {
            prompt_open(&ui->prompt, PROMPT_SEARCH, "search the help:", ui->help.match.typed);
            return REACT_DRAW;
        }
        return help_act(&ui->help, a->id);
    }
    struct list *menu = ui_open_list(ui);
    if (menu && a->id == ACT_FILTER) {
        prompt_open(&ui->prompt, PROMPT_FIND, "find:", "");
        ui->prompt.action = (int)menu->selected;
        return REACT_DRAW;
    }
    if (ui->pane_menu.open && a->id != ACT_REPAINT)
        return ui_pane_menu_act(ui, a->id);
    if (ui->menu.level != MENU_CLOSED && a->id != ACT_REPAINT)
        return ui_menu_act(ui, a->id);
    if (ui->saving.open && a->id != ACT_REPAINT)
        return ui_export_menu_act(ui, a->id, key);
    return ui_act(ui, a, key) | REACT_DRAW;
}

struct list *ui_open_list(struct ui *ui)
{
    if (ui->help.open)
        return NULL;
    if (ui->pane_menu.open)
        return &ui->pane_menu.list;
    if (ui->menu.level == MENU_CHOICES)
        return &ui->menu.choices;
    if (ui->menu.level == MENU_SETTINGS)
        return &ui->menu.settings;
    return ui->saving.open ? &ui->saving.list : NULL;
}

const char *ui_open_label(const struct ui *ui, size_t row, char *out, size_t cap)
{
    const struct export_choice *choice = export_choice_at(row);
    if (ui->pane_menu.open) {
        snprintf(out, cap, "%s", row < pane_count ? panes[row]->name : "default arrangement");
        return out;
    }
    if (ui->menu.level != MENU_CLOSED)
        return query_menu_label(&ui->menu, row, out, cap);
    snprintf(out, cap, "%s %s", choice ? choice->format : "", choice ? choice->label : "");
    return out;
}

unsigned ui_pane_click(struct ui *ui, size_t pane, int y, int x)
{
    struct pane_env env;
    struct rect r = ui->layout.pane[pane];
    if (ui->layout.framed)
        r = rect_inside(r);
    prepare(ui, pane, &env);
    if (panes[pane]->click && rect_has(r, y, x))
        return panes[pane]->click(ui->pane_state[pane], &env, y - r.y, x - r.x) | REACT_DRAW;
    return REACT_DRAW;
}
