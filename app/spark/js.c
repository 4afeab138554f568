#include "spark/js.h"

#include "base/clock.h"
#include "base/text.h"

#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What is larger counts nothing, and could not be added to anything without a look. A double holds it
 * exactly. */
#define COUNT_MAX INT64_C(9000000000000000)

static json_object *any(json_object *o, const char *name)
{
    json_object *value = NULL;
    if (!json_object_is_type(o, json_type_object) || !json_object_object_get_ex(o, name, &value))
        return NULL;
    return value;
}

json_object *js_member(json_object *o, const char *name, enum json_type type)
{
    json_object *value = any(o, name);
    return value && json_object_is_type(value, type) ? value : NULL;
}

size_t js_length(json_object *array)
{
    return array && json_object_is_type(array, json_type_array) ? json_object_array_length(array) : 0;
}

json_object *js_element(json_object *array, size_t i, enum json_type type)
{
    json_object *value = i < js_length(array) ? json_object_array_get_idx(array, i) : NULL;
    return value && json_object_is_type(value, type) ? value : NULL;
}

const char *js_text(json_object *o, const char *name)
{
    json_object *value = js_member(o, name, json_type_string);
    return value ? json_object_get_string(value) : NULL;
}

double js_number(json_object *o, const char *name)
{
    json_object *value = any(o, name);
    if (json_object_is_type(value, json_type_int) || json_object_is_type(value, json_type_double))
        return json_object_get_double(value);
    const char *text = js_text(o, name);
    char *end;
    double number = text && *text ? strtod(text, &end) : NAN;
    return text && *text && !*end && isfinite(number) ? number : (double)NAN;
}

int64_t js_count(json_object *o, const char *name)
{
    json_object *value = any(o, name);
    if (json_object_is_type(value, json_type_int)) {
        int64_t count = json_object_get_int64(value);
        return count > -COUNT_MAX && count < COUNT_MAX ? count : UNKNOWN;
    }
    double number = js_number(o, name);
    return isnan(number) || fabs(number) >= (double)COUNT_MAX ? UNKNOWN : llround(number);
}

bool js_true(json_object *o, const char *name)
{
    json_object *value = js_member(o, name, json_type_boolean);
    return value && json_object_get_boolean(value);
}

void js_clean(char *out, size_t cap, json_object *o, const char *name)
{
    const char *text = js_text(o, name);
    json_object *value = any(o, name);
    text_clean(out, cap, text ? text : "", text ? (size_t)json_object_get_string_len(value) : 0, false);
}

json_object *js_parse(const char *bytes, size_t len, char *err, size_t err_cap)
{
    json_object *tree = NULL;
    struct json_tokener *t = len <= INT_MAX ? json_tokener_new_ex(JS_DEPTH) : NULL;
    if (!t) {
        snprintf(err, err_cap, "it is too large");
        return NULL;
    }
    tree = json_tokener_parse_ex(t, bytes, (int)len);
    enum json_tokener_error status = json_tokener_get_error(t);
    size_t end = json_tokener_get_parse_end(t);
    while (end < len && strchr(" \t\r\n", bytes[end]))
        end++;
    if (status == json_tokener_continue && tree == NULL)
        snprintf(err, err_cap, "it is not JSON: it ends too early");
    else if (status != json_tokener_success)
        snprintf(err, err_cap, "it is not JSON at byte %zu", end);
    else if (end < len)
        snprintf(err, err_cap, "something follows the JSON at byte %zu", end);
    if (status != json_tokener_success || end < len) {
        json_object_put(tree);
        tree = NULL;
    }
    json_tokener_free(t);
    return tree;
}
