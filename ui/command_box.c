#include "ui/command_box.h"

#include "base/text.h"
#include "ui/query_menu.h"

#include <stdio.h>
#include <string.h>

enum { ROWS_MOST = 12, BOX_W = 100, FRAMED_H = 8, FRAMED_W = 30, WORD_W = 24 };

void command_box_open(struct command_box_state *b)
{
    b->history_at = b->history_count;
    b->draft[0] = '\0';
    command_box_typed(b, "");
}

void command_box_typed(struct command_box_state *b, const char *line)
{
    b->cycling = false;
    command_line_candidates(&b->list, line);
    b->rows = (struct list){.count = b->list.count, .page = ROWS_MOST};
}

bool command_box_choose(struct command_box_state *b, char line[PROMPT_TEXT], size_t row)
{
    if (row >= b->list.count)
        return false;
    if (!b->cycling)
        snprintf(b->stem, sizeof b->stem, "%s", line);
    b->cycling = true;
    list_select(&b->rows, row);
    (void)command_line_with(line, PROMPT_TEXT, &b->list, b->stem, row);
    return true;
}

void command_box_complete(struct command_box_state *b, char line[PROMPT_TEXT], int step)
{
    size_t n = b->list.count;
    if (!n)
        return;
    if (!b->cycling && step > 0 && command_line_extend(line, PROMPT_TEXT, &b->list)) {
        command_box_typed(b, line);
        return;
    }
    size_t row = !b->cycling ? (step > 0 ? 0 : n - 1) : (b->rows.selected + (step > 0 ? 1 : n - 1)) % n;
    (void)command_box_choose(b, line, row);
}

bool command_box_recall(struct command_box_state *b, char line[PROMPT_TEXT], int step)
{
    if (step < 0 ? b->history_at == 0 : b->history_at >= b->history_count)
        return false;
    if (b->history_at == b->history_count)
        snprintf(b->draft, sizeof b->draft, "%s", line);
    b->history_at += step < 0 ? (size_t)-1 : 1;
    snprintf(line, PROMPT_TEXT, "%s",
             b->history_at == b->history_count ? b->draft : b->history[b->history_at]);
    command_box_typed(b, line);
    return true;
}

void command_box_remember(struct command_box_state *b, const char *line)
{
    if (!line[strspn(line, " ")] || (b->history_count && !strcmp(b->history[b->history_count - 1], line)))
        return;
    if (b->history_count == COMMAND_HISTORY)
        memmove(b->history[0], b->history[1], sizeof b->history[0] * --b->history_count);
    snprintf(b->history[b->history_count++], PROMPT_TEXT, "%s", line);
}

/* ---- drawing ---- */

static void draw_row(const struct command_box_state *b, const struct canvas *c, int y, size_t row)
{
    const struct candidate *k = &b->list.item[row];
    char word[COMMAND_TEXT];
    bool chosen = b->cycling && row == b->rows.selected;
    enum style style = chosen ? ST_SELECT : ST_TEXT;
    int word_w = k->help && c->r.w > 2 * WORD_W ? WORD_W : c->r.w - 1;
    snprintf(word, sizeof word, "%.*s", (int)strcspn(k->text, ";"), k->text);
    draw_fill_line(c, y, style);
    (void)draw_text(c, y, 0, style, chosen ? GLYPH(c, "▸", ">") : " ");
    draw_cell(c, y, 1, word_w, LEFT, chosen ? style : ST_KEY, word);
    if (k->help && word_w == WORD_W)
        draw_cell(c, y, WORD_W + 1, c->r.w - WORD_W - 1, LEFT, style, k->help);
}

static void titles(const struct command_box_state *b, const struct ui *ui, char *title, size_t cap,
                   char *right, size_t right_cap)
{
    char now[COMMAND_TEXT];
    const struct completion *l = &b->list;
    if (!l->value) {
        snprintf(title, cap, "Commands");
        snprintf(right, right_cap, "%zu, [Tab] completes", l->count);
        return;
    }
    if (l->word.gathers)
        snprintf(title, cap, "%s: %s", l->word.name, query_setting_allowed(now, sizeof now, l->word.name));
    else
        snprintf(title, cap, "%s takes %s", l->word.name, l->word.takes ? l->word.takes : "no value");
    if (ui && l->word.now && l->word.now(ui, l->word.name, now, sizeof now))
        snprintf(right, right_cap, "now %s", now);
}

void command_box_draw(struct command_box_state *b, const struct ui *ui, const struct canvas *body)
{
    struct canvas box = *body, in;
    char title[160], right[COMMAND_TEXT + 8] = "";
    const struct completion *l = &b->list;
    bool framed = body->r.h >= FRAMED_H && body->r.w >= FRAMED_W, about = l->value && l->word.name;
    int border = framed ? 2 : 0, help = about ? 1 : 0;
    int rows = body->r.h - border - help - (framed ? 2 : 1);
    rows = rows > ROWS_MOST ? ROWS_MOST : rows;
    rows = (size_t)(rows > 0 ? rows : 0) > l->count ? (int)l->count : rows;
    b->rows.at = (struct rect){0};
    if (rows + help <= 0)
        return;
    box.r.w = body->r.w < BOX_W ? body->r.w : BOX_W;
    box.r.h = rows + help + border;
    box.r.y = body->r.y + body->r.h - box.r.h;
    in = box;
    draw_fill(&box, ST_TEXT);
    if (framed) {
        titles(b, ui, title, sizeof title, right, sizeof right);
        draw_frame(&box, title, right, true);
        in.r = rect_inside(box.r);
    }
    if (about)
        draw_cell(&in, 0, 1, in.r.w - 2, LEFT, ST_DIM, l->word.help);
    in.r.y += help;
    in.r.h -= help;
    list_fit(&b->rows, l->count, rows > 0 ? (size_t)rows : 1);
    for (int y = 0; y < rows; y++)
        draw_row(b, &in, y, b->rows.top + (size_t)y);
    b->rows.at = in.r;
}
