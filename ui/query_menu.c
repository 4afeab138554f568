#include "ui/query_menu.h"

#include "base/text.h"
#include "options_value.h"

#include <stdio.h>
#include <string.h>

enum { CHOICES_MOST = 10, LABEL_W = 25, BOX_W = 78, BOX_LEAST_W = 34, VALUE_BYTES = 400 };

/* What is worth choosing. A choice that needs another setting as well brings it along after a ';'. */
static const struct setting_choices {
    const char *key, *label;
    const char *choice[CHOICES_MOST];
} settings[] = {
    {"window",
     "window length",
     {"none", "5 minutes", "15 minutes", "30 minutes", "1 hour", "3 hours", "6 hours", "1 day"}},
    {"slide",
     "window slide",
     {"none", "1 minute", "5 minutes", "10 minutes", "15 minutes", "30 minutes", "1 hour"}},
    {"group-by",
     "group by",
     {"original_crime_type_name", "disposition", "disposition_description;join=radio-codes",
      "original_crime_type_name,disposition", "city", "address_type", "common_location", "agency_id"}},
    {"distinct", "distinct", {"global", "within-watermark", "off"}},
    {"watermark",
     "watermark delay",
     {"0 seconds", "1 minute", "5 minutes", "15 minutes", "30 minutes", "1 hour", "6 hours", "1 day"}},
    {"output-mode", "output mode", {"complete", "update", "append"}},
    {"join", "join", {"none", "radio-codes"}},
    {"max-offsets-per-trigger", "most rows a batch", {"all", "10", "100", "1000", "10000", "100000"}},
    {"trigger", "trigger", {"asap", "1 second", "2 seconds", "5 seconds", "10 seconds", "30 seconds"}},
    {"parallelism", "parallelism", {"1", "2", "4", "8"}},
    {"fail-on-data-loss", "stop on lost data", {"true", "false"}},
};
enum { SETTINGS = sizeof settings / sizeof *settings };

static size_t choices_of(size_t setting)
{
    size_t n = 0;
    while (n < CHOICES_MOST && settings[setting].choice[n])
        n++;
    return n;
}

const char *query_setting_name(size_t n)
{
    return n < SETTINGS ? settings[n].key : NULL;
}

const char *query_setting_choice(const char *key, size_t n)
{
    for (size_t i = 0; i < SETTINGS; i++)
        if (!strcmp(settings[i].key, key))
            return n < choices_of(i) ? settings[i].choice[n] : NULL;
    return NULL;
}

char *query_menu_label(const struct query_menu *m, size_t row, char *out, size_t cap)
{
    if (m->level == MENU_CHOICES)
        snprintf(out, cap, "%s",
                 row < choices_of(m->setting) ? settings[m->setting].choice[row] : "another value");
    else
        snprintf(out, cap, "%s %s", row < SETTINGS ? settings[row].label : "",
                 row < SETTINGS ? settings[row].key : "");
    return out;
}

const char *query_menu_key(const struct query_menu *m)
{
    return settings[m->setting].key;
}

char *query_setting_text(char *out, size_t cap, const char *key, const struct query_settings *s)
{
    const struct option_row *row = option_find("query", key);
    struct options o = {.query = *s};
    struct strbuf text = {0};
    /* Windows that touch are what `none` says. */
    if (!strcmp(key, "slide") && s->slide_ms == s->window_ms)
        strbuf_puts(&text, "none");
    else if (row)
        option_show(&o, row, &text);
    snprintf(out, cap, "%s", text.data ? text.data : "");
    strbuf_free(&text);
    return out;
}

char *query_setting_allowed(char *out, size_t cap, const char *key)
{
    const struct option_row *row = option_find("query", key);
    struct strbuf text = {0};
    if (row)
        option_allowed(row, &text);
    snprintf(out, cap, "%s", text.data ? text.data : "");
    strbuf_free(&text);
    return out;
}

