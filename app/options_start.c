/* starting-offset: where a query without a checkpoint begins to read. */
#include "options_value.h"

#include "base/clock.h"
#include "base/xalloc.h"

#include <json-c/json.h>
#include <stdlib.h>
#include <string.h>

/* Spark's words for offsets in JSON. */
enum { OFFSET_LATEST = -1, OFFSET_EARLIEST = -2 };

static bool partitions_ok(struct json_object *partitions, char *hint, size_t hint_cap)
{
    if (!json_object_is_type(partitions, json_type_object) || json_object_object_length(partitions) == 0) {
        snprintf(hint, hint_cap, "a topic needs an object of partitions");
        return false;
    }
    json_object_object_foreach(partitions, number, offset)
    {
        size_t len = strlen(number);
        if (len == 0 || len > 9 || strspn(number, "0123456789") != len) {
            snprintf(hint, hint_cap, "a partition is named by its number");
            return false;
        }
        if (!json_object_is_type(offset, json_type_int) || json_object_get_int64(offset) < OFFSET_EARLIEST) {
            snprintf(hint, hint_cap, "the offset of partition %s must be a whole number of at least -2",
                     number);
            return false;
        }
    }
    return true;
}

static bool offsets_ok(const char *text, char *hint, size_t hint_cap)
{
    enum json_tokener_error why = json_tokener_success;
    struct json_object *offsets = json_tokener_parse_verbose(text, &why);
    bool ok = false;
    if (!offsets) {
        snprintf(hint, hint_cap, "the JSON is broken: %s", json_tokener_error_desc(why));
    } else if (!json_object_is_type(offsets, json_type_object) || json_object_object_length(offsets) != 1) {
        snprintf(hint, hint_cap, "the JSON must name exactly one topic");
    } else {
        struct json_object_iterator first = json_object_iter_begin(offsets);
        ok = partitions_ok(json_object_iter_peek_value(&first), hint, hint_cap);
    }
    json_object_put(offsets);
    return ok;
}

bool option_set_start(struct options *o, const char *text, char *hint, size_t hint_cap)
{
    static const char *const words[] = {"earliest", "latest", NULL};
    enum start_kind kind = START_EARLIEST;
    int64_t timestamp_ms = 0;
    if (strcmp(text, words[0]) == 0) {
        kind = START_EARLIEST;
    } else if (strcmp(text, words[1]) == 0) {
        kind = START_LATEST;
    } else if (*text == '{') {
        if (!offsets_ok(text, hint, hint_cap))
            return false;
        kind = START_OFFSETS;
    } else if (iso_parse_ms(text, strlen(text), &timestamp_ms)) {
        kind = START_TIMESTAMP;
    } else {
        const char *near = option_nearest(text, words);
        if (near && *text)
            snprintf(hint, hint_cap, "did you mean '%s'?", near);
        return false;
    }
    free(o->start.offsets);
    o->start.offsets = kind == START_OFFSETS ? xstrdup(text) : NULL;
    o->start.kind = kind;
    o->start.timestamp_ms = timestamp_ms;
    return true;
}

bool options_set_start(struct options *o, const char *value, char *err, size_t err_cap)
{
    char hint[300] = "", shown[120];
    const char *wrong;
    if (!option_set_start(o, value, hint, sizeof hint)) {
        text_clean(shown, sizeof shown, value, strlen(value), false);
        snprintf(err, err_cap,
                 "'%s' is no place to read from: earliest, latest, a time or a JSON of offsets%s%s", shown,
                 *hint ? "; " : "", hint);
        return false;
    }
    wrong = option_check_start(o, hint, sizeof hint);
    if (wrong)
        snprintf(err, err_cap, "%s", wrong);
    return !wrong;
}

const char *option_check_start(const struct options *o, char *err, size_t err_cap)
{
    if (o->start.kind != START_OFFSETS)
        return NULL;
    struct json_object *offsets = json_tokener_parse(o->start.offsets);
    const char *wrong = NULL;
    if (!json_object_object_get_ex(offsets, o->kafka.topic, NULL)) {
        snprintf(err, err_cap, "the offsets of spark.starting-offset are not of the topic '%s'",
                 o->kafka.topic);
        wrong = err;
    }
    json_object_put(offsets);
    return wrong;
}
