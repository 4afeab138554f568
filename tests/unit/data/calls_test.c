/* The synthetic calls and the program that writes them. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/clock.h"
#include "base/xalloc.h"
#include "data/calls.h"
#include "data/frequencies.h"
#include "data/generate.h"
#include "data/places.h"
#include "query/settings.h"

#include <json-c/json.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define DAY_MS INT64_C(86400000)

static char *generate(size_t *len, int64_t calls, uint64_t seed, enum calls_order order)
{
    struct calls_request r = {.calls = calls, .seed = seed, .order = order};
    char *text = NULL;
    int64_t start_ms = 0, end_ms = 0;
    assert_true(iso_parse_ms("2018-12-22", 10, &start_ms) && iso_parse_ms("2018-12-31", 10, &end_ms));
    r.start_day = start_ms / DAY_MS;
    r.end_day = end_ms / DAY_MS;
    FILE *f = open_memstream(&text, len);
    assert_non_null(f);
    assert_int_equal(calls_write(&r, f), 0);
    assert_int_equal(fclose(f), 0);
    return text;
}

/* FNV-1a: enough to see that a byte changed. */
static uint64_t checksum(const char *p, size_t len)
{
    uint64_t h = UINT64_C(0xcbf29ce484222325);
    for (size_t i = 0; i < len; i++)
        h = (h ^ (unsigned char)p[i]) * UINT64_C(0x100000001b3);
    return h;
}

static struct json_object *calls_of(int64_t calls, uint64_t seed, enum calls_order order)
{
    size_t len;
    char *text = generate(&len, calls, seed, order);
    struct json_object *all = json_tokener_parse(text);
    assert_true(json_object_is_type(all, json_type_array));
    assert_int_equal(json_object_array_length(all), calls);
    free(text);
    return all;
}

static const char *value(struct json_object *call, enum field f)
{
    struct json_object *v;
    if (!json_object_object_get_ex(call, field_name(f), &v) || !json_object_is_type(v, json_type_string))
        fail_msg("%s is missing or no text", field_name(f));
    return json_object_get_string(v);
}

static void the_same_seed_gives_the_same_bytes_on_every_machine(void **state)
{
    size_t a_len, b_len;
    char *a = generate(&a_len, 5000, 1, CALLS_BY_TIME), *b = generate(&b_len, 5000, 1, CALLS_BY_TIME);
    assert_int_equal(a_len, b_len);
    assert_memory_equal(a, b, a_len);
    /* The value itself is checked in, so that another compiler or machine is held to it as well. */
    assert_true(checksum(a, a_len) == UINT64_C(0xdb34ed8f5982a130));
    free(b);
    b = generate(&b_len, 5000, 2, CALLS_BY_TIME);
    assert_true(a_len != b_len || memcmp(a, b, a_len) != 0);
    free(a);
    free(b);
}

static void every_call_has_the_fourteen_fields_in_order_and_valid_times(void **state)
{
    struct json_object *all = calls_of(20000, 1, CALLS_BY_TIME);
    int64_t first = 0, last = 0, ms = 0, day_ms = 0;
    assert_true(iso_parse_ms("2018-12-22", 10, &first) && iso_parse_ms("2019-01-01", 10, &last));
    for (size_t i = 0; i < 20000; i++) {
        struct json_object *call = json_object_array_get_idx(all, i);
        int f = 0;
        json_object_object_foreach(call, name, unused)
        {
            (void)unused;
            assert_string_equal(name, field_name((enum field)f++));
        }
        assert_int_equal(f, FIELD_DISPOSITION_DESCRIPTION);
        const char *time = value(call, FIELD_CALL_DATE_TIME);
        assert_int_equal(strlen(time), 23);
        assert_true(iso_parse_ms(time, 23, &ms) && ms >= first && ms < last);
        assert_memory_equal(time + 11, value(call, FIELD_CALL_TIME), 5);
        assert_true(iso_parse_ms(value(call, FIELD_CALL_DATE), 23, &day_ms));
        assert_int_equal(day_ms, ms / DAY_MS * DAY_MS);
        assert_string_equal(value(call, FIELD_CALL_DATE), value(call, FIELD_REPORT_DATE));
        const char *id = value(call, FIELD_CRIME_ID);
        assert_int_equal(strlen(id), 9);
        assert_int_equal((id[0] - '0') * 10 + id[1] - '0', 18);
        assert_int_equal(strtol(id, NULL, 10) / 10000 % 1000, 356 + (ms - first) / DAY_MS);
    }
    json_object_put(all);
}

