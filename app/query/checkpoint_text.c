/* What the text files of a checkpoint say: metadata, offsets/N and commits/N, each a line or more of JSON
 * with the names that Spark uses where it has one. The checksum around them (checkpoint_file.c) has been seen
 * to fit before any of this is parsed, so whatever is still wrong here was written by somebody else. */
#include "query/checkpoint_internal.h"

#include "base/clock.h"
#include "base/xalloc.h"

#include <errno.h>
#include <inttypes.h>
#include <json-c/json.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

static const char *const setting_name[CKPT_SETTINGS] = {
    [CKPT_SET_TOPIC] = "topic",         [CKPT_SET_DISTINCT] = "distinct",
    [CKPT_SET_WATERMARK] = "watermark", [CKPT_SET_WINDOW] = "window",
    [CKPT_SET_SLIDE] = "slide",         [CKPT_SET_GROUP_BY] = "group-by",
    [CKPT_SET_JOIN] = "join",           [CKPT_SET_OUTPUT_MODE] = "output-mode",
};
static const char *const distinct_word[] = {
    [DISTINCT_OFF] = "off", [DISTINCT_GLOBAL] = "global", [DISTINCT_WITHIN_WATERMARK] = "within-watermark"};
static const char *const output_word[] = {
    [OUTPUT_COMPLETE] = "complete", [OUTPUT_UPDATE] = "update", [OUTPUT_APPEND] = "append"};

const char *ckpt_setting_name(enum ckpt_setting s)
{
    return setting_name[s];
}

static char *duration_word(int64_t ms)
{
    char word[80];
    duration_format_ms(word, sizeof word, ms);
    return xstrdup(word);
}

void ckpt_meta_of(struct ckpt_meta *m, const char *topic, const struct query_settings *s)
{
    struct strbuf names = {0};
    for (int i = 0; i < s->group_by_count; i++) {
        strbuf_puts(&names, i ? "," : "");
        strbuf_puts(&names, field_name(s->group_by[i]));
    }
    *m = (struct ckpt_meta){.generation = 1};
    m->setting[CKPT_SET_TOPIC] = xstrdup(topic);
    m->setting[CKPT_SET_DISTINCT] = xstrdup(distinct_word[s->distinct]);
    m->setting[CKPT_SET_WATERMARK] = duration_word(s->watermark_ms);
    m->setting[CKPT_SET_WINDOW] = s->window_ms > 0 ? duration_word(s->window_ms) : xstrdup("none");
    m->setting[CKPT_SET_SLIDE] = s->window_ms > 0 ? duration_word(s->slide_ms) : xstrdup("none");
    m->setting[CKPT_SET_GROUP_BY] = xstrdup(names.len > 0 ? names.data : "");
    m->setting[CKPT_SET_JOIN] = xstrdup(s->join_codes ? "radio-codes" : "none");
    m->setting[CKPT_SET_OUTPUT_MODE] = xstrdup(output_word[s->output_mode]);
    strbuf_free(&names);
}

void ckpt_meta_clear(struct ckpt_meta *m)
{
    for (int i = 0; i < CKPT_SETTINGS; i++) {
        free(m->setting[i]);
        m->setting[i] = NULL;
    }
}

int ckpt_meta_new_id(struct ckpt_meta *m, char *err, size_t err_cap)
{
    unsigned char b[16];
    size_t got = 0;
    while (got < sizeof b) {
        ssize_t n = getrandom(b + got, sizeof b - got, 0);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0) {
            snprintf(err, err_cap, "cannot make an id for the checkpoint: %s", strerror(errno));
            return -1;
        }
        got += (size_t)n;
    }
    b[6] = (unsigned char)((b[6] & 0x0f) | 0x40); /* version 4 */
    b[8] = (unsigned char)((b[8] & 0x3f) | 0x80); /* the usual variant */
    snprintf(m->id, sizeof m->id, "%02x%02x%02x%02x-%02x%02x-%02x%02x-%02x%02x-%02x%02x%02x%02x%02x%02x",
             b[0], b[1], b[2], b[3], b[4], b[5], b[6], b[7], b[8], b[9], b[10], b[11], b[12], b[13], b[14],
             b[15]);
    return 0;
}

