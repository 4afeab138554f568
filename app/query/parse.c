/* Messages become rows: the JSON fields that the query needs, as ids, and the event time. A message that is
 * no call never stops anything: it is counted by reason and told to the listener. The workers read a block in
 * chunks and only look strings up; what they have found new or bad the engine thread then goes through in the
 * messages' order, so that ids and reports are the same for any number of workers. */
#include "query/operator.h"
#include "query/scan.h"

#include "base/xalloc.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#define CHUNK_ROWS  256
#define CHUNK_COUNT ((BLOCK_ROWS + CHUNK_ROWS - 1) / CHUNK_ROWS)

/* The data's own form of a time: a day, and a clock in it. */
#define DAY_BYTES   (sizeof("2018-12-31T") - 1)
#define CLOCK_BYTES (sizeof("23:57:00.000") - 1)
#define DAY_MS      INT64_C(86400000)

/* What a worker needs to read messages. */
struct reader {
    struct scanner scanner;
    /* The day of the last call, since the next is nearly always of the same: then only the clock is read. */
    char day[DAY_BYTES];
    int64_t day_ms;
};

/* A string that was not in its column yet. */
struct unseen {
    uint32_t row; /* of the block */
    int column;
    size_t at, len; /* in the chunk's bytes */
    uint64_t hash;
};

/* What a worker leaves to the engine thread. */
struct chunk {
    struct unseen *unseen;
    size_t unseen_count, capacity;
    struct strbuf bytes;
    bool bad; /* some message is no call: its row has no message */
};

struct parse {
    struct query_core *core;
    struct reader *readers; /* one a worker */
    struct chunk chunks[CHUNK_COUNT];
    struct row_block *block;       /* that is worked on */
    int text_columns[FIELD_COUNT]; /* those that come from the message as they are */
    int text_column_count;
    int time_column; /* of the event time as text, when it is grouped by */
};

/* Why a message is no call, with one clean sentence. */
struct refusal {
    enum bad_reason reason;
    char detail[128];
};

static bool parse_wanted(const struct query_settings *s)
{
    return true;
}

static void open_reader(const struct parse *p, struct reader *r)
{
    scanner_open(&r->scanner);
    r->scanner.wanted[FIELD_CALL_DATE_TIME] = true;
    for (int i = 0; i < p->text_column_count; i++)
        r->scanner.wanted[p->core->columns[p->text_columns[i]].field] = true;
}

static void *parse_open(struct query_core *core)
{
    struct parse *p = xcalloc(1, sizeof(*p));
    int workers = workers_count(core->workers);

    p->core = core;
    p->time_column = core->column_of[FIELD_CALL_DATE_TIME];
    for (int i = 0; i < core->column_count; i++) {
        enum field f = core->columns[i].field;
        if (f != FIELD_CALL_DATE_TIME && f != FIELD_DISPOSITION_DESCRIPTION)
            p->text_columns[p->text_column_count++] = i;
    }
    p->readers = xcalloc((size_t)workers, sizeof(*p->readers));
    for (int i = 0; i < workers; i++)
        open_reader(p, &p->readers[i]);
    return p;
}

static void parse_close(void *self)
{
    struct parse *p = self;

    for (int i = 0; i < workers_count(p->core->workers); i++)
        scanner_free(&p->readers[i].scanner);
    for (int i = 0; i < CHUNK_COUNT; i++) {
        free(p->chunks[i].unseen);
        strbuf_free(&p->chunks[i].bytes);
    }
    free(p->readers);
    free(p);
}

/* ---- one message; any worker ---- */

__attribute__((format(printf, 3, 4))) static bool refuse(struct refusal *why, enum bad_reason reason,
                                                         const char *fmt, ...)
{
    va_list args;

    if (why != NULL) {
        why->reason = reason;
        va_start(args, fmt);
        vsnprintf(why->detail, sizeof(why->detail), fmt, args);
        va_end(args);
    }
    return false;
}

static bool refuse_time(struct refusal *why, struct text value)
{
    char shown[64];

    if (value.p == NULL)
        return refuse(why, BAD_NO_TIME, "no call_date_time");
    if (value.len == 0)
        return refuse(why, BAD_NO_TIME, "call_date_time is empty");
    text_clean(shown, sizeof(shown), value.p, value.len, false);
    return refuse(why, BAD_TIME, "call_date_time is no date and time: \"%s\"", shown);
}

/* The value of digits in a text, at most four; negative where one is none. */
static inline int digits(const char *p, int count)
{
    int value = 0;

    for (int i = 0; i < count; i++) {
        unsigned digit = (unsigned)(p[i] - '0');
        if (digit > 9)
            return -1;
        value = value * 10 + (int)digit;
    }
    return value;
}

/* "23:57:00.000" as milliseconds; -1 where the text is anything else. */
static int64_t clock_of(const char *p)
{
    int hour = digits(p, 2), minute = digits(p + 3, 2), second = digits(p + 6, 2), ms = digits(p + 9, 3);

    if (hour < 0 || hour > 23 || minute < 0 || minute > 59 || second < 0 || second > 59 || ms < 0 ||
        p[2] != ':' || p[5] != ':' || p[8] != '.')
        return -1;
    return ((hour * 60 + minute) * 60 + second) * INT64_C(1000) + ms;
}

