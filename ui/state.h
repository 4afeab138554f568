/* Everything that the screen knows: one struct, owned by ui_run in the main thread and passed to whoever
 * needs it. No other thread ever sees it. */
#ifndef UI_STATE_H
#define UI_STATE_H

#include "app_parts.h"
#include "ui/arrange.h"
#include "ui/command_box.h"
#include "ui/export.h"
#include "ui/export_menu.h"
#include "ui/help.h"
#include "ui/keep.h"
#include "ui/layout.h"
#include "ui/pane.h"
#include "ui/pane_menu.h"
#include "ui/plans.h"
#include "ui/prompt.h"
#include "ui/query_menu.h"
#include "ui/theme.h"
#include "ui/words.h"

#include <stdbool.h>
#include <stdint.h>

/* The views that were taken from the hub and belong to the screen now. */
struct views {
    struct query_view *query;
    struct replay_view *replay;
    struct cluster_view *cluster;
    struct spark_view *spark;
};

struct ui {
    const struct app_parts *parts;
    struct theme theme;
    struct {
        int colours;
        bool has_default; /* can show its own default colours */
        bool only_ascii;  /* it or its locale cannot show more */
    } terminal;
    bool ascii;
    enum chart_style charts;
    int frame_rate; /* most pictures a second, > 0 */
    int h, w;
    int64_t now_ms;

    struct views now;   /* the newest */
    struct views still; /* while frozen: what is shown instead, as far as it had come by then */
    bool frozen;
    int64_t frozen_ms;

    struct layout layout;
    const struct plan *plan; /* of the layouts that the F-keys switch */
    struct arrangement arranged[PLANS_MOST];
    struct pane_menu pane_menu;
    struct keep keep;
    bool reset_all; /* what a yes puts back: all layouts, or this one */
    size_t focus;
    bool zoom;
    void *pane_state[LAYOUT_PANES];
    struct match match[LAYOUT_PANES]; /* what '/' looks for in each pane */

    struct prompt prompt;
    struct command_box_state entry;  /* the command line's history and candidates */
    char entry_change[COMMAND_TEXT]; /* settings of the query that its line has named so far */
    char entry_rest[PROMPT_TEXT];    /* commands that wait for the answer to a question */
    unsigned entry_react;            /* what its actions want of the loop */
    struct help help;
    struct query_menu menu;
    char change[COMMAND_TEXT];  /* the query change that a yes will post */
    enum command_kind asked_of; /* what the query was asked for last */
    int64_t query_asked_ms;     /* 0 = its answer has been told */
    bool offer_told;            /* the missing topic has been asked about */
    struct export_menu saving;
    struct export_job *exporting; /* NULL = none */
    char notice[320];
    bool notice_bad;
    int64_t notice_until_ms;
    bool mouse;       /* asked for; not while copying */
    bool pasting;     /* keys are those of a pasted text at present */
    int64_t paste_ms; /* when the last of it came */
    bool copying;     /* the focused pane alone, without borders, for the terminal to select from */
    int click_y, click_x;
    int64_t click_ms; /* of the last press, to know a double one */

    /* The key whose detail the engine was asked for last, and in which run; -1 = none. */
    int64_t detail_key;
    char detail_run[40];
    uint64_t mishap_told; /* the newest of the cluster's mishaps that a notice has told */

    /* The rate or speed asked for last, until a view from after it shows what became of it. */
    double asked_value;
    int64_t asked_ms; /* 0 = nothing is outstanding */
};

/* The shown views: still ones while frozen. */
const struct views *ui_shown(const struct ui *ui);
/* The newest views, frozen or not: keys act on what runs. NULL before the first. */
const struct query_view *ui_newest_query(const struct ui *ui);
const struct replay_view *ui_newest_replay(const struct ui *ui);
void ui_env(const struct ui *ui, size_t pane, struct pane_env *env);
void ui_state_input(const struct ui *ui, struct state_input *in);
void ui_notice(struct ui *ui, bool bad, const char *fmt, ...) __attribute__((format(printf, 3, 4)));

/* state.c: the whole made and unmade (the terminal is up in between), taking and freezing views. */
struct screen_info;
void ui_open(struct ui *ui, const struct app_parts *parts, const struct screen_info *info);
void ui_close(struct ui *ui);
bool ui_take_query(struct ui *ui); /* true: a new one came */
bool ui_take_others(struct ui *ui);
void ui_freeze(struct ui *ui, bool on);

