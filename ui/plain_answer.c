/* What a key does in the linear mode, and the line that answers it. */
#include "ui/plain.h"

#include "base/text.h"
#include "ui/export_menu.h"
#include "ui/keymap.h"
#include "ui/shot.h"

#include <stdio.h>
#include <string.h>
#include <wchar.h>

enum { ROWS = 10 };

static bool of_table(const struct plain *p)
{
    return !strcmp(panes[p->ui.focus]->name, "aggregates");
}

/* The next rows of the table. */
static void say_rows(struct plain *p)
{
    const struct query_view *v = ui_shown(&p->ui)->query;
    char row[900], why[400], n[40];
    do /* a filter sees a very long table in several turns */
        (void)rank_update(&p->rank, v, &p->ui.match[p->ui.focus], p->ui.now_ms);
    while (v && rank_searches(&p->rank));
    if (!v || !p->rank.count) {
        struct state_input in;
        ui_state_input(&p->ui, &in);
        words_why_empty(why, sizeof why, &in);
        plain_say(p, "%s", v && v->keys.count ? "Nothing fits the filter: / and Enter clears it." : why);
        return;
    }
    if (p->top >= p->rank.count)
        p->top = (p->rank.count - 1) / ROWS * ROWS;
    size_t end = p->top + ROWS < p->rank.count ? p->top + ROWS : p->rank.count;
    plain_say(p, "Rows %zu to %zu of %s%s", p->top + 1, end,
              text_count(n, sizeof n, (long long)p->rank.count),
              end < p->rank.count ? "; PgDn has more:" : ":");
    rank_show(&p->rank, v, p->top, ROWS);
    for (size_t i = p->top; i < end; i++)
        plain_say(p, "%s", news_row(row, sizeof row, v, i + 1, p->rank.order[i], p->rank.total));
}

/* The focused pane as it would be painted, without what is there for eyes only. */
static void say_pane(struct plain *p)
{
    struct ui *ui = &p->ui;
    int cursor_x;
    char title[200] = "", right[200] = "";
    struct pane_env env;
    if (!p->has_picture) {
        plain_say(p, "this pane is a picture, and no terminal description is installed to compose it");
        return;
    }
    ui->zoom = true;
    ui_compose(ui, &cursor_x);
    ui_env(ui, ui->focus, &env);
    panes[ui->focus]->title(ui->pane_state[ui->focus], &env, title, sizeof title, right, sizeof right);
    plain_say(p, "%s%s%s:", title, *right ? ", " : "", right);
    struct rect r = ui->layout.framed ? rect_inside(ui->layout.pane[ui->focus]) : ui->layout.pane[ui->focus];
    struct shot *s = shot_take(ui->h, ui->w, false);
    for (int y = r.y; y < r.y + r.h; y++) {
        struct strbuf line = {0};
        for (int x = r.x; x < r.x + r.w; x++)
            strbuf_puts(&line, shot_cell_at(s, y, x)->text);
        while (line.len && line.data[line.len - 1] == ' ')
            line.data[--line.len] = '\0';
        if (line.len)
            plain_say(p, "%s", line.data + strspn(line.data, " "));
        strbuf_free(&line);
    }
    shot_free(s);
}

static void say_content(struct plain *p)
{
    if (of_table(p))
        say_rows(p);
    else
        say_pane(p);
}

static void say_keys(const struct plain *p)
{
    const struct action *a;
    char keys[64];
    for (int g = 0; g < GROUP_COUNT; g++) {
        plain_say(p, "%s:", action_group_title((enum action_group)g));
        for (size_t i = 0; (a = action_at(i)); i++)
            if (a->group == (enum action_group)g)
                plain_say(p, "%s: %s", action_keys(a, keys, sizeof keys), a->help);
    }
    for (size_t i = 0; i < pane_count; i++)
        plain_say(p, "Pane %zu, %s: %s", i + 1, panes[i]->name, panes[i]->help);
    plain_say(p, "In lines, Enter prints the table or the focused pane, PgDn and PgUp further rows.");
}

/* What the figures of the focused pane mean, then the words that all panes use. */
static void say_explanations(const struct plain *p)
{
    enum { LISTS = 2 };
    const struct explain *lists[LISTS] = {panes[p->ui.focus]->explain, explain_glossary};
    plain_say(p, "%s", panes[p->ui.focus]->help);
    for (size_t i = 0; i < LISTS; i++)
        for (const struct explain *e = lists[i]; e && e->word; e++)
            plain_say(p, "%s: %s", e->word, e->text);
}

