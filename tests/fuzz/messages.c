/* The scanner of the hot path against json-c, on any bytes: the same verdict and the same value of every
 * field. An input is several messages parted by the byte 0x1e, which no JSON holds, and one scanner reads
 * them in turn, since it remembers names from one message to the next. Where our meaning differs from
 * json-c's:
 *   - two names of one field (the portal's and the topic's): the later one counts, whichever it is; json-c's
 * tree does not tell their order, so either value is taken here;
 *   - a name with \u0000 in it ends there in json-c: such messages are compared by verdict alone;
 *   - more than 512 values within each other are refused, in any form. */
#include "fuzz/fuzz.h"

#include "base/xalloc.h"
#include "query/scan.h"

#include <json-c/json.h>
#include <stdlib.h>
#include <string.h>

#define PARTED_BY 0x1e
/* Bounds the time of one input; a message of the real topic has 400 bytes. */
#define INPUT_MAX ((size_t)64 * 1024)

static const char *const other_names[FIELD_COUNT] = {
    [FIELD_TYPE] = "original_crimetype_name", [FIELD_CALL_DATE_TIME] = "call_dttm"};

/* A value that is no string is kept as its text: that must be JSON again, and the same. */
static bool same_value(struct json_object *value, struct text t)
{
    struct json_object *again;

    if (value == NULL || t.p == NULL)
        return value == NULL && t.p == NULL;
    if (json_object_is_type(value, json_type_string))
        return t.len == (size_t)json_object_get_string_len(value) &&
               memcmp(t.p, json_object_get_string(value), t.len) == 0;
    if (t.len == 0 || strchr(" \t\r\n", t.p[0]) != NULL || strchr(" \t\r\n", t.p[t.len - 1]) != NULL)
        return false;
    if (fuzz_strict_json(t.p, t.len, SCAN_DEPTH_MAX, &again) != FUZZ_JSON_TAKEN)
        return false;
    bool same = json_object_equal(again, value) != 0;
    json_object_put(again);
    return same;
}

static void compare_fields(const struct scanner *s, struct json_object *o)
{
    for (enum field f = 0; f < FIELD_DISPOSITION_DESCRIPTION; f++) {
        struct json_object *value = NULL, *other = NULL;
        bool has = json_object_object_get_ex(o, field_name(f), &value) != 0;
        bool has_other = other_names[f] != NULL && json_object_object_get_ex(o, other_names[f], &other) != 0;
        if (!has_other)
            FUZZ_EXPECT(same_value(value, s->fields[f]));
        else
            FUZZ_EXPECT((has && same_value(value, s->fields[f])) || same_value(other, s->fields[f]));
    }
}

static void compare(struct scanner *s, const char *message, size_t len)
{
    struct json_object *o;
    bool taken = fuzz_strict_json(message, len, SCAN_DEPTH_MAX, &o) == FUZZ_JSON_TAKEN;
    bool object = taken && json_object_is_type(o, json_type_object);
    enum scan_result result = scan_message(s, message, len);

    FUZZ_EXPECT((result != SCAN_NOT_JSON) == taken);
    FUZZ_EXPECT((result == SCAN_OK) == object);
    if (result == SCAN_NOT_JSON)
        FUZZ_EXPECT(s->error_at <= len);
    if (result == SCAN_OK && memmem(message, len, "\\u0000", 6) == NULL)
        compare_fields(s, o);
    json_object_put(o);
}

/* A copy of exact size, so that a sanitizer sees every byte read too far. */
static void compare_copy(struct scanner *s, const uint8_t *message, size_t len)
{
    char *copy = xmalloc(len);

    memcpy(copy, message, len);
    compare(s, copy, len);
    free(copy);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct scanner s;

    if (size > INPUT_MAX)
        return 0;
    scanner_open(&s);
    for (enum field f = 0; f < FIELD_DISPOSITION_DESCRIPTION; f++)
        s.wanted[f] = true;
    /* Twice: then every message also comes behind what the last one has taught. */
    for (int round = 0; round < 2; round++) {
        for (size_t from = 0; from <= size;) {
            const uint8_t *end = from < size ? memchr(data + from, PARTED_BY, size - from) : NULL;
            size_t len = end != NULL ? (size_t)(end - data) - from : size - from;
            compare_copy(&s, data + from, len);
            from += len + 1;
        }
    }
    scanner_free(&s);
    return 0;
}
