#include "query/query_internal.h"

#include "base/xalloc.h"

#include <assert.h>
#include <stdlib.h>

extern const struct operator operator_parse, operator_join, operator_distinct_global, operator_watermark,
    operator_distinct_within, operator_nulls, operator_window, operator_aggregate;

/* The registry: every operator, in the order that rows pass them. */
static const struct operator* const registry[] = {
    &operator_parse,           &operator_join,  &operator_distinct_global, &operator_watermark,
    &operator_distinct_within, &operator_nulls, &operator_window,          &operator_aggregate,
};
#define OPERATOR_COUNT (sizeof(registry) / sizeof(registry[0]))

static int need_column(struct query_core *core, enum field field)
{
    if (core->column_of[field] == COLUMN_NONE) {
        core->column_of[field] = core->column_count;
        core->columns[core->column_count].field = field;
        intern_open(&core->columns[core->column_count].strings);
        core->column_count++;
    }
    return core->column_of[field];
}

static void open_columns(struct query_core *core)
{
    for (int f = 0; f < FIELD_COUNT; f++)
        core->column_of[f] = COLUMN_NONE;
    need_column(core, FIELD_DISPOSITION);
    need_column(core, FIELD_TYPE);
    for (int i = 0; i < core->settings.group_by_count; i++)
        core->group_columns[i] = need_column(core, core->settings.group_by[i]);
    for (int i = 0; i < core->column_count; i++) {
        enum field f = core->columns[i].field;
        if (f != FIELD_CALL_DATE_TIME && f != FIELD_DISPOSITION_DESCRIPTION)
            core->distinct_columns[core->distinct_count++] = i;
    }
}

static void open_core(struct query_core *core, const struct query_settings *settings,
                      const struct codes *codes, const struct query_listener *listener)
{
    core->settings = *settings;
    if (core->settings.window_ms > 0 && core->settings.slide_ms <= 0)
        core->settings.slide_ms = core->settings.window_ms;
    if (settings->join_codes && codes != NULL)
        core->codes = codes_copy(codes);
    if (listener != NULL)
        core->listener = *listener;
    core->workers = workers_new(settings->parallelism);
    open_columns(core);
    core->timed_groups = settings->window_ms > 0 || core->column_of[FIELD_CALL_DATE_TIME] != COLUMN_NONE;
    core->closes_groups = core->timed_groups && settings->output_mode != OUTPUT_COMPLETE;
    core->group_span_ms = settings->window_ms;
    core->batch_id = -1;
    core->totals.newest_event_ms = UNKNOWN;
    core->event_min_ms = core->event_max_ms = core->event_avg_ms = UNKNOWN;
}

struct query *query_new(const struct query_settings *settings, const struct codes *codes,
                        const struct query_listener *listener)
{
    struct query *q = xcalloc(1, sizeof(*q));

    open_core(&q->core, settings, codes, listener);
    q->previous_batch_id = -1;
    q->block.row_bytes = row_bytes(q->core.column_count);
    q->block.rows = xcalloc(BLOCK_ROWS, q->block.row_bytes);
    static_assert(OPERATOR_COUNT <= OPERATORS_MAX, "a query has room for every operator");
    for (size_t i = 0; i < OPERATOR_COUNT; i++) {
        if (!registry[i]->wanted(&q->core.settings))
            continue;
        struct stage *s = &q->stages[q->stage_count++];
        s->ops = registry[i];
        s->self = s->ops->open(&q->core);
    }
    return q;
}

void query_free(struct query *q)
{
    if (q == NULL)
        return;
    for (int i = 0; i < q->stage_count; i++)
        q->stages[i].ops->close(q->stages[i].self);
    for (int i = 0; i < q->core.column_count; i++)
        intern_free(&q->core.columns[i].strings);
    codes_free(q->core.codes);
    workers_free(q->core.workers);
    free(q->block.rows);
    free(q);
}

const struct query_settings *query_settings(const struct query *q)
{
    return &q->core.settings;
}

void query_late(struct query_core *core, const struct row *row)
{
    core->batch.rows_late++;
    if (core->listener.late != NULL)
        core->listener.late(core->listener.arg, row->message, row->event_ms, core->late_watermark_ms,
                            intern_text(&core->columns[COLUMN_TYPE].strings, row->ids[COLUMN_TYPE]));
}

void query_batch_begin(struct query *q, int64_t batch_id)
{
    struct query_core *core = &q->core;

    core->late_watermark_ms = core->watermark_ms;
    core->watermark_ms = core->next_watermark_ms;
    q->previous_batch_id = core->batch_id;
    core->batch_id = batch_id;
    core->batch_serial++;
    core->batch = (struct query_totals){0};
    for (int i = 0; i < core->column_count; i++)
        core->columns[i].strings.mark = core->columns[i].strings.count;
    for (int i = 0; i < q->stage_count; i++) {
        struct stage *s = &q->stages[i];
        s->rows_in = s->rows_out = s->rows_ns = s->end_ns = 0;
        if (s->ops->batch_begin != NULL)
            s->ops->batch_begin(s->self);
    }
}

