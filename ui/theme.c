#include "ui/theme.h"

#include <curses.h>
#include <string.h>

/* What colours are for. Each has a number for terminals of 256, 16 and 8 colours. */
enum role {
    R_TEXT,
    R_BACK,
    R_DIM,
    R_ACCENT,
    R_OK,
    R_WARN,
    R_BAD,
    R_GRAPH,
    R_BAR,
    R_BAR_BACK,
    R_ON,
    ROLE_COUNT
};
struct shade {
    short of256, of16, of8;
};

struct palette {
    const char *name;
    bool bold_text; /* more contrast by weight */
    struct shade role[ROLE_COUNT];
};

static const struct palette palettes[] = {
    {.name = "default", /* the terminal's own background and text, whatever they are */
     .role = {[R_TEXT] = {-1, -1, -1},
              [R_BACK] = {-1, -1, -1},
              [R_DIM] = {244, 8, -1}, /* a grey that is legible on black and on white */
              [R_ACCENT] = {32, 6, 6},
              [R_OK] = {34, 2, 2},
              [R_WARN] = {172, 3, 3},
              [R_BAD] = {160, 1, 1},
              [R_GRAPH] = {32, 6, 6},
              [R_BAR] = {231, 15, 7},
              [R_BAR_BACK] = {24, 4, 4},
              [R_ON] = {231, 15, 7}}},
    {.name = "dark",
     .role = {[R_TEXT] = {252, 7, 7},
              [R_BACK] = {234, 0, 0},
              [R_DIM] = {244, 8, 7},
              [R_ACCENT] = {81, 14, 6},
              [R_OK] = {114, 10, 2},
              [R_WARN] = {221, 11, 3},
              [R_BAD] = {210, 9, 1},
              [R_GRAPH] = {75, 12, 6},
              [R_BAR] = {231, 15, 7},
              [R_BAR_BACK] = {24, 4, 4},
              [R_ON] = {16, 0, 0}}},
    {.name = "light",
     .role = {[R_TEXT] = {235, 0, 0},
              [R_BACK] = {255, 15, 7},
              [R_DIM] = {242, 8, 0},
              [R_ACCENT] = {25, 4, 4},
              [R_OK] = {22, 2, 4},
              [R_WARN] = {94, 5, 5},
              [R_BAD] = {124, 1, 1},
              [R_GRAPH] = {25, 4, 4},
              [R_BAR] = {231, 15, 7},
              [R_BAR_BACK] = {25, 4, 4},
              [R_ON] = {231, 15, 7}}},
    {.name = "high-contrast",
     .bold_text = true,
     .role = {[R_TEXT] = {231, 15, 7},
              [R_BACK] = {16, 0, 0},
              [R_DIM] = {252, 7, 7},
              [R_ACCENT] = {51, 14, 6},
              [R_OK] = {51, 14, 6}, /* blue-green against orange: told apart without red and green */
              [R_WARN] = {226, 11, 3},
              [R_BAD] = {208, 9, 1},
              [R_GRAPH] = {226, 11, 3},
              [R_BAR] = {16, 0, 0},
              [R_BAR_BACK] = {231, 15, 7},
              [R_ON] = {16, 0, 0}}},
    {.name = "mono"},
};

