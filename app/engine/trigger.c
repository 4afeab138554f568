/* When a batch starts and how it is cut: the trigger, the determinism of available-now, and the end of all
 * work. */
#include "engine/native.h"

#include "base/xalloc.h"
#include "engine/connect.h"

#include <stdatomic.h>
#include <stdlib.h>

enum {
    SETTLE_MS = 300, /* available-now: how long a fast replay is given to end before the first batch is cut */
    SAFE_ROWS = 5000, /* a partition: rows that the embedded cluster holds with room to spare */
    FINAL_ASK_MS = 5000
};

bool engine_replayed(const struct engine *e)
{
    return !e->b.parts.options->replay.no_replay;
}

static bool ends_by_itself(const struct engine *e)
{
    const struct options *o = e->b.parts.options;
    return engine_available_now(e) || (o->headless && engine_replayed(e) && !o->replay.loop);
}

/* Learns the final ends once the replay has ended. On the embedded cluster its delivery reports say all. */
static void learn_final_end(struct engine *e)
{
    struct live *live = &e->b.parts.hub->live;
    if (e->final_end || !engine_replayed(e) || !ends_by_itself(e) || !atomic_load(&live->replay_ended))
        return;
    struct source *s = e->source;
    int64_t *low = xcalloc(MAX_PARTITIONS, sizeof *low);
    int64_t *end = xcalloc(MAX_PARTITIONS, sizeof *end);
    bool known = e->b.parts.embedded || s->ops->bounds(s, low, end, FINAL_ASK_MS) == SOURCE_OK;
    for (int p = 0; p < s->partitions; p++) {
        int64_t produced = atomic_load(&live->produced[p]);
        if (produced != UNKNOWN && produced > end[p])
            end[p] = produced;
    }
    free(low);
    if (!known) {
        free(end);
        return;
    }
    e->final_end = end;
    e->final_partitions = s->partitions;
}

/* True when the replay can send no more before the query has read what waits. What waits then depends on the
 * data and on where the query stands, not on how fast anything went. */
static bool replay_waits_for_query(const struct engine *e)
{
    int64_t held_at = atomic_load(&e->b.parts.hub->live.replay_held_at), sum = 0;
    for (int p = 0; p < e->batches.partitions; p++)
        sum += e->batches.position[p];
    return held_at == sum;
}

/* With available-now the same data must give the same batches and the same reports. So nothing is cut by how
 * far the replay happens to be: shares are equal, and each is full, or the replay has ended or can go no
 * further without us (large rows, or keys that all fall into one partition); and a replay that is over in a
 * moment is given that moment, so that the first report knows the real latest offset. */
static struct batch_rule rule_of(const struct engine *e)
{
    struct batch_rule r = {
        .limit = e->b.settings.max_offsets_per_trigger,
        .without_data = true,
        .final_end = e->final_end,
        .final_partitions = e->final_partitions,
        .ticks = e->b.settings.trigger == TRIGGER_INTERVAL,
        .rate_per_partition = e->b.settings.max_rate_per_partition,
    };
    if (engine_available_now(e) && engine_replayed(e)) {
        int64_t safe = (int64_t)SAFE_ROWS * e->batches.partitions;
        if (e->b.parts.embedded && (r.limit == 0 || r.limit > safe))
            r.limit = safe;
        r.equal_shares = true;
        /* Asked before the ends are: everything that the replay has sent is then known. */
        r.only_full = !replay_waits_for_query(e);
        r.without_data = e->final_end != NULL;
    }
    return r;
}

/* True while the first batch of an available-now run should wait for the replay's early end. */
static bool settling(struct engine *e)
{
    if (!engine_available_now(e) || !engine_replayed(e) || e->final_end || e->batches.count > 0 ||
        replay_waits_for_query(e))
        return false;
    int64_t waiting = batches_waiting(&e->batches), now_ms = clock_mono_ms();
    if (waiting > 0 && e->first_row_ms == 0)
        e->first_row_ms = now_ms;
    return waiting < (int64_t)SAFE_ROWS * e->batches.partitions &&
           (e->first_row_ms == 0 || now_ms - e->first_row_ms < SETTLE_MS);
}

static bool tick_is_due(const struct engine *e)
{
    if (e->b.settings.trigger != TRIGGER_INTERVAL || e->steps > 0 || e->batches.pending)
        return true;
    int64_t now_ms = clock_wall_ms();
    /* A wall clock that was set back must not stop the query. */
    return now_ms >= e->next_tick_ms || e->next_tick_ms - now_ms > e->b.settings.trigger_ms;
}

enum batch_status engine_try_batch(struct engine *e)
{
    learn_final_end(e);
    if (!tick_is_due(e) || settling(e))
        return BATCH_NOTHING;
    if (e->b.settings.trigger == TRIGGER_INTERVAL)
        e->next_tick_ms = plan_next_tick_ms(clock_wall_ms(), e->b.settings.trigger_ms);
    struct batch_rule rule = rule_of(e);
    e->rejects.batch_id = e->batches.next_id;
    enum batch_status status = batches_run(&e->batches, &rule);
    /* The ends were those of a topic that is no more. Those of the new one are learnt as the first ones were.
     */
    if (status == BATCH_RAN && e->batches.anew)
        (void)engine_note_present_end(e);
    e->batches.anew = false;
    /* A step that found no row yet (the fetch has only begun) still stands. */
    if (status == BATCH_RAN)
        e->steps -= e->steps > 0;
    return status;
}

bool engine_all_done(const struct engine *e)
{
    return ends_by_itself(e) && e->final_end &&
           plan_waiting(e->final_partitions, e->batches.position, e->final_end) == 0;
}
