/* Synthetic police calls: as many as asked, from a seed, the same on every machine (integers only, a
 * generator of our own). They look like the city's: same fields, frequencies and irregularities (codes
 * without a meaning, near-duplicates, slips of the pen, late reports), but no call in them ever happened. One
 * thread. */
#ifndef DATA_CALLS_H
#define DATA_CALLS_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#define CALLS_MAX INT64_C(100000000)

enum calls_order {
    CALLS_BY_TIME, /* as reports come in: ascending, some a few minutes late, a few much later */
    CALLS_BY_FILE, /* newest first, as the open-data portal writes its files */
};

struct calls_request {
    int64_t calls; /* 1..CALLS_MAX */
    uint64_t seed;
    int64_t start_day; /* days since 1970-01-01 */
    int64_t end_day;   /* the last day, itself included; >= start_day */
    enum calls_order order;
};

/* Writes a JSON array, one call a line. 0, or -1 with errno when out cannot be written. */
int calls_write(const struct calls_request *request, FILE *out);

#endif
