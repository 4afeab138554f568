#include "ui/spark_rows.h"

#include "base/text.h"
#include "ui/words.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum { CELL = 48, STATE_W = 7, CORES_W = 8, MEMORY_W = 17, TASKS_W = 15, GC_W = 10, ID_W = 8, FULL_W = 60 };

/* A group of lines: a heading with its rows, or one line that says why there are none. */
enum group { GROUP_WORKERS, GROUP_EXECUTORS };

const char *spark_source_words(char *out, size_t cap, const struct spark_source *s, int64_t now_ms)
{
    char span[40];
    switch (s->state) {
    case SPARK_NOT_ASKED: snprintf(out, cap, "%s", s->why[0] ? s->why : "being asked"); break;
    case SPARK_ANSWERS:
        snprintf(out, cap, "answers in %s", words_span(span, sizeof span, s->latency_ms / 1000));
        break;
    case SPARK_SILENT:
    case SPARK_STRANGE:
        if (s->guessed && s->answered_mono_ms == UNKNOWN) {
            snprintf(out, cap, "[spark] master-ui names its pages: none at %s", s->url);
            break;
        }
        snprintf(out, cap, "%s at %s, since %s", s->why, s->url,
                 words_since(span, sizeof span, s->since_ms, now_ms));
        break;
    }
    return out;
}

enum style spark_source_style(const struct spark_source *s)
{
    return s->state == SPARK_ANSWERS ? ST_TEXT : s->state == SPARK_NOT_ASKED ? ST_DIM : ST_BAD;
}

static size_t rows_of(const struct spark_view *s, enum group g)
{
    return g == GROUP_WORKERS ? s->workers : s->executors;
}

static const struct spark_source *source_of(const struct spark_view *s, enum group g)
{
    return g == GROUP_WORKERS ? &s->master : &s->driver;
}

/* A blank, the heading, and its rows or the reason for none. */
static size_t group_lines(const struct spark_view *s, enum group g)
{
    size_t rows = rows_of(s, g);
    return 2 + (rows ? rows : 1);
}

size_t spark_nodes_lines(const struct pane_env *env)
{
    const struct spark_view *s = env->spark;
    return s ? group_lines(s, GROUP_WORKERS) + group_lines(s, GROUP_EXECUTORS) : 0;
}

/* "1/4", unknown parts as "-". */
static const char *of_text(char out[CELL], int64_t used, int64_t all)
{
    char a[20], b[20];
    snprintf(out, CELL, "%s/%s", text_count(a, sizeof a, used), text_count(b, sizeof b, all));
    return out;
}

static const char *bytes_of_text(char out[CELL], int64_t used_bytes, int64_t all_bytes)
{
    char a[20], b[20];
    snprintf(out, CELL, "%s/%s", text_bytes(a, sizeof a, used_bytes), text_bytes(b, sizeof b, all_bytes));
    return out;
}

/* Megabytes as bytes; what a server says may be anything. */
static int64_t mb(int64_t n)
{
    const int64_t mb_bytes = 1024 * 1024;
    if (n < 0)
        return UNKNOWN;
    return n < INT64_MAX / mb_bytes ? n * mb_bytes : INT64_MAX;
}

/* ---- workers ---- */

struct worker_texts {
    const char *is, *cores, *memory, *heard, *address;
};

static void draw_worker(const struct canvas *c, int y, const struct worker_texts *t, enum style style,
                        enum style is_style)
{
    int x = 1;
    draw_cell(c, y, x, STATE_W, LEFT, is_style, t->is);
    x += STATE_W;
    draw_cell(c, y, x, CORES_W - 1, RIGHT, style, t->cores);
    x += CORES_W;
    draw_cell(c, y, x, MEMORY_W - 1, RIGHT, style, t->memory);
    x += MEMORY_W;
    if (c->r.w >= FULL_W) {
        draw_cell(c, y, x, GC_W - 1, RIGHT, style, t->heard);
        x += GC_W;
    }
    draw_cell(c, y, x + 1, c->r.w - x - 2, LEFT, style == ST_HEAD ? ST_HEAD : ST_DIM, t->address);
}

