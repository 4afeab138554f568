/* What the keys do to the picture: focus, zoom, filter, freeze, help; nothing here reaches another thread. */
#include "ui/keymap.h"
#include "ui/screen.h"
#include "ui/state.h"

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
    struct layout_item items[LAYOUT_PANES];
    plan_items(ui->plan, items);
    do
        ui->focus = (ui->focus + step) % pane_count;
    while (items[ui->focus].place == PLACE_NONE);
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
    return go(ui, pane_count - 1);
}

static bool focus_is_planned(const struct ui *ui)
{
    struct layout_item items[LAYOUT_PANES];
    plan_items(ui->plan, items);
    return items[ui->focus].place != PLACE_NONE;
}

void ui_focus_first(struct ui *ui)
{
    for (size_t i = 0; i < pane_count; i++)
        if (!strcmp(panes[i]->name, ui->plan->show[0].pane))
            ui->focus = i;
}

/* F1 is the first layout, and so on; the focus goes to its first pane when the layout lacks the focused one.
 */
unsigned do_layout(struct ui *ui, int key)
{
    size_t n = (size_t)(key - K_F1);
    if (n >= plan_count)
        return REACT_NONE;
    ui->plan = &plans[n];
    ui->zoom = false;
    if (!focus_is_planned(ui))
        ui_focus_first(ui);
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
                pane_filters(ui) ? "filter:" : "nothing to filter here:", ui->filter[ui->focus]);
    return REACT_LAYOUT;
}

unsigned do_back(struct ui *ui, int key)
{
    (void)key;
    const struct pane_ops *p = panes[ui->focus];
    if (p->back && p->back(ui->pane_state[ui->focus]))
        return REACT_DRAW;
    if (ui->filter[ui->focus][0])
        ui->filter[ui->focus][0] = '\0';
    else if (!focus_is_planned(ui))
        ui_focus_first(ui);
    else
        ui->zoom = false;
    return REACT_LAYOUT;
}

unsigned do_mouse(struct ui *ui, int key)
{
    (void)key;
    ui->mouse = !ui->mouse;
    screen_mouse(ui->mouse);
    ui_notice(ui, false,
              ui->mouse ? "the mouse works here now; [M] gives it back to the terminal"
                        : "the mouse is the terminal's again");
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
    help_open(&ui->help, ui->focus);
    return REACT_DRAW;
}

unsigned do_quit(struct ui *ui, int key)
{
    (void)ui;
    (void)key;
    return REACT_QUIT;
}
