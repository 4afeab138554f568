#include "replay/dataset.h"

#include "base/clock.h"
#include "base/xalloc.h"
#include "replay/input.h"
#include "replay/order.h"
#include "replay/scan.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define WINDOW_BYTES ((size_t)256 * 1024)
/* Calls indexed in one go while sorting: well under the time that a key press may wait. */
#define INDEX_STEP 20000

enum form { FORM_UNKNOWN, FORM_ARRAY, FORM_LINES };

struct dataset {
    struct input *in;
    char *path;
    char *buf; /* the window: bytes [pos, len) are unread */
    size_t pos, len, cap;
    int64_t buf_at; /* place of buf[0] in the (decompressed) data */
    bool eof;
    enum form form;
    bool array_open; /* '[' without its ']' yet */
    bool resyncing;  /* behind something broken, on the way to the next call */
    struct skipper { /* inside an object that is too large to be kept */
        bool active, in_text, escaped;
        int64_t depth;
    } skipper;
    bool by_time;
    struct order *order; /* by time: the index; complete once sorted */
    bool sorted;
    int64_t next_sorted;
    struct strbuf out;
    int64_t position, total, skipped, skipped_before; /* the last: in earlier passes */
    char last_time[32];                               /* the text of the time read last, and what it says */
    size_t last_time_len;
    int64_t last_time_ms;
    char reason[160], error[300];
};

static void skip(struct dataset *d, int64_t at, const char *reason)
{
    d->skipped++;
    snprintf(d->reason, sizeof d->reason, "byte %lld: %s", (long long)at, reason);
}

static enum dataset_status fail(struct dataset *d, const char *words)
{
    snprintf(d->error, sizeof d->error, "%s: %s", d->path, words);
    return DATASET_FAILED;
}

/* More bytes behind the window; makes room first. DATASET_CALL: there are more, or eof is set now. */
static enum dataset_status fill(struct dataset *d)
{
    if (d->pos > 0) {
        memmove(d->buf, d->buf + d->pos, d->len - d->pos);
        d->buf_at += (int64_t)d->pos;
        d->len -= d->pos;
        d->pos = 0;
    }
    if (d->len == d->cap) {
        d->cap = d->cap ? d->cap * 2 : WINDOW_BYTES;
        d->buf = xrealloc(d->buf, d->cap + SCAN_PADDING);
    }
    ssize_t n = input_read(d->in, d->buf + d->len, d->cap - d->len);
    if (n == INPUT_WAIT)
        return DATASET_WAIT;
    if (n < 0)
        return fail(d, input_error(d->in));
    d->eof = n == 0;
    d->len += (size_t)n;
    memset(d->buf + d->len, 0, SCAN_PADDING);
    return DATASET_CALL;
}

/* Goes through an object that is too large, to its end; in a file of lines, a line's end is one too. */
static void run_skipper(struct dataset *d)
{
    struct skipper *s = &d->skipper;
    while (d->pos < d->len && s->active) {
        char c = d->buf[d->pos];
        if (c == '\n') {
            s->in_text = s->escaped = false;
            s->active = d->form != FORM_LINES;
        } else if (s->in_text) {
            s->in_text = s->escaped || c != '"';
            s->escaped = !s->escaped && c == '\\';
        } else if (c == '"') {
            s->in_text = true;
        } else if (c == '{' || c == '[') {
            s->depth++;
        } else if (c == '}' || c == ']') {
            s->active = --s->depth > 0;
        }
        d->pos++;
    }
}

/* Leaves an object that broke at stop. In a file of lines the next call is on the next line, unless the
 * broken one has already run into it; in an array it is the next '{', wherever that is. */
static void leave_broken(struct dataset *d, size_t start, size_t stop)
{
    size_t before = stop;
    while (before > start && (d->buf[before - 1] == ' ' || d->buf[before - 1] == '\t'))
        before--;
    bool new_line = stop < d->len && d->buf[stop] == '{' && before > start && d->buf[before - 1] == '\n';
    d->pos = stop;
    d->resyncing = !(d->form == FORM_LINES && new_line);
}

/* Moves to the next '{', counting one skip for each thing on the way that is neither an array's punctuation
 * nor the rest of something already counted. False at the window's end. */
static bool find_object(struct dataset *d)
{
    if (d->resyncing && d->form == FORM_LINES) {
        const char *newline = memchr(d->buf + d->pos, '\n', d->len - d->pos);
        d->pos = newline ? (size_t)(newline - d->buf) : d->len;
        d->resyncing = !newline;
    }
    for (; d->pos < d->len; d->pos++) {
        char c = d->buf[d->pos];
        if (c == '{' && !(d->resyncing && d->form == FORM_LINES)) {
            d->resyncing = false;
            if (d->form == FORM_UNKNOWN)
                d->form = FORM_LINES;
            return true;
        }
        if (c == '\n' && d->form == FORM_LINES)
            d->resyncing = false;
        if (c == ',' || c == ' ' || c == '\n' || c == '\r' || c == '\t') {
            continue;
        } else if (c == ']') {
            d->array_open = false;
        } else if (c == '[' && !d->resyncing) {
            if (d->form == FORM_UNKNOWN)
                d->form = FORM_ARRAY;
            d->array_open = d->form == FORM_ARRAY;
        } else if (!d->resyncing) {
            skip(d, d->buf_at + (int64_t)d->pos, "not an object");
            d->resyncing = true;
        }
    }
    return false;
}

