/* The words of streaming that the whole screen uses, from the beginning. */
#include "ui/explain.h"

#include <stddef.h>

const struct explain explain_glossary[] = {
    {"message, row", "One police call in Kafka is a message; the query calls it a row."},
    {"event time", "When a call happened, as the call itself says. It may arrive much later."},
    {"watermark",
     "A time that says: older calls are not waited for any more. It is the newest event time minus "
     "a delay, and never goes back. It lets the query close windows and forget state."},
    {"delay", "How far the watermark stays behind the newest event: how late a call may come."},
    {"out of order",
     "A call that arrives after a newer one. That is common, and harmless above the watermark."},
    {"late",
     "A call that arrives when the watermark has passed the end of its window. It is dropped, unless the "
     "mode is complete or there are no windows."},
    {"window", "A span of event time, say one hour, that calls are counted in. Sliding windows overlap."},
    {"micro-batch",
     "The query does not take calls one by one: it takes all that wait, works on them, writes the "
     "result, and begins anew. Each round is a batch."},
    {"trigger", "When a batch starts: as soon as there is something, or at an interval; [t] chooses."},
    {"state", "What the query remembers between batches: the counts, and which rows it has seen."},
    {"distinct",
     "Equal rows are counted once. Global remembers every row; within-watermark forgets old ones."},
    {"output mode",
     "Complete writes the whole table each time and keeps everything; update writes what changed; "
     "append writes a window once, when it has closed; [o] chooses."},
    {"input rate", "Rows that come in a second. Above the processing rate the query falls behind."},
    {"lag", "Messages that are in Kafka and not read yet: the distance between the writer and the query."},
    {"topic", "A named stream of messages in Kafka."},
    {"partition", "A part of a topic. Inside one messages keep their order, between two they do not."},
    {"offset", "The number of a message in its partition; the query remembers the next one to read."},
    {"high watermark", "Kafka's word for the end of a partition: an offset, not a time."},
    {"broker, leader", "A Kafka server; the one that answers for a partition is its leader."},
    {"replica, in sync", "A copy of a partition on another broker; it is in sync while it is up to date."},
    {"consumer group", "Readers that share a name and their committed offsets."},
    {"checkpoint",
     "Offsets and state on the disk, from which a killed query goes on without losing or doubling "
     "a row."},
    {"acknowledged", "A broker has said that a message is written."},
    {"sink", "Where results go: a table on the screen, a file, a database, another topic."},
    {"-", "Not known. Nothing that is unknown is shown as 0."},
    {NULL, NULL},
};