/* dispatch.c: a key or a mouse event becomes reactions. */
unsigned ui_key(struct ui *ui, int key);
unsigned ui_act(struct ui *ui, const struct action *a, int key);
/* The list of the menu that is open, NULL when none is, and what one of its rows says. */
struct list *ui_open_list(struct ui *ui);
const char *ui_open_label(const struct ui *ui, size_t row, char *out, size_t cap);
unsigned ui_mouse(struct ui *ui); /* mouse.c */
/* A click into a pane, in cells of the screen. */
unsigned ui_pane_click(struct ui *ui, size_t pane, int y, int x);
/* An action of a pane that lists it, on the newest view. */
unsigned ui_pane_act(struct ui *ui, size_t pane, enum action_id id);

/* paint.c: layout and the whole picture. */
void ui_relayout(struct ui *ui);
void ui_paint(struct ui *ui);
/* The same without showing it: what is drawn can be read back (ui/shot.h). *cursor_x: see prompt_draw. */
void ui_compose(struct ui *ui, int *cursor_x);
/* header.c, footer.c */
void header_draw(const struct ui *ui, const struct canvas *c);
/* What stands in the footer of so many columns, left to right: keys, their word, and the key that a click on
 * it is as good as. */
#define FOOT_ITEMS ACTION_COUNT
struct foot_item {
    const char *keys, *word, *key;
    int x, w;
};
size_t footer_items(const struct ui *ui, int columns, struct foot_item out[FOOT_ITEMS]);
void footer_draw(const struct ui *ui, const struct canvas *c);
void summary_draw(const struct ui *ui, const struct canvas *c);
/* Which of n parts stay when they take widths[i] + gap columns each: those of the lowest ranks that fit in
 * `columns`, checked in the order of rank; the name of the program and the like only when all else is there.
 */
void header_choose(const int *widths, const int *ranks, size_t n, int gap, int columns, bool *stays);

/* What the actions of the table do (do_stream.c: replay and query; do_picture.c: the screen). */
unsigned do_replay_pause(struct ui *ui, int key);
unsigned do_faster(struct ui *ui, int key);
unsigned do_slower(struct ui *ui, int key);
unsigned do_type_rate(struct ui *ui, int key);
unsigned do_pacing(struct ui *ui, int key);
unsigned do_loop(struct ui *ui, int key);
unsigned do_rewind(struct ui *ui, int key);
unsigned do_query_pause(struct ui *ui, int key);
unsigned do_step(struct ui *ui, int key);
unsigned do_setting(struct ui *ui, int key);
unsigned do_settings(struct ui *ui, int key);
unsigned do_undo(struct ui *ui, int key);
unsigned do_codes(struct ui *ui, int key);
unsigned do_seek(struct ui *ui, int key);
/* Asks whether to read from there; false with a sentence when that is no place. */
bool ui_ask_seek(struct ui *ui, const char *place, char *why, size_t why_cap);
/* do_faults.c */
unsigned do_burst(struct ui *ui, int key);
unsigned do_inject(struct ui *ui, int key);
unsigned do_broker_down(struct ui *ui, int key);
unsigned do_broker_slow(struct ui *ui, int key);
unsigned do_leader_move(struct ui *ui, int key);
bool can_inject(const struct ui *ui);
bool can_fail(const struct ui *ui);
/* A new view of the cluster came: what was made to go wrong there is told. */
void ui_tell_mishap(struct ui *ui, const struct cluster_view *c);
/* do_spark.c */
unsigned do_job_stop(struct ui *ui, int key);
unsigned do_job_start(struct ui *ui, int key);
bool can_job_stop(const struct ui *ui);
bool can_job_start(const struct ui *ui);
bool can_pause(const struct ui *ui);
bool can_change(const struct ui *ui);
bool can_replay(const struct ui *ui);
bool can_step(const struct ui *ui);
/* A typed rate is applied; false when the prompt shall stay open with its error. */
bool ui_apply_rate(struct ui *ui, struct prompt *p);
unsigned ui_confirmed(struct ui *ui, enum action_id id);
/* do_query.c: a key while the settings menu is open; a value typed for one of them (false: the prompt stays
 * open with its error); what the query answered to what was asked of it. */
