#include "ui/ui_settings.h"

#include "base/text.h"
#include "options_value.h"
#include "ui/mouse.h"
#include "ui/screen.h"
#include "ui/state.h"

#include <stdio.h>
#include <string.h>

enum { CHOICES_MOST = 6 };

/* What is offered where the table of options has no list of words. */
static const struct {
    const char *key;
    const char *choice[CHOICES_MOST];
} settings[] = {
    {"theme", {NULL}},
    {"layout", {NULL}},
    {"ascii", {"true", "false"}},
    {"mouse", {"true", "false"}},
    {"charts", {NULL}},
    {"frame-rate", {"5", "10", "30", "60"}},
};
enum { SETTINGS = sizeof settings / sizeof *settings };

const char *ui_setting_name(size_t n)
{
    return n < SETTINGS ? settings[n].key : NULL;
}

/* Our row of the table of options; NULL for a name that is none of ours. */
static const struct option_row *row_of(const char *name, size_t *index)
{
    for (size_t i = 0; i < SETTINGS; i++)
        if (!strcmp(settings[i].key, name)) {
            *index = i;
            return option_find("ui", name);
        }
    return NULL;
}

const char *ui_setting_choice(const char *name, size_t n)
{
    size_t at = 0;
    const struct option_row *row = row_of(name, &at);
    const char *const *words = row && row->choices ? row->choices : settings[at].choice;
    if (!row)
        return NULL;
    for (size_t i = 0; words[i]; i++)
        if (i == n)
            return words[i];
    return NULL;
}

const char *ui_setting_help(const char *name)
{
    size_t at;
    const struct option_row *row = row_of(name, &at);
    return row ? row->help : NULL;
}

/* The settings as the table of options knows them; the texts are borrowed. */
static void gather(const struct ui *ui, struct options *o)
{
    memset(o, 0, sizeof *o);
    o->ui.theme = (char *)ui->theme.name;
    o->ui.layout = (char *)ui->plan->name;
    o->ui.ascii = ui->ascii;
    o->ui.mouse = ui->mouse;
    o->ui.charts = (int)ui->charts;
    o->ui.frame_rate = ui->frame_rate;
}

char *ui_setting_text(const struct ui *ui, const char *name, char *out, size_t cap)
{
    size_t at;
    struct options o;
    struct strbuf text = {0};
    const struct option_row *row = row_of(name, &at);
    gather(ui, &o);
    if (row)
        option_show(&o, row, &text);
    snprintf(out, cap, "%s", text.data ? text.data : "");
    strbuf_free(&text);
    return out;
}

bool ui_theme_use(struct ui *ui, const char *name, bool monochrome)
{
    bool known = theme_make(&ui->theme, name, ui->terminal.colours, monochrome);
    theme_apply(&ui->theme, ui->terminal.has_default);
    return known;
}

/* Takes the checked value of a row over. False with a sentence where the terminal cannot do it. */
static bool take(struct ui *ui, const char *name, const struct options *o, char *err, size_t cap)
{
    if (!strcmp(name, "theme")) {
        /* Whoever asks for a theme here asks for its colours, too, whatever NO_COLOR says. */
        (void)ui_theme_use(ui, o->ui.theme, false);
    } else if (!strcmp(name, "layout")) {
        ui_layout_use(ui, o->ui.layout);
    } else if (!strcmp(name, "ascii")) {
        if (!o->ui.ascii && ui->terminal.only_ascii) {
            snprintf(err, cap, "this terminal or its locale shows ASCII only");
            return false;
        }
        ui->ascii = o->ui.ascii;
    } else if (!strcmp(name, "mouse")) {
        ui->mouse = o->ui.mouse;
        screen_mouse(ui_mouse_wanted(ui));
    } else if (!strcmp(name, "charts")) {
        ui->charts = (enum chart_style)o->ui.charts;
    } else {
        ui->frame_rate = o->ui.frame_rate;
    }
    return true;
}

bool ui_setting_set(struct ui *ui, const char *name, const char *value, char *err, size_t cap)
{
    size_t at;
    char hint[200], shown[80];
    struct options o;
    const struct option_row *row = row_of(name, &at);
    text_clean(shown, sizeof shown, row ? value : name, strlen(row ? value : name), false);
    if (!row) {
        snprintf(err, cap, "the screen has no setting %s", shown);
        return false;
    }
    options_default(&o);
    bool ok = option_set(&o, row, value, hint, sizeof hint);
    if (ok) {
        ok = take(ui, name, &o, err, cap);
    } else {
        struct strbuf allowed = {0};
        option_allowed(row, &allowed);
        snprintf(err, cap, "%s = %s: expected %s", name, shown, allowed.data);
        strbuf_free(&allowed);
    }
    options_free(&o);
    return ok;
}
