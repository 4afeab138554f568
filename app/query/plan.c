#include "query/plan.h"

#include <math.h>

static int64_t waiting_of(int64_t position, int64_t high)
{
    return high > position ? high - position : 0;
}

int64_t plan_waiting(int partitions, const int64_t *position, const int64_t *high)
{
    int64_t total = 0;
    for (int p = 0; p < partitions; p++)
        total += waiting_of(position[p], high[p]);
    return total;
}

int64_t plan_proportional(int partitions, const int64_t *position, const int64_t *high, int64_t limit,
                          int64_t *end)
{
    int64_t total = plan_waiting(partitions, position, high), planned = 0;
    for (int p = 0; p < partitions; p++) {
        int64_t size = waiting_of(position[p], high[p]), take = size;
        if (limit > 0 && size > 0) {
            /* Spark's arithmetic in doubles, ceil and all: a small partition never starves, and the sum may
             * therefore pass the limit by a few rows. Ours must not differ by one. */
            double share = (double)limit * ((double)size / (double)total);
            double rows = share < 1 ? ceil(share) : floor(share);
            take = rows < (double)size ? (int64_t)rows : size;
        }
        end[p] = position[p] + take;
        planned += take;
    }
    return planned;
}

int64_t plan_equal(int partitions, const int64_t *position, const int64_t *high, int64_t limit, int64_t *end,
                   bool *full)
{
    int64_t planned = 0;
    *full = true;
    for (int p = 0; p < partitions; p++) {
        int64_t size = waiting_of(position[p], high[p]), take = size;
        if (limit > 0) {
            int64_t share = limit / partitions + (p < limit % partitions ? 1 : 0);
            if (share < 1)
                share = 1;
            if (size < share)
                *full = false;
            else
                take = share;
        } else {
            *full = false; /* all that will ever come is one batch: it is never full */
        }
        end[p] = position[p] + take;
        planned += take;
    }
    return planned;
}

int64_t plan_allowance(int64_t rate_per_s, int64_t elapsed_ns)
{
    if (elapsed_ns <= 0)
        return 0;
    /* In doubles: a rate of any size times an hour of any length must not overflow. */
    double rows = (double)rate_per_s * ((double)elapsed_ns / 1e9);
    return rows < 9e18 ? (int64_t)rows : INT64_MAX;
}

int64_t plan_cap(int partitions, const int64_t *position, int64_t most, int64_t *end)
{
    int64_t planned = 0;
    for (int p = 0; p < partitions; p++) {
        if (end[p] - position[p] > most)
            end[p] = position[p] + most;
        planned += waiting_of(position[p], end[p]);
    }
    return planned;
}

int64_t plan_next_tick_ms(int64_t now_ms, int64_t interval_ms)
{
    return now_ms / interval_ms * interval_ms + interval_ms;
}
