/* The one table of actions. Everything that a key can do is a row of it: the dispatcher, the footer, the help
 * screen, the man page and scripts all read this table, so a key that is listed works and one that works is
 * listed. The table is constant; any thread may read it, only the main thread runs an action. */
#ifndef UI_ACTION_H
#define UI_ACTION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

enum action_id {
    ACT_NONE,
    /* the replay */
    ACT_REPLAY_PAUSE,
    ACT_FASTER,
    ACT_SLOWER,
    ACT_TYPE_RATE,
    ACT_PACING,
    ACT_LOOP,
    ACT_REWIND,
    /* faults for an audience, on the embedded cluster */
    ACT_BURST,
    ACT_LATE_ROWS,
    ACT_DUPLICATES,
    ACT_POISON,
    ACT_BROKER_DOWN,
    ACT_BROKER_SLOW,
    ACT_LEADER_MOVE,
    /* the query */
    ACT_QUERY_PAUSE,
    ACT_STEP,
    ACT_WINDOW,
    ACT_SLIDE,
    ACT_GROUP_BY,
    ACT_DISTINCT,
    ACT_WATERMARK,
    ACT_OUTPUT_MODE,
    ACT_JOIN,
    ACT_MAX_OFFSETS,
    ACT_TRIGGER,
    ACT_SETTINGS,
    ACT_UNDO,
    ACT_CODES,
    ACT_SEEK,
    ACT_JOB_STOP, /* of the job on Spark */
    ACT_JOB_START,
    /* the picture */
    ACT_FREEZE,
    ACT_NEXT_PANE,
    ACT_PREVIOUS_PANE,
    ACT_FOCUS,
    ACT_ZOOM,
    ACT_LAYOUT,
    ACT_MOVE_UP,
    ACT_MOVE_DOWN,
    ACT_MOVE_OVER,
    ACT_LOWER,
    ACT_TALLER,
    ACT_NARROWER,
    ACT_WIDER,
    ACT_HIDE,
    ACT_PANES,
    ACT_DEFAULT_LAYOUT,
    ACT_REJECTS,
    ACT_ADVICE,
    ACT_SPARK,
    ACT_DETAIL,
    ACT_FILTER,
    ACT_SORT,
    ACT_REVERSE,
    ACT_JSON,
    ACT_LEVEL,
    ACT_FOLLOW,
    ACT_BACK,
    ACT_VIEW,
    /* moving in a list */
    ACT_UP,
    ACT_DOWN,
    ACT_PAGE_UP,
    ACT_PAGE_DOWN,
    ACT_HOME,
    ACT_END,
    ACT_LEFT,
    ACT_RIGHT,
    ACT_MATCH_NEXT,
    ACT_MATCH_PREVIOUS,
    /* the program */
    ACT_EXPORT,
    ACT_EXPORT_MENU,
    ACT_COMMAND,
    ACT_MOUSE,
    ACT_THEME,
    ACT_REPAINT,
    ACT_SUSPEND,
    ACT_COPY,
    ACT_EXPLAIN,
    ACT_HELP,
    ACT_QUIT,
    ACTION_COUNT,
    /* from the mouse, not in the table */
    ACT_WHEEL_UP,
    ACT_WHEEL_DOWN,
    /* a yes to what the query asks by itself, not in the table either */
    ACT_CREATE_TOPIC
};

enum action_group {
    GROUP_REPLAY,
    GROUP_FAULTS,
    GROUP_QUERY,
    GROUP_PICTURE,
    GROUP_ARRANGE,
    GROUP_LIST,
    GROUP_PROGRAM,
    GROUP_COUNT
};

/* What has to happen after something was done; the loop does it, once, before it sleeps. */
enum react {
    REACT_NONE = 0,
    REACT_DRAW = 1,
    REACT_LAYOUT = 2,  /* rectangles may have changed; implies DRAW */
    REACT_REPAINT = 4, /* the terminal's own picture cannot be trusted any more */
    REACT_QUIT = 8,
    REACT_SUSPEND = 16 /* back to the shell until it says to go on */
};

#define ACTION_KEYS 10

struct ui;

struct action {
    enum action_id id;
    const char *keys[ACTION_KEYS]; /* names, as keymap.h knows them; the first is shown in the footer */
    const char *shown; /* how the footer writes the keys where that is not just the first; or NULL */
    const char *name;  /* for scripts: one word */
    const char *foot;  /* the footer's word; NULL = not in the footer */
    const char *help;  /* one sentence */
    enum action_group group;
    const char *setting; /* the query setting whose choices it opens; or NULL */
    int foot_rank;       /* the lowest stay longest when the footer is narrow */
    bool of_pane;        /* the panes that list it do it */
    bool focused_only; /* of_pane: only the focused pane's; else the first pane that has it gets the focus */
    /* Enum react bits; NULL where only panes do it. of_pane: what is done where the pane does not list it. */
    unsigned (*run)(struct ui *ui, int key);
    bool (*works)(const struct ui *ui); /* NULL = always */
};

/* The row of an id; of a key (K_...), NULL when the key does nothing; of a script's word, NULL. */
const struct action *action_of(enum action_id id);
const struct action *action_of_key(int key);
const struct action *action_of_name(const char *name);

/* The n-th row, NULL past the last. */
const struct action *action_at(size_t n);

/* "Up, k" into out. */
char *action_keys(const struct action *a, char *out, size_t cap);
const char *action_group_title(enum action_group group);

/* The keys section of the man page (roff), from the table. */
void action_print_man(FILE *out);

#endif
