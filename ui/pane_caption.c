/* One sentence about what just happened, for an audience: it stands long enough to be read and then sums up
 * all batches since the one before it. */
#include "ui/pane.h"

#include "base/text.h"
#include "ui/caption.h"

#include <stdio.h>
#include <string.h>

enum { READING_MS = 3000 };

struct caption_pane {
    struct caption caption;
};

static void title(const void *state, const struct pane_env *env, char *out, size_t cap, char *right,
                  size_t right_cap)
{
    (void)state;
    (void)env;
    (void)right;
    (void)right_cap;
    snprintf(out, cap, "What just happened");
}

static void prepare(void *state, const struct pane_env *env)
{
    struct caption_pane *p = state;
    if (!env->frozen || !p->caption.text[0])
        caption_update(&p->caption, env->query, env->now_ms, READING_MS);
}

static void draw(const void *state, const struct pane_env *env, const struct canvas *c)
{
    const struct caption_pane *p = state;
    (void)env;
    (void)draw_lines(c, 0, 1, ST_VALUE, p->caption.text[0] ? p->caption.text : "Nothing has happened yet.");
}

/* As many lines as the sentence takes, and one more for words that do not break well. */
static int wish(const void *state, const struct pane_env *env)
{
    const struct caption_pane *p = state;
    int room = env->w > 10 ? env->w - 2 : 78;
    return text_width(p->caption.text) / room + 2;
}

extern const struct pane_ops pane_caption;
const struct pane_ops pane_caption = {
    .name = "caption",
    .help = "One sentence about what just happened: calls in, duplicates, late ones, and which type leads.",
    .explain = explain_caption,
    .room = {.place = PLACE_NONE, .min_h = 4, .wish_h = 4, .rank = 1},
    .state_size = sizeof(struct caption_pane),
    .wish = wish,
    .title = title,
    .prepare = prepare,
    .draw = draw,
};
