#include "engine/rejects.h"

#include "base/xalloc.h"
#include "log.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

bool rejects_open(struct rejects *r, const struct app_parts *parts, char *err, size_t err_cap)
{
    const struct options *o = parts->options;
    if (o->sink.dead_letters && *o->sink.dead_letters) {
        r->letters =
            dead_letters_open(o->sink.dead_letters, o->kafka.topic, o->sink.dead_letters_limit, err, err_cap);
        if (!r->letters)
            return false;
    }
    if (o->sink.dead_letters_topic && *o->sink.dead_letters_topic) {
        r->topic = dead_topic_open(parts, err, err_cap);
        if (!r->topic)
            return false;
    }
    return true;
}

void rejects_close(struct rejects *r)
{
    dead_letters_close(r->letters);
    dead_topic_close(r->topic);
    free(r->kept_to);
    *r = (struct rejects){0};
}

static bool passed_on(struct rejects *r, const struct message *m)
{
    if (m->partition >= r->partitions) {
        r->kept_to = xreallocarray(r->kept_to, (size_t)m->partition + 1, sizeof *r->kept_to);
        for (int p = r->partitions; p <= m->partition; p++)
            r->kept_to[p] = -1;
        r->partitions = m->partition + 1;
    }
    if (m->offset <= r->kept_to[m->partition])
        return true;
    r->kept_to[m->partition] = m->offset;
    return false;
}

static void on_bad(void *arg, const struct message *m, enum bad_reason reason, const char *detail)
{
    struct rejects *r = arg;
    char clean[VIEW_TEXT / 2];
    text_clean(clean, sizeof clean, detail, strlen(detail), false);
    snprintf(r->last_bad, sizeof r->last_bad, "partition %" PRId32 " offset %" PRId64 ": %s", m->partition,
             m->offset, *clean ? clean : bad_reason_name(reason));
    if ((!r->letters && !r->topic) || m->partition < 0 || passed_on(r, m))
        return;
    if (r->letters)
        dead_letters_add(r->letters, m, reason, detail);
    if (r->topic)
        dead_topic_add(r->topic, m, reason, detail);
}

int rejects_settle(struct rejects *r, bool *warned, char *err, size_t err_cap)
{
    if (r->letters && dead_letters_flush(r->letters, err, err_cap) < 0) {
        *warned = true;
        log_line(LOG_ERROR, "engine", "%s", err);
    }
    return r->topic ? dead_topic_flush(r->topic, err, err_cap) : 0;
}

bool rejects_kept(const struct rejects *r)
{
    return r->letters || r->topic;
}

void rejects_words(struct strbuf *out, const int64_t bad[BAD_REASON_COUNT])
{
    const char *between = "";
    char count[40];
    for (int i = 0; i < BAD_REASON_COUNT; i++) {
        if (bad[i] == 0)
            continue;
        strbuf_printf(out, "%s%s %s", between, text_count(count, sizeof count, bad[i]),
                      bad_reason_name((enum bad_reason)i));
        between = ", ";
    }
}

void rejects_where(const struct rejects *r, const struct options *o, struct strbuf *out)
{
    char count[40];
    if (r->letters)
        strbuf_printf(out, " (kept in %s", o->sink.dead_letters);
    if (r->topic)
        strbuf_printf(out, "%s topic %s", r->letters ? " and in" : " (kept in", o->sink.dead_letters_topic);
    if (r->letters && dead_letters_beyond_limit(r->letters) > 0)
        strbuf_printf(out, "; %s only counted, as the file has reached its limit",
                      text_count(count, sizeof count, dead_letters_beyond_limit(r->letters)));
    if (r->letters || r->topic)
        strbuf_puts(out, ")");
}

static void on_late(void *arg, const struct message *m, int64_t event_ms, int64_t watermark_ms,
                    struct text type)
{
    struct rejects *r = arg;
    struct view_late *late = &r->late[r->late_next];
    *late = (struct view_late){
        .event_ms = event_ms,
        .watermark_ms = watermark_ms,
        .batch_id = r->batch_id,
        .partition = m->partition,
        .offset = m->offset,
    };
    text_clean(late->type, sizeof late->type, type.p ? type.p : "", type.len, false);
    r->late_next = (r->late_next + 1) % LATE_RING;
    if (r->late_count < LATE_RING)
        r->late_count++;
}

struct query_listener rejects_listener(struct rejects *r)
{
    return (struct query_listener){.arg = r, .bad = on_bad, .late = on_late};
}

size_t rejects_late(const struct rejects *r, struct view_late out[LATE_RING])
{
    for (size_t i = 0; i < r->late_count; i++)
        out[i] = r->late[(r->late_next + LATE_RING - r->late_count + i) % LATE_RING];
    return r->late_count;
}

void rejects_restart(struct rejects *r)
{
    r->late_count = r->late_next = 0;
    r->last_bad[0] = '\0';
}
