/* What the keys do to the picture: focus, zoom, filter, freeze, help; nothing here reaches another thread. */
#include "ui/keymap.h"
#include "ui/mouse.h"
#include "ui/screen.h"
#include "ui/state.h"
#include "ui/ui_settings.h"

#include <stdio.h>
#include <string.h>

unsigned do_freeze(struct ui *ui, int key)
{
    (void)key;
    ui_freeze(ui, !ui->frozen);
    return REACT_DRAW;
}

/* The next pane of this layout; the others are reached by their number. */
static unsigned go(struct ui *ui, size_t step)
{
    const struct arrangement *a = ui_arranged(ui);
    size_t at = 0;
    if (!a->count)
        return REACT_NONE;
    while (at < a->count && arrange_nth(a, at) != ui->focus)
        at++;
    if (at == a->count) /* from a pane that the layout does not show: to its first or last one */
        at = step == 1 ? a->count - 1 : 0;
    ui->focus = arrange_nth(a, (at + step) % a->count);
    return REACT_LAYOUT;
}

unsigned do_next_pane(struct ui *ui, int key)
{
    (void)key;
    return go(ui, 1);
}

unsigned do_previous_pane(struct ui *ui, int key)
{
    (void)key;
    return go(ui, ui_arranged(ui)->count - 1);
}

void ui_focus_first(struct ui *ui)
{
    ui->focus = arrange_first(ui_arranged(ui), ui->plan);
}

bool ui_layout_use(struct ui *ui, const char *name)
{
    for (size_t i = 0; i < plan_count; i++) {
        if (strcmp(plans[i].name, name) != 0)
            continue;
        ui->plan = &plans[i];
        ui->zoom = false;
        if (!arrange_shows(ui_arranged(ui), ui->focus))
            ui_focus_first(ui);
        return true;
    }
    return false;
}

/* F1 is the first layout, and so on. */
unsigned do_layout(struct ui *ui, int key)
{
    size_t n = (size_t)(key - K_F1);
    if (n >= plan_count)
        return REACT_NONE;
    (void)ui_layout_use(ui, plans[n].name);
    return REACT_LAYOUT;
}

unsigned do_focus(struct ui *ui, int key)
{
    size_t pane = (size_t)(key - '1');
    if (pane >= pane_count)
        return REACT_NONE;
    ui->focus = pane;
    return REACT_LAYOUT;
}

unsigned do_zoom(struct ui *ui, int key)
{
    (void)key;
    ui->zoom = !ui->zoom;
    return REACT_LAYOUT;
}

static bool pane_filters(const struct ui *ui)
{
    return pane_uses(panes[ui->focus], ACT_FILTER);
}

/* In a pane without a filter the first pane's is meant, mostly the table's. Where that has none either, the
 * words are taken all the same: left to themselves their letters would be keys. */
unsigned do_filter(struct ui *ui, int key)
{
    (void)key;
    if (!pane_filters(ui)) {
        ui->zoom = false;
        ui_focus_first(ui);
    }
    prompt_open(&ui->prompt, PROMPT_FILTER,
                !pane_filters(ui)                             ? "nothing to filter here:"
                : pane_uses(panes[ui->focus], ACT_MATCH_NEXT) ? "search:"
                                                              : "filter:",
                ui->match[ui->focus].typed);
    return REACT_LAYOUT;
}

/* Where a filter leaves only the lines that fit, the next match is the next line. */
unsigned do_match(struct ui *ui, int key)
{
    const struct action *a = action_of_key(key);
    if (ui->match[ui->focus].kind == MATCH_ALL)
        ui_notice(ui, false, "nothing is looked for: [/] first");
    else if (pane_uses(panes[ui->focus], ACT_DOWN))
        return ui_pane_act(ui, ui->focus, a && a->id == ACT_MATCH_PREVIOUS ? ACT_UP : ACT_DOWN) | REACT_DRAW;
    return REACT_DRAW;
}

unsigned do_back(struct ui *ui, int key)
{
    (void)key;
    if (ui->copying)
        return do_copy(ui, key);
    const struct pane_ops *p = panes[ui->focus];
    if (p->back && p->back(ui->pane_state[ui->focus]))
        return REACT_DRAW;
    if (ui->match[ui->focus].kind != MATCH_ALL)
        match_free(&ui->match[ui->focus]);
    else if (!arrange_shows(ui_arranged(ui), ui->focus))
        ui_focus_first(ui);
    else
        ui->zoom = false;
    return REACT_LAYOUT;
}

unsigned do_mouse(struct ui *ui, int key)
{
    (void)key;
    ui->mouse = !ui->mouse;
    screen_mouse(ui_mouse_wanted(ui));
    ui_notice(ui, false,
              ui->mouse ? "the mouse works here now; Shift-drag selects text; [M] gives it back"
                        : "the mouse is the terminal's again; [M] takes it");
    return REACT_DRAW;
}

/* The picture may be frozen or not; what is selected stands stiller when it is. */
unsigned do_copy(struct ui *ui, int key)
{
    (void)key;
    ui->copying = !ui->copying;
    screen_mouse(ui_mouse_wanted(ui));
    return REACT_LAYOUT;
}

static const char *colours_words(const struct ui *ui)
{
    switch (ui->theme.colours) {
    case THEME_TRUE_COLOUR: return "in true colour";
    case 256: return "in 256 colours";
    case 16: return "in 16 colours";
    case 8: return "in 8 colours";
    default: return ui->terminal.colours ? "without colours" : "without colours: this terminal has none";
    }
}

/* The theme after this one; after the last the first again. */
unsigned do_theme(struct ui *ui, int key)
{
    (void)key;
    char err[200];
    size_t n = 0;
    while (theme_name(n) && strcmp(theme_name(n), ui->theme.name) != 0)
        n++;
    const char *next = theme_name(n) && theme_name(n + 1) ? theme_name(n + 1) : theme_name(0);
    if (ui_setting_set(ui, "theme", next, err, sizeof err))
        ui_notice(ui, false, "theme %s, %s", next, colours_words(ui));
    else
        ui_notice(ui, true, "%s", err);
    return REACT_DRAW;
}

unsigned do_repaint(struct ui *ui, int key)
{
    (void)ui;
    (void)key;
    return REACT_REPAINT;
}

unsigned do_suspend(struct ui *ui, int key)
{
    (void)ui;
    (void)key;
    return REACT_SUSPEND;
}

unsigned do_help(struct ui *ui, int key)
{
    (void)key;
    help_open(&ui->help, HELP_KEYS, ui->focus);
    return REACT_DRAW;
}

unsigned do_explain(struct ui *ui, int key)
{
    (void)key;
    help_open(&ui->help, HELP_PANE, ui->focus);
    return REACT_DRAW;
}

unsigned do_quit(struct ui *ui, int key)
{
    (void)ui;
    (void)key;
    return REACT_QUIT;
}
