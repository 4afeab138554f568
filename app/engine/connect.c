#include "engine/connect.h"

#include "base/xalloc.h"
#include "kafka/consumer.h"
#include "log.h"

#include <inttypes.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    OPEN_MS = 5000,      /* one attempt to open the consumer */
    FIRST_CALL_MS = 500, /* embedded: how long the consumer waits for the replay's first call */
    FIRST_CALL_LOOK_MS = 1
};

static void nap_ms(int64_t ms)
{
    struct timespec t = {.tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000};
    nanosleep(&t, NULL);
}

/* librdkafka's consumer that asks the embedded cluster before there is data waits a whole second before it
 * asks again; a consumer that comes after the first call is served at once. */
static void let_the_replay_go_first(const struct engine *e)
{
    struct live *live = &e->b.parts.hub->live;
    if (!e->b.parts.embedded || e->b.parts.options->replay.no_replay)
        return;
    int64_t until_ms = clock_mono_ms() + FIRST_CALL_MS;
    while (clock_mono_ms() < until_ms && !engine_stopping(e) && !atomic_load(&live->replay_ended)) {
        for (int p = 0; p < e->b.parts.options->kafka.partitions && p < MAX_PARTITIONS; p++)
            if (atomic_load(&live->produced[p]) != UNKNOWN)
                return;
        nap_ms(FIRST_CALL_LOOK_MS);
    }
}

/* Every partition has a leader that answers. What comes next needs that; here it can still be waited for. */
static bool offsets_are_told(struct engine *e, char *why, size_t cap)
{
    if (e->b.parts.embedded)
        return true;
    int64_t *low = xcalloc(MAX_PARTITIONS, sizeof *low), *high = xcalloc(MAX_PARTITIONS, sizeof *high);
    bool told = e->source->ops->bounds(e->source, low, high, OPEN_MS) == SOURCE_OK;
    if (!told)
        snprintf(why, cap, "%s", e->source->error);
    free(low);
    free(high);
    return told;
}

/* Where Kafka and the topic are there: the source, or a sentence. */
static bool open_source(struct engine *e, int *found, char *why, size_t cap)
{
    (void)found;
    let_the_replay_go_first(e);
    e->source = consumer_open(&e->b.parts, OPEN_MS, why, cap);
    if (!e->source)
        return false;
    if (!offsets_are_told(e, why, cap)) {
        e->source->ops->close(e->source);
        e->source = NULL;
        return false;
    }
    e->source->also_fd = command_fd(e->b.parts.to_engine);
    return true;
}

static bool open_outputs(struct engine *e)
{
    char why[300];
    if (!rejects_open(&e->rejects, &e->b.parts, why, sizeof why)) {
        engine_fail(e, "%s", why);
        return false;
    }
    return engine_open_outputs(e);
}

/* A topic that was made anew has other rows under the same offsets. low[] and high[] are filled. */
static bool offsets_exist(struct engine *e, const struct checkpoint_resume *r, int64_t *low, int64_t *high)
{
    int n = e->source->partitions;
    if (n < r->partitions) {
        engine_fail(e,
                    "the checkpoint %s knows %d partitions of %s, but the topic has only %d: it was made "
                    "anew; use another "
                    "checkpoint folder",
                    e->b.parts.options->checkpoint.dir, r->partitions, e->source->topic, n);
        return false;
    }
    bool fit = e->source->ops->bounds(e->source, low, high, OPEN_MS) == SOURCE_OK;
    if (!fit)
        engine_fail(e, "Kafka did not say the offsets of %.80s: %s", e->source->topic, e->source->error);
    for (int p = 0; fit && p < r->partitions; p++) {
        int64_t need = r->pending && r->end[p] > r->position[p] ? r->end[p] : r->position[p];
        if (need <= high[p])
            continue;
        fit = false;
        engine_fail(e,
                    "the checkpoint %s stands at offset %" PRId64
                    " of partition %d, but the topic ends at %" PRId64
                    ": it was made anew; use another checkpoint folder",
                    e->b.parts.options->checkpoint.dir, need, p, high[p]);
    }
    return fit;
}

/* Where a checkpoint stands. Partitions that the topic has got since begin with their first message, as those
 * that it gets later do: starting-offset is for a query that begins. */
static bool resume_at(struct engine *e, const struct checkpoint_resume *r, int64_t *position, int64_t *end)
{
    int64_t *low = xcalloc(MAX_PARTITIONS, sizeof *low), *high = xcalloc(MAX_PARTITIONS, sizeof *high);
    bool fit = offsets_exist(e, r, low, high);
    if (fit) {
        size_t bytes = (size_t)r->partitions * sizeof *position;
        memcpy(position, low, MAX_PARTITIONS * sizeof *position);
        memcpy(position, r->position, bytes);
        memcpy(end, position, MAX_PARTITIONS * sizeof *end);
        if (r->pending)
            memcpy(end, r->end, bytes);
    }
    free(low);
    free(high);
    return fit;
}

