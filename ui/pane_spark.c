/* The job that runs the query on Spark: what it does, since when, whether Spark answers; its jobs and stages
 * with their tasks, as its own pages show them. */
#include "ui/pane.h"

#include "base/text.h"
#include "ui/list.h"
#include "ui/spark_rows.h"
#include "ui/words.h"

#include <stdio.h>
#include <string.h>

enum {
    CELL = 48,
    HEAD_MOST = 6,
    ID_W = 7,
    BATCH_W = 9,
    STATE_W = 11,
    TASKS_W = 16,
    TIME_W = 12,
    ROWS_W = 11,
    BAR_MOST_W = 24,
    BAR_LEAST_W = 6,
    NAME_LEAST_W = 12,
    WIDE_W = 56
};

struct spark_pane {
    struct list list; /* of jobs and stages with their headings; a pager */
};

static bool with_spark(const struct pane_env *env)
{
    return env->query && env->query->job.state != JOB_NONE;
}

static void title(const void *state, const struct pane_env *env, char *out, size_t cap, char *right,
                  size_t right_cap)
{
    (void)state;
    snprintf(out, cap, "Spark");
    if (with_spark(env))
        snprintf(out, cap, "Spark: the job is %s", words_job(env->query->job.state));
    if (with_spark(env) && env->w >= WIDE_W)
        snprintf(right, right_cap, "%s", env->query->job.master);
}

/* ---- what stands above the list ---- */

struct head {
    struct {
        char text[400];
        enum style style;
    } line[HEAD_MOST];
    int count;
};

static void add(struct head *h, enum style style, const char *text)
{
    if (h->count == HEAD_MOST || !text[0])
        return;
    snprintf(h->line[h->count].text, sizeof h->line[0].text, "%s", text);
    h->line[h->count++].style = style;
}

static void add_job(struct head *h, const struct pane_env *env)
{
    const struct job_view *j = &env->query->job;
    char text[400], since[40], ago[40], heard[60] = "not heard of yet", started[40] = "";
    words_since(since, sizeof since, j->since_ms, env->still_ms);
    words_since(ago, sizeof ago, j->heard_mono_ms, env->still_ms);
    if (j->heard_mono_ms != UNKNOWN)
        snprintf(heard, sizeof heard, "heard %s ago", ago);
    if (j->starts > 1)
        snprintf(started, sizeof started, ", %lld times", (long long)j->starts);
    bool over = j->state == JOB_STOPPED || j->state == JOB_ENDED || j->state == JOB_FAILED;
    snprintf(text, sizeof text, "job %s %s%s%s  %s%s  %s  %s%s%s", words_job(j->state), over ? "" : "for ",
             since, over ? " ago" : "", j->ours ? "started here" : "not started here", started, heard,
             j->app_id, j->version[0] ? "  Spark " : "", j->version);
    bool bad = j->state == JOB_FAILED || j->state == JOB_QUIET;
    add(h, bad ? ST_BAD : words_job_runs(j->state) ? ST_VALUE : ST_WARN, text);
    if (env->query->message[0])
        add(h, bad ? ST_BAD : ST_WARN, env->query->message);
}

static void add_table(struct head *h, const struct pane_env *env)
{
    const struct job_view *j = &env->query->job;
    char text[400], n[60], bad[40];
    if (j->table_gap[0])
        add(h, ST_WARN, j->table_gap);
    snprintf(text, sizeof text, "table %s  read %s%s%s%s", j->table_gap[0] ? "not whole" : "whole",
             text_many(n, sizeof n, j->messages, "message", "messages"),
             j->checkpoint[0] ? "  checkpoint " : "", j->checkpoint,
             env->query->unavailable & NO_BEGINNING ? "  totals begin later" : "");
    add(h, ST_TEXT, text);
    if (j->messages_bad > 0) {
        snprintf(text, sizeof text, "%s not of the job's protocol, the last: %s",
                 text_count(bad, sizeof bad, j->messages_bad), j->last_bad);
        add(h, ST_WARN, text);
    }
    if (j->unavailable[0]) {
        snprintf(text, sizeof text, "not available with Spark: %s", j->unavailable);
        add(h, ST_WARN, text);
    }
}

