#include "kafka/watch.h"

#include "base/text.h"
#include "base/xalloc.h"
#include "kafka/bounded.h"
#include "kafka/mishaps.h"
#include "kafka/watch_internal.h"
#include "log.h"

#include <errno.h>
#include <math.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#define METADATA_EVERY_MS  1000
#define COMMITTED_EVERY_MS 2000
#define PUBLISH_EVERY_MS   100
/* A view without changes is told again this often, so that the age of its figures is seen. */
#define REPEAT_EVERY_MS 1000

struct watch {
    struct watcher w;
    pthread_t thread;
    _Atomic bool stop;
    int stop_fd; /* eventfd: ends the thread's sleep */
    uint64_t number;
    int64_t published_ms;
    uint64_t published_sum; /* what the last view said, as a hash */
};

static uint64_t hash_more(uint64_t h, const void *bytes, size_t len)
{
    const unsigned char *b = bytes;
    for (size_t i = 0; i < len; i++)
        h = (h ^ b[i]) * UINT64_C(1099511628211);
    return h;
}

static uint64_t hash_figures(uint64_t h, const int64_t *figures, size_t count)
{
    for (size_t i = 0; i < count; i++)
        h = (h ^ (uint64_t)figures[i]) * UINT64_C(1099511628211);
    return h;
}

/* A sum over what a user would see change; not over ages, means and trends that move by themselves: they go
 * with the figures they are of, or with the next repetition. */
static uint64_t sum_of(const struct cluster_view *v)
{
    uint64_t h = UINT64_C(14695981039346656037);
    h = hash_more(h, &v->reachable, sizeof v->reachable);
    h = hash_more(h, &v->topic_gone, sizeof v->topic_gone);
    h = hash_more(h, &v->mishap_number, sizeof v->mishap_number);
    h = hash_more(h, v->message, strlen(v->message));
    for (size_t i = 0; i < v->brokers_count; i++) {
        const struct broker_view *b = &v->brokers[i];
        int64_t figures[] = {b->id, b->up, b->leads, b->copies, b->in_sync};
        h = hash_figures(h, figures, sizeof figures / sizeof *figures);
    }
    for (size_t i = 0; i < v->partitions_count; i++) {
        const struct partition_view *p = &v->partitions[i];
        int64_t figures[] = {p->leader,   p->replicas,  p->in_sync, p->low,          p->high,
                             p->position, p->committed, p->lag,     p->idle_since_ms};
        h = hash_figures(h, figures, sizeof figures / sizeof *figures);
    }
    h = hash_figures(h, &v->growing_since_ms, 1);
    for (size_t i = 0; i < v->groups_count; i++) {
        const struct group_view *g = &v->groups[i];
        int64_t figures[] = {g->members, g->lag, g->committed_in, g->ours};
        h = hash_figures(h, figures, sizeof figures / sizeof *figures);
        h = hash_more(h, g->name, strlen(g->name));
        h = hash_more(h, g->state, strlen(g->state));
    }
    h = hash_more(h, v->groups_why, strlen(v->groups_why));
    return h;
}

/* The newest end that anybody has told of: our own delivery reports may know of a later one than the last
 * question. */
static int64_t newest_end(const struct watcher *w, int p)
{
    int64_t high = w->partitions[p].high, produced = atomic_load(&w->parts->hub->live.produced[p]);
    return high != UNKNOWN && produced > high ? produced : high;
}

/* Positions move on their own, without a question to the cluster. Returns the total lag, UNKNOWN while any
 * is. */
static int64_t refresh_lag(struct watcher *w)
{
    int64_t total = w->partitions_count > 0 ? 0 : UNKNOWN;
    for (int i = 0; i < w->partitions_count; i++) {
        struct partition_view *p = &w->partitions[i];
        int64_t position = atomic_load(&w->parts->hub->live.position[i]), high = newest_end(w, i);
        p->position = position >= 0 ? position : UNKNOWN;
        p->lag = UNKNOWN;
        if (high != UNKNOWN && p->position != UNKNOWN)
            p->lag = high > p->position ? high - p->position : 0;
        if (total != UNKNOWN)
            total = p->lag == UNKNOWN ? UNKNOWN : total + p->lag;
    }
    return total;
}

/* A sample for every trend, as often as the ends are asked for. */
static void sample(struct watcher *w)
{
    int64_t now_ms = clock_mono_ms();
    lag_add(&w->lag, now_ms, refresh_lag(w));
    for (int i = 0; i < w->partitions_count; i++)
        partition_add(&w->trends[i], &w->partitions[i], now_ms, newest_end(w, i));
}

