/* Runs streams through the query engine and tells what came of each batch, for tests/spark/differential.py to
 * hold against what Spark says of the same stream.
 *
 *     engine_case CODES.json < cases.ndjson
 *
 * One case a line of standard input, one answer a line of standard output, in the same order:
 *
 *     {"settings": {"distinct": "off", "watermark_ms": 300000, "window_ms": 3600000, "slide_ms": 3600000,
 *                   "group_by": ["original_crime_type_name"], "join": false, "output_mode": "update",
 *                   "parallelism": 1},
 *      "partitions": 2, "batches": [["a message", "another"], []]}
 *
 * Message i of a batch is in partition i % partitions. As in app/query/batch.c each batch is followed by
 * batches without data for as long as the query wants them. All times are milliseconds since the epoch. */
#include "base/clock.h"
#include "base/xalloc.h"
#include "query/codes.h"
#include "query/query.h"

#include <json-c/json.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A query that wants empty batches without end is broken; this many are told, then it stops. */
#define EMPTY_BATCHES_MAX 20

static _Noreturn void give_up(const char *what)
{
    fprintf(stderr, "engine_case: %s\n", what);
    exit(2);
}

static json_object *member(json_object *of, const char *name)
{
    json_object *value;

    if (!json_object_object_get_ex(of, name, &value))
        give_up(name);
    return value;
}

/* The place of the member's text among the words. */
static int word_of(json_object *of, const char *name, const char *const *words, int count)
{
    const char *text = json_object_get_string(member(of, name));

    for (int i = 0; i < count; i++)
        if (strcmp(text, words[i]) == 0)
            return i;
    give_up(text);
}

static void read_settings(json_object *from, struct query_settings *s)
{
    static const char *const distinct[] = {"off", "global", "within-watermark"};
    static const char *const modes[] = {"complete", "update", "append"};
    json_object *group_by = member(from, "group_by");

    query_settings_default(s);
    s->distinct = (enum distinct_mode)word_of(from, "distinct", distinct, 3);
    s->output_mode = (enum output_mode)word_of(from, "output_mode", modes, 3);
    s->watermark_ms = json_object_get_int64(member(from, "watermark_ms"));
    s->window_ms = json_object_get_int64(member(from, "window_ms"));
    s->slide_ms = json_object_get_int64(member(from, "slide_ms"));
    s->join_codes = json_object_get_boolean(member(from, "join"));
    s->parallelism = json_object_get_int(member(from, "parallelism"));
    s->group_by_count = 0;
    for (size_t i = 0; i < json_object_array_length(group_by) && i < FIELD_COUNT; i++) {
        json_object *name = json_object_array_get_idx(group_by, i);
        enum field f = field_of(json_object_get_string(name), json_object_get_string_len(name));
        if (f == FIELD_COUNT)
            give_up(json_object_get_string(name));
        s->group_by[s->group_by_count++] = f;
    }
}

static void put_int(json_object *to, const char *name, int64_t value)
{
    json_object_object_add(to, name, value == UNKNOWN ? NULL : json_object_new_int64(value));
}

static json_object *group_of(const struct query *q, size_t number)
{
    json_object *out = json_object_new_array();
    struct query_group g;
    struct query_key k;

    query_group(q, number, &g);
    query_key(q, g.key, &k);
    if (g.window_start_ms != UNKNOWN) {
        json_object_array_add(out, json_object_new_int64(g.window_start_ms));
        json_object_array_add(out, json_object_new_int64(g.window_end_ms));
    }
    for (int i = 0; i < query_settings(q)->group_by_count; i++) {
        struct text t = k.fields[i];
        json_object_array_add(out, t.p == NULL ? NULL : json_object_new_string_len(t.p, (int)t.len));
    }
    json_object_array_add(out, json_object_new_int64(g.count));
    return out;
}

static json_object *output_of(const struct query *q)
{
    json_object *out = json_object_new_array();
    size_t count;
    const uint32_t *numbers = query_output(q, &count);

    for (size_t i = 0; i < count; i++)
        json_object_array_add(out, group_of(q, numbers[i]));
    return out;
}

static json_object *table_of(const struct query *q)
{
    json_object *out = json_object_new_array();
    struct query_group g;

    for (size_t i = 0; i < query_group_count(q); i++) {
        query_group(q, i, &g);
        if (g.visible)
            json_object_array_add(out, group_of(q, i));
    }
    return out;
}

