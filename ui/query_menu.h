/* The menu of the query's settings: all of them with their values, and for each a list of sensible choices
 * and a line for anything else. It only chooses: what was chosen comes out as "setting=value", which the
 * caller confirms and posts. Settings, their values and what is allowed come from the one table of options.
 * Main thread. */
#ifndef UI_QUERY_MENU_H
#define UI_QUERY_MENU_H

#include "command.h"
#include "query/settings.h"
#include "ui/draw.h"
#include "ui/list.h"

#include <stdbool.h>

enum menu_level { MENU_CLOSED, MENU_SETTINGS, MENU_CHOICES };

struct query_menu {
    enum menu_level level;
    bool direct;    /* opened at one setting's choices: Esc closes it */
    size_t setting; /* whose choices are shown */
    struct list settings, choices;
};

enum menu_answer {
    MENU_MORE,
    MENU_CHOSEN, /* the command text is in out */
    MENU_TYPE    /* the user wants to type a value for query_menu_key(m) */
};

/* All settings, or the choices of one ("window"). False when there is no such setting. */
bool query_menu_open(struct query_menu *m, const char *key, const struct query_settings *now);
void query_menu_close(struct query_menu *m);
/* A moving action, ACT_DETAIL (Enter), ACT_BACK; others close it where they close a box. */
enum menu_answer query_menu_act(struct query_menu *m, enum action_id id, const struct query_settings *now,
                                char out[COMMAND_TEXT]);
void query_menu_draw(struct query_menu *m, const struct query_settings *now, const struct canvas *screen);

/* What a row of the menu as it stands says, for a search. Returns out. */
char *query_menu_label(const struct query_menu *m, size_t row, char *out, size_t cap);
/* The setting whose choices are shown: its key in [query]. */
const char *query_menu_key(const struct query_menu *m);
/* The n-th setting's key, and the n-th choice of one (it may bring another setting after a ';'); NULL past
 * the last. */
const char *query_setting_name(size_t n);
const char *query_setting_choice(const char *key, size_t n);
/* The value of a setting now, as a user would write it. Returns out. */
char *query_setting_text(char *out, size_t cap, const char *key, const struct query_settings *s);
/* "a duration", "complete, update or append": what may be written for it. Returns out. */
char *query_setting_allowed(char *out, size_t cap, const char *key);

/* Tries a change ("window=1 hour", several with ';') on a copy of the settings. True when the query would
 * take it and it changes something; else why holds one sentence. */
bool query_change_check(const struct query_settings *now, const char *change, char *why, size_t why_cap);

#endif
