#include "paths.h"

#include "base/xalloc.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* How far above the program a checkout may begin: build/, build/asan/, build/a/b/. */
enum { CHECKOUT_LEVELS = 3 };

static bool is_file(const char *path)
{
    struct stat st;
    return stat(path, &st) == 0 && S_ISREG(st.st_mode);
}

/* Takes path over: gives it back, or frees it and gives NULL. */
static char *if_there(char *path)
{
    if (is_file(path))
        return path;
    free(path);
    return NULL;
}

/* The checkout above exe_dir, known by its main.c. */
static char *checkout_of(const char *exe_dir)
{
    char *folder = xstrdup(exe_dir);
    for (int level = 0; level < CHECKOUT_LEVELS; level++) {
        char *parent = xasprintf("%s/..", folder);
        free(folder);
        folder = parent;
        char *mark = if_there(xasprintf("%s/app/main.c", folder));
        if (mark) {
            free(mark);
            char *plain = realpath(folder, NULL);
            free(folder);
            return plain;
        }
    }
    free(folder);
    return NULL;
}

static char *installed(const char *exe_dir, const char *name)
{
    char *found = if_there(xasprintf("%s/../share/sfcrime-tui/%s", exe_dir, name));
    char *plain = found ? realpath(found, NULL) : NULL;
    free(found);
    return plain;
}

/* What the build made stands beside the program; what is kept in git stands in the checkout. */
static char *own_file(const char *exe_dir, const char *room, const char *name)
{
    char *found = if_there(xasprintf("%s/%s/%s", exe_dir, room, name));
    if (found)
        return found;
    char *checkout = checkout_of(exe_dir);
    if (checkout) {
        found = if_there(xasprintf("%s/%s/%s", checkout, room, name));
        if (!found)
            found = if_there(xasprintf("%s/build/%s/%s", checkout, room, name));
        free(checkout);
    }
    return found ? found : installed(exe_dir, name);
}

char *paths_data_from(const char *exe_dir, const char *name)
{
    return own_file(exe_dir, "data", name);
}

char *paths_config_from(const char *exe_dir, const char *name)
{
    const char *xdg = getenv("XDG_CONFIG_HOME"), *home = getenv("HOME");
    char *found = NULL;
    /* The XDG standard says to ignore a relative path. */
    if (xdg && *xdg == '/')
        found = if_there(xasprintf("%s/sfcrime-tui/%s", xdg, name));
    else if (home && *home)
        found = if_there(xasprintf("%s/.config/sfcrime-tui/%s", home, name));
    return found ? found : own_file(exe_dir, "config", name);
}

char *paths_state(const char *name)
{
    const char *xdg = getenv("XDG_STATE_HOME"), *home = getenv("HOME");
    if (xdg && *xdg == '/')
        return xasprintf("%s/sfcrime-tui/%s", xdg, name);
    return home && *home == '/' ? xasprintf("%s/.local/state/sfcrime-tui/%s", home, name) : NULL;
}

/* The folder that the running program is in; fresh memory, NULL where /proc cannot tell. */
static char *exe_folder(void)
{
    char *path = realpath("/proc/self/exe", NULL);
    char *slash = path ? strrchr(path, '/') : NULL;
    if (slash)
        *slash = '\0';
    return path;
}

char *paths_data(const char *name)
{
    char *folder = exe_folder();
    char *found = folder ? paths_data_from(folder, name) : NULL;
    free(folder);
    return found;
}

char *paths_job(void)
{
    char *folder = exe_folder();
    char *found = folder ? own_file(folder, "app/spark", "job.py") : NULL;
    if (folder && !found)
        found = installed(folder, "spark/job.py");
    free(folder);
    return found;
}

char *paths_config(const char *name)
{
    char *folder = exe_folder();
    char *found = folder ? paths_config_from(folder, name) : NULL;
    free(folder);
    return found;
}
