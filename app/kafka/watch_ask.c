/* The watcher's questions. Each is bounded in time, and a broker that does not answer costs its partitions'
 * figures only: they grow old (asked_mono_ms) while the others stay fresh. */
#include "kafka/watch_internal.h"

#include "base/text.h"
#include "base/xalloc.h"
#include "kafka/offsets.h"
#include "log.h"

#include <json-c/json.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define METADATA_LIMIT_MS  1000
#define ENDS_LIMIT_MS      300
#define COMMITTED_LIMIT_MS 500
#define QUIET_MS           2000
#define LATENCY_KEPT_MS    5000

static struct broker_state *broker_of(struct watcher *w, int32_t id, bool add)
{
    for (size_t i = 0; i < w->brokers_count; i++)
        if (w->brokers[i].view.id == id)
            return &w->brokers[i];
    if (!add || w->brokers_count == MAX_BROKERS)
        return NULL;
    struct broker_state *b = &w->brokers[w->brokers_count++];
    *b = (struct broker_state){.view = {.id = id, .since_ms = UNKNOWN, .latency_ms = (double)NAN}};
    return b;
}

static void set_message(struct watcher *w, rd_kafka_resp_err_t code, const char *detail)
{
    client_error_words(w->message, sizeof w->message, code, detail);
}

/* ---- metadata ---- */

static void take_brokers(struct watcher *w, const struct rd_kafka_metadata *md)
{
    for (size_t i = 0; i < w->brokers_count; i++) {
        w->brokers[i].listed = false;
        w->brokers[i].view.leads = w->brokers[i].view.copies = w->brokers[i].view.in_sync = 0;
    }
    for (int i = 0; i < md->broker_cnt; i++) {
        struct broker_state *b = broker_of(w, md->brokers[i].id, true);
        if (!b)
            continue;
        char address[100];
        snprintf(address, sizeof address, "%s:%d", md->brokers[i].host, md->brokers[i].port);
        text_clean(b->view.address, sizeof b->view.address, address, strlen(address), false);
        b->listed = true;
    }
}

void watch_take_partitions(struct watcher *w, const rd_kafka_metadata_topic_t *t)
{
    int count = t->partition_cnt < MAX_PARTITIONS ? t->partition_cnt : MAX_PARTITIONS;
    if (count > w->partitions_count) {
        w->partitions = xreallocarray(w->partitions, (size_t)count, sizeof *w->partitions);
        for (int p = w->partitions_count; p < count; p++)
            w->partitions[p] = (struct partition_view){.id = p,
                                                       .leader = -1,
                                                       .low = UNKNOWN,
                                                       .high = UNKNOWN,
                                                       .position = UNKNOWN,
                                                       .committed = UNKNOWN,
                                                       .lag = UNKNOWN,
                                                       .asked_mono_ms = UNKNOWN,
                                                       .lag_trend_per_s = NAN,
                                                       .catch_up_s = NAN,
                                                       .input_per_s = NAN,
                                                       .idle_since_ms = UNKNOWN};
        w->trends = xreallocarray(w->trends, (size_t)count, sizeof *w->trends);
        for (int p = w->partitions_count; p < count; p++)
            w->trends[p] = (struct partition_trend){.end_seen = UNKNOWN};
    }
    /* A topic made anew may have fewer. Those that are gone would spoil every question about their sisters.
     */
    w->partitions_count = count;
    for (int i = 0; i < t->partition_cnt; i++) {
        const struct rd_kafka_metadata_partition *from = &t->partitions[i];
        if (from->id < 0 || from->id >= w->partitions_count)
            continue;
        struct partition_view *to = &w->partitions[from->id];
        to->leader = from->leader;
        to->replicas = from->replica_cnt;
        to->in_sync = from->isr_cnt;
        struct broker_state *b = broker_of(w, from->leader, false);
        if (b)
            b->view.leads++;
        for (int r = 0; r < from->replica_cnt; r++)
            if ((b = broker_of(w, from->replicas[r], false)))
                b->view.copies++;
        for (int r = 0; r < from->isr_cnt; r++)
            if ((b = broker_of(w, from->isrs[r], false)))
                b->view.in_sync++;
    }
}

void watch_ask_metadata(struct watcher *w)
{
    const struct rd_kafka_metadata *md;
    rd_kafka_resp_err_t code = rd_kafka_metadata(w->rk, 0, w->topic, &md, METADATA_LIMIT_MS);
    client_poll_log(w->rk); /* brings the reasons (client_keep_trouble) */
    if (w->trouble.code == RD_KAFKA_RESP_ERR_GROUP_AUTHORIZATION_FAILED) {
        w->group_refused = true;
        w->trouble.code = RD_KAFKA_RESP_ERR_NO_ERROR;
    }
    w->asked = true;
    w->reachable = !code;
    if (code) {
        if (w->trouble.code)
            set_message(w, w->trouble.code, w->trouble.reason);
        else
            set_message(w, code, NULL);
        return;
    }
    w->message[0] = '\0';
    w->trouble.code = RD_KAFKA_RESP_ERR_NO_ERROR;
    take_brokers(w, md);
    if (md->topic_cnt == 1) {
        if (md->topics[0].err)
            set_message(w, md->topics[0].err, NULL);
        else
            watch_take_partitions(w, &md->topics[0]);
        w->topic_gone =
            md->topics[0].err == RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART && w->partitions_count > 0;
    }
    rd_kafka_metadata_destroy(md);
}