static void skip_mark(struct dataset *d)
{
    if (d->buf_at == 0 && d->pos == 0 && d->len >= 3 && memcmp(d->buf, "\xef\xbb\xbf", 3) == 0)
        d->pos = 3;
}

/* The next object of the window, or why there is none yet. */
static enum dataset_status next_object(struct dataset *d, struct scan *scan, int64_t *place)
{
    for (;;) {
        if (d->skipper.active)
            run_skipper(d);
        skip_mark(d);
        if (find_object(d)) {
            size_t start = d->pos;
            enum scan_result r = scan_object(d->buf + start, d->buf + d->len, scan);
            bool too_large = r == SCAN_MORE && d->len - start > DATASET_OBJECT_MAX;
            *place = d->buf_at + (int64_t)start;
            if (r == SCAN_CALL) {
                d->pos = (size_t)(scan->end - d->buf);
                if (d->pos - start <= DATASET_OBJECT_MAX)
                    return DATASET_CALL;
                skip(d, *place, "larger than 8 MiB");
                continue;
            }
            if (too_large) {
                skip(d, *place, "larger than 8 MiB");
                d->skipper = (struct skipper){.active = true};
                continue;
            }
            if (r == SCAN_BROKEN || d->eof) {
                skip(d, *place, r == SCAN_BROKEN ? scan->reason : "the data ends in the middle of a call");
                leave_broken(d, start, r == SCAN_BROKEN ? (size_t)(scan->end - d->buf) : d->len);
                continue;
            }
        }
        if (d->eof && !d->array_open)
            return DATASET_END;
        if (d->eof) {
            /* An array without its end is a file that was cut, as a .gz without its end is. */
            (void)fail(d, "the JSON array breaks off: the file is not complete");
            return DATASET_FAILED;
        }
        enum dataset_status s = fill(d);
        if (s != DATASET_CALL)
            return s;
    }
}

/* Neighbours often have the same time to the letter. */
static int64_t event_time(struct dataset *d, const struct scan *scan)
{
    struct text t = scan->value[FIELD_CALL_DATE_TIME];
    if (!t.p)
        return UNKNOWN;
    if (t.len == d->last_time_len && memcmp(t.p, d->last_time, t.len) == 0)
        return d->last_time_ms;
    int64_t ms = UNKNOWN;
    (void)iso_parse_ms(t.p, t.len, &ms);
    if (t.len <= sizeof d->last_time) {
        memcpy(d->last_time, t.p, t.len);
        d->last_time_len = t.len;
        d->last_time_ms = ms;
    }
    return ms;
}

static void fill_call(struct dataset *d, const char *start, const struct scan *scan,
                      struct dataset_call *call)
{
    if (scan->canonical) {
        call->json = (struct text){start, (size_t)(scan->end - start)};
    } else {
        d->out.len = 0;
        scan_write(scan, &d->out);
        call->json = (struct text){d->out.data, d->out.len};
    }
    call->key = scan->value[FIELD_CRIME_ID];
    call->event_ms = event_time(d, scan);
    d->position++;
}

static enum dataset_status next_in_file(struct dataset *d, struct dataset_call *call, int64_t *place)
{
    struct scan scan;
    enum dataset_status s = next_object(d, &scan, place);
    if (s == DATASET_CALL)
        fill_call(d, d->buf + (*place - d->buf_at), &scan, call);
    else if (s == DATASET_END && !d->by_time)
        d->total = d->position;
    return s;
}

/* One step of the first pass in event-time order: reads, remembers where each call stands. */
static enum dataset_status index_step(struct dataset *d)
{
    bool copies = !input_can_rewind(d->in) || input_is_gzip(d->in);
    for (int i = 0; i < INDEX_STEP; i++) {
        struct dataset_call call;
        int64_t place;
        enum dataset_status s = next_in_file(d, &call, &place);
        if (s != DATASET_CALL && s != DATASET_END)
            return s;
        /* Only the first read tells a .gz, so the index is made after it. */
        if (!d->order) {
            copies = !input_can_rewind(d->in) || input_is_gzip(d->in);
            d->order = order_new(copies ? -1 : input_fd(d->in), d->error, sizeof d->error);
            if (!d->order)
                return DATASET_FAILED;
        }
        if (s == DATASET_END) {
            if (!order_sort(d->order))
                return fail(d, strerror(errno));
            d->sorted = true;
            d->total = order_count(d->order);
            d->position = 0;
            break;
        }
        size_t len = (size_t)(d->buf_at + (int64_t)d->pos - place);
        if (!copies)
            order_add(d->order, call.event_ms, place, len);
        else if (!order_add_copy(d->order, call.event_ms, call.json.p, call.json.len))
            return fail(d, strerror(errno));
    }
    return DATASET_BUSY;
}

