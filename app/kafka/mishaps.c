#include "kafka/mishaps.h"

#include "base/text.h"
#include "kafka/embedded.h"
#include "log.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static void say(struct watcher *w, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
static void say(struct watcher *w, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    (void)vsnprintf(w->mishap, sizeof w->mishap, fmt, ap);
    va_end(ap);
    w->mishap_number++;
    log_line(LOG_WARNING, "embedded", "on request: %s", w->mishap);
}

static struct broker_state *find(struct watcher *w, int64_t id)
{
    for (size_t i = 0; i < w->brokers_count; i++)
        if (w->brokers[i].view.id == id)
            return &w->brokers[i];
    return NULL;
}

/* The next broker after that id which was not taken down; NULL when there is none other. */
static struct broker_state *next_up(struct watcher *w, int32_t id)
{
    size_t at = 0;
    while (at < w->brokers_count && w->brokers[at].view.id != id)
        at++;
    for (size_t i = 1; i <= w->brokers_count; i++) {
        struct broker_state *b = &w->brokers[(at + i) % w->brokers_count];
        if (b->view.id != id && !b->taken_down)
            return b;
    }
    return NULL;
}

/* "partition 1" or "partitions 1, 3"; at most so many bytes, which the screen has room for. */
struct list_of {
    char text[80];
    int count;
};

static void add(struct list_of *l, int32_t partition)
{
    size_t at = strlen(l->text);
    (void)snprintf(l->text + at, sizeof l->text - at, "%s%d", l->count ? ", " : "", (int)partition);
    l->count++;
}

static const char *noun(const struct list_of *l)
{
    return l->count == 1 ? "partition" : "partitions";
}

/* A real cluster elects a new leader by itself; the mock has to be told. */
static void move_away(struct watcher *w, int32_t from, int32_t to, struct list_of *moved)
{
    for (int p = 0; p < w->partitions_count; p++)
        if (w->partitions[p].leader == from &&
            embedded_move_leader(w->parts->embedded_cluster, (int32_t)p, to) == 0) {
            w->partitions[p].leader = to;
            w->led_before[p] = from;
            add(moved, (int32_t)p);
        }
}

static void move_back(struct watcher *w, int32_t to, struct list_of *moved)
{
    for (int p = 0; p < w->partitions_count; p++)
        if (w->led_before[p] == to && embedded_move_leader(w->parts->embedded_cluster, (int32_t)p, to) == 0) {
            w->partitions[p].leader = to;
            w->led_before[p] = 0;
            add(moved, (int32_t)p);
        }
}

static void broker_down(struct watcher *w, int64_t id)
{
    struct list_of moved = {0};
    struct broker_state *b = id ? find(w, id) : w->brokers_count ? &w->brokers[w->brokers_count - 1] : NULL;
    if (!b) {
        say(w, "there is no broker %lld", (long long)id);
        return;
    }
    if (b->taken_down) {
        if (embedded_broker_up(w->parts->embedded_cluster, b->view.id, true) < 0) {
            say(w, "broker %d does not come back", (int)b->view.id);
            return;
        }
        b->taken_down = false;
        move_back(w, b->view.id, &moved);
        say(w, "broker %d is back%s%s %s%s: what waited is delivered now", (int)b->view.id,
            moved.count ? " and leads " : "", moved.count ? noun(&moved) : "", moved.text,
            moved.count ? " again" : "");
        return;
    }
    struct broker_state *other = next_up(w, b->view.id);
    if (other)
        move_away(w, b->view.id, other->view.id, &moved);
    if (embedded_broker_up(w->parts->embedded_cluster, b->view.id, false) < 0) {
        say(w, "broker %d cannot be taken down", (int)b->view.id);
        return;
    }
    b->taken_down = true;
    if (moved.count)
        say(w, "broker %d is down, nothing is lost: broker %d leads %s %s; look at nodes", (int)b->view.id,
            (int)other->view.id, noun(&moved), moved.text);
    else
        say(w, "broker %d is down: %s; look at nodes", (int)b->view.id,
            other ? "it led nothing" : "no broker is left, all wait, nothing is lost");
}

static void broker_slow(struct watcher *w, int64_t id, int latency_ms)
{
    struct broker_state *b = id ? find(w, id) : w->brokers_count ? &w->brokers[0] : NULL;
    if (!b) {
        say(w, "there is no broker %lld", (long long)id);
        return;
    }
    int ms = b->slow_ms ? 0 : latency_ms;
    if (embedded_broker_latency(w->parts->embedded_cluster, b->view.id, ms) < 0) {
        say(w, "the latency of broker %d cannot be set", (int)b->view.id);
        return;
    }
    b->slow_ms = ms;
    if (ms)
        say(w, "broker %d answers %d ms late: look at nodes, and at the lag where it leads", (int)b->view.id,
            ms);
    else
        say(w, "broker %d answers at once again", (int)b->view.id);
}

static void leader_move(struct watcher *w, int64_t partition)
{
    if (w->partitions_count == 0) {
        say(w, "there is no partition whose leader could move");
        return;
    }
    int p = (int)(partition >= 0 ? partition : w->next_moved++ % w->partitions_count);
    if (p >= w->partitions_count) {
        say(w, "there is no partition %d", p);
        return;
    }
    int32_t from = w->partitions[p].leader;
    struct broker_state *to = next_up(w, from);
    if (!to || embedded_move_leader(w->parts->embedded_cluster, p, to->view.id) < 0) {
        say(w, "no other broker is up that could lead partition %d", p);
        return;
    }
    w->partitions[p].leader = to->view.id;
    w->led_before[p] = 0;
    say(w, "partition %d is led by broker %d now, before by %d; look at lead in offsets", p, (int)to->view.id,
        (int)from);
}

bool mishaps_obey(struct watcher *w, const struct command *c)
{
    if (c->kind != CMD_BROKER_DOWN && c->kind != CMD_BROKER_SLOW && c->kind != CMD_LEADER_MOVE)
        return false;
    if (!w->parts->embedded_cluster) {
        say(w, "only the embedded cluster's brokers can be made to fail from here");
        return true;
    }
    switch (c->kind) {
    case CMD_BROKER_DOWN: broker_down(w, c->i); break;
    case CMD_BROKER_SLOW: broker_slow(w, c->i, (int)c->f); break;
    default: leader_move(w, c->i); break;
    }
    return true;
}