/* ---- ends ---- */

static void ask_leader(struct watcher *w, size_t broker)
{
    int32_t ids[MAX_PARTITIONS];
    int64_t low[MAX_PARTITIONS], high[MAX_PARTITIONS];
    int count = 0;
    for (int p = 0; p < w->partitions_count; p++)
        if (w->partitions[p].leader == w->brokers[broker].view.id)
            ids[count++] = p;
    int64_t now_ms = clock_mono_ms();
    if (count == 0 || now_ms < w->quiet_until_ms[broker])
        return;
    rd_kafka_resp_err_t code =
        offsets_ask(w->rk, w->topic_name, ids, count, OFFSETS_END, high, ENDS_LIMIT_MS);
    if (!code)
        code = offsets_ask(w->rk, w->topic_name, ids, count, OFFSETS_FIRST, low, ENDS_LIMIT_MS);
    if (code) {
        w->quiet_until_ms[broker] = clock_mono_ms() + QUIET_MS;
        if (w->reachable && !w->message[0])
            set_message(w, code, w->brokers[broker].view.address);
        return;
    }
    for (int i = 0; i < count; i++) {
        struct partition_view *p = &w->partitions[ids[i]];
        if (low[i] == UNKNOWN || high[i] == UNKNOWN)
            continue;
        p->low = low[i];
        p->high = high[i];
        p->asked_mono_ms = now_ms;
        atomic_store(&w->parts->hub->live.high[ids[i]], high[i]);
    }
}

void watch_ask_ends(struct watcher *w)
{
    for (size_t i = 0; i < w->brokers_count; i++)
        ask_leader(w, i);
}

void watch_ask_committed(struct watcher *w)
{
    if (w->partitions_count == 0 || !w->reachable || w->group_refused)
        return;
    rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new(w->partitions_count);
    for (int p = 0; p < w->partitions_count; p++)
        rd_kafka_topic_partition_list_add(list, w->topic_name, p);
    if (!rd_kafka_committed(w->rk, list, COMMITTED_LIMIT_MS)) {
        for (int i = 0; i < list->cnt; i++) {
            const rd_kafka_topic_partition_t *t = &list->elems[i];
            w->partitions[t->partition].committed = t->offset >= 0 ? t->offset : UNKNOWN;
        }
        w->committed_ms = clock_mono_ms();
    }
    rd_kafka_topic_partition_list_destroy(list);
}

/* ---- statistics ---- */

static double number_in(struct json_object *o, const char *name)
{
    struct json_object *v;
    return json_object_object_get_ex(o, name, &v) ? json_object_get_double(v) : 0;
}

static void take_broker_stats(struct watcher *w, struct json_object *from)
{
    struct json_object *v;
    if (!json_object_object_get_ex(from, "nodeid", &v))
        return;
    struct broker_state *b = broker_of(w, json_object_get_int(v), false);
    /* The group's coordinator is listed once more, under the same number. */
    struct json_object *source;
    if (json_object_object_get_ex(from, "source", &source) &&
        strcmp(json_object_get_string(source), "logical") == 0)
        return;
    if (!b || !json_object_object_get_ex(from, "state", &v))
        return;
    const char *state = json_object_get_string(v);
    b->connected = strcmp(state, "UP") == 0 || strcmp(state, "UPDATE") == 0;
    b->tried = b->connected || number_in(from, "connects") > 0;
    struct json_object *rtt;
    int64_t now_ms = clock_mono_ms();
    if (b->connected && json_object_object_get_ex(from, "rtt", &rtt) && number_in(rtt, "cnt") > 0) {
        b->view.latency_ms = number_in(rtt, "avg") / 1000;
        b->heard_ms = now_ms;
    } else if (!b->connected || now_ms - b->heard_ms > LATENCY_KEPT_MS) {
        b->view.latency_ms = (double)NAN;
    }
}

int watch_on_stats(rd_kafka_t *rk, char *json, size_t json_len, void *opaque)
{
    struct watcher *w = opaque;
    struct json_object *root = json_tokener_parse(json), *brokers;
    if (root && json_object_object_get_ex(root, "brokers", &brokers)) {
        json_object_object_foreach(brokers, name, broker)
        {
            (void)name;
            take_broker_stats(w, broker);
        }
    }
    json_object_put(root);
    return 0; /* the text stays the library's */
}
