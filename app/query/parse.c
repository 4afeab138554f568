/* Messages become rows: the JSON fields that the query needs, as ids, and the event time. A message that is
 * no call never stops anything: it is counted by reason and told to the listener. */
#include "query/operator.h"
#include "query/scan.h"

#include "base/xalloc.h"

#include <stdio.h>
#include <stdlib.h>

struct parse {
    struct query_core *core;
    struct scanner scanner;
    int text_columns[FIELD_COUNT]; /* those that come from the message as they are */
    int text_column_count;
    int time_column; /* of the event time as text, when it is grouped by */
};

static bool parse_wanted(const struct query_settings *s)
{
    return true;
}

static void *parse_open(struct query_core *core)
{
    struct parse *p = xcalloc(1, sizeof(*p));

    p->core = core;
    scanner_open(&p->scanner);
    p->scanner.wanted[FIELD_CALL_DATE_TIME] = true;
    p->time_column = core->column_of[FIELD_CALL_DATE_TIME];
    for (int i = 0; i < core->column_count; i++) {
        enum field f = core->columns[i].field;
        if (f == FIELD_CALL_DATE_TIME || f == FIELD_DISPOSITION_DESCRIPTION)
            continue;
        p->scanner.wanted[f] = true;
        p->text_columns[p->text_column_count++] = i;
    }
    return p;
}

static void parse_close(void *self)
{
    struct parse *p = self;

    scanner_free(&p->scanner);
    free(p);
}

static void bad(struct parse *p, const struct message *m, enum bad_reason reason, const char *detail)
{
    p->core->batch.rows_bad[reason]++;
    if (p->core->listener.bad != NULL)
        p->core->listener.bad(p->core->listener.arg, m, reason, detail);
}

static void bad_time(struct parse *p, const struct message *m, struct text value)
{
    char shown[64], detail[128];

    text_clean(shown, sizeof(shown), value.p, value.len, false);
    snprintf(detail, sizeof(detail), "call_date_time is no date and time: \"%s\"", shown);
    bad(p, m, BAD_TIME, detail);
}

/* Scans the message; false after telling why it is no call. */
static bool read_call(struct parse *p, const struct message *m, int64_t *event_ms)
{
    char detail[80];

    if (m->value == NULL || m->value_len == 0) {
        bad(p, m, BAD_EMPTY, m->value == NULL ? "no value (a tombstone)" : "an empty value");
        return false;
    }
    if (m->value_len > MESSAGE_MAX_BYTES) {
        snprintf(detail, sizeof(detail), "%zu bytes, more than %d", m->value_len, MESSAGE_MAX_BYTES);
        bad(p, m, BAD_TOO_LARGE, detail);
        return false;
    }
    switch (scan_message(&p->scanner, m->value, m->value_len)) {
    case SCAN_NOT_JSON:
        snprintf(detail, sizeof(detail), "not JSON at byte %zu", p->scanner.error_at);
        bad(p, m, BAD_NOT_JSON, detail);
        return false;
    case SCAN_NOT_OBJECT: bad(p, m, BAD_NOT_OBJECT, "JSON, but not an object"); return false;
    case SCAN_OK: break;
    }
    struct text time = p->scanner.fields[FIELD_CALL_DATE_TIME];
    if (time.p == NULL || time.len == 0) {
        bad(p, m, BAD_NO_TIME, time.p == NULL ? "no call_date_time" : "call_date_time is empty");
        return false;
    }
    if (!iso_parse_ms(time.p, time.len, event_ms)) {
        bad_time(p, m, time);
        return false;
    }
    return true;
}

static void parse_rows(void *self, struct row_block *b)
{
    struct parse *p = self;
    struct query_core *core = p->core;

    b->count = 0;
    for (size_t i = 0; i < b->message_count; i++) {
        const struct message *m = &b->messages[i];
        struct row *row = &b->rows[b->count];
        if (!read_call(p, m, &row->event_ms))
            continue;
        row->message = m;
        for (int t = 0; t < p->text_column_count; t++) {
            int c = p->text_columns[t];
            row->ids[c] = intern_id(&core->columns[c].strings, p->scanner.fields[core->columns[c].field]);
        }
        if (p->time_column != COLUMN_NONE) {
            /* As in Spark the column is the time, not its spelling: one moment is one group. */
            char iso[ISO_MAX];
            iso_format_ms(iso, row->event_ms, 0);
            row->ids[p->time_column] =
                intern_id(&core->columns[p->time_column].strings, (struct text){iso, strlen(iso)});
        }
        b->count++;
    }
}

const struct operator operator_parse = {
    .name = "parse",
    .wanted = parse_wanted,
    .open = parse_open,
    .close = parse_close,
    .rows = parse_rows,
};
