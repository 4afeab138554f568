#include "ui/export_menu.h"

#include <stdio.h>
#include <string.h>

static const struct export_choice choices[] = {
    {"csv", "the table as CSV", "csv", EXPORT_TABLE},
    {"json", "the table as JSON", "json", EXPORT_TABLE},
    {"figures", "the figures of the pane as CSV", "csv", EXPORT_FIGURES},
    {"text", "the screen as text", "txt", EXPORT_PICTURE},
    {"ansi", "the screen as text with colours (for cat)", "ansi", EXPORT_PICTURE},
    {"svg", "the screen as a picture (SVG)", "svg", EXPORT_PICTURE},
};
enum { CHOICES = sizeof choices / sizeof *choices, BOX_W = 62 };

const struct export_choice *export_choice_at(size_t n)
{
    return n < CHOICES ? &choices[n] : NULL;
}

const struct export_choice *export_choice_of(const char *format)
{
    for (size_t i = 0; i < CHOICES; i++)
        if (!strcmp(choices[i].format, format))
            return &choices[i];
    return NULL;
}

void export_menu_open(struct export_menu *m)
{
    *m = (struct export_menu){.open = true, .list = {.count = CHOICES, .page = CHOICES}};
}

const struct export_choice *export_menu_act(struct export_menu *m, enum action_id id, int key)
{
    size_t chosen = CHOICES;
    if (id == ACT_DETAIL)
        chosen = m->list.selected;
    else if (id == ACT_FOCUS && key >= '1' && key < '1' + CHOICES)
        chosen = (size_t)(key - '1');
    else if (id == ACT_QUIT || id == ACT_BACK || id == ACT_EXPORT_MENU)
        m->open = false;
    else
        (void)list_act(&m->list, id);
    if (chosen == CHOICES)
        return NULL;
    m->open = false;
    return &choices[chosen];
}

void export_menu_draw(struct export_menu *m, const char *of, const struct canvas *screen)
{
    struct canvas box = *screen, in;
    char text[160];
    bool framed = box.r.h >= CHOICES + 2 && box.r.w >= 34;
    box.r.w = screen->r.w < BOX_W ? screen->r.w : BOX_W;
    box.r.x += (screen->r.w - box.r.w) / 2;
    box.r.h = framed ? CHOICES + 2 : screen->r.h < CHOICES ? screen->r.h : CHOICES;
    box.r.y += (screen->r.h - box.r.h) / 3;
    in = box;
    if (framed)
        in.r = rect_inside(box.r);
    draw_fill(&box, ST_TEXT);
    if (framed)
        draw_frame(&box, "Write to a file", "a new one, here", true);
    list_fit(&m->list, CHOICES, in.r.h > 0 ? (size_t)in.r.h : 1);
    m->list.at = in.r;
    for (int y = 0; y < in.r.h && m->list.top + (size_t)y < CHOICES; y++) {
        size_t i = m->list.top + (size_t)y;
        bool selected = i == m->list.selected;
        enum style style = selected ? ST_SELECT : ST_TEXT;
        draw_fill_line(&in, y, style);
        (void)draw_text(&in, y, 0, style, selected ? GLYPH(&in, "▸", ">") : " ");
        if (choices[i].kind == EXPORT_FIGURES)
            snprintf(text, sizeof text, "%zu  the figures of %s as CSV", i + 1, of ? of : "a pane");
        else
            snprintf(text, sizeof text, "%zu  %s", i + 1, choices[i].label);
        draw_cell(&in, y, 2, in.r.w - 3, LEFT, style, text);
    }
}
