#include "replay/faults.h"

#include "base/clock.h"
#include "base/xalloc.h"

#include <stdlib.h>
#include <string.h>

struct message_copy {
    struct strbuf bytes; /* JSON, then the key */
    size_t json_len;
    bool has_key;
    int64_t event_ms;
    enum injected kind;
};

struct queue {
    struct message_copy *items;
    size_t first, count, cap;
};

struct faults {
    struct faults_settings settings;
    uint64_t state;
    int64_t clock_ms;              /* newest event time let through */
    int64_t asked[INJECTED_COUNT]; /* faults that were asked for and not yet added */
    int64_t back_ms;               /* how far behind the late ones of them are */
    struct queue held, waiting;
};

const char *injected_name(enum injected kind)
{
    static const char *const names[INJECTED_COUNT] = {
        [INJECTED_LATE] = "late",
        [INJECTED_DUPLICATE] = "duplicate",
        [INJECTED_MALFORMED] = "malformed",
    };
    return names[kind];
}

static uint64_t next_random(struct faults *f)
{
    uint64_t z = f->state += UINT64_C(0x9e3779b97f4a7c15);
    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return z ^ (z >> 31);
}

static bool happens(struct faults *f, double share)
{
    return (double)(next_random(f) >> 11) * 0x1p-53 < share;
}

/* Takes over what m owns. */
static void queue_put(struct queue *q, struct message_copy m)
{
    if (q->first + q->count == q->cap) {
        if (q->first > 0) {
            memmove(q->items, q->items + q->first, q->count * sizeof *q->items);
            q->first = 0;
        } else {
            q->cap = q->cap ? q->cap * 2 : 16;
            q->items = xreallocarray(q->items, q->cap, sizeof *q->items);
        }
    }
    q->items[q->first + q->count++] = m;
}

static struct message_copy queue_take(struct queue *q)
{
    struct message_copy m = q->items[q->first++];
    if (--q->count == 0)
        q->first = 0;
    return m;
}

static void queue_clear(struct queue *q)
{
    while (q->count) {
        struct message_copy m = queue_take(q);
        strbuf_free(&m.bytes);
    }
}

struct faults *faults_new(const struct faults_settings *settings)
{
    struct faults *f = xcalloc(1, sizeof *f);
    f->settings = *settings;
    f->state = settings->seed ^ UINT64_C(0x5fc17e5ca115);
    f->clock_ms = UNKNOWN;
    return f;
}

void faults_share(struct faults *f, enum injected kind, double share)
{
    if (kind == INJECTED_LATE)
        f->settings.late = share;
    else if (kind == INJECTED_DUPLICATE)
        f->settings.duplicates = share;
    else if (kind == INJECTED_MALFORMED)
        f->settings.malformed = share;
}

void faults_free(struct faults *f)
{
    if (!f)
        return;
    queue_clear(&f->held);
    queue_clear(&f->waiting);
    free(f->held.items);
    free(f->waiting.items);
    free(f);
}

static struct message_copy copy_of(const struct dataset_call *call, enum injected kind)
{
    struct message_copy m = {
        .json_len = call->json.len, .has_key = call->key.p != NULL, .event_ms = call->event_ms, .kind = kind};
    strbuf_add(&m.bytes, call->json.p, call->json.len);
    strbuf_add(&m.bytes, call->key.p, call->key.len);
    return m;
}

/* The value of the event time in the copy's JSON, without its quotes; p NULL where there is none. */
static struct text time_of(const struct message_copy *m)
{
    static const char name[] = "\"call_date_time\":\"";
    const char *at = memmem(m->bytes.data, m->json_len, name, sizeof name - 1);
    if (!at)
        return (struct text){0};
    at += sizeof name - 1;
    const char *end = memchr(at, '"', (size_t)(m->bytes.data + m->json_len - at));
    return end ? (struct text){at, (size_t)(end - at)} : (struct text){0};
}

/* A copy of the call whose event time cannot be read: its digits are overwritten. */
static void garble_time(struct message_copy *m)
{
    struct text time = time_of(m);
    for (char *p = m->bytes.data + (time.p ? time.p - m->bytes.data : 0), *end = p + time.len; p < end; p++)
        if (*p >= '0' && *p <= '9')
            *p = '#';
}

