#include "ui/screen_frame.h"
#include "ui/state.h"

#include <curses.h>
#include <stdio.h>
#include <wchar.h>

static void lay_out(struct ui *ui)
{
    struct layout_item items[LAYOUT_PANES];
    struct pane_env env;
    const struct arrangement *a = ui_arranged(ui);
    arrange_items(a, ui->plan, items);
    for (size_t i = 0; i < pane_count; i++) {
        if (!panes[i]->wish)
            continue;
        ui_env(ui, i, &env);
        int wish = panes[i]->wish(ui->pane_state[i], &env) + 2;
        int most = ui->h / 3;
        wish = wish > most ? most : wish;
        items[i].wish_h = wish > items[i].min_h ? wish : items[i].min_h;
    }
    layout_compute(&ui->layout, ui->h, ui->w,
                   &(struct layout_ask){.items = items,
                                        .n = pane_count,
                                        .main_share = a->main_share,
                                        .focus = ui->focus,
                                        .zoom = ui->zoom});
    if (ui->copying)
        layout_bare(&ui->layout, ui->h, ui->w, ui->focus);
}

/* What a pane wishes depends on its width, which the layout gives it: where a width has changed, once more,
 * so that nothing jumps in the next picture. */
void ui_relayout(struct ui *ui)
{
    const struct layout was = ui->layout;
    lay_out(ui);
    for (size_t i = 0; i < pane_count; i++)
        if (ui->layout.pane[i].h && ui->layout.pane[i].w != was.pane[i].w) {
            lay_out(ui);
            return;
        }
}

/* Panes leave their first column to the mark of a selected row: for copying, text begins at the edge, unless
 * something else stands there. */
static void to_the_edge(const struct rect *r)
{
    static const wchar_t marks[] = L" ▸>•*";
    for (int y = 0; y < r->h; y++) {
        cchar_t cell;
        wchar_t text[CCHARW_MAX + 1] = {0};
        attr_t attrs;
        short pair;
        if (mvin_wch(r->y + y, r->x, &cell) == ERR || getcchar(&cell, text, &attrs, &pair, NULL) == ERR ||
            !wcschr(marks, text[0]))
            return;
    }
    for (int y = 0; y < r->h; y++)
        (void)mvdelch(r->y + y, r->x);
}

static void paint_pane(struct ui *ui, size_t i)
{
    const struct pane_ops *p = panes[i];
    struct canvas c = {.r = ui->layout.pane[i], .theme = &ui->theme, .ascii = ui->ascii};
    struct pane_env env;
    if (c.r.h <= 0 || c.r.w <= 0)
        return;
    ui_env(ui, i, &env);
    p->prepare(ui->pane_state[i], &env);
    if (ui->layout.framed) {
        char title[160], numbered[180], right[120] = "";
        p->title(ui->pane_state[i], &env, title, sizeof title, right, sizeof right);
        if (i < 9) /* as many as there are number keys */
            snprintf(numbered, sizeof numbered, "%zu %s", i + 1, title);
        else
            snprintf(numbered, sizeof numbered, "%s", title);
        draw_frame(&c, numbered, right, i == ui->focus);
        c.r = rect_inside(c.r);
    }
    if (c.r.h > 0 && c.r.w > 0)
        p->draw(ui->pane_state[i], &env, &c);
    if (ui->copying)
        to_the_edge(&c.r);
}

static void paint_too_small(const struct ui *ui)
{
    struct canvas c = {.r = {.h = ui->h, .w = ui->w}, .theme = &ui->theme, .ascii = true};
    char text[80];
    snprintf(text, sizeof text, "needs %dx%d, has %dx%d (q quits)", LAYOUT_MIN_W, LAYOUT_MIN_H, ui->w, ui->h);
    (void)draw_lines(&c, 0, 0, ST_WARN, text);
}

void ui_compose(struct ui *ui, int *cursor_x)
{
    *cursor_x = -1;
    ui_relayout(ui);
    bkgdset(' ' | (chtype)ui->theme.attr[ST_TEXT]);
    (void)erase();
    if (ui->layout.too_small) {
        paint_too_small(ui);
    } else {
        struct canvas c = {.theme = &ui->theme, .ascii = ui->ascii};
        for (size_t i = 0; i < pane_count; i++)
            paint_pane(ui, i);
        c.r = ui->layout.header;
        if (c.r.h)
            header_draw(ui, &c);
        c.r = ui->layout.summary;
        if (c.r.h)
            summary_draw(ui, &c);
        c.r = ui->layout.body;
        if (ui->help.open)
            help_draw(&ui->help, &c);
        else if (ui->pane_menu.open)
            pane_menu_draw(&ui->pane_menu, ui_arranged(ui), ui->plan, &c);
        else if (ui->menu.level != MENU_CLOSED && ui_settings(ui))
            query_menu_draw(&ui->menu, ui_settings(ui), &c);
        else if (ui->saving.open)
            export_menu_draw(&ui->saving, ui_export_figures_of(ui), &c);
        if (ui->prompt.kind == PROMPT_COMMAND)
            command_box_draw(&ui->entry, ui, &c);
        c.r = ui->layout.footer;
        if (ui->prompt.kind != PROMPT_NONE)
            prompt_draw(&ui->prompt, &c, cursor_x);
        else
            footer_draw(ui, &c);
    }
}

void ui_paint(struct ui *ui)
{
    int cursor_x;
    ui_compose(ui, &cursor_x);
    (void)curs_set(cursor_x >= 0);
    if (cursor_x >= 0)
        (void)move(ui->layout.footer.y, cursor_x);
    (void)wnoutrefresh(stdscr);
    frame_update();
}
