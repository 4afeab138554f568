/* Does a case of tests/screen/cases press every key of the action table, and show every pane, layout and
 * theme at every size that counts? A case says what it shows in a comment, and the step after that has to
 * look for it:
 *
 *     # shows pane batches
 *     wait "Batches"
 *
 * at the size that the screen has there. */
#include "base/xalloc.h"
#include "ui/action.h"
#include "ui/pane.h"
#include "ui/plans.h"
#include "ui/theme.h"

#include <glob.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { TOKENS_MOST = 4000, SHOWN_MOST = 2000, NAME = 32 };

static const char *const sizes[] = {"40x10", "80x24", "120x40", "200x60"};
enum { SIZES = sizeof sizes / sizeof *sizes };

static struct {
    char pressed[TOKENS_MOST][NAME]; /* keys by name, those that are text for a prompt left out */
    size_t pressed_count;
    char shown[SHOWN_MOST][3 * NAME]; /* "pane batches 80x24" */
    size_t shown_count;
    size_t cases;
} seen;

/* ---- reading the cases ---- */

struct reading {
    const char *path;
    char size[NAME];
    char before[NAME]; /* the key before this one */
    bool typing;       /* a prompt is open: what follows is text */
    char claim[2 * NAME];
};

static bool is(const char *key, const char *const *list)
{
    for (; *list; list++)
        if (!strcmp(*list, key))
            return true;
    return false;
}

static void press(struct reading *r, const char *key)
{
    static const char *const opens[] = {":", "/", "r", "=", NULL}, *const closes[] = {"Enter", "Esc", NULL},
                             *const asks[] = {"R", "C", "D", "Enter", NULL},
                             *const answers[] = {"y", "n", NULL};
    bool answer = is(key, answers) && is(r->before, asks);
    if (!r->typing && !answer && seen.pressed_count < TOKENS_MOST)
        (void)snprintf(seen.pressed[seen.pressed_count++], NAME, "%s", key);
    if (is(key, closes))
        r->typing = false;
    else if (is(key, opens))
        r->typing = true;
    (void)snprintf(r->before, sizeof r->before, "%s", key);
}

/* keys "ab<Enter>" */
static void read_keys(struct reading *r, const char *text)
{
    char key[NAME];
    const char *end = strrchr(text, '"');
    for (const char *at = strchr(text, '"') + 1; at < end;) {
        const char *close = *at == '<' ? strchr(at, '>') : NULL;
        const char *from = close ? at + 1 : at;
        size_t len = close ? (size_t)(close - from) : 1;
        (void)snprintf(key, sizeof key, "%.*s", (int)len, from);
        press(r, strcmp(key, "lt") ? key : "<");
        at = close ? close + 1 : at + 1;
    }
}

static bool starts(const char *line, const char *word)
{
    return !strncmp(line, word, strlen(word));
}

static void read_line(struct reading *r, const char *line)
{
    static const char *const looks[] = {"wait ", "has ", "row ", "expect", "rises ", "steady ", NULL};
    if (r->claim[0] && *line && *line != '#') {
        bool looked = false;
        for (size_t i = 0; looks[i]; i++)
            looked |= starts(line, looks[i]);
        if (!looked)
            fail_msg("%s: after \"# shows %s\" comes a step that looks for it, not: %s", r->path, r->claim,
                     line);
        if (seen.shown_count < SHOWN_MOST)
            (void)snprintf(seen.shown[seen.shown_count++], sizeof seen.shown[0], "%s %s", r->claim, r->size);
        r->claim[0] = '\0';
    }
    if (starts(line, "# shows "))
        (void)snprintf(r->claim, sizeof r->claim, "%s", line + 8);
    else if (starts(line, "size ") || starts(line, "resize "))
        (void)snprintf(r->size, sizeof r->size, "%s", strchr(line, ' ') + 1);
    else if (starts(line, "keys \""))
        read_keys(r, line);
}

static void read_case(const char *path)
{
    struct reading r = {.path = path, .size = "80x24"};
    char *line = NULL;
    size_t cap = 0;
    ssize_t n;
    FILE *f = fopen(path, "re");
    assert_non_null(f);
    while ((n = getline(&line, &cap, f)) > 0) {
        if (line[n - 1] == '\n')
            line[n - 1] = '\0';
        read_line(&r, line);
    }
    free(line);
    (void)fclose(f);
    seen.cases++;
}

