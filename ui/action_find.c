/* Looks into the table of actions (action.c), and writes it down for people. */
#include "ui/action.h"

#include "ui/keymap.h"
#include "ui/pane.h"

#include <stdio.h>
#include <string.h>

const struct action *action_of(enum action_id id)
{
    const struct action *a;
    for (size_t i = 0; (a = action_at(i)); i++)
        if (a->id == id)
            return a;
    return NULL;
}

const struct action *action_of_key(int key)
{
    if (key == K_NONE)
        return NULL;
    const struct action *a;
    for (size_t i = 0; (a = action_at(i)); i++)
        for (size_t k = 0; k < ACTION_KEYS && a->keys[k]; k++)
            if (key_of(a->keys[k]) == key)
                return a;
    return NULL;
}

const struct action *action_of_name(const char *name)
{
    const struct action *a;
    for (size_t i = 0; (a = action_at(i)); i++)
        if (!strcmp(a->name, name))
            return a;
    return NULL;
}

char *action_keys(const struct action *a, char *out, size_t cap)
{
    if (a->id == ACT_FOCUS) {
        snprintf(out, cap, "1-%zu", pane_count < 9 ? pane_count : (size_t)9);
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
        [GROUP_REPLAY] = "The replay",   [GROUP_QUERY] = "The query",
        [GROUP_PICTURE] = "The picture", [GROUP_ARRANGE] = "The panes of a layout",
        [GROUP_LIST] = "In a list",      [GROUP_PROGRAM] = "The program",
    };
    return group < GROUP_COUNT ? titles[group] : "";
}

void action_print_man(FILE *out)
{
    char keys[64];
    const struct action *a;
    fprintf(out, ".SH KEYS\n");
    for (int g = 0; g < GROUP_COUNT; g++) {
        fprintf(out, ".SS %s\n", action_group_title((enum action_group)g));
        for (size_t i = 0; (a = action_at(i)); i++)
            if (a->group == (enum action_group)g) {
                fprintf(out, ".TP\n.B \"");
                for (const char *s = action_keys(a, keys, sizeof keys); *s; s++)
                    if (*s == '-' || *s == '\\')
                        fprintf(out, *s == '-' ? "\\-" : "\\e");
                    else
                        (void)fputc(*s, out);
                fprintf(out, "\"\n%s\n", a->help);
            }
    }
}
