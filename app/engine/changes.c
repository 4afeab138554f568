#include "engine/changes.h"

#include "command.h"
#include "options.h"

#include <stdio.h>
#include <string.h>

bool changes_apply(struct query_settings *s, const char *text, char *err, size_t err_cap)
{
    char copy[COMMAND_TEXT];
    snprintf(copy, sizeof copy, "%s", text);
    char *rest = copy;
    for (char *one = strsep(&rest, ";"); one; one = strsep(&rest, ";")) {
        char *value = strchr(one, '=');
        if (!value) {
            snprintf(err, err_cap, "a change is written setting=value");
            return false;
        }
        *value++ = '\0';
        if (!options_set_query(s, one, value, err, err_cap))
            return false;
    }
    const char *unfit = query_settings_check(s);
    if (unfit)
        snprintf(err, err_cap, "%s", unfit);
    return !unfit;
}