static json_object *state_of(const struct state_progress *s)
{
    json_object *out = json_object_new_object();

    json_object_object_add(out, "operatorName", json_object_new_string(s->operator_name));
    put_int(out, "numRowsTotal", s->rows_total);
    put_int(out, "numRowsUpdated", s->rows_updated);
    put_int(out, "numRowsRemoved", s->rows_removed);
    put_int(out, "numRowsDroppedByWatermark", s->rows_dropped_by_watermark);
    put_int(out, "numDroppedDuplicateRows", s->dropped_duplicates);
    return out;
}

static json_object *report_of(const struct query *q, const struct progress *p, int64_t batch_id)
{
    json_object *out = json_object_new_object(), *state = json_object_new_array();
    int64_t bad = 0;

    for (int i = 0; i < BAD_REASON_COUNT; i++)
        bad += p->rows_bad[i];
    put_int(out, "batchId", batch_id);
    put_int(out, "numInputRows", p->rows_in);
    put_int(out, "watermark", p->watermark_ms);
    put_int(out, "avg", p->event_avg_ms);
    put_int(out, "min", p->event_min_ms);
    put_int(out, "max", p->event_max_ms);
    put_int(out, "late", p->rows_late);
    put_int(out, "duplicate", p->rows_duplicate);
    put_int(out, "null", p->rows_null);
    put_int(out, "bad", bad);
    put_int(out, "counted", p->rows_counted);
    for (int i = 0; i < p->state_count; i++)
        json_object_array_add(state, state_of(&p->state[i]));
    json_object_object_add(out, "state", state);
    json_object_object_add(out, "output", output_of(q));
    json_object_object_add(out, "table", table_of(q));
    return out;
}

/* rows: the texts of the batch, NULL for a batch without data. */
static json_object *run_batch(struct query *q, int64_t batch_id, json_object *rows, int partitions)
{
    size_t count = rows != NULL ? json_object_array_length(rows) : 0;
    struct message *messages = xcalloc(count + 1, sizeof(*messages));
    struct progress p = {0};

    for (size_t i = 0; i < count; i++) {
        json_object *value = json_object_array_get_idx(rows, i);
        messages[i] = (struct message){.value = json_object_get_string(value),
                                       .value_len = (size_t)json_object_get_string_len(value),
                                       .offset = (int64_t)i / partitions,
                                       .timestamp_ms = UNKNOWN,
                                       .partition = (int32_t)((int64_t)i % partitions)};
    }
    query_batch_begin(q, batch_id);
    if (count > 0)
        query_rows(q, messages, count);
    query_batch_end(q, &p);
    json_object *out = report_of(q, &p, batch_id);
    progress_clear(&p);
    free(messages);
    return out;
}

static json_object *run_case(json_object *c, const struct codes *codes)
{
    json_object *out = json_object_new_object(), *reports = json_object_new_array();
    json_object *batches = member(c, "batches");
    int partitions = json_object_get_int(member(c, "partitions"));
    int empty_max = json_object_get_boolean(member(c, "without_data")) ? EMPTY_BATCHES_MAX : 0;
    struct query_settings settings;
    int64_t batch_id = 0;

    read_settings(member(c, "settings"), &settings);
    json_object_object_add(out, "batches", reports);
    const char *wrong = query_settings_check(&settings);
    if (wrong != NULL) {
        json_object_object_add(out, "refused", json_object_new_string(wrong));
        return out;
    }
    struct query *q = query_new(&settings, codes, NULL);
    for (size_t i = 0; i < json_object_array_length(batches); i++) {
        json_object *rows = json_object_array_get_idx(batches, i);
        json_object_array_add(reports, run_batch(q, batch_id++, rows, partitions));
        for (int n = 0; n < empty_max && query_wants_empty_batch(q); n++)
            json_object_array_add(reports, run_batch(q, batch_id++, NULL, partitions));
    }
    query_free(q);
    return out;
}

int main(int argc, char **argv)
{
    char err[200] = "", *line = NULL;
    size_t capacity = 0;

    if (argc != 2)
        give_up("usage: engine_case CODES.json < cases.ndjson");
    struct codes *codes = codes_read(argv[1], err, sizeof(err));
    if (codes == NULL)
        give_up(err);
    while (getline(&line, &capacity, stdin) > 0) {
        json_object *c = json_tokener_parse(line);
        if (c == NULL)
            give_up("a line of standard input is no JSON");
        json_object *answer = run_case(c, codes);
        if (puts(json_object_to_json_string_ext(answer, JSON_C_TO_STRING_PLAIN)) < 0 || fflush(stdout) != 0)
            give_up("cannot write the answer");
        json_object_put(answer);
        json_object_put(c);
    }
    free(line);
    codes_free(codes);
    return 0;
}
