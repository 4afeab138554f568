/* Which consumer groups have committed offsets of the topic, with their members, their state and their lag.
 * Kafka has no such question: all groups are listed, each is asked for its offsets of the topic, and those
 * that have any are described. The answers come through a queue of their own, so that a slow coordinator
 * costs nobody anything but fresh figures. */
#include "kafka/watch_internal.h"

#include "base/text.h"
#include "base/xalloc.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FIRST_AFTER_MS   1000
#define EVERY_MS         5000
#define EVERY_MS_A_GROUP 50 /* so many groups more seldom */
#define LIST_LIMIT_MS    3000
/* The library's longest. A question to a group's coordinator that ran into its limit while the coordinator
 * was away ends the process (2.0.2 to 2.14: an assertion of rd_kafka_enq_once_del_source_return) as soon as a
 * coordinator is found again; one that still waits is simply answered then. Until that the last round stands.
 */
#define COORDINATOR_LIMIT_MS (3600 * 1000)
#define GROUPS_ASKED         200 /* of all the cluster's; ours is always among them */
#define GROUPS_ASKED_ATONCE  16

enum step { RESTING, LISTING, ASKING, DESCRIBING };

/* A round's picture; the last finished one is told until the next is finished. */
struct round {
    struct group_view view[MAX_GROUPS];
    char *name[MAX_GROUPS]; /* as Kafka knows them, for asking; owned */
    size_t count;
    size_t more;    /* beyond MAX_GROUPS */
    size_t unasked; /* beyond GROUPS_ASKED */
    size_t refused; /* not this user's to see */
    size_t silent;  /* no answer in time, or another error */
    char why[120];  /* the list itself could not be had */
    int64_t ms;     /* when it was finished */
};

struct groups_watch {
    rd_kafka_queue_t *queue;
    enum step step;
    int64_t next_ms;
    char *names[GROUPS_ASKED]; /* of the running round; owned */
    size_t names_count, asked;
    int in_flight;
    struct round now, last;
};

struct groups_watch *watch_groups_new(rd_kafka_t *rk)
{
    struct groups_watch *g = xcalloc(1, sizeof *g);
    g->queue = rd_kafka_queue_new(rk);
    g->last.ms = UNKNOWN;
    return g;
}

static void round_clear(struct round *r)
{
    for (size_t i = 0; i < r->count; i++)
        free(r->name[i]);
    *r = (struct round){.ms = UNKNOWN};
}

static void forget_names(struct groups_watch *g)
{
    for (size_t i = 0; i < g->names_count; i++)
        free(g->names[i]);
    g->names_count = g->asked = 0;
}

void watch_groups_free(struct groups_watch *g)
{
    if (!g)
        return;
    round_clear(&g->now);
    round_clear(&g->last);
    forget_names(g);
    rd_kafka_queue_destroy(g->queue);
    free(g);
}

static rd_kafka_AdminOptions_t *limited(rd_kafka_t *rk, rd_kafka_admin_op_t op, int limit_ms)
{
    rd_kafka_AdminOptions_t *options = rd_kafka_AdminOptions_new(rk, op);
    rd_kafka_AdminOptions_set_request_timeout(options, limit_ms, NULL, 0);
    return options;
}

/* ---- questions ---- */

static void ask_list(struct watcher *w)
{
    struct groups_watch *g = w->groups;
    rd_kafka_AdminOptions_t *options = limited(w->rk, RD_KAFKA_ADMIN_OP_LISTCONSUMERGROUPS, LIST_LIMIT_MS);
    rd_kafka_ListConsumerGroups(w->rk, options, g->queue);
    rd_kafka_AdminOptions_destroy(options);
    g->step = LISTING;
    g->in_flight = 1;
}

