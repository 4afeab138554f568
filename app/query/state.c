/* The state image as a whole: a header, what settings it fits, the figures and watermarks, the strings of
 * each column, then each operator's section. A delta holds what its batch added to the image before it. */
#include "query/query_internal.h"

#define IMAGE_MAGIC   "SFCSTATE"
#define IMAGE_ORDER   UINT32_C(0x01020304)
#define IMAGE_VERSION 2u

/* The settings that shape the state, as text: compared byte by byte, and readable in a dump. */
static void describe_settings(const struct query_core *core, struct strbuf *out)
{
    const struct query_settings *s = &core->settings;

    strbuf_printf(out, "distinct %d watermark %lld window %lld slide %lld join %d mode %d group-by",
                  (int)s->distinct, (long long)s->watermark_ms, (long long)s->window_ms,
                  (long long)s->slide_ms, s->join_codes ? 1 : 0, (int)s->output_mode);
    for (int i = 0; i < s->group_by_count; i++)
        strbuf_printf(out, " %s", field_name(s->group_by[i]));
}

static void write_settings(const struct query_core *core, struct image_out *out)
{
    struct strbuf text = {0};

    describe_settings(core, &text);
    image_section(out, "settings", text.len);
    image_put(out, text.data, text.len);
    strbuf_free(&text);
}

static bool read_settings(const struct query_core *core, struct image_in *in)
{
    struct strbuf text = {0};

    if (!image_enter(in, "settings"))
        return false;
    describe_settings(core, &text);
    bool same = (size_t)(in->end - in->at) == text.len && memcmp(in->at, text.data, text.len) == 0;
    strbuf_free(&text);
    if (!same)
        return image_fail(in, "the state image was made by a query with other settings");
    in->at = in->end;
    return image_leave(in, "settings");
}

static void write_figures(const struct query *q, bool full, struct image_out *out)
{
    const struct query_core *core = &q->core;
    const struct query_totals *t = &core->totals;
    const int64_t values[] = {full ? -1 : q->previous_batch_id,
                              core->batch_id,
                              core->watermark_ms,
                              core->next_watermark_ms,
                              t->newest_event_ms != UNKNOWN,
                              t->newest_event_ms != UNKNOWN ? t->newest_event_ms : 0,
                              t->rows_in,
                              t->rows_duplicate,
                              t->rows_late,
                              t->rows_null,
                              t->rows_counted};

    image_section(out, "figures", sizeof(values) + sizeof(t->rows_bad));
    image_put(out, values, sizeof(values));
    image_put(out, t->rows_bad, sizeof(t->rows_bad));
}

static bool read_figures(struct query *q, struct image_in *in)
{
    struct query_core *core = &q->core;
    struct query_totals *t = &core->totals;
    int64_t base, batch_id, has_newest, newest_ms;

    if (!image_enter(in, "figures") || !image_get_i64(in, &base) || !image_get_i64(in, &batch_id))
        return false;
    if (base != core->batch_id)
        return image_fail(in, "the state image builds on batch %lld, but the state is that of batch %lld",
                          (long long)base, (long long)core->batch_id);
    if (batch_id <= base)
        return image_fail(in, "the state image is damaged: its batch number makes no sense");
    if (!image_get_time(in, &core->watermark_ms) || !image_get_time(in, &core->next_watermark_ms) ||
        !image_get_count(in, &has_newest) || !image_get_time(in, &newest_ms) ||
        !image_get_count(in, &t->rows_in) || !image_get_count(in, &t->rows_duplicate) ||
        !image_get_count(in, &t->rows_late) || !image_get_count(in, &t->rows_null) ||
        !image_get_count(in, &t->rows_counted))
        return false;
    for (int r = 0; r < BAD_REASON_COUNT; r++)
        if (!image_get_count(in, &t->rows_bad[r]))
            return false;
    t->newest_event_ms = has_newest ? newest_ms : UNKNOWN;
    core->batch_id = batch_id;
    return image_leave(in, "figures");
}

