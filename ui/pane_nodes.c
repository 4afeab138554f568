/* Who does the work: the brokers, up or down and since when, with what they lead and how fast they answer;
 * and this process, with its processor time by thread, memory and files. */
#include "ui/pane.h"

#include "base/text.h"
#include "ui/list.h"
#include "ui/process.h"
#include "ui/spark_rows.h"
#include "ui/words.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { CELL = 40, WIDE_W = 64, STATE_W = 5, SINCE_W = 12, LEADS_W = 7, SYNC_W = 9, ANSWERS_W = 9 };
enum { ADDRESS_LEAST_W = 12, THREAD_W = 20, SHARE_W = 7, BAR_MOST_W = 40 };

struct nodes_pane {
    struct list list; /* of lines: brokers and threads, with their headings; a pager */
    struct process process;
};

static void open_state(void *state)
{
    struct nodes_pane *p = state;
    process_init(&p->process);
}

static void title(const void *state, const struct pane_env *env, char *out, size_t cap, char *right,
                  size_t right_cap)
{
    (void)state;
    snprintf(out, cap, "Nodes");
    if (env->cluster)
        snprintf(right, right_cap, "%s", env->cluster->embedded ? "embedded in this process" : "Kafka");
}

/* The process's own figures stay at the top: one line, or two where that is too narrow. */
static int process_lines(int w)
{
    return w >= WIDE_W ? 1 : 2;
}

/* Lines of the list: brokers with their heading, a blank, threads with theirs. Without a broker one line says
 * so. */
static size_t broker_lines(const struct pane_env *env)
{
    return 1 + (env->cluster ? env->cluster->brokers_count : 0);
}

/* With Spark its workers and executors stand below the brokers. */
static size_t cluster_lines(const struct pane_env *env)
{
    return broker_lines(env) + spark_nodes_lines(env);
}

static size_t lines_of(const struct nodes_pane *p, const struct pane_env *env)
{
    return cluster_lines(env) + (p->process.kinds ? 2 + p->process.kinds : 0);
}

static void prepare(void *state, const struct pane_env *env)
{
    struct nodes_pane *p = state;
    int page = env->h - process_lines(env->w);
    if (!env->frozen)
        process_measure(&p->process, env->now_ms);
    p->list.pager = true;
    list_fit(&p->list, lines_of(p, env), page > 0 ? (size_t)page : 1);
}

/* ---- the process ---- */

static char *share_text(char out[CELL], double share)
{
    if (isnan(share))
        snprintf(out, CELL, "-");
    else
        snprintf(out, CELL, share < 0.0995 ? "%.1f %%" : "%.0f %%", 100 * (share < 0 ? 0 : share));
    return out;
}

static int figure(const struct canvas *c, int y, int x, const char *label, const char *text)
{
    x += draw_fmt(c, y, x, ST_DIM, "%s ", label);
    return x + draw_fmt(c, y, x, ST_VALUE, "%s  ", text);
}

static void draw_process(const struct nodes_pane *p, const struct canvas *c)
{
    const struct process *m = &p->process;
    char text[CELL];
    int x = 1 + draw_text(c, 0, 1, ST_DIM, "process  "), y = 0;
    x = figure(c, 0, x, "cpu", share_text(text, m->cpu_share));
    x = figure(c, 0, x, "memory", text_bytes(text, sizeof text, m->memory_bytes));
    if (process_lines(c->r.w) > 1) {
        y = 1;
        x = 1;
    }
    x = figure(c, y, x, "threads", text_count(text, sizeof text, m->threads < 0 ? UNKNOWN : m->threads));
    x = figure(c, y, x, "files", text_count(text, sizeof text, m->files < 0 ? UNKNOWN : m->files));
    (void)figure(c, y, x, "up",
                 isnan(m->up_s) ? "-" : words_since(text, sizeof text, 0, (int64_t)(1000 * m->up_s)));
}

/* ---- brokers ---- */

struct broker_columns {
    int id, address;
    bool since, sync;
};

static struct broker_columns broker_columns(const struct cluster_view *cl, int w)
{
    struct broker_columns k = {.id = 3};
    for (size_t i = 0; i < cl->brokers_count; i++) {
        char text[24];
        int need = 1 + snprintf(text, sizeof text, "%d", (int)cl->brokers[i].id);
        k.id = need > k.id ? need : k.id;
    }
    int left = w - 2 - k.id - STATE_W - LEADS_W - ANSWERS_W;
    if (left >= SINCE_W) {
        k.since = true;
        left -= SINCE_W;
    }
    if (left >= SYNC_W + ADDRESS_LEAST_W) {
        k.sync = true;
        left -= SYNC_W;
    }
    k.address = left >= ADDRESS_LEAST_W ? left - 1 : 0;
    return k;
}

struct broker_texts {
    const char *id, *is, *since, *leads, *sync, *answers, *address;
};

static void draw_broker_cells(const struct canvas *c, int y, const struct broker_columns *k,
                              const struct broker_texts *t, enum style style, enum style state_style)
{
    int x = 1;
    draw_cell(c, y, x, k->id, LEFT, style, t->id);
    x += k->id;
    draw_cell(c, y, x, STATE_W, LEFT, state_style, t->is);
    x += STATE_W;
    if (k->since) {
        draw_cell(c, y, x, SINCE_W - 1, RIGHT, style, t->since);
        x += SINCE_W;
    }
    draw_cell(c, y, x, LEADS_W - 1, RIGHT, style, t->leads);
    x += LEADS_W;
    if (k->sync) {
        draw_cell(c, y, x, SYNC_W - 1, RIGHT, style, t->sync);
        x += SYNC_W;
    }
    draw_cell(c, y, x, ANSWERS_W - 1, RIGHT, style, t->answers);
    x += ANSWERS_W + 1;
    if (k->address)
        draw_cell(c, y, x, k->address, LEFT, style == ST_HEAD ? ST_HEAD : ST_DIM, t->address);
}

