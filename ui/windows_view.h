/* The three pictures of the windows pane: event time against arrival, the axis of windows, and the heat map
 * of types over windows. Each has a part that looks at a new view (prepare) and one that draws it; views are
 * borrowed for the call. Main thread only. */
#ifndef UI_WINDOWS_VIEW_H
#define UI_WINDOWS_VIEW_H

#include "ui/list.h"
#include "ui/pane.h"

#define AXIS_WINDOWS 256
#define HEAT_TYPES   48
#define HEAT_WINDOWS 96
#define LEGEND_MOST  10

/* ---- windows of event time, all keys added up ---- */

struct axis_window {
    int64_t start_ms, end_ms;
    int64_t rows; /* counted in it; UNKNOWN where its groups are not shown before it closes (append) */
    int64_t late; /* late rows among the marks whose last window it was */
    bool closed;
};

enum window_state {
    WINDOW_OPEN,
    WINDOW_PAST, /* it ended before the watermark, but its rows still count */
    WINDOW_CLOSED
};

/* The newest windows, newest first. */
struct axis {
    struct axis_window window[AXIS_WINDOWS];
    size_t count;
};

void axis_collect(struct axis *a, const struct query_view *v);
enum window_state axis_state(const struct axis_window *w, const struct query_view *v);
const char *axis_sign(enum window_state s, bool ascii);
enum style axis_style(enum window_state s);
/* When the last window of a row ends; UNKNOWN where the query has no windows. */
int64_t last_window_end_ms(const struct query_settings *s, int64_t event_ms);

/* ---- a legend: each sign with its meaning, over as many lines as it needs ---- */

struct legend {
    struct {
        enum style style;
        char text[72];
    } item[LEGEND_MOST];
    size_t count;
};
void legend_add(struct legend *l, enum style style, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
int legend_lines(const struct legend *l, int w);
/* From line y on, at most `most` lines; what does not fit is left out whole. */
void legend_draw(const struct legend *l, const struct canvas *c, int y, int most);

/* ---- event time against arrival ---- */

/* The scale of the plot; it is kept from view to view where it still fits, so that the picture stands still.
 */
struct plot {
    int each;               /* columns a batch */
    int fitting;            /* columns a batch that suit its rows; each may be less */
    int shared;             /* batches a column, where there are too many for one each (then each is 1) */
    double wanted;          /* batches to be seen at once */
    int64_t unit_ms;        /* event time a line; 0 = nothing to plot yet */
    int64_t small_since_ms; /* since when (wall time of the batch) a finer scale would do */
    int64_t top;            /* of the first line, in units since the epoch */
    int h, w;               /* cells beside the scale */
    int scale_w;            /* columns of the scale, at the left */
    size_t first;           /* in the view's history: the batch of the first column */
    bool older;             /* the last line is for rows older than the scale */
    int64_t marked, came;   /* rows shown, rows that came, in the shown batches */
    bool late, past;        /* there are such rows among them */
    bool ends;              /* the ends of windows are drawn */
};
void plot_prepare(struct plot *p, const struct pane_env *env, int h, int w);
void plot_legend(const struct plot *p, const struct pane_env *env, struct legend *l);
/* h lines from y on; the last is for the numbers of the batches where h is large enough. */
void plot_draw(const struct plot *p, const struct pane_env *env, const struct canvas *c, int y);

/* ---- the axis of windows ---- */

void axis_legend(const struct axis *a, const struct pane_env *env, struct legend *l);
void axis_draw(const struct axis *a, const struct list *list, const struct pane_env *env,
               const struct canvas *c);
/* Windows that fit in h lines, with bars that are long enough to be seen. */
size_t axis_page(const struct axis *a, const struct pane_env *env, int h);
/* As many of the newest as fit, in one line. */
void axis_draw_line(const struct axis *a, const struct query_view *v, const struct canvas *c, int y);

/* ---- types over windows ---- */

struct heat {
    uint32_t type[HEAT_TYPES]; /* keys of the view, most rows first */
    size_t types;
    int64_t rows[HEAT_TYPES][HEAT_WINDOWS]; /* by type, by place of the window in the axis */
    int64_t most;                           /* of the shown cells */
    size_t most_type, most_window;
    size_t windows; /* of the axis that are shown */
    int each;       /* columns a window */
    uint64_t view_number;
    int h, w;
};
void heat_prepare(struct heat *h, const struct axis *a, const struct pane_env *env, int lines, int w);
void heat_legend(const struct heat *h, const struct axis *a, const struct pane_env *env, struct legend *l);
void heat_draw(const struct heat *h, const struct axis *a, const struct pane_env *env,
               const struct canvas *c);

#endif
