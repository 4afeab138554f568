/* What reading one message costs, by parser:
 *     parse CALLS [--rows N] [--runs N] [--only NAME] [--list]
 * Each parser gets the same N calls in memory and finds the three fields that the query selects; the sums of
 * what they found must be equal before a figure counts. Prints the median rows a second of so many
 * interleaved runs. The packaged parsers take part where they are installed (the Makefile asks pkg-config);
 * only json-c is a dependency of the program. Each is used the quickest way its documentation shows: json-c
 * and yajl keep their parser from message to message, jsmn its tokens. Under callgrind, with --only,
 * read_rows() is what to count. */
#include "bench/calls.h"

#include "base/clock.h"
#include "base/xalloc.h"
#include "query/hash.h"
#include "query/scan.h"

#include <json-c/json.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#ifdef BENCH_libcjson
#include <cjson/cJSON.h>
#endif
#ifdef BENCH_yyjson
#include <yyjson.h>
#endif
#ifdef BENCH_yajl
#include <yajl/yajl_parse.h>
#endif
#if __has_include(<jsmn.h>)
#define BENCH_JSMN
#define JSMN_STATIC
#define JSMN_STRICT
#include <jsmn.h>
#endif

#define WANTED   3
#define RUNS_MAX 101

static const char *const wanted_name[WANTED] = {"call_date_time", "disposition", "original_crime_type_name"};
static const enum field wanted_field[WANTED] = {FIELD_CALL_DATE_TIME, FIELD_DISPOSITION, FIELD_TYPE};

/* What a parser has found, as a sum: it stands for every byte of the three fields. */
static uint64_t sum_text(int field, const char *p, size_t len)
{
    return p != NULL ? hash_bytes(p, len) + (uint64_t)field : 0;
}

/* Each reads one message and returns the sum of its fields, 0 where it is no call. */
static struct scanner scanner;

static uint64_t read_ours(const char *json, size_t len)
{
    uint64_t sum = 0;

    if (scan_message(&scanner, json, len) != SCAN_OK)
        return 0;
    for (int f = 0; f < WANTED; f++)
        sum += sum_text(f, scanner.fields[wanted_field[f]].p, scanner.fields[wanted_field[f]].len);
    return sum;
}

static struct json_tokener *tokener;

static uint64_t read_json_c(const char *json, size_t len)
{
    uint64_t sum = 0;
    struct json_object *value, *o = json_tokener_parse_ex(tokener, json, (int)len);

    for (int f = 0; o != NULL && f < WANTED; f++)
        if (json_object_object_get_ex(o, wanted_name[f], &value))
            sum += sum_text(f, json_object_get_string(value), (size_t)json_object_get_string_len(value));
    json_object_put(o);
    return sum;
}

#ifdef BENCH_libcjson
static uint64_t read_cjson(const char *json, size_t len)
{
    uint64_t sum = 0;
    cJSON *o = cJSON_ParseWithLength(json, len);

    for (int f = 0; o != NULL && f < WANTED; f++) {
        const char *value = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(o, wanted_name[f]));
        sum += sum_text(f, value, value != NULL ? strlen(value) : 0);
    }
    cJSON_Delete(o);
    return sum;
}
#endif

#ifdef BENCH_yyjson
static uint64_t read_yyjson(const char *json, size_t len)
{
    uint64_t sum = 0;
    yyjson_doc *doc = yyjson_read(json, len, 0);
    yyjson_val *o = yyjson_doc_get_root(doc);

    for (int f = 0; o != NULL && f < WANTED; f++) {
        yyjson_val *value = yyjson_obj_get(o, wanted_name[f]);
        sum += sum_text(f, yyjson_get_str(value), yyjson_get_len(value));
    }
    yyjson_doc_free(doc);
    return sum;
}
#endif

#ifdef BENCH_yajl
static struct {
    yajl_handle handle;
    int field; /* whose value comes next, -1 = nobody's */
    uint64_t sum;
} yajl;

static int yajl_on_name(void *arg, const unsigned char *name, size_t len)
{
    yajl.field = -1;
    for (int f = 0; f < WANTED; f++)
        if (len == strlen(wanted_name[f]) && memcmp(name, wanted_name[f], len) == 0)
            yajl.field = f;
    return 1;
}

static int yajl_on_string(void *arg, const unsigned char *value, size_t len)
{
    if (yajl.field >= 0)
        yajl.sum += sum_text(yajl.field, (const char *)value, len);
    return 1;
}

static const yajl_callbacks yajl_calls = {.yajl_map_key = yajl_on_name, .yajl_string = yajl_on_string};

static uint64_t read_yajl(const char *json, size_t len)
{
    yajl.sum = 0;
    if (yajl_parse(yajl.handle, (const unsigned char *)json, len) != yajl_status_ok)
        return 0;
    return yajl.sum;
}

static void open_yajl(void)
{
    yajl.handle = yajl_alloc(&yajl_calls, NULL, NULL);
    yajl_config(yajl.handle, yajl_allow_multiple_values, 1); /* one message after the other */
}
#endif

#ifdef BENCH_JSMN
/* Names and values alternate in a flat object, which all of these are; escapes are left as they stand. */
static uint64_t read_jsmn(const char *json, size_t len)
{
    uint64_t sum = 0;
    jsmntok_t tokens[64];
    jsmn_parser parser;

    jsmn_init(&parser);
    int count = jsmn_parse(&parser, json, len, tokens, 64);
    for (int i = 1; i + 1 < count; i += 2)
        for (int f = 0; f < WANTED; f++) {
            size_t name_len = (size_t)(tokens[i].end - tokens[i].start);
            if (name_len == strlen(wanted_name[f]) &&
                memcmp(json + tokens[i].start, wanted_name[f], name_len) == 0)
                sum += sum_text(f, json + tokens[i + 1].start,
                                (size_t)(tokens[i + 1].end - tokens[i + 1].start));
        }
    return sum;
}
#endif

