#include "ui/caption.h"

#include "base/text.h"
#include "ui/words.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static void add(struct caption *c, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
static void add(struct caption *c, const char *fmt, ...)
{
    size_t at = strlen(c->text);
    va_list ap;
    va_start(ap, fmt);
    (void)vsnprintf(c->text + at, sizeof c->text - at, fmt, ap);
    va_end(ap);
}

static const struct view_key *leader_of(const struct query_view *v)
{
    const struct view_key *best = NULL;
    for (size_t i = 0; i < v->keys.count; i++)
        if (!best || view_key_at(v, i)->total > best->total)
            best = view_key_at(v, i);
    return best;
}

/* Late rows have a window that they missed, or without windows only the watermark. */
static void say_late(struct caption *c, const struct query_view *v, int64_t late)
{
    char n[40];
    if (late <= 0)
        return;
    add(c, ", %s came too late", text_count(n, sizeof n, late));
    if (v->settings.window_ms)
        add(c, late == 1 ? " for its window" : " for their window");
}

static void say_closed(struct caption *c, const struct query_view *v)
{
    char n[40];
    int64_t closed = v->closed_until_ms;
    if (closed != UNKNOWN && closed != c->closed_until_ms)
        add(c, " Windows up to %s are final.", words_time(n, sizeof n, closed, v->newest_event_ms, false));
    c->closed_until_ms = closed;
}

static void say_rows(struct caption *c, const struct query_view *v)
{
    char n[40], last[40];
    int64_t in = known_less(v->rows_in, c->rows_in), twice = known_less(v->rows_duplicate, c->rows_duplicate);
    int64_t late = known_less(v->rows_late, c->rows_late),
            bad = known_less(bad_rows(v->rows_bad), c->rows_bad);
    if (c->batch_id + 1 < v->progress.batch_id)
        add(c, "Batches %s to %s: ", text_count(n, sizeof n, c->batch_id + 1),
            text_count(last, sizeof last, v->progress.batch_id));
    else
        add(c, "Batch %s: ", text_count(n, sizeof n, v->progress.batch_id));
    if (in == 0)
        add(c, "no call came in");
    else
        add(c, in == 1 ? "%s call came in" : "%s calls came in", text_count(n, sizeof n, in));
    if (twice > 0)
        add(c, twice == 1 ? ", %s was a duplicate" : ", %s were duplicates", text_count(n, sizeof n, twice));
    say_late(c, v, late);
    if (bad > 0)
        add(c, bad == 1 ? ", %s was no call" : ", %s were no calls", text_count(n, sizeof n, bad));
    add(c, ".");
    say_closed(c, v);
}

static void say_leader(struct caption *c, const struct query_view *v)
{
    char name[600], n[40];
    const struct view_key *key = leader_of(v);
    if (!key)
        return;
    words_key(name, sizeof name, key, v->settings.group_by_count);
    name[text_fit(name, 40, NULL)] = '\0';
    add(c, c->leader[0] && strcmp(c->leader, name) != 0 ? " %s now leads with %s." : " %s leads with %s.",
        name, text_count(n, sizeof n, key->total));
    snprintf(c->leader, sizeof c->leader, "%.79s", name);
}

/* Where the first sentence counts from: the last batch alone when the screen has just been opened, everything
 * when a changed query has begun anew under our eyes. */
static void begin(struct caption *c, const struct query_view *v)
{
    bool anew = c->run_id[0] != '\0';
    const struct progress *g = &v->progress;
    *c = (struct caption){.batch_id = -1, .closed_until_ms = anew ? UNKNOWN : v->closed_until_ms};
    snprintf(c->run_id, sizeof c->run_id, "%s", v->run_id);
    if (anew)
        return;
    c->batch_id = g->batch_id - 1;
    c->rows_in = known_less(v->rows_in, g->rows_in);
    c->rows_duplicate = known_less(v->rows_duplicate, g->rows_duplicate);
    c->rows_late = known_less(v->rows_late, g->rows_late);
    c->rows_bad = known_less(bad_rows(v->rows_bad), bad_rows(g->rows_bad));
}

void caption_update(struct caption *c, const struct query_view *v, int64_t now_ms, int64_t reading_ms)
{
    if (!v || v->progress.batch_id < 0)
        return;
    if (strcmp(c->run_id, v->run_id) != 0)
        begin(c, v);
    if (v->progress.batch_id == c->batch_id || (c->told_ms && now_ms - c->told_ms < reading_ms))
        return;
    c->text[0] = '\0';
    if (v->state == ENGINE_RESTARTING)
        add(c, "The query was changed and reads everything again. ");
    say_rows(c, v);
    say_leader(c, v);
    c->told_ms = now_ms;
    c->batch_id = v->progress.batch_id;
    c->rows_in = v->rows_in;
    c->rows_duplicate = v->rows_duplicate;
    c->rows_late = v->rows_late;
    c->rows_bad = bad_rows(v->rows_bad);
}
