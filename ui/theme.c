#include "ui/theme.h"

#include <curses.h>
#include <string.h>

/* What colours are for. Each has a colour for terminals of millions (0xRRGGBB), 256, 16 and 8 colours. Of the
 * 256 only those that no terminal redefines are used (16 and up). */
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
    R_ON,        /* on a badge */
    R_PICK,      /* the selected row ... */
    R_PICK_BACK, /* ... and what is behind it */
    ROLE_COUNT
};
struct shade {
    int rgb;
    short of256, of16, of8;
};

struct palette {
    const char *name;
    bool bold_text; /* more contrast by weight */
    struct shade role[ROLE_COUNT];
};

static const struct palette palettes[] = {
    {.name = "default", /* the terminal's own background and text, whatever they are: legible on black and on
                           white, so neither bright nor dark */
     .role = {[R_TEXT] = {-1, -1, -1, -1},
              [R_BACK] = {-1, -1, -1, -1},
              [R_DIM] = {0x767676, 243, -1,
                         -1}, /* the sixteen have no grey that is seen on every background */
              [R_ACCENT] = {0x0A79CA, 31, 6, 6},
              [R_OK] = {0x138730, 28, 2, 2},
              [R_WARN] = {0xB45F00, 130, 3, 3},
              [R_BAD] = {0xE12A34, 161, 1, 1},
              [R_GRAPH] = {0x0A79CA, 31, 6, 6},
              [R_BAR] = {0xFFFFFF, 231, 15, 7},
              [R_BAR_BACK] = {0x005F87, 24, 4, 4},
              [R_ON] = {0xFFFFFF, 231, 15, 7},
              [R_PICK] = {0xFFFFFF, 231, 15, 7},
              [R_PICK_BACK] = {0x005F87, 24, 4, 4}}},
    {.name = "dark",
     .role = {[R_TEXT] = {0xD4D7DB, 252, 7, 7},
              [R_BACK] = {0x1A1D21, 234, 0, 0},
              [R_DIM] = {0x8E959C, 245, 7, 7},
              [R_ACCENT] = {0x63C9F2, 81, 14, 6},
              [R_OK] = {0x8AD68A, 114, 10, 2},
              [R_WARN] = {0xFFD766, 221, 11, 3},
              [R_BAD] = {0xFF8A85, 210, 9, 1},
              [R_GRAPH] = {0x5FAFFF, 75, 12, 6},
              [R_BAR] = {0xFFFFFF, 231, 15, 7},
              [R_BAR_BACK] = {0x1F5673, 24, 4, 4},
              [R_ON] = {0x101214, 16, 0, 0},
              [R_PICK] = {0x101214, 16, 0, 0},
              [R_PICK_BACK] = {0x63C9F2, 81, 14, 6}}},
    {.name = "light",
     .role = {[R_TEXT] = {0x24292E, 235, 0, 0},
              [R_BACK] = {0xF7F5F0, 255, 15, 7},
              [R_DIM] = {0x5F666D, 241, 0, 0},
              [R_ACCENT] = {0x0A5CA8, 25, 4, 4},
              [R_OK] = {0x1D6B2A, 22, 2, 4},
              [R_WARN] = {0x8A5200, 94, 5, 5},
              [R_BAD] = {0xB3161D, 124, 1, 1},
              [R_GRAPH] = {0x0A5CA8, 25, 4, 4},
              [R_BAR] = {0xFFFFFF, 231, 15, 7},
              [R_BAR_BACK] = {0x0A5CA8, 25, 4, 4},
              [R_ON] = {0xFFFFFF, 231, 15, 7},
              [R_PICK] = {0xFFFFFF, 231, 15, 7},
              [R_PICK_BACK] = {0x0A5CA8, 25, 4, 4}}},
    {.name = "high-contrast",
     .bold_text = true,
     .role = {[R_TEXT] = {0xFFFFFF, 231, 15, 7},
              [R_BACK] = {0x000008, 16, 0, 0},
              [R_DIM] = {0xD0D0D0, 252, 7, 7},
              [R_ACCENT] = {0x00FFFF, 51, 14, 6},
              [R_OK] = {0x00FFFF, 51, 14,
                        6}, /* blue-green against orange: told apart without red and green */
              [R_WARN] = {0xFFFF00, 226, 11, 3},
              [R_BAD] = {0xFF8700, 208, 9, 1},
              [R_GRAPH] = {0xFFFF00, 226, 11, 3},
              [R_BAR] = {0x000008, 16, 0, 0},
              [R_BAR_BACK] = {0xFFFFFF, 231, 15, 7},
              [R_ON] = {0x000008, 16, 0, 0},
              [R_PICK] = {0x000008, 16, 0, 0},
              [R_PICK_BACK] = {0x00FFFF, 51, 14, 6}}},
    {.name = "colour-blind", /* Okabe and Ito's colours, which the usual kinds of colour blindness tell apart:
                                sky blue is fine, yellow a warning, vermilion bad; they differ in brightness,
                                too */
     .role = {[R_TEXT] = {0xD8D8D8, 252, 7, 7},
              [R_BACK] = {0x1C1C1C, 234, 0, 0},
              [R_DIM] = {0x9A9A9A, 246, 7, 7},
              [R_ACCENT] = {0xE69F00, 214, 3, 3},
              [R_OK] = {0x56B4E9, 74, 14, 6},
              [R_WARN] = {0xF0E442, 227, 11, 3},
              [R_BAD] = {0xE06A10, 202, 9, 1},
              [R_GRAPH] = {0x56B4E9, 74, 14, 6},
              [R_BAR] = {0xFFFFFF, 231, 15, 7},
              [R_BAR_BACK] = {0x0072B2, 25, 4, 4},
              [R_ON] = {0x101010, 16, 0, 0},
              [R_PICK] = {0x101010, 16, 0, 0},
              [R_PICK_BACK] = {0xE69F00, 214, 3, 3}}},
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
    [ST_SELECT] = {R_PICK, R_PICK_BACK, LOOK_BOLD, LOOK_REVERSE},
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

static int shade_for(const struct shade *s, int colours)
{
    return colours == THEME_TRUE_COLOUR ? s->rgb
           : colours == 256             ? s->of256
           : colours == 16              ? s->of16
                                        : s->of8;
}

/* The most of what we know how to use that the terminal has. */
static int colours_used(int colours)
{
    static const int steps[] = {THEME_TRUE_COLOUR, 256, 16, 8};
    for (size_t i = 0; i < sizeof steps / sizeof *steps; i++)
        if (colours >= steps[i])
            return steps[i];
    return 0;
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
    t->colours = mono ? 0 : colours_used(colours);
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
            int fg = l->fg, bg = l->bg;
            if (!has_default) {
                fg = fg < 0 ? COLOR_WHITE : fg;
                bg = bg < 0 ? COLOR_BLACK : bg;
            }
            /* Always the same pairs: a change of theme gives them other colours. */
            if (init_extended_pair(s + 1, fg, bg) == OK)
                a |= (attr_t)COLOR_PAIR(s + 1);
        }
        t->attr[s] = a;
    }
}
