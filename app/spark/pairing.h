/* Tables and reports of one query, which come from two topics, brought together batch by batch. The order is
 * that of runs and, within one, of batches. A half whose other half cannot come any more (a later one is
 * there) is told alone; so is one that has waited long enough. The engine thread owns it. */
#ifndef SPARK_PAIRING_H
#define SPARK_PAIRING_H

#include "query/progress.h"
#include "spark/groups_batch.h"

struct pairing_report {
    int run;
    struct progress progress;
    char *json;
};

struct pairing_table;
struct pairing_waiting_report;

struct pairing {
    struct pairing_table *tables; /* a list, oldest first */
    struct pairing_table **tables_end;
    struct pairing_waiting_report *reports;
    struct pairing_waiting_report **reports_end;
    size_t groups; /* in all tables that wait */
};

/* Both take over what they are given. */
void pairing_add_table(struct pairing *p, struct groups_batch *b, int64_t now_ms);
void pairing_add_report(struct pairing *p, struct pairing_report *r, int64_t now_ms);

/* Tells all that can be told; one of the two may be NULL, and both are borrowed for the call. A half that
 * came at or before came_ms (monotonic) waits no longer; INT64_MAX: none does. */
typedef void (*pairing_fn)(void *arg, const struct groups_batch *table, const struct pairing_report *report);
void pairing_tell(struct pairing *p, int64_t came_ms, pairing_fn tell, void *arg);

void pairing_clear(struct pairing *p);

#endif