static void ask_offsets(struct watcher *w, const char *group)
{
    rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new(w->partitions_count);
    for (int p = 0; p < w->partitions_count; p++)
        rd_kafka_topic_partition_list_add(list, w->topic_name, p);
    rd_kafka_ListConsumerGroupOffsets_t *question = rd_kafka_ListConsumerGroupOffsets_new(group, list);
    rd_kafka_AdminOptions_t *options =
        limited(w->rk, RD_KAFKA_ADMIN_OP_LISTCONSUMERGROUPOFFSETS, COORDINATOR_LIMIT_MS);
    rd_kafka_ListConsumerGroupOffsets(w->rk, &question, 1, options, w->groups->queue);
    rd_kafka_AdminOptions_destroy(options);
    rd_kafka_ListConsumerGroupOffsets_destroy(question);
    rd_kafka_topic_partition_list_destroy(list);
    w->groups->in_flight++;
}

static void ask_members(struct watcher *w)
{
    struct groups_watch *g = w->groups;
    rd_kafka_AdminOptions_t *options =
        limited(w->rk, RD_KAFKA_ADMIN_OP_DESCRIBECONSUMERGROUPS, COORDINATOR_LIMIT_MS);
    const char *names[MAX_GROUPS];
    for (size_t i = 0; i < g->now.count; i++)
        names[i] = g->now.name[i];
    rd_kafka_DescribeConsumerGroups(w->rk, names, g->now.count, options, g->queue);
    rd_kafka_AdminOptions_destroy(options);
    g->step = DESCRIBING;
    g->in_flight = 1;
}

/* ---- answers ---- */

static const char *our_group(const struct watcher *w)
{
    return w->parts->options->kafka.client_id;
}

