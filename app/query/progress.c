#include "query/progress.h"

#include "base/xalloc.h"

#include <stdlib.h>
#include <string.h>

static const char *const phase_names[PHASE_COUNT] = {
    [PHASE_LATEST_OFFSET] = "latestOffset", [PHASE_QUERY_PLANNING] = "queryPlanning",
    [PHASE_WAL_COMMIT] = "walCommit",       [PHASE_GET_BATCH] = "getBatch",
    [PHASE_ADD_BATCH] = "addBatch",         [PHASE_COMMIT_OFFSETS] = "commitOffsets",
};

static const char *const reason_names[BAD_REASON_COUNT] = {
    [BAD_NOT_JSON] = "not JSON",           [BAD_NOT_OBJECT] = "not an object",
    [BAD_NO_TIME] = "no event time",       [BAD_TIME] = "unreadable event time",
    [BAD_TOO_LARGE] = "larger than 1 MiB", [BAD_EMPTY] = "empty",
};

const char *phase_name(enum phase p)
{
    return (unsigned)p < PHASE_COUNT ? phase_names[p] : "?";
}

const char *bad_reason_name(enum bad_reason r)
{
    return (unsigned)r < BAD_REASON_COUNT ? reason_names[r] : "?";
}

int64_t bad_rows(const int64_t bad[BAD_REASON_COUNT])
{
    int64_t sum = 0;
    for (int i = 0; i < BAD_REASON_COUNT; i++)
        sum = known_sum(sum, bad[i]);
    return sum;
}

static int64_t *copy_offsets(const int64_t *from, int partitions)
{
    if (from == NULL)
        return NULL;
    int64_t *to = xreallocarray(NULL, (size_t)partitions, sizeof(*to));
    memcpy(to, from, (size_t)partitions * sizeof(*to));
    return to;
}

void progress_copy(struct progress *to, const struct progress *from)
{
    *to = *from;
    to->start_offset = copy_offsets(from->start_offset, from->partitions);
    to->end_offset = copy_offsets(from->end_offset, from->partitions);
    to->latest_offset = copy_offsets(from->latest_offset, from->partitions);
}

void progress_clear(struct progress *p)
{
    free(p->start_offset);
    free(p->end_offset);
    free(p->latest_offset);
    p->start_offset = p->end_offset = p->latest_offset = NULL;
    p->partitions = 0;
}
