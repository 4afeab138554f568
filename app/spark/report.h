/* A StreamingQueryProgress as Spark writes it, read into the typed report of app/query/progress.h. What Spark
 * does not say is UNKNOWN or NAN, never 0; what it says beyond that is ignored. Pure; any thread. */
#ifndef SPARK_REPORT_H
#define SPARK_REPORT_H

#include "query/progress.h"

#include <json-c/json.h>

/* Fills *p (progress_clear ends it). topic: the calls' topic, whose offsets are wanted. False with a sentence
 * in err when it is no report; *p is then empty. */
bool report_read(struct progress *p, json_object *report, const char *topic, char *err, size_t err_cap);

/* True for the report of a trigger that ran a batch; one that found nothing to do is told as well. */
bool report_is_of_a_batch(const struct progress *p);

/* The next batch's watermark as far as this report tells: the newest event time less the delay, never behind
 * the one in use. previous_ms: what was known before it (UNKNOWN = nothing). */
int64_t report_next_watermark_ms(const struct progress *p, int64_t delay_ms, int64_t previous_ms);

#endif
