/* Every picture there is, from fake views: each layout, each pane alone, each class of colours, Unicode and
 * ASCII, at many sizes, with views that are missing, empty, small, large and hostile. None may draw over a
 * border, leave a frame open, overlap, lose its header or footer, or show an empty pane that does not say why
 * it is empty. */
#include "gallery_views.h"
#include "picture.h"

#include "ui/keymap.h"
#include "ui/theme.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <wchar.h>
#include <wctype.h>

#include <cmocka.h>

enum { MOST_H = 80, MOST_W = 250 };

static wchar_t cells[MOST_H][MOST_W];
static char what[200]; /* the picture that is looked at, for messages */

static void read_cells(const struct ui *ui)
{
    for (int y = 0; y < ui->h; y++)
        for (int x = 0; x < ui->w; x++) {
            cchar_t c;
            wchar_t text[CCHARW_MAX + 1] = L"";
            attr_t attr;
            short pair;
            if (mvin_wch(y, x, &c) != OK || getcchar(&c, text, &attr, &pair, NULL) != OK)
                text[0] = L'?';
            cells[y][x] = text[0] ? text[0] : L' ';
        }
}

static void wrong(const struct ui *ui, int y, int x, const char *why)
{
    print_message("%s: %s, at row %d column %d\n", what, why, y + 1, x + 1);
    for (int row = 0; row < ui->h; row++)
        print_message("|%s|\n", picture_row(row));
    fail();
}

static void must_be(const struct ui *ui, int y, int x, wchar_t c, const char *why)
{
    if (cells[y][x] != c)
        wrong(ui, y, x, why);
}

/* ---- what must hold ---- */

static void frame_is_whole(const struct ui *ui, size_t pane)
{
    static const wchar_t sets[4][6] = {L"╭╮╰╯─│", L"┏┓┗┛━┃", L"++++-|", L"++++=|"};
    const struct rect r = ui->layout.pane[pane];
    const wchar_t *s = sets[2 * ui->ascii + (pane == ui->focus)];
    int right = r.x + r.w - 1, bottom = r.y + r.h - 1;
    must_be(ui, r.y, r.x, s[0], "a pane has lost its upper left corner");
    must_be(ui, r.y, right, s[1], "a pane has lost its upper right corner");
    must_be(ui, bottom, r.x, s[2], "a pane has lost its lower left corner");
    must_be(ui, bottom, right, s[3], "a pane has lost its lower right corner");
    for (int x = r.x + 1; x < right; x++)
        must_be(ui, bottom, x, s[4], "something is drawn over a pane's bottom");
    for (int y = r.y + 1; y < bottom; y++) {
        must_be(ui, y, r.x, s[5], "something is drawn over a pane's left side");
        must_be(ui, y, right, s[5], "something is drawn over a pane's right side");
    }
}

static bool has_letters(struct rect r)
{
    for (int y = r.y; y < r.y + r.h; y++)
        for (int x = r.x; x < r.x + r.w; x++)
            if (iswalnum((wint_t)cells[y][x]))
                return true;
    return false;
}

static void panes_are_apart(const struct ui *ui)
{
    const struct rect *r = ui->layout.pane, *b = &ui->layout.body;
    for (size_t i = 0; i < pane_count; i++) {
        if (!r[i].h)
            continue;
        if (r[i].y < b->y || r[i].x < b->x || r[i].y + r[i].h > b->y + b->h || r[i].x + r[i].w > b->x + b->w)
            wrong(ui, r[i].y, r[i].x, "a pane is not within the body");
        for (size_t k = 0; k < i; k++)
            if (r[k].h && r[i].y < r[k].y + r[k].h && r[k].y < r[i].y + r[i].h && r[i].x < r[k].x + r[k].w &&
                r[k].x < r[i].x + r[i].w)
                wrong(ui, r[i].y, r[i].x, "two panes overlap");
    }
}

