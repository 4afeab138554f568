#include "replay/outbox.h"

#include "base/xalloc.h"

#include <stdlib.h>
#include <string.h>

/* How a message lies in the bytes of its partition: this, the value, the key. */
struct head {
    size_t json_len, key_len;
    int64_t time_ms;
    enum injected kind;
};

struct part {
    int64_t given, given_bytes; /* to the library, not yet answered */
    int64_t first_ns;           /* when the first of the newest request was */
    int64_t waiting;            /* messages in [first, len) of bytes */
    char *bytes;
    size_t first, len, cap;
};

struct outbox {
    int partitions;
    int64_t messages_max, bytes_max, linger_ns;
    int64_t waiting;
    size_t waiting_bytes;
    struct part part[];
};

struct outbox *outbox_new(int partitions, int64_t messages, int64_t bytes, int64_t linger_ns)
{
    struct outbox *o = xcalloc(1, sizeof *o + (size_t)partitions * sizeof o->part[0]);
    o->partitions = partitions;
    o->messages_max = messages;
    o->bytes_max = bytes;
    o->linger_ns = linger_ns;
    return o;
}

void outbox_free(struct outbox *o)
{
    if (!o)
        return;
    for (int i = 0; i < o->partitions; i++)
        free(o->part[i].bytes);
    free(o);
}

bool outbox_open(const struct outbox *o, int partition, int64_t now_ns)
{
    const struct part *p = &o->part[partition];
    return p->given < OUTBOX_UNDER_WAY || (p->given < o->messages_max && p->given_bytes < o->bytes_max &&
                                           now_ns - p->first_ns < o->linger_ns);
}

void outbox_given(struct outbox *o, int partition, size_t size, int64_t now_ns)
{
    struct part *p = &o->part[partition];
    if (p->given == 0 || (p->given < OUTBOX_UNDER_WAY && now_ns - p->first_ns >= o->linger_ns))
        p->first_ns = now_ns;
    p->given++;
    p->given_bytes += (int64_t)size;
}

void outbox_answered(struct outbox *o, int partition, size_t size)
{
    o->part[partition].given--;
    o->part[partition].given_bytes -= (int64_t)size;
}

static void make_room(struct part *p, size_t more)
{
    if (p->len + more <= p->cap)
        return;
    if (p->first > 0) {
        memmove(p->bytes, p->bytes + p->first, p->len - p->first);
        p->len -= p->first;
        p->first = 0;
    }
    if (p->len + more > p->cap) {
        p->cap = 2 * p->cap + more;
        p->bytes = xrealloc(p->bytes, p->cap);
    }
}

bool outbox_put(struct outbox *o, int partition, const struct outbox_message *m)
{
    struct part *p = &o->part[partition];
    struct head head = {
        .json_len = m->json.len, .key_len = m->key.len, .time_ms = m->time_ms, .kind = m->kind};
    size_t size = sizeof head + m->json.len + m->key.len;
    if (p->len - p->first >= OUTBOX_PART_BYTES_MAX || o->waiting_bytes >= OUTBOX_BYTES_MAX)
        return false;
    make_room(p, size);
    char *to = p->bytes + p->len;
    memcpy(to, &head, sizeof head);
    memcpy(to + sizeof head, m->json.p, m->json.len);
    if (m->key.len > 0)
        memcpy(to + sizeof head + m->json.len, m->key.p, m->key.len);
    p->len += size;
    p->waiting++;
    o->waiting++;
    o->waiting_bytes += size;
    return true;
}

bool outbox_first(const struct outbox *o, int partition, struct outbox_message *m)
{
    const struct part *p = &o->part[partition];
    struct head head;
    if (p->waiting == 0)
        return false;
    const char *from = p->bytes + p->first;
    memcpy(&head, from, sizeof head);
    *m = (struct outbox_message){
        .json = {from + sizeof head, head.json_len}, .time_ms = head.time_ms, .kind = head.kind};
    if (head.key_len > 0)
        m->key = (struct text){from + sizeof head + head.json_len, head.key_len};
    return true;
}

void outbox_drop_first(struct outbox *o, int partition)
{
    struct part *p = &o->part[partition];
    struct outbox_message m;
    if (!outbox_first(o, partition, &m))
        return;
    size_t size = sizeof(struct head) + m.json.len + m.key.len;
    p->first += size;
    p->waiting--;
    o->waiting--;
    o->waiting_bytes -= size;
    if (p->waiting == 0)
        p->first = p->len = 0;
}

int64_t outbox_waiting(const struct outbox *o, int partition)
{
    return o->part[partition].waiting;
}

int64_t outbox_waiting_all(const struct outbox *o)
{
    return o->waiting;
}