static bool event_time(struct reader *r, struct text t, int64_t *ms)
{
    int64_t clock_ms = t.len == DAY_BYTES + CLOCK_BYTES ? clock_of(t.p + DAY_BYTES) : -1;

    if (clock_ms >= 0 && memcmp(t.p, r->day, DAY_BYTES) == 0) {
        *ms = r->day_ms + clock_ms;
        return true;
    }
    if (t.len == 0 || !iso_parse_ms(t.p, t.len, ms))
        return false;
    if (clock_ms >= 0) {
        memcpy(r->day, t.p, DAY_BYTES);
        r->day_ms = *ms - clock_ms;
    }
    return true;
}

/* Scans the message and its time; false where it is no call, with why when that is asked for. */
static bool read_call(struct reader *r, const struct message *m, int64_t *event_ms, struct refusal *why)
{
    if (m->value == NULL)
        return refuse(why, BAD_EMPTY, "no value (a tombstone)");
    if (m->value_len == 0)
        return refuse(why, BAD_EMPTY, "an empty value");
    if (m->value_len > MESSAGE_MAX_BYTES)
        return refuse(why, BAD_TOO_LARGE, "%zu bytes, more than %d", m->value_len, MESSAGE_MAX_BYTES);
    switch (scan_message(&r->scanner, m->value, m->value_len)) {
    case SCAN_NOT_JSON: return refuse(why, BAD_NOT_JSON, "not JSON at byte %zu", r->scanner.error_at);
    case SCAN_NOT_OBJECT: return refuse(why, BAD_NOT_OBJECT, "JSON, but not an object");
    case SCAN_OK: break;
    }
    struct text time = r->scanner.fields[FIELD_CALL_DATE_TIME];
    return event_time(r, time, event_ms) || refuse_time(why, time);
}

static uint32_t id_of(const struct parse *p, struct chunk *c, size_t row, int column, struct text text)
{
    if (text.p == NULL)
        return INTERN_NULL;
    uint64_t hash = hash_bytes(text.p, text.len);
    uint32_t id = intern_find(&p->core->columns[column].strings, text, hash);
    if (id != INTERN_NONE)
        return id;
    c->unseen = array_grow(c->unseen, &c->capacity, c->unseen_count + 1, sizeof(*c->unseen));
    c->unseen[c->unseen_count++] = (struct unseen){(uint32_t)row, column, c->bytes.len, text.len, hash};
    strbuf_add(&c->bytes, text.p, text.len);
    return id;
}

static void read_row(const struct parse *p, struct reader *r, struct chunk *c, size_t at)
{
    struct row *row = row_at(p->block, at);

    row->message = &p->block->messages[at];
    if (!read_call(r, row->message, &row->event_ms, NULL)) {
        row->message = NULL;
        c->bad = true;
        return;
    }
    for (int t = 0; t < p->text_column_count; t++) {
        int column = p->text_columns[t];
        row->ids[column] = id_of(p, c, at, column, r->scanner.fields[p->core->columns[column].field]);
    }
    if (p->time_column != COLUMN_NONE) {
        /* As in Spark the column is the time, not its spelling: one moment is one group. */
        char iso[ISO_MAX];
        iso_format_ms(iso, row->event_ms, 0);
        row->ids[p->time_column] = id_of(p, c, at, p->time_column, (struct text){iso, strlen(iso)});
    }
}

static void read_chunk(void *arg, size_t task, int worker)
{
    struct parse *p = arg;
    struct chunk *c = &p->chunks[task];
    size_t from = task * CHUNK_ROWS, to = from + CHUNK_ROWS;

    if (to > p->block->message_count)
        to = p->block->message_count;
    c->unseen_count = c->bytes.len = 0;
    c->bad = false;
    for (size_t i = from; i < to; i++)
        read_row(p, &p->readers[worker], c, i);
}

/* ---- what the workers have left; the engine thread ---- */

static void put_unseen(const struct parse *p, const struct chunk *c)
{
    for (size_t i = 0; i < c->unseen_count; i++) {
        const struct unseen *u = &c->unseen[i];
        struct text text = {u->len > 0 ? c->bytes.data + u->at : "", u->len};
        row_at(p->block, u->row)->ids[u->column] =
            intern_put(&p->core->columns[u->column].strings, text, u->hash);
    }
}

/* Reads a bad message once more, for the reason. */
static void tell_bad(struct parse *p, const struct message *m)
{
    struct refusal why;
    int64_t event_ms;

    if (read_call(&p->readers[0], m, &event_ms, &why))
        return;
    p->core->batch.rows_bad[why.reason]++;
    if (p->core->listener.bad != NULL)
        p->core->listener.bad(p->core->listener.arg, m, why.reason, why.detail);
}

static void drop_bad(struct parse *p)
{
    struct row_block *b = p->block;

    b->count = 0;
    for (size_t i = 0; i < b->message_count; i++) {
        if (row_at(b, i)->message != NULL)
            row_move(b, b->count++, i);
        else
            tell_bad(p, &b->messages[i]);
    }
}

static void parse_rows(void *self, struct row_block *b)
{
    struct parse *p = self;
    size_t chunks = (b->message_count + CHUNK_ROWS - 1) / CHUNK_ROWS;
    bool bad = false;

    p->block = b;
    workers_run(p->core->workers, chunks, read_chunk, p);
    for (size_t i = 0; i < chunks; i++) {
        put_unseen(p, &p->chunks[i]);
        bad |= p->chunks[i].bad;
    }
    if (bad)
        drop_bad(p);
    else
        b->count = b->message_count;
}

const struct operator operator_parse = {
    .name = "parse",
    .wanted = parse_wanted,
    .open = parse_open,
    .close = parse_close,
    .rows = parse_rows,
};