static void add_json_line(struct strbuf *body, struct json_object *o)
{
    strbuf_puts(body,
                json_object_to_json_string_ext(o, JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE));
    strbuf_puts(body, "\n");
    json_object_put(o);
}

static void add_int(struct json_object *o, const char *name, int64_t v)
{
    json_object_object_add(o, name, v == UNKNOWN ? NULL : json_object_new_int64(v));
}

int ckpt_meta_write(struct ckpt_folder *f, const struct ckpt_meta *m, char *err, size_t err_cap)
{
    struct strbuf body = {0};
    struct json_object *o = json_object_new_object();
    json_object_object_add(o, "id", json_object_new_string(m->id));
    add_int(o, "generation", m->generation);
    for (int i = 0; i < CKPT_SETTINGS; i++)
        json_object_object_add(o, setting_name[i], json_object_new_string(m->setting[i]));
    add_json_line(&body, o);
    int rc = ckpt_text_write(f, CKPT_TOP, "metadata", &body, err, err_cap);
    strbuf_free(&body);
    return rc == 0 ? ckpt_sync_dirs(f, err, err_cap) : -1;
}

/* The n-th line of a body as a JSON object, or NULL. */
static struct json_object *line_object(const struct strbuf *body, int n)
{
    const char *p = body->data, *end = body->len > 0 ? body->data + body->len : body->data;
    while (n-- > 0 && p < end) {
        p = memchr(p, '\n', (size_t)(end - p));
        p = p ? p + 1 : end;
    }
    const char *stop = p < end ? memchr(p, '\n', (size_t)(end - p)) : NULL;
    if (!stop)
        return NULL;
    struct json_tokener *tok = json_tokener_new();
    if (!tok)
        return NULL;
    struct json_object *o = json_tokener_parse_ex(tok, p, (int)(stop - p));
    if (json_tokener_get_error(tok) != json_tokener_success || !json_object_is_type(o, json_type_object)) {
        json_object_put(o);
        o = NULL;
    }
    json_tokener_free(tok);
    return o;
}

static bool get_int(struct json_object *o, const char *name, int64_t *v)
{
    struct json_object *x = NULL;
    if (!json_object_object_get_ex(o, name, &x))
        return false;
    *v = UNKNOWN;
    if (x && !json_object_is_type(x, json_type_int))
        return false;
    if (x)
        *v = json_object_get_int64(x);
    return true;
}

static const char *get_string(struct json_object *o, const char *name)
{
    struct json_object *x = NULL;
    if (!json_object_object_get_ex(o, name, &x) || !json_object_is_type(x, json_type_string))
        return NULL;
    return json_object_get_string(x);
}

int ckpt_meta_read(const struct ckpt_folder *f, struct ckpt_meta *m, char *err, size_t err_cap)
{
    struct strbuf body = {0};
    struct json_object *o = NULL;
    *m = (struct ckpt_meta){0};
    int rc = ckpt_text_read(f, CKPT_TOP, "metadata", &body, err, err_cap);
    if (rc != 0)
        goto out;
    o = line_object(&body, 0);
    const char *id = o ? get_string(o, "id") : NULL;
    bool good =
        id && strlen(id) < sizeof m->id && get_int(o, "generation", &m->generation) && m->generation > 0;
    for (int i = 0; good && i < CKPT_SETTINGS; i++) {
        const char *word = get_string(o, setting_name[i]);
        if (word)
            m->setting[i] = xstrdup(word);
        good = word != NULL;
    }
    if (good)
        snprintf(m->id, sizeof m->id, "%s", id);
    else
        rc = ckpt_damaged(f, CKPT_TOP, "metadata", "it does not describe a query of this program", err,
                          err_cap);
out:
    if (rc != 0)
        ckpt_meta_clear(m);
    json_object_put(o);
    strbuf_free(&body);
    return rc;
}

