/* Messages of any bytes through the query: each is a row with the right time, or is told to the listener with
 * the right reason, which is what puts it among the dead letters; json-c and iso_parse_ms() say which.
 * Messages are parted by the byte 0x1e, which no JSON holds. All make one batch, so each comes behind what
 * the others have taught the reader (names and their places, the day of the last call). Not judged: what a
 * message with two names for its time holds, and one with \u0000 in it, where json-c's tree says less than
 * the text (messages.c judges those). */
#include "fuzz/fuzz.h"

#include "base/clock.h"
#include "base/xalloc.h"
#include "query/row.h"

#include <json-c/json.h>
#include <stdlib.h>
#include <string.h>

#define PARTED_BY    0x1e
#define INPUT_MAX    ((size_t)16 * 1024)
#define MESSAGES_MAX 256
#define DEPTH_MAX    512

/* What became of a message: a reason, or one of these. */
enum { UNTOLD = -1, COUNTED = -2, NOT_JUDGED = -3, DROPPED = -4 };

struct fate {
    int verdict;
    int64_t event_ms; /* where it is counted */
};

static void on_bad(void *arg, const struct message *m, enum bad_reason reason, const char *detail)
{
    struct fate *f = (struct fate *)arg + m->offset;

    FUZZ_EXPECT(f->verdict == UNTOLD);
    FUZZ_EXPECT(fuzz_fit_for_people(detail));
    f->verdict = (int)reason;
}

static void on_counted(void *arg, const struct row_block *rows)
{
    for (size_t i = 0; i < rows->count; i++) {
        const struct row *row = row_at(rows, i);
        struct fate *f = (struct fate *)arg + row->message->offset;
        FUZZ_EXPECT(f->verdict == UNTOLD);
        *f = (struct fate){COUNTED, row->event_ms};
    }
}

static bool is_null(struct json_object *o, enum field f)
{
    static const char *const other[FIELD_COUNT] = {[FIELD_TYPE] = "original_crimetype_name"};

    return json_object_object_get(o, field_name(f)) == NULL &&
           (other[f] == NULL || json_object_object_get(o, other[f]) == NULL);
}

static struct fate time_says(struct json_object *o)
{
    struct json_object *time = NULL, *other = NULL;
    bool has = json_object_object_get_ex(o, "call_date_time", &time) != 0;
    struct fate f = {COUNTED, 0};

    if (json_object_object_get_ex(o, "call_dttm", &other)) {
        if (has)
            return (struct fate){NOT_JUDGED, 0};
        time = other;
    }
    if (time == NULL)
        return (struct fate){BAD_NO_TIME, 0};
    if (!json_object_is_type(time, json_type_string))
        return (struct fate){BAD_TIME, 0}; /* no number and no list reads like a date */
    size_t len = (size_t)json_object_get_string_len(time);
    if (len == 0)
        return (struct fate){BAD_NO_TIME, 0};
    if (!iso_parse_ms(json_object_get_string(time), len, &f.event_ms))
        return (struct fate){BAD_TIME, 0};
    return f;
}

static struct fate judged(const struct message *m)
{
    struct json_object *o;
    struct fate f;

    if (m->value_len == 0)
        return (struct fate){BAD_EMPTY, 0};
    if (memmem(m->value, m->value_len, "\\u0000", 6) != NULL)
        return (struct fate){NOT_JUDGED, 0};
    if (fuzz_strict_json(m->value, m->value_len, DEPTH_MAX, &o) != FUZZ_JSON_TAKEN)
        return (struct fate){BAD_NOT_JSON, 0};
    if (!json_object_is_type(o, json_type_object)) {
        f = (struct fate){BAD_NOT_OBJECT, 0};
    } else {
        bool both = json_object_object_get_ex(o, "original_crimetype_name", NULL) &&
                    json_object_object_get_ex(o, "original_crime_type_name", NULL);
        f = time_says(o);
        if (f.verdict == COUNTED && both)
            f.verdict = NOT_JUDGED;
        else if (f.verdict == COUNTED && (is_null(o, FIELD_DISPOSITION) || is_null(o, FIELD_TYPE)))
            f.verdict = DROPPED;
    }
    json_object_put(o);
    return f;
}

/* Parts the input into messages, each a copy of exact size. */
static size_t part(const uint8_t *data, size_t size, struct message *messages)
{
    size_t count = 0;

    for (size_t from = 0; from <= size && count < MESSAGES_MAX;) {
        const uint8_t *end = from < size ? memchr(data + from, PARTED_BY, size - from) : NULL;
        size_t len = end != NULL ? (size_t)(end - data) - from : size - from;
        char *copy = xmalloc(len);
        if (len > 0)
            memcpy(copy, data + from, len);
        messages[count] = (struct message){.value = copy, .value_len = len, .offset = (int64_t)count};
        count++;
        from += len + 1;
    }
    return count;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct message messages[MESSAGES_MAX];
    struct fate fates[MESSAGES_MAX];
    struct progress progress = {0};
    struct query_settings s;

    if (size > INPUT_MAX)
        return 0;
    size_t count = part(data, size, messages);
    for (size_t i = 0; i < count; i++)
        fates[i] = (struct fate){UNTOLD, 0};
    query_settings_default(&s);
    s.distinct = DISTINCT_OFF;
    s.window_ms = s.slide_ms = 0;
    const struct query_listener listener = {
        .arg = fates, .bad = on_bad, .counted = on_counted, .counted_arg = fates};
    struct query *q = query_new(&s, NULL, &listener);
    query_batch_begin(q, 0);
    query_rows(q, messages, count);
    query_batch_end(q, &progress);
    for (size_t i = 0; i < count; i++) {
        struct fate f = judged(&messages[i]);
        if (f.verdict == DROPPED)
            f.verdict = UNTOLD;
        if (f.verdict != NOT_JUDGED)
            FUZZ_EXPECT(f.verdict == fates[i].verdict &&
                        f.event_ms * (f.verdict == COUNTED) == fates[i].event_ms);
        free((char *)messages[i].value);
    }
    query_free(q);
    return 0;
}