static void panes_say_something(const struct ui *ui)
{
    for (size_t i = 0; i < pane_count; i++) {
        struct rect r = ui->layout.framed ? rect_inside(ui->layout.pane[i]) : ui->layout.pane[i];
        if (r.h > 0 && r.w >= 18 && !has_letters(r)) {
            print_message("pane %s\n", panes[i]->name);
            wrong(ui, r.y, r.x, "a pane is blank and does not say why");
        }
    }
}

static void characters_are_fit(const struct ui *ui)
{
    for (int y = 0; y < ui->h; y++)
        for (int x = 0; x < ui->w; x++) {
            wint_t c = (wint_t)cells[y][x];
            if (c < 0x20 || (c >= 0x7F && c < 0xA0) || (c >= 0x202A && c <= 0x202E))
                wrong(ui, y, x, "a control character is on the screen");
            if (ui->ascii && c > 0x7E)
                wrong(ui, y, x, "a character beyond ASCII is on an ASCII screen");
        }
}

static void picture_holds(struct picture *p)
{
    const struct ui *ui = &p->ui;
    ui_paint(&p->ui);
    read_cells(ui);
    characters_are_fit(ui);
    if (ui->layout.too_small)
        return;
    if (!has_letters(ui->layout.header))
        wrong(ui, 0, 0, "there is no header");
    wchar_t footer[MOST_W + 1] = L"";
    wmemcpy(footer, cells[ui->h - 1], (size_t)ui->w);
    if (!wcsstr(footer, L"quit"))
        wrong(ui, ui->h - 1, 0, "there is no footer that says how to quit");
    panes_are_apart(ui);
    panes_say_something(ui);
    for (size_t i = 0; ui->layout.framed && i < pane_count; i++)
        if (ui->layout.pane[i].h)
            frame_is_whole(ui, i);
}

/* ---- the ways through the gallery ---- */

static void resize(struct picture *p, int w, int h)
{
    if (w == p->ui.w && h == p->ui.h)
        return;
    assert_int_equal(resizeterm(h, w), OK);
    p->ui.w = w;
    p->ui.h = h;
}

static void name_it(const struct picture *p, enum gallery_kind kind, const char *show)
{
    (void)snprintf(what, sizeof what, "%s, layout %s, %s, %d colours, theme %s, %s, %dx%d",
                   gallery_name(kind), p->ui.plan->name, show, p->ui.theme.colours, p->ui.theme.name,
                   p->ui.ascii ? "ASCII" : "Unicode", p->ui.w, p->ui.h);
}

/* The pane that has the screen does all that it can: other views, details, orders, scrolling. */
static void do_all(struct picture *p, enum gallery_kind kind, size_t pane)
{
    const struct action *a;
    char show[80];
    for (size_t i = 0; (a = action_at(i)); i++)
        for (int times = a->id == ACT_VIEW || a->id == ACT_DETAIL ? 3 : 1;
             a->of_pane && pane_uses(panes[pane], a->id) && times > 0; times--) {
            (void)ui_act(&p->ui, a, key_of(a->keys[0]));
            (void)snprintf(show, sizeof show, "%s after %s", panes[pane]->name, a->name);
            name_it(p, kind, show);
            picture_holds(p);
        }
    for (int times = 0; times < 4; times++)
        (void)ui_key(&p->ui, K_ESC);
}

/* The layouts as they are, then each pane alone. */
static void show_all(struct picture *p, enum gallery_kind kind)
{
    for (size_t i = 0; i < plan_count; i++) {
        (void)ui_key(&p->ui, K_F1 + (int)i);
        name_it(p, kind, "all panes");
        picture_holds(p);
    }
    for (size_t i = 0; i < pane_count; i++) {
        p->ui.focus = i;
        p->ui.zoom = true;
        name_it(p, kind, panes[i]->name);
        picture_holds(p);
        do_all(p, kind, i);
    }
    p->ui.zoom = false;
}

