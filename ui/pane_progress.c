/* The last batch: the figures of its progress report, the same with what each of them means, or the report
 * itself as JSON that folds and is searched. */
#include "ui/pane.h"

#include "base/text.h"
#include "ui/explain.h"
#include "ui/figures_csv.h"
#include "ui/json_fold.h"
#include "ui/list.h"
#include "ui/progress_figures.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SCROLL_COLUMNS = 20, MARK_W = 2 };

enum progress_view { PROGRESS_FIGURES, PROGRESS_EXPLAINED, PROGRESS_JSON, PROGRESS_VIEWS };

struct progress_pane {
    enum progress_view view;
    struct sheet sheet;
    struct list figures; /* lines of the sheet */

    struct json_fold json;
    struct list lines; /* of the JSON, those that are not folded away */
    int left;          /* columns scrolled */
    /* The report that json has, and what was looked for in it. */
    const char *source;
    uint64_t number;
    char searched[MATCH_TEXT];
};

static bool any(const struct pane_env *env)
{
    return env->query && env->query->progress.batch_id >= 0;
}

static void title(const void *state, const struct pane_env *env, char *out, size_t cap, char *right,
                  size_t right_cap)
{
    static const char *const keys[PROGRESS_VIEWS] = {
        [PROGRESS_FIGURES] = "[J] JSON", [PROGRESS_EXPLAINED] = "[J] JSON", [PROGRESS_JSON] = "[J] figures"};
    const struct progress_pane *p = state;
    char n[32], words[MATCH_TEXT + 32], hits[40];
    if (any(env))
        snprintf(out, cap, "Progress: batch %s", text_count(n, sizeof n, env->query->progress.batch_id));
    else
        snprintf(out, cap, "Progress");
    match_words(env->match, words, sizeof words);
    if (!words[0])
        snprintf(right, right_cap, "%s", keys[p->view]);
    else if (p->view == PROGRESS_JSON)
        snprintf(right, right_cap, "%s %.60s",
                 text_many(hits, sizeof hits, (long long)p->json.hits, "line", "lines"), words);
    else
        snprintf(right, right_cap, "%.70s", words);
}

/* The end of the longest line can be scrolled to, and no emptiness behind it. */
static void keep_in_sight(struct progress_pane *p, int columns)
{
    char line[JSON_LINE_MOST];
    int longest = 0;
    for (size_t n = 0; n < p->json.shown && p->left; n++) {
        int len = (int)strlen(json_fold_text(&p->json, n, line));
        longest = len > longest ? len : longest;
    }
    int most = longest + MARK_W - columns;
    if (p->left > most)
        p->left = most > 0 ? most : 0;
}

static void prepare_json(struct progress_pane *p, const struct pane_env *env)
{
    const struct query_view *v = env->query;
    bool fresh = v->progress_json != p->source || v->number != p->number;
    bool other = strcmp(env->match->typed, p->searched) != 0;
    if (fresh) {
        struct list *l = &p->lines;
        size_t above = l->selected - l->top; /* the line under the cursor stays where it is on the screen */
        l->selected = json_fold_set(&p->json, v->progress_json ? v->progress_json : "", l->selected);
        l->top = l->selected > above ? l->selected - above : 0;
        p->source = v->progress_json;
        p->number = v->number;
    }
    if (fresh || other)
        json_fold_search(&p->json, env->match);
    if (other) {
        snprintf(p->searched, sizeof p->searched, "%s", env->match->typed);
        p->lines.selected = json_fold_next(&p->json, p->lines.selected, 1, true);
    }
    list_fit(&p->lines, p->json.shown, env->h > 0 ? (size_t)env->h : 1);
    keep_in_sight(p, env->w);
}

static void prepare(void *state, const struct pane_env *env)
{
    struct progress_pane *p = state;
    sheet_clear(&p->sheet, 1);
    if (!any(env)) {
        list_fit(&p->figures, 0, 1);
        list_fit(&p->lines, 0, 1);
        return;
    }
    if (p->view == PROGRESS_JSON) {
        prepare_json(p, env);
        return;
    }
    progress_figures(&p->sheet, env->query, env->cluster, env->match, p->view == PROGRESS_EXPLAINED);
    p->figures.pager = true;
    list_fit(&p->figures, sheet_rows(&p->sheet, env->w), env->h > 0 ? (size_t)env->h : 1);
}