/* A copy of the call that happened so long before the newest one that its windows have closed. */
static struct message_copy late_of(const struct faults *f, const struct dataset_call *call)
{
    struct message_copy m = copy_of(call, INJECTED_LATE);
    struct text time = time_of(&m);
    if (!time.p || call->event_ms == UNKNOWN)
        return m;
    char iso[ISO_MAX];
    struct strbuf bytes = {0};
    m.event_ms = (f->clock_ms > call->event_ms ? f->clock_ms : call->event_ms) - f->back_ms;
    iso_format_ms(iso, m.event_ms, 0);
    strbuf_add(&bytes, m.bytes.data, (size_t)(time.p - m.bytes.data));
    strbuf_puts(&bytes, iso);
    m.json_len += strlen(iso) - time.len;
    const char *rest = time.p + time.len;
    strbuf_add(&bytes, rest, (size_t)(m.bytes.data + m.bytes.len - rest));
    strbuf_free(&m.bytes);
    m.bytes = bytes;
    return m;
}

/* One of the ways in which messages are broken in practice. */
static struct message_copy malformed_of(struct faults *f, const struct dataset_call *call)
{
    static const char prose[] = "this is not a call";
    struct dataset_call whole = *call;
    whole.event_ms = UNKNOWN; /* nobody can read it */
    struct message_copy m;
    switch (next_random(f) % 3) {
    case 0: /* cut off on the way */
        whole.json.len = 1 + (size_t)(next_random(f) % (call->json.len - 1));
        return copy_of(&whole, INJECTED_MALFORMED);
    case 1: whole.json = (struct text){prose, sizeof prose - 1}; return copy_of(&whole, INJECTED_MALFORMED);
    default:
        m = copy_of(&whole, INJECTED_MALFORMED);
        garble_time(&m);
        return m;
    }
}

static void release_due(struct faults *f)
{
    if (f->clock_ms == UNKNOWN)
        return; /* nothing has been let through yet that a call could be behind of */
    while (f->held.count && f->clock_ms - f->held.items[f->held.first].event_ms >= f->settings.hold_ms)
        queue_put(&f->waiting, queue_take(&f->held));
}

void faults_inject(struct faults *f, enum injected kind, int64_t n, int64_t back_ms)
{
    f->asked[kind] += n;
    if (kind == INJECTED_LATE)
        f->back_ms = back_ms;
}

static bool asked(struct faults *f, enum injected kind)
{
    if (f->asked[kind] <= 0)
        return false;
    f->asked[kind]--;
    return true;
}

/* What was asked for by name comes right behind its call. */
static void add_asked(struct faults *f, const struct dataset_call *call)
{
    if (asked(f, INJECTED_LATE))
        queue_put(&f->waiting, late_of(f, call));
    if (asked(f, INJECTED_DUPLICATE))
        queue_put(&f->waiting, copy_of(call, INJECTED_DUPLICATE));
    if (asked(f, INJECTED_MALFORMED))
        queue_put(&f->waiting, malformed_of(f, call));
}

void faults_add(struct faults *f, const struct dataset_call *call)
{
    /* Always the same number of throws a call, so that one share does not change what another picks. */
    bool late = happens(f, f->settings.late);
    bool duplicate = happens(f, f->settings.duplicates);
    bool malformed = happens(f, f->settings.malformed);

    bool held = late && call->event_ms != UNKNOWN && f->held.count < FAULTS_HELD_MAX;
    if (held)
        queue_put(&f->held, copy_of(call, INJECTED_LATE));
    else
        queue_put(&f->waiting, copy_of(call, INJECTED_NONE));
    if (duplicate) /* behind its original, wherever that is */
        queue_put(held ? &f->held : &f->waiting, copy_of(call, INJECTED_DUPLICATE));
    if (malformed)
        queue_put(&f->waiting, malformed_of(f, call));
    add_asked(f, call);
    /* The watermark only knows of what was sent. */
    if (!held && call->event_ms != UNKNOWN && (f->clock_ms == UNKNOWN || call->event_ms > f->clock_ms))
        f->clock_ms = call->event_ms;
    release_due(f);
}

void faults_end(struct faults *f)
{
    while (f->held.count)
        queue_put(&f->waiting, queue_take(&f->held));
}

void faults_rewind(struct faults *f)
{
    queue_clear(&f->held);
    queue_clear(&f->waiting);
    f->clock_ms = UNKNOWN;
}

bool faults_next(struct faults *f, struct dataset_call *call, enum injected *kind)
{
    if (f->waiting.count == 0)
        return false;
    const struct message_copy *m = &f->waiting.items[f->waiting.first];
    call->json = (struct text){m->bytes.data, m->json_len};
    call->key = (struct text){m->has_key ? m->bytes.data + m->json_len : NULL, m->bytes.len - m->json_len};
    call->event_ms = m->event_ms;
    *kind = m->kind;
    return true;
}

void faults_done(struct faults *f)
{
    struct message_copy m = queue_take(&f->waiting);
    strbuf_free(&m.bytes);
}
