#include "sink/sink.h"

#include "base/xalloc.h"
#include "sink/console.h"
#include "sink/file.h"
#include "sink/sqlite.h"
#include "sink/topic.h"

#include <stdlib.h>

/* A new sink is one file and one line here. */
const struct sink_ops *const sink_registry[] = {
    &sink_console, &sink_csv, &sink_json, &sink_sqlite, &sink_topic, &sink_export, NULL,
};

struct open_sink {
    const struct sink_ops *ops;
    void *state;
};

struct sinks {
    struct open_sink *open;
    size_t count;
};

struct sinks *sinks_open(const struct app_parts *parts, char *err, size_t err_cap)
{
    struct sinks *s = xcalloc(1, sizeof *s);
    for (const struct sink_ops *const *ops = sink_registry; *ops; ops++) {
        if (!(*ops)->wanted(parts->options))
            continue;
        void *state = (*ops)->open(parts, err, err_cap);
        if (!state) {
            sinks_close(s);
            return NULL;
        }
        s->open = xreallocarray(s->open, s->count + 1, sizeof *s->open);
        s->open[s->count++] = (struct open_sink){.ops = *ops, .state = state};
    }
    return s;
}

int sinks_batch(struct sinks *s, const struct sink_batch *b, char *err, size_t err_cap)
{
    for (size_t i = 0; i < s->count; i++)
        if (s->open[i].ops->batch && s->open[i].ops->batch(s->open[i].state, b, err, err_cap) < 0)
            return -1;
    return 0;
}

int sinks_finish(struct sinks *s, const struct query *q, char *err, size_t err_cap)
{
    int rc = 0;
    /* One that fails does not keep the others from finishing; the first failure is the one told. */
    for (size_t i = 0; i < s->count; i++) {
        char later[300];
        if (s->open[i].ops->finish &&
            s->open[i].ops->finish(s->open[i].state, q, rc ? later : err, rc ? sizeof later : err_cap) < 0)
            rc = -1;
    }
    return rc;
}

int sinks_restart(struct sinks *s, const struct query *old, char *err, size_t err_cap)
{
    for (size_t i = 0; i < s->count; i++)
        if (s->open[i].ops->restart && s->open[i].ops->restart(s->open[i].state, old, err, err_cap) < 0)
            return -1;
    return 0;
}

void sinks_close(struct sinks *s)
{
    if (!s)
        return;
    for (size_t i = s->count; i-- > 0;)
        s->open[i].ops->close(s->open[i].state);
    free(s->open);
    free(s);
}

bool sinks_none(const struct sinks *s)
{
    return s->count == 0;
}

const char *sinks_description(const struct sinks *s)
{
    for (size_t i = 0; i < s->count; i++)
        if (s->open[i].ops->description)
            return s->open[i].ops->description;
    return "NoopSink";
}
