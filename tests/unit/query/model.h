/* The query again, as plainly as it can be said: lists that are walked, nothing clever, quadratic. What the
 * engine is measured against. Rows come as they are, so the JSON scanner is not part of it. */
#ifndef TEST_QUERY_MODEL_H
#define TEST_QUERY_MODEL_H

#include "feed.h"

struct model_row {
    bool bad; /* no call at all */
    int64_t time;
    const char *text[FIELD_COUNT]; /* NULL = null */
};

struct model_group {
    int64_t start, count, before;
    char key[300]; /* the group-by fields as CSV */
    bool closed, changed, closed_now;
};

struct model {
    const struct query_settings *s;
    int64_t late, used, next; /* watermarks */
    struct model_row seen[1000];
    bool forgotten[1000];
    int seen_count;
    struct model_group groups[3000];
    int group_count;
    /* of the batch */
    int64_t rows_late, rows_duplicate, rows_null, rows_counted, added, dropped, distinct_late,
        distinct_removed;
    struct model_group dropped_groups[3000];
    /* rows that came as far as the watermark, and what became of them */
    bool seen_any;
    int64_t newest, rows_out_of_order;
    struct row_mark marks[1000];
    size_t mark_count;
};

static inline bool same_text(const char *a, const char *b)
{
    return a == b || (a != NULL && b != NULL && strcmp(a, b) == 0);
}

static inline bool model_selects(const struct query_settings *s, int field)
{
    for (int i = 0; i < s->group_by_count; i++)
        if ((int)s->group_by[i] == field)
            return true;
    return field == FIELD_DISPOSITION || field == FIELD_TYPE;
}

static inline bool model_seen(struct model *m, const struct model_row *row)
{
    for (int i = 0; i < m->seen_count; i++) {
        bool same = !m->forgotten[i] && m->seen[i].time == row->time;
        for (int f = 0; same && f < FIELD_COUNT; f++)
            if (model_selects(m->s, f) && !same_text(m->seen[i].text[f], row->text[f]))
                same = false;
        if (same)
            return true;
    }
    m->seen[m->seen_count] = *row;
    m->forgotten[m->seen_count++] = false;
    m->added++;
    return false;
}

static inline struct model_group *model_group(struct model_group *list, int64_t *count, int64_t start,
                                              const char *key)
{
    for (int64_t i = 0; i < *count; i++)
        if (list[i].start == start && strcmp(list[i].key, key) == 0)
            return &list[i];
    list[*count] = (struct model_group){.start = start};
    snprintf(list[*count].key, sizeof(list[*count].key), "%s", key);
    return &list[(*count)++];
}

/* Groups that the watermark can close: those of update and append whose key has a time. */
static inline bool model_closes(const struct query_settings *s)
{
    return s->output_mode != OUTPUT_COMPLETE &&
           (s->window_ms > 0 || (model_selects(s, FIELD_CALL_DATE_TIME)));
}

static inline void model_count(struct model *m, const struct model_row *row)
{
    struct strbuf key = {0};
    char iso[ISO_MAX];
    bool counted = false;
    int64_t group_count = m->group_count, window = m->s->window_ms, slide = window > 0 ? m->s->slide_ms : 1;
    int64_t from = row->time - window - slide, to = row->time;

    for (int i = 0; i < m->s->group_by_count; i++) {
        const char *t = row->text[m->s->group_by[i]];
        iso_format_ms(iso, row->time, 0);
        if (m->s->group_by[i] == FIELD_CALL_DATE_TIME)
            t = iso;
        put_csv(&key, (struct text){t, t != NULL ? strlen(t) : 0});
        strbuf_puts(&key, t != NULL ? "," : "\xff,"); /* null is not the empty text */
    }
    if (window == 0)
        from = to = model_selects(m->s, FIELD_CALL_DATE_TIME) ? row->time : 0;
    for (int64_t start = from; start <= to; start++) {
        if (window > 0 && start % slide != 0) { /* step on to the next multiple, also before the epoch */
            start += (slide - start % slide) % slide - 1;
            continue;
        }
        if (window > 0 && !(start <= row->time && row->time < start + window))
            continue;
        if (model_closes(m->s) && start + window <= m->late) {
            model_group(m->dropped_groups, &m->dropped, start, key.data);
            continue;
        }
        struct model_group *g = model_group(m->groups, &group_count, start, key.data);
        m->group_count = (int)group_count;
        g->count++;
        g->changed = counted = true;
    }
    m->rows_counted += counted;
    m->rows_late += !counted;
    strbuf_free(&key);
}

/* A row from the watermark on. */
static inline void model_row(struct model *m, const struct model_row *row)
{
    if (m->s->distinct == DISTINCT_WITHIN_WATERMARK) {
        if (row->time <= m->late) {
            m->rows_late++;
            m->distinct_late++;
            return;
        }
        if (model_seen(m, row)) {
            m->rows_duplicate++;
            return;
        }
    }
    if (row->text[FIELD_DISPOSITION] == NULL || row->text[FIELD_TYPE] == NULL)
        m->rows_null++;
    else
        model_count(m, row);
}

static inline void model_mark(struct model *m, const struct model_row *row, bool late)
{
    bool older = m->seen_any && row->time < m->newest;

    m->marks[m->mark_count] = (struct row_mark){.event_ms = row->time,
                                                .number = (int64_t)m->mark_count,
                                                .kind = late    ? MARK_LATE
                                                        : older ? MARK_OUT_OF_ORDER
                                                                : MARK_IN_ORDER};
    m->mark_count++;
    m->rows_out_of_order += late || older;
    m->newest = older ? m->newest : row->time;
    m->seen_any = true;
}

static inline void model_batch(struct model *m, const struct model_row *rows, int count)
{
    int64_t newest = INT64_MIN;

    m->mark_count = 0;
    m->rows_out_of_order = 0;
    m->late = m->used;
    m->used = m->next;
    m->rows_late = m->rows_duplicate = m->rows_null = m->rows_counted = 0;
    m->added = m->dropped = m->distinct_late = m->distinct_removed = 0;
    for (int i = 0; i < m->group_count; i++)
        m->groups[i].changed = m->groups[i].closed_now = false;
    for (int i = 0; i < count; i++) {
        const struct model_row *row = &rows[i];
        if (row->bad)
            continue;
        if (m->s->distinct == DISTINCT_GLOBAL && model_seen(m, row)) {
            m->rows_duplicate++;
            continue;
        }
        newest = row->time > newest ? row->time : newest;
        int64_t late_before = m->rows_late;
        model_row(m, row);
        model_mark(m, row, m->rows_late > late_before);
    }
    if (newest != INT64_MIN && newest - m->s->watermark_ms > m->next)
        m->next = newest - m->s->watermark_ms;
    for (int i = 0; i < m->seen_count; i++)
        if (m->s->distinct == DISTINCT_WITHIN_WATERMARK && !m->forgotten[i] &&
            m->seen[i].time + m->s->watermark_ms <= m->used) {
            m->forgotten[i] = true;
            m->distinct_removed++;
        }
    for (int i = 0; i < m->group_count; i++)
        if (model_closes(m->s) && !m->groups[i].closed && m->groups[i].start + m->s->window_ms <= m->used)
            m->groups[i].closed = m->groups[i].closed_now = true;
}

#endif
