/* The screen's own settings, those of [ui] that may change while it runs: theme, layout, ascii, mouse,
 * charts, frame-rate. Their choices and what is allowed come from the one table of options; a command line
 * completes and sets them by name. Main thread only. */
#ifndef UI_UI_SETTINGS_H
#define UI_UI_SETTINGS_H

#include <stdbool.h>
#include <stddef.h>

struct ui;

/* The n-th setting's name ("theme"); NULL past the last. */
const char *ui_setting_name(size_t n);
/* The n-th value that is worth offering for it; NULL past the last, and for a name that is none of ours. */
const char *ui_setting_choice(const char *name, size_t n);
/* One sentence about it; NULL for a name that is none of ours. */
const char *ui_setting_help(const char *name);
/* Its value now, as a user would write it. Returns out (empty for a name that is none of ours). */
char *ui_setting_text(const struct ui *ui, const char *name, char *out, size_t cap);

/* Takes a value over at once; the next painting shows it. False with one sentence in err: no such setting, a
 * value that is not allowed, or one that this terminal cannot do. */
bool ui_setting_set(struct ui *ui, const char *name, const char *value, char *err, size_t cap);

/* The theme of that name for this terminal, its colours made; false when there is none of that name (the
 * default is taken then). */
bool ui_theme_use(struct ui *ui, const char *name, bool monochrome);

#endif
