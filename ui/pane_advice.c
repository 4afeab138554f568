/* What a colleague would point out, each with its figures and with what mends it. */
#include "ui/pane.h"

#include "base/text.h"
#include "ui/advice.h"
#include "ui/list.h"

#include <stdio.h>
#include <string.h>

struct advice_pane {
    size_t rows[ADVICE_MOST]; /* those of the board that the filter lets through */
    size_t count;
    struct advice_board board;
    struct list list; /* of items; a pager */
};

static void title(const void *state, const struct pane_env *env, char *out, size_t cap, char *right,
                  size_t right_cap)
{
    const struct advice_pane *p = state;
    char words[MATCH_TEXT + 16];
    snprintf(out, cap, "Advice");
    if (env->filter[0])
        snprintf(out, cap, "Advice: %zu %s", p->count, match_words(env->match, words, sizeof words));
    if (p->board.shown_count)
        snprintf(right, right_cap, "%zu", p->board.shown_count);
}

static void prepare(void *state, const struct pane_env *env)
{
    struct advice_pane *p = state;
    const struct advice_input in = {.query = env->query,
                                    .replay = env->replay,
                                    .cluster = env->cluster,
                                    .spark = env->spark,
                                    .options = env->options,
                                    .now_ms = env->still_ms};
    advice_update(&p->board, &in);
    p->count = 0;
    for (size_t i = 0; i < p->board.shown_count && i < ADVICE_MOST; i++)
        if (match_hit(env->match, p->board.shown[i].what) || match_hit(env->match, p->board.shown[i].mend))
            p->rows[p->count++] = i;
    p->list.pager = true;
    /* Whichever is first is whole; so the list may scroll down to its last item. */
    list_fit(&p->list, p->count, 1);
}

static void draw(const void *state, const struct pane_env *env, const struct canvas *c)
{
    static const enum style looks[] = {[MOOD_OK] = ST_TEXT, [MOOD_WARN] = ST_WARN, [MOOD_BAD] = ST_BAD};
    const struct advice_pane *p = state;
    int y = 0;
    if (!p->board.shown_count) {
        (void)draw_lines(c, 0, 1, ST_DIM,
                         env->query ? "Nothing stands out: brokers up, partitions even, the query keeps up."
                                    : "The query has not reported yet.");
        return;
    }
    if (!p->count)
        (void)draw_lines(c, 0, 1, ST_DIM, "No advice is like that: [Esc] clears the filter.");
    for (size_t i = p->list.top; i < p->count && y < c->r.h; i++) {
        const struct advice *a = &p->board.shown[p->rows[i]];
        (void)draw_text(c, y, 1, looks[a->mood], a->mood == MOOD_OK ? "-" : "!");
        y = draw_lines(c, y, 3, looks[a->mood], a->what);
        bool cut = y >= c->r.h && (a->mend[0] || i + 1 < p->count);
        if (y < c->r.h && a->mend[0])
            y = draw_lines(c, y, 3, ST_DIM, a->mend);
        if (cut || (y >= c->r.h && i + 1 < p->count)) /* zoomed or scrolled there is more to read */
            (void)draw_text(c, c->r.h - 1, c->r.w - 1, ST_KEY, GLYPH(c, "↓", "v"));
    }
}

static unsigned act(void *state, const struct pane_env *env, enum action_id id)
{
    (void)env;
    struct advice_pane *p = state;
    return list_act(&p->list, id) || id == ACT_ADVICE ? REACT_DRAW : REACT_NONE;
}

extern const struct pane_ops pane_advice;
const struct pane_ops pane_advice = {
    .name = "advice",
    .help = "What a colleague would point out, each with the key or setting that mends it: falling behind "
            "and since "
            "when, partitions skewed or idle, late rows and by how much the delay is short, bad messages, "
            "batches "
            "too small or too long, state that grows, settings that stall the fetch.",
    .explain = explain_advice,
    .room = {.place = PLACE_NONE, .min_h = 6, .wish_h = 8, .weight = 1, .rank = 3},
    .uses = {USES_LIST, ACT_ADVICE, ACT_FILTER},
    .state_size = sizeof(struct advice_pane),
    .title = title,
    .prepare = prepare,
    .draw = draw,
    .act = act,
};
