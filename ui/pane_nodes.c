/* Who does the work: the brokers, up or down, with what they lead and how fast they answer; and this process,
 * with its processor time, memory and threads. */
#include "ui/pane.h"

#include "base/text.h"
#include "ui/list.h"
#include "ui/words.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { MEASURE_MS = 1000, PROCESS_LINES = 2, ID_LEAST_W = 4, STATE_W = 5, LEADS_W = 6, LATENCY_W = 8 };

struct nodes_pane {
    struct list list;
    int64_t measured_ms; /* monotonic; 0 = never */
    double cpu_s;        /* processor time used up to then */
    double cpu_share;    /* of one core, between the last two measurements; NAN = unknown */
    int64_t memory_bytes;
    int threads;
};

static void open_state(void *state)
{
    struct nodes_pane *p = state;
    p->cpu_share = NAN;
    p->memory_bytes = UNKNOWN;
}

/* Processor seconds, resident bytes and threads from the kernel's own table (no disk is read). */
static bool look(double *cpu_s, int64_t *memory_bytes, int *threads)
{
    enum { USER = 11, SYSTEM = 12, THREADS = 17, RESIDENT = 21, FIELDS };
    char text[1024], *rest, *word;
    unsigned long long field[FIELDS] = {0};
    FILE *f = fopen("/proc/self/stat", "re");
    size_t n = f ? fread(text, 1, sizeof text - 1, f) : 0;
    if (f)
        (void)fclose(f);
    text[n] = '\0';
    /* The name in brackets may hold anything; the fields are counted from behind it. */
    rest = strrchr(text, ')');
    if (!rest || strncmp(rest, ") ", 2) != 0)
        return false;
    rest += 2;
    n = 0;
    while (n < FIELDS && (word = strsep(&rest, " ")))
        field[n++] = strtoull(word, NULL, 10);
    if (n < FIELDS)
        return false;
    *cpu_s = (double)(field[USER] + field[SYSTEM]) / (double)sysconf(_SC_CLK_TCK);
    *memory_bytes = (int64_t)field[RESIDENT] * sysconf(_SC_PAGESIZE);
    *threads = (int)field[THREADS];
    return true;
}

static void measure(struct nodes_pane *p, int64_t now_ms)
{
    double cpu_s;
    if (p->measured_ms && now_ms - p->measured_ms < MEASURE_MS)
        return;
    if (!look(&cpu_s, &p->memory_bytes, &p->threads))
        return;
    if (p->measured_ms && now_ms > p->measured_ms)
        p->cpu_share = (cpu_s - p->cpu_s) * 1000 / (double)(now_ms - p->measured_ms);
    p->cpu_s = cpu_s;
    p->measured_ms = now_ms;
}

static void title(const void *state, const struct pane_env *env, char *out, size_t cap, char *right,
                  size_t right_cap)
{
    (void)state;
    snprintf(out, cap, "Nodes");
    if (env->cluster)
        snprintf(right, right_cap, "%s", env->cluster->embedded ? "embedded in this process" : "Kafka");
}

static void prepare(void *state, const struct pane_env *env)
{
    struct nodes_pane *p = state;
    int page = env->h - 1 - PROCESS_LINES;
    if (!env->frozen)
        measure(p, env->now_ms);
    p->list.pager = true;
    list_fit(&p->list, env->cluster ? env->cluster->brokers_count : 0, page > 0 ? (size_t)page : 1);
}

static void draw_broker(const struct canvas *c, int y, int id_w, const struct broker_view *b)
{
    char text[40];
    int x = 1;
    snprintf(text, sizeof text, "%d", (int)b->id);
    draw_cell(c, y, x, id_w, LEFT, ST_TEXT, text);
    x += id_w;
    draw_cell(c, y, x, STATE_W, LEFT, b->up ? ST_OK : ST_BAD, b->up ? "up" : "DOWN");
    x += STATE_W;
    draw_cell(c, y, x, LEADS_W - 1, RIGHT, ST_TEXT, text_count(text, sizeof text, b->leads));
    x += LEADS_W;
    draw_cell(c, y, x, LATENCY_W - 1, RIGHT, ST_TEXT, words_span(text, sizeof text, b->latency_ms / 1000));
    x += LATENCY_W + 1;
    draw_cell(c, y, x, c->r.w - x, LEFT, ST_DIM, b->address);
}

