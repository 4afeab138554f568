#include "ui/action.h"

#include "ui/keymap.h"
#include "ui/state.h"

#include <stdio.h>
#include <string.h>

/* The order is that of the help screen; ranks say which words leave a narrow footer first. */
static const struct action actions[] = {
    {.id = ACT_FASTER,
     .keys = {"+"},
     .shown = "+-",
     .name = "faster",
     .foot = "rate",
     .foot_rank = 4,
     .group = GROUP_REPLAY,
     .help = "Replay faster: the next step of 1, 2, 5, 10 ... up to as fast as it goes.",
     .run = do_faster,
     .works = can_replay},
    {.id = ACT_SLOWER,
     .keys = {"-"},
     .name = "slower",
     .group = GROUP_REPLAY,
     .help = "Replay slower: the next step down.",
     .run = do_slower,
     .works = can_replay},
    {.id = ACT_TYPE_RATE,
     .keys = {"r", "="},
     .name = "rate",
     .foot = "type rate",
     .foot_rank = 12,
     .group = GROUP_REPLAY,
     .help = "Type a rate: 250, 0.5 (calls a second), max, or x600 (event-time speed).",
     .run = do_type_rate,
     .works = can_replay},
    {.id = ACT_PACING,
     .keys = {"m"},
     .name = "pacing",
     .foot = "pacing",
     .foot_rank = 14,
     .group = GROUP_REPLAY,
     .help = "Switch between a constant rate and event-time speed (the calls' own spacing in time).",
     .run = do_pacing,
     .works = can_replay},
    {.id = ACT_REPLAY_PAUSE,
     .keys = {"Space"},
     .name = "pause-replay",
     .foot = "pause",
     .foot_rank = 3,
     .group = GROUP_REPLAY,
     .help = "Pause the replay, or let it go on.",
     .run = do_replay_pause,
     .works = can_replay},
    {.id = ACT_LOOP,
     .keys = {"l"},
     .name = "loop",
     .foot = "loop",
     .foot_rank = 17,
     .group = GROUP_REPLAY,
     .help = "At the end of the data begin again, or stop.",
     .run = do_loop,
     .works = can_replay},
    {.id = ACT_REWIND,
     .keys = {"R"},
     .name = "rewind",
     .group = GROUP_REPLAY,
     .help = "Replay from the first call again (asks first).",
     .run = do_rewind,
     .works = can_replay},

    {.id = ACT_QUERY_PAUSE,
     .keys = {"p"},
     .name = "pause-query",
     .foot = "query",
     .foot_rank = 6,
     .group = GROUP_QUERY,
     .help = "Pause the query, or let it go on: meanwhile the lag grows, afterwards it drains.",
     .run = do_query_pause},
    {.id = ACT_STEP,
     .keys = {"n"},
     .name = "step",
     .foot = "one batch",
     .foot_rank = 5,
     .group = GROUP_QUERY,
     .help = "Run a single batch while the query is paused.",
     .run = do_step,
     .works = can_step},

    {.id = ACT_FREEZE,
     .keys = {"f"},
     .name = "freeze",
     .foot = "freeze",
     .foot_rank = 8,
     .group = GROUP_PICTURE,
     .help = "Freeze the picture: all runs on, scrolling and sorting work on the still picture.",
     .run = do_freeze},
    {.id = ACT_NEXT_PANE,
     .keys = {"Tab"},
     .name = "next-pane",
     .foot = "pane",
     .foot_rank = 2,
     .group = GROUP_PICTURE,
     .help = "Focus the next pane.",
     .run = do_next_pane},
    {.id = ACT_PREVIOUS_PANE,
     .keys = {"S-Tab"},
     .name = "previous-pane",
     .group = GROUP_PICTURE,
     .help = "Focus the previous pane.",
     .run = do_previous_pane},
    {.id = ACT_FOCUS,
     .keys = {"1", "2", "3", "4", "5", "6", "7", "8", "9"},
     .name = "focus",
     .group = GROUP_PICTURE,
     .help = "Focus the pane of that number.",
     .run = do_focus},
    {.id = ACT_ZOOM,
     .keys = {"z"},
     .name = "zoom",
     .foot = "zoom",
     .foot_rank = 9,
     .group = GROUP_PICTURE,
     .help = "Give the focused pane the whole screen, or take it back.",
     .run = do_zoom},
    {.id = ACT_DETAIL,
     .keys = {"Enter"},
     .name = "detail",
     .foot = "windows",
     .foot_rank = 13,
     .group = GROUP_PICTURE,
     .help = "In the table: the windows of the selected type.",
     .of_pane = true,
     .focused_only = true},
    {.id = ACT_FILTER,
     .keys = {"/"},
     .name = "filter",
     .foot = "filter",
     .foot_rank = 7,
     .group = GROUP_PICTURE,
     .help = "Show only the lines that contain what you type.",
     .run = do_filter,
     .works = can_filter},
    {.id = ACT_SORT,
     .keys = {"s"},
     .name = "sort",
     .foot = "sort",
     .foot_rank = 10,
     .group = GROUP_PICTURE,
     .help = "Sort the table by the next column: count, name, last batch.",
     .of_pane = true},
    {.id = ACT_REVERSE,
     .keys = {"S"},
     .name = "reverse",
     .group = GROUP_PICTURE,
     .help = "Turn the table's order round.",
     .of_pane = true},
    {.id = ACT_JSON,
     .keys = {"J"},
     .name = "json",
     .foot = "JSON",
     .foot_rank = 16,
     .group = GROUP_PICTURE,
     .help = "Progress as figures, or as the JSON report that Spark's tools read.",
     .of_pane = true},
    {.id = ACT_LEVEL,
     .keys = {"L"},
     .name = "level",
     .foot = "level",
     .foot_rank = 11,
     .group = GROUP_PICTURE,
     .help = "Log: show debug, info, warning or only error lines.",
     .of_pane = true},
    {.id = ACT_FOLLOW,
     .keys = {"F"},
     .name = "follow",
     .foot = "follow",
     .foot_rank = 11,
     .group = GROUP_PICTURE,
     .help = "Log: keep the newest line in sight, or stay.",
     .of_pane = true},
    {.id = ACT_BACK,
     .keys = {"Esc"},
     .name = "back",
     .group = GROUP_PICTURE,
     .help = "Back: leave the windows of a type, clear the filter, end the zoom.",
     .run = do_back},

    {.id = ACT_UP,
     .keys = {"Up", "k"},
     .name = "up",
     .group = GROUP_LIST,
     .help = "One line up.",
     .of_pane = true,
     .focused_only = true},
    {.id = ACT_DOWN,
     .keys = {"Down", "j"},
     .name = "down",
     .group = GROUP_LIST,
     .help = "One line down.",
     .of_pane = true,
     .focused_only = true},
    {.id = ACT_PAGE_UP,
     .keys = {"PgUp"},
     .name = "page-up",
     .group = GROUP_LIST,
     .help = "One page up.",
     .of_pane = true,
     .focused_only = true},
    {.id = ACT_PAGE_DOWN,
     .keys = {"PgDn"},
     .name = "page-down",
     .group = GROUP_LIST,
     .help = "One page down.",
     .of_pane = true,
     .focused_only = true},
    {.id = ACT_HOME,
     .keys = {"Home", "g"},
     .name = "home",
     .group = GROUP_LIST,
     .help = "To the first line.",
     .of_pane = true,
     .focused_only = true},
    {.id = ACT_END,
     .keys = {"End", "G"},
     .name = "end",
     .group = GROUP_LIST,
     .help = "To the last line.",
     .of_pane = true,
     .focused_only = true},
    {.id = ACT_LEFT,
     .keys = {"Left"},
     .name = "left",
     .group = GROUP_LIST,
     .help = "Long lines: to their beginning.",
     .of_pane = true,
     .focused_only = true},
    {.id = ACT_RIGHT,
     .keys = {"Right"},
     .name = "right",
     .group = GROUP_LIST,
     .help = "Long lines: to their end.",
     .of_pane = true,
     .focused_only = true},

    {.id = ACT_EXPORT,
     .keys = {"e"},
     .name = "export",
     .foot = "export",
     .foot_rank = 15,
     .group = GROUP_PROGRAM,
     .help = "Write the table as CSV into the current folder and say where.",
     .run = do_export,
     .works = can_export},
    {.id = ACT_MOUSE,
     .keys = {"M"},
     .name = "mouse",
     .group = GROUP_PROGRAM,
     .help = "Mouse on or off: the wheel scrolls, a click focuses, a click on a heading sorts.",
     .run = do_mouse},
    {.id = ACT_REPAINT,
     .keys = {"C-l"},
     .name = "repaint",
     .group = GROUP_PROGRAM,
     .help = "Paint the whole screen anew.",
     .run = do_repaint},
    {.id = ACT_HELP,
     .keys = {"?"},
     .name = "help",
     .foot = "help",
     .foot_rank = 1,
     .group = GROUP_PROGRAM,
     .help = "This help.",
     .run = do_help},
    {.id = ACT_QUIT,
     .keys = {"q"},
     .name = "quit",
     .foot = "quit",
     .foot_rank = 0,
     .group = GROUP_PROGRAM,
     .help = "Quit: everything stops in order.",
     .run = do_quit},
};
enum { ACTIONS = sizeof actions / sizeof *actions };

