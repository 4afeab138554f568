/* What is written to files: the picture as it is on the screen in three formats, the table, the figures
 * behind the charts; and that no file is overwritten unasked. */
#include "picture.h"

#include "base/xalloc.h"
#include "ui/export.h"
#include "ui/export_menu.h"
#include "ui/figures_csv.h"
#include "ui/keymap.h"
#include "ui/shot.h"
#include "ui/table_csv.h"

#include <ctype.h>
#include <locale.h>
#include <math.h>
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

static char folder[] = "/tmp/sfcrime-export-XXXXXX";

static char *slurp(const char *path)
{
    struct strbuf b = {0};
    char part[4096];
    FILE *f = fopen(path, "re");
    if (!f)
        return NULL;
    for (size_t n; (n = fread(part, 1, sizeof part, f)) > 0;)
        strbuf_add(&b, part, n);
    (void)fclose(f);
    return b.data ? b.data : xstrdup("");
}

static char *shot_of(struct picture *p, enum shot_format format)
{
    size_t len;
    ui_paint(&p->ui);
    struct shot *s = shot_take(p->ui.h, p->ui.w, false);
    char *bytes = shot_bytes(s, format, &len);
    assert_int_equal(len, strlen(bytes));
    shot_free(s);
    return bytes;
}

static void the_text_is_what_is_on_the_screen(void **state)
{
    (void)state;
    struct picture p;
    picture_open(&p, 100, 30, false);
    picture_give_all(&p);
    char *text = shot_of(&p, SHOT_TEXT), *at = text;
    for (int y = 0; y < 30; y++) {
        char row[4000];
        char *end = strchr(at, '\n');
        assert_non_null(end);
        snprintf(row, sizeof row, "%s", picture_row(y));
        for (size_t n = strlen(row); n && row[n - 1] == ' '; n--)
            row[n - 1] = '\0';
        *end = '\0';
        assert_string_equal(at, row);
        at = end + 1;
    }
    assert_string_equal(at, "");
    free(text);
    picture_close(&p);
}

/* Takes colour sequences out, and fails on any other byte that drives a terminal. */
static void strip_colours(char *text)
{
    char *to = text;
    for (char *s = text; *s; s++) {
        if (*s != '\033') {
            assert_true((unsigned char)*s >= 0x20 || *s == '\n');
            *to++ = *s;
            continue;
        }
        assert_true(s[1] == '[');
        s += 2;
        while (isdigit((unsigned char)*s) || *s == ';')
            s++;
        assert_true(*s == 'm');
    }
    *to = '\0';
}

static void the_ansi_picture_is_the_text_with_colours_that_end(void **state)
{
    (void)state;
    struct picture p;
    picture_open(&p, 100, 30, false);
    picture_give_all(&p);
    char *text = shot_of(&p, SHOT_TEXT), *ansi = shot_of(&p, SHOT_ANSI);
    assert_non_null(strstr(ansi, "\033[0;1;38;5;"));
    /* Whatever a line switched on is off at its end. */
    for (char *end = strchr(ansi, '\n'), *from = ansi; end; from = end + 1, end = strchr(from, '\n')) {
        char *last = NULL;
        for (char *s = from; s < end; s++)
            if (*s == '\033')
                last = s;
        assert_true(!last || !strncmp(last, "\033[0m", 4) || !strncmp(last, "\033[0;m", 5));
    }
    strip_colours(ansi);
    /* Blanks that have a colour of their own stay at a line's end. */
    for (char *a = ansi, *t = text; *t; t++) {
        while (*a == ' ' && *t == '\n')
            a++;
        assert_true(*a == *t);
        a++;
    }
    free(text);
    free(ansi);
    picture_close(&p);
}

/* Well-formed as far as this file goes: tags match, text and attributes hold no sign of markup, no byte is
 * one that XML forbids. */
