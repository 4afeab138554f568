/* Where the program's own files are found: the checkout of the build, an installed prefix, the user's folder.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "paths.h"

static char top[] = "/tmp/paths-test-XXXXXX";

/* top/name with every folder above it; content does not matter. */
static void make_file(const char *name)
{
    char path[300];
    snprintf(path, sizeof path, "%s/%s", top, name);
    for (char *slash = path + 1; (slash = strchr(slash, '/')); slash++) {
        *slash = '\0';
        mkdir(path, 0755);
        *slash = '/';
    }
    FILE *f = fopen(path, "w");
    assert_non_null(f);
    fclose(f);
}

static void is_at(char *found, const char *name)
{
    char path[300];
    snprintf(path, sizeof path, "%s/%s", top, name);
    assert_non_null(found);
    assert_string_equal(found, path);
    free(found);
}

static char *data_of(const char *exe_dir, const char *name)
{
    char folder[300];
    snprintf(folder, sizeof folder, "%s/%s", top, exe_dir);
    return paths_data_from(folder, name);
}

static char *config_of(const char *exe_dir, const char *name)
{
    char folder[300];
    snprintf(folder, sizeof folder, "%s/%s", top, exe_dir);
    return paths_config_from(folder, name);
}

static int remove_one(const char *path, const struct stat *st, int kind, struct FTW *at)
{
    (void)st, (void)kind, (void)at;
    return remove(path);
}

static int set_up(void **state)
{
    (void)state;
    char home[64];
    if (!mkdtemp(top))
        return -1;
    snprintf(home, sizeof home, "%s/home", top);
    unsetenv("XDG_CONFIG_HOME");
    return setenv("HOME", home, 1);
}

static int tear_down(void **state)
{
    (void)state;
    return nftw(top, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

static void a_build_finds_the_data_it_made_and_the_files_of_its_checkout(void **state)
{
    (void)state;
    make_file("src/app/main.c");
    make_file("src/build/sfcrime-tui");
    make_file("src/build/data/calls.json");
    make_file("src/data/radio_code.json");
    make_file("src/config/config.ini");
    is_at(data_of("src/build", "calls.json"), "src/build/data/calls.json");
    is_at(data_of("src/build", "radio_code.json"), "src/data/radio_code.json");
    is_at(config_of("src/build", "config.ini"), "src/config/config.ini");
    assert_null(data_of("src/build", "nothing.json"));
}

static void a_build_further_down_uses_the_data_of_the_ordinary_one(void **state)
{
    (void)state;
    make_file("src/app/main.c");
    make_file("src/build/data/calls.json");
    make_file("src/config/config.ini");
    make_file("src/build/asan/sfcrime-tui");
    is_at(data_of("src/build/asan", "calls.json"), "src/build/data/calls.json");
    is_at(config_of("src/build/asan", "config.ini"), "src/config/config.ini");
}

static void an_installed_program_finds_its_share_folder(void **state)
{
    (void)state;
    make_file("usr/bin/sfcrime-tui");
    make_file("usr/share/sfcrime-tui/calls.json");
    make_file("usr/share/sfcrime-tui/config.ini");
    is_at(data_of("usr/bin", "calls.json"), "usr/share/sfcrime-tui/calls.json");
    is_at(config_of("usr/bin", "config.ini"), "usr/share/sfcrime-tui/config.ini");
}

static void the_users_own_config_comes_first(void **state)
{
    (void)state;
    char xdg[64];
    make_file("usr/share/sfcrime-tui/config.ini");
    make_file("usr/bin/x");
    make_file("home/.config/sfcrime-tui/config.ini");
    is_at(config_of("usr/bin", "config.ini"), "home/.config/sfcrime-tui/config.ini");
    snprintf(xdg, sizeof xdg, "%s/xdg", top);
    setenv("XDG_CONFIG_HOME", xdg, 1);
    is_at(config_of("usr/bin", "config.ini"), "usr/share/sfcrime-tui/config.ini");
    make_file("xdg/sfcrime-tui/config.ini");
    is_at(config_of("usr/bin", "config.ini"), "xdg/sfcrime-tui/config.ini");
    setenv("XDG_CONFIG_HOME", "relative", 1);
    is_at(config_of("usr/bin", "config.ini"), "home/.config/sfcrime-tui/config.ini");
    unsetenv("XDG_CONFIG_HOME");
}

static void a_folder_of_the_name_is_not_the_file(void **state)
{
    (void)state;
    make_file("opt/bin/x");
    make_file("opt/share/sfcrime-tui/calls.json/inside");
    assert_null(data_of("opt/bin", "calls.json"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_build_finds_the_data_it_made_and_the_files_of_its_checkout),
        cmocka_unit_test(a_build_further_down_uses_the_data_of_the_ordinary_one),
        cmocka_unit_test(an_installed_program_finds_its_share_folder),
        cmocka_unit_test(the_users_own_config_comes_first),
        cmocka_unit_test(a_folder_of_the_name_is_not_the_file),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
