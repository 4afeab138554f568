/* What the command line's own words do with their values: each takes the word, so that several share one.
 * Each returns false with a sentence in err. Main thread. */
#ifndef UI_COMMAND_DO_H
#define UI_COMMAND_DO_H

#include "query/settings.h"

#include <stdbool.h>
#include <stddef.h>

struct ui;

/* on or off: pause-replay, pause-query, loop, freeze, zoom. */
bool command_switch(struct ui *ui, const char *name, const char *value, char *err, size_t cap);
/* rate, speed, pacing, burst, send, late, duplicates, malformed. */
bool command_replay(struct ui *ui, const char *name, const char *value, char *err, size_t cap);
/* focus, show, hide, explain. */
bool command_pane(struct ui *ui, const char *name, const char *value, char *err, size_t cap);
bool command_filter(struct ui *ui, const char *name, const char *value, char *err, size_t cap);
bool command_help(struct ui *ui, const char *name, const char *value, char *err, size_t cap);
/* export, export!: "svg", "svg picture.svg". */
bool command_export(struct ui *ui, const char *name, const char *value, char *err, size_t cap);
bool command_log_level(struct ui *ui, const char *name, const char *value, char *err, size_t cap);
/* A setting of the query: checked and noted down; several of one line become one change, asked for once. */
bool command_query_setting(struct ui *ui, const char *key, const char *value, char *err, size_t cap);
/* Where to read from: asked for first. */
bool command_seek(struct ui *ui, const char *name, const char *value, char *err, size_t cap);
/* "default", "6" or "6 2": partitions and copies (do_topic.c). */
bool command_create_topic(struct ui *ui, const char *name, const char *value, char *err, size_t cap);
/* The settings that the query has now, NULL before it has told. */
const struct query_settings *command_settings(const struct ui *ui);

#endif
