#include "ui/mouse.h"

#include "ui/keymap.h"

#include <curses.h>
#include <stdio.h>
#include <string.h>

enum { DOUBLE_MS = 400, KEY_NAME = 12, HEADER_MOST = 400 };

bool ui_mouse_wanted(const struct ui *ui)
{
    return ui->mouse && !ui->copying;
}

/* ---- buttons ---- */

static unsigned footer_click(struct ui *ui, int x)
{
    struct foot_item items[FOOT_ITEMS];
    size_t n = footer_items(ui, ui->layout.footer.w, items);
    for (size_t i = 0; i < n; i++) {
        int at = x - items[i].x;
        if (at < 0 || at >= items[i].w)
            continue;
        int key = key_of(items[i].key);
        /* Of two keys that share a word ("+-") the one under the mouse is meant. */
        if (strlen(items[i].keys) == 2 && at < 2 && items[i].keys[0] == items[i].key[0] && !items[i].key[1])
            key = (unsigned char)items[i].keys[at];
        /* The layouts' word goes from one to the next. */
        if (key == K_F1)
            key += (int)((size_t)(ui->plan - plans + 1) % plan_count);
        return ui_key(ui, key);
    }
    return REACT_NONE;
}

/* What was painted in a cell; of a wide character its second cell is a blank. */
static wchar_t cell_at(int y, int x)
{
    cchar_t cell;
    wchar_t text[CCHARW_MAX + 1] = {0};
    attr_t attrs;
    short pair;
    if (mvin_wch(y, x, &cell) == ERR || getcchar(&cell, text, &attrs, &pair, NULL) == ERR)
        return L' ';
    return text[0];
}

/* The key named in brackets at a cell, as "[Space]"; K_NONE where there is none. What quits is no such
 * button: a message could bear that name. */
static int key_in_brackets(int y, int x)
{
    char name[KEY_NAME + 1];
    int n = 0, from = x;
    while (from > 0 && x - from < KEY_NAME && cell_at(y, from) != L'[' &&
           (from == x || cell_at(y, from) != L']'))
        from--;
    if (cell_at(y, from) != L'[')
        return K_NONE;
    for (wchar_t c; (c = cell_at(y, from + 1 + n)) != L']'; n++) {
        if (n == KEY_NAME || c <= L' ' || c >= 0x7F)
            return K_NONE;
        name[n] = (char)c;
    }
    name[n] = '\0';
    const struct action *a = n && x <= from + n + 1 ? action_of_key(key_of(name)) : NULL;
    return a && a->id != ACT_QUIT ? key_of(name) : K_NONE;
}

/* In the header a figure leads to the pane that shows more of it. */
static unsigned header_click(struct ui *ui, int x)
{
    static const struct {
        const wchar_t *word;
        const char *pane;
    } leads[] = {{L"batch ", "progress"}, {L"event ", "windows"}, {L"watermark ", "windows"},
                 {L"late ", "rejects"},   {L"lag ", "offsets"},   {L"embedded ", "nodes"},
                 {L"kafka ", "nodes"}};
    wchar_t cells[HEADER_MOST + 1] = {0};
    int y = ui->layout.header.y, key = key_in_brackets(y, x);
    if (key != K_NONE)
        return ui_key(ui, key);
    for (int i = 0; i < HEADER_MOST && i < ui->w; i++)
        cells[i] = cell_at(y, i);
    for (size_t i = 0; i < sizeof leads / sizeof *leads; i++) {
        const wchar_t *at = wcsstr(cells, leads[i].word);
        const wchar_t *end = at ? wcsstr(at, L"  ") : NULL;
        if (!at || x < at - cells || (end && x >= end - cells))
            continue;
        for (size_t p = 0; p < pane_count; p++)
            if (!strcmp(panes[p]->name, leads[i].pane))
                ui->focus = p;
        return REACT_LAYOUT;
    }
    return REACT_NONE;
}

/* ---- boxes ---- */

static unsigned box_event(struct ui *ui, struct list *l, enum mouse_event event, int y, int x)
{
    if (event != MOUSE_PRESS)
        return ui_key(ui, event == MOUSE_WHEEL_UP ? K_UP : K_DOWN);
    size_t row = list_row_at(l, y, x);
    if (row == l->count)
        return ui_key(ui, K_ESC);
    list_select(l, row);
    return ui_key(ui, K_ENTER);
}

static unsigned help_event(struct ui *ui, enum mouse_event event, int y, int x)
{
    if (event != MOUSE_PRESS)
        return help_act(&ui->help, event == MOUSE_WHEEL_UP ? ACT_WHEEL_UP : ACT_WHEEL_DOWN);
    return rect_has(ui->help.box, y, x) ? REACT_NONE : ui_key(ui, K_ESC);
}

