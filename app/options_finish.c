/* What no single setting can say: the files that 'bundled' stands for, settings that lean on each other, and
 * the environment. */
#include "options_value.h"

#include "base/clock.h"
#include "base/xalloc.h"
#include "paths.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { WHY_BYTES = 600, HINT_BYTES = 300 };

static const struct option_origin *origin_of(const struct options *o, const char *section, const char *key)
{
    return &o->origins[option_find(section, key) - option_table];
}

void option_where(const struct options *o, const struct option_origin *origin, struct strbuf *out)
{
    char path[300];
    switch (origin->kind) {
    case ORIGIN_DEFAULT: strbuf_puts(out, "default"); break;
    case ORIGIN_COMMAND_LINE: strbuf_puts(out, "command line"); break;
    case ORIGIN_FILE:
        text_clean(path, sizeof path, o->config_path, strlen(o->config_path), false);
        strbuf_printf(out, "%s:%d", path, origin->line);
        break;
    }
}

/* True where the sentence has the key as a word of its own. */
static bool names_key(const char *sentence, const char *key)
{
    size_t len = strlen(key);
    for (const char *at = sentence; (at = strstr(at, key)); at++) {
        bool begins = at == sentence || (!isalnum((unsigned char)at[-1]) && at[-1] != '-');
        if (begins && !isalnum((unsigned char)at[len]) && at[len] != '-')
            return true;
    }
    return false;
}

/* Tells of each key that the sentence names: its value and where that came from. */
static void say_clash(const struct options *o, const char *sentence, char *err, size_t err_cap)
{
    struct strbuf out = {0};
    strbuf_printf(&out, "%s (", sentence);
    size_t named = 0;
    for (size_t i = 0; i < option_count; i++) {
        const struct option_row *row = &option_table[i];
        if (!row->key || row->alias_of || o->origins[i].kind == ORIGIN_DEFAULT ||
            !names_key(sentence, row->key))
            continue;
        struct strbuf value = {0};
        char shown[200];
        option_show(o, row, &value);
        text_clean(shown, sizeof shown, value.data ? value.data : "", value.len, false);
        strbuf_printf(&out, "%s[%s] %s = %s from ", named++ ? ", " : "", row->section, row->key, shown);
        option_where(o, &o->origins[i], &out);
        strbuf_free(&value);
    }
    if (named)
        strbuf_puts(&out, ")");
    else
        out.data[out.len -= 2] = '\0';
    snprintf(err, err_cap, "%s", out.data);
    strbuf_free(&out);
}

/* window and slide are two keys in any order; where no slide is given the windows touch. */
static void settle_slide(struct options *o)
{
    const struct option_origin *window = origin_of(o, "query", "window"),
                               *slide = origin_of(o, "query", "slide");
    if (o->query.window_ms == 0 && slide->kind < window->kind)
        o->query.slide_ms = 0; /* '-S query.window=none' means it, whatever slide the file has */
    else if (o->query.slide_ms == 0 || slide->kind == ORIGIN_DEFAULT)
        o->query.slide_ms = o->query.window_ms;
}

static bool readable(const struct options *o, const char *section, const char *key, const char *path,
                     char *err, size_t err_cap)
{
    if (!path || access(path, R_OK) == 0)
        return true;
    int why = errno;
    struct strbuf out = {0};
    char shown[300];
    text_clean(shown, sizeof shown, path, strlen(path), false);
    option_where(o, origin_of(o, section, key), &out);
    snprintf(err, err_cap, "%s: [%s] %s = %s: %s", out.data, section, key, shown, strerror(why));
    strbuf_free(&out);
    return false;
}

static bool settle_files(struct options *o, char *err, size_t err_cap)
{
    bool replays = !o->replay.no_replay;
    bool from_file = o->replay.calls && strcmp(o->replay.calls, "-") != 0;
    if (replays && from_file && !readable(o, "data", "sfpd-calls", o->replay.calls, err, err_cap))
        return false;
    if (!readable(o, "data", "sfpd-codes", o->replay.codes, err, err_cap))
        return false;
    if (!o->replay.calls)
        o->replay.calls = paths_data("calls.json");
    if (!o->replay.calls)
        o->replay.calls = paths_data("calls.json.gz");
    if (!o->replay.codes)
        o->replay.codes = paths_data("radio_code.json");
    return true;
}

