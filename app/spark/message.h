/* One message of the job, in the two topics that PROTOCOL.md describes: recognised, with its names taken out;
 * the rest stays a tree. What is no message of the protocol is told in a sentence; a type that this version
 * does not know is none of its business (MESSAGE_OTHER). Pure; any thread. */
#ifndef SPARK_MESSAGE_H
#define SPARK_MESSAGE_H

#include "query/settings.h"

#include <json-c/json.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum message_type {
    MESSAGE_OTHER,
    MESSAGE_SETTINGS, /* of the tables topic */
    MESSAGE_GROUP,
    MESSAGE_BATCH,
    MESSAGE_STARTED, /* of the progress topic */
    MESSAGE_PROGRESS,
    MESSAGE_IDLE,
    MESSAGE_TERMINATED
};

#define MESSAGE_ID 64

struct message_of_job {
    enum message_type type;
    char query[MESSAGE_ID], run[MESSAGE_ID]; /* clean */
    json_object *body;                       /* owned */
};

/* False with a sentence in err; *m is then empty. */
bool message_read(struct message_of_job *m, const char *bytes, size_t len, char *err, size_t err_cap);
void message_clear(struct message_of_job *m);

/* The "settings" member as settings of a query; parallelism and what Spark does not have stay as in *s. False
 * with a sentence when something in it is not known to this version. */
bool message_settings(json_object *settings, struct query_settings *s, char *err, size_t err_cap);

#endif
