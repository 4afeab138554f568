#include "keys.h"

#include <stdlib.h>
#include <string.h>

static const struct {
    const char *name;
    int key;
    int modifier;
} keys[] = {
    {"Tab", VTERM_KEY_TAB, 0},       {"S-Tab", VTERM_KEY_TAB, VTERM_MOD_SHIFT},
    {"Esc", VTERM_KEY_ESCAPE, 0},    {"Enter", VTERM_KEY_ENTER, 0},
    {"BS", VTERM_KEY_BACKSPACE, 0},  {"Up", VTERM_KEY_UP, 0},
    {"Down", VTERM_KEY_DOWN, 0},     {"Left", VTERM_KEY_LEFT, 0},
    {"Right", VTERM_KEY_RIGHT, 0},   {"Home", VTERM_KEY_HOME, 0},
    {"End", VTERM_KEY_END, 0},       {"PgUp", VTERM_KEY_PAGEUP, 0},
    {"PgDn", VTERM_KEY_PAGEDOWN, 0}, {"Ins", VTERM_KEY_INS, 0},
    {"Del", VTERM_KEY_DEL, 0},
};

bool keys_press(struct term *t, const char *name, size_t len)
{
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) {
        if (strlen(keys[i].name) == len && strncmp(keys[i].name, name, len) == 0) {
            term_key(t, (VTermKey)keys[i].key, (VTermModifier)keys[i].modifier);
            return true;
        }
    }
    long function = len >= 2 && len <= 3 && name[0] == 'F' ? strtol(name + 1, NULL, 10) : 0;
    if (function > 0) {
        term_key(t, (VTermKey)VTERM_KEY_FUNCTION(function), VTERM_MOD_NONE);
    } else if (len == 3 && strncmp(name, "C-", 2) == 0) {
        char c = name[2] & 0x1f;
        term_type(t, &c, 1);
    } else if (len == 5 && strncmp(name, "Space", 5) == 0) {
        term_type(t, " ", 1);
    } else if (len == 2 && strncmp(name, "lt", 2) == 0) {
        term_type(t, "<", 1);
    } else {
        return false;
    }
    return true;
}