static void add_sources(struct head *h, const struct pane_env *env)
{
    const struct spark_view *s = env->spark;
    char text[400], words[300];
    if (!s)
        return;
    bool fine = s->master.state != SPARK_SILENT && s->master.state != SPARK_STRANGE;
    if (!fine) {
        snprintf(text, sizeof text, "master: %s",
                 spark_source_words(words, sizeof words, &s->master, env->still_ms));
        add(h, ST_BAD, text);
    }
    if (s->driver.state == SPARK_SILENT || s->driver.state == SPARK_STRANGE) {
        snprintf(text, sizeof text, "driver: %s",
                 spark_source_words(words, sizeof words, &s->driver, env->still_ms));
        add(h, ST_BAD, text);
    }
}

static void make_head(struct head *h, const struct pane_env *env)
{
    h->count = 0;
    add_job(h, env);
    add_sources(h, env);
    add_table(h, env);
    /* On a low screen the job's own line must do. */
    int most = env->h < 8 ? 1 : env->h < 14 ? 3 : HEAD_MOST;
    h->count = h->count < most ? h->count : most;
}

/* ---- the list ---- */

static size_t rows_or_reason(size_t rows)
{
    return rows ? rows : 1;
}

/* Jobs with their heading, a blank, stages with theirs. */
static size_t lines_of(const struct pane_env *env)
{
    const struct spark_view *s = env->spark;
    return s ? 1 + rows_or_reason(s->jobs) + 2 + rows_or_reason(s->stages) : 0;
}

static void prepare(void *state, const struct pane_env *env)
{
    struct spark_pane *p = state;
    struct head h = {.count = 0};
    if (with_spark(env))
        make_head(&h, env);
    int page = env->h - h.count;
    p->list.pager = true;
    list_fit(&p->list, with_spark(env) ? lines_of(env) : 0, page > 0 ? (size_t)page : 1);
}

/* "12/16 +4 !1" */
static const char *tasks_text(char out[CELL], int64_t done, int64_t all, int64_t active, int64_t failed)
{
    char a[20], b[20], text[20], more[24] = "", wrong[24] = "";
    if (active > 0)
        snprintf(more, sizeof more, " +%s", text_count(text, sizeof text, active));
    if (failed > 0)
        snprintf(wrong, sizeof wrong, " !%s", text_count(text, sizeof text, failed));
    snprintf(out, CELL, "%s/%s%s%s", text_count(a, sizeof a, done), text_count(b, sizeof b, all), more,
             wrong);
    return out;
}

static double share_of(int64_t done, int64_t all)
{
    return done == UNKNOWN || all == UNKNOWN || all <= 0 ? 0 : (double)done / (double)all;
}

struct columns {
    bool second, time, rows;
    int bar, name;
};

static struct columns columns_for(int w)
{
    struct columns k = {0};
    int left = w - 2 - ID_W - STATE_W - TASKS_W;
    k.time = left >= TIME_W + BAR_LEAST_W;
    left -= k.time ? TIME_W : 0;
    k.second = left >= BATCH_W + BAR_LEAST_W;
    left -= k.second ? BATCH_W : 0;
    k.rows = left >= ROWS_W + BAR_LEAST_W + NAME_LEAST_W;
    left -= k.rows ? ROWS_W : 0;
    k.bar = left >= NAME_LEAST_W + BAR_LEAST_W ? (left - NAME_LEAST_W) / 2 : left;
    k.bar = k.bar > BAR_MOST_W ? BAR_MOST_W : k.bar < BAR_LEAST_W ? 0 : k.bar;
    k.name = left - k.bar - 1;
    return k;
}

struct row_texts {
    const char *id, *second, *state, *tasks, *time, *rows, *name;
    double share; /* < 0: no bar */
};

