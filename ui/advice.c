#include "ui/advice_rules.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum {
    GAP_MS = 1000, /* what is away for less was not away */
    UNSEEN_MS = 3000
};

struct advice *advice_add(struct advice_list *l, enum advice_about about, int number, enum mood mood,
                          const char *fmt, ...)
{
    static struct advice beyond;
    struct advice *a = l->count < ADVICE_MOST ? &l->out[l->count++] : &beyond;
    *a = (struct advice){.mood = mood, .id = (int)about * 0x10000 + number};
    va_list ap;
    va_start(ap, fmt);
    (void)vsnprintf(a->what, sizeof a->what, fmt, ap);
    va_end(ap);
    return a;
}

void advice_mend(struct advice *a, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    (void)vsnprintf(a->mend, sizeof a->mend, fmt, ap);
    va_end(ap);
}

/* The worst first; equals stay in their order. */
static void sort(struct advice *a, size_t count)
{
    for (size_t i = 1; i < count; i++) {
        struct advice moving = a[i];
        size_t k = i;
        for (; k > 0 && a[k - 1].mood < moving.mood; k--)
            a[k] = a[k - 1];
        a[k] = moving;
    }
}

size_t advice_find(struct advice out[ADVICE_MOST], const struct advice_input *in)
{
    struct advice_list l = {.out = out};
    if (in->cluster)
        advice_of_cluster(&l, in);
    if (in->query)
        advice_of_query(&l, in);
    if (in->query && in->spark && in->query->job.state != JOB_NONE)
        advice_of_spark(&l, in);
    if (in->replay)
        advice_of_replay(&l, in->replay, in->cluster && !in->cluster->embedded);
    if (in->options)
        advice_of_settings(&l, in->options);
    sort(out, l.count);
    return l.count;
}

/* ---- the board ---- */

static struct advice_item *item_of(struct advice_board *b, int id)
{
    for (size_t i = 0; i < b->count; i++)
        if (b->item[i].advice.id == id)
            return &b->item[i];
    return NULL;
}

static void note(struct advice_board *b, const struct advice *found, int64_t now_ms, bool at_once)
{
    struct advice_item *item = item_of(b, found->id);
    if (!item) {
        if (b->count == ADVICE_MOST)
            return;
        item = &b->item[b->count++];
        *item = (struct advice_item){.first_ms = now_ms, .last_ms = now_ms};
    }
    if (!item->shown && now_ms - item->last_ms > GAP_MS)
        item->first_ms = now_ms;
    item->advice = *found;
    item->last_ms = now_ms;
    /* What is really bad cannot be told too early. */
    if (at_once || found->mood == MOOD_BAD || now_ms - item->first_ms >= ADVICE_APPEAR_MS)
        item->shown = true;
}

static void forget(struct advice_board *b, int64_t now_ms)
{
    size_t kept = 0;
    for (size_t i = 0; i < b->count; i++)
        if (now_ms - b->item[i].last_ms <= (b->item[i].shown ? ADVICE_STAY_MS : GAP_MS))
            b->item[kept++] = b->item[i];
    b->count = kept;
}

void advice_update(struct advice_board *b, const struct advice_input *in)
{
    struct advice found[ADVICE_MOST];
    size_t count = advice_find(found, in);
    bool at_once = b->updated_ms == 0 || in->now_ms - b->updated_ms > UNSEEN_MS;
    if (at_once)
        b->count = 0;
    b->updated_ms = in->now_ms;
    for (size_t i = 0; i < count; i++)
        note(b, &found[i], in->now_ms, at_once);
    forget(b, in->now_ms);
    b->shown_count = 0;
    for (size_t i = 0; i < b->count; i++)
        if (b->item[i].shown)
            b->shown[b->shown_count++] = b->item[i].advice;
    sort(b->shown, b->shown_count);
}