static void draw_json(const struct progress_pane *p, const struct pane_env *env, const struct canvas *c)
{
    char line[JSON_LINE_MOST], clean[JSON_LINE_MOST];
    for (int y = 0; y < c->r.h; y++) {
        size_t n = p->lines.top + (size_t)y;
        if (n >= p->json.shown)
            break;
        json_fold_text(&p->json, n, line);
        size_t len = strlen(line), skip = (size_t)p->left < len ? (size_t)p->left : len;
        while (skip < len && ((unsigned char)line[skip] & 0xC0) == 0x80)
            skip++;
        (void)text_clean(clean, sizeof clean, line + skip, len - skip, c->ascii);
        bool hit = json_fold_hit(&p->json, n);
        enum style style = n == p->lines.selected ? (env->focused ? ST_SELECT : ST_SELECT_IDLE)
                           : hit                  ? ST_MARK
                                                  : ST_TEXT;
        if (style == ST_SELECT || style == ST_SELECT_IDLE)
            draw_fill_line(c, y, style);
        /* Colour is not the only sign of a line that fits, nor of one that folds. */
        const char mark[2] = {hit ? '>' : json_fold_mark(&p->json, n), '\0'};
        (void)draw_text(c, y, 0, style, mark);
        draw_cell(c, y, MARK_W, c->r.w - MARK_W, LEFT, style, clean);
    }
}

static void draw(const void *state, const struct pane_env *env, const struct canvas *c)
{
    const struct progress_pane *p = state;
    if (!any(env))
        draw_lines(c, 0, 1, ST_DIM, "No batch has ended yet.");
    else if (p->view == PROGRESS_JSON && !p->json.shown)
        draw_lines(c, 0, 1, ST_DIM, "This engine has given no report for the batch.");
    else if (p->view == PROGRESS_JSON)
        draw_json(p, env, c);
    else if (!p->sheet.lines)
        draw_lines(c, 0, 1, ST_DIM, "No figure fits what you look for; [Esc] shows all.");
    else
        sheet_draw(&p->sheet, c, 0, p->figures.top);
}

static unsigned act_json(struct progress_pane *p, enum action_id id)
{
    if (list_act(&p->lines, id))
        return REACT_DRAW;
    switch (id) {
    case ACT_RIGHT: p->left += SCROLL_COLUMNS; return REACT_DRAW;
    case ACT_LEFT: p->left = 0; return REACT_DRAW;
    case ACT_DETAIL: p->lines.selected = json_fold_toggle(&p->json, p->lines.selected); return REACT_DRAW;
    case ACT_MATCH_NEXT:
    case ACT_MATCH_PREVIOUS:
        p->lines.selected = json_fold_next(&p->json, p->lines.selected, id == ACT_MATCH_NEXT ? 1 : -1, false);
        return REACT_DRAW;
    default: return REACT_NONE;
    }
}

static unsigned act(void *state, const struct pane_env *env, enum action_id id)
{
    struct progress_pane *p = state;
    switch (id) {
    case ACT_JSON: p->view = p->view == PROGRESS_JSON ? PROGRESS_FIGURES : PROGRESS_JSON; break;
    case ACT_VIEW: p->view = (enum progress_view)((p->view + 1) % PROGRESS_VIEWS); break;
    default:
        if (p->view == PROGRESS_JSON)
            return any(env) ? act_json(p, id) : REACT_NONE;
        if (id == ACT_MATCH_NEXT || id == ACT_MATCH_PREVIOUS) /* all that is shown fits: a line on */
            id = id == ACT_MATCH_NEXT ? ACT_DOWN : ACT_UP;
        return list_act(&p->figures, id) ? REACT_DRAW : REACT_NONE;
    }
    p->figures.top = 0;
    p->left = 0;
    return REACT_DRAW;
}

/* A click selects a line of the JSON; one on the selected line folds it. */
static unsigned click(void *state, const struct pane_env *env, int y, int x)
{
    struct progress_pane *p = state;
    (void)x;
    size_t n = p->lines.top + (size_t)y;
    if (p->view != PROGRESS_JSON || !any(env) || n >= p->json.shown)
        return REACT_NONE;
    if (n == p->lines.selected)
        p->lines.selected = json_fold_toggle(&p->json, n);
    else
        list_select(&p->lines, n);
    return REACT_DRAW;
}

static void close_pane(void *state)
{
    struct progress_pane *p = state;
    json_fold_free(&p->json);
}

extern const struct pane_ops pane_progress;
const struct pane_ops pane_progress = {
    .name = "progress",
    .help =
        "The last batch's progress report: rows, rates, event time, watermark, durations, state. V adds what "
        "each figure means, or shows the JSON: Enter folds, / searches it.",
    .explain = explain_progress,
    .room = {.place = PLACE_SIDE, .min_h = 4, .wish_h = 12, .weight = 1, .rank = 3},
    .uses = {USES_LIST, ACT_JSON, ACT_VIEW, ACT_DETAIL, ACT_FILTER, ACT_MATCH_NEXT, ACT_MATCH_PREVIOUS,
             ACT_LEFT, ACT_RIGHT},
    .state_size = sizeof(struct progress_pane),
    .close = close_pane,
    .title = title,
    .prepare = prepare,
    .draw = draw,
    .figures = figures_of_operators,
    .act = act,
    .click = click,
};
