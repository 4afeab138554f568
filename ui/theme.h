/* Colours by meaning. A theme is a table from what a text means (fine, a warning, selected ...) to how it
 * looks; it is worked out for the number of colours that the terminal has, down to none. Colour is never the
 * only sign: whatever is bad also says so in words. theme_make is pure; theme_apply talks to ncurses (main
 * thread). */
#ifndef UI_THEME_H
#define UI_THEME_H

#include <stdbool.h>
#include <stddef.h>

enum style {
    ST_TEXT,
    ST_DIM,   /* labels, rulers, what matters less */
    ST_TITLE, /* a pane's title */
    ST_BORDER,
    ST_FOCUS, /* border and title of the focused pane */
    ST_HEAD,  /* column headings */
    ST_VALUE, /* figures */
    ST_OK,
    ST_WARN,
    ST_BAD,
    ST_ACCENT,
    ST_MARK, /* what the last batch changed */
    ST_GRAPH,
    ST_SELECT,      /* the selected row of the focused pane */
    ST_SELECT_IDLE, /* of another pane */
    ST_BAR,         /* header line */
    ST_BADGE_OK,    /* the state, in the header */
    ST_BADGE_WARN,
    ST_BADGE_BAD,
    ST_KEY, /* a key in footer and help */
    ST_FOOT,
    ST_PROMPT,
    STYLE_COUNT
};

enum { LOOK_BOLD = 1, LOOK_DIM = 2, LOOK_REVERSE = 4, LOOK_UNDERLINE = 8 };

#define THEME_TRUE_COLOUR (1 << 24)

/* fg and bg: a colour number of the terminal, or 0xRRGGBB where it has them all; -1 = its default. */
struct look {
    int fg, bg;
    unsigned flags;
};

struct theme {
    const char *name;
    int colours; /* how many it uses: THEME_TRUE_COLOUR, 256, 16, 8 or 0 */
    struct look look[STYLE_COUNT];
    unsigned long attr[STYLE_COUNT]; /* for ncurses; filled by theme_apply */
};

/* Works the named theme out for a terminal of so many colours; monochrome wins over both. False (and the
 * default theme) when there is no theme of that name. */
bool theme_make(struct theme *t, const char *name, int colours, bool monochrome);

/* The n-th theme's name, NULL past the last. */
const char *theme_name(size_t n);

/* Makes the colour pairs. has_default: the terminal can show its own default colours. */
void theme_apply(struct theme *t, bool has_default);

#endif
