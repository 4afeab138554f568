#include "kafka/offsets.h"

#include "base/clock.h"

rd_kafka_resp_err_t offsets_ask(rd_kafka_t *rk, const char *topic, const int32_t *partitions, int count,
                                int64_t time_ms, int64_t *out, int timeout_ms)
{
    rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new(count);
    for (int i = 0; i < count; i++) {
        out[i] = UNKNOWN;
        rd_kafka_topic_partition_list_add(list, topic, partitions[i])->offset = time_ms;
    }
    rd_kafka_resp_err_t code = rd_kafka_offsets_for_times(rk, list, timeout_ms);
    for (int i = 0; !code && i < count; i++) {
        const rd_kafka_topic_partition_t *p = rd_kafka_topic_partition_list_find(list, topic, partitions[i]);
        if (!p)
            continue;
        /* A request for a mark answers with it where the leader has not answered: no offset then. */
        if (p->err)
            code = p->err;
        else if (p->offset >= 0)
            out[i] = p->offset;
    }
    rd_kafka_topic_partition_list_destroy(list);
    return code;
}

int offsets_partition_count(rd_kafka_t *rk, rd_kafka_topic_t *topic, int timeout_ms,
                            rd_kafka_resp_err_t *code)
{
    const struct rd_kafka_metadata *md;
    *code = rd_kafka_metadata(rk, 0, topic, &md, timeout_ms);
    if (*code)
        return -1;
    int count = -1;
    if (md->topic_cnt != 1)
        *code = RD_KAFKA_RESP_ERR__UNKNOWN_TOPIC;
    else if (md->topics[0].err)
        *code = md->topics[0].err;
    else
        count = md->topics[0].partition_cnt;
    rd_kafka_metadata_destroy(md);
    return count;
}

void offsets_nudge(rd_kafka_t *rk, const char *topic, const int32_t *partitions, int count)
{
    rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new(count);
    for (int i = 0; i < count; i++)
        rd_kafka_topic_partition_list_add(list, topic, partitions[i])->offset = OFFSETS_END;
    /* A timeout of 0 comes back at once; the answer is dropped by the library when it arrives. */
    rd_kafka_offsets_for_times(rk, list, 0);
    rd_kafka_topic_partition_list_destroy(list);
}
