#include "ui/state.h"

#include "base/text.h"

#include <stdio.h>
#include <string.h>

enum { MOST = ACTION_COUNT, GAP = 2 };

static bool offered(const struct ui *ui, const struct action *a)
{
    if (!a->foot || (a->works && !a->works(ui)))
        return false;
    return !a->of_pane || pane_uses(panes[ui->focus], a->id);
}

static const char *key_text(const struct action *a)
{
    return a->shown ? a->shown : a->keys[0];
}

static void draw_keys(const struct ui *ui, const struct canvas *c)
{
    const struct action *shown[MOST], *a;
    int widths[MOST], ranks[MOST], x = 1;
    bool stays[MOST];
    size_t n = 0;
    for (size_t i = 0; (a = action_at(i)) && n < MOST; i++)
        if (offered(ui, a)) {
            shown[n] = a;
            widths[n] = text_width(key_text(a)) + 1 + text_width(a->foot);
            ranks[n++] = a->foot_rank;
        }
    header_choose(widths, ranks, n, GAP, c->r.w - 2, stays);
    for (size_t i = 0; i < n; i++) {
        if (!stays[i])
            continue;
        x += draw_text(c, 0, x, ST_KEY, key_text(shown[i])) + 1;
        x += draw_text(c, 0, x, ST_FOOT, shown[i]->foot) + GAP;
    }
}

static const char *const help_keys[][2] = {
    {"Up Down PgUp PgDn", "scroll"}, {"/", "search"}, {"h", "this pane"}, {"Esc", "back"}, {"q", "close"}};
static const char *const explain_keys[][2] = {{"Up Down PgUp PgDn", "scroll"},
                                              {"/", "search"},
                                              {"Tab", "next pane"},
                                              {"?", "keys"},
                                              {"Esc", "back"},
                                              {"q", "close"}};
static const char *const menu_keys[][2] = {
    {"Up Down", "choose"}, {"Enter", "take"}, {"Esc", "back"}, {"q", "close"}};
static const char *const pane_menu_keys[][2] = {
    {"Up Down", "choose"}, {"Enter", "show or hide"}, {"Esc", "back"}, {"q", "close"}};

static void draw_box_keys(const struct canvas *c, const char *const keys[][2], size_t n)
{
    int x = 1;
    for (size_t i = 0; i < n; i++) {
        if (x + text_width(keys[i][0]) + text_width(keys[i][1]) + 2 > c->r.w)
            continue;
        x += draw_text(c, 0, x, ST_KEY, keys[i][0]) + 1;
        x += draw_text(c, 0, x, ST_FOOT, keys[i][1]) + GAP;
    }
}

void footer_draw(const struct ui *ui, const struct canvas *c)
{
    draw_fill_line(c, 0, ST_FOOT);
    if (ui->notice[0])
        draw_cell(c, 0, 1, c->r.w - 2, LEFT, ui->notice_bad ? ST_WARN : ST_OK, ui->notice);
    else if (ui->help.open && ui->help.kind == HELP_PANE)
        draw_box_keys(c, explain_keys, sizeof explain_keys / sizeof *explain_keys);
    else if (ui->help.open)
        draw_box_keys(c, help_keys, sizeof help_keys / sizeof *help_keys);
    else if (ui->pane_menu.open)
        draw_box_keys(c, pane_menu_keys, sizeof pane_menu_keys / sizeof *pane_menu_keys);
    else if (ui->menu.level != MENU_CLOSED || ui->saving.open)
        draw_box_keys(c, menu_keys, sizeof menu_keys / sizeof *menu_keys);
    else
        draw_keys(ui, c);
}

void summary_draw(const struct ui *ui, const struct canvas *c)
{
    const struct replay_view *r = ui_shown(ui)->replay;
    char asked[24], sent[24], done[32], all[32];
    if (!r) {
        (void)draw_text(c, 0, 1, ST_DIM, "the replay has not reported yet");
        return;
    }
    if (r->state == REPLAY_OFF) {
        (void)draw_text(c, 0, 1, ST_DIM, "no replay: only reading");
        return;
    }
    int x = 1;
    if (r->pacing == PACING_EVENT_TIME)
        x += draw_fmt(c, 0, x, ST_TEXT, "x%.0f", r->speed);
    else
        x += draw_fmt(c, 0, x, ST_TEXT, "%s/s", words_rate(asked, sizeof asked, r->rate_asked));
    x += draw_fmt(c, 0, x, ST_TEXT, " sent %s/s", text_rate(sent, sizeof sent, r->rate_acked));
    text_count(done, sizeof done, r->position);
    if (r->total == UNKNOWN)
        x += draw_fmt(c, 0, x, ST_TEXT, "  %s calls", done);
    else
        x += draw_fmt(c, 0, x, ST_TEXT, "  %s/%s", done, text_count(all, sizeof all, r->total));
    if (r->total > 0 && r->position <= r->total)
        (void)draw_fmt(c, 0, x, ST_TEXT, " %lld%%", (long long)(100 * r->position / r->total));
}
