#include "ui/list.h"

enum { WHEEL_ROWS = 3 };

static size_t last_top(const struct list *l)
{
    return l->count > l->page ? l->count - l->page : 0;
}

static void show_selected(struct list *l)
{
    if (l->pager)
        return;
    if (l->selected < l->top)
        l->top = l->selected;
    if (l->selected >= l->top + l->page)
        l->top = l->selected - l->page + 1;
}

void list_fit(struct list *l, size_t count, size_t page)
{
    l->count = count;
    l->page = page ? page : 1;
    if (l->selected >= count)
        l->selected = count ? count - 1 : 0;
    show_selected(l);
    if (l->top > last_top(l))
        l->top = last_top(l);
}

void list_select(struct list *l, size_t row)
{
    l->selected = row < l->count ? row : l->count ? l->count - 1 : 0;
    show_selected(l);
}

size_t list_row_at(const struct list *l, int y, int x)
{
    size_t row = l->top + (size_t)(y - l->at.y);
    return rect_has(l->at, y, x) && row < l->count ? row : l->count;
}

/* Moves a position by rows, within 0..last. */
static size_t moved(size_t at, long rows, size_t last)
{
    if (rows < 0)
        return at > (size_t)-rows ? at - (size_t)-rows : 0;
    return at + (size_t)rows < last ? at + (size_t)rows : last;
}

bool list_act(struct list *l, enum action_id id)
{
    long page = l->page > 1 ? (long)l->page - 1 : 1, rows;
    switch (id) {
    case ACT_UP: rows = -1; break;
    case ACT_DOWN: rows = 1; break;
    case ACT_WHEEL_UP: rows = -WHEEL_ROWS; break;
    case ACT_WHEEL_DOWN: rows = WHEEL_ROWS; break;
    case ACT_PAGE_UP: rows = -page; break;
    case ACT_PAGE_DOWN: rows = page; break;
    case ACT_HOME: rows = -(long)l->count - 1; break;
    case ACT_END: rows = (long)l->count + 1; break;
    default: return false;
    }
    if (l->pager)
        l->top = moved(l->top, rows, last_top(l));
    else
        list_select(l, moved(l->selected, rows, l->count ? l->count - 1 : 0));
    return true;
}