static bool same_settings(const struct query_settings *a, const struct query_settings *b)
{
    char one[VALUE_BYTES], other[VALUE_BYTES];
    for (size_t i = 0; i < SETTINGS; i++)
        if (strcmp(query_setting_text(one, sizeof one, settings[i].key, a),
                   query_setting_text(other, sizeof other, settings[i].key, b)) != 0)
            return false;
    return true;
}

bool query_change_check(const struct query_settings *now, const char *change, char *why, size_t why_cap)
{
    struct query_settings s = *now;
    char copy[COMMAND_TEXT], *rest = copy;
    if (strlen(change) >= sizeof copy) {
        snprintf(why, why_cap, "that is longer than any setting can be");
        return false;
    }
    snprintf(copy, sizeof copy, "%s", change);
    for (char *one = strsep(&rest, ";"); one; one = strsep(&rest, ";")) {
        char *value = strchr(one, '=');
        if (!value) {
            snprintf(why, why_cap, "a change is written setting=value");
            return false;
        }
        *value++ = '\0';
        if (!options_set_query(&s, one, value, why, why_cap))
            return false;
    }
    const char *unfit = query_settings_check(&s);
    if (unfit) {
        snprintf(why, why_cap, "%s", unfit);
        return false;
    }
    if (same_settings(now, &s)) {
        snprintf(why, why_cap, "the query is like that already");
        return false;
    }
    return true;
}

/* The row of the choices that stands for the present value, or the first. */
static size_t present_choice(size_t setting, const struct query_settings *now)
{
    char value[VALUE_BYTES];
    query_setting_text(value, sizeof value, settings[setting].key, now);
    for (size_t i = 0; i < choices_of(setting); i++) {
        const char *c = settings[setting].choice[i];
        size_t len = strcspn(c, ";");
        if (strlen(value) == len && !strncmp(value, c, len))
            return i;
    }
    return 0;
}

static void open_choices(struct query_menu *m, size_t setting, const struct query_settings *now)
{
    m->level = MENU_CHOICES;
    m->setting = setting;
    m->choices = (struct list){.count = choices_of(setting) + 1, .page = CHOICES_MOST};
    list_select(&m->choices, present_choice(setting, now));
}

bool query_menu_open(struct query_menu *m, const char *key, const struct query_settings *now)
{
    *m = (struct query_menu){.level = MENU_SETTINGS, .settings = {.count = SETTINGS, .page = SETTINGS}};
    if (!key)
        return true;
    for (size_t i = 0; i < SETTINGS; i++)
        if (!strcmp(settings[i].key, key)) {
            open_choices(m, i, now);
            m->direct = true;
            return true;
        }
    m->level = MENU_CLOSED;
    return false;
}

void query_menu_close(struct query_menu *m)
{
    m->level = MENU_CLOSED;
}

static void step_back(struct query_menu *m)
{
    m->level = m->level == MENU_CHOICES && !m->direct ? MENU_SETTINGS : MENU_CLOSED;
}

enum menu_answer query_menu_act(struct query_menu *m, enum action_id id, const struct query_settings *now,
                                char out[COMMAND_TEXT])
{
    if (id == ACT_QUIT || id == ACT_SETTINGS) {
        query_menu_close(m);
    } else if (id == ACT_BACK) {
        step_back(m);
    } else if (id == ACT_DETAIL && m->level == MENU_SETTINGS) {
        open_choices(m, m->settings.selected, now);
    } else if (id == ACT_DETAIL) {
        size_t n = m->choices.selected;
        if (n >= choices_of(m->setting))
            return MENU_TYPE;
        snprintf(out, COMMAND_TEXT, "%s=%s", settings[m->setting].key, settings[m->setting].choice[n]);
        return MENU_CHOSEN;
    } else {
        (void)list_act(m->level == MENU_CHOICES ? &m->choices : &m->settings, id);
    }
    return MENU_MORE;
}

