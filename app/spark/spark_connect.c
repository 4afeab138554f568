/* Opens what the engine reads: the job's two topics, which are made where they are missing. */
#include "spark/spark.h"

#include "kafka/client.h"

enum { TOPIC_MS = 3000 }; /* one attempt to find or make a topic */

static bool open_reader(struct engine *e, int *found, char *why, size_t cap)
{
    const char *const names[] = {e->tables, e->progress_topic};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        *found = client_ensure_single_topic(&e->b.parts, names[i], TOPIC_MS, why, cap);
        if (*found <= 0)
            return false;
    }
    e->reader = reader_open(&e->b.parts, e->tables, e->progress_topic, why, cap);
    return e->reader != NULL;
}

bool spark_connect(struct engine *e)
{
    if (!engine_reach(e, open_reader))
        return false;
    engine_say(e, "%s", "");
    return true;
}