static int by_name(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

/* Ours first; of the others, when there are too many, those that had offsets of the topic the last time. */
static void choose_names(struct watcher *w, char **all, size_t count)
{
    struct groups_watch *g = w->groups;
    size_t front = 0;
    qsort(all, count, sizeof *all, by_name);
    for (size_t i = 0; i < count; i++) {
        bool known = strcmp(all[i], our_group(w)) == 0;
        for (size_t k = 0; !known && count > GROUPS_ASKED && k < g->last.count; k++)
            known = strcmp(all[i], g->last.name[k]) == 0;
        if (!known)
            continue;
        char *name = all[i];
        memmove(all + front + 1, all + front, (i - front) * sizeof *all);
        all[front++] = name;
    }
    for (size_t i = 0; i < count; i++) {
        if (i < GROUPS_ASKED)
            g->names[g->names_count++] = all[i];
        else
            free(all[i]);
    }
    g->now.unasked = count > GROUPS_ASKED ? count - GROUPS_ASKED : 0;
}

void watch_groups_why(char *out, size_t cap, rd_kafka_resp_err_t code)
{
    if (code == RD_KAFKA_RESP_ERR_CLUSTER_AUTHORIZATION_FAILED ||
        code == RD_KAFKA_RESP_ERR_GROUP_AUTHORIZATION_FAILED)
        snprintf(out, cap,
                 "this user may not list groups: have DESCRIBE on the cluster or on groups granted");
    else
        client_error_words(out, cap, code, NULL);
}

static void take_list(struct watcher *w, rd_kafka_event_t *event)
{
    struct groups_watch *g = w->groups;
    const rd_kafka_ListConsumerGroups_result_t *result = rd_kafka_event_ListConsumerGroups_result(event);
    rd_kafka_resp_err_t code = rd_kafka_event_error(event);
    size_t count = 0, errors = 0;
    const rd_kafka_ConsumerGroupListing_t **listed = NULL;
    if (!code && result) {
        listed = rd_kafka_ListConsumerGroups_result_valid(result, &count);
        const rd_kafka_error_t **error = rd_kafka_ListConsumerGroups_result_errors(result, &errors);
        if (errors > 0 && count == 0)
            code = rd_kafka_error_code(error[0]);
    }
    if (code) {
        watch_groups_why(g->now.why, sizeof g->now.why, code);
        return;
    }
    g->now.silent = errors; /* of brokers; their groups are missing */
    char **all = xcalloc(count + 1, sizeof *all);
    for (size_t i = 0; i < count; i++)
        all[i] = xstrdup(rd_kafka_ConsumerGroupListing_group_id(listed[i]));
    choose_names(w, all, count);
    free(all);
}

int64_t watch_groups_lag(const struct partition_view *partitions, int count, const int64_t *committed,
                         int *in)
{
    int64_t lag = 0;
    *in = 0;
    for (int p = 0; p < count; p++) {
        if (committed[p] < 0)
            continue;
        ++*in;
        if (partitions[p].high == UNKNOWN)
            lag = UNKNOWN;
        else if (lag != UNKNOWN && partitions[p].high > committed[p])
            lag += partitions[p].high - committed[p];
    }
    return *in > 0 ? lag : UNKNOWN;
}

static void clean_name(char *to, size_t cap, const char *from)
{
    text_clean(to, cap, from, strlen(from), false);
}

static void take_group(struct watcher *w, const rd_kafka_group_result_t *result)
{
    struct round *r = &w->groups->now;
    const rd_kafka_error_t *error = rd_kafka_group_result_error(result);
    const rd_kafka_topic_partition_list_t *list = rd_kafka_group_result_partitions(result);
    const char *name = rd_kafka_group_result_name(result);
    if (error || !list) {
        if (error && rd_kafka_error_code(error) == RD_KAFKA_RESP_ERR_GROUP_AUTHORIZATION_FAILED)
            r->refused++;
        else
            r->silent++;
        return;
    }
    int64_t committed[MAX_PARTITIONS];
    for (int p = 0; p < w->partitions_count; p++)
        committed[p] = UNKNOWN;
    for (int i = 0; i < list->cnt; i++) {
        const rd_kafka_topic_partition_t *t = &list->elems[i];
        if (t->partition >= 0 && t->partition < w->partitions_count && !t->err && t->offset >= 0 &&
            strcmp(t->topic, w->topic_name) == 0)
            committed[t->partition] = t->offset;
    }
    struct group_view v = {.members = -1, .ours = strcmp(name, our_group(w)) == 0};
    v.lag = watch_groups_lag(w->partitions, w->partitions_count, committed, &v.committed_in);
    if (v.committed_in == 0)
        return;
    if (r->count == MAX_GROUPS) {
        r->more++;
        return;
    }
    clean_name(v.name, sizeof v.name, name);
    /* Answers come as they like; the rows shall not jump: ours first, then by name. */
    size_t at = r->count;
    while (!v.ours && at > 0 && !r->view[at - 1].ours && strcmp(r->name[at - 1], name) > 0)
        at--;
    if (v.ours)
        at = 0;
    memmove(r->view + at + 1, r->view + at, (r->count - at) * sizeof *r->view);
    memmove(r->name + at + 1, r->name + at, (r->count - at) * sizeof *r->name);
    r->view[at] = v;
    r->name[at] = xstrdup(name);
    r->count++;
}

static void take_offsets(struct watcher *w, rd_kafka_event_t *event)
{
    const rd_kafka_ListConsumerGroupOffsets_result_t *result =
        rd_kafka_event_ListConsumerGroupOffsets_result(event);
    size_t count = 0;
    const rd_kafka_group_result_t **group =
        !rd_kafka_event_error(event) && result
            ? rd_kafka_ListConsumerGroupOffsets_result_groups(result, &count)
            : NULL;
    if (count == 0)
        w->groups->now.silent++;
    for (size_t i = 0; i < count; i++)
        take_group(w, group[i]);
}

static void take_members(struct groups_watch *g, rd_kafka_event_t *event)
{
    const rd_kafka_DescribeConsumerGroups_result_t *result =
        rd_kafka_event_DescribeConsumerGroups_result(event);
    size_t count = 0;
    const rd_kafka_ConsumerGroupDescription_t **group =
        !rd_kafka_event_error(event) && result ? rd_kafka_DescribeConsumerGroups_result_groups(result, &count)
                                               : NULL;
    for (size_t i = 0; i < count; i++) {
        const char *name = rd_kafka_ConsumerGroupDescription_group_id(group[i]);
        if (rd_kafka_ConsumerGroupDescription_error(group[i]))
            continue;
        for (size_t k = 0; k < g->now.count; k++) {
            struct group_view *v = &g->now.view[k];
            if (strcmp(g->now.name[k], name) != 0)
                continue;
            v->members = (int)rd_kafka_ConsumerGroupDescription_member_count(group[i]);
            clean_name(v->state, sizeof v->state,
                       rd_kafka_consumer_group_state_name(rd_kafka_ConsumerGroupDescription_state(group[i])));
        }
    }
}

/* ---- the round ---- */

static void finish(struct groups_watch *g, int64_t now_ms)
{
    g->next_ms = now_ms + EVERY_MS + (int64_t)g->names_count * EVERY_MS_A_GROUP;
    g->step = RESTING;
    g->now.ms = now_ms;
    forget_names(g);
    round_clear(&g->last);
    g->last = g->now;
    g->now = (struct round){.ms = UNKNOWN};
}

static void take(struct watcher *w, rd_kafka_event_t *event)
{
    struct groups_watch *g = w->groups;
    switch (g->step) {
    case LISTING: take_list(w, event); break;
    case ASKING: take_offsets(w, event); break;
    case DESCRIBING: take_members(g, event); break;
    case RESTING: break;
    }
    g->in_flight--;
}

void watch_groups_step(struct watcher *w, int64_t now_ms)
{
    struct groups_watch *g = w->groups;
    if (!g)
        return;
    if (g->step == RESTING) {
        if (g->next_ms == 0)
            g->next_ms = now_ms + FIRST_AFTER_MS;
        if (w->reachable && w->partitions_count > 0 && now_ms >= g->next_ms)
            ask_list(w);
        return;
    }
    for (rd_kafka_event_t *event; g->in_flight > 0 && (event = rd_kafka_queue_poll(g->queue, 0));) {
        take(w, event);
        rd_kafka_event_destroy(event);
    }
    /* The library answers every question in the end, be it by a refusal. */
    if (g->step == LISTING && g->in_flight == 0)
        g->step = ASKING;
    if (g->step == ASKING) {
        while (g->asked < g->names_count && g->in_flight < GROUPS_ASKED_ATONCE)
            ask_offsets(w, g->names[g->asked++]);
        if (g->in_flight > 0)
            return;
        if (g->now.count > 0)
            ask_members(w);
        else
            finish(g, now_ms);
    } else if (g->step == DESCRIBING && g->in_flight == 0) {
        finish(g, now_ms);
    }
}

/* What the embedded cluster can tell: our own group's offsets. */
static void tell_own(const struct watcher *w, struct cluster_view *v)
{
    snprintf(v->groups_why, sizeof v->groups_why, "the embedded cluster cannot tell of other groups");
    int64_t committed[MAX_PARTITIONS];
    for (size_t p = 0; p < v->partitions_count; p++)
        committed[p] = v->partitions[p].committed;
    struct group_view own = {.members = -1, .ours = true};
    own.lag = watch_groups_lag(v->partitions, (int)v->partitions_count, committed, &own.committed_in);
    clean_name(own.name, sizeof own.name, our_group(w));
    v->groups_asked_ms = w->committed_ms;
    if (own.committed_in > 0)
        v->groups[v->groups_count++] = own;
}

void watch_groups_tell(const struct watcher *w, struct cluster_view *v)
{
    const struct groups_watch *g = w->groups;
    v->groups_asked_ms = UNKNOWN;
    if (!g) {
        tell_own(w, v);
        return;
    }
    const struct round *r = &g->last;
    if (r->ms == UNKNOWN) {
        snprintf(v->groups_why, sizeof v->groups_why, "%s",
                 w->reachable ? "not asked yet" : "the cluster has not answered");
        return;
    }
    v->groups_asked_ms = r->ms;
    v->groups_count = r->count;
    memcpy(v->groups, r->view, r->count * sizeof *r->view);
    if (r->why[0])
        snprintf(v->groups_why, sizeof v->groups_why, "%s", r->why);
    else if (r->refused > 0)
        snprintf(v->groups_why, sizeof v->groups_why,
                 "%zu of the cluster's groups may not be read by this user", r->refused);
    else if (r->silent > 0)
        snprintf(v->groups_why, sizeof v->groups_why, "%zu questions had no answer: groups may be missing",
                 r->silent);
    else if (r->unasked > 0)
        snprintf(v->groups_why, sizeof v->groups_why, "%zu more groups of the cluster were not asked",
                 r->unasked);
    else if (r->more > 0)
        snprintf(v->groups_why, sizeof v->groups_why, "%zu more groups read this topic", r->more);
}