static void must_be_xml(const char *svg)
{
    char open[16][24];
    size_t depth = 0;
    for (const char *s = svg; *s; s++) {
        assert_true((unsigned char)*s >= 0x20 || *s == '\n');
        if (*s == '&')
            assert_true(!strncmp(s, "&amp;", 5) || !strncmp(s, "&lt;", 4) || !strncmp(s, "&gt;", 4));
        assert_true(*s != '>');
        if (*s != '<')
            continue;
        size_t n = strcspn(s + 1, " >/?");
        const char *end = strchr(s, '>');
        assert_non_null(end);
        assert_null(memchr(s + 1, '<', (size_t)(end - s) - 1));
        if (s[1] == '/') {
            assert_true(depth > 0);
            depth--;
            assert_true(!strncmp(open[depth], s + 2, strlen(open[depth])));
        } else if (s[1] != '?' && end[-1] != '/') {
            assert_true(depth < 16 && n < sizeof open[0]);
            snprintf(open[depth++], sizeof open[0], "%.*s", (int)n, s + 1);
        }
        s = end;
    }
    assert_int_equal(depth, 0);
}

static void the_svg_is_xml_with_every_character_at_its_column(void **state)
{
    (void)state;
    const char *const names[] = {"<b>&amp;\"x\"</b>", "京 wide", "e\xCC\x81 one", NULL};
    const int64_t totals[] = {3000, 200, 10};
    struct picture p;
    picture_open(&p, 100, 30, false);
    picture_give(&p, fake_table(1, names, totals), fake_replay(REPLAY_RUNNING), fake_cluster(0));
    char *svg = shot_of(&p, SHOT_SVG);
    must_be_xml(svg);
    assert_non_null(strstr(svg, "&lt;b&gt;&amp;amp;\"x\"&lt;/b&gt;"));
    /* The frame and the mark of the selected row stand before the name: column 2. */
    assert_non_null(strstr(svg, "x=\"18\" y=\"86\" textLength=\"18\" lengthAdjust=\"spacingAndGlyphs\">京<"));
    assert_non_null(
        strstr(svg, "x=\"45\" y=\"86\" textLength=\"36\" lengthAdjust=\"spacingAndGlyphs\">wide<"));
    assert_non_null(strstr(svg, ">e\xCC\x81<"));
    /* Counts end where they do on the screen, whatever stands before them. */
    ui_paint(&p.ui);
    struct shot *s = shot_take(30, 100, false);
    int end[3] = {0}; /* of the first figure of each row */
    for (int row = 0; row < 3; row++) {
        while (!isdigit((unsigned char)shot_cell_at(s, row + 3, end[row])->text[0]))
            end[row]++;
        while (strchr("0123456789,", shot_cell_at(s, row + 3, end[row])->text[0]))
            end[row]++;
    }
    assert_int_equal(end[0], end[1]);
    assert_int_equal(end[1], end[2]);
    shot_free(s);
    free(svg);
    picture_close(&p);
}

/* Waits for the export to end and returns what it said. */
static const char *said(struct picture *p, bool *ok)
{
    static char sentence[320];
    struct pollfd fd = {.fd = p->fake.hub.wake_fd, .events = POLLIN};
    uint64_t n;
    assert_non_null(p->ui.exporting);
    for (int i = 0; i < 200 && !export_ended(p->ui.exporting, ok, sentence, sizeof sentence); i++)
        if (poll(&fd, 1, 100) > 0)
            (void)!read(fd.fd, &n, sizeof n);
    p->ui.exporting = NULL;
    return sentence;
}

static void the_menu_writes_the_screen_without_itself(void **state)
{
    (void)state;
    struct picture p;
    bool ok;
    picture_open(&p, 100, 30, false);
    picture_give_all(&p);
    picture_press(&p, "E");
    picture_must_show(&p, "Write to a file");
    picture_must_show(&p, "the figures of aggregates as CSV");
    picture_press(&p, "4");
    assert_non_null(strstr(said(&p, &ok), "sfcrime-screen-batch-42.txt"));
    assert_true(ok);
    char *text = slurp("sfcrime-screen-batch-42.txt");
    assert_non_null(text);
    assert_null(strstr(text, "Write to a file"));
    assert_non_null(strstr(text, "Traffic Stop"));
    free(text);
    picture_press(&p, "E\033");
    assert_false(picture_shows(&p, "Write to a file"));
    picture_close(&p);
}

