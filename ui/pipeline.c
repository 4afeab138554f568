#include "ui/pipeline.h"

#include "base/text.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

static struct pipeline_stage *add(struct pipeline *p, const char *name, int64_t in, int64_t out)
{
    struct pipeline_stage *s = &p->stage[p->stages < STAGES_MOST ? p->stages++ : STAGES_MOST - 1];
    *s = (struct pipeline_stage){
        .name = name, .in = in, .out = out, .dropped = UNKNOWN, .dropped_all = UNKNOWN, .ms = NAN};
    return s;
}

static void drops(struct pipeline_stage *s, int64_t now, int64_t all, const char *what)
{
    s->dropped = now;
    s->dropped_all = all;
    s->what = what;
}

/* What an operator drops, by its name in the report. */
static void say_drops(struct pipeline_stage *s, const struct query_view *v, const char *name)
{
    const struct progress *g = &v->progress;
    int64_t lost = s->in - s->out;
    if (!strcmp(name, "parse")) {
        drops(s, bad_rows(g->rows_bad), bad_rows(v->rows_bad), "bad");
    } else if (!strcmp(name, "distinct")) {
        drops(s, g->rows_duplicate, v->rows_duplicate, "twice");
        /* Within the watermark it drops late rows as well. */
        if (lost > g->rows_duplicate)
            drops(s, lost, v->rows_duplicate + v->rows_late, "twice or late");
    } else if (!strcmp(name, "nulls")) {
        drops(s, g->rows_null, v->rows_null, "null");
    } else if (!strcmp(name, "aggregate")) {
        drops(s, lost, v->rows_late, "late");
    } else if (lost > 0) {
        drops(s, lost, UNKNOWN, "dropped");
    }
}

static const char *shown_name(const char *name, const struct query_view *v)
{
    static const struct {
        const char *name, *shown;
    } names[] = {{"join", "join codes"}, {"nulls", "drop nulls"}};
    if (!strcmp(name, "aggregate"))
        return v->settings.window_ms ? "window+count" : "count";
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (!strcmp(name, names[i].name))
            return names[i].shown;
    return name;
}

/* The operators as the report has them. Putting rows into windows drops nothing and is shown with the
 * counting. Returns the time of all. */
static double add_operators(struct pipeline *p, const struct query_view *v)
{
    const struct progress *g = &v->progress;
    double sum = 0, window_ms = 0;
    for (int i = 0; i < g->operator_count; i++) {
        const struct operator_progress *o = &g->operators[i];
        double ms = o->rows_ms + (isnan(o->end_ms) ? 0 : o->end_ms);
        sum += isnan(ms) ? 0 : ms;
        if (!strcmp(o->name, "window")) {
            window_ms = ms;
            continue;
        }
        struct pipeline_stage *s = add(p, shown_name(o->name, v), o->rows_in, o->rows_out);
        s->ms = ms;
        if (!strcmp(o->name, "aggregate"))
            s->ms += window_ms;
        say_drops(s, v, o->name);
    }
    return sum;
}

/* Where a report has no operators: what they did follows from what was dropped. */
static void guess_operators(struct pipeline *p, const struct query_view *v)
{
    const struct progress *g = &v->progress;
    int64_t rows = g->rows_in, bad = bad_rows(g->rows_bad);
    drops(add(p, "parse", rows, known_less(rows, bad)), bad, bad_rows(v->rows_bad), "bad");
    rows = known_less(rows, bad);
    if (v->settings.join_codes)
        (void)add(p, "join codes", rows, rows);
    if (v->settings.distinct != DISTINCT_OFF) {
        drops(add(p, "distinct", rows, known_less(rows, g->rows_duplicate)), g->rows_duplicate,
              v->rows_duplicate, "twice");
        rows = known_less(rows, g->rows_duplicate);
    }
    (void)add(p, "watermark", rows, rows);
    drops(add(p, "drop nulls", rows, known_less(rows, g->rows_null)), g->rows_null, v->rows_null, "null");
    rows = known_less(rows, g->rows_null);
    /* Of late rows it may only be known that there are at least so many. */
    bool exact = !(v->unavailable & NO_EXACT_LATE) || g->rows_late == 0;
    drops(add(p, v->settings.window_ms ? "window+count" : "count", rows,
              exact ? known_less(rows, g->rows_late) : UNKNOWN),
          g->rows_late, v->rows_late, exact ? "late" : "or more late");
}

static void add_table(struct pipeline *p, const struct query_view *v, double operators_ms)
{
    const struct progress *g = &v->progress;
    char n[40], bytes[40];
    int64_t state_bytes = 0;
    for (int i = 0; i < g->state_count; i++)
        state_bytes = known_sum(state_bytes, g->state[i].memory_bytes);
    struct pipeline_stage *s = add(p, "table", UNKNOWN, UNKNOWN);
    snprintf(s->note, sizeof s->note, "%s",
             text_many(n, sizeof n, (long long)v->groups.count, "row", "rows"));
    snprintf(s->note_all, sizeof s->note_all, "state %s", text_bytes(bytes, sizeof bytes, state_bytes));
    /* What is left of adding the batch: making the table, and the sinks. */
    double rest = g->phase_ms[PHASE_ADD_BATCH] - operators_ms;
    if (g->operator_count)
        s->ms = rest > 0 ? rest : 0;
}

void pipeline_make(struct pipeline *p, const struct query_view *v)
{
    char n[40];
    p->stages = 0;
    if (!v || v->progress.batch_id < 0)
        return;
    const struct progress *g = &v->progress;
    p->total_ms = g->total_ms;
    struct pipeline_stage *s = add(p, "kafka", UNKNOWN, g->rows_in);
    s->ms = g->phase_ms[PHASE_GET_BATCH] + g->phase_ms[PHASE_LATEST_OFFSET];
    snprintf(s->note, sizeof s->note, "%s",
             text_many(n, sizeof n, g->partitions ? g->partitions : UNKNOWN, "partition", "partitions"));
    snprintf(s->note_all, sizeof s->note_all, "%s in all", text_count(n, sizeof n, v->rows_in));
    double operators_ms = g->operator_count ? add_operators(p, v) : 0;
    if (!g->operator_count)
        guess_operators(p, v);
    s = &p->stage[p->stages - 1];
    /* From here on it is groups, not rows. */
    snprintf(s->note, sizeof s->note, "%s changed",
             text_many(n, sizeof n, g->state_count ? g->state[0].rows_updated : UNKNOWN, "group", "groups"));
    add_table(p, v, operators_ms);
    s = add(p, "commit", UNKNOWN, UNKNOWN);
    s->ms = g->phase_ms[PHASE_WAL_COMMIT] + g->phase_ms[PHASE_COMMIT_OFFSETS];
    int slowest = -1;
    for (int i = 0; i < p->stages; i++)
        if (p->stage[i].ms > 0 && (slowest < 0 || p->stage[i].ms > p->stage[slowest].ms))
            slowest = i;
    if (slowest >= 0)
        p->stage[slowest].slowest = true;
}
