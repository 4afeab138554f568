/* What each pane's figures mean. A figure that is added to a pane gets its words here. */
#include "ui/explain.h"

#include <stddef.h>

const struct explain explain_aggregates[] = {
    {"type", "What the calls are counted by: a row for each value. [b] counts by something else."},
    {"count", "How many calls of this type were counted since the query started, over all windows."},
    {"%", "This type's share of all calls that were counted."},
    {"added",
     "What the last batch added to the count: +3 means three more calls of this type in that batch."},
    {"last 24 x ...",
     "The trend: one column for each of the newest windows, the oldest left, each drawn against "
     "the highest of its row. It compares times of one type, not one type with another."},
    {"last batches", "The same where there are no windows: calls of the newest batches."},
    {"groups",
     "How many different values there are. [s] sorts by another column, [S] turns the order round."},
    {"the bar", "On a wide screen: the count against the largest one."},
    {"catching up", "After a change the query reads everything again; the bar says how much of it is done."},
    {"[Enter]",
     "Opens one type: how its calls ended (disposition, with what the code means), at which hours they "
     "came, in which windows, and the latest of them with time, address and place in the topic "
     "(partition:offset). [V] goes from part to part, [Esc] comes back."},
    {NULL, NULL},
};

const struct explain explain_replay[] = {
    {"asked",
     "The speed that was asked for: calls a second, or x600 for city time running 600 times as fast. "
     "[+] [-] change it, [r] types it."},
    {"sent", "The speed that is reached: calls a second that the brokers have acknowledged, over the last "
             "seconds."},
    {"1,204/20,000",
     "How far the data file is: calls read in this pass, of how many. The bar shows the same."},
    {"ends in", "Time to the end of the data at the speed that is reached."},
    {"loop", "Whether it begins again at the end of the data. [l] switches."},
    {"city time", "How much time of the calls themselves passes in one second of yours."},
    {"acked", "Calls that the brokers have acknowledged: they are safe in Kafka."},
    {"failed", "Calls that Kafka did not take after all tries: they are missing in the topic."},
    {"retried", "Calls that had to be sent again before they were acknowledged."},
    {"in queue", "Calls sent and not acknowledged yet."},
    {"held back", "How long the replay waited so that the embedded cluster, which keeps only little, loses "
                  "nothing that the query has not read."},
    {"faults", "What was spoilt on purpose: calls sent late, twice or broken."},
    {"skipped", "Objects of the data file that are no calls; they were not sent."},
    {"clock", "The event time of the newest call sent: what time it is in the replayed city."},
    {"order", "Whether calls are sent as they stand in the file, or by their event time."},
    {NULL, NULL},
};

const struct explain explain_offsets[] = {
    {"p", "The number of the partition: the topic is split into partitions, each a list of messages."},
    {"lead", "The broker that leads the partition: writers and readers talk to that one."},
    {"batch start, start", "The first offset that the last batch read."},
    {"batch end, end", "Where the last batch ended: the next offset that the query will read."},
    {"latest", "The high watermark of Kafka: the offset after the newest message. It has nothing to do with "
               "the watermark of the query, which is a time."},
    {"lag", "How many messages wait: latest minus end. 0 means that the query has read everything."},
    {"trend/s", "By how many messages a second the lag grows or shrinks."},
    {"gone in", "When the lag will be gone if it goes on like that; - where it does not shrink."},
    {"growing for", "How long the lag has grown without a rest: the query falls behind."},
    {"caught up", "The lag is 0: nothing waits."},
    {"idle for", "No message has been written to the partition for a while; its lag cannot change."},
    {"written/s, in/s", "Messages written to the partition a second."},
    {"in sync",
     "Copies of the partition that are up to date, of how many. Fewer than all means that a broker "
     "is behind or down."},
    {"first kept, first", "The oldest offset that Kafka still keeps; what was before is deleted."},
    {"committed, commit",
     "The offset that our consumer group has committed: what other tools take for our position."},
    {"all", "The sums over the partitions."},
    {"consumer group", "A reader of the topic with its own offsets and its own lag; ours is this query."},
    {"members", "Programs that read for the group just now. Ours has none: it takes its partitions itself."},
    {"partitions", "Of how many partitions the group has committed offsets."},
    {"-", "Not known (yet): a figure that nobody has told is never shown as 0."},
    {NULL, NULL},
};

