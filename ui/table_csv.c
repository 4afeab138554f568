#include "ui/table_csv.h"

#include "base/text.h"
#include "base/xalloc.h"
#include "sink/format.h"

#include <stdlib.h>
#include <string.h>

void csv_field(struct strbuf *b, const char *s)
{
    if (!s)
        return; /* null is an empty field */
    if (!strpbrk(s, ",\"\r\n")) {
        strbuf_puts(b, s);
        return;
    }
    strbuf_puts(b, "\"");
    for (; *s; s++)
        strbuf_add(b, *s == '"' ? "\"\"" : s, *s == '"' ? 2 : 1);
    strbuf_puts(b, "\"");
}

struct row {
    size_t place; /* of its key on the screen */
    const struct view_group *group;
};

static int compare(const void *pa, const void *pb)
{
    const struct row *a = pa, *b = pb;
    if (a->place != b->place)
        return a->place < b->place ? -1 : 1;
    return (a->group->window_start_ms > b->group->window_start_ms) -
           (a->group->window_start_ms < b->group->window_start_ms);
}

static void add_row(struct strbuf *b, const struct query_view *v, const struct view_group *g, bool windows)
{
    char start[ISO_MAX], end[ISO_MAX];
    if (windows) {
        iso_format_ms(start, g->window_start_ms, 'Z');
        iso_format_ms(end, g->window_end_ms, 'Z');
        strbuf_printf(b, "%s,%s,", start, end);
    }
    for (int i = 0; i < v->settings.group_by_count; i++) {
        csv_field(b, view_key_at(v, g->key)->fields[i]);
        strbuf_puts(b, ",");
    }
    strbuf_printf(b, "%lld\r\n", (long long)g->count);
}

/* The rows of the keys that are shown, in the order of the screen; the caller frees. */
static struct row *rows_of(const struct query_view *v, const uint32_t *keys, size_t count, size_t *n)
{
    size_t *place = xcalloc(v->keys.count, sizeof *place); /* 0 = not shown, else 1 + its place */
    struct row *rows = xcalloc(v->groups.count, sizeof *rows);
    *n = 0;
    for (size_t i = 0; i < count; i++)
        if (keys[i] < v->keys.count)
            place[keys[i]] = i + 1;
    for (size_t i = 0; i < v->groups.count; i++) {
        const struct view_group *g = view_group_at(v, i);
        if (g->key < v->keys.count && place[g->key])
            rows[(*n)++] = (struct row){.place = place[g->key], .group = g};
    }
    if (*n)
        qsort(rows, *n, sizeof *rows, compare);
    free(place);
    return rows;
}

char *table_csv(const struct query_view *v, const uint32_t *keys, size_t count, size_t *len)
{
    struct strbuf b = {0};
    bool windows = v->settings.window_ms > 0;
    size_t n;
    struct row *rows = rows_of(v, keys, count, &n);
    if (windows)
        strbuf_puts(&b, "window_start,window_end,");
    for (int i = 0; i < v->settings.group_by_count; i++)
        strbuf_printf(&b, "%s,", field_name(v->settings.group_by[i]));
    strbuf_puts(&b, "count\r\n");
    for (size_t i = 0; i < n; i++)
        add_row(&b, v, rows[i].group, windows);
    free(rows);
    *len = b.len;
    return b.data;
}

static void add_object(struct strbuf *b, const struct query_view *v, const struct view_group *g)
{
    char start[ISO_MAX], end[ISO_MAX];
    strbuf_puts(b, "{");
    if (v->settings.window_ms > 0) {
        iso_format_ms(start, g->window_start_ms, 'Z');
        iso_format_ms(end, g->window_end_ms, 'Z');
        strbuf_printf(b, "\"window_start\":\"%s\",\"window_end\":\"%s\",", start, end);
    }
    for (int i = 0; i < v->settings.group_by_count; i++) {
        const char *field = view_key_at(v, g->key)->fields[i];
        strbuf_printf(b, "\"%s\":", field_name(v->settings.group_by[i]));
        format_json_text(b, (struct text){.p = field, .len = field ? strlen(field) : 0});
        strbuf_puts(b, ",");
    }
    strbuf_printf(b, "\"count\":%lld}", (long long)g->count);
}

char *table_json(const struct query_view *v, const uint32_t *keys, size_t count, size_t *len)
{
    struct strbuf b = {0};
    size_t n;
    struct row *rows = rows_of(v, keys, count, &n);
    strbuf_puts(&b, "[");
    for (size_t i = 0; i < n; i++) {
        strbuf_puts(&b, i ? ",\n " : "\n ");
        add_object(&b, v, rows[i].group);
    }
    strbuf_puts(&b, n ? "\n]\n" : "]\n");
    free(rows);
    *len = b.len;
    return b.data;
}