static int read_all(void **state)
{
    (void)state;
    const char *source = getenv("TEST_SOURCE");
    char *pattern = xasprintf("%s/tests/screen/cases/*.screen", source ? source : ".");
    glob_t found;
    int status = glob(pattern, 0, NULL, &found);
    for (size_t i = 0; status == 0 && i < found.gl_pathc; i++)
        read_case(found.gl_pathv[i]);
    if (status == 0)
        globfree(&found);
    free(pattern);
    return status;
}

/* ---- what must be there ---- */

static bool is_pressed(const char *key)
{
    for (size_t i = 0; i < seen.pressed_count; i++)
        if (!strcmp(seen.pressed[i], key))
            return true;
    return false;
}

static void every_action_is_pressed_by_a_case(void **state)
{
    (void)state;
    const struct action *a;
    size_t missing = 0;
    for (size_t i = 0; (a = action_at(i)); i++) {
        bool any = false, all = true;
        for (size_t k = 0; k < ACTION_KEYS && a->keys[k]; k++) {
            bool pressed = is_pressed(a->keys[k]);
            any |= pressed;
            all &= pressed;
        }
        /* Keys that do different things (a pane's number, a layout's) are pressed each. */
        if (a->id == ACT_LAYOUT || a->id == ACT_FOCUS ? all : any)
            continue;
        print_message("no case presses %s: %s\n", a->keys[0], a->name);
        missing++;
    }
    assert_int_equal(missing, 0);
}

static void must_be_shown(const char *kind, const char *name, size_t *missing)
{
    char wanted[3 * NAME];
    for (size_t s = 0; s < SIZES; s++) {
        bool found = false;
        (void)snprintf(wanted, sizeof wanted, "%s %s %s", kind, name, sizes[s]);
        for (size_t i = 0; i < seen.shown_count && !found; i++)
            found = !strcmp(seen.shown[i], wanted);
        if (!found) {
            print_message("no case shows %s %s at %s\n", kind, name, sizes[s]);
            ++*missing;
        }
    }
}

static void every_pane_is_shown_at_every_size(void **state)
{
    (void)state;
    size_t missing = 0;
    for (size_t i = 0; i < pane_count; i++)
        must_be_shown("pane", panes[i]->name, &missing);
    assert_int_equal(missing, 0);
}

static void every_layout_is_shown_at_every_size(void **state)
{
    (void)state;
    size_t missing = 0;
    for (size_t i = 0; i < plan_count; i++)
        must_be_shown("layout", plans[i].name, &missing);
    assert_int_equal(missing, 0);
}

static void every_theme_is_shown_at_every_size(void **state)
{
    (void)state;
    size_t missing = 0;
    for (size_t i = 0; theme_name(i); i++)
        must_be_shown("theme", theme_name(i), &missing);
    assert_int_equal(missing, 0);
}

/* A claim about a pane that is called otherwise by now would be believed by nobody. */
static void every_claim_names_something_that_is_there(void **state)
{
    (void)state;
    for (size_t i = 0; i < seen.shown_count; i++) {
        char kind[NAME], name[NAME];
        bool known = false;
        assert_int_equal(sscanf(seen.shown[i], "%31s %31s", kind, name), 2);
        for (size_t k = 0; k < pane_count; k++)
            known |= !strcmp(kind, "pane") && !strcmp(name, panes[k]->name);
        for (size_t k = 0; k < plan_count; k++)
            known |= !strcmp(kind, "layout") && !strcmp(name, plans[k].name);
        for (size_t k = 0; theme_name(k); k++)
            known |= !strcmp(kind, "theme") && !strcmp(name, theme_name(k));
        if (!known)
            fail_msg("a case shows \"%s\", which there is not", seen.shown[i]);
    }
    assert_true(seen.cases > 50);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_action_is_pressed_by_a_case),
        cmocka_unit_test(every_pane_is_shown_at_every_size),
        cmocka_unit_test(every_layout_is_shown_at_every_size),
        cmocka_unit_test(every_theme_is_shown_at_every_size),
        cmocka_unit_test(every_claim_names_something_that_is_there),
    };
    return cmocka_run_group_tests_name("coverage", tests, read_all, NULL);
}
