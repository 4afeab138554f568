/* One setting's value as text and back: what a user may write for each type of the option table, and how it
 * is written again for --check-config and the man page. Main thread, but for option_set on a struct of its
 * own. */
#ifndef APP_OPTIONS_VALUE_H
#define APP_OPTIONS_VALUE_H

#include "base/text.h"
#include "options_table.h"

/* Sets the row's member from text. False when text is not allowed: o is unchanged and hint holds what may
 * help
 * ("did you mean 'global'?") or is empty. Not for OPTION_PROPERTY, OPTION_SETTING and OPTION_ACTION. */
bool option_set(struct options *o, const struct option_row *row, const char *text, char *hint,
                size_t hint_cap);

/* Appends the member's value, in a form that option_set takes ("" for a text that is not set). */
void option_show(const struct options *o, const struct option_row *row, struct strbuf *out);

/* Appends what is allowed: "a whole number from 1 to 10", "file or time". */
void option_allowed(const struct option_row *row, struct strbuf *out);

/* Fills the start member: earliest, latest, a time, or JSON of offsets (options_start.c). */
bool option_set_start(struct options *o, const char *text, char *hint, size_t hint_cap);
/* NULL, or why the offsets cannot be for this topic; the text lives in err. */
const char *option_check_start(const struct options *o, char *err, size_t err_cap);

/* After files and command line: what 'bundled' stands for, settings that lean on each other, the environment.
 * False with a sentence in err. */
bool options_finish(struct options *o, char *err, size_t err_cap);

/* Appends where a value came from: "default", "config.ini:12", "command line". */
void option_where(const struct options *o, const struct option_origin *origin, struct strbuf *out);

/* Adds one -X; false with a sentence in err. A secret's env:NAME or file:PATH is read here. */
bool option_add_property(struct options *o, const char *text, char *err, size_t err_cap);

#endif