static void draw_broker_heading(const struct canvas *c, int y, const struct broker_columns *k)
{
    static const struct broker_texts heads = {"id", "is", "since", "leads", "in sync", "answers", "address"};
    draw_fill_line(c, y, ST_HEAD);
    draw_broker_cells(c, y, k, &heads, ST_HEAD, ST_HEAD);
}

static void draw_broker(const struct pane_env *env, const struct canvas *c, int y,
                        const struct broker_columns *k, const struct broker_view *b)
{
    char id[CELL], since[CELL], leads[CELL], sync[CELL], answers[CELL];
    snprintf(id, sizeof id, "%d", (int)b->id);
    snprintf(sync, sizeof sync, "%d/%d", b->in_sync, b->copies);
    const struct broker_texts t = {id,
                                   b->up ? "up" : "DOWN",
                                   words_since(since, sizeof since, b->since_ms, env->still_ms),
                                   text_count(leads, sizeof leads, b->leads),
                                   sync,
                                   words_span(answers, sizeof answers, b->latency_ms / 1000),
                                   b->address};
    draw_broker_cells(c, y, k, &t, ST_TEXT, b->up ? ST_OK : ST_BAD);
}

/* ---- threads ---- */

static void draw_thread(const struct canvas *c, int y, const struct process_kind *k)
{
    char text[CELL], name[CELL], bar[CHART_TEXT];
    int room = c->r.w - 2 - THREAD_W - SHARE_W;
    if (k->threads > 1)
        snprintf(name, sizeof name, "%s x %d", k->name, k->threads);
    else
        snprintf(name, sizeof name, "%s", k->name);
    draw_cell(c, y, 1, THREAD_W, LEFT, ST_TEXT, name);
    draw_cell(c, y, 1 + THREAD_W, SHARE_W, RIGHT, ST_VALUE, share_text(text, k->share));
    if (room > 2 && !isnan(k->share))
        (void)draw_text(c, y, 2 + THREAD_W + SHARE_W, ST_GRAPH,
                        chart_length(bar, room > BAR_MOST_W ? BAR_MOST_W : room, k->share, c->ascii));
}

static void draw_line(const struct nodes_pane *p, const struct pane_env *env, const struct canvas *c, int y,
                      size_t line)
{
    const struct cluster_view *cl = env->cluster;
    size_t brokers = broker_lines(env), of_brokers = cluster_lines(env);
    if (line >= brokers && line < of_brokers) {
        spark_nodes_draw(env, c, y, line - brokers);
    } else if (line < of_brokers) {
        if (!cl || !cl->brokers_count) {
            (void)draw_text(c, y, 1, ST_DIM, "No broker has answered yet.");
            return;
        }
        struct broker_columns k = broker_columns(cl, c->r.w);
        if (line == 0)
            draw_broker_heading(c, y, &k);
        else
            draw_broker(env, c, y, &k, &cl->brokers[line - 1]);
    } else if (line == of_brokers + 1) {
        draw_fill_line(c, y, ST_HEAD);
        draw_cell(c, y, 1, THREAD_W, LEFT, ST_HEAD, "thread");
        draw_cell(c, y, 1 + THREAD_W, SHARE_W, RIGHT, ST_HEAD, "cpu");
        (void)draw_text(c, y, 2 + THREAD_W + SHARE_W, ST_HEAD, "of one core");
    } else if (line > of_brokers + 1) {
        draw_thread(c, y, &p->process.kind[line - of_brokers - 2]);
    }
}

static void draw(const void *state, const struct pane_env *env, const struct canvas *c)
{
    const struct nodes_pane *p = state;
    int y = process_lines(c->r.w);
    draw_process(p, c);
    if (env->cluster && env->cluster->message[0] && y < c->r.h)
        y = draw_lines(c, y, 1, ST_WARN, env->cluster->message);
    for (size_t i = p->list.top; i < p->list.count && y < c->r.h; i++, y++)
        draw_line(p, env, c, y, i);
}

static unsigned act(void *state, const struct pane_env *env, enum action_id id)
{
    (void)env;
    struct nodes_pane *p = state;
    return list_act(&p->list, id) ? REACT_DRAW : REACT_NONE;
}

static int wish(const void *state, const struct pane_env *env)
{
    return 2 + (int)lines_of(state, env);
}

extern const struct pane_ops pane_nodes;
const struct pane_ops pane_nodes = {
    .name = "nodes",
    .help =
        "The brokers: up or down and since when, how many partitions each leads and how many copies are in "
        "sync, how fast it answers; and what this process and each of its threads take of the machine "
        "(100 % is one core).",
    .explain = explain_nodes,
    .room = {.place = PLACE_NONE, .min_h = 5, .wish_h = 6, .rank = 3},
    .uses = {USES_LIST},
    .state_size = sizeof(struct nodes_pane),
    .wish = wish,
    .open = open_state,
    .title = title,
    .prepare = prepare,
    .draw = draw,
    .act = act,
};
