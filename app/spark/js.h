/* Members of JSON objects that others have written: of the type that is expected, or absent. All of it takes
 * a NULL object; what is missing or of another type is NULL, UNKNOWN or NAN. Pure; any thread. */
#ifndef SPARK_JS_H
#define SPARK_JS_H

#include <json-c/json.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Borrowed from o. */
json_object *js_member(json_object *o, const char *name, enum json_type type);
/* The same for an element of an array. */
json_object *js_element(json_object *array, size_t i, enum json_type type);
size_t js_length(json_object *array);

/* Borrowed from o; raw bytes of somebody else's: js_clean for what people see. */
const char *js_text(json_object *o, const char *name);
/* A whole number of less than 9e15, also one written as a text; UNKNOWN. */
int64_t js_count(json_object *o, const char *name);
/* Any number, also one written as a text; NAN. */
double js_number(json_object *o, const char *name);
bool js_true(json_object *o, const char *name);
/* The text, cleaned for people; "" where there is none. */
void js_clean(char *out, size_t cap, json_object *o, const char *name);

/* Bytes to a tree: NULL with a sentence in err when they are no JSON, or something follows it. At most
 * JS_DEPTH levels deep. The caller owns it (json_object_put). */
#define JS_DEPTH 32
json_object *js_parse(const char *bytes, size_t len, char *err, size_t err_cap);

#endif