const struct action *action_of(enum action_id id)
{
    for (size_t i = 0; i < ACTIONS; i++)
        if (actions[i].id == id)
            return &actions[i];
    return NULL;
}

const struct action *action_of_key(int key)
{
    if (key == K_NONE)
        return NULL;
    for (size_t i = 0; i < ACTIONS; i++)
        for (size_t k = 0; k < ACTION_KEYS && actions[i].keys[k]; k++)
            if (key_of(actions[i].keys[k]) == key)
                return &actions[i];
    return NULL;
}

const struct action *action_of_name(const char *name)
{
    for (size_t i = 0; i < ACTIONS; i++)
        if (!strcmp(actions[i].name, name))
            return &actions[i];
    return NULL;
}

const struct action *action_at(size_t n)
{
    return n < ACTIONS ? &actions[n] : NULL;
}

char *action_keys(const struct action *a, char *out, size_t cap)
{
    if (a->id == ACT_FOCUS) {
        snprintf(out, cap, "1-%zu", pane_count);
        return out;
    }
    size_t at = 0;
    out[0] = '\0';
    for (size_t k = 0; k < ACTION_KEYS && a->keys[k] && at + 1 < cap; k++) {
        int n = snprintf(out + at, cap - at, "%s%s", k ? ", " : "", a->keys[k]);
        at += n > 0 ? (size_t)n : 0;
    }
    return out;
}

const char *action_group_title(enum action_group group)
{
    static const char *const titles[GROUP_COUNT] = {
        [GROUP_REPLAY] = "The replay", [GROUP_QUERY] = "The query",     [GROUP_PICTURE] = "The picture",
        [GROUP_LIST] = "In a list",    [GROUP_PROGRAM] = "The program",
    };
    return group < GROUP_COUNT ? titles[group] : "";
}

void action_print_man(FILE *out)
{
    char keys[64];
    fprintf(out, ".SH KEYS\n");
    for (int g = 0; g < GROUP_COUNT; g++) {
        fprintf(out, ".SS %s\n", action_group_title((enum action_group)g));
        for (size_t i = 0; i < ACTIONS; i++)
            if (actions[i].group == (enum action_group)g) {
                fprintf(out, ".TP\n.B \"");
                for (const char *s = action_keys(&actions[i], keys, sizeof keys); *s; s++)
                    fprintf(out, *s == '-' ? "\\-" : "%c", *s);
                fprintf(out, "\"\n%s\n", actions[i].help);
            }
    }
}
