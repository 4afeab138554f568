/* Rows out of librdkafka's queues, a block at a time and without copying them. */
#include "kafka/consumer_internal.h"

#include "base/clock.h"
#include "kafka/offsets.h"
#include "log.h"

#include <stdio.h>
#include <string.h>

/* An error in the place of a row. Those that end reading are kept in base.error and the part is marked; the
 * others pass, and the library goes on by itself. */
static void note_error(struct kafka_source *s, int p, const rd_kafka_message_t *m)
{
    struct part *part = s->part[p];
    char words[400];
    switch (m->err) {
    case RD_KAFKA_RESP_ERR__PARTITION_EOF:
        if (m->offset > part->eof)
            part->eof = m->offset;
        part->idle = true;
        return;
    case RD_KAFKA_RESP_ERR__AUTO_OFFSET_RESET: part->broken = true; return;
    case RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED:
    case RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART:
    case RD_KAFKA_RESP_ERR__UNKNOWN_PARTITION:
    case RD_KAFKA_RESP_ERR__UNKNOWN_TOPIC:
        client_error_words(words, sizeof words, m->err, NULL);
        snprintf(s->base.error, sizeof s->base.error, "topic %.80s, partition %d: %.190s", s->topic_text, p,
                 words);
        s->base.failed = true;
        return;
    default:
        client_error_words(words, sizeof words, m->err, rd_kafka_message_errstr(m));
        log_line(LOG_WARNING, "kafka", "partition %d: %s", p, words);
    }
}

void fetch_refill(struct kafka_source *s, int p)
{
    struct part *part = s->part[p];
    part->held_first = 0;
    part->held_count = 0;
    size_t bytes = 0;
    ssize_t got = rd_kafka_consume_batch_queue(part->queue, 0, part->held, BLOCK_MESSAGES);
    for (ssize_t i = 0; i < got; i++) {
        rd_kafka_message_t *m = part->held[i];
        if (m->err) {
            note_error(s, p, m);
            rd_kafka_message_destroy(m);
        } else if (m->offset < part->next) {
            rd_kafka_message_destroy(m); /* from before the seek */
        } else {
            part->held[part->held_count++] = m;
            part->seen = m->offset + 1;
            part->idle = false;
            bytes += m->len + m->key_len;
        }
    }
    if (part->held_count > 0)
        part->row_bytes = bytes / (size_t)part->held_count + 1;
}

void fetch_drop_held(struct part *part)
{
    for (int i = 0; i < part->held_count; i++)
        rd_kafka_message_destroy(part->held[part->held_first + i]);
    part->held_first = 0;
    part->held_count = 0;
}

int fetch_hand_over(struct kafka_source *s, int p, int64_t end, source_rows_fn rows, void *arg)
{
    struct part *part = s->part[p];
    rd_kafka_message_t **held = part->held + part->held_first;
    int count = 0;
    while (count < part->held_count && held[count]->offset < end) {
        const rd_kafka_message_t *m = held[count];
        rd_kafka_timestamp_type_t type;
        int64_t timestamp_ms = rd_kafka_message_timestamp(m, &type);
        s->block[count++] = (struct message){
            .value = m->payload,
            .value_len = m->len,
            .offset = m->offset,
            .timestamp_ms = type == RD_KAFKA_TIMESTAMP_NOT_AVAILABLE ? UNKNOWN : timestamp_ms,
            .partition = p,
        };
    }
    if (count == 0)
        return 0;
    int64_t next = held[count - 1]->offset + 1;
    rows(arg, s->block, (size_t)count);
    for (int i = 0; i < count; i++)
        rd_kafka_message_destroy(held[i]);
    part->held_first += count;
    part->held_count -= count;
    part->next = next;
    atomic_store_explicit(&s->live->position[p], next, memory_order_release);
    return count;
}

bool fetch_reached(struct kafka_source *s, int p, int64_t end)
{
    struct part *part = s->part[p];
    if (part->next >= end)
        return true;
    /* The rest up to end may hold no row at all: control records of transactions, compacted or aborted rows.
     * Then either the next row lies past it, or the broker has said that the partition ends there. */
    bool passed = part->held_count > 0 ? part->held[part->held_first]->offset >= end : part->eof >= end;
    if (passed) {
        part->next = end;
        atomic_store_explicit(&s->live->position[p], end, memory_order_release);
    }
    return passed;
}

void fetch_nudge(struct kafka_source *s, int p, int64_t known_end)
{
    struct part *part = s->part[p];
    if (!s->nudges || part->broken || part->seen >= known_end)
        return;
    size_t full = s->full_rows;
    if (part->row_bytes > 0 && s->full_bytes / part->row_bytes < full)
        full = s->full_bytes / part->row_bytes;
    if (nudge_due(&part->nudge, clock_mono_ms(), rd_kafka_queue_length(part->queue), part->seen, full))
        offsets_nudge(s->rk, s->topic_name, &(int32_t){p}, 1);
}