/* A checked change is asked for; false with a sentence in why. */
bool ui_ask_change(struct ui *ui, const char *change, char *why, size_t why_cap);
/* do_command.c: a key while the command line is open. */
unsigned ui_command_key(struct ui *ui, int key);
/* A question has been answered: the rest of the command line that asked it is done, or not. */
void ui_command_rest(struct ui *ui, bool yes);
unsigned ui_menu_act(struct ui *ui, enum action_id id);
bool ui_apply_setting(struct ui *ui, struct prompt *p);
void ui_tell_answer(struct ui *ui, const struct query_view *before, const struct query_view *now);
/* The settings of the newest view, NULL before the first. */
const struct query_settings *ui_settings(const struct ui *ui);
/* do_export.c: writes what is on the screen; format: csv, json, figures, text, ansi or svg (export_menu.h),
 * with a '!' behind it when a file that is there may be replaced; file: NULL or "" = a new one in the current
 * folder. Enum react bits; how it went comes as a notice. A key while its menu is open; the pane whose
 * figures would be written, or NULL. */
unsigned ui_export(struct ui *ui, const char *format, const char *file);
unsigned ui_export_menu_act(struct ui *ui, enum action_id id, int key);
const char *ui_export_figures_of(const struct ui *ui);
/* do_topic.c: the newest view may have a question about a missing topic: puts it once nothing else is open,
 * takes it back when the topic is there; answers it. */
void ui_offer_topic(struct ui *ui);
void ui_answer_offer(struct ui *ui, bool yes);
/* do_stream.c */
/* Posts; a full box is told in a notice. */
unsigned ui_post(struct ui *ui, struct command_box *box, const char *whose, const struct command *c);
unsigned ui_ask_engine(struct ui *ui, const struct command *c);
unsigned ui_ask_replay(struct ui *ui, const struct command *c);
/* Does what the panes on the screen ask for; true: the picture has changed by it. After each ui_paint. */
bool ui_serve_panes(struct ui *ui);

/* do_arrange.c: the arrangement of the present layout. */
struct arrangement *ui_arrangement(struct ui *ui);
const struct arrangement *ui_arranged(const struct ui *ui);
/* Puts a pane, by its name, into the present layout or takes it out. False with a sentence in err: there is
 * no such pane, or it is the last one. */
bool ui_pane_show(struct ui *ui, const char *name, bool show, char *err, size_t cap);
/* The present layout, or all of them, as they were made. */
void ui_arrange_reset(struct ui *ui, bool all);
unsigned ui_pane_menu_act(struct ui *ui, enum action_id id);
unsigned do_arrange(struct ui *ui, int key);
unsigned do_hide(struct ui *ui, int key);
unsigned do_panes(struct ui *ui, int key);
unsigned do_default_layout(struct ui *ui, int key);
/* The layout of that name, unzoomed; the focus goes to its first pane when it lacks the focused one. False
 * when there is none of that name. */
bool ui_layout_use(struct ui *ui, const char *name);
/* The focus goes to the first pane of the layout. */
void ui_focus_first(struct ui *ui);

unsigned do_freeze(struct ui *ui, int key);
unsigned do_next_pane(struct ui *ui, int key);
unsigned do_previous_pane(struct ui *ui, int key);
unsigned do_focus(struct ui *ui, int key);
unsigned do_layout(struct ui *ui, int key);
unsigned do_zoom(struct ui *ui, int key);
unsigned do_filter(struct ui *ui, int key);
unsigned do_match(struct ui *ui, int key);
unsigned do_back(struct ui *ui, int key);
unsigned do_export(struct ui *ui, int key);
unsigned do_export_menu(struct ui *ui, int key);
unsigned do_copy(struct ui *ui, int key);
unsigned do_mouse(struct ui *ui, int key);
unsigned do_theme(struct ui *ui, int key);
unsigned do_repaint(struct ui *ui, int key);
unsigned do_suspend(struct ui *ui, int key);
unsigned do_command(struct ui *ui, int key);
unsigned do_explain(struct ui *ui, int key);
unsigned do_help(struct ui *ui, int key);
unsigned do_quit(struct ui *ui, int key);
bool can_export(const struct ui *ui);

#endif