static void draw_worker_row(const struct pane_env *env, const struct canvas *c, int y,
                            const struct spark_worker *w)
{
    char cores[CELL], memory[CELL], heard[CELL];
    int64_t age_ms = w->heartbeat_wall_ms == UNKNOWN ? UNKNOWN : clock_wall_ms() - w->heartbeat_wall_ms;
    (void)env;
    words_span(heard, sizeof heard, age_ms == UNKNOWN ? -1 : floor((double)age_ms / 1000));
    const struct worker_texts t = {w->alive ? "alive" : w->state, of_text(cores, w->cores_used, w->cores),
                                   bytes_of_text(memory, mb(w->memory_used_mb), mb(w->memory_mb)), heard,
                                   w->address};
    draw_worker(c, y, &t, ST_TEXT, w->alive ? ST_OK : ST_BAD);
}

/* ---- executors ---- */

struct executor_texts {
    const char *id, *is, *tasks, *memory, *gc, *address;
};

static void draw_executor(const struct canvas *c, int y, const struct executor_texts *t, enum style style,
                          enum style is_style)
{
    int x = 1;
    draw_cell(c, y, x, ID_W - 1, LEFT, style, t->id);
    x += ID_W;
    draw_cell(c, y, x, STATE_W - 1, LEFT, is_style, t->is);
    x += STATE_W;
    draw_cell(c, y, x, TASKS_W - 1, RIGHT, style, t->tasks);
    x += TASKS_W;
    if (c->r.w >= FULL_W) {
        draw_cell(c, y, x, MEMORY_W - 1, RIGHT, style, t->memory);
        x += MEMORY_W;
        draw_cell(c, y, x, GC_W - 1, RIGHT, style, t->gc);
        x += GC_W;
    }
    draw_cell(c, y, x + 1, c->r.w - x - 2, LEFT, style == ST_HEAD ? ST_HEAD : ST_DIM, t->address);
}

static void draw_executor_row(const struct canvas *c, int y, const struct spark_executor *e)
{
    char tasks[CELL], memory[CELL], gc[CELL], done[20], failed[20] = "", text[20];
    if (e->tasks_failed > 0)
        snprintf(failed, sizeof failed, " !%s", text_count(text, sizeof text, e->tasks_failed));
    snprintf(tasks, sizeof tasks, "%s +%s%s", text_count(done, sizeof done, e->tasks_done),
             e->tasks_active == UNKNOWN ? "-" : text_count(text, sizeof text, e->tasks_active), failed);
    words_span(gc, sizeof gc, e->gc_ms == UNKNOWN ? -1 : (double)e->gc_ms / 1000);
    const struct executor_texts t = {e->id, e->active ? "up" : "GONE",
                                     tasks, bytes_of_text(memory, e->memory_used_bytes, e->memory_max_bytes),
                                     gc,    e->active || !e->why_removed[0] ? e->address : e->why_removed};
    bool trouble = !e->active || e->tasks_failed > 0;
    draw_executor(c, y, &t, trouble && e->active ? ST_WARN : ST_TEXT, e->active ? ST_OK : ST_BAD);
}

/* ---- lines ---- */

static void draw_heading(const struct spark_view *s, enum group g, const struct canvas *c, int y)
{
    static const struct worker_texts workers = {"worker", "cores", "memory", "heard", "address"};
    static const struct executor_texts executors = {"executor", "is", "tasks done",
                                                    "memory",   "gc", "address"};
    draw_fill_line(c, y, ST_HEAD);
    if (!rows_of(s, g))
        (void)draw_text(c, y, 1, ST_HEAD, g == GROUP_WORKERS ? "Spark's master" : "Spark's driver");
    else if (g == GROUP_WORKERS)
        draw_worker(c, y, &workers, ST_HEAD, ST_HEAD);
    else
        draw_executor(c, y, &executors, ST_HEAD, ST_HEAD);
}

void spark_nodes_draw(const struct pane_env *env, const struct canvas *c, int y, size_t line)
{
    const struct spark_view *s = env->spark;
    enum group g = GROUP_WORKERS;
    char words[400];
    if (line >= group_lines(s, g)) {
        line -= group_lines(s, g);
        g = GROUP_EXECUTORS;
    }
    if (line == 0)
        return;
    if (line == 1)
        draw_heading(s, g, c, y);
    else if (!rows_of(s, g))
        draw_cell(c, y, 1, c->r.w - 2, LEFT, spark_source_style(source_of(s, g)),
                  spark_source_words(words, sizeof words, source_of(s, g), env->still_ms));
    else if (g == GROUP_WORKERS)
        draw_worker_row(env, c, y, &s->worker[line - 2]);
    else
        draw_executor_row(c, y, &s->executor[line - 2]);
}