static unsigned prompt_event(struct ui *ui, enum mouse_event event, int y, int x)
{
    struct prompt *p = &ui->prompt;
    if (event != MOUSE_PRESS)
        return REACT_NONE;
    int key = y == ui->layout.footer.y ? prompt_key_at(p, ui->layout.footer.w, x) : K_NONE;
    if (key != K_NONE)
        return ui_key(ui, key);
    if (p->kind != PROMPT_COMMAND)
        return REACT_NONE;
    if (command_box_choose(&ui->entry, p->text, list_row_at(&ui->entry.rows, y, x)))
        p->cursor = strlen(p->text);
    return REACT_DRAW;
}

/* ---- panes ---- */

/* The same cell pressed twice: what Enter does there; on a title the pane gets the whole screen. */
static bool is_double(struct ui *ui, int y, int x)
{
    bool same = ui->click_y == y && ui->click_x == x && ui->now_ms - ui->click_ms <= DOUBLE_MS;
    ui->click_y = y;
    ui->click_x = x;
    ui->click_ms = same ? 0 : ui->now_ms;
    return same;
}

static unsigned pane_press(struct ui *ui, size_t pane, int y, int x)
{
    bool twice = is_double(ui, y, x);
    bool title = ui->layout.framed && y == ui->layout.pane[pane].y;
    /* Lists of what came from outside take a press as choosing, whatever their rows say; advice is ours. */
    bool ours = pane_uses(panes[pane], ACT_ADVICE) || !pane_uses(panes[pane], ACT_FILTER);
    bool buttons = title || (ours && !panes[pane]->click);
    int key = buttons ? key_in_brackets(y, x) : K_NONE;
    ui->focus = pane;
    if (key != K_NONE)
        return ui_key(ui, key) | REACT_LAYOUT;
    if (twice && title)
        return ui_act(ui, action_of(ACT_ZOOM), 'z') | REACT_LAYOUT;
    if (twice && pane_uses(panes[pane], ACT_DETAIL))
        return ui_pane_act(ui, pane, ACT_DETAIL) | REACT_DRAW;
    return ui_pane_click(ui, pane, y, x) | REACT_LAYOUT;
}

static unsigned pane_event(struct ui *ui, enum mouse_event event, int y, int x)
{
    for (size_t i = 0; i < pane_count; i++) {
        if (!rect_has(ui->layout.pane[i], y, x))
            continue;
        if (event == MOUSE_PRESS)
            return pane_press(ui, i, y, x);
        enum action_id id = event == MOUSE_WHEEL_UP ? ACT_WHEEL_UP : ACT_WHEEL_DOWN;
        return pane_uses(panes[i], ACT_DOWN) ? ui_pane_act(ui, i, id) | REACT_DRAW : REACT_NONE;
    }
    return REACT_NONE;
}

unsigned ui_mouse_at(struct ui *ui, enum mouse_event event, int y, int x)
{
    if (ui->layout.too_small)
        return REACT_NONE;
    /* Like any key, a press takes a notice away; what is beneath it was not to be seen. */
    if (event == MOUSE_PRESS && ui->notice[0]) {
        bool on_it = rect_has(ui->layout.footer, y, x);
        ui->notice_until_ms = 0;
        ui->notice[0] = '\0';
        if (on_it)
            return REACT_DRAW;
    }
    if (ui->prompt.kind != PROMPT_NONE)
        return prompt_event(ui, event, y, x);
    if (event == MOUSE_PRESS && rect_has(ui->layout.footer, y, x))
        return footer_click(ui, x);
    if (ui->help.open)
        return help_event(ui, event, y, x);
    struct list *l = ui_open_list(ui);
    if (l)
        return box_event(ui, l, event, y, x);
    if (event == MOUSE_PRESS && rect_has(ui->layout.header, y, x))
        return header_click(ui, x);
    return pane_event(ui, event, y, x);
}

unsigned ui_mouse_report(struct ui *ui, const struct mouse_report *report)
{
    int y = report->number[2] - 1, x = report->number[1] - 1;
    if (y < 0 || x < 0 || y >= ui->h || x >= ui->w)
        return REACT_NONE;
    switch (mouse_report_button(report)) {
    case 0: return ui_mouse_at(ui, MOUSE_PRESS, y, x);
    case 64: return ui_mouse_at(ui, MOUSE_WHEEL_UP, y, x);
    case 65: return ui_mouse_at(ui, MOUSE_WHEEL_DOWN, y, x);
    default: return REACT_NONE;
    }
}

unsigned ui_mouse(struct ui *ui)
{
    MEVENT e;
    if (getmouse(&e) != OK)
        return REACT_NONE;
    if (e.bstate & BUTTON4_PRESSED)
        return ui_mouse_at(ui, MOUSE_WHEEL_UP, e.y, e.x);
    if (e.bstate & BUTTON5_PRESSED)
        return ui_mouse_at(ui, MOUSE_WHEEL_DOWN, e.y, e.x);
    return e.bstate & BUTTON1_PRESSED ? ui_mouse_at(ui, MOUSE_PRESS, e.y, e.x) : REACT_NONE;
}