/* As root one would lose /dev/null that way. */
static void what_is_no_ordinary_file_is_not_replaced(void **state)
{
    (void)state;
    struct picture p;
    struct stat st;
    bool ok;
    picture_open(&p, 100, 30, false);
    picture_give_all(&p);
    assert_int_equal(mkfifo("pipe", 0600), 0);
    (void)ui_export(&p.ui, "csv!", "pipe");
    assert_non_null(strstr(said(&p, &ok), "is no ordinary file: nothing was written"));
    assert_false(ok);
    assert_int_equal(lstat("pipe", &st), 0);
    assert_true(S_ISFIFO(st.st_mode));
    assert_int_equal(symlink("behind.csv", "link.csv"), 0);
    (void)ui_export(&p.ui, "csv", "behind.csv");
    (void)said(&p, &ok);
    (void)ui_export(&p.ui, "text!", "link.csv");
    (void)said(&p, &ok);
    assert_true(ok);
    assert_int_equal(lstat("link.csv", &st), 0);
    assert_true(S_ISLNK(st.st_mode));
    char *text = slurp("behind.csv");
    assert_non_null(strstr(text, "RUNNING"));
    free(text);
    picture_close(&p);
}

static void a_named_file_is_replaced_only_when_that_was_said(void **state)
{
    (void)state;
    struct picture p;
    struct stat st;
    bool ok;
    picture_open(&p, 100, 30, false);
    picture_give_all(&p);
    (void)ui_export(&p.ui, "json", "mine.json");
    (void)said(&p, &ok);
    assert_true(ok);
    char *json = slurp("mine.json");
    assert_non_null(strstr(json, "{\"window_start\":\"2018-12-31T"));
    assert_non_null(strstr(json, "\"original_crime_type_name\":\"Traffic Stop\",\"count\":10}"));
    (void)ui_export(&p.ui, "text", "mine.json");
    assert_non_null(strstr(said(&p, &ok), "is there already: nothing was written"));
    assert_false(ok);
    char *again = slurp("mine.json");
    assert_string_equal(json, again);
    free(again);
    (void)ui_export(&p.ui, "text!", "mine.json");
    (void)said(&p, &ok);
    assert_true(ok);
    again = slurp("mine.json");
    assert_non_null(strstr(again, "RUNNING"));
    assert_int_not_equal(stat("mine.json.tmp", &st), 0);
    (void)ui_export(&p.ui, "csv", "nowhere/mine.csv");
    assert_non_null(strstr(said(&p, &ok), "No such file or directory"));
    assert_false(ok);
    (void)ui_export(&p.ui, "png", NULL);
    assert_null(p.ui.exporting);
    picture_must_show(&p, "there is no export as png");
    free(json);
    free(again);
    picture_close(&p);
}

static void before_the_first_batch_the_screen_can_be_written_but_no_table(void **state)
{
    (void)state;
    struct picture p;
    bool ok;
    picture_open(&p, 100, 30, false);
    (void)ui_export(&p.ui, "csv", NULL);
    assert_null(p.ui.exporting);
    picture_must_show(&p, "nothing to write yet");
    (void)ui_export(&p.ui, "svg", NULL);
    assert_non_null(strstr(said(&p, &ok), "sfcrime-screen.svg"));
    picture_close(&p);
}