static void draw_row(const struct canvas *c, int y, const struct row_texts *t, enum style style,
                     enum style state_style)
{
    struct columns k = columns_for(c->r.w);
    char bar[CHART_TEXT];
    int x = 1;
    draw_cell(c, y, x, ID_W - 1, RIGHT, style, t->id);
    x += ID_W;
    if (k.second) {
        draw_cell(c, y, x, BATCH_W - 1, RIGHT, style, t->second);
        x += BATCH_W;
    }
    draw_cell(c, y, x, STATE_W - 1, LEFT, state_style, t->state);
    x += STATE_W;
    if (k.bar) {
        if (t->share >= 0)
            (void)draw_text(c, y, x, ST_GRAPH, chart_bar(bar, k.bar - 1, t->share, c->ascii));
        x += k.bar;
    }
    draw_cell(c, y, x, TASKS_W - 1, LEFT, style, t->tasks);
    x += TASKS_W;
    if (k.time) {
        draw_cell(c, y, x, TIME_W - 1, RIGHT, style, t->time);
        x += TIME_W;
    }
    if (k.rows) {
        draw_cell(c, y, x, ROWS_W - 1, RIGHT, style, t->rows);
        x += ROWS_W;
    }
    if (k.name > 3)
        draw_cell(c, y, x + 1, k.name - 2, LEFT, style == ST_HEAD ? ST_HEAD : ST_DIM, t->name);
}

static enum style style_of(const char *state)
{
    if (!strcmp(state, "FAILED"))
        return ST_BAD;
    return !strcmp(state, "RUNNING") || !strcmp(state, "ACTIVE") ? ST_OK : ST_TEXT;
}

static const char *lower(char out[24], const char *state)
{
    size_t i = 0;
    for (; state[i] && i < 23; i++)
        out[i] = (char)(state[i] >= 'A' && state[i] <= 'Z' ? state[i] + ('a' - 'A') : state[i]);
    out[i] = '\0';
    return out;
}

static void draw_job(const struct canvas *c, int y, const struct spark_job *j)
{
    char id[CELL], batch[CELL], tasks[CELL], took[CELL], state[24], stages[CELL];
    int64_t end_ms = j->ended_wall_ms == UNKNOWN ? clock_wall_ms() : j->ended_wall_ms;
    double took_s = j->submitted_wall_ms == UNKNOWN ? -1 : (double)(end_ms - j->submitted_wall_ms) / 1000;
    char done[20], all[20];
    snprintf(stages, sizeof stages, "%s/%s", text_count(done, sizeof done, j->stages_done),
             text_count(all, sizeof all, j->stages));
    const struct row_texts t = {text_count(id, sizeof id, j->id),
                                text_count(batch, sizeof batch, j->batch_id),
                                lower(state, j->state),
                                tasks_text(tasks, j->tasks_done, j->tasks, j->tasks_active, j->tasks_failed),
                                words_span(took, sizeof took, took_s),
                                stages,
                                j->name,
                                share_of(j->tasks_done, j->tasks)};
    draw_row(c, y, &t, j->tasks_failed > 0 ? ST_WARN : ST_TEXT, style_of(j->state));
}

static void draw_stage(const struct canvas *c, int y, const struct spark_stage *s)
{
    char id[CELL], tasks[CELL], took[CELL], state[24], in[CELL], shuffle[CELL], n[40];
    snprintf(id, sizeof id, "%s", text_count(n, sizeof n, s->id));
    if (s->attempt > 0)
        snprintf(id, sizeof id, "%.20s.%d", n, (int)(s->attempt & 0xff));
    int64_t bytes = known_sum(s->shuffle_read_bytes, s->shuffle_write_bytes);
    const struct row_texts t = {
        id,
        text_bytes(shuffle, sizeof shuffle, bytes),
        lower(state, s->state),
        tasks_text(tasks, s->tasks_done, s->tasks, s->tasks_active, s->tasks_failed),
        words_span(took, sizeof took, s->run_ms == UNKNOWN ? -1 : (double)s->run_ms / 1000),
        text_count(in, sizeof in, s->rows_in),
        s->why_failed[0] ? s->why_failed : s->name,
        share_of(s->tasks_done, s->tasks)};
    draw_row(c, y, &t, s->tasks_failed > 0 ? ST_WARN : ST_TEXT, style_of(s->state));
}

