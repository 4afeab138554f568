/* The interface of a pane: one constant struct of functions, listed in panes.c. Adding a pane is one new file
 * and one line there. A pane gets a private state block, looks at views that others own (borrowed for the
 * call, NULL before the first one came) and draws into a canvas; it holds no lock and makes no blocking call.
 * Everything here runs in the main thread. */
#ifndef UI_PANE_H
#define UI_PANE_H

#include "app_parts.h"
#include "ui/action.h"
#include "ui/draw.h"
#include "ui/explain.h"
#include "ui/match.h"

#include <stdint.h>

/* What a pane may look at. */
struct pane_env {
    const struct query_view *query;
    const struct replay_view *replay;
    const struct cluster_view *cluster;
    const struct spark_view *spark; /* NULL without --engine spark */
    const struct live *live;
    const struct options *options;
    int64_t now_ms;   /* monotonic */
    int64_t still_ms; /* the instant of the picture: when it was frozen, else now; ages are counted to it */
    bool frozen;      /* views do not change; the log neither */
    bool focused;
    bool spacious; /* for an audience: room between rows, fewer figures */
    bool zoomed;   /* has the body to itself */
    bool framed;   /* has a border, and so a title */
    bool ascii;
    enum chart_style charts;   /* CHART_ASCII wherever ascii is true */
    int h, w;                  /* cells inside its border */
    const struct match *match; /* what '/' looks for in this pane: a line is shown when it fits; never NULL */
    const char *filter;        /* the same as it was typed, "" = none */
};

/* The actions of a list, for pane_ops.uses. */
#define USES_LIST ACT_UP, ACT_DOWN, ACT_PAGE_UP, ACT_PAGE_DOWN, ACT_HOME, ACT_END
#define PANE_USES 20

/* What a pane asks of the screen once it has been drawn. */
struct pane_asks {
    int64_t detail_key; /* the key of env->query whose detail the views shall carry; -1 = none */
    char notice[160];   /* said once in the notice line; "" = nothing to say */
    bool again;         /* to be painted again soon: it has not seen all yet */
};

struct pane_ops {
    const char *name;              /* for scripts and settings: "replay" */
    const char *help;              /* one sentence: what it shows */
    const struct explain *explain; /* its figures in plain words */
    struct layout_item room;
    enum action_id uses[PANE_USES]; /* the actions of_pane that it answers; the rest is ACT_NONE */
    size_t state_size;              /* zeroed memory of its own */

    void (*open)(void *state);  /* may be NULL */
    void (*close)(void *state); /* may be NULL */
    /* How many lines inside the border it has to say; NULL: room.wish_h stands. */
    int (*wish)(const void *state, const struct pane_env *env);
    /* Title for the border (without its number), and a smaller text for the right of it (may stay empty). */
    void (*title)(const void *state, const struct pane_env *env, char *out, size_t cap, char *right,
                  size_t right_cap);
    /* Before each drawing and each action: sort, filter, bring the selection into range. */
    void (*prepare)(void *state, const struct pane_env *env);
    void (*draw)(const void *state, const struct pane_env *env, const struct canvas *c);
    /* One of its `uses`; enum react bits. */
    unsigned (*act)(void *state, const struct pane_env *env, enum action_id id);
    /* Sets something of its own by name ("level", "info"), for the command line; false when it has no such
     * thing or value. May be NULL. */
    bool (*set)(void *state, const char *what, const char *value);
    /* A click at a cell inside the border; may be NULL. */
    unsigned (*click)(void *state, const struct pane_env *env, int y, int x);
    /* True when `back` (Esc) had something of the pane's to leave; may be NULL. */
    bool (*back)(void *state);
    /* After the drawing of a pane that is on the screen; `out` asks for nothing yet. May be NULL. */
    void (*asks)(void *state, const struct pane_env *env, struct pane_asks *out);
    /* The table as CSV into memory that the caller frees; NULL where the pane has none (ACT_EXPORT). */
    char *(*dump)(const void *state, const struct pane_env *env, size_t *len);
    /* The same table as JSON; NULL where the pane has none. */
    char *(*dump_json)(const void *state, const struct pane_env *env, size_t *len);
    /* The figures behind its charts as CSV (figures_csv.h); NULL where the pane has none. NULL as a result:
     * there are none yet. */
    char *(*figures)(const void *state, const struct pane_env *env, size_t *len);
};

/* The panes in the order of their numbers; pane_count <= LAYOUT_PANES. */
extern const struct pane_ops *const panes[];
extern const size_t pane_count;

/* True when the pane lists the action among its uses. */
bool pane_uses(const struct pane_ops *pane, enum action_id id);

#endif
