#include "ui/state.h"

#include "base/text.h"

#include <stdio.h>
#include <string.h>

enum { GAP = 2 };

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

static size_t action_items(const struct ui *ui, int columns, struct foot_item *out)
{
    const struct action *shown[FOOT_ITEMS], *a;
    int widths[FOOT_ITEMS], ranks[FOOT_ITEMS], x = 1;
    bool stays[FOOT_ITEMS];
    size_t n = 0, items = 0;
    for (size_t i = 0; (a = action_at(i)) && n < FOOT_ITEMS; i++)
        if (offered(ui, a)) {
            shown[n] = a;
            widths[n] = text_width(key_text(a)) + 1 + text_width(a->foot);
            ranks[n++] = a->foot_rank;
        }
    header_choose(widths, ranks, n, GAP, columns - 2, stays);
    for (size_t i = 0; i < n; i++) {
        if (!stays[i])
            continue;
        out[items++] = (struct foot_item){.keys = key_text(shown[i]),
                                          .word = shown[i]->foot,
                                          .key = shown[i]->keys[0],
                                          .x = x,
                                          .w = widths[i]};
        x += widths[i] + GAP;
    }
    return items;
}

/* What stands in the footer while a box is open: keys, word, and the key of a click where one is meant. */
struct box_key {
    const char *keys, *word, *key;
};
static const struct box_key help_keys[] = {{"Up Down PgUp PgDn", "scroll", "PgDn"},
                                           {"/", "search", "/"},
                                           {"h", "this pane", "h"},
                                           {"Esc", "back", "Esc"},
                                           {"q", "close", "q"},
                                           {NULL, NULL, NULL}};
static const struct box_key explain_keys[] = {{"Up Down PgUp PgDn", "scroll", "PgDn"},
                                              {"/", "search", "/"},
                                              {"Tab", "next pane", "Tab"},
                                              {"?", "keys", "?"},
                                              {"Esc", "back", "Esc"},
                                              {"q", "close", "q"},
                                              {NULL, NULL, NULL}};
static const struct box_key menu_keys[] = {
    {"Up Down", "choose", "Down"}, {"Enter", "take", "Enter"}, {"/", "find", "/"},
    {"Esc", "back", "Esc"},        {"q", "close", "q"},        {NULL, NULL, NULL}};

static const struct box_key pane_menu_keys[] = {{"Up Down", "choose", "Down"},
                                                {"Enter", "show or hide", "Enter"},
                                                {"/", "find", "/"},
                                                {"Esc", "back", "Esc"},
                                                {"q", "close", "q"},
                                                {NULL, NULL, NULL}};
static const struct box_key copy_keys[] = {
    {"Esc", "ends copying", "Esc"},          {"mouse", "selects text", ""}, {"f", "freeze", "f"},
    {"Up Down PgUp PgDn", "scroll", "PgDn"}, {"Tab", "next pane", "Tab"},   {NULL, NULL, NULL}};
enum { COPY_NOTICE_X = 19 /* behind how it ends */ };

static size_t box_items(const struct box_key *keys, int columns, struct foot_item *out)
{
    size_t n = 0;
    for (int x = 1; keys->keys; keys++) {
        int w = text_width(keys->keys) + 1 + text_width(keys->word);
        if (x + w + 1 > columns)
            continue;
        out[n++] =
            (struct foot_item){.keys = keys->keys, .word = keys->word, .key = keys->key, .x = x, .w = w};
        x += w + GAP;
    }
    return n;
}

size_t footer_items(const struct ui *ui, int columns, struct foot_item out[FOOT_ITEMS])
{
    if (ui->notice[0] && !ui->copying)
        return 0;
    if (ui->help.open)
        return box_items(ui->help.kind == HELP_PANE ? explain_keys : help_keys, columns, out);
    if (ui->pane_menu.open)
        return box_items(pane_menu_keys, columns, out);
    if (ui->menu.level != MENU_CLOSED || ui->saving.open)
        return box_items(menu_keys, columns, out);
    if (!ui->copying)
        return action_items(ui, columns, out);
    size_t n = box_items(copy_keys, columns, out);
    return ui->notice[0] && n > 1 ? 1 : n;
}

void footer_draw(const struct ui *ui, const struct canvas *c)
{
    struct foot_item items[FOOT_ITEMS];
    size_t n = footer_items(ui, c->r.w, items);
    draw_fill_line(c, 0, ST_FOOT);
    int from = ui->copying ? COPY_NOTICE_X : 1;
    if (ui->notice[0])
        draw_cell(c, 0, from, c->r.w - 1 - from, LEFT, ui->notice_bad ? ST_WARN : ST_OK, ui->notice);
    for (size_t i = 0; i < n; i++) {
        int x = items[i].x + draw_text(c, 0, items[i].x, ST_KEY, items[i].keys) + 1;
        (void)draw_text(c, 0, x, ST_FOOT, items[i].word);
    }
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
