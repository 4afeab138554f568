/* How far the next batch reads: the sharing out of a row limit over partitions, and when a trigger fires.
 * Pure functions of their arguments; any thread. Offset arrays have `partitions` elements; a partition's
 * waiting rows are high - position where that is positive. */
#ifndef QUERY_PLAN_H
#define QUERY_PLAN_H

#include <stdbool.h>
#include <stdint.h>

/* Rows that wait over all partitions. */
int64_t plan_waiting(int partitions, const int64_t *position, const int64_t *high);

/* Shares limit (0 = none) in proportion to what each partition has waiting, exactly as Spark's
 * maxOffsetsPerTrigger does. Fills end[]; returns the rows planned. */
int64_t plan_proportional(int partitions, const int64_t *position, const int64_t *high, int64_t limit,
                          int64_t *end);

/* Shares limit equally, whatever waits: the same data then give the same batches, however fast they come.
 * Returns the rows planned; *full says whether every partition had its whole share waiting. */
int64_t plan_equal(int partitions, const int64_t *position, const int64_t *high, int64_t limit, int64_t *end,
                   bool *full);

/* Rows that one partition may give at a rate in that time, rounded down. */
int64_t plan_allowance(int64_t rate_per_s, int64_t elapsed_ns);

/* Lowers end[] so that no partition gives more than `most` rows. Returns the rows that are still planned. */
int64_t plan_cap(int partitions, const int64_t *position, int64_t most, int64_t *end);

/* The first multiple of interval_ms after now_ms, as Spark's ProcessingTime trigger aligns its batches. */
int64_t plan_next_tick_ms(int64_t now_ms, int64_t interval_ms);

#endif
