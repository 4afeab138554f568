#include "snapshot.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

int hub_open(struct hub *hub)
{
    atomic_init(&hub->query.slot, NULL);
    atomic_init(&hub->replay.slot, NULL);
    atomic_init(&hub->cluster.slot, NULL);
    atomic_init(&hub->spark.slot, NULL);
    struct live *live = &hub->live;
    atomic_init(&live->batch_id, -1);
    atomic_init(&live->phase, -1);
    atomic_init(&live->phase_since_ms, 0);
    atomic_init(&live->batch_since_ms, 0);
    atomic_init(&live->batch_rows, 0);
    atomic_init(&live->batch_rows_planned, 0);
    for (int p = 0; p < MAX_PARTITIONS; p++) {
        atomic_init(&live->position[p], UNKNOWN);
        atomic_init(&live->produced[p], UNKNOWN);
        atomic_init(&live->pass_start[p], UNKNOWN);
        atomic_init(&live->high[p], UNKNOWN);
    }
    atomic_init(&live->replay_pass, 0);
    atomic_init(&live->replay_held_at, UNKNOWN);
    atomic_init(&live->partitions, 0);
    atomic_init(&live->replay_ended, false);
    atomic_init(&live->engine_ended, false);
    atomic_init(&hub->news_wanted, false);
    hub->wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (hub->wake_fd < 0)
        return -1;
    hub->news_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (hub->news_fd < 0)
        close(hub->wake_fd);
    return hub->news_fd < 0 ? -1 : 0;
}

static void signal_fd(int fd)
{
    uint64_t one = 1;
    ssize_t n;
    do
        n = write(fd, &one, sizeof one);
    while (n < 0 && errno == EINTR);
}

void hub_tell_news(struct hub *hub)
{
    if (atomic_load(&hub->news_wanted) && atomic_exchange(&hub->news_wanted, false))
        signal_fd(hub->news_fd);
}

void hub_close(struct hub *hub)
{
    query_view_free(hub_take_query(hub));
    free(hub_take_replay(hub));
    cluster_view_free(hub_take_cluster(hub));
    free(hub_take_spark(hub));
    close(hub->wake_fd);
    close(hub->news_fd);
}

/* Returns the view that nobody took, for the publisher to free. */
static void *put(struct hub *hub, struct mailbox *box, void *view)
{
    void *old = atomic_exchange_explicit(&box->slot, view, memory_order_acq_rel);
    signal_fd(hub->wake_fd);
    return old;
}

static void *take(struct mailbox *box)
{
    /* A plain look first: the common answer is "nothing new", and that should not write the cache line. */
    if (!atomic_load_explicit(&box->slot, memory_order_relaxed))
        return NULL;
    return atomic_exchange_explicit(&box->slot, NULL, memory_order_acq_rel);
}

void hub_put_query(struct hub *hub, struct query_view *v)
{
    query_view_free(put(hub, &hub->query, v));
}

void hub_put_replay(struct hub *hub, struct replay_view *v)
{
    free(put(hub, &hub->replay, v));
}

void hub_put_cluster(struct hub *hub, struct cluster_view *v)
{
    cluster_view_free(put(hub, &hub->cluster, v));
}

void hub_put_spark(struct hub *hub, struct spark_view *v)
{
    free(put(hub, &hub->spark, v));
}

struct query_view *hub_take_query(struct hub *hub)
{
    return take(&hub->query);
}

struct replay_view *hub_take_replay(struct hub *hub)
{
    return take(&hub->replay);
}

struct cluster_view *hub_take_cluster(struct hub *hub)
{
    return take(&hub->cluster);
}

struct spark_view *hub_take_spark(struct hub *hub)
{
    return take(&hub->spark);
}

bool hub_query_taken(struct hub *hub)
{
    return atomic_load_explicit(&hub->query.slot, memory_order_relaxed) == NULL;
}

void query_view_free(struct query_view *v)
{
    if (!v)
        return;
    progress_clear(&v->progress);
    free(v->progress_json);
    paged_clear(&v->keys);
    paged_clear(&v->groups);
    texts_release(v->texts);
    free(v->trends);
    free(v->marks);
    free(v->detail);
    free(v);
}

void cluster_view_free(struct cluster_view *v)
{
    if (!v)
        return;
    free(v->partitions);
    free(v);
}
