/* What was chosen on the screen and outlives the run, as text and back: layout, theme, charts, mouse, and
 * what the user made of each layout. The file is an ini file that people may read and change. Lines that a
 * newer version wrote are carried along untouched. No terminal and no thread here. */
#ifndef UI_KEPT_H
#define UI_KEPT_H

#include "ui/arrange.h"

#include <stdbool.h>
#include <stddef.h>

#define KEPT_WORD 32

/* The settings that are kept, by their names in [ui]. */
enum kept_setting { KEPT_LAYOUT, KEPT_THEME, KEPT_CHARTS, KEPT_MOUSE, KEPT_SETTINGS };
extern const char *const kept_names[KEPT_SETTINGS];

struct kept {
    char setting[KEPT_SETTINGS][KEPT_WORD]; /* "" = never chosen on the screen */
    struct arrangement layout[PLANS_MOST];  /* in the order of plans; as planned where nothing was changed */
    struct kept_line {
        char *section, *key, *value;
    } * unknown; /* owned */
    size_t unknown_count;
};

/* Nothing chosen yet. kept_free ends it. */
void kept_init(struct kept *k);
void kept_free(struct kept *k);

enum kept_result { KEPT_READ, KEPT_NO_FILE, KEPT_DAMAGED };
/* Reads a file into an initialised struct. KEPT_DAMAGED: one sentence in why, and k holds nothing. Otherwise
 * why is empty, or one sentence about what of it could not be used. */
enum kept_result kept_read(struct kept *k, const char *path, char *why, size_t why_cap);

/* The file's text, fresh memory for the caller to free. */
char *kept_text(const struct kept *k, size_t *len);

#endif
