#include "ui/action.h"

#include "ui/action_table.h"
#include "ui/keymap.h"
#include "ui/state.h"

#include <stdio.h>
#include <string.h>

const struct action *action_of(enum action_id id)
{
    for (size_t i = 0; i < action_table_count; i++)
        if (action_table[i].id == id)
            return &action_table[i];
    return NULL;
}

const struct action *action_of_key(int key)
{
    if (key == K_NONE)
        return NULL;
    for (size_t i = 0; i < action_table_count; i++)
        for (size_t k = 0; k < ACTION_KEYS && action_table[i].keys[k]; k++)
            if (key_of(action_table[i].keys[k]) == key)
                return &action_table[i];
    return NULL;
}

const struct action *action_of_name(const char *name)
{
    for (size_t i = 0; i < action_table_count; i++)
        if (!strcmp(action_table[i].name, name))
            return &action_table[i];
    return NULL;
}

const struct action *action_at(size_t n)
{
    return n < action_table_count ? &action_table[n] : NULL;
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
        [GROUP_REPLAY] = "The replay",
        [GROUP_FAULTS] = "Faults for an audience (embedded cluster)",
        [GROUP_QUERY] = "The query",
        [GROUP_PICTURE] = "The picture",
        [GROUP_ARRANGE] = "The panes of a layout",
        [GROUP_LIST] = "In a list",
        [GROUP_PROGRAM] = "The program",
    };
    return group < GROUP_COUNT ? titles[group] : "";
}

void action_print_man(FILE *out)
{
    char keys[64];
    fprintf(out, ".SH KEYS\n");
    for (int g = 0; g < GROUP_COUNT; g++) {
        fprintf(out, ".SS %s\n", action_group_title((enum action_group)g));
        for (size_t i = 0; i < action_table_count; i++)
            if (action_table[i].group == (enum action_group)g) {
                fprintf(out, ".TP\n.B \"");
                for (const char *s = action_keys(&action_table[i], keys, sizeof keys); *s; s++)
                    if (*s == '-' || *s == '\\')
                        fprintf(out, *s == '-' ? "\\-" : "\\e");
                    else
                        (void)fputc(*s, out);
                fprintf(out, "\"\n%s\n", action_table[i].help);
            }
    }
}
