/* What is chosen on the screen is kept over a restart: the file's text, and when it is read and written. */
#include "picture.h"

#include "base/xalloc.h"
#include "log.h"
#include "options_table.h"
#include "ui/keep.h"
#include "ui/keymap.h"
#include "ui/ui_settings.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

static char folder[] = "/tmp/keep-test-XXXXXX";
static char path[200], bad[210];

static int group_open(void **state)
{
    (void)state;
    if (!mkdtemp(folder))
        return -1;
    snprintf(path, sizeof path, "%s/sfcrime-tui/screen.ini", folder);
    snprintf(bad, sizeof bad, "%s.bad", path);
    return setenv("XDG_STATE_HOME", folder, 1);
}

static int group_close(void **state)
{
    (void)state;
    char room[200];
    snprintf(room, sizeof room, "%s/sfcrime-tui", folder);
    (void)unlink(path);
    (void)unlink(bad);
    (void)rmdir(room);
    return rmdir(folder);
}

static int fresh(void **state)
{
    (void)state;
    (void)unlink(path);
    (void)unlink(bad);
    return log_open(NULL, (char[200]){0}, 200);
}

static void write_file(const char *name, const char *text)
{
    char room[200];
    snprintf(room, sizeof room, "%s/sfcrime-tui", folder);
    (void)mkdir(room, 0700);
    FILE *f = fopen(name, "w");
    assert_non_null(f);
    assert_true(fputs(text, f) >= 0);
    assert_int_equal(fclose(f), 0);
}

static char *file_text(const char *name)
{
    static char text[4000];
    FILE *f = fopen(name, "r");
    if (!f)
        return NULL;
    text[fread(text, 1, sizeof text - 1, f)] = '\0';
    (void)fclose(f);
    return text;
}

static bool was_logged(const char *what)
{
    static struct log_entry lines[200];
    uint64_t serial;
    size_t n = log_read(lines, 200, LOG_DEBUG, &serial);
    for (size_t i = 0; i < n; i++)
        if (strstr(lines[i].text, what))
            return true;
    return false;
}

static void start(struct picture *p)
{
    picture_open(p, 120, 40, false);
    ui_keep_open(&p->ui);
}

static void stop(struct picture *p)
{
    ui_keep_close(&p->ui);
    picture_close(p);
}

/* ---- the text ---- */

static void what_is_written_is_read_again(void **state)
{
    (void)state;
    struct kept a, b;
    size_t len;
    char why[200];
    kept_init(&a);
    kept_init(&b);
    snprintf(a.setting[KEPT_THEME], KEPT_WORD, "light");
    assert_true(arrange_hide(&a.layout[1], arrange_nth(&a.layout[1], 1)));
    arrange_place(&a.layout[0], arrange_nth(&a.layout[0], 1), PLACE_BOTTOM);
    a.layout[0].shown[0].lines = 12;
    a.layout[0].main_share = 333;
    char *text = kept_text(&a, &len), *again;
    assert_int_equal(len, strlen(text));
    write_file(path, text);
    assert_int_equal(kept_read(&b, path, why, sizeof why), KEPT_READ);
    assert_string_equal(why, "");
    assert_string_equal(b.setting[KEPT_THEME], "light");
    assert_string_equal(b.setting[KEPT_LAYOUT], "");
    assert_int_equal(b.layout[0].main_share, 333);
    assert_int_equal(b.layout[0].shown[0].lines, 12);
    assert_int_equal(b.layout[1].count, a.layout[1].count);
    assert_true(arrange_is_planned(&b.layout[2], &plans[2]));
    again = kept_text(&b, &len);
    assert_string_equal(again, text);
    free(text);
    free(again);
    kept_free(&a);
    kept_free(&b);
}