static const int sizes[][2] = {{40, 10}, {80, 24}, {120, 40}, {200, 60}};
enum { SIZES = sizeof sizes / sizeof *sizes };

static void through_sizes(enum gallery_kind kind)
{
    struct picture p;
    for (int ascii = 0; ascii < 2; ascii++) {
        picture_open(&p, 80, 24, ascii);
        gallery_give(&p, kind);
        for (int s = 0; s < SIZES; s++) {
            resize(&p, sizes[s][0], sizes[s][1]);
            show_all(&p, kind);
        }
        picture_close(&p);
    }
}

static void before_any_view_each_pane_says_so(void **state)
{
    (void)state;
    through_sizes(GALLERY_NOTHING);
}

static void empty_views_leave_no_pane_blank(void **state)
{
    (void)state;
    through_sizes(GALLERY_EMPTY);
}

static void small_views_stay_within_their_panes(void **state)
{
    (void)state;
    through_sizes(GALLERY_SMALL);
}

static void large_views_stay_within_their_panes(void **state)
{
    (void)state;
    through_sizes(GALLERY_LARGE);
}

static void views_of_a_job_on_spark_stay_within_their_panes(void **state)
{
    (void)state;
    through_sizes(GALLERY_SPARK);
    through_sizes(GALLERY_LOST);
}

static void hostile_texts_stay_within_their_panes(void **state)
{
    (void)state;
    through_sizes(GALLERY_HOSTILE);
}

static void every_theme_and_class_of_colours_paints_every_pane(void **state)
{
    (void)state;
    static const int classes[] = {256, 16, 8, 0};
    struct picture p;
    picture_open(&p, 100, 30, false);
    gallery_give(&p, GALLERY_SMALL);
    for (size_t t = 0; theme_name(t); t++)
        for (size_t c = 0; c < sizeof classes / sizeof *classes; c++) {
            (void)theme_make(&p.ui.theme, theme_name(t), classes[c], classes[c] == 0);
            theme_apply(&p.ui.theme, c % 2 == 0);
            show_all(&p, GALLERY_SMALL);
        }
    picture_close(&p);
}

/* Every height up to 12 and every width up to 48, where things fold away, and then in steps that are no round
 * numbers. Layouts, panes and glyphs take turns. */
static void every_size_holds(void **state)
{
    (void)state;
    struct picture p;
    size_t turn = 0;
    for (int ascii = 0; ascii < 2; ascii++) {
        picture_open(&p, 80, 24, ascii);
        gallery_give(&p, GALLERY_HOSTILE);
        for (int h = 1; h <= MOST_H; h += h < 14 ? 1 : 7)
            for (int w = 1; w <= MOST_W; w += w < 24 ? 1 : w < 48 ? 3 : 19, turn++) {
                resize(&p, w, h);
                (void)ui_key(&p.ui, K_F1 + (int)(turn % plan_count));
                name_it(&p, GALLERY_HOSTILE, "all panes");
                picture_holds(&p);
                p.ui.focus = turn % pane_count;
                p.ui.zoom = true;
                name_it(&p, GALLERY_HOSTILE, panes[p.ui.focus]->name);
                picture_holds(&p);
                p.ui.zoom = false;
            }
        picture_close(&p);
    }
}

int main(void)
{
    if (!picture_locale())
        return 0;
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(before_any_view_each_pane_says_so),
        cmocka_unit_test(empty_views_leave_no_pane_blank),
        cmocka_unit_test(small_views_stay_within_their_panes),
        cmocka_unit_test(large_views_stay_within_their_panes),
        cmocka_unit_test(views_of_a_job_on_spark_stay_within_their_panes),
        cmocka_unit_test(hostile_texts_stay_within_their_panes),
        cmocka_unit_test(every_theme_and_class_of_colours_paints_every_pane),
        cmocka_unit_test(every_size_holds),
    };
    return cmocka_run_group_tests_name("gallery", tests, NULL, NULL);
}