/* How each style is made of the palette's colours, and what stands for it where there are none. */
static const struct {
    enum role fg, bg;
    unsigned flags, mono;
} styles[STYLE_COUNT] = {
    [ST_TEXT] = {R_TEXT, R_BACK, 0, 0},
    [ST_DIM] = {R_DIM, R_BACK, 0, 0},
    [ST_TITLE] = {R_TEXT, R_BACK, LOOK_BOLD, 0},
    [ST_BORDER] = {R_DIM, R_BACK, 0, 0},
    [ST_FOCUS] = {R_ACCENT, R_BACK, LOOK_BOLD, LOOK_BOLD},
    [ST_HEAD] = {R_DIM, R_BACK, LOOK_UNDERLINE, LOOK_UNDERLINE},
    [ST_VALUE] = {R_TEXT, R_BACK, LOOK_BOLD, LOOK_BOLD},
    [ST_OK] = {R_OK, R_BACK, 0, 0},
    [ST_WARN] = {R_WARN, R_BACK, LOOK_BOLD, LOOK_BOLD},
    [ST_BAD] = {R_BAD, R_BACK, LOOK_BOLD, LOOK_BOLD | LOOK_UNDERLINE},
    [ST_ACCENT] = {R_ACCENT, R_BACK, 0, LOOK_BOLD},
    [ST_MARK] = {R_OK, R_BACK, LOOK_BOLD, LOOK_BOLD},
    [ST_GRAPH] = {R_GRAPH, R_BACK, 0, 0},
    [ST_SELECT] = {R_ON, R_ACCENT, LOOK_BOLD, LOOK_REVERSE},
    [ST_SELECT_IDLE] = {R_ACCENT, R_BACK, LOOK_BOLD, LOOK_BOLD},
    [ST_BAR] = {R_BAR, R_BAR_BACK, 0, LOOK_REVERSE},
    [ST_BADGE_OK] = {R_ON, R_OK, LOOK_BOLD, LOOK_BOLD | LOOK_REVERSE},
    [ST_BADGE_WARN] = {R_ON, R_WARN, LOOK_BOLD, LOOK_BOLD | LOOK_REVERSE},
    [ST_BADGE_BAD] = {R_ON, R_BAD, LOOK_BOLD, LOOK_BOLD | LOOK_REVERSE},
    [ST_KEY] = {R_ACCENT, R_BACK, LOOK_BOLD, LOOK_BOLD},
    [ST_FOOT] = {R_TEXT, R_BACK, 0, 0},
    [ST_PROMPT] = {R_TEXT, R_BACK, LOOK_BOLD, LOOK_BOLD},
};

const char *theme_name(size_t n)
{
    return n < sizeof palettes / sizeof *palettes ? palettes[n].name : NULL;
}

static short shade_for(const struct shade *s, int colours)
{
    return colours == 256 ? s->of256 : colours == 16 ? s->of16 : s->of8;
}

bool theme_make(struct theme *t, const char *name, int colours, bool monochrome)
{
    const struct palette *p = NULL;
    for (size_t i = 0; i < sizeof palettes / sizeof *palettes; i++)
        if (name && !strcmp(palettes[i].name, name))
            p = &palettes[i];
    bool known = p != NULL;
    if (!p)
        p = &palettes[0];
    memset(t, 0, sizeof *t);
    t->name = p->name;
    bool mono = monochrome || !strcmp(p->name, "mono");
    t->colours = mono ? 0 : colours >= 256 ? 256 : colours >= 16 ? 16 : colours >= 8 ? 8 : 0;
    for (int s = 0; s < STYLE_COUNT; s++) {
        struct look *l = &t->look[s];
        if (!t->colours) {
            *l = (struct look){.fg = -1, .bg = -1, .flags = styles[s].mono};
            continue;
        }
        l->fg = shade_for(&p->role[styles[s].fg], t->colours);
        l->bg = shade_for(&p->role[styles[s].bg], t->colours);
        l->flags = styles[s].flags;
        if (p->bold_text)
            l->flags |= LOOK_BOLD;
        /* Grey does not exist among eight colours: what would be grey is told apart by its place instead. */
    }
    return known;
}

void theme_apply(struct theme *t, bool has_default)
{
    for (int s = 0; s < STYLE_COUNT; s++) {
        const struct look *l = &t->look[s];
        attr_t a = A_NORMAL;
        if (l->flags & LOOK_BOLD)
            a |= A_BOLD;
        if (l->flags & LOOK_REVERSE)
            a |= A_REVERSE;
        if (l->flags & LOOK_UNDERLINE)
            a |= A_UNDERLINE;
        if (t->colours && s + 1 < COLOR_PAIRS) {
            short fg = l->fg, bg = l->bg;
            if (!has_default) {
                fg = fg < 0 ? COLOR_WHITE : fg;
                bg = bg < 0 ? COLOR_BLACK : bg;
            }
            if (init_pair((short)(s + 1), fg, bg) == OK)
                a |= (attr_t)COLOR_PAIR(s + 1);
        }
        t->attr[s] = a;
    }
}
