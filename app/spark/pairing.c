#include "spark/pairing.h"

#include "base/xalloc.h"

#include <stdlib.h>

/* Reading a long topic before the other one must not take the memory of all its batches. */
enum { GROUPS_WAITING_MOST = 1000000 };

struct pairing_table {
    struct pairing_table *next;
    struct groups_batch batch;
    int64_t came_ms;
};

struct pairing_waiting_report {
    struct pairing_waiting_report *next;
    struct pairing_report report;
    int64_t came_ms;
};

void pairing_add_table(struct pairing *p, struct groups_batch *b, int64_t now_ms)
{
    struct pairing_table *t = xcalloc(1, sizeof *t);
    t->batch = *b;
    t->came_ms = now_ms;
    *b = (struct groups_batch){0};
    if (!p->tables)
        p->tables_end = &p->tables;
    *p->tables_end = t;
    p->tables_end = &t->next;
    p->groups += t->batch.count;
}

void pairing_add_report(struct pairing *p, struct pairing_report *r, int64_t now_ms)
{
    struct pairing_waiting_report *w = xcalloc(1, sizeof *w);
    w->report = *r;
    w->came_ms = now_ms;
    *r = (struct pairing_report){0};
    if (!p->reports)
        p->reports_end = &p->reports;
    *p->reports_end = w;
    p->reports_end = &w->next;
}

static void drop_table(struct pairing *p)
{
    struct pairing_table *t = p->tables;
    p->tables = t->next;
    p->groups -= t->batch.count;
    groups_batch_free(&t->batch);
    free(t);
}

static void drop_report(struct pairing *p)
{
    struct pairing_waiting_report *w = p->reports;
    p->reports = w->next;
    progress_clear(&w->report.progress);
    free(w->report.json);
    free(w);
}

/* Which comes first, the oldest table (negative) or the oldest report (positive); 0 = they belong together.
 */
static int order(const struct pairing *p)
{
    const struct groups_batch *b = &p->tables->batch;
    const struct pairing_report *r = &p->reports->report;
    if (b->run != r->run)
        return b->run < r->run ? -1 : 1;
    if (b->batch_id != r->progress.batch_id)
        return b->batch_id < r->progress.batch_id ? -1 : 1;
    return 0;
}

static bool table_may_go(const struct pairing *p, int64_t came_ms)
{
    if (!p->tables)
        return false;
    return p->reports ? order(p) < 0 : p->tables->came_ms <= came_ms || p->groups > GROUPS_WAITING_MOST;
}

static bool report_may_go(const struct pairing *p, int64_t came_ms)
{
    if (!p->reports)
        return false;
    return p->tables ? order(p) > 0 : p->reports->came_ms <= came_ms;
}

void pairing_tell(struct pairing *p, int64_t came_ms, pairing_fn tell, void *arg)
{
    for (;;) {
        bool both = p->tables && p->reports && order(p) == 0;
        bool table = both || table_may_go(p, came_ms), report = both || report_may_go(p, came_ms);
        if (!table && !report)
            return;
        tell(arg, table ? &p->tables->batch : NULL, report ? &p->reports->report : NULL);
        if (table)
            drop_table(p);
        if (report)
            drop_report(p);
    }
}

void pairing_clear(struct pairing *p)
{
    while (p->tables)
        drop_table(p);
    while (p->reports)
        drop_report(p);
}
