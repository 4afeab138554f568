/* The radio codes' file of any bytes: refused with a sentence that is fit for a terminal, or each code in it
 * is found with its description, in a copy too. */
#include "fuzz/fuzz.h"

#include "query/codes.h"

#include <json-c/json.h>
#include <string.h>

#define INPUT_MAX ((size_t)64 * 1024)

static bool found(const struct codes *c, struct json_object *entry)
{
    struct json_object *code = json_object_object_get(entry, "disposition_code");
    struct json_object *description = json_object_object_get(entry, "description");
    struct text got =
        codes_find(c, (struct text){json_object_get_string(code), (size_t)json_object_get_string_len(code)});

    return got.p != NULL && got.len == (size_t)json_object_get_string_len(description) &&
           memcmp(got.p, json_object_get_string(description), got.len) == 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char err[700] = "";
    struct json_object *o;

    if (size > INPUT_MAX)
        return 0;
    struct codes *c = codes_read(fuzz_file(data, size), err, sizeof err);
    if (c == NULL) {
        FUZZ_EXPECT(fuzz_fit_for_people(err));
        return 0;
    }
    struct codes *copy = codes_copy(c);
    if (fuzz_strict_json((const char *)data, size, 24, &o) == FUZZ_JSON_TAKEN) {
        FUZZ_EXPECT(codes_count(c) == json_object_array_length(o));
        for (size_t i = 0; i < json_object_array_length(o); i++) {
            FUZZ_EXPECT(found(c, json_object_array_get_idx(o, i)));
            FUZZ_EXPECT(found(copy, json_object_array_get_idx(o, i)));
        }
        json_object_put(o);
    }
    codes_free(c);
    codes_free(copy);
    return 0;
}
