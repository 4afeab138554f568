/* A data file of any bytes, in the file's order and by time. Whatever a file holds: the reading ends, what
 * goes out is a compact JSON object that json-c takes, in one line, and a second pass gives the same calls. A
 * file that is one array of objects, by json-c, loses none: each is a call or was counted as none. */
#include "fuzz/fuzz.h"

#include "base/xalloc.h"
#include "replay/dataset.h"
#include "replay/scan.h"

#include <json-c/json.h>
#include <string.h>

/* dataset_next is called at most so often for a byte: on some it is only BUSY. */
#define CALLS_A_BYTE 4
#define INPUT_MAX    ((size_t)64 * 1024)

static void check_call(const struct dataset_call *call)
{
    struct json_object *o;

    FUZZ_EXPECT(memchr(call->json.p, '\n', call->json.len) == NULL);
    FUZZ_EXPECT(fuzz_strict_json(call->json.p, call->json.len, 8, &o) == FUZZ_JSON_TAKEN);
    FUZZ_EXPECT(json_object_is_type(o, json_type_object));
    json_object_object_foreach(o, name, value)
    {
        FUZZ_EXPECT(field_of(name, (int64_t)strlen(name)) < CALL_FIELDS);
        FUZZ_EXPECT(json_object_is_type(value, json_type_string));
    }
    json_object_put(o);
}

/* All calls of a pass; *sum stands for their bytes and times. */
static int64_t read_all(struct dataset *d, size_t size, uint64_t *sum, enum dataset_status *end)
{
    struct dataset_call call;
    int64_t count = 0;

    *sum = 0;
    for (size_t i = 0;; i++) {
        FUZZ_EXPECT(i <= (size + 16) * CALLS_A_BYTE);
        *end = dataset_next(d, &call);
        FUZZ_EXPECT(*end != DATASET_WAIT);
        if (*end == DATASET_BUSY)
            continue;
        if (*end != DATASET_CALL)
            break;
        check_call(&call);
        for (size_t k = 0; k < call.json.len; k++)
            *sum = *sum * 31 + (unsigned char)call.json.p[k];
        *sum = *sum * 31 + (uint64_t)call.event_ms;
        count++;
    }
    if (*end == DATASET_FAILED)
        FUZZ_EXPECT(fuzz_fit_for_people(dataset_error(d)));
    if (dataset_skipped(d) > 0)
        FUZZ_EXPECT(fuzz_fit_for_people(dataset_skip_reason(d)));
    return count;
}

/* How many objects the file is an array of, -1 where it is anything else. */
static int64_t objects_in(const uint8_t *data, size_t size)
{
    struct json_object *o = NULL;
    int64_t count = -1;

    if (fuzz_strict_json((const char *)data, size, 60, &o) == FUZZ_JSON_TAKEN &&
        json_object_is_type(o, json_type_array)) {
        count = (int64_t)json_object_array_length(o);
        for (size_t i = 0; i < json_object_array_length(o); i++)
            if (!json_object_is_type(json_object_array_get_idx(o, i), json_type_object))
                count = -1;
    }
    json_object_put(o);
    return count;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char err[700] = "";
    uint64_t first_sum, second_sum;
    enum dataset_status first_end, second_end;

    if (size == 0 || size > INPUT_MAX)
        return 0;
    bool by_time = data[0] == 'T'; /* the rest is the file */
    data += by_time;
    size -= by_time;
    struct dataset *d = dataset_open(fuzz_file(data, size), by_time, err, sizeof err);
    if (d == NULL) {
        FUZZ_EXPECT(fuzz_fit_for_people(err));
        return 0;
    }
    int64_t count = read_all(d, size, &first_sum, &first_end), objects = objects_in(data, size);
    if (objects >= 0)
        FUZZ_EXPECT(first_end == DATASET_END && count + dataset_skipped(d) == objects);
    if (first_end == DATASET_END) {
        FUZZ_EXPECT(dataset_total(d) == count);
        FUZZ_EXPECT(dataset_rewind(d));
        FUZZ_EXPECT(read_all(d, size, &second_sum, &second_end) == count);
        FUZZ_EXPECT(second_end == first_end && second_sum == first_sum);
    }
    dataset_close(d);
    return 0;
}