/* Said when such a folder is begun; the run that wants to go on from it is refused. */
static void warn_of_embedded_checkpoint(const struct options *o)
{
    static const char why[] =
        "cannot be resumed: the embedded cluster forgets its data when the program ends (use -b for a real "
        "Kafka)";
    log_line(LOG_WARNING, "engine", "the checkpoint %s %s", o->checkpoint.dir, why);
    if (o->headless)
        fprintf(stderr, "sfcrime-tui: the checkpoint %s %s\n", o->checkpoint.dir, why);
}

int engine_keep_beginning(struct engine *e, const int64_t *position, char *err, size_t err_cap)
{
    if (!e->checkpoint || e->b.parts.embedded)
        return 0;
    return checkpoint_began(e->checkpoint, e->source->partitions, position, err, err_cap);
}

/* Fills position[] and end[] (only when pending). False after engine_fail. */
static bool find_position(struct engine *e, int64_t *position, int64_t *end, int64_t *next_batch,
                          bool *pending)
{
    const struct options *o = e->b.parts.options;
    struct checkpoint_resume r = {0};
    char why[300];
    bool found = false;
    *next_batch = 0;
    *pending = false;
    if (o->checkpoint.dir && *o->checkpoint.dir) {
        e->checkpoint = checkpoint_open(o->checkpoint.dir, o->kafka.topic, &e->b.settings,
                                        o->checkpoint.keep_batches, why, sizeof why);
        if (!e->checkpoint || checkpoint_resume(e->checkpoint, e->query, &r, why, sizeof why) < 0) {
            engine_fail(e, "%s", why);
            goto out;
        }
        snprintf(e->id, sizeof e->id, "%s", r.id);
        if (checkpoint_warning(e->checkpoint))
            log_line(LOG_WARNING, "engine", "%s", checkpoint_warning(e->checkpoint));
    }
    if (e->checkpoint && r.partitions == 0 && e->b.parts.embedded)
        warn_of_embedded_checkpoint(o);
    if (r.partitions > 0 && e->b.parts.embedded) {
        engine_fail(e,
                    "the checkpoint %s cannot be continued on the embedded cluster, which forgets its data "
                    "when the program ends: "
                    "use -b, another folder, or --no-checkpoint",
                    o->checkpoint.dir);
        goto out;
    }
    if (r.partitions == 0 && (start_offsets(e->source, o, position, why, sizeof why) < 0 ||
                              engine_keep_beginning(e, position, why, sizeof why) < 0)) {
        engine_fail(e, "%s", why);
        goto out;
    }
    if (r.partitions > 0) {
        if (!resume_at(e, &r, position, end))
            goto out;
        *next_batch = r.next_batch;
        *pending = r.pending;
        log_line(LOG_INFO, "engine", "going on with batch %" PRId64 " from the checkpoint %s%s", r.next_batch,
                 o->checkpoint.dir, r.pending ? " (it was begun, not committed)" : "");
    }
    found = true;
out:
    checkpoint_resume_clear(&r);
    return found;
}

bool engine_note_present_end(struct engine *e)
{
    free(e->final_end);
    e->final_end = NULL;
    if (!engine_available_now(e) || !e->b.parts.options->replay.no_replay)
        return true;
    int n = e->source->partitions;
    int64_t *low = xcalloc(MAX_PARTITIONS, sizeof *low);
    e->final_end = xcalloc(MAX_PARTITIONS, sizeof *e->final_end);
    e->final_partitions = n;
    enum source_status status = e->source->ops->bounds(e->source, low, e->final_end, OPEN_MS);
    free(low);
    if (status != SOURCE_OK)
        engine_fail(e, "Kafka did not say where %.80s ends: %s", e->source->topic, e->source->error);
    return status == SOURCE_OK;
}

bool engine_connect(struct engine *e)
{
    if (!open_outputs(e) || !engine_read_codes(e, &e->b.settings, &e->codes) || !engine_reach(e, open_source))
        return false;
    engine_new_query(e);
    int64_t *position = xcalloc(MAX_PARTITIONS, sizeof *position),
            *end = xcalloc(MAX_PARTITIONS, sizeof *end);
    int64_t next_batch;
    bool pending, ok = false;
    if (!engine_note_present_end(e) || !find_position(e, position, end, &next_batch, &pending))
        goto out;
    if (e->source->ops->seek(e->source, position) != SOURCE_OK) {
        engine_fail(e, "%s", e->source->error);
        goto out;
    }
    engine_open_batches(e, position, next_batch);
    if (pending)
        batches_resume_pending(&e->batches, end);
    ok = true;
out:
    free(position);
    free(end);
    return ok;
}
