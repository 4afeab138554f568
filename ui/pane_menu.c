#include "ui/pane_menu.h"

#include "ui/pane.h"

#include <stdio.h>

enum { BOX_W = 78, BOX_LEAST_W = 30, NAME_W = 13, MARK_W = 4, NUMBER_W = 2, RESETS = 2 };

static const char *const resets[RESETS] = {"put this layout back as it was made",
                                           "put all layouts back as they were made"};

void pane_menu_open(struct pane_menu *m, size_t pane)
{
    *m = (struct pane_menu){.open = true, .list = {.count = pane_count + RESETS, .page = 1}};
    list_select(&m->list, pane);
}

enum pane_menu_answer pane_menu_act(struct pane_menu *m, enum action_id id, size_t *pane)
{
    switch (id) {
    case ACT_QUIT:
    case ACT_PANES:
    case ACT_BACK: m->open = false; return PANE_MENU_MORE;
    case ACT_DETAIL:       /* Enter */
    case ACT_REPLAY_PAUSE: /* Space */
        *pane = m->list.selected;
        return *pane < pane_count        ? PANE_MENU_TOGGLE
               : *pane - pane_count == 0 ? PANE_MENU_RESET
                                         : PANE_MENU_RESET_ALL;
    default: (void)list_act(&m->list, id); return PANE_MENU_MORE;
    }
}

static void draw_row(const struct pane_menu *m, const struct arrangement *a, const struct canvas *c, int y,
                     size_t row)
{
    bool selected = row == m->list.selected;
    enum style style = selected ? ST_SELECT : ST_TEXT;
    char number[4] = "";
    int x = 1;
    draw_fill_line(c, y, style);
    (void)draw_text(c, y, 0, style, selected ? GLYPH(c, "▸", ">") : " ");
    if (row >= pane_count) {
        (void)draw_text(c, y, x, style, resets[row - pane_count]);
        return;
    }
    if (row < 9) /* as many as there are number keys */
        snprintf(number, sizeof number, "%zu", row + 1);
    (void)draw_text(c, y, x, style, arrange_shows(a, row) ? "[x]" : "[ ]");
    draw_cell(c, y, x += MARK_W, NUMBER_W, LEFT, style, number);
    draw_cell(c, y, x += NUMBER_W, NAME_W, LEFT, selected ? style : ST_VALUE, panes[row]->name);
    if (c->r.w - x - NAME_W > 20)
        draw_cell(c, y, x + NAME_W, c->r.w - x - NAME_W, LEFT, selected ? style : ST_DIM, panes[row]->help);
}

void pane_menu_draw(struct pane_menu *m, const struct arrangement *a, const struct plan *plan,
                    const struct canvas *screen)
{
    char title[60];
    struct canvas box = *screen;
    box.r.w = screen->r.w < BOX_W ? screen->r.w : BOX_W;
    box.r.x += (screen->r.w - box.r.w) / 2;
    bool framed = box.r.h >= 8 && box.r.w >= BOX_LEAST_W;
    int want = (int)pane_count + RESETS + (framed ? 2 : 0);
    if (want < box.r.h)
        box.r.h = want;
    box.r.y += (screen->r.h - box.r.h) / 3;
    struct canvas in = box;
    if (framed) {
        in.r = rect_inside(box.r);
        in.r.x += 1;
        in.r.w -= 2;
    }
    draw_fill(&box, ST_TEXT);
    snprintf(title, sizeof title, "Panes of the layout %s", plan->name);
    if (framed)
        draw_frame(&box, title, "[Enter] shows or hides", true);
    list_fit(&m->list, pane_count + RESETS, (size_t)in.r.h);
    m->list.at = in.r;
    for (int y = 0; y < in.r.h && m->list.top + (size_t)y < m->list.count; y++)
        draw_row(m, a, &in, y, m->list.top + (size_t)y);
}