int ckpt_meta_compare(const struct ckpt_folder *f, const struct ckpt_meta *was, const struct ckpt_meta *is,
                      char *err, size_t err_cap)
{
    for (int i = 0; i < CKPT_SETTINGS; i++) {
        if (strcmp(was->setting[i], is->setting[i]) == 0)
            continue;
        char path[400], a[200], b[200];
        text_clean(a, sizeof a, was->setting[i], strlen(was->setting[i]), false);
        text_clean(b, sizeof b, is->setting[i], strlen(is->setting[i]), false);
        snprintf(err, err_cap,
                 "checkpoint %s was made with %s = '%s', this query has '%s': start with the old value, "
                 "or " CKPT_WHAT_TO_DO,
                 ckpt_path(f, CKPT_TOP, "", path, sizeof path), setting_name[i], a, b);
        return -1;
    }
    return 0;
}

/* {"topic":{"0":134,"1":120}} as in Spark's offset log. */
static void add_offset_line(struct strbuf *body, const char *topic, int partitions, const int64_t *v)
{
    struct json_object *o = json_object_new_object(), *by_partition = json_object_new_object();
    for (int i = 0; i < partitions; i++) {
        char number[16];
        snprintf(number, sizeof number, "%d", i);
        add_int(by_partition, number, v[i]);
    }
    json_object_object_add(o, topic, by_partition);
    add_json_line(body, o);
}

void ckpt_offsets_body(struct strbuf *body, const struct ckpt_meta *m, const struct ckpt_offsets *o)
{
    struct json_object *head = json_object_new_object();
    json_object_object_add(head, "id", json_object_new_string(m->id));
    add_int(head, "generation", m->generation);
    add_int(head, "batchId", o->batch);
    add_int(head, "batchTimestampMs", o->wall_ms);
    add_int(head, "batchWatermarkMs", o->watermark_ms);
    add_int(head, "partitions", o->partitions);
    add_json_line(body, head);
    add_offset_line(body, m->setting[CKPT_SET_TOPIC], o->partitions, o->end);
    add_offset_line(body, m->setting[CKPT_SET_TOPIC], o->partitions, o->start);
}

void ckpt_offsets_clear(struct ckpt_offsets *o)
{
    free(o->start);
    free(o->end);
    *o = (struct ckpt_offsets){0};
}

bool ckpt_offsets_only_begin(const struct ckpt_offsets *o)
{
    for (int p = 0; p < o->partitions; p++)
        if (o->start[p] != o->end[p])
            return false;
    return o->batch == 0 && o->partitions > 0;
}

static bool read_offset_line(const struct strbuf *body, int line, const char *topic, int partitions,
                             int64_t *v)
{
    struct json_object *o = line_object(body, line), *by_partition = NULL;
    bool good = o && json_object_object_get_ex(o, topic, &by_partition) &&
                json_object_is_type(by_partition, json_type_object) &&
                json_object_object_length(by_partition) == partitions;
    for (int i = 0; good && i < partitions; i++) {
        char number[16];
        snprintf(number, sizeof number, "%d", i);
        good = get_int(by_partition, number, &v[i]);
    }
    json_object_put(o);
    return good;
}

