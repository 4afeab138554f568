#include "environment.h"

#include "base/xalloc.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char *const passed_on[] = {"PATH",          "ASAN_OPTIONS",    "LSAN_OPTIONS", "TSAN_OPTIONS",
                                        "UBSAN_OPTIONS", "LD_LIBRARY_PATH", "SFCRIME_BIN"};

void environment_set(struct environment *e, char *setting)
{
    size_t name = strcspn(setting, "=");

    for (size_t i = 0; i < e->count; i++) {
        if (strncmp(e->list[i], setting, name) == 0 && e->list[i][name] == '=') {
            free(e->list[i]);
            e->list[i] = e->list[--e->count];
            break;
        }
    }
    if (setting[name] == '=') {
        e->list = xreallocarray(e->list, e->count + 2, sizeof *e->list);
        e->list[e->count++] = setting;
    } else {
        free(setting);
    }
    if (e->list)
        e->list[e->count] = NULL;
}

struct environment environment_new(const char *folder)
{
    struct environment e = {0};

    for (size_t i = 0; i < sizeof passed_on / sizeof *passed_on; i++) {
        const char *value = getenv(passed_on[i]);
        if (value)
            environment_set(&e, xasprintf("%s=%s", passed_on[i], value));
    }
    environment_set(&e, xasprintf("HOME=%s", folder));
    environment_set(&e, xasprintf("TMPDIR=%s", folder));
    environment_set(&e, xasprintf("XDG_CONFIG_HOME=%s/config", folder));
    environment_set(&e, xasprintf("XDG_STATE_HOME=%s/state", folder));
    environment_set(&e, xstrdup("TERM=xterm-256color"));
    environment_set(&e, xstrdup("LANG=C.UTF-8"));
    return e;
}

void environment_free(struct environment *e)
{
    for (size_t i = 0; i < e->count; i++)
        free(e->list[i]);
    free(e->list);
    *e = (struct environment){0};
}

char *folder_new(void)
{
    const char *base = getenv("TMPDIR");
    char *folder = xasprintf("%s/sfcrime-screen-XXXXXX", base && *base ? base : "/tmp");

    if (mkdtemp(folder))
        return folder;
    free(folder);
    return NULL;
}

void folder_remove(const char *folder)
{
    char *command = xasprintf("rm -rf '%s'", folder);

    if (system(command) != 0)
        printf("# could not remove %s\n", folder);
    free(command);
}
