/* Text of every script and no script, in every place that text comes from: no border of any pane moves, in
 * any layout, and no character reaches the terminal that could drive it. */
#include "picture.h"

#include "base/text.h"
#include "base/xalloc.h"
#include "ui/keymap.h"
#include "ui/shot.h"

#include <locale.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <wchar.h>

#include <cmocka.h>

static const char *const hostile[] = {
    "\xE6\x97\xA5\xE6\x9C\xAC\xE8\xAA\x9E wide \xEF\xBC\xA1\xEF\xBC\xA2",
    "\xD7\xA9\xD7\x9C\xD7\x95\xD7\x9D 37 \xD8\xB4\xD8\xA7\xD8\xB1\xD8\xB9",
    "\xE2\x80\xAE tekcirt\xE2\x81\xA6\xE2\x80\x8F",
    "z\xCC\x88\xCC\x88\xCC\x88\xCC\x88\xCC\x88\xCC\x88 tower",
    "\xCC\x81 begins with a mark",
    "\U0001F468\u200D\U0001F469\u200D\U0001F467 \u2764\uFE0F",
    "\U0001F1FA\U0001F1F8 1\uFE0F\u20E3",
    "\xF0\x9F\x91\x8D\xF0\x9F\x8F\xBD\xF0\x9F\x91\x8D\xF0\x9F\x91\x8D\xF0\x9F\x91\x8D\xF0\x9F\x91\x8D",
    "\033[2J\033]0;title\007\x9B\x35m\x90q",
    "cut \xE6\x97",
    "\xFF\xFE\xC0\x9B",
    "\xE2\x80\x8B\xE2\x81\xA0\xC2\xAD",
    "tab\there\nand\rthere\x7F",
    "\xEA\xB0\x80\xE1\x84\x92\xE1\x85\xA1\xE1\x86\xAB",
    "\xE0\xA4\xB8\xE0\xA5\x8D\xE0\xA4\xA4\xE0\xA5\x87",
    "",
};
enum { HOSTILES = sizeof hostile / sizeof *hostile };

static void put(char *to, size_t cap, size_t which)
{
    const char *s = hostile[which % HOSTILES];
    (void)text_clean(to, cap, s, strlen(s), false);
}

static struct query_view *hostile_query(size_t turn)
{
    enum { NAME = 200 };
    struct query_view *v = fake_query(42, HOSTILES + 1);
    char *name = fake_texts(v, v->keys.count, NAME);
    for (size_t i = 0; i < v->keys.count; i++, name += NAME) {
        if (i < HOSTILES)
            put(name, NAME, i + turn);
        else
            memset(name, 'L', NAME - 1);
        fake_field(v, i, 0, name);
    }
    fake_history(v, 30);
    fake_detail(v, 0);
    for (size_t i = 0; i < v->detail->parts; i++)
        put(v->detail->part[i].disposition, sizeof v->detail->part[i].disposition, i + turn);
    for (size_t i = 0; i < v->detail->calls; i++)
        put(v->detail->call[i].address, sizeof v->detail->call[i].address, i + turn + 4);
    for (v->late_count = 0; v->late_count < 5; v->late_count++)
        put(v->late[v->late_count].type, sizeof v->late[0].type, v->late_count + turn);
    put(v->message, sizeof v->message, turn + 1);
    put(v->last_bad, sizeof v->last_bad, turn + 2);
    v->rows_bad[BAD_NOT_JSON] = 3;
    return v;
}

static struct replay_view *hostile_replay(size_t turn)
{
    struct replay_view *r = fake_replay(turn % 2 ? REPLAY_HELD : REPLAY_FAILED);
    put(r->message, sizeof r->message, turn + 3);
    put(r->dataset, sizeof r->dataset, turn + 4);
    return r;
}

static struct cluster_view *hostile_cluster(size_t turn)
{
    struct cluster_view *c = fake_cluster(19);
    put(c->topic, sizeof c->topic, turn + 5);
    put(c->message, sizeof c->message, turn + 6);
    put(c->bootstrap, sizeof c->bootstrap, turn + 7);
    c->brokers[1].up = turn % 3 != 0;
    for (size_t i = 0; i < c->brokers_count; i++)
        put(c->brokers[i].address, sizeof c->brokers[i].address, turn + i);
    for (c->groups_count = 0; c->groups_count < 3; c->groups_count++)
        put(c->groups[c->groups_count].name, sizeof c->groups[0].name, turn + c->groups_count);
    return c;
}

