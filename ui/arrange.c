#include "ui/arrange.h"

#include "ui/pane.h"

#include <string.h>

static size_t index_of(const struct arrangement *a, size_t pane)
{
    size_t i = 0;
    while (i < a->count && a->shown[i].pane != pane)
        i++;
    return i;
}

/* The room that the plan gives a pane, or the pane's own where the plan does not show it. */
static struct layout_item room_of(const struct plan *plan, size_t pane)
{
    for (size_t k = 0; k < PLAN_PANES && plan->show[k].pane; k++)
        if (!strcmp(panes[pane]->name, plan->show[k].pane) && plan->show[k].room.min_h)
            return plan->show[k].room;
    return panes[pane]->room;
}

static void append(struct arrangement *a, const struct plan *plan, size_t pane)
{
    struct layout_item room = room_of(plan, pane);
    size_t i = a->count++;
    a->shown[i].pane = pane;
    a->shown[i].place = room.place == PLACE_NONE ? PLACE_MAIN : room.place;
    a->shown[i].lines = 0;
}

void arrange_reset(struct arrangement *a, const struct plan *plan)
{
    memset(a, 0, sizeof *a);
    for (size_t k = 0; k < PLAN_PANES && plan->show[k].pane; k++)
        for (size_t i = 0; i < pane_count; i++)
            if (!strcmp(panes[i]->name, plan->show[k].pane) && !arrange_shows(a, i))
                append(a, plan, i);
}

bool arrange_is_planned(const struct arrangement *a, const struct plan *plan)
{
    struct arrangement fresh;
    arrange_reset(&fresh, plan);
    if (a->count != fresh.count || a->main_share)
        return false;
    for (size_t i = 0; i < a->count; i++)
        if (a->shown[i].pane != fresh.shown[i].pane || a->shown[i].place != fresh.shown[i].place ||
            a->shown[i].lines)
            return false;
    return true;
}

void arrange_items(const struct arrangement *a, const struct plan *plan,
                   struct layout_item items[LAYOUT_PANES])
{
    for (size_t i = 0; i < pane_count; i++) {
        size_t at = index_of(a, i);
        items[i] = room_of(plan, i);
        items[i].order = (int)at;
        items[i].place = at < a->count ? a->shown[at].place : PLACE_NONE;
        items[i].lines = at < a->count ? a->shown[at].lines : 0;
    }
}

bool arrange_shows(const struct arrangement *a, size_t pane)
{
    return index_of(a, pane) < a->count;
}

size_t arrange_nth(const struct arrangement *a, size_t n)
{
    for (int place = PLACE_MAIN; place < PLACE_NONE; place++)
        for (size_t i = 0; i < a->count; i++)
            if ((int)a->shown[i].place == place && n-- == 0)
                return a->shown[i].pane;
    return pane_count;
}

size_t arrange_first(const struct arrangement *a, const struct plan *plan)
{
    size_t best = arrange_nth(a, 0);
    for (size_t n = 1; n < a->count; n++)
        if (room_of(plan, arrange_nth(a, n)).rank < room_of(plan, best).rank)
            best = arrange_nth(a, n);
    return best;
}

void arrange_show(struct arrangement *a, const struct plan *plan, size_t pane)
{
    if (!arrange_shows(a, pane) && a->count < LAYOUT_PANES)
        append(a, plan, pane);
}

bool arrange_hide(struct arrangement *a, size_t pane)
{
    size_t at = index_of(a, pane);
    if (a->count <= 1)
        return false;
    if (at == a->count)
        return true;
    a->count--;
    memmove(a->shown + at, a->shown + at + 1, (a->count - at) * sizeof a->shown[0]);
    return true;
}

void arrange_swap(struct arrangement *a, size_t pane, size_t other)
{
    size_t i = index_of(a, pane), k = index_of(a, other);
    if (i == a->count || k == a->count)
        return;
    struct arrangement was = *a;
    a->shown[i] = was.shown[k];
    a->shown[k] = was.shown[i];
}

void arrange_place(struct arrangement *a, size_t pane, enum place place)
{
    size_t at = index_of(a, pane);
    if (at == a->count)
        return;
    a->shown[at].place = place;
    a->shown[at].lines = 0; /* they were meant for the other column */
}

size_t arrange_neighbour(const struct layout *now, size_t pane, int direction)
{
    const struct rect r = now->pane[pane];
    for (size_t i = 0; r.h && i < pane_count; i++) {
        const struct rect o = now->pane[i];
        if (i != pane && o.h && o.x == r.x && o.w == r.w &&
            (direction < 0 ? o.y + o.h == r.y : r.y + r.h == o.y))
            return i;
    }
    return pane_count;
}

void arrange_resize(struct arrangement *a, const struct layout *now, size_t pane, int more)
{
    size_t at = index_of(a, pane), partner = arrange_neighbour(now, pane, 1);
    if (at == a->count || !now->pane[pane].h)
        return;
    if (partner == pane_count || !arrange_shows(a, partner))
        partner = arrange_neighbour(now, pane, -1);
    /* What was asked for at another size becomes what is seen now, or a step would not show. */
    for (size_t i = 0; i < a->count; i++) {
        const struct rect o = now->pane[a->shown[i].pane];
        if (a->shown[i].lines && o.h && o.x == now->pane[pane].x)
            a->shown[i].lines = o.h - (a->shown[i].pane == partner ? more : 0);
    }
    a->shown[at].lines = now->pane[pane].h + more;
    for (size_t i = 0; i < a->count; i++)
        if (a->shown[i].lines && a->shown[i].lines < ARRANGE_LINES_LEAST)
            a->shown[i].lines = ARRANGE_LINES_LEAST;
}

void arrange_widen(struct arrangement *a, const struct layout *now, int more)
{
    if (now->main_w > 0 && now->body.w > 0)
        /* Rounded up, so that the columns come out as asked for. */
        a->main_share = ((now->main_w + more) * 1000 + now->body.w - 1) / now->body.w;
}
