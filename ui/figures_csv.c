#include "ui/figures_csv.h"

#include "base/text.h"
#include "ui/table_csv.h"

#include <math.h>

#define END "\r\n"

static void add_time(struct strbuf *b, int64_t ms)
{
    char iso[ISO_MAX];
    strbuf_puts(b, ",");
    if (ms == UNKNOWN)
        return;
    iso_format_ms(iso, ms, 'Z');
    strbuf_puts(b, iso);
}

static void add_number(struct strbuf *b, int64_t n)
{
    strbuf_puts(b, ",");
    if (n != UNKNOWN)
        strbuf_printf(b, "%lld", (long long)n);
}

static void add_real(struct strbuf *b, double x, int decimals)
{
    strbuf_puts(b, ",");
    if (isfinite(x))
        strbuf_printf(b, "%.*f", decimals, x);
}

static char *done(const struct strbuf *b, size_t *len)
{
    *len = b->len;
    return b->data;
}

char *figures_batches(const struct query_view *v, size_t *len)
{
    struct strbuf b = {0};
    if (!v)
        return NULL;
    strbuf_puts(&b, "batch,at,rows_in,rows_late,rows_duplicate,rows_null,rows_bad,rows_out_of_order,"
                    "groups_updated,input_per_s,processed_per_s,total_ms");
    for (int p = 0; p < PHASE_COUNT; p++)
        strbuf_printf(&b, ",%s_ms", phase_name((enum phase)p));
    strbuf_puts(&b, ",watermark,next_watermark,event_min,event_max,state_rows,state_bytes,state_removed" END);
    for (size_t i = 0; i < v->history_count; i++) {
        const struct batch_sample *s = &v->history[i];
        strbuf_printf(&b, "%lld", (long long)s->batch_id);
        add_time(&b, s->wall_ms);
        add_number(&b, s->rows_in);
        add_number(&b, s->rows_late);
        add_number(&b, s->rows_duplicate);
        add_number(&b, s->rows_null);
        add_number(&b, s->rows_bad);
        add_number(&b, s->rows_out_of_order);
        add_number(&b, s->groups_updated);
        add_real(&b, s->input_per_s, 1);
        add_real(&b, s->processed_per_s, 1);
        add_real(&b, s->total_ms, 3);
        for (int p = 0; p < PHASE_COUNT; p++)
            add_real(&b, s->phase_ms[p], 3);
        add_time(&b, s->watermark_ms);
        add_time(&b, s->next_watermark_ms);
        add_time(&b, s->event_min_ms);
        add_time(&b, s->event_max_ms);
        add_number(&b, s->state_rows);
        add_number(&b, s->state_bytes);
        add_number(&b, s->state_removed);
        strbuf_puts(&b, END);
    }
    return done(&b, len);
}

static const struct batch_sample *sample_of(const struct query_view *v, int64_t batch_id)
{
    for (size_t i = 0; i < v->history_count; i++)
        if (v->history[i].batch_id == batch_id)
            return &v->history[i];
    return NULL;
}

char *figures_marks(const struct query_view *v, size_t *len)
{
    static const char *const kinds[] = {
        [MARK_IN_ORDER] = "in order", [MARK_OUT_OF_ORDER] = "out of order", [MARK_LATE] = "late"};
    struct strbuf b = {0};
    if (!v || !v->marks_count)
        return figures_batches(v, len);
    strbuf_puts(&b, "batch,watermark,event_time,row" END);
    for (size_t i = 0; i < v->marks_count; i++) {
        const struct view_mark *m = &v->marks[i];
        const struct batch_sample *s = sample_of(v, m->batch_id);
        strbuf_printf(&b, "%lld", (long long)m->batch_id);
        add_time(&b, s ? s->watermark_ms : UNKNOWN);
        add_time(&b, m->event_ms);
        strbuf_printf(&b, ",%s" END, kinds[m->kind]);
    }
    return done(&b, len);
}

char *figures_trends(const struct query_view *v, const uint32_t *keys, size_t count, size_t *len)
{
    struct strbuf b = {0};
    if (!v)
        return NULL;
    const uint32_t points = v->trends ? v->trend_points : 0;
    for (int i = 0; i < v->settings.group_by_count; i++)
        strbuf_printf(&b, "%s,", field_name(v->settings.group_by[i]));
    strbuf_puts(&b, "total,last_batch");
    /* A window or, where the query has none, a second of batches: so many before the newest. */
    for (uint32_t p = points; p > 0; p--)
        strbuf_printf(&b, v->settings.window_ms ? ",windows_ago_%u" : ",points_ago_%u", p - 1);
    strbuf_puts(&b, END);
    for (size_t i = 0; i < count; i++) {
        const struct view_key *k = view_key_at(v, keys[i]);
        for (int f = 0; f < v->settings.group_by_count; f++) {
            csv_field(&b, k->fields[f]);
            strbuf_puts(&b, ",");
        }
        strbuf_printf(&b, "%lld,%lld", (long long)k->total, (long long)k->delta);
        for (uint32_t p = points; p > 0; p--)
            add_real(&b, v->trends[keys[i]][TREND_POINTS - p], 0);
        strbuf_puts(&b, END);
    }
    return done(&b, len);
}

