#include "engine/rejects.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static void on_bad(void *arg, const struct message *m, enum bad_reason reason, const char *detail)
{
    struct rejects *r = arg;
    char clean[VIEW_TEXT / 2];
    text_clean(clean, sizeof clean, detail, strlen(detail), false);
    snprintf(r->last_bad, sizeof r->last_bad, "partition %" PRId32 " offset %" PRId64 ": %s", m->partition,
             m->offset, *clean ? clean : bad_reason_name(reason));
    if (r->letters)
        dead_letters_add(r->letters, m, reason, detail);
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
