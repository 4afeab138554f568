/* What the export keys and :export do: gather what is to be written here, in the main thread, and hand it to
 * the thread that writes it. */
#include "ui/export_menu.h"
#include "ui/state.h"

#include <curses.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The focused pane where it has that function, else the first one on the screen that has, else any. */
static size_t pane_with(const struct ui *ui, bool (*has)(const struct pane_ops *p))
{
    if (has(panes[ui->focus]))
        return ui->focus;
    for (size_t i = 0; i < pane_count; i++)
        if (has(panes[i]) && ui->layout.pane[i].h > 0)
            return i;
    for (size_t i = 0; i < pane_count; i++)
        if (has(panes[i]))
            return i;
    return pane_count;
}

static bool has_csv(const struct pane_ops *p)
{
    return p->dump != NULL;
}

static bool has_json(const struct pane_ops *p)
{
    return p->dump_json != NULL;
}

static bool has_figures(const struct pane_ops *p)
{
    return p->figures != NULL;
}

static int64_t batch_of(const struct ui *ui)
{
    const struct views *v = ui_shown(ui);
    return v->query ? v->query->progress.batch_id : -1;
}

bool can_export(const struct ui *ui)
{
    return pane_with(ui, has_csv) < pane_count && batch_of(ui) >= 0;
}

/* The bytes of a pane's table or figures; NULL when it has nothing yet. */
static char *of_pane(struct ui *ui, const struct export_choice *what, size_t *len, const char **name)
{
    bool json = !strcmp(what->format, "json"), figures = what->kind == EXPORT_FIGURES;
    size_t pane = pane_with(ui, figures ? has_figures : json ? has_json : has_csv);
    struct pane_env env;
    if (pane == pane_count)
        return NULL;
    *name = panes[pane]->name;
    ui_env(ui, pane, &env);
    panes[pane]->prepare(ui->pane_state[pane], &env);
    return (figures ? panes[pane]->figures
            : json  ? panes[pane]->dump_json
                    : panes[pane]->dump)(ui->pane_state[pane], &env, len);
}

/* The terminal's own background shows through in the default theme: a dark one is taken for the picture. */
static struct shot *picture(struct ui *ui)
{
    struct prompt prompt = ui->prompt;
    int cursor_x;
    ui->prompt.kind = PROMPT_NONE; /* the line that asked for the picture is no part of it */
    ui_compose(ui, &cursor_x);
    ui->prompt = prompt;
    return shot_take(ui->h, ui->w, !strcmp(ui->theme.name, "light"));
}

static bool gather(struct ui *ui, const struct export_choice *what, struct export_order *o, char stem[80])
{
    const char *pane = "";
    char batch[32] = "";
    if (batch_of(ui) >= 0)
        snprintf(batch, sizeof batch, "-batch-%lld", (long long)batch_of(ui));
    if (what->kind == EXPORT_PICTURE) {
        o->shot = picture(ui);
        o->format = !strcmp(what->format, "svg")    ? SHOT_SVG
                    : !strcmp(what->format, "ansi") ? SHOT_ANSI
                                                    : SHOT_TEXT;
        snprintf(stem, 80, "sfcrime-screen%s", batch);
        return true;
    }
    o->bytes = of_pane(ui, what, &o->len, &pane);
    if (what->kind == EXPORT_FIGURES)
        snprintf(stem, 80, "sfcrime-%.30s%s", pane, batch);
    else
        snprintf(stem, 80, "sfcrime%s", batch);
    return o->bytes != NULL;
}

unsigned ui_export(struct ui *ui, const char *format, const char *file)
{
    char word[16], stem[80], err[160];
    struct export_order o = {
        .file = file && *file ? file : NULL, .stem = stem, .wake_fd = ui->parts->hub->wake_fd};
    snprintf(word, sizeof word, "%s", format && *format ? format : "csv");
    size_t len = strlen(word);
    if (word[len - 1] == '!') {
        o.replace = true;
        word[len - 1] = '\0';
    }
    const struct export_choice *what = export_choice_of(word);
    if (!what) {
        ui_notice(ui, true, "there is no export as %s: csv, json, figures, text, ansi or svg", word);
        return REACT_DRAW;
    }
    if (ui->exporting) {
        ui_notice(ui, true, "still writing the last one");
        return REACT_DRAW;
    }
    if (!gather(ui, what, &o, stem)) {
        ui_notice(ui, true, "nothing to write yet: no batch has ended");
        return REACT_DRAW;
    }
    o.ending = what->ending;
    ui->exporting = export_start(&o, err, sizeof err);
    if (!ui->exporting)
        ui_notice(ui, true, "%s", err);
    return REACT_DRAW;
}

unsigned do_export(struct ui *ui, int key)
{
    (void)key;
    return ui_export(ui, "csv", NULL);
}

unsigned do_export_menu(struct ui *ui, int key)
{
    (void)key;
    export_menu_open(&ui->saving);
    return REACT_DRAW;
}

unsigned ui_export_menu_act(struct ui *ui, enum action_id id, int key)
{
    const struct export_choice *chosen = export_menu_act(&ui->saving, id, key);
    return chosen ? ui_export(ui, chosen->format, NULL) : REACT_DRAW;
}

const char *ui_export_figures_of(const struct ui *ui)
{
    size_t pane = pane_with(ui, has_figures);
    return pane < pane_count ? panes[pane]->name : NULL;
}