/* Where panes stand, how they look and what the mouse does. */
static bool only_for_eyes(enum action_id id)
{
    static const enum action_id ids[] = {
        ACT_ZOOM,  ACT_MOUSE,  ACT_REPAINT,  ACT_THEME, ACT_MOVE_UP, ACT_MOVE_DOWN, ACT_MOVE_OVER,
        ACT_LOWER, ACT_TALLER, ACT_NARROWER, ACT_WIDER, ACT_HIDE,    ACT_PANES,     ACT_DEFAULT_LAYOUT};
    for (size_t i = 0; i < sizeof ids / sizeof *ids; i++)
        if (ids[i] == id)
            return true;
    return false;
}

static void ask(struct plain *p, enum plain_ask what, const char *before, const char *label)
{
    p->ask = what;
    snprintf(p->before, sizeof p->before, "%s", before);
    plain_say(p, "%s", label);
}

static unsigned ask_setting(struct plain *p, const struct action *a)
{
    char value[300], allowed[300], label[800], before[80];
    const struct query_settings *now = ui_settings(&p->ui);
    if (!now) {
        plain_say(p, "%s: not now", a->name);
        return REACT_NONE;
    }
    snprintf(label, sizeof label, "%s is %s. Type %s, then Enter; nothing leaves it so:", a->setting,
             query_setting_text(value, sizeof value, a->setting, now),
             query_setting_allowed(allowed, sizeof allowed, a->setting));
    snprintf(before, sizeof before, "%s ", a->setting);
    (void)do_command(&p->ui, 0);
    ask(p, ASK_PROMPT, before, label);
    return REACT_NONE;
}

static unsigned ask_settings(struct plain *p)
{
    char value[400];
    const char *key;
    const struct query_settings *now = ui_settings(&p->ui);
    for (size_t i = 0; now && (key = query_setting_name(i)); i++)
        plain_say(p, "%s: %s", key, query_setting_text(value, sizeof value, key, now));
    (void)do_command(&p->ui, 0);
    ask(p, ASK_PROMPT, "", "Type a setting and its value, then Enter (window 1 hour):");
    return REACT_NONE;
}

static unsigned ask_export(struct plain *p)
{
    const struct export_choice *c;
    for (size_t i = 0; (c = export_choice_at(i)); i++)
        plain_say(p, "%s: %s", c->format, c->label);
    ask(p, ASK_EXPORT, "", "Type one of these, and a file name if you like, then Enter:");
    return REACT_NONE;
}

/* Rows further down or up, where the table has the focus. True when the key was one for that. */
static bool scrolls(struct plain *p, enum action_id id)
{
    size_t last = p->rank.count ? (p->rank.count - 1) / ROWS * ROWS : 0;
    if (!of_table(p))
        return false;
    switch (id) {
    case ACT_DOWN:
    case ACT_PAGE_DOWN: p->top = p->top + ROWS <= last ? p->top + ROWS : last; break;
    case ACT_UP:
    case ACT_PAGE_UP: p->top = p->top > ROWS ? p->top - ROWS : 0; break;
    case ACT_HOME: p->top = 0; break;
    case ACT_END: p->top = last; break;
    case ACT_SORT: rank_sort_by(&p->rank, (p->rank.by + 1) % RANK_BYS, false); break;
    case ACT_REVERSE: rank_sort_by(&p->rank, p->rank.by, !p->rank.reverse); break;
    default: return false;
    }
    say_rows(p);
    return true;
}

/* What can be said of an action at once; what comes of it is news. */
static void answer(struct plain *p, const struct action *a)
{
    struct ui *ui = &p->ui;
    char rate[40];
    if (ui->notice[0]) {
        plain_say(p, "%s: %s", a->name, ui->notice);
        ui->notice[0] = '\0';
        return;
    }
    if ((a->id == ACT_FASTER || a->id == ACT_SLOWER) && ui->asked_ms == ui->now_ms) {
        plain_say(p, "%s: %s asked", a->name, words_rate(rate, sizeof rate, ui->asked_value));
        return;
    }
    switch (a->id) {
    case ACT_FOCUS:
    case ACT_NEXT_PANE:
    case ACT_PREVIOUS_PANE:
        plain_say(p, "pane %s: %s", panes[ui->focus]->name, panes[ui->focus]->help);
        break;
    case ACT_LAYOUT: plain_say(p, "layout %s: %s", ui->plan->name, ui->plan->help); break;
    case ACT_FREEZE:
        plain_say(p, ui->frozen ? "freeze: what you print stands still, all else runs on"
                                : "freeze: what you print is the newest again");
        break;
    default:
        plain_say(p, "%s: done", a->name);
        if (a->of_pane)
            say_content(p);
    }
}

/* What is drawn over the panes has no place in lines. */
static void close_boxes(struct ui *ui)
{
    for (int i = 0;
         i < 3 && (ui->help.open || ui->menu.level != MENU_CLOSED || ui->saving.open || ui->pane_menu.open);
         i++)
        (void)ui_key(ui, K_ESC);
}

