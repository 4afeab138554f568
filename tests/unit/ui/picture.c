#include "picture.h"

#include "base/text.h"

#include "ui/keymap.h"
#include "ui/screen.h"

#include <locale.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <wchar.h>

#include <cmocka.h>

enum { ROW_BYTES = 4000 };

bool picture_locale(void)
{
    if (setlocale(LC_ALL, "C.UTF-8"))
        return true;
    print_message("skip - the locale C.UTF-8 is not installed\n");
    return false;
}

void picture_open(struct picture *p, int w, int h, bool ascii)
{
    struct screen_info info = {.ascii = ascii, .colours = 256, .has_default = true};
    memset(p, 0, sizeof *p);
    fake_open(&p->fake);
    p->null_in = fopen("/dev/null", "r");
    p->null_out = fopen("/dev/null", "w");
    assert_true(p->null_in && p->null_out);
    p->curses = newterm("xterm-256color", p->null_out, p->null_in);
    assert_non_null(p->curses);
    (void)start_color();
    (void)use_default_colors();
    assert_int_equal(resizeterm(h, w), OK);
    ui_open(&p->ui, &p->fake.parts, &info);
    p->ui.h = h;
    p->ui.w = w;
    p->ui.now_ms = 100000;
}

void picture_close(struct picture *p)
{
    (void)endwin();
    delscreen(p->curses);
    (void)fclose(p->null_in);
    (void)fclose(p->null_out);
    ui_close(&p->ui);
    fake_close(&p->fake);
}

void picture_give(struct picture *p, struct query_view *q, struct replay_view *r, struct cluster_view *c)
{
    if (q)
        hub_put_query(&p->fake.hub, q);
    if (r)
        hub_put_replay(&p->fake.hub, r);
    if (c) {
        for (size_t i = 0; i < c->partitions_count; i++)
            c->partitions[i].asked_mono_ms = p->ui.now_ms;
        hub_put_cluster(&p->fake.hub, c);
    }
    (void)ui_take_query(&p->ui);
    (void)ui_take_others(&p->ui);
}

void picture_give_all(struct picture *p)
{
    picture_give(p, fake_query(42, 11), fake_replay(REPLAY_RUNNING), fake_cluster(19));
}

void picture_press(struct picture *p, const char *keys)
{
    for (; *keys; keys++)
        (void)ui_key(&p->ui, *keys == '\n' ? K_ENTER : *keys == '\033' ? K_ESC : *keys);
}

/* A row of the picture as UTF-8. */
const char *picture_row(int y)
{
    static char text[ROW_BYTES];
    wchar_t wide[ROW_BYTES / 4 - 1];
    move(y, 0);
    if (innwstr(wide, ROW_BYTES / 4 - 2) == ERR)
        return "";
    wide[ROW_BYTES / 4 - 2] = L'\0';
    size_t n = wcstombs(text, wide, sizeof text - 1);
    text[n == (size_t)-1 ? 0 : n] = '\0';
    return text;
}

bool picture_shows(struct picture *p, const char *what)
{
    ui_paint(&p->ui);
    for (int y = 0; y < p->ui.h; y++)
        if (strstr(picture_row(y), what))
            return true;
    return false;
}

void picture_must_show(struct picture *p, const char *what)
{
    if (picture_shows(p, what))
        return;
    for (int y = 0; y < p->ui.h; y++)
        print_message("|%s\n", picture_row(y));
    fail_msg("\"%s\" is not on the screen", what);
}

void picture_must_be_whole(struct picture *p)
{
    ui_paint(&p->ui);
    for (int y = 0; y < p->ui.h; y++) {
        const char *row = picture_row(y);
        if (text_width(row) != p->ui.w)
            fail_msg("row %d has %d columns: %s", y, text_width(row), row);
        for (; p->ui.ascii && *row; row++)
            if ((unsigned char)*row >= 0x80)
                fail_msg("row %d is not ASCII: %s", y, row);
    }
}