const struct explain explain_progress[] = {
    {"rows in", "Messages that this batch took from Kafka."},
    {"input", "Rows that came in a second, counted since the batch before."},
    {"processed",
     "Rows a second while the batch worked. Above the input rate the query keeps up; below it, the "
     "lag grows."},
    {"event time",
     "The oldest and the newest event time in this batch: when the calls happened, not when they "
     "arrived."},
    {"watermark used",
     "The watermark that this batch worked with: windows that end before it are closed, rows "
     "that belong to them are late."},
    {"watermark next",
     "The watermark for the next batch: the newest event time so far minus the delay. A batch "
     "never uses what it has just seen, so this is ahead of the used one."},
    {"duration", "How long the batch took. The bar splits it into its phases."},
    {"late", "Rows dropped because their window had closed before they came."},
    {"duplicates", "Rows that had been seen before and are counted only once."},
    {"bad",
     "Messages that are no calls: not JSON, no event time, too large. They are kept apart; [x] lists them."},
    {"nulls", "Rows dropped because a field that the query needs is empty."},
    {"order", "Rows that came after a newer one. They are counted, unless they are late as well."},
    {"as Spark counts", "Spark counts the late groups of a partition, not its rows: often fewer."},
    {"lost", "Messages that Kafka had deleted before they were read."},
    {"state", "State of the counting: how many groups it keeps, and the memory that they take."},
    {"distinct", "State of the duplicate check: rows that it remembers, and the memory that they take."},
    {"updated, removed",
     "State rows that this batch changed; those that went because the watermark passed them, "
     "which is normal."},
    {"latestOffset", "Phase: asking Kafka where the topic ends."},
    {"queryPlanning", "Phase: preparing the query. Spark needs long here, this engine nearly nothing."},
    {"walCommit", "Phase: writing down which offsets the batch will read, before it reads them."},
    {"getBatch", "Phase: fetching the messages."},
    {"addBatch", "Phase: the work itself, and writing the result."},
    {"commitOffsets", "Phase: writing down that the batch is done."},
    {"id, run id", "The query's name for its whole life, and for this start of it."},
    {"JSON",
     "[J] shows the report as Spark's tools read it: the same figures under Spark's names. [Enter] folds "
     "what is under the cursor, [/] searches, [.] and [,] go to the next and the previous match."},
    {NULL, NULL},
};

const struct explain explain_log[] = {
    {"the first column", "When it was written, by this machine's clock."},
    {"level", "How much it matters: DEBUG, INFO, WARNING, ERROR. [L] shows more or fewer of them."},
    {"name", "Which part of the program wrote it; rdkafka is the Kafka library."},
    {"(x 12)", "The same line came so many times in a row."},
    {"[Enter]", "The whole of the marked line, wrapped."},
    {"following", "The newest line stays in sight. Scroll up, or press [F], to stand still and read."},
    {NULL, NULL},
};

const struct explain explain_windows[] = {
    {"left to right", "Arrival: a few columns for each batch, the newest right, its number under them."},
    {"bottom to top", "Event time: when a call happened. What arrives in order climbs to the right."},
    {"in order", "A row that is newer than all rows before it."},
    {"o", "Out of order: a row that is older than one before it. It counts while its window is open, also "
          "below the line."},
    {"L", "Late: its window had closed before it came. It is dropped, and counted among the late rows."},
    {"p", "Past: its window ended before the watermark, but the query counts it all the same, as complete "
          "mode always does."},
    {"older", "The last line holds rows that are too old for the scale."},
    {"the line",
     "The watermark that each batch used: the newest event time of earlier batches minus the delay. It "
     "only rises; it closes the windows that end below it."},
    {"a window ends", "The dotted lines: when the watermark has risen above one, that window is closed."},
    {"watermark used", "The one that the last batch worked with."},
    {"next", "The one that the next batch will work with, from the newest event seen."},
    {"newest event", "The latest event time of any row so far."},
    {"showing", "A large batch has more rows than the plot has room for: an even sample of them is shown."},
    {"delay",
     "How late a row may come and still be counted. [W] changes it: more delay loses fewer rows, but "
     "results are final later and state is larger."},
    {"open", "A window that still takes rows; it closes when the watermark reaches its end."},
    {"past, closed",
     "A window that ended before the watermark. In complete mode it is kept and can still grow; "
     "in the other modes it is closed and its state is gone."},
    {"L2 beside a window", "So many of the late rows in the plot belonged to it."},
    {"heat map",
     "Types down, windows across: the darker a cell, the more calls of that type in that window. The "
     "strongest cell is named below."},
    {NULL, NULL},
};