static const struct parser {
    const char *name, *kind;
    uint64_t (*read)(const char *json, size_t len); /* NULL = not installed */
} parsers[] = {
    {"ours", "app/query/scan.c: strict; hands over what is wanted", read_ours},
    {"json-c", "a tree; lax about numbers, control characters, UTF-8", read_json_c},
#ifdef BENCH_yyjson
    {"yyjson", "a tree; strict", read_yyjson},
#else
    {"yyjson", "", NULL},
#endif
#ifdef BENCH_libcjson
    {"cjson", "a tree; lax about numbers, control characters, UTF-8", read_cjson},
#else
    {"cjson", "", NULL},
#endif
#ifdef BENCH_yajl
    {"yajl", "calls back for each value; checks UTF-8", read_yajl},
#else
    {"yajl", "", NULL},
#endif
#ifdef BENCH_JSMN
    {"jsmn", "tokens; no escapes undone, UTF-8 not looked at", read_jsmn},
#else
    {"jsmn", "", NULL},
#endif
};
#define PARSERS (sizeof parsers / sizeof parsers[0])

struct arguments {
    const char *path, *only;
    size_t rows, runs;
    bool list;
};

static bool read_arguments(int argc, char **argv, struct arguments *a)
{
    *a = (struct arguments){.rows = 100000, .runs = 9};
    if (argc < 2)
        return false;
    a->path = argv[1];
    for (int i = 2; i < argc; i++) {
        if (strcmp(argv[i], "--list") == 0)
            a->list = true;
        else if (i + 1 == argc)
            return false;
        else if (strcmp(argv[i], "--rows") == 0)
            a->rows = strtoull(argv[++i], NULL, 10);
        else if (strcmp(argv[i], "--runs") == 0)
            a->runs = strtoull(argv[++i], NULL, 10);
        else if (strcmp(argv[i], "--only") == 0)
            a->only = argv[++i];
        else
            return false;
    }
    return a->rows > 0 && a->runs > 0 && a->runs <= RUNS_MAX;
}

/* All calls, each in its place of one block of memory. */
static struct message *load(const struct arguments *a)
{
    struct calls *calls = calls_open(a->path, 1000);
    struct message *rows = calls != NULL ? xreallocarray(NULL, a->rows, sizeof *rows) : NULL;

    for (size_t done = 0; rows != NULL && done < a->rows;) {
        size_t n = a->rows - done < CALLS_BLOCK_MAX ? a->rows - done : CALLS_BLOCK_MAX;
        const struct message *made = calls_next(calls, n);
        for (size_t i = 0; i < n; i++, done++) {
            rows[done] = made[i];
            char *copy = xmalloc(made[i].value_len);
            memcpy(copy, made[i].value, made[i].value_len);
            rows[done].value = copy;
        }
    }
    calls_close(calls);
    return rows;
}

/* Not inlined, so that callgrind can be told to count this alone. */
__attribute__((noinline)) static uint64_t read_rows(const struct parser *p, const struct message *rows,
                                                    size_t n)
{
    uint64_t sum = 0;

    for (size_t i = 0; i < n; i++)
        sum += p->read(rows[i].value, rows[i].value_len);
    return sum;
}

/* Interleaved: what else the machine does then falls on all alike. */
static bool measure(const struct arguments *a, const struct message *rows, double median[PARSERS])
{
    static double rates[PARSERS][RUNS_MAX];
    uint64_t wanted = read_rows(&parsers[0], rows, a->rows);

    for (size_t run = 0; run < a->runs; run++)
        for (size_t i = 0; i < PARSERS; i++) {
            if (parsers[i].read == NULL || (a->only != NULL && strcmp(a->only, parsers[i].name) != 0))
                continue;
            int64_t from = clock_mono_ns();
            uint64_t sum = read_rows(&parsers[i], rows, a->rows);
            rates[i][run] = (double)a->rows * 1e9 / (double)(clock_mono_ns() - from);
            if (sum != wanted) {
                fprintf(stderr, "%s found other fields than %s\n", parsers[i].name, parsers[0].name);
                return false;
            }
        }
    for (size_t i = 0; i < PARSERS; i++)
        median[i] = calls_percentile(rates[i], a->runs, 0.5);
    return true;
}

int main(int argc, char **argv)
{
    struct arguments a;
    double median[PARSERS];

    if (!read_arguments(argc, argv, &a)) {
        fprintf(stderr, "usage: parse CALLS [--rows N] [--runs N] [--only NAME] [--list]\n");
        return 2;
    }
    for (size_t i = 0; a.list && i < PARSERS; i++)
        printf("%s %s\n", parsers[i].name, parsers[i].read != NULL ? "yes" : "no");
    if (a.list)
        return 0;
    scanner_open(&scanner);
    for (int f = 0; f < WANTED; f++)
        scanner.wanted[wanted_field[f]] = true;
    tokener = json_tokener_new();
#ifdef BENCH_yajl
    open_yajl();
#endif
    struct message *rows = load(&a);
    if (rows == NULL || tokener == NULL || !measure(&a, rows, median))
        return 1;
    char *machine = calls_machine();
    printf("# %zu different calls, medians of %zu interleaved runs, one thread; %s\n", a.rows, a.runs,
           machine);
    free(machine);
    for (size_t i = 0; i < PARSERS; i++)
        if (parsers[i].read != NULL && (a.only == NULL || strcmp(a.only, parsers[i].name) == 0))
            printf("%s\t%.0f\t%s\n", parsers[i].name, median[i], parsers[i].kind);
    return 0;
}
