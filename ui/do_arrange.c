/* What the keys do to the arrangement of a layout: move, size, hide and show its panes, put it back. A step
 * that would change nothing on this screen is not taken, and a sentence says why. */
#include "ui/keymap.h"
#include "ui/state.h"

#include <stdio.h>
#include <string.h>

enum { COLUMNS_A_STEP = 2 };

const struct arrangement *ui_arranged(const struct ui *ui)
{
    return &ui->arranged[ui->plan - plans];
}

struct arrangement *ui_arrangement(struct ui *ui)
{
    return &ui->arranged[ui->plan - plans];
}

static bool same(struct rect a, struct rect b)
{
    return a.y == b.y && a.x == b.x && a.h == b.h && a.w == b.w;
}

/* To the next place in which this screen shows the pane. */
static void move_over(struct ui *ui)
{
    struct arrangement *a = ui_arrangement(ui);
    const struct arrangement before = *a;
    struct rect was = ui->layout.pane[ui->focus];
    enum place place = PLACE_MAIN;
    for (size_t i = 0; i < a->count; i++)
        if (a->shown[i].pane == ui->focus)
            place = a->shown[i].place;
    for (int tried = 0; tried < PLACE_NONE - 1; tried++) {
        place = (place + 1) % PLACE_NONE;
        *a = before;
        arrange_place(a, ui->focus, place);
        ui_relayout(ui);
        if (!ui->layout.single && !same(was, ui->layout.pane[ui->focus]))
            return;
    }
}

static void apply(struct ui *ui, enum action_id id)
{
    struct arrangement *a = ui_arrangement(ui);
    const struct layout *now = &ui->layout;
    switch (id) {
    case ACT_MOVE_UP: arrange_swap(a, ui->focus, arrange_neighbour(now, ui->focus, -1)); break;
    case ACT_MOVE_DOWN: arrange_swap(a, ui->focus, arrange_neighbour(now, ui->focus, 1)); break;
    case ACT_MOVE_OVER: move_over(ui); break;
    case ACT_LOWER: arrange_resize(a, now, ui->focus, -1); break;
    case ACT_TALLER: arrange_resize(a, now, ui->focus, 1); break;
    case ACT_NARROWER: arrange_widen(a, now, -COLUMNS_A_STEP); break;
    case ACT_WIDER: arrange_widen(a, now, COLUMNS_A_STEP); break;
    default: break;
    }
}

static const char *why_not(enum action_id id)
{
    switch (id) {
    case ACT_MOVE_UP: return "it is at the top of its column";
    case ACT_MOVE_DOWN: return "it is at the bottom of its column";
    case ACT_MOVE_OVER: return "there is no other place for it on a screen of this size";
    case ACT_LOWER: return "it cannot be lower here";
    case ACT_TALLER: return "there is no line left to give it";
    case ACT_NARROWER: return "the wide column cannot be narrower here";
    case ACT_WIDER: return "the wide column cannot be wider here";
    default: return "";
    }
}

/* Whether the picture became what was asked for. */
static bool went(enum action_id id, const struct layout *was, const struct layout *now, size_t pane)
{
    const struct rect a = was->pane[pane], b = now->pane[pane];
    if (now->single)
        return false;
    switch (id) {
    case ACT_LOWER: return b.h < a.h;
    case ACT_TALLER: return b.h > a.h;
    case ACT_NARROWER: return now->main_w && now->main_w < was->main_w;
    case ACT_WIDER: return was->main_w && now->main_w > was->main_w;
    default: return !same(a, b);
    }
}

unsigned do_arrange(struct ui *ui, int key)
{
    const struct action *action = action_of_key(key);
    struct arrangement *a = ui_arrangement(ui);
    const struct arrangement before = *a;
    if (!action)
        return REACT_NONE;
    ui_relayout(ui);
    if (ui->layout.single) {
        ui_notice(ui, true,
                  ui->layout.framed && arrange_shows(a, ui->focus) && ui->zoom
                      ? "one pane has the whole screen: [z] brings the others back"
                      : "one pane has the whole screen: there is nothing to arrange");
        return REACT_DRAW;
    }
    const struct layout was = ui->layout;
    apply(ui, action->id);
    ui_relayout(ui);
    if (!went(action->id, &was, &ui->layout, ui->focus)) {
        *a = before;
        ui_relayout(ui);
        if ((action->id == ACT_NARROWER || action->id == ACT_WIDER) && !was.main_w)
            ui_notice(ui, true, "there is only one column");
        else
            ui_notice(ui, true, "%s", why_not(action->id));
    }
    return REACT_LAYOUT;
}

