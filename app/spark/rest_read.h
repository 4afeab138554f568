/* Spark's answers, read into a spark_view. Each takes the parsed answer of one page and fills its part; false
 * where it is none of that page. Members that are missing stay UNKNOWN, those that are new are ignored: Spark
 * 3.0 to 4.x. Pure; any thread. */
#ifndef SPARK_REST_READ_H
#define SPARK_REST_READ_H

#include "spark_view.h"

#include <json-c/json.h>
#include <stdbool.h>

bool rest_read_master(struct spark_view *v, json_object *answer);       /* MASTER/json/ */
bool rest_read_applications(struct spark_view *v, json_object *answer); /* DRIVER/api/v1/applications */
bool rest_read_jobs(struct spark_view *v, json_object *answer);         /* .../ID/jobs */
bool rest_read_stages(struct spark_view *v, json_object *answer);       /* .../ID/stages */
bool rest_read_executors(struct spark_view *v, json_object *answer);    /* .../ID/allexecutors */
/* .../ID/sql?details=false: which execution shows the newest batch of the streaming query; -1. */
int64_t rest_newest_execution(json_object *answer, int64_t *batch_id);
bool rest_read_plan(struct spark_view *v, json_object *answer); /* .../ID/sql/N */

#endif
