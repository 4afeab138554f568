#include "ui/state.h"

#include "base/clock.h"
#include "base/text.h"
#include "base/xalloc.h"
#include "log.h"
#include "ui/screen.h"
#include "ui/ui_settings.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { NOTICE_MS = 5000 };

const struct views *ui_shown(const struct ui *ui)
{
    return ui->frozen ? &ui->still : &ui->now;
}

const struct query_view *ui_newest_query(const struct ui *ui)
{
    return ui->now.query ? ui->now.query : ui->still.query;
}

const struct replay_view *ui_newest_replay(const struct ui *ui)
{
    return ui->now.replay ? ui->now.replay : ui->still.replay;
}

void ui_env(const struct ui *ui, size_t pane, struct pane_env *env)
{
    const struct views *v = ui_shown(ui);
    struct rect r = ui->layout.pane[pane];
    if (ui->layout.framed)
        r = rect_inside(r);
    *env = (struct pane_env){
        .query = v->query,
        .replay = v->replay,
        .cluster = v->cluster,
        .spark = v->spark,
        .live = &ui->parts->hub->live,
        .options = ui->parts->options,
        .now_ms = ui->now_ms,
        .still_ms = ui->frozen ? ui->frozen_ms : ui->now_ms,
        .frozen = ui->frozen,
        .focused = pane == ui->focus,
        .spacious = ui->plan->spacious,
        .zoomed = ui->layout.single,
        .framed = ui->layout.framed,
        .ascii = ui->ascii,
        .charts = ui->ascii ? CHART_ASCII : ui->charts,
        .h = r.h,
        .w = r.w,
        .match = &ui->match[pane],
        .filter = ui->match[pane].typed,
    };
}

void ui_state_input(const struct ui *ui, struct state_input *in)
{
    const struct views *v = ui_shown(ui);
    *in = (struct state_input){
        .query = v->query,
        .replay = v->replay,
        .cluster = v->cluster,
        .spark = v->spark,
        .now_ms = ui->now_ms,
        .frozen = ui->frozen,
        .newest_batch_id = ui->now.query ? ui->now.query->progress.batch_id : -1,
        .bootstrap = ui->parts->bootstrap,
        .ascii = ui->ascii,
    };
    words_batch_now(&in->batch, &ui->parts->hub->live);
}

void ui_notice(struct ui *ui, bool bad, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    (void)vsnprintf(ui->notice, sizeof ui->notice, fmt, ap);
    va_end(ap);
    text_whole(ui->notice);
    ui->notice_bad = bad;
    ui->notice_until_ms = ui->now_ms + NOTICE_MS;
}

static void panes_open(struct ui *ui)
{
    for (size_t i = 0; i < pane_count; i++) {
        ui->pane_state[i] = xcalloc(1, panes[i]->state_size);
        if (panes[i]->open)
            panes[i]->open(ui->pane_state[i]);
    }
}

static void panes_close(struct ui *ui)
{
    for (size_t i = 0; i < pane_count; i++) {
        if (panes[i]->close)
            panes[i]->close(ui->pane_state[i]);
        free(ui->pane_state[i]);
        ui->pane_state[i] = NULL;
    }
}

bool ui_take_query(struct ui *ui)
{
    struct query_view *v = hub_take_query(ui->parts->hub);
    if (!v)
        return false;
    ui_tell_answer(ui, ui->now.query ? ui->now.query : ui->still.query, v);
    query_view_free(ui->now.query);
    ui->now.query = v;
    ui_offer_topic(ui);
    return true;
}

bool ui_take_others(struct ui *ui)
{
    struct replay_view *r = hub_take_replay(ui->parts->hub);
    struct cluster_view *c = hub_take_cluster(ui->parts->hub);
    struct spark_view *s = hub_take_spark(ui->parts->hub);
    if (s) {
        free(ui->now.spark);
        ui->now.spark = s;
    }
    if (r) {
        free(ui->now.replay);
        ui->now.replay = r;
    }
    if (c) {
        ui_tell_mishap(ui, c);
        cluster_view_free(ui->now.cluster);
        ui->now.cluster = c;
    }
    return r || c || s;
}

void ui_freeze(struct ui *ui, bool on)
{
    if (on == ui->frozen)
        return;
    ui->frozen = on;
    ui->frozen_ms = ui->now_ms;
    struct views *now = &ui->now, *still = &ui->still;
    if (on) {
        *still = *now;
        *now = (struct views){0};
        return;
    }
    /* What came meanwhile wins; where nothing came, the still view is the newest. */
    if (now->query)
        query_view_free(still->query);
    else
        now->query = still->query;
    if (now->replay)
        free(still->replay);
    else
        now->replay = still->replay;
    if (now->cluster)
        cluster_view_free(still->cluster);
    else
        now->cluster = still->cluster;
    if (now->spark)
        free(still->spark);
    else
        now->spark = still->spark;
    *still = (struct views){0};
}

static void views_free(struct views *v)
{
    query_view_free(v->query);
    free(v->replay);
    cluster_view_free(v->cluster);
    free(v->spark);
    *v = (struct views){0};
}

void ui_open(struct ui *ui, const struct app_parts *parts, const struct screen_info *info)
{
    const struct options *o = parts->options;
    *ui = (struct ui){.parts = parts,
                      .terminal = {.colours = info->colours,
                                   .has_default = info->has_default,
                                   .only_ascii = info->only_ascii},
                      .ascii = info->ascii,
                      .charts = (enum chart_style)o->ui.charts,
                      .frame_rate = o->ui.frame_rate > 0 ? o->ui.frame_rate : 30,
                      .mouse = o->ui.mouse,
                      .plan = &plans[0],
                      .detail_key = -1,
                      .now_ms = clock_mono_ms()};
    for (size_t i = 0; i < plan_count; i++)
        arrange_reset(&ui->arranged[i], &plans[i]);
    if (!ui_theme_use(ui, o->ui.theme ? o->ui.theme : "default", o->ui.monochrome))
        log_line(LOG_WARNING, "screen", "there is no theme of that name: using %s", ui->theme.name);
    ui_focus_first(ui);
    if (o->ui.layout)
        (void)ui_layout_use(ui, o->ui.layout);
    panes_open(ui);
}

void ui_close(struct ui *ui)
{
    export_finish(ui->exporting);
    panes_close(ui);
    for (size_t i = 0; i < LAYOUT_PANES; i++)
        match_free(&ui->match[i]);
    match_free(&ui->help.match);
    views_free(&ui->now);
    views_free(&ui->still);
}