static enum dataset_status next_by_time(struct dataset *d, struct dataset_call *call)
{
    size_t len;
    struct scan scan;
    if (!d->sorted)
        return index_step(d);
    if (d->next_sorted == order_count(d->order))
        return DATASET_END;
    errno = 0;
    const char *text = order_read(d->order, d->next_sorted, &len);
    if (!text)
        return fail(d, errno ? strerror(errno) : "the file became shorter while it was read");
    if (scan_object(text, text + len, &scan) != SCAN_CALL)
        return fail(d, "the file changed while it was read");
    d->next_sorted++;
    fill_call(d, text, &scan, call);
    return DATASET_CALL;
}

enum dataset_status dataset_next(struct dataset *d, struct dataset_call *call)
{
    int64_t place;
    if (d->error[0])
        return DATASET_FAILED;
    return d->by_time ? next_by_time(d, call) : next_in_file(d, call, &place);
}

bool dataset_can_rewind(const struct dataset *d)
{
    return d->by_time || input_can_rewind(d->in);
}

bool dataset_rewind(struct dataset *d)
{
    if (d->by_time) {
        d->next_sorted = 0;
        d->position = d->sorted ? 0 : d->position;
        return true;
    }
    if (!input_rewind(d->in))
        return false;
    /* The same objects will be skipped again: the count is of the file, not of its passes. */
    if (d->skipped > d->skipped_before)
        d->skipped_before = d->skipped;
    d->skipped = d->position = d->buf_at = 0;
    d->pos = d->len = 0;
    d->eof = d->resyncing = d->array_open = false;
    d->form = FORM_UNKNOWN;
    d->skipper.active = false;
    d->error[0] = '\0';
    return true;
}

/* Small plain files are read once when opened, so that the total is known and a file without a single call is
 * refused at once. */
static bool count_calls(struct dataset *d, char *err, size_t err_cap)
{
    struct dataset_call call;
    enum dataset_status s;
    if (d->by_time || !input_can_rewind(d->in) || input_size(d->in) > DATASET_COUNT_MAX)
        return true;
    do {
        s = dataset_next(d, &call);
        if (input_is_gzip(d->in))
            return dataset_rewind(d);
    } while (s == DATASET_CALL);
    /* What a cut array has is sent before it is a failure. */
    if (d->array_open && d->position > 0)
        return dataset_rewind(d);
    if (s == DATASET_FAILED) {
        snprintf(err, err_cap, "%s", d->error);
        return false;
    }
    if (d->total == 0) {
        snprintf(err, err_cap, "%s holds no calls%s%s", d->path, d->reason[0] ? "; " : "", d->reason);
        return false;
    }
    return dataset_rewind(d);
}

struct dataset *dataset_open(const char *path, bool by_time, char *err, size_t err_cap)
{
    struct input *in = input_open(path, err, err_cap);
    if (!in)
        return NULL;
    struct dataset *d = xcalloc(1, sizeof *d);
    d->in = in;
    d->path = xstrdup(strcmp(path, "-") == 0 ? "standard input" : path);
    d->by_time = by_time;
    d->total = d->last_time_ms = UNKNOWN;
    if (!count_calls(d, err, err_cap)) {
        dataset_close(d);
        return NULL;
    }
    return d;
}

void dataset_close(struct dataset *d)
{
    if (!d)
        return;
    order_free(d->order);
    input_close(d->in);
    strbuf_free(&d->out);
    free(d->buf);
    free(d->path);
    free(d);
}

int dataset_fd(const struct dataset *d)
{
    return input_fd(d->in);
}

const char *dataset_error(const struct dataset *d)
{
    return d->error;
}

int64_t dataset_total(const struct dataset *d)
{
    return d->total;
}

int64_t dataset_position(const struct dataset *d)
{
    return d->by_time && !d->sorted ? 0 : d->position;
}

double dataset_share(const struct dataset *d)
{
    if (d->total > 0 && (!d->by_time || d->sorted))
        return (double)d->position / (double)d->total;
    if (input_size(d->in) <= 0)
        return (double)NAN;
    /* Compressed bytes run ahead by what waits in the window, which is small beside such a file. */
    return (double)input_consumed(d->in) / (double)input_size(d->in);
}

int64_t dataset_skipped(const struct dataset *d)
{
    return d->skipped > d->skipped_before ? d->skipped : d->skipped_before;
}

const char *dataset_skip_reason(const struct dataset *d)
{
    return d->reason;
}