static int compare_ids(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static void every_call_has_an_id_of_its_own(void **state)
{
    struct json_object *all = calls_of(20000, 1, CALLS_BY_TIME);
    const char **list = xreallocarray(NULL, 20000, sizeof *list);
    for (size_t i = 0; i < 20000; i++)
        list[i] = value(json_object_array_get_idx(all, i), FIELD_CRIME_ID);
    qsort(list, 20000, sizeof *list, compare_ids);
    for (size_t i = 1; i < 20000; i++)
        assert_string_not_equal(list[i - 1], list[i]);
    free(list);
    json_object_put(all);
}

static double share(struct json_object *all, enum field f, const char *wanted)
{
    size_t n = json_object_array_length(all), found = 0;
    for (size_t i = 0; i < n; i++)
        found += strcmp(value(json_object_array_get_idx(all, i), f), wanted) == 0;
    return (double)found / (double)n;
}

static void assert_near(double found, double expected)
{
    if (fabs(found - expected) > 0.01)
        fail_msg("%f is not near %f", found, expected);
}

static void frequencies_follow_the_tables(void **state)
{
    struct json_object *all = calls_of(50000, 11, CALLS_BY_TIME);
    for (size_t i = 0; i < 10; i++)
        assert_near(share(all, FIELD_TYPE, types[i].name), types[i].count / 700.0);
    assert_near(share(all, FIELD_DISPOSITION, "HAN"), 186 / 700.0);
    assert_near(share(all, FIELD_DISPOSITION, "Not recorded"), 148 / 700.0);
    assert_near(share(all, FIELD_DISPOSITION, "CIT"), 68 / 700.0);
    assert_near(share(all, FIELD_CITY, "San Francisco"), 677 / 700.0);
    assert_near(share(all, FIELD_CITY, ""), 16 / 700.0);
    assert_near(share(all, FIELD_ADDRESS_TYPE, "Intersection"), 279 / 700.0);
    assert_near(share(all, FIELD_ADDRESS_TYPE, "common_location"), 130 / 700.0);
    assert_near(share(all, FIELD_COMMON_LOCATION, ""), 570 / 700.0);
    double hours[24] = {0}, sum = 0;
    for (size_t i = 0; i < 50000; i++)
        hours[strtol(value(json_object_array_get_idx(all, i), FIELD_CALL_TIME), NULL, 10)] += 1 / 50000.0;
    for (int h = 0; h < 24; h++)
        sum += hour_counts[h];
    for (int h = 0; h < 24; h++)
        assert_near(hours[h], hour_counts[h] / sum);
    json_object_put(all);
}

/* Irregularities: codes without a meaning, empty texts, repeats, slips of the pen. */
static void irregularities_of_real_data_are_there(void **state)
{
    struct json_object *all = calls_of(20000, 1, CALLS_BY_FILE);
    static const char *const uncoded[] = {"OTS", "GEN", "FIR"};
    size_t repeats = 0, slips = 0;
    for (size_t i = 0; i < 3; i++)
        assert_true(share(all, FIELD_DISPOSITION, uncoded[i]) > 0);
    for (size_t i = 0; i < 20000; i++) {
        struct json_object *call = json_object_array_get_idx(all, i);
        bool known = false;
        for (size_t t = 0; t < TYPE_COUNT && !known; t++)
            known = strcmp(types[t].name, value(call, FIELD_TYPE)) == 0;
        slips += !known;
        for (size_t k = i; k-- > 0 && i - k < 20;) {
            struct json_object *other = json_object_array_get_idx(all, k);
            if (strcmp(value(call, FIELD_CALL_DATE_TIME), value(other, FIELD_CALL_DATE_TIME)) == 0 &&
                strcmp(value(call, FIELD_TYPE), value(other, FIELD_TYPE)) == 0 &&
                strcmp(value(call, FIELD_DISPOSITION), value(other, FIELD_DISPOSITION)) == 0) {
                repeats++;
                break;
            }
        }
    }
    assert_in_range(slips, 20, 80);
    /* The city's own sample has 29 among 700. */
    assert_in_range(repeats, 20000 * 3 / 100, 20000 * 55 / 1000);
    json_object_put(all);
}

static void by_time_some_reports_come_late_and_a_few_behind_the_watermark(void **state)
{
    struct json_object *all = calls_of(20000, 1, CALLS_BY_TIME);
    int64_t newest = 0, ms, disordered = 0, late = 0;
    for (size_t i = 0; i < 20000; i++) {
        const char *time = value(json_object_array_get_idx(all, i), FIELD_CALL_DATE_TIME);
        assert_true(iso_parse_ms(time, strlen(time), &ms));
        disordered += ms < newest;
        late += newest - ms > 5 * 60000;
        newest = ms > newest ? ms : newest;
    }
    assert_in_range(disordered, 400, 1400);
    assert_in_range(late, 50, 160);
    json_object_put(all);
    all = calls_of(3000, 1, CALLS_BY_FILE);
    newest = INT64_MAX;
    for (size_t i = 0; i < 3000; i++) {
        const char *time = value(json_object_array_get_idx(all, i), FIELD_CALL_DATE_TIME);
        assert_true(iso_parse_ms(time, strlen(time), &ms) && ms <= newest);
        newest = ms;
    }
    json_object_put(all);
}

static void no_table_holds_what_json_would_have_to_escape(void **state)
{
    for (size_t i = 0; i < TYPE_COUNT; i++)
        assert_true(!strpbrk(types[i].name, "\"\\"));
    for (size_t i = 0; i < STREET_COUNT; i++)
        assert_null(strpbrk(streets[i].name, "\"\\"));
    for (size_t i = 0; i < PLACE_COUNT; i++)
        assert_null(strpbrk(places[i], "\"\\"));
}

static int run(char *out, char *err, size_t cap, const char *const *args)
{
    char *argv[12] = {(char *)"generate"};
    int argc = 1;
    for (; args[argc - 1]; argc++)
        argv[argc] = (char *)args[argc - 1];
    FILE *o = fmemopen(out, cap, "w"), *e = fmemopen(err, cap, "w");
    assert_true(o && e);
    int status = generate_run(argc, argv, o, e);
    fclose(o);
    fclose(e);
    return status;
}

#define RUN(...) run(out, err, sizeof out, (const char *const[]){__VA_ARGS__, NULL})

static void wrong_arguments_are_named(void **state)
{
    char out[4000] = "", err[4000] = "";
    assert_int_equal(RUN("--help"), 0);
    assert_non_null(strstr(out, "--calls N"));
    assert_int_equal(RUN("--calls", "0"), 2);
    assert_non_null(strstr(err, "--calls 0: a whole number from 1"));
    assert_int_equal(RUN("--calls", "-5"), 2);
    assert_int_equal(RUN("--calls", "10x"), 2);
    assert_int_equal(RUN("--calls"), 2);
    assert_int_equal(RUN("--start", "2018-02-30"), 2);
    assert_non_null(strstr(err, "--start 2018-02-30: a date YYYY-MM-DD"));
    assert_int_equal(RUN("--start", "2019-01-02", "--end", "2019-01-01"), 2);
    assert_int_equal(RUN("--order", "size"), 2);
    assert_int_equal(RUN("--colour", "red"), 2);
    assert_non_null(strstr(err, "--colour"));
    assert_int_equal(RUN("more"), 2);
    assert_non_null(strstr(err, "more: nothing is expected here"));
    assert_int_equal(RUN("--output", "/nonexistent/calls.json"), 1);
    assert_non_null(strstr(err, "No such file"));
}

static void a_file_is_written_whole_and_one_day_is_a_range(void **state)
{
    char out[4000] = "", err[4000] = "", dir[] = "/tmp/sfcrime-calls-XXXXXX", path[60];
    struct stat st;
    assert_non_null(mkdtemp(dir));
    snprintf(path, sizeof path, "%s/calls.json", dir);
    assert_int_equal(RUN("--calls", "5", "--start", "2020-02-29", "--end", "2020-02-29", "--output", path),
                     0);
    assert_string_equal(out, "");
    struct json_object *all = json_object_from_file(path);
    assert_int_equal(json_object_array_length(all), 5);
    assert_memory_equal(value(json_object_array_get_idx(all, 0), FIELD_CRIME_ID), "20060", 5);
    json_object_put(all);
    assert_int_equal(unlink(path), 0);
    snprintf(path, sizeof path, "%s/calls.json.new", dir);
    assert_int_not_equal(stat(path, &st), 0);
    assert_int_equal(rmdir(dir), 0);
}

static void the_radio_codes_are_nineteen(void **state)
{
    struct json_object *codes = json_object_from_file("data/radio_code.json"), *v;
    if (!codes) {
        print_message("skipped: run from the project's folder to check data/radio_code.json\n");
        skip();
    }
    assert_int_equal(json_object_array_length(codes), 19);
    for (size_t i = 0; i < 19; i++) {
        struct json_object *code = json_object_array_get_idx(codes, i);
        assert_true(json_object_object_get_ex(code, "disposition_code", &v) &&
                    json_object_get_string_len(v) > 0);
        assert_true(json_object_object_get_ex(code, "description", &v) && json_object_get_string_len(v) > 0);
    }
    json_object_put(codes);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_same_seed_gives_the_same_bytes_on_every_machine),
        cmocka_unit_test(every_call_has_the_fourteen_fields_in_order_and_valid_times),
        cmocka_unit_test(every_call_has_an_id_of_its_own),
        cmocka_unit_test(frequencies_follow_the_tables),
        cmocka_unit_test(irregularities_of_real_data_are_there),
        cmocka_unit_test(by_time_some_reports_come_late_and_a_few_behind_the_watermark),
        cmocka_unit_test(no_table_holds_what_json_would_have_to_escape),
        cmocka_unit_test(wrong_arguments_are_named),
        cmocka_unit_test(a_file_is_written_whole_and_one_day_is_a_range),
        cmocka_unit_test(the_radio_codes_are_nineteen),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