/* What --engine spark cannot be asked for; NULL = it fits. */
static const char *check_spark(const struct options *o)
{
    if (strcmp(o->engine, "spark") != 0)
        return o->spark.attach ? "attach is for --engine spark" : NULL;
    if (!o->kafka.brokers)
        return "--engine spark needs a real Kafka, which the job can reach too: name it in external-servers "
               "(--brokers)";
    if (o->checkpoint.dir)
        return "[checkpoint] dir is the native engine's: the job of --engine spark keeps its own in [spark] "
               "checkpoint";
    if (o->sink.dead_letters)
        return "with --engine spark bad messages go to dead-letters-topic only: the job's workers do not "
               "share "
               "a dead-letters file";
    if (o->kafka.read_only && !o->spark.attach)
        return "read-only starts no job, which would write: add --spark-attach to show one that runs already";
    return NULL;
}

static const char *check_together(const struct options *o, char *why, size_t why_cap)
{
    const char *wrong = query_settings_check(&o->query);
    if (wrong)
        return wrong;
    if (!o->kafka.brokers && o->kafka.replication_factor > o->kafka.embedded_brokers)
        return "replication-factor must be at most embedded-brokers: each copy needs a broker of its own";
    if (o->action == RUN_INSPECT && !o->checkpoint.dir)
        return "--inspect needs --checkpoint DIR";
    if (o->kafka.read_only && !o->kafka.brokers)
        return "read-only is for looking at a real Kafka: name it in external-servers (--brokers)";
    wrong = check_spark(o);
    if (wrong)
        return wrong;
    if (o->kafka.read_only && (o->sink.kafka_topic || o->sink.dead_letters_topic))
        return "read-only writes nothing to Kafka, so neither kafka-topic nor dead-letters-topic can be used";
    if (o->available_now && o->replay.loop && !o->replay.no_replay)
        return "trigger available-now never ends while loop sends the calls again";
    return option_check_start(o, why, why_cap);
}

bool options_finish(struct options *o, char *err, size_t err_cap)
{
    char why[WHY_BYTES];
    settle_slide(o);
    if (o->kafka.read_only)
        o->replay.no_replay = true;
    o->available_now = o->query.trigger == TRIGGER_AVAILABLE_NOW;
    const char *wrong = check_together(o, why, sizeof why);
    if (wrong) {
        say_clash(o, wrong, err, err_cap);
        return false;
    }
    const char *no_color = getenv("NO_COLOR");
    bool theme_asked = origin_of(o, "ui", "theme")->kind == ORIGIN_COMMAND_LINE;
    o->ui.monochrome = strcmp(o->ui.theme, "mono") == 0 || (no_color && *no_color && !theme_asked);
    return settle_files(o, err, err_cap);
}

bool options_set_query(struct query_settings *s, const char *key, const char *value, char *err,
                       size_t err_cap)
{
    const struct option_row *row = option_find("query", key);
    if (!row) {
        option_unknown("query", key, err, err_cap);
        return false;
    }
    char hint[HINT_BYTES], shown[200];
    struct options o = {.query = *s};
    if (!option_set(&o, row, value, hint, sizeof hint)) {
        struct strbuf out = {0};
        text_clean(shown, sizeof shown, value, strlen(value), false);
        strbuf_printf(&out, "%s = %s: expected ", key, shown);
        option_allowed(row, &out);
        snprintf(err, err_cap, "%s%s%s", out.data, *hint ? "; " : "", hint);
        strbuf_free(&out);
        return false;
    }
    struct query_settings *q = &o.query;
    /* The slide follows the window where the windows touched before, or would now leave gaps. */
    bool touched = s->slide_ms == s->window_ms;
    if (row->at == offsetof(struct options, query.window_ms) && (touched || q->slide_ms > q->window_ms))
        q->slide_ms = q->window_ms;
    if (row->at == offsetof(struct options, query.slide_ms) && q->slide_ms == 0)
        q->slide_ms = q->window_ms;
    *s = *q;
    return true;
}