static size_t pane_of_name(const char *name)
{
    size_t i = 0;
    while (i < pane_count && strcmp(panes[i]->name, name) != 0)
        i++;
    return i;
}

/* The pane that gets the focus when this one goes: the one after it, or the one before the end. */
static size_t after(const struct arrangement *a, size_t pane)
{
    size_t at = 0;
    while (at < a->count && arrange_nth(a, at) != pane)
        at++;
    return arrange_nth(a, at + 1 < a->count ? at + 1 : at > 0 ? at - 1 : 0);
}

static bool show(struct ui *ui, size_t pane, bool on, char *err, size_t cap)
{
    struct arrangement *a = ui_arrangement(ui);
    if (on) {
        arrange_show(a, ui->plan, pane);
        return true;
    }
    if (!arrange_shows(a, pane))
        return true;
    size_t next = after(a, pane);
    if (!arrange_hide(a, pane)) {
        snprintf(err, cap, "%s is the last pane of this layout: it stays", panes[pane]->name);
        return false;
    }
    if (ui->focus == pane)
        ui->focus = next;
    return true;
}

bool ui_pane_show(struct ui *ui, const char *name, bool on, char *err, size_t cap)
{
    size_t pane = pane_of_name(name);
    if (pane < pane_count)
        return show(ui, pane, on, err, cap);
    snprintf(err, cap, "there is no pane of that name; [A] lists all");
    return false;
}

unsigned do_hide(struct ui *ui, int key)
{
    (void)key;
    char err[120];
    size_t pane = ui->focus;
    if (!arrange_shows(ui_arranged(ui), pane))
        ui_notice(ui, true, "%s is not in this layout; [Esc] goes back to it", panes[pane]->name);
    else if (!show(ui, pane, false, err, sizeof err))
        ui_notice(ui, true, "%s", err);
    else
        ui_notice(ui, false, "%s is hidden; [A] shows it again, [D] puts the layout back", panes[pane]->name);
    ui->zoom = false;
    return REACT_LAYOUT;
}

unsigned do_panes(struct ui *ui, int key)
{
    (void)key;
    pane_menu_open(&ui->pane_menu, ui->focus);
    return REACT_DRAW;
}

static unsigned ask_reset(struct ui *ui, bool all)
{
    bool planned = true;
    char label[120];
    for (size_t i = 0; i < plan_count; i++)
        if (all || &plans[i] == ui->plan)
            planned &= arrange_is_planned(&ui->arranged[i], &plans[i]);
    if (planned) {
        ui_notice(ui, false, all ? "all layouts are as they were made" : "this layout is as it was made");
        return REACT_DRAW;
    }
    snprintf(label, sizeof label,
             all ? "Put all layouts back as they were made?" : "Put the layout %s back as it was made?",
             ui->plan->name);
    prompt_open(&ui->prompt, PROMPT_CONFIRM, label, "");
    ui->prompt.action = ACT_DEFAULT_LAYOUT;
    ui->reset_all = all;
    return REACT_DRAW;
}

unsigned do_default_layout(struct ui *ui, int key)
{
    (void)key;
    return ask_reset(ui, false);
}

void ui_arrange_reset(struct ui *ui, bool all)
{
    for (size_t i = 0; i < plan_count; i++)
        if (all || &plans[i] == ui->plan)
            arrange_reset(&ui->arranged[i], &plans[i]);
    if (!arrange_shows(ui_arranged(ui), ui->focus))
        ui_focus_first(ui);
    ui->pane_menu.open = false;
}

/* Shown does not mean seen: on a small screen it may have to wait for room. */
static void tell_shown(struct ui *ui, size_t pane)
{
    ui_relayout(ui);
    if (!ui->layout.single && arrange_shows(ui_arranged(ui), pane) && !ui->layout.pane[pane].h)
        ui_notice(ui, true, "%s has no room on a screen of this size; Tab or its number shows it alone",
                  panes[pane]->name);
}

unsigned ui_pane_menu_act(struct ui *ui, enum action_id id)
{
    char err[120];
    size_t pane;
    switch (pane_menu_act(&ui->pane_menu, id, &pane)) {
    case PANE_MENU_TOGGLE:
        if (!show(ui, pane, !arrange_shows(ui_arranged(ui), pane), err, sizeof err))
            ui_notice(ui, true, "%s", err);
        else
            tell_shown(ui, pane);
        return REACT_LAYOUT;
    case PANE_MENU_RESET: return ask_reset(ui, false);
    case PANE_MENU_RESET_ALL: return ask_reset(ui, true);
    case PANE_MENU_MORE: break;
    }
    return REACT_DRAW;
}