/* Listed in the metadata is all we know before our own handle has tried to connect. */
static bool broker_is_up(const struct broker_state *b)
{
    return b->listed && (b->connected || !b->tried);
}

/* Since when a broker is up or down; looked at before each view. */
static void note_brokers(struct watcher *w, int64_t now_ms)
{
    for (size_t i = 0; i < w->brokers_count; i++) {
        struct broker_state *b = &w->brokers[i];
        bool up = broker_is_up(b);
        if (b->view.since_ms == UNKNOWN || up != b->view.up)
            b->view.since_ms = now_ms;
        b->view.up = up;
    }
}

static void clean_copy(char *to, size_t cap, const char *from)
{
    text_clean(to, cap, from, strlen(from), false);
}

static struct cluster_view *view_of(struct watch *me, int64_t now_ms)
{
    struct watcher *w = &me->w;
    struct cluster_view *v = xcalloc(1, sizeof *v);
    v->mono_ms = now_ms;
    v->embedded = w->parts->embedded;
    v->reachable = w->reachable;
    v->topic_gone = w->topic_gone;
    clean_copy(v->message, sizeof v->message, w->message);
    clean_copy(v->bootstrap, sizeof v->bootstrap, w->parts->bootstrap);
    clean_copy(v->topic, sizeof v->topic, w->topic_name);
    note_brokers(w, now_ms);
    for (size_t i = 0; i < w->brokers_count; i++)
        v->brokers[i] = w->brokers[i].view;
    v->brokers_count = w->brokers_count;
    v->lag_total = refresh_lag(w);
    v->partitions_count = (size_t)w->partitions_count;
    v->partitions = xcalloc(v->partitions_count, sizeof *v->partitions);
    if (w->partitions_count > 0)
        memcpy(v->partitions, w->partitions, v->partitions_count * sizeof *v->partitions);
    for (size_t i = 0; i < v->partitions_count; i++)
        v->partitions[i].high = newest_end(w, (int)i);
    v->lag_trend_per_s = lag_trend(&w->lag);
    v->catch_up_s = lag_catch_up_s(v->lag_total, v->lag_trend_per_s);
    memcpy(v->lag_history, w->lag.history, sizeof v->lag_history);
    v->lag_history_count = w->lag.history_count;
    snprintf(v->mishap, sizeof v->mishap, "%s", w->mishap);
    v->mishap_number = w->mishap_number;
    v->growing_since_ms = w->lag.growth.since_ms;
    watch_groups_tell(w, v);
    return v;
}

/* Says what is known, where it differs from what was said, at most ten times a second. */
static void publish(struct watch *me)
{
    int64_t now_ms = clock_mono_ms();
    /* Before the first answer or refusal there is nothing to say: no view means "connecting". */
    if (!me->w.asked)
        return;
    if (me->number > 0 && now_ms - me->published_ms < PUBLISH_EVERY_MS)
        return;
    struct cluster_view *v = view_of(me, now_ms);
    uint64_t sum = sum_of(v);
    if (me->number > 0 && sum == me->published_sum && now_ms - me->published_ms < REPEAT_EVERY_MS) {
        cluster_view_free(v);
        return;
    }
    me->published_sum = sum;
    me->published_ms = now_ms;
    v->number = ++me->number;
    hub_put_cluster(me->w.parts->hub, v);
}

static bool due(int64_t *next_ms, int64_t every_ms)
{
    int64_t now_ms = clock_mono_ms();
    if (now_ms < *next_ms)
        return false;
    *next_ms = now_ms + every_ms;
    return true;
}

/* Serves what somebody asked for; true when something was done, so that the cluster is to be looked at anew.
 */
static bool take_commands(struct watch *me)
{
    struct command c;
    bool any = false;
    while (me->w.parts->to_watch && command_take(me->w.parts->to_watch, &c))
        any |= mishaps_obey(&me->w, &c);
    if (any)
        me->published_ms = 0; /* whoever asked waits for the answer */
    return any;
}

/* How often the cluster is asked for its ends. What our own replay writes into the embedded cluster it tells
 * of itself, and nobody else is expected to write there: then it is to be seen that the brokers still answer,
 * and what they have trimmed. */
static int64_t ask_ends_every_ms(const struct watcher *w)
{
    bool told = w->parts->embedded && !w->parts->options->replay.no_replay;
    return told ? METADATA_EVERY_MS : ENDS_EVERY_MS;
}

/* Sleeps until it is to stop, is asked for something, or has to look again. */
static void rest(struct watch *me)
{
    struct command_box *box = me->w.parts->to_watch;
    struct pollfd fds[] = {{.fd = me->stop_fd, .events = POLLIN},
                           {.fd = box ? command_fd(box) : -1, .events = POLLIN}};
    (void)poll(fds, 2, PUBLISH_EVERY_MS);
}

