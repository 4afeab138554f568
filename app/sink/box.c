#include "sink/format.h"

#include "base/clock.h"
#include "base/xalloc.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* Spark cuts cells at 20 characters, which makes different long types look the same; ours are cut later. */
enum { CELL_COLUMNS = 40, CELL_BYTES = 400, NARROWEST = 3 };

struct box {
    FILE *f;
    int columns;
    int *width;
    char **cells; /* rows x columns, clean texts */
    size_t rows;
};

/* "2018-12-31 23:00:00", with the milliseconds only where there are any: as Spark shows a timestamp. */
static void window_time(char out[ISO_MAX], int64_t ms)
{
    iso_format_ms(out, ms, 0);
    char *t = strchr(out, 'T');
    if (t)
        *t = ' ';
    char *dot = strrchr(out, '.');
    if (dot && strcmp(dot, ".000") == 0)
        *dot = '\0';
}

static char *cell_of(struct text t)
{
    if (!t.p)
        return xstrdup("NULL");
    char clean[CELL_BYTES];
    text_clean(clean, sizeof clean, t.p, t.len, false);
    if (text_width(clean) <= CELL_COLUMNS)
        return xstrdup(clean);
    int used;
    size_t bytes = text_fit(clean, CELL_COLUMNS - 3, &used);
    return xasprintf("%.*s...", (int)bytes, clean);
}

static void rule(const struct box *b)
{
    for (int c = 0; c < b->columns; c++) {
        fputc('+', b->f);
        for (int i = 0; i < b->width[c]; i++)
            fputc('-', b->f);
    }
    fputs("+\n", b->f);
}

static void print_row(const struct box *b, size_t row)
{
    for (int c = 0; c < b->columns; c++) {
        const char *cell = b->cells[row * (size_t)b->columns + (size_t)c];
        fprintf(b->f, "|%*s%s", b->width[c] - text_width(cell), "", cell);
    }
    fputs("|\n", b->f);
}

static void fill(struct box *b, const struct query *q, const uint32_t *numbers)
{
    const struct query_settings *s = query_settings(q);
    int c = 0;
    if (s->window_ms)
        b->cells[c++] = xstrdup("window");
    for (int i = 0; i < s->group_by_count; i++)
        b->cells[c++] = xstrdup(field_name(s->group_by[i]));
    b->cells[c] = xstrdup("count");
    for (size_t row = 1; row < b->rows; row++) {
        char **cell = b->cells + row * (size_t)b->columns;
        struct query_group g;
        struct query_key k;
        query_group(q, numbers[row - 1], &g);
        query_key(q, g.key, &k);
        if (s->window_ms) {
            char from[ISO_MAX], to[ISO_MAX];
            window_time(from, g.window_start_ms);
            window_time(to, g.window_end_ms);
            *cell++ = xasprintf("{%s, %s}", from, to);
        }
        for (int i = 0; i < s->group_by_count; i++)
            *cell++ = cell_of(k.fields[i]);
        *cell = xasprintf("%" PRId64, g.count);
    }
}

void format_box(FILE *f, const struct query *q, const uint32_t *numbers, size_t count, size_t max_rows)
{
    const struct query_settings *s = query_settings(q);
    struct box b = {.f = f, .columns = s->group_by_count + 1 + (s->window_ms ? 1 : 0)};
    b.rows = 1 + (count < max_rows ? count : max_rows);
    size_t cells = b.rows * (size_t)b.columns;
    b.cells = xcalloc(cells, sizeof *b.cells);
    b.width = xcalloc((size_t)b.columns, sizeof *b.width);
    fill(&b, q, numbers);
    for (int c = 0; c < b.columns; c++)
        b.width[c] = NARROWEST;
    for (size_t i = 0; i < cells; i++) {
        int w = text_width(b.cells[i]), c = (int)(i % (size_t)b.columns);
        if (w > b.width[c])
            b.width[c] = w;
    }
    rule(&b);
    print_row(&b, 0);
    rule(&b);
    for (size_t row = 1; row < b.rows; row++)
        print_row(&b, row);
    rule(&b);
    if (count > max_rows)
        fprintf(f, "only showing top %zu row%s\n", max_rows, max_rows == 1 ? "" : "s");
    for (size_t i = 0; i < cells; i++)
        free(b.cells[i]);
    free(b.cells);
    free(b.width);
}