/* Every line of a CSV has as many fields as its first. */
static void must_be_rectangular(const char *csv)
{
    size_t columns = 0, here = 1;
    bool quoted = false;
    for (const char *s = csv; *s; s++) {
        quoted ^= *s == '"';
        here += *s == ',' && !quoted;
        if (*s != '\n')
            continue;
        columns = columns ? columns : here;
        if (here != columns)
            fail_msg("%zu fields instead of %zu in\n%s", here, columns, csv);
        here = 1;
    }
    assert_true(columns > 1);
}

static void every_panes_figures_are_a_table(void **state)
{
    (void)state;
    struct picture p;
    picture_open(&p, 100, 30, false);
    struct query_view *v = fake_query(42, 11);
    fake_history(v, 20);
    fake_detail(v, 1);
    struct cluster_view *c = fake_cluster(19);
    c->lag_history_count = 3;
    c->lag_history[0] = NAN;
    c->lag_history[1] = 7;
    picture_give(&p, v, fake_replay(REPLAY_RUNNING), c);
    size_t with = 0;
    for (size_t i = 0; i < pane_count; i++) {
        struct pane_env env;
        size_t len = 0;
        if (!panes[i]->figures)
            continue;
        with++;
        ui_env(&p.ui, i, &env);
        panes[i]->prepare(p.ui.pane_state[i], &env);
        char *csv = panes[i]->figures(p.ui.pane_state[i], &env, &len);
        assert_non_null(csv);
        assert_int_equal(len, strlen(csv));
        assert_null(strstr(csv, "nan"));
        assert_null(strstr(csv, "9223372036854775808"));
        must_be_rectangular(csv);
        free(csv);
    }
    assert_true(with >= 5);
    size_t len;
    char *csv = figures_detail(p.ui.now.query, &len);
    must_be_rectangular(csv);
    assert_non_null(strstr(csv, "hour,00,1,,,,\r\n"));
    free(csv);
    csv = figures_lag(p.ui.now.cluster, &len);
    assert_non_null(strstr(csv, "\r\nlag,1,,19\r\n"));
    assert_non_null(strstr(csv, "\r\nlag,all,2,\r\nlag,all,1,7\r\n"));
    free(csv);
    picture_close(&p);
}

static void with_nothing_there_figures_are_none_or_a_heading(void **state)
{
    (void)state;
    size_t len;
    assert_null(figures_batches(NULL, &len));
    assert_null(figures_marks(NULL, &len));
    assert_null(figures_trends(NULL, NULL, 0, &len));
    assert_null(figures_detail(NULL, &len));
    assert_null(figures_lag(NULL, &len));
    assert_null(figures_operators(NULL, &len));
}

static int go_there(void **state)
{
    (void)state;
    return setlocale(LC_CTYPE, "C.UTF-8") && mkdtemp(folder) && chdir(folder) == 0 ? 0 : -1;
}

static int leave(void **state)
{
    (void)state;
    static const char *const made[] = {
        "sfcrime-screen-batch-42.txt", "sfcrime-screen.svg", "mine.json", "pipe", "link.csv", "behind.csv"};
    for (size_t i = 0; i < sizeof made / sizeof *made; i++)
        (void)unlink(made[i]);
    return chdir("/") == 0 && rmdir(folder) == 0 ? 0 : -1; /* nothing else was left there */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_text_is_what_is_on_the_screen),
        cmocka_unit_test(the_ansi_picture_is_the_text_with_colours_that_end),
        cmocka_unit_test(the_svg_is_xml_with_every_character_at_its_column),
        cmocka_unit_test(the_menu_writes_the_screen_without_itself),
        cmocka_unit_test(a_named_file_is_replaced_only_when_that_was_said),
        cmocka_unit_test(what_is_no_ordinary_file_is_not_replaced),
        cmocka_unit_test(before_the_first_batch_the_screen_can_be_written_but_no_table),
        cmocka_unit_test(every_panes_figures_are_a_table),
        cmocka_unit_test(with_nothing_there_figures_are_none_or_a_heading),
    };
    return cmocka_run_group_tests_name("export", tests, go_there, leave);
}