char *figures_detail(const struct query_view *v, size_t *len)
{
    const struct view_detail *d = v ? v->detail : NULL;
    struct strbuf b = {0};
    if (!d)
        return NULL;
    strbuf_puts(&b, "figure,name,rows,at,partition,offset,address" END);
    for (int h = 0; h < 24; h++)
        strbuf_printf(&b, "hour,%02d,%lld,,,," END, h, (long long)d->hours[h]);
    for (size_t i = 0; i < d->parts; i++) {
        strbuf_puts(&b, "disposition,");
        csv_field(&b, d->part[i].null ? NULL : d->part[i].disposition);
        strbuf_printf(&b, ",%lld,,,," END, (long long)d->part[i].rows);
    }
    for (size_t i = 0; i < d->calls; i++) {
        const struct detail_call *k = &d->call[i];
        strbuf_puts(&b, "call,");
        csv_field(&b, k->disposition);
        strbuf_puts(&b, ",1");
        add_time(&b, k->event_ms);
        add_number(&b, k->partition);
        add_number(&b, k->offset);
        strbuf_puts(&b, ",");
        csv_field(&b, k->address_known ? k->address : NULL);
        strbuf_puts(&b, END);
    }
    return done(&b, len);
}

/* One figure a line: partitions and a minute of lag are no one table. */
static void add_figure(struct strbuf *b, const char *name, int partition, int64_t value)
{
    strbuf_printf(b, "%s,%d,", name, partition);
    add_number(b, value);
    strbuf_puts(b, END);
}

char *figures_lag(const struct cluster_view *c, size_t *len)
{
    struct strbuf b = {0};
    if (!c || !c->partitions_count)
        return NULL;
    strbuf_puts(&b, "figure,partition,seconds_ago,value" END);
    for (size_t i = 0; i < c->partitions_count; i++) {
        const struct partition_view *p = &c->partitions[i];
        add_figure(&b, "leader", p->id, p->leader < 0 ? UNKNOWN : p->leader);
        add_figure(&b, "replicas", p->id, p->replicas);
        add_figure(&b, "in_sync", p->id, p->in_sync);
        add_figure(&b, "low", p->id, p->low);
        add_figure(&b, "end", p->id, p->high);
        add_figure(&b, "position", p->id, p->position);
        add_figure(&b, "committed", p->id, p->committed);
        add_figure(&b, "lag", p->id, p->lag);
    }
    for (size_t i = 0; i < c->lag_history_count; i++) {
        double lag = c->lag_history[i];
        strbuf_printf(&b, "lag,all,%zu,", c->lag_history_count - 1 - i);
        if (!isnan(lag))
            strbuf_printf(&b, "%.0f", lag);
        strbuf_puts(&b, END);
    }
    return done(&b, len);
}

char *figures_operators(const struct query_view *v, size_t *len)
{
    struct strbuf b = {0};
    if (!v || !v->progress.operator_count)
        return NULL;
    strbuf_puts(&b, "batch,operator,rows_in,rows_out,rows_ms,end_ms" END);
    for (int i = 0; i < v->progress.operator_count; i++) {
        const struct operator_progress *o = &v->progress.operators[i];
        strbuf_printf(&b, "%lld,%s", (long long)v->progress.batch_id, o->name);
        add_number(&b, o->rows_in);
        add_number(&b, o->rows_out);
        add_real(&b, o->rows_ms, 3);
        add_real(&b, o->end_ms, 3);
        strbuf_puts(&b, END);
    }
    return done(&b, len);
}

char *figures_of_batches(const void *state, const struct pane_env *env, size_t *len)
{
    (void)state;
    return figures_batches(env->query, len);
}

char *figures_of_marks(const void *state, const struct pane_env *env, size_t *len)
{
    (void)state;
    return figures_marks(env->query, len);
}

char *figures_of_lag(const void *state, const struct pane_env *env, size_t *len)
{
    (void)state;
    return figures_lag(env->cluster, len);
}

char *figures_of_operators(const void *state, const struct pane_env *env, size_t *len)
{
    (void)state;
    return figures_operators(env->query, len);
}
