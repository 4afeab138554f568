/* Rest while there is nothing to fetch, on the embedded cluster only.
 *
 * A real broker holds an empty fetch until there is a row. The mock cannot: it answers when fetch.wait.max.ms
 * is over, row or not. Ten milliseconds make rows arrive soon, but also make two brokers and a client answer
 * two hundred empty fetches a second for nothing. There, however, nearly all rows are our own replay's, whose
 * delivery reports are in live.produced: so once all is read, fetching is paused until they or the watcher
 * know of more, and then goes on only where they do. Measured side by side on a busy machine: 2.0 % of a core
 * without rests, 0.7 % with them, and rows arrive as soon as before, as the fetch after a rest finds them
 * waiting. Now and then a look of its own finds what others have written. */
#include "kafka/consumer_internal.h"

#include "base/clock.h"
#include "base/xalloc.h"
#include "kafka/offsets.h"
#include "log.h"

#include <stdlib.h>

#define FETCH_EVERY_MS 500

static bool has_news(const struct kafka_source *s, int p)
{
    int64_t next = s->part[p]->next;
    return atomic_load(&s->live->produced[p]) > next || atomic_load(&s->live->high[p]) > next;
}

/* True when each partition rests or could: nothing of it is on its way. */
static bool quiet(const struct kafka_source *s)
{
    for (int p = 0; p < s->base.partitions; p++) {
        const struct part *part = s->part[p];
        if (!part->resting && (!part->idle || part->broken || part->held_count > 0 || has_news(s, p) ||
                               rd_kafka_queue_length(part->queue) > 0))
            return false;
    }
    return true;
}

void rest_begin(struct kafka_source *s)
{
    rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new(s->base.partitions);
    for (int p = 0; p < s->base.partitions; p++) {
        if (!s->part[p]->resting)
            rd_kafka_topic_partition_list_add(list, s->topic_name, p);
        s->part[p]->resting = true;
    }
    if (list->cnt > 0)
        rd_kafka_pause_partitions(s->rk, list);
    rd_kafka_topic_partition_list_destroy(list);
}

/* Fetching goes on where a partition rests and is wanted: all with end NULL, else those below their end, or
 * with news. Returns how many. */
static int resume(struct kafka_source *s, const int64_t *end, bool with_news)
{
    int count = 0;
    int32_t *ids = xmalloc((size_t)s->base.partitions * sizeof *ids);
    for (int p = 0; p < s->base.partitions; p++) {
        struct part *part = s->part[p];
        bool wanted = with_news ? has_news(s, p) : !end || part->next < end[p];
        if (!part->resting || !wanted)
            continue;
        part->resting = part->idle = false;
        ids[count++] = p;
    }
    if (count > 0) {
        rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new(count);
        for (int i = 0; i < count; i++)
            rd_kafka_topic_partition_list_add(list, s->topic_name, ids[i])->offset = s->part[ids[i]]->next;
        /* Not where the library thinks that it was: 2.3 and 2.8 take the end mark of a partition, which has
         * the offset of the row to come, for a row that was handed over (rd_kafka_q_serve_rkmessages()), and
         * leave that one out. */
        rd_kafka_error_t *error = rd_kafka_seek_partitions(s->rk, list, 0);
        if (error)
            log_line(LOG_WARNING, "kafka", "after a rest: %s", rd_kafka_error_string(error));
        rd_kafka_error_destroy(error);
        rd_kafka_resume_partitions(s->rk, list);
        rd_kafka_topic_partition_list_destroy(list);
        /* Resuming does not wake the library's broker threads; a request does. */
        offsets_nudge(s->rk, s->topic_name, ids, count);
    }
    free(ids);
    return count;
}

void rest_end(struct kafka_source *s, const int64_t *end)
{
    (void)resume(s, end, false);
    if (!end)
        s->looked_ms = clock_mono_ms();
}

void rest_wait(struct kafka_source *s, int64_t timeout_ms)
{
    atomic_store(&s->parts->hub->news_wanted, true);
    if (!s->parts->embedded) {
        consumer_wait_any(s, timeout_ms);
        return;
    }
    int64_t left_ms = s->looked_ms + FETCH_EVERY_MS - clock_mono_ms();
    if (left_ms <= 0)
        rest_end(s, NULL);
    else if (resume(s, NULL, true) == 0 && quiet(s))
        rest_begin(s);
    consumer_wait_any(s, left_ms > 0 && left_ms < timeout_ms ? left_ms : timeout_ms);
}