static int draw_process(const struct nodes_pane *p, const struct canvas *c, int y)
{
    char memory[40], cpu[24] = "-";
    if (!isnan(p->cpu_share))
        snprintf(cpu, sizeof cpu, "%.0f %%", 100 * p->cpu_share);
    int x = 1 + draw_text(c, y, 1, ST_DIM, "process  cpu ");
    x += draw_text(c, y, x, ST_VALUE, cpu);
    x += draw_text(c, y, x, ST_DIM, "  memory ");
    x += draw_text(c, y, x, ST_VALUE, text_bytes(memory, sizeof memory, p->memory_bytes));
    if (p->threads)
        (void)draw_fmt(c, y, x, ST_DIM, "  threads %d", p->threads);
    return y + 1;
}

static int id_width(const struct cluster_view *cl)
{
    int w = ID_LEAST_W;
    for (size_t i = 0; i < cl->brokers_count; i++) {
        char text[24];
        int need = 1 + snprintf(text, sizeof text, "%d", (int)cl->brokers[i].id);
        w = need > w ? need : w;
    }
    return w;
}

static void draw(const void *state, const struct pane_env *env, const struct canvas *c)
{
    const struct nodes_pane *p = state;
    const struct cluster_view *cl = env->cluster;
    int y = draw_process(p, c, 0);
    if (!cl || !cl->brokers_count) {
        draw_lines(c, y, 1, ST_DIM, cl && cl->message[0] ? cl->message : "No broker has answered yet.");
        return;
    }
    int id_w = id_width(cl), x = 1;
    draw_fill_line(c, y, ST_HEAD);
    draw_cell(c, y, x, id_w, LEFT, ST_HEAD, "id");
    x += id_w;
    draw_cell(c, y, x, STATE_W, LEFT, ST_HEAD, "is");
    x += STATE_W;
    draw_cell(c, y, x, LEADS_W - 1, RIGHT, ST_HEAD, "leads");
    x += LEADS_W;
    draw_cell(c, y, x, LATENCY_W - 1, RIGHT, ST_HEAD, "answers");
    x += LATENCY_W + 1;
    draw_cell(c, y, x, c->r.w - x, LEFT, ST_HEAD, "address");
    y++;
    for (size_t i = p->list.top; i < cl->brokers_count && y < c->r.h; i++, y++)
        draw_broker(c, y, id_w, &cl->brokers[i]);
    if (y < c->r.h && cl->message[0])
        (void)draw_lines(c, y, 1, ST_WARN, cl->message);
}

static unsigned act(void *state, const struct pane_env *env, enum action_id id)
{
    (void)env;
    struct nodes_pane *p = state;
    return list_act(&p->list, id) ? REACT_DRAW : REACT_NONE;
}

static int wish(const void *state, const struct pane_env *env)
{
    (void)state;
    return 1 + PROCESS_LINES + (env->cluster ? (int)env->cluster->brokers_count : 1);
}

extern const struct pane_ops pane_nodes;
const struct pane_ops pane_nodes = {
    .name = "nodes",
    .help =
        "The brokers: up or down, how many partitions each leads, how fast it answers; and what this process "
        "takes of the machine (100 % is one core).",
    .explain = explain_nodes,
    .room = {.place = PLACE_NONE, .min_h = 5, .wish_h = 6, .rank = 3},
    .uses = {USES_LIST},
    .state_size = sizeof(struct nodes_pane),
    .open = open_state,
    .wish = wish,
    .title = title,
    .prepare = prepare,
    .draw = draw,
    .act = act,
};