static void what_a_newer_version_wrote_is_carried_along(void **state)
{
    (void)state;
    struct kept k;
    size_t len;
    char why[200];
    kept_init(&k);
    write_file(path, "[screen]\nversion = 7\ntheme = dark\nsound = loud\n"
                     "[layout overview]\npanes = aggregates main, hologram side, replay side 8\nglow = 3\n"
                     "[layout teatime]\npanes = tea main\n");
    assert_int_equal(kept_read(&k, path, why, sizeof why), KEPT_READ);
    assert_non_null(strstr(why, "newer version"));
    assert_string_equal(k.setting[KEPT_THEME], "dark");
    assert_int_equal(k.layout[0].count, 2);
    char *text = kept_text(&k, &len);
    assert_non_null(strstr(text, "sound = loud\n"));
    assert_non_null(strstr(text, "glow = 3\n"));
    assert_non_null(strstr(text, "[layout teatime]\npanes = tea main\n"));
    free(text);
    kept_free(&k);
}

static void damaged_and_foreign_files_give_the_defaults_and_a_reason(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "",
        "\n",
        "[screen]\n",
        "[screen]\ntheme = dark\n",
        "[window]\nversion = 1\n",
        "[screen]\nversion = 1\ntheme\n",
        "\177ELF\n",
        "[screen]\nversion = many\n",
    };
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        struct kept k;
        char why[200];
        kept_init(&k);
        write_file(path, texts[i]);
        assert_int_equal(kept_read(&k, path, why, sizeof why), KEPT_DAMAGED);
        assert_true(strlen(why) > 5);
        assert_string_equal(k.setting[KEPT_THEME], "");
        assert_true(arrange_is_planned(&k.layout[0], &plans[0]));
        kept_free(&k);
    }
}

/* A pipe would be waited for, a device and a file of any size be read on and on. */
static void what_is_no_ordinary_file_is_not_read(void **state)
{
    (void)state;
    static char large[100000];
    struct kept k;
    char why[200];
    kept_init(&k);
    memset(large, '\n', sizeof large - 1);
    write_file(path, large);
    assert_int_equal(kept_read(&k, path, why, sizeof why), KEPT_DAMAGED);
    (void)unlink(path);
    assert_int_equal(symlink("/dev/zero", path), 0);
    assert_int_equal(kept_read(&k, path, why, sizeof why), KEPT_DAMAGED);
    (void)unlink(path);
    assert_int_equal(mkfifo(path, 0600), 0);
    (void)alarm(20);
    assert_int_equal(kept_read(&k, path, why, sizeof why), KEPT_DAMAGED);
    (void)alarm(0);
    assert_non_null(strstr(why, "is no file that the screen wrote"));
    kept_free(&k);
}

/* No line of a file may bring panes twice, lines without end, or a layout without panes. */
static void nonsense_in_a_list_of_panes_is_left_out(void **state)
{
    (void)state;
    static const char *const lists[] = {"nothing",     "replay", "replay main 2",          "replay side x",
                                        "replay roof", ",,,",    "replay main 99999999999"};
    for (size_t i = 0; i < sizeof lists / sizeof *lists; i++) {
        struct kept k;
        char why[200], text[200];
        kept_init(&k);
        snprintf(text, sizeof text,
                 "[screen]\nversion = 1\n[layout overview]\npanes = %s\nmain-share = 5000\n", lists[i]);
        write_file(path, text);
        assert_int_equal(kept_read(&k, path, why, sizeof why), KEPT_READ);
        assert_true(arrange_is_planned(&k.layout[0], &plans[0]));
        kept_free(&k);
    }
    struct kept k;
    char why[200];
    kept_init(&k);
    write_file(path, "[screen]\nversion = 1\n[layout overview]\npanes = log main, log side, log main 5\n");
    assert_int_equal(kept_read(&k, path, why, sizeof why), KEPT_READ);
    assert_int_equal(k.layout[0].count, 1);
    kept_free(&k);
}

/* ---- when ---- */