static void run_block(struct query *q)
{
    int64_t at_ns = clock_mono_ns();

    q->block.count = q->block.message_count; /* what is handed to the first */
    for (int i = 0; i < q->stage_count; i++) {
        struct stage *s = &q->stages[i];
        s->rows_in += (int64_t)q->block.count;
        s->ops->rows(s->self, &q->block);
        s->rows_out += (int64_t)q->block.count;
        int64_t now_ns = clock_mono_ns();
        s->rows_ns += now_ns - at_ns;
        at_ns = now_ns;
    }
    if (q->core.listener.counted != NULL && q->block.count > 0)
        q->core.listener.counted(q->core.listener.counted_arg, &q->block);
}

void query_rows(struct query *q, const struct message *messages, size_t count)
{
    q->core.batch.rows_in += (int64_t)count;
    while (count > 0) {
        size_t n = count < BLOCK_ROWS ? count : BLOCK_ROWS;
        q->block.messages = messages;
        q->block.message_count = n;
        run_block(q);
        messages += n;
        count -= n;
    }
}

static void add_totals(struct query_totals *to, const struct query_totals *from)
{
    to->rows_in += from->rows_in;
    to->rows_duplicate += from->rows_duplicate;
    to->rows_late += from->rows_late;
    to->rows_null += from->rows_null;
    to->rows_counted += from->rows_counted;
    for (int r = 0; r < BAD_REASON_COUNT; r++)
        to->rows_bad[r] += from->rows_bad[r];
}

/* Spark lists the stateful operators from the sink up to the source. */
static void report_state(const struct query *q, struct progress *p)
{
    const int most = (int)(sizeof(p->state) / sizeof(p->state[0]));

    p->state_count = 0;
    for (int i = q->stage_count - 1; i >= 0 && p->state_count < most; i--) {
        const struct stage *s = &q->stages[i];
        if (!stage_has_state(s))
            continue;
        struct state_progress *out = &p->state[p->state_count++];
        *out = (struct state_progress){.shards = 1};
        s->ops->report(s->self, out);
        out->updates_ms = (double)s->rows_ns / 1e6;
        out->removals_ms = (double)s->end_ns / 1e6;
    }
}

static void report_operators(const struct query *q, struct progress *p)
{
    static_assert(OPERATOR_COUNT <= OPERATORS_MOST, "a report has room for every operator");
    p->operator_count = q->stage_count;
    for (int i = 0; i < q->stage_count; i++) {
        const struct stage *s = &q->stages[i];
        p->operators[i] = (struct operator_progress){
            .name = s->ops->name,
            .rows_in = s->rows_in,
            .rows_out = s->rows_out,
            .rows_ms = (double)s->rows_ns / 1e6,
            .end_ms = (double)s->end_ns / 1e6,
        };
    }
}

static void report(const struct query *q, struct progress *p)
{
    const struct query_core *core = &q->core;

    p->rows_in = core->batch.rows_in;
    p->watermark_ms = core->watermark_ms;
    p->next_watermark_ms = core->next_watermark_ms;
    p->event_avg_ms = core->event_avg_ms;
    p->event_min_ms = core->event_min_ms;
    p->event_max_ms = core->event_max_ms;
    p->rows_late = core->batch.rows_late;
    p->rows_duplicate = core->batch.rows_duplicate;
    p->rows_null = core->batch.rows_null;
    p->rows_counted = core->batch.rows_counted;
    memcpy(p->rows_bad, core->batch.rows_bad, sizeof(p->rows_bad));
    p->rows_out_of_order = core->rows_out_of_order;
    report_state(q, p);
    report_operators(q, p);
}

void query_batch_end(struct query *q, struct progress *p)
{
    for (int i = 0; i < q->stage_count; i++) {
        struct stage *s = &q->stages[i];
        if (s->ops->batch_end == NULL)
            continue;
        int64_t from_ns = clock_mono_ns();
        s->ops->batch_end(s->self);
        s->end_ns = clock_mono_ns() - from_ns;
    }
    add_totals(&q->core.totals, &q->core.batch);
    report(q, p);
}

bool query_wants_empty_batch(const struct query *q)
{
    if (q->core.next_watermark_ms <= q->core.watermark_ms)
        return false;
    for (int i = 0; i < q->stage_count; i++)
        if (q->stages[i].ops->waits != NULL && q->stages[i].ops->waits(q->stages[i].self))
            return true;
    return false;
}

void query_totals(const struct query *q, struct query_totals *out)
{
    struct state_progress state;

    *out = q->core.totals;
    out->watermark_ms = q->core.next_watermark_ms;
    out->state_bytes = out->state_rows = 0;
    for (int i = 0; i < q->stage_count; i++) {
        const struct stage *s = &q->stages[i];
        if (!stage_has_state(s))
            continue;
        s->ops->report(s->self, &state);
        out->state_rows += state.rows_total;
        out->state_bytes += state.memory_bytes;
    }
}