const struct explain explain_batches[] = {
    {"input rows/s", "Rows that came in a second, for each batch since the one before."},
    {"processed/s",
     "Rows a second while a batch worked. As long as it is above the input, nothing piles up."},
    {"rows a batch", "Messages that the batch took."},
    {"duration", "How long the batch took, from its trigger to its end."},
    {"phases",
     "The duration split by what was done: get fetches, add works and writes the result, wal and commit "
     "write down how far it is."},
    {"watermark gap",
     "How far the watermark was behind the newest event of the batch: the delay, and what the "
     "batch itself moved on."},
    {"late rows dropped", "Rows dropped because their window had closed. These are lost to the result."},
    {"state rows", "Rows that the query has to remember between batches: groups and seen rows."},
    {"state closed", "State rows removed because their window was over: normal, nothing is lost."},
    {"state memory",
     "Memory of the state. If it grows without end, the query needs a watermark and windows."},
    {"removed", "The same as state closed."},
    {"state rows updated", "State rows that the batch added or counted up."},
    {"the figure left",
     "What the highest column of the chart stands for. Beside it: the last value and the largest in sight."},
    {"histogram",
     "How often the figure was at that height: the bar beside a line of the chart counts the batches whose "
     "value lies there."},
    {"batch", "The number of the batch: they are counted from 0 and never skip."},
    {"rows", "Messages that it took."},
    {"took", "Its duration."},
    {"late", "Rows dropped as late."},
    {"at", "When it started, by this machine's clock."},
    {"done/s, in/s", "Rows processed a second, and rows that came in a second."},
    {"twice", "Duplicates: rows that had been seen before."},
    {"closed", "State rows removed because their window was over."},
    {"state", "State rows after the batch."},
    {"mark, next mark", "The watermark that it used, and the one for the batch after it."},
    {"gap", "Its newest event minus the watermark that it used."},
    {"order", "Rows that came after a newer one. They are counted, unless they are late as well."},
    {"[V] [Enter]", "Another view; the selected batch in words."},
    {NULL, NULL},
};

const struct explain explain_pipeline[] = {
    {"Spark's plan",
     "With Spark: the operators as Spark plans them, in the order that rows flow, with the rows "
     "that each put out; [V] switches to the query's own steps."},
    {"the arrows",
     "The way of a row through the query, from Kafka to the table. The number on an arrow is how "
     "many rows passed there in the last batch."},
    {"kafka", "Where rows come from: the topic, partition by partition. Its time is the fetching."},
    {"parse", "Reads the JSON of a message. What is no call is counted as bad and kept apart."},
    {"join", "Adds the meaning of a disposition code from the list of radio codes."},
    {"distinct", "Lets equal rows through only once: the others came twice."},
    {"watermark", "Notes the newest event time; it lets every row through."},
    {"drop nulls", "Drops rows in which a needed field is empty."},
    {"window+count",
     "Puts each row into its window and adds one to its group. Rows whose window is closed by the "
     "watermark are dropped here: they are late."},
    {"table", "The result: what the first pane shows and the sinks write."},
    {"commit", "Writes down how far the batch reads, before it, and that it is done, after it."},
    {"slowest", "The step that took the most of the batch's time."},
    {"since the start", "The figure since the query started, not only for the last batch: all 27, or (27)."},
    {"groups changed", "Rows of the result that the last batch touched."},
    {"time", "What the step took in the last batch. '-' where the engine does not measure it."},
    {NULL, NULL},
};