static void choices_are_there_again_after_a_restart(void **state)
{
    (void)state;
    struct picture p;
    start(&p);
    picture_press(&p, "3X");
    picture_press(&p, "T");
    (void)ui_key(&p.ui, K_F1 + 1);
    stop(&p);
    start(&p);
    assert_string_equal(p.ui.theme.name, "dark");
    assert_string_equal(p.ui.plan->name, "query");
    (void)ui_key(&p.ui, K_F1);
    picture_must_show(&p, "2 Replay");
    assert_false(picture_shows(&p, "3 Offsets"));
    picture_press(&p, "Dy");
    picture_must_show(&p, "3 Offsets");
    stop(&p);
    assert_null(strstr(file_text(path), "[layout"));
}

static void nothing_is_written_where_nothing_was_chosen(void **state)
{
    (void)state;
    struct picture p;
    start(&p);
    picture_give_all(&p);
    picture_press(&p, "\tz\033s");
    ui_keep_look(&p.ui);
    stop(&p);
    assert_null(file_text(path));
}

static void an_option_wins_and_is_not_saved(void **state)
{
    (void)state;
    struct picture p;
    write_file(path, "[screen]\nversion = 1\ntheme = light\nlayout = query\n");
    picture_open(&p, 120, 40, false);
    struct option_origin *origins = xcalloc(option_count, sizeof *origins);
    p.fake.options.origins = origins;
    p.fake.options.ui.theme = "dark";
    origins[option_find("ui", "theme") - option_table].kind = ORIGIN_COMMAND_LINE;
    /* A config.ini that states the default, as ours does for every key, decides nothing. */
    p.fake.options.ui.layout = "overview";
    origins[option_find("ui", "layout") - option_table].kind = ORIGIN_FILE;
    assert_true(ui_theme_use(&p.ui, "dark", false));
    ui_keep_open(&p.ui);
    assert_string_equal(p.ui.theme.name, "dark");
    assert_string_equal(p.ui.plan->name, "query");
    (void)ui_key(&p.ui, K_F1 + 2);
    stop(&p);
    assert_non_null(strstr(file_text(path), "theme = light\n"));
    assert_non_null(strstr(file_text(path), "layout = cluster\n"));
    free(origins);
}

static void no_color_is_stronger_than_a_kept_theme(void **state)
{
    (void)state;
    struct picture p;
    write_file(path, "[screen]\nversion = 1\ntheme = light\n");
    picture_open(&p, 120, 40, false);
    p.fake.options.ui.monochrome = true;
    ui_keep_open(&p.ui);
    assert_string_equal(p.ui.theme.name, "light");
    assert_int_equal(p.ui.theme.colours, 0);
    stop(&p);
}

static void a_damaged_file_is_put_aside_and_said_once(void **state)
{
    (void)state;
    struct picture p;
    write_file(path, "what is this\n");
    start(&p);
    assert_string_equal(p.ui.plan->name, "overview");
    assert_true(was_logged("screen.ini.bad"));
    picture_press(&p, "T");
    stop(&p);
    assert_string_equal(file_text(bad), "what is this\n");
    assert_non_null(strstr(file_text(path), "theme = dark"));
}

static void a_folder_that_cannot_be_made_is_said_and_the_screen_goes_on(void **state)
{
    (void)state;
    struct picture p;
    char file[200];
    snprintf(file, sizeof file, "%s/not-a-folder", folder);
    write_file(file, "");
    assert_int_equal(setenv("XDG_STATE_HOME", file, 1), 0);
    start(&p);
    picture_press(&p, "T");
    stop(&p);
    assert_int_equal(setenv("XDG_STATE_HOME", folder, 1), 0);
    assert_int_equal(unlink(file), 0);
    assert_true(was_logged("cannot be written"));
}

static void a_home_that_is_missing_is_not_made(void **state)
{
    (void)state;
    struct picture p;
    char *home = getenv("HOME") ? xstrdup(getenv("HOME")) : NULL, missing[200];
    snprintf(missing, sizeof missing, "%s/no-home", folder);
    assert_int_equal(unsetenv("XDG_STATE_HOME"), 0);
    assert_int_equal(setenv("HOME", missing, 1), 0);
    start(&p);
    picture_press(&p, "T");
    stop(&p);
    assert_int_equal(setenv("XDG_STATE_HOME", folder, 1), 0);
    if (home)
        assert_int_equal(setenv("HOME", home, 1), 0);
    free(home);
    assert_int_equal(access(missing, F_OK), -1);
    assert_true(was_logged("cannot be written"));
}

