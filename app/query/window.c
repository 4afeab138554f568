/* Gives each row the start of its newest window: windows start at multiples of the slide since the epoch,
 * before it as well as after. Where there is none, but the event time itself is grouped by, that is the
 * group's time. */
#include "query/operator.h"

static bool window_wanted(const struct query_settings *s)
{
    return true;
}

static void *window_open(struct query_core *core)
{
    return core;
}

static void window_close(void *self)
{
}

static void window_rows(void *self, struct row_block *b)
{
    const struct query_core *core = self;
    const int64_t slide_ms = core->settings.slide_ms;

    if (core->settings.window_ms > 0) {
        for (size_t i = 0; i < b->count; i++)
            row_at(b, i)->start_ms = time_floor(row_at(b, i)->event_ms, slide_ms);
        return;
    }
    for (size_t i = 0; i < b->count; i++)
        row_at(b, i)->start_ms = core->timed_groups ? row_at(b, i)->event_ms : 0;
}

const struct operator operator_window = {
    .name = "window",
    .wanted = window_wanted,
    .open = window_open,
    .close = window_close,
    .rows = window_rows,
};