/* The parts that offsets/N and commits/N share. NULL and err where the file is of another query or batch. */
static struct json_object *read_head(const struct ckpt_folder *f, enum ckpt_dir d, const struct ckpt_meta *m,
                                     int64_t batch, struct strbuf *body, int64_t *generation, char *err,
                                     size_t err_cap)
{
    char name[CKPT_NAME_MAX];
    int64_t number;
    snprintf(name, sizeof name, "%" PRId64, batch);
    if (ckpt_text_read(f, d, name, body, err, err_cap) != 0)
        return NULL;
    struct json_object *o = line_object(body, 0);
    const char *id = o ? get_string(o, "id") : NULL;
    const char *why = NULL;
    if (!id || !get_int(o, "generation", generation) || !get_int(o, "batchId", &number))
        why = "it does not describe a batch of this program";
    else if (strcmp(id, m->id) != 0)
        why = "it belongs to another query";
    else if (number != batch)
        why = "it describes another batch than its name says";
    else if (*generation > m->generation)
        why = "it is newer than the file metadata";
    if (!why)
        return o;
    ckpt_damaged(f, d, name, why, err, err_cap);
    json_object_put(o);
    return NULL;
}

int ckpt_offsets_read(const struct ckpt_folder *f, const struct ckpt_meta *m, int64_t batch,
                      struct ckpt_offsets *o, char *err, size_t err_cap)
{
    struct strbuf body = {0};
    int64_t partitions = 0;
    int rc = -1;
    *o = (struct ckpt_offsets){.batch = batch};
    struct json_object *head = read_head(f, CKPT_OFFSETS, m, batch, &body, &o->generation, err, err_cap);
    if (!head)
        goto out;
    const char *topic = m->setting[CKPT_SET_TOPIC];
    bool good = get_int(head, "batchTimestampMs", &o->wall_ms) &&
                get_int(head, "batchWatermarkMs", &o->watermark_ms) &&
                get_int(head, "partitions", &partitions) && partitions > 0 && partitions <= 1000000;
    if (good) {
        o->partitions = (int)partitions;
        o->end = xcalloc((size_t)partitions, sizeof *o->end);
        o->start = xcalloc((size_t)partitions, sizeof *o->start);
        good = read_offset_line(&body, 1, topic, o->partitions, o->end) &&
               read_offset_line(&body, 2, topic, o->partitions, o->start);
    }
    /* A file of before a restart may be of another topic: it only has to be recognised. */
    if (good || o->generation < m->generation) {
        rc = 0;
    } else {
        char name[CKPT_NAME_MAX];
        snprintf(name, sizeof name, "%" PRId64, batch);
        ckpt_damaged(f, CKPT_OFFSETS, name, "its offsets are incomplete", err, err_cap);
    }
out:
    if (rc != 0)
        ckpt_offsets_clear(o);
    json_object_put(head);
    strbuf_free(&body);
    return rc;
}

void ckpt_commit_body(struct strbuf *body, const struct ckpt_meta *m, const struct ckpt_commit *c)
{
    struct json_object *o = json_object_new_object();
    json_object_object_add(o, "id", json_object_new_string(m->id));
    add_int(o, "generation", m->generation);
    add_int(o, "batchId", c->batch);
    add_int(o, "nextBatchWatermarkMs", c->next_watermark_ms);
    add_int(o, "stateRows", c->state_rows);
    add_int(o, "stateBytes", c->state_bytes);
    add_json_line(body, o);
}

int ckpt_commit_read(const struct ckpt_folder *f, const struct ckpt_meta *m, int64_t batch,
                     struct ckpt_commit *c, char *err, size_t err_cap)
{
    struct strbuf body = {0};
    int rc = -1;
    *c = (struct ckpt_commit){.batch = batch};
    struct json_object *o = read_head(f, CKPT_COMMITS, m, batch, &body, &c->generation, err, err_cap);
    if (!o)
        goto out;
    if (get_int(o, "nextBatchWatermarkMs", &c->next_watermark_ms) &&
        get_int(o, "stateRows", &c->state_rows) && get_int(o, "stateBytes", &c->state_bytes)) {
        rc = 0;
    } else {
        char name[CKPT_NAME_MAX];
        snprintf(name, sizeof name, "%" PRId64, batch);
        ckpt_damaged(f, CKPT_COMMITS, name, "it does not describe a batch of this program", err, err_cap);
    }
out:
    json_object_put(o);
    strbuf_free(&body);
    return rc;
}