static void draw_why(const struct pane_env *env, const struct canvas *c, int y, const char *none)
{
    char words[300];
    const struct spark_source *d = &env->spark->driver;
    draw_cell(c, y, 1, c->r.w - 2, LEFT, spark_source_style(d),
              d->state == SPARK_ANSWERS ? none : spark_source_words(words, sizeof words, d, env->still_ms));
}

static void draw_line(const struct pane_env *env, const struct canvas *c, int y, size_t line)
{
    static const struct row_texts jobs = {"job", "batch", "is", "tasks", "took", "stages", "what", -1};
    static const struct row_texts stages = {"stage", "shuffle", "is", "tasks", "work", "rows in", "what", -1};
    const struct spark_view *s = env->spark;
    size_t of_jobs = 1 + rows_or_reason(s->jobs);
    if (line == 0 || line == of_jobs + 1) {
        draw_fill_line(c, y, ST_HEAD);
        draw_row(c, y, line == 0 ? &jobs : &stages, ST_HEAD, ST_HEAD);
    } else if (line < of_jobs) {
        if (s->jobs)
            draw_job(c, y, &s->job[line - 1]);
        else
            draw_why(env, c, y, "No job of Spark's has run yet.");
    } else if (line > of_jobs) {
        if (s->stages)
            draw_stage(c, y, &s->stage[line - of_jobs - 2]);
        else
            draw_why(env, c, y, "No stage has run yet.");
    }
}

static void draw(const void *state, const struct pane_env *env, const struct canvas *c)
{
    const struct spark_pane *p = state;
    struct head h;
    if (!env->query) {
        (void)draw_lines(c, 0, 1, ST_DIM, "The query has not reported yet.");
        return;
    }
    if (!with_spark(env)) {
        (void)draw_lines(
            c, 0, 1, ST_DIM,
            "The query runs in this process. --engine spark runs it as a job on a Spark cluster, "
            "and shows the job here.");
        return;
    }
    make_head(&h, env);
    int y = 0;
    for (int i = 0; i < h.count && y < c->r.h; i++, y++)
        draw_cell(c, y, 1, c->r.w - 2, LEFT, h.line[i].style, h.line[i].text);
    if (!env->spark && y < c->r.h)
        (void)draw_text(c, y, 1, ST_DIM, "Spark has not been asked yet.");
    for (size_t i = p->list.top; i < p->list.count && y < c->r.h; i++, y++)
        draw_line(env, c, y, i);
}

static unsigned act(void *state, const struct pane_env *env, enum action_id id)
{
    (void)env;
    struct spark_pane *p = state;
    return list_act(&p->list, id) || id == ACT_SPARK ? REACT_DRAW : REACT_NONE;
}

static int wish(const void *state, const struct pane_env *env)
{
    struct head h = {.count = 0};
    (void)state;
    if (!with_spark(env))
        return 2;
    make_head(&h, env);
    return h.count + (int)lines_of(env);
}

extern const struct pane_ops pane_spark;
const struct pane_ops pane_spark = {
    .name = "spark",
    .help =
        "With --engine spark: the job that runs the query, whether Spark answers, and its jobs and stages "
        "with their tasks; [P] stops the job, [i] starts one.",
    .explain = explain_spark,
    .room = {.place = PLACE_NONE, .min_h = 5, .wish_h = 10, .rank = 5},
    .uses = {USES_LIST, ACT_SPARK},
    .state_size = sizeof(struct spark_pane),
    .wish = wish,
    .title = title,
    .prepare = prepare,
    .draw = draw,
    .act = act,
};