static bool is_one_of(const char *text, const char *const *of, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (!strncmp(text, of[i], strlen(of[i])) && *text)
            return true;
    return false;
}

/* The sides of every framed pane are where the layout has put them, in every row. */
static void borders_must_stand(const struct picture *p, const char *what)
{
    static const char *const sides[] = {"│", "┃", "╭", "╮", "╰", "╯", "┏", "┓", "┗", "┛"};
    struct shot *s = shot_take(p->ui.h, p->ui.w, false);
    for (size_t i = 0; p->ui.layout.framed && i < pane_count; i++) {
        struct rect r = p->ui.layout.pane[i];
        if (r.h < 2 || r.w < 2)
            continue;
        for (int y = r.y; y < r.y + r.h; y++) {
            const struct shot_cell *left = shot_cell_at(s, y, r.x),
                                   *right = shot_cell_at(s, y, r.x + r.w - 1);
            if (!is_one_of(left->text, sides, 10) || !is_one_of(right->text, sides, 10))
                fail_msg("%s: pane %s, row %d: %s", what, panes[i]->name, y, picture_row(y));
        }
    }
    for (int y = 0; y < s->h; y++)
        for (int x = 0; x < s->w; x++) {
            const struct shot_cell *cell = shot_cell_at(s, y, x);
            char safe[64];
            /* The marks around right-to-left letters are the one thing that text_clean would not let in. */
            char *mark = strstr(cell->text, "\xE2\x80\x8E");
            if (mark || !cell->columns)
                continue;
            (void)text_clean(safe, sizeof safe, cell->text, strlen(cell->text), false);
            assert_string_equal(safe, cell->text);
        }
    shot_free(s);
}

static void no_text_moves_a_border(void **state)
{
    (void)state;
    static const int sizes[][2] = {{80, 24}, {120, 40}, {200, 60}, {60, 20}};
    static const int layouts[] = {K_F1, K_F1 + 1, K_F1 + 2, K_F1 + 3};
    for (size_t turn = 0; turn < HOSTILES; turn++) {
        struct picture p;
        picture_open(&p, sizes[turn % 4][0], sizes[turn % 4][1], false);
        picture_give(&p, hostile_query(turn), hostile_replay(turn), hostile_cluster(turn));
        for (size_t l = 0; l < 4; l++) {
            (void)ui_key(&p.ui, layouts[l]);
            ui_paint(&p.ui);
            borders_must_stand(&p, "a layout");
        }
        (void)ui_key(&p.ui, K_F1);
        picture_press(&p, "1\n");
        ui_paint(&p.ui);
        borders_must_stand(&p, "a type opened");
        picture_press(&p, "\033z");
        ui_paint(&p.ui);
        borders_must_stand(&p, "the table alone");
        picture_press(&p, "zx");
        ui_paint(&p.ui);
        borders_must_stand(&p, "what was not counted");
        ui_notice(&p.ui, true, "wrote %s", p.ui.now.replay->dataset);
        ui_paint(&p.ui);
        borders_must_stand(&p, "a notice");
        picture_close(&p);
    }
}

static void counts_stand_in_one_column_whatever_the_names_are(void **state)
{
    (void)state;
    struct picture p;
    picture_open(&p, 120, 40, false);
    picture_give(&p, hostile_query(0), hostile_replay(0), hostile_cluster(0));
    ui_paint(&p.ui);
    struct shot *s = shot_take(40, 120, false);
    const struct rect r = p.ui.layout.pane[p.ui.focus];
    int column = -1;
    for (int y = r.y + 2, rows = 0; rows < 8; y++, rows++) {
        int x = r.x + 1 + 20; /* no name but the long one reaches its column's end */
        char count[32];
        int64_t total = 1204 / (rows + 1) + 1;
        (void)text_count(count, sizeof count, total);
        for (;; x++) {
            size_t k = 0;
            while (count[k] && shot_cell_at(s, y, x + (int)k)->text[0] == count[k])
                k++;
            if (!count[k] && shot_cell_at(s, y, x + (int)k)->text[0] == ' ')
                break;
            assert_true(x < r.x + r.w - 2);
        }
        x += (int)strlen(count);
        if (column >= 0)
            assert_int_equal(x, column);
        column = x;
    }
    shot_free(s);
    picture_close(&p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(no_text_moves_a_border),
        cmocka_unit_test(counts_stand_in_one_column_whatever_the_names_are),
    };
    if (!setlocale(LC_CTYPE, "C.UTF-8"))
        return 77;
    return cmocka_run_group_tests_name("hostile text", tests, NULL, NULL);
}