static void draw_row(const struct canvas *c, int y, bool selected, const char *label, const char *value)
{
    enum style style = selected ? ST_SELECT : ST_TEXT;
    int label_w = c->r.w >= LABEL_W * 2 ? LABEL_W : c->r.w / 2;
    draw_fill_line(c, y, style);
    (void)draw_text(c, y, 0, style, selected ? GLYPH(c, "▸", ">") : " ");
    draw_cell(c, y, 1, value ? label_w - 1 : c->r.w - 1, LEFT, style, label);
    if (value)
        draw_cell(c, y, label_w + 1, c->r.w - label_w - 1, LEFT, selected ? style : ST_VALUE, value);
}

static void draw_settings(struct query_menu *m, const struct query_settings *now, const struct canvas *c,
                          int lines)
{
    char value[VALUE_BYTES];
    list_fit(&m->settings, SETTINGS, (size_t)lines);
    m->settings.at = (struct rect){.y = c->r.y, .x = c->r.x, .h = lines, .w = c->r.w};
    for (int y = 0; y < lines && m->settings.top + (size_t)y < SETTINGS; y++) {
        size_t i = m->settings.top + (size_t)y;
        draw_row(c, y, i == m->settings.selected, settings[i].label,
                 query_setting_text(value, sizeof value, settings[i].key, now));
    }
}

static void draw_choices(struct query_menu *m, const struct query_settings *now, const struct canvas *c,
                         int lines)
{
    char value[VALUE_BYTES], text[VALUE_BYTES];
    size_t n = choices_of(m->setting);
    query_setting_text(value, sizeof value, settings[m->setting].key, now);
    list_fit(&m->choices, n + 1, (size_t)lines);
    m->choices.at = (struct rect){.y = c->r.y, .x = c->r.x, .h = lines, .w = c->r.w};
    for (int y = 0; y < lines && m->choices.top + (size_t)y <= n; y++) {
        size_t i = m->choices.top + (size_t)y;
        const char *choice = i < n ? settings[m->setting].choice[i] : "another value ...";
        size_t len = strcspn(choice, ";");
        bool present = i < n && strlen(value) == len && !strncmp(value, choice, len);
        snprintf(text, sizeof text, "%.*s%s%s%s", (int)len, choice, choice[len] ? "  with " : "",
                 choice[len] ? choice + len + 1 : "", present ? "  (now)" : "");
        draw_row(c, y, i == m->choices.selected, text, NULL);
    }
}

void query_menu_draw(struct query_menu *m, const struct query_settings *now, const struct canvas *screen)
{
    struct canvas box = *screen, in;
    bool choices = m->level == MENU_CHOICES;
    size_t selected = choices ? m->setting : m->settings.selected;
    const struct option_row *row = option_find("query", settings[selected].key);
    int want = (int)(choices ? choices_of(m->setting) + 1 : SETTINGS);
    box.r.w = screen->r.w < BOX_W ? screen->r.w : BOX_W;
    box.r.x += (screen->r.w - box.r.w) / 2;
    bool framed = box.r.h >= 8 && box.r.w >= BOX_LEAST_W;
    int help_lines = box.r.h >= 10 ? 3 : 0, border = framed ? 2 : 0;
    if (want + help_lines + border < box.r.h)
        box.r.h = want + help_lines + border;
    box.r.y += (screen->r.h - box.r.h) / 3;
    in = box;
    if (framed) {
        in.r = rect_inside(box.r);
        in.r.x += 1;
        in.r.w -= 2;
    }
    draw_fill(&box, ST_TEXT);
    if (framed)
        draw_frame(&box, choices ? settings[m->setting].label : "Query settings",
                   "a change starts the query over", true);
    int lines = in.r.h - help_lines;
    if (choices)
        draw_choices(m, now, &in, lines);
    else
        draw_settings(m, now, &in, lines);
    if (help_lines && row)
        (void)draw_lines(&in, lines + 1, 0, ST_DIM, row->help);
}