static unsigned run_action(struct plain *p, const struct action *a, int key)
{
    struct ui *ui = &p->ui;
    if (a->works && !a->works(ui)) {
        plain_say(p, "%s: not now", a->name);
        return REACT_NONE;
    }
    unsigned reactions = ui_act(ui, a, key);
    close_boxes(ui);
    if (reactions & (REACT_QUIT | REACT_SUSPEND))
        return reactions;
    if (ui->prompt.kind == PROMPT_CONFIRM)
        plain_say(p, "%s Press y for yes or n for no.", ui->prompt.label);
    else if (ui->prompt.kind != PROMPT_NONE)
        ask(p, ASK_PROMPT, "", ui->prompt.label);
    else
        answer(p, a);
    return reactions;
}

static unsigned confirm(struct plain *p, int key)
{
    unsigned reactions = ui_key(&p->ui, key);
    if (p->ui.prompt.kind == PROMPT_NONE)
        plain_say(p, "%s",
                  p->ui.notice[0]            ? p->ui.notice
                  : key == 'y' || key == 'Y' ? "yes: asked"
                                             : "no: nothing is changed");
    p->ui.notice[0] = '\0';
    return reactions;
}

unsigned plain_key_pressed(struct plain *p, int key)
{
    if (p->ui.prompt.kind != PROMPT_NONE)
        return confirm(p, key);
    const struct action *a = action_of_key(key);
    if (!a) {
        plain_say(p, "that key does nothing; ? lists the keys");
        return REACT_NONE;
    }
    p->ui.notice[0] = '\0';
    switch (a->id) {
    case ACT_HELP: say_keys(p); return REACT_NONE;
    case ACT_DETAIL:
        p->top = 0;
        say_content(p);
        return REACT_NONE;
    case ACT_SETTINGS: return ask_settings(p);
    case ACT_EXPORT_MENU: return ask_export(p);
    case ACT_EXPLAIN: say_explanations(p); return REACT_NONE;
    default: break;
    }
    if (only_for_eyes(a->id)) {
        plain_say(p, "%s: has no meaning in lines", a->name);
        return REACT_NONE;
    }
    if (a->setting)
        return ask_setting(p, a);
    return scrolls(p, a->id) ? REACT_NONE : run_action(p, a, key);
}

/* As if it was typed into the prompt. */
static unsigned type(struct ui *ui, const char *text)
{
    enum { CTRL_U = 21 };
    unsigned reactions = ui_key(ui, CTRL_U);
    mbstate_t state = {0};
    wchar_t c;
    for (size_t n; *text && (n = mbrtowc(&c, text, strlen(text), &state)) > 0 && n < (size_t)-2; text += n)
        if (c >= ' ')
            reactions |= ui_key(ui, (int)c);
    return reactions | ui_key(ui, K_ENTER);
}

static unsigned export_typed(struct plain *p, const char *line)
{
    char format[16] = "";
    size_t n = strcspn(line, " ");
    snprintf(format, sizeof format, "%.*s", (int)(n < 15 ? n : 15), line);
    return ui_export(&p->ui, format, line + n + strspn(line + n, " "));
}

unsigned plain_line_typed(struct plain *p, const char *line)
{
    struct ui *ui = &p->ui;
    enum plain_ask what = p->ask;
    enum prompt_kind kind = ui->prompt.kind;
    unsigned reactions = REACT_NONE;
    char typed[1200];
    p->ask = ASK_NOTHING;
    snprintf(typed, sizeof typed, "%s%s", p->before, line ? line : "");
    if (!line || (!*line && kind != PROMPT_FILTER)) {
        (void)ui_key(ui, K_ESC);
        ui->prompt.kind = PROMPT_NONE;
        plain_say(p, "nothing is changed");
        return REACT_NONE;
    }
    reactions = what == ASK_EXPORT ? export_typed(p, typed) : type(ui, typed);
    close_boxes(ui);
    if (ui->prompt.kind == PROMPT_CONFIRM) {
        plain_say(p, "%s Press y for yes or n for no.", ui->prompt.label);
    } else if (ui->prompt.kind != PROMPT_NONE) {
        plain_say(p, "%s", ui->prompt.error[0] ? ui->prompt.error : "that cannot be done");
        (void)ui_key(ui, K_ESC);
        ui->prompt.kind = PROMPT_NONE;
    } else if (kind == PROMPT_FILTER) {
        p->top = 0;
        say_content(p);
    } else if (ui->notice[0]) {
        plain_say(p, "%s", ui->notice);
    } else {
        plain_say(p, "asked");
    }
    ui->notice[0] = '\0';
    return reactions;
}
