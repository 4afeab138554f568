/* For an audience: the few figures that a watermark is explained by, large enough for the back of the room.
 * What does not fit goes, the last first. */
#include "ui/pane.h"

#include "base/text.h"
#include "ui/big.h"
#include "ui/words.h"

#include <stdio.h>
#include <string.h>

enum { FIGURES = 4, GAP = 4, LABEL_LINES = 1 };

struct figure {
    const char *label;
    char text[40];
    enum style style;
};

static void figures(const struct pane_env *env, struct figure f[FIGURES])
{
    const struct query_view *q = env->query;
    int64_t newest = q ? q->newest_event_ms : UNKNOWN, mark = q ? q->next_watermark_ms : UNKNOWN;
    int64_t late = q ? q->rows_late : UNKNOWN;
    f[0] = (struct figure){.label = "newest event", .style = ST_VALUE};
    (void)words_time(f[0].text, sizeof f[0].text, newest, newest, false);
    f[1] = (struct figure){.label = "watermark", .style = ST_ACCENT};
    /* The epoch is Spark's way of saying that there is none yet. */
    (void)words_time(f[1].text, sizeof f[1].text, known_watermark_ms(mark), newest, false);
    f[2] = (struct figure){.label = "too late", .style = late > 0 ? ST_BAD : ST_VALUE};
    (void)text_count(f[2].text, sizeof f[2].text, late);
    f[3] = (struct figure){.label = "calls counted", .style = ST_VALUE};
    (void)text_count(f[3].text, sizeof f[3].text, q ? q->rows_counted : UNKNOWN);
    /* A watermark of another day comes with its date: the time alone is large enough to be read. */
    for (int i = 0; i < 2; i++) {
        char *blank = strrchr(f[i].text, ' ');
        if (blank)
            memmove(f[i].text, blank + 1, strlen(blank + 1) + 1);
    }
}

static int column_width(enum big_size size, const struct figure *f)
{
    int big = big_width(size, f->text), label = text_width(f->label);
    return big > label ? big : label;
}

static int all_widths(enum big_size size, const struct figure f[FIGURES])
{
    int w = 1;
    for (int i = 0; i < FIGURES; i++)
        w += column_width(size, &f[i]) + (i ? GAP : 0);
    return w;
}

/* Where all fit, the largest; else the small ones, as many as there is room for. */
static bool choose(const struct pane_env *env, const struct figure f[FIGURES], int lines, enum big_size *size)
{
    *size = BIG_WHOLE;
    if (lines >= big_lines(BIG_WHOLE) + LABEL_LINES && (env->ascii || all_widths(BIG_WHOLE, f) <= env->w))
        return true;
    *size = BIG_HALF;
    return !env->ascii && lines >= big_lines(BIG_HALF) + LABEL_LINES;
}

static void title(const void *state, const struct pane_env *env, char *out, size_t cap, char *right,
                  size_t right_cap)
{
    (void)state;
    snprintf(out, cap, "Where the query is");
    if (env->query && env->query->progress.batch_id >= 0)
        snprintf(right, right_cap, "batch %lld", (long long)env->query->progress.batch_id);
}

static void prepare(void *state, const struct pane_env *env)
{
    (void)state;
    (void)env;
}

static void draw(const void *state, const struct pane_env *env, const struct canvas *c)
{
    struct figure f[FIGURES];
    enum big_size size;
    (void)state;
    figures(env, f);
    bool big = choose(env, f, c->r.h, &size);
    for (int i = 0, x = 1; i < FIGURES; i++) {
        int w = big ? column_width(size, &f[i]) : text_width(f[i].label) + 2;
        if (i && x + w > c->r.w)
            return;
        (void)draw_text(c, 0, x, ST_DIM, f[i].label);
        if (big)
            big_draw(c, LABEL_LINES, x, size, f[i].style, f[i].text);
        else
            (void)draw_text(c, LABEL_LINES, x, f[i].style, f[i].text);
        x += w + GAP;
    }
}

static int wish(const void *state, const struct pane_env *env)
{
    struct figure f[FIGURES];
    (void)state;
    figures(env, f);
    bool whole = env->ascii || all_widths(BIG_WHOLE, f) <= env->w;
    return big_lines(whole ? BIG_WHOLE : BIG_HALF) + LABEL_LINES;
}

extern const struct pane_ops pane_headline;
const struct pane_ops pane_headline = {
    .name = "headline",
    .help =
        "In large figures: the newest event, the watermark, the rows that came too late, the calls counted.",
    .explain = explain_headline,
    .room = {.place = PLACE_NONE, .min_h = 6, .wish_h = 6, .rank = 4},
    .state_size = 1,
    .wish = wish,
    .title = title,
    .prepare = prepare,
    .draw = draw,
};
