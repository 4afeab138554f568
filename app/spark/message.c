#include "spark/message.h"

#include "base/clock.h"
#include "base/text.h"
#include "spark/js.h"

#include <stdio.h>
#include <string.h>

#define PROTOCOL_VERSION 1

static const struct {
    const char *name;
    enum message_type type;
} types[] = {
    {"settings", MESSAGE_SETTINGS},     {"group", MESSAGE_GROUP},       {"batch", MESSAGE_BATCH},
    {"started", MESSAGE_STARTED},       {"progress", MESSAGE_PROGRESS}, {"idle", MESSAGE_IDLE},
    {"terminated", MESSAGE_TERMINATED},
};

static enum message_type type_of(const char *name)
{
    for (size_t i = 0; i < sizeof types / sizeof *types; i++)
        if (strcmp(name, types[i].name) == 0)
            return types[i].type;
    return MESSAGE_OTHER;
}

static bool take_names(struct message_of_job *m, char *err, size_t err_cap)
{
    const char *type = js_text(m->body, "type");
    int64_t version = js_count(m->body, "v");
    if (!type) {
        snprintf(err, err_cap, "a message without a type");
        return false;
    }
    m->type = type_of(type);
    if (m->type == MESSAGE_OTHER)
        return true;
    if (version != PROTOCOL_VERSION) {
        char shown[24];
        snprintf(err, err_cap, "a message of protocol version %s; this program speaks %d",
                 version == UNKNOWN ? "?" : text_count(shown, sizeof shown, version), PROTOCOL_VERSION);
        return false;
    }
    js_clean(m->query, sizeof m->query, m->body, "query");
    js_clean(m->run, sizeof m->run, m->body, "run");
    if (!m->query[0] || !m->run[0]) {
        snprintf(err, err_cap, "a message without its query or run");
        return false;
    }
    return true;
}

bool message_read(struct message_of_job *m, const char *bytes, size_t len, char *err, size_t err_cap)
{
    *m = (struct message_of_job){0};
    if (!bytes || len == 0) {
        snprintf(err, err_cap, "an empty message");
        return false;
    }
    m->body = js_parse(bytes, len, err, err_cap);
    if (m->body && !json_object_is_type(m->body, json_type_object)) {
        snprintf(err, err_cap, "a message that is no JSON object");
        message_clear(m);
        return false;
    }
    if (m->body && take_names(m, err, err_cap))
        return true;
    message_clear(m);
    return false;
}

void message_clear(struct message_of_job *m)
{
    json_object_put(m->body);
    *m = (struct message_of_job){0};
}

/* ---- settings ---- */

/* The index of the member's word in the list; -1 with a sentence. */
static int choice(json_object *o, const char *name, const char *const *words, char *err, size_t err_cap)
{
    const char *word = js_text(o, name);
    for (int i = 0; word && words[i]; i++)
        if (strcmp(word, words[i]) == 0)
            return i;
    char shown[60];
    text_clean(shown, sizeof shown, word ? word : "missing", strlen(word ? word : "missing"), false);
    snprintf(err, err_cap, "the job's %s is %s, which this program does not know", name, shown);
    return -1;
}

static bool take_group_by(json_object *settings, struct query_settings *s, char *err, size_t err_cap)
{
    json_object *list = js_member(settings, "group_by", json_type_array);
    size_t count = js_length(list);
    s->group_by_count = 0;
    for (size_t i = 0; i < count && i < FIELD_COUNT; i++) {
        json_object *name = js_element(list, i, json_type_string);
        const char *text = name ? json_object_get_string(name) : "";
        enum field f = field_of(text, (int64_t)strlen(text));
        if (f == FIELD_COUNT) {
            char shown[60];
            text_clean(shown, sizeof shown, text, strlen(text), false);
            snprintf(err, err_cap, "the job groups by %s, which this program does not know", shown);
            return false;
        }
        s->group_by[s->group_by_count++] = f;
    }
    if (count == 0 || count > FIELD_COUNT)
        snprintf(err, err_cap, "the job does not say what it groups by");
    return count > 0 && count <= FIELD_COUNT;
}

static void take_number(json_object *o, const char *name, int64_t *to)
{
    int64_t value = js_count(o, name);
    if (value != UNKNOWN && value >= 0)
        *to = value;
}

bool message_settings(json_object *settings, struct query_settings *s, char *err, size_t err_cap)
{
    static const char *const distinct_words[] = {"off", "global", "within-watermark", NULL};
    static const char *const mode_words[] = {"complete", "update", "append", NULL};
    static const char *const trigger_words[] = {"asap", "interval", "available-now", NULL};
    static const char *const join_words[] = {"none", "radio-codes", NULL};
    int distinct = choice(settings, "distinct", distinct_words, err, err_cap);
    int mode = distinct < 0 ? -1 : choice(settings, "output_mode", mode_words, err, err_cap);
    int trigger = mode < 0 ? -1 : choice(settings, "trigger", trigger_words, err, err_cap);
    int join = trigger < 0 ? -1 : choice(settings, "join", join_words, err, err_cap);
    if (join < 0 || !take_group_by(settings, s, err, err_cap))
        return false;
    s->distinct = (enum distinct_mode)distinct;
    s->output_mode = (enum output_mode)mode;
    s->trigger = (enum trigger_kind)trigger;
    s->join_codes = join == 1;
    take_number(settings, "watermark_ms", &s->watermark_ms);
    take_number(settings, "window_ms", &s->window_ms);
    s->slide_ms = s->window_ms;
    take_number(settings, "slide_ms", &s->slide_ms);
    if (s->slide_ms <= 0 || s->slide_ms > s->window_ms)
        s->slide_ms = s->window_ms;
    take_number(settings, "max_offsets_per_trigger", &s->max_offsets_per_trigger);
    take_number(settings, "trigger_ms", &s->trigger_ms);
    s->fail_on_data_loss = js_true(settings, "fail_on_data_loss");
    return true;
}
