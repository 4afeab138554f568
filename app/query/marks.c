#include "query/marks.h"

#include <stdbool.h>

static void sample_clear(struct sample *s)
{
    s->count = 0;
    s->stride = 1;
    s->skip = 0;
}

void marks_clear(struct marks *m)
{
    sample_clear(&m->late);
    sample_clear(&m->others);
    m->count = 0;
}

void sample_take(struct sample *s, int64_t event_ms, int64_t number, enum mark_kind kind)
{
    if (s->count == SAMPLE_MOST) {
        for (size_t i = 0; i < SAMPLE_MOST / 2; i++)
            s->at[i] = s->at[2 * i];
        s->count = SAMPLE_MOST / 2;
        s->stride *= 2;
    }
    s->at[s->count++] = (struct row_mark){.event_ms = event_ms, .number = number, .kind = kind};
    s->skip = s->stride - 1;
}

void marks_join(struct marks *m)
{
    const struct sample *a = &m->late, *b = &m->others;
    size_t i = 0, j = 0;

    for (m->count = 0; i < a->count || j < b->count; m->count++) {
        bool late = j == b->count || (i < a->count && a->at[i].number < b->at[j].number);
        m->all[m->count] = late ? a->at[i++] : b->at[j++];
    }
}