static void *watch_thread(void *arg)
{
    struct watch *me = arg;
    struct watcher *w = &me->w;
    pthread_setname_np(pthread_self(), "watcher");
    int64_t metadata_ms = 0, ends_ms = 0, sample_ms = 0, committed_ms = 0;
    publish(me);
    while (!atomic_load(&me->stop)) {
        if (take_commands(me))
            metadata_ms = ends_ms = 0;
        client_poll_log(w->rk);
        /* While the cluster is not reached, the first answer is what everybody waits for. */
        if (due(&metadata_ms, w->reachable ? METADATA_EVERY_MS : ENDS_EVERY_MS))
            watch_ask_metadata(w);
        if (!atomic_load(&me->stop) && w->reachable && due(&ends_ms, ask_ends_every_ms(w)))
            watch_ask_ends(w);
        if (!atomic_load(&me->stop) && due(&sample_ms, ENDS_EVERY_MS))
            sample(w);
        if (!atomic_load(&me->stop) && w->partitions_count > 0 && due(&committed_ms, COMMITTED_EVERY_MS))
            watch_ask_committed(w);
        watch_groups_step(w, clock_mono_ms());
        publish(me);
        rest(me);
    }
    return NULL;
}

static void watch_free(struct watch *me)
{
    struct watcher *w = &me->w;
    watch_groups_free(w->groups);
    if (w->topic)
        rd_kafka_topic_destroy(w->topic);
    bool ended = client_destroy(w->rk, 2000);
    if (me->stop_fd >= 0)
        close(me->stop_fd);
    if (!ended)
        return; /* the library's threads may still use it */
    free(w->partitions);
    free(w->trends);
    free(w->topic_name);
    free(me);
}

static bool connect_client(struct watcher *w, char *err, size_t cap)
{
    rd_kafka_conf_t *conf = client_conf(w->parts, CLIENT_WATCH, err, cap);
    if (!conf)
        return false;
    char why[200];
    /* A connection to every broker, and a word about each every second (it costs a third of a millisecond):
     * so the screen knows which are up. */
    rd_kafka_conf_set(conf, "enable.sparse.connections", "false", why, sizeof why);
    rd_kafka_conf_set(conf, "statistics.interval.ms", "1000", why, sizeof why);
    rd_kafka_conf_set_stats_cb(conf, watch_on_stats);
    client_keep_trouble(conf, &w->trouble);
    w->rk = client_new(RD_KAFKA_CONSUMER, conf, err, cap);
    if (!w->rk)
        return false;
    if (!w->parts->embedded)
        w->groups = watch_groups_new(w->rk);
    w->topic = rd_kafka_topic_new(w->rk, w->topic_name, NULL);
    if (!w->topic)
        snprintf(err, cap, "the topic's name is not allowed: %s", rd_kafka_err2str(rd_kafka_last_error()));
    return w->topic != NULL;
}

struct watch *watch_start(const struct app_parts *parts, char *err, size_t err_cap)
{
    struct watch *me = xcalloc(1, sizeof *me);
    me->w.parts = parts;
    me->w.committed_ms = UNKNOWN;
    growth_reset(&me->w.lag.growth);
    me->w.topic_name = xstrdup(parts->options->kafka.topic);
    me->stop_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    int code = 0;
    if (me->stop_fd < 0) {
        snprintf(err, err_cap, "no file descriptor for the watcher: %s (ulimit -n)", strerror(errno));
    } else if (connect_client(&me->w, err, err_cap)) {
        code = pthread_create(&me->thread, NULL, watch_thread, me);
        if (!code)
            return me;
        snprintf(err, err_cap, "the watcher's thread cannot be started: %s", strerror(code));
    }
    watch_free(me);
    return NULL;
}

static void end_watch(void *arg)
{
    struct watch *me = arg;
    pthread_join(me->thread, NULL);
    watch_free(me);
}

void watch_stop(struct watch *me, int64_t timeout_ms)
{
    if (!me)
        return;
    atomic_store(&me->stop, true);
    uint64_t one = 1;
    if (write(me->stop_fd, &one, sizeof one) < 0)
        log_line(LOG_ERROR, "kafka", "the watcher cannot be woken: %s", strerror(errno));
    if (!bounded_run(end_watch, me, timeout_ms))
        log_line(LOG_WARNING, "kafka", "the watcher did not end within %lld ms and is left behind",
                 (long long)timeout_ms);
}