static void without_a_home_nothing_is_kept(void **state)
{
    (void)state;
    struct picture p;
    char *home = getenv("HOME") ? xstrdup(getenv("HOME")) : NULL;
    assert_int_equal(unsetenv("XDG_STATE_HOME"), 0);
    assert_int_equal(unsetenv("HOME"), 0);
    start(&p);
    assert_true(was_logged("neither XDG_STATE_HOME nor HOME"));
    picture_press(&p, "T");
    ui_keep_look(&p.ui);
    stop(&p);
    assert_int_equal(setenv("XDG_STATE_HOME", folder, 1), 0);
    if (home)
        assert_int_equal(setenv("HOME", home, 1), 0);
    free(home);
}

static void it_is_written_a_moment_after_the_last_change_without_waiting(void **state)
{
    (void)state;
    struct picture p;
    start(&p);
    picture_press(&p, "T");
    ui_keep_look(&p.ui);
    p.ui.now_ms += 900;
    picture_press(&p, "T");
    ui_keep_look(&p.ui);
    p.ui.now_ms += 900; /* not yet: the last change is younger than that */
    ui_keep_look(&p.ui);
    assert_null(p.ui.keep.job);
    p.ui.now_ms += 200;
    ui_keep_look(&p.ui);
    assert_non_null(p.ui.keep.job);
    for (int i = 0; p.ui.keep.job && i < 10000; i++) {
        (void)nanosleep(&(struct timespec){.tv_nsec = 1000000}, NULL);
        ui_keep_look(&p.ui);
    }
    assert_null(p.ui.keep.job);
    assert_non_null(strstr(file_text(path), "theme = light"));
    stop(&p);
}

static void it_can_be_forgotten(void **state)
{
    (void)state;
    struct picture p;
    write_file(path, "[screen]\nversion = 1\ntheme = light\n");
    picture_open(&p, 120, 40, false);
    p.fake.options.ui.reset = true;
    ui_keep_open(&p.ui);
    assert_string_equal(p.ui.theme.name, "default");
    stop(&p);
    assert_null(file_text(path));
}

int main(void)
{
    if (!picture_locale())
        return 0;
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(what_is_written_is_read_again, fresh),
        cmocka_unit_test_setup(what_a_newer_version_wrote_is_carried_along, fresh),
        cmocka_unit_test_setup(damaged_and_foreign_files_give_the_defaults_and_a_reason, fresh),
        cmocka_unit_test_setup(what_is_no_ordinary_file_is_not_read, fresh),
        cmocka_unit_test_setup(nonsense_in_a_list_of_panes_is_left_out, fresh),
        cmocka_unit_test_setup(choices_are_there_again_after_a_restart, fresh),
        cmocka_unit_test_setup(nothing_is_written_where_nothing_was_chosen, fresh),
        cmocka_unit_test_setup(an_option_wins_and_is_not_saved, fresh),
        cmocka_unit_test_setup(no_color_is_stronger_than_a_kept_theme, fresh),
        cmocka_unit_test_setup(a_damaged_file_is_put_aside_and_said_once, fresh),
        cmocka_unit_test_setup(a_folder_that_cannot_be_made_is_said_and_the_screen_goes_on, fresh),
        cmocka_unit_test_setup(a_home_that_is_missing_is_not_made, fresh),
        cmocka_unit_test_setup(without_a_home_nothing_is_kept, fresh),
        cmocka_unit_test_setup(it_is_written_a_moment_after_the_last_change_without_waiting, fresh),
        cmocka_unit_test_setup(it_can_be_forgotten, fresh),
    };
    return cmocka_run_group_tests_name("keep", tests, group_open, group_close);
}