const struct explain explain_rejects[] = {
    {"bad messages",
     "Messages that are no calls, by reason. They are kept with their offset; none vanishes."},
    {"last", "The newest of them: where it stands in the topic and what is wrong with it."},
    {"event time", "When the call happened."},
    {"behind mark", "By how much its event time was below the watermark when it came. A delay longer by that "
                    "much would have counted it."},
    {"watermark", "The watermark when it came."},
    {"window ended",
     "Where its (last) window ended: before the watermark, so it was closed and the row is late."},
    {"part:offset", "Where the message stands in the topic: partition and offset."},
    {"late", "How many rows were dropped as late since the query started; the newest are listed."},
    {NULL, NULL},
};

const struct explain explain_nodes[] = {
    {"process", "This program, with its engine, its replay and (embedded) its brokers."},
    {"cpu", "Processor time that it takes: 100 % is one core."},
    {"memory", "Memory that it occupies."},
    {"files", "Files and connections that it has open."},
    {"thread", "Who in this program takes the time: screen, engine, replay, watcher, the Kafka library ..."},
    {"threads", "Threads that it runs; most belong to the Kafka library."},
    {"id", "The number of a broker."},
    {"is", "Whether it answers: up or DOWN."},
    {"since", "How long it has been up, or down, as far as this program has seen."},
    {"leads", "How many partitions it leads. Others take over when it goes down."},
    {"in sync", "Copies of partitions on it that are up to date, of how many it has."},
    {"answers", "How long it takes to answer a request."},
    {"address", "Where it listens."},
    {"embedded", "The brokers run inside this program; nothing is kept when it ends."},
    {"worker", "With Spark: a machine that lends cores and memory; used, of how many it has."},
    {"executor",
     "The job's own process on a worker, or its driver: memory for kept rows, tasks that run, that "
     "are done and that failed, and the time that Java spent tidying up its memory (gc)."},
    {NULL, NULL},
};

const struct explain explain_advice[] = {
    {"a line", "What a colleague would point out: what is wrong, since when, why, and what mends it."},
    {"!", "Something is wrong: calls are lost, late or waiting, or will be soon. A - is only worth knowing."},
    {"[key]", "The key that does what is advised."},
    {"nothing", "An empty list is good news: nothing stands out."},
    {NULL, NULL},
};

const struct explain explain_spark[] = {
    {"job",
     "The job that runs the query on Spark: what it does, since when, and whether it was started here."},
    {"app", "The name that Spark's master has given it, and the version of Spark."},
    {"master, driver",
     "Where Spark answers questions: its master knows the workers, the driver of the job knows "
     "jobs and stages. What does not answer is asked again every few seconds."},
    {"jobs", "A batch is run as one or several jobs of Spark's, the newest first; the bar is their tasks."},
    {"stages",
     "A job is cut into stages where rows have to change places; a stage is as many tasks as there are "
     "parts of the data, spread over the workers."},
    {"tasks", "Done, of how many; + those that run now, ! those that failed and are tried again elsewhere."},
    {"in, shuffle", "Rows that a stage read, and bytes that it got from other stages."},
    {"table", "Whether all of the table is here, and how many messages of the job have been read."},
    {"[P] [i]", "Stop the job after its batch; start one, or start it again."},
    {NULL, NULL},
};

const struct explain explain_headline[] = {
    {"newest event", "The latest time of a call that the query has read: how far it is in the city's day."},
    {"watermark", "How late a call may still be: what is older comes too late for a window that has closed."},
    {"too late", "Rows that came after their window had closed; they are not counted."},
    {"calls counted", "Rows that are in the table, duplicates and late ones left out."},
    {NULL, NULL},
};

const struct explain explain_caption[] = {
    {"the sentence", "What the last batch did: rows that came in, what became of them, who leads now."},
    {"duplicates", "Rows that had been seen before and are counted only once."},
    {"late", "Rows that came after their window had closed; they are not counted."},
    {NULL, NULL},
};