static void write_strings(const struct column *c, bool full, struct image_out *out)
{
    size_t from = full ? 1 : c->strings.mark;
    uint64_t bytes = 2 * sizeof(uint32_t);

    for (size_t i = from; i < c->strings.count; i++)
        bytes += sizeof(uint32_t) + c->strings.texts[i].len;
    image_section(out, "strings", bytes);
    image_put_u32(out, (uint32_t)c->field);
    image_put_u32(out, (uint32_t)from);
    for (size_t i = from; i < c->strings.count; i++)
        image_put_text(out, c->strings.texts[i]);
}

static bool read_strings(struct column *c, struct image_in *in)
{
    uint32_t field, from;
    struct text text;

    if (!image_enter(in, "strings") || !image_get_u32(in, &field) || !image_get_u32(in, &from))
        return false;
    if (field != (uint32_t)c->field || from != c->strings.count)
        return image_fail(in, "the state image is damaged: its strings do not go on where the state ends");
    while (in->at < in->end) {
        size_t id = c->strings.count;
        if (!image_get_text(in, &text))
            return false;
        if (intern_id(&c->strings, text) != id)
            return image_fail(in, "the state image is damaged: a string is there twice");
    }
    return image_leave(in, "strings");
}

int query_state_write(const struct query *q, bool full, state_write_fn write, void *arg)
{
    struct image_out out = {.write = write, .arg = arg};

    image_put(&out, IMAGE_MAGIC, sizeof(IMAGE_MAGIC) - 1);
    image_put_u32(&out, IMAGE_ORDER);
    image_put_u32(&out, IMAGE_VERSION);
    write_settings(&q->core, &out);
    write_figures(q, full, &out);
    for (int i = 0; i < q->core.column_count; i++)
        write_strings(&q->core.columns[i], full, &out);
    for (int i = 0; i < q->stage_count; i++)
        if (stage_has_state(&q->stages[i]))
            q->stages[i].ops->write(q->stages[i].self, full, &out);
    return image_flush(&out);
}

static bool read_header(struct image_in *in)
{
    char magic[sizeof(IMAGE_MAGIC) - 1];
    uint32_t order, version;

    if (!image_get(in, magic, sizeof(magic)))
        return false;
    if (memcmp(magic, IMAGE_MAGIC, sizeof(magic)) != 0)
        return image_fail(in, "this is no state image");
    if (!image_get_u32(in, &order) || !image_get_u32(in, &version))
        return false;
    if (order != IMAGE_ORDER)
        return image_fail(in, "the state image was made on a machine with another byte order");
    if (version != IMAGE_VERSION)
        return image_fail(in, "the state image has version %u; this program reads version %u", version,
                          IMAGE_VERSION);
    return true;
}

static bool read_image(struct query *q, struct image_in *in)
{
    if (q->core.batch_serial != 0)
        return image_fail(in, "state can be read only before the query's first batch");
    if (!read_header(in) || !read_settings(&q->core, in) || !read_figures(q, in))
        return false;
    for (int i = 0; i < q->core.column_count; i++)
        if (!read_strings(&q->core.columns[i], in))
            return false;
    for (int i = 0; i < q->stage_count; i++) {
        const struct stage *s = &q->stages[i];
        if (stage_has_state(s) &&
            (!image_enter(in, s->ops->name) || !s->ops->read(s->self, in) || !image_leave(in, s->ops->name)))
            return false;
    }
    if (in->at != in->image_end)
        return image_fail(in, "the state image is damaged: bytes stand behind its end");
    return true;
}

int query_state_read(struct query *q, const void *image, size_t len, char *err, size_t err_cap)
{
    struct image_in in = {.at = image,
                          .end = (const char *)image + len,
                          .image_end = (const char *)image + len,
                          .err = err,
                          .err_cap = err_cap};

    return read_image(q, &in) ? 0 : -1;
}
